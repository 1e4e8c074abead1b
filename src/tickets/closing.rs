//! How a ticket ends: closed by people, by a rating, by a follow-up, or by itself.
//!
//! Rules:
//! - A resolved ticket that nobody rates or reopens closes by itself after [`AUTO_CLOSE_AFTER`].
//! - A matter is rated once per episode, and a good rating closes it. After a bad one somebody asks what was wrong, and
//!   until then it stays as it is.
//! - A major complaint closes with its investigation, a complaint when the person says so or was asked, and what somebody
//!   was not satisfied with when a supervisor has been there. Who handled it cannot speak for the person.
//! - A resolved or closed ticket may be opened again for [`REOPEN_WITHIN`]; later its requester reports anew. Who asks the
//!   requester later than that, and hears that all is not well, opens it all the same: it is not theirs to be late for.

use jiff::SignedDuration;

use super::commands::{GiveReason, RateTicket};
use super::lifecycle::{Action, Status};
use super::model::{REOPEN_WITHIN, Ticket};
use super::step::{Step, begin, begin_by_system};
use super::views::TicketView;
use super::work::tell_worker;
use crate::accounts::model::{Actor, SignedIn};
use crate::app::Tx;
use crate::error::Error;
use crate::follow_ups::service::Word;
use crate::http::input::Target;
use crate::jobs::service::{self as jobs, JobKind};
use crate::notices::service::NoticeKind;
use crate::text::Text;
use crate::values::Id;
use crate::{complaints, follow_ups};

/// When a resolved ticket that nobody says anything about is closed.
pub const AUTO_CLOSE_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// A rating that asks for a follow-up.
pub const BAD_RATING: i32 = 2;

/// What must be done before a ticket may close.
fn obstacle(tx: &mut Tx<'_>, ticket: &Ticket, word: Word) -> Result<Option<&'static str>, Error> {
    if complaints::finding_out::lacks_investigation(tx, ticket)? {
        return Ok(Some("investigation_missing"));
    }
    follow_ups::service::obstacle(tx, ticket, word)
}

/// Whether time alone does not close a resolved ticket.
///
/// # Errors
/// As the database.
pub(super) fn is_held(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<bool, Error> {
    Ok(obstacle(tx, ticket, Word::Other)?.is_some())
}

/// Whose word it is; nobody speaks as the requester of what they handled themselves.
fn word_of(tx: &mut Tx<'_>, actor: &Actor, ticket: &Ticket) -> Result<Word, Error> {
    let is_own = ticket.requester_id == Some(actor.user_id);
    if is_own && !follow_ups::service::has_handled(tx, ticket, actor.user_id)? {
        return Ok(Word::Requester);
    }
    Ok(if actor.role_at(ticket.site_id).is_lead() { Word::Lead } else { Word::Other })
}

/// A resolved ticket is over.
///
/// # Errors
/// [`Error::Rule`] `investigation_missing`, `follow_up_missing`, `second_follow_up_missing`; as [`begin`].
pub fn close(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<TicketView, Error> {
    let mut step = begin(tx, actor, target, Action::Close)?;
    let word = word_of(tx, actor, &step.ticket)?;
    if let Some(code) = obstacle(tx, &step.ticket, word)? {
        return Err(Error::rule(code));
    }
    step.changed.closed_at = Some(tx.now);
    step.write(tx)?;
    if step.ticket.rating_score.is_none() {
        follow_ups::service::on_closed_unrated(tx, step.ticket.id)?;
    }
    step.view(tx, actor)
}

/// A resolved ticket nobody said anything about is over. Does nothing if somebody did, or if something is to be done
/// before: [`close_soon`] is called when it is.
///
/// # Errors
/// As the database.
pub fn close_unanswered(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    let Some(step) = begin_by_system(tx, id, Action::Close)? else { return Ok(()) };
    // Reopened and resolved anew: the later job will see to it.
    if step.ticket.resolved_at.is_some_and(|at| tx.now < at + AUTO_CLOSE_AFTER) {
        return Ok(());
    }
    let is_unrated = step.ticket.rating_score.is_none();
    if close_by_system(tx, step, "no_answer")? && is_unrated {
        follow_ups::service::on_closed_unrated(tx, id)?;
    }
    Ok(())
}

/// Closes a ticket whose requester said that all is well, if nothing else is to be done.
///
/// # Errors
/// As the database.
pub(crate) fn close_satisfied(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    let Some(step) = begin_by_system(tx, id, Action::Close)? else { return Ok(()) };
    close_by_system(tx, step, "follow_up_satisfied").map(drop)
}

fn close_by_system(tx: &mut Tx<'_>, mut step: Step, reason: &str) -> Result<bool, Error> {
    if obstacle(tx, &step.ticket, Word::Other)?.is_some() {
        return Ok(false);
    }
    step.changed.closed_at = Some(tx.now);
    step.event.reason = Some(reason.to_owned());
    step.write(tx)?;
    Ok(true)
}

/// What kept a ticket from closing is done: it closes by itself when its time has come.
///
/// # Errors
/// As the database.
pub(crate) fn close_soon(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<(), Error> {
    match ticket.resolved_at.filter(|_| ticket.status == Status::Resolved) {
        Some(at) => {
            jobs::enqueue(tx, JobKind::CloseTicket, &ticket.id.to_string(), (at + AUTO_CLOSE_AFTER).max(tx.now))
        }
        None => Ok(()),
    }
}

/// The requester says how it was, once per episode.
///
/// # Errors
/// [`Error::Conflict`] `ticket_already_rated`; as [`begin`].
pub fn rate(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: RateTicket) -> Result<TicketView, Error> {
    let mut step = begin(tx, actor, target, Action::Rate)?;
    let word = word_of(tx, actor, &step.ticket)?;
    judge(tx, &mut step, command, word)?;
    step.finish(tx, actor)
}

/// Somebody without an account says how it was, by a link they were given.
///
/// # Errors
/// [`Error::Conflict`] `ticket_already_rated`, and `survey_not_now` for a ticket that is open again.
pub(crate) fn rate_by_survey(tx: &mut Tx<'_>, id: Id, command: RateTicket) -> Result<(), Error> {
    let not_now = || Error::conflict("survey_not_now");
    let mut step = begin_by_system(tx, id, Action::Rate)?.ok_or_else(not_now)?;
    step.detail("survey", true);
    // Whoever holds the link: good enough for a rating, not for the word of an upset person.
    judge(tx, &mut step, command, Word::Other)?;
    step.write(tx)
}

fn judge(tx: &mut Tx<'_>, step: &mut Step, command: RateTicket, word: Word) -> Result<(), Error> {
    let RateTicket { score, tags, comment, reopen_wanted } = command;
    if step.ticket.rating_score.is_some() {
        return Err(Error::conflict("ticket_already_rated"));
    }
    step.changed.rating_score = Some(score);
    step.event.text = comment.map(Text::into_string);
    step.detail("score", score);
    step.detail("tags", tags.into_iter().map(Text::into_string).collect::<Vec<_>>());
    let is_bad = score <= BAD_RATING;
    if is_bad {
        step.detail("reopen_wanted", reopen_wanted);
        follow_ups::service::on_bad_rating(tx, &step.ticket, reopen_wanted)?;
    }
    if !is_bad {
        follow_ups::service::on_good_rating(tx, &step.ticket)?;
    }
    let word = if is_bad { Word::Other } else { word };
    if step.ticket.status == Status::Resolved && obstacle(tx, &step.ticket, word)?.is_some() {
        step.stay();
    } else {
        step.changed.closed_at = step.changed.closed_at.or(Some(tx.now));
    }
    Ok(())
}

/// It was not done after all.
///
/// # Errors
/// [`Error::Rule`] `reopen_too_late`; as [`begin`].
pub fn reopen(tx: &mut Tx<'_>, actor: &Actor, target: Target, command: GiveReason) -> Result<TicketView, Error> {
    let step = begin(tx, actor, target, Action::Reopen)?;
    if step.ticket.resolved_at.is_some_and(|at| tx.now > at + REOPEN_WITHIN) {
        return Err(Error::rule("reopen_too_late"));
    }
    open_again(tx, step, command.reason.into_string())?.view(tx, actor)
}

/// It was not done, as somebody heard who asked.
///
/// # Errors
/// As [`begin`].
pub(crate) fn reopen_unsatisfied(tx: &mut Tx<'_>, actor: &Actor, id: Id, reason: String) -> Result<(), Error> {
    let step = begin(tx, actor, Target { id, expected_version: None }, Action::Reopen)?;
    open_again(tx, step, reason).map(drop)
}

fn open_again(tx: &mut Tx<'_>, mut step: Step, reason: String) -> Result<Step, Error> {
    step.event.reason = Some(reason);
    step.changed.reopens += 1;
    (step.changed.resolved_at, step.changed.closed_at, step.changed.rating_score) = (None, None, None);
    step.changed.lateness_reason = None;
    follow_ups::service::on_reopened(tx, &step.ticket)?;
    complaints::regulator::watch_again(tx, &step.ticket)?;
    tell_worker(tx, &step, NoticeKind::TicketReopened)?;
    step.write(tx)?;
    Ok(step)
}
