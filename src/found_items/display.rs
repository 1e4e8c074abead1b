//! What of a found item whom is shown: all of it to the desk, where it stands to who found it and whose it is, and to anyone
//! what anyone may know.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::api::{ListItems, ListPublicItems};
use super::model::{ItemStatus, Narrowed, Numbered, PhotoRow, number};
use super::views::{FoundItemView, Photo, PublicItemView};
use super::{marks, record, repo};
use crate::accounts::model::{Actor, SignedIn, Staff};
use crate::app::Tx;
use crate::attachments::service as attachments;
use crate::contact_views::model::Whose;
use crate::contact_views::service::{Callable, look};
use crate::error::Error;
use crate::http::input::Target;
use crate::lost_found::categories::{self, Category, ItemCategory, ValueClass};
use crate::retention;
use crate::sites::service as sites;
use crate::tickets::views::FullContact;
use crate::values::{Id, Instant};

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

/// Whom to call about who found an item, in full.
///
/// # Errors
/// As [`record::find_for_desk`].
pub fn contact(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<FullContact, Error> {
    let Numbered { seq, item } = record::find_for_desk(tx, staff, target)?;
    let phone_sealed = repo::find_finder_phone(tx.conn, item.id)?;
    let (site_id, id, number, name) = (item.site_id, item.id, number(seq), item.finder_name);
    look(tx, staff, Callable { site_id, whose: Whose::Finder, id, number, name, phone_sealed })
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
    let (is_desk, sites) = actor.listed_sites(query.site_id);
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
    let zone = sites::zone(tx, site_id)?;
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

/// An item as the caller may see it.
///
/// # Errors
/// As the database.
pub(super) fn show(tx: &mut Tx<'_>, actor: &Actor, one: Numbered) -> Result<FoundItemView, Error> {
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
    let marks = marks::list(tx, one.item.id)?.into_iter().map(|(_, mark)| mark).collect();
    let disposal = retention::disposal::find_last(tx, one.item.id)?.map(Into::into);
    let names = sites::names(tx, one.item.site_id)?;
    Ok(FoundItemView::new(one, &names, photos, Some((marks, disposal))))
}
