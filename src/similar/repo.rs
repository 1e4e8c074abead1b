use diesel::prelude::*;

use super::model::{Repeat, RepeatKind, RepeatStatus};
use crate::db::schema::ticket_repeats::dsl;
use crate::db::{DbConn, on_both};
use crate::values::Id;

pub(super) fn insert(conn: &mut DbConn, row: &Repeat) -> QueryResult<()> {
    diesel::insert_into(dsl::ticket_repeats).values(row).execute(conn).map(drop)
}

pub(super) fn find(conn: &mut DbConn, ticket_id: Id, earlier_id: Id) -> QueryResult<Option<Repeat>> {
    dsl::ticket_repeats.find((ticket_id, earlier_id)).select(Repeat::as_select()).first(conn).optional()
}

pub(super) fn update(conn: &mut DbConn, row: &Repeat) -> QueryResult<()> {
    diesel::update(dsl::ticket_repeats.find((row.ticket_id, row.earlier_id))).set(row).execute(conn).map(drop)
}

/// What a ticket may be the same trouble as.
pub(super) fn list_of(conn: &mut DbConn, ticket_id: Id) -> QueryResult<Vec<Repeat>> {
    dsl::ticket_repeats
        .filter(dsl::ticket_id.eq(ticket_id))
        .order(dsl::earlier_id)
        .select(Repeat::as_select())
        .load(conn)
}

/// How often a ticket's trouble came back, as people confirmed.
pub(super) fn count_confirmed(conn: &mut DbConn, earlier_id: Id) -> QueryResult<i64> {
    on_both!(conn, conn => dsl::ticket_repeats
        .filter(dsl::earlier_id.eq(earlier_id).and(dsl::status.eq(RepeatStatus::Confirmed)))
        .count()
        .get_result(conn))
}

/// The tickets among these whose trouble came back, as people confirmed, each with the way.
pub(super) fn list_came_back(conn: &mut DbConn, earlier_ids: &[Id]) -> QueryResult<Vec<(Id, RepeatKind)>> {
    dsl::ticket_repeats
        .filter(dsl::earlier_id.eq_any(earlier_ids.to_vec()).and(dsl::status.eq(RepeatStatus::Confirmed)))
        .select((dsl::earlier_id, dsl::kind))
        .load(conn)
}
