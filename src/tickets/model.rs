//! Rows of tickets and of what happens to them.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::lifecycle::{self, Action, Part, Status};
use crate::accounts::model::{Actor, Role};
use crate::db::schema::{ticket_events, ticket_hops, tickets};
use crate::sites::model::{Kind, Priority};
use crate::text_enum;
use crate::values::{Id, Instant, Json};

text_enum! {
    /// How a matter came in.
    pub enum Channel {
        /// The requester's own tap.
        MiniProgram = "mini_program",
        /// A call, taken down by the desk.
        Phone = "phone",
        /// At the desk, or by staff on their own account.
        Desk = "desk",
        /// Found on a patrol.
        Patrol = "patrol",
        /// Another system.
        Api = "api",
    }
}

text_enum! {
    /// How grave a matter is.
    pub enum Severity {
        /// The ordinary case.
        Normal = "normal",
        /// Safety, or many people.
        Major = "major",
    }
}

text_enum! {
    /// What work may wait for.
    pub enum PauseReason {
        /// Parts have been ordered.
        WaitingParts = "waiting_parts",
        /// The requester must say or do something.
        WaitingRequester = "waiting_requester",
        /// The requester chose a later time.
        Appointment = "appointment",
        /// An outside firm must come.
        ThirdParty = "third_party",
        /// The weather forbids it.
        Weather = "weather",
        /// Something else; the note says what.
        Other = "other",
    }
}

text_enum! {
    /// Why something was done late.
    pub enum LatenessReason {
        /// Parts came late.
        Parts = "parts",
        /// An outside firm came late.
        ThirdParty = "third_party",
        /// Nobody let us in.
        NoAccess = "no_access",
        /// The requester was not to be reached.
        RequesterUnavailable = "requester_unavailable",
        /// It went to the wrong department first.
        Misrouted = "misrouted",
        /// Too much to do, too few people.
        Workload = "workload",
        /// It was harder than it looked.
        Difficulty = "difficulty",
        /// The weather forbade it.
        Weather = "weather",
        /// It was forgotten.
        Oversight = "oversight",
        /// Something else; the result says what.
        Other = "other",
    }
}

text_enum! {
    /// How a ticket came to a department.
    pub enum HopKind {
        /// The desk gave it.
        Assign = "assign",
        /// Another department passed it on.
        Transfer = "transfer",
        /// Back to the desk.
        Return = "return",
    }
}

/// How long after its resolution a ticket can be opened again.
pub const REOPEN_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A ticket. Without the number to call, which is read only where it is asked for.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = tickets)]
#[diesel(treat_none_as_default_value = false)]
pub struct Ticket {
    /// Identifier.
    pub id: Id,
    /// Consecutive in the installation, given by the database; behind the number people read out.
    #[diesel(skip_insertion)]
    pub seq: i64,
    /// Its site.
    pub site_id: Id,
    /// What it is about.
    pub kind: Kind,
    /// How it came in.
    pub channel: Channel,
    /// Where it stands.
    pub status: Status,
    /// [`Status::is_open`], for indexes.
    pub is_open: bool,
    /// How fast.
    pub priority: Priority,
    /// How grave.
    pub severity: Severity,
    /// What about, in the site's tree.
    pub category_id: Option<Id>,
    /// Where.
    pub location_id: Option<Id>,
    /// Which thing.
    pub equipment_id: Option<Id>,
    /// Which shop.
    pub shop_id: Option<Id>,
    /// Who asked, if they have an account.
    pub requester_id: Option<Id>,
    /// What they are at the site.
    pub requester_role: Role,
    /// Who wrote it down.
    pub filed_by_id: Id,
    /// Whom to ask for.
    pub contact_name: Option<String>,
    /// What others may see of the number to call.
    pub contact_phone_masked: Option<String>,
    /// In the requester's words.
    pub description: String,
    /// Who has it.
    pub department_id: Option<Id>,
    /// Who in particular.
    pub assignee_id: Option<Id>,
    /// Why work waits, while it does.
    pub pause_reason: Option<PauseReason>,
    /// What was done.
    pub result: Option<String>,
    /// 1 to 5, in this episode.
    pub rating_score: Option<i32>,
    /// How often it was passed on.
    pub bounces: i32,
    /// How often it was urged.
    pub urges: i32,
    /// How many others said "me too".
    pub followers: i32,
    /// How often it was reopened.
    pub reopens: i32,
    /// Counts changes, for `ETag`.
    pub version: i32,
    /// When the desk first took it.
    pub accepted_at: Option<Instant>,
    /// When it was last done.
    pub resolved_at: Option<Instant>,
    /// When it was over.
    pub closed_at: Option<Instant>,
    /// When it was reported.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When the desk heard of it: promises run from then. Earlier than `created_at` for a call written down later.
    pub received_at: Instant,
    /// How many photos came with the report.
    pub photos: i32,
    /// What is promised; `None` for tickets from before there were standards, and when nothing matches any more.
    pub standard_version_id: Option<Id>,
    /// The next deadline, also when it has passed.
    pub due_at: Option<Instant>,
    /// When work goes on by itself, while it waits.
    pub pause_ends_at: Option<Instant>,
    /// Why it was done late, in this episode.
    pub lateness_reason: Option<LatenessReason>,
    /// The incident it is part of, or what it was merged into.
    pub parent_id: Option<Id>,
}

/// An open report, and who made it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = tickets)]
#[allow(missing_docs, reason = "see Ticket")]
pub struct Alike {
    pub id: Id,
    pub requester_id: Option<Id>,
    pub contact_phone_masked: Option<String>,
    pub parent_id: Option<Id>,
}

/// The part of a ticket that moves change.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = tickets)]
#[diesel(treat_none_as_null = true)]
#[allow(missing_docs, reason = "see Ticket")]
pub struct Changed {
    pub status: Status,
    pub is_open: bool,
    pub department_id: Option<Id>,
    pub assignee_id: Option<Id>,
    pub pause_reason: Option<PauseReason>,
    pub result: Option<String>,
    pub rating_score: Option<i32>,
    pub bounces: i32,
    pub urges: i32,
    pub followers: i32,
    pub reopens: i32,
    pub version: i32,
    pub accepted_at: Option<Instant>,
    pub resolved_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub updated_at: Instant,
    pub priority: Priority,
    pub severity: Severity,
    pub category_id: Option<Id>,
    pub shop_id: Option<Id>,
    pub standard_version_id: Option<Id>,
    pub due_at: Option<Instant>,
    pub pause_ends_at: Option<Instant>,
    pub lateness_reason: Option<LatenessReason>,
    pub parent_id: Option<Id>,
}

impl From<&Ticket> for Changed {
    fn from(ticket: &Ticket) -> Self {
        Self {
            status: ticket.status,
            is_open: ticket.status.is_open(),
            department_id: ticket.department_id,
            assignee_id: ticket.assignee_id,
            pause_reason: ticket.pause_reason,
            result: ticket.result.clone(),
            rating_score: ticket.rating_score,
            bounces: ticket.bounces,
            urges: ticket.urges,
            followers: ticket.followers,
            reopens: ticket.reopens,
            version: ticket.version,
            accepted_at: ticket.accepted_at,
            resolved_at: ticket.resolved_at,
            closed_at: ticket.closed_at,
            updated_at: ticket.updated_at,
            priority: ticket.priority,
            severity: ticket.severity,
            category_id: ticket.category_id,
            shop_id: ticket.shop_id,
            standard_version_id: ticket.standard_version_id,
            due_at: ticket.due_at,
            pause_ends_at: ticket.pause_ends_at,
            lateness_reason: ticket.lateness_reason,
            parent_id: ticket.parent_id,
        }
    }
}

/// One line of a timeline.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = ticket_events)]
#[diesel(treat_none_as_default_value = false)]
pub struct Event {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The ticket.
    pub ticket_id: Id,
    /// When.
    pub at: Instant,
    /// Who; `None` for Yijian itself.
    pub actor_id: Option<Id>,
    /// What they were called then.
    pub actor_name: String,
    /// What they were then.
    pub actor_role: Role,
    /// What they did.
    pub action: Action,
    /// Where the ticket stood before; `None` at its opening.
    pub from_status: Option<Status>,
    /// Where it stood after.
    pub to_status: Status,
    /// Why.
    pub reason: Option<String>,
    /// In words.
    pub text: Option<String>,
    /// From where to where, and what else belongs to this action.
    pub detail: Option<Json>,
    /// Whether the requester may see it.
    pub is_public: bool,
}

/// One way from department to department.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = ticket_hops)]
#[diesel(treat_none_as_default_value = false)]
pub struct Hop {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The ticket.
    pub ticket_id: Id,
    /// How.
    pub kind: HopKind,
    /// Whence; `None` is the desk.
    pub from_department_id: Option<Id>,
    /// Whither; `None` is the desk.
    pub to_department_id: Option<Id>,
    /// By whom.
    pub actor_id: Id,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Instant,
}

impl Ticket {
    /// What a person is to this ticket.
    #[must_use]
    pub fn parts_of(&self, actor: &Actor) -> Vec<Part> {
        let role = actor.role_at(self.site_id);
        let mut parts = Vec::new();
        if role.is_desk() {
            parts.push(Part::Desk);
        }
        if role == Role::Technician
            && self.department_id.is_some()
            && actor.department_at(self.site_id) == self.department_id
        {
            parts.push(Part::Department);
        }
        if self.assignee_id == Some(actor.user_id) {
            parts.push(Part::Assignee);
        }
        if self.requester_id == Some(actor.user_id) {
            parts.push(Part::Requester);
        }
        if role == Role::Client && self.filed_by_id == actor.user_id {
            parts.push(Part::Filer);
        }
        parts
    }

    /// Whether a person may know how it was rated: whoever asked for it or has it, and the leads.
    #[must_use]
    pub fn shows_rating_to(&self, actor: &Actor) -> bool {
        let is_theirs = |part: &Part| matches!(part, Part::Assignee | Part::Requester | Part::Filer);
        actor.role_at(self.site_id).is_lead() || self.parts_of(actor).iter().any(is_theirs)
    }

    /// What somebody who is `parts` to this ticket can do with it now.
    #[must_use]
    pub fn allowed_to(&self, parts: &[Part], now: Instant) -> Vec<Action> {
        let mut actions = lifecycle::allowed(self.status, parts);
        actions.retain(|action| match action {
            Action::Grab => self.assignee_id.is_none(),
            Action::Pause => self.severity != Severity::Major,
            Action::Rate => self.rating_score.is_none(),
            Action::Reopen => self.resolved_at.is_none_or(|at| now <= at + REOPEN_WITHIN),
            Action::Investigate
            | Action::Offer
            | Action::Agree
            | Action::Conclude
            | Action::About
            | Action::Regulator => self.kind == Kind::Complaint,
            _ => true,
        });
        actions
    }

    /// Whether somebody speaks on it as who asked, and not for the mall: the desk, and whoever has it, answer also what
    /// they wrote down themselves.
    #[must_use]
    pub fn is_asked_by(&self, person: Option<Id>, role: Role) -> bool {
        person.is_some() && person == self.requester_id && person != self.assignee_id && !role.is_desk()
    }

    /// Whether a deadline has passed and something is left to be done.
    #[must_use]
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.is_open && self.due_at.is_some_and(|due| due <= latest_missed(now))
    }

    /// What people read out on the telephone: a letter for the kind and a number.
    #[must_use]
    pub fn number(&self) -> String {
        number(self.kind, self.seq)
    }
}

/// The latest deadline that has been missed by `now`: promises count in whole seconds, and what is done within the
/// second of its deadline is in time.
#[must_use]
pub fn latest_missed(now: Instant) -> Instant {
    now - SignedDuration::from_secs(1)
}

/// The number of the `seq`-th ticket.
#[must_use]
pub fn number(kind: Kind, seq: i64) -> String {
    let letter = match kind {
        Kind::Repair => 'R',
        Kind::Complaint => 'C',
        Kind::Inquiry => 'I',
        Kind::Request => 'Q',
    };
    format!("{letter}{seq:06}")
}

/// Whose tickets a person may know of.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The person: their own, those given to them, those they follow.
    pub user_id: Id,
    /// The sites whose desk they are at; `None` is all.
    pub desk_sites: Option<Vec<Id>>,
    /// The departments they work in: what these have or had.
    pub departments: Vec<Id>,
    /// Whether it is a third-party system: what it filed.
    pub is_client: bool,
}

impl From<&Actor> for Scope {
    fn from(actor: &Actor) -> Self {
        Self {
            user_id: actor.user_id,
            desk_sites: actor.desk_sites(),
            departments: actor.departments(),
            is_client: actor.scopes.is_some(),
        }
    }
}

impl Scope {
    /// Whether the person may know of a ticket for what stands on it now. They may also know of it for what it was:
    /// because they follow it, or because their department had it.
    #[must_use]
    pub fn knows(&self, ticket: &Ticket) -> bool {
        self.desk_sites.as_ref().is_none_or(|sites| sites.contains(&ticket.site_id))
            || [ticket.requester_id, ticket.assignee_id].contains(&Some(self.user_id))
            || ticket.department_id.is_some_and(|department| self.departments.contains(&department))
            || (self.is_client && ticket.filed_by_id == self.user_id)
    }
}
