//! Writing the calendars of a site.
//!
//! Rules:
//! - An edit makes a new version; versions never change, and clocks keep those they were born with.
//! - The holidays of a year that Yijian did not know of are known at the site from then on, and what an authority waits for
//!   is counted anew.
//! - A calendar that does not open within 800 days is refused, and so is one on which something that is promised, or runs,
//!   would have no deadline.

use jiff::Timestamp;

use super::model::{CalendarRow, CalendarVersion, LegalYear};
use super::{defaults, repo, service, versions};
use crate::accounts::model::Actor;
use crate::app::Tx;
use crate::clocks;
use crate::error::Error;
use crate::http::input::Target;
use crate::sites::model::Site;
use crate::sla::calendar::Calendar;
use crate::sla::holidays::{self, YearList};
use crate::sla::spec::{CalendarSpec, Interval};
use crate::values::{Id, Json};

/// A calendar with its newest version.
pub struct CalendarFound {
    /// The calendar.
    pub row: CalendarRow,
    /// Its newest version.
    pub version: CalendarVersion,
}

/// The calendars of a site the caller works at, oldest first.
///
/// # Errors
/// [`Error::NotFound`] for a site the caller does not work at.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &Actor,
    site_id: Id,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<CalendarFound>, Error> {
    service::check_staff(actor, site_id)?;
    let found = repo::list_calendars(tx.conn, site_id, after, limit)?;
    Ok(found.into_iter().map(|(row, version)| CalendarFound { row, version }).collect())
}

/// A calendar of a site the caller works at.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find(tx: &mut Tx<'_>, actor: &Actor, id: Id) -> Result<CalendarFound, Error> {
    let missing = || Error::NotFound("calendar_not_found");
    let (row, version) = repo::find_calendar(tx.conn, id)?.ok_or_else(missing)?;
    if !actor.role_at(row.site_id).is_staff() {
        return Err(missing());
    }
    Ok(CalendarFound { row, version })
}

/// All versions of a calendar, newest first.
///
/// # Errors
/// [`Error::NotFound`].
pub fn versions(tx: &mut Tx<'_>, actor: &Actor, id: Id) -> Result<Vec<CalendarVersion>, Error> {
    find(tx, actor, id)?;
    Ok(repo::list_calendar_versions(tx.conn, id)?)
}

/// Adds a calendar to a site the caller leads.
///
/// # Errors
/// [`Error::Invalid`] naming what is wrong with it; [`Error::NotFound`] `site_not_found`.
pub fn create(
    tx: &mut Tx<'_>,
    actor: &Actor,
    site_id: Id,
    name: String,
    spec: &CalendarSpec,
) -> Result<CalendarFound, Error> {
    service::check_lead(actor, site_id)?;
    repo::lock_site(tx.conn, site_id)?;
    if repo::list_calendars(tx.conn, site_id, None, i64::MAX)?.len() >= service::MOST_AT_A_SITE {
        return Err(Error::rule("calendars_too_many"));
    }
    add(tx, site_id, name, spec, Some(actor.user_id))
}

pub(super) fn add(
    tx: &mut Tx<'_>,
    site_id: Id,
    name: String,
    spec: &CalendarSpec,
    created_by_id: Option<Id>,
) -> Result<CalendarFound, Error> {
    check("/spec", spec, tx.now.0)?;
    let row = CalendarRow { id: tx.new_id(), site_id, name, version: 1, created_at: tx.now, updated_at: tx.now };
    repo::insert_calendar(tx.conn, &row)?;
    let version = add_version(tx, row.id, 1, spec, created_by_id)?;
    Ok(CalendarFound { row, version })
}

fn add_version(
    tx: &mut Tx<'_>,
    calendar_id: Id,
    version: i32,
    spec: &CalendarSpec,
    created_by_id: Option<Id>,
) -> Result<CalendarVersion, Error> {
    let spec = Json(serde_json::to_value(spec).map_err(Error::internal)?);
    let row = CalendarVersion { id: tx.new_id(), calendar_id, version, spec, created_by_id, created_at: tx.now };
    repo::insert_calendar_version(tx.conn, &row)?;
    Ok(row)
}

/// Writes a new version of a calendar. Clocks that run on it get their new deadlines from a job.
///
/// # Errors
/// [`Error::Invalid`] naming what is wrong with it; [`Error::NotFound`], [`Error::PreconditionFailed`].
pub fn update(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: Target,
    name: Option<String>,
    spec: &CalendarSpec,
) -> Result<CalendarFound, Error> {
    let found = find(tx, actor, target.id)?;
    service::check_lead(actor, found.row.site_id)?;
    target.check(found.row.version)?;
    check("/spec", spec, tx.now.0)?;
    change(tx, found.row, name, spec, Some(actor.user_id))
}

fn change(
    tx: &mut Tx<'_>,
    mut row: CalendarRow,
    name: Option<String>,
    spec: &CalendarSpec,
    created_by_id: Option<Id>,
) -> Result<CalendarFound, Error> {
    check_reaches(tx, &row, spec)?;
    row.name = name.unwrap_or(row.name);
    if repo::update_calendar(tx.conn, row.id, row.version, &row.name, tx.now)? == 0 {
        return Err(Error::PreconditionFailed);
    }
    row.version += 1;
    row.updated_at = tx.now;
    let version = add_version(tx, row.id, row.version, spec, created_by_id)?;
    clocks::service::calendar_changed(tx, version.id)?;
    Ok(CalendarFound { row, version })
}

/// Whatever is promised on a calendar must get a deadline from it, now and when it is counted anew: one that closes for
/// good before gives none.
///
/// # Errors
/// [`Error::Invalid`] `calendar_never_opens`.
fn check_reaches(tx: &mut Tx<'_>, row: &CalendarRow, spec: &CalendarSpec) -> Result<(), Error> {
    let calendar = Calendar::compile(spec).map_err(|faults| service::invalid("/spec", faults))?;
    let set = versions::current(tx, row.site_id)?;
    let promised = set.promises_on(row.id).all(|promise| match (promise.seconds, promise.working_days) {
        (Some(seconds), _) => calendar.add(tx.now.0, seconds.into()).is_some(),
        (None, days) => days.is_none_or(|days| calendar.add_working_days(tx.now.0, days).is_some()),
    });
    let versions: Vec<Id> = repo::list_calendar_versions(tx.conn, row.id)?.into_iter().map(|one| one.id).collect();
    let longest = clocks::service::longest_target_on(tx, &versions)?.unwrap_or_default();
    let is_enough = promised && calendar.add(tx.now.0, longest.into()).is_some();
    if is_enough { Ok(()) } else { Err(Error::field("/spec", "calendar_never_opens")) }
}

/// Writes a new version of a calendar with the holidays and make-up days of a year.
///
/// # Errors
/// As [`update`].
pub fn import_year(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: Target,
    list: &YearList,
    makeup_hours: &[Interval],
) -> Result<CalendarFound, Error> {
    let found = find(tx, actor, target.id)?;
    let spec: CalendarSpec = serde_json::from_value(found.version.spec.0).map_err(Error::internal)?;
    let site_id = found.row.site_id;
    let changed = update(tx, actor, target, None, &spec.with_year(list, makeup_hours))?;
    if holidays::shipped(list.year) != Some(list) {
        let row = LegalYear {
            site_id,
            year: list.year.into(),
            list: Json(serde_json::to_value(list).map_err(Error::internal)?),
            imported_by_id: actor.user_id,
            imported_at: tx.now,
        };
        repo::upsert_legal_year(tx.conn, &row)?;
        crate::complaints::regulator::year_known(tx, site_id)?;
    }
    Ok(changed)
}

/// The public holidays that a site was told of since Yijian was built, in the order of their years.
///
/// # Errors
/// As the database.
pub fn legal_years(tx: &mut Tx<'_>, site_id: Id) -> Result<Vec<YearList>, Error> {
    let rows = repo::list_legal_years(tx.conn, site_id)?;
    rows.into_iter().map(|row| serde_json::from_value(row.list.0).map_err(Error::internal)).collect()
}

/// The opening hours of a site changed: its calendar gets a new version with the new week, and keeps its holidays.
///
/// # Errors
/// As the database; [`Error::Invalid`] for opening hours that are none.
pub fn hours_changed(tx: &mut Tx<'_>, site: &Site) -> Result<(), Error> {
    let Some(calendar_id) = site.calendar_id else { return Ok(()) };
    let Some((row, version)) = repo::find_calendar(tx.conn, calendar_id)? else { return Ok(()) };
    let mut spec: CalendarSpec = serde_json::from_value(version.spec.0).map_err(Error::internal)?;
    let hours = defaults::open_daily(&site.time_zone, &site.opens, &site.closes);
    (spec.time_zone, spec.weekly) = (hours.time_zone, hours.weekly);
    check("/spec", &spec, tx.now.0)?;
    change(tx, row, None, &spec, None).map(drop)
}

/// Whether a calendar belongs to a site.
///
/// # Errors
/// [`Error::NotFound`].
pub fn check_belongs(tx: &mut Tx<'_>, site_id: Id, id: Id) -> Result<(), Error> {
    let found = repo::find_calendar(tx.conn, id)?.filter(|(row, _)| row.site_id == site_id);
    found.map(drop).ok_or(Error::NotFound("calendar_not_found"))
}

/// A calendar that can be counted with from now on; `at` is where it lies in the request.
///
/// # Errors
/// [`Error::Invalid`] with the pointers below `at`.
pub fn check(at: &str, spec: &CalendarSpec, now: Timestamp) -> Result<Calendar, Error> {
    let calendar = Calendar::compile(spec).map_err(|faults| service::invalid(at, faults))?;
    if calendar.next_open(now).is_none() {
        return Err(Error::field(at, "calendar_never_opens"));
    }
    Ok(calendar)
}
