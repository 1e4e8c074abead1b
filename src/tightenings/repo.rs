use diesel::prelude::*;

use super::model::{Narrowed, Tightening};
use crate::db::schema::tightenings;
use crate::db::{DbConn, on_both};
use crate::values::Id;

pub(super) fn insert(conn: &mut DbConn, row: &Tightening) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(tightenings::table).values(row).execute(conn)).map(drop)
}

/// The one of a department that is not over.
pub(super) fn find_running(conn: &mut DbConn, department_id: Id) -> QueryResult<Option<Tightening>> {
    tightenings::table
        .filter(tightenings::department_id.eq(department_id).and(tightenings::ended_at.is_null()))
        .select(Tightening::as_select())
        .first(conn)
        .optional()
}

/// Writes how it ended.
pub(super) fn update_ended(conn: &mut DbConn, row: &Tightening) -> QueryResult<usize> {
    on_both!(conn, conn => diesel::update(tightenings::table.find(row.id))
        .set((
            tightenings::ended_at.eq(row.ended_at),
            tightenings::numerator_after.eq(row.numerator_after),
            tightenings::denominator_after.eq(row.denominator_after),
            tightenings::target_after.eq(row.target_after),
            tightenings::verdict_after.eq(row.verdict_after),
        ))
        .execute(conn))
}

/// Newest first.
pub(super) fn list(conn: &mut DbConn, narrowed: &Narrowed, limit: i64) -> QueryResult<Vec<Tightening>> {
    let Narrowed { site_id, department_id, before } = *narrowed;
    let mut query =
        tightenings::table.filter(tightenings::site_id.eq(site_id)).select(Tightening::as_select()).into_boxed();
    if let Some(id) = department_id {
        query = query.filter(tightenings::department_id.eq(id));
    }
    if let Some(before) = before {
        query = query.filter(tightenings::id.lt(before));
    }
    query.order(tightenings::id.desc()).limit(limit).load(conn)
}
