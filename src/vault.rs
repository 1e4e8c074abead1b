//! The installation's secrets, and what is done with them: sealing telephone numbers, looking them up, and signing
//! what comes back to us (cursors, photo links, refresh tokens).

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::{digest, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::error::Error;

/// First byte of every sealed value, so that a later format or key can be told apart.
const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 12;

/// Keys derived from the installation's secrets. Nothing of it can be printed.
pub struct Vault {
    /// Newest first; the first one signs.
    signing: Vec<SigningKey>,
    phones: RandomizedNonceKey,
    phone_index: hmac::Key,
    links: hmac::Key,
    refresh: hmac::Key,
    custody: hmac::Key,
    codes: hmac::Key,
}

/// One key that signs or once signed access tokens.
pub struct SigningKey {
    /// Names the key in a token's header; derived from the secret, so it needs no keeping.
    pub kid: String,
    /// The key itself.
    pub bytes: [u8; 32],
}

/// The file in the data folder that holds secrets nobody configured.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretsFile {
    signing_secret: String,
    data_secret: String,
}

impl Vault {
    /// Takes the configured secrets, or those kept in the data folder, which are made on first use (mode 0600).
    ///
    /// # Errors
    /// A sentence for the operator when the file cannot be read or written.
    pub fn open(config: &Config) -> Result<Self, String> {
        if let (Some(signing), Some(data)) = (&config.signing_secret, &config.data_secret) {
            return Self::from_secrets(signing, config.signing_secret_previous.as_ref(), data);
        }
        let kept = load_or_create(&config.data_dir.join("secrets.json"))?;
        let signing = config.signing_secret.clone().unwrap_or_else(|| kept.signing_secret.into());
        let data = config.data_secret.clone().unwrap_or_else(|| kept.data_secret.into());
        Self::from_secrets(&signing, config.signing_secret_previous.as_ref(), &data)
    }

    fn from_secrets(
        signing: &SecretString,
        previous: Option<&SecretString>,
        data: &SecretString,
    ) -> Result<Self, String> {
        let data = hmac::Key::new(hmac::HMAC_SHA256, data.expose_secret().as_bytes());
        let derive = |purpose: &str| hmac::sign(&data, purpose.as_bytes());
        let key = |purpose: &str| hmac::Key::new(hmac::HMAC_SHA256, derive(purpose).as_ref());
        let phones = RandomizedNonceKey::new(&AES_256_GCM, derive("phone sealing").as_ref())
            .map_err(|_| "cannot set up encryption".to_owned())?;
        let signing = std::iter::once(signing).chain(previous).map(SigningKey::from_secret).collect();
        let (phone_index, links, refresh) = (key("phone look-up"), key("signed links"), key("refresh tokens"));
        let (custody, codes) = (key("custody log"), key("pick-up codes"));
        Ok(Self { signing, phones, phone_index, links, refresh, custody, codes })
    }

    /// The keys for access tokens, the signing one first.
    #[must_use]
    pub fn signing_keys(&self) -> &[SigningKey] {
        &self.signing
    }

    /// Encrypts a text so that only this installation can read it (AES-256-GCM, random nonce).
    ///
    /// # Errors
    /// [`Error::Internal`] if the machine gives no randomness.
    pub fn seal(&self, text: &str) -> Result<Vec<u8>, Error> {
        let mut cipher = text.as_bytes().to_vec();
        let nonce = self
            .phones
            .seal_in_place_append_tag(Aad::from([FORMAT]), &mut cipher)
            .map_err(|_| Error::internal("cannot seal"))?;
        let mut sealed = vec![FORMAT];
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut cipher);
        Ok(sealed)
    }

    /// Decrypts what [`Vault::seal`] made.
    ///
    /// # Errors
    /// [`Error::Internal`] if it was changed or sealed with another secret.
    pub fn unseal(&self, sealed: &[u8]) -> Result<String, Error> {
        let broken = || Error::internal("a sealed value cannot be opened: was DATA_SECRET changed?");
        let (format, rest) = sealed.split_first().ok_or_else(broken)?;
        let (nonce, cipher) = rest.split_at_checked(NONCE_BYTES).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut cipher = cipher.to_vec();
        let plain = self.phones.open_in_place(nonce, Aad::from([*format]), &mut cipher).map_err(|_| broken())?;
        String::from_utf8(plain.to_vec()).map_err(|_| broken())
    }

    /// What a telephone number is looked up by: equal for equal numbers, telling nothing about them.
    #[must_use]
    pub fn phone_index(&self, phone: &str) -> Vec<u8> {
        hmac::sign(&self.phone_index, phone.as_bytes()).as_ref().to_vec()
    }

    /// A short signature (128 bits, base64url) over something that a client will hand back.
    #[must_use]
    pub fn sign_link(&self, text: &str) -> String {
        let tag = hmac::sign(&self.links, text.as_bytes());
        URL_SAFE_NO_PAD.encode(tag.as_ref().get(..16).unwrap_or_default())
    }

    /// Whether `signature` is [`Vault::sign_link`] of `text`, in constant time.
    #[must_use]
    pub fn link_is_ours(&self, text: &str, signature: &str) -> bool {
        is_same(self.sign_link(text).as_bytes(), signature.as_bytes())
    }

    /// The refresh token that follows `token`. It is derived, not drawn: a phone that lost the answer and asks again
    /// gets the same successor instead of a second one.
    #[must_use]
    pub fn next_refresh_token(&self, token: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.refresh, token.as_bytes()))
    }
}

impl Vault {
    /// The hash of an entry of a custody log, which carries the hash of the one before. It is keyed: who can write to the
    /// database but does not hold the installation's secret cannot make one.
    #[must_use]
    pub fn custody_hash(&self, parts: &[&[u8]]) -> Vec<u8> {
        hmac::sign(&self.custody, &sha256(parts)).as_ref().to_vec()
    }

    /// What is kept of a short code that was given out for `subject`: the code cannot be tried out on it elsewhere.
    #[must_use]
    pub fn code_hash(&self, subject: &str, code: &str) -> Vec<u8> {
        hmac::sign(&self.codes, &sha256(&[subject.as_bytes(), code.as_bytes()])).as_ref().to_vec()
    }
}

/// Whether two secrets are the same, in constant time.
#[must_use]
pub fn is_same(a: &[u8], b: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}

impl SigningKey {
    fn from_secret(secret: &SecretString) -> Self {
        let digest = digest::digest(&digest::SHA256, secret.expose_secret().as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        let name = digest::digest(&digest::SHA256, &bytes);
        Self { kid: URL_SAFE_NO_PAD.encode(name.as_ref().get(..6).unwrap_or_default()), bytes }
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

/// SHA-256, for what is stored instead of a secret and for comparing requests.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

/// A text as a content security policy names it: its SHA-256.
#[must_use]
pub fn policy_hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes())))
}

/// A fresh secret of 256 bits, base64url.
///
/// # Errors
/// [`Error::Internal`] if the machine gives no randomness.
pub fn random_token() -> Result<String, Error> {
    random_bytes::<32>().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}

/// `N` unpredictable bytes.
///
/// # Errors
/// [`Error::Internal`] if the machine gives no randomness.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Error::internal("no randomness"))?;
    Ok(bytes)
}

/// An unpredictable number below `bound`, each as likely as any other.
///
/// # Errors
/// [`Error::Internal`] if the machine gives no randomness.
pub fn random_below(bound: u32) -> Result<usize, Error> {
    let bound = u64::from(bound.max(1));
    // Past the last whole multiple the small ones would be likelier.
    let whole = u64::MAX - u64::MAX % bound;
    loop {
        let number = u64::from_le_bytes(random_bytes::<8>()?);
        if number < whole {
            return usize::try_from(number % bound).map_err(Error::internal);
        }
    }
}

/// Creates `path` readable by its owner only, and refuses to touch an existing file.
///
/// # Errors
/// As the file system says.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn load_or_create(path: &Path) -> Result<SecretsFile, String> {
    let say = |what: &str, error: &dyn std::fmt::Display| format!("{what} {}: {error}", path.display());
    match fs::read(path) {
        Ok(json) => serde_json::from_slice(&json).map_err(|_| say("cannot read", &"not a secrets file")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let token = || random_token().map_err(|e| say("cannot make", &e));
            let secrets = SecretsFile { signing_secret: token()?, data_secret: token()? };
            let json = serde_json::to_vec_pretty(&secrets).map_err(|e| say("cannot make", &e))?;
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(|e| say("cannot make the folder of", &e))?;
            }
            match write_private(path, &json) {
                Ok(()) => Ok(secrets),
                // Another process was faster: its secrets count.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => load_or_create(path),
                Err(error) => Err(say("cannot write", &error)),
            }
        }
        Err(error) => Err(say("cannot read", &error)),
    }
}
