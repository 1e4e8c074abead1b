//! Comparing reports with items, and telling who may be glad.
//!
//! Rules:
//! - Either side new or changed is compared with everything open on the other, by a job right after the change: a phone does
//!   not wait for it.
//! - Staff see the score and its parts; the reporter only learns that we may have it, once for each item.
//! - Whether a reporter is told goes by what is public of an item alone.
//! - What is promised, gone, or not looked for any more is compared with nothing.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::SignedDuration;

use super::api::{MatchView, MatchedReportView};
use super::model::{Among, Entry, FoundPrint, LostPrint, Match, Shown, entries};
use super::{pages, repo};
use crate::accounts::model::{Role, SignedIn, Staff};
use crate::app::{App, Tx};
use crate::error::Error;
use crate::found_items::model::FoundItem;
use crate::found_items::{display, record};
use crate::http::input::Target;
use crate::jobs::service::{self as jobs, JobKind};
use crate::lost_found::categories::{self, ValueClass};
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
    pages::take_out(tx, item.id)?;
    let row = FoundPrint::new((item.site_id, item.category, item.found_at), (item.id, shown(item)), &print);
    repo::insert_found(tx.conn, &row)?;
    jobs::enqueue(tx, JobKind::MatchItem, &item.id.to_string(), tx.now)
}

fn shown(item: &FoundItem) -> Shown {
    match item.value_class {
        ValueClass::Dangerous => Shown::Hidden,
        _ if item.words_are_public() => Shown::Described,
        _ => Shown::Bare,
    }
}

/// An item is promised or gone.
///
/// # Errors
/// As the database.
pub(crate) fn forget_item(tx: &mut Tx<'_>, item_id: Id) -> Result<(), Error> {
    pages::take_out(tx, item_id)?;
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
#[must_use]
pub fn keys(names: &Names, location_id: Id) -> Vec<u64> {
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
    // First: a report that is not there yet when the item is compared finds it on its page.
    app.write(move |tx| pages::file_with(tx, id)).await?;
    let found = app.read(move |tx| likely_reports(tx, id)).await?;
    app.write(move |tx| keep_of_item(tx, id, found)).await
}

/// The items that a report may be about, the likeliest first.
///
/// # Errors
/// As the database.
pub fn likely_items(tx: &mut Tx<'_>, report_id: Id) -> Result<Vec<Likely>, Error> {
    let Some(report) = repo::find_lost(tx.conn, report_id)? else { return Ok(Vec::new()) };
    let Some(lost) = View::of(&report.print) else { return Ok(Vec::new()) };
    let among = Among {
        site_id: report.site_id,
        categories: families(report.category),
        from: report.lost_from - SignedDuration::from_secs(likeness::BEFORE),
        until: at(lost.until()) + SignedDuration::from_secs(likeness::AFTER + 1),
    };
    let candidates = repo::list_pages(tx.conn, &among)?;
    let compared = candidates.iter().flat_map(|bytes| entries(bytes));
    Ok(best(compared.filter_map(|one| compare(one.item_id, (&lost, &one.print), one.shown))))
}

/// The reports that may be about an item, the likeliest first.
///
/// # Errors
/// As the database.
pub fn likely_reports(tx: &mut Tx<'_>, item_id: Id) -> Result<Vec<Likely>, Error> {
    let Some(item) = repo::find_found(tx.conn, item_id)? else { return Ok(Vec::new()) };
    let Some(Entry { shown, print: found, .. }) = entries(&item.print).next() else { return Ok(Vec::new()) };
    let among = Among {
        site_id: item.site_id,
        categories: families(item.category),
        from: item.found_at - SignedDuration::from_secs(likeness::AFTER + 1) - LONGEST_RANGE,
        until: item.found_at + SignedDuration::from_secs(likeness::BEFORE + 1),
    };
    let candidates = repo::list_lost(tx.conn, &among)?;
    let compared = candidates.iter().filter_map(|(id, print)| compare(*id, (&View::of(print)?, &found), shown));
    Ok(best(compared))
}

/// How alike a report and an item are. Whether the reporter is told goes by what anyone may know of the item: what is not
/// public must not show in what is likely, or whoever changes a report often enough reads it there.
fn compare(other: Id, (lost, found): (&View<'_>, &View<'_>), shown: Shown) -> Option<Likely> {
    let likeness = likeness::likeness(lost, found)?;
    let is_likely = match shown {
        Shown::Described => likeness.score >= WORTH_TELLING,
        Shown::Bare => likeness::likeness(lost, &found.bare())?.score >= WORTH_TELLING,
        Shown::Hidden => false,
    };
    Some(Likely { other, likeness, is_likely })
}

/// What may be the same.
#[derive(Debug, Clone, Copy)]
pub struct Likely {
    /// The item of a report, or the report of an item.
    pub other: Id,
    /// How alike they are.
    pub likeness: Likeness,
    /// Whether the reporter is told.
    pub is_likely: bool,
}

fn families(category: i32) -> Vec<i32> {
    categories::families(categories::stored(category)).into_iter().map(i32::from).collect()
}

fn at(second: i64) -> Instant {
    jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::MAX).into()
}

fn best(compared: impl Iterator<Item = Likely>) -> Vec<Likely> {
    let mut worth: Vec<Likely> = compared.filter(|one| one.likeness.score >= WORTH_SHOWING).collect();
    worth.sort_by_key(|one| (Reverse(one.likeness.score), one.other));
    worth.truncate(KEPT);
    worth
}

fn keep_of_report(tx: &mut Tx<'_>, report_id: Id, found: Vec<Likely>) -> Result<(), Error> {
    // Closed meanwhile: there is nothing to keep.
    if repo::find_lost(tx.conn, report_id)?.is_none() {
        return Ok(());
    }
    let known = repo::list_of_report(tx.conn, report_id)?;
    let mut rows = Vec::with_capacity(found.len());
    for likely in found {
        if repo::find_found(tx.conn, likely.other)?.is_some() {
            rows.push(row(tx, (report_id, likely.other), &likely, &known)?);
        }
    }
    rows.extend(told_before(&known, &rows));
    tell(tx, &mut rows)?;
    repo::delete_of_report(tx.conn, report_id)?;
    Ok(repo::insert(tx.conn, &rows)?)
}

fn keep_of_item(tx: &mut Tx<'_>, item_id: Id, found: Vec<Likely>) -> Result<(), Error> {
    if repo::find_found(tx.conn, item_id)?.is_none() {
        return Ok(());
    }
    let known = repo::list_of_item(tx.conn, item_id)?;
    let mut rows = Vec::with_capacity(found.len());
    for likely in found {
        if repo::find_lost(tx.conn, likely.other)?.is_some() {
            rows.push(row(tx, (likely.other, item_id), &likely, &known)?);
        }
    }
    rows.extend(told_before(&known, &rows));
    tell(tx, &mut rows)?;
    repo::delete_of_item(tx.conn, item_id)?;
    Ok(repo::insert(tx.conn, &rows)?)
}

/// What somebody was told of and is not alike any more: kept, so that nobody is told twice, and not shown.
fn told_before(known: &[Match], found: &[Match]) -> Vec<Match> {
    let is_new = |one: &&Match| !found.iter().any(|row| (row.report_id, row.item_id) == (one.report_id, one.item_id));
    let told = known.iter().filter(|one| one.told_at.is_some()).filter(is_new);
    told.map(|one| Match { score: 0, is_likely: false, ..one.clone() }).collect()
}

fn row(tx: &Tx<'_>, (report_id, item_id): (Id, Id), likely: &Likely, known: &[Match]) -> Result<Match, Error> {
    let before = known.iter().find(|one| one.report_id == report_id && one.item_id == item_id);
    Ok(Match {
        report_id,
        item_id,
        score: likely.likeness.score.into(),
        is_likely: likely.is_likely,
        parts: Json(serde_json::to_value(likely.likeness.parts).map_err(Error::internal)?),
        told_at: before.and_then(|one| one.told_at),
        created_at: before.map_or(tx.now, |one| one.created_at),
    })
}

/// Tells the reporters of what is likely enough and new, and the desk: once for each report.
fn tell(tx: &mut Tx<'_>, rows: &mut [Match]) -> Result<(), Error> {
    let mut ids = BTreeSet::new();
    for row in rows.iter_mut().filter(|row| row.told_at.is_none() && row.is_likely) {
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
    rows.retain(|row| row.is_likely || (is_desk && is_worth_showing(row)));
    let ids: Vec<Id> = rows.iter().map(|row| row.item_id).collect();
    let mut shown = display::show_publicly(tx, one.report.site_id, &ids)?;
    let view = |row: Match| Some(MatchView::new(shown.remove(&row.item_id)?, &row, is_desk));
    Ok(rows.into_iter().filter_map(view).collect())
}

fn is_worth_showing(row: &Match) -> bool {
    row.score >= i32::from(WORTH_SHOWING)
}

/// The reports that may be about an item.
///
/// # Errors
/// [`Error::NotFound`] for items that the caller's desk does not keep.
pub fn of_item(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<Vec<MatchedReportView>, Error> {
    let one = record::find_for_desk(tx, staff, target)?;
    let mut rows = repo::list_of_item(tx.conn, one.item.id)?;
    rows.retain(is_worth_showing);
    let ids: Vec<Id> = rows.iter().map(|row| row.report_id).collect();
    let found = reports::list_by_ids(tx, &ids)?;
    let shown = reports::show_all(tx, found)?;
    let mut shown: HashMap<Id, _> = shown.into_iter().map(|view| (view.id, view)).collect();
    let view = |row: Match| Some(MatchedReportView::new(shown.remove(&row.report_id)?, &row));
    Ok(rows.into_iter().filter_map(view).collect())
}
