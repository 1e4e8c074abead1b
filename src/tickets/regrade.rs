//! Changing how fast, how grave, or what about.
//!
//! Rules:
//! - What was used stays used: only the target changes, and a promise that the new one has exceeded already is missed
//!   from now on.
//! - A breach stays, also when the new target would have been kept.
//! - What is dangerous is major, and as fast as its category says, from the moment it is known to be: nobody needs to ask
//!   for it, and it cannot be made less. A ticket that waits cannot become major: it must go on first. A complaint goes on
//!   at that moment, and whoever has it is told: nothing so grave waits for a word.
//! - What turns out to be about something else is looked at as if it had just come in: it may be like others.

use super::commands::RegradeTicket;
use super::lifecycle::{Action, Status};
use super::model::{Changed, Severity, Ticket};
use super::repo;
use super::step::{Step, begin};
use super::views::TicketView;
use super::work::tell_worker;
use crate::accounts::model::Staff;
use crate::app::Tx;
use crate::clocks;
use crate::clocks::apply::By;
use crate::complaints;
use crate::error::Error;
use crate::http::input::Target;
use crate::notices::service::NoticeKind;
use crate::similar;
use crate::sites;
use crate::sites::model::{Kind, Priority};
use crate::standards::spec::Matter;
use crate::values::Id;

/// Gives a ticket another priority, severity or category, and the promises that go with them.
///
/// # Errors
/// [`Error::Rule`] `regrade_nothing`, `regrade_dangerous`, `regrade_while_paused`, `category_retired`, `about_unsaid`;
/// [`Error::Forbidden`] `grade_needs_lead`; [`Error::NotFound`] for unknown categories; as [`begin`].
pub fn regrade(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: RegradeTicket) -> Result<TicketView, Error> {
    let RegradeTicket { priority, severity, category_id, reason } = command;
    let mut step = begin(tx, staff, target, Action::Regrade)?;
    if let Some(id) = category_id.filter(|_| category_id != step.ticket.category_id) {
        // Into what is about behaviour, nothing slips away.
        if !sites::service::category(tx, step.ticket.site_id, step.ticket.kind, id)?.is_conduct {
            complaints::about::check_said(tx, staff, &step.ticket)?;
        }
    }
    let is_dangerous = regard(tx, &mut step, staff, Regard { priority, severity, category_id })?;
    step.event.reason = Some(reason.into_string());
    step.event.is_public = false;
    step.write_without_clocks(tx)?;
    if step.ticket.kind == Kind::Complaint {
        let Changed { priority, severity, category_id, .. } = step.changed;
        let ticket = Ticket { priority, severity, category_id, ..step.ticket.clone() };
        complaints::service::follow_regrade(tx, staff, &ticket, is_dangerous)?;
    }
    if step.changed.category_id != step.ticket.category_id {
        look_again(tx, step.ticket.id)?;
    }
    step.view(tx, staff)
}

/// What it is about is known only now: it may be what others reported, or the same trouble once more.
fn look_again(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    let phone_index = repo::find_phone_index(tx.conn, id)?;
    let Some(ticket) = repo::find(tx.conn, id)? else { return Ok(()) };
    let crowd = similar::service::crowd(tx, &ticket)?;
    similar::service::look(tx, &ticket, phone_index.as_deref(), crowd)?;
    complaints::deciding::propose_crowd(tx, &ticket, crowd.people)
}

/// What waited goes on, and whoever has it is told; then it can be regraded.
fn wake(tx: &mut Tx<'_>, staff: &Staff, id: Id) -> Result<Step, Error> {
    let target = Target { id, expected_version: None };
    let mut resumed = begin(tx, staff, target, Action::Resume)?;
    tell_worker(tx, &resumed, NoticeKind::PauseEnded)?;
    resumed.write(tx)?;
    begin(tx, staff, target, Action::Regrade)
}

/// How a ticket is to be seen from now on; what is `None` stays.
#[derive(Clone, Copy, Default)]
pub(crate) struct Regard {
    pub(crate) priority: Option<Priority>,
    pub(crate) severity: Option<Severity>,
    pub(crate) category_id: Option<Id>,
}

/// Lets a move give its ticket another priority, severity or category, with the clocks that go with them; answers whether
/// its category is dangerous.
///
/// # Errors
/// As [`regrade`].
pub(crate) fn regard(tx: &mut Tx<'_>, step: &mut Step, staff: &Staff, to: Regard) -> Result<bool, Error> {
    let Regard { priority, severity, category_id } = to;
    let mut ticket = step.ticket.clone();
    if let Some(id) = category_id {
        let chosen = sites::service::category(tx, ticket.site_id, ticket.kind, id)?;
        if chosen.retired_at.is_some() && category_id != ticket.category_id {
            return Err(Error::rule("category_retired"));
        }
    }
    let category = match category_id.or(ticket.category_id) {
        Some(id) => Some(sites::service::category(tx, ticket.site_id, ticket.kind, id)?),
        None => None,
    };
    let danger = category.as_ref().filter(|category| category.is_safety);
    let (least_priority, least_severity) = match danger {
        Some(category) => (category.priority, Severity::Major),
        None => (Priority::Normal, Severity::Normal),
    };
    let new_priority = priority.unwrap_or(ticket.priority.max(least_priority));
    let new_severity = severity.unwrap_or(ticket.severity.max(least_severity));
    let new_category = category.as_ref().map(|category| category.id);
    if (new_priority, new_severity, new_category) == (ticket.priority, ticket.severity, ticket.category_id) {
        return Err(Error::rule("regrade_nothing"));
    }
    let is_dangerous = danger.is_some();
    if new_severity < least_severity || new_priority < least_priority {
        return Err(Error::rule("regrade_dangerous"));
    }
    // Only who leads makes a grave complaint less so.
    let is_less = ticket.kind == Kind::Complaint && new_severity < ticket.severity;
    if is_less && !staff.role_at(ticket.site_id).is_lead() {
        return Err(Error::Forbidden("grade_needs_lead"));
    }
    if new_severity == Severity::Major && ticket.status == Status::Paused {
        if ticket.kind != Kind::Complaint {
            return Err(Error::rule("regrade_while_paused"));
        }
        *step = wake(tx, staff, ticket.id)?;
        ticket = step.ticket.clone();
    }
    let mut matter = Matter {
        kind: ticket.kind,
        requester_role: ticket.requester_role,
        category_ids: new_category.into_iter().collect(),
        severity: new_severity,
    };
    let by = By { id: Some(staff.user_id), name: staff.display_name.clone() };
    let (version_id, due_at) = clocks::service::regrade(tx, &ticket, &mut matter, new_priority, by)?;
    step.changed.priority = new_priority;
    step.changed.severity = new_severity;
    step.changed.category_id = new_category;
    step.changed.standard_version_id = version_id;
    step.changed.due_at = due_at;
    if new_priority != ticket.priority {
        step.detail("from_priority", ticket.priority.as_str());
        step.detail("to_priority", new_priority.as_str());
    }
    if new_severity != ticket.severity {
        step.detail("from_severity", ticket.severity.as_str());
        step.detail("to_severity", new_severity.as_str());
    }
    if new_category != ticket.category_id {
        step.detail("to_category", category.map(|category| category.name));
    }
    Ok(is_dangerous)
}
