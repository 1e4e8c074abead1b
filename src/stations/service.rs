//! Stations and types: what a lead sets up, and what everyone sees of it.
//!
//! Rules:
//! - A code is used once at a site; a station with things in it, and a type that is lent or lies somewhere, are not retired.
//! - Of what is out, nothing is left without a station that takes it back by the rules it began with.
//! - A station's place, calendar and types are those of its own site.
//! - A rental keeps the rules it began with: a change of a type counts for what is borrowed from then on.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::api::{ChangeStation, ChangeType, CreateStation, CreateType, ListStations, StationFacts, TypeFacts};
use super::lending::{self, StationEntry, TypeEntry};
use super::model::{RentalType, Station, StationType};
use super::repo;
use super::views::{RentalTypeView, StationView};
use crate::accounts::model::{Lead, Role};
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::http::paging::Page;
use crate::rental_units;
use crate::rentals;
use crate::sites::service::{self as sites, Lendable};
use crate::standards::calendars;
use crate::values::{Id, Json};

/// The types of a site.
///
/// # Errors
/// [`Error::NotFound`] for an unknown site.
pub fn list_types(tx: &mut Tx<'_>, site_id: Id) -> Result<Page<RentalTypeView>, Error> {
    let lending = lending::of_site(tx, site_id)?;
    let offered = lending.types().into_iter().filter(|one| one.row.retired_at.is_none());
    Ok(Page::whole(offered.map(RentalTypeView::new).collect()))
}

/// Adds a type.
///
/// # Errors
/// [`Error::NotFound`] for a site that is not the lead's; [`Error::Conflict`] `code_taken`; [`Error::Invalid`] for rules
/// that contradict each other.
pub fn create_type(tx: &mut Tx<'_>, lead: &Lead, command: CreateType) -> Result<RentalTypeView, Error> {
    let CreateType { site_id, code, item_type } = command;
    check_lead(lead, site_id)?;
    let TypeFacts { kind, name, policy } = item_type;
    check_policy(&policy)?;
    let row = RentalType {
        id: tx.new_id(),
        site_id,
        code: code.into_string(),
        kind,
        name: name.into_string(),
        policy: Json(serde_json::to_value(&policy).map_err(Error::internal)?),
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
        retired_at: None,
    };
    repo::insert_type(tx.conn, &row).map_err(code_taken)?;
    tx.app.lending.forget();
    Ok(RentalTypeView::new(&TypeEntry::new(row)?))
}

/// Changes a type, or retires it.
///
/// # Errors
/// [`Error::NotFound`] also for types of other sites; [`Error::PreconditionFailed`]; [`Error::Conflict`]
/// `rental_type_in_use`; as [`create_type`].
pub fn update_type(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: ChangeType) -> Result<RentalTypeView, Error> {
    let found = repo::find_type(tx.conn, target.id)?.filter(|row| lead.role_at(row.site_id).is_lead());
    let mut row = found.ok_or(Error::NotFound("rental_type_not_found"))?;
    target.check(row.version)?;
    let ChangeType { item_type: TypeFacts { kind, name, policy }, retired } = command;
    check_policy(&policy)?;
    let counts = rental_units::service::counts(tx, row.site_id)?;
    if retired && counts.iter().any(|one| one.type_id == row.id && one.status.is_about()) {
        return Err(Error::conflict("rental_type_in_use"));
    }
    row.kind = kind;
    row.name = name.into_string();
    row.policy = Json(serde_json::to_value(&policy).map_err(Error::internal)?);
    row.retired_at = retired.then(|| row.retired_at.unwrap_or(tx.now));
    row.version += 1;
    row.updated_at = tx.now;
    if repo::update_type(tx.conn, &row)? == 0 {
        return Err(Error::PreconditionFailed);
    }
    tx.app.lending.forget();
    Ok(RentalTypeView::new(&TypeEntry::new(row)?))
}

/// The stations of a site, or those of them that have or take a type; the nearest first, if a place was named.
///
/// # Errors
/// [`Error::NotFound`] for unknown sites and places; [`Error::Rule`] `rental_site_needed` if neither is named.
pub fn list(tx: &mut Tx<'_>, query: &ListStations) -> Result<Page<StationView>, Error> {
    let site_id = match (query.site_id, query.near) {
        (Some(id), _) => id,
        (None, Some(place)) => sites::place_by_location(tx, place)?.site.id,
        (None, None) => return Err(Error::rule("rental_site_needed")),
    };
    let lending = lending::of_site(tx, site_id)?;
    let counts = rental_units::service::counts(tx, site_id)?;
    let line = match query.near {
        Some(id) => {
            let names = sites::names(tx, site_id)?;
            names.of(Some(id)).ok_or(Error::NotFound("location_not_found"))?;
            Some(names.lineage(id))
        }
        None => None,
    };
    let mut stations = lending.stations();
    stations.retain(|one| one.row.retired_at.is_none() && query.item_type_id.is_none_or(|id| one.takes(id)));
    let steps = |one: &StationEntry| line.as_ref().map(|line| one.steps_to(line));
    stations.sort_by_key(|one| steps(one));
    let view = |one: &StationEntry| StationView::new(one, &lending, &counts, tx.now, steps(one));
    Ok(Page::whole(stations.into_iter().map(view).collect()))
}

/// A station.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find(tx: &mut Tx<'_>, id: Id) -> Result<StationView, Error> {
    let site_id = lending::site_of(tx, id)?;
    show(tx, site_id, id)
}

/// Adds a station, with a code to scan.
///
/// # Errors
/// [`Error::NotFound`] for sites, places, calendars and types that are not the lead's; [`Error::Conflict`] `code_taken`;
/// [`Error::Invalid`] for thresholds that cross.
pub fn create(tx: &mut Tx<'_>, lead: &Lead, command: CreateStation) -> Result<StationView, Error> {
    let CreateStation { site_id, code, station } = command;
    check_lead(lead, site_id)?;
    check_facts(tx, site_id, &station)?;
    let row = Station {
        id: tx.new_id(),
        site_id,
        code: code.into_string(),
        kind: station.kind,
        name: String::from(&*station.name),
        location_id: station.location_id,
        calendar_id: station.calendar_id,
        slots: station.slots,
        latitude_e6: station.latitude.map(millionths),
        longitude_e6: station.longitude.map(millionths),
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
        retired_at: None,
    };
    repo::insert_station(tx.conn, &row).map_err(code_taken)?;
    write_types(tx, row.id, &station)?;
    sites::label(tx, site_id, row.location_id, Lendable::Station(row.id))?;
    tx.app.lending.forget();
    show(tx, site_id, row.id)
}

/// Changes a station, or retires it.
///
/// # Errors
/// [`Error::NotFound`] also for stations of other sites; [`Error::PreconditionFailed`]; [`Error::Conflict`]
/// `station_in_use`; as [`create`].
pub fn update(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: ChangeStation) -> Result<StationView, Error> {
    let missing = || Error::NotFound("station_not_found");
    let site_id = lending::site_of(tx, target.id)?;
    if !lead.role_at(site_id).is_lead() {
        return Err(missing());
    }
    // One after the other: of the last two stations that take something back, each could go because of the other.
    sites::lock(tx, site_id)?;
    let held = rental_units::record::hold_station(tx, site_id, target.id)?;
    let mut row = repo::find_station(tx.conn, target.id)?.ok_or_else(missing)?;
    target.check(row.version)?;
    let ChangeStation { station, retired } = command;
    check_facts(tx, row.site_id, &station)?;
    let counts = rental_units::service::counts(tx, row.site_id)?;
    let mut here = counts.iter().filter(|one| one.station_id == Some(row.id));
    // Another one may just have been changed, here or by another process.
    let lending = lending::read(tx, row.site_id)?;
    let was = lending.station(row.id)?;
    let mut is = was.clone();
    is.row.kind = station.kind;
    is.row.retired_at = retired.then_some(tx.now);
    is.takes = types_of(row.id, &station);
    // What a cabinet has and never took keeps nobody from changing it.
    if here.any(|one| retired || was.takes(one.type_id) && !is.takes(one.type_id)) {
        return Err(Error::conflict("station_in_use"));
    }
    let loses_one = was.takes.iter().any(|taken| !is.takes(taken.type_id));
    // What is out could come back nowhere.
    if (retired || loses_one || is.row.kind != was.row.kind) && rentals::service::is_stranded_by(tx, &lending, &is)? {
        return Err(Error::conflict("station_in_use"));
    }
    if station.slots.is_some_and(|slots| i64::from(slots) < held) {
        return Err(Error::field("/station/slots", "slots_too_few"));
    }
    row.kind = station.kind;
    row.name = String::from(&*station.name);
    row.location_id = station.location_id;
    row.calendar_id = station.calendar_id;
    row.slots = station.slots;
    row.latitude_e6 = station.latitude.map(millionths);
    row.longitude_e6 = station.longitude.map(millionths);
    row.retired_at = retired.then(|| row.retired_at.unwrap_or(tx.now));
    row.version += 1;
    row.updated_at = tx.now;
    if repo::update_station(tx.conn, &row)? == 0 {
        return Err(Error::PreconditionFailed);
    }
    sites::move_label(tx, row.id, row.location_id)?;
    repo::delete_station_types(tx.conn, row.id)?;
    write_types(tx, row.id, &station)?;
    tx.app.lending.forget();
    show(tx, row.site_id, row.id)
}

fn show(tx: &mut Tx<'_>, site_id: Id, id: Id) -> Result<StationView, Error> {
    let lending = lending::of_site(tx, site_id)?;
    let counts = rental_units::service::counts(tx, site_id)?;
    let scene = sites::scenes_of(tx, &[id])?.remove(&id);
    Ok(StationView::new(lending.station(id)?, &lending, &counts, tx.now, None).with_scene(scene))
}

/// A site of the lead's own: others are not there.
pub(crate) fn check_lead(lead: &Lead, site_id: Id) -> Result<(), Error> {
    match lead.role_at(site_id) {
        Role::Supervisor | Role::Admin => Ok(()),
        _ => Err(Error::NotFound("site_not_found")),
    }
}

fn check_policy(policy: &crate::rental::policy::Policy) -> Result<(), Error> {
    match policy.contradiction() {
        Some((field, code)) => Err(Error::field(&format!("/item_type/policy/{field}"), code)),
        None => Ok(()),
    }
}

fn check_facts(tx: &mut Tx<'_>, site_id: Id, station: &StationFacts) -> Result<(), Error> {
    if sites::place_by_location(tx, station.location_id)?.site.id != site_id {
        return Err(Error::NotFound("location_not_found"));
    }
    if let Some(id) = station.calendar_id {
        calendars::check_belongs(tx, site_id, id)?;
    }
    if station.latitude.is_some() != station.longitude.is_some() {
        return Err(Error::field("/station/longitude", "position_half_given"));
    }
    let types = repo::list_types(tx.conn, site_id)?;
    for (index, taken) in station.takes.iter().enumerate() {
        if !types.iter().any(|row| row.id == taken.item_type_id) {
            return Err(Error::NotFound("rental_type_not_found"));
        }
        let is_repeated = station.takes.iter().take(index).any(|other| other.item_type_id == taken.item_type_id);
        let crosses = taken.restock_below.zip(taken.collect_above).is_some_and(|(low, high)| low > high);
        if is_repeated || crosses {
            let code = if crosses { "thresholds_crossed" } else { "rental_type_twice" };
            return Err(Error::field(&format!("/station/takes/{index}"), code));
        }
    }
    Ok(())
}

fn write_types(tx: &mut Tx<'_>, station_id: Id, station: &StationFacts) -> Result<(), Error> {
    Ok(repo::insert_station_types(tx.conn, &types_of(station_id, station))?)
}

fn types_of(station_id: Id, station: &StationFacts) -> Vec<StationType> {
    let row = |taken: &super::api::Taken| StationType {
        station_id,
        type_id: taken.item_type_id,
        restock_below: taken.restock_below,
        collect_above: taken.collect_above,
    };
    station.takes.iter().map(row).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "180 million at most, which the range of the field sees to")]
fn millionths(degrees: f64) -> i32 {
    (degrees * 1e6).round() as i32
}

fn code_taken(error: DieselError) -> Error {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Error::conflict("code_taken"),
        error => error.into(),
    }
}
