use diesel::prelude::*;

use super::model::Erasure;
use crate::db::schema::erasures;
use crate::db::{DbConn, on_both};
use crate::values::Instant;

pub(super) fn insert(conn: &mut DbConn, row: &Erasure) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(erasures::table).values(row).execute(conn)).map(drop)
}

pub(super) fn delete_before(conn: &mut DbConn, before: Instant) -> QueryResult<usize> {
    diesel::delete(erasures::table.filter(erasures::at.lt(before))).execute(conn)
}
