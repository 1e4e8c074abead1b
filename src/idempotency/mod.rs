//! One tap, one ticket: a change that is asked for twice with the same `Idempotency-Key` happens once.
//!
//! The record is written in the transaction of the change itself, so both exist or neither. A second request that
//! arrives while the first is still running waits for it (`SQLite`: in the writer's queue; PostgreSQL: at the record's
//! primary key), is undone, and gets the first answer. Refusals are not kept: nothing happened, so asking again asks
//! afresh. See `docs/adr/0004-idempotency.md`.

mod repo;

use std::sync::Arc;

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
}

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
            if let Some(saved) = find(tx, &this)? {
                return Ok(Done { saved, replayed: true });
            }
            let saved = f(tx)?;
            match repo::insert(tx.conn, &this, &saved, tx.now) {
                Ok(()) => Ok(Done { saved, replayed: false }),
                // Another process was faster: an error undoes what was just done a second time.
                Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(lost_race()),
                Err(error) if crate::db::is_transient(&error) => Err(Error::conflict("idempotency_key_in_use")),
                Err(error) => Err(error.into()),
            }
        })
        .await;
    match outcome {
        Err(Error::Conflict { code: LOST_RACE, .. }) => {
            let saved = app.read(move |tx| find(tx, &once)).await?;
            saved.map(|saved| Done { saved, replayed: true }).ok_or_else(|| Error::conflict("idempotency_key_in_use"))
        }
        outcome => outcome,
    }
}

const LOST_RACE: &str = "idempotency_key_in_use_elsewhere";

const fn lost_race() -> Error {
    Error::conflict(LOST_RACE)
}

/// The first answer to this request, if there was one.
///
/// # Errors
/// [`Error::Rule`] `idempotency_key_reused` if the key belongs to a different request.
pub fn find(tx: &mut Tx<'_>, once: &Once) -> Result<Option<Saved>, Error> {
    match repo::find(tx.conn, once)? {
        Some((fingerprint, _)) if fingerprint != once.fingerprint => Err(Error::rule("idempotency_key_reused")),
        found => Ok(found.map(|(_, saved)| saved)),
    }
}

/// Forgets records past their time; returns how many.
///
/// # Errors
/// As the database.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Error> {
    Ok(repo::delete_before(tx.conn, tx.now - KEPT_FOR)?)
}
