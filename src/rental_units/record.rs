//! Single things as other features see and change them: rentals, stock-takes, devices.

use super::model::{Count, RentalUnit, Shelf, UnitEvent, UnitMove, UnitsNarrowed};
use super::repo;
use crate::app::Tx;
use crate::error::Error;
use crate::values::{Id, Instant};

/// What goes with a move of a thing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Because<'a> {
    /// The rental it belongs to.
    pub rental_id: Option<Id>,
    /// Who did it.
    pub actor_id: Option<Id>,
    /// Why.
    pub reason: Option<&'a str>,
    /// When a device says it was.
    pub device_at: Option<Instant>,
}

/// A thing that is about to be changed.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn lock(tx: &mut Tx<'_>, id: Id) -> Result<RentalUnit, Error> {
    repo::find_locked(tx.conn, id)?.ok_or(Error::NotFound("rental_unit_not_found"))
}

/// A thing.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn find(tx: &mut Tx<'_>, id: Id) -> Result<RentalUnit, Error> {
    repo::find(tx.conn, id)?.ok_or(Error::NotFound("rental_unit_not_found"))
}

/// Some things by id.
///
/// # Errors
/// As the database.
pub(crate) fn list_by_ids(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<RentalUnit>, Error> {
    Ok(repo::list_by_ids(tx.conn, ids)?)
}

/// A thing of a site by what stands on it.
///
/// # Errors
/// As the database.
pub(crate) fn find_by_code(tx: &mut Tx<'_>, site_id: Id, code: &str) -> Result<Option<RentalUnit>, Error> {
    Ok(repo::find_by_code(tx.conn, site_id, code)?)
}

/// Everything at a station of a site.
///
/// # Errors
/// As the database.
pub(crate) fn list_at(tx: &mut Tx<'_>, site_id: Id, station_id: Id) -> Result<Vec<RentalUnit>, Error> {
    Ok(repo::list_at(tx.conn, site_id, station_id)?)
}

/// The things of a site in order of id, from after `after` on.
///
/// # Errors
/// As the database.
pub(crate) fn list_of_site(
    tx: &mut Tx<'_>,
    site_id: Id,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<RentalUnit>, Error> {
    let narrowed = UnitsNarrowed { sites: Some(vec![site_id]), after, ..UnitsNarrowed::default() };
    Ok(repo::list(tx.conn, &narrowed, limit)?)
}

/// One of a type at a station that can be borrowed; it is the caller's until the end of the transaction. Things that others
/// are just looking at are passed over.
///
/// # Errors
/// As the database.
pub(crate) fn pick(tx: &mut Tx<'_>, shelf: Shelf) -> Result<Option<RentalUnit>, Error> {
    Ok(repo::find_available(tx.conn, shelf)?)
}

/// Waits for who is just looking at what is left of a type at a station; nothing if they took it. Who waits for one thing
/// keeps no other that they waited for: two who do wait for each other.
///
/// # Errors
/// As the database.
pub(crate) fn wait_for(tx: &mut Tx<'_>, shelf: Shelf) -> Result<Option<RentalUnit>, Error> {
    let Some(id) = repo::find_left(tx.conn, shelf)? else { return Ok(None) };
    Ok(repo::find_locked_if_free(tx.conn, id, shelf.station_id)?)
}

/// Makes other changes of what is at a station wait until this one is done, and says how many things are there. Who
/// changes a thing has that already: rental, thing, station is the order.
///
/// # Errors
/// As the database.
pub(crate) fn hold_station(tx: &mut Tx<'_>, site_id: Id, station_id: Id) -> Result<i64, Error> {
    Ok(repo::hold_station_and_count(tx.conn, site_id, station_id)?)
}

/// How many things of which type stand where, at a site.
///
/// # Errors
/// As the database.
pub(crate) fn counts(tx: &mut Tx<'_>, site_id: Id) -> Result<Vec<Count>, Error> {
    Ok(repo::count(tx.conn, site_id)?)
}

/// Moves a thing on, to or at `station_id`, writes it, and a line of its history.
///
/// # Errors
/// [`Error::Conflict`] `rental_unit_not_now` if it cannot be moved so from where it stands, `rental_unit_changed` if
/// somebody else has just moved it.
pub(crate) fn step(
    tx: &mut Tx<'_>,
    unit: &mut RentalUnit,
    step: UnitMove,
    station_id: Option<Id>,
    because: Because<'_>,
) -> Result<(), Error> {
    let line = moved(tx, unit, step, station_id, because)?;
    if repo::update_and_note(tx.conn, unit, &line)? == 0 { Err(changed()) } else { Ok(()) }
}

/// As [`step`], for who writes the thing and the line together with what moved it.
///
/// # Errors
/// [`Error::Conflict`] `rental_unit_not_now`.
pub(crate) fn moved(
    tx: &Tx<'_>,
    unit: &mut RentalUnit,
    step: UnitMove,
    station_id: Option<Id>,
    because: Because<'_>,
) -> Result<UnitEvent, Error> {
    unit.status = unit.status.after(step).ok_or(Error::conflict("rental_unit_not_now"))?;
    let at = station_id.or(unit.station_id);
    unit.station_id = station_id.filter(|_| unit.status.takes_a_slot());
    unit.placed_at = tx.now;
    touch(tx, unit);
    Ok(line(tx, unit.id, step, at, because))
}

/// Lets go of a thing that was kept at `station_id`. What was reported broken meanwhile is mended before it is lent.
///
/// # Errors
/// As [`step`].
pub(crate) fn release(
    tx: &mut Tx<'_>,
    unit: &mut RentalUnit,
    station_id: Id,
    because: Because<'_>,
) -> Result<(), Error> {
    step(tx, unit, UnitMove::Release, Some(station_id), because)?;
    let Some(fault) = unit.fault.clone() else { return Ok(()) };
    // Whoever gave it up is not who says that it is broken.
    let broken = Because { actor_id: None, reason: Some(&fault), ..because };
    step(tx, unit, UnitMove::Repair, Some(station_id), broken)
}

/// Writes a line of a thing's history.
///
/// # Errors
/// As the database.
pub(crate) fn note(
    tx: &mut Tx<'_>,
    unit_id: Id,
    action: UnitMove,
    station_id: Option<Id>,
    because: Because<'_>,
) -> Result<(), Error> {
    let line = line(tx, unit_id, action, station_id, because);
    Ok(repo::insert_event(tx.conn, &line)?)
}

fn line(tx: &Tx<'_>, unit_id: Id, action: UnitMove, station_id: Option<Id>, because: Because<'_>) -> UnitEvent {
    let Because { rental_id, actor_id, reason, device_at } = because;
    UnitEvent {
        id: tx.new_id(),
        unit_id,
        rental_id,
        action,
        station_id,
        actor_id,
        reason: reason.map(ToOwned::to_owned),
        device_at,
        at: tx.now,
    }
}

/// Writes a thing that was changed.
///
/// # Errors
/// [`Error::Conflict`] `rental_unit_changed`.
pub(crate) fn write(tx: &mut Tx<'_>, unit: &mut RentalUnit) -> Result<(), Error> {
    touch(tx, unit);
    if repo::update(tx.conn, unit)? == 0 { Err(changed()) } else { Ok(()) }
}

fn touch(tx: &Tx<'_>, unit: &mut RentalUnit) {
    unit.version += 1;
    unit.updated_at = tx.now;
}

/// Somebody else has just moved it.
pub(crate) const fn changed() -> Error {
    Error::conflict("rental_unit_changed")
}
