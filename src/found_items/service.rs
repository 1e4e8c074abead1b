//! Taking found items in, keeping them, and saying what is known of them.
//!
//! Rules:
//! - Anyone may hand something in; it is in custody once the desk took it. Valuables and cash are taken by two, in a sealed
//!   bag; money is counted.
//! - What a visitor wrote of it is public once the desk gave its own words.
//! - No photo of papers, cards or money is ever public.
//! - Whose it is, once known, is told at once (Civil Code art. 314). Identity papers and dangerous goods are told to the
//!   supervisor at once.

use jiff::SignedDuration;

use super::api::{Finder, NameOwner, RegisterItem, StoreItem, TakeIn};
use super::care::{check_lowering, check_money, check_two_people, colleague};
use super::display::{show, show_to_desk};
use super::model::{FoundItem, ItemMove, ItemStatus, Numbered, PhotoRow};
use super::views::FoundItemView;
use super::{marks, record, repo};
use crate::accounts::model::{Actor, Role, SignedIn, Staff};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::attachments::service as attachments;
use crate::custody::model::CustodyKind;
use crate::custody::service::{self as custody, Note};
use crate::error::Error;
use crate::http::input::Target;
use crate::lost_found::categories::{self, ItemCategory};
use crate::notices::service::{Audience, NoticeKind};
use crate::sites::service as sites;
use crate::text::{Discreet, Phone};
use crate::tickets::commands::GiveReason;
use crate::values::{Id, Instant};
use crate::{matches, retention};

/// What was found longer ago than this is not handed in as found. Ours.
pub(super) const FOUND_AT_MOST_AGO: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Registers something that was found; the desk takes it in at once if it says how.
///
/// # Errors
/// [`Error::NotFound`] for unknown places; [`Error::Forbidden`] `take_in_by_desk`; [`Error::Invalid`] for a time that cannot
/// be; as [`confirm`].
pub fn register(tx: &mut Tx<'_>, actor: &SignedIn, command: RegisterItem) -> Result<FoundItemView, Error> {
    let RegisterItem { scene, location_id, description, category, colours, brand, found_at, attachment_ids, take_in } =
        command;
    let place = match (scene, location_id) {
        (Some(scene), None) => sites::place_by_scene(tx, &scene)?,
        (None, Some(id)) => sites::place_by_location(tx, id)?,
        _ => return Err(Error::rule("place_needed_once")),
    };
    let is_desk = actor.role_at(place.site.id).is_desk();
    if take_in.is_some() && !is_desk {
        return Err(Error::Forbidden("take_in_by_desk"));
    }
    let kind = category.map_or_else(categories::other, |ItemCategory(kind)| kind);
    // Who takes something in for somebody else names the finder; anyone else is the finder.
    let finder = if is_desk { None } else { Some(accounts::contact_of(tx, actor.user_id)?) };
    let phone = finder.as_ref().and_then(|finder| finder.phone.clone());
    let item = FoundItem {
        id: tx.new_id(),
        site_id: place.site.id,
        status: ItemStatus::Announced,
        category: kind.number.into(),
        colours: stored(colours.bits())?,
        brand: brand.map(Discreet::into_string),
        description: description.into_string(),
        value_class: kind.value_class,
        cash_fen: None,
        found_at: check_found(tx, found_at.unwrap_or(tx.now))?,
        location_id: place.location.id,
        place_note: None,
        finder_id: finder.is_some().then_some(actor.user_id),
        finder_name: finder.map(|finder| finder.display_name),
        finder_phone_masked: phone.as_ref().map(|phone| phone.masked.clone()),
        registered_by_id: actor.role_at(place.site.id).is_staff().then_some(actor.user_id),
        storage_place: None,
        seal_number: None,
        owner_id: None,
        kept_since: None,
        keep_until: None,
        is_keep_until_provisional: false,
        police_handover_id: None,
        wrong_answers: 0,
        photos: 0,
        custody_entries: 0,
        custody_head: Vec::new(),
        custody_seal: Vec::new(),
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
        ended_at: None,
        forgotten_at: None,
        words_by_desk: is_desk,
    };
    let seq = repo::insert(tx.conn, &item, phone.map(|phone| phone.sealed))?;
    let mut one = Numbered { seq, item };
    add_photos(tx, actor.user_id, &mut one.item, &attachment_ids)?;
    let detail = serde_json::json!({ "location_id": place.location.id, "photos": attachment_ids });
    custody::append(tx, Some(actor), &mut one.item, &Note::new(CustodyKind::Announced, detail))?;
    match take_in {
        Some(facts) => take(tx, actor, &mut one, facts)?,
        None => record::tell(tx, &one, NoticeKind::ItemAnnounced, Audience::Role(Role::Agent))?,
    }
    record::write(tx, &mut one.item)?;
    show(tx, actor, one)
}

pub(super) fn stored(bits: u32) -> Result<i32, Error> {
    i32::try_from(bits).map_err(Error::internal)
}

fn check_found(tx: &Tx<'_>, at: Instant) -> Result<Instant, Error> {
    if at > tx.now {
        return Err(Error::field("/found_at", "found_in_future"));
    }
    if at < tx.now - FOUND_AT_MOST_AGO {
        return Err(Error::field("/found_at", "found_too_long_ago"));
    }
    Ok(at)
}

/// Takes an announced item into custody.
///
/// # Errors
/// [`Error::NotFound`] for items of other sites; [`Error::Conflict`] `item_not_now`; [`Error::Rule`] `seal_needed`,
/// `two_people_needed`, `witness_not_colleague`, `cash_amount_needed`, `cash_amount_not_money`, `photo_never_public`,
/// `mark_gives_itself_away`; [`Error::Forbidden`] `class_lowered_by_lead`; [`Error::NotFound`] `user_not_found` for an owner's
/// number that nobody has.
pub fn confirm(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: TakeIn) -> Result<FoundItemView, Error> {
    let mut one = record::lock_for_desk(tx, staff, target)?;
    take(tx, staff, &mut one, command)?;
    record::write(tx, &mut one.item)?;
    show_to_desk(tx, one)
}

fn take(tx: &mut Tx<'_>, desk: &Actor, one: &mut Numbered, facts: TakeIn) -> Result<(), Error> {
    let TakeIn {
        description,
        storage_place,
        value_class,
        cash_fen,
        seal_number,
        witness_id,
        place_note,
        marks: questions,
        public_photo_ids,
        finder,
        owner_phone,
    } = facts;
    let item = &mut one.item;
    record::step(tx, item, ItemMove::Confirm)?;
    if let Some(words) = description {
        (item.description, item.words_by_desk) = (words.into_string(), true);
    }
    let told_class = item.value_class;
    item.value_class = value_class.unwrap_or(told_class);
    check_lowering(desk, item, told_class)?;
    item.cash_fen = check_money(item.value_class, cash_fen.map(Into::into), true)?;
    item.storage_place = Some(storage_place.into_string());
    item.seal_number = seal_number.map(Discreet::into_string);
    item.place_note = place_note.map(Discreet::into_string);
    let witness = check_two_people(tx, desk, item, witness_id)?;
    if let Some(Finder { name, phone }) = finder {
        name_finder(tx, item, name, phone)?;
    }
    let photos = publish_photos(tx, item, &public_photo_ids)?;
    retention::service::begin(tx, item)?;
    marks::insert(tx, item, questions)?;
    let kind = item.value_class;
    let detail = serde_json::json!({ "value_class": kind, "cash_fen": item.cash_fen, "public_photos": photos });
    let note = Note { kind: CustodyKind::Received, witness_name: witness.as_deref(), detail };
    custody::append(tx, Some(desk), item, &note)?;
    if item.seal_number.is_some() {
        let detail = serde_json::json!({ "seal_number": item.seal_number });
        custody::append(
            tx,
            Some(desk),
            item,
            &Note { kind: CustodyKind::Sealed, witness_name: witness.as_deref(), detail },
        )?;
    }
    matches::service::renew_item(tx, item)?;
    if retention::service::is_urgent(kind) {
        record::tell(tx, one, NoticeKind::ItemForPolice, Audience::Role(Role::Supervisor))?;
    }
    match owner_phone {
        Some(phone) => set_owner(tx, desk, one, &phone),
        None => Ok(()),
    }
}

fn name_finder(
    tx: &mut Tx<'_>,
    item: &mut FoundItem,
    name: Option<Discreet<40>>,
    phone: Option<Phone>,
) -> Result<(), Error> {
    item.finder_name = name.map(Discreet::into_string).or(item.finder_name.take());
    let Some(phone) = phone else { return Ok(()) };
    item.finder_id = accounts::user_with_phone(tx, &phone)?.or(item.finder_id);
    let sealed = accounts::seal_phone(tx.app, &phone)?;
    item.finder_phone_masked = Some(sealed.masked);
    Ok(repo::update_finder_phone(tx.conn, item.id, sealed.sealed)?)
}

/// Puts uploads to use as photos of an item that is about to be written; the desk alone sees them until it says otherwise.
///
/// # Errors
/// [`Error::Rule`] `attachments_unusable`.
pub(crate) fn add_photos(tx: &mut Tx<'_>, uploader_id: Id, item: &mut FoundItem, ids: &[Id]) -> Result<(), Error> {
    attachments::put_to_use(tx, uploader_id, ids)?;
    let rows: Vec<PhotoRow> =
        ids.iter().map(|id| PhotoRow { item_id: item.id, attachment_id: *id, is_public: false }).collect();
    repo::insert_photos(tx.conn, &rows)?;
    item.photos += i32::try_from(ids.len()).map_err(Error::internal)?;
    Ok(())
}

/// Lets anyone see some of an item's photos.
///
/// # Errors
/// [`Error::Rule`] `photo_never_public`, `attachments_unusable`.
pub(super) fn publish_photos(tx: &mut Tx<'_>, item: &FoundItem, ids: &[Id]) -> Result<usize, Error> {
    if !ids.is_empty() && !item.may_be_pictured() {
        return Err(Error::rule("photo_never_public"));
    }
    let count = repo::update_public(tx.conn, item.id, ids)?;
    if count == ids.len() { Ok(count) } else { Err(Error::rule("attachments_unusable")) }
}

/// Puts an item somewhere else, seals it, or opens its bag.
///
/// # Errors
/// [`Error::Conflict`] `item_not_in_custody`; [`Error::Rule`] `two_people_needed`, `seal_needed`, `seal_same`; [`Error::Invalid`]
/// for an opening without a reason.
pub fn store(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: StoreItem) -> Result<FoundItemView, Error> {
    let StoreItem { storage_place, seal_number, opened, reason, witness_id, attachment_ids } = command;
    let mut one = record::lock_for_desk(tx, staff, target)?;
    let item = &mut one.item;
    if !item.status.is_in_custody() {
        return Err(Error::conflict("item_not_in_custody"));
    }
    if opened && reason.is_none() {
        return Err(Error::field("/reason", "field_missing"));
    }
    let seal_number = seal_number.map(Discreet::into_string);
    if opened && item.seal_number.is_some() && seal_number == item.seal_number {
        return Err(Error::rule("seal_same"));
    }
    item.storage_place = Some(storage_place.into_string());
    let new_seal = seal_number.is_some() && seal_number != item.seal_number;
    if opened || new_seal {
        item.seal_number = seal_number;
        // The bag was open: two people saw it.
        check_two_people(tx, staff, item, witness_id)?;
    }
    let witness = witness_id.map(|id| colleague(tx, staff, item.site_id, id)).transpose()?;
    add_photos(tx, staff.user_id, item, &attachment_ids)?;
    let reason = reason.map(Discreet::into_string);
    let photos = &attachment_ids;
    for (happened, kind) in [
        (opened, CustodyKind::Opened),
        (new_seal || (opened && item.seal_number.is_some()), CustodyKind::Sealed),
        (!photos.is_empty(), CustodyKind::Photographed),
        (!opened, CustodyKind::Moved),
    ] {
        if happened {
            let detail = serde_json::json!({ "seal_number": item.seal_number, "reason": reason, "photos": photos });
            custody::append(tx, Some(staff), item, &Note { kind, witness_name: witness.as_deref(), detail })?;
        }
    }
    record::write(tx, &mut one.item)?;
    show_to_desk(tx, one)
}

/// Gives up waiting for an announced item: the desk, or who announced it.
///
/// # Errors
/// [`Error::Conflict`] `item_not_now`.
pub fn withdraw(
    tx: &mut Tx<'_>,
    actor: &SignedIn,
    target: Target,
    command: GiveReason,
) -> Result<FoundItemView, Error> {
    let GiveReason { reason } = command;
    let mut one = record::lock(tx, target.id)?;
    if one.item.finder_id != Some(actor.user_id) {
        one = record::find_for_desk(tx, actor, target)?;
    }
    target.check(one.item.version)?;
    record::step(tx, &mut one.item, ItemMove::Withdraw)?;
    let detail = serde_json::json!({ "reason": reason.into_string() });
    custody::append(tx, Some(actor), &mut one.item, &Note::new(CustodyKind::Withdrawn, detail))?;
    record::write(tx, &mut one.item)?;
    show(tx, actor, one)
}

/// Says whose an item is, and tells them at once if they have an account.
///
/// # Errors
/// [`Error::Conflict`] `item_not_now`; [`Error::NotFound`] `user_not_found` if nobody has an account with this number.
pub fn name_owner(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: NameOwner) -> Result<FoundItemView, Error> {
    let NameOwner { phone } = command;
    let mut one = record::lock_for_desk(tx, staff, target)?;
    // What is promised has its owner.
    if one.item.status != ItemStatus::Kept {
        return Err(Error::conflict("item_not_now"));
    }
    set_owner(tx, staff, &mut one, &phone)?;
    record::write(tx, &mut one.item)?;
    show_to_desk(tx, one)
}

/// Writes down whose an item is, and tells them.
fn set_owner(tx: &mut Tx<'_>, desk: &Actor, one: &mut Numbered, phone: &Phone) -> Result<(), Error> {
    let owner_id = accounts::user_with_phone(tx, phone)?.ok_or(Error::NotFound("user_not_found"))?;
    one.item.owner_id = Some(owner_id);
    custody::append(tx, Some(desk), &mut one.item, &Note::new(CustodyKind::OwnerNamed, serde_json::json!({})))?;
    record::tell(tx, one, NoticeKind::ItemIsYours, Audience::Person(owner_id))
}
