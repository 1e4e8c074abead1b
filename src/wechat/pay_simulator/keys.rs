//! The keys of the simulated merchant and of the simulated WeChat Pay.

use std::{
    fmt::Write,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rand::{self, SystemRandom},
    rsa,
    signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::SecretString;

use super::PaySimulator;

const PEM_COLUMNS: usize = 64;

/// Both key pairs.
pub struct Keys {
    merchant: rsa::KeyPair,
    wechat: rsa::KeyPair,
    random: SystemRandom,
}

impl Keys {
    /// The keys of this process: making them takes long enough for the simulators of a test run to share them.
    pub(super) fn shared() -> io::Result<Arc<Self>> {
        static SHARED: Mutex<Option<Arc<Keys>>> = Mutex::new(None);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = &*shared {
            return Ok(Arc::clone(keys));
        }
        let keys = Arc::new(Self::generate()?);
        *shared = Some(Arc::clone(&keys));
        Ok(keys)
    }

    /// New keys.
    ///
    /// # Errors
    ///
    /// When the machine has no random bytes left.
    pub fn generate() -> io::Result<Self> {
        let pair = || rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(|_| io::Error::other("no RSA key"));
        Ok(Self { merchant: pair()?, wechat: pair()?, random: SystemRandom::new() })
    }

    /// Both as JSON, for who keeps them: base64 of PKCS#8, the merchant's and `WeChat` Pay's.
    ///
    /// # Errors
    ///
    /// When they cannot be written down.
    pub fn to_json(&self) -> io::Result<String> {
        let text = |pair| AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map(|der| BASE64_STANDARD.encode(der.as_ref()));
        let written = |pair| text(pair).map_err(|_| io::Error::other("no PKCS#8"));
        Ok(serde_json::to_string_pretty(&[written(&self.merchant)?, written(&self.wechat)?])?)
    }

    /// What [`Self::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// When it is something else.
    pub fn from_json(json: &str) -> io::Result<Self> {
        let pair = |text: &str| {
            let der = BASE64_STANDARD.decode(text).map_err(io::Error::other)?;
            rsa::KeyPair::from_pkcs8(&der).map_err(io::Error::other)
        };
        let [merchant, wechat]: [String; 2] = serde_json::from_str(json)?;
        Ok(Self { merchant: pair(&merchant)?, wechat: pair(&wechat)?, random: SystemRandom::new() })
    }

    /// The merchant's private key, in PKCS#8.
    pub(super) fn merchant_pem(&self) -> SecretString {
        // A key that was just made can be written down; an empty text would be refused where it is used.
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&self.merchant);
        der.map(|der| pem("PRIVATE KEY", der.as_ref())).unwrap_or_default().into()
    }

    /// WeChat Pay's public key.
    pub(super) fn wechat_pem(&self) -> String {
        let der = AsDer::<PublicKeyX509Der<'_>>::as_der(self.wechat.public_key());
        der.map(|der| pem("PUBLIC KEY", der.as_ref())).unwrap_or_default()
    }

    /// Whether the merchant signed this message.
    pub(super) fn is_merchants(&self, message: &[u8], signature: &str) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.merchant.public_key());
        BASE64_STANDARD.decode(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
    }

    /// WeChat Pay's signature, in base64.
    pub(super) fn sign(&self, timestamp: i64, nonce: &str, body: &[u8]) -> Option<String> {
        let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
        message.extend_from_slice(body);
        message.push(b'\n');
        let mut signature = vec![0; self.wechat.public_modulus_len()];
        self.wechat.sign(&RSA_PKCS1_SHA256, &self.random, &message, &mut signature).ok()?;
        Some(BASE64_STANDARD.encode(signature))
    }
}

/// Seals a text with the merchant's `APIv3` key. `nonce` is 12 bytes.
pub(super) fn seal(text: &str, nonce: &str, associated_data: &str) -> Option<String> {
    let key = UnboundKey::new(&AES_256_GCM, PaySimulator::API_V3_KEY.as_bytes()).ok()?;
    let nonce: [u8; NONCE_LEN] = nonce.as_bytes().try_into().ok()?;
    let nonce = Nonce::assume_unique_for_key(nonce);
    let mut sealed = text.as_bytes().to_vec();
    LessSafeKey::new(key).seal_in_place_append_tag(nonce, Aad::from(associated_data), &mut sealed).ok()?;
    Some(BASE64_STANDARD.encode(sealed))
}

/// `bytes` hexadecimal pairs, in upper case, that were never given before.
pub(super) fn hex(bytes: usize) -> Option<String> {
    let mut random = vec![0_u8; bytes];
    rand::fill(&mut random).ok()?;
    let mut text = String::with_capacity(2 * bytes);
    for byte in random {
        write!(text, "{byte:02X}").ok()?;
    }
    Some(text)
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for (column, character) in BASE64_STANDARD.encode(der).chars().enumerate() {
        if column > 0 && column % PEM_COLUMNS == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text + &format!("\n-----END {label}-----\n")
}
