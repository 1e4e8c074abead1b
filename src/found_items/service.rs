//! Taking found items in, keeping them, and saying what is known of them.
//!
//! Rules:
//! - Anyone may hand something in; it is in custody once the desk took it. Valuables and cash are taken by two, in a sealed
//!   bag; money is counted.
//! - What only the owner can know is asked in marks, which nobody but the desk reads; they are kept sealed.
//! - No photo of papers, cards or money is ever public.
//! - Whose it is, once known, is told at once (Civil Code art. 314). Identity papers and dangerous goods are told to the
//!   supervisor at once.

use std::collections::HashMap;

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::api::{CorrectItem, Finder, ListItems, ListPublicItems, NameOwner, RegisterItem, StoreItem, TakeIn};
use super::model::{FoundItem, ItemMove, ItemStatus, MarkRow, Narrowed, Numbered, PhotoRow};
use super::views::{FoundItemView, Mark, Photo, PublicItemView};
use super::{record, repo};
use crate::accounts::members;
use crate::accounts::model::{Actor, Role, SignedIn, Staff};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::attachments::service as attachments;
use crate::custody::model::CustodyKind;
use crate::custody::service::{self as custody, Note};
use crate::error::Error;
use crate::http::input::Target;
use crate::lost_found::categories::{self, Category, ItemCategory, ValueClass};
use crate::lost_found::words;
use crate::notices::service::{Audience, NoticeKind};
use crate::sites::service as sites;
use crate::text::{Discreet, Phone};
use crate::tickets::commands::GiveReason;
use crate::values::{Id, Instant};
use crate::{matches, retention};

/// What was found longer ago than this is not handed in as found. Ours.
const FOUND_AT_MOST_AGO: SignedDuration = SignedDuration::from_hours(30 * 24);

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
    };
    let seq = repo::insert(tx.conn, &item, phone.map(|phone| phone.sealed))?;
    let mut one = Numbered { seq, item };
    add_photos(tx, actor.user_id, &mut one.item, &attachment_ids, false)?;
    let detail = serde_json::json!({ "location_id": place.location.id, "photos": attachment_ids });
    custody::append(tx, Some(actor), &mut one.item, Note::new(CustodyKind::Announced, detail))?;
    match take_in {
        Some(facts) => take(tx, actor, &mut one, facts)?,
        None => record::tell(tx, &one, NoticeKind::ItemAnnounced, Audience::Role(Role::Agent))?,
    }
    record::write(tx, &mut one.item)?;
    show(tx, actor, one)
}

fn stored(bits: u32) -> Result<i32, Error> {
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
/// `two_people_needed`, `cash_amount_needed`, `cash_amount_not_money`, `photo_never_public`.
pub fn confirm(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: TakeIn) -> Result<FoundItemView, Error> {
    let mut one = record::lock_for_desk(tx, staff, target)?;
    take(tx, staff, &mut one, command)?;
    record::write(tx, &mut one.item)?;
    show_to_desk(tx, one)
}

fn take(tx: &mut Tx<'_>, desk: &Actor, one: &mut Numbered, facts: TakeIn) -> Result<(), Error> {
    let TakeIn {
        storage_place,
        value_class,
        cash_fen,
        seal_number,
        witness_id,
        place_note,
        marks,
        public_photo_ids,
        finder,
        owner_phone,
    } = facts;
    let item = &mut one.item;
    record::step(tx, item, ItemMove::Confirm)?;
    item.value_class = value_class.unwrap_or(item.value_class);
    check_lowering(desk, item)?;
    item.cash_fen = check_money(item.value_class, cash_fen, true)?;
    item.storage_place = Some(storage_place.into_string());
    item.seal_number = seal_number.map(Discreet::into_string);
    item.place_note = place_note.map(Discreet::into_string);
    let witness = check_two_people(tx, desk, item, witness_id)?;
    if let Some(Finder { name, phone }) = finder {
        name_finder(tx, item, name, phone)?;
    }
    let photos = publish_photos(tx, item, &public_photo_ids)?;
    retention::service::begin(tx, item)?;
    insert_marks(tx, item.id, &item.description, marks)?;
    let kind = item.value_class;
    let detail = serde_json::json!({ "value_class": kind, "cash_fen": item.cash_fen, "public_photos": photos });
    let note = Note { kind: CustodyKind::Received, witness_name: witness.as_deref(), detail };
    custody::append(tx, Some(desk), item, note)?;
    if item.seal_number.is_some() {
        let detail = serde_json::json!({ "seal_number": item.seal_number });
        custody::append(
            tx,
            Some(desk),
            item,
            Note { kind: CustodyKind::Sealed, witness_name: witness.as_deref(), detail },
        )?;
    }
    matches::service::renew_item(tx, item)?;
    if retention::service::is_urgent(kind) {
        record::tell(tx, one, NoticeKind::ItemForPolice, Audience::Role(Role::Supervisor))?;
    }
    match owner_phone {
        Some(phone) => set_owner(tx, desk, one, &phone).map(drop),
        None => Ok(()),
    }
}

/// Two people answer for valuables and cash: the caller, and a colleague of the site. Answers with the colleague's name.
///
/// # Errors
/// [`Error::Rule`] `two_people_needed`, `seal_needed`, `witness_not_colleague`.
fn check_two_people(
    tx: &mut Tx<'_>,
    desk: &Actor,
    item: &FoundItem,
    witness_id: Option<Id>,
) -> Result<Option<String>, Error> {
    let witness = witness_id.map(|id| colleague(tx, desk, item.site_id, id)).transpose()?;
    if item.needs_two_people() {
        if witness.is_none() {
            return Err(Error::rule("two_people_needed"));
        }
        if item.seal_number.is_none() {
            return Err(Error::rule("seal_needed"));
        }
    }
    Ok(witness)
}

/// The name of another of the site's own people.
///
/// # Errors
/// [`Error::Rule`] `witness_not_colleague`.
pub(crate) fn colleague(tx: &mut Tx<'_>, desk: &Actor, site_id: Id, id: Id) -> Result<String, Error> {
    let refused = || Error::rule("witness_not_colleague");
    if id == desk.user_id || members::staff_membership(tx, site_id, id)?.is_none() {
        return Err(refused());
    }
    Ok(accounts::contact_of(tx, id)?.display_name)
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

/// Puts uploads to use as photos of an item that is about to be written.
///
/// # Errors
/// [`Error::Rule`] `attachments_unusable`.
pub(crate) fn add_photos(
    tx: &mut Tx<'_>,
    uploader_id: Id,
    item: &mut FoundItem,
    ids: &[Id],
    is_public: bool,
) -> Result<(), Error> {
    attachments::put_to_use(tx, uploader_id, ids)?;
    let rows: Vec<PhotoRow> =
        ids.iter().map(|id| PhotoRow { item_id: item.id, attachment_id: *id, is_public }).collect();
    repo::insert_photos(tx.conn, &rows)?;
    item.photos += i32::try_from(ids.len()).map_err(Error::internal)?;
    Ok(())
}

/// Lets anyone see some of an item's photos.
fn publish_photos(tx: &mut Tx<'_>, item: &FoundItem, ids: &[Id]) -> Result<usize, Error> {
    if !ids.is_empty() && !item.may_be_pictured() {
        return Err(Error::rule("photo_never_public"));
    }
    let count = repo::update_public(tx.conn, item.id, ids)?;
    if count == ids.len() { Ok(count) } else { Err(Error::rule("attachments_unusable")) }
}

/// Keeps what only the owner can know, sealed. `description` is what anyone may know.
///
/// # Errors
/// [`Error::Rule`] `mark_gives_itself_away` for what the question or the description says already.
fn insert_marks(tx: &mut Tx<'_>, item_id: Id, description: &str, marks: Vec<Mark>) -> Result<(), Error> {
    let mut rows = Vec::with_capacity(marks.len());
    for Mark { question, answers } in marks {
        let told = words::folded(&format!("{} {description}", &*question));
        let gives_away = |answer: &Discreet<40>| {
            let answer = words::folded(answer);
            answer.is_empty() || told.contains(&answer)
        };
        if answers.iter().any(gives_away) {
            return Err(Error::rule("mark_gives_itself_away"));
        }
        let json = serde_json::to_string(&answers).map_err(Error::internal)?;
        rows.push(MarkRow {
            id: tx.new_id(),
            item_id,
            question: question.into_string(),
            answers_sealed: tx.app.vault.seal(&json)?,
        });
    }
    Ok(repo::insert_marks(tx.conn, &rows)?)
}

/// The questions of an item with what counts as right; for the desk and for comparing, never for anyone else.
///
/// # Errors
/// As the database; [`Error::Internal`] if what was sealed cannot be opened.
pub(crate) fn marks(tx: &mut Tx<'_>, item_id: Id) -> Result<Vec<(Id, Mark)>, Error> {
    let rows = repo::list_marks(tx.conn, item_id)?;
    let open = |row: MarkRow| {
        let json = tx.app.vault.unseal(&row.answers_sealed)?;
        let answers = serde_json::from_str(&json).map_err(Error::internal)?;
        let question = Discreet::new(row.question).map_err(Error::internal)?;
        Ok((row.id, Mark { question, answers }))
    };
    rows.into_iter().map(open).collect()
}

/// Corrects what is known of an item.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] `item_over`; [`Error::Rule`] `location_elsewhere`, and as [`confirm`] for what
/// becomes of another class; [`Error::Invalid`] for a time that cannot be.
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
    let before = serde_json::json!({
        "category": ItemCategory(item.kind()), "description": item.description, "found_at": item.found_at,
        "location_id": item.location_id, "value_class": item.value_class, "cash_fen": item.cash_fen,
    });
    let ItemCategory(kind) = category;
    let as_category = if item.value_class == item.kind().value_class { kind.value_class } else { item.value_class };
    item.category = kind.number.into();
    item.seal_number = seal_number.map(Discreet::into_string).or(item.seal_number.take());
    let before_class = item.value_class;
    let witness = reclassify(tx, staff, item, (value_class.unwrap_or(as_category), cash_fen), witness_id)?;
    let is_new = item.value_class != before_class && item.status.is_in_custody();
    item.colours = stored(colours.bits())?;
    item.brand = brand.map(Discreet::into_string);
    item.description = description.into_string();
    (item.location_id, item.found_at) = (location_id, check_age(item, found_at)?);
    item.place_note = place_note.map(Discreet::into_string);
    let new_marks = marks.is_some();
    if let Some(marks) = marks {
        repo::delete_marks(tx.conn, item.id)?;
        insert_marks(tx, item.id, &item.description, marks)?;
    }
    add_photos(tx, staff.user_id, item, &attachment_ids, false)?;
    if let Some(ids) = public_photo_ids {
        publish_photos(tx, item, &ids)?;
    }
    let detail = serde_json::json!({
        "before": before, "new_marks": new_marks, "photos": attachment_ids, "seal_number": item.seal_number,
    });
    let note = Note { kind: CustodyKind::Corrected, witness_name: witness.as_deref(), detail };
    custody::append(tx, Some(staff), item, note)?;
    if item.status == ItemStatus::Kept {
        matches::service::renew_item(tx, item)?;
    }
    if is_new && retention::service::is_urgent(one.item.value_class) {
        record::tell(tx, &one, NoticeKind::ItemForPolice, Audience::Role(Role::Supervisor))?;
    }
    record::write(tx, &mut one.item)?;
    show_to_desk(tx, one)
}

/// An item turns out to be of another class: it is kept as that class is from now on, as long as that class is. Answers with
/// the name of who stood by.
fn reclassify(
    tx: &mut Tx<'_>,
    staff: &Staff,
    item: &mut FoundItem,
    (class, cash_fen): (ValueClass, Option<i64>),
    witness_id: Option<Id>,
) -> Result<Option<String>, Error> {
    let is_new = class != item.value_class;
    item.value_class = class;
    check_lowering(staff, item)?;
    item.cash_fen = check_money(class, cash_fen.or(item.cash_fen), item.status.is_in_custody())?;
    if !item.status.is_in_custody() {
        return Ok(None);
    }
    if !is_new {
        return witness_id.map(|id| colleague(tx, staff, item.site_id, id)).transpose();
    }
    let witness = check_two_people(tx, staff, item, witness_id)?;
    retention::service::begin(tx, item)?;
    Ok(witness)
}

/// What its category keeps with care is kept with less only by a lead's word.
///
/// # Errors
/// [`Error::Forbidden`] `class_lowered_by_lead`.
fn check_lowering(desk: &Actor, item: &FoundItem) -> Result<(), Error> {
    let with_care = [ValueClass::Valuable, ValueClass::Cash, ValueClass::IdentityPaper, ValueClass::Dangerous];
    let is_lower = with_care.contains(&item.kind().value_class) && !with_care.contains(&item.value_class);
    if is_lower && !desk.role_at(item.site_id).is_lead() {
        return Err(Error::Forbidden("class_lowered_by_lead"));
    }
    Ok(())
}

/// How much money an item is or has in it. What is in custody was counted.
///
/// # Errors
/// [`Error::Rule`] `cash_amount_needed`, `cash_amount_not_money`.
fn check_money(class: ValueClass, cash_fen: Option<i64>, is_counted: bool) -> Result<Option<i64>, Error> {
    match (class, cash_fen) {
        (ValueClass::Cash, None) if is_counted => Err(Error::rule("cash_amount_needed")),
        // A wallet with money in it.
        (ValueClass::Cash | ValueClass::Valuable, _) | (_, None) => Ok(cash_fen),
        (_, Some(_)) => Err(Error::rule("cash_amount_not_money")),
    }
}

fn check_age(item: &FoundItem, found_at: Instant) -> Result<Instant, Error> {
    if found_at < item.created_at - FOUND_AT_MOST_AGO {
        return Err(Error::field("/found_at", "found_too_long_ago"));
    }
    Ok(found_at)
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
    add_photos(tx, staff.user_id, item, &attachment_ids, false)?;
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
            custody::append(tx, Some(staff), item, Note { kind, witness_name: witness.as_deref(), detail })?;
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
    let mut one = record::lock(tx, target.id)?;
    if one.item.finder_id != Some(actor.user_id) {
        one = record::find_for_desk(tx, actor, target)?;
    }
    target.check(one.item.version)?;
    record::step(tx, &mut one.item, ItemMove::Withdraw)?;
    let detail = serde_json::json!({ "reason": command.reason });
    custody::append(tx, Some(actor), &mut one.item, Note::new(CustodyKind::Withdrawn, detail))?;
    record::write(tx, &mut one.item)?;
    show(tx, actor, one)
}

/// Says whose an item is, and tells them at once if they have an account.
///
/// # Errors
/// [`Error::Conflict`] `item_not_now`; [`Error::NotFound`] `user_not_found` if nobody has an account with this number.
pub fn name_owner(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: NameOwner) -> Result<FoundItemView, Error> {
    let mut one = record::lock_for_desk(tx, staff, target)?;
    // What is promised has its owner.
    if one.item.status != ItemStatus::Kept {
        return Err(Error::conflict("item_not_now"));
    }
    if !set_owner(tx, staff, &mut one, &command.phone)? {
        return Err(Error::NotFound("user_not_found"));
    }
    record::write(tx, &mut one.item)?;
    show_to_desk(tx, one)
}

/// Whether anybody has an account with this number.
fn set_owner(tx: &mut Tx<'_>, desk: &Actor, one: &mut Numbered, phone: &Phone) -> Result<bool, Error> {
    let Some(owner_id) = accounts::user_with_phone(tx, phone)? else { return Ok(false) };
    one.item.owner_id = Some(owner_id);
    custody::append(tx, Some(desk), &mut one.item, Note::new(CustodyKind::OwnerNamed, serde_json::json!({})))?;
    record::tell(tx, one, NoticeKind::ItemIsYours, Audience::Person(owner_id))?;
    Ok(true)
}

/// An item, for its finder, for whose it is, and for the desk.
///
/// # Errors
/// [`Error::NotFound`] for everyone else.
pub fn find(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<FoundItemView, Error> {
    let known = |one: &Numbered| {
        let item = &one.item;
        [item.finder_id, item.owner_id].contains(&Some(actor.user_id)) || actor.role_at(item.site_id).is_desk()
    };
    let one = repo::find(tx.conn, target.id)?.filter(known).ok_or(Error::NotFound("item_not_found"))?;
    show(tx, actor, one)
}

/// Items, newest first; one more than asked for tells whether there are more.
///
/// # Errors
/// As the database.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &SignedIn,
    query: &ListItems,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<FoundItemView>, Error> {
    let desk = actor.desk_sites();
    let is_desk = desk.as_ref().is_none_or(|sites| !sites.is_empty());
    // Asked for one site, its own index answers; of a desk that is not one's own there is nothing to show.
    let known = |id: &Id| !is_desk || desk.as_ref().is_none_or(|sites| sites.contains(id));
    let sites = match query.site_id {
        Some(id) => Some(Some(id).filter(known).into_iter().collect()),
        None if is_desk => desk.clone(),
        None => None,
    };
    let narrowed = Narrowed {
        finder_id: (!is_desk).then_some(actor.user_id),
        sites,
        status: query.status,
        value_class: query.value_class,
        categories: query.category.as_ref().map(|ItemCategory(kind)| within(kind)),
        due_by: query.due.unwrap_or(false).then_some(tx.now),
        seq: query.q.as_deref().map(read_number),
        before,
        ..Narrowed::default()
    };
    let rows = repo::list(tx.conn, &narrowed, limit)?;
    let mut photos = photos_of(tx, &rows, (!is_desk).then_some(actor.user_id))?;
    let mut views = Vec::with_capacity(rows.len());
    for one in rows {
        let names = crate::sites::service::names(tx, one.item.site_id)?;
        let desk = actor.role_at(one.item.site_id).is_desk().then(|| (Vec::new(), None));
        let own = take_photos(&mut photos, one.item.id);
        views.push(FoundItemView::new(one, &names, own, desk));
    }
    Ok(views)
}

/// A category and what is in it.
fn within(kind: &Category) -> Vec<i32> {
    let belongs = |one: &&Category| one.code == kind.code || one.parent.as_ref() == Some(&kind.code);
    categories::all().iter().filter(belongs).map(|one| one.number.into()).collect()
}

/// `F000123` and `123` are a number; anything else finds nothing.
fn read_number(words: &str) -> i64 {
    words.trim().trim_start_matches(['F', 'f']).parse().unwrap_or(-1)
}

/// What was found at a site and is kept there, as anyone may see it. Dangerous goods are not shown.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found`.
pub fn list_public(
    tx: &mut Tx<'_>,
    query: &ListPublicItems,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<PublicItemView>, Error> {
    let site = sites::site(tx, query.site_id)?;
    let zone = TimeZone::get(&site.time_zone).map_err(Error::internal)?;
    // Whole days: by the hour, anyone could find out when exactly.
    let midnight = |date: Date| date.to_zoned(zone.clone()).ok().map(|zoned| Instant::from(zoned.timestamp()));
    let from = query.from.and_then(midnight);
    let until = query.until.and_then(|date| date.tomorrow().ok()).and_then(midnight);
    let narrowed = Narrowed {
        sites: Some(vec![site.id]),
        status: Some(ItemStatus::Kept),
        not_class: Some(ValueClass::Dangerous),
        categories: query.category.as_ref().map(|ItemCategory(kind)| within(kind)),
        found: (from, until),
        before,
        ..Narrowed::default()
    };
    let rows = repo::list(tx.conn, &narrowed, limit)?;
    publicly(tx, site.id, rows)
}

/// Some items of a site, as anyone may see them.
///
/// # Errors
/// As the database.
pub(crate) fn show_publicly(tx: &mut Tx<'_>, site_id: Id, ids: &[Id]) -> Result<HashMap<Id, PublicItemView>, Error> {
    let rows = repo::list_by_ids(tx.conn, ids)?;
    Ok(publicly(tx, site_id, rows)?.into_iter().map(|view| (view.id, view)).collect())
}

fn publicly(tx: &mut Tx<'_>, site_id: Id, rows: Vec<Numbered>) -> Result<Vec<PublicItemView>, Error> {
    let mut photos = photos_of(tx, &rows, None)?;
    let names = sites::names(tx, site_id)?;
    let zone = TimeZone::get(&sites::site(tx, site_id)?.time_zone).map_err(Error::internal)?;
    let view = |one: Numbered| {
        let found_on = one.item.found_at.0.to_zoned(zone.clone()).date();
        let own = take_photos(&mut photos, one.item.id).into_iter().filter(|photo| photo.is_public);
        let area = names.area(one.item.location_id);
        PublicItemView::new(one, found_on, area, own.map(|photo| photo.view).collect())
    };
    Ok(rows.into_iter().map(view).collect())
}

/// The photos of some items; for whoever is not of the desk, those they took themselves and those that anyone may see.
fn photos_of(tx: &mut Tx<'_>, rows: &[Numbered], taken_by: Option<Id>) -> Result<Vec<(Id, Photo)>, Error> {
    let ids: Vec<Id> = rows.iter().filter(|one| one.item.photos > 0).map(|one| one.item.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = repo::list_photos(tx.conn, &ids)?;
    found.retain(|(row, photo)| row.is_public || taken_by.is_none_or(|person| photo.uploader_id == person));
    let view = |(row, photo): (PhotoRow, _)| {
        (row.item_id, Photo { view: attachments::view(tx.app, tx.now, photo), is_public: row.is_public })
    };
    Ok(found.into_iter().map(view).collect())
}

fn take_photos(photos: &mut Vec<(Id, Photo)>, item_id: Id) -> Vec<Photo> {
    photos.extract_if(.., |(id, _)| *id == item_id).map(|(_, photo)| photo).collect()
}

fn show(tx: &mut Tx<'_>, actor: &Actor, one: Numbered) -> Result<FoundItemView, Error> {
    if actor.role_at(one.item.site_id).is_desk() {
        return show_to_desk(tx, one);
    }
    let photos = photos_of(tx, std::slice::from_ref(&one), Some(actor.user_id))?;
    let photos = photos.into_iter().map(|(_, photo)| photo).collect();
    let names = sites::names(tx, one.item.site_id)?;
    Ok(FoundItemView::new(one, &names, photos, None))
}

/// An item with everything the desk knows of it.
///
/// # Errors
/// As the database.
pub(crate) fn show_to_desk(tx: &mut Tx<'_>, one: Numbered) -> Result<FoundItemView, Error> {
    let photos = photos_of(tx, std::slice::from_ref(&one), None)?.into_iter().map(|(_, photo)| photo).collect();
    let marks = marks(tx, one.item.id)?.into_iter().map(|(_, mark)| mark).collect();
    let disposal = retention::disposal::find_last(tx, one.item.id)?.map(Into::into);
    let names = sites::names(tx, one.item.site_id)?;
    Ok(FoundItemView::new(one, &names, photos, Some((marks, disposal))))
}
