//! What is done about a complaint, between taking it up and its end.
//!
//! Rules:
//! - What was found out is for colleagues; what is offered is for the person, and answers them. What is offered on an
//!   incident is offered to each who complained of it.
//! - Whether they agree, the person says, once for each offer. The desk says it for them, never whoever made the offer; for a
//!   person with an account only a lead does, and says how they heard it, and the person's own word replaces it.
//! - Compensation is approved by a supervisor, by writing it down; and what a supervisor concluded, only a supervisor changes.
//! - What is simple can be answered on the spot; what is major cannot.

use super::api::{AgreeOnComplaint, ConcludeComplaint, InvestigateComplaint, OfferOnComplaint, SettleComplaint};
use super::finding_out::end_if_taken_back;
use super::model::{Complaint, Outcome};
use super::service::{row_of, show};
use super::views::ComplaintView;
use super::{about, repo};
use crate::accounts::model::{Actor, SignedIn, Staff};
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::notices::service::NoticeKind;
use crate::sites::model::Kind;
use crate::text::Text;
use crate::tickets::closing;
use crate::tickets::commands::ResolveTicket;
use crate::tickets::lifecycle::{Action, Status};
use crate::tickets::model::{Severity, Ticket};
use crate::tickets::step::{self, Step};
use crate::tickets::{record, related, work};
use crate::values::Id;

/// Begins a step of a complaint; other kinds of tickets have none.
fn begin(tx: &mut Tx<'_>, actor: &Actor, target: Target, action: Action) -> Result<(Step, Complaint), Error> {
    let step = step::begin(tx, actor, target, action)?;
    let complaint = row_of(tx, step.ticket.id)?;
    Ok((step, complaint))
}

/// Writes a step, and shows what the complaint is now.
fn finish(tx: &mut Tx<'_>, actor: &Actor, mut step: Step, complaint: Complaint) -> Result<ComplaintView, Error> {
    step.write(tx)?;
    repo::update(tx.conn, &complaint)?;
    let ticket = step.view(tx, actor)?;
    show(tx, actor, ticket, complaint)
}

/// What happened, why, who answers for it, and what is done about it.
///
/// # Errors
/// [`Error::NotFound`] also for other kinds of tickets; as [`step::begin`].
pub fn investigate(
    tx: &mut Tx<'_>,
    staff: &Staff,
    target: Target,
    command: InvestigateComplaint,
) -> Result<ComplaintView, Error> {
    let InvestigateComplaint { facts, cause, responsibility, measures } = command;
    let (mut step, mut complaint) = begin(tx, staff, target, Action::Investigate)?;
    step.event.is_public = false;
    step.event.text = Some(facts.to_string());
    step.detail("cause", cause.to_string());
    step.detail("responsibility", responsibility.to_string());
    step.detail("measures", measures.to_string());
    complaint.facts = Some(facts.into_string());
    complaint.cause = Some(cause.into_string());
    complaint.responsibility = Some(responsibility.into_string());
    complaint.measures = Some(measures.into_string());
    (complaint.investigated_by_id, complaint.investigated_at) = (Some(staff.user_id), Some(tx.now));
    closing::close_soon(tx, &step.ticket)?;
    step.write(tx)?;
    repo::update(tx.conn, &complaint)?;
    end_if_taken_back(tx, step.ticket.id)?;
    let ticket = step.view(tx, staff)?;
    show(tx, staff, ticket, complaint)
}

/// The person is offered something, or answered; they say whether they agree.
///
/// # Errors
/// As [`investigate`].
pub fn offer(
    tx: &mut Tx<'_>,
    staff: &Staff,
    target: Target,
    command: OfferOnComplaint,
) -> Result<ComplaintView, Error> {
    let OfferOnComplaint { text, attachment_ids } = command;
    let (mut step, mut complaint) = begin(tx, staff, target, Action::Offer)?;
    step.attachment_ids = attachment_ids;
    put_forward(tx, &mut step, &mut complaint, &text)?;
    for mut part in related::likewise(tx, &step)? {
        if part.ticket.kind == Kind::Complaint {
            let mut theirs = row_of(tx, part.ticket.id)?;
            put_forward(tx, &mut part, &mut theirs, &text)?;
            part.write(tx)?;
            repo::update(tx.conn, &theirs)?;
        }
    }
    finish(tx, staff, step, complaint)
}

/// An offer is made to one person, who has not answered it yet.
fn put_forward(tx: &mut Tx<'_>, step: &mut Step, complaint: &mut Complaint, text: &str) -> Result<(), Error> {
    complaint.offer = Some(text.to_owned());
    (complaint.offered_at, complaint.is_agreed) = (Some(tx.now), None);
    step.event.text = Some(text.to_owned());
    work::tell_requester(tx, step, NoticeKind::ComplaintOffer)
}

/// The person says whether they agree, or somebody for them.
///
/// # Errors
/// [`Error::Rule`] `offer_missing`, `agree_by_offerer`; [`Error::Conflict`] `offer_already_answered`; [`Error::Forbidden`]
/// `agree_needs_lead`; [`Error::Invalid`] `agree_note_needed`; as [`investigate`].
pub fn agree(
    tx: &mut Tx<'_>,
    actor: &SignedIn,
    target: Target,
    command: AgreeOnComplaint,
) -> Result<ComplaintView, Error> {
    let AgreeOnComplaint { agreed, comment } = command;
    let (mut step, mut complaint) = begin(tx, actor, target, Action::Agree)?;
    if complaint.offered_at.is_none() {
        return Err(Error::rule("offer_missing"));
    }
    let is_own = step.ticket.requester_id == Some(actor.user_id);
    let (offered_by, has_spoken) = last_offer(tx, &step.ticket)?;
    if complaint.is_agreed.is_some() && (has_spoken || !is_own) {
        return Err(Error::conflict("offer_already_answered"));
    }
    if offered_by == Some(actor.user_id) {
        return Err(Error::rule("agree_by_offerer"));
    }
    // Somebody with an account can say it themselves.
    if !is_own && step.ticket.requester_id.is_some() {
        if !actor.role_at(step.ticket.site_id).is_lead() {
            return Err(Error::Forbidden("agree_needs_lead"));
        }
        if comment.is_none() {
            return Err(Error::field("/comment", "agree_note_needed"));
        }
    }
    complaint.is_agreed = Some(agreed);
    step.event.text = comment.map(Text::into_string);
    step.detail("agreed", agreed);
    if is_own {
        work::tell_worker(tx, &step, NoticeKind::OfferAnswered)?;
    }
    finish(tx, actor, step, complaint)
}

/// Who made the last offer, and whether the person has answered it themselves.
fn last_offer(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<(Option<Id>, bool), Error> {
    let (mut offered_by, mut has_spoken) = (None, false);
    for (action, by, _) in record::list_doers(tx, ticket.id, &[Action::Offer, Action::Agree])? {
        if action == Action::Offer {
            (offered_by, has_spoken) = (by, false);
        } else {
            has_spoken |= by.is_some() && by == ticket.requester_id;
        }
    }
    Ok((offered_by, has_spoken))
}

/// What came of it.
///
/// # Errors
/// [`Error::Forbidden`] `compensation_needs_lead`, `conclude_needs_lead`; [`Error::Rule`] `about_unsaid`; as [`investigate`].
pub fn conclude(
    tx: &mut Tx<'_>,
    staff: &Staff,
    target: Target,
    command: ConcludeComplaint,
) -> Result<ComplaintView, Error> {
    let ConcludeComplaint { outcome, compensation_fen, note } = command;
    let (mut step, mut complaint) = begin(tx, staff, target, Action::Conclude)?;
    if compensation_fen.is_some() && !staff.role_at(step.ticket.site_id).is_lead() {
        return Err(Error::Forbidden("compensation_needs_lead"));
    }
    check_may_conclude(tx, staff, &step.ticket)?;
    // Whoever resolved it was asked already.
    if step.ticket.is_open {
        about::check_said(tx, staff, &step.ticket)?;
    }
    step.event.is_public = false;
    step.event.text = note.map(Text::into_string);
    step.detail("outcome", outcome.as_str());
    step.detail("compensation_fen", compensation_fen);
    note_outcome(tx, &mut complaint, outcome);
    // What was approved stays so until a supervisor says otherwise; nothing takes it back.
    if let Some(fen) = compensation_fen {
        let is_paid = fen > 0;
        complaint.compensation_fen = is_paid.then_some(i64::from(fen));
        complaint.approved_by_id = is_paid.then_some(staff.user_id);
    }
    finish(tx, staff, step, complaint)
}

/// What a lead concluded, only a lead concludes otherwise.
fn check_may_conclude(tx: &mut Tx<'_>, staff: &Staff, ticket: &Ticket) -> Result<(), Error> {
    if staff.role_at(ticket.site_id).is_lead() {
        return Ok(());
    }
    let concluded = record::list_doers(tx, ticket.id, &[Action::Conclude])?;
    if concluded.iter().any(|(.., role)| role.is_lead()) {
        return Err(Error::Forbidden("conclude_needs_lead"));
    }
    Ok(())
}

fn note_outcome(tx: &Tx<'_>, complaint: &mut Complaint, outcome: Outcome) {
    (complaint.outcome, complaint.concluded_at) = (Some(outcome), Some(tx.now));
}

/// Whoever complained took it back.
///
/// # Errors
/// As the database.
pub(crate) fn on_withdrawn(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<(), Error> {
    if ticket.kind != Kind::Complaint {
        return Ok(());
    }
    let mut complaint = row_of(tx, ticket.id)?;
    note_outcome(tx, &mut complaint, Outcome::Withdrawn);
    Ok(repo::update(tx.conn, &complaint)?)
}

/// A simple complaint is answered on the spot: taken up, resolved and concluded at once.
///
/// # Errors
/// [`Error::Rule`] `settle_major`, `grade_undecided`, `about_unsaid`; [`Error::Forbidden`] `conclude_needs_lead`; [`Error::Invalid`]
/// `lateness_reason_needed`; as [`investigate`].
pub fn settle(
    tx: &mut Tx<'_>,
    staff: &Staff,
    target: Target,
    command: SettleComplaint,
) -> Result<ComplaintView, Error> {
    let SettleComplaint { result, outcome, lateness_reason } = command;
    let ticket = record::find_locked(tx, staff, target)?;
    let mut complaint = row_of(tx, ticket.id)?;
    if ticket.severity == Severity::Major {
        return Err(Error::rule("settle_major"));
    }
    check_may_conclude(tx, staff, &ticket)?;
    let next = Target { id: ticket.id, expected_version: None };
    if ticket.status == Status::New {
        work::accept(tx, staff, next)?;
    }
    let resolve = ResolveTicket { result, lateness_reason, attachment_ids: Vec::new() };
    work::resolve(tx, staff, next, resolve)?;
    note_outcome(tx, &mut complaint, outcome);
    let (mut step, _) = begin(tx, staff, next, Action::Conclude)?;
    step.event.is_public = false;
    step.detail("outcome", outcome.as_str());
    finish(tx, staff, step, complaint)
}
