//! Asking somebody how it was, and what their answer does.
//!
//! Rules:
//! - Nobody asks about what they handled themselves, or once had, or about a complaint of which they are the subject.
//! - Who is not satisfied is asked again, by a supervisor, by call or visit; a closed ticket is opened again for it,
//!   however late the question came.
//! - Nobody is unreachable who was not tried [`ATTEMPTS_UNTIL_UNREACHABLE`] times, hours apart.
//! - Marks are what somebody gave: nobody gives any who was not reached, and who gives the whole a bad mark is not
//!   satisfied.

use super::api::{CompleteFollowUp, FollowUpView, TryToReach};
use super::model::{
    ATTEMPTS_APART, ATTEMPTS_UNTIL_UNREACHABLE, Attempt, Cause, FollowUp, FollowUpResult, FollowUpStatus, Way,
    count_apart,
};
use super::repo;
use super::service::{has_handled, open, show, write};
use crate::accounts::model::{Role, Staff};
use crate::app::Tx;
use crate::complaints;
use crate::error::Error;
use crate::http::input::Target;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::text::Text;
use crate::tickets::closing::{self, BAD_RATING};
use crate::tickets::lifecycle::{Action, Status};
use crate::tickets::model::Ticket;
use crate::tickets::record;

/// A follow-up at a site whose desk the caller is at, with its ticket, which nobody else changes meanwhile.
fn load(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<(FollowUp, Ticket), Error> {
    let missing = || Error::NotFound("follow_up_not_found");
    let is_theirs = |row: &FollowUp| staff.role_at(row.site_id).is_desk();
    let found = repo::find(tx.conn, target.id)?.filter(is_theirs).ok_or_else(missing)?;
    let ticket = record::lock(tx, found.ticket_id)?;
    let row = repo::find(tx.conn, target.id)?.ok_or_else(missing)?;
    target.check(row.version)?;
    Ok((row, ticket))
}

/// The follow-up may be done now, and by this person.
fn check(tx: &mut Tx<'_>, staff: &Staff, row: &FollowUp, ticket: &Ticket) -> Result<(), Error> {
    if row.status != FollowUpStatus::Open {
        return Err(Error::conflict("follow_up_not_open"));
    }
    if row.is_second && !staff.role_at(row.site_id).is_lead() {
        return Err(Error::Forbidden("second_follow_up_by_lead"));
    }
    if complaints::service::is_about(tx, ticket, staff.user_id)? {
        return Err(Error::NotFound("follow_up_not_found"));
    }
    if has_handled(tx, ticket, staff.user_id)? { Err(Error::rule("follow_up_by_handler")) } else { Ok(()) }
}

/// Somebody tries to reach the person.
///
/// # Errors
/// [`Error::Conflict`] `follow_up_not_open`; [`Error::Forbidden`] `second_follow_up_by_lead`; [`Error::Rule`]
/// `follow_up_by_handler`, `second_follow_up_call_or_visit`; [`Error::NotFound`] also for those of other sites.
pub fn attempt(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: TryToReach) -> Result<FollowUpView, Error> {
    let TryToReach { way, reached, note } = command;
    let (mut row, ticket) = load(tx, staff, target)?;
    check(tx, staff, &row, &ticket)?;
    if row.is_second && way == Way::Message {
        return Err(Error::rule("second_follow_up_call_or_visit"));
    }
    let attempt = Attempt {
        id: tx.new_id(),
        follow_up_id: row.id,
        at: tx.now,
        by_id: staff.user_id,
        by_name: staff.display_name.clone(),
        way,
        is_reached: reached,
        note: note.map(Text::into_string),
    };
    repo::insert_attempt(tx.conn, &attempt)?;
    row.attempts += 1;
    write(tx, &mut row)?;
    show(tx, row, staff)
}

/// Somebody was asked, or could not be.
///
/// # Errors
/// As [`attempt`]; [`Error::Conflict`] `follow_up_not_now`; [`Error::Rule`] `follow_up_not_reached`,
/// `follow_up_attempts_missing`, `follow_up_attempts_too_close`, `follow_up_reopen_satisfied`,
/// `follow_up_marks_unreached`, `follow_up_marks_contradict`.
pub fn complete(
    tx: &mut Tx<'_>,
    staff: &Staff,
    target: Target,
    command: CompleteFollowUp,
) -> Result<FollowUpView, Error> {
    let CompleteFollowUp { result, attitude, speed, solution, overall, comment, reopen: wants_reopen } = command;
    let (mut row, ticket) = load(tx, staff, target)?;
    check(tx, staff, &row, &ticket)?;
    // Who asks while it is being done again asks about nothing.
    if !matches!(ticket.status, Status::Resolved | Status::Closed) {
        return Err(Error::conflict("follow_up_not_now"));
    }
    let marks = [attitude, speed, solution, overall];
    if result == FollowUpResult::Unreachable && marks.iter().any(Option::is_some) {
        return Err(Error::rule("follow_up_marks_unreached"));
    }
    if result == FollowUpResult::Satisfied && overall.is_some_and(|mark| mark <= BAD_RATING) {
        return Err(Error::rule("follow_up_marks_contradict"));
    }
    let attempts = repo::list_attempts(tx.conn, row.id)?;
    if result == FollowUpResult::Unreachable {
        check_unreachable(&attempts)?;
    } else if !attempts.iter().any(|attempt| attempt.is_reached) {
        return Err(Error::rule("follow_up_not_reached"));
    }
    if wants_reopen && result != FollowUpResult::Unsatisfied {
        return Err(Error::rule("follow_up_reopen_satisfied"));
    }
    // They speak of what was done last, which may be later than the question.
    row.episode = ticket.reopens;
    row.status = FollowUpStatus::Done;
    row.result = Some(result);
    (row.attitude, row.speed, row.solution, row.overall) = (attitude, speed, solution, overall);
    row.comment = comment.map(Text::into_string);
    (row.done_by_id, row.done_at) = (Some(staff.user_id), Some(tx.now));
    write(tx, &mut row)?;
    record::add_remark(
        tx,
        staff,
        ticket.clone(),
        Action::FollowUp,
        row.comment.clone(),
        &[("result", result.as_str().into()), ("second", row.is_second.into()), ("overall", overall.into())],
    )?;
    answer(tx, staff, &row, &ticket, wants_reopen)?;
    show(tx, row, staff)
}

/// Somebody was tried often enough, at times far enough apart, and never reached.
fn check_unreachable(attempts: &[Attempt]) -> Result<(), Error> {
    let most = || ("most", ATTEMPTS_UNTIL_UNREACHABLE.to_string());
    if attempts.len() < ATTEMPTS_UNTIL_UNREACHABLE || attempts.iter().any(|attempt| attempt.is_reached) {
        return Err(Error::Rule { code: "follow_up_attempts_missing", params: vec![most()] });
    }
    let (count, next) = count_apart(attempts);
    if count < ATTEMPTS_UNTIL_UNREACHABLE {
        let hours = ("hours", ATTEMPTS_APART.as_hours().to_string());
        let next = ("next", next.map(|at| at.to_string()).unwrap_or_default());
        return Err(Error::Rule { code: "follow_up_attempts_too_close", params: vec![most(), hours, next] });
    }
    Ok(())
}

/// What a result does to the ticket.
fn answer(tx: &mut Tx<'_>, staff: &Staff, row: &FollowUp, ticket: &Ticket, wants_reopen: bool) -> Result<(), Error> {
    if row.result == Some(FollowUpResult::Satisfied) {
        return closing::close_satisfied(tx, ticket.id);
    }
    if row.result == Some(FollowUpResult::Unreachable) {
        return closing::close_soon(tx, ticket);
    }
    if row.is_second {
        notices::tell(tx, ticket, NoticeKind::StaysUnsatisfied, Audience::Role(Role::Supervisor))?;
    } else {
        open(tx, ticket, Cause::Unsatisfied)?;
    }
    // A closed ticket would not wait for the supervisor.
    let must_reopen = ticket.status == Status::Closed && !row.is_second;
    if must_reopen || wants_reopen {
        let reason = row.comment.clone().unwrap_or_else(|| "回访不满意".to_owned());
        closing::reopen_unsatisfied(tx, staff, ticket.id, reason)?;
    }
    Ok(())
}
