//! Looking at a scanned code, before anything is reported.

use super::api::{ScanAction, ScanView};
use crate::app::Tx;
use crate::error::Error;
use crate::sites::model::{Kind, Named, Place};
use crate::sites::service as sites;
use crate::tickets::service as tickets;

/// What a code stands for.
///
/// # Errors
/// [`Error::NotFound`] for an unknown or retired code.
pub fn scan(tx: &mut Tx<'_>, scene: String) -> Result<ScanView, Error> {
    let place = sites::place_by_scene(tx, &scene)?;
    let open_tickets = tickets::open_at(tx, &place)?;
    let Place { site, location, equipment, shop } = place;
    let category = match &equipment {
        Some(thing) => Some(sites::category(tx, site.id, Kind::Repair, thing.category_id)?),
        None => None,
    };
    Ok(ScanView {
        scene,
        site: Named::new(site.id, site.name),
        location: Named::new(location.id, location.path),
        equipment: equipment.map(|thing| Named::new(thing.id, thing.name)),
        shop: shop.map(|shop| Named::new(shop.id, shop.name)),
        category: category.map(|category| Named::new(category.id, category.name)),
        actions: vec![ScanAction::ReportRepair, ScanAction::FileComplaint],
        open_tickets,
    })
}
