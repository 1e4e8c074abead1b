//! Looking at a scanned code, before anything is reported or borrowed.

use super::api::{ScanAction, ScanView, ScannedUnit};
use crate::accounts::model::SignedIn;
use crate::app::Tx;
use crate::error::Error;
use crate::rental_units::model::UnitStatus;
use crate::rental_units::record;
use crate::rentals::service as rentals;
use crate::sites::model::{Kind, Named, Place};
use crate::sites::service as sites;
use crate::stations::lending::{self, Lending};
use crate::tickets::service as tickets;
use crate::values::Id;

/// What a code stands for.
///
/// # Errors
/// [`Error::NotFound`] for an unknown or retired code.
pub fn scan(tx: &mut Tx<'_>, actor: &SignedIn, scene: String) -> Result<ScanView, Error> {
    let place = sites::place_by_scene(tx, &scene)?;
    let open_tickets = tickets::open_at(tx, &place)?;
    let Place { site, location, equipment, shop, station_id, rental_unit_id } = place;
    let category = match &equipment {
        Some(thing) => Some(sites::category(tx, site.id, Kind::Repair, thing.category_id)?),
        None => None,
    };
    let mut actions = vec![ScanAction::ReportRepair, ScanAction::FileComplaint];
    let mut location = Named::new(location.id, location.path);
    let (mut rental_unit, mut station) = (None, None);
    if rental_unit_id.is_some() || station_id.is_some() {
        let lending = lending::of_site(tx, site.id)?;
        let mut station_id = station_id;
        let mut is_there = true;
        if let Some(id) = rental_unit_id {
            let (unit, at) = look_at(tx, actor, &lending, id)?;
            is_there = unit.is_available;
            (rental_unit, station_id) = (Some(unit), at);
        }
        if let Some(entry) = station_id.and_then(|id| lending.station(id).ok()) {
            // A thing is where its station is, wherever it was when it got its code.
            (location, station) = (entry.location.clone(), Some(entry.named()));
            if is_there && entry.is_open(tx.now) {
                actions.push(ScanAction::Borrow);
                let mut here = entry.takes.iter().filter_map(|taken| lending.kind(taken.type_id).ok());
                if here.any(|kind| kind.policy.is_reservable()) {
                    actions.push(ScanAction::Reserve);
                }
            }
            if rental_unit.is_none() && entry.takes_back(tx.now) {
                actions.push(ScanAction::ReturnHere);
            }
        }
    }
    Ok(ScanView {
        scene,
        site: Named::new(site.id, site.name),
        location,
        equipment: equipment.map(|thing| Named::new(thing.id, thing.name)),
        shop: shop.map(|shop| Named::new(shop.id, shop.name)),
        station,
        rental_unit,
        category: category.map(|category| Named::new(category.id, category.name)),
        actions,
        open_tickets,
    })
}

/// A thing to lend, and the station it is at.
fn look_at(
    tx: &mut Tx<'_>,
    actor: &SignedIn,
    lending: &Lending,
    unit_id: Id,
) -> Result<(ScannedUnit, Option<Id>), Error> {
    let unit = record::find(tx, unit_id)?;
    let rental_id = match rentals::open_of(tx, unit_id)? {
        Some(id) if rentals::read(tx, id)?.borrower_id == Some(actor.user_id) => Some(id),
        _ => None,
    };
    let scanned = ScannedUnit {
        id: unit.id,
        code: unit.code,
        item_type: lending.kind(unit.type_id)?.named(),
        is_available: unit.status == UnitStatus::Available,
        rental_id,
    };
    Ok((scanned, unit.station_id))
}
