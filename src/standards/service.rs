//! Writing calendars and standards, and finding the ones that count.
//!
//! Rules:
//! - An edit makes a new version; versions never change, and clocks keep those they were born with.
//! - Two standards of one site with the same rank must not be able to match the same matter.
//! - A calendar that does not open within 800 days is refused.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use jiff::{SignedDuration, Timestamp};

use super::defaults;
pub use super::model::Reapplied;
use super::model::{CalendarRow, CalendarVersion, StandardRow, StandardVersion};
use super::repo;
use super::spec::{CalendarChoice, Matter, StandardSpec};
use crate::accounts::model::Actor;
use crate::app::Tx;
use crate::error::{Error, FieldError};
use crate::http::input::Target;
use crate::sites;
use crate::sites::model::Site;
use crate::sla::calendar::Calendar;
use crate::sla::holidays::YearList;
use crate::sla::spec::{CalendarSpec, Fault, Interval};
use crate::values::{Id, Instant, Json};

/// More calendars or standards a site does not need, and every ticket looks through them.
const MOST_AT_A_SITE: usize = 200;

/// Twice as long as a process remembers what is current: a clock may have been about to start.
const NOTICED_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// A calendar version, ready to count with. The wall clock has no version: it never changes.
#[derive(Clone)]
pub struct Compiled {
    /// The version; `None` is the wall clock.
    pub version_id: Option<Id>,
    /// Ready to count with.
    pub calendar: Arc<Calendar>,
}

/// A version of a standard.
pub struct Version {
    /// The version.
    pub id: Id,
    /// Its number.
    pub number: i32,
    /// The standard.
    pub standard_id: Id,
    /// What it says.
    pub spec: StandardSpec,
}

/// What counts at a site now.
pub struct SiteStandards {
    /// Standards that are not retired, highest rank first.
    standards: Vec<Arc<Version>>,
    /// The newest version of each calendar.
    calendars: HashMap<Id, Compiled>,
    /// The site's own calendar.
    open_hours: Option<Id>,
    /// The calendars of its departments.
    departments: HashMap<Id, Id>,
    /// The leads of its departments.
    leads: HashMap<Id, Id>,
    /// Whether any standard looks at categories.
    by_category: bool,
}

impl SiteStandards {
    /// The standard for such a matter.
    #[must_use]
    pub fn matching(&self, matter: &Matter) -> Option<&Arc<Version>> {
        self.standards.iter().find(|version| version.spec.matches(matter))
    }

    /// Whether it matters to which category a matter belongs.
    #[must_use]
    pub const fn look_at_categories(&self) -> bool {
        self.by_category
    }

    /// The lead of a department.
    #[must_use]
    pub fn lead_of(&self, department_id: Id) -> Option<Id> {
        self.leads.get(&department_id).copied()
    }

    /// The site's calendar that a promise runs on while `department_id` has the ticket; `None` is the wall clock.
    #[must_use]
    pub fn calendar_id(&self, choice: CalendarChoice, department_id: Option<Id>) -> Option<Id> {
        match choice {
            CalendarChoice::WallClock => None,
            CalendarChoice::OpenHours => self.open_hours,
            CalendarChoice::Department => {
                department_id.and_then(|id| self.departments.get(&id)).copied().or(self.open_hours)
            }
            CalendarChoice::Own(id) => Some(id),
        }
    }

    /// The calendar that a promise runs on while `department_id` has the ticket.
    #[must_use]
    pub fn calendar(&self, choice: CalendarChoice, department_id: Option<Id>) -> Compiled {
        let found = self.calendar_id(choice, department_id).and_then(|id| self.calendars.get(&id));
        found.cloned().unwrap_or_else(wall_clock)
    }
}

/// Every second counts.
#[must_use]
pub fn wall_clock() -> Compiled {
    #[expect(clippy::expect_used, reason = "a constant; nothing can be opened in any test if it does not compile")]
    static WALL_CLOCK: LazyLock<Arc<Calendar>> = LazyLock::new(|| {
        let spec = defaults::open_daily("UTC", "00:00", "24:00");
        Arc::new(Calendar::compile(&spec).expect("a calendar"))
    });
    Compiled { version_id: None, calendar: WALL_CLOCK.clone() }
}

/// What counts at a site now, from memory if it was asked for a moment ago.
///
/// # Errors
/// As the database.
pub fn current(tx: &mut Tx<'_>, site_id: Id) -> Result<Arc<SiteStandards>, Error> {
    if let Some(known) = tx.app.standards.current.get(&site_id) {
        return Ok(known);
    }
    let site = sites::service::site(tx, site_id)?;
    let mut standards = Vec::new();
    for (row, version) in repo::list_standards(tx.conn, site_id, None, i64::MAX)? {
        if row.retired_at.is_none() {
            standards.push(remember_version(tx, version)?);
        }
    }
    standards.sort_by_key(|version| std::cmp::Reverse(version.spec.rank));
    let mut calendars = HashMap::new();
    for (row, version) in repo::list_calendars(tx.conn, site_id, None, i64::MAX)? {
        calendars.insert(row.id, remember_calendar(tx, &version)?);
    }
    let departments = sites::service::departments(tx, site_id)?;
    let found = Arc::new(SiteStandards {
        by_category: standards.iter().any(|version| !version.spec.category_ids.is_empty()),
        standards,
        calendars,
        open_hours: site.calendar_id,
        departments: departments.iter().filter_map(|d| Some((d.id, d.calendar_id?))).collect(),
        leads: departments.iter().filter_map(|d| Some((d.id, d.lead_id?))).collect(),
    });
    tx.app.standards.current.insert(site_id, found.clone());
    Ok(found)
}

/// A version of a standard.
///
/// # Errors
/// [`Error::Internal`] if there is none: clocks point to versions that exist.
pub fn version(tx: &mut Tx<'_>, id: Id) -> Result<Arc<Version>, Error> {
    if let Some(known) = tx.app.standards.versions.get(&id) {
        return Ok(known);
    }
    let row = repo::find_standard_version(tx.conn, id)?.ok_or_else(|| Error::internal("no such standard version"))?;
    remember_version(tx, row)
}

/// A version of a calendar, ready to count with; `None` is the wall clock.
///
/// # Errors
/// [`Error::Internal`] if there is none: clocks point to versions that exist.
pub fn calendar(tx: &mut Tx<'_>, version_id: Option<Id>) -> Result<Compiled, Error> {
    let Some(id) = version_id else { return Ok(wall_clock()) };
    if let Some(known) = tx.app.standards.calendars.get(&id) {
        return Ok(known);
    }
    let row = repo::find_calendar_version(tx.conn, id)?.ok_or_else(|| Error::internal("no such calendar version"))?;
    remember_calendar(tx, &row)
}

fn remember_version(tx: &Tx<'_>, row: StandardVersion) -> Result<Arc<Version>, Error> {
    if let Some(known) = tx.app.standards.versions.get(&row.id) {
        return Ok(known);
    }
    let spec = serde_json::from_value(row.spec.0).map_err(Error::internal)?;
    let version = Arc::new(Version { id: row.id, number: row.version, standard_id: row.standard_id, spec });
    tx.app.standards.versions.insert(row.id, version.clone());
    Ok(version)
}

fn remember_calendar(tx: &Tx<'_>, row: &CalendarVersion) -> Result<Compiled, Error> {
    if let Some(known) = tx.app.standards.calendars.get(&row.id) {
        return Ok(known);
    }
    let spec: CalendarSpec = serde_json::from_value(row.spec.0.clone()).map_err(Error::internal)?;
    let calendar = Calendar::compile(&spec).map_err(|_| Error::internal("a stored calendar does not compile"))?;
    let compiled = Compiled { version_id: Some(row.id), calendar: Arc::new(calendar) };
    tx.app.standards.calendars.insert(row.id, compiled.clone());
    Ok(compiled)
}

/// A calendar with its newest version.
pub struct CalendarFound {
    /// The calendar.
    pub row: CalendarRow,
    /// Its newest version.
    pub version: CalendarVersion,
}

/// A standard with its newest version.
pub struct StandardFound {
    /// The standard.
    pub row: StandardRow,
    /// Its newest version.
    pub version: StandardVersion,
}

/// The calendars of a site the caller works at, oldest first.
///
/// # Errors
/// [`Error::NotFound`] for a site the caller does not work at.
pub fn list_calendars(
    tx: &mut Tx<'_>,
    actor: &Actor,
    site_id: Id,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<CalendarFound>, Error> {
    check_staff(actor, site_id)?;
    let found = repo::list_calendars(tx.conn, site_id, after, limit)?;
    Ok(found.into_iter().map(|(row, version)| CalendarFound { row, version }).collect())
}

/// A calendar of a site the caller works at.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find_calendar(tx: &mut Tx<'_>, actor: &Actor, id: Id) -> Result<CalendarFound, Error> {
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
pub fn calendar_versions(tx: &mut Tx<'_>, actor: &Actor, id: Id) -> Result<Vec<CalendarVersion>, Error> {
    find_calendar(tx, actor, id)?;
    Ok(repo::list_calendar_versions(tx.conn, id)?)
}

/// Adds a calendar to a site the caller leads.
///
/// # Errors
/// [`Error::Invalid`] naming what is wrong with it; [`Error::NotFound`] `site_not_found`.
pub fn create_calendar(
    tx: &mut Tx<'_>,
    actor: &Actor,
    site_id: Id,
    name: String,
    spec: &CalendarSpec,
) -> Result<CalendarFound, Error> {
    check_lead(actor, site_id)?;
    repo::lock_site(tx.conn, site_id)?;
    if repo::list_calendars(tx.conn, site_id, None, i64::MAX)?.len() >= MOST_AT_A_SITE {
        return Err(Error::rule("calendars_too_many"));
    }
    add_calendar(tx, site_id, name, spec, Some(actor.user_id))
}

fn add_calendar(
    tx: &mut Tx<'_>,
    site_id: Id,
    name: String,
    spec: &CalendarSpec,
    created_by_id: Option<Id>,
) -> Result<CalendarFound, Error> {
    check_calendar("/spec", spec, tx.now.0)?;
    let row = CalendarRow { id: tx.new_id(), site_id, name, version: 1, created_at: tx.now, updated_at: tx.now };
    repo::insert_calendar(tx.conn, &row)?;
    let version = add_calendar_version(tx, row.id, 1, spec, created_by_id)?;
    Ok(CalendarFound { row, version })
}

fn add_calendar_version(
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
pub fn update_calendar(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: Target,
    name: Option<String>,
    spec: &CalendarSpec,
) -> Result<CalendarFound, Error> {
    let found = find_calendar(tx, actor, target.id)?;
    check_lead(actor, found.row.site_id)?;
    target.check(found.row.version)?;
    check_calendar("/spec", spec, tx.now.0)?;
    change_calendar(tx, found.row, name, spec, Some(actor.user_id))
}

fn change_calendar(
    tx: &mut Tx<'_>,
    mut row: CalendarRow,
    name: Option<String>,
    spec: &CalendarSpec,
    created_by_id: Option<Id>,
) -> Result<CalendarFound, Error> {
    row.name = name.unwrap_or(row.name);
    if repo::update_calendar(tx.conn, row.id, row.version, &row.name, tx.now)? == 0 {
        return Err(Error::PreconditionFailed);
    }
    row.version += 1;
    row.updated_at = tx.now;
    let version = add_calendar_version(tx, row.id, row.version, spec, created_by_id)?;
    crate::clocks::service::calendar_changed(tx, version.id)?;
    Ok(CalendarFound { row, version })
}

/// Writes a new version of a calendar with the holidays and make-up days of a year.
///
/// # Errors
/// As [`update_calendar`].
pub fn import_year(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: Target,
    list: &YearList,
    makeup_hours: &[Interval],
) -> Result<CalendarFound, Error> {
    let found = find_calendar(tx, actor, target.id)?;
    let spec: CalendarSpec = serde_json::from_value(found.version.spec.0).map_err(Error::internal)?;
    update_calendar(tx, actor, target, None, &spec.with_year(list, makeup_hours))
}

/// The standards of a site the caller works at, oldest first, retired ones as well.
///
/// # Errors
/// [`Error::NotFound`] for a site the caller does not work at.
pub fn list_standards(
    tx: &mut Tx<'_>,
    actor: &Actor,
    site_id: Id,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<StandardFound>, Error> {
    check_staff(actor, site_id)?;
    let found = repo::list_standards(tx.conn, site_id, after, limit)?;
    Ok(found.into_iter().map(|(row, version)| StandardFound { row, version }).collect())
}

/// A standard of a site the caller works at.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find_standard(tx: &mut Tx<'_>, actor: &Actor, id: Id) -> Result<StandardFound, Error> {
    let missing = || Error::NotFound("standard_not_found");
    let (row, version) = repo::find_standard(tx.conn, id)?.ok_or_else(missing)?;
    if !actor.role_at(row.site_id).is_staff() {
        return Err(missing());
    }
    Ok(StandardFound { row, version })
}

/// All versions of a standard, newest first.
///
/// # Errors
/// [`Error::NotFound`].
pub fn standard_versions(tx: &mut Tx<'_>, actor: &Actor, id: Id) -> Result<Vec<StandardVersion>, Error> {
    find_standard(tx, actor, id)?;
    Ok(repo::list_standard_versions(tx.conn, id)?)
}

/// Adds a standard to a site the caller leads.
///
/// # Errors
/// [`Error::Invalid`] naming what is wrong with it, also `standards_tie`; [`Error::NotFound`] `site_not_found`.
pub fn create_standard(
    tx: &mut Tx<'_>,
    actor: &Actor,
    site_id: Id,
    name: String,
    spec: &StandardSpec,
) -> Result<StandardFound, Error> {
    check_lead(actor, site_id)?;
    repo::lock_site(tx.conn, site_id)?;
    check_standard(tx, site_id, None, spec)?;
    add_standard(tx, site_id, name, spec, Some(actor.user_id))
}

fn add_standard(
    tx: &mut Tx<'_>,
    site_id: Id,
    name: String,
    spec: &StandardSpec,
    created_by_id: Option<Id>,
) -> Result<StandardFound, Error> {
    let row = StandardRow {
        id: tx.new_id(),
        site_id,
        name,
        version: 1,
        retired_at: None,
        created_at: tx.now,
        updated_at: tx.now,
    };
    repo::insert_standard(tx.conn, &row)?;
    let version = add_standard_version(tx, row.id, 1, spec, created_by_id)?;
    Ok(StandardFound { row, version })
}

fn add_standard_version(
    tx: &mut Tx<'_>,
    standard_id: Id,
    version: i32,
    spec: &StandardSpec,
    created_by_id: Option<Id>,
) -> Result<StandardVersion, Error> {
    let spec = Json(serde_json::to_value(spec).map_err(Error::internal)?);
    let row = StandardVersion { id: tx.new_id(), standard_id, version, spec, created_by_id, created_at: tx.now };
    repo::insert_standard_version(tx.conn, &row)?;
    Ok(row)
}

/// Writes a new version of a standard, for tickets that come in from now on. `is_retired` makes it match nothing.
///
/// # Errors
/// As [`create_standard`]; [`Error::NotFound`], [`Error::PreconditionFailed`].
pub fn update_standard(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: Target,
    name: Option<String>,
    spec: &StandardSpec,
    is_retired: bool,
) -> Result<StandardFound, Error> {
    let StandardFound { mut row, .. } = find_standard(tx, actor, target.id)?;
    check_lead(actor, row.site_id)?;
    repo::lock_site(tx.conn, row.site_id)?;
    target.check(row.version)?;
    if is_retired {
        refuse_faults("/spec", spec.faults())?;
    } else {
        check_standard(tx, row.site_id, Some(row.id), spec)?;
    }
    row.name = name.unwrap_or(row.name);
    row.retired_at = is_retired.then(|| row.retired_at.unwrap_or(tx.now));
    if repo::update_standard(tx.conn, row.id, row.version, &row.name, row.retired_at, tx.now)? == 0 {
        return Err(Error::PreconditionFailed);
    }
    row.version += 1;
    row.updated_at = tx.now;
    let version = add_standard_version(tx, row.id, row.version, spec, Some(actor.user_id))?;
    Ok(StandardFound { row, version })
}

/// Gives a site its opening hours as a calendar, and the shipped standards, if it has none.
///
/// # Errors
/// As the database; [`Error::Invalid`] for opening hours that are none.
pub fn plant(tx: &mut Tx<'_>, site: &Site) -> Result<(), Error> {
    if site.calendar_id.is_some() {
        return Ok(());
    }
    let spec = defaults::open_daily(&site.time_zone, &site.opens, &site.closes);
    let calendar = add_calendar(tx, site.id, "营业时间".to_owned(), &spec, None)?;
    sites::service::set_calendar(tx, site.id, calendar.row.id)?;
    for (name, spec) in defaults::standards() {
        add_standard(tx, site.id, name.to_owned(), &spec, None)?;
    }
    Ok(())
}

/// [`plant`], for every site: at each start, for sites from before there were standards.
///
/// # Errors
/// As [`plant`].
pub fn plant_everywhere(tx: &mut Tx<'_>) -> Result<(), Error> {
    for site in sites::service::sites(tx)? {
        plant(tx, &site)?;
    }
    Ok(())
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
    check_calendar("/spec", &spec, tx.now.0)?;
    change_calendar(tx, row, None, &spec, None).map(drop)
}

/// Whether a calendar belongs to a site.
///
/// # Errors
/// [`Error::NotFound`].
pub fn check_calendar_of(tx: &mut Tx<'_>, site_id: Id, id: Id) -> Result<(), Error> {
    let found = repo::find_calendar(tx.conn, id)?.filter(|(row, _)| row.site_id == site_id);
    found.map(drop).ok_or(Error::NotFound("calendar_not_found"))
}

fn check_staff(actor: &Actor, site_id: Id) -> Result<(), Error> {
    if actor.role_at(site_id).is_staff() { Ok(()) } else { Err(Error::NotFound("site_not_found")) }
}

/// 404 for who does not work there, 403 for who does and does not lead.
fn check_lead(actor: &Actor, site_id: Id) -> Result<(), Error> {
    check_staff(actor, site_id)?;
    if actor.role_at(site_id).is_lead() { Ok(()) } else { Err(Error::Forbidden("role_lead_needed")) }
}

/// A calendar that can be counted with from now on; `at` is where it lies in the request.
///
/// # Errors
/// [`Error::Invalid`] with the pointers below `at`.
pub fn check_calendar(at: &str, spec: &CalendarSpec, now: Timestamp) -> Result<Calendar, Error> {
    let calendar = Calendar::compile(spec).map_err(|faults| invalid(at, faults))?;
    if calendar.next_open(now).is_none() {
        return Err(Error::field(at, "calendar_never_opens"));
    }
    Ok(calendar)
}

/// A standard without a fault that names only what the site has; `at` is where it lies in the request.
///
/// # Errors
/// [`Error::Invalid`] with the pointers below `at`.
pub fn check_named(tx: &mut Tx<'_>, site_id: Id, at: &str, spec: &StandardSpec) -> Result<(), Error> {
    refuse_faults(at, spec.faults())?;
    let categories = sites::service::categories(tx, site_id)?;
    if let Some(i) = spec.category_ids.iter().position(|id| !categories.iter().any(|c| c.id == *id)) {
        return Err(Error::field(&format!("{at}/category_ids/{i}"), "category_unknown"));
    }
    let calendars = repo::list_calendars(tx.conn, site_id, None, i64::MAX)?;
    for (i, promise) in spec.promises.iter().enumerate() {
        if let CalendarChoice::Own(id) = promise.calendar
            && !calendars.iter().any(|(row, _)| row.id == id)
        {
            return Err(Error::field(&format!("{at}/promises/{i}/calendar"), "calendar_unknown"));
        }
    }
    Ok(())
}

fn check_standard(tx: &mut Tx<'_>, site_id: Id, own_id: Option<Id>, spec: &StandardSpec) -> Result<(), Error> {
    check_named(tx, site_id, "/spec", spec)?;
    let categories = sites::service::categories(tx, site_id)?;
    let parents: HashMap<Id, Option<Id>> = categories.iter().map(|c| (c.id, c.parent_id)).collect();
    let within = |inner: Id, outer: Id| {
        std::iter::successors(Some(inner), |id| parents.get(id).copied().flatten()).any(|id| id == outer)
    };
    let others = repo::list_standards(tx.conn, site_id, None, i64::MAX)?;
    if own_id.is_none() && others.len() >= MOST_AT_A_SITE {
        return Err(Error::rule("standards_too_many"));
    }
    for (row, version) in others {
        if row.retired_at.is_some() || Some(row.id) == own_id {
            continue;
        }
        let other: StandardSpec = serde_json::from_value(version.spec.0).map_err(Error::internal)?;
        if other.rank == spec.rank && other.overlaps(spec, within) {
            let params = vec![("other", row.name)];
            return Err(Error::Invalid(vec![FieldError {
                pointer: "/spec/rank".to_owned(),
                code: "standards_tie",
                params,
            }]));
        }
    }
    Ok(())
}

/// Refuses a part of a body that lies at `at`, if anything is wrong with it.
///
/// # Errors
/// [`Error::Invalid`].
pub fn refuse_faults(at: &str, faults: Vec<Fault>) -> Result<(), Error> {
    if faults.is_empty() { Ok(()) } else { Err(invalid(at, faults)) }
}

/// What is wrong with a part of a body that lies at `at`.
#[must_use]
pub fn invalid(at: &str, faults: Vec<Fault>) -> Error {
    let field =
        |fault: Fault| FieldError { pointer: format!("{at}{}", fault.pointer), code: fault.code, params: Vec::new() };
    Error::Invalid(faults.into_iter().map(field).collect())
}

/// The category of a matter and those above it.
///
/// # Errors
/// As the database.
pub fn category_line(tx: &mut Tx<'_>, site_id: Id, category_id: Option<Id>) -> Result<Vec<Id>, Error> {
    let Some(id) = category_id else { return Ok(Vec::new()) };
    let categories = sites::service::categories(tx, site_id)?;
    let parents: HashMap<Id, Option<Id>> = categories.iter().map(|c| (c.id, c.parent_id)).collect();
    Ok(std::iter::successors(Some(id), |id| parents.get(id).copied().flatten()).collect())
}

/// Which versions of calendars and standards some clocks were given, in numbers people know.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    /// The thing itself.
    pub id: Id,
    /// The number of its version.
    pub version: i32,
}

/// The calendar behind a version, and the version's number.
///
/// # Errors
/// As the database.
pub fn calendar_number(tx: &mut Tx<'_>, version_id: Id) -> Result<Option<Numbers>, Error> {
    let found = repo::find_calendar_version(tx.conn, version_id)?;
    Ok(found.map(|row| Numbers { id: row.calendar_id, version: row.version }))
}

/// A standard of a site the caller leads, with its versions, newest first.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`] for who works there and does not lead.
pub fn lead_standard(tx: &mut Tx<'_>, actor: &Actor, id: Id) -> Result<(StandardRow, Vec<Id>), Error> {
    let found = find_standard(tx, actor, id)?;
    check_lead(actor, found.row.site_id)?;
    let versions = repo::list_standard_versions(tx.conn, id)?;
    Ok((found.row, versions.into_iter().map(|version| version.id).collect()))
}

/// The versions of a standard that came before one.
///
/// # Errors
/// As the database.
pub fn older_versions(tx: &mut Tx<'_>, version_id: Id) -> Result<Vec<Id>, Error> {
    let version = version(tx, version_id)?;
    let all = repo::list_standard_versions(tx.conn, version.standard_id)?;
    Ok(all.into_iter().filter(|one| one.version < version.number).map(|one| one.id).collect())
}

/// The versions of the calendar that `version_id` is one of, newest first.
///
/// # Errors
/// As the database.
pub fn versions_of_calendar(tx: &mut Tx<'_>, version_id: Id) -> Result<Vec<Id>, Error> {
    let Some(version) = repo::find_calendar_version(tx.conn, version_id)? else { return Ok(Vec::new()) };
    let all = repo::list_calendar_versions(tx.conn, version.calendar_id)?;
    Ok(all.into_iter().map(|one| one.id).collect())
}

/// When every process has noticed a version of a calendar.
///
/// # Errors
/// As the database.
pub fn noticed_at(tx: &mut Tx<'_>, version_id: Id) -> Result<Option<Instant>, Error> {
    let version = repo::find_calendar_version(tx.conn, version_id)?;
    Ok(version.map(|version| version.created_at + NOTICED_WITHIN))
}

/// Keeps on record that somebody had a version applied to open tickets.
///
/// # Errors
/// As the database.
pub fn record_reapplication(
    tx: &mut Tx<'_>,
    actor: &Actor,
    site_id: Id,
    version_id: Id,
    reason: String,
) -> Result<Id, Error> {
    let entry = Reapplied {
        id: tx.new_id(),
        site_id,
        version_id,
        requested_by_id: actor.user_id,
        reason,
        changed: 0,
        finished_at: None,
        created_at: tx.now,
    };
    repo::insert_reapplication(tx.conn, &entry)?;
    Ok(entry.id)
}

/// An entry of that record.
///
/// # Errors
/// As the database.
pub fn find_reapplication(tx: &mut Tx<'_>, id: Id) -> Result<Option<Reapplied>, Error> {
    Ok(repo::find_reapplication(tx.conn, id)?)
}

/// The record of a standard, newest first.
///
/// # Errors
/// As [`lead_standard`].
pub fn reapplications(tx: &mut Tx<'_>, actor: &Actor, standard_id: Id) -> Result<Vec<Reapplied>, Error> {
    let (_, versions) = lead_standard(tx, actor, standard_id)?;
    Ok(repo::list_reapplications(tx.conn, &versions)?)
}

/// Adds to an entry how many tickets were changed; none says that it is finished.
///
/// # Errors
/// As the database.
pub fn count_reapplied(tx: &mut Tx<'_>, id: Id, changed: usize) -> Result<(), Error> {
    let finished_at = (changed == 0).then_some(tx.now);
    Ok(repo::update_reapplication(tx.conn, id, i32::try_from(changed).unwrap_or(i32::MAX), finished_at)?)
}
