//! The single things, as staff look after them.
//!
//! Rules:
//! - A thing that is with a borrower, or kept for one, is theirs until that rental is over: staff end the rental, not the thing.
//! - A thing is brought to a station that takes its type and has room.
//! - What turns up after it was given up for lost ends its rental, and what was charged too much goes back; where its type is not
//!   lent, somebody looks at it.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::api::{AddUnits, ListUnits, RentalUnitView, RestockUnit, UnitEventView};
use super::model::{Count, RentalUnit, UnitMove, UnitStatus, UnitsNarrowed};
use super::record::{self, Because};
use super::repo;
use crate::accounts::model::{Lead, Staff};
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::http::paging::Page;
use crate::rentals;
use crate::sites::service::{self as sites, Lendable};
use crate::stations::lending::{self, Lending, StationEntry};
use crate::stations::service as stations;
use crate::tickets::commands::GiveReason;
use crate::values::Id;

/// So many lines of a thing's history are shown.
const LINES_SHOWN: i64 = 50;

/// How many things of which type stand where, at a site.
///
/// # Errors
/// As the database.
pub fn counts(tx: &mut Tx<'_>, site_id: Id) -> Result<Vec<Count>, Error> {
    record::counts(tx, site_id)
}

/// Adds things of a type at a station, each with a code to scan.
///
/// # Errors
/// [`Error::NotFound`] for a site, type or station that is not the lead's; [`Error::Conflict`] `code_taken`;
/// [`Error::Elsewhere`] `station_full`, `rental_not_taken_here`.
pub fn add(tx: &mut Tx<'_>, lead: &Lead, command: AddUnits) -> Result<Page<RentalUnitView>, Error> {
    let AddUnits { site_id, item_type_id, station_id, codes } = command;
    stations::check_lead(lead, site_id)?;
    let lending = lending::of_site(tx, site_id)?;
    lending.kind(item_type_id)?;
    let held = record::hold_station(tx, site_id, station_id)?;
    check_room(&lending, (station_id, held), item_type_id, codes.len())?;
    let location_id = lending.station(station_id)?.row.location_id;
    let unit = |code: String, tx: &Tx<'_>| RentalUnit {
        id: tx.new_id(),
        site_id,
        type_id: item_type_id,
        code,
        status: UnitStatus::Available,
        station_id: Some(station_id),
        battery_percent: None,
        battery_at: None,
        fault: None,
        fault_at: None,
        placed_at: tx.now,
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
    };
    let units: Vec<RentalUnit> = codes.into_iter().map(|code| unit(code.trim().to_owned(), tx)).collect();
    repo::insert(tx.conn, &units).map_err(|error| match error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Error::conflict("code_taken"),
        error => error.into(),
    })?;
    for unit in &units {
        sites::label(tx, site_id, location_id, Lendable::Unit(unit.id))?;
    }
    Ok(Page::whole(show_all(tx, units)?))
}

/// The things of the caller's sites, oldest first.
///
/// # Errors
/// As the database.
pub fn list(
    tx: &mut Tx<'_>,
    staff: &Staff,
    query: &ListUnits,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<RentalUnitView>, Error> {
    // No code holds what PostgreSQL cannot be asked for.
    if query.code.as_ref().is_some_and(|code| code.contains('\0')) {
        return Ok(Vec::new());
    }
    let (_, sites) = staff.listed_sites(query.site_id);
    let narrowed = UnitsNarrowed {
        // Who serves no desk sees nothing.
        sites: if staff.desk_sites().is_none_or(|desk| !desk.is_empty()) { sites } else { Some(Vec::new()) },
        type_id: query.item_type_id,
        station_id: query.station_id,
        status: query.status,
        code: query.code.clone(),
        after,
    };
    let units = repo::list(tx.conn, &narrowed, limit)?;
    show_all(tx, units)
}

/// A thing, with its history.
///
/// # Errors
/// [`Error::NotFound`] also for those of other sites.
pub fn find(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<RentalUnitView, Error> {
    let unit = record::find(tx, target.id)?;
    check_mine(staff, &unit)?;
    let events = repo::list_events(tx.conn, unit.id, LINES_SHOWN)?;
    let rental_id = rentals::service::open_of(tx, unit.id)?;
    let lending = lending::of_site(tx, unit.site_id)?;
    let lines = events.into_iter().map(|event| UnitEventView::new(event, &lending)).collect();
    let mut view = show(tx, unit)?;
    (view.rental_id, view.history) = (rental_id, Some(lines));
    Ok(view)
}

/// Takes a thing out of use.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] `rental_unit_not_now`.
pub fn retire(tx: &mut Tx<'_>, staff: &Staff, target: Target, why: GiveReason) -> Result<RentalUnitView, Error> {
    step(tx, staff, target, UnitMove::Retire, why)
}

/// Takes a thing away to be mended.
///
/// # Errors
/// As [`retire`].
pub fn repair(tx: &mut Tx<'_>, staff: &Staff, target: Target, why: GiveReason) -> Result<RentalUnitView, Error> {
    step(tx, staff, target, UnitMove::Repair, why)
}

/// Brings a thing to a station, fit to be lent: looked at, mended, moved, or found again. What was lost and is not lent there is
/// to be looked at.
///
/// # Errors
/// As [`retire`]; [`Error::Elsewhere`] `station_full`, `rental_not_taken_here`.
pub fn restock(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: RestockUnit) -> Result<RentalUnitView, Error> {
    let RestockUnit { station_id, reason } = command;
    let (mut unit, last) = rentals::service::lock_unit(tx, target.id)?;
    check(staff, target, &unit)?;
    let held = record::hold_station(tx, unit.site_id, station_id)?;
    let lending = lending::of_site(tx, unit.site_id)?;
    let more = usize::from(unit.station_id != Some(station_id));
    let station = lending.station(station_id)?;
    // Its type may not be lent here any more, or nowhere: what it cost goes back all the same, and somebody decides about it.
    let is_stray = unit.status == UnitStatus::Lost && !station.takes(unit.type_id) && station.row.retired_at.is_none();
    if is_stray {
        check_slots(station, held, more)?;
    } else {
        check_room(&lending, (station_id, held), unit.type_id, more)?;
    }
    // Whoever brings it has seen that nothing is wrong with it any more.
    if unit.fault.take().is_some() {
        unit.fault_at = Some(tx.now);
    }
    let because = Because { actor_id: Some(staff.user_id), reason: reason.as_deref(), ..Because::default() };
    if matches!(unit.status, UnitStatus::Lost | UnitStatus::Retired) {
        let now = tx.now;
        let step = if is_stray { UnitMove::ReturnToCheck } else { UnitMove::Restock };
        rentals::money::found(tx, (&mut unit, last), step, (station_id, now), because)?;
    } else {
        record::step(tx, &mut unit, UnitMove::Restock, Some(station_id), because)?;
    }
    show(tx, unit)
}

fn step(
    tx: &mut Tx<'_>,
    staff: &Staff,
    target: Target,
    step: UnitMove,
    why: GiveReason,
) -> Result<RentalUnitView, Error> {
    let mut unit = record::lock(tx, target.id)?;
    check(staff, target, &unit)?;
    let reason = why.reason.into_string();
    let because = Because { actor_id: Some(staff.user_id), reason: Some(&reason), ..Because::default() };
    record::step(tx, &mut unit, step, None, because)?;
    show(tx, unit)
}

fn check(staff: &Staff, target: Target, unit: &RentalUnit) -> Result<(), Error> {
    check_mine(staff, unit)?;
    target.check(unit.version)
}

fn check_mine(staff: &Staff, unit: &RentalUnit) -> Result<(), Error> {
    let is_mine = staff.role_at(unit.site_id).is_desk();
    if is_mine { Ok(()) } else { Err(Error::NotFound("rental_unit_not_found")) }
}

/// Makes sure that a station takes a type and has room for `more` of it.
pub(crate) fn check_room(
    lending: &Lending,
    (station_id, held): (Id, i64),
    type_id: Id,
    more: usize,
) -> Result<(), Error> {
    let station = lending.station(station_id)?;
    if !station.takes(type_id) || station.row.retired_at.is_some() {
        return Err(Error::Elsewhere { code: "rental_not_taken_here", params: Vec::new(), nearest: None });
    }
    check_slots(station, held, more)
}

fn check_slots(station: &StationEntry, held: i64, more: usize) -> Result<(), Error> {
    let will_hold = held.saturating_add(i64::try_from(more).unwrap_or(i64::MAX));
    if more > 0 && station.row.slots.is_some_and(|slots| will_hold > i64::from(slots)) {
        return Err(Error::Elsewhere { code: "station_full", params: Vec::new(), nearest: None });
    }
    Ok(())
}

fn show(tx: &mut Tx<'_>, unit: RentalUnit) -> Result<RentalUnitView, Error> {
    show_all(tx, vec![unit])?.pop().ok_or(Error::NotFound("rental_unit_not_found"))
}

fn show_all(tx: &mut Tx<'_>, units: Vec<RentalUnit>) -> Result<Vec<RentalUnitView>, Error> {
    let ids: Vec<Id> = units.iter().map(|unit| unit.id).collect();
    let mut scenes = sites::scenes_of(tx, &ids)?;
    let mut views = Vec::with_capacity(units.len());
    for unit in units {
        let lending = lending::of_site(tx, unit.site_id)?;
        let scene = scenes.remove(&unit.id);
        views.push(RentalUnitView::new(unit, scene, &lending)?);
    }
    Ok(views)
}
