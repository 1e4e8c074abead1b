//! Stable access tokens: one at a time, the next one within the last five minutes, forced ones within limits.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{answer::Errcode, mint::Mint};

const LIFE: SignedDuration = SignedDuration::from_secs(7200);
const OVERLAP: SignedDuration = SignedDuration::from_secs(300);
const FORCED_SPACING: SignedDuration = SignedDuration::from_secs(30);
const FORCED_WINDOW: SignedDuration = SignedDuration::from_hours(24);
const FORCED_PER_WINDOW: usize = 20;
const TOKEN_CHARACTERS: usize = 136;

/// Every token handed out, the newest last: a dead one is answered by the cause of its death.
#[derive(Default)]
pub(super) struct Tokens {
    issued: Vec<Token>,
    forced: Vec<Timestamp>,
}

struct Token {
    value: String,
    since: Timestamp,
    revoked: bool,
}

/// A token and the whole seconds left to it.
pub(super) struct Lease {
    pub(super) value: String,
    pub(super) seconds: i64,
}

/// Lest a token end up in a log.
impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("seconds", &self.seconds).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Normal mode: the current token, or a new one if the current one is in its last five minutes; that one then
    /// works until it expires.
    pub(super) fn lease(&mut self, mint: &Mint, now: Timestamp) -> Lease {
        match self.issued.last() {
            Some(current) if current.is_alive(now) && current.left(now) > OVERLAP => current.lease(now),
            _ => self.issue(mint, now),
        }
    }

    /// Forced mode: a new token and the end of all others; not within 30 seconds of the last time, which changes
    /// nothing, and no more than 20 times a day.
    pub(super) fn force(&mut self, mint: &Mint, now: Timestamp) -> Result<Lease, Errcode> {
        self.forced.retain(|at| now.duration_since(*at) < FORCED_WINDOW);
        if self.forced.last().is_some_and(|last| now.duration_since(*last) < FORCED_SPACING) {
            return Ok(self.lease(mint, now));
        }
        if self.forced.len() >= FORCED_PER_WINDOW {
            return Err(Errcode::DAILY_QUOTA);
        }
        self.forced.push(now);
        self.revoke();
        Ok(self.issue(mint, now))
    }

    /// Kills every token.
    pub(super) fn revoke(&mut self) {
        for token in &mut self.issued {
            token.revoked = true;
        }
    }

    /// Whether a call may go on with this token.
    pub(super) fn check(&self, value: &str, now: Timestamp) -> Result<(), Errcode> {
        match self.issued.iter().rfind(|token| token.value == value) {
            Some(token) if token.is_alive(now) => Ok(()),
            Some(token) if !token.revoked => Err(Errcode::TOKEN_EXPIRED),
            _ => Err(Errcode::TOKEN_INVALID),
        }
    }

    fn issue(&mut self, mint: &Mint, now: Timestamp) -> Lease {
        let token = Token { value: mint.text(TOKEN_CHARACTERS), since: now, revoked: false };
        let lease = token.lease(now);
        self.issued.push(token);
        lease
    }
}

impl Token {
    fn left(&self, now: Timestamp) -> SignedDuration {
        LIFE.saturating_sub(now.duration_since(self.since))
    }

    fn is_alive(&self, now: Timestamp) -> bool {
        !self.revoked && self.left(now).is_positive()
    }

    fn lease(&self, now: Timestamp) -> Lease {
        Lease { value: self.value.clone(), seconds: self.left(now).as_secs() }
    }
}
