//! Passwords: Argon2id with 19 MiB and two passes (OWASP Password Storage Cheat Sheet).

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};

use crate::app::App;
use crate::error::Error;

/// How long a sign-in waits for its turn at the processor.
const WAIT_FOR_TURN: Duration = Duration::from_secs(2);

fn hasher() -> Result<Argon2<'static>, Error> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|e| Error::internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The PHC string of a password.
///
/// # Errors
/// [`Error::Internal`] if the machine gives no randomness.
pub fn hash(password: &SecretString) -> Result<String, Error> {
    let salt = crate::vault::random_bytes::<16>()?;
    let hash = hasher()?.hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|e| Error::internal(e.to_string()))
}

/// Whether the password is the one behind `hash`. Takes as long when there is no hash at all, so that the time does
/// not tell which usernames exist.
///
/// # Errors
/// [`Error::Unavailable`] when too many sign-ins are waiting.
pub async fn verify(app: &Arc<App>, password: SecretString, hash: Option<String>) -> Result<bool, Error> {
    let turn = tokio::time::timeout(WAIT_FOR_TURN, app.password_checks.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return Err(Error::Unavailable { code: "sign_in_busy", retry_after_seconds: 2 });
    };
    tokio::task::spawn_blocking(move || {
        let password = password.expose_secret().as_bytes();
        let Some(hash) = hash else {
            drop(hasher()?.hash_password_with_salt(password, &[0; 16]));
            return Ok(false);
        };
        let hash = PasswordHash::new(&hash).map_err(|e| Error::internal(e.to_string()))?;
        Ok(hasher()?.verify_password(password, &hash).is_ok())
    })
    .await
    .map_err(Error::internal)?
}
