//! Matters that an authority passed on: its own deadline, kept beside the normal clocks.
//!
//! Rules:
//! - The authority counts legal working days, not the mall's open hours; the day of receipt is not counted (Civil Code
//!   art. 201), and the answer is due at the end of the last one.
//! - The supervisor is told a day before and when the time has come, while the matter is not closed; of one that is open
//!   again, at once if that time is past.
//! - A matter ends in no other (merge), unless that is the same matter of the same authority: it keeps the earlier deadline.

use jiff::SignedDuration;

use super::model::Complaint;
use super::repo;
use super::service::row_of;
use crate::accounts::model::Role;
use crate::app::Tx;
use crate::error::Error;
use crate::jobs::service::{self as jobs, JobKind};
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sites::model::Kind;
use crate::sla::calendar::Due;
use crate::sla::legal::{self, Period};
use crate::tickets::lifecycle::Status;
use crate::tickets::model::Ticket;
use crate::tickets::record;
use crate::values::{Id, Instant};

/// How long before its deadline the supervisor is told of it.
const TOLD_BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// When the `working_days`-th legal working day after the receipt ends.
///
/// # Errors
/// [`Error::Rule`] `calendar_never_opens`, which no zone gives.
pub(super) fn due(time_zone: &str, received_at: Instant, working_days: u32) -> Result<Due, Error> {
    legal::end(time_zone, received_at.0, Period::WorkingDays(working_days))
        .ok_or_else(|| Error::rule("calendar_never_opens"))
}

/// Sees to it that somebody is reminded of the deadline.
///
/// # Errors
/// As the database.
pub(super) fn watch(tx: &mut Tx<'_>, complaint: &Complaint) -> Result<(), Error> {
    let Some(due_at) = complaint.external_due_at else { return Ok(()) };
    let first = (due_at - TOLD_BEFORE).max(tx.now);
    jobs::enqueue(tx, JobKind::ExternalDue, &complaint.ticket_id.to_string(), first)
}

/// As [`watch`], of a ticket that is open again.
///
/// # Errors
/// As the database.
pub(crate) fn watch_again(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<(), Error> {
    if ticket.kind != Kind::Complaint {
        return Ok(());
    }
    match repo::find(tx.conn, ticket.id)? {
        Some(complaint) => watch(tx, &complaint),
        None => Ok(()),
    }
}

/// A ticket ends in another (merge): what an authority waits for is not lost by it.
///
/// # Errors
/// [`Error::Rule`] `merge_of_regulator`.
pub(crate) fn follow_merge(tx: &mut Tx<'_>, from: &Ticket, into: &Ticket) -> Result<(), Error> {
    if from.kind != Kind::Complaint || into.kind != Kind::Complaint {
        return Ok(());
    }
    let (from, mut into) = (row_of(tx, from.id)?, row_of(tx, into.id)?);
    let Some(due_at) = from.external_due_at else { return Ok(()) };
    let matter = |one: &Complaint| (one.regulator_name.clone(), one.regulator_reference.clone());
    if matter(&from) != matter(&into) {
        return Err(Error::rule("merge_of_regulator"));
    }
    if into.external_due_at.is_none_or(|theirs| due_at < theirs) {
        into.external_due_at = Some(due_at);
        into.is_external_due_provisional = from.is_external_due_provisional;
        repo::update(tx.conn, &into)?;
        watch(tx, &into)?;
    }
    Ok(())
}

/// Tells the supervisor of a deadline that comes, or has come; answers when to look again.
///
/// # Errors
/// As the database.
pub fn remind(tx: &mut Tx<'_>, ticket_id: Id) -> Result<Option<Instant>, Error> {
    let Some(due_at) = repo::find(tx.conn, ticket_id)?.and_then(|complaint| complaint.external_due_at) else {
        return Ok(None);
    };
    let ticket = record::lock(tx, ticket_id)?;
    if matches!(ticket.status, Status::Closed | Status::Cancelled | Status::Merged) {
        return Ok(None);
    }
    let mut notice = notices::notice(tx, &ticket, NoticeKind::ExternalDue, Audience::Role(Role::Supervisor))?;
    notice.add("due_at", due_at.to_string());
    notices::tell_all(tx, &[notice])?;
    Ok(Some(due_at).filter(|due_at| *due_at > tx.now))
}
