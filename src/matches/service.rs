//! Comparing reports with items, and telling who may be glad.
//!
//! Rules:
//! - Either side new or changed is compared with everything open on the other, by a job right after the change: a phone does
//!   not wait for it.
//! - Staff see the score and its parts; the reporter only learns that we may have it, once for each item.
//! - What is promised, gone, or not looked for any more is compared with nothing.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use super::api::{MatchView, MatchedReportView};
use super::model::{Among, FoundPrint, LostPrint, Match};
use super::repo;
use crate::accounts::model::{Role, SignedIn, Staff};
use crate::app::{App, Tx};
use crate::error::Error;
use crate::found_items::model::FoundItem;
use crate::found_items::{record, service as items};
use crate::http::input::Target;
use crate::jobs::service::{self as jobs, JobKind};
use crate::lost_found::categories;
use crate::lost_found::fingerprint::{Described, Fingerprint, View};
use crate::lost_found::likeness::{self, Likeness, WORTH_SHOWING, WORTH_TELLING};
use crate::lost_reports::model::{LONGEST_RANGE, LostReport, number};
use crate::lost_reports::service as reports;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sites::model::Names;
use crate::sites::service as sites;
use crate::values::{Id, Instant, Json};

/// As many are kept of each report, and of each item.
const KEPT: usize = 10;

/// An item came into custody, or what is known of it changed.
///
/// # Errors
/// As the database.
pub(crate) fn renew_item(tx: &mut Tx<'_>, item: &FoundItem) -> Result<(), Error> {
    let names = sites::names(tx, item.site_id)?;
    let print = Fingerprint::of(&Described {
        category: item.kind().number,
        colours: crate::found_items::views::colours(item.colours),
        brand: item.brand.as_deref(),
        words: &item.description,
        places: vec![keys(&names, item.location_id)],
        from: item.found_at.0.as_second(),
        until: item.found_at.0.as_second(),
    });
    repo::delete_found(tx.conn, item.id)?;
    let row = FoundPrint {
        site_id: item.site_id,
        category: item.category,
        found_at: item.found_at,
        item_id: item.id,
        print: print.into_bytes(),
    };
    repo::insert_found(tx.conn, &row)?;
    jobs::enqueue(tx, JobKind::MatchItem, &item.id.to_string(), tx.now)
}

/// An item is promised or gone.
///
/// # Errors
/// As the database.
pub(crate) fn forget_item(tx: &mut Tx<'_>, item_id: Id) -> Result<(), Error> {
    repo::delete_found(tx.conn, item_id)?;
    repo::delete_of_item(tx.conn, item_id)?;
    Ok(())
}

/// Something was reported lost, or what is known of it changed.
///
/// # Errors
/// As the database.
pub(crate) fn renew_report(tx: &mut Tx<'_>, report: &LostReport, location_ids: &[Id]) -> Result<(), Error> {
    let names = sites::names(tx, report.site_id)?;
    let print = Fingerprint::of(&Described {
        category: categories::stored(report.category).number,
        colours: crate::found_items::views::colours(report.colours),
        brand: report.brand.as_deref(),
        words: &report.description,
        places: location_ids.iter().map(|id| keys(&names, *id)).collect(),
        from: report.lost_from.0.as_second(),
        until: report.lost_until.0.as_second(),
    });
    repo::delete_lost(tx.conn, report.id)?;
    let row = LostPrint {
        site_id: report.site_id,
        category: report.category,
        lost_from: report.lost_from,
        report_id: report.id,
        print: print.into_bytes(),
    };
    repo::insert_lost(tx.conn, &row)?;
    jobs::enqueue(tx, JobKind::MatchReport, &report.id.to_string(), tx.now)
}

/// A report is over.
///
/// # Errors
/// As the database.
pub(crate) fn forget_report(tx: &mut Tx<'_>, report_id: Id) -> Result<(), Error> {
    repo::delete_lost(tx.conn, report_id)?;
    repo::delete_of_report(tx.conn, report_id)?;
    Ok(())
}

/// A place and those around it as keys, the outermost first.
fn keys(names: &Names, location_id: Id) -> Vec<u64> {
    names.lineage(location_id).iter().map(|id| id.0.as_u64_pair().1).collect()
}

/// Compares a report with what is in custody.
///
/// # Errors
/// As the database.
pub async fn look_for_report(app: &Arc<App>, id: Id) -> Result<(), Error> {
    let found = app.read(move |tx| likely_items(tx, id)).await?;
    app.write(move |tx| keep_of_report(tx, id, found)).await
}

/// Compares an item with what is missed.
///
/// # Errors
/// As the database.
pub async fn look_for_item(app: &Arc<App>, id: Id) -> Result<(), Error> {
    let found = app.read(move |tx| likely_reports(tx, id)).await?;
    app.write(move |tx| keep_of_item(tx, id, found)).await
}

/// The items that a report may be about, the likeliest first.
///
/// # Errors
/// As the database.
pub fn likely_items(tx: &mut Tx<'_>, report_id: Id) -> Result<Vec<(Id, Likeness)>, Error> {
    let Some(report) = repo::find_lost(tx.conn, report_id)? else { return Ok(Vec::new()) };
    let Some(lost) = View::of(&report.print) else { return Ok(Vec::new()) };
    let among = Among {
        site_id: report.site_id,
        categories: families(report.category),
        from: report.lost_from - SignedDuration::from_secs(likeness::BEFORE),
        until: at(lost.until()) + SignedDuration::from_secs(likeness::AFTER + 1),
    };
    let candidates = repo::list_found(tx.conn, &among)?;
    let compared = candidates.iter().filter_map(|(id, print)| {
        let found = View::of(print)?;
        Some((*id, likeness::likeness(&lost, &found)?))
    });
    Ok(best(compared))
}

/// The reports that may be about an item, the likeliest first.
///
/// # Errors
/// As the database.
pub fn likely_reports(tx: &mut Tx<'_>, item_id: Id) -> Result<Vec<(Id, Likeness)>, Error> {
    let Some(item) = repo::find_found(tx.conn, item_id)? else { return Ok(Vec::new()) };
    let Some(found) = View::of(&item.print) else { return Ok(Vec::new()) };
    let among = Among {
        site_id: item.site_id,
        categories: families(item.category),
        from: item.found_at - SignedDuration::from_secs(likeness::AFTER + 1) - LONGEST_RANGE,
        until: item.found_at + SignedDuration::from_secs(likeness::BEFORE + 1),
    };
    let candidates = repo::list_lost(tx.conn, &among)?;
    let compared = candidates.iter().filter_map(|(id, print)| {
        let lost = View::of(print)?;
        Some((*id, likeness::likeness(&lost, &found)?))
    });
    Ok(best(compared))
}

fn families(category: i32) -> Vec<i32> {
    categories::families(categories::stored(category)).into_iter().map(i32::from).collect()
}

fn at(second: i64) -> Instant {
    jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::MAX).into()
}

fn best(compared: impl Iterator<Item = (Id, Likeness)>) -> Vec<(Id, Likeness)> {
    let mut worth: Vec<_> = compared.filter(|(_, likeness)| likeness.score >= WORTH_SHOWING).collect();
    worth.sort_by_key(|(id, likeness)| (Reverse(likeness.score), *id));
    worth.truncate(KEPT);
    worth
}

fn keep_of_report(tx: &mut Tx<'_>, report_id: Id, found: Vec<(Id, Likeness)>) -> Result<(), Error> {
    // Closed meanwhile: there is nothing to keep.
    if repo::find_lost(tx.conn, report_id)?.is_none() {
        return Ok(());
    }
    let known = repo::list_of_report(tx.conn, report_id)?;
    let mut rows = Vec::with_capacity(found.len());
    for (item_id, likeness) in found {
        if repo::find_found(tx.conn, item_id)?.is_some() {
            rows.push(row(tx, (report_id, item_id), likeness, &known)?);
        }
    }
    tell(tx, &mut rows)?;
    repo::delete_of_report(tx.conn, report_id)?;
    Ok(repo::insert(tx.conn, &rows)?)
}

fn keep_of_item(tx: &mut Tx<'_>, item_id: Id, found: Vec<(Id, Likeness)>) -> Result<(), Error> {
    if repo::find_found(tx.conn, item_id)?.is_none() {
        return Ok(());
    }
    let known = repo::list_of_item(tx.conn, item_id)?;
    let mut rows = Vec::with_capacity(found.len());
    for (report_id, likeness) in found {
        if repo::find_lost(tx.conn, report_id)?.is_some() {
            rows.push(row(tx, (report_id, item_id), likeness, &known)?);
        }
    }
    tell(tx, &mut rows)?;
    repo::delete_of_item(tx.conn, item_id)?;
    Ok(repo::insert(tx.conn, &rows)?)
}

fn row(tx: &Tx<'_>, (report_id, item_id): (Id, Id), likeness: Likeness, known: &[Match]) -> Result<Match, Error> {
    let before = known.iter().find(|one| one.report_id == report_id && one.item_id == item_id);
    Ok(Match {
        report_id,
        item_id,
        score: likeness.score.into(),
        parts: Json(serde_json::to_value(likeness.parts).map_err(Error::internal)?),
        told_at: before.and_then(|one| one.told_at),
        created_at: before.map_or(tx.now, |one| one.created_at),
    })
}

/// Tells the reporters of what is likely enough and new, and the desk: once for each report.
fn tell(tx: &mut Tx<'_>, rows: &mut [Match]) -> Result<(), Error> {
    let mut ids = BTreeSet::new();
    for row in rows.iter_mut().filter(|row| row.told_at.is_none() && row.score >= i32::from(WORTH_TELLING)) {
        row.told_at = Some(tx.now);
        ids.insert(row.report_id);
    }
    let ids: Vec<Id> = ids.into_iter().collect();
    let mut told = Vec::new();
    for one in reports::list_by_ids(tx, &ids)? {
        let reporter = one.report.reporter_id.map(Audience::Person);
        for audience in reporter.into_iter().chain([Audience::Role(Role::Agent)]) {
            let mut notice = notices::about_site(tx, one.report.site_id, NoticeKind::MaybeFound, audience);
            notice.add("number", number(one.seq));
            notice.add("lost_report_id", one.report.id.to_string());
            told.push(notice);
        }
    }
    notices::tell_all(tx, &told)
}

/// What a report may be about: for its reporter only what is likely, without the score.
///
/// # Errors
/// [`Error::NotFound`] also for reports of others.
pub fn of_report(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<Vec<MatchView>, Error> {
    let one = reports::load(tx, actor, target)?;
    let is_desk = actor.role_at(one.report.site_id).is_desk();
    let mut rows = repo::list_of_report(tx.conn, one.report.id)?;
    rows.retain(|row| is_desk || row.score >= i32::from(WORTH_TELLING));
    let ids: Vec<Id> = rows.iter().map(|row| row.item_id).collect();
    let mut shown = items::show_publicly(tx, one.report.site_id, &ids)?;
    let view = |row: Match| Some(MatchView::new(shown.remove(&row.item_id)?, row, is_desk));
    Ok(rows.into_iter().filter_map(view).collect())
}

/// The reports that may be about an item.
///
/// # Errors
/// [`Error::NotFound`] for items that the caller's desk does not keep.
pub fn of_item(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<Vec<MatchedReportView>, Error> {
    let one = record::find_for_desk(tx, staff, target)?;
    let rows = repo::list_of_item(tx.conn, one.item.id)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.report_id).collect();
    let found = reports::list_by_ids(tx, &ids)?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let own = found.iter().find(|one| one.report.id == row.report_id).cloned();
        for report in reports::show_all(tx, own.into_iter().collect())? {
            views.push(MatchedReportView::new(report, row.clone()));
        }
    }
    Ok(views)
}
