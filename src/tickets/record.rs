//! What other features may know and write of tickets: those that watch them (`clocks/`), not those who work on them.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::dispatch;
use super::lifecycle::{Action, Status};
use super::model::{Alike, Event, Hop, Ticket};
use super::pauses;
use super::repo;
pub use super::repo::{Doer, Known};
use super::step::{self, SYSTEM, load, standing};
use super::views::TicketView;
use crate::accounts::model::{Actor, Role};
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::values::{Id, Instant, Json};

/// As many open tickets that are like each other are looked at: as many as an incident has parts.
const ALIKE: i64 = 200;

/// A ticket whose course concerns the caller. Who only follows it sees where it stands, and no more.
///
/// # Errors
/// [`Error::NotFound`] also for tickets of others; [`Error::Forbidden`] `ticket_only_followed`.
pub fn find_involved(tx: &mut Tx<'_>, actor: &Actor, target: Target) -> Result<Ticket, Error> {
    let ticket = load(tx, actor, target)?;
    if standing(&ticket, actor).is_involved { Ok(ticket) } else { Err(Error::Forbidden("ticket_only_followed")) }
}

/// A ticket as the caller may know of it, that nobody else changes meanwhile; a wait that is over has ended.
///
/// # Errors
/// [`Error::NotFound`] also for tickets of others, [`Error::PreconditionFailed`].
pub fn find_locked(tx: &mut Tx<'_>, actor: &Actor, target: Target) -> Result<Ticket, Error> {
    repo::lock(tx.conn, target.id)?;
    let ticket = load(tx, actor, target)?;
    if pauses::end_overdue(tx, &ticket)? {
        return load(tx, actor, Target { expected_version: None, ..target });
    }
    Ok(ticket)
}

/// A ticket that nobody else changes meanwhile; a wait that is over has ended. For jobs, which act for nobody.
///
/// # Errors
/// [`Error::NotFound`].
pub fn lock(tx: &mut Tx<'_>, id: Id) -> Result<Ticket, Error> {
    pauses::end_due(tx, id)?;
    repo::find(tx.conn, id)?.ok_or(Error::NotFound("ticket_not_found"))
}

/// Writes the next deadline of a ticket. Nothing that people do: no new version, no line.
///
/// # Errors
/// As the database.
pub fn set_due(tx: &mut Tx<'_>, id: Id, due_at: Option<Instant>) -> Result<(), Error> {
    Ok(repo::update_due(tx.conn, id, due_at)?)
}

/// Writes what a ticket is promised, with the next deadline.
///
/// # Errors
/// As the database.
pub fn set_standard(tx: &mut Tx<'_>, id: Id, version_id: Id, due_at: Option<Instant>) -> Result<(), Error> {
    Ok(repo::update_standard(tx.conn, id, version_id, due_at)?)
}

/// Whether somebody has answered the requester, in words or by taking the matter up.
///
/// # Errors
/// As the database.
pub fn is_answered(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<bool, Error> {
    Ok(repo::exists_event(tx.conn, ticket, &[Action::Accept, Action::Reply, Action::Offer, Action::Resolve])?)
}

/// Writes an internal line about a ticket that the caller has locked, and shows it to them.
///
/// # Errors
/// As the database.
pub fn remark(
    tx: &mut Tx<'_>,
    actor: &Actor,
    ticket: Ticket,
    action: Action,
    reason: String,
    (name, fact): (&str, &str),
) -> Result<TicketView, Error> {
    let mut step = step::aside(tx, ticket, actor, action);
    step.event.reason = Some(reason);
    step.detail(name, fact);
    step.write_without_clocks(tx)?;
    step.view(tx, actor)
}

/// As [`remark`], with words and several facts, shown to nobody.
///
/// # Errors
/// As the database.
pub fn add_remark(
    tx: &mut Tx<'_>,
    actor: &Actor,
    ticket: Ticket,
    action: Action,
    text: Option<String>,
    facts: &[(&str, Value)],
) -> Result<(), Error> {
    let mut step = step::aside(tx, ticket, actor, action);
    step.event.text = text;
    for (name, fact) in facts {
        step.detail(name, fact.clone());
    }
    step.write_without_clocks(tx)
}

/// Whether a person did one of these things on a ticket.
///
/// # Errors
/// As the database.
pub fn has_done(tx: &mut Tx<'_>, ticket_id: Id, person: Id, actions: &[Action]) -> Result<bool, Error> {
    Ok(repo::exists_event_of(tx.conn, ticket_id, person, actions)?)
}

/// Who did these things on a ticket, in the order in which they were done.
///
/// # Errors
/// As the database.
pub fn list_doers(tx: &mut Tx<'_>, ticket_id: Id, actions: &[Action]) -> Result<Vec<Doer>, Error> {
    Ok(repo::list_doers(tx.conn, ticket_id, actions)?)
}

/// Whether a ticket was ever given to a person, whoever has it now.
///
/// # Errors
/// As the database.
pub fn had(tx: &mut Tx<'_>, ticket_id: Id, person: Id) -> Result<bool, Error> {
    let ways = repo::list_details(tx.conn, ticket_id, &[Action::Assign, Action::Transfer])?;
    let given_to = |way: Json| way.0.get(dispatch::GIVEN_TO)?.as_str()?.parse().ok();
    Ok(ways.into_iter().filter_map(given_to).any(|id: Id| id == person))
}

/// When somebody last did something to a ticket.
///
/// # Errors
/// As the database.
pub fn last_done_at(tx: &mut Tx<'_>, ticket_id: Id, action: Action) -> Result<Option<Instant>, Error> {
    Ok(repo::find_last_event(tx.conn, ticket_id, action)?)
}

/// The open parts of an incident, oldest first.
///
/// # Errors
/// As the database.
pub fn list_open_parts(tx: &mut Tx<'_>, id: Id) -> Result<Vec<Id>, Error> {
    Ok(repo::list_open_parts(tx.conn, id)?)
}

/// Makes others who count the open reports of the same category at the same place wait until this is written.
///
/// # Errors
/// As the database.
pub fn lock_alike(tx: &mut Tx<'_>, location_id: Id, category_id: Id) -> Result<(), Error> {
    Ok(repo::lock_alike(tx.conn, location_id, category_id)?)
}

/// The other open tickets of a period about the same category at the same place, newest first; [`ALIKE`] at most.
///
/// # Errors
/// As the database.
pub fn list_open_alike(tx: &mut Tx<'_>, ticket: &Ticket, (from, to): (Instant, Instant)) -> Result<Vec<Alike>, Error> {
    Ok(repo::list_open_alike(tx.conn, ticket, (Id::first_of(from), Id::first_of(to)), ALIKE)?)
}

/// The newest complaint before a ticket, from a moment on, of a person about the same category, shop or place; and its
/// category.
///
/// # Errors
/// As the database.
pub fn find_earlier_complaint(
    tx: &mut Tx<'_>,
    known: &Known,
    ticket: &Ticket,
    from: Instant,
) -> Result<Option<(Id, Option<Id>)>, Error> {
    Ok(repo::find_earlier_complaint(tx.conn, known, ticket, Id::first_of(from))?)
}

/// The newest repairs before a ticket, from a moment on, that were done since another: of the same thing, and of the same
/// category at the same place, but for another thing there.
///
/// # Errors
/// As the database.
pub fn find_mended(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    from: Instant,
    since: Instant,
) -> Result<(Option<Id>, Option<Id>), Error> {
    let first = Id::first_of(from);
    let (mut thing, mut here) = (None, None);
    if ticket.equipment_id.is_some() {
        thing = repo::find_mended_thing(tx.conn, ticket, first, since)?;
    }
    if ticket.location_id.is_some() && ticket.category_id.is_some() {
        here = repo::find_mended_here(tx.conn, ticket, first, since)?;
    }
    Ok((thing, here))
}

/// Other tickets of the same person, or about the same shop, newest first.
///
/// # Errors
/// As the database.
pub fn list_history(tx: &mut Tx<'_>, ticket: &Ticket, of_person: bool, limit: i64) -> Result<Vec<Ticket>, Error> {
    let list = if of_person { repo::list_of_person } else { repo::list_of_shop };
    Ok(list(tx.conn, ticket, limit)?)
}

/// An internal line about something that Yijian noticed by itself, not written yet.
#[must_use]
pub fn line_by_system(tx: &Tx<'_>, (ticket_id, status): (Id, Status), action: Action) -> Event {
    Event {
        id: tx.new_id(),
        ticket_id,
        at: tx.now,
        actor_id: None,
        actor_name: SYSTEM.to_owned(),
        actor_role: Role::Admin,
        action,
        from_status: Some(status),
        to_status: status,
        reason: None,
        text: None,
        detail: None::<Json>,
        is_public: false,
    }
}

/// Writes lines about many tickets.
///
/// # Errors
/// As the database.
pub fn add_lines(tx: &mut Tx<'_>, lines: &[Event]) -> Result<(), Error> {
    Ok(repo::insert_events(tx.conn, lines)?)
}

/// Some tickets by their ids.
///
/// # Errors
/// As the database.
pub fn list_by_ids(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, Ticket>, Error> {
    let tickets = repo::list_by_ids(tx.conn, ids)?;
    Ok(tickets.into_iter().map(|ticket| (ticket.id, ticket)).collect())
}

/// The hops of some tickets, in the order of their tickets; of each as they happened.
///
/// # Errors
/// As the database.
pub fn list_hops(tx: &mut Tx<'_>, ticket_ids: &[Id]) -> Result<Vec<Hop>, Error> {
    Ok(repo::list_hops(tx.conn, ticket_ids)?)
}

/// What stands on the timelines of some tickets, in the order of their tickets; of each as it was written.
///
/// # Errors
/// As the database.
pub fn list_lines(tx: &mut Tx<'_>, ticket_ids: &[Id]) -> Result<Vec<Event>, Error> {
    Ok(repo::list_lines(tx.conn, ticket_ids)?)
}

/// The hop that brought a ticket to the department that has it now.
///
/// # Errors
/// As the database.
pub fn hop_to_present(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Option<Hop>, Error> {
    let Some(department_id) = ticket.department_id else { return Ok(None) };
    Ok(repo::find_last_hop(tx.conn, ticket.id)?.filter(|hop| hop.to_department_id == Some(department_id)))
}

/// Whether anybody of the department that a hop leads to took the ticket up since.
///
/// # Errors
/// As the database.
pub fn is_taken_up(tx: &mut Tx<'_>, hop: &Hop) -> Result<bool, Error> {
    for action in [Action::Grab, Action::Start] {
        if last_done_at(tx, hop.ticket_id, action)?.is_some_and(|at| at >= hop.at) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Those of some tickets on whose timeline an action stands.
///
/// # Errors
/// As the database.
pub fn list_with(tx: &mut Tx<'_>, ticket_ids: &[Id], action: Action) -> Result<HashSet<Id>, Error> {
    Ok(repo::list_with(tx.conn, ticket_ids, action)?.into_iter().collect())
}

/// What was said with an action, by ticket; the last word of each comes last.
///
/// # Errors
/// As the database.
pub fn list_words(tx: &mut Tx<'_>, ticket_ids: &[Id], action: Action) -> Result<Vec<(Id, String)>, Error> {
    Ok(repo::list_words(tx.conn, ticket_ids, action)?)
}

/// Tickets of a site that were written down in a period or within a day after it, in that order, from after a ticket
/// on: of a call that was written down later, the period is the caller's to compare.
///
/// # Errors
/// As the database.
pub fn list_received(
    tx: &mut Tx<'_>,
    site_id: Id,
    (from, to): (Instant, Instant),
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Ticket>, Error> {
    let written_by = to + super::service::BACKDATED_AT_MOST;
    let (first, end) = (Id::first_of(from), Id::first_of(written_by));
    Ok(repo::list_between(tx.conn, site_id, after.map_or(first, |id| id.max(first)), end, limit)?)
}

/// Open tickets of a site that are promised one of these versions of a standard.
///
/// # Errors
/// As the database.
pub fn list_open_promised(tx: &mut Tx<'_>, site_id: Id, version_ids: &[Id], limit: i64) -> Result<Vec<Ticket>, Error> {
    Ok(repo::list_open_promised(tx.conn, site_id, version_ids, limit)?)
}

/// How many of those there are.
///
/// # Errors
/// As the database.
pub fn count_open_promised(tx: &mut Tx<'_>, site_id: Id, version_ids: &[Id]) -> Result<i64, Error> {
    Ok(repo::count_open_promised(tx.conn, site_id, version_ids)?)
}
