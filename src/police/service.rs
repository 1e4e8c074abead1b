//! Handing things to the police.
//!
//! Rules:
//! - Only what is kept goes: what is promised waits for its owner. All of a hand-over's items go, or none.
//! - A colleague stands by when valuables or cash are among them.
//! - Who claimed one of them is told where it is now, and so is whose it is, if that is known.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::api::{GiveToPolice, HandToPolice, PoliceHandoverView};
use super::list::ListedItem;
use super::model::{Numbered, PoliceHandover, number};
use super::repo;
use crate::accounts::model::Staff;
use crate::app::Tx;
use crate::custody::model::CustodyKind;
use crate::custody::service::{self as custody, Note};
use crate::error::Error;
use crate::found_items::model::{ItemMove, Numbered as Item};
use crate::found_items::{care, display, record, views::FoundItemView};
use crate::http::input::Target;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sites::service as sites;
use crate::text::Discreet;
use crate::values::Id;
use crate::{claims, retention};

/// Hands several items to the police.
///
/// # Errors
/// [`Error::NotFound`] for items that the caller's desk does not keep; [`Error::Conflict`] `item_not_now`; [`Error::Rule`]
/// `two_people_needed`, `witness_not_colleague`, `item_elsewhere`, `item_named_twice`, and `claims_undecided` for what
/// somebody proved to be theirs, unless it has to go at once.
pub fn hand_over(tx: &mut Tx<'_>, staff: &Staff, command: HandToPolice) -> Result<PoliceHandoverView, Error> {
    let HandToPolice { site_id, mut item_ids, give } = command;
    item_ids.sort_unstable();
    if item_ids.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(Error::rule("item_named_twice"));
    }
    let id = give_all(tx, staff, site_id, &item_ids, give)?;
    show(tx, id)
}

/// Hands one item to the police.
///
/// # Errors
/// As [`hand_over`].
pub fn hand_over_one(
    tx: &mut Tx<'_>,
    staff: &Staff,
    target: Target,
    command: GiveToPolice,
) -> Result<FoundItemView, Error> {
    let site_id = record::find_for_desk(tx, staff, target)?.item.site_id;
    give_all(tx, staff, site_id, &[target.id], command)?;
    let one = record::find(tx, target.id)?;
    display::show_to_desk(tx, one)
}

fn give_all(tx: &mut Tx<'_>, staff: &Staff, site_id: Id, ids: &[Id], give: GiveToPolice) -> Result<Id, Error> {
    let GiveToPolice { station, officer, reference, witness_id } = give;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let one = record::lock_for_desk(tx, staff, Target { id: *id, expected_version: None })?;
        if one.item.site_id != site_id {
            return Err(Error::rule("item_elsewhere"));
        }
        if !retention::service::is_urgent(one.item.value_class) && claims::service::has_confirmed(tx, *id)? {
            return Err(Error::rule("claims_undecided"));
        }
        rows.push(one);
    }
    if witness_id.is_none() && rows.iter().any(|one| one.item.needs_two_people()) {
        return Err(Error::rule("two_people_needed"));
    }
    let witness = witness_id.map(|id| care::colleague(tx, staff, site_id, id)).transpose()?;
    let handover = PoliceHandover {
        id: tx.new_id(),
        site_id,
        station: station.into_string(),
        officer: officer.into_string(),
        reference: reference.map(Discreet::into_string),
        handed_by_id: staff.user_id,
        handed_by_name: staff.display_name.clone(),
        witness_name: witness.clone(),
        items: i32::try_from(rows.len()).map_err(Error::internal)?,
        created_at: tx.now,
    };
    let seq = repo::insert(tx.conn, &handover)?;
    for mut one in rows {
        record::step(tx, &mut one.item, ItemMove::HandToPolice)?;
        one.item.police_handover_id = Some(handover.id);
        let detail = serde_json::json!({
            "handover": number(seq), "station": handover.station, "officer": handover.officer,
            "reference": handover.reference,
        });
        let note = Note { kind: CustodyKind::GivenToPolice, witness_name: witness.as_deref(), detail };
        custody::append(tx, Some(staff), &mut one.item, &note)?;
        record::write(tx, &mut one.item)?;
        claims::service::on_gone(tx, one.item.id, Some(&handover.station))?;
        tell_owner(tx, &one, &handover.station)?;
    }
    Ok(handover.id)
}

/// Whose it is asks at that station.
fn tell_owner(tx: &mut Tx<'_>, one: &Item, station: &str) -> Result<(), Error> {
    let Some(owner_id) = one.item.owner_id else { return Ok(()) };
    let mut notice = record::notice(tx, one, NoticeKind::ItemWithPolice, Audience::Person(owner_id));
    notice.add("station", station);
    notices::tell_all(tx, &[notice])
}

fn show(tx: &mut Tx<'_>, id: Id) -> Result<PoliceHandoverView, Error> {
    let one = repo::find(tx.conn, id)?.ok_or(Error::NotFound("police_handover_not_found"))?;
    with_items(tx, one)
}

fn with_items(tx: &mut Tx<'_>, one: Numbered) -> Result<PoliceHandoverView, Error> {
    let names = sites::names(tx, one.handover.site_id)?;
    let zone = sites::zone(tx, one.handover.site_id)?;
    let rows = record::list_of_handover(tx, one.handover.id)?;
    let items = rows.into_iter().map(|row| ListedItem::new(row, &names, &zone)).collect();
    Ok(PoliceHandoverView::new(one, names.site.name.to_string(), &zone, items))
}

/// A hand-over with its list.
///
/// # Errors
/// [`Error::NotFound`] for those of sites whose desk the caller does not serve.
pub fn find(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<PoliceHandoverView, Error> {
    let knows = |one: &Numbered| staff.role_at(one.handover.site_id).is_desk();
    let one = repo::find(tx.conn, target.id)?.filter(knows);
    with_items(tx, one.ok_or(Error::NotFound("police_handover_not_found"))?)
}

/// Hand-overs, newest first, without their lists.
///
/// # Errors
/// [`Error::Forbidden`] `view_not_yours` for who serves no desk.
pub fn list(tx: &mut Tx<'_>, staff: &Staff, before: Option<Id>, limit: i64) -> Result<Vec<PoliceHandoverView>, Error> {
    let sites = staff.desk_sites();
    if sites.as_ref().is_some_and(Vec::is_empty) {
        return Err(Error::Forbidden("view_not_yours"));
    }
    let rows = repo::list(tx.conn, sites.as_deref(), before, limit)?;
    let (mut views, mut zones) = (Vec::with_capacity(rows.len()), HashMap::new());
    for one in rows {
        let names = crate::sites::service::names(tx, one.handover.site_id)?;
        let zone = match zones.entry(one.handover.site_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(sites::zone(tx, one.handover.site_id)?),
        };
        views.push(PoliceHandoverView::new(one, names.site.name.to_string(), zone, Vec::new()));
    }
    Ok(views)
}
