use diesel::prelude::*;

use super::model::Complaint;
use crate::db::schema::complaints;
use crate::db::{DbConn, on_both};
use crate::values::Id;

pub(super) fn insert(conn: &mut DbConn, row: &Complaint) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(complaints::table).values(row).execute(conn)).map(drop)
}

pub(super) fn find(conn: &mut DbConn, ticket_id: Id) -> QueryResult<Option<Complaint>> {
    on_both!(conn, conn => complaints::table.find(ticket_id).select(Complaint::as_select()).first(conn).optional())
}

/// Which of these tickets complain about a person.
pub(super) fn list_about(conn: &mut DbConn, ticket_ids: &[Id], person: Id) -> QueryResult<Vec<Id>> {
    complaints::table
        .filter(complaints::ticket_id.eq_any(ticket_ids.to_vec()))
        .filter(complaints::about_staff_id.eq(Some(person)))
        .select(complaints::ticket_id)
        .load(conn)
}

pub(super) fn update(conn: &mut DbConn, row: &Complaint) -> QueryResult<()> {
    on_both!(conn, conn => diesel::update(complaints::table.find(row.ticket_id)).set(row).execute(conn)).map(drop)
}
