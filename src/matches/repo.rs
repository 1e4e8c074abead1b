use diesel::prelude::*;

use super::model::{Among, FoundPrint, LostPrint, Match};
use super::pages::{PageKey, half_day};
use crate::db::schema::{found_pages, found_prints, lost_prints, matches};
use crate::db::{DbConn, insert_all, lock_key, on_both};
use crate::values::Id;

pub(super) fn insert_found(conn: &mut DbConn, row: &FoundPrint) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(found_prints::table).values(row).execute(conn)).map(drop)
}

/// Deletes what is compared of an item; returns the page that still has it.
pub(super) fn delete_found(conn: &mut DbConn, item_id: Id) -> QueryResult<Option<PageKey>> {
    let was = on_both!(conn, conn => diesel::delete(found_prints::table.filter(found_prints::item_id.eq(item_id)))
        .returning((found_prints::site_id, found_prints::category, found_prints::found_at))
        .get_result(conn)
        .optional())?;
    Ok(was.map(|(site_id, category, found_at)| PageKey::new(site_id, category, found_at)))
}

pub(super) fn find_found(conn: &mut DbConn, item_id: Id) -> QueryResult<Option<FoundPrint>> {
    let query = found_prints::table.filter(found_prints::item_id.eq(item_id));
    query.select(FoundPrint::as_select()).first(conn).optional()
}

/// What is compared of the items in custody that a report could be about, and of some that were found within a day of those.
pub(super) fn list_pages(conn: &mut DbConn, among: &Among) -> QueryResult<Vec<Vec<u8>>> {
    let Among { site_id, categories, from, until } = among;
    let within = found_pages::half_day.between(half_day(*from), half_day(*until));
    on_both!(conn, conn => found_pages::table
        .filter(found_pages::site_id.eq(*site_id).and(found_pages::category.eq_any(categories)).and(within))
        .select(found_pages::prints)
        .load(conn))
}

/// Makes others who write the same page wait.
pub(super) fn lock_page(conn: &mut DbConn, page: &PageKey) -> QueryResult<()> {
    let PageKey { site_id, category, half_day } = page;
    lock_key(conn, site_id.low_bits() ^ (i64::from(*category) << 32) ^ i64::from(*half_day))
}

/// What belongs on a page.
pub(super) fn list_of_page(conn: &mut DbConn, page: &PageKey) -> QueryResult<Vec<Vec<u8>>> {
    let within = found_prints::found_at.ge(page.from()).and(found_prints::found_at.lt(page.until()));
    found_prints::table
        .filter(found_prints::site_id.eq(page.site_id).and(found_prints::category.eq(page.category)).and(within))
        .select(found_prints::print)
        .load(conn)
}

pub(super) fn insert_page(conn: &mut DbConn, page: &PageKey, prints: Vec<u8>) -> QueryResult<()> {
    let row = (
        found_pages::site_id.eq(page.site_id),
        found_pages::category.eq(page.category),
        found_pages::half_day.eq(page.half_day),
        found_pages::prints.eq(prints),
    );
    on_both!(conn, conn => diesel::insert_into(found_pages::table).values(row).execute(conn)).map(drop)
}

pub(super) fn delete_page(conn: &mut DbConn, page: &PageKey) -> QueryResult<usize> {
    diesel::delete(found_pages::table.find((page.site_id, page.category, page.half_day))).execute(conn)
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
