use diesel::prelude::*;

use super::model::Attachment;
use crate::db::DbConn;
use crate::db::schema::attachments::dsl;
use crate::values::{Id, Instant};

pub(super) fn insert(conn: &mut DbConn, attachment: &Attachment) -> QueryResult<()> {
    diesel::insert_into(dsl::attachments).values(attachment).execute(conn).map(drop)
}

pub(super) fn find(conn: &mut DbConn, id: Id) -> QueryResult<Option<Attachment>> {
    dsl::attachments.find(id).select(Attachment::as_select()).first(conn).optional()
}

pub(super) fn find_for(conn: &mut DbConn, uploader_id: Id, id: Id) -> QueryResult<Option<Attachment>> {
    dsl::attachments
        .find(id)
        .filter(dsl::uploader_id.eq(uploader_id))
        .select(Attachment::as_select())
        .first(conn)
        .optional()
}

/// Marks unused uploads of one person as used; returns how many there were.
pub(super) fn update_used(conn: &mut DbConn, uploader_id: Id, ids: &[Id]) -> QueryResult<usize> {
    let unused = dsl::attachments
        .filter(dsl::id.eq_any(ids.to_vec()))
        .filter(dsl::uploader_id.eq(uploader_id).and(dsl::is_used.eq(false)));
    diesel::update(unused).set(dsl::is_used.eq(true)).execute(conn)
}

pub(super) fn update_unused(conn: &mut DbConn, ids: &[Id]) -> QueryResult<usize> {
    let used = dsl::attachments.filter(dsl::id.eq_any(ids.to_vec()));
    diesel::update(used).set(dsl::is_used.eq(false)).execute(conn)
}

pub(super) fn list_unused(conn: &mut DbConn, before: Instant, limit: i64) -> QueryResult<Vec<Id>> {
    dsl::attachments
        .filter(dsl::is_used.eq(false).and(dsl::created_at.lt(before)))
        .order(dsl::created_at)
        .limit(limit)
        .select(dsl::id)
        .load(conn)
}

/// Deletes an upload unless it has come into use meanwhile.
pub(super) fn delete_unused(conn: &mut DbConn, id: Id) -> QueryResult<usize> {
    diesel::delete(dsl::attachments.find(id).filter(dsl::is_used.eq(false))).execute(conn)
}
