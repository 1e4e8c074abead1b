//! Access tokens: short-lived JWTs (RFC 7519, RFC 8725), signed with HS256, key named by `kid`.
//!
//! The token says only who and in which session; what the person may do is looked up, so that a change counts within
//! seconds and not when the token ends.

use std::time::Duration;

use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::values::{Id, Instant};
use crate::vault::SigningKey;

/// How long an access token is good for.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// Enough for those who are at it within a quarter of an hour; a forgotten one is read again.
const REMEMBERED: u64 = 10_000;

const ISSUER: &str = "yijian";
const AUDIENCE: &str = "yijian-api";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The user.
    sub: Id,
    /// The session.
    sid: Id,
    iat: i64,
    exp: i64,
}

/// Signs and reads access tokens.
pub struct AccessTokens {
    sign: EncodingKey,
    header: Header,
    keys: Vec<(String, DecodingKey)>,
    validation: Validation,
    /// The session and the end of tokens that were read, by their digest: the same one comes with every request.
    known: Cache<Vec<u8>, (Id, i64)>,
}

impl AccessTokens {
    /// Uses the first key for signing and all of them for reading.
    #[must_use]
    pub fn new(keys: &[SigningKey]) -> Self {
        let first = keys.first();
        let mut header = Header::new(Algorithm::HS256);
        header.kid = first.map(|key| key.kid.clone());
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // Without this a token that lacks `iss` or `aud` altogether would pass.
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Checked below against the application's clock.
        validation.validate_exp = false;
        Self {
            sign: EncodingKey::from_secret(first.map_or(&[], |key| &key.bytes)),
            header,
            keys: keys.iter().map(|key| (key.kid.clone(), DecodingKey::from_secret(&key.bytes))).collect(),
            validation,
            known: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(Duration::from_secs(LIFETIME.as_secs().unsigned_abs()))
                .build(),
        }
    }

    /// A token for a session.
    ///
    /// # Errors
    /// [`Error::Internal`] if signing fails.
    pub fn issue(&self, user_id: Id, session_id: Id, now: Instant) -> Result<String, Error> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user_id,
            sid: session_id,
            iat: now.0.as_second(),
            exp: (now + LIFETIME).0.as_second(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.sign).map_err(Error::internal)
    }

    /// The session that a token speaks for.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`]: `token_invalid`, or `token_expired`, after which the client refreshes.
    pub fn session_of(&self, token: &str, now: Instant) -> Result<Id, Error> {
        let digest = crate::vault::sha256(&[token.as_bytes()]);
        let (session_id, ends) = if let Some(known) = self.known.get(&digest) {
            known
        } else {
            let read = self.read(token)?;
            self.known.insert(digest, read);
            read
        };
        if ends <= now.0.as_second() { Err(Error::Unauthenticated("token_expired")) } else { Ok(session_id) }
    }

    /// The session and the end of a token that is ours.
    fn read(&self, token: &str) -> Result<(Id, i64), Error> {
        let invalid = || Error::Unauthenticated("token_invalid");
        let header = jsonwebtoken::decode_header(token).map_err(|_| invalid())?;
        let kid = header.kid.ok_or_else(invalid)?;
        let (_, key) = self.keys.iter().find(|(known, _)| *known == kid).ok_or_else(invalid)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation).map_err(|_| invalid())?.claims;
        Ok((claims.sid, claims.exp))
    }
}
