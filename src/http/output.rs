//! Writing answers: JSON with the headers every answer of its kind has, and changes that happen once.

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::auth::Proof;
use super::input::{Command, Target};
use super::paging::Paging;
use super::problem::Problem;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::idempotency::{self, Done, Saved};
use crate::values::Id;

/// Room for most answers, in bytes; a page of twenty tickets takes some 22,000, and growing there by doubling copies
/// it three times. What is not written is not touched.
const USUAL_ANSWER: usize = 24 * 1024;

/// What can be sent as the answer to a change.
pub trait Answer: Serialize {
    /// The version for the `ETag`, of things that have one.
    fn version(&self) -> Option<i32> {
        None
    }

    /// Whether it tells what is kept sealed, so that what is kept of the answer must be sealed as well.
    fn is_private(&self) -> bool {
        false
    }
}

impl<A: Proof, T: Send + 'static> Command<A, T> {
    /// Makes the change in one transaction and answers 200 with what `f` gives; a repeated idempotency key gets the
    /// first answer again and changes nothing.
    ///
    /// # Errors
    /// As `f`, and [`Error::Rule`] `idempotency_key_reused`.
    pub async fn change<R, F>(self, app: &Arc<App>, f: F) -> Result<HttpResponse, Problem>
    where
        R: Answer,
        F: FnOnce(&mut Tx<'_>, &A, T) -> Result<R, Error> + Send + 'static,
    {
        self.answer(app, StatusCode::OK, f).await
    }

    /// As [`Command::change`], for the thing in the path.
    ///
    /// # Errors
    /// As [`Command::change`] and [`Command::target`].
    pub async fn change_target<R, F>(self, app: &Arc<App>, f: F) -> Result<HttpResponse, Problem>
    where
        R: Answer,
        F: FnOnce(&mut Tx<'_>, &A, Target, T) -> Result<R, Error> + Send + 'static,
    {
        let target = self.target()?;
        self.change(app, move |tx, actor, body| f(tx, actor, target, body)).await
    }

    /// As [`Command::change`], answering 201.
    ///
    /// # Errors
    /// As [`Command::change`].
    pub async fn create<R, F>(self, app: &Arc<App>, f: F) -> Result<HttpResponse, Problem>
    where
        R: Answer,
        F: FnOnce(&mut Tx<'_>, &A, T) -> Result<R, Error> + Send + 'static,
    {
        self.answer(app, StatusCode::CREATED, f).await
    }

    async fn answer<R, F>(self, app: &Arc<App>, status: StatusCode, f: F) -> Result<HttpResponse, Problem>
    where
        R: Answer,
        F: FnOnce(&mut Tx<'_>, &A, T) -> Result<R, Error> + Send + 'static,
    {
        let Self { actor, body, once, .. } = self;
        let done = idempotency::run(app, once, move |tx| {
            let answer = f(tx, &actor, body)?;
            let body = serde_json::to_string(&answer).map_err(Error::internal)?;
            Ok(Saved {
                status: i32::from(status.as_u16()),
                version: answer.version(),
                body,
                is_private: answer.is_private(),
            })
        })
        .await?;
        Ok(saved(done))
    }
}

/// The kept answer to a change, first-hand or again.
pub fn saved(done: Done) -> HttpResponse {
    let Done { saved, replayed } = done;
    let status = u16::try_from(saved.status).ok().and_then(|s| StatusCode::from_u16(s).ok()).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    response.content_type("application/json");
    if let Some(version) = saved.version {
        response.insert_header((header::ETAG, format!("\"{version}\"")));
    }
    if replayed {
        response.insert_header((HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true")));
    }
    response.body(saved.body)
}

/// 200 with JSON, and an `ETag` if the thing has a version.
pub fn json<R: Answer>(answer: &R) -> HttpResponse {
    Written::new(answer).map_or_else(|error| Problem::from(error).error_response(), Written::into_response)
}

/// The same with what `f` reads. It becomes JSON on the thread that reads it, where its many pieces are still at hand.
///
/// # Errors
/// As `f`.
pub async fn read<R, F>(app: &Arc<App>, f: F) -> Result<HttpResponse, Problem>
where
    R: Answer,
    F: FnOnce(&mut Tx<'_>) -> Result<R, Error> + Send + 'static,
{
    let written = app.read(move |tx| Written::new(&f(tx)?)).await?;
    Ok(written.into_response())
}

/// The same with a page of a list: `f` is told behind which id it begins, and how many rows to read; `id` tells a row's.
///
/// # Errors
/// As `f`.
pub async fn page<T, F>(app: &Arc<App>, paging: Paging, f: F, id: fn(&T) -> Id) -> Result<HttpResponse, Problem>
where
    T: Serialize + 'static,
    F: FnOnce(&mut Tx<'_>, Option<Id>, i64) -> Result<Vec<T>, Error> + Send + 'static,
{
    read(app, move |tx| {
        let rows = f(tx, paging.position, paging.fetch())?;
        Ok(paging.page(&tx.app.vault, rows, id))
    })
    .await
}

/// An answer as it is sent.
struct Written {
    version: Option<i32>,
    body: Vec<u8>,
}

impl Written {
    fn new(answer: &impl Answer) -> Result<Self, Error> {
        let mut body = Vec::with_capacity(USUAL_ANSWER);
        serde_json::to_writer(&mut body, answer).map_err(Error::internal)?;
        Ok(Self { version: answer.version(), body })
    }

    fn into_response(self) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(version) = self.version {
            response.insert_header((header::ETAG, format!("\"{version}\"")));
        }
        response.content_type("application/json").body(self.body)
    }
}

/// 200 with a catalogue that anyone may keep for a while; 304 if the client has the same already.
///
/// # Errors
/// 500 if it cannot be written as JSON.
pub fn catalogue<R: Serialize>(req: &HttpRequest, answer: &R) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_string(answer).map_err(|e| Problem::from(Error::internal(e)))?;
    Ok(catalogue_text(req, body))
}

/// The same, for what is JSON already.
pub fn catalogue_text<T: AsRef<str> + MessageBody + 'static>(req: &HttpRequest, body: T) -> HttpResponse {
    let digest = crate::vault::sha256(&[body.as_ref().as_bytes()]);
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest));
    let known = req.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_known = known.trim() == "*" || known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag);
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, tag)).insert_header((header::CACHE_CONTROL, "public, max-age=60"));
    if is_known { response.finish() } else { response.content_type("application/json").body(body) }
}
