use diesel::prelude::*;

use super::{Once, Saved};
use crate::db::schema::idempotency_records::dsl;
use crate::db::{DbConn, on_both};
use crate::values::Instant;

pub(super) fn find(conn: &mut DbConn, once: &Once) -> QueryResult<Option<(Vec<u8>, Saved)>> {
    let found = on_both!(conn, conn => dsl::idempotency_records
        .filter(dsl::caller_id.eq(once.caller_id).and(dsl::key.eq(&once.key)))
        .select((dsl::fingerprint, dsl::status, dsl::version, dsl::body))
        .first::<(Vec<u8>, i32, Option<i32>, String)>(conn)
        .optional())?;
    Ok(found
        .map(|(fingerprint, status, version, body)| (fingerprint, Saved { status, version, body, is_private: false })))
}

/// `body` is what is kept of the answer's.
pub(super) fn insert(conn: &mut DbConn, once: &Once, saved: &Saved, body: &str, now: Instant) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(dsl::idempotency_records)
        .values((
            dsl::caller_id.eq(once.caller_id),
            dsl::key.eq(&once.key),
            dsl::fingerprint.eq(&once.fingerprint),
            dsl::status.eq(saved.status),
            dsl::version.eq(saved.version),
            dsl::body.eq(body),
            dsl::created_at.eq(now),
        ))
        .execute(conn))
    .map(drop)
}

pub(super) fn delete_before(conn: &mut DbConn, before: Instant) -> QueryResult<usize> {
    diesel::delete(dsl::idempotency_records.filter(dsl::created_at.le(before))).execute(conn)
}
