//! What counts at a site now, and what counted when a clock was started: versions, ready to count with.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use jiff::SignedDuration;

use super::model::{CalendarVersion, StandardVersion};
use super::spec::{CalendarChoice, Matter, Promise, StandardSpec};
use super::{defaults, repo};
use crate::app::Tx;
use crate::error::Error;
use crate::sites;
use crate::sla::calendar::Calendar;
use crate::sla::spec::CalendarSpec;
use crate::values::{Id, Instant};

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

    /// The standard for such a matter if there were not that one.
    #[must_use]
    pub fn matching_besides(&self, standard_id: Id, matter: &Matter) -> Option<&Arc<Version>> {
        self.standards.iter().find(|version| version.standard_id != standard_id && version.spec.matches(matter))
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

    /// What is promised on a calendar, whoever has the ticket.
    pub fn promises_on(&self, calendar_id: Id) -> impl Iterator<Item = &Promise> {
        let runs_on = move |promise: &&Promise| {
            let departments = self.departments.keys().copied().map(Some);
            let mut owners = std::iter::once(None).chain(departments);
            owners.any(|department_id| self.calendar_id(promise.calendar, department_id) == Some(calendar_id))
        };
        self.standards.iter().flat_map(|version| &version.spec.promises).filter(runs_on)
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
            standards.push(remember_standard(tx, version)?);
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
pub fn standard(tx: &mut Tx<'_>, id: Id) -> Result<Arc<Version>, Error> {
    if let Some(known) = tx.app.standards.versions.get(&id) {
        return Ok(known);
    }
    let row = repo::find_standard_version(tx.conn, id)?.ok_or_else(|| Error::internal("no such standard version"))?;
    remember_standard(tx, row)
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

fn remember_standard(tx: &Tx<'_>, row: StandardVersion) -> Result<Arc<Version>, Error> {
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

/// The category of a matter and those above it.
///
/// # Errors
/// As the database.
pub fn category_line(tx: &mut Tx<'_>, site_id: Id, category_id: Option<Id>) -> Result<Vec<Id>, Error> {
    let Some(id) = category_id else { return Ok(Vec::new()) };
    let categories = sites::service::categories(tx, site_id)?;
    let parents: HashMap<Id, Option<Id>> = categories.iter().map(|c| (c.id, c.parent_id)).collect();
    // No tree is deeper than it has categories.
    let line = std::iter::successors(Some(id), |id| parents.get(id).copied().flatten());
    Ok(line.take(categories.len().max(1)).collect())
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

/// The versions of a standard that came before one.
///
/// # Errors
/// As the database.
pub fn older(tx: &mut Tx<'_>, version_id: Id) -> Result<Vec<Id>, Error> {
    let version = standard(tx, version_id)?;
    let all = repo::list_standard_versions(tx.conn, version.standard_id)?;
    Ok(all.into_iter().filter(|one| one.version < version.number).map(|one| one.id).collect())
}

/// The versions of the calendar that `version_id` is one of, newest first.
///
/// # Errors
/// As the database.
pub fn of_calendar(tx: &mut Tx<'_>, version_id: Id) -> Result<Vec<Id>, Error> {
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
