//! One tap, one ticket: a change that is asked for twice with the same `Idempotency-Key` happens once.
//!
//! The record is written in the transaction of the change itself, so both exist or neither. Nobody looks for a record
//! beforehand, because there is hardly ever one: a second request runs into the first one's record (or is refused for
//! what the first one did), is undone, and gets the first answer. If the first is still running it waits for it
//! (`SQLite`: in the writer's queue; PostgreSQL: at the record's primary key). Refusals are not kept: nothing happened, so asking again asks
//! afresh. See `docs/adr/0004-idempotency.md`.

mod repo;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use jiff::SignedDuration;

use crate::app::{App, Tx};
use crate::error::Error;
use crate::values::Id;

/// How long a record is kept at least: a phone that was offline overnight may still repeat its request.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What makes a request the same request.
pub struct Once {
    /// Who sent it: keys of different callers do not meet.
    pub caller_id: Id,
    /// The client's key.
    pub key: String,
    /// SHA-256 over method, path, `If-Match` and body.
    pub fingerprint: Vec<u8>,
}

/// An answer that can be given again.
pub struct Saved {
    /// HTTP status.
    pub status: i32,
    /// For the `ETag`.
    pub version: Option<i32>,
    /// JSON.
    pub body: String,
    /// Whether it tells what is kept sealed elsewhere: then what is kept of it is sealed, too.
    pub is_private: bool,
}

/// What a sealed body begins with; JSON never does.
const SEALED: &str = "sealed:";

/// The outcome of [`run`].
pub struct Done {
    /// The answer, first-hand or again.
    pub saved: Saved,
    /// Whether this request changed nothing because an earlier one did.
    pub replayed: bool,
}

/// Runs a change at most once per key; without a key, simply runs it.
///
/// # Errors
/// As `f`; [`Error::Rule`] `idempotency_key_reused`; [`Error::Conflict`] `idempotency_key_in_use` when the first
/// request has been running for too long to wait for it.
pub async fn run<F>(app: &Arc<App>, once: Option<Once>, f: F) -> Result<Done, Error>
where
    F: FnOnce(&mut Tx<'_>) -> Result<Saved, Error> + Send + 'static,
{
    let Some(once) = once else {
        return app.write(f).await.map(|saved| Done { saved, replayed: false });
    };
    let once = Arc::new(once);
    let this = once.clone();
    let outcome = app
        .write(move |tx| {
            let saved = f(tx)?;
            let sealed = saved.is_private.then(|| seal(tx, &saved.body)).transpose()?;
            match repo::insert(tx.conn, &this, &saved, sealed.as_deref().unwrap_or(&saved.body), tx.now) {
                Ok(()) => Ok(saved),
                // It was done before, or just now elsewhere: an error undoes what was just done a second time.
                Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(done_before()),
                Err(error) if crate::db::is_transient(&error) => Err(Error::conflict("idempotency_key_in_use")),
                Err(error) => Err(error.into()),
            }
        })
        .await;
    match outcome {
        Ok(saved) => Ok(Done { saved, replayed: false }),
        Err(failure @ (Error::Unavailable { .. } | Error::Internal(_))) => Err(failure),
        // What it was refused for may be its own doing, the first time.
        Err(refusal) => match app.read(move |tx| find(tx, &once)).await? {
            Some(saved) => Ok(Done { saved, replayed: true }),
            None => Err(refusal),
        },
    }
}

/// Seen by a client only if the record was deleted between the conflict and the look at it.
const fn done_before() -> Error {
    Error::conflict("idempotency_key_in_use")
}

/// The first answer to this request, if there was one.
///
/// # Errors
/// [`Error::Rule`] `idempotency_key_reused` if the key belongs to a different request.
pub fn find(tx: &mut Tx<'_>, once: &Once) -> Result<Option<Saved>, Error> {
    match repo::find(tx.conn, once)? {
        Some((fingerprint, _)) if fingerprint != once.fingerprint => Err(Error::rule("idempotency_key_reused")),
        Some((_, saved)) => open(tx, saved).map(Some),
        None => Ok(None),
    }
}

fn seal(tx: &Tx<'_>, body: &str) -> Result<String, Error> {
    Ok(format!("{SEALED}{}", URL_SAFE_NO_PAD.encode(tx.app.vault.seal(body)?)))
}

fn open(tx: &Tx<'_>, mut saved: Saved) -> Result<Saved, Error> {
    if let Some(sealed) = saved.body.strip_prefix(SEALED) {
        saved.body = tx.app.vault.unseal(&URL_SAFE_NO_PAD.decode(sealed).map_err(Error::internal)?)?;
    }
    Ok(saved)
}

/// Forgets records past their time; returns how many.
///
/// # Errors
/// As the database.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Error> {
    Ok(repo::delete_before(tx.conn, tx.now - KEPT_FOR)?)
}
