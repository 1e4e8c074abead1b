//! What people do about a missed target: plan, show what was done, check.
//!
//! Rules:
//! - It has an owner: who answers for the worst department, else a supervisor, else an admin. They and the leads of its site
//!   work on it.
//! - Only a lead checks, and never its owner, who planned it or who showed what was done. Until then each of these may be done
//!   anew: where there is but one lead besides the owner, the owner takes back what the other one did.
//! - A check measures the rate again, over the last thirty days and with the same counts, and keeps what it found.
//! - What is not good goes back, with the reason, to be done again.

use std::collections::HashMap;

use jiff::civil::Date;

use super::api::{
    EvidenceImprovement, ImprovementView, ListImprovements, OpenImprovement, PlanImprovement, VerifyImprovement,
};
use super::findings::{self, Counted, Finding};
use super::model::{Aim, Improvement, ImprovementCause, ImprovementStatus, Narrowed, NumberedImprovement};
use super::repo;
use super::watch::{self, Opening};
use crate::accounts::model::{Lead, Staff};
use crate::accounts::{members, service as accounts};
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::rates::measures::{Rate, Share};
use crate::rates::periods::Period;
use crate::rates::service as rates;
use crate::sites::model::Kind;
use crate::values::Id;

/// The rates that miss their target in a month and have no improvement: for as long as there is one, nobody can say that
/// the month was dealt with. (That there were too many complaints is no rate.)
///
/// # Errors
/// As the database; [`Error::Unavailable`] `rates_counting`.
pub fn gaps(tx: &mut Tx<'_>, site_id: Id, month: Period) -> Result<Vec<(Rate, Option<Kind>)>, Error> {
    let known = watch::known(tx, site_id, month)?;
    let missed = Counted::new(tx, site_id)?.missed(tx, month)?;
    let open = missed.into_iter().filter(|miss| !known.contains(&miss.aim));
    Ok(open.filter_map(|miss| Some((miss.aim.rate?, miss.aim.kind))).collect())
}

/// What a lead wants improved by hand, if it is missed: counted outside of any writing.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found`; [`Error::Forbidden`] `action_not_yours`; [`Error::Invalid`] `period_future`;
/// [`Error::Unavailable`] `rates_counting`.
pub fn seek(
    tx: &mut Tx<'_>,
    lead: &Lead,
    site_id: Id,
    month: Date,
    aim: Aim,
) -> Result<Option<(Period, Finding)>, Error> {
    let role = lead.role_at(site_id);
    if !role.is_staff() {
        return Err(Error::NotFound("site_not_found"));
    }
    let today = rates::today(tx, site_id)?;
    if !role.is_lead() {
        return Err(Error::Forbidden("action_not_yours"));
    }
    let month = Period::month_of(month);
    if month.from > today {
        return Err(Error::field("/month", "period_future"));
    }
    let counted = Counted::new(tx, site_id)?;
    let missed = counted.missed(tx, month)?.into_iter().find(|miss| miss.aim == aim);
    missed.map(|miss| Ok((month, counted.explain(tx, month, miss)?))).transpose()
}

/// A lead opens an improvement for a target that a month misses.
///
/// # Errors
/// [`Error::Rule`] `improvement_target_not_missed`, `improvement_owner_elsewhere`; [`Error::Conflict`]
/// `improvement_exists`.
pub fn open(
    tx: &mut Tx<'_>,
    lead: &Lead,
    command: &OpenImprovement,
    found: Option<(Period, Finding)>,
) -> Result<ImprovementView, Error> {
    let (month, finding) = found.ok_or(Error::rule("improvement_target_not_missed"))?;
    let owner_id = match command.owner_id {
        Some(id) if members::list_staff(tx, command.site_id)?.iter().any(|member| member.id == id) => Some(id),
        Some(_) => return Err(Error::rule("improvement_owner_elsewhere")),
        None => watch::owner_of(tx, command.site_id, &finding)?,
    };
    let opening = Opening { cause: ImprovementCause::ByHand, owner_id, by: Some(lead.user_id) };
    let opened = watch::open(tx, command.site_id, month, finding, opening)?;
    show(tx, opened.ok_or(Error::conflict("improvement_exists"))?, true)
}

/// What its owner and the desk of its site may know of.
fn load(tx: &mut Tx<'_>, staff: &Staff, id: Id) -> Result<NumberedImprovement, Error> {
    let is_theirs =
        |one: &NumberedImprovement| staff.role_at(one.row.site_id).is_desk() || one.row.owner_id == Some(staff.user_id);
    repo::find(tx.conn, id)?.filter(is_theirs).ok_or(Error::NotFound("improvement_not_found"))
}

/// The same to work on, if that is the next step.
fn begin(tx: &mut Tx<'_>, staff: &Staff, target: Target, step: &str) -> Result<NumberedImprovement, Error> {
    let one = load(tx, staff, target.id)?;
    let is_lead = staff.role_at(one.row.site_id).is_lead();
    let is_owner = one.row.owner_id == Some(staff.user_id);
    if !is_lead && (!is_owner || step == "verify") {
        return Err(Error::Forbidden("action_not_yours"));
    }
    target.check(one.row.version)?;
    let steps = one.row.status.steps();
    if !steps.contains(&step) {
        return Err(Error::Conflict { code: "improvement_not_now", allowed: Some(steps.to_vec()) });
    }
    Ok(one)
}

pub(super) fn write(tx: &mut Tx<'_>, row: &mut Improvement) -> Result<(), Error> {
    row.version += 1;
    if repo::update(tx.conn, row)? == 0 { Err(Error::conflict("improvement_changed_meanwhile")) } else { Ok(()) }
}

/// Says what shall be done; may be said anew until it is shown to be.
///
/// # Errors
/// [`Error::NotFound`] also for those of others; [`Error::Forbidden`] `action_not_yours`; [`Error::Conflict`]
/// `improvement_not_now`; [`Error::PreconditionFailed`].
pub fn plan(
    tx: &mut Tx<'_>,
    staff: &Staff,
    target: Target,
    command: PlanImprovement,
) -> Result<ImprovementView, Error> {
    let mut one = begin(tx, staff, target, "plan")?;
    let row = &mut one.row;
    row.status = ImprovementStatus::Planned;
    // From before each had one.
    row.owner_id = row.owner_id.or(Some(staff.user_id));
    row.plan = Some(command.plan.into_string());
    (row.planned_by_id, row.planned_at) = (Some(staff.user_id), Some(tx.now));
    write(tx, row)?;
    show_to(tx, staff, one)
}

/// Shows what was done.
///
/// # Errors
/// As [`plan`].
pub fn evidence(
    tx: &mut Tx<'_>,
    staff: &Staff,
    target: Target,
    command: EvidenceImprovement,
) -> Result<ImprovementView, Error> {
    let mut one = begin(tx, staff, target, "evidence")?;
    let row = &mut one.row;
    row.status = ImprovementStatus::Evidenced;
    row.evidence = Some(command.evidence.into_string());
    (row.evidenced_by_id, row.evidenced_at) = (Some(staff.user_id), Some(tx.now));
    write(tx, row)?;
    show_to(tx, staff, one)
}

/// How an improvement's rate stands over the last thirty days: counted outside of any writing.
///
/// # Errors
/// [`Error::NotFound`] also for those of others; [`Error::Unavailable`] `rates_counting`.
pub fn measure(tx: &mut Tx<'_>, staff: &Staff, id: Id) -> Result<Share, Error> {
    let row = load(tx, staff, id)?.row;
    findings::measure_again(tx, row.site_id, row.aim())
}

/// Somebody else looks whether it was done, with how the rate stands now.
///
/// # Errors
/// As [`plan`]; [`Error::Rule`] `improvement_checked_by_doer`.
pub fn verify(
    tx: &mut Tx<'_>,
    staff: &Staff,
    target: Target,
    command: VerifyImprovement,
    now: Share,
) -> Result<ImprovementView, Error> {
    let mut one = begin(tx, staff, target, "verify")?;
    let row = &mut one.row;
    if [row.owner_id, row.planned_by_id, row.evidenced_by_id].contains(&Some(staff.user_id)) {
        return Err(Error::rule("improvement_checked_by_doer"));
    }
    row.status = if command.accepted { ImprovementStatus::Closed } else { ImprovementStatus::Planned };
    row.rejections += i32::from(!command.accepted);
    row.check_note = Some(command.note.into_string());
    (row.checked_by_id, row.checked_at) = (Some(staff.user_id), Some(tx.now));
    (row.numerator_after, row.denominator_after) = (Some(now.numerator), Some(now.denominator));
    write(tx, row)?;
    show_to(tx, staff, one)
}

/// An improvement.
///
/// # Errors
/// [`Error::NotFound`] also for those of others.
pub fn find(tx: &mut Tx<'_>, staff: &Staff, id: Id) -> Result<ImprovementView, Error> {
    let one = load(tx, staff, id)?;
    show_to(tx, staff, one)
}

/// Improvements, newest first: the desk sees its sites', everyone else their own. One more than asked for tells whether
/// there are more.
///
/// # Errors
/// As the database.
pub fn list(
    tx: &mut Tx<'_>,
    staff: &Staff,
    query: &ListImprovements,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<ImprovementView>, Error> {
    let (is_desk, sites) = staff.listed_sites(query.site_id);
    let owner_id = (!is_desk).then_some(staff.user_id);
    let narrowed = Narrowed { owner_id, sites, status: query.status, rate: query.rate, before };
    let rows = repo::list(tx.conn, &narrowed, limit)?;
    let names = names_of(tx, &rows)?;
    let view = |one: NumberedImprovement| {
        let is_lead = staff.role_at(one.row.site_id).is_lead();
        ImprovementView::new(one, &names, is_lead, tx.now)
    };
    rows.into_iter().map(view).collect()
}

fn show_to(tx: &mut Tx<'_>, staff: &Staff, one: NumberedImprovement) -> Result<ImprovementView, Error> {
    let is_lead = staff.role_at(one.row.site_id).is_lead();
    show(tx, one, is_lead)
}

fn show(tx: &mut Tx<'_>, one: NumberedImprovement, is_lead: bool) -> Result<ImprovementView, Error> {
    let names = names_of(tx, std::slice::from_ref(&one))?;
    ImprovementView::new(one, &names, is_lead, tx.now)
}

fn names_of(tx: &mut Tx<'_>, rows: &[NumberedImprovement]) -> Result<HashMap<Id, String>, Error> {
    let of = |one: &NumberedImprovement| {
        let Improvement { owner_id, planned_by_id, evidenced_by_id, checked_by_id, created_by_id, .. } = one.row;
        [owner_id, planned_by_id, evidenced_by_id, checked_by_id, created_by_id]
    };
    let mut ids: Vec<Id> = rows.iter().flat_map(of).flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    accounts::names_of(tx, &ids)
}
