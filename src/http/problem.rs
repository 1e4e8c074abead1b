//! Problem documents (RFC 9457): the one place where an [`Error`] gets a status, and words.
//!
//! An error response leaves its handler empty but for the [`Problem`] in its extensions; `edge` writes the body, because
//! only there are the reader's language and the request id known.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::texts::{self, Language};
use crate::error::{Error, FieldError, Nearest, Params};

/// What went wrong, before it is put into words.
#[derive(Debug, Clone)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable code.
    pub code: &'static str,
    params: Params,
    fields: Vec<FieldError>,
    instead: Option<Instead>,
    headers: Vec<(HeaderName, String)>,
}

/// What would do instead.
#[derive(Debug, Clone)]
enum Instead {
    /// These actions.
    Actions(Vec<&'static str>),
    /// The same at this place.
    Place(Box<Nearest>),
}

/// The JSON of a problem document.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument<'a> {
    /// Names the kind of problem: `urn:yijian:problem:<code>`.
    #[serde(rename = "type")]
    #[schema(example = "urn:yijian:problem:ticket_not_found")]
    kind: String,
    /// The kind of problem in a few words.
    title: String,
    /// HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// One sentence that tells what to do.
    detail: String,
    /// The path that was asked.
    instance: &'a str,
    /// Stable code, never translated.
    #[schema(example = "ticket_not_found")]
    code: &'a str,
    /// What is wrong with single fields.
    errors: Vec<ProblemField<'a>>,
    /// The actions that are possible now (only after an illegal move).
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<&'a [&'static str]>,
    /// The nearest place where it would do (only where it cannot be done here).
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<&'a Nearest>,
    /// The same in the words of OAuth (RFC 6749 §5.2), where a system asked for a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    /// Quote this when you ask for help.
    request_id: &'a str,
}

/// What is wrong with one field.
#[derive(Serialize, ToSchema)]
pub struct ProblemField<'a> {
    /// JSON Pointer into the body, or `?name` for a query field.
    #[schema(example = "/description")]
    pointer: &'a str,
    /// Stable code, never translated.
    #[schema(example = "text_blank")]
    code: &'a str,
    /// One sentence that tells what to do.
    detail: String,
}

/// The codes that clients of OAuth know (RFC 6749 §5.2).
const OAUTH_ERRORS: [&str; 4] = ["invalid_client", "invalid_request", "invalid_scope", "unsupported_grant_type"];

impl Problem {
    /// A problem of the transport, below any use case.
    #[must_use]
    pub const fn new(status: StatusCode, code: &'static str) -> Self {
        Self { status, code, params: Vec::new(), fields: Vec::new(), instead: None, headers: Vec::new() }
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// 422 for fields.
    #[must_use]
    pub fn fields(fields: Vec<FieldError>) -> Self {
        Self { fields, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "fields_invalid") }
    }

    /// The problem document in words.
    #[must_use]
    pub fn render(&self, language: Language, path: &str, request_id: &str) -> Vec<u8> {
        let text = texts::problem(language, self.code, &self.params);
        let errors = self.fields.iter().map(|field| ProblemField {
            pointer: &field.pointer,
            code: field.code,
            detail: texts::problem(language, field.code, &field.params).detail,
        });
        let document = ProblemDocument {
            kind: format!("urn:yijian:problem:{}", self.code),
            title: text.title,
            status: self.status.as_u16(),
            detail: text.detail,
            instance: path,
            code: self.code,
            errors: errors.collect(),
            allowed: match &self.instead {
                Some(Instead::Actions(actions)) => Some(actions),
                _ => None,
            },
            nearest: match &self.instead {
                Some(Instead::Place(nearest)) => Some(nearest),
                _ => None,
            },
            error: OAUTH_ERRORS.contains(&self.code).then_some(self.code),
            request_id,
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }

    /// The problem in one English line, for the command line.
    #[must_use]
    pub fn in_one_line(&self) -> String {
        let text = texts::problem(Language::English, self.code, &self.params);
        format!("{} ({})", text.detail, self.code)
    }

    /// The headers that go with this problem.
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        for (name, value) in &self.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name.clone(), value);
            }
        }
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        match error {
            Error::Unauthenticated(code) => {
                Self::new(StatusCode::UNAUTHORIZED, code).with_header(header::WWW_AUTHENTICATE, "Bearer")
            }
            Error::Forbidden(code) => Self::new(StatusCode::FORBIDDEN, code),
            Error::NotFound(code) => Self::new(StatusCode::NOT_FOUND, code),
            Error::Gone(code) => Self::new(StatusCode::GONE, code),
            Error::Conflict { code, allowed } => {
                let instead = allowed.clone().map(Instead::Actions);
                Self { instead, ..Self::new(StatusCode::CONFLICT, code) }
            }
            Error::Elsewhere { code, params, nearest } => {
                let mut params = params.clone();
                params.push(("nearest", nearest.as_ref().map_or_else(|| "—".to_owned(), |one| one.name.clone())));
                let instead = nearest.clone().map(|one| Instead::Place(Box::new(one)));
                Self { params, instead, ..Self::new(StatusCode::CONFLICT, code) }
            }
            Error::PreconditionFailed => Self::new(StatusCode::PRECONDITION_FAILED, "version_stale"),
            Error::Invalid(fields) => Self::fields(fields.clone()),
            Error::Rule { code, params } => {
                Self { params: params.clone(), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code) }
            }
            Error::TooManyRequests { code, retry_after_seconds } => Self {
                params: vec![("seconds", retry_after_seconds.to_string())],
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, code)
                    .with_header(header::RETRY_AFTER, retry_after_seconds.to_string())
                    .with_header(
                        HeaderName::from_static("ratelimit"),
                        format!("\"{code}\";r=0;t={retry_after_seconds}"),
                    )
            },
            Error::Unavailable { code, retry_after_seconds } => Self::new(StatusCode::SERVICE_UNAVAILABLE, code)
                .with_header(header::RETRY_AFTER, retry_after_seconds.to_string()),
            Error::Internal(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if let Error::Internal(cause) = &error {
            tracing::error!(%cause, "a request failed by a defect");
        }
        Self::from(&error)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status);
        response.extensions_mut().insert(self.clone());
        response
    }
}
