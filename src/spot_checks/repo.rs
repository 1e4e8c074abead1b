use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::model::{Checklist, DrawnTicket, NarrowedResults, RecordResult, SpotCheck, SpotCheckStatus};
use crate::db::schema::{complaints, spot_check_results, spot_check_tickets, spot_checklists, spot_checks};
use crate::db::{DbConn, insert_all, on_both};
use crate::values::Id;

pub(super) fn insert_checklist(conn: &mut DbConn, row: &Checklist) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(spot_checklists::table).values(row).execute(conn)).map(drop)
}

/// Every version of a site's checklist, newest first.
pub(super) fn list_checklists(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<Checklist>> {
    spot_checklists::table
        .filter(spot_checklists::site_id.eq(site_id))
        .order(spot_checklists::version.desc())
        .select(Checklist::as_select())
        .load(conn)
}

/// The newest version.
pub(super) fn find_checklist(conn: &mut DbConn, site_id: Id) -> QueryResult<Option<Checklist>> {
    spot_checklists::table
        .filter(spot_checklists::site_id.eq(site_id))
        .order(spot_checklists::version.desc())
        .select(Checklist::as_select())
        .first(conn)
        .optional()
}

pub(super) fn insert(conn: &mut DbConn, row: &SpotCheck) -> QueryResult<()> {
    diesel::insert_into(spot_checks::table).values(row).execute(conn).map(drop)
}

pub(super) fn update(conn: &mut DbConn, row: &SpotCheck) -> QueryResult<()> {
    diesel::update(spot_checks::table.find(row.id)).set(row).execute(conn).map(drop)
}

/// Makes other changes of this round wait until this one is done. On SQLite all changes wait for each other anyway.
pub(super) fn lock(conn: &mut DbConn, id: Id) -> QueryResult<()> {
    match conn {
        DbConn::Sqlite(_) => Ok(()),
        DbConn::Pg(conn) => spot_checks::table
            .find(id)
            .select(spot_checks::id)
            .for_no_key_update()
            .first::<Id>(conn)
            .optional()
            .map(drop),
    }
}

pub(super) fn find(conn: &mut DbConn, id: Id) -> QueryResult<Option<SpotCheck>> {
    spot_checks::table.find(id).select(SpotCheck::as_select()).first(conn).optional()
}

/// The rounds of a site, newest first.
pub(super) fn list(
    conn: &mut DbConn,
    site_id: Id,
    status: Option<SpotCheckStatus>,
    before: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<SpotCheck>> {
    let mut query =
        spot_checks::table.filter(spot_checks::site_id.eq(site_id)).select(SpotCheck::as_select()).into_boxed();
    if let Some(status) = status {
        query = query.filter(spot_checks::status.eq(status));
    }
    if let Some(before) = before {
        query = query.filter(spot_checks::id.lt(before));
    }
    query.order(spot_checks::id.desc()).limit(limit).load(conn)
}

pub(super) fn insert_tickets(conn: &mut DbConn, rows: &[DrawnTicket]) -> QueryResult<()> {
    insert_all!(conn, spot_check_tickets::table, rows)
}

/// A round is over: its tickets may be drawn again.
pub(super) fn free_tickets(conn: &mut DbConn, spot_check_id: Id) -> QueryResult<()> {
    diesel::update(spot_check_tickets::table.filter(spot_check_tickets::spot_check_id.eq(spot_check_id)))
        .set(spot_check_tickets::is_open.eq(false))
        .execute(conn)
        .map(drop)
}

/// The tickets of a site that are in an open round.
pub(super) fn list_taken(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<Id>> {
    let open = spot_checks::table
        .filter(spot_checks::site_id.eq(site_id).and(spot_checks::status.eq(SpotCheckStatus::Open)))
        .select(spot_checks::id);
    spot_check_tickets::table
        .filter(spot_check_tickets::spot_check_id.eq_any(open))
        .select(spot_check_tickets::ticket_id)
        .load(conn)
}

pub(super) fn exists_ticket(conn: &mut DbConn, spot_check_id: Id, ticket_id: Id) -> QueryResult<bool> {
    let found = spot_check_tickets::table.find((spot_check_id, ticket_id));
    on_both!(conn, conn => diesel::select(exists(found)).get_result(conn))
}

/// How many tickets of a round have no result.
pub(super) fn count_unchecked(conn: &mut DbConn, spot_check_id: Id) -> QueryResult<i64> {
    let result = spot_check_results::table
        .filter(spot_check_results::spot_check_id.eq(spot_check_tickets::spot_check_id))
        .filter(spot_check_results::ticket_id.eq(spot_check_tickets::ticket_id))
        .filter(sql::<Bool>("is_current"));
    spot_check_tickets::table
        .filter(spot_check_tickets::spot_check_id.eq(spot_check_id))
        .filter(not(exists(result)))
        .count()
        .get_result(conn)
}

/// The tickets of some rounds, each with its round, in that order; without what complains about a person.
pub(super) fn list_drawn(conn: &mut DbConn, spot_check_ids: &[Id], not_about: Id) -> QueryResult<Vec<(Id, Id)>> {
    let about = complaints::table
        .filter(complaints::ticket_id.eq(spot_check_tickets::ticket_id))
        .filter(complaints::about_staff_id.eq(Some(not_about)));
    spot_check_tickets::table
        .filter(spot_check_tickets::spot_check_id.eq_any(spot_check_ids.to_vec()))
        .filter(not(exists(about)))
        .order((spot_check_tickets::spot_check_id, spot_check_tickets::ticket_id))
        .select((spot_check_tickets::spot_check_id, spot_check_tickets::ticket_id))
        .load(conn)
}

/// A page of the tickets of a round, oldest first; without what complains about a person.
pub(super) fn list_tickets(
    conn: &mut DbConn,
    spot_check_id: Id,
    not_about: Id,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<Id>> {
    let about = complaints::table
        .filter(complaints::ticket_id.eq(spot_check_tickets::ticket_id))
        .filter(complaints::about_staff_id.eq(Some(not_about)));
    let mut query = spot_check_tickets::table
        .filter(spot_check_tickets::spot_check_id.eq(spot_check_id))
        .filter(not(exists(about)))
        .select(spot_check_tickets::ticket_id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(spot_check_tickets::ticket_id.gt(after));
    }
    query.order(spot_check_tickets::ticket_id).limit(limit).load(conn)
}

pub(super) fn insert_result(conn: &mut DbConn, row: &RecordResult) -> QueryResult<()> {
    diesel::insert_into(spot_check_results::table).values(row).execute(conn).map(drop)
}

/// Another result takes the place of this one.
pub(super) fn supersede(conn: &mut DbConn, id: Id) -> QueryResult<()> {
    diesel::update(spot_check_results::table.find(id))
        .set(spot_check_results::is_current.eq(false))
        .execute(conn)
        .map(drop)
}

/// The results that stand, of some rounds.
pub(super) fn list_current(conn: &mut DbConn, spot_check_ids: &[Id]) -> QueryResult<Vec<RecordResult>> {
    spot_check_results::table
        .filter(spot_check_results::spot_check_id.eq_any(spot_check_ids.to_vec()))
        .filter(sql::<Bool>("is_current"))
        .select(RecordResult::as_select())
        .load(conn)
}

/// The result that stands, of a ticket in a round.
pub(super) fn find_current(conn: &mut DbConn, spot_check_id: Id, ticket_id: Id) -> QueryResult<Option<RecordResult>> {
    spot_check_results::table
        .filter(spot_check_results::spot_check_id.eq(spot_check_id))
        .filter(spot_check_results::ticket_id.eq(ticket_id))
        .filter(sql::<Bool>("is_current"))
        .select(RecordResult::as_select())
        .first(conn)
        .optional()
}

/// Every result of a ticket in a round, newest first.
pub(super) fn list_history(conn: &mut DbConn, spot_check_id: Id, ticket_id: Id) -> QueryResult<Vec<RecordResult>> {
    spot_check_results::table
        .filter(spot_check_results::ticket_id.eq(ticket_id))
        .filter(spot_check_results::spot_check_id.eq(spot_check_id))
        .order(spot_check_results::id.desc())
        .select(RecordResult::as_select())
        .load(conn)
}

/// The results that stand, of some tickets in the order of their tickets; of each by round.
pub(super) fn list_of_tickets(conn: &mut DbConn, ticket_ids: &[Id]) -> QueryResult<Vec<RecordResult>> {
    spot_check_results::table
        .filter(spot_check_results::ticket_id.eq_any(ticket_ids.to_vec()))
        .filter(sql::<Bool>("is_current"))
        .order((spot_check_results::ticket_id, spot_check_results::spot_check_id))
        .select(RecordResult::as_select())
        .load(conn)
}

/// The results that stand, of what a person answered for, newest first.
pub(super) fn list_results(
    conn: &mut DbConn,
    narrowed: &NarrowedResults,
    limit: i64,
) -> QueryResult<Vec<RecordResult>> {
    let NarrowedResults { person_id, sites, is_correct, not_about, before } = narrowed;
    let about = complaints::table
        .filter(complaints::ticket_id.eq(spot_check_results::ticket_id))
        .filter(complaints::about_staff_id.eq(Some(*not_about)));
    let mut query = spot_check_results::table
        .filter(spot_check_results::person_id.eq(Some(*person_id)))
        .filter(sql::<Bool>("is_current"))
        .filter(not(exists(about)))
        .select(RecordResult::as_select())
        .into_boxed();
    if let Some(sites) = sites {
        query = query.filter(spot_check_results::site_id.eq_any(sites.clone()));
    }
    if let Some(is_correct) = is_correct {
        query = query.filter(spot_check_results::is_correct.eq(*is_correct));
    }
    if let Some(before) = before {
        query = query.filter(spot_check_results::id.lt(*before));
    }
    query.order(spot_check_results::id.desc()).limit(limit).load(conn)
}
