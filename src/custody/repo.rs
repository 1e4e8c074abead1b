use diesel::prelude::*;

use super::model::Entry;
use crate::db::schema::custody_entries;
use crate::db::{DbConn, on_both};
use crate::values::Id;

pub(super) fn insert(conn: &mut DbConn, entry: &Entry) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(custody_entries::table).values(entry).execute(conn)).map(drop)
}

/// The log of an item, oldest entry first, from after `after` on.
pub(super) fn list(conn: &mut DbConn, item_id: Id, after: i32, limit: i64) -> QueryResult<Vec<Entry>> {
    custody_entries::table
        .filter(custody_entries::item_id.eq(item_id).and(custody_entries::position.gt(after)))
        .order(custody_entries::position)
        .limit(limit)
        .select(Entry::as_select())
        .load(conn)
}

/// The logs of some items, oldest entry first.
pub(super) fn list_of(conn: &mut DbConn, item_ids: &[Id]) -> QueryResult<Vec<Entry>> {
    custody_entries::table
        .filter(custody_entries::item_id.eq_any(item_ids.to_vec()))
        .order((custody_entries::item_id, custody_entries::position))
        .select(Entry::as_select())
        .load(conn)
}
