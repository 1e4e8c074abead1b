//! What the generator knows of the year it made: what reports have to find.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::values::Id;

/// The ground truth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// What the year was made from.
    pub seed: u64,
    /// How many tickets there are.
    pub tickets: u64,
    /// The mall's code.
    pub site: String,
    /// Months are those of this zone.
    pub time_zone: String,
    /// The first day.
    pub first_day: String,
    /// The day after the last.
    pub until: String,
    /// What was hidden in it.
    pub planted: Planted,
    /// What happened to the tickets that came in in each month.
    pub months: BTreeMap<String, Counts>,
}

/// The problems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planted {
    /// Complaints about it rise steeply in the last three months.
    pub shop: Subject,
    /// It begins late, solves late, and leaves much unsolved.
    pub department: Subject,
    /// They pause clocks that are about to run out.
    pub person: Subject,
    /// Everybody was late in this month.
    pub month: String,
}

/// Somebody or something with a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Its id.
    pub id: Id,
    /// Its code, or the name they sign in with.
    pub code: String,
    /// What it is called.
    pub name: String,
}

/// What happened to the tickets that came in in a month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names speak")]
pub struct Counts {
    pub tickets: u64,
    pub repairs: u64,
    pub complaints: u64,
    pub inquiries: u64,
    pub requests: u64,
    /// Complaints about the planted shop.
    pub shop_complaints: u64,
    /// Those that the planted department got.
    pub department_tickets: u64,
    /// Those of them that nobody ever solved or withdrew.
    pub department_unsolved: u64,
    /// First responses meant to be late.
    pub answered_late: u64,
    /// Repairs and complaints meant to be solved late.
    pub solved_late: u64,
    /// Never solved and never withdrawn, on purpose.
    pub unsolved: u64,
    pub cancelled: u64,
    /// How often something was resolved; some twice.
    pub resolutions: u64,
    pub pauses: u64,
    /// Pauses of the planted person, just before the deadline.
    pub pauses_near_due: u64,
    pub bounces: u64,
    pub urges: u64,
    pub reopened: u64,
    /// Done again, or complained of again, as the desk confirmed.
    pub repeats: u64,
    pub ratings: u64,
    /// 4 or 5 of 5.
    pub good_ratings: u64,
    pub surveys: u64,
    /// First follow-ups that were done.
    pub follow_ups: u64,
}
