//! Who brings a matter, however it is brought: what every intake asks of people, and how it is understood.
//!
//! Rules:
//! - Staff file for others, and so do systems at their sites; nobody else does. A caller who is known by their number
//!   becomes the requester.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::model::Channel;
use crate::accounts::members;
use crate::accounts::model::{Actor, Role, SealedPhone};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::error::Error;
use crate::text::{Discreet, Phone, Text};
use crate::text_enum;
use crate::values::{Id, Instant};

/// Whom to call.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "林女士", "phone": "13812341234"}))]
pub struct Contact {
    /// Whom to ask for.
    #[serde(default)]
    pub name: Option<Discreet<40>>,
    /// The number.
    #[serde(default)]
    pub phone: Option<Phone>,
}

/// A caller or visitor whose words staff write down.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"channel": "phone", "name": "王先生", "phone": "13987654321"}))]
pub struct OnBehalfOf {
    /// How they came.
    pub channel: StaffChannel,
    /// Whom to ask for.
    #[serde(default)]
    pub name: Option<Discreet<40>>,
    /// The number; an account bound to it becomes the requester.
    #[serde(default)]
    pub phone: Option<Phone>,
    /// When they came, if it is written down later: at most a day, and promises run from then.
    #[serde(default)]
    pub received_at: Option<Instant>,
    /// Why it is written down only now; needed with `received_at`.
    #[serde(default)]
    pub received_reason: Option<Text<500>>,
}

text_enum! {
    /// The ways in which staff take something in.
    pub enum StaffChannel {
        /// A call.
        Phone = "phone",
        /// At the desk.
        Desk = "desk",
        /// Found on a patrol.
        Patrol = "patrol",
    }
}

impl From<StaffChannel> for Channel {
    fn from(channel: StaffChannel) -> Self {
        match channel {
            StaffChannel::Phone => Self::Phone,
            StaffChannel::Desk => Self::Desk,
            StaffChannel::Patrol => Self::Patrol,
        }
    }
}

/// When the desk heard of a matter that is written down later.
pub struct Received {
    /// When.
    pub at: Instant,
    /// Why it is written down only now.
    pub reason: String,
}

/// Whom a third-party system speaks for: the contact it names. Its tickets are nobody's own, or their followers' at
/// most, but for those of people who are known by their number.
fn for_client(
    tx: &mut Tx<'_>,
    actor: &Actor,
    site_id: Id,
    contact: Contact,
    is_on_behalf: bool,
) -> Result<Requester, Error> {
    if actor.role_at(site_id) != Role::Client {
        return Err(Error::NotFound("site_not_found"));
    }
    if is_on_behalf {
        return Err(Error::Forbidden("on_behalf_not_yours"));
    }
    let (id, role) = person_with(tx, site_id, contact.phone.as_ref())?;
    Ok(Requester {
        channel: Channel::Api,
        id,
        role,
        name: contact.name.map(Discreet::into_string),
        phone: contact.phone.map(|phone| accounts::seal_phone(tx.app, &phone)).transpose()?,
        received: None,
    })
}

/// The account that a number is bound to, and what its person is at the site.
fn person_with(tx: &mut Tx<'_>, site_id: Id, phone: Option<&Phone>) -> Result<(Option<Id>, Role), Error> {
    let id = match phone {
        Some(phone) => accounts::user_with_phone(tx, phone)?,
        None => None,
    };
    let role = match id {
        Some(id) => members::role_of(tx, site_id, id)?,
        None => Role::Customer,
    };
    Ok((id, role))
}

/// Who asks, and how to reach them.
pub struct Requester {
    /// How the matter came in.
    pub channel: Channel,
    /// The person, if they have an account.
    pub id: Option<Id>,
    /// What they are at the site.
    pub role: Role,
    /// Whom to ask for.
    pub name: Option<String>,
    /// The number to call.
    pub phone: Option<SealedPhone>,
    /// When the desk heard of it, if that was not just now.
    pub received: Option<Received>,
}

/// Who asks: the caller, or whom they write down the words of.
///
/// # Errors
/// [`Error::Rule`] `contact_given_twice`; [`Error::Forbidden`] `on_behalf_not_yours`; [`Error::Invalid`] for half a
/// receipt.
pub fn requester(
    tx: &mut Tx<'_>,
    actor: &Actor,
    site_id: Id,
    contact: Option<Contact>,
    on_behalf_of: Option<OnBehalfOf>,
) -> Result<Requester, Error> {
    let is_staff = actor.role_at(site_id).is_staff();
    if actor.scopes.is_some() {
        return for_client(tx, actor, site_id, contact.unwrap_or_default(), on_behalf_of.is_some());
    }
    if let Some(OnBehalfOf { channel, name, phone, received_at, received_reason }) = on_behalf_of {
        if contact.is_some() {
            return Err(Error::rule("contact_given_twice"));
        }
        if !is_staff {
            return Err(Error::Forbidden("on_behalf_not_yours"));
        }
        let (id, role) = person_with(tx, site_id, phone.as_ref())?;
        let phone = phone.map(|phone| accounts::seal_phone(tx.app, &phone)).transpose()?;
        let received = match (received_at, received_reason) {
            (Some(at), Some(reason)) => Some(Received { at, reason: reason.into_string() }),
            (None, None) => None,
            (Some(_), None) => return Err(Error::field("/on_behalf_of/received_reason", "received_reason_needed")),
            (None, Some(_)) => return Err(Error::field("/on_behalf_of/received_at", "field_missing")),
        };
        let name = name.map(Discreet::into_string);
        return Ok(Requester { channel: channel.into(), id, role, name, phone, received });
    }
    let known = accounts::contact_of(tx, actor.user_id)?;
    let Contact { name, phone } = contact.unwrap_or_default();
    let given = phone.map(|phone| accounts::seal_phone(tx.app, &phone)).transpose()?;
    Ok(Requester {
        channel: if is_staff { Channel::Desk } else { Channel::MiniProgram },
        id: Some(actor.user_id),
        role: actor.role_at(site_id),
        name: Some(name.map_or(known.display_name, Discreet::into_string)),
        phone: given.or(known.phone),
        received: None,
    })
}
