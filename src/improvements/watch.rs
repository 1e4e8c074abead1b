//! Looking every night at how a site does, and opening what has to be improved.
//!
//! Rules:
//! - Each target that a month missed opens one as soon as the month is over and somebody is there to look; in the first days of
//!   a month it is looked again every night, and later that month is as it is.
//! - A target of the running month that is out of reach opens one at once: there is still time to learn from it.
//! - However often it is looked, there is one for each month and aim.
//! - What is not closed in time is told to whom it concerns and, once, to the admin.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan as _};

use super::findings::{Counted, Finding};
use super::model::{Aim, DONE_WITHIN, Improvement, ImprovementCause, ImprovementStatus, NumberedImprovement, number};
use super::{repo, service};
use crate::accounts::members;
use crate::accounts::model::Role;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::jobs::service::{self as jobs, JobKind};
use crate::notices::service::{self as notices, Audience, Notice, NoticeKind};
use crate::rates::measures::Rate;
use crate::rates::periods::Period;
use crate::rates::service as rates;
use crate::sites::model::Kind;
use crate::sites::service as sites;
use crate::values::{Id, Instant, Json};

/// So long after midnight it is looked: the day that is over has been counted.
const AFTER_MIDNIGHT: SignedDuration = SignedDuration::from_mins(10);
/// What cannot be counted now is looked at again after so long.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// So many days of a month it is looked at the month before every night: what is written down late still counts. Ours.
const LOOKED_BACK_FOR: i8 = 5;
/// Of a site that was never looked at, not more months are looked at than a report compares.
const MOST_MONTHS: i32 = 12;

/// What a look found: of which month, and how it came about.
type Found = (Period, ImprovementCause, Finding);

/// Makes sure that a site is looked at every night.
///
/// # Errors
/// [`Error::NotFound`].
pub fn plant(tx: &mut Tx<'_>, site_id: Id) -> Result<(), Error> {
    let at = next_night(tx, site_id)?;
    jobs::enqueue_if_missing(tx, JobKind::JudgeRates, &site_id.to_string(), at)
}

/// [`plant`], for every site: at each start, for sites from before there were improvements.
///
/// # Errors
/// As [`plant`].
pub fn plant_everywhere(tx: &mut Tx<'_>) -> Result<(), Error> {
    sites::sites(tx)?.into_iter().try_for_each(|site| plant(tx, site.id))
}

fn next_night(tx: &mut Tx<'_>, site_id: Id) -> Result<Instant, Error> {
    let today = rates::today(tx, site_id)?;
    let tonight = rates::begin_of(tx, site_id, today)? + AFTER_MIDNIGHT;
    if tonight > tx.now {
        return Ok(tonight);
    }
    Ok(rates::begin_of(tx, site_id, today.saturating_add(1.day()))? + AFTER_MIDNIGHT)
}

/// Opens what a site has to improve. Answers with when to look again: next night, or soon if it cannot be counted now.
///
/// # Errors
/// As the database.
pub async fn judge(app: &Arc<App>, site_id: Id) -> Result<Instant, Error> {
    // Counted outside of any writing, in one snapshot.
    let (over, found) = match app.study(move |tx| look(tx, site_id)).await {
        // Many tickets are being counted anew, perhaps for hours: no reason to give up.
        Err(Error::Unavailable { .. }) => return Ok(app.now() + AGAIN_AFTER),
        found => found?,
    };
    app.write(move |tx| {
        for (month, cause, finding) in found {
            let owner_id = owner_of(tx, site_id, &finding)?;
            open(tx, site_id, month, finding, Opening { cause, owner_id, by: None })?;
        }
        repo::upsert_judged(tx.conn, &judged_of(site_id), &over)?;
        next_night(tx, site_id)
    })
    .await
}

/// What a site has to improve, and the first day of the newest month that is over and was looked at for it.
fn look(tx: &mut Tx<'_>, site_id: Id) -> Result<(String, Vec<Found>), Error> {
    let today = rates::today(tx, site_id)?;
    let counted = Counted::new(tx, site_id)?;
    let month = Period::month_of(today);
    let newest = month.previous();
    let mut found = Vec::new();
    let mut over = oldest_to_judge(tx, site_id, today)?;
    while over.from <= newest.from {
        let missed = counted.missed(tx, over)?;
        found.extend(missed.into_iter().map(|miss| (over, ImprovementCause::PeriodEnd, miss)));
        over = Period::month_of(over.to.saturating_add(1.day()));
    }
    let lost = counted.out_of_reach(tx, month, i32::from(today.day()) - 1)?;
    found.extend(lost.into_iter().map(|miss| (month, ImprovementCause::EarlyWarning, miss)));
    let mut explained = Vec::new();
    for (month, cause, miss) in found {
        if !known(tx, site_id, month)?.contains(&miss.aim) {
            explained.push((month, cause, counted.explain(tx, month, miss)?));
        }
    }
    Ok((newest.from.to_string(), explained))
}

/// The first month to be looked at although it is over: the one after those that were, however long nobody was there; in the
/// first days of a month the one before it in any case.
fn oldest_to_judge(tx: &mut Tx<'_>, site_id: Id, today: Date) -> Result<Period, Error> {
    let month = Period::month_of(today);
    let judged = repo::find_judged(tx.conn, &judged_of(site_id))?.and_then(|day| day.parse::<Date>().ok());
    let next = match judged {
        Some(judged) => judged.saturating_add(1.month()),
        None => rates::begun_on(tx, site_id)?.max(today.saturating_sub(MOST_MONTHS.months())),
    };
    let slack = if today.day() <= LOOKED_BACK_FOR { month.previous().from } else { month.from };
    Ok(Period::month_of(next.min(slack)))
}

/// Under which name it is kept which month of a site was looked at last.
fn judged_of(site_id: Id) -> String {
    format!("judged_month {site_id}")
}

/// The aims of a month that have an improvement.
pub(super) fn known(tx: &mut Tx<'_>, site_id: Id, month: Period) -> Result<Vec<Aim>, Error> {
    let rows = repo::list_of_month(tx.conn, site_id, &month.from.to_string())?;
    Ok(rows.iter().map(Improvement::aim).collect())
}

/// Who shall answer for it: whoever answers for the department with the most cases against us, else, as for the desk's own, a
/// supervisor of the site, else an admin.
pub(super) fn owner_of(tx: &mut Tx<'_>, site_id: Id, finding: &Finding) -> Result<Option<Id>, Error> {
    let worst: Option<Id> = finding.worst.departments.first().and_then(|group| group.key.parse().ok());
    let departments = sites::departments(tx, site_id)?;
    let lead = departments.into_iter().find(|one| Some(one.id) == worst).and_then(|one| one.lead_id);
    let staff = members::list_staff(tx, site_id)?;
    match lead.filter(|id| staff.iter().any(|member| member.id == *id)) {
        Some(lead) => Ok(Some(lead)),
        None => members::first_lead(tx, site_id),
    }
}

/// How an improvement is opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening {
    pub(super) cause: ImprovementCause,
    pub(super) owner_id: Option<Id>,
    /// The lead who asks for it.
    pub(super) by: Option<Id>,
}

/// Opens an improvement and tells whom it concerns; none if there is one already.
pub(super) fn open(
    tx: &mut Tx<'_>,
    site_id: Id,
    month: Period,
    finding: Finding,
    opening: Opening,
) -> Result<Option<NumberedImprovement>, Error> {
    let Finding { miss, worst } = finding;
    let Opening { cause, owner_id, by } = opening;
    let row = Improvement {
        id: tx.new_id(),
        site_id,
        first_day: month.from.to_string(),
        rate: miss.aim.rate,
        ticket_kind: miss.aim.kind,
        cause,
        status: ImprovementStatus::Open,
        numerator: miss.share.numerator,
        denominator: miss.share.denominator,
        target: miss.target,
        worst: Json(serde_json::to_value(worst).map_err(Error::internal)?),
        owner_id,
        due_at: tx.now + DONE_WITHIN,
        escalated_at: None,
        plan: None,
        planned_by_id: None,
        planned_at: None,
        evidence: None,
        evidenced_by_id: None,
        evidenced_at: None,
        check_note: None,
        checked_by_id: None,
        checked_at: None,
        numerator_after: None,
        denominator_after: None,
        rejections: 0,
        version: 1,
        created_by_id: by,
        created_at: tx.now,
    };
    // Before the row is written: a number is not used up each night.
    if known(tx, site_id, month)?.contains(&miss.aim) {
        return Ok(None);
    }
    let Some(seq) = repo::insert_if_missing(tx.conn, &row)? else { return Ok(None) };
    let one = NumberedImprovement { seq, row };
    let notice = notice(tx, &one, NoticeKind::ImprovementOpened, concerned(&one.row));
    notices::tell_all(tx, &[notice])?;
    jobs::enqueue(tx, JobKind::ImprovementDue, &one.row.id.to_string(), one.row.due_at)?;
    Ok(Some(one))
}

/// Tells of an improvement that is not closed in time: whom it concerns, and the admin.
///
/// # Errors
/// As the database.
pub fn escalate(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    let is_late = |one: &NumberedImprovement| {
        one.row.status != ImprovementStatus::Closed && one.row.escalated_at.is_none() && one.row.due_at <= tx.now
    };
    let Some(mut one) = repo::find(tx.conn, id)?.filter(is_late) else { return Ok(()) };
    one.row.escalated_at = Some(tx.now);
    service::write(tx, &mut one.row)?;
    let audiences = [concerned(&one.row), Audience::Role(Role::Admin)];
    let told = audiences.map(|audience| notice(tx, &one, NoticeKind::ImprovementOverdue, audience));
    notices::tell_all(tx, &told)
}

/// Who answers for an improvement: its owner, or the supervisors.
fn concerned(row: &Improvement) -> Audience {
    row.owner_id.map_or(Audience::Role(Role::Supervisor), Audience::Person)
}

fn notice(tx: &Tx<'_>, one: &NumberedImprovement, kind: NoticeKind, audience: Audience) -> Notice {
    let mut notice = notices::about_site(tx, one.row.site_id, kind, audience);
    notice.add("improvement_id", one.row.id.to_string());
    notice.add("number", number(one.seq));
    notice.add("rate", one.row.rate.map(Rate::as_str));
    notice.add("ticket_kind", one.row.ticket_kind.map(Kind::as_str));
    notice.add("month", one.row.first_day.clone());
    notice.add("due_at", one.row.due_at.to_string());
    notice
}
