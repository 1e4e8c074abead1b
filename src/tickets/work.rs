//! Working on a ticket, talking on it, and ending it.
//!
//! Rules:
//! - The requester may open a resolved or closed ticket again for [`REOPEN_WITHIN`]; later they report anew.
//! - A resolved ticket that nobody rates or reopens closes by itself after [`AUTO_CLOSE_AFTER`].
//! - A matter is rated once per episode, and rating closes it.
//! - Who resolves it late says why.

use jiff::SignedDuration;

use super::commands::{GiveReason, RateTicket, ResolveTicket, SayOnTicket};
use super::lifecycle::Action;
use super::model::{LatenessReason, REOPEN_WITHIN};
use super::related;
use super::repo;
use super::step::{Step, begin, begin_by_system};
use super::views::TicketView;
use crate::accounts::model::{Role, SignedIn, Staff};
use crate::app::Tx;
use crate::clocks;
use crate::error::Error;
use crate::http::input::Target;
use crate::jobs::service::{self as jobs, JobKind};
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::values::Id;

/// When a resolved ticket that nobody says anything about is closed.
pub const AUTO_CLOSE_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// The desk takes a new ticket.
///
/// # Errors
/// As [`begin`].
pub fn accept(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<TicketView, Error> {
    let mut step = begin(tx, staff, target, Action::Accept)?;
    step.changed.accepted_at = step.changed.accepted_at.or(Some(tx.now));
    tell_requester(tx, &step, NoticeKind::TicketAccepted)?;
    step.finish(tx, staff)
}

/// Work begins; a ticket that lay at the desk becomes the caller's.
///
/// # Errors
/// As [`begin`].
pub fn start(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<TicketView, Error> {
    let mut step = begin(tx, staff, target, Action::Start)?;
    step.changed.assignee_id = step.changed.assignee_id.or(Some(staff.user_id));
    step.finish(tx, staff)
}

/// Work is done; the requester is told, and the ticket will close by itself if they say nothing. The parts of an
/// incident are done with it.
///
/// # Errors
/// [`Error::Invalid`] `lateness_reason_needed`; as [`begin`].
pub fn resolve(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: ResolveTicket) -> Result<TicketView, Error> {
    let ResolveTicket { result, attachment_ids, lateness_reason } = command;
    let result = result.into_string();
    let mut step = begin(tx, staff, target, Action::Resolve)?;
    step.attachment_ids = attachment_ids;
    finish_work(tx, &mut step, &result, lateness_reason)?;
    for mut part in related::likewise(tx, &step)? {
        finish_work(tx, &mut part, &result, lateness_reason)?;
    }
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
    jobs::enqueue(tx, JobKind::CloseTicket, &step.ticket.id.to_string(), tx.now + AUTO_CLOSE_AFTER)?;
    tell_requester(tx, step, NoticeKind::TicketResolved)?;
    step.write(tx)
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

/// A resolved ticket is over.
///
/// # Errors
/// As [`begin`].
pub fn close(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<TicketView, Error> {
    let mut step = begin(tx, actor, target, Action::Close)?;
    step.changed.closed_at = Some(tx.now);
    step.finish(tx, actor)
}

/// A resolved ticket nobody said anything about is over. Does nothing if somebody did.
///
/// # Errors
/// As the database.
pub fn close_unanswered(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    let Some(mut step) = begin_by_system(tx, id, Action::Close)? else { return Ok(()) };
    // Reopened and resolved anew: the later job will see to it.
    if step.ticket.resolved_at.is_some_and(|at| tx.now < at + AUTO_CLOSE_AFTER) {
        return Ok(());
    }
    step.changed.closed_at = Some(tx.now);
    step.event.reason = Some("no_answer".to_owned());
    step.write(tx)
}

/// It was not done after all.
///
/// # Errors
/// [`Error::Rule`] `reopen_too_late`; as [`begin`].
pub fn reopen(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: GiveReason) -> Result<TicketView, Error> {
    let mut step = begin(tx, actor, target, Action::Reopen)?;
    if step.ticket.resolved_at.is_some_and(|at| tx.now > at + REOPEN_WITHIN) {
        return Err(Error::rule("reopen_too_late"));
    }
    step.event.reason = Some(command.reason.into_string());
    step.changed.reopens += 1;
    (step.changed.resolved_at, step.changed.closed_at, step.changed.rating_score) = (None, None, None);
    step.changed.lateness_reason = None;
    tell_worker(tx, &step, NoticeKind::TicketReopened)?;
    step.finish(tx, actor)
}

/// It is withdrawn, or never was one.
///
/// # Errors
/// As [`begin`].
pub fn cancel(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: GiveReason) -> Result<TicketView, Error> {
    let mut step = begin(tx, actor, target, Action::Cancel)?;
    step.event.reason = Some(command.reason.into_string());
    step.changed.closed_at = Some(tx.now);
    if step.ticket.requester_id == Some(actor.user_id) {
        tell_worker(tx, &step, NoticeKind::TicketCancelled)?;
    } else {
        tell_requester(tx, &step, NoticeKind::TicketCancelled)?;
    }
    step.finish(tx, actor)
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

/// The requester says how it was, once per episode.
///
/// # Errors
/// [`Error::Conflict`] `ticket_already_rated`; as [`begin`].
pub fn rate(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: RateTicket) -> Result<TicketView, Error> {
    let RateTicket { score, tags, comment } = command;
    let mut step = begin(tx, actor, target, Action::Rate)?;
    if step.ticket.rating_score.is_some() {
        return Err(Error::conflict("ticket_already_rated"));
    }
    step.changed.rating_score = Some(score);
    step.changed.closed_at = step.changed.closed_at.or(Some(tx.now));
    step.event.text = comment.map(crate::text::Text::into_string);
    step.detail("score", score);
    step.detail("tags", tags.into_iter().map(crate::text::Text::into_string).collect::<Vec<_>>());
    step.finish(tx, actor)
}

fn tell_requester(tx: &mut Tx<'_>, step: &Step, kind: NoticeKind) -> Result<(), Error> {
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
fn tell_worker(tx: &mut Tx<'_>, step: &Step, kind: NoticeKind) -> Result<(), Error> {
    let audience = match (step.ticket.assignee_id, step.ticket.department_id) {
        (Some(person), _) => Audience::Person(person),
        (None, Some(department)) => Audience::Department(department),
        (None, None) => Audience::Role(Role::Agent),
    };
    notices::tell(tx, &step.ticket, kind, audience)
}
