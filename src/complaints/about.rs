//! Whom a complaint is about: said once it is there, and asked by whoever shows tickets or gives them to people.
//!
//! Rules:
//! - People name others in words; the desk knows who is meant and says so, with the reason. It says all of it: what is left
//!   out is not complained about.
//! - Nobody says it of themselves; that it is not about somebody after all, a lead says.
//! - Nobody ends alone what may be about themselves: where it is open whom a complaint about somebody's behaviour means,
//!   or its words name who would end it, somebody else says first whom it is about, if only that it is as it stands.
//! - Whoever it is about loses it at that moment: they neither see it nor hear of it, it goes back to their department or the
//!   desk if they had it, and is no part of an incident that they have.

use std::collections::HashSet;

use serde_json::json;

use super::api::SayAbout;
use super::model::Complaint;
use super::repo;
use super::service::{category_of, row_of, show, tell_major};
use super::views::ComplaintView;
use crate::accounts::api::StaffMember;
use crate::accounts::members;
use crate::accounts::model::{Actor, Role, Staff};
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sites::model::Kind;
use crate::sites::service as sites;
use crate::text::Text;
use crate::tickets::lifecycle::{Action, Status};
use crate::tickets::model::{Severity, Ticket};
use crate::tickets::record;
use crate::tickets::step::{self, Step};
use crate::values::Id;

/// Somebody says whom a complaint is about.
///
/// # Errors
/// [`Error::NotFound`] for shops, departments and staff that are not of its site, and for other kinds of tickets;
/// [`Error::Rule`] `about_unchanged`, `about_named_by_oneself`, `complaint_about_oneself`; [`Error::Forbidden`]
/// `about_needs_lead`; as [`step::begin`].
pub fn say(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: SayAbout) -> Result<ComplaintView, Error> {
    let SayAbout { shop_id, department_id, staff_id, staff_username, reason } = command;
    let mut step = step::begin(tx, staff, target, Action::About)?;
    let mut complaint = row_of(tx, step.ticket.id)?;
    let person = member(tx, step.ticket.site_id, staff_id, staff_username.as_ref())?;
    let said = (shop_id, department_id, person.as_ref().map(|one| one.id));
    // Said by somebody else, the same is a second person's word.
    let is_same = said == (step.ticket.shop_id, complaint.about_department_id, complaint.about_staff_id);
    if is_same && record::has_done(tx, step.ticket.id, staff.user_id, &[Action::About])? {
        return Err(Error::rule("about_unchanged"));
    }
    check(tx, staff, (&step.ticket, &complaint), said)?;
    step.event.reason = Some(reason.into_string());
    step.event.is_public = false;
    write_down(tx, &mut step, &complaint, said, person)?;
    let is_new_person = said.2.is_some() && said.2 != complaint.about_staff_id;
    (step.changed.shop_id, complaint.about_department_id, complaint.about_staff_id) = said;
    let is_taken = said.2.is_some() && said.2 == step.ticket.assignee_id;
    if let Some(whom) = said.2 {
        take_from(tx, &mut step, whom)?;
    }
    step.write(tx)?;
    repo::update(tx.conn, &complaint)?;
    // Told only now: whom it is about is not told.
    if is_taken {
        let audience = step.ticket.department_id.map_or(Audience::Role(Role::Agent), Audience::Department);
        notices::tell(tx, &step.ticket, NoticeKind::TicketGiven, audience)?;
    }
    // It may have been told to nobody else.
    if is_new_person && step.ticket.severity == Severity::Major {
        tell_major(tx, &step.ticket)?;
    }
    let ticket = step.view(tx, staff)?;
    show(tx, staff, ticket, complaint)
}

/// A shop, a department and a member of staff.
type Said = (Option<Id>, Option<Id>, Option<Id>);

/// Who is meant by an id, a name to sign in with, or both.
fn member(
    tx: &mut Tx<'_>,
    site_id: Id,
    id: Option<Id>,
    username: Option<&Text<64>>,
) -> Result<Option<StaffMember>, Error> {
    if id.is_none() && username.is_none() {
        return Ok(None);
    }
    let is_meant = |one: &StaffMember| {
        id.is_none_or(|id| id == one.id) && username.is_none_or(|username| one.username == **username)
    };
    let found = members::list_staff(tx, site_id)?.into_iter().find(is_meant);
    found.map(Some).ok_or(Error::NotFound("about_staff_not_found"))
}

fn check(
    tx: &mut Tx<'_>,
    staff: &Staff,
    (ticket, before): (&Ticket, &Complaint),
    (shop_id, department_id, person): Said,
) -> Result<(), Error> {
    if person == Some(staff.user_id) {
        return Err(Error::rule("about_named_by_oneself"));
    }
    let is_cleared = before.about_staff_id.is_some() && before.about_staff_id != person;
    if is_cleared && !staff.role_at(ticket.site_id).is_lead() {
        return Err(Error::Forbidden("about_needs_lead"));
    }
    if let Some(id) = shop_id {
        sites::check_shop(tx, ticket.site_id, id)?;
    }
    if let Some(id) = department_id {
        sites::department(tx, ticket.site_id, id)?;
    }
    if let Some(requester) = ticket.requester_id {
        let own_shop = members::shop_of(tx, ticket.site_id, requester)?;
        if person == Some(requester) || (shop_id.is_some() && shop_id == own_shop) {
            return Err(Error::rule("complaint_about_oneself"));
        }
    }
    Ok(())
}

/// What it was about and is about now stands on the timeline.
fn write_down(
    tx: &mut Tx<'_>,
    step: &mut Step,
    before: &Complaint,
    (shop_id, department_id, _): Said,
    person: Option<StaffMember>,
) -> Result<(), Error> {
    let names = sites::names(tx, step.ticket.site_id)?;
    let name = |id| names.of(id).map(|named| named.name.to_string());
    for (what, from, to) in
        [("shop", step.ticket.shop_id, shop_id), ("department", before.about_department_id, department_id)]
    {
        if from != to {
            step.detail(what, json!({ "from": name(from), "to": name(to) }));
        }
    }
    if before.about_staff_id != person.as_ref().map(|one| one.id) {
        let from = match before.about_staff_id {
            Some(id) => Some(crate::accounts::service::contact_of(tx, id)?.display_name),
            None => None,
        };
        step.detail("staff", json!({ "from": from, "to": person.map(|one| one.display_name) }));
    }
    Ok(())
}

/// A complaint is dealt with by somebody else than whom it is about from now on.
fn take_from(tx: &mut Tx<'_>, step: &mut Step, person: Id) -> Result<(), Error> {
    if step.ticket.assignee_id == Some(person) {
        step.changed.assignee_id = None;
        if step.ticket.status.is_open() && step.ticket.status != Status::New {
            step.go(if step.ticket.department_id.is_some() { Status::Assigned } else { Status::Accepted });
        }
    }
    if let Some(parent_id) = step.ticket.parent_id.filter(|_| step.ticket.is_open) {
        let incident = record::list_by_ids(tx, &[parent_id])?.remove(&parent_id);
        if let Some(incident) = incident.filter(|incident| incident.assignee_id == Some(person)) {
            step.changed.parent_id = None;
            step.detail("incident", incident.number());
        }
    }
    Ok(())
}

/// Somebody ends a complaint, or gives it a category that is not about behaviour: not while it may be about themselves, and
/// nobody else has said whom it is about. Names are looked for in the words; a shop, a department or a person that was
/// given when it came in was given by whoever complained.
///
/// # Errors
/// [`Error::Rule`] `about_unsaid`.
pub(crate) fn check_said(tx: &mut Tx<'_>, actor: &Actor, ticket: &Ticket) -> Result<(), Error> {
    if ticket.kind != Kind::Complaint || ticket.requester_id == Some(actor.user_id) {
        return Ok(());
    }
    let said_by = record::list_doers(tx, ticket.id, &[Action::About])?;
    if said_by.iter().any(|(_, by, _)| *by != Some(actor.user_id)) {
        return Ok(());
    }
    let Complaint { about_department_id, about_staff_id, .. } = row_of(tx, ticket.id)?;
    let given = [ticket.shop_id, about_department_id, about_staff_id];
    let is_given = said_by.is_empty() && given.iter().any(Option::is_some);
    let is_name = actor.display_name.chars().count() > 1;
    let names_them = about_staff_id.is_none() && is_name && ticket.description.contains(&actor.display_name);
    let is_conduct = category_of(tx, ticket)?.is_none_or(|category| category.is_conduct);
    if names_them || (is_conduct && !is_given) { Err(Error::rule("about_unsaid")) } else { Ok(()) }
}

/// Which of some tickets complain about any of the staff: where one does not know who reads, nobody sees them.
///
/// # Errors
/// As the database.
pub(crate) fn about_staff(tx: &mut Tx<'_>, ticket_ids: &[Id]) -> Result<HashSet<Id>, Error> {
    Ok(repo::list_about(tx.conn, ticket_ids)?.into_iter().map(|(id, _)| id).collect())
}

/// Whether a ticket complains about a department.
///
/// # Errors
/// As the database.
pub(crate) fn is_about_department(tx: &mut Tx<'_>, ticket: &Ticket, department_id: Id) -> Result<bool, Error> {
    Ok(ticket.kind == Kind::Complaint && row_of(tx, ticket.id)?.about_department_id == Some(department_id))
}

/// Whether a complaint says of a person or a department what another does not.
///
/// # Errors
/// As the database.
pub(crate) fn says_more(tx: &mut Tx<'_>, id: Id, other: Id) -> Result<bool, Error> {
    let (one, other) = (row_of(tx, id)?, row_of(tx, other)?);
    let is_lost = |said: Option<Id>, kept: Option<Id>| said.is_some() && said != kept;
    Ok(is_lost(one.about_staff_id, other.about_staff_id) || is_lost(one.about_department_id, other.about_department_id))
}
