use diesel::dsl::max;
use diesel::prelude::*;

use super::model::{Alert, ClockEvent, ClockRow};
use crate::db::schema::{clock_alerts, clock_events, clocks, tickets};
use crate::db::sql::Column;
use crate::db::{DbConn, Prepared, insert_columns, on_both};
use crate::values::{Id, Instant};

/// Two is what most tickets begin with, and what one statement that is prepared once can take.
pub(super) fn insert(conn: &mut DbConn, rows: &[ClockRow]) -> QueryResult<()> {
    for two in rows.chunks(2) {
        match two {
            [a, b] => {
                let both = [a.clone(), b.clone()];
                on_both!(conn, conn => diesel::insert_into(clocks::table).values(both).execute(conn))?
            }
            others => others.iter().try_fold(0, |count, one| {
                let inserted: QueryResult<usize> =
                    on_both!(&mut *conn, conn => diesel::insert_into(clocks::table).values(one).execute(conn));
                Ok::<_, diesel::result::Error>(count + inserted?)
            })?,
        };
    }
    Ok(())
}

pub(super) fn update(conn: &mut DbConn, row: &ClockRow) -> QueryResult<()> {
    let change = diesel::update(clocks::table.find((row.ticket_id, row.id))).set(row).returning(clocks::id);
    on_both!(conn, conn => Prepared(change).load::<Id>(conn)).map(drop)
}

/// Writes what a look at many clocks changed: on PostgreSQL with one statement that gets an array for each column, and
/// nowhere more columns than that, each of which may have an index.
pub(super) fn update_all(conn: &mut DbConn, rows: &[ClockRow]) -> QueryResult<()> {
    match conn {
        DbConn::Sqlite(conn) => rows.iter().try_for_each(|row| {
            let change = diesel::update(clocks::table.find((row.ticket_id, row.id)));
            let change = change.set((
                clocks::phase.eq(row.phase),
                clocks::used_seconds.eq(row.used_seconds),
                clocks::since.eq(row.since),
                clocks::due_at.eq(row.due_at),
                clocks::is_provisional.eq(row.is_provisional),
                clocks::breached_at.eq(row.breached_at),
                clocks::breach_cause.eq(row.breach_cause),
                clocks::alerted_percent.eq(row.alerted_percent),
                clocks::next_at.eq(row.next_at),
                clocks::events.eq(row.events),
            ));
            Prepared(change.returning(clocks::id)).load::<Id>(conn).map(drop)
        }),
        DbConn::Pg(conn) => diesel::sql_query(
            "UPDATE clocks SET phase = u.phase, used_seconds = u.used_seconds, since = u.since, due_at = u.due_at, \
             is_provisional = u.is_provisional, breached_at = u.breached_at, breach_cause = u.breach_cause, \
             alerted_percent = u.alerted_percent, next_at = u.next_at, events = u.events \
             FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS u (ticket_id, id, phase, used_seconds, \
             since, due_at, is_provisional, breached_at, breach_cause, alerted_percent, next_at, events) \
             WHERE clocks.ticket_id = u.ticket_id AND clocks.id = u.id",
        )
        .bind::<Column<clocks::ticket_id>, _>(column(rows, |row| row.ticket_id))
        .bind::<Column<clocks::id>, _>(column(rows, |row| row.id))
        .bind::<Column<clocks::phase>, _>(column(rows, |row| row.phase))
        .bind::<Column<clocks::used_seconds>, _>(column(rows, |row| row.used_seconds))
        .bind::<Column<clocks::since>, _>(column(rows, |row| row.since))
        .bind::<Column<clocks::due_at>, _>(column(rows, |row| row.due_at))
        .bind::<Column<clocks::is_provisional>, _>(column(rows, |row| row.is_provisional))
        .bind::<Column<clocks::breached_at>, _>(column(rows, |row| row.breached_at))
        .bind::<Column<clocks::breach_cause>, _>(column(rows, |row| row.breach_cause))
        .bind::<Column<clocks::alerted_percent>, _>(column(rows, |row| row.alerted_percent))
        .bind::<Column<clocks::next_at>, _>(column(rows, |row| row.next_at))
        .bind::<Column<clocks::events>, _>(column(rows, |row| row.events))
        .execute(conn)
        .map(drop),
    }
}

fn column<T>(rows: &[ClockRow], value: impl Fn(&ClockRow) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// The clocks of a ticket, oldest first.
pub(super) fn list_of(conn: &mut DbConn, ticket_id: Id) -> QueryResult<Vec<ClockRow>> {
    on_both!(conn, conn => clocks::table
        .filter(clocks::ticket_id.eq(ticket_id))
        .order(clocks::id)
        .select(ClockRow::as_select())
        .load(conn))
}

/// As [`list_of`], to change them: the sweep of another process waits.
pub(super) fn list_locked(conn: &mut DbConn, ticket_id: Id) -> QueryResult<Vec<ClockRow>> {
    match conn {
        DbConn::Sqlite(_) => list_of(conn, ticket_id),
        DbConn::Pg(conn) => clocks::table
            .filter(clocks::ticket_id.eq(ticket_id))
            .order(clocks::id)
            .select(ClockRow::as_select())
            .for_update()
            .load(conn),
    }
}

/// Whether any clock has to be looked at: lets an idle sweep stay off the writing connection.
pub(super) fn exists_due(conn: &mut DbConn, now: Instant) -> QueryResult<bool> {
    on_both!(conn, conn =>
        diesel::select(diesel::dsl::exists(clocks::table.filter(clocks::next_at.le(Some(now))))).get_result(conn))
}

/// When the next clock has to be looked at.
pub(super) fn find_next_look(conn: &mut DbConn) -> QueryResult<Option<Instant>> {
    let next = clocks::table
        .filter(clocks::next_at.is_not_null())
        .order(clocks::next_at)
        .select(clocks::next_at)
        .first::<Option<Instant>>(conn)
        .optional()?;
    Ok(next.flatten())
}

/// Clocks that have to be looked at, in the order in which it came due. Those that another process is at are left to it.
pub(super) fn list_due(conn: &mut DbConn, now: Instant, limit: i64) -> QueryResult<Vec<ClockRow>> {
    macro_rules! due {
        () => {
            clocks::table
                .filter(clocks::next_at.le(Some(now)))
                .order((clocks::next_at, clocks::id))
                .limit(limit)
                .select(ClockRow::as_select())
        };
    }
    match conn {
        DbConn::Sqlite(conn) => due!().load(conn),
        DbConn::Pg(conn) => due!().for_update().skip_locked().load(conn),
    }
}

/// Tickets with live clocks on one of these versions of a calendar.
pub(super) fn list_tickets_on(conn: &mut DbConn, calendar_version_ids: &[Id], limit: i64) -> QueryResult<Vec<Id>> {
    let versions: Vec<Option<Id>> = calendar_version_ids.iter().copied().map(Some).collect();
    clocks::table
        .filter(clocks::calendar_version_id.eq_any(versions))
        .filter(clocks::phase.eq("running").or(clocks::phase.eq("paused")))
        .select(clocks::ticket_id)
        .distinct()
        .limit(limit)
        .load(conn)
}

/// The longest target of the live clocks on these versions of a calendar.
pub(super) fn find_longest_target_on(conn: &mut DbConn, calendar_version_ids: &[Id]) -> QueryResult<Option<i32>> {
    let versions: Vec<Option<Id>> = calendar_version_ids.iter().copied().map(Some).collect();
    clocks::table
        .filter(clocks::calendar_version_id.eq_any(versions))
        .filter(clocks::phase.eq("running").or(clocks::phase.eq("paused")))
        .select(max(clocks::target_seconds))
        .first(conn)
}

/// Open tickets of a department, from after one on, with a live clock that is not held to the ladder that holds there.
pub(super) fn list_tickets_to_tighten(
    conn: &mut DbConn,
    department_id: Id,
    is_tightened: bool,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<Id>> {
    let mut query = tickets::table
        .inner_join(clocks::table)
        .filter(tickets::department_id.eq(Some(department_id)).and(tickets::is_open.eq(true)))
        .filter(clocks::phase.eq("running").or(clocks::phase.eq("paused")))
        .select(tickets::id)
        .distinct()
        .into_boxed();
    query = if is_tightened {
        query.filter(clocks::tightened_at.is_null())
    } else {
        query.filter(clocks::tightened_at.is_not_null())
    };
    if let Some(after) = after {
        query = query.filter(tickets::id.gt(after));
    }
    query.order(tickets::id).limit(limit).load(conn)
}

/// Writes to which ladder a clock is held, and no more columns than that.
pub(super) fn update_ladder(conn: &mut DbConn, row: &ClockRow) -> QueryResult<()> {
    on_both!(conn, conn => diesel::update(clocks::table.find((row.ticket_id, row.id)))
        .set((
            clocks::tightened_at.eq(row.tightened_at),
            clocks::alerted_percent.eq(row.alerted_percent),
            clocks::next_at.eq(row.next_at),
        ))
        .execute(conn))
    .map(drop)
}

/// All clocks, in order of their tickets, from after a ticket on.
pub(super) fn list_after(conn: &mut DbConn, after: Option<Id>, limit: i64) -> QueryResult<Vec<ClockRow>> {
    let mut query = clocks::table.select(ClockRow::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(clocks::ticket_id.gt(after));
    }
    query.order((clocks::ticket_id, clocks::id)).limit(limit).load(conn)
}

/// The clocks of some tickets.
pub(super) fn list_of_tickets(conn: &mut DbConn, ticket_ids: &[Id]) -> QueryResult<Vec<ClockRow>> {
    clocks::table
        .filter(clocks::ticket_id.eq_any(ticket_ids.to_vec()))
        .order((clocks::ticket_id, clocks::id))
        .select(ClockRow::as_select())
        .load(conn)
}

pub(super) fn insert_events(conn: &mut DbConn, events: &[ClockEvent]) -> QueryResult<()> {
    insert_columns!(
        conn,
        clock_events,
        events,
        ClockEvent {
            ticket_id,
            id,
            clock_id,
            at,
            kind,
            reason,
            target_seconds,
            priority,
            calendar_version_id,
            actor_id,
            actor_name,
            recorded_at,
            position,
        }
    )
}

/// What happened to the clocks of some tickets; to each clock in the order in which it happened.
pub(super) fn list_events(conn: &mut DbConn, ticket_ids: &[Id]) -> QueryResult<Vec<ClockEvent>> {
    clock_events::table
        .filter(clock_events::ticket_id.eq_any(ticket_ids.to_vec()))
        .order((clock_events::ticket_id, clock_events::clock_id, clock_events::position))
        .select(ClockEvent::as_select())
        .load(conn)
}

/// Adds what was told. That somebody was told of one level of one target once is the primary key.
pub(super) fn insert_alerts(conn: &mut DbConn, alerts: &[Alert]) -> QueryResult<()> {
    insert_columns!(
        conn,
        clock_alerts,
        alerts,
        Alert { ticket_id, clock_id, target_version, percent, tell, at, detected_at }
    )
}

/// Who was told of a ticket's clocks, as it happened.
pub(super) fn list_alerts(conn: &mut DbConn, ticket_id: Id) -> QueryResult<Vec<Alert>> {
    clock_alerts::table
        .filter(clock_alerts::ticket_id.eq(ticket_id))
        .order((clock_alerts::at, clock_alerts::percent))
        .select(Alert::as_select())
        .load(conn)
}
