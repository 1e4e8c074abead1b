//! One move of one ticket, from the permission to the line on its timeline. The services of this folder, and those of the
//! features whose tickets go steps of their own (`complaints/`, `follow_ups/`), fill in what is particular to each.

use serde_json::{Value, json};

use super::lifecycle::{self, Action, Part, Refused, Status};
use super::model::{Changed, Event, Hop, HopKind, Scope, Ticket};
use super::pauses;
use super::repo;
use super::views::{self, TicketView};
use crate::accounts::model::{Actor, Role};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::attachments;
use crate::clocks::moves;
use crate::complaints;
use crate::error::Error;
use crate::http::input::Target;
use crate::sites;
use crate::standards::versions;
use crate::values::{Id, Instant, Json};

/// What Yijian is called where it does something by itself.
pub(super) const SYSTEM: &str = "Yijian";

/// A move that may be made, and is being made.
pub(crate) struct Step {
    /// The ticket as it was.
    pub(crate) ticket: Ticket,
    /// The ticket as it will be.
    pub(crate) changed: Changed,
    /// Its line on the timeline.
    pub(crate) event: Event,
    /// Photos that come with it.
    pub(crate) attachment_ids: Vec<Id>,
    /// The way it takes the ticket from one department to another.
    pub(crate) hop: Option<Hop>,
}

/// A ticket as this person may know of it.
///
/// # Errors
/// [`Error::NotFound`] also for tickets of others, [`Error::PreconditionFailed`] for a stale version.
pub(super) fn load(tx: &mut Tx<'_>, actor: &Actor, target: Target) -> Result<Ticket, Error> {
    let missing = || Error::NotFound("ticket_not_found");
    let row = match repo::find_for(tx.conn, &Scope::from(actor), target.id)? {
        Some(row) => row,
        None => find_led(tx, actor, target.id)?.ok_or_else(missing)?,
    };
    // Whom a complaint is about learns of it from their lead.
    if actor.role_at(row.site_id).is_staff() && complaints::service::is_about(tx, &row, actor.user_id)? {
        return Err(missing());
    }
    target.check(row.version)?;
    Ok(row)
}

/// A ticket that would usually be dealt with by the department that the person leads: they are told of it before anybody
/// gives it to them.
fn find_led(tx: &mut Tx<'_>, actor: &Actor, id: Id) -> Result<Option<Ticket>, Error> {
    if actor.memberships.iter().all(|membership| membership.department_id.is_none()) {
        return Ok(None);
    }
    let Some(row) = repo::find(tx.conn, id)? else { return Ok(None) };
    let Ticket { site_id, kind, category_id, .. } = row;
    let (Some(theirs), Some(category_id)) = (actor.department_at(site_id), category_id) else { return Ok(None) };
    if versions::current(tx, site_id)?.lead_of(theirs) != Some(actor.user_id) {
        return Ok(None);
    }
    let usual = sites::service::category(tx, site_id, kind, category_id)?.department_id;
    Ok(Some(row).filter(|_| usual == Some(theirs)))
}

/// Begins a move: the caller may see the ticket, may do this to it, and it stands where this can be done.
///
/// # Errors
/// As [`load`]; [`Error::Forbidden`] `action_not_yours`; [`Error::Conflict`] `action_not_allowed_now` with what is.
pub(crate) fn begin(tx: &mut Tx<'_>, actor: &Actor, target: Target, action: Action) -> Result<Step, Error> {
    repo::lock(tx.conn, target.id)?;
    let mut ticket = load(tx, actor, target)?;
    if pauses::end_overdue(tx, &ticket)? {
        ticket = load(tx, actor, Target { expected_version: None, ..target })?;
    }
    let parts = ticket.parts_of(actor);
    let by = By { id: Some(actor.user_id), name: actor.display_name.clone(), role: actor.role_at(ticket.site_id) };
    step(tx, ticket, &parts, by, action)
}

/// Begins a move that Yijian makes itself; `None` if the ticket no longer stands where it can be made.
///
/// # Errors
/// As the database.
pub(crate) fn begin_by_system(tx: &mut Tx<'_>, id: Id, action: Action) -> Result<Option<Step>, Error> {
    repo::lock(tx.conn, id)?;
    let Some(ticket) = repo::find(tx.conn, id)? else { return Ok(None) };
    let by = By { id: None, name: SYSTEM.to_owned(), role: Role::Admin };
    match step(tx, ticket, &[Part::System], by, action) {
        Ok(step) => Ok(Some(step)),
        Err(Error::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Begins a move that follows from `of` on another ticket, by the same person, as of the same instant; `None` if it cannot
/// be made there.
///
/// # Errors
/// As the database.
pub(crate) fn begin_likewise(tx: &mut Tx<'_>, id: Id, of: &Step, action: Action) -> Result<Option<Step>, Error> {
    pauses::end_due(tx, id)?;
    let Some(ticket) = repo::find(tx.conn, id)? else { return Ok(None) };
    let by = By { id: of.event.actor_id, name: of.event.actor_name.clone(), role: of.event.actor_role };
    match step(tx, ticket, &[Part::System], by, action) {
        Ok(step) => Ok(Some(step)),
        Err(Error::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// An internal line about a ticket, which stays where it is.
pub(crate) fn aside(tx: &Tx<'_>, ticket: Ticket, actor: &Actor, action: Action) -> Step {
    let by = By { id: Some(actor.user_id), name: actor.display_name.clone(), role: actor.role_at(ticket.site_id) };
    let to = ticket.status;
    let mut step = to_status(tx, ticket, to, by, action);
    step.event.is_public = false;
    step
}

struct By {
    id: Option<Id>,
    name: String,
    role: Role,
}

fn step(tx: &Tx<'_>, ticket: Ticket, parts: &[Part], by: By, action: Action) -> Result<Step, Error> {
    let to = lifecycle::step(ticket.status, ticket.department_id.is_some(), parts, action)
        .map_err(|refused| refuse(&ticket, parts, tx.now, &refused))?;
    Ok(to_status(tx, ticket, to, by, action))
}

fn to_status(tx: &Tx<'_>, ticket: Ticket, to: Status, by: By, action: Action) -> Step {
    let mut changed = Changed::from(&ticket);
    changed.status = to;
    changed.is_open = to.is_open();
    changed.version = ticket.version + 1;
    changed.updated_at = tx.now;
    if to != Status::Paused {
        (changed.pause_reason, changed.pause_ends_at) = (None, None);
    }
    let event = Event {
        id: tx.new_id(),
        ticket_id: ticket.id,
        at: tx.now,
        actor_id: by.id,
        actor_name: by.name,
        actor_role: by.role,
        action,
        from_status: Some(ticket.status),
        to_status: to,
        reason: None,
        text: None,
        detail: None,
        is_public: true,
    };
    Step { ticket, changed, event, attachment_ids: Vec::new(), hop: None }
}

/// The moves it offers instead are those that the ticket itself shows.
fn refuse(ticket: &Ticket, parts: &[Part], now: Instant, refused: &Refused) -> Error {
    match refused {
        Refused::NotYours => Error::Forbidden("action_not_yours"),
        Refused::NotNow(_) => Error::Conflict {
            code: "action_not_allowed_now",
            allowed: Some(ticket.allowed_to(parts, now).into_iter().map(Action::as_str).collect()),
        },
    }
}

impl Step {
    /// The ticket stays where it is, whatever the table says of this move.
    pub(crate) fn stay(&mut self) {
        (self.changed.status, self.changed.is_open) = (self.ticket.status, self.ticket.is_open);
        self.event.to_status = self.ticket.status;
    }

    /// The ticket goes where the table does not send it: whoever had it may have it no longer.
    pub(crate) fn go(&mut self, to: Status) {
        (self.changed.status, self.changed.is_open) = (to, to.is_open());
        (self.changed.pause_reason, self.changed.pause_ends_at) = (None, None);
        self.event.to_status = to;
    }

    /// Writes the move: what it does to the clocks, the ticket, its line on the timeline, its hop, its photos.
    ///
    /// # Errors
    /// [`Error::Conflict`] `ticket_changed_meanwhile` if somebody changed it although it was locked; [`Error::Rule`]
    /// for photos that cannot be used.
    pub(crate) fn write(&mut self, tx: &mut Tx<'_>) -> Result<(), Error> {
        if moves::concerns_clocks(self.event.action) {
            self.changed.due_at = moves::drive(tx, &self.ticket, &self.event, self.hop.as_ref())?;
        }
        self.write_without_clocks(tx)
    }

    /// As [`Step::write`], when the clocks have been seen to.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn write_without_clocks(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        if repo::update(tx.conn, self.ticket.id, self.ticket.version, &self.changed)? == 0 {
            return Err(Error::conflict("ticket_changed_meanwhile"));
        }
        repo::insert_event(tx.conn, &self.event)?;
        if let Some(hop) = &self.hop {
            repo::insert_hop(tx.conn, hop)?;
        }
        if let Some(actor_id) = self.event.actor_id {
            attach(tx, actor_id, self.ticket.id, self.event.id, &self.attachment_ids)?;
        }
        Ok(())
    }

    /// The ticket after the move, as the person who made it sees it.
    ///
    /// # Errors
    /// As the database.
    pub(crate) fn view(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<TicketView, Error> {
        let row = repo::find(tx.conn, self.ticket.id)?.ok_or(Error::NotFound("ticket_not_found"))?;
        show(tx, actor, row)
    }

    /// [`Step::write`], then [`Step::view`].
    ///
    /// # Errors
    /// As these.
    pub(crate) fn finish(mut self, tx: &mut Tx<'_>, actor: &Actor) -> Result<TicketView, Error> {
        self.write(tx)?;
        self.view(tx, actor)
    }

    /// Adds a fact to the line on the timeline.
    pub(crate) fn detail(&mut self, name: &str, value: impl Into<Value>) {
        let detail = self.event.detail.get_or_insert_with(|| Json(json!({})));
        if let Some(detail) = detail.0.as_object_mut() {
            detail.insert(name.to_owned(), value.into());
        }
    }

    /// Notes down the way this move takes the ticket from one department to another.
    pub(crate) fn hop(&mut self, tx: &Tx<'_>, kind: HopKind, actor: &Actor) {
        self.hop = Some(Hop {
            id: tx.new_id(),
            ticket_id: self.ticket.id,
            kind,
            from_department_id: self.ticket.department_id,
            to_department_id: self.changed.department_id,
            actor_id: actor.user_id,
            reason: self.event.reason.clone(),
            at: tx.now,
        });
    }
}

/// Puts uploads of a person to use on a ticket.
///
/// # Errors
/// [`Error::Rule`] `attachments_unusable`.
pub(super) fn attach(tx: &mut Tx<'_>, uploader_id: Id, ticket_id: Id, event_id: Id, ids: &[Id]) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    attachments::service::put_to_use(tx, uploader_id, ids)?;
    Ok(repo::insert_attachments(tx.conn, ticket_id, event_id, ids)?)
}

/// A single ticket, with its photos, as a person may see it.
///
/// # Errors
/// As the database.
pub(super) fn show(tx: &mut Tx<'_>, actor: &Actor, row: Ticket) -> Result<TicketView, Error> {
    let standing = standing(&row, actor);
    let mut photos = Vec::new();
    if standing.is_involved && row.photos > 0 {
        for photo in repo::list_attachments_of_opening(tx.conn, row.id)? {
            photos.push(attachments::service::view(tx.app, tx.now, photo));
        }
    }
    let names = sites::service::names(tx, row.site_id)?;
    let people = accounts::names_of(tx, row.assignee_id.as_slice())?;
    Ok(views::ticket(row, (&names, &people), &standing, tx.now, photos))
}

/// How a person stands to a ticket.
pub(super) struct Standing {
    /// What they are to it.
    pub(super) parts: Vec<Part>,
    /// Whether they may read what was said on it: a mere follower may not.
    pub(super) is_involved: bool,
    /// Whether they may know how it was rated: colleagues may not.
    pub(super) sees_rating: bool,
}

pub(super) fn standing(ticket: &Ticket, actor: &Actor) -> Standing {
    let parts = ticket.parts_of(actor);
    let is_involved = !parts.is_empty() || actor.role_at(ticket.site_id).is_staff();
    Standing { parts, is_involved, sees_rating: ticket.shows_rating_to(actor) }
}
