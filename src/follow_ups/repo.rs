use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::model::{Attempt, FollowUp, FollowUpStatus, Narrowed};
use crate::db::schema::{complaints, follow_up_attempts, follow_ups, tickets};
use crate::db::{DbConn, on_both};
use crate::values::Id;

pub(super) fn insert(conn: &mut DbConn, row: &FollowUp) -> QueryResult<()> {
    diesel::insert_into(follow_ups::table).values(row).execute(conn).map(drop)
}

/// Writes a change if nobody else has written one since; 0 if somebody has.
pub(super) fn update(conn: &mut DbConn, row: &FollowUp) -> QueryResult<usize> {
    diesel::update(follow_ups::table.find(row.id).filter(follow_ups::version.eq(row.version - 1)))
        .set(row)
        .execute(conn)
}

pub(super) fn find(conn: &mut DbConn, id: Id) -> QueryResult<Option<FollowUp>> {
    follow_ups::table.find(id).select(FollowUp::as_select()).first(conn).optional()
}

/// What is to be asked about a ticket.
pub(super) fn list_open_of(conn: &mut DbConn, ticket_id: Id) -> QueryResult<Vec<FollowUp>> {
    on_both!(conn, conn => follow_ups::table
        .filter(follow_ups::ticket_id.eq(ticket_id).and(follow_ups::status.eq(FollowUpStatus::Open)))
        .order(follow_ups::id)
        .select(FollowUp::as_select())
        .load(conn))
}

/// The supervisor's follow-up that was done last.
pub(super) fn find_last_second(conn: &mut DbConn, ticket_id: Id) -> QueryResult<Option<FollowUp>> {
    on_both!(conn, conn => follow_ups::table
        .filter(follow_ups::ticket_id.eq(ticket_id).and(follow_ups::is_second.eq(true)))
        .filter(follow_ups::status.eq(FollowUpStatus::Done))
        .order(follow_ups::id.desc())
        .select(FollowUp::as_select())
        .first(conn)
        .optional())
}

pub(super) fn list_of_tickets(conn: &mut DbConn, ticket_ids: &[Id]) -> QueryResult<Vec<FollowUp>> {
    follow_ups::table
        .filter(follow_ups::ticket_id.eq_any(ticket_ids.to_vec()))
        .order((follow_ups::ticket_id, follow_ups::id))
        .select(FollowUp::as_select())
        .load(conn)
}

pub(super) fn list(conn: &mut DbConn, narrowed: &Narrowed, limit: i64) -> QueryResult<Vec<FollowUp>> {
    let Narrowed { not_about, sites, site_id, status, is_second, ticket_id, overdue, before } = narrowed;
    let mut query = follow_ups::table.select(FollowUp::as_select()).into_boxed();
    let about = complaints::table
        .filter(complaints::ticket_id.eq(follow_ups::ticket_id))
        .filter(complaints::about_staff_id.eq(Some(*not_about)));
    query = query.filter(not(exists(about)));
    match sites.as_deref() {
        None => {}
        Some([one]) => query = query.filter(follow_ups::site_id.eq(*one)),
        Some(ids) => query = query.filter(follow_ups::site_id.eq_any(ids.to_vec())),
    }
    if let Some(id) = site_id.filter(|_| ticket_id.is_none()) {
        query = query.filter(follow_ups::site_id.eq(id));
    }
    if let Some(status) = status {
        query = query.filter(follow_ups::status.eq(*status));
    }
    if let Some(is_second) = is_second {
        query = query.filter(follow_ups::is_second.eq(*is_second));
    }
    if let Some(id) = ticket_id {
        query = query.filter(follow_ups::ticket_id.eq(*id));
    }
    let is_open = follow_ups::status.eq(FollowUpStatus::Open);
    // Nobody can ask about what is being done again.
    let ticket = tickets::table.filter(tickets::id.eq(follow_ups::ticket_id)).filter(tickets::is_open.eq(false));
    let can_be_done = exists(ticket);
    match overdue {
        Some((true, now)) => query = query.filter(is_open.and(follow_ups::due_at.le(*now)).and(can_be_done)),
        Some((false, now)) => query = query.filter(follow_ups::due_at.gt(*now).or(not(is_open)).or(not(can_be_done))),
        None => {}
    }
    if let Some(before) = before {
        query = query.filter(follow_ups::id.lt(*before));
    }
    query.order(follow_ups::id.desc()).limit(limit).load(conn)
}

pub(super) fn insert_attempt(conn: &mut DbConn, attempt: &Attempt) -> QueryResult<()> {
    diesel::insert_into(follow_up_attempts::table).values(attempt).execute(conn).map(drop)
}

/// The tries of a follow-up, oldest first.
pub(super) fn list_attempts(conn: &mut DbConn, follow_up_id: Id) -> QueryResult<Vec<Attempt>> {
    follow_up_attempts::table
        .filter(follow_up_attempts::follow_up_id.eq(follow_up_id))
        .order(follow_up_attempts::id)
        .select(Attempt::as_select())
        .load(conn)
}
