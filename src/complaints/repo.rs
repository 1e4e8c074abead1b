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

/// Which of these tickets complain about one of the staff, and about whom.
pub(super) fn list_about(conn: &mut DbConn, ticket_ids: &[Id]) -> QueryResult<Vec<(Id, Id)>> {
    complaints::table
        .filter(complaints::ticket_id.eq_any(ticket_ids.to_vec()))
        .filter(complaints::about_staff_id.is_not_null())
        .select((complaints::ticket_id, complaints::about_staff_id.assume_not_null()))
        .load(conn)
}

/// Which of these tickets the rules think graver than they stand, while nobody has decided.
pub(super) fn list_waiting(conn: &mut DbConn, ticket_ids: &[Id]) -> QueryResult<Vec<Id>> {
    complaints::table
        .filter(complaints::ticket_id.eq_any(ticket_ids.to_vec()))
        .filter(complaints::proposed_grade.is_not_null().and(complaints::graded_at.is_null()))
        .select(complaints::ticket_id)
        .load(conn)
}

/// What authorities passed on to a site, with a deadline that may still move.
pub(super) fn list_provisional(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<Complaint>> {
    on_both!(conn, conn => complaints::table
        .filter(complaints::site_id.eq(site_id).and(complaints::regulator_name.is_not_null()))
        .filter(complaints::is_external_due_provisional.eq(true))
        .order(complaints::ticket_id)
        .select(Complaint::as_select())
        .load(conn))
}

pub(super) fn update(conn: &mut DbConn, row: &Complaint) -> QueryResult<()> {
    on_both!(conn, conn => diesel::update(complaints::table.find(row.ticket_id)).set(row).execute(conn)).map(drop)
}
