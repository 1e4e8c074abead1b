//! What the rules propose waits for a person's decision.
//!
//! Rules:
//! - A complaint that looks graver than it stands is neither resolved nor paused, cancelled or merged before somebody has
//!   decided how grave it is.
//! - As part of an incident it can be decided with that: by a decision on the incident that is made once it is part of
//!   it. An incident is not resolved before each of its parts is decided in one of the two ways.
//! - Where the rules see danger, it is looked at by itself, and becomes no part of anything before.

use super::grading::{self, GradeSign};
use super::model::Grade;
use super::repo;
use super::service::{row_of, tell_proposed};
use crate::app::Tx;
use crate::error::Error;
use crate::sites::model::Kind;
use crate::tickets::lifecycle::Action;
use crate::tickets::model::Ticket;
use crate::tickets::record;
use crate::values::{Id, Instant};

/// Whether the rules think a complaint graver than it stands, and nobody has decided.
///
/// # Errors
/// As the database.
pub(crate) fn is_undecided(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<bool, Error> {
    if ticket.kind != Kind::Complaint || repo::list_waiting(tx.conn, &[ticket.id])?.is_empty() {
        return Ok(false);
    }
    let Some(incident) = ticket.parent_id else { return Ok(true) };
    let decided_at = repo::find(tx.conn, incident)?.and_then(|incident| incident.graded_at);
    Ok(!is_decided_with(tx, ticket.id, decided_at)?)
}

/// Whether a part was decided with its incident: not by what was said of that before.
fn is_decided_with(tx: &mut Tx<'_>, part: Id, decided_at: Option<Instant>) -> Result<bool, Error> {
    let Some(decided_at) = decided_at else { return Ok(false) };
    Ok(record::last_done_at(tx, part, Action::Attach)?.is_some_and(|attached_at| decided_at >= attached_at))
}

/// Whether an open part of an incident waits for a decision.
///
/// # Errors
/// As the database.
pub(crate) fn has_undecided_part(tx: &mut Tx<'_>, incident: &Ticket) -> Result<bool, Error> {
    let parts = record::list_open_parts(tx, incident.id)?;
    let waiting = if parts.is_empty() { parts } else { repo::list_waiting(tx.conn, &parts)? };
    if waiting.is_empty() {
        return Ok(false);
    }
    let decided_at = repo::find(tx.conn, incident.id)?.and_then(|incident| incident.graded_at);
    for part in waiting {
        if !is_decided_with(tx, part, decided_at)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the rules see danger in it and nobody has decided yet.
///
/// # Errors
/// As the database.
pub(crate) fn is_danger_undecided(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<bool, Error> {
    if ticket.kind != Kind::Complaint {
        return Ok(false);
    }
    let complaint = row_of(tx, ticket.id)?;
    Ok(complaint.proposed_grade == Some(Grade::MajorSafety) && complaint.graded_at.is_none())
}

/// A complaint turned out to be of a crowd, after it came in: it is proposed as such, unless somebody has decided.
///
/// # Errors
/// As the database.
pub(crate) fn propose_crowd(tx: &mut Tx<'_>, ticket: &Ticket, similar: usize) -> Result<(), Error> {
    if ticket.kind != Kind::Complaint || similar < grading::SIMILAR_ARE_A_GROUP {
        return Ok(());
    }
    let mut complaint = row_of(tx, ticket.id)?;
    if complaint.graded_at.is_some() || complaint.proposed_grade.is_some() || complaint.grade != Grade::Normal {
        return Ok(());
    }
    let proposal = grading::Proposal { grade: Grade::MajorGroup, because: vec![GradeSign::Similar] };
    complaint.proposed_grade = Some(proposal.grade);
    complaint.proposed_because = Some(proposal.reasons());
    repo::update(tx.conn, &complaint)?;
    tell_proposed(tx, ticket, proposal.grade)
}
