//! Tickets as different people see them.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::lifecycle::{Action, Status};
use super::model::{self, Channel, Event, LatenessReason, PauseReason, Severity, Ticket};
use super::next::NextStep;
use super::repo::OpenRow;
use super::step::Standing;
use crate::accounts::model::Role;
use crate::attachments::api::AttachmentView;
use crate::http::output::Answer;
use crate::sites::model::{Kind, Named, Names, Priority};
use crate::values::{Id, Instant, Json};

/// A ticket as the caller may see it. Who only follows it sees neither words nor photos nor contact.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketView {
    /// Identifier.
    pub id: Id,
    /// What people read out on the telephone.
    #[schema(example = "R000123")]
    pub number: String,
    /// What it is about.
    pub kind: Kind,
    /// How it came in.
    pub channel: Channel,
    /// Where it stands.
    pub status: Status,
    /// How fast.
    pub priority: Priority,
    /// How grave.
    pub severity: Severity,
    /// Its site.
    pub site: Named,
    /// What about.
    pub category: Option<Named>,
    /// Where, from the outermost place inwards.
    pub location: Option<Named>,
    /// Which thing.
    pub equipment: Option<Named>,
    /// Which shop.
    pub shop: Option<Named>,
    /// In the requester's words.
    pub description: Option<String>,
    /// The photos that came with the report. Lists leave them out.
    pub attachments: Vec<AttachmentView>,
    /// What the requester is at the site.
    pub requester_role: Role,
    /// Whom to call, masked.
    pub contact: Option<ContactView>,
    /// Who has it.
    pub department: Option<Named>,
    /// Who in particular.
    pub assignee: Option<Named>,
    /// Why work waits, while it does.
    pub pause_reason: Option<PauseReason>,
    /// What was done.
    pub result: Option<String>,
    /// 1 to 5; for whoever asked for it, whoever has it, and the leads.
    pub rating_score: Option<i32>,
    /// How many others said "me too".
    pub followers: i32,
    /// How often it was urged.
    pub urges: i32,
    /// How often it was opened again.
    pub reopens: i32,
    /// How often it was passed on.
    pub bounces: i32,
    /// When it was reported.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When the desk first took it.
    pub accepted_at: Option<Instant>,
    /// When it was last done.
    pub resolved_at: Option<Instant>,
    /// When it was over.
    pub closed_at: Option<Instant>,
    /// When the desk heard of it.
    pub received_at: Instant,
    /// The next deadline of what is promised, also when it has passed; `/clocks` explains it.
    pub due_at: Option<Instant>,
    /// Whether that has passed.
    pub overdue: bool,
    /// When work goes on by itself, while it waits.
    pub pause_ends_at: Option<Instant>,
    /// Why it was done late; for staff.
    pub lateness_reason: Option<LatenessReason>,
    /// The incident it is part of, or the ticket it was merged into.
    pub parent_id: Option<Id>,
    /// Counts changes; the `ETag`.
    pub version: i32,
    /// What the caller can do with it now.
    pub allowed: Vec<Action>,
}

impl Answer for TicketView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

/// Whom to call.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactView {
    /// Whom to ask for.
    pub name: Option<String>,
    /// The number, masked.
    #[schema(example = "138****1234")]
    pub phone: Option<String>,
}

/// Whom to call, in full. Each look is written down.
#[derive(Debug, Serialize, ToSchema)]
pub struct FullContact {
    /// Whom to ask for.
    pub name: Option<String>,
    /// The number in full.
    #[schema(example = "+8613812341234")]
    pub phone: Option<String>,
}

impl Answer for FullContact {}

/// An open ticket as anyone at the place may know of it: enough to say "me too".
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenTicket {
    /// Identifier, for `follow`.
    pub id: Id,
    /// What people read out on the telephone.
    pub number: String,
    /// What it is about.
    pub kind: Kind,
    /// Where it stands.
    pub status: Status,
    /// How many others said "me too".
    pub followers: i32,
    /// When it was reported.
    pub created_at: Instant,
}

impl From<OpenRow> for OpenTicket {
    fn from(ticket: OpenRow) -> Self {
        Self {
            number: model::number(ticket.kind, ticket.seq),
            id: ticket.id,
            kind: ticket.kind,
            status: ticket.status,
            followers: ticket.followers,
            created_at: ticket.created_at,
        }
    }
}

/// What happens next with a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub struct NextView {
    /// What.
    pub step: NextStep,
    /// Until when; `null` if no rule says so.
    pub until: Option<Instant>,
    /// Whether that has passed.
    pub is_late: bool,
    /// In words, in the reader's language.
    #[schema(example = "客服将在 11-22 10:15 前受理。")]
    pub text: String,
}

impl Answer for NextView {}

/// One line of a timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// Identifier.
    pub id: Id,
    /// When.
    pub at: Instant,
    /// Who; `null` is Yijian itself.
    pub actor: Option<Named>,
    /// What they were.
    pub actor_role: Role,
    /// What they did.
    pub action: Action,
    /// Where the ticket stood before.
    pub from_status: Option<Status>,
    /// Where it stood after.
    pub to_status: Status,
    /// Why.
    pub reason: Option<String>,
    /// In words.
    pub text: Option<String>,
    /// What else belongs to this action: `from_department`, `to_department`, `assignee`, `score`, `until`, …
    #[schema(value_type = Option<Object>)]
    pub detail: Option<Json>,
    /// The photos that came with it.
    pub attachments: Vec<AttachmentView>,
    /// Whether the requester sees this line.
    pub is_public: bool,
}

impl EventView {
    pub(super) fn new(event: Event, attachments: Vec<AttachmentView>) -> Self {
        let Event { id, ticket_id: _, at, actor_id, actor_name, .. } = event;
        Self {
            id,
            at,
            actor: actor_id.map(|id| Named::new(id, actor_name)),
            actor_role: event.actor_role,
            action: event.action,
            from_status: event.from_status,
            to_status: event.to_status,
            reason: event.reason,
            text: event.text,
            detail: event.detail,
            attachments,
            is_public: event.is_public,
        }
    }
}

/// Shows a ticket to somebody who stands so to it.
pub(super) fn ticket(
    ticket: Ticket,
    (names, people): (&Names, &HashMap<Id, String>),
    standing: &Standing,
    now: Instant,
    attachments: Vec<AttachmentView>,
) -> TicketView {
    let Standing { ref parts, is_involved: involved, sees_rating } = *standing;
    let (allowed, overdue) = (ticket.allowed_to(parts, now), ticket.is_overdue(now));
    let contact = ContactView { name: ticket.contact_name, phone: ticket.contact_phone_masked };
    let has_contact = contact.name.is_some() || contact.phone.is_some();
    TicketView {
        id: ticket.id,
        number: model::number(ticket.kind, ticket.seq),
        kind: ticket.kind,
        channel: ticket.channel,
        status: ticket.status,
        priority: ticket.priority,
        severity: ticket.severity,
        site: names.site.clone(),
        category: names.of(ticket.category_id),
        location: names.of(ticket.location_id),
        equipment: names.of(ticket.equipment_id),
        shop: names.of(ticket.shop_id),
        description: involved.then_some(ticket.description),
        attachments,
        requester_role: ticket.requester_role,
        contact: (involved && has_contact).then_some(contact),
        department: names.of(ticket.department_id),
        assignee: ticket.assignee_id.and_then(|id| Some(Named::new(id, people.get(&id)?.as_str()))),
        pause_reason: ticket.pause_reason,
        result: ticket.result.filter(|_| involved),
        rating_score: ticket.rating_score.filter(|_| sees_rating),
        followers: ticket.followers,
        urges: ticket.urges,
        reopens: ticket.reopens,
        bounces: ticket.bounces,
        created_at: ticket.created_at,
        updated_at: ticket.updated_at,
        accepted_at: ticket.accepted_at,
        resolved_at: ticket.resolved_at,
        closed_at: ticket.closed_at,
        received_at: ticket.received_at,
        due_at: ticket.due_at,
        overdue,
        pause_ends_at: ticket.pause_ends_at,
        lateness_reason: ticket.lateness_reason.filter(|_| parts.iter().any(|part| part.works_on_it())),
        parent_id: ticket.parent_id.filter(|_| involved),
        version: ticket.version,
        allowed,
    }
}
