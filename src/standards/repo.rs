use diesel::prelude::*;

use super::model::{CalendarRow, CalendarVersion, LegalYear, Reapplied, StandardRow, StandardVersion};
use crate::db::schema::{
    calendar_versions, calendars, legal_years, sites, standard_reapplications, standard_versions, standards,
};
use crate::db::{DbConn, on_both};
use crate::values::{Id, Instant};

pub(super) fn insert_calendar(conn: &mut DbConn, row: &CalendarRow) -> QueryResult<()> {
    diesel::insert_into(calendars::table).values(row).execute(conn).map(drop)
}

pub(super) fn insert_calendar_version(conn: &mut DbConn, row: &CalendarVersion) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(calendar_versions::table).values(row).execute(conn)).map(drop)
}

/// Writes the holidays of a year, in the place of what was known of it.
pub(super) fn upsert_legal_year(conn: &mut DbConn, row: &LegalYear) -> QueryResult<()> {
    let known = legal_years::table.find((row.site_id, row.year));
    let changed = on_both!(conn, conn => diesel::update(known).set(row).execute(conn))?;
    if changed == 0 {
        on_both!(conn, conn => diesel::insert_into(legal_years::table).values(row).execute(conn))?;
    }
    Ok(())
}

/// What a site knows of later years, in their order.
pub(super) fn list_legal_years(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<LegalYear>> {
    on_both!(conn, conn => legal_years::table
        .filter(legal_years::site_id.eq(site_id))
        .order(legal_years::year)
        .select(LegalYear::as_select())
        .load(conn))
}

/// Goes on to the next version, unless somebody else has: then 0.
pub(super) fn update_calendar(conn: &mut DbConn, id: Id, version: i32, name: &str, now: Instant) -> QueryResult<usize> {
    diesel::update(calendars::table.find(id).filter(calendars::version.eq(version)))
        .set((calendars::version.eq(version + 1), calendars::name.eq(name), calendars::updated_at.eq(now)))
        .execute(conn)
}

/// The calendars of a site, each with its newest version.
pub(super) fn list_calendars(
    conn: &mut DbConn,
    site_id: Id,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<(CalendarRow, CalendarVersion)>> {
    let mut query = calendars::table
        .inner_join(calendar_versions::table)
        .filter(calendar_versions::version.eq(calendars::version))
        .filter(calendars::site_id.eq(site_id))
        .select((CalendarRow::as_select(), CalendarVersion::as_select()))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(calendars::id.gt(after));
    }
    query.order(calendars::id).limit(limit).load(conn)
}

pub(super) fn find_calendar(conn: &mut DbConn, id: Id) -> QueryResult<Option<(CalendarRow, CalendarVersion)>> {
    calendars::table
        .inner_join(calendar_versions::table)
        .filter(calendars::id.eq(id).and(calendar_versions::version.eq(calendars::version)))
        .select((CalendarRow::as_select(), CalendarVersion::as_select()))
        .first(conn)
        .optional()
}

pub(super) fn find_calendar_version(conn: &mut DbConn, id: Id) -> QueryResult<Option<CalendarVersion>> {
    calendar_versions::table.find(id).select(CalendarVersion::as_select()).first(conn).optional()
}

/// All versions of a calendar, newest first.
pub(super) fn list_calendar_versions(conn: &mut DbConn, calendar_id: Id) -> QueryResult<Vec<CalendarVersion>> {
    calendar_versions::table
        .filter(calendar_versions::calendar_id.eq(calendar_id))
        .order(calendar_versions::version.desc())
        .select(CalendarVersion::as_select())
        .load(conn)
}

pub(super) fn insert_standard(conn: &mut DbConn, row: &StandardRow) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(standards::table).values(row).execute(conn)).map(drop)
}

pub(super) fn insert_standard_version(conn: &mut DbConn, row: &StandardVersion) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(standard_versions::table).values(row).execute(conn)).map(drop)
}

/// Goes on to the next version, unless somebody else has: then 0.
pub(super) fn update_standard(
    conn: &mut DbConn,
    id: Id,
    version: i32,
    name: &str,
    retired_at: Option<Instant>,
    now: Instant,
) -> QueryResult<usize> {
    diesel::update(standards::table.find(id).filter(standards::version.eq(version)))
        .set((
            standards::version.eq(version + 1),
            standards::name.eq(name),
            standards::retired_at.eq(retired_at),
            standards::updated_at.eq(now),
        ))
        .execute(conn)
}

/// The standards of a site, each with its newest version.
pub(super) fn list_standards(
    conn: &mut DbConn,
    site_id: Id,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<(StandardRow, StandardVersion)>> {
    let mut query = standards::table
        .inner_join(standard_versions::table)
        .filter(standard_versions::version.eq(standards::version))
        .filter(standards::site_id.eq(site_id))
        .select((StandardRow::as_select(), StandardVersion::as_select()))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(standards::id.gt(after));
    }
    query.order(standards::id).limit(limit).load(conn)
}

pub(super) fn find_standard(conn: &mut DbConn, id: Id) -> QueryResult<Option<(StandardRow, StandardVersion)>> {
    standards::table
        .inner_join(standard_versions::table)
        .filter(standards::id.eq(id).and(standard_versions::version.eq(standards::version)))
        .select((StandardRow::as_select(), StandardVersion::as_select()))
        .first(conn)
        .optional()
}

pub(super) fn find_standard_version(conn: &mut DbConn, id: Id) -> QueryResult<Option<StandardVersion>> {
    standard_versions::table.find(id).select(StandardVersion::as_select()).first(conn).optional()
}

/// All versions of a standard, newest first.
pub(super) fn list_standard_versions(conn: &mut DbConn, standard_id: Id) -> QueryResult<Vec<StandardVersion>> {
    standard_versions::table
        .filter(standard_versions::standard_id.eq(standard_id))
        .order(standard_versions::version.desc())
        .select(StandardVersion::as_select())
        .load(conn)
}

/// Makes others who change this site's standards or calendars wait. On SQLite all changes wait for each other anyway.
pub(super) fn lock_site(conn: &mut DbConn, site_id: Id) -> QueryResult<()> {
    match conn {
        DbConn::Sqlite(_) => Ok(()),
        DbConn::Pg(conn) => {
            sites::table.find(site_id).select(sites::id).for_no_key_update().first::<Id>(conn).map(drop)
        }
    }
}

pub(super) fn insert_reapplication(conn: &mut DbConn, entry: &Reapplied) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(standard_reapplications::table).values(entry).execute(conn)).map(drop)
}

pub(super) fn find_reapplication(conn: &mut DbConn, id: Id) -> QueryResult<Option<Reapplied>> {
    standard_reapplications::table.find(id).select(Reapplied::as_select()).first(conn).optional()
}

pub(super) fn list_reapplications(conn: &mut DbConn, version_ids: &[Id]) -> QueryResult<Vec<Reapplied>> {
    standard_reapplications::table
        .filter(standard_reapplications::standard_version_id.eq_any(version_ids.to_vec()))
        .order(standard_reapplications::id.desc())
        .limit(100)
        .select(Reapplied::as_select())
        .load(conn)
}

pub(super) fn update_reapplication(
    conn: &mut DbConn,
    id: Id,
    more: i32,
    finished_at: Option<Instant>,
) -> QueryResult<()> {
    diesel::update(standard_reapplications::table.find(id))
        .set((
            standard_reapplications::changed.eq(standard_reapplications::changed + more),
            standard_reapplications::finished_at.eq(finished_at),
        ))
        .execute(conn)
        .map(drop)
}
