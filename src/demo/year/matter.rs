//! A matter of the year: what it is about, and what is done to it and when.

use std::collections::VecDeque;
use std::sync::Arc;

use super::cast::Colleague;
use crate::accounts::model::SignedIn;
use crate::sites::model::{Kind, Priority};
use crate::tickets::model::PauseReason;
use crate::values::{Id, Instant};

/// Something that is done to a ticket.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    Open,
    Accept,
    Reply,
    /// The supervisor says how grave it is, if the rules think it graver than it stands.
    Grade,
    /// To the department, or to somebody in it.
    Assign {
        in_person: bool,
    },
    /// To a department that has nothing to do with it.
    Misroute,
    /// From there to the right one, or back to the desk.
    PassOn {
        back: bool,
    },
    Grab,
    Start,
    Pause {
        reason: PauseReason,
        until: Option<Instant>,
        near_due: bool,
    },
    Resume,
    Investigate,
    Offer,
    Agree,
    Resolve,
    Conclude,
    Urge,
    Follow,
    Cancel,
    Reopen,
    Rate(i32),
    Survey,
    Answer(i32),
    /// Somebody tries to reach the person, in vain.
    Try,
    /// Somebody asks the person how it was.
    Ask(Said),
    /// The supervisor does.
    AskAgain,
    /// The same trouble comes up again.
    Recur,
    /// The desk says that this is the same trouble as that ticket.
    Confirm(Id),
}

/// What a person says who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Satisfied,
    Unsatisfied,
    Nothing,
}

/// Where a matter is.
#[derive(Debug, Clone)]
pub(super) enum Whereabouts {
    Scene(String),
    Spot(Id),
    Shop(Id),
}

/// Who has a matter.
#[derive(Debug, Clone)]
pub(super) enum Who {
    /// With the mini-program.
    Account(SignedIn),
    /// At the telephone or at the desk.
    Caller { name: String, phone: String, channel: &'static str },
}

/// What a matter is about.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) kind: Kind,
    pub(super) category: Option<Id>,
    pub(super) at: Whereabouts,
    pub(super) says: String,
    pub(super) done: String,
    pub(super) priority: Priority,
    /// Dangerous: never waits, and is investigated.
    pub(super) is_safety: bool,
    /// About the shop that gets worse.
    pub(super) is_of_bad_shop: bool,
    pub(super) who: Who,
    /// The department that will have it; `None` is the desk.
    pub(super) team: Option<String>,
}

/// A ticket on its way.
pub(super) struct Matter {
    pub(super) subject: Subject,
    pub(super) id: Id,
    pub(super) month: String,
    pub(super) agent: Arc<Colleague>,
    /// Who asks afterwards: somebody else.
    pub(super) asker: Arc<Colleague>,
    pub(super) worker: Option<Arc<Colleague>>,
    pub(super) token: Option<String>,
    pub(super) acts: VecDeque<(Instant, Act)>,
}
