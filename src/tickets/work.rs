//! Working on a ticket, and talking on it. How it ends is in `closing.rs`.
//!
//! Rules:
//! - Who resolves it late says why.

use super::closing::close_soon;
use super::commands::{GiveReason, ResolveTicket, SayOnTicket};
use super::lifecycle::Action;
use super::model::LatenessReason;
use super::repo;
use super::step::{Step, begin, begin_by_system};
use super::views::TicketView;
use super::{dispatch, related};
use crate::accounts::model::{Actor, Role, SignedIn, Staff};
use crate::app::Tx;
use crate::clocks;
use crate::complaints;
use crate::error::Error;
use crate::follow_ups;
use crate::http::input::Target;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sites::model::Kind;
use crate::values::Id;

/// The desk takes a new ticket, and with an incident those of its parts that are new: each of their people hears it.
///
/// # Errors
/// As [`begin`].
pub fn accept(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<TicketView, Error> {
    let mut step = begin(tx, staff, target, Action::Accept)?;
    take_up(tx, &mut step)?;
    for mut part in related::likewise(tx, &step)? {
        take_up(tx, &mut part)?;
    }
    step.view(tx, staff)
}

fn take_up(tx: &mut Tx<'_>, step: &mut Step) -> Result<(), Error> {
    step.changed.accepted_at = step.changed.accepted_at.or(Some(tx.now));
    tell_requester(tx, step, NoticeKind::TicketAccepted)?;
    step.write(tx)
}

/// Work begins; a ticket that lay at the desk becomes the caller's.
///
/// # Errors
/// As [`dispatch::check_own`]; as [`begin`].
pub fn start(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<TicketView, Error> {
    let mut step = begin(tx, staff, target, Action::Start)?;
    if step.ticket.assignee_id.is_none() {
        dispatch::check_own(tx, &step, staff)?;
        step.changed.assignee_id = Some(staff.user_id);
    }
    step.finish(tx, staff)
}

/// Work is done; the requester is told, and the ticket will close by itself if they say nothing. The parts of an
/// incident are done with it, but for what is about whoever resolves it: that goes on by itself.
///
/// # Errors
/// [`Error::Invalid`] `lateness_reason_needed`; [`Error::Rule`] `grade_undecided`, `about_unsaid`; as [`begin`].
pub fn resolve(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: ResolveTicket) -> Result<TicketView, Error> {
    let ResolveTicket { result, attachment_ids, lateness_reason } = command;
    let result = result.into_string();
    let mut step = begin(tx, staff, target, Action::Resolve)?;
    let is_undecided = complaints::deciding::is_undecided(tx, &step.ticket)?;
    if is_undecided || complaints::deciding::has_undecided_part(tx, &step.ticket)? {
        return Err(Error::rule("grade_undecided"));
    }
    complaints::about::check_said(tx, staff, &step.ticket)?;
    step.attachment_ids = attachment_ids;
    finish_work(tx, &mut step, &result, lateness_reason)?;
    for mut part in related::likewise(tx, &step)? {
        complaints::about::check_said(tx, staff, &part.ticket)?;
        finish_work(tx, &mut part, &result, lateness_reason)?;
    }
    related::set_free(tx, &step)?;
    step.view(tx, staff)
}

fn finish_work(
    tx: &mut Tx<'_>,
    step: &mut Step,
    result: &str,
    lateness_reason: Option<LatenessReason>,
) -> Result<(), Error> {
    let is_late = clocks::service::is_resolution_late(tx, step.ticket.id)?;
    if is_late && lateness_reason.is_none() {
        return Err(Error::field("/lateness_reason", "lateness_reason_needed"));
    }
    step.changed.lateness_reason = lateness_reason.filter(|_| is_late);
    if let Some(reason) = step.changed.lateness_reason {
        step.detail("lateness_reason", reason.as_str());
    }
    step.event.text = Some(result.to_owned());
    step.changed.result = Some(result.to_owned());
    step.changed.resolved_at = Some(tx.now);
    step.changed.rating_score = None;
    tell_requester(tx, step, NoticeKind::TicketResolved)?;
    step.write(tx)?;
    let mut ticket = step.ticket.clone();
    (ticket.status, ticket.resolved_at) = (step.changed.status, step.changed.resolved_at);
    close_soon(tx, &ticket)?;
    follow_ups::service::on_resolved(tx, &ticket)
}

/// Something is said to the other side; what is answered on an incident is answered on each of its parts.
///
/// # Errors
/// As [`begin`].
pub fn reply(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: SayOnTicket) -> Result<TicketView, Error> {
    let SayOnTicket { text, attachment_ids } = command;
    let mut step = begin(tx, actor, target, Action::Reply)?;
    step.event.text = Some(text.into_string());
    step.attachment_ids = attachment_ids;
    if step.ticket.requester_id == Some(actor.user_id) {
        tell_worker(tx, &step, NoticeKind::TicketReplied)?;
    } else {
        tell_requester(tx, &step, NoticeKind::TicketReplied)?;
    }
    // Who only asked says it to the mall; whoever deals with it says it to all who asked.
    if !step.ticket.is_asked_by(Some(actor.user_id), step.event.actor_role) {
        for mut part in related::likewise(tx, &step)? {
            part.event.text.clone_from(&step.event.text);
            tell_requester(tx, &part, NoticeKind::TicketReplied)?;
            part.write(tx)?;
        }
    }
    step.finish(tx, actor)
}

/// Something is said among staff; the requester never sees it.
///
/// # Errors
/// As [`begin`].
pub fn note(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: SayOnTicket) -> Result<TicketView, Error> {
    let SayOnTicket { text, attachment_ids } = command;
    let mut step = begin(tx, staff, target, Action::Note)?;
    step.event.text = Some(text.into_string());
    step.event.is_public = false;
    step.attachment_ids = attachment_ids;
    step.finish(tx, staff)
}

/// It is withdrawn, or never was one; somebody else's complaint only a lead ends so. Once somebody has said that they are not satisfied, a supervisor goes there first.
///
/// # Errors
/// As [`related::check_asked`], and for the desk as [`related::check_end`]; [`Error::Forbidden`] `complaint_needs_lead`;
/// [`Error::Rule`] `investigation_missing`; [`Error::Conflict`] `complaint_taken_back_already`; as [`begin`].
pub fn cancel(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: GiveReason) -> Result<TicketView, Error> {
    let mut step = begin(tx, actor, target, Action::Cancel)?;
    step.event.reason = Some(command.reason.into_string());
    step.changed.closed_at = Some(tx.now);
    // Staff who wrote it down as their own are no upset person: they end it as the desk does.
    related::check_asked(tx, &step.ticket)?;
    let is_own = step.ticket.requester_id == Some(actor.user_id);
    let role = actor.role_at(step.ticket.site_id);
    if role.is_staff() || !is_own {
        related::check_end(tx, actor, &step.ticket)?;
    }
    if step.ticket.kind == Kind::Complaint && !is_own && !role.is_lead() {
        return Err(Error::Forbidden("complaint_needs_lead"));
    }
    if complaints::finding_out::must_be_found_out(tx, &step.ticket)? {
        if !is_own || role.is_staff() {
            return Err(Error::rule("investigation_missing"));
        }
        return take_back(tx, actor, step);
    }
    follow_ups::service::on_over(tx, &step.ticket)?;
    if is_own {
        tell_worker(tx, &step, NoticeKind::TicketCancelled)?;
        complaints::steps::on_withdrawn(tx, &step.ticket)?;
    } else {
        tell_requester(tx, &step, NoticeKind::TicketCancelled)?;
    }
    step.write(tx)?;
    related::release(tx, &step)?;
    step.view(tx, actor)
}

/// Whoever complained of something major or dangerous wants nothing any more. What happened is found out all the same: it
/// goes on, with its promises, until that is done.
fn take_back(tx: &mut Tx<'_>, actor: &Actor, mut step: Step) -> Result<TicketView, Error> {
    if complaints::finding_out::is_taken_back(tx, &step.ticket)? {
        return Err(Error::conflict("complaint_taken_back_already"));
    }
    step.stay();
    step.changed.closed_at = None;
    step.detail("investigation", "to_be_done");
    tell_worker(tx, &step, NoticeKind::TicketCancelled)?;
    complaints::steps::on_withdrawn(tx, &step.ticket)?;
    step.write_without_clocks(tx)?;
    step.view(tx, actor)
}

/// What somebody took back is found out: it is over.
///
/// # Errors
/// As the database.
pub(crate) fn end_taken_back(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    let Some(mut step) = begin_by_system(tx, id, Action::Cancel)? else { return Ok(()) };
    step.event.reason = Some("taken_back".to_owned());
    step.changed.closed_at = Some(tx.now);
    follow_ups::service::on_over(tx, &step.ticket)?;
    tell_requester(tx, &step, NoticeKind::TicketCancelled)?;
    step.write(tx)?;
    related::release(tx, &step)
}

/// The requester asks where it stays; whoever has it is told.
///
/// # Errors
/// As [`begin`].
pub fn urge(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<TicketView, Error> {
    let mut step = begin(tx, actor, target, Action::Urge)?;
    step.changed.urges += 1;
    tell_worker(tx, &step, NoticeKind::TicketUrged)?;
    step.finish(tx, actor)
}

/// Tells the requester, and of an end also whoever follows.
pub(crate) fn tell_requester(tx: &mut Tx<'_>, step: &Step, kind: NoticeKind) -> Result<(), Error> {
    if let Some(requester_id) = step.ticket.requester_id {
        notices::tell(tx, &step.ticket, kind, Audience::Person(requester_id))?;
    }
    if matches!(kind, NoticeKind::TicketResolved | NoticeKind::TicketCancelled) {
        for follower in repo::list_followers(tx.conn, step.ticket.id)? {
            notices::tell(tx, &step.ticket, kind, Audience::Person(follower))?;
        }
    }
    Ok(())
}

/// Tells whoever has the ticket: the person, else the department, else the desk.
pub(crate) fn tell_worker(tx: &mut Tx<'_>, step: &Step, kind: NoticeKind) -> Result<(), Error> {
    let audience = match (step.ticket.assignee_id, step.ticket.department_id) {
        (Some(person), _) => Audience::Person(person),
        (None, Some(department)) => Audience::Department(department),
        (None, None) => Audience::Role(Role::Agent),
    };
    notices::tell(tx, &step.ticket, kind, audience)
}
