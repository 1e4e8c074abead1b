//! What happened to tickets: the lines of their timelines with their photos, their hops, and who follows them.

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::accounts::model::Role;
use crate::attachments::model::Attachment;
use crate::db::schema::{attachments, ticket_attachments, ticket_events, ticket_followers, ticket_hops};
use crate::db::{DbConn, insert_columns, on_both};
use crate::tickets::lifecycle::Action;
use crate::tickets::model::{Event, Hop, PauseReason, Ticket};
use crate::values::{Id, Instant, Json};

/// What was done, by whom, and what they were then.
pub type Doer = (Action, Option<Id>, Role);

pub(in crate::tickets) fn insert_event(conn: &mut DbConn, event: &Event) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(ticket_events::table).values(event).execute(conn)).map(drop)
}

pub(in crate::tickets) fn insert_events(conn: &mut DbConn, events: &[Event]) -> QueryResult<()> {
    insert_columns!(
        conn,
        ticket_events,
        events,
        Event {
            id,
            ticket_id,
            at,
            actor_id,
            actor_name,
            actor_role,
            action,
            from_status,
            to_status,
            reason,
            text,
            detail,
            is_public,
        }
    )
}

pub(in crate::tickets) fn list_events(
    conn: &mut DbConn,
    ticket_id: Id,
    with_internal: bool,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<Event>> {
    let mut query =
        ticket_events::table.filter(ticket_events::ticket_id.eq(ticket_id)).select(Event::as_select()).into_boxed();
    if !with_internal {
        query = query.filter(ticket_events::is_public.eq(true));
    }
    if let Some(after) = after {
        query = query.filter(ticket_events::id.gt(after));
    }
    query.order(ticket_events::id).limit(limit).load(conn)
}

/// What stands on the timelines of some tickets, in their order; of each as it was written.
pub(in crate::tickets) fn list_lines(conn: &mut DbConn, ticket_ids: &[Id]) -> QueryResult<Vec<Event>> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq_any(ticket_ids.to_vec()))
        .order((ticket_events::ticket_id, ticket_events::id))
        .select(Event::as_select())
        .load(conn)
}

pub(in crate::tickets) fn list_with(conn: &mut DbConn, ticket_ids: &[Id], action: Action) -> QueryResult<Vec<Id>> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq_any(ticket_ids.to_vec()).and(ticket_events::action.eq(action)))
        .select(ticket_events::ticket_id)
        .distinct()
        .load(conn)
}

pub(in crate::tickets) fn list_words(
    conn: &mut DbConn,
    ticket_ids: &[Id],
    action: Action,
) -> QueryResult<Vec<(Id, String)>> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq_any(ticket_ids.to_vec()).and(ticket_events::action.eq(action)))
        .filter(ticket_events::text.is_not_null())
        .order(ticket_events::id)
        .select((ticket_events::ticket_id, ticket_events::text.assume_not_null()))
        .load(conn)
}

/// What else the lines about these things say.
pub(in crate::tickets) fn list_details(conn: &mut DbConn, ticket_id: Id, actions: &[Action]) -> QueryResult<Vec<Json>> {
    let details = ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket_id).and(ticket_events::action.eq_any(actions)))
        .select(ticket_events::detail)
        .load::<Option<Json>>(conn)?;
    Ok(details.into_iter().flatten().collect())
}

/// Who did these things, in the order in which they were done.
pub(in crate::tickets) fn list_doers(conn: &mut DbConn, ticket_id: Id, actions: &[Action]) -> QueryResult<Vec<Doer>> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket_id).and(ticket_events::action.eq_any(actions)))
        .order(ticket_events::id)
        .select((ticket_events::action, ticket_events::actor_id, ticket_events::actor_role))
        .load(conn)
}

/// Whether a person did one of these things who does not speak as the requester.
pub(in crate::tickets) fn exists_event(conn: &mut DbConn, ticket: &Ticket, actions: &[Action]) -> QueryResult<bool> {
    let actors = ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket.id).and(ticket_events::action.eq_any(actions)))
        .filter(ticket_events::actor_id.is_not_null())
        .select((ticket_events::actor_id, ticket_events::actor_role))
        .distinct()
        .load::<(Option<Id>, Role)>(conn)?;
    Ok(actors.iter().any(|(actor, role)| !ticket.is_asked_by(*actor, *role)))
}

/// Whether a person did one of these things.
pub(in crate::tickets) fn exists_event_of(
    conn: &mut DbConn,
    ticket_id: Id,
    person: Id,
    actions: &[Action],
) -> QueryResult<bool> {
    let theirs = ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket_id).and(ticket_events::action.eq_any(actions)))
        .filter(ticket_events::actor_id.eq(Some(person)));
    diesel::select(exists(theirs)).get_result(conn)
}

/// When somebody last did something to a ticket.
pub(in crate::tickets) fn find_last_event(
    conn: &mut DbConn,
    ticket_id: Id,
    action: Action,
) -> QueryResult<Option<Instant>> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket_id).and(ticket_events::action.eq(action)))
        .order(ticket_events::id.desc())
        .select(ticket_events::at)
        .first(conn)
        .optional()
}

/// How often work on a ticket has waited for a reason.
pub(in crate::tickets) fn count_pauses(conn: &mut DbConn, ticket_id: Id, reason: PauseReason) -> QueryResult<i64> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket_id).and(ticket_events::action.eq(Action::Pause)))
        .filter(ticket_events::reason.eq(Some(reason.as_str())))
        .count()
        .get_result(conn)
}

pub(in crate::tickets) fn insert_hop(conn: &mut DbConn, hop: &Hop) -> QueryResult<()> {
    diesel::insert_into(ticket_hops::table).values(hop).execute(conn).map(drop)
}

pub(in crate::tickets) fn list_hops(conn: &mut DbConn, ticket_ids: &[Id]) -> QueryResult<Vec<Hop>> {
    ticket_hops::table
        .filter(ticket_hops::ticket_id.eq_any(ticket_ids.to_vec()))
        .order((ticket_hops::ticket_id, ticket_hops::id))
        .select(Hop::as_select())
        .load(conn)
}

/// The last hop of a ticket.
pub(in crate::tickets) fn find_last_hop(conn: &mut DbConn, ticket_id: Id) -> QueryResult<Option<Hop>> {
    ticket_hops::table
        .filter(ticket_hops::ticket_id.eq(ticket_id))
        .order(ticket_hops::id.desc())
        .select(Hop::as_select())
        .first(conn)
        .optional()
}

pub(super) fn exists_hop_to(conn: &mut DbConn, id: Id, department_id: Id) -> QueryResult<bool> {
    let hops = ticket_hops::table
        .filter(ticket_hops::to_department_id.eq(Some(department_id)))
        .filter(ticket_hops::ticket_id.eq(id));
    on_both!(conn, conn => diesel::select(exists(hops)).get_result(conn))
}

/// 1 if the person did not follow the ticket before.
pub(in crate::tickets) fn insert_follower(
    conn: &mut DbConn,
    ticket_id: Id,
    user_id: Id,
    at: Instant,
) -> QueryResult<usize> {
    on_both!(conn, conn => diesel::insert_into(ticket_followers::table)
        .values((
            ticket_followers::ticket_id.eq(ticket_id),
            ticket_followers::user_id.eq(user_id),
            ticket_followers::created_at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(conn))
}

/// 1 if the person followed the ticket.
pub(in crate::tickets) fn delete_follower(conn: &mut DbConn, ticket_id: Id, user_id: Id) -> QueryResult<usize> {
    diesel::delete(ticket_followers::table.find((ticket_id, user_id))).execute(conn)
}

pub(in crate::tickets) fn list_followers(conn: &mut DbConn, ticket_id: Id) -> QueryResult<Vec<Id>> {
    ticket_followers::table
        .filter(ticket_followers::ticket_id.eq(ticket_id))
        .select(ticket_followers::user_id)
        .load(conn)
}

pub(super) fn exists_follower(conn: &mut DbConn, id: Id, user_id: Id) -> QueryResult<bool> {
    on_both!(conn, conn => diesel::select(exists(ticket_followers::table.find((id, user_id)))).get_result(conn))
}

pub(in crate::tickets) fn insert_attachments(
    conn: &mut DbConn,
    ticket_id: Id,
    event_id: Id,
    ids: &[Id],
) -> QueryResult<()> {
    let rows: Vec<_> = ids
        .iter()
        .map(|id| {
            (
                ticket_attachments::ticket_id.eq(ticket_id),
                ticket_attachments::attachment_id.eq(*id),
                ticket_attachments::event_id.eq(event_id),
            )
        })
        .collect();
    on_both!(conn, conn =>
        diesel::insert_into(ticket_attachments::table).values(&rows).execute(conn))
    .map(drop)
}

/// The photos of some of a ticket's events, each with the event it belongs to.
pub(in crate::tickets) fn list_attachments(
    conn: &mut DbConn,
    ticket_id: Id,
    event_ids: &[Id],
) -> QueryResult<Vec<(Id, Attachment)>> {
    ticket_attachments::table
        .inner_join(attachments::table)
        .filter(ticket_attachments::ticket_id.eq(ticket_id))
        .filter(ticket_attachments::event_id.eq_any(event_ids.to_vec()))
        .order(attachments::id)
        .select((ticket_attachments::event_id, Attachment::as_select()))
        .load(conn)
}

/// The photos that came with the report itself.
pub(in crate::tickets) fn list_attachments_of_opening(
    conn: &mut DbConn,
    ticket_id: Id,
) -> QueryResult<Vec<Attachment>> {
    on_both!(conn, conn => ticket_attachments::table
        .inner_join(attachments::table)
        .inner_join(ticket_events::table)
        .filter(ticket_attachments::ticket_id.eq(ticket_id).and(ticket_events::from_status.is_null()))
        .order(attachments::id)
        .select(Attachment::as_select())
        .load(conn))
}
