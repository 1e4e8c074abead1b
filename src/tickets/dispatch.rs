//! Dispatch: who gets a ticket, and how it is passed on.
//!
//! Rules:
//! - Only staff of the ticket's site can get it, a technician only within their department.
//! - The pool of a department is emptied by `grab`: of several people who grab at once exactly one gets the ticket.
//! - Passing on (`transfer`, `return`) takes a reason, and each way is logged as a hop.
//! - Nobody has a complaint about themselves, nor an incident of which one is part; a complaint about a department goes
//!   to that department only if a lead decides so.
//! - A ticket that was passed on [`BOUNCES_UNTIL_TOLD`] times is told to the supervisor.

use super::commands::{AssignTicket, GiveReason, TransferTicket};
use super::lifecycle::Action;
use super::model::{HopKind, Ticket};
use super::repo;
use super::step::{Step, begin};
use super::views::TicketView;
use crate::accounts::members;
use crate::accounts::model::{Actor, Role, Staff};
use crate::app::Tx;
use crate::complaints;
use crate::error::Error;
use crate::http::input::Target;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sites;
use crate::values::{Id, Json};

/// Passed on so often, a ticket is lost between departments: the supervisor is told.
pub const BOUNCES_UNTIL_TOLD: i32 = 3;

/// What a line calls the person a ticket was given to, beside their name of then.
pub(super) const GIVEN_TO: &str = "assignee_id";

/// Gives a ticket to a department, or to a person.
///
/// # Errors
/// [`Error::Rule`] if neither is named or they do not fit; as [`begin`].
pub fn assign(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: AssignTicket) -> Result<TicketView, Error> {
    let AssignTicket { department_id, assignee_id } = command;
    let mut step = begin(tx, staff, target, Action::Assign)?;
    give_to(tx, &mut step, department_id, assignee_id)?;
    if step.changed.department_id != step.ticket.department_id {
        step.hop(tx, HopKind::Assign, staff);
    }
    step.write(tx)?;
    tell_new_owner(tx, &step)?;
    step.view(tx, staff)
}

/// Takes a ticket from one's department's pool.
///
/// # Errors
/// [`Error::Conflict`] `ticket_already_taken` for everyone but the first; as [`begin`].
pub fn grab(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<TicketView, Error> {
    let mut step = begin(tx, staff, target, Action::Grab)?;
    if step.ticket.assignee_id.is_some() {
        return Err(Error::conflict("ticket_already_taken"));
    }
    check_own(tx, &step, staff)?;
    step.changed.assignee_id = Some(staff.user_id);
    step.detail("assignee", staff.display_name.clone());
    step.finish(tx, staff)
}

/// Passes a ticket on to another department.
///
/// # Errors
/// [`Error::Rule`] `transfer_to_same_department`; as [`begin`].
pub fn transfer(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: TransferTicket) -> Result<TicketView, Error> {
    let TransferTicket { reason, department_id, assignee_id } = command;
    let mut step = begin(tx, staff, target, Action::Transfer)?;
    if step.ticket.department_id == Some(department_id) {
        return Err(Error::rule("transfer_to_same_department"));
    }
    step.event.reason = Some(reason.into_string());
    give_to(tx, &mut step, Some(department_id), assignee_id)?;
    pass_on(tx, staff, step, HopKind::Transfer)
}

/// Gives a ticket back to the desk.
///
/// # Errors
/// As [`begin`].
pub fn give_back(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: GiveReason) -> Result<TicketView, Error> {
    let GiveReason { reason } = command;
    let mut step = begin(tx, staff, target, Action::Return)?;
    step.event.reason = Some(reason.into_string());
    if let Some(id) = step.ticket.department_id {
        let from = sites::service::department(tx, step.ticket.site_id, id)?.name;
        step.detail("from_department", from);
    }
    step.changed.department_id = None;
    step.changed.assignee_id = None;
    pass_on(tx, staff, step, HopKind::Return)
}

fn pass_on(tx: &mut Tx<'_>, staff: &Staff, mut step: Step, kind: HopKind) -> Result<TicketView, Error> {
    step.changed.bounces += 1;
    step.hop(tx, kind, staff);
    step.write(tx)?;
    tell_new_owner(tx, &step)?;
    if step.changed.bounces == BOUNCES_UNTIL_TOLD {
        escalate(tx, &step)?;
    }
    step.view(tx, staff)
}

fn escalate(tx: &mut Tx<'_>, step: &Step) -> Result<(), Error> {
    let mut event = step.event.clone();
    event.id = tx.new_id();
    event.action = Action::Escalate;
    event.from_status = Some(event.to_status);
    event.reason = None;
    event.detail = Some(Json(serde_json::json!({ "bounces": step.changed.bounces })));
    event.is_public = false;
    repo::insert_event(tx.conn, &event)?;
    notices::tell(tx, &step.ticket, NoticeKind::TicketBounced, Audience::Role(Role::Supervisor))
}

/// Sets department and assignee, and says on the timeline from where to where.
fn give_to(tx: &mut Tx<'_>, step: &mut Step, department: Option<Id>, assignee: Option<Id>) -> Result<(), Error> {
    let site_id = step.ticket.site_id;
    let membership = assignee.map(|id| members::staff_membership(tx, site_id, id)).transpose()?;
    let membership = match membership {
        Some(None) => return Err(Error::rule("assignee_not_staff_here")),
        Some(found) => found,
        None => None,
    };
    let theirs = membership.as_ref().and_then(|m| m.department_id);
    let department = match (department, theirs) {
        (None, None) if assignee.is_none() => return Err(Error::rule("assign_to_whom")),
        (Some(given), Some(theirs)) if given != theirs => return Err(Error::rule("assignee_not_in_department")),
        (given, theirs) => given.or(theirs),
    };
    if let Some(id) = assignee
        && is_concerned(tx, &step.ticket, id)?
    {
        return Err(Error::rule("assignee_is_concerned"));
    }
    if let Some(id) = department
        && !step.event.actor_role.is_lead()
        && complaints::about::is_about_department(tx, &step.ticket, id)?
    {
        return Err(Error::Forbidden("department_is_concerned"));
    }
    if let Some(id) = step.ticket.department_id.filter(|id| Some(*id) != department) {
        let from = sites::service::department(tx, site_id, id)?.name;
        step.detail("from_department", from);
    }
    if let Some(id) = department {
        let to = sites::service::department(tx, site_id, id)?.name;
        step.detail("to_department", to);
    }
    if let Some(id) = assignee {
        let name = crate::accounts::service::contact_of(tx, id)?.display_name;
        step.detail("assignee", name);
        step.detail(GIVEN_TO, id.to_string());
    }
    step.changed.department_id = department;
    step.changed.assignee_id = assignee;
    Ok(())
}

/// Whether a ticket, or an open part of it, complains about a person.
fn is_concerned(tx: &mut Tx<'_>, ticket: &Ticket, person: Id) -> Result<bool, Error> {
    if complaints::service::is_about(tx, ticket, person)? {
        return Ok(true);
    }
    let parts = repo::list_open_parts(tx.conn, ticket.id)?;
    Ok(!parts.is_empty() && !complaints::service::about(tx, &parts, person)?.is_empty())
}

/// Whether somebody may take a ticket themselves. They are not told that somebody complained about them.
///
/// # Errors
/// [`Error::Forbidden`] `action_not_yours`.
pub(super) fn check_own(tx: &mut Tx<'_>, step: &Step, actor: &Actor) -> Result<(), Error> {
    if is_concerned(tx, &step.ticket, actor.user_id)? { Err(Error::Forbidden("action_not_yours")) } else { Ok(()) }
}

fn tell_new_owner(tx: &mut Tx<'_>, step: &Step) -> Result<(), Error> {
    let audience = match (step.changed.assignee_id, step.changed.department_id) {
        (Some(person), _) => Audience::Person(person),
        (None, Some(department)) => Audience::Department(department),
        (None, None) => Audience::Role(Role::Agent),
    };
    notices::tell(tx, &step.ticket, NoticeKind::TicketGiven, audience)
}
