use diesel::prelude::*;

use super::model::Erasure;
use crate::db::schema::erasures;
use crate::db::{DbConn, on_both};
use crate::values::{Id, Instant};

pub(super) fn insert(conn: &mut DbConn, row: &Erasure) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(erasures::table).values(row).execute(conn)).map(drop)
}

/// What was forgotten at a site, newest first.
pub(super) fn list(conn: &mut DbConn, site_id: Id, before: Option<Id>, limit: i64) -> QueryResult<Vec<Erasure>> {
    let mut query = erasures::table.filter(erasures::site_id.eq(site_id)).select(Erasure::as_select()).into_boxed();
    if let Some(before) = before {
        query = query.filter(erasures::id.lt(before));
    }
    query.order(erasures::id.desc()).limit(limit).load(conn)
}

pub(super) fn delete_before(conn: &mut DbConn, before: Instant) -> QueryResult<usize> {
    diesel::delete(erasures::table.filter(erasures::at.lt(before))).execute(conn)
}
