use diesel::prelude::*;

use super::model::{Improvement, Narrowed, NumberedImprovement};
use crate::db::schema::{improvements, settings};
use crate::db::{DbConn, on_both};
use crate::values::Id;

/// Writes an improvement unless there is one for the same site, month and aim; answers with what is behind its number.
pub(super) fn insert_if_missing(conn: &mut DbConn, row: &Improvement) -> QueryResult<Option<i64>> {
    on_both!(conn, conn => diesel::insert_into(improvements::table)
        .values(row)
        .on_conflict_do_nothing()
        .returning(improvements::seq)
        .get_result(conn)
        .optional())
}

/// Writes a change if nobody else has written one since; 0 if somebody has.
pub(super) fn update(conn: &mut DbConn, row: &Improvement) -> QueryResult<usize> {
    diesel::update(improvements::table.find(row.id).filter(improvements::version.eq(row.version - 1)))
        .set(row)
        .execute(conn)
}

pub(super) fn find(conn: &mut DbConn, id: Id) -> QueryResult<Option<NumberedImprovement>> {
    improvements::table.find(id).select(NumberedImprovement::as_select()).first(conn).optional()
}

/// What is kept of which month was looked at last.
pub(super) fn find_judged(conn: &mut DbConn, key: &str) -> QueryResult<Option<String>> {
    settings::table.find(key.to_owned()).select(settings::value).first(conn).optional()
}

/// Keeps it.
pub(super) fn upsert_judged(conn: &mut DbConn, key: &str, first_day: &str) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(settings::table)
        .values((settings::key.eq(key), settings::value.eq(first_day)))
        .on_conflict(settings::key)
        .do_update()
        .set(settings::value.eq(first_day))
        .execute(conn))
    .map(drop)
}

/// Those of a month.
pub(super) fn list_of_month(conn: &mut DbConn, site_id: Id, first_day: &str) -> QueryResult<Vec<Improvement>> {
    improvements::table
        .filter(improvements::site_id.eq(site_id).and(improvements::first_day.eq(first_day.to_owned())))
        .select(Improvement::as_select())
        .load(conn)
}

pub(super) fn list(conn: &mut DbConn, narrowed: &Narrowed, limit: i64) -> QueryResult<Vec<NumberedImprovement>> {
    let Narrowed { owner_id, sites, status, rate, before } = narrowed;
    let mut query = improvements::table.select(NumberedImprovement::as_select()).into_boxed();
    if let Some(id) = owner_id {
        query = query.filter(improvements::owner_id.eq(Some(*id)));
    }
    match sites.as_deref() {
        None => {}
        Some([one]) => query = query.filter(improvements::site_id.eq(*one)),
        Some(ids) => query = query.filter(improvements::site_id.eq_any(ids.to_vec())),
    }
    if let Some(status) = status {
        query = query.filter(improvements::status.eq(*status));
    }
    if let Some(rate) = rate {
        query = query.filter(improvements::rate.eq(Some(*rate)));
    }
    if let Some(before) = before {
        query = query.filter(improvements::id.lt(*before));
    }
    query.order(improvements::id.desc()).limit(limit).load(conn)
}
