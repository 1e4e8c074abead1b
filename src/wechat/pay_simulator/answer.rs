//! Answers in WeChat Pay's style: signed when all is well, an error with code, words and an inner number otherwise.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header::ContentType},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{keys, notices::SignedNotification, world::World};

/// WeChat Pay's refusal of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    /// The inner number at the end of the `Request-Id`.
    pub(super) number: u64,
    message: &'static str,
    detail: Option<Value>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &str, number: u64, message: &'static str) -> Self {
        Self { status, code: code.to_owned(), number, message, detail: None }
    }

    pub(super) fn with_detail(self, detail: Value) -> Self {
        Self { detail: Some(detail), ..self }
    }

    /// A field that is missing, of another kind, or out of range.
    pub(super) fn field(field: &str, issue: &'static str) -> Self {
        Self::new(400, "PARAM_ERROR", 268_435_464, "parameter error")
            .with_detail(json!({ "field": field, "issue": issue, "location": "body" }))
    }

    pub(super) fn state() -> Self {
        Self::new(400, "INVALID_REQUEST", 271_302_262, "the order's state does not allow this")
    }

    pub(super) fn not_cancellable() -> Self {
        Self::new(400, "INVALID_REQUEST", 271_316_592, "the order's state does not allow to cancel it")
    }

    pub(super) fn not_paying() -> Self {
        Self::new(400, "INVALID_REQUEST", 271_316_657, "only while the order waits for its payment")
    }

    pub(super) fn charge_running() -> Self {
        Self::new(400, "INVALID_REQUEST", 271_316_754, "the order is being charged")
    }

    pub(super) fn differs() -> Self {
        Self::new(400, "PARAM_ERROR", 271_316_598, "repeat with other parameters")
    }

    pub(super) fn no_order() -> Self {
        Self::new(404, "ORDER_NOT_EXIST", 271_317_510, "no such order")
    }

    pub(super) fn no_permission() -> Self {
        Self::new(403, "NO_AUTH", 268_503_786, "no permission for this service")
    }

    pub(super) fn system() -> Self {
        Self::new(500, "SYSTEM_ERROR", 268_435_457, "system error, try again")
    }

    pub(super) fn too_often() -> Self {
        Self::new(429, "FREQUENCY_LIMITED", 268_435_472, "too many calls")
    }

    /// Errors carry no signature here: WeChat Pay's may or may not, and a client has to do without.
    pub(super) fn render(self) -> HttpResponse {
        let Self { status, code, number, message, detail } = self;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut body = json!({ "code": code, "message": message });
        if let (Some(fields), Some(detail)) = (body.as_object_mut(), detail) {
            fields.insert("detail".to_owned(), detail);
        }
        builder(status, number).body(body.to_string())
    }
}

/// How an answer is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signing {
    Right,
    Missing,
    /// Of another text.
    Wrong,
    /// By a key that nobody knows.
    OtherKey,
    /// Right, but this many seconds old.
    Old(i64),
    /// WeChat's own probe, which is not even base64.
    Probe,
}

/// An answer with a body, signed as asked.
pub(super) fn success(world: &World, body: String, signing: Signing) -> HttpResponse {
    let mut builder = builder(StatusCode::OK, 0);
    if signing == Signing::Missing {
        return builder.body(body);
    }
    let age = if let Signing::Old(seconds) = signing { seconds } else { 0 };
    let now = world.clock.now();
    let at = now.checked_sub(SignedDuration::from_secs(age)).unwrap_or(now);
    let text = if signing == Signing::Wrong { "{}" } else { body.as_str() };
    // Answers are signed like notifications.
    let Some(mut signed) = SignedNotification::new(&world.keys, text.to_owned(), at) else {
        return Refusal::system().render();
    };
    match signing {
        Signing::Probe => signed.signature = probe(&signed.signature),
        Signing::OtherKey => "PUB_KEY_ID_0000000000".clone_into(&mut signed.serial),
        _ => {}
    }
    for line in signed.header_lines() {
        builder.insert_header(line);
    }
    builder.insert_header(("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")).body(body)
}

/// A signature that is wrong on purpose.
pub(super) fn probe(signature: &str) -> String {
    let rest: String = signature.chars().skip(22).collect();
    format!("WECHATPAY/SIGNTEST/{rest}")
}

/// A page of a proxy on the way.
pub(super) fn garbage() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::html()).body("<html><body>502 Bad Gateway</body></html>")
}

fn builder(status: StatusCode, number: u64) -> HttpResponseBuilder {
    let mut builder = HttpResponse::build(status);
    let id = keys::hex(20).unwrap_or_default();
    builder.content_type("application/json; charset=utf-8").insert_header(("Request-Id", format!("{id}-{number}")));
    builder
}
