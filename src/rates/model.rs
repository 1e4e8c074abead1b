//! Rows of what each ticket counts for, and of the sums.

use diesel::prelude::*;

use super::measures::{Counts, Rate, RatePart};
use crate::db::schema::{rate_changes, rate_facts, rate_rollups, rate_targets};
use crate::sites::model::Kind;
use crate::text_enum;
use crate::tickets::model::Severity;
use crate::values::{Id, Instant, Json};

text_enum! {
    /// What of a ticket a fact is about.
    pub enum FactKind {
        /// The ticket itself.
        Ticket = "ticket",
        /// Its first answer, where it is somebody else's than the ticket.
        Answer = "answer",
        /// Its time with the desk or with one department.
        Hop = "hop",
        /// A time it waited.
        Pause = "pause",
        /// A follow-up, made or to be made.
        FollowUp = "follow_up",
        /// A check of its records.
        Check = "check",
    }
}

text_enum! {
    /// How long a sum's period is.
    pub enum Grain {
        /// A day at the site.
        Day = "day",
        /// A month at the site.
        Month = "month",
    }
}

text_enum! {
    /// By what sums are kept apart, besides the kind of ticket.
    pub enum Dimension {
        /// By nothing: the site.
        Total = "total",
        /// By department; the desk has no name.
        Department = "department",
        /// By person.
        Person = "person",
        /// By shop.
        Shop = "shop",
        /// By category.
        Category = "category",
        /// By severity.
        Severity = "severity",
        /// By weekday and hour: `1-00` is Monday after midnight.
        Hour = "hour",
        /// By why it was late.
        LatenessReason = "lateness_reason",
        /// By who paused, and why: `person/reason`.
        Pause = "pause",
        /// By category and place: `category/place`.
        Topic = "topic",
    }
}

/// A mark that a ticket counts differently now; the database itself sets it (triggers in the migrations).
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = rate_changes)]
pub struct Mark {
    /// Counts up.
    pub seq: i64,
    /// The ticket.
    pub ticket_id: Id,
}

/// What a part of a ticket counts for.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rate_facts)]
#[diesel(treat_none_as_default_value = false)]
pub struct Fact {
    /// The ticket.
    pub ticket_id: Id,
    /// Numbers the parts of a ticket.
    pub part: i32,
    /// What of the ticket it is about.
    pub kind: FactKind,
    /// Orders tickets by when the desk heard of them: an id of that moment, the same for all parts.
    pub place: Id,
    /// The site.
    pub site_id: Id,
    /// The day at the site on which the desk heard of it, `YYYY-MM-DD`.
    pub day: String,
    /// Hours since that week's Monday.
    pub hour: i32,
    /// The ticket's kind.
    pub ticket_kind: Kind,
    /// The ticket's category.
    pub category_id: Option<Id>,
    /// The ticket's severity.
    pub severity: Severity,
    /// The department it counts for; `None` is the desk.
    pub department_id: Option<Id>,
    /// The person it counts for.
    pub person_id: Option<Id>,
    /// The shop.
    pub shop_id: Option<Id>,
    /// The place.
    pub location_id: Option<Id>,
    /// Why the ticket was late, or why it waited.
    pub reason: Option<String>,
    /// The rates that have it in their numerator, a bit each.
    pub numerator_of: i32,
    /// In their denominator.
    pub denominator_of: i32,
    /// Among what is pending.
    pub pending_of: i32,
    /// Among what speaks against us.
    pub missed_of: i32,
    /// Among what is excluded.
    pub excluded_of: i32,
    /// What it counts for.
    pub counts: Json,
    /// When it counts differently without anybody doing anything.
    pub changes_at: Option<Instant>,
}

/// A sum.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rate_rollups)]
#[diesel(treat_none_as_default_value = false)]
pub struct Rollup {
    /// The site.
    pub site_id: Id,
    /// How long its period is.
    pub grain: Grain,
    /// By what it is kept apart.
    pub dimension: Dimension,
    /// The first day of the period, `YYYY-MM-DD`.
    pub first_day: String,
    /// Which of the dimension.
    pub key: String,
    /// The kind of ticket.
    pub ticket_kind: Kind,
    /// The sum.
    pub counts: Json,
}

/// Which sum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "see Rollup")]
pub struct RollupKey {
    pub site_id: Id,
    pub grain: Grain,
    pub dimension: Dimension,
    pub first_day: String,
    pub key: String,
    pub ticket_kind: Kind,
}

impl FactKind {
    /// What counts wherever its ticket does, if not for the same person.
    pub(super) const OF_TICKETS: [Self; 3] = [Self::Ticket, Self::Answer, Self::FollowUp];
}

impl Fact {
    /// What it counts for.
    #[must_use]
    pub fn counted(&self) -> Counts {
        Counts::from_json(&self.counts)
    }

    /// The rates in which it plays a part, a bit each.
    #[must_use]
    pub const fn rates_of(&self, part: RatePart) -> i32 {
        match part {
            RatePart::Numerator => self.numerator_of,
            RatePart::Denominator => self.denominator_of,
            RatePart::Missed => self.missed_of,
            RatePart::Pending => self.pending_of,
            RatePart::Excluded => self.excluded_of,
        }
    }

    /// Which of a dimension it belongs to, if it belongs to any.
    #[must_use]
    pub fn key(&self, dimension: Dimension) -> Option<String> {
        let name = |id: Id| id.to_string();
        let is_ticket = FactKind::OF_TICKETS.contains(&self.kind);
        match dimension {
            Dimension::Total => Some(String::new()),
            Dimension::Department => Some(self.department_id.map_or_else(String::new, name)),
            Dimension::Person => self.person_id.map(name),
            Dimension::Shop => self.shop_id.map(name),
            Dimension::Category => self.category_id.map(name),
            Dimension::Severity => Some(self.severity.as_str().to_owned()),
            Dimension::Hour => is_ticket.then(|| format!("{}-{:02}", self.hour / 24 + 1, self.hour % 24)),
            Dimension::LatenessReason => self.reason.clone().filter(|_| is_ticket),
            Dimension::Pause => {
                let reason = self.reason.as_ref().filter(|_| self.kind == FactKind::Pause)?;
                Some(format!("{}/{reason}", self.person_id.map_or_else(String::new, name)))
            }
            Dimension::Topic => {
                let category = self.category_id.filter(|_| is_ticket)?;
                Some(format!("{category}/{}", self.location_id.map_or_else(String::new, name)))
            }
        }
    }
}

impl Dimension {
    /// Whether something could be called so in this dimension.
    #[must_use]
    pub fn has(self, key: &str) -> bool {
        let is_id = |text: &str| text.parse::<Id>().is_ok();
        match self {
            Self::Total => key.is_empty(),
            Self::Department | Self::Shop | Self::Category => key.is_empty() || is_id(key),
            Self::Person => is_id(key),
            Self::Severity => key.parse::<Severity>().is_ok(),
            Self::LatenessReason => !key.is_empty(),
            Self::Hour => hour_of_week(key).is_some(),
            Self::Pause => key
                .split_once('/')
                .is_some_and(|(person, reason)| (person.is_empty() || is_id(person)) && !reason.is_empty()),
            Self::Topic => key
                .split_once('/')
                .is_some_and(|(category, place)| is_id(category) && (place.is_empty() || is_id(place))),
        }
    }
}

/// Hours since that week's Monday, of a key like `1-00`.
#[must_use]
pub fn hour_of_week(key: &str) -> Option<i32> {
    let (weekday, hour) = key.split_once('-')?;
    let (weekday, hour): (i32, i32) = (weekday.parse().ok()?, hour.parse().ok()?);
    ((1..=7).contains(&weekday) && (0..24).contains(&hour)).then_some((weekday - 1) * 24 + hour)
}

/// What a site aims at, as one version of it says.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rate_targets)]
pub struct TargetRow {
    /// The site.
    pub site_id: Id,
    /// Counts versions from 1.
    pub version: i32,
    /// The targets.
    pub targets: Json,
    /// Why they were changed.
    pub reason: String,
    /// By whom.
    pub created_by_id: Id,
    /// When.
    pub created_at: Instant,
}

/// Which tickets behind a rate are asked for.
#[derive(Debug, Clone)]
pub struct Behind {
    /// The site.
    pub site_id: Id,
    /// The rate.
    pub rate: Rate,
    /// Which part of it.
    pub part: RatePart,
    /// From this place on.
    pub from: Id,
    /// Up to before this one.
    pub end: Id,
    /// Only of this kind.
    pub ticket_kind: Option<Kind>,
    /// Only of these of some dimensions, all at once.
    pub of: Vec<(Dimension, String)>,
    /// Without what complains about this person; for readers one does not know, about any of the staff.
    pub not_about: Option<Id>,
}
