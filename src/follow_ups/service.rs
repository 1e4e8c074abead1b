//! Who must be asked how it was, by when, and what keeps a ticket from closing until then. The asking itself is in
//! `asking.rs`.
//!
//! Rules:
//! - Every resolved complaint is followed up, other matters as their category says, and whatever was rated badly.
//! - Who is not satisfied even by the second follow-up: a supervisor closes it, or opens it again, and nothing else does.
//! - What is not done in time is told to the supervisor. While a ticket is open again nobody can ask, and no time runs:
//!   the supervisor has theirs anew from when it is done.

use super::api::{FollowUpView, ListFollowUps};
use super::model::{Cause, FIRST_WITHIN, FollowUp, FollowUpResult, FollowUpStatus, Narrowed, SECOND_WITHIN, is_drawn};
use super::repo;
use crate::accounts::model::{Role, Staff};
use crate::app::Tx;
use crate::complaints;
use crate::error::Error;
use crate::jobs::service::{self as jobs, JobKind};
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sites::model::{FollowUpRule, Kind};
use crate::sites::service as sites;
use crate::tickets::lifecycle::Action;
use crate::tickets::model::Ticket;
use crate::tickets::record;
use crate::values::{Id, Instant};
use crate::vault;

/// A ticket was resolved: somebody must be asked, if it is a complaint or its category says so. Who goes there a second
/// time has all of the time for it from now on.
///
/// # Errors
/// As the database.
pub(crate) fn on_resolved(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<(), Error> {
    if let Some(mut second) = repo::list_open_of(tx.conn, ticket.id)?.into_iter().find(|one| one.is_second) {
        second.due_at = tx.now + SECOND_WITHIN;
        write(tx, &mut second)?;
        return jobs::enqueue(tx, JobKind::FollowUpDue, &second.id.to_string(), second.due_at);
    }
    if ticket.kind == Kind::Complaint {
        return open(tx, ticket, Cause::Complaint);
    }
    let is_due = match sites::follow_up_rule(tx, ticket.site_id, ticket.kind, ticket.category_id)? {
        FollowUpRule::Always => true,
        FollowUpRule::Sample(percent) => is_drawn(percent, dice()?),
        FollowUpRule::Never | FollowUpRule::IfUnrated => false,
    };
    if is_due { open(tx, ticket, Cause::Category) } else { Ok(()) }
}

/// 0 to 99, each as likely as the others within one in a million.
fn dice() -> Result<i32, Error> {
    let number = u32::from_le_bytes(vault::random_bytes::<4>()?);
    i32::try_from(number % 100).map_err(Error::internal)
}

/// A ticket closed by itself, and nobody had said how it was.
///
/// # Errors
/// As the database.
pub(crate) fn on_closed_unrated(tx: &mut Tx<'_>, ticket_id: Id) -> Result<(), Error> {
    let ticket = record::lock(tx, ticket_id)?;
    match sites::follow_up_rule(tx, ticket.site_id, ticket.kind, ticket.category_id)? {
        FollowUpRule::IfUnrated => open(tx, &ticket, Cause::Unrated),
        _ => Ok(()),
    }
}

/// A ticket was rated badly: somebody asks what was wrong.
///
/// # Errors
/// As the database.
pub(crate) fn on_bad_rating(tx: &mut Tx<'_>, ticket: &Ticket, reopen_wanted: bool) -> Result<(), Error> {
    let cause = if reopen_wanted { Cause::ReopenWanted } else { Cause::BadRating };
    let first = repo::list_open_of(tx.conn, ticket.id)?.into_iter().find(|one| !one.is_second);
    match first {
        Some(mut known) => {
            known.cause = cause;
            write(tx, &mut known)?;
            notices::tell(tx, ticket, NoticeKind::FollowUpOpened, Audience::Role(Role::Supervisor))
        }
        None => open(tx, ticket, cause),
    }
}

/// A ticket was rated well after it had closed by itself: nobody need ask any more what nobody had said.
///
/// # Errors
/// As the database.
pub(crate) fn on_good_rating(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<(), Error> {
    withdraw(tx, ticket, |one| one.cause == Cause::Unrated)
}

/// A ticket is opened again: what was to be asked is asked when it is resolved anew. The supervisor's visit stays due.
///
/// # Errors
/// As the database.
pub(crate) fn on_reopened(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<(), Error> {
    withdraw(tx, ticket, |one| !one.is_second)
}

/// A ticket is over in another way: nobody needs to be asked.
///
/// # Errors
/// As the database.
pub(crate) fn on_over(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<(), Error> {
    withdraw(tx, ticket, |_| true)
}

fn withdraw(tx: &mut Tx<'_>, ticket: &Ticket, which: impl Fn(&FollowUp) -> bool) -> Result<(), Error> {
    for mut one in repo::list_open_of(tx.conn, ticket.id)?.into_iter().filter(|one| which(one)) {
        one.status = FollowUpStatus::Withdrawn;
        write(tx, &mut one)?;
    }
    Ok(())
}

/// Whose word would close a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// The requester's own: it stands for the first follow-up.
    Requester,
    /// A lead's: it ends what stays unsatisfied after the second.
    Lead,
    /// Anybody else's, or that nobody said anything.
    Other,
}

/// What must be asked before a ticket may close.
///
/// # Errors
/// As the database.
pub(crate) fn obstacle(tx: &mut Tx<'_>, ticket: &Ticket, word: Word) -> Result<Option<&'static str>, Error> {
    let open = repo::list_open_of(tx.conn, ticket.id)?;
    if open.iter().any(|one| one.is_second) {
        return Ok(Some("second_follow_up_missing"));
    }
    let holds =
        |one: &FollowUp| ticket.kind == Kind::Complaint || matches!(one.cause, Cause::BadRating | Cause::ReopenWanted);
    if word != Word::Requester && open.iter().any(holds) {
        return Ok(Some("follow_up_missing"));
    }
    let last = repo::find_last_second(tx.conn, ticket.id)?;
    let stays =
        last.is_some_and(|one| one.result == Some(FollowUpResult::Unsatisfied) && one.episode == ticket.reopens);
    Ok((word == Word::Other && stays).then_some("second_follow_up_unsatisfied"))
}

/// Whether a person handled a ticket, or the incident it is part of: they have or had it, or did, found out or decided
/// something. So did who answered the requester in words, or said for them that they agree; what is answered on an
/// incident is a line of each of its parts.
///
/// # Errors
/// As the database.
pub(crate) fn has_handled(tx: &mut Tx<'_>, ticket: &Ticket, person: Id) -> Result<bool, Error> {
    const HANDLING: &[Action] =
        &[Action::Grab, Action::Start, Action::Investigate, Action::Offer, Action::Resolve, Action::Conclude];
    // The requester's own words are no answer to themselves.
    const ANSWERING: &[Action] = &[Action::Reply, Action::Agree];
    if ticket.assignee_id == Some(person) {
        return Ok(true);
    }
    if ticket.requester_id != Some(person) && record::has_done(tx, ticket.id, person, ANSWERING)? {
        return Ok(true);
    }
    for id in [Some(ticket.id), ticket.parent_id].into_iter().flatten() {
        if record::has_done(tx, id, person, HANDLING)? || record::had(tx, id, person)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// When somebody will ask about a ticket, if anybody will.
///
/// # Errors
/// As the database.
pub(crate) fn next_due(tx: &mut Tx<'_>, ticket_id: Id) -> Result<Option<Instant>, Error> {
    Ok(repo::list_open_of(tx.conn, ticket_id)?.first().map(|one| one.due_at))
}

/// Opens a follow-up, unless one is open that asks for this as well.
///
/// # Errors
/// As the database.
pub(super) fn open(tx: &mut Tx<'_>, ticket: &Ticket, cause: Cause) -> Result<(), Error> {
    let is_second = cause == Cause::Unsatisfied;
    // The supervisor's, if it is due, asks for both.
    if repo::list_open_of(tx.conn, ticket.id)?.iter().any(|one| one.is_second || !is_second) {
        return Ok(());
    }
    let row = FollowUp {
        id: tx.new_id(),
        ticket_id: ticket.id,
        site_id: ticket.site_id,
        episode: ticket.reopens,
        is_second,
        cause,
        status: FollowUpStatus::Open,
        due_at: tx.now + if is_second { SECOND_WITHIN } else { FIRST_WITHIN },
        attempts: 0,
        result: None,
        attitude: None,
        speed: None,
        solution: None,
        overall: None,
        comment: None,
        done_by_id: None,
        done_at: None,
        version: 1,
        created_at: tx.now,
    };
    repo::insert(tx.conn, &row)?;
    if is_second || matches!(cause, Cause::BadRating | Cause::ReopenWanted) {
        notices::tell(tx, ticket, NoticeKind::FollowUpOpened, Audience::Role(Role::Supervisor))?;
    }
    jobs::enqueue(tx, JobKind::FollowUpDue, &row.id.to_string(), row.due_at)
}

/// Writes a change of a follow-up.
///
/// # Errors
/// [`Error::Conflict`] `follow_up_changed_meanwhile`.
pub(super) fn write(tx: &mut Tx<'_>, row: &mut FollowUp) -> Result<(), Error> {
    row.version += 1;
    if repo::update(tx.conn, row)? == 0 { Err(Error::conflict("follow_up_changed_meanwhile")) } else { Ok(()) }
}

/// Tells the supervisor of a follow-up that was not done in time, if it can be done at all.
///
/// # Errors
/// As the database.
pub fn remind(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    let Some(row) = repo::find(tx.conn, id)?.filter(|row| row.status == FollowUpStatus::Open) else { return Ok(()) };
    let ticket = record::lock(tx, row.ticket_id)?;
    if ticket.is_open || row.due_at > tx.now {
        return Ok(());
    }
    notices::tell(tx, &ticket, NoticeKind::FollowUpOverdue, Audience::Role(Role::Supervisor))
}

/// A follow-up, with the tries to reach somebody.
///
/// # Errors
/// [`Error::NotFound`] also for those of other sites.
pub fn find(tx: &mut Tx<'_>, staff: &Staff, id: Id) -> Result<FollowUpView, Error> {
    let missing = || Error::NotFound("follow_up_not_found");
    let is_theirs = |row: &FollowUp| staff.role_at(row.site_id).is_desk();
    let row = repo::find(tx.conn, id)?.filter(is_theirs).ok_or_else(missing)?;
    if !complaints::service::about(tx, &[row.ticket_id], staff.user_id)?.is_empty() {
        return Err(missing());
    }
    show(tx, row, staff)
}

/// A follow-up with its tries, as the desk sees it.
///
/// # Errors
/// As the database.
pub(super) fn show(tx: &mut Tx<'_>, row: FollowUp, staff: &Staff) -> Result<FollowUpView, Error> {
    let attempts = repo::list_attempts(tx.conn, row.id)?;
    let tickets = record::list_by_ids(tx, &[row.ticket_id])?;
    let ticket = tickets.get(&row.ticket_id).ok_or(Error::NotFound("follow_up_not_found"))?;
    Ok(FollowUpView::new(row, ticket, attempts, staff, tx.now))
}

/// The follow-ups of some tickets, in the order of their tickets; of each as they arose.
///
/// # Errors
/// As the database.
pub fn list_of_tickets(tx: &mut Tx<'_>, ticket_ids: &[Id]) -> Result<Vec<FollowUp>, Error> {
    Ok(repo::list_of_tickets(tx.conn, ticket_ids)?)
}

/// Follow-ups, newest first; one more than asked for tells whether there are more. The tries are left out.
///
/// # Errors
/// [`Error::Forbidden`] `view_not_yours` for staff of no desk.
pub fn list(
    tx: &mut Tx<'_>,
    staff: &Staff,
    query: &ListFollowUps,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<FollowUpView>, Error> {
    let sites = staff.desk_sites();
    if sites.as_ref().is_some_and(Vec::is_empty) {
        return Err(Error::Forbidden("view_not_yours"));
    }
    // A ticket has few, at one site: asked for by that alone, they come from its own index.
    let knows = |row: &FollowUp| {
        sites.as_ref().is_none_or(|sites| sites.contains(&row.site_id))
            && query.site_id.is_none_or(|site_id| site_id == row.site_id)
    };
    let narrowed = Narrowed {
        not_about: staff.user_id,
        sites: sites.clone().filter(|_| query.ticket_id.is_none()),
        site_id: query.site_id,
        status: query.status,
        is_second: query.second,
        ticket_id: query.ticket_id,
        overdue: query.overdue.map(|overdue| (overdue, tx.now)),
        before,
    };
    let mut rows = repo::list(tx.conn, &narrowed, limit)?;
    rows.retain(knows);
    let ids: Vec<Id> = rows.iter().map(|row| row.ticket_id).collect();
    let tickets = record::list_by_ids(tx, &ids)?;
    let now = tx.now;
    let with_ticket = rows.into_iter().filter_map(|row| Some((tickets.get(&row.ticket_id)?, row)));
    Ok(with_ticket.map(|(ticket, row)| FollowUpView::new(row, ticket, Vec::new(), staff, now)).collect())
}
