//! The three keys: ours to sign with, WeChat's to check with, and the shared one that notifications are sealed with.

use std::fmt::Write;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{self, SystemRandom},
    rsa,
    signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

/// A signature that is older, or that much ahead of our clock, may be somebody's repeat of an old message.
const MAX_AGE: SignedDuration = SignedDuration::from_secs(300);

/// The merchant's private key, and the names by which WeChat finds its other half.
pub(super) struct Signer {
    key: rsa::KeyPair,
    random: SystemRandom,
    merchant_id: String,
    serial: String,
}

impl Signer {
    pub(super) fn new(pem: &SecretString, merchant_id: &str, serial: String) -> Option<Self> {
        let der = der(pem.expose_secret())?;
        let key = rsa::KeyPair::from_pkcs8(&der).or_else(|_| rsa::KeyPair::from_der(&der)).ok()?;
        let merchant_id = merchant_id.to_owned();
        Some(Self { key, random: SystemRandom::new(), merchant_id, serial })
    }

    /// The `Authorization` of one request. `path` is what goes out, query included; `body` are the very bytes that
    /// go out. `None` when the machine has no random bytes left.
    pub(super) fn authorize(&self, method: &str, path: &str, body: &[u8], now: Timestamp) -> Option<String> {
        let (timestamp, nonce) = (now.as_second(), nonce()?);
        let mut message = format!("{method}\n{path}\n{timestamp}\n{nonce}\n").into_bytes();
        message.extend_from_slice(body);
        message.push(b'\n');
        let signature = BASE64_STANDARD.encode(self.sign(&message)?);
        let Self { merchant_id, serial, .. } = self;
        Some(format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{merchant_id}\",nonce_str=\"{nonce}\",signature=\"{signature}\",\
             timestamp=\"{timestamp}\",serial_no=\"{serial}\""
        ))
    }

    /// Whether `key` is the other half of this one.
    pub(super) fn belongs_to(&self, key: &WeChatKey) -> bool {
        self.sign(b"whose?").is_some_and(|signature| key.key.verify_sig(b"whose?", &signature).is_ok())
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature).ok()?;
        Some(signature)
    }
}

/// What WeChat says about a message in its headers.
pub(super) struct Seal<'a> {
    pub(super) timestamp: &'a str,
    pub(super) nonce: &'a str,
    pub(super) signature: &'a str,
    pub(super) serial: &'a str,
}

/// WeChat Pay's public key.
pub(super) struct WeChatKey {
    key: ParsedPublicKey,
    id: String,
}

impl WeChatKey {
    pub(super) fn new(pem: &str, id: String) -> Option<Self> {
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &*der(pem)?).ok()?;
        Some(Self { key, id })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Whether WeChat signed these very bytes lately; if not, why. WeChat sends wrong signatures now and then, to see
    /// whether anybody checks: they fail like any other.
    pub(super) fn check(&self, seal: &Seal<'_>, body: &[u8], now: Timestamp) -> Result<(), &'static str> {
        if seal.signature.is_empty() {
            return Err("there is no signature");
        }
        if seal.serial != self.id {
            return Err("the signature is by a key that we do not know");
        }
        let signed: i64 = seal.timestamp.parse().map_err(|_| "the signature has no time")?;
        let signed = Timestamp::from_second(signed).map_err(|_| "the signature has no time")?;
        if now.duration_since(signed).abs() > MAX_AGE {
            return Err("the signature is too old or ahead of our clock");
        }
        let signature = BASE64_STANDARD.decode(seal.signature).map_err(|_| "the signature is not base64")?;
        // The timestamp as it was written, for it is the text that is signed.
        let mut message = format!("{}\n{}\n", seal.timestamp, seal.nonce).into_bytes();
        message.extend_from_slice(body);
        message.push(b'\n');
        self.key.verify_sig(&message, &signature).map_err(|_| "the signature does not fit")
    }
}

/// The `APIv3` key.
pub(super) struct SealKey(LessSafeKey);

impl SealKey {
    pub(super) fn new(key: &SecretString) -> Option<Self> {
        let key = UnboundKey::new(&AES_256_GCM, key.expose_secret().as_bytes()).ok()?;
        Some(Self(LessSafeKey::new(key)))
    }

    /// Opens `AEAD_AES_256_GCM`: base64 of the cipher text and its tag.
    pub(super) fn open(&self, ciphertext: &str, nonce: &str, associated_data: &str) -> Option<Vec<u8>> {
        let mut text = BASE64_STANDARD.decode(ciphertext).ok()?;
        let nonce: [u8; NONCE_LEN] = nonce.as_bytes().try_into().ok()?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let length = self.0.open_in_place(nonce, Aad::from(associated_data), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

/// 32 hexadecimal digits that nobody can guess.
fn nonce() -> Option<String> {
    let mut bytes = [0_u8; 16];
    rand::fill(&mut bytes).ok()?;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02X}").ok()?;
    }
    Some(text)
}

/// What is between the first two dashed lines.
fn der(pem: &str) -> Option<Zeroizing<Vec<u8>>> {
    let is_edge = |line: &&str| line.starts_with("-----");
    let lines = pem.lines().map(str::trim).skip_while(|line| !is_edge(line)).skip(1);
    let text: Zeroizing<String> = Zeroizing::new(lines.take_while(|line| !is_edge(line)).collect());
    BASE64_STANDARD.decode(text.as_bytes()).ok().map(Zeroizing::new)
}
