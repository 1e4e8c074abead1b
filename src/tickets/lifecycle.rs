//! The life of a ticket: one table of moves. Pure; nothing else decides what may happen next.
//!
//! ```text
//!            accept          assign             start               resolve          close / rate
//!   new ───────────▶ accepted ──────▶ assigned ───────▶ in_progress ───────▶ resolved ───────▶ closed
//!    │  ╲               ▲  ▲              │  ▲            │   ▲  pause          │                │
//!    │   ╲ assign       │  └── return ────┤  └─ transfer ─┤   └──────── paused  │                │
//!    │    ╲─────────────┼────────────────▶│               │      resume         │                │
//!    ▼                  └──────────────── reopen (to assigned, if it has a department) ◀──────────┘
//! cancelled, merged ── unmerge ──▶ new
//! ```

use crate::text_enum;

text_enum! {
    /// Where a ticket stands.
    pub enum Status {
        /// Reported; nobody has looked at it.
        New = "new",
        /// The desk has it.
        Accepted = "accepted",
        /// A department has it, perhaps a person.
        Assigned = "assigned",
        /// Somebody is at it.
        InProgress = "in_progress",
        /// Waiting for something, with a reason.
        Paused = "paused",
        /// Done, as far as we see.
        Resolved = "resolved",
        /// Done, as the requester sees it, or long enough ago.
        Closed = "closed",
        /// Withdrawn, or never was one.
        Cancelled = "cancelled",
        /// The same as another, which stays.
        Merged = "merged",
    }
}

text_enum! {
    /// Something that happens to a ticket: the moves of the table, and what else stands on a timeline.
    pub enum Action {
        /// It was reported.
        Open = "open",
        /// The desk takes it.
        Accept = "accept",
        /// The desk gives it to a department or person.
        Assign = "assign",
        /// A technician takes it from the department's pool.
        Grab = "grab",
        /// It goes to another department.
        Transfer = "transfer",
        /// It goes back to the desk.
        Return = "return",
        /// Work begins.
        Start = "start",
        /// Work waits.
        Pause = "pause",
        /// Work goes on.
        Resume = "resume",
        /// Somebody writes to the other side.
        Reply = "reply",
        /// Staff write among themselves.
        Note = "note",
        /// Work is done.
        Resolve = "resolve",
        /// It is over.
        Close = "close",
        /// It was not done after all.
        Reopen = "reopen",
        /// It is withdrawn.
        Cancel = "cancel",
        /// The requester asks where it stays (催单).
        Urge = "urge",
        /// The requester says how it was.
        Rate = "rate",
        /// Somebody else has the same trouble.
        Follow = "follow",
        /// Somebody looked at the requester's telephone number.
        ViewContact = "view_contact",
        /// It was passed on so often that the supervisor was told.
        Escalate = "escalate",
        /// The desk changes how fast, how grave, or what about.
        Regrade = "regrade",
        /// What happened, why, and who answers for it was found out.
        Investigate = "investigate",
        /// The person is offered something, or answered.
        Offer = "offer",
        /// The person says whether they agree.
        Agree = "agree",
        /// What came of it is written down.
        Conclude = "conclude",
        /// Whom it is about is said, or put right.
        About = "about",
        /// An authority passed it on, or its deadline was counted anew.
        Regulator = "regulator",
        /// Somebody asked the person afterwards how it was (回访).
        FollowUp = "follow_up",
        /// Somebody without an account was given a link by which to rate it.
        Survey = "survey",
        /// It is, or is not, the same trouble once more (返投诉, 返修).
        Repeat = "repeat",
        /// It was the same as another.
        Merge = "merge",
        /// It was not the same as the other after all.
        Unmerge = "unmerge",
        /// It became part of an incident.
        Attach = "attach",
        /// It was no part of it after all.
        Detach = "detach",
        /// A promise was missed.
        Breach = "breach",
        /// A missed promise was taken as no fault of the desk.
        Excuse = "excuse",
    }
}

impl Status {
    /// Whether something is still to be done.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Accepted | Self::Assigned | Self::InProgress | Self::Paused)
    }
}

/// What the caller is to a ticket; several may hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Desk staff of its site: agent, supervisor or admin.
    Desk,
    /// A technician of the department that has it.
    Department,
    /// The person it was given to.
    Assignee,
    /// The person who asked for it.
    Requester,
    /// The system that filed it for them: it looks on.
    Filer,
    /// Yijian itself: by a job, or because of what was done to the incident it is part of.
    System,
}

impl Part {
    /// Whether these are people who deal with it.
    #[must_use]
    pub const fn works_on_it(self) -> bool {
        !matches!(self, Self::Requester | Self::Filer)
    }
}

/// Where a move leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    /// Nowhere: the status stays.
    Same,
    /// To a status.
    Status(Status),
    /// To the department that had it, or to the desk if none had.
    Dispatch,
}

struct Move {
    action: Action,
    from: &'static [Status],
    to: To,
    by: &'static [Part],
}

use Action as A;
use Part::{Assignee, Department, Desk, Requester, System};
use Status as S;

const OPEN: &[Status] = &[S::New, S::Accepted, S::Assigned, S::InProgress, S::Paused];
const DISPATCHED: &[Status] = &[S::Assigned, S::InProgress, S::Paused];
const REMEMBERED: &[Status] = &[S::New, S::Accepted, S::Assigned, S::InProgress, S::Paused, S::Resolved, S::Closed];
const TALKING: &[Status] = &[S::New, S::Accepted, S::Assigned, S::InProgress, S::Paused, S::Resolved];

/// Every move there is. The first line that fits counts.
const MOVES: &[Move] = &[
    Move { action: A::Accept, from: &[S::New], to: To::Status(S::Accepted), by: &[Desk, System] },
    Move { action: A::Assign, from: OPEN, to: To::Status(S::Assigned), by: &[Desk] },
    Move { action: A::Grab, from: &[S::Assigned], to: To::Same, by: &[Department] },
    Move { action: A::Transfer, from: DISPATCHED, to: To::Status(S::Assigned), by: &[Desk, Department] },
    Move { action: A::Return, from: DISPATCHED, to: To::Status(S::Accepted), by: &[Department, Assignee] },
    Move { action: A::Start, from: &[S::Accepted], to: To::Status(S::InProgress), by: &[Desk] },
    Move { action: A::Start, from: &[S::Assigned], to: To::Status(S::InProgress), by: &[Assignee] },
    Move { action: A::Pause, from: &[S::InProgress], to: To::Status(S::Paused), by: &[Assignee, Desk] },
    Move { action: A::Resume, from: &[S::Paused], to: To::Status(S::InProgress), by: &[Assignee, Desk, System] },
    Move { action: A::Reply, from: TALKING, to: To::Same, by: &[Desk, Department, Assignee, Requester, System] },
    Move { action: A::Note, from: Status::ALL, to: To::Same, by: &[Desk, Department, Assignee] },
    Move { action: A::Resolve, from: &[S::Accepted], to: To::Status(S::Resolved), by: &[Desk] },
    Move { action: A::Resolve, from: DISPATCHED, to: To::Status(S::Resolved), by: &[Assignee, Desk] },
    Move { action: A::Resolve, from: OPEN, to: To::Status(S::Resolved), by: &[System] },
    Move { action: A::Close, from: &[S::Resolved], to: To::Status(S::Closed), by: &[Desk, Requester, System] },
    Move { action: A::Reopen, from: &[S::Resolved, S::Closed], to: To::Dispatch, by: &[Requester, Desk] },
    Move {
        action: A::Cancel,
        from: &[S::New, S::Accepted, S::Assigned],
        to: To::Status(S::Cancelled),
        by: &[Requester],
    },
    Move { action: A::Cancel, from: OPEN, to: To::Status(S::Cancelled), by: &[Desk, System] },
    Move { action: A::Merge, from: OPEN, to: To::Status(S::Merged), by: &[Desk] },
    Move { action: A::Unmerge, from: &[S::Merged], to: To::Status(S::New), by: &[Desk] },
    Move { action: A::Attach, from: OPEN, to: To::Same, by: &[Desk] },
    Move { action: A::Detach, from: OPEN, to: To::Same, by: &[Desk, System] },
    Move { action: A::Regrade, from: OPEN, to: To::Same, by: &[Desk] },
    Move { action: A::Investigate, from: REMEMBERED, to: To::Same, by: &[Desk, Department, Assignee] },
    Move { action: A::Offer, from: OPEN, to: To::Same, by: &[Desk, Assignee, System] },
    Move { action: A::Agree, from: TALKING, to: To::Same, by: &[Requester, Desk] },
    Move { action: A::Conclude, from: REMEMBERED, to: To::Same, by: &[Desk] },
    Move { action: A::About, from: REMEMBERED, to: To::Same, by: &[Desk] },
    Move { action: A::Regulator, from: REMEMBERED, to: To::Same, by: &[Desk] },
    Move { action: A::Urge, from: OPEN, to: To::Same, by: &[Requester] },
    Move { action: A::Rate, from: &[S::Resolved, S::Closed], to: To::Status(S::Closed), by: &[Requester, System] },
];

/// Why a move is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The caller may never do this to this ticket.
    NotYours,
    /// Not as it stands; the caller could do these instead.
    NotNow(Vec<Action>),
}

/// Where `action` takes a ticket that stands at `status`, if one of `parts` may do it now.
///
/// # Errors
/// [`Refused`].
pub fn step(status: Status, has_department: bool, parts: &[Part], action: Action) -> Result<Status, Refused> {
    let mine = |m: &&Move| m.action == action && m.by.iter().any(|part| parts.contains(part));
    if let Some(found) = MOVES.iter().filter(mine).find(|m| m.from.contains(&status)) {
        return Ok(match found.to {
            To::Same => status,
            To::Status(to) => to,
            To::Dispatch if has_department => Status::Assigned,
            To::Dispatch => Status::Accepted,
        });
    }
    let ever = MOVES.iter().any(|m| mine(&m));
    Err(if ever { Refused::NotNow(allowed(status, parts)) } else { Refused::NotYours })
}

/// What somebody who is `parts` to a ticket can do as it stands, in the order of the table.
#[must_use]
pub fn allowed(status: Status, parts: &[Part]) -> Vec<Action> {
    let mut actions = Vec::new();
    for m in MOVES {
        let may = m.from.contains(&status) && m.by.iter().any(|part| parts.contains(part));
        if may && !actions.contains(&m.action) {
            actions.push(m.action);
        }
    }
    actions
}
