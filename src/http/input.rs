//! Reading requests: who asks, for which thing, with what. Every extractor answers with a problem document.
//!
//! [`Command`] and [`Query`] first prove who is asking and only then look at what was sent, so that a stranger learns
//! nothing from a validation error.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::auth::Proof;
use super::objects::{self, Named};
use super::problem::Problem;
use crate::app::App;
use crate::error::{Error, FieldError};
use crate::idempotency::Once;
use crate::values::Id;

/// No JSON body of this API needs more.
pub const LARGEST_JSON: usize = 64 * 1024;

/// A body that takes longer than this to arrive is given up: a slow sender must not hold a connection for ever.
const JSON_TIME: Duration = Duration::from_secs(15);

/// The same for a photo; `wx.uploadFile` gives up after 60 seconds itself.
pub const UPLOAD_TIME: Duration = Duration::from_mins(1);

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// A change that `actor` asks for: their proof of role, the checked body, and the idempotency key.
pub struct Command<A, T> {
    /// Who asks.
    pub actor: A,
    /// What they ask for.
    pub body: T,
    /// Set when the client sent an `Idempotency-Key`.
    pub once: Option<Once>,
    target: Result<Target, Problem>,
}

/// A question that `actor` asks, with checked query fields.
pub struct Query<A, Q> {
    /// Who asks.
    pub actor: A,
    /// What they want to know.
    pub query: Q,
    target: Result<Target, Problem>,
}

impl<A, T> Command<A, T> {
    /// The thing in the path that shall be changed.
    ///
    /// # Errors
    /// 404 if it is no id, 400 if `If-Match` is no version.
    pub fn target(&self) -> Result<Target, Problem> {
        self.target.clone()
    }
}

impl<A, Q> Query<A, Q> {
    /// The thing in the path that is asked about.
    ///
    /// # Errors
    /// 404 if it is no id, 400 if `If-Match` is no version.
    pub fn target(&self) -> Result<Target, Problem> {
        self.target.clone()
    }
}

/// For actions that need no details: an empty object, or no body at all.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// For questions without query fields: any field is refused.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct NoFields {}

/// The thing in the path (`…/{id}/…`), and the version the client believes to be the newest (`If-Match`).
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its id.
    pub id: Id,
    /// What `If-Match` said.
    pub expected_version: Option<i32>,
}

/// The path parameter of [`Target`], for the API document.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes; `Target` reads")]
pub struct PathId {
    /// Identifier.
    #[param(format = Uuid, example = "0198c0de-0000-7000-8000-000000000001")]
    id: String,
}

impl Target {
    /// Refuses a stale version.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`].
    pub fn check(self, version: i32) -> Result<(), Error> {
        match self.expected_version {
            Some(expected) if expected != version => Err(Error::PreconditionFailed),
            _ => Ok(()),
        }
    }
}

impl<A: Proof, T: DeserializeOwned + Validate + 'static> FromRequest for Command<A, T> {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let actor = A::prove(&req).await?;
            refuse_query_fields(&req)?;
            let bytes = read_json(&req, payload).await?;
            let once = once(&req, actor.caller_id(), &bytes)?;
            Ok(Self { actor, body: parse_body(&bytes)?, once, target: target(&req) })
        })
    }
}

impl<A: Proof, Q: DeserializeOwned + Validate + 'static> FromRequest for Query<A, Q> {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let actor = A::prove(&req).await?;
            Ok(Self { actor, query: parse_query(req.query_string())?, target: target(&req) })
        })
    }
}

fn target(req: &HttpRequest) -> Result<Target, Problem> {
    let id = req.match_info().query("id").parse();
    let id = id.map_err(|_| Problem::new(StatusCode::NOT_FOUND, "not_found"))?;
    let expected_version = match req.headers().get(header::IF_MATCH).map(|value| value.to_str().unwrap_or("?")) {
        None | Some("*") => None,
        Some(tag) => {
            // Quoted as an ETag is, or bare for people who type.
            let digits = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag);
            let version = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()));
            Some(version.ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "if_match_malformed"))?)
        }
    };
    Ok(Target { id, expected_version })
}

/// The application, from any request.
///
/// # Errors
/// 500 if the server was put together without it.
pub fn app(req: &HttpRequest) -> Result<Arc<App>, Problem> {
    req.app_data::<Data<App>>()
        .map(|data| data.clone().into_inner())
        .ok_or_else(|| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal"))
}

/// The idempotency key of a request, bound to who sent it and what exactly they sent.
///
/// # Errors
/// 400 for a key that is not 1–64 visible ASCII characters.
pub fn once(req: &HttpRequest, caller_id: Id, body: &[u8]) -> Result<Option<Once>, Problem> {
    let Some(key) = req.headers().get("Idempotency-Key") else { return Ok(None) };
    let key =
        key.to_str().ok().filter(|key| (1..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
    let key = key.ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_malformed"))?;
    let if_match = req.headers().get(header::IF_MATCH).map_or(&b""[..], |value| value.as_bytes());
    let request = [req.method().as_str().as_bytes(), req.path().as_bytes(), if_match, body];
    Ok(Some(Once { caller_id, key: key.to_owned(), fingerprint: crate::vault::sha256(&request) }))
}

/// Refuses query fields where none are known.
///
/// # Errors
/// 422 naming the field.
pub fn refuse_query_fields(req: &HttpRequest) -> Result<(), Problem> {
    parse_query::<NoFields>(req.query_string()).map(drop)
}

/// Reads a JSON body, bounded in size and time. No body at all, and `null`, count as `{}`.
///
/// # Errors
/// 408, 413, 415, or 400 when the connection breaks.
pub async fn read_json(req: &HttpRequest, payload: Payload) -> Result<Bytes, Problem> {
    let bytes = read_body(payload, LARGEST_JSON).await?;
    let nothing = Bytes::from_static(b"{}");
    if bytes.is_empty() {
        return Ok(nothing);
    }
    let media_type = req.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type_unsupported"));
    }
    Ok(if bytes.as_ref() == b"null" { nothing } else { bytes })
}

/// Reads a body that may be a form or JSON.
///
/// # Errors
/// As [`read_json`] and [`parse_body`].
pub async fn read_form_or_json<T: DeserializeOwned + Validate>(
    req: &HttpRequest,
    payload: Payload,
) -> Result<T, Problem> {
    let is_form = req.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if !is_form {
        return parse_body(&read_json(req, payload).await?);
    }
    parse_pairs(&read_body(payload, LARGEST_JSON).await?).map_err(Problem::fields)
}

/// Reads a body as it came, bounded in size and time.
///
/// # Errors
/// 408, 413, or 400 when the connection breaks.
pub async fn read_bytes(payload: Payload) -> Result<Bytes, Problem> {
    read_body(payload, LARGEST_JSON).await
}

async fn read_body(mut payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let read = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "body_incomplete"))?;
            if body.len() + chunk.len() > limit {
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    within(JSON_TIME, read).await?
}

/// Gives up on a body that does not arrive.
///
/// # Errors
/// 408, and the connection is closed.
pub async fn within<T>(time: Duration, read: impl Future<Output = T>) -> Result<T, Problem> {
    tokio::time::timeout(time, read).await.map_err(|_| {
        Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow").with_header(header::CONNECTION, "close")
    })
}

/// Turns JSON into a command and checks it.
///
/// # Errors
/// 400 if it is not JSON, 422 naming the fields that are not acceptable.
pub fn parse_body<T: DeserializeOwned + Validate>(bytes: &[u8]) -> Result<T, Problem> {
    check_form::<T>(bytes)?;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let body: T = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        use serde_json::error::Category;
        match error.inner().classify() {
            Category::Data => Problem::fields(vec![field_error(&pointer(error.path()), &error.inner().to_string())]),
            Category::Syntax | Category::Eof | Category::Io => Problem::new(StatusCode::BAD_REQUEST, "json_malformed"),
        }
    })?;
    json.end().map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "json_malformed"))?;
    body.validate().map_err(|errors| Problem::fields(flatten("", &errors)))?;
    Ok(body)
}

/// Refuses what serde takes and nobody meant, where a body may hold any: arrays in the place of objects, and NUL.
fn check_form<T: DeserializeOwned>(bytes: &[u8]) -> Result<(), Problem> {
    let has_array = bytes.contains(&b'[');
    let has_nul = bytes.windows(6).any(|part| part == br"\u0000");
    if !has_array && !has_nul {
        return Ok(());
    }
    let Ok(value) = serde_json::from_slice(bytes) else { return Ok(()) };
    if let Some(at) = objects::find_nul(&value) {
        return Err(Problem::fields(vec![FieldError {
            pointer: at,
            code: "text_has_control_characters",
            params: Vec::new(),
        }]));
    }
    parse_part::<T>("", value).map(drop).map_err(Problem::from)
}

/// Turns a part of a body whose form another field decides into what it is; `at` is where it lies.
///
/// # Errors
/// [`Error::Invalid`] naming the field that is not acceptable.
pub fn parse_part<T: DeserializeOwned>(at: &str, part: serde_json::Value) -> Result<T, Error> {
    serde_path_to_error::deserialize(Named(part)).map_err(|error| {
        let pointer = format!("{at}{}", pointer(error.path()));
        Error::Invalid(vec![field_error(&pointer, &error.inner().to_string())])
    })
}

/// Turns a query string into a question and checks it.
///
/// # Errors
/// 422 naming the fields that are not acceptable.
pub fn parse_query<Q: DeserializeOwned + Validate>(query: &str) -> Result<Q, Problem> {
    parse_pairs(query.as_bytes()).map_err(|mut fields| {
        for field in &mut fields {
            field.pointer = format!("?{}", field.pointer.trim_start_matches('/'));
        }
        Problem::fields(fields)
    })
}

/// Turns `name=value&…` into what it says, and checks it.
fn parse_pairs<T: DeserializeOwned + Validate>(pairs: &[u8]) -> Result<T, Vec<FieldError>> {
    let fields = serde_urlencoded::Deserializer::new(form_urlencoded::parse(pairs));
    let parsed: T = serde_path_to_error::deserialize(fields).map_err(|error| {
        let path = error.path().to_string();
        let at = if path == "." { String::new() } else { format!("/{path}") };
        vec![field_error(&at, &error.inner().to_string())]
    })?;
    parsed.validate().map_err(|errors| flatten("", &errors))?;
    Ok(parsed)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let steps = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    steps.fold(String::new(), |pointer, step| pointer + "/" + &step)
}

/// serde reports in English prose; this picks out what a client can act on. The rejected value itself is dropped: it
/// may be a password.
fn field_error(pointer: &str, message: &str) -> FieldError {
    let quoted = || message.split('`').nth(1).unwrap_or_default();
    let below = |name: &str| {
        // A field given twice is reported with its own path, a missing one with that of its parent.
        if pointer.ends_with(&format!("/{name}")) { pointer.to_owned() } else { format!("{pointer}/{name}") }
    };
    let (pointer, code, params) = if message.starts_with("unknown field") {
        (pointer.to_owned(), "field_unknown", Vec::new())
    } else if message.starts_with("missing field") {
        (below(quoted()), "field_missing", Vec::new())
    } else if message.starts_with("duplicate field") {
        (below(quoted()), "field_duplicate", Vec::new())
    } else if let Some((code, limit)) = text_rule(message) {
        (pointer.to_owned(), code, vec![("limit", limit.to_owned())])
    } else if message.starts_with("unknown variant") {
        let known = known_values(message);
        (pointer.to_owned(), "value_unknown", vec![("known", known)])
    } else {
        (pointer.to_owned(), "value_malformed", Vec::new())
    };
    FieldError { pointer, code, params }
}

/// From "unknown variant `x`, expected one of `a`, `b` at line 1 column 2" the part "a, b". The rejected value stands
/// first and may contain anything but cannot end the last "expected".
fn known_values(message: &str) -> String {
    let known = message.rsplit("expected").next().unwrap_or_default();
    let quoted: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    quoted.join(", ")
}

/// Takes apart what the types of `crate::text` say: `code|limit`.
fn text_rule(message: &str) -> Option<(&'static str, &str)> {
    const CODES: [&str; 9] = [
        "text_too_long",
        "text_blank",
        "text_has_control_characters",
        "text_has_identity_number",
        "characters_malformed",
        "item_category_unknown",
        "phone_malformed",
        "id_malformed",
        "instant_malformed",
    ];
    let (code, rest) = message.split_once('|')?;
    let code = CODES.into_iter().find(|known| *known == code)?;
    Some((code, rest.split(' ').next().unwrap_or_default()))
}

/// `validator`'s tree as a list, without the rejected values it carries.
fn flatten(at: &str, errors: &ValidationErrors) -> Vec<FieldError> {
    let mut found = Vec::new();
    for (name, kind) in errors.errors() {
        let pointer = format!("{at}/{name}");
        match kind {
            ValidationErrorsKind::Field(errors) => found.extend(errors.iter().map(|error| {
                let limits = ["min", "max"].into_iter().filter_map(|limit| {
                    error.params.get(limit).map(|value| (limit, value.to_string().trim_end_matches(".0").to_owned()))
                });
                let code = match error.code.as_ref() {
                    "length" => "length_out_of_range",
                    "range" => "number_out_of_range",
                    _ => "value_malformed",
                };
                let mut params: Vec<_> = [("min", "0".to_owned()), ("max", "∞".to_owned())].into();
                for (limit, value) in limits {
                    params.retain(|(known, _)| *known != limit);
                    params.push((limit, value));
                }
                FieldError { pointer: pointer.clone(), code, params }
            })),
            ValidationErrorsKind::Struct(inner) => found.extend(flatten(&pointer, inner)),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    found.extend(flatten(&format!("{pointer}/{index}"), inner));
                }
            }
        }
    }
    found.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    found
}
