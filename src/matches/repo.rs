use diesel::prelude::*;
use diesel::sql_types::Binary;

use super::model::{Among, FoundPrint, LostPrint, Match};
use crate::db::schema::{found_prints, lost_prints, matches};
use crate::db::{DbConn, insert_all, on_both};
use crate::values::Id;

pub(super) fn insert_found(conn: &mut DbConn, row: &FoundPrint) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(found_prints::table).values(row).execute(conn)).map(drop)
}

pub(super) fn delete_found(conn: &mut DbConn, item_id: Id) -> QueryResult<usize> {
    diesel::delete(found_prints::table.filter(found_prints::item_id.eq(item_id))).execute(conn)
}

pub(super) fn find_found(conn: &mut DbConn, item_id: Id) -> QueryResult<Option<FoundPrint>> {
    let query = found_prints::table.filter(found_prints::item_id.eq(item_id));
    query.select(FoundPrint::as_select()).first(conn).optional()
}

diesel::define_sql_function! {
    #[aggregate]
    fn string_agg(value: Binary, delimiter: Binary) -> Nullable<Binary>;
}

/// What is compared of the items in custody that a report could be about: on PostgreSQL all in one value, because a row of
/// its own costs each of them more than to be compared.
pub(super) fn list_found(conn: &mut DbConn, among: &Among) -> QueryResult<Vec<Vec<u8>>> {
    let Among { site_id, categories, from, until } = among;
    let within = found_prints::found_at.between(*from, *until);
    let found = found_prints::table
        .filter(found_prints::site_id.eq(*site_id).and(found_prints::category.eq_any(categories)).and(within));
    match conn {
        DbConn::Sqlite(conn) => found.select(found_prints::print).load(conn),
        DbConn::Pg(conn) => {
            let all = found.select(string_agg(found_prints::print, Vec::new())).get_result::<Option<Vec<u8>>>(conn)?;
            Ok(all.into_iter().collect())
        }
    }
}

pub(super) fn insert_lost(conn: &mut DbConn, row: &LostPrint) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(lost_prints::table).values(row).execute(conn)).map(drop)
}

pub(super) fn delete_lost(conn: &mut DbConn, report_id: Id) -> QueryResult<usize> {
    diesel::delete(lost_prints::table.filter(lost_prints::report_id.eq(report_id))).execute(conn)
}

pub(super) fn find_lost(conn: &mut DbConn, report_id: Id) -> QueryResult<Option<LostPrint>> {
    let query = lost_prints::table.filter(lost_prints::report_id.eq(report_id));
    query.select(LostPrint::as_select()).first(conn).optional()
}

/// The open reports that an item could be what they are about, and their fingerprints.
pub(super) fn list_lost(conn: &mut DbConn, among: &Among) -> QueryResult<Vec<(Id, Vec<u8>)>> {
    let Among { site_id, categories, from, until } = among;
    let within = lost_prints::lost_from.between(*from, *until);
    on_both!(conn, conn => lost_prints::table
        .filter(lost_prints::site_id.eq(*site_id).and(lost_prints::category.eq_any(categories)).and(within))
        .select((lost_prints::report_id, lost_prints::print))
        .load(conn))
}

pub(super) fn insert(conn: &mut DbConn, rows: &[Match]) -> QueryResult<()> {
    insert_all!(conn, matches::table, rows)
}

pub(super) fn list_of_report(conn: &mut DbConn, report_id: Id) -> QueryResult<Vec<Match>> {
    matches::table
        .filter(matches::report_id.eq(report_id))
        .order((matches::score.desc(), matches::item_id))
        .select(Match::as_select())
        .load(conn)
}

pub(super) fn list_of_item(conn: &mut DbConn, item_id: Id) -> QueryResult<Vec<Match>> {
    matches::table
        .filter(matches::item_id.eq(item_id))
        .order((matches::score.desc(), matches::report_id))
        .select(Match::as_select())
        .load(conn)
}

pub(super) fn delete_of_report(conn: &mut DbConn, report_id: Id) -> QueryResult<usize> {
    diesel::delete(matches::table.filter(matches::report_id.eq(report_id))).execute(conn)
}

pub(super) fn delete_of_item(conn: &mut DbConn, item_id: Id) -> QueryResult<usize> {
    diesel::delete(matches::table.filter(matches::item_id.eq(item_id))).execute(conn)
}
