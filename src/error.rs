//! The closed list of ways in which a request can fail.
//!
//! A service says what went wrong by meaning and by a stable code; `http::problem` alone turns that into a status
//! and into a sentence in the reader's language (`src/http/texts`).

use std::fmt;

/// Values that a sentence of a problem mentions, by name.
pub type Params = Vec<(&'static str, String)>;

/// Why a use case did not happen. Nothing of it was written.
#[derive(Debug)]
pub enum Error {
    /// 401: nobody is signed in, or the proof is not good (any more). The client signs in again.
    Unauthenticated(&'static str),
    /// 403: the caller may know that this exists but may not do this with it.
    Forbidden(&'static str),
    /// 404: there is no such thing, or the caller may not know that there is.
    NotFound(&'static str),
    /// 410: there was such a thing, and it is used up or its time is over.
    Gone(&'static str),
    /// 409: the thing is in a state that does not allow this; `allowed` lists the moves that are possible now.
    Conflict {
        /// Stable code.
        code: &'static str,
        /// What the caller could do instead, as action names.
        allowed: Option<Vec<&'static str>>,
    },
    /// 409: not at this place; perhaps at another.
    Elsewhere {
        /// Stable code.
        code: &'static str,
        /// Values for the sentence.
        params: Params,
        /// The nearest place where it would do.
        nearest: Option<Nearest>,
    },
    /// 412: `If-Match` named a version that is no longer the newest.
    PreconditionFailed,
    /// 422: one or more fields are not acceptable by themselves.
    Invalid(Vec<FieldError>),
    /// 422: the request is well-formed but a rule of the house says no.
    Rule {
        /// Stable code.
        code: &'static str,
        /// Values for the sentence.
        params: Params,
    },
    /// 429: too much, too fast.
    TooManyRequests {
        /// Stable code.
        code: &'static str,
        /// Whole seconds until it is worth trying again.
        retry_after_seconds: u64,
    },
    /// 503: something this needs is away or overloaded; the same request may succeed shortly.
    Unavailable {
        /// Stable code.
        code: &'static str,
        /// Whole seconds until it is worth trying again.
        retry_after_seconds: u64,
    },
    /// 500: a defect of ours. The cause is logged, never shown.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// A place that would do instead.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Nearest {
    /// Its id.
    pub id: crate::values::Id,
    /// Its name.
    #[schema(example = "西门雨伞架")]
    pub name: String,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body, or `?name` for a query field.
    pub pointer: String,
    /// Stable code.
    pub code: &'static str,
    /// Values for the sentence.
    pub params: Params,
}

impl Error {
    /// A conflict without alternatives.
    #[must_use]
    pub const fn conflict(code: &'static str) -> Self {
        Self::Conflict { code, allowed: None }
    }

    /// A refusal by a rule whose sentence mentions no values.
    #[must_use]
    pub const fn rule(code: &'static str) -> Self {
        Self::Rule { code, params: Vec::new() }
    }

    /// A refusal because of one field.
    #[must_use]
    pub fn field(pointer: &str, code: &'static str) -> Self {
        Self::Invalid(vec![FieldError { pointer: pointer.to_owned(), code, params: Vec::new() }])
    }

    /// A defect, from whatever revealed it.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// The database cannot be reached or cannot keep up.
    #[must_use]
    pub const fn database_busy() -> Self {
        Self::Unavailable { code: "database_busy", retry_after_seconds: 1 }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated(code)
            | Self::Forbidden(code)
            | Self::NotFound(code)
            | Self::Gone(code)
            | Self::Conflict { code, .. }
            | Self::Elsewhere { code, .. }
            | Self::Rule { code, .. }
            | Self::TooManyRequests { code, .. }
            | Self::Unavailable { code, .. } => f.write_str(code),
            Self::PreconditionFailed => f.write_str("version_stale"),
            Self::Invalid(fields) => {
                for (i, field) in fields.iter().enumerate() {
                    write!(f, "{}{} {}", if i == 0 { "" } else { ", " }, field.pointer, field.code)?;
                }
                Ok(())
            }
            Self::Internal(cause) => write!(f, "internal: {cause}"),
        }
    }
}

impl std::error::Error for Error {}
