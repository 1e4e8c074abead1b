//! The use cases of a ticket, but for dispatch: opening, working, talking, ending, and looking at it.
//!
//! Rules:
//! - The requester may open a resolved or closed ticket again for [`REOPEN_WITHIN`]; later they report anew.
//! - A resolved ticket that nobody rates or reopens closes by itself after [`AUTO_CLOSE_AFTER`].
//! - A matter is rated once per episode, and rating closes it.
//! - Seeing a telephone number in full leaves a line on the timeline.

use jiff::SignedDuration;

use super::commands::{GiveReason, ListTickets, PauseTicket, RateTicket, ResolveTicket, SayOnTicket, View};
use super::lifecycle::{Action, Part, Status};
use super::model::{Channel, Event, NewTicket, PauseReason, REOPEN_WITHIN, Scope, Severity, Ticket};
use super::repo::{self, Filter, Shown, TicketRow};
use super::step::{Step, attach, begin, begin_by_system, load, show, standing};
use super::views::{self, EventView, FullContact, OpenTicket, TicketView};
use crate::accounts::model::{Actor, Role, SignedIn, Staff};
use crate::accounts::service::SealedPhone;
use crate::app::Tx;
use crate::attachments;
use crate::error::Error;
use crate::http::input::Target;
use crate::jobs::service::{self as jobs, JobKind};
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sites::model::{Category, Kind, Place, Priority};
use crate::text::Phone;
use crate::values::Id;

/// When a resolved ticket that nobody says anything about is closed.
pub const AUTO_CLOSE_AFTER: SignedDuration = SignedDuration::from_hours(72);
/// As many open tickets are shown to somebody who is about to report the same.
const OPEN_SHOWN: i64 = 5;

/// A matter that a kind's intake has understood.
pub struct NewMatter {
    /// What kind.
    pub kind: Kind,
    /// How it came in.
    pub channel: Channel,
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
    /// Who asked, if they have an account.
    pub requester_id: Option<Id>,
    /// What they are at the site.
    pub requester_role: Role,
    /// Whom to call.
    pub contact_name: Option<String>,
    /// The number to call.
    pub contact_phone: Option<SealedPhone>,
}

/// Opens a ticket, with its first line on the timeline and a notice to the desk.
///
/// # Errors
/// [`Error::Rule`] for photos that cannot be used.
pub fn open(tx: &mut Tx<'_>, actor: &Actor, matter: NewMatter) -> Result<TicketView, Error> {
    let NewMatter { kind, channel, place, category, description, attachment_ids, .. } = matter;
    let site_id = place.site.id;
    let default = category.as_ref().map_or(Priority::Normal, |category| category.priority);
    let is_safety = category.as_ref().is_some_and(|category| category.is_safety);
    let said = matter.priority.unwrap_or(default);
    let phone = matter.contact_phone;
    let new = NewTicket {
        id: tx.new_id(),
        site_id,
        kind,
        channel,
        status: Status::New,
        is_open: true,
        priority: if is_safety { default.max(said) } else { said },
        severity: if is_safety { Severity::Major } else { Severity::Normal },
        category_id: category.as_ref().map(|category| category.id),
        location_id: Some(place.location.id),
        equipment_id: place.equipment.as_ref().map(|thing| thing.id),
        shop_id: place.shop.as_ref().map(|shop| shop.id),
        requester_id: matter.requester_id,
        requester_role: matter.requester_role,
        filed_by_id: actor.user_id,
        contact_name: matter.contact_name,
        contact_phone_masked: phone.as_ref().map(|phone| phone.masked.clone()),
        contact_phone_index: phone.as_ref().map(|phone| phone.index.clone()),
        contact_phone_sealed: phone.map(|phone| phone.sealed),
        description,
        bounces: 0,
        urges: 0,
        followers: 0,
        reopens: 0,
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
    };
    let ticket = repo::insert(tx.conn, &new)?;
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
        reason: None,
        text: Some(ticket.description.clone()),
        detail: None,
        is_public: true,
    };
    repo::insert_event(tx.conn, &event)?;
    attach(tx, actor.user_id, ticket.id, event.id, &attachment_ids)?;
    notices::tell(tx, &ticket, NoticeKind::TicketOpened, Audience::Role(Role::Agent))?;
    let row = TicketRow {
        ticket,
        site: place.site.name,
        category: category.map(|category| category.name),
        location: Some(place.location.path),
        equipment: place.equipment.map(|thing| thing.name),
        shop: place.shop.map(|shop| shop.name),
        department: None,
        assignee: None,
    };
    let (parts, involved) = standing(&row.ticket, actor);
    let mut photos = Vec::new();
    if !attachment_ids.is_empty() {
        for photo in repo::list_attachments_of_opening(tx.conn, row.ticket.id)? {
            photos.push(attachments::service::view(tx.app, tx.now, photo));
        }
    }
    Ok(views::ticket(row, &parts, involved, tx.now, photos))
}

/// Open tickets about the same thing, or at the same place, as anyone standing there may know of them.
///
/// # Errors
/// As the database.
pub fn open_at(tx: &mut Tx<'_>, place: &Place) -> Result<Vec<OpenTicket>, Error> {
    let equipment_id = place.equipment.as_ref().map(|thing| thing.id);
    let shop_id = place.shop.as_ref().map(|shop| shop.id);
    let tickets = repo::list_open_at(tx.conn, equipment_id, shop_id, place.location.id, OPEN_SHOWN)?;
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
        View::Own => Shown::Own(actor.user_id),
        View::Assigned => Shown::AssignedTo(actor.user_id),
        View::Department if !scope.departments.is_empty() => Shown::Departments(scope.departments),
        View::Site if has_desk => Shown::Sites(scope.desk_sites),
        View::Department | View::Site => return Err(Error::Forbidden("view_not_yours")),
    };
    let mut filter = Filter {
        kind: query.kind,
        status: query.status,
        is_open: query.open,
        department_id: query.department_id,
        assignee_id: query.assignee_id,
        severity: query.severity,
        site_id: query.site_id,
        shop_id: query.shop_id,
        seq: None,
        phone_index: None,
        before,
    };
    if let Some(words) = &query.q {
        search(tx, words.trim(), &mut filter);
    }
    let rows = repo::list(tx.conn, &shown, &filter, limit)?;
    let view = |row: TicketRow| {
        let (parts, involved) = standing(&row.ticket, actor);
        views::ticket(row, &parts, involved, tx.now, Vec::new())
    };
    Ok(rows.into_iter().map(view).collect())
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
    let ticket = load(tx, actor, target)?.ticket;
    let (_, involved) = standing(&ticket, actor);
    let with_internal = actor.role_at(ticket.site_id).is_staff();
    let events = repo::list_events(tx.conn, ticket.id, with_internal, after, limit)?;
    let ids: Vec<Id> = events.iter().map(|event| event.id).collect();
    let mut photos = if involved { repo::list_attachments(tx.conn, &ids)? } else { Vec::new() };
    let mut lines = Vec::with_capacity(events.len());
    for mut event in events {
        if !involved {
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

/// The desk takes a new ticket.
///
/// # Errors
/// As [`begin`].
pub fn accept(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<TicketView, Error> {
    let mut step = begin(tx, staff, target, Action::Accept)?;
    step.changed.accepted_at = step.changed.accepted_at.or(Some(tx.now));
    tell_requester(tx, &step, NoticeKind::TicketAccepted)?;
    step.finish(tx, staff)
}

/// Work begins; a ticket that lay at the desk becomes the caller's.
///
/// # Errors
/// As [`begin`].
pub fn start(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<TicketView, Error> {
    let mut step = begin(tx, staff, target, Action::Start)?;
    step.changed.assignee_id = step.changed.assignee_id.or(Some(staff.user_id));
    step.finish(tx, staff)
}

/// Work waits.
///
/// # Errors
/// [`Error::Rule`] when `other` has no note, or `until` is not in the future; as [`begin`].
pub fn pause(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: PauseTicket) -> Result<TicketView, Error> {
    let PauseTicket { reason, note, attachment_ids, until } = command;
    let mut step = begin(tx, staff, target, Action::Pause)?;
    if reason == PauseReason::Other && note.is_none() {
        return Err(Error::rule("pause_note_needed"));
    }
    if let Some(until) = until {
        if until <= tx.now {
            return Err(Error::rule("pause_until_past"));
        }
        step.detail("until", until.to_string());
    }
    step.changed.pause_reason = Some(reason);
    step.event.reason = Some(reason.as_str().to_owned());
    step.event.text = note.map(crate::text::Text::into_string);
    step.attachment_ids = attachment_ids;
    step.finish(tx, staff)
}

/// Work goes on.
///
/// # Errors
/// As [`begin`].
pub fn resume(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<TicketView, Error> {
    begin(tx, staff, target, Action::Resume)?.finish(tx, staff)
}

/// Work is done; the requester is told, and the ticket will close by itself if they say nothing.
///
/// # Errors
/// As [`begin`].
pub fn resolve(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: ResolveTicket) -> Result<TicketView, Error> {
    let ResolveTicket { result, attachment_ids } = command;
    let mut step = begin(tx, staff, target, Action::Resolve)?;
    let result = result.into_string();
    step.event.text = Some(result.clone());
    step.attachment_ids = attachment_ids;
    step.changed.result = Some(result);
    step.changed.resolved_at = Some(tx.now);
    step.changed.rating_score = None;
    jobs::enqueue(tx, JobKind::CloseTicket, &step.ticket.id.to_string(), tx.now + AUTO_CLOSE_AFTER)?;
    tell_requester(tx, &step, NoticeKind::TicketResolved)?;
    step.finish(tx, staff)
}

/// Something is said to the other side.
///
/// # Errors
/// As [`begin`].
pub fn reply(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: SayOnTicket) -> Result<TicketView, Error> {
    let SayOnTicket { text, attachment_ids } = command;
    let mut step = begin(tx, actor, target, Action::Reply)?;
    step.event.text = Some(text.into_string());
    step.attachment_ids = attachment_ids;
    if step.ticket.requester_id == Some(actor.user_id) {
        tell_worker(tx, &step, NoticeKind::TicketReplied)?;
    } else {
        tell_requester(tx, &step, NoticeKind::TicketReplied)?;
    }
    step.finish(tx, actor)
}

/// Something is said among staff; the requester never sees it.
///
/// # Errors
/// As [`begin`].
pub fn note(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: SayOnTicket) -> Result<TicketView, Error> {
    let SayOnTicket { text, attachment_ids } = command;
    let mut step = begin(tx, staff, target, Action::Note)?;
    step.event.text = Some(text.into_string());
    step.event.is_public = false;
    step.attachment_ids = attachment_ids;
    step.finish(tx, staff)
}

/// A resolved ticket is over.
///
/// # Errors
/// As [`begin`].
pub fn close(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<TicketView, Error> {
    let mut step = begin(tx, actor, target, Action::Close)?;
    step.changed.closed_at = Some(tx.now);
    step.finish(tx, actor)
}

/// A resolved ticket nobody said anything about is over. Does nothing if somebody did.
///
/// # Errors
/// As the database.
pub fn close_unanswered(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    let Some(mut step) = begin_by_system(tx, id, Action::Close)? else { return Ok(()) };
    // Reopened and resolved anew: the later job will see to it.
    if step.ticket.resolved_at.is_some_and(|at| tx.now < at + AUTO_CLOSE_AFTER) {
        return Ok(());
    }
    step.changed.closed_at = Some(tx.now);
    step.event.reason = Some("no_answer".to_owned());
    step.write(tx)
}

/// It was not done after all.
///
/// # Errors
/// [`Error::Rule`] `reopen_too_late`; as [`begin`].
pub fn reopen(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: GiveReason) -> Result<TicketView, Error> {
    let mut step = begin(tx, actor, target, Action::Reopen)?;
    if step.ticket.resolved_at.is_some_and(|at| tx.now > at + REOPEN_WITHIN) {
        return Err(Error::rule("reopen_too_late"));
    }
    step.event.reason = Some(command.reason.into_string());
    step.changed.reopens += 1;
    (step.changed.resolved_at, step.changed.closed_at, step.changed.rating_score) = (None, None, None);
    tell_worker(tx, &step, NoticeKind::TicketReopened)?;
    step.finish(tx, actor)
}

/// It is withdrawn, or never was one.
///
/// # Errors
/// As [`begin`].
pub fn cancel(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: GiveReason) -> Result<TicketView, Error> {
    let mut step = begin(tx, actor, target, Action::Cancel)?;
    step.event.reason = Some(command.reason.into_string());
    step.changed.closed_at = Some(tx.now);
    if step.ticket.requester_id == Some(actor.user_id) {
        tell_worker(tx, &step, NoticeKind::TicketCancelled)?;
    } else {
        tell_requester(tx, &step, NoticeKind::TicketCancelled)?;
    }
    step.finish(tx, actor)
}

/// The requester asks where it stays; whoever has it is told.
///
/// # Errors
/// As [`begin`].
pub fn urge(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<TicketView, Error> {
    let mut step = begin(tx, actor, target, Action::Urge)?;
    step.changed.urges += 1;
    tell_worker(tx, &step, NoticeKind::TicketUrged)?;
    step.finish(tx, actor)
}

/// The requester says how it was, once per episode.
///
/// # Errors
/// [`Error::Conflict`] `ticket_already_rated`; as [`begin`].
pub fn rate(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: RateTicket) -> Result<TicketView, Error> {
    let RateTicket { score, tags, comment } = command;
    let mut step = begin(tx, actor, target, Action::Rate)?;
    if step.ticket.rating_score.is_some() {
        return Err(Error::conflict("ticket_already_rated"));
    }
    step.changed.rating_score = Some(score);
    step.changed.closed_at = step.changed.closed_at.or(Some(tx.now));
    step.event.text = comment.map(crate::text::Text::into_string);
    step.detail("score", score);
    step.detail("tags", tags.into_iter().map(crate::text::Text::into_string).collect::<Vec<_>>());
    step.finish(tx, actor)
}

/// "Me too": the caller is told when it is done, and nobody files it twice. Anyone may follow an open ticket they were
/// shown at the place; following twice changes nothing.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] `ticket_not_open`, [`Error::Rule`] `follow_own_ticket`.
pub fn follow(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<TicketView, Error> {
    let missing = || Error::NotFound("ticket_not_found");
    repo::lock(tx.conn, target.id)?;
    let row = repo::find_row(tx.conn, target.id)?.ok_or_else(missing)?;
    // Only who may see it learns that it is over.
    if !row.ticket.is_open && repo::find_for(tx.conn, &Scope::from(&**actor), target.id)?.is_none() {
        return Err(missing());
    }
    target.check(row.ticket.version)?;
    let ticket = row.ticket;
    if ticket.requester_id == Some(actor.user_id) {
        return Err(Error::rule("follow_own_ticket"));
    }
    if !ticket.is_open {
        return Err(Error::conflict("ticket_not_open"));
    }
    if repo::insert_follower(tx.conn, ticket.id, actor.user_id, tx.now)? == 1 {
        let mut step = followed(tx, ticket, actor);
        step.changed.followers += 1;
        step.write(tx)?;
    }
    let row = repo::find_row(tx.conn, target.id)?.ok_or_else(missing)?;
    show(tx, actor, row)
}

fn followed(tx: &Tx<'_>, ticket: Ticket, actor: &Actor) -> Step {
    let mut changed = super::model::Changed::from(&ticket);
    changed.version += 1;
    changed.updated_at = tx.now;
    let event = Event {
        id: tx.new_id(),
        ticket_id: ticket.id,
        at: tx.now,
        actor_id: Some(actor.user_id),
        actor_name: actor.display_name.clone(),
        actor_role: actor.role_at(ticket.site_id),
        action: Action::Follow,
        from_status: Some(ticket.status),
        to_status: ticket.status,
        reason: None,
        text: None,
        detail: None,
        is_public: false,
    };
    Step { ticket, changed, event, attachment_ids: Vec::new() }
}

/// The requester's contact in full, for staff who work on the ticket. Looking is written on the timeline.
///
/// # Errors
/// [`Error::Forbidden`] `contact_not_yours` for staff who do not work on it.
pub fn contact(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<FullContact, Error> {
    let ticket = load(tx, staff, target)?.ticket;
    let works_on_it = ticket.parts_of(staff).iter().any(|part| *part != Part::Requester);
    if !staff.role_at(ticket.site_id).is_staff() || !works_on_it {
        return Err(Error::Forbidden("contact_not_yours"));
    }
    let mut event = followed(tx, ticket, staff).event;
    event.action = Action::ViewContact;
    let ticket = repo::find(tx.conn, event.ticket_id)?.ok_or(Error::NotFound("ticket_not_found"))?;
    repo::insert_event(tx.conn, &event)?;
    let phone = ticket.contact_phone_sealed.map(|sealed| tx.app.vault.unseal(&sealed)).transpose()?;
    Ok(FullContact { name: ticket.contact_name, phone })
}

fn tell_requester(tx: &mut Tx<'_>, step: &Step, kind: NoticeKind) -> Result<(), Error> {
    if let Some(requester_id) = step.ticket.requester_id {
        notices::tell(tx, &step.ticket, kind, Audience::Person(requester_id))?;
    }
    if matches!(kind, NoticeKind::TicketResolved | NoticeKind::TicketCancelled) {
        for follower in repo::list_followers(tx.conn, step.ticket.id)? {
            notices::tell(tx, &step.ticket, kind, Audience::Person(follower))?;
        }
    }
    Ok(())
}

/// Tells whoever has the ticket: the person, else the department, else the desk.
fn tell_worker(tx: &mut Tx<'_>, step: &Step, kind: NoticeKind) -> Result<(), Error> {
    let audience = match (step.ticket.assignee_id, step.ticket.department_id) {
        (Some(person), _) => Audience::Person(person),
        (None, Some(department)) => Audience::Department(department),
        (None, None) => Audience::Role(Role::Agent),
    };
    notices::tell(tx, &step.ticket, kind, audience)
}
