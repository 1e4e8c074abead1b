//! Waiting: what it takes, and how it ends.
//!
//! Rules:
//! - Major matters never wait, and only for what their standard allows: with its evidence, so often, so long.
//! - A pause begins now: nobody can say afterwards that work waited.
//! - At its end, or at its limit, work goes on by itself, at that very moment, and the lead is told.

use jiff::SignedDuration;

use super::commands::PauseTicket;
use super::lifecycle::{Action, Status};
use super::model::{PauseReason, Severity, Ticket};
use super::repo;
use super::step::{Step, begin, begin_by_system};
use super::views::TicketView;
use crate::accounts::members;
use crate::accounts::model::{Role, Staff};
use crate::app::Tx;
use crate::complaints;
use crate::error::{Error, FieldError};
use crate::http::input::Target;
use crate::jobs::service::{self as jobs, JobKind};
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::standards::spec::{Evidence, PauseRule};
use crate::standards::versions;
use crate::values::{Id, Instant};

/// Work waits.
///
/// # Errors
/// [`Error::Rule`] `grade_undecided`, `pause_major`, `pause_not_allowed`, `pause_too_often`; [`Error::Invalid`] for missing evidence and
/// an `until` that is past or too far; [`Error::Forbidden`] `pause_needs_lead`; as [`begin`].
pub fn pause(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: PauseTicket) -> Result<TicketView, Error> {
    let mut step = begin(tx, staff, target, Action::Pause)?;
    if step.ticket.severity == Severity::Major {
        return Err(Error::rule("pause_major"));
    }
    if complaints::deciding::is_undecided(tx, &step.ticket)? {
        return Err(Error::rule("grade_undecided"));
    }
    if command.until.is_some_and(|until| until <= tx.now) {
        return Err(Error::field("/until", "pause_until_past"));
    }
    let ends_at = if let Some(rule) = rule(tx, &step.ticket, command.reason)? {
        Some(end_of(tx, &step, &rule, &command, staff.role_at(step.ticket.site_id))?)
    } else {
        // No standard, no limit; a word is the least that something else needs.
        let evidence = if command.reason == PauseReason::Other { Evidence::Note } else { Evidence::None };
        check_evidence(evidence, &command)?;
        command.until
    };
    let PauseTicket { reason, note, attachment_ids, .. } = command;
    if let Some(ends_at) = ends_at {
        step.detail("until", ends_at.to_string());
        jobs::enqueue(tx, JobKind::EndPause, &step.ticket.id.to_string(), ends_at)?;
    }
    step.changed.pause_reason = Some(reason);
    step.changed.pause_ends_at = ends_at;
    step.event.reason = Some(reason.as_str().to_owned());
    step.event.text = note.map(crate::text::Text::into_string);
    step.attachment_ids = attachment_ids;
    step.finish(tx, staff)
}

/// What the ticket's standard says of a reason; `None` if it has no standard.
fn rule(tx: &mut Tx<'_>, ticket: &Ticket, reason: PauseReason) -> Result<Option<PauseRule>, Error> {
    let Some(version_id) = ticket.standard_version_id else { return Ok(None) };
    let version = versions::standard(tx, version_id)?;
    if version.spec.no_standard {
        return Ok(None);
    }
    let rule = version.spec.pause_rule(reason).copied();
    rule.map(Some).ok_or_else(|| Error::rule("pause_not_allowed"))
}

/// When a pause that the rule allows ends by itself.
fn end_of(tx: &mut Tx<'_>, step: &Step, rule: &PauseRule, wish: &PauseTicket, by: Role) -> Result<Instant, Error> {
    if rule.lead_only && !by.is_lead() {
        return Err(Error::Forbidden("pause_needs_lead"));
    }
    check_evidence(rule.evidence, wish)?;
    if repo::count_pauses(tx.conn, step.ticket.id, rule.reason)? >= i64::from(rule.most) {
        return Err(Error::Rule { code: "pause_too_often", params: vec![("most", rule.most.to_string())] });
    }
    let limit = tx.now + SignedDuration::from_secs(rule.longest_seconds.into());
    if wish.until.is_some_and(|until| until > limit) {
        let params = vec![("limit", limit.to_string())];
        let field = FieldError { pointer: "/until".to_owned(), code: "pause_too_long", params };
        return Err(Error::Invalid(vec![field]));
    }
    Ok(wish.until.unwrap_or(limit))
}

fn check_evidence(evidence: Evidence, command: &PauseTicket) -> Result<(), Error> {
    let missing = match evidence {
        Evidence::Note if command.note.is_none() => Some(("/note", "pause_note_needed")),
        Evidence::Photo if command.attachment_ids.is_empty() => Some(("/attachment_ids", "pause_photo_needed")),
        Evidence::Until if command.until.is_none() => Some(("/until", "pause_until_needed")),
        _ => None,
    };
    missing.map_or(Ok(()), |(pointer, code)| Err(Error::field(pointer, code)))
}

/// Work goes on.
///
/// # Errors
/// As [`begin`].
pub fn resume(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<TicketView, Error> {
    begin(tx, staff, target, Action::Resume)?.finish(tx, staff)
}

/// Locks a ticket and ends its pause if the time has come: the job's part, and what other jobs do first.
///
/// # Errors
/// As the database.
pub fn end_due(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    repo::lock(tx.conn, id)?;
    if let Some(ticket) = repo::find(tx.conn, id)? {
        end_overdue(tx, &ticket)?;
    }
    Ok(())
}

/// Ends the pause of a locked ticket if its time has come, as of that time. Whoever moves the ticket before the job
/// comes to it does this first, so that no deadline depends on when the job ran.
///
/// # Errors
/// As the database.
pub(super) fn end_overdue(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<bool, Error> {
    let Some(ended_at) = ticket.pause_ends_at.filter(|at| *at <= tx.now && ticket.status == Status::Paused) else {
        return Ok(false);
    };
    let Some(mut step) = begin_by_system(tx, ticket.id, Action::Resume)? else { return Ok(false) };
    step.event.at = ended_at;
    step.event.reason = Some("pause_ended".to_owned());
    step.write(tx)?;
    let staff = members::list_staff(tx, ticket.site_id)?;
    let works = |id: &Id| staff.iter().any(|member| member.id == *id);
    let worker = match (ticket.assignee_id.filter(works), ticket.department_id) {
        (Some(person), _) => Audience::Person(person),
        (None, Some(department)) => Audience::Department(department),
        (None, None) => Audience::Role(Role::Agent),
    };
    notices::tell(tx, ticket, NoticeKind::PauseEnded, worker)?;
    let set = versions::current(tx, ticket.site_id)?;
    let lead = ticket.department_id.and_then(|id| set.lead_of(id)).filter(works);
    if lead.is_none() || lead != ticket.assignee_id {
        let lead = lead.map_or(Audience::Role(Role::Supervisor), Audience::Person);
        notices::tell(tx, ticket, NoticeKind::PauseEnded, lead)?;
    }
    Ok(true)
}
