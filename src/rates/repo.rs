use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel::upsert::excluded;

use super::measures::RatePart;
use super::model::{Behind, Dimension, Fact, FactKind, Grain, Mark, Rollup, TargetRow, hour_of_week};
use crate::db::schema::{rate_changes, rate_facts, rate_rollups, rate_targets, tickets};
use crate::db::{DbConn, insert_all, on_both};
use crate::values::{Id, Instant};

/// So many rows fit into one statement of PostgreSQL, which takes 65,535 values.
const ROWS_AT_ONCE: usize = 2_000;

/// One process at a time puts marks into effect; false if another is at it. (`SQLite` has one writer anyway.)
pub(super) fn try_lock(conn: &mut DbConn) -> QueryResult<bool> {
    match conn {
        DbConn::Sqlite(_) => Ok(true),
        // The letters "rates".
        DbConn::Pg(conn) => diesel::select(sql::<Bool>("pg_try_advisory_xact_lock(492260914547)")).get_result(conn),
    }
}

/// Tickets that count differently now: those with a mark, the oldest first, and those whose time has come.
pub(super) fn list_marks(conn: &mut DbConn, limit: i64) -> QueryResult<Vec<Mark>> {
    on_both!(conn, conn => rate_changes::table
        .order(rate_changes::seq)
        .limit(limit)
        .select(Mark::as_select())
        .load(conn))
}

/// How many of some marks are still there.
pub(super) fn count_marks(conn: &mut DbConn, seqs: &[i64]) -> QueryResult<i64> {
    rate_changes::table.filter(rate_changes::seq.eq_any(seqs.to_vec())).count().get_result(conn)
}

pub(super) fn delete_marks(conn: &mut DbConn, seqs: &[i64]) -> QueryResult<()> {
    diesel::delete(rate_changes::table.filter(rate_changes::seq.eq_any(seqs.to_vec()))).execute(conn).map(drop)
}

/// The marked tickets of a site.
pub(super) fn list_marked_of(conn: &mut DbConn, site_id: Id, limit: i64) -> QueryResult<Vec<Id>> {
    rate_changes::table
        .inner_join(tickets::table.on(tickets::id.eq(rate_changes::ticket_id)))
        .filter(tickets::site_id.eq(site_id))
        .select(rate_changes::ticket_id)
        .distinct()
        .limit(limit)
        .load(conn)
}

/// Tickets that count differently since a moment that has come.
pub(super) fn list_changing(conn: &mut DbConn, site_id: Option<Id>, now: Instant, limit: i64) -> QueryResult<Vec<Id>> {
    let mut query = rate_facts::table
        .filter(rate_facts::changes_at.le(Some(now)))
        .select(rate_facts::ticket_id)
        .order(rate_facts::changes_at)
        .limit(limit)
        .into_boxed();
    if let Some(site_id) = site_id {
        query = query.filter(rate_facts::site_id.eq(site_id));
    }
    query.load(conn)
}

pub(super) fn list_facts(conn: &mut DbConn, ticket_ids: &[Id]) -> QueryResult<Vec<Fact>> {
    rate_facts::table
        .filter(rate_facts::ticket_id.eq_any(ticket_ids.to_vec()))
        .order((rate_facts::ticket_id, rate_facts::part))
        .select(Fact::as_select())
        .load(conn)
}

/// Deletes facts, each by its ticket and part.
pub(super) fn delete_facts(conn: &mut DbConn, parts: &[(Id, i32)]) -> QueryResult<()> {
    parts.iter().try_for_each(|part| {
        on_both!(&mut *conn, conn => diesel::delete(rate_facts::table.find(*part)).execute(conn)).map(drop)
    })
}

pub(super) fn insert_facts(conn: &mut DbConn, facts: &[Fact]) -> QueryResult<()> {
    facts.chunks(ROWS_AT_ONCE).try_for_each(|facts| insert_all!(&mut *conn, rate_facts::table, facts))
}

/// The first day for which anything is counted.
pub(super) fn find_first_day(conn: &mut DbConn, site_id: Id) -> QueryResult<Option<String>> {
    rate_facts::table
        .filter(rate_facts::site_id.eq(site_id))
        .order(rate_facts::place)
        .select(rate_facts::day)
        .first(conn)
        .optional()
}

/// All sums of a site whose periods begin between two days, both included.
pub(super) fn list_rollups_between(
    conn: &mut DbConn,
    site_id: Id,
    (first, last): (&str, &str),
) -> QueryResult<Vec<Rollup>> {
    rate_rollups::table
        .filter(rate_rollups::site_id.eq(site_id))
        .filter(
            rate_rollups::grain
                .eq_any(Grain::ALL.to_vec())
                .and(rate_rollups::dimension.eq_any(Dimension::ALL.to_vec())),
        )
        .filter(rate_rollups::first_day.between(first.to_owned(), last.to_owned()))
        .select(Rollup::as_select())
        .load(conn)
}

/// Deletes every fact and sum, and marks every ticket.
pub(super) fn forget_everything(conn: &mut DbConn) -> QueryResult<()> {
    diesel::delete(rate_rollups::table).execute(conn)?;
    diesel::delete(rate_facts::table).execute(conn)?;
    let every = tickets::table.select(tickets::id);
    on_both!(conn, conn => diesel::insert_into(rate_changes::table)
        .values(every)
        .into_columns(rate_changes::ticket_id)
        .execute(conn))
    .map(drop)
}

/// The facts behind a part of a rate, newest first: of each the place, and the ticket. A ticket may have several, all of
/// them at its place.
pub(super) fn list_behind(conn: &mut DbConn, behind: &Behind, limit: i64) -> QueryResult<Vec<(Id, Id)>> {
    let column = match behind.part {
        RatePart::Numerator => "numerator_of",
        RatePart::Denominator => "denominator_of",
        RatePart::Missed => "missed_of",
        RatePart::Pending => "pending_of",
        RatePart::Excluded => "excluded_of",
    };
    let has_rate = sql::<Bool>(&format!("{column} & {} <> 0", behind.rate.bit()));
    let mut query = rate_facts::table
        .filter(rate_facts::site_id.eq(behind.site_id))
        .filter(rate_facts::place.ge(behind.from).and(rate_facts::place.lt(behind.end)))
        .filter(has_rate)
        .select((rate_facts::place, rate_facts::ticket_id))
        .into_boxed();
    if behind.part == RatePart::Missed {
        // As the index of what speaks against us says.
        query = query.filter(rate_facts::missed_of.ne(0));
    }
    if let Some(kind) = behind.ticket_kind {
        query = query.filter(rate_facts::ticket_kind.eq(kind));
    }
    for (dimension, key) in &behind.of {
        let id: Option<Id> = key.parse().ok();
        let (first, second) = key.split_once('/').unwrap_or((key, ""));
        let (first, second_id): (Option<Id>, Option<Id>) = (first.parse().ok(), second.parse().ok());
        let is_ticket = rate_facts::kind.eq_any(FactKind::OF_TICKETS.to_vec());
        query = match dimension {
            Dimension::Department if id.is_none() => query.filter(rate_facts::department_id.is_null()),
            Dimension::Department => query.filter(rate_facts::department_id.eq(id)),
            Dimension::Person => query.filter(rate_facts::person_id.eq(id)),
            Dimension::Shop if id.is_none() => query.filter(rate_facts::shop_id.is_null()),
            Dimension::Category if id.is_none() => query.filter(rate_facts::category_id.is_null()),
            Dimension::Shop => query.filter(rate_facts::shop_id.eq(id)),
            Dimension::Category => query.filter(rate_facts::category_id.eq(id)),
            Dimension::Severity => query.filter(rate_facts::severity.eq(key.clone())),
            Dimension::LatenessReason => query.filter(rate_facts::reason.eq(key.clone()).and(is_ticket)),
            Dimension::Hour => query.filter(rate_facts::hour.eq(hour_of_week(key).unwrap_or(-1)).and(is_ticket)),
            Dimension::Pause => {
                let of_reason = rate_facts::reason.eq(second.to_owned()).and(rate_facts::kind.eq(FactKind::Pause));
                match first {
                    Some(_) => query.filter(rate_facts::person_id.eq(first).and(of_reason)),
                    None => query.filter(rate_facts::person_id.is_null().and(of_reason)),
                }
            }
            Dimension::Topic => {
                let of_category = rate_facts::category_id.eq(first).and(is_ticket);
                match second_id {
                    Some(_) => query.filter(rate_facts::location_id.eq(second_id).and(of_category)),
                    None => query.filter(rate_facts::location_id.is_null().and(of_category)),
                }
            }
            Dimension::Total => query,
        };
    }
    query.order(rate_facts::place.desc()).limit(limit).load(conn)
}

/// The sums of one dimension whose periods begin between two days, both included; of one key, or of all.
pub(super) fn list_rollups(
    conn: &mut DbConn,
    (site_id, grain, dimension): (Id, Grain, Dimension),
    (first, last): (&str, &str),
    key: Option<&str>,
) -> QueryResult<Vec<Rollup>> {
    let mut query = rate_rollups::table
        .filter(rate_rollups::site_id.eq(site_id))
        .filter(rate_rollups::grain.eq(grain).and(rate_rollups::dimension.eq(dimension)))
        .filter(rate_rollups::first_day.between(first.to_owned(), last.to_owned()))
        .select(Rollup::as_select())
        .into_boxed();
    if let Some(key) = key {
        query = query.filter(rate_rollups::key.eq(key.to_owned()));
    }
    query.load(conn)
}

/// The sums of one period for some keys.
pub(super) fn list_rollups_of(
    conn: &mut DbConn,
    (site_id, grain, dimension): (Id, Grain, Dimension),
    first_day: &str,
    keys: Vec<String>,
) -> QueryResult<Vec<Rollup>> {
    rate_rollups::table
        .filter(rate_rollups::site_id.eq(site_id))
        .filter(rate_rollups::grain.eq(grain).and(rate_rollups::dimension.eq(dimension)))
        .filter(rate_rollups::first_day.eq(first_day.to_owned()).and(rate_rollups::key.eq_any(keys)))
        .select(Rollup::as_select())
        .load(conn)
}

pub(super) fn upsert_rollups(conn: &mut DbConn, rows: &[Rollup]) -> QueryResult<()> {
    let key = (
        rate_rollups::site_id,
        rate_rollups::grain,
        rate_rollups::dimension,
        rate_rollups::first_day,
        rate_rollups::key,
        rate_rollups::ticket_kind,
    );
    match conn {
        DbConn::Sqlite(conn) => rows.iter().try_for_each(|row| {
            let insert = diesel::insert_into(rate_rollups::table).values(row);
            let upsert =
                insert.on_conflict(key).do_update().set(rate_rollups::counts.eq(excluded(rate_rollups::counts)));
            upsert.execute(conn).map(drop)
        }),
        DbConn::Pg(conn) => rows.chunks(ROWS_AT_ONCE).try_for_each(|rows| {
            let insert = diesel::insert_into(rate_rollups::table).values(rows);
            let upsert =
                insert.on_conflict(key).do_update().set(rate_rollups::counts.eq(excluded(rate_rollups::counts)));
            upsert.execute(conn).map(drop)
        }),
    }
}

pub(super) fn find_targets(conn: &mut DbConn, site_id: Id) -> QueryResult<Option<TargetRow>> {
    rate_targets::table
        .filter(rate_targets::site_id.eq(site_id))
        .order(rate_targets::version.desc())
        .select(TargetRow::as_select())
        .first(conn)
        .optional()
}

pub(super) fn list_targets(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<TargetRow>> {
    rate_targets::table
        .filter(rate_targets::site_id.eq(site_id))
        .order(rate_targets::version.desc())
        .select(TargetRow::as_select())
        .load(conn)
}

pub(super) fn insert_targets(conn: &mut DbConn, row: &TargetRow) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(rate_targets::table).values(row).execute(conn)).map(drop)
}
