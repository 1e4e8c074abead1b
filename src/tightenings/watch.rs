//! Looking every hour whether each department keeps to the target of its resolution rate.
//!
//! Rules:
//! - Looked at is what came in over the last thirty days of the site, as its rates count it by department, against what the
//!   site aims at for the resolution of all tickets.
//! - Small numbers trigger nothing: over fewer cases than the targets' `few` a department is not under its target.
//! - It lasts until it is looked again and the rate is as aimed at, or tells nothing any more.
//! - The department's row says whether it is tightened, and changes once however many look: whoever changed it keeps the
//!   record, tells, and asks for the job that sees to the clocks.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;

use super::model::Tightening;
use super::repo;
use crate::accounts::members;
use crate::accounts::model::Role;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::jobs::service::{self as jobs, JobKind};
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::rates::api::GroupBy;
use crate::rates::measures::{Counts, Rate, Share};
use crate::rates::periods::Period;
use crate::rates::service as rates;
use crate::rates::targets::{RateVerdict, Target};
use crate::rates::{aims, fold};
use crate::sites::model::Department;
use crate::sites::service as sites;
use crate::values::{Id, Instant};

/// How often it is looked.
const EVERY: SignedDuration = SignedDuration::from_hours(1);
/// What cannot be counted now is looked at again after so long.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// Over so many days, today's among them. Ours.
const OVER_DAYS: i32 = 30;

/// A department that is not as its rate says.
#[derive(Debug, Clone)]
struct Judged {
    department: Department,
    share: Share,
    target: Option<Target>,
    verdict: RateVerdict,
}

impl Judged {
    fn is_under(&self) -> bool {
        self.verdict == RateVerdict::Missed
    }
}

/// Makes sure that a site's departments are looked at every hour.
///
/// # Errors
/// As the database.
pub fn plant(tx: &mut Tx<'_>, site_id: Id) -> Result<(), Error> {
    jobs::enqueue_if_missing(tx, JobKind::JudgeDepartments, &site_id.to_string(), tx.now + EVERY)
}

/// [`plant`], for every site: at each start, for sites from before there were tightened ladders.
///
/// # Errors
/// As [`plant`].
pub fn plant_everywhere(tx: &mut Tx<'_>) -> Result<(), Error> {
    sites::sites(tx)?.into_iter().try_for_each(|site| plant(tx, site.id))
}

/// Looks at the departments of a site, and tightens or loosens those that are not as their rate says. Answers with when to
/// look again.
///
/// # Errors
/// As the database.
pub async fn judge(app: &Arc<App>, site_id: Id) -> Result<Instant, Error> {
    // Counted outside of any writing, in one snapshot.
    let judged = match app.study(move |tx| look(tx, site_id)).await {
        // Many tickets are being counted anew: no reason to give up.
        Err(Error::Unavailable { .. }) => return Ok(app.now() + AGAIN_AFTER),
        judged => judged?,
    };
    if !judged.is_empty() {
        app.write(move |tx| judged.iter().try_for_each(|one| change(tx, one))).await?;
    }
    Ok(app.now() + EVERY)
}

/// The departments whose state is not what their rate says.
fn look(tx: &mut Tx<'_>, site_id: Id) -> Result<Vec<Judged>, Error> {
    let period = Period::last_days(OVER_DAYS, rates::today(tx, site_id)?);
    let targets = aims::newest(tx, site_id)?;
    let pending = fold::pending(tx, site_id)?.change();
    let mut counts: HashMap<String, Counts> = HashMap::new();
    for ((key, _), some) in rates::sums(tx, &pending, site_id, None, Some(GroupBy::Department), period)? {
        counts.entry(key).or_default().merge(&some, 1);
    }
    let judge = |department: Department| {
        let share = counts.get(&department.id.to_string()).copied().unwrap_or_default().share(Rate::Resolution);
        let target = targets.of(Rate::Resolution, None);
        Judged { department, share, target, verdict: targets.judge(Rate::Resolution, None, share) }
    };
    let judged = sites::departments(tx, site_id)?.into_iter().map(judge);
    Ok(judged.filter(|one| one.is_under() != one.department.tightened_since.is_some()).collect())
}

/// Tightens or loosens a department, unless somebody just has.
fn change(tx: &mut Tx<'_>, judged: &Judged) -> Result<(), Error> {
    let department = &judged.department;
    if !sites::tighten(tx, department.id, judged.is_under())? {
        return Ok(());
    }
    let row = if judged.is_under() { begin(tx, judged)? } else { end(tx, judged)? };
    jobs::enqueue(tx, JobKind::Tighten, &department.id.to_string(), tx.now)?;
    tell(tx, judged, &row)
}

fn begin(tx: &mut Tx<'_>, judged: &Judged) -> Result<Tightening, Error> {
    let Judged { department, share, target, .. } = judged;
    let row = Tightening {
        id: tx.new_id(),
        site_id: department.site_id,
        department_id: department.id,
        since: tx.now,
        numerator: share.numerator,
        denominator: share.denominator,
        target: target.map_or(0, |target| target.share),
        ended_at: None,
        numerator_after: None,
        denominator_after: None,
        target_after: None,
        verdict_after: None,
    };
    repo::insert(tx.conn, &row)?;
    Ok(row)
}

fn end(tx: &mut Tx<'_>, judged: &Judged) -> Result<Tightening, Error> {
    let Judged { department, share, target, verdict } = judged;
    let running = repo::find_running(tx.conn, department.id)?;
    let running = running.ok_or_else(|| Error::internal("a tightened department without a record of it"))?;
    let row = Tightening {
        ended_at: Some(tx.now),
        numerator_after: Some(share.numerator),
        denominator_after: Some(share.denominator),
        target_after: target.map(|target| target.share),
        verdict_after: Some(*verdict),
        ..running
    };
    repo::update_ended(tx.conn, &row)?;
    Ok(row)
}

/// Tells whoever answers for the department, and the supervisors.
fn tell(tx: &mut Tx<'_>, judged: &Judged, row: &Tightening) -> Result<(), Error> {
    let Judged { department, share, target, .. } = judged;
    let kind = if judged.is_under() { NoticeKind::LadderTightened } else { NoticeKind::LadderLoosened };
    let staff = members::list_staff(tx, department.site_id)?;
    // Who supervises the site hears of it once.
    let hears = |id: &Id| staff.iter().any(|member| member.id == *id && member.role != Role::Supervisor);
    let lead = department.lead_id.filter(hears).map(Audience::Person);
    let audiences = lead.into_iter().chain([Audience::Role(Role::Supervisor)]);
    let told: Vec<_> = audiences
        .map(|audience| {
            let mut notice = notices::about_site(tx, department.site_id, kind, audience);
            notice.add("tightening_id", row.id.to_string());
            notice.add("department_id", department.id.to_string());
            notice.add("department", department.name.clone());
            notice.add("since", row.since.to_string());
            notice.add("numerator", share.numerator);
            notice.add("denominator", share.denominator);
            notice.add("target", target.map(|target| target.share));
            notice
        })
        .collect();
    notices::tell_all(tx, &told)
}
