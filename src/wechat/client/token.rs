//! The access token: fetched once for everybody who waits for it, kept until its last five minutes.
//!
//! WeChat's stable token makes this simple. Asked again, it gives the same token; only within the last five minutes
//! does it hand out the next one, and both work until the old one expires. Several instances need not agree.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{
    Account, WeChatError,
    http::{integer, typed},
};

/// WeChat hands out the next token this long before the present one expires.
const REFRESH_BEFORE_EXPIRY: SignedDuration = SignedDuration::from_secs(300);
/// The least time between two fetches. An earlier one would bring the same token, or the same error.
const SPACING: SignedDuration = SignedDuration::from_secs(30);
/// No token lives longer, in seconds.
const MAX_LIFE: i64 = 7200;

/// An access token and which fetch it came from.
#[derive(Clone)]
pub(super) struct Token {
    value: SecretString,
    fetch: u64,
}

impl Token {
    pub(super) fn expose(&self) -> &str {
        self.value.expose_secret()
    }
}

/// The token of one mini-program. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Tokens(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    held: Option<Held>,
    last: Option<Fetch>,
    fetches: u64,
}

struct Held {
    token: Token,
    since: Timestamp,
    life: SignedDuration,
}

/// The last fetch: when it began and how it failed, if it did.
struct Fetch {
    at: Timestamp,
    failure: Option<WeChatError>,
}

/// What WeChat granted.
struct Grant {
    value: SecretString,
    life: SignedDuration,
}

impl Tokens {
    /// A token to use now. `refused` is the one that WeChat has just called invalid, if any: unless somebody has
    /// replaced it meanwhile, a new one is fetched at once.
    pub(super) async fn get(&self, account: &Arc<Account>, refused: Option<&Token>) -> Result<Token, WeChatError> {
        let mut state = Arc::clone(&self.0).lock_owned().await;
        let now = account.clock.now();
        // Whoever waited for the lock finds here what the one before has fetched.
        if let Some(settled) = state.settled(now, refused) {
            return settled;
        }
        let account = Arc::clone(account);
        // In a task of its own, lock included: a caller that goes away must not take the fetch from the others.
        let fetch = tokio::spawn(async move {
            let granted = account.fetch_token().await;
            state.record(now, granted)
        });
        fetch.await.unwrap_or(Err(WeChatError::Unavailable { reason: "the token's fetch was cut off" }))
    }
}

impl State {
    /// The outcome that needs no fetch, or `None` when a fetch is due.
    fn settled(&mut self, now: Timestamp, refused: Option<&Token>) -> Option<Result<Token, WeChatError>> {
        if let (Some(held), Some(refused)) = (&self.held, refused)
            && held.token.fetch == refused.fetch
        {
            self.held = None;
            return None;
        }
        match &self.held {
            Some(held) if held.is_fresh(now) => Some(Ok(held.token.clone())),
            _ if self.fetched_lately(now) => Some(self.without_fetch(now)),
            _ => None,
        }
    }

    /// A clock that was set back counts as "long ago", lest it lock us out.
    fn fetched_lately(&self, now: Timestamp) -> bool {
        self.last.as_ref().is_some_and(|last| now.duration_since(last.at).abs() < SPACING)
    }

    /// A token in its last minutes still serves; if there is none, the last fetch has failed and says why.
    fn without_fetch(&self, now: Timestamp) -> Result<Token, WeChatError> {
        match &self.held {
            Some(held) if !held.is_expired(now) => Ok(held.token.clone()),
            _ => Err(self
                .last
                .as_ref()
                .and_then(|last| last.failure)
                .unwrap_or(WeChatError::Unavailable { reason: "no access token" })),
        }
    }

    fn record(&mut self, at: Timestamp, granted: Result<Grant, WeChatError>) -> Result<Token, WeChatError> {
        self.fetches += 1;
        let failure = match granted {
            Ok(Grant { value, life }) => {
                let token = Token { value, fetch: self.fetches };
                self.held = Some(Held { token, since: at, life });
                None
            }
            Err(failure) => Some(failure),
        };
        self.last = Some(Fetch { at, failure });
        self.without_fetch(at)
    }
}

impl Held {
    fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) < self.life.saturating_sub(REFRESH_BEFORE_EXPIRY)
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) >= self.life
    }
}

/// WeChat's answer to a request for a token.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: Value,
}

impl Account {
    /// `POST /cgi-bin/stable_token`, in normal mode: forcing would kill the token that other instances hold.
    async fn fetch_token(&self) -> Result<Grant, WeChatError> {
        let body = json!({
            "grant_type": "client_credential",
            "appid": self.app_id,
            "secret": self.app_secret.expose_secret(),
            "force_refresh": false,
        });
        let request = || self.http.post("/cgi-bin/stable_token").json(&body);
        let answer: TokenAnswer = typed(self.http.call("stable_token", request, self.timeouts.other).await?)?;
        answer.grant()
    }
}

impl TokenAnswer {
    fn grant(self) -> Result<Grant, WeChatError> {
        if self.access_token.is_empty() {
            return Err(WeChatError::Unavailable { reason: "the access token is empty" });
        }
        let seconds = integer(&self.expires_in)
            .ok_or(WeChatError::Unavailable { reason: "the access token has no life span" })?;
        // At least the spacing, so that there is always either a token or leave to fetch one.
        let life = SignedDuration::from_secs(seconds.clamp(SPACING.as_secs(), MAX_LIFE));
        Ok(Grant { value: self.access_token.into(), life })
    }
}
