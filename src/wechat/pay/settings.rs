//! Where WeChat Pay is, who we are there, and whether that can be true.

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::{
    Account, Party, PayConfigError,
    http::{Http, Reach, reach},
    keys::{SealKey, Signer, WeChatKey},
};
use crate::clock::Clock;

const MAX_NOTIFY_URL_CHARACTERS: usize = 255;

/// Where WeChat Pay is and who we are there. All of it is in the merchant platform under "API security" and
/// "PayScore".
#[derive(Clone, Debug)]
pub struct PayConfig {
    /// `https://api.mch.weixin.qq.com`, or a simulator's address. Only a loopback address may go without TLS.
    pub base_url: String,
    /// The merchant's number: digits.
    pub merchant_id: String,
    /// The mini-program's id; it has to be bound to the merchant.
    pub app_id: String,
    /// The PayScore service: up to 32 digits.
    pub service_id: String,
    /// The merchant's private key, `apiclient_key.pem`, in PKCS#8 (as WeChat's tool writes it) or PKCS#1.
    pub merchant_key_pem: SecretString,
    /// The serial number of the merchant's certificate: 40 hexadecimal digits.
    pub merchant_serial: String,
    /// The `APIv3` key, which opens notifications: 32 bytes.
    pub api_v3_key: SecretString,
    /// The id of WeChat Pay's public key, like `PUB_KEY_ID_0114…`.
    pub wechat_key_id: String,
    /// WeChat Pay's public key, `pub_key.pem`.
    pub wechat_key_pem: String,
    /// Our address for notifications: `https`, without a query, up to 255 characters. Loopback may do without TLS
    /// where WeChat Pay itself is on loopback.
    pub notify_url: String,
    /// How long to wait for WeChat Pay.
    pub timeouts: PayTimeouts,
}

/// How long to wait for WeChat Pay before giving up or trying again.
#[derive(Clone, Debug)]
pub struct PayTimeouts {
    /// For a connection to open.
    pub connect: Duration,
    /// For one attempt from start to end.
    pub attempt: Duration,
    /// For a call from start to end, repeats included.
    pub call: Duration,
    /// Before the first and the second repeat of a call that got no answer or came too often.
    pub back_off: [Duration; 2],
}

impl Default for PayTimeouts {
    /// 3 s to connect, 5 s for an attempt, 12 s for a call, and 300 ms, then 1 s, between repeats.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            attempt: Duration::from_secs(5),
            call: Duration::from_secs(12),
            back_off: [Duration::from_millis(300), Duration::from_secs(1)],
        }
    }
}

/// Turns settings into what calls need.
pub(super) fn open(config: PayConfig, clock: Clock) -> Result<Account, PayConfigError> {
    let origin = origin(&config.base_url)?;
    require("merchant_id", &config.merchant_id, 32, |byte| byte.is_ascii_digit())?;
    require("app_id", &config.app_id, 32, |byte| byte.is_ascii_alphanumeric())?;
    require("service_id", &config.service_id, 32, |byte| byte.is_ascii_alphanumeric())?;
    require("merchant_serial", &config.merchant_serial, 64, |byte| byte.is_ascii_hexdigit())?;
    require("wechat_key_id", &config.wechat_key_id, 128, |byte| byte.is_ascii_alphanumeric() || byte == b'_')?;
    if !config.wechat_key_id.starts_with("PUB_KEY_ID_") {
        return Err(unusable("wechat_key_id", "does not begin with PUB_KEY_ID_"));
    }
    check_notify_url(&config.notify_url, &origin)?;
    let signer = Signer::new(&config.merchant_key_pem, &config.merchant_id, config.merchant_serial)
        .ok_or(unusable("merchant_key_pem", "is not an RSA private key of at least 2048 bits in PEM"))?;
    let wechat_key = WeChatKey::new(&config.wechat_key_pem, config.wechat_key_id)
        .ok_or(unusable("wechat_key_pem", "is not an RSA public key in PEM"))?;
    // The mistake that merchants make most often: every answer would look forged.
    if signer.belongs_to(&wechat_key) {
        return Err(unusable("wechat_key_pem", "is the merchant's own key, not WeChat Pay's"));
    }
    let seal = SealKey::new(&config.api_v3_key).ok_or(unusable("api_v3_key", "is not 32 bytes long"))?;
    let http = Http::new(origin, config.timeouts, signer, wechat_key, clock.clone())?;
    let PayConfig { merchant_id, app_id, service_id, notify_url, .. } = config;
    Ok(Account {
        party: Party { merchant: merchant_id, app: app_id, service: service_id },
        http,
        seal,
        notify_url,
        clock,
    })
}

pub(super) fn unusable(setting: &'static str, reason: &'static str) -> PayConfigError {
    PayConfigError { setting, reason }
}

/// These go into addresses and headers as they are.
fn require(
    setting: &'static str,
    value: &str,
    limit: usize,
    allowed: impl Fn(u8) -> bool,
) -> Result<(), PayConfigError> {
    if value.is_empty() || value.len() > limit {
        return Err(unusable(setting, "is empty or too long"));
    }
    if !value.bytes().all(allowed) {
        return Err(unusable(setting, "has a character that cannot be in it"));
    }
    Ok(())
}

fn origin(base_url: &str) -> Result<Url, PayConfigError> {
    let url = Url::parse(base_url).map_err(|_| unusable("base_url", "is not a URL"))?;
    if reach(&url).is_none() {
        return Err(unusable("base_url", "is neither https nor loopback"));
    }
    // A path would be part of what is signed, and WeChat would see another one.
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if is_bare { Ok(url) } else { Err(unusable("base_url", "has more than a host and a port")) }
}

fn check_notify_url(notify_url: &str, origin: &Url) -> Result<(), PayConfigError> {
    let refuse = |reason| Err(unusable("notify_url", reason));
    let Ok(url) = Url::parse(notify_url) else { return refuse("is not a URL") };
    if notify_url.chars().count() > MAX_NOTIFY_URL_CHARACTERS {
        return refuse("is longer than 255 characters");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("has a query or a fragment");
    }
    match (reach(&url), reach(origin)) {
        (Some(Reach::Internet), _) | (Some(Reach::Loopback), Some(Reach::Loopback)) => Ok(()),
        _ => refuse("is not https"),
    }
}
