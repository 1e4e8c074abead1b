//! Fetching what was kept: a reservation, or what its borrower confirmed in WeChat.
//!
//! Rules:
//! - What is fetched goes by the rules under which it was kept. If today's rules ask for a deposit or an age and those did not,
//!   the reservation is given up, and the thing is borrowed anew.
//! - What was reported broken while it was kept is not handed out: another one of its type is, if there is one.

use super::borrow::{self, Wanted};
use super::model::{Rental, RentalRow, RentalStatus, Unsettled};
use super::{repo, returns, service};
use crate::accounts::model::Actor;
use crate::app::Tx;
use crate::error::Error;
use crate::rental::policy::Policy;
use crate::rental_units::model::{RentalUnit, Shelf, UnitMove};
use crate::rental_units::record::{self, Because};
use crate::values::Id;

/// What of the borrower's is kept here; of several, the one whose thing was scanned.
pub(super) fn reserved_here(unsettled: &[Unsettled], wanted: &Wanted) -> Option<Unsettled> {
    let mut here = unsettled.iter().filter(|one| {
        one.status == RentalStatus::Reserved
            && one.type_id == wanted.type_id
            && one.from_station_id == wanted.station_id
    });
    let scanned = here.clone().find(|one| Some(one.unit_id) == wanted.unit_id);
    scanned.or_else(|| here.next()).cloned()
}

/// Fetches a reservation, or gives it up for another one whose code was scanned; `None` if it has run out, or is none by
/// today's rules (`policy`).
///
/// # Errors
/// [`Error::Elsewhere`] `rental_none_here` and [`Error::Conflict`] `rental_unit_not_available` if what is kept was reported
/// broken, or the one beside it is not free.
pub(super) fn fetch(
    tx: &mut Tx<'_>,
    actor: &Actor,
    reserved: &Unsettled,
    wanted: &Wanted,
    policy: &Policy,
) -> Result<Option<RentalRow>, Error> {
    repo::lock(tx.conn, reserved.id)?;
    let found = repo::find(tx.conn, reserved.id)?.filter(|row| row.rental.status == RentalStatus::Reserved);
    let Some(mut row) = found else { return Ok(None) };
    if row.rental.reserved_until.is_none_or(|until| until <= tx.now) {
        returns::release(tx, &mut row.rental, RentalStatus::Lapsed, None)?;
        return Ok(None);
    }
    let kept_by = row.rental.policy()?;
    if (kept_by.deposit, kept_by.asks_age) != (policy.deposit, policy.asks_age) {
        // It was kept without what is asked for now, and would be handed out without it.
        returns::release(tx, &mut row.rental, RentalStatus::Cancelled, Some(actor.user_id))?;
        return Ok(None);
    }
    let station = wanted.lending.station(wanted.station_id)?;
    let kept = record::find(tx, row.rental.unit_id)?;
    let other = match wanted.unit_id {
        // They took the one beside it: what was kept is free for others. Both are taken in one order.
        Some(other_id) if other_id != kept.id => {
            record::lock(tx, other_id.min(kept.id))?;
            Some(borrow::take_unit(tx, wanted, station)?)
        }
        None if kept.fault.is_some() => Some(borrow::take_unit(tx, wanted, station)?),
        _ => None,
    };
    row.unit_code = start(tx, &mut row.rental, other, Some(actor.user_id))?.code;
    Ok(Some(row))
}

/// Hands out what was kept for the borrower, or another one like it if it was reported broken meanwhile; `false` if there is
/// none.
///
/// # Errors
/// As the database.
pub(crate) fn hand_out(tx: &mut Tx<'_>, rental: &mut Rental, actor_id: Option<Id>) -> Result<bool, Error> {
    let kept = record::lock(tx, rental.unit_id)?;
    let mut other = None;
    if kept.fault.is_some() {
        let Rental { site_id, type_id, from_station_id: station_id, .. } = *rental;
        other = record::pick(tx, Shelf { site_id, station_id, type_id })?;
        if other.is_none() {
            return Ok(false);
        }
    }
    start(tx, rental, other, actor_id)?;
    Ok(true)
}

/// The rental begins, with what was kept or with another one in its place.
fn start(
    tx: &mut Tx<'_>,
    rental: &mut Rental,
    other: Option<RentalUnit>,
    actor_id: Option<Id>,
) -> Result<RentalUnit, Error> {
    let because = Because { rental_id: Some(rental.id), actor_id, ..Because::default() };
    let mut unit = record::lock(tx, rental.unit_id)?;
    if let Some(other) = other {
        record::release(tx, &mut unit, rental.from_station_id, because)?;
        rental.unit_id = other.id;
        repo::update_unit(tx.conn, rental.id, other.id)?;
        unit = other;
    } else if unit.fault.is_some() {
        return Err(Error::conflict("rental_unit_not_available"));
    }
    let policy = rental.policy()?;
    borrow::begin(rental, &policy, tx.now);
    service::write(tx, rental)?;
    record::step(tx, &mut unit, UnitMove::Lend, None, because)?;
    borrow::plan(tx, rental, &policy)?;
    Ok(unit)
}
