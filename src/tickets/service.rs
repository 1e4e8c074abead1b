//! Opening a ticket, looking at it, and following it. What is done with it is in `dispatch.rs` and `work.rs`.
//!
//! Rules:
//! - A ticket and what it is promised come into being together. The promise runs from the receipt, which staff may put
//!   back for a call, with a reason, and never forward.
//! - What belongs to others is not there; who only follows a ticket sees where it stands, not what was said.
//! - How a ticket was rated is known to whoever asked for it, whoever has it, and the leads: to colleagues it would say how
//!   each of them does.
//! - Seeing a telephone number in full leaves a line on the timeline.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::Value;

use super::commands::{ListTickets, View};
use super::intake::{Received, Requester};
use super::lifecycle::{Action, Status};
use super::model::{self, Event, Scope, Severity, Ticket};
use super::repo::{self, Filter, Shown};
use super::step::{self, Standing, attach, load, show, standing};
use super::views::{self, EventView, FullContact, OpenTicket, TicketView};
use crate::accounts::model::{Actor, Role, SignedIn, Staff};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::attachments;
use crate::clocks::service as clocks;
use crate::error::Error;
use crate::http::input::Target;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::similar;
use crate::similar::model::Crowd;
use crate::sites;
use crate::sites::model::{Category, Kind, Names, Place, Priority};
use crate::standards::spec::Matter;
use crate::text::Phone;
use crate::values::{Id, Instant, Json};

/// A call may be written down so much later than it came in.
pub(super) const BACKDATED_AT_MOST: SignedDuration = SignedDuration::from_hours(24);

/// As many open tickets are shown to somebody who is about to report the same.
const OPEN_SHOWN: i64 = 5;

/// What of a timeline's lines says how somebody was rated.
const RATING_DETAILS: [&str; 3] = ["score", "tags", "overall"];

/// A matter that a kind's intake has understood.
pub struct NewMatter {
    /// What kind.
    pub kind: Kind,
    /// Where, and on which thing.
    pub place: Place,
    /// What about.
    pub category: Option<Category>,
    /// In the requester's words.
    pub description: String,
    /// Photos, uploaded by whoever files it.
    pub attachment_ids: Vec<Id>,
    /// What the requester says; a dangerous category cannot be made less urgent.
    pub priority: Option<Priority>,
    /// Who asked, and how to reach them.
    pub who: Requester,
}

/// A matter cannot have been received in the future, nor so long ago that nobody would believe it.
fn check_received(tx: &Tx<'_>, at: Instant) -> Result<Instant, Error> {
    if at > tx.now {
        return Err(Error::field("/on_behalf_of/received_at", "received_in_future"));
    }
    if at < tx.now - BACKDATED_AT_MOST {
        return Err(Error::field("/on_behalf_of/received_at", "received_too_long_ago"));
    }
    Ok(at)
}

/// A ticket that was just opened.
#[must_use = "nobody knows of it before it is announced"]
pub struct Opened {
    /// The ticket.
    pub ticket: Ticket,
    /// What the number to call is looked up by.
    phone_index: Option<Vec<u8>>,
    /// Who else has just reported the same.
    pub crowd: Crowd,
}

/// Opens a ticket, with its first line on the timeline. Once what belongs to it is written too, it is [`announce`]d.
///
/// # Errors
/// [`Error::Rule`] for photos that cannot be used, and `standard_missing`; [`Error::Invalid`] for a time of receipt
/// that cannot be.
pub fn open(tx: &mut Tx<'_>, actor: &Actor, matter: NewMatter) -> Result<Opened, Error> {
    let NewMatter { kind, place, category, description, attachment_ids, priority, who } = matter;
    let site_id = place.site.id;
    if category.as_ref().is_some_and(|category| category.retired_at.is_some()) {
        return Err(Error::rule("category_retired"));
    }
    let (received_at, backdated_because) = match who.received {
        Some(Received { at, reason }) => (check_received(tx, at)?, Some(reason)),
        None => (tx.now, None),
    };
    let default = category.as_ref().map_or(Priority::Normal, |category| category.priority);
    let is_safety = category.as_ref().is_some_and(|category| category.is_safety);
    let said = priority.unwrap_or(default);
    let phone = who.phone;
    let mut ticket = Ticket {
        id: tx.new_id(),
        seq: 0,
        site_id,
        kind,
        channel: who.channel,
        status: Status::New,
        is_open: true,
        priority: if is_safety { default.max(said) } else { said },
        severity: if is_safety { Severity::Major } else { Severity::Normal },
        category_id: category.as_ref().map(|category| category.id),
        location_id: Some(place.location.id),
        equipment_id: place.equipment.as_ref().map(|thing| thing.id),
        shop_id: place.shop.as_ref().map(|shop| shop.id),
        requester_id: who.id,
        requester_role: who.role,
        filed_by_id: actor.user_id,
        contact_name: who.name,
        contact_phone_masked: phone.as_ref().map(|phone| phone.masked.clone()),
        description,
        department_id: None,
        assignee_id: None,
        pause_reason: None,
        result: None,
        rating_score: None,
        bounces: 0,
        urges: 0,
        followers: 0,
        reopens: 0,
        version: 1,
        accepted_at: None,
        resolved_at: None,
        closed_at: None,
        created_at: tx.now,
        updated_at: tx.now,
        received_at,
        photos: i32::try_from(attachment_ids.len()).unwrap_or(i32::MAX),
        standard_version_id: None,
        due_at: None,
        pause_ends_at: None,
        lateness_reason: None,
        parent_id: None,
    };
    let mut facts = Matter {
        kind,
        requester_role: ticket.requester_role,
        category_ids: ticket.category_id.into_iter().collect(),
        severity: ticket.severity,
    };
    let promised = clocks::promise(tx, (ticket.id, site_id), &mut facts, ticket.priority, received_at)?;
    ticket.standard_version_id = Some(promised.version.id);
    ticket.due_at = promised.due_at;
    ticket.seq = repo::insert(tx.conn, &ticket, phone.as_ref())?;
    let event = Event {
        id: tx.new_id(),
        ticket_id: ticket.id,
        at: tx.now,
        actor_id: Some(actor.user_id),
        actor_name: actor.display_name.clone(),
        actor_role: actor.role_at(site_id),
        action: Action::Open,
        from_status: None,
        to_status: Status::New,
        reason: backdated_because,
        text: Some(ticket.description.clone()),
        detail: None,
        is_public: true,
    };
    repo::insert_event(tx.conn, &event)?;
    promised.write(tx)?;
    attach(tx, actor.user_id, ticket.id, event.id, &attachment_ids)?;
    let crowd = similar::service::crowd(tx, &ticket)?;
    Ok(Opened { ticket, phone_index: phone.map(|phone| phone.index), crowd })
}

/// Tells the desk of a new ticket, looks what it may be, and shows it.
///
/// # Errors
/// As the database.
pub fn announce(tx: &mut Tx<'_>, actor: &Actor, opened: Opened) -> Result<TicketView, Error> {
    let Opened { ticket, phone_index, crowd } = opened;
    notices::tell(tx, &ticket, NoticeKind::TicketOpened, Audience::Role(Role::Agent))?;
    similar::service::look(tx, &ticket, phone_index.as_deref(), crowd)?;
    show(tx, actor, ticket)
}

/// Open tickets about the same thing, or at the same place, as anyone standing there may know of them.
///
/// # Errors
/// As the database.
pub fn open_at(tx: &mut Tx<'_>, place: &Place) -> Result<Vec<OpenTicket>, Error> {
    let tickets = match (&place.equipment, &place.shop) {
        (Some(thing), _) => repo::list_open_on(tx.conn, thing.id, OPEN_SHOWN)?,
        (None, Some(shop)) => repo::list_open_in(tx.conn, shop.id, OPEN_SHOWN)?,
        (None, None) => repo::list_open_at(tx.conn, place.location.id, OPEN_SHOWN)?,
    };
    Ok(tickets.into_iter().map(OpenTicket::from).collect())
}

/// A ticket.
///
/// # Errors
/// [`Error::NotFound`] also for tickets of others.
pub fn find(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<TicketView, Error> {
    let row = load(tx, actor, target)?;
    show(tx, actor, row)
}

/// Tickets, newest first; one more than asked for tells whether there are more.
///
/// # Errors
/// [`Error::Forbidden`] for a view that the caller's role does not have.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &SignedIn,
    query: &ListTickets,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<TicketView>, Error> {
    let scope = Scope::from(&**actor);
    let has_desk = scope.desk_sites.as_ref().is_none_or(|sites| !sites.is_empty());
    let default = if has_desk {
        View::Site
    } else if scope.departments.is_empty() {
        View::Own
    } else {
        View::Department
    };
    let shown = match query.view.unwrap_or(default) {
        View::Own if scope.is_client => Shown::FiledBy(actor.user_id),
        View::Own => Shown::Own(actor.user_id),
        View::Assigned => Shown::AssignedTo(actor.user_id),
        View::Department if !scope.departments.is_empty() => Shown::Departments(scope.departments),
        View::Site if has_desk => Shown::Sites(scope.desk_sites),
        View::Department | View::Site => return Err(Error::Forbidden("view_not_yours")),
    };
    let is_staff = actor.is_admin || actor.memberships.iter().any(|membership| membership.role.is_staff());
    if query.from_regulator.is_some() && !is_staff {
        return Err(Error::Forbidden("regulator_needs_staff"));
    }
    let mut filter = Filter {
        from_regulator: query.from_regulator,
        not_about: is_staff.then_some(actor.user_id),
        kind: query.kind,
        status: query.status,
        is_open: query.open,
        department_id: query.department_id,
        assignee_id: query.assignee_id,
        severity: query.severity,
        overdue: query.overdue.map(|overdue| (overdue, model::latest_missed(tx.now))),
        site_id: query.site_id,
        shop_id: query.shop_id,
        parent_id: query.parent_id,
        seq: None,
        phone_index: None,
        before,
    };
    if let Some(words) = &query.q {
        search(tx, words.trim(), &mut filter);
    }
    let rows = repo::list(tx.conn, &shown, &filter, limit)?;
    let assignees: Vec<Id> = rows.iter().filter_map(|row| row.assignee_id).collect();
    let people = accounts::names_of(tx, &assignees)?;
    let mut views = Vec::with_capacity(rows.len());
    let mut known: HashMap<Id, Arc<Names>> = HashMap::new();
    for row in rows {
        let names = match known.entry(row.site_id) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => place.insert(sites::service::names(tx, row.site_id)?),
        };
        let standing = standing(&row, actor);
        views.push(views::ticket(row, (names, &people), &standing, tx.now, Vec::new()));
    }
    Ok(views)
}

/// `R000123` and `123` are a number; anything that reads as a telephone number is one; other words find nothing.
fn search(tx: &Tx<'_>, words: &str, filter: &mut Filter) {
    let digits = words.trim_start_matches(['R', 'C', 'I', 'Q', 'r', 'c', 'i', 'q']);
    match (Phone::parse(words), digits.parse()) {
        (Ok(phone), _) => filter.phone_index = Some(tx.app.vault.phone_index(phone.expose())),
        (Err(_), Ok(seq)) => filter.seq = Some(seq),
        (Err(_), Err(_)) => filter.seq = Some(-1),
    }
}

/// The timeline of a ticket, oldest first, from after `after` on. The requester does not see what is internal.
///
/// # Errors
/// [`Error::NotFound`] also for tickets of others.
pub fn timeline(
    tx: &mut Tx<'_>,
    actor: &SignedIn,
    target: Target,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<EventView>, Error> {
    let ticket = load(tx, actor, target)?;
    let Standing { is_involved, sees_rating, .. } = standing(&ticket, actor);
    let with_internal = actor.role_at(ticket.site_id).is_staff();
    let events = repo::list_events(tx.conn, ticket.id, with_internal, after, limit)?;
    let ids: Vec<Id> = events.iter().map(|event| event.id).collect();
    let mut photos = if is_involved { repo::list_attachments(tx.conn, ticket.id, &ids)? } else { Vec::new() };
    let mut lines = Vec::with_capacity(events.len());
    for mut event in events {
        if !sees_rating && let Some(Json(Value::Object(detail))) = &mut event.detail {
            for name in RATING_DETAILS {
                detail.remove(name);
            }
        }
        if !is_involved {
            (event.reason, event.text, event.detail) = (None, None, None);
            // Colleagues may be named, the requester not.
            event.actor_id = event.actor_id.filter(|_| event.actor_role.is_staff());
        }
        let (mine, others) = photos.into_iter().partition(|(event_id, _)| *event_id == event.id);
        photos = others;
        let mine: Vec<_> = mine;
        let mine = mine.into_iter().map(|(_, photo)| attachments::service::view(tx.app, tx.now, photo)).collect();
        lines.push(EventView::new(event, mine));
    }
    Ok(lines)
}

/// "Me too": the caller is told when it is done, and nobody files it twice. Anyone may follow an open ticket they were
/// shown at the place; following twice changes nothing.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] `ticket_not_open`, [`Error::Rule`] `follow_own_ticket`.
pub fn follow(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<TicketView, Error> {
    let missing = || Error::NotFound("ticket_not_found");
    repo::lock(tx.conn, target.id)?;
    let ticket = repo::find(tx.conn, target.id)?.ok_or_else(missing)?;
    // Only who may see it learns that it is over.
    if !ticket.is_open && repo::find_for(tx.conn, &Scope::from(&**actor), target.id)?.is_none() {
        return Err(missing());
    }
    if ticket.kind == Kind::Complaint {
        load(tx, actor, target)?;
        return Err(Error::rule("follow_complaint"));
    }
    target.check(ticket.version)?;
    if ticket.requester_id == Some(actor.user_id) {
        return Err(Error::rule("follow_own_ticket"));
    }
    if !ticket.is_open {
        return Err(Error::conflict("ticket_not_open"));
    }
    if repo::insert_follower(tx.conn, ticket.id, actor.user_id, tx.now)? == 1 {
        let mut step = step::aside(tx, ticket, actor, Action::Follow);
        step.changed.followers += 1;
        step.write(tx)?;
    }
    let row = repo::find(tx.conn, target.id)?.ok_or_else(missing)?;
    show(tx, actor, row)
}

/// The requester's contact in full, for staff who work on the ticket. Looking is written on the timeline.
///
/// # Errors
/// [`Error::Forbidden`] `contact_not_yours` for staff who do not work on it.
pub fn contact(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<FullContact, Error> {
    let ticket = load(tx, staff, target)?;
    let works_on_it = ticket.parts_of(staff).iter().any(|part| part.works_on_it());
    if !staff.role_at(ticket.site_id).is_staff() || !works_on_it {
        return Err(Error::Forbidden("contact_not_yours"));
    }
    let name = ticket.contact_name.clone();
    let event = step::aside(tx, ticket, staff, Action::ViewContact).event;
    repo::insert_event(tx.conn, &event)?;
    let sealed = repo::find_phone(tx.conn, event.ticket_id)?;
    let phone = sealed.map(|sealed| tx.app.vault.unseal(&sealed)).transpose()?;
    Ok(FullContact { name, phone })
}
