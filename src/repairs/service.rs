//! Understanding a report of something broken.
//!
//! Rules:
//! - The place comes from a scanned code or is named; the category comes from the thing, unless the requester says.

use super::api::{FiledRepair, ReportRepair};
use crate::accounts::model::SignedIn;
use crate::app::Tx;
use crate::error::Error;
use crate::sites::model::{Category, Kind, Place};
use crate::sites::service as sites;
use crate::tickets::intake;
use crate::tickets::service::{self as tickets, NewMatter};
use crate::values::Id;

/// Files a repair.
///
/// # Errors
/// [`Error::NotFound`] for unknown codes, places and categories, [`Error::Rule`] when place or photos do not fit,
/// [`Error::Forbidden`] `on_behalf_not_yours`.
pub fn report(tx: &mut Tx<'_>, actor: &SignedIn, command: ReportRepair) -> Result<FiledRepair, Error> {
    let ReportRepair { scene, location_id, description, category_id, attachment_ids, priority, contact, on_behalf_of } =
        command;
    let place = match (scene, location_id) {
        (Some(scene), None) => sites::place_by_scene(tx, &scene)?,
        (None, Some(id)) => sites::place_by_location(tx, id)?,
        _ => return Err(Error::rule("place_needed_once")),
    };
    let category = category_of(tx, &place, category_id)?;
    let open_on_same = tickets::open_at(tx, &place)?;
    let who = intake::requester(tx, actor, place.site.id, contact, on_behalf_of)?;
    let matter = NewMatter {
        kind: Kind::Repair,
        place,
        category,
        description: description.into_string(),
        attachment_ids,
        priority,
        who,
    };
    let opened = tickets::open(tx, actor, matter)?;
    Ok(FiledRepair { ticket: tickets::announce(tx, actor, opened)?, open_on_same })
}

fn category_of(tx: &mut Tx<'_>, place: &Place, named: Option<Id>) -> Result<Option<Category>, Error> {
    if let Some(id) = named {
        return sites::category(tx, place.site.id, Kind::Repair, id).map(Some);
    }
    let Some(thing) = &place.equipment else { return Ok(None) };
    // Who scans a code has not chosen its category, and can do nothing about its being retired.
    let usual = sites::category(tx, place.site.id, Kind::Repair, thing.category_id)?;
    Ok(Some(usual).filter(|category| category.retired_at.is_none()))
}
