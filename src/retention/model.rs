//! How long each class of things is kept, and rows of proposals to dispose of something.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::db::schema::{disposals, retention_profiles};
use crate::lost_found::categories::ValueClass;
use crate::sla::legal::Period;
use crate::text_enum;
use crate::values::{Id, Instant, Json};

text_enum! {
    /// In which days something is counted.
    pub enum DayKind {
        /// Legal working days.
        Working = "working",
        /// Days of the calendar; a last day that is no working day moves on.
        Calendar = "calendar",
    }
}

/// How long a class of things is kept. The last day ends the period, and the first is not counted (Civil Code art. 201–203).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetentionRule {
    /// Of what class.
    pub value_class: ValueClass,
    /// How many days; 0 calendar days is the same day.
    #[serde(deserialize_with = "crate::text::whole_number")]
    #[validate(range(min = 0, max = 366))]
    #[schema(minimum = 0, maximum = 366)]
    pub days: i32,
    /// In which days they are counted.
    pub day_kind: DayKind,
}

impl RetentionRule {
    /// The period it says.
    #[must_use]
    pub fn period(&self) -> Period {
        let days = u32::try_from(self.days).unwrap_or(0);
        match self.day_kind {
            DayKind::Working => Period::WorkingDays(days),
            DayKind::Calendar => Period::CalendarDays(days),
        }
    }
}

/// What a site keeps to until it says otherwise. Identity papers and dangerous goods go to the police the same day, the rest
/// after ten working days (the practice of Guangzhou's rule of 2021 for enterprises); what spoils is decided about by the
/// next day. Ours, and a site's lawyer should look at it.
pub const DEFAULTS: [RetentionRule; 6] = [
    RetentionRule { value_class: ValueClass::Ordinary, days: 10, day_kind: DayKind::Working },
    RetentionRule { value_class: ValueClass::Valuable, days: 10, day_kind: DayKind::Working },
    RetentionRule { value_class: ValueClass::Cash, days: 10, day_kind: DayKind::Working },
    RetentionRule { value_class: ValueClass::IdentityPaper, days: 0, day_kind: DayKind::Calendar },
    RetentionRule { value_class: ValueClass::Dangerous, days: 0, day_kind: DayKind::Calendar },
    RetentionRule { value_class: ValueClass::Perishable, days: 1, day_kind: DayKind::Calendar },
];

/// A version of how long a site keeps things.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = retention_profiles)]
#[diesel(treat_none_as_default_value = false)]
pub struct Profile {
    /// Identifier.
    pub id: Id,
    /// The site.
    pub site_id: Id,
    /// 1 for the first that was written; 0 stands for [`DEFAULTS`].
    pub version: i32,
    /// A list of [`RetentionRule`].
    pub rules: Json,
    /// Why it was changed.
    pub reason: Option<String>,
    /// Who did.
    pub created_by_id: Option<Id>,
    /// When.
    pub created_at: Instant,
}

text_enum! {
    /// What becomes of a thing that nobody claimed and the police do not take. It is never the mall's, nor anyone's of its
    /// people (Civil Code art. 318).
    pub enum DisposalMethod {
        /// It is destroyed: it spoils, or harms.
        Destroyed = "destroyed",
        /// It goes to whoever issued it: a card to its bank.
        ReturnedToIssuer = "returned_to_issuer",
        /// It goes to another authority than the police.
        GivenToAuthority = "given_to_authority",
    }
}

text_enum! {
    /// Where a proposal to dispose of something stands.
    pub enum DisposalStatus {
        /// One approval is there.
        Proposed = "proposed",
        /// Two are, and it was done.
        Done = "done",
        /// The second person refused.
        Refused = "refused",
        /// The item went elsewhere meanwhile.
        Withdrawn = "withdrawn",
    }
}

/// A proposal to dispose of an item otherwise than to its owner or the police.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = disposals)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub struct Disposal {
    /// Identifier.
    pub id: Id,
    /// The item.
    pub item_id: Id,
    /// Its site.
    pub site_id: Id,
    /// Where it stands.
    pub status: DisposalStatus,
    /// What shall become of it.
    pub method: DisposalMethod,
    /// What allows that.
    pub legal_basis: String,
    /// Why.
    pub reason: String,
    /// Who approved first.
    pub proposed_by_id: Id,
    /// When.
    pub proposed_at: Instant,
    /// Who decided.
    pub decided_by_id: Option<Id>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Why it was refused.
    pub decision_reason: Option<String>,
}
