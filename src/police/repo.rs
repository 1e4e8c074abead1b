use diesel::prelude::*;

use super::model::{Numbered, PoliceHandover};
use crate::db::schema::police_handovers;
use crate::db::{DbConn, on_both};
use crate::values::Id;

pub(super) fn insert(conn: &mut DbConn, row: &PoliceHandover) -> QueryResult<i64> {
    on_both!(conn, conn => diesel::insert_into(police_handovers::table)
        .values(row)
        .returning(police_handovers::seq)
        .get_result(conn))
}

pub(super) fn find(conn: &mut DbConn, id: Id) -> QueryResult<Option<Numbered>> {
    police_handovers::table.filter(police_handovers::id.eq(id)).select(Numbered::as_select()).first(conn).optional()
}

/// Hand-overs, newest first; `None` is every site.
pub(super) fn list(
    conn: &mut DbConn,
    sites: Option<&[Id]>,
    before: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<Numbered>> {
    let mut query = police_handovers::table.select(Numbered::as_select()).into_boxed();
    match sites {
        None => {}
        Some([one]) => query = query.filter(police_handovers::site_id.eq(*one)),
        Some(ids) => query = query.filter(police_handovers::site_id.eq_any(ids.to_vec())),
    }
    if let Some(before) = before {
        query = query.filter(police_handovers::id.lt(before));
    }
    query.order(police_handovers::id.desc()).limit(limit).load(conn)
}
