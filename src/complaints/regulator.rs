//! Matters that an authority passed on: its own deadline, kept beside the normal clocks.
//!
//! Rules:
//! - The authority counts legal working days, not the mall's open hours; the day of receipt is not counted (Civil Code
//!   art. 201), and the answer is due at the end of the last one.
//! - The desk takes it in, or a system does, such as the platform of a hotline; or the desk says it later of a complaint that
//!   is there. What is said already, only a lead says otherwise.
//! - Past the holidays that are known a deadline is provisional. It is counted anew when the site is told of those of another
//!   year, and when it is near.
//! - The supervisor is told a day before and when the time has come, while the matter is not closed; of one that is open
//!   again, at once if that time is past.
//! - A matter ends in no other (merge), unless that is the same matter of the same authority: it keeps the earlier deadline.

use jiff::SignedDuration;
use serde_json::json;

use super::api::{FromRegulator, PassOn};
use super::model::Complaint;
use super::repo;
use super::service::{row_of, show};
use super::views::ComplaintView;
use crate::accounts::model::{Role, Staff};
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::jobs::service::{self as jobs, JobKind};
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sites;
use crate::sites::model::{Kind, Site};
use crate::sla::legal::{self, Period};
use crate::standards::calendars;
use crate::text::Text;
use crate::tickets::lifecycle::{Action, Status};
use crate::tickets::model::Ticket;
use crate::tickets::{record, step};
use crate::values::{Id, Instant, Json};

/// How long before its deadline the supervisor is told of it.
const TOLD_BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// What an authority passed on may be written down so much later than it came: a letter lies over the holidays. Ours.
const WRITTEN_DOWN_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Notes down which authority passed a complaint on, and until when it must have its answer; `heard_at` is when the desk
/// heard of the complaint.
///
/// # Errors
/// [`Error::Invalid`] `received_in_future`, `passed_on_too_long_ago`; as [`count`].
pub(super) fn note(
    tx: &mut Tx<'_>,
    row: &mut Complaint,
    site: &Site,
    heard_at: Instant,
    from: FromRegulator,
) -> Result<(), Error> {
    let FromRegulator { name, reference, working_days, received_at } = from;
    let received_at = received_at.unwrap_or(heard_at);
    if received_at > tx.now {
        return Err(Error::field("/from_regulator/received_at", "received_in_future"));
    }
    if received_at < tx.now - WRITTEN_DOWN_WITHIN {
        return Err(Error::field("/from_regulator/received_at", "passed_on_too_long_ago"));
    }
    row.regulator_name = Some(name.into_string());
    row.regulator_reference = reference.map(Text::into_string);
    (row.regulator_received_at, row.regulator_working_days) = (Some(received_at), Some(working_days));
    count(tx, row, site)
}

/// Counts the working days from the receipt on.
///
/// # Errors
/// [`Error::Rule`] `calendar_never_opens`, which no zone gives.
fn count(tx: &mut Tx<'_>, row: &mut Complaint, site: &Site) -> Result<(), Error> {
    let (Some(from), Some(days)) = (row.regulator_received_at, row.regulator_working_days) else { return Ok(()) };
    let later = calendars::legal_years(tx, site.id)?;
    let due = legal::end(&site.time_zone, from.0, Period::WorkingDays(days.unsigned_abs()), &later)
        .ok_or_else(|| Error::rule("calendar_never_opens"))?;
    (row.external_due_at, row.is_external_due_provisional) = (Some(due.at.into()), due.provisional);
    Ok(())
}

/// An authority passed on what the desk knows already, or it did so otherwise than was written down.
///
/// # Errors
/// [`Error::Forbidden`] `regulator_needs_lead`; [`Error::NotFound`] also for other kinds of tickets; as [`note`] and
/// [`step::begin`].
pub fn pass_on(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: PassOn) -> Result<ComplaintView, Error> {
    let PassOn { from_regulator, reason } = command;
    let mut step = step::begin(tx, staff, target, Action::Regulator)?;
    let mut complaint = row_of(tx, step.ticket.id)?;
    if complaint.regulator_name.is_some() && !staff.role_at(step.ticket.site_id).is_lead() {
        return Err(Error::Forbidden("regulator_needs_lead"));
    }
    let before = complaint.clone();
    let (site, now) = (sites::service::site(tx, step.ticket.site_id)?, tx.now);
    note(tx, &mut complaint, &site, now, from_regulator)?;
    step.event.reason = Some(reason.into_string());
    step.event.is_public = false;
    step.event.detail = Some(change(&before, &complaint));
    step.write(tx)?;
    repo::update(tx.conn, &complaint)?;
    watch(tx, &complaint)?;
    let ticket = step.view(tx, staff)?;
    show(tx, staff, ticket, complaint)
}

/// What a line says of it.
fn change(before: &Complaint, now: &Complaint) -> Json {
    let of = |one: &Complaint| {
        json!({
            "name": one.regulator_name, "reference": one.regulator_reference, "working_days": one.regulator_working_days,
            "received_at": one.regulator_received_at, "due_at": one.external_due_at,
            "is_provisional": one.is_external_due_provisional
        })
    };
    Json(json!({ "from": before.regulator_name.is_some().then(|| of(before)), "to": of(now) }))
}

/// A site was told of the holidays of another year: what was provisional is counted anew.
///
/// # Errors
/// As the database.
pub(crate) fn year_known(tx: &mut Tx<'_>, site_id: Id) -> Result<(), Error> {
    for mut complaint in repo::list_provisional(tx.conn, site_id)? {
        if count_anew(tx, &mut complaint)? {
            watch(tx, &complaint)?;
        }
    }
    Ok(())
}

/// Counts a provisional deadline anew, with a line if that changes it; answers whether it does.
fn count_anew(tx: &mut Tx<'_>, complaint: &mut Complaint) -> Result<bool, Error> {
    let before = complaint.clone();
    let site = sites::service::site(tx, complaint.site_id)?;
    count(tx, complaint, &site)?;
    let of = |one: &Complaint| (one.external_due_at, one.is_external_due_provisional);
    if of(&before) == of(complaint) {
        return Ok(false);
    }
    repo::update(tx.conn, complaint)?;
    let ticket = record::lock(tx, complaint.ticket_id)?;
    let mut line = record::line_by_system(tx, (ticket.id, ticket.status), Action::Regulator);
    line.detail = Some(change(&before, complaint));
    record::add_lines(tx, &[line])?;
    Ok(true)
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
        (into.regulator_received_at, into.regulator_working_days) =
            (from.regulator_received_at, from.regulator_working_days);
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
    let ticket = record::lock(tx, ticket_id)?;
    let Some(mut complaint) = repo::find(tx.conn, ticket_id)? else { return Ok(None) };
    if matches!(ticket.status, Status::Closed | Status::Cancelled | Status::Merged) {
        return Ok(None);
    }
    if complaint.is_external_due_provisional {
        count_anew(tx, &mut complaint)?;
    }
    let Some(due_at) = complaint.external_due_at else { return Ok(None) };
    if tx.now < due_at - TOLD_BEFORE {
        return Ok(Some(due_at - TOLD_BEFORE));
    }
    let mut notice = notices::notice(tx, &ticket, NoticeKind::ExternalDue, Audience::Role(Role::Supervisor))?;
    notice.add("due_at", due_at.to_string());
    notices::tell_all(tx, &[notice])?;
    Ok(Some(due_at).filter(|due_at| *due_at > tx.now))
}
