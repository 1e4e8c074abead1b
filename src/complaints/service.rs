//! Filing a complaint, looking at it, and deciding how grave it is. What is done about it is in `steps.rs`.
//!
//! Rules:
//! - How grave it is, rules propose and a person decides, with a reason; each decision stays on the timeline. What is
//!   dangerous by its category is major from the start and stays so.
//! - The supervisor and who leads the department are told of a major one at once.
//! - Only a supervisor makes a major one less, also if it stays major: that nobody can be hurt any more is no agent's word
//!   alone.
//! - Nobody complains about themselves.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::api::{FileComplaint, GradeComplaint};
use super::finding_out::end_if_taken_back;
use super::grading::{self, Facts};
use super::model::{Complaint, Grade};
use super::views::{ComplaintDetails, ComplaintView, FiledComplaint};
use super::{deciding, regulator, repo, steps};
use crate::accounts::members;
use crate::accounts::model::{Actor, Role, SignedIn, Staff};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sites::model::{Category, Kind, Named, Place};
use crate::sites::service as sites;
use crate::standards::versions;
use crate::tickets::intake::{self, Requester};
use crate::tickets::lifecycle::{Action, Status};
use crate::tickets::model::{Severity, Ticket};
use crate::tickets::record;
use crate::tickets::regrade::{Regard, regard};
use crate::tickets::service::{self as tickets, NewMatter};
use crate::tickets::step;
use crate::tickets::views::TicketView;
use crate::values::{Id, Instant};

/// What happened longer ago is not complained about any more: after three years a claim is barred (Civil Code art. 188).
const OCCURRED_WITHIN: SignedDuration = SignedDuration::from_hours(3 * 366 * 24);

/// Files a complaint.
///
/// # Errors
/// [`Error::NotFound`] for unknown codes, places, shops, categories, departments and staff; [`Error::Rule`]
/// `complaint_place_needed`, `complaint_about_oneself`, `grade_undecided`; [`Error::Forbidden`] `on_behalf_not_yours`, `regulator_needs_staff`,
/// `settle_needs_staff`; [`Error::Invalid`] for a time it cannot have happened at; as [`tickets::open`].
pub fn file(tx: &mut Tx<'_>, actor: &SignedIn, command: FileComplaint) -> Result<FiledComplaint, Error> {
    let FileComplaint { scene, location_id, shop_id, description, category_id, attachment_ids, contact, .. } = command;
    let mut place = match (scene, location_id, shop_id) {
        (Some(scene), None, _) => sites::place_by_scene(tx, &scene)?,
        (None, Some(id), _) => sites::place_by_location(tx, id)?,
        (None, None, Some(id)) => sites::place_by_shop(tx, id)?,
        _ => return Err(Error::rule("complaint_place_needed")),
    };
    let site = place.site.clone();
    if let Some(id) = shop_id {
        let shop = sites::place_by_shop(tx, id)?;
        place.shop = shop.shop.filter(|_| shop.site.id == site.id);
        if place.shop.is_none() {
            return Err(Error::NotFound("shop_not_found"));
        }
    }
    let category = category_id.map(|id| sites::category(tx, site.id, Kind::Complaint, id)).transpose()?;
    let desk = actor.staff().filter(|staff| staff.role_at(site.id).is_desk());
    if command.from_regulator.is_some() && desk.is_none() && actor.scopes.is_none() {
        return Err(Error::Forbidden("regulator_needs_staff"));
    }
    if command.settled.is_some() && desk.is_none() {
        return Err(Error::Forbidden("settle_needs_staff"));
    }
    let who = intake::requester(tx, actor, site.id, contact, command.on_behalf_of)?;
    let received_at = who.received.as_ref().map_or(tx.now, |received| received.at);
    check_occurred(tx, command.occurred_at, received_at)?;
    if let Some(id) = command.about_department_id {
        sites::department(tx, site.id, id)?;
    }
    check_about(tx, (actor, &who), &mut place, (shop_id, command.about_staff_id))?;
    let open_on_same = tickets::open_at(tx, &place)?;
    let is_dangerous = category.as_ref().is_some_and(|category| category.is_safety);
    let matter = NewMatter {
        kind: Kind::Complaint,
        place,
        category,
        description: description.into_string(),
        attachment_ids,
        priority: None,
        who,
    };
    let opened = tickets::open(tx, actor, matter)?;
    let ticket = opened.ticket.clone();
    let proposal = grading::propose(&Facts {
        description: &ticket.description,
        is_dangerous,
        similar: opened.crowd.people,
        is_media_risk: command.media_risk,
    });
    let grade = if ticket.severity == Severity::Major { Grade::MajorSafety } else { Grade::Normal };
    let is_graver = proposal.grade > grade;
    let mut complaint = new_row(&ticket, grade, (command.about_department_id, command.about_staff_id));
    complaint.proposed_grade = is_graver.then_some(proposal.grade);
    complaint.proposed_because = is_graver.then(|| proposal.reasons());
    complaint.occurred_at = command.occurred_at;
    complaint.is_media_risk = command.media_risk;
    if let Some(from) = command.from_regulator {
        regulator::note(tx, &mut complaint, &site, received_at, from)?;
    }
    repo::insert(tx.conn, &complaint)?;
    regulator::watch(tx, &complaint)?;
    // Told only now: whom it is about is not told.
    let view = tickets::announce(tx, actor, opened)?;
    if grade != Grade::Normal {
        tell_major(tx, &ticket)?;
    } else if let Some(proposed) = complaint.proposed_grade {
        tell_proposed(tx, &ticket, proposed)?;
    }
    let filed = match command.settled.zip(desk) {
        Some((settled, desk)) => steps::settle(tx, &desk, Target { id: ticket.id, expected_version: None }, settled)?,
        None => show(tx, actor, view, complaint)?,
    };
    Ok(FiledComplaint { filed, open_on_same })
}

fn new_row(ticket: &Ticket, grade: Grade, (department, staff): (Option<Id>, Option<Id>)) -> Complaint {
    Complaint {
        ticket_id: ticket.id,
        site_id: ticket.site_id,
        grade,
        proposed_grade: None,
        proposed_because: None,
        graded_by_id: None,
        graded_at: None,
        occurred_at: None,
        about_department_id: department,
        about_staff_id: staff,
        is_media_risk: false,
        facts: None,
        cause: None,
        responsibility: None,
        measures: None,
        investigated_by_id: None,
        investigated_at: None,
        offer: None,
        offered_at: None,
        is_agreed: None,
        outcome: None,
        compensation_fen: None,
        approved_by_id: None,
        concluded_at: None,
        regulator_name: None,
        regulator_reference: None,
        external_due_at: None,
        is_external_due_provisional: false,
        regulator_received_at: None,
        regulator_working_days: None,
    }
}

fn check_occurred(tx: &Tx<'_>, at: Option<Instant>, received_at: Instant) -> Result<(), Error> {
    match at {
        Some(at) if at > tx.now => Err(Error::field("/occurred_at", "occurred_in_future")),
        // Nobody hears of what has not happened yet.
        Some(at) if at > received_at => Err(Error::field("/occurred_at", "occurred_after_receipt")),
        Some(at) if at < tx.now - OCCURRED_WITHIN => Err(Error::field("/occurred_at", "occurred_too_long_ago")),
        _ => Ok(()),
    }
}

/// Who complains about themselves, or about their own shop, has taken the wrong form. A merchant who scans the code of
/// their own shop says where they are, not about whom.
fn check_about(
    tx: &mut Tx<'_>,
    (actor, who): (&Actor, &Requester),
    place: &mut Place,
    (about_shop_id, about_staff_id): (Option<Id>, Option<Id>),
) -> Result<(), Error> {
    if let Some(id) = about_staff_id {
        // Nor does anybody write down what is said against them.
        if who.id == Some(id) || actor.user_id == id {
            return Err(Error::rule("complaint_about_oneself"));
        }
        members::staff_membership(tx, place.site.id, id)?.ok_or(Error::NotFound("about_staff_not_found"))?;
    }
    let own_shop = match who.id {
        Some(id) => members::shop_of(tx, place.site.id, id)?,
        None => None,
    };
    if own_shop.is_some() && own_shop == place.shop.as_ref().map(|shop| shop.id) {
        if about_shop_id.is_some() {
            return Err(Error::rule("complaint_about_oneself"));
        }
        place.shop = None;
    }
    Ok(())
}

pub(super) fn category_of(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Option<Category>, Error> {
    ticket.category_id.map(|id| sites::category(tx, ticket.site_id, ticket.kind, id)).transpose()
}

/// Tells the supervisors, and who leads the department that has it or usually would, if they are none and it is not about
/// them.
pub(super) fn tell_major(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<(), Error> {
    notices::tell(tx, ticket, NoticeKind::ComplaintMajor, Audience::Role(Role::Supervisor))?;
    let category = category_of(tx, ticket)?;
    let department = ticket.department_id.or_else(|| category.and_then(|category| category.department_id));
    let set = versions::current(tx, ticket.site_id)?;
    let Some(lead) = department.and_then(|id| set.lead_of(id)) else { return Ok(()) };
    let membership = members::staff_membership(tx, ticket.site_id, lead)?;
    let is_supervisor = membership.is_some_and(|membership| membership.role == Role::Supervisor);
    if is_supervisor || is_about(tx, ticket, lead)? {
        return Ok(());
    }
    notices::tell(tx, ticket, NoticeKind::ComplaintMajor, Audience::Person(lead))
}

/// Tells the supervisors that a complaint looks graver than it stands.
///
/// # Errors
/// As the database.
pub(super) fn tell_proposed(tx: &mut Tx<'_>, ticket: &Ticket, proposed: Grade) -> Result<(), Error> {
    let mut notice = notices::notice(tx, ticket, NoticeKind::GradeProposed, Audience::Role(Role::Supervisor))?;
    notice.add("grade", proposed.as_str());
    notices::tell_all(tx, &[notice])
}

/// A complaint.
///
/// # Errors
/// [`Error::NotFound`] also for those of others, and for other kinds of tickets; [`Error::Forbidden`]
/// `ticket_only_followed`.
pub fn find(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<ComplaintView, Error> {
    let ticket = record::find_involved(tx, actor, target)?;
    let complaint = row_of(tx, ticket.id)?;
    let opened = tickets::find(tx, actor, target)?;
    show(tx, actor, opened, complaint)
}

/// The row beside a ticket.
pub(super) fn row_of(tx: &mut Tx<'_>, ticket_id: Id) -> Result<Complaint, Error> {
    repo::find(tx.conn, ticket_id)?.ok_or(Error::NotFound("complaint_not_found"))
}

pub(super) fn show(
    tx: &mut Tx<'_>,
    actor: &Actor,
    ticket: TicketView,
    complaint: Complaint,
) -> Result<ComplaintView, Error> {
    let names = sites::names(tx, complaint.site_id)?;
    let about = match complaint.about_staff_id {
        Some(id) => Some(Named::new(id, accounts::contact_of(tx, id)?.display_name)),
        None => None,
    };
    let is_staff = actor.role_at(complaint.site_id).is_staff();
    Ok(ComplaintView { complaint: ComplaintDetails::new(complaint, &names, about, is_staff), ticket })
}

/// Somebody decides how grave a complaint is; also that it is as grave as it stands.
///
/// # Errors
/// [`Error::Forbidden`] `grade_needs_lead`; [`Error::Rule`] `regrade_nothing` if that was decided already,
/// `regrade_dangerous`; as [`step::begin`].
pub fn grade(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: GradeComplaint) -> Result<ComplaintView, Error> {
    let GradeComplaint { grade, reason } = command;
    let mut step = step::begin(tx, staff, target, Action::Regrade)?;
    let mut complaint = row_of(tx, step.ticket.id)?;
    let before = complaint.grade;
    // Said once more, it decides on the parts that have come since.
    let is_said = grade == before && complaint.graded_at.is_some();
    if is_said && !deciding::has_undecided_part(tx, &step.ticket)? {
        return Err(Error::rule("regrade_nothing"));
    }
    if grade != Grade::MajorSafety && category_of(tx, &step.ticket)?.is_some_and(|category| category.is_safety) {
        return Err(Error::rule("regrade_dangerous"));
    }
    if grade < before && !staff.role_at(step.ticket.site_id).is_lead() {
        return Err(Error::Forbidden("grade_needs_lead"));
    }
    if grade.severity() != step.ticket.severity {
        regard(tx, &mut step, staff, Regard { severity: Some(grade.severity()), ..Regard::default() })?;
    }
    step.event.reason = Some(reason.into_string());
    step.event.is_public = false;
    step.detail("from_grade", before.as_str());
    step.detail("to_grade", grade.as_str());
    step.write_without_clocks(tx)?;
    complaint.grade = grade;
    (complaint.graded_by_id, complaint.graded_at) = (Some(staff.user_id), Some(tx.now));
    repo::update(tx.conn, &complaint)?;
    if grade != before && grade != Grade::Normal {
        tell_major(tx, &step.ticket)?;
    }
    end_if_taken_back(tx, step.ticket.id)?;
    let ticket = step.view(tx, staff)?;
    show(tx, staff, ticket, complaint)
}

/// A complaint's ticket was given another severity or category by itself: the grade goes with it.
///
/// # Errors
/// As the database.
pub(crate) fn follow_regrade(tx: &mut Tx<'_>, staff: &Staff, ticket: &Ticket, is_dangerous: bool) -> Result<(), Error> {
    let mut complaint = row_of(tx, ticket.id)?;
    let before = complaint.grade;
    complaint.grade = match ticket.severity {
        Severity::Normal => Grade::Normal,
        Severity::Major if is_dangerous => Grade::MajorSafety,
        Severity::Major if before == Grade::Normal => complaint.proposed_grade.unwrap_or(Grade::MajorGroup),
        Severity::Major => before,
    };
    if complaint.grade == before {
        return Ok(());
    }
    (complaint.graded_by_id, complaint.graded_at) = (Some(staff.user_id), Some(tx.now));
    repo::update(tx.conn, &complaint)?;
    end_if_taken_back(tx, ticket.id)?;
    if complaint.grade == Grade::Normal { Ok(()) } else { tell_major(tx, ticket) }
}

/// Which of some tickets complain about a person: they are not to see them.
///
/// # Errors
/// As the database.
pub(crate) fn about(tx: &mut Tx<'_>, ticket_ids: &[Id], person: Id) -> Result<HashSet<Id>, Error> {
    let about = repo::list_about(tx.conn, ticket_ids)?.into_iter();
    Ok(about.filter(|(_, whom)| *whom == person).map(|(id, _)| id).collect())
}

/// Whether the person was offered something, and can still say whether they agree.
///
/// # Errors
/// As the database.
pub(crate) fn awaits_agreement(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<bool, Error> {
    let is_talked_about = ticket.status.is_open() || ticket.status == Status::Resolved;
    if ticket.kind != Kind::Complaint || !is_talked_about {
        return Ok(false);
    }
    let complaint = row_of(tx, ticket.id)?;
    Ok(complaint.offered_at.is_some() && complaint.is_agreed.is_none())
}

/// The member of staff a ticket complains about.
///
/// # Errors
/// As the database.
pub(crate) fn whom(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Option<Id>, Error> {
    if ticket.kind != Kind::Complaint {
        return Ok(None);
    }
    Ok(row_of(tx, ticket.id)?.about_staff_id)
}

/// Whether somebody is the one a ticket complains about.
///
/// # Errors
/// As the database.
pub(crate) fn is_about(tx: &mut Tx<'_>, ticket: &Ticket, person: Id) -> Result<bool, Error> {
    Ok(whom(tx, ticket)? == Some(person))
}
