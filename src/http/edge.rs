//! What holds for every request: an id, a log line, a measurement, problem documents in the reader's language, HEAD as
//! GET, and no panic that leaves the building.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::problem::Problem;
use super::texts::Language;
use crate::app::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is remembered of a request until its answer is written.
struct Asked {
    request_id: String,
    language: Language,
    path: String,
}

/// The outermost middleware.
///
/// # Errors
/// Only what `actix` itself needs to see as an error; it carries a finished problem document.
pub async fn edge(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<BoxBody>>, actix_web::Error> {
    let started = Instant::now();
    let asked = Asked {
        request_id: request_id(&req),
        language: Language::from_headers(req.headers()),
        path: req.path().to_owned(),
    };
    let method = req.method().clone();
    if method == Method::HEAD {
        // Routed and answered as GET; the server leaves the body out by itself.
        req.head_mut().method = Method::GET;
    }
    let app = req.app_data::<Data<App>>().cloned();
    let span = tracing::info_span!("request", id = %asked.request_id, %method);
    let outcome = AssertUnwindSafe(next.call(req)).catch_unwind().instrument(span.clone()).await;
    let _entered = span.enter();
    let mut response = match outcome {
        Ok(Ok(response)) => dress(response, &asked),
        Ok(Err(error)) => return Err(undressed(error.as_response_error().status_code(), &asked)),
        Err(_) => {
            tracing::error!(path = asked.path, "a handler panicked");
            return Err(undressed(StatusCode::INTERNAL_SERVER_ERROR, &asked));
        }
    };
    let status = response.status();
    if let Ok(id) = HeaderValue::from_str(&asked.request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    if route.starts_with("/api/") && !response.headers().contains_key(header::CACHE_CONTROL) {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let seconds = started.elapsed().as_secs_f64();
    if let Some(app) = app {
        app.metrics.observe(&method, &route, status, seconds);
    }
    tracing::info!(route, status = status.as_u16(), ms = seconds * 1000.0, "answered");
    Ok(response)
}

/// The client's own id if it is harmless, or a new one.
fn request_id(req: &ServiceRequest) -> String {
    let given = req.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let harmless = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    given.filter(harmless).map_or_else(
        || {
            crate::vault::random_bytes::<12>()
                .map_or_else(|_| "unknown".to_owned(), |bytes| URL_SAFE_NO_PAD.encode(bytes))
        },
        str::to_owned,
    )
}

/// Puts a problem into words; leaves everything else alone.
fn dress(response: ServiceResponse<impl MessageBody + 'static>, asked: &Asked) -> ServiceResponse<EitherBody<BoxBody>> {
    let status = response.status();
    let problem = response.response().extensions().get::<Problem>().cloned();
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    let is_failure = status.is_client_error() || status.is_server_error();
    match problem {
        Some(problem) => worded(response.map_into_boxed_body(), &problem, asked),
        None if is_failure && !is_problem => worded(response.map_into_boxed_body(), &by_status(status), asked),
        None => response.map_body(|_, body| EitherBody::left(BoxBody::new(body))),
    }
}

fn worded(response: ServiceResponse, problem: &Problem, asked: &Asked) -> ServiceResponse<EitherBody<BoxBody>> {
    let body = problem.render(asked.language, &asked.path, &asked.request_id);
    let mut response = response.map_body(|_, _| EitherBody::right(BoxBody::new(body)));
    problem.write_headers(response.headers_mut());
    response
}

/// What `actix` refuses by itself, before one of our extractors can.
fn by_status(status: StatusCode) -> Problem {
    let code = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "media_type_unsupported",
        status if status.is_server_error() => "internal",
        _ => "request_malformed",
    };
    Problem::new(status, code)
}

/// A finished problem document in the form of an error, for when there is no response to dress.
#[derive(Debug)]
struct Finished {
    status: StatusCode,
    body: Vec<u8>,
    request_id: String,
}

fn undressed(status: StatusCode, asked: &Asked) -> actix_web::Error {
    let body = by_status(status).render(asked.language, &asked.path, &asked.request_id);
    Finished { status, body, request_id: asked.request_id.clone() }.into()
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.status)
    }
}

impl ResponseError for Finished {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status)
            .content_type("application/problem+json")
            .insert_header((REQUEST_ID, self.request_id.clone()))
            .body(self.body.clone())
    }
}

/// For paths and methods that no operation has: 405 with `Allow` where another method would do, else 404.
///
/// # Errors
/// Always.
pub async fn no_such_operation(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let methods = super::openapi::methods_of(req.path());
    if methods.is_empty() {
        return Err(Problem::new(StatusCode::NOT_FOUND, "not_found"));
    }
    Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
        .with_header(header::ALLOW, methods.join(", ")))
}
