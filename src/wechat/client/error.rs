//! What can go wrong with WeChat, in terms of what to do about it.

use std::fmt;

/// Why WeChat gave no answer. Never holds an address, a secret, a token, a code or an open id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeChatError {
    /// The code is unknown, used, expired or somebody else's (40029, 40163, 40003): get a new one from the user.
    InvalidCode,
    /// WeChat refuses this user's login because of a high risk (40226).
    LoginBlocked,
    /// Too many calls within a second or a minute (45011, 44990, 44991): try again in the next minute.
    TooFrequent,
    /// WeChat refuses us, not the user: secret, allow list, daily quota, frozen account and the like. An operator
    /// has to act; repeating is useless.
    Refused {
        /// WeChat's number for the cause.
        errcode: i64,
    },
    /// No usable answer: WeChat is busy, out of reach, or said something else than its interface promises.
    Unavailable {
        /// What was missing, for the log.
        reason: &'static str,
    },
}

impl fmt::Display for WeChatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidCode => f.write_str("WeChat does not accept the code"),
            Self::LoginBlocked => f.write_str("WeChat blocks this user's login"),
            Self::TooFrequent => f.write_str("too many calls to WeChat"),
            Self::Refused { errcode } => write!(f, "WeChat refuses the mini-program (errcode {errcode})"),
            Self::Unavailable { reason } => write!(f, "WeChat is unavailable: {reason}"),
        }
    }
}

impl std::error::Error for WeChatError {}

/// How one call failed, before anybody asks what that means for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// WeChat answered with this `errcode`.
    Errcode(i64),
    /// WeChat gave no answer that can be read.
    Unreadable(&'static str),
}

impl Failure {
    /// WeChat had no time for us.
    pub(super) fn is_busy(self) -> bool {
        self == Self::Errcode(-1)
    }

    /// The access token is malformed, expired or not the newest.
    pub(super) fn is_token_refused(self) -> bool {
        matches!(self, Self::Errcode(40001 | 40014 | 42001))
    }
}

impl From<Failure> for WeChatError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Errcode(-1) => Self::Unavailable { reason: "busy" },
            Failure::Errcode(40003 | 40029 | 40163) => Self::InvalidCode,
            Failure::Errcode(40226) => Self::LoginBlocked,
            Failure::Errcode(44990 | 44991 | 45011) => Self::TooFrequent,
            Failure::Errcode(errcode) => Self::Refused { errcode },
            Failure::Unreadable(reason) => Self::Unavailable { reason },
        }
    }
}
