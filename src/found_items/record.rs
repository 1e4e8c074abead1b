//! Found items as other features see and change them: claims, custody, retention, the police.

use std::collections::HashMap;

use super::model::{FoundItem, ItemMove, ItemStatus, Numbered, number};
use super::repo;
use crate::accounts::model::Actor;
use crate::app::Tx;
use crate::attachments::service as attachments;
use crate::error::Error;
use crate::http::input::Target;
use crate::notices::service::{self as notices, Audience, Notice, NoticeKind};
use crate::values::{Id, Instant};
use crate::{custody, matches, retention};

/// An item that the caller's desk keeps.
///
/// # Errors
/// [`Error::NotFound`] also for items of other sites, [`Error::PreconditionFailed`] for a stale version.
pub(crate) fn find_for_desk(tx: &mut Tx<'_>, actor: &Actor, target: Target) -> Result<Numbered, Error> {
    let found = repo::find(tx.conn, target.id)?.filter(|one| actor.role_at(one.item.site_id).is_desk());
    let found = found.ok_or(Error::NotFound("item_not_found"))?;
    target.check(found.item.version)?;
    Ok(found)
}

/// As [`find_for_desk`], and other changes of it wait until this one is done.
///
/// # Errors
/// As there.
pub(crate) fn lock_for_desk(tx: &mut Tx<'_>, actor: &Actor, target: Target) -> Result<Numbered, Error> {
    repo::lock(tx.conn, target.id)?;
    find_for_desk(tx, actor, target)
}

/// An item that is about to be changed.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn lock(tx: &mut Tx<'_>, id: Id) -> Result<Numbered, Error> {
    repo::lock(tx.conn, id)?;
    find(tx, id)
}

/// An item.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn find(tx: &mut Tx<'_>, id: Id) -> Result<Numbered, Error> {
    repo::find(tx.conn, id)?.ok_or(Error::NotFound("item_not_found"))
}

/// Some items by id.
///
/// # Errors
/// As the database.
pub(crate) fn list_by_ids(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, Numbered>, Error> {
    let rows = repo::list_by_ids(tx.conn, ids)?;
    Ok(rows.into_iter().map(|one| (one.item.id, one)).collect())
}

/// Items in order of id, from after `after` on.
///
/// # Errors
/// As the database.
pub(crate) fn list_after(tx: &mut Tx<'_>, after: Option<Id>, limit: i64) -> Result<Vec<Numbered>, Error> {
    Ok(repo::list_after(tx.conn, after, limit)?)
}

/// What went to the police together.
///
/// # Errors
/// As the database.
pub(crate) fn list_of_handover(tx: &mut Tx<'_>, handover_id: Id) -> Result<Vec<Numbered>, Error> {
    Ok(repo::list_of_handover(tx.conn, handover_id)?)
}

/// Moves an item on, if it stands where it can be moved. What is over is looked for no more.
///
/// # Errors
/// [`Error::Conflict`] `item_not_now`.
pub(crate) fn step(tx: &mut Tx<'_>, item: &mut FoundItem, step: ItemMove) -> Result<(), Error> {
    item.status = item.status.after(step).ok_or(Error::conflict("item_not_now"))?;
    if item.status.is_over() {
        item.ended_at = Some(tx.now);
        item.storage_place = None;
        retention::disposal::on_gone(tx, item.id)?;
    }
    if item.status != ItemStatus::Kept {
        matches::service::forget_item(tx, item.id)?;
    } else if step == ItemMove::TakeBack {
        matches::service::renew_item(tx, item)?;
    }
    Ok(())
}

/// Writes an item that was changed.
///
/// # Errors
/// [`Error::Conflict`] `item_changed_meanwhile`.
pub(crate) fn write(tx: &mut Tx<'_>, item: &mut FoundItem) -> Result<(), Error> {
    item.version += 1;
    item.updated_at = tx.now;
    item.custody_seal = custody::service::seal_of(tx, item);
    if repo::update(tx.conn, item)? == 0 { Err(Error::conflict("item_changed_meanwhile")) } else { Ok(()) }
}

/// Tells somebody something about an item.
///
/// # Errors
/// As the database.
pub(crate) fn tell(tx: &mut Tx<'_>, one: &Numbered, kind: NoticeKind, audience: Audience) -> Result<(), Error> {
    let notice = notice(tx, one, kind, audience);
    notices::tell_all(tx, &[notice])
}

/// Something about an item that is to be told, and can be told more of.
pub(crate) fn notice(tx: &Tx<'_>, one: &Numbered, kind: NoticeKind, audience: Audience) -> Notice {
    let mut notice = notices::about_site(tx, one.item.site_id, kind, audience);
    notice.add("number", number(one.seq));
    notice.add("item_id", one.item.id.to_string());
    notice
}

/// What was forgotten of an item.
pub(crate) struct Forgotten {
    /// Of which.
    pub(crate) one: Numbered,
    /// Whether it named who found it or whose it was.
    pub(crate) named_people: bool,
    /// Whether there was what only its owner could know, or a photo of what may not be pictured.
    pub(crate) had_secrets: bool,
}

/// Items that left custody before `before`: forgets who found them and whose they were, what only an owner could know, and
/// the photos of what may not be pictured.
///
/// # Errors
/// As the database.
pub(crate) fn forget(tx: &mut Tx<'_>, before: Instant, limit: i64) -> Result<Vec<Forgotten>, Error> {
    let rows = repo::list_to_forget(tx.conn, before, limit)?;
    let mut forgotten = Vec::with_capacity(rows.len());
    for one in rows {
        let item = &one.item;
        repo::update_forgotten(tx.conn, item.id, tx.now)?;
        let marks = repo::delete_marks(tx.conn, item.id)?;
        let photos = if item.may_be_pictured() { Vec::new() } else { repo::delete_photos(tx.conn, item.id)? };
        attachments::release(tx, &photos)?;
        let is_finder_known = item.finder_name.is_some() || item.finder_phone_masked.is_some();
        let named_people = is_finder_known || item.finder_id.or(item.owner_id).is_some();
        forgotten.push(Forgotten { named_people, had_secrets: marks > 0 || !photos.is_empty(), one });
    }
    Ok(forgotten)
}
