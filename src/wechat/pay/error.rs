//! What can go wrong with WeChat Pay, in terms of what to do about it.

use std::fmt;

/// Why a call did not succeed. Never holds an address, a key, an open id or anything that WeChat wrote in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayError {
    /// WeChat has no order, payment or refund of this number. After [`PayError::OutcomeUnknown`] it means that the
    /// call had no effect.
    NotFound,
    /// The order's state does not allow this: query it.
    WrongState,
    /// The number was used before with other contents. It is our mistake, and the first contents hold.
    RepeatDiffers,
    /// This user cannot have things without a deposit, now or at all: offer another way to pay. WeChat forbids
    /// telling them why.
    UserRefused,
    /// WeChat is charging the order at this moment: try again in 10 seconds, a cancellation in 3 minutes.
    ChargeRunning,
    /// Too many calls: try again later, each time after a longer pause. Nothing has happened.
    TooFrequent,
    /// WeChat refuses us: key, permission, a field out of range, no money for a refund and the like. Repeating is
    /// useless, and somebody has to look. WeChat uses `INVALID_REQUEST` and `PARAM_ERROR` for states as well, so a
    /// query tells more.
    Refused {
        /// WeChat's word for the cause, like `NO_AUTH`, or empty.
        code: String,
        /// WeChat's inner number for the cause, by which its support can tell more.
        number: Option<u64>,
    },
    /// No answer that can be used, so the call may have had its effect or not: repeat it with the same number and
    /// the same contents, or query.
    OutcomeUnknown {
        /// What was missing, for the log.
        reason: &'static str,
    },
    /// A notification that WeChat's key does not confirm, or that our key does not open.
    BadSignature,
    /// The answer or the notification is about another number, service, app or merchant: not to be used.
    NotOurs,
    /// The call makes no sense and has not been sent: our mistake.
    Invalid {
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl fmt::Display for PayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("WeChat Pay knows no such number"),
            Self::WrongState => f.write_str("the order's state does not allow this"),
            Self::RepeatDiffers => f.write_str("the number was used with other contents"),
            Self::UserRefused => f.write_str("WeChat Pay does not grant this user the service"),
            Self::ChargeRunning => f.write_str("WeChat Pay is charging the order just now"),
            Self::TooFrequent => f.write_str("too many calls to WeChat Pay"),
            Self::Refused { code, number: Some(number) } => {
                write!(f, "WeChat Pay refuses the call ({code}, number {number})")
            }
            Self::Refused { code, number: None } => write!(f, "WeChat Pay refuses the call ({code})"),
            Self::OutcomeUnknown { reason } => write!(f, "the outcome at WeChat Pay is unknown: {reason}"),
            Self::BadSignature => f.write_str("the notification is not WeChat Pay's"),
            Self::NotOurs => f.write_str("WeChat Pay's answer is about something else"),
            Self::Invalid { reason } => write!(f, "not a call for WeChat Pay: {reason}"),
        }
    }
}

impl std::error::Error for PayError {}

/// A setting that cannot be used. Never holds its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayConfigError {
    /// The name of the field of [`PayConfig`](super::PayConfig).
    pub setting: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for PayConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WeChat Pay's {}: {}", self.setting, self.reason)
    }
}

impl std::error::Error for PayConfigError {}

pub(super) fn unknown(reason: &'static str) -> PayError {
    PayError::OutcomeUnknown { reason }
}

/// An error as WeChat words it.
pub(super) struct Complaint {
    pub(super) status: u16,
    /// The code in the body, or `None` if the body is not one of WeChat's.
    pub(super) code: Option<String>,
    /// The number at the end of the `Request-Id`.
    pub(super) number: Option<u64>,
}

impl From<Complaint> for PayError {
    /// The inner number is the most precise, but not documented as a promise; the code and the class of the HTTP
    /// status have to do where it is missing or new.
    fn from(complaint: Complaint) -> Self {
        let Complaint { status, code, number } = complaint;
        match status {
            429 => return Self::TooFrequent,
            400..=499 => {}
            500..=599 => return unknown("WeChat Pay has an error of its own"),
            _ => return unknown("the answer has an HTTP status that is not documented"),
        }
        // A proxy's page on the way must not pass for a word of WeChat's, least of all for "no such order".
        let Some(code) = code else { return unknown("the error is not WeChat Pay's") };
        by_number(number).or_else(|| by_code(&code)).unwrap_or(Self::Refused { code, number })
    }
}

fn by_number(number: Option<u64>) -> Option<PayError> {
    Some(match number? {
        268_512_771 | 271_317_510 => PayError::NotFound,
        // Paid already (2), state (3), not to be cancelled, only while it waits for the payment.
        268_449_538 | 268_498_689 | 271_302_262 | 271_302_332 | 271_302_333 | 271_316_592 | 271_316_657 => {
            PayError::WrongState
        }
        268_498_688 | 271_316_598 => PayError::RepeatDiffers,
        // Youth mode, overdue orders, WeChat's risk check.
        268_560_785 | 271_299_627 | 271_300_099 => PayError::UserRefused,
        271_316_754 => PayError::ChargeRunning,
        268_435_472 => PayError::TooFrequent,
        _ => return None,
    })
}

fn by_code(code: &str) -> Option<PayError> {
    Some(match code {
        "ORDER_NOT_EXIST" | "RESOURCE_NOT_EXISTS" => PayError::NotFound,
        // The spelling differs between products.
        "FREQUENCY_LIMITED" | "FREQUENCY_LIMIT_EXCEED" | "RATELIMIT_EXCEEDED" | "RATE_LIMIT_EXCEEDED" => {
            PayError::TooFrequent
        }
        "SYSTEM_ERROR" => unknown("WeChat Pay has an error of its own"),
        _ => return None,
    })
}
