//! Rows of follow-ups and of the attempts to reach somebody.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::schema::{follow_up_attempts, follow_ups};
use crate::text_enum;
use crate::values::{Id, Instant};

/// How soon after its resolution a matter is followed up. Ours.
pub const FIRST_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// How soon the supervisor goes to see who was not satisfied. Ours.
pub const SECOND_WITHIN: SignedDuration = SignedDuration::from_hours(48);
/// Who was not reached so often counts as not to be reached. Ours.
pub const ATTEMPTS_UNTIL_UNREACHABLE: usize = 3;
/// Tries that lie closer together count as one: whoever cannot answer now may answer after their meeting. Three span an
/// afternoon, and fit between [`FIRST_WITHIN`] and a good night. Ours.
pub const ATTEMPTS_APART: SignedDuration = SignedDuration::from_hours(2);

text_enum! {
    /// Why somebody is asked.
    pub enum Cause {
        /// Every complaint is followed up.
        Complaint = "complaint",
        /// The category says so.
        Category = "category",
        /// It closed and nobody had said how it was.
        Unrated = "unrated",
        /// It was rated badly.
        BadRating = "bad_rating",
        /// It was rated badly, and the person wants it done again.
        ReopenWanted = "reopen_wanted",
        /// The first follow-up found somebody who was not satisfied.
        Unsatisfied = "unsatisfied",
    }
}

text_enum! {
    /// Where a follow-up stands.
    pub enum FollowUpStatus {
        /// To be done.
        Open = "open",
        /// Done.
        Done = "done",
        /// Not needed any more: the ticket is open again, or over in another way.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// What came of it.
    pub enum FollowUpResult {
        /// All is well.
        Satisfied = "satisfied",
        /// It is not.
        Unsatisfied = "unsatisfied",
        /// Nobody was to be reached.
        Unreachable = "unreachable",
    }
}

text_enum! {
    /// How somebody was asked.
    pub enum Way {
        /// On the telephone.
        Call = "call",
        /// In person.
        Visit = "visit",
        /// In writing.
        Message = "message",
    }
}

/// A follow-up of a ticket; at most one first and one second are open at once.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = follow_ups)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub struct FollowUp {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The ticket.
    pub ticket_id: Id,
    /// Its site.
    pub site_id: Id,
    /// How often the ticket had been reopened.
    pub episode: i32,
    /// Whether it is the supervisor's.
    pub is_second: bool,
    /// Why somebody is asked.
    pub cause: Cause,
    /// Where it stands.
    pub status: FollowUpStatus,
    /// By when it shall be done.
    pub due_at: Instant,
    /// How often somebody tried.
    pub attempts: i32,
    /// What came of it.
    pub result: Option<FollowUpResult>,
    /// 1 to 5: how they were treated.
    pub attitude: Option<i32>,
    /// 1 to 5: how fast it went.
    pub speed: Option<i32>,
    /// 1 to 5: what was done.
    pub solution: Option<i32>,
    /// 1 to 5: all in all.
    pub overall: Option<i32>,
    /// In the person's words.
    pub comment: Option<String>,
    /// Who asked.
    pub done_by_id: Option<Id>,
    /// When.
    pub done_at: Option<Instant>,
    /// Counts changes, for `ETag`.
    pub version: i32,
    /// Since when it is to be done.
    pub created_at: Instant,
}

/// One try to reach somebody.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = follow_up_attempts)]
#[diesel(treat_none_as_default_value = false)]
pub struct Attempt {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The follow-up.
    pub follow_up_id: Id,
    /// When.
    pub at: Instant,
    /// Who tried.
    pub by_id: Id,
    /// What they were called then.
    pub by_name: String,
    /// How.
    pub way: Way,
    /// Whether they reached them.
    pub is_reached: bool,
    /// In words.
    pub note: Option<String>,
}

/// How many of the tries of a follow-up, oldest first, count: those that lie [`ATTEMPTS_APART`] from the one counted
/// before. Also from when on the next one would.
#[must_use]
pub fn count_apart(attempts: &[Attempt]) -> (usize, Option<Instant>) {
    attempts.iter().fold((0, None), |(count, next), attempt| {
        if next.is_none_or(|next| attempt.at >= next) {
            (count + 1, Some(attempt.at + ATTEMPTS_APART))
        } else {
            (count, next)
        }
    })
}

/// Whether the lot falls on a matter of which so many percent are asked about, when the dice show 0 to 99.
#[must_use]
pub const fn is_drawn(percent: i32, dice: i32) -> bool {
    dice < percent
}

/// What a list is narrowed to.
#[derive(Debug, Clone)]
pub struct Narrowed {
    /// Whose eyes it is for: what complains about them is left out.
    pub not_about: Id,
    /// The sites; `None` is every site.
    pub sites: Option<Vec<Id>>,
    /// One of them.
    pub site_id: Option<Id>,
    /// Only at this status.
    pub status: Option<FollowUpStatus>,
    /// Only the supervisor's, or only the first ones.
    pub is_second: Option<bool>,
    /// Only of this ticket.
    pub ticket_id: Option<Id>,
    /// Only what should (or need not) have been done by then.
    pub overdue: Option<(bool, Instant)>,
    /// Only older ones.
    pub before: Option<Id>,
}
