//! Correcting what is known of an item: what it is, how it is kept, what anyone may know of it.
//!
//! Rules:
//! - What it was and what it is are both written down.
//! - How it is kept changes as [`super::care`] says: with two people, and downwards by a lead's word.
//! - Nobody finds a thing after it was handed in, and what is over stays as it was.

use super::api::CorrectItem;
use super::care::{Keeping, reclassify};
use super::display::show_to_desk;
use super::model::{FoundItem, ItemStatus};
use super::service::{FOUND_AT_MOST_AGO, add_photos, publish_photos, stored};
use super::views::FoundItemView;
use super::{marks, record};
use crate::accounts::model::{Role, Staff};
use crate::app::Tx;
use crate::custody::model::CustodyKind;
use crate::custody::service::{self as custody, Note};
use crate::error::Error;
use crate::http::input::Target;
use crate::lost_found::categories::ItemCategory;
use crate::notices::service::{Audience, NoticeKind};
use crate::sites::service as sites;
use crate::text::Discreet;
use crate::values::Instant;
use crate::{matches, retention};

/// Corrects what is known of an item.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] `item_over`; [`Error::Rule`] `location_elsewhere`, `mark_gives_itself_away`, and
/// as [`super::service::confirm`] for what becomes of another class; [`Error::Invalid`] for a time that cannot be.
pub fn correct(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: CorrectItem) -> Result<FoundItemView, Error> {
    let CorrectItem {
        description,
        category,
        value_class,
        cash_fen,
        seal_number,
        witness_id,
        colours,
        brand,
        location_id,
        place_note,
        found_at,
        marks,
        attachment_ids,
        public_photo_ids,
    } = command;
    let mut one = record::lock_for_desk(tx, staff, target)?;
    let item = &mut one.item;
    if item.status.is_over() {
        return Err(Error::conflict("item_over"));
    }
    if sites::place_by_location(tx, location_id)?.site.id != item.site_id {
        return Err(Error::rule("location_elsewhere"));
    }
    // Nobody finds a thing after it was handed in.
    if found_at > item.created_at {
        return Err(Error::field("/found_at", "found_after_handed_in"));
    }
    let (before, before_class, before_seal) = (facts(item), item.value_class, item.seal_number.clone());
    let ItemCategory(kind) = category;
    let as_category = if item.value_class == item.kind().value_class { kind.value_class } else { item.value_class };
    item.category = kind.number.into();
    let keeping = Keeping {
        class: value_class.unwrap_or(as_category),
        cash_fen: cash_fen.map(Into::into),
        seal_number: seal_number.map(Discreet::into_string),
    };
    let witness = reclassify(tx, staff, item, keeping, witness_id)?;
    let is_new = item.value_class != before_class && item.status.is_in_custody();
    item.colours = stored(colours.bits())?;
    item.brand = brand.map(Discreet::into_string);
    (item.description, item.words_by_desk) = (description.into_string(), true);
    (item.location_id, item.found_at) = (location_id, check_age(item, found_at)?);
    item.place_note = place_note.map(Discreet::into_string);
    let new_marks = marks.is_some();
    marks::renew(tx, item, marks)?;
    add_photos(tx, staff.user_id, item, &attachment_ids)?;
    if let Some(ids) = public_photo_ids {
        publish_photos(tx, item, &ids)?;
    }
    let detail = serde_json::json!({
        "before": before, "after": facts(item), "new_marks": new_marks, "photos": attachment_ids,
    });
    let note = Note { kind: CustodyKind::Corrected, witness_name: witness.as_deref(), detail };
    custody::append(tx, Some(staff), item, &note)?;
    if item.seal_number != before_seal {
        let detail = serde_json::json!({ "seal_number": item.seal_number });
        let note = Note { kind: CustodyKind::Sealed, witness_name: witness.as_deref(), detail };
        custody::append(tx, Some(staff), item, &note)?;
    }
    if item.status == ItemStatus::Kept {
        matches::service::renew_item(tx, item)?;
    }
    if is_new && retention::service::is_urgent(one.item.value_class) {
        record::tell(tx, &one, NoticeKind::ItemForPolice, Audience::Role(Role::Supervisor))?;
    }
    record::write(tx, &mut one.item)?;
    show_to_desk(tx, one)
}

/// What the log keeps of an item before and after it was corrected.
fn facts(item: &FoundItem) -> serde_json::Value {
    serde_json::json!({
        "category": ItemCategory(item.kind()), "description": item.description, "found_at": item.found_at,
        "location_id": item.location_id, "value_class": item.value_class, "cash_fen": item.cash_fen,
        "seal_number": item.seal_number,
    })
}

fn check_age(item: &FoundItem, found_at: Instant) -> Result<Instant, Error> {
    if found_at < item.created_at - FOUND_AT_MOST_AGO {
        return Err(Error::field("/found_at", "found_too_long_ago"));
    }
    Ok(found_at)
}
