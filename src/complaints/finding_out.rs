//! What happened is found out, whatever the person wants.
//!
//! Rules:
//! - A major complaint does not end before its investigation is written down; opened again, not before a new one is.
//! - Who takes it back does not end it either, nor what may be dangerous and is not decided yet: it goes on until it is
//!   found out, or known to be neither major nor dangerous.

use super::deciding;
use crate::app::Tx;
use crate::error::Error;
use crate::sites::model::Kind;
use crate::tickets::lifecycle::Action;
use crate::tickets::model::{Severity, Ticket};
use crate::tickets::record;
use crate::tickets::work;
use crate::values::Id;

/// Whether a major complaint still lacks its investigation, or has none since it was opened again; other tickets need
/// none.
///
/// # Errors
/// As the database.
pub(crate) fn lacks_investigation(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<bool, Error> {
    if ticket.kind != Kind::Complaint || ticket.severity != Severity::Major {
        return Ok(false);
    }
    // In the order of the timeline: what was found out first stays there, and says nothing of what went wrong since.
    let done = record::list_doers(tx, ticket.id, &[Action::Investigate, Action::Reopen])?;
    Ok(done.last().is_none_or(|(action, ..)| *action != Action::Investigate))
}

/// Whether a complaint is major or somebody may have been hurt, and what happened is not written down yet: that is found
/// out whatever the person wants.
///
/// # Errors
/// As the database.
pub(crate) fn must_be_found_out(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<bool, Error> {
    Ok(lacks_investigation(tx, ticket)? || deciding::is_danger_undecided(tx, ticket)?)
}

/// Whether the person took back an open complaint that goes on until it is found out.
///
/// # Errors
/// As the database.
pub(crate) fn is_taken_back(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<bool, Error> {
    if ticket.kind != Kind::Complaint || !ticket.is_open {
        return Ok(false);
    }
    let Some(at) = record::last_done_at(tx, ticket.id, Action::Cancel)? else { return Ok(false) };
    Ok(record::last_done_at(tx, ticket.id, Action::Reopen)?.is_none_or(|again| again < at))
}

/// What was taken back is over once it is found out, or known to be neither major nor dangerous.
///
/// # Errors
/// As the database.
pub(super) fn end_if_taken_back(tx: &mut Tx<'_>, ticket_id: Id) -> Result<(), Error> {
    let ticket = record::lock(tx, ticket_id)?;
    if is_taken_back(tx, &ticket)? && !must_be_found_out(tx, &ticket)? {
        work::end_taken_back(tx, ticket_id)?;
    }
    Ok(())
}
