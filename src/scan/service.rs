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
        site: Named { id: site.id, name: site.name },
        location: Named { id: location.id, name: location.path },
        equipment: equipment.map(|thing| Named { id: thing.id, name: thing.name }),
        shop: shop.map(|shop| Named { id: shop.id, name: shop.name }),
        category: category.map(|category| Named { id: category.id, name: category.name }),
        actions: vec![ScanAction::ReportRepair],
        open_tickets,
    })
}
