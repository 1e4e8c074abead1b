//! Notifications: sealed, signed, and posted in the background until somebody takes them.

use std::{collections::BTreeMap, time::Duration};

use actix_web::{rt::time::sleep, web::Data};
use jiff::Timestamp;
use reqwest::{Client, StatusCode, Url, redirect};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tracing::{debug, warn};

use super::{
    PaySimulator, answer,
    keys::{self, Keys},
    order::text,
    world::World,
};
use crate::wechat::{NotificationHeaders, NotificationKind};

pub(super) const USER_CONFIRM: &str = "PAYSCORE.USER_CONFIRM";
pub(super) const USER_PAID: &str = "PAYSCORE.USER_PAID";

/// How long WeChat Pay waits for us.
const PATIENCE: Duration = Duration::from_secs(5);
/// WeChat Pay repeats 15 times within a day; here three times are enough, and a moment apart.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(50), Duration::from_millis(200)];

/// What becomes of notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notices {
    /// They are posted at once, and twice more if nobody takes them.
    #[default]
    On,
    /// They are lost.
    Off,
    /// They wait to be released.
    Held,
}

/// What is to be posted, and what has been.
#[derive(Default)]
pub(super) struct Post {
    pub(super) mode: Notices,
    pub(super) held: Vec<Letter>,
    /// The last of each order.
    pub(super) last: BTreeMap<String, Letter>,
}

/// A notification on its way.
#[derive(Clone)]
pub(super) struct Letter {
    pub(super) url: String,
    pub(super) body: String,
    /// Signed wrongly on purpose.
    pub(super) probe: bool,
}

/// A notification with everything that WeChat Pay would post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNotification {
    /// `Wechatpay-Timestamp`
    pub timestamp: String,
    /// `Wechatpay-Nonce`
    pub nonce: String,
    /// `Wechatpay-Signature`
    pub signature: String,
    /// `Wechatpay-Serial`
    pub serial: String,
    /// The body, byte for byte.
    pub body: String,
}

impl SignedNotification {
    pub(super) fn new(keys: &Keys, body: String, now: Timestamp) -> Option<Self> {
        let (timestamp, nonce) = (now.as_second(), keys::hex(16)?);
        let signature = keys.sign(timestamp, &nonce, body.as_bytes())?;
        let serial = PaySimulator::KEY_ID.to_owned();
        Some(Self { timestamp: timestamp.to_string(), nonce, signature, serial, body })
    }

    /// What a client reads of the headers.
    #[must_use]
    pub fn headers(&self) -> NotificationHeaders<'_> {
        let Self { timestamp, nonce, signature, serial, .. } = self;
        NotificationHeaders { timestamp, nonce, signature, serial }
    }

    /// The headers by name, to post them.
    #[must_use]
    pub fn header_lines(&self) -> [(&'static str, &str); 4] {
        [
            ("Wechatpay-Timestamp", &self.timestamp),
            ("Wechatpay-Nonce", &self.nonce),
            ("Wechatpay-Signature", &self.signature),
            ("Wechatpay-Serial", &self.serial),
        ]
    }
}

/// WeChat Pay's name for a kind of notification.
pub(super) fn event_type(kind: &NotificationKind) -> &str {
    match kind {
        NotificationKind::Confirmed => USER_CONFIRM,
        NotificationKind::Paid => USER_PAID,
        NotificationKind::Other(name) => name,
    }
}

/// The body of a notification. None when no random bytes are left.
pub(super) fn envelope(event_type: &str, content: &Value, now: Timestamp) -> Option<String> {
    const ASSOCIATED_DATA: &str = "payscore";
    let nonce = keys::hex(6)?;
    let ciphertext = keys::seal(&content.to_string(), &nonce, ASSOCIATED_DATA)?;
    let envelope = json!({
        "id": format!("EV-{}", keys::hex(12)?),
        "create_time": now.to_string(),
        "resource_type": "encrypt-resource",
        "event_type": event_type,
        "summary": text(content, "/state"),
        "resource": {
            "original_type": "payscore",
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": ciphertext,
            "associated_data": ASSOCIATED_DATA,
            "nonce": nonce,
        },
    });
    Some(envelope.to_string())
}

/// Carries letters one after the other, so that their order is the one they were sent in.
pub(super) async fn carry(world: Data<World>, mut letters: UnboundedReceiver<Letter>) {
    let client =
        Client::builder().no_proxy().tls_certs_only([]).redirect(redirect::Policy::none()).timeout(PATIENCE).build();
    let client = match client {
        Ok(client) => client,
        Err(error) => return warn!(%error, "the WeChat Pay simulator posts no notifications"),
    };
    while let Some(letter) = letters.recv().await {
        if is_loopback(&letter.url) {
            deliver(&world, &client, &letter).await;
        } else {
            debug!("the WeChat Pay simulator posts to loopback only");
        }
    }
}

async fn deliver(world: &World, client: &Client, letter: &Letter) {
    for pause in PAUSES {
        sleep(pause).await;
        let Some(mut signed) = world.sign(letter.body.clone()) else { return };
        if letter.probe {
            signed.signature = answer::probe(&signed.signature);
        }
        let mut request = client.post(&letter.url).header("Content-Type", "application/json");
        for (name, value) in signed.header_lines() {
            request = request.header(name, value);
        }
        let answer = request.body(signed.body.clone()).send().await.map(|response| response.status());
        if matches!(answer, Ok(StatusCode::OK | StatusCode::NO_CONTENT)) {
            return;
        }
    }
    debug!("nobody took a notification of the WeChat Pay simulator");
}

fn is_loopback(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost")))
}
