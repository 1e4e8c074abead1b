//! What a move of a ticket does to its clocks: one table, applied in the transaction of the move.
//!
//! Rules:
//! - The first response is met by an accept or by the first public answer of staff, and by the resolution at the
//!   latest; never by an assignment, a note or a pause.
//! - Waiting stops only the resolution and the department's part of it.
//! - A department's clocks run from the hop that brings the ticket to the hop that takes it away.
//! - The ladder is that of the department that has the ticket: it changes with each hop, and what goes on again has missed
//!   the changes of the time in between.

use super::apply::{Birth, By, Clocks, With};
use super::model::EventKind;
use crate::app::Tx;
use crate::error::Error;
use crate::standards::spec::ClockKind;
use crate::standards::versions;
use crate::tickets;
use crate::tickets::lifecycle::{Action, Status};
use crate::tickets::model::{Event, Hop, Ticket};
use crate::values::Instant;

/// Whether a move can mean anything to a clock.
pub(crate) const fn concerns_clocks(action: Action) -> bool {
    !matches!(
        action,
        Action::Note
            | Action::Urge
            | Action::Rate
            | Action::Close
            | Action::Follow
            | Action::ViewContact
            | Action::Escalate
            | Action::Regrade
            | Action::Investigate
            | Action::Agree
            | Action::Conclude
            | Action::Regulator
            | Action::FollowUp
            | Action::Repeat
            | Action::Survey
            | Action::Attach
            | Action::Detach
            | Action::Breach
            | Action::Excuse
            | Action::Open
    )
}

/// What happens, and to which clocks.
type Meaning = (EventKind, fn(ClockKind) -> bool);

/// What a line of a ticket's timeline means to its clocks, as far as each can tell by itself.
pub(super) fn meaning(ticket: &Ticket, event: &Event) -> Vec<Meaning> {
    let first_response: fn(ClockKind) -> bool = |kind| kind == ClockKind::FirstResponse;
    let mut meaning: Vec<Meaning> = Vec::new();
    // Work that waited goes on, whatever the next step is; a clock that is stopped needs no telling.
    let goes_on = event.from_status == Some(Status::Paused) && event.to_status.is_open();
    if goes_on && event.to_status != Status::Paused {
        meaning.push((EventKind::Resume, ClockKind::can_pause));
    }
    // What no person says answers nobody.
    let is_human = event.actor_id.is_some();
    match event.action {
        Action::Accept | Action::Offer if is_human => meaning.push((EventKind::Stop, first_response)),
        Action::Reply if is_human && !ticket.is_asked_by(event.actor_id, event.actor_role) => {
            meaning.push((EventKind::Stop, first_response));
        }
        Action::Grab | Action::Start => meaning.push((EventKind::Stop, |kind| kind == ClockKind::DeptAccept)),
        Action::Pause => meaning.push((EventKind::Pause, ClockKind::can_pause)),
        Action::Resolve => meaning.push((EventKind::Stop, |_| true)),
        Action::Cancel | Action::Merge => meaning.push((EventKind::Cancel, |_| true)),
        _ => {}
    }
    meaning
}

/// Drives the clocks of a ticket through a move, and answers with its next deadline. `ticket` is as it was before;
/// `event` and `hop` are what stands on the timeline.
///
/// # Errors
/// As the database; [`Error::Rule`] `calendar_never_opens`.
pub(crate) fn drive(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    event: &Event,
    hop: Option<&Hop>,
) -> Result<Option<Instant>, Error> {
    use ClockKind::DeptAccept;
    let by = By { id: event.actor_id, name: event.actor_name.clone() };
    let mut clocks = Clocks::load(tx, ticket, by)?;
    let (at, plain) = (event.at, With::default());
    let why = if event.action == Action::Merge { Some("merged".to_owned()) } else { event.reason.clone() };
    let with = With { reason: why, ..With::default() };
    for (kind, concerns) in meaning(ticket, event) {
        let has_reason = matches!(kind, EventKind::Pause | EventKind::Cancel);
        clocks.happen(tx, at, kind, if has_reason { &with } else { &plain }, |row| concerns(row.kind));
    }
    match event.action {
        // It is the desk's again.
        Action::Unmerge => {
            if let Some(version_id) = ticket.standard_version_id {
                let (set, version) = (versions::current(tx, ticket.site_id)?, versions::standard(tx, version_id)?);
                let goes_on = Ticket { status: event.to_status, department_id: None, ..ticket.clone() };
                clocks.start_missing(tx, &set, &version, &goes_on, ticket.priority)?;
            }
            if let Some(merged_at) = tickets::record::last_done_at(tx, ticket.id, Action::Merge)? {
                clocks.restore_ended(tx, merged_at);
            }
            clocks.follow(tx, None)?;
        }
        Action::Reopen => {
            let last = clocks.newest(ClockKind::DeptResolve);
            let has_department = event.to_status == Status::Assigned;
            clocks.renew_calendars(tx, at)?;
            clocks.happen(tx, at, EventKind::Reopen, &with, |row| {
                row.kind == ClockKind::Resolution || (has_department && Some(row.id) == last)
            });
            clocks.follow(tx, ticket.department_id)?;
        }
        _ => {}
    }
    if let Some(hop) = hop {
        clocks.happen(tx, at, EventKind::Stop, &plain, |row| row.kind.is_of_department());
        if let (Some(department_id), Some(version_id)) = (hop.to_department_id, ticket.standard_version_id) {
            let (set, version) = (versions::current(tx, ticket.site_id)?, versions::standard(tx, version_id)?);
            for kind in [DeptAccept, ClockKind::DeptResolve] {
                if let Some(promise) = version.spec.promise(kind, ticket.priority) {
                    let birth = Birth {
                        kind,
                        version: &version,
                        promise,
                        started_at: at,
                        hop_id: Some(hop.id),
                        department_id: Some(department_id),
                    };
                    clocks.start(tx, &set, &birth)?;
                }
            }
        }
        clocks.follow(tx, hop.to_department_id)?;
    }
    let due_at = clocks.due_at();
    clocks.write(tx)?;
    Ok(due_at)
}
