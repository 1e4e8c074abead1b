//! What a site lends and where, remembered for a few seconds: every loan asks, hardly anything changes. Whether a station is
//! open, what it takes, and which is near, is decided here.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use moka::sync::Cache;

use super::model::{RentalType, Station, StationKind, StationType};
use super::repo;
use crate::app::Tx;
use crate::error::{Error, Nearest};
use crate::rental::near;
use crate::rental::policy::{Policy, Returns};
use crate::rental_units::model::{Count, UnitStatus};
use crate::sites::model::Named;
use crate::sites::service as sites;
use crate::sla::calendar::Calendar;
use crate::standards::spec::CalendarChoice;
use crate::standards::versions;
use crate::values::{Id, Instant};

/// As many sites as one installation has.
const REMEMBERED: u64 = 1_000;
/// As many stations as they have together.
const STATIONS_REMEMBERED: u64 = 100_000;

/// The memory. Processes do not tell each other: a change counts everywhere when its entry ends.
pub struct LendingMemory {
    sites: Cache<Id, Arc<Lending>>,
    /// The site of each station, which never changes.
    site_of: Cache<Id, Id>,
}

impl LendingMemory {
    /// Remembers each site for `time`.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self {
            sites: Cache::builder().max_capacity(REMEMBERED).time_to_live(time).build(),
            site_of: Cache::new(STATIONS_REMEMBERED),
        }
    }

    /// Makes this process look again, after a change.
    pub fn forget(&self) {
        self.sites.invalidate_all();
    }
}

/// What a site lends.
pub struct Lending {
    /// The site.
    pub site: Named,
    /// Its zone, in whose days fees are counted.
    pub zone: TimeZone,
    types: HashMap<Id, TypeEntry>,
    stations: HashMap<Id, StationEntry>,
}

/// A type with its rules.
#[derive(Clone)]
pub struct TypeEntry {
    /// The row.
    pub row: RentalType,
    /// Its rules.
    pub policy: Arc<Policy>,
}

/// A station with what it takes.
#[derive(Clone)]
pub struct StationEntry {
    /// The row.
    pub row: Station,
    /// Where it stands.
    pub location: Named,
    /// The types it gives out and takes back.
    pub takes: Vec<StationType>,
    /// The places around it, the outermost first.
    line: Vec<Id>,
    /// When it is open; `None` is always.
    hours: Option<Arc<Calendar>>,
}

impl TypeEntry {
    pub(super) fn new(row: RentalType) -> Result<Self, Error> {
        let policy = serde_json::from_value(row.policy.0.clone()).map_err(Error::internal)?;
        Ok(Self { row, policy: Arc::new(policy) })
    }

    /// The type by name.
    #[must_use]
    pub fn named(&self) -> Named {
        Named::new(self.row.id, self.row.name.as_str())
    }
}

impl StationEntry {
    /// The station by name.
    #[must_use]
    pub fn named(&self) -> Named {
        Named::new(self.row.id, self.row.name.as_str())
    }

    /// Whether it gives out and takes back this type.
    #[must_use]
    pub fn takes(&self, type_id: Id) -> bool {
        self.takes.iter().any(|one| one.type_id == type_id)
    }

    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self, now: Instant) -> bool {
        let whole = Timestamp::from_second(now.0.as_second()).ok();
        self.hours.as_ref().is_none_or(|hours| hours.next_open(now.0) == whole)
    }

    /// Whether a thing can be given back here now, if there is room: racks and cabinets need nobody.
    #[must_use]
    pub fn takes_back(&self, now: Instant) -> bool {
        self.row.kind != StationKind::Desk || self.is_open(now)
    }

    /// When it opens next, if it is closed.
    #[must_use]
    pub fn opens_at(&self, now: Instant) -> Option<Instant> {
        let hours = self.hours.as_ref().filter(|_| !self.is_open(now))?;
        hours.next_open(now.0).map(Instant)
    }

    /// When it is open, as a calendar; `None` is always.
    #[must_use]
    pub fn hours(&self) -> Option<&Calendar> {
        self.hours.as_deref()
    }

    /// The steps to another place on the tree of places.
    #[must_use]
    pub fn steps_to(&self, line: &[Id]) -> usize {
        near::steps(&self.line, line)
    }

    /// The places around it, the outermost first.
    #[must_use]
    pub fn line(&self) -> &[Id] {
        &self.line
    }

    /// Whether a rental that began at `from` may end here, by the rules of its type.
    #[must_use]
    pub fn fits(&self, policy: &Policy, from: &Self) -> bool {
        match policy.returns {
            Returns::AnyStation => true,
            Returns::SameStation => from.row.id == self.row.id,
            Returns::SameType => from.row.kind == self.row.kind,
        }
    }

    /// The station itself, or what it is to become, if `changed` is of this one.
    fn or_as<'a>(&'a self, changed: Option<&'a Self>) -> &'a Self {
        changed.filter(|changed| changed.row.id == self.row.id).unwrap_or(self)
    }

    /// How many more things it can hold; `None` is as many as come.
    #[must_use]
    pub fn free_slots(&self, counts: &[Count]) -> Option<i64> {
        let here = counts.iter().filter(|one| one.station_id == Some(self.row.id) && one.status.takes_a_slot());
        let held: i64 = here.map(|one| one.units).sum();
        self.row.slots.map(|slots| (i64::from(slots) - held).max(0))
    }
}

impl Lending {
    /// A type of this site.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn kind(&self, id: Id) -> Result<&TypeEntry, Error> {
        self.types.get(&id).ok_or(Error::NotFound("rental_type_not_found"))
    }

    /// A station of this site.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn station(&self, id: Id) -> Result<&StationEntry, Error> {
        self.stations.get(&id).ok_or(Error::NotFound("station_not_found"))
    }

    /// Whether a rental that began at `from_id` could end at any station, if one of them were as `changed` says.
    #[must_use]
    pub fn has_an_end(&self, type_id: Id, policy: &Policy, from_id: Id, changed: Option<&StationEntry>) -> bool {
        let Some(from) = self.stations.get(&from_id) else { return false };
        let from = from.or_as(changed);
        self.stations
            .values()
            .map(|one| one.or_as(changed))
            .any(|one| one.row.retired_at.is_none() && one.takes(type_id) && one.fits(policy, from))
    }

    /// All stations, in the order in which they were made.
    #[must_use]
    pub fn stations(&self) -> Vec<&StationEntry> {
        let mut all: Vec<_> = self.stations.values().collect();
        all.sort_by_key(|one| one.row.id);
        all
    }

    /// All types, in the order in which they were made.
    #[must_use]
    pub fn types(&self) -> Vec<&TypeEntry> {
        let mut all: Vec<_> = self.types.values().collect();
        all.sort_by_key(|one| one.row.id);
        all
    }

    /// The nearest other station of those that `would_do`.
    #[must_use]
    pub fn nearest(&self, from: &StationEntry, would_do: impl Fn(&StationEntry) -> bool) -> Option<Nearest> {
        let others = self.stations.values().filter(|one| one.row.id != from.row.id && one.row.retired_at.is_none());
        let found = others.filter(|one| would_do(one)).min_by_key(|one| (one.steps_to(&from.line), one.row.id));
        found.map(|one| Nearest { id: one.row.id, name: one.row.name.clone() })
    }

    /// The nearest other station where one of this type can be borrowed now.
    #[must_use]
    pub fn nearest_with(&self, from: &StationEntry, type_id: Id, counts: &[Count], now: Instant) -> Option<Nearest> {
        let has_one = |station: &StationEntry| {
            counts.iter().any(|one| {
                one.station_id == Some(station.row.id)
                    && one.type_id == type_id
                    && one.status == UnitStatus::Available
                    && one.units > 0
            })
        };
        self.nearest(from, |one| one.is_open(now) && has_one(one))
    }
}

/// The site of a station.
///
/// # Errors
/// [`Error::NotFound`].
pub fn site_of(tx: &mut Tx<'_>, station_id: Id) -> Result<Id, Error> {
    if let Some(known) = tx.app.lending.site_of.get(&station_id) {
        return Ok(known);
    }
    let site_id = repo::find_station(tx.conn, station_id)?.ok_or(Error::NotFound("station_not_found"))?.site_id;
    tx.app.lending.site_of.insert(station_id, site_id);
    Ok(site_id)
}

/// What a site lends, from memory if it was asked for a moment ago.
///
/// # Errors
/// [`Error::NotFound`] for an unknown site.
pub fn of_site(tx: &mut Tx<'_>, site_id: Id) -> Result<Arc<Lending>, Error> {
    if let Some(known) = tx.app.lending.sites.get(&site_id) {
        return Ok(known);
    }
    let found = Arc::new(read(tx, site_id)?);
    tx.app.lending.sites.insert(site_id, found.clone());
    Ok(found)
}

/// The same as it is now, whatever anybody remembers.
pub(super) fn read(tx: &mut Tx<'_>, site_id: Id) -> Result<Lending, Error> {
    let site = sites::site(tx, site_id)?;
    let names = sites::names(tx, site_id)?;
    let standards = versions::current(tx, site_id)?;
    let mut types = HashMap::new();
    for row in repo::list_types(tx.conn, site_id)? {
        types.insert(row.id, TypeEntry::new(row)?);
    }
    let rows = repo::list_stations(tx.conn, site_id)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let mut stations = HashMap::new();
    let mut takes: HashMap<Id, Vec<StationType>> = HashMap::new();
    for one in repo::list_station_types(tx.conn, &ids)? {
        if types.get(&one.type_id).is_none_or(|kind: &TypeEntry| kind.row.retired_at.is_some()) {
            continue;
        }
        takes.entry(one.station_id).or_default().push(one);
    }
    for row in rows {
        let choice = match (row.calendar_id, row.kind) {
            (Some(id), _) => CalendarChoice::Own(id),
            (None, StationKind::Desk) => CalendarChoice::OpenHours,
            (None, StationKind::Rack | StationKind::Cabinet) => CalendarChoice::WallClock,
        };
        let hours = match choice {
            CalendarChoice::WallClock => None,
            choice => Some(standards.calendar(choice, None).calendar),
        };
        let entry = StationEntry {
            location: names.of(Some(row.location_id)).ok_or(Error::NotFound("location_not_found"))?,
            takes: takes.remove(&row.id).unwrap_or_default(),
            line: names.lineage(row.location_id),
            hours,
            row,
        };
        stations.insert(entry.row.id, entry);
    }
    let zone = TimeZone::get(&site.time_zone).map_err(Error::internal)?;
    Ok(Lending { site: names.site.clone(), zone, types, stations })
}
