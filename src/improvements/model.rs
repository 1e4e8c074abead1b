//! Rows of improvements.

use diesel::prelude::*;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::schema::improvements;
use crate::rates::measures::{Rate, Share};
use crate::rates::targets::Target;
use crate::sites::model::Kind;
use crate::text_enum;
use crate::values::{Id, Instant, Json};

/// So long there is for an improvement, from plan to check. Ours.
pub const DONE_WITHIN: SignedDuration = SignedDuration::from_hours(14 * 24);

text_enum! {
    /// How an improvement came about.
    pub enum ImprovementCause {
        /// The month was over, and its target missed.
        PeriodEnd = "period_end",
        /// The month was not over, and its target out of reach.
        EarlyWarning = "early_warning",
        /// A lead asked for it.
        ByHand = "by_hand",
    }
}

text_enum! {
    /// Where an improvement stands.
    pub enum ImprovementStatus {
        /// Somebody has to say what shall be done.
        Open = "open",
        /// It has to be done, and shown to be.
        Planned = "planned",
        /// Somebody else has to check it.
        Evidenced = "evidenced",
        /// It was checked, and is good.
        Closed = "closed",
    }
}

text_enum! {
    /// What went wrong.
    pub enum ImprovementProblem {
        /// A rate is not as aimed at.
        RateMissed = "rate_missed",
        /// More complaints came in than a month may have.
        TooManyComplaints = "too_many_complaints",
    }
}

impl ImprovementStatus {
    /// What can be done with it now.
    #[must_use]
    pub const fn steps(self) -> &'static [&'static str] {
        match self {
            Self::Open => &["plan"],
            Self::Planned => &["plan", "evidence"],
            Self::Evidenced => &["plan", "evidence", "verify"],
            Self::Closed => &[],
        }
    }
}

/// What is aimed at: a rate, of all tickets or of those of a kind; without a rate, the number of complaints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aim {
    /// The rate.
    pub rate: Option<Rate>,
    /// The kind.
    pub kind: Option<Kind>,
}

impl Aim {
    /// The number of complaints of a month.
    pub const COMPLAINTS: Self = Self { rate: None, kind: None };

    /// Which of the cases speak against us.
    #[must_use]
    pub const fn against(self, share: Share) -> i64 {
        match self.rate {
            Some(rate) if !rate.is_better_low() => share.denominator - share.numerator,
            _ => share.numerator,
        }
    }

    /// Whether it is kept: a share in ten-thousandths, or so many complaints. Over no cases nobody can say.
    #[must_use]
    pub fn is_met(self, target: i32, share: Share) -> Option<bool> {
        match self.rate {
            None => Some(share.numerator <= i64::from(target)),
            Some(_) if share.denominator == 0 => None,
            Some(rate) => Some(Target { rate, kind: self.kind, share: target, goal: None }.is_met(share)),
        }
    }
}

/// A department, category, shop or person, and what of it speaks against us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorstGroup {
    /// Its id; empty for the desk among departments.
    pub key: String,
    /// What it was called when the improvement was opened.
    pub name: Option<String>,
    /// How many cases speak against us.
    pub against: i64,
    /// Of how many.
    pub cases: i64,
}

/// Where the most cases lie that speak against us; of each sort the three with the most. Of what people said, only leads see
/// any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Worst {
    /// Departments.
    pub departments: Vec<WorstGroup>,
    /// Categories.
    pub categories: Vec<WorstGroup>,
    /// Shops.
    pub shops: Vec<WorstGroup>,
    /// Persons; only leads see them.
    pub persons: Vec<WorstGroup>,
}

/// An improvement. There is at most one for each site, month and aim.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = improvements)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub struct Improvement {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The site.
    pub site_id: Id,
    /// The first day of the month, `YYYY-MM-DD`.
    pub first_day: String,
    /// The rate; without, there were too many complaints.
    pub rate: Option<Rate>,
    /// The kind of ticket; without, all of them.
    pub ticket_kind: Option<Kind>,
    /// How it came about.
    pub cause: ImprovementCause,
    /// Where it stands.
    pub status: ImprovementStatus,
    /// The rate's numerator when it was opened; or how many complaints.
    pub numerator: i64,
    /// The rate's denominator; or how many tickets of all kinds.
    pub denominator: i64,
    /// What was aimed at: a share in ten-thousandths, or so many complaints.
    pub target: i32,
    /// A [`Worst`].
    pub worst: Json,
    /// Who answers for it; without, as in rows from before each had somebody, the supervisors.
    pub owner_id: Option<Id>,
    /// By when it shall be closed.
    pub due_at: Instant,
    /// When the admin was told that it is late.
    pub escalated_at: Option<Instant>,
    /// What shall be done.
    pub plan: Option<String>,
    /// Who said so.
    pub planned_by_id: Option<Id>,
    /// When.
    pub planned_at: Option<Instant>,
    /// What was done.
    pub evidence: Option<String>,
    /// Who says so.
    pub evidenced_by_id: Option<Id>,
    /// When.
    pub evidenced_at: Option<Instant>,
    /// What somebody else found; of the last check.
    pub check_note: Option<String>,
    /// Who.
    pub checked_by_id: Option<Id>,
    /// When.
    pub checked_at: Option<Instant>,
    /// The numerator over the thirty days up to the last check.
    pub numerator_after: Option<i64>,
    /// The denominator.
    pub denominator_after: Option<i64>,
    /// How often evidence was not good.
    pub rejections: i32,
    /// Counts changes, for `ETag`.
    pub version: i32,
    /// The lead who asked for it.
    pub created_by_id: Option<Id>,
    /// Since when.
    pub created_at: Instant,
}

impl Improvement {
    /// What was aimed at.
    #[must_use]
    pub const fn aim(&self) -> Aim {
        Aim { rate: self.rate, kind: self.ticket_kind }
    }
}

/// An improvement with the number that people read out.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = improvements)]
pub struct NumberedImprovement {
    /// Behind the number.
    pub seq: i64,
    /// The improvement.
    #[diesel(embed)]
    pub row: Improvement,
}

/// The number that people read out: `G000123`.
#[must_use]
pub fn number(seq: i64) -> String {
    format!("G{seq:06}")
}

/// What a list is narrowed to.
#[derive(Debug, Clone)]
pub struct Narrowed {
    /// Only this person's.
    pub owner_id: Option<Id>,
    /// The sites; `None` is every site.
    pub sites: Option<Vec<Id>>,
    /// Only at this status.
    pub status: Option<ImprovementStatus>,
    /// Only of this rate.
    pub rate: Option<Rate>,
    /// Only older ones.
    pub before: Option<Id>,
}
