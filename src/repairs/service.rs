//! Understanding a report of something broken.
//!
//! Rules:
//! - The place comes from a scanned code or is named; the category comes from the thing, unless the requester says.
//! - Staff file for others; nobody else does. A caller who is known by their number becomes the requester.

use super::api::{Contact, FiledRepair, OnBehalfOf, ReportRepair};
use crate::accounts::members;
use crate::accounts::model::{Actor, Role, SealedPhone, SignedIn};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::error::Error;
use crate::sites::model::{Category, Kind, Place};
use crate::sites::service as sites;
use crate::text::Text;
use crate::tickets::model::Channel;
use crate::tickets::service::{self as tickets, NewMatter, Received};
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
    let who = requester(tx, actor, &place, contact, on_behalf_of)?;
    let matter = NewMatter {
        kind: Kind::Repair,
        channel: who.channel,
        place,
        category,
        description: description.into_string(),
        attachment_ids,
        priority,
        requester_id: who.id,
        requester_role: who.role,
        contact_name: who.name,
        contact_phone: who.phone,
        received: who.received,
    };
    Ok(FiledRepair { ticket: tickets::open(tx, actor, matter)?, open_on_same })
}

fn category_of(tx: &mut Tx<'_>, place: &Place, named: Option<Id>) -> Result<Option<Category>, Error> {
    let id = named.or_else(|| place.equipment.as_ref().map(|thing| thing.category_id));
    id.map(|id| sites::category(tx, place.site.id, Kind::Repair, id)).transpose()
}

/// Who asks, and how to reach them.
struct Requester {
    channel: Channel,
    id: Option<Id>,
    role: Role,
    name: Option<String>,
    phone: Option<SealedPhone>,
    received: Option<Received>,
}

fn requester(
    tx: &mut Tx<'_>,
    actor: &Actor,
    place: &Place,
    contact: Option<Contact>,
    on_behalf_of: Option<OnBehalfOf>,
) -> Result<Requester, Error> {
    let is_staff = actor.role_at(place.site.id).is_staff();
    if let Some(OnBehalfOf { channel, name, phone, received_at, received_reason }) = on_behalf_of {
        if contact.is_some() {
            return Err(Error::rule("contact_given_twice"));
        }
        if !is_staff {
            return Err(Error::Forbidden("on_behalf_not_yours"));
        }
        let id = match &phone {
            Some(phone) => accounts::user_with_phone(tx, phone)?,
            None => None,
        };
        let role = match id {
            Some(id) => members::role_of(tx, place.site.id, id)?,
            None => Role::Customer,
        };
        let phone = phone.map(|phone| accounts::seal_phone(tx.app, &phone)).transpose()?;
        let received = match (received_at, received_reason) {
            (Some(at), Some(reason)) => Some(Received { at, reason: reason.into_string() }),
            (None, None) => None,
            (Some(_), None) => return Err(Error::field("/on_behalf_of/received_reason", "received_reason_needed")),
            (None, Some(_)) => return Err(Error::field("/on_behalf_of/received_at", "field_missing")),
        };
        let name = name.map(Text::into_string);
        return Ok(Requester { channel: channel.into(), id, role, name, phone, received });
    }
    let known = accounts::contact_of(tx, actor.user_id)?;
    let Contact { name, phone } = contact.unwrap_or_default();
    let given = phone.map(|phone| accounts::seal_phone(tx.app, &phone)).transpose()?;
    Ok(Requester {
        channel: if is_staff { Channel::Desk } else { Channel::MiniProgram },
        id: Some(actor.user_id),
        role: actor.role_at(place.site.id),
        name: Some(name.map_or(known.display_name, Text::into_string)),
        phone: given.or(known.phone),
        received: None,
    })
}
