use diesel::prelude::*;

use super::model::Survey;
use crate::db::DbConn;
use crate::db::schema::surveys;
use crate::values::Instant;

pub(super) fn insert(conn: &mut DbConn, row: &Survey) -> QueryResult<()> {
    diesel::insert_into(surveys::table).values(row).execute(conn).map(drop)
}

pub(super) fn find(conn: &mut DbConn, token_hash: &[u8]) -> QueryResult<Option<Survey>> {
    surveys::table.find(token_hash.to_vec()).select(Survey::as_select()).first(conn).optional()
}

/// Uses a link up; 0 if somebody was faster.
pub(super) fn update_used(conn: &mut DbConn, token_hash: &[u8], at: Instant) -> QueryResult<usize> {
    diesel::update(surveys::table.find(token_hash.to_vec()).filter(surveys::used_at.is_null()))
        .set(surveys::used_at.eq(Some(at)))
        .execute(conn)
}

pub(super) fn delete_before(conn: &mut DbConn, before: Instant) -> QueryResult<usize> {
    diesel::delete(surveys::table.filter(surveys::expires_at.lt(before))).execute(conn)
}
