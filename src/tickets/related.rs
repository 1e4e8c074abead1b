//! Tickets about the same: one merged into another, or several as parts of an incident.
//!
//! Rules:
//! - What is merged is over: its promises end with it, outside the rates, and whoever asked for it or followed it
//!   follows the other ticket.
//! - The parts of an incident stay tickets of their own. Those that are new are accepted with it, what is replied on the
//!   incident is replied on each of them, what is offered is offered to each who complained, and when it is resolved they are resolved at the same instant, each
//!   with its own line. When it is withdrawn they go on by themselves.
//! - A complaint is merged only into another of the same person, which is about the same: whoever complained keeps their own
//!   answer, rating and follow-up. Complaints of several are gathered.
//! - Nothing is written on a part by whom it is about, and nobody who has the incident is whom a part is about.
//! - An incident is no part of another, and has at most [`MOST_PARTS`] open parts.

use super::commands::{AttachTicket, GatherTickets, GiveReason, MergeTicket};
use super::lifecycle::Action;
use super::model::{Severity, Ticket};
use super::record;
use super::repo;
use super::step::{self, Step, begin};
use super::views::TicketView;
use super::work;
use crate::accounts::model::{Actor, Staff};
use crate::app::Tx;
use crate::complaints;
use crate::error::Error;
use crate::follow_ups;
use crate::follow_ups::service::Word;
use crate::http::input::Target;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sites::model::Kind;
use crate::values::Id;

/// They are resolved in one transaction; more than this at one place is a report of its own.
const MOST_PARTS: usize = 200;

/// A ticket turns out to be about the same as another, which stays.
///
/// # Errors
/// [`Error::Rule`] `related_to_itself`, `related_elsewhere`, `ticket_has_parts`, `merge_of_other_kind`,
/// `merge_into_lesser`, `merge_of_regulator`; [`Error::Conflict`] `related_is_over`; as [`check_same_complaint`],
/// [`check_asked`] and [`check_end`]; as [`begin`], for both tickets.
pub fn merge(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: MergeTicket) -> Result<TicketView, Error> {
    let (mut step, into) = pair(tx, staff, target, command.into_id, Action::Merge)?;
    if step.ticket.kind != into.kind {
        return Err(Error::rule("merge_of_other_kind"));
    }
    if step.ticket.severity > into.severity {
        return Err(Error::rule("merge_into_lesser"));
    }
    if step.ticket.kind == Kind::Complaint {
        check_same_complaint(tx, &step.ticket, &into)?;
    }
    check_asked(tx, &step.ticket)?;
    check_end(tx, staff, &step.ticket)?;
    step.changed.parent_id = Some(into.id);
    step.changed.closed_at = Some(tx.now);
    step.event.reason = Some(command.reason.into_string());
    step.detail("into", into.number());
    step.write(tx)?;
    follow_ups::service::on_over(tx, &step.ticket)?;
    complaints::regulator::follow_merge(tx, &step.ticket, &into)?;
    let mut concerned = repo::list_followers(tx.conn, step.ticket.id)?;
    concerned.extend(step.ticket.requester_id);
    let mut new_followers = 0;
    for person in concerned {
        notices::tell(tx, &step.ticket, NoticeKind::TicketMerged, Audience::Person(person))?;
        if into.requester_id != Some(person) {
            new_followers += i32::from(repo::insert_follower(tx.conn, into.id, person, tx.now)? == 1);
        }
    }
    let mut joined = step::aside(tx, into, staff, Action::Merge);
    joined.changed.followers += new_followers;
    joined.event.reason.clone_from(&step.event.reason);
    joined.detail("from", step.ticket.number());
    joined.write_without_clocks(tx)?;
    step.view(tx, staff)
}

/// Two complaints are one if one person made both, about the same.
///
/// # Errors
/// [`Error::Rule`] `merge_of_other_person`, `merge_loses_about`.
fn check_same_complaint(tx: &mut Tx<'_>, merged: &Ticket, into: &Ticket) -> Result<(), Error> {
    let is_same_person = match merged.requester_id {
        Some(person) => into.requester_id == Some(person),
        None => repo::has_same_phone(tx.conn, merged.id, into.id)?,
    };
    if !is_same_person {
        return Err(Error::rule("merge_of_other_person"));
    }
    if complaints::about::says_more(tx, merged.id, into.id)? {
        return Err(Error::rule("merge_loses_about"));
    }
    Ok(())
}

/// Nobody ends a ticket, in whatever way, while the supervisor's visit is due.
///
/// # Errors
/// [`Error::Rule`] `second_follow_up_missing`.
pub(super) fn check_asked(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<(), Error> {
    if follow_ups::service::obstacle(tx, ticket, Word::Requester)? == Some("second_follow_up_missing") {
        return Err(Error::rule("second_follow_up_missing"));
    }
    Ok(())
}

/// The desk may end a ticket in another way than by closing it: a major complaint only by a lead, and not what nobody has
/// graded yet, or may be about themselves.
///
/// # Errors
/// [`Error::Rule`] `grade_undecided`, `about_unsaid`; [`Error::Forbidden`] `major_needs_lead`.
pub(super) fn check_end(tx: &mut Tx<'_>, actor: &Actor, ticket: &Ticket) -> Result<(), Error> {
    let is_major = ticket.kind == Kind::Complaint && ticket.severity == Severity::Major;
    if is_major && !actor.role_at(ticket.site_id).is_lead() {
        return Err(Error::Forbidden("major_needs_lead"));
    }
    if complaints::deciding::is_undecided(tx, ticket)? {
        return Err(Error::rule("grade_undecided"));
    }
    complaints::about::check_said(tx, actor, ticket)
}

/// A ticket becomes part of an incident.
///
/// # Errors
/// As [`merge`]; [`Error::Rule`] `parent_is_part`, `grade_undecided`, `parts_too_many`, `assignee_is_concerned`;
/// [`Error::Conflict`] `ticket_attached_already`.
pub fn attach(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: AttachTicket) -> Result<TicketView, Error> {
    let (mut step, parent) = pair(tx, staff, target, command.parent_id, Action::Attach)?;
    if parent.parent_id.is_some() {
        return Err(Error::rule("parent_is_part"));
    }
    if step.ticket.parent_id == Some(parent.id) {
        return Err(Error::conflict("ticket_attached_already"));
    }
    if complaints::deciding::is_danger_undecided(tx, &step.ticket)? {
        return Err(Error::rule("grade_undecided"));
    }
    if let Some(person) = parent.assignee_id
        && complaints::service::is_about(tx, &step.ticket, person)?
    {
        return Err(Error::rule("assignee_is_concerned"));
    }
    if repo::list_open_parts(tx.conn, parent.id)?.len() >= MOST_PARTS {
        return Err(Error::rule("parts_too_many"));
    }
    step.changed.parent_id = Some(parent.id);
    step.event.reason = Some(command.reason.into_string());
    step.event.is_public = false;
    step.detail("to", parent.number());
    step.finish(tx, staff)
}

/// A ticket is no part of its incident after all.
///
/// # Errors
/// [`Error::Conflict`] `ticket_not_attached`; as [`begin`].
pub fn detach(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: GiveReason) -> Result<TicketView, Error> {
    let mut step = begin(tx, staff, target, Action::Detach)?;
    if step.changed.parent_id.take().is_none() {
        return Err(Error::conflict("ticket_not_attached"));
    }
    step.event.reason = Some(command.reason.into_string());
    step.event.is_public = false;
    step.finish(tx, staff)
}

/// Several tickets become parts of one, all or none.
///
/// # Errors
/// As [`attach`].
pub fn gather(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: GatherTickets) -> Result<TicketView, Error> {
    let GatherTickets { mut part_ids, reason } = command;
    part_ids.sort_unstable();
    part_ids.dedup();
    lock_ties(tx, target.id)?;
    record::find_locked(tx, staff, target)?;
    for id in part_ids {
        let part = AttachTicket { parent_id: target.id, reason: reason.clone() };
        attach(tx, staff, Target { id, expected_version: None }, part)?;
    }
    let row = step::load(tx, staff, Target { expected_version: None, ..target })?;
    step::show(tx, staff, row)
}

/// A merged ticket was not the same after all: it is new again, and is promised anew what its standard promises.
///
/// # Errors
/// As [`begin`].
pub fn unmerge(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: GiveReason) -> Result<TicketView, Error> {
    lock_ties(tx, target.id)?;
    let mut step = begin(tx, staff, target, Action::Unmerge)?;
    let into = step.changed.parent_id.take();
    (step.changed.closed_at, step.changed.accepted_at) = (None, None);
    (step.changed.department_id, step.changed.assignee_id) = (None, None);
    step.event.reason = Some(command.reason.into_string());
    if let Some(into) = into {
        part_from(tx, staff, into, &step)?;
    }
    complaints::regulator::watch_again(tx, &step.ticket)?;
    work::tell_requester(tx, &step, NoticeKind::TicketUnmerged)?;
    step.finish(tx, staff)
}

/// The ticket into which another was merged by mistake gets a line, and loses its requester as a follower.
fn part_from(tx: &mut Tx<'_>, staff: &Staff, into: Id, from: &Step) -> Result<(), Error> {
    let Some(other) = repo::find(tx.conn, into)? else { return Ok(()) };
    let mut parted = step::aside(tx, other, staff, Action::Unmerge);
    parted.detail("from", from.ticket.number());
    if let Some(person) = from.ticket.requester_id
        && repo::delete_follower(tx.conn, into, person)? == 1
    {
        parted.changed.followers -= 1;
    }
    parted.write_without_clocks(tx)
}

/// An incident is withdrawn: its parts are tickets of their own, with promises of their own, and go on by themselves.
///
/// # Errors
/// As the database.
pub(super) fn release(tx: &mut Tx<'_>, of: &Step) -> Result<(), Error> {
    for mut part in on_parts(tx, of, Action::Detach)? {
        part.changed.parent_id = None;
        part.event.reason.clone_from(&of.event.reason);
        part.event.is_public = false;
        part.write(tx)?;
    }
    set_free(tx, of)
}

/// The open parts that are about whoever moves the incident go on by themselves: what they do to it is not done to these,
/// and no line on these is theirs.
///
/// # Errors
/// As the database.
pub(super) fn set_free(tx: &mut Tx<'_>, of: &Step) -> Result<(), Error> {
    for id in parts(tx, of)?.1 {
        if let Some(mut part) = step::begin_by_system(tx, id, Action::Detach)? {
            part.changed.parent_id = None;
            part.event.is_public = false;
            part.detail("incident", of.ticket.number());
            part.write(tx)?;
        }
    }
    Ok(())
}

/// The open parts of the ticket that `of` moves: those that are not about whoever moves it, and those that are.
fn parts(tx: &mut Tx<'_>, of: &Step) -> Result<(Vec<Id>, Vec<Id>), Error> {
    let all = repo::list_open_parts(tx.conn, of.ticket.id)?;
    let Some(actor) = of.event.actor_id.filter(|_| !all.is_empty()) else { return Ok((all, Vec::new())) };
    let about = complaints::service::about(tx, &all, actor)?;
    Ok(all.into_iter().partition(|id| !about.contains(id)))
}

/// The same move on each open part of the ticket that `of` moves, by the same person, begun.
///
/// # Errors
/// As the database.
pub(crate) fn likewise(tx: &mut Tx<'_>, of: &Step) -> Result<Vec<Step>, Error> {
    on_parts(tx, of, of.event.action)
}

/// What follows from a move of an incident on each of its open parts, by the same person, begun.
fn on_parts(tx: &mut Tx<'_>, of: &Step, action: Action) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    for id in parts(tx, of)?.0 {
        if let Some(mut step) = step::begin_likewise(tx, id, of, action)? {
            step.detail("incident", of.ticket.number());
            steps.push(step);
        }
    }
    Ok(steps)
}

/// Whoever ties tickets of a site to each other, or parts them, does so after others who do: of two who merge two tickets
/// into each other at the same instant, one is first, and the other is told why not.
fn lock_ties(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    let Some(ticket) = repo::find(tx.conn, id)? else { return Ok(()) };
    Ok(repo::lock_ties(tx.conn, ticket.site_id)?)
}

/// A move of one ticket towards another, begun, and the other. That is locked first: whoever moves an incident comes to
/// its parts afterwards.
fn pair(tx: &mut Tx<'_>, staff: &Staff, target: Target, id: Id, action: Action) -> Result<(Step, Ticket), Error> {
    lock_ties(tx, target.id)?;
    repo::lock(tx.conn, id)?;
    let step = begin(tx, staff, target, action)?;
    if target.id == id {
        return Err(Error::rule("related_to_itself"));
    }
    let other = record::find_locked(tx, staff, Target { id, expected_version: None })?;
    if step.ticket.site_id != other.site_id {
        return Err(Error::rule("related_elsewhere"));
    }
    if !other.is_open {
        return Err(Error::conflict("related_is_over"));
    }
    if !repo::list_open_parts(tx.conn, step.ticket.id)?.is_empty() {
        return Err(Error::rule("ticket_has_parts"));
    }
    Ok((step, other))
}
