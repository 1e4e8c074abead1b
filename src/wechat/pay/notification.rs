//! What WeChat Pay posts to us: a signed envelope with a sealed order.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Party, PayError,
    error::unknown,
    keys::{Seal, SealKey},
    order::check_party,
    text::is_number,
};

const NUMBER_LIMIT: usize = 32;

/// The headers of a notification; empty where one is missing.
#[derive(Clone, Copy, Debug)]
pub struct NotificationHeaders<'a> {
    /// `Wechatpay-Timestamp`: when it was signed, in Unix seconds.
    pub timestamp: &'a str,
    /// `Wechatpay-Nonce`
    pub nonce: &'a str,
    /// `Wechatpay-Signature`, in base64.
    pub signature: &'a str,
    /// `Wechatpay-Serial`: which key it was signed with.
    pub serial: &'a str,
}

impl<'a> From<NotificationHeaders<'a>> for Seal<'a> {
    fn from(headers: NotificationHeaders<'a>) -> Self {
        let NotificationHeaders { timestamp, nonce, signature, serial } = headers;
        Self { timestamp, nonce, signature, serial }
    }
}

/// A hint that something has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// WeChat's id for it, the same for every repeat.
    pub id: String,
    /// What has happened, as WeChat says.
    pub kind: NotificationKind,
    /// Our number of the order it is about; always there for an order that is confirmed or paid.
    pub out_order_no: Option<String>,
}

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotificationKind {
    /// `PAYSCORE.USER_CONFIRM`: the user has confirmed the order.
    Confirmed,
    /// `PAYSCORE.USER_PAID`: the order is paid.
    Paid,
    /// Anything else, by WeChat's name for it.
    Other(String),
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    event_type: String,
    resource: Resource,
}

#[derive(Deserialize)]
struct Resource {
    algorithm: String,
    ciphertext: String,
    nonce: String,
    /// Absent, empty or a word: it counts as it comes.
    associated_data: Option<String>,
}

/// Opens a notification whose signature has been found good.
pub(super) fn open(body: &[u8], seal: &SealKey, party: &Party) -> Result<Notification, PayError> {
    const UNDOCUMENTED: &str = "the notification has another form than documented";
    let Envelope { id, event_type, resource } = serde_json::from_slice(body).map_err(|_| unknown(UNDOCUMENTED))?;
    if resource.algorithm != "AEAD_AES_256_GCM" {
        return Err(unknown("the notification is sealed in another way than documented"));
    }
    let associated_data = resource.associated_data.as_deref().unwrap_or_default();
    let content = seal.open(&resource.ciphertext, &resource.nonce, associated_data).ok_or(PayError::BadSignature)?;
    let content: Value = serde_json::from_slice(&content).map_err(|_| unknown(UNDOCUMENTED))?;
    let number = content.get("out_order_no").and_then(Value::as_str).filter(|number| is_number(number, NUMBER_LIMIT));
    let kind = match event_type.as_str() {
        "PAYSCORE.USER_CONFIRM" => NotificationKind::Confirmed,
        "PAYSCORE.USER_PAID" => NotificationKind::Paid,
        _ => NotificationKind::Other(event_type),
    };
    if !matches!(kind, NotificationKind::Other(_)) {
        check_party(&content, party, number.ok_or(unknown(UNDOCUMENTED))?)?;
    }
    Ok(Notification { id, kind, out_order_no: number.map(str::to_owned) })
}
