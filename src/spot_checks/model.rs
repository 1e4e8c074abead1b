//! Rows of spot checks: checklists, rounds, what was drawn, and what was found.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::db::schema::{spot_check_results, spot_check_tickets, spot_checklists, spot_checks};
use crate::sites::model::Kind;
use crate::text::Text;
use crate::text_enum;
use crate::values::{Id, Instant, Json};

/// A round is about so many days at most: who answers for what is older does not remember it.
pub const LONGEST_DAYS: i32 = 92;

text_enum! {
    /// How the tickets of a round were chosen.
    pub enum SpotCheckMethod {
        /// By lot: each ticket of the period as likely as any other.
        Random = "random",
        /// By hand.
        Targeted = "targeted",
    }
}

text_enum! {
    /// Where a round stands.
    pub enum SpotCheckStatus {
        /// Records are left to be checked.
        Open = "open",
        /// Every record has its result.
        Done = "done",
        /// A lead ended it before that.
        Closed = "closed",
    }
}

text_enum! {
    /// How a record answers to an item of the checklist.
    pub enum SpotCheckAnswer {
        /// It is as it should be.
        Yes = "yes",
        /// It is not.
        No = "no",
        /// The item does not concern it.
        NotApplicable = "not_applicable",
    }
}

/// One thing that is looked at in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistItem {
    /// What answers name it by; stays the same when its words change.
    #[schema(example = "times")]
    pub key: Text<40>,
    /// In words.
    #[schema(example = "受理、到场等时间属实")]
    pub label: Text<200>,
    /// Whether each record must be held against it.
    pub required: bool,
}

/// What a record was found to be, with the words that the item had then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckedItem {
    /// The item's key.
    pub item: String,
    /// The item in words.
    pub label: String,
    /// How the record answers to it.
    pub answer: SpotCheckAnswer,
    /// In words.
    pub note: Option<String>,
}

/// What a site looks at in a record, as one version of it says.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = spot_checklists)]
pub struct Checklist {
    /// The site.
    pub site_id: Id,
    /// Counts versions from 1.
    pub version: i32,
    /// [`ChecklistItem`]s.
    pub items: Json,
    /// Why they were changed.
    pub reason: String,
    /// By whom.
    pub created_by_id: Id,
    /// When.
    pub created_at: Instant,
}

/// A round: tickets of a period that are held against the checklist as it was then.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = spot_checks)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub struct SpotCheck {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The site.
    pub site_id: Id,
    /// How its tickets were chosen.
    pub method: SpotCheckMethod,
    /// Where it stands.
    pub status: SpotCheckStatus,
    /// The first day, `YYYY-MM-DD`, on which the desk heard of its tickets.
    pub from_day: String,
    /// The last day.
    pub to_day: String,
    /// How many were asked for.
    pub size: i32,
    /// Of how many they were drawn.
    pub population: i32,
    /// Only of this kind.
    pub ticket_kind: Option<Kind>,
    /// Only of this category.
    pub category_id: Option<Id>,
    /// Only of this department.
    pub department_id: Option<Id>,
    /// Only what this person answers for.
    pub person_id: Option<Id>,
    /// The version of the checklist; 0 is the one that Yijian comes with.
    pub checklist_version: i32,
    /// [`ChecklistItem`]s, as they were.
    pub items: Json,
    /// What it is for.
    pub note: Option<String>,
    /// The lead who drew.
    pub created_by_id: Id,
    /// When.
    pub created_at: Instant,
    /// Why it was ended early.
    pub close_reason: Option<String>,
    /// By whom.
    pub closed_by_id: Option<Id>,
    /// When it was over, either way.
    pub ended_at: Option<Instant>,
    /// Counts changes, for `ETag`.
    pub version: i32,
}

/// A ticket of a round. A ticket is in at most one open round: a unique index sees to it.
#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = spot_check_tickets)]
pub struct DrawnTicket {
    /// The round.
    pub spot_check_id: Id,
    /// The ticket.
    pub ticket_id: Id,
    /// Whether the round is open.
    pub is_open: bool,
}

/// What somebody found in a record. One that is corrected stays, beside the one in its place.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = spot_check_results)]
#[diesel(treat_none_as_default_value = false)]
pub struct RecordResult {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The site.
    pub site_id: Id,
    /// The round.
    pub spot_check_id: Id,
    /// The ticket.
    pub ticket_id: Id,
    /// Who answered for the record then, if anybody did.
    pub person_id: Option<Id>,
    /// The department that had the ticket then; `None` is the desk.
    pub department_id: Option<Id>,
    /// Whether nothing was wrong with it.
    pub is_correct: bool,
    /// [`CheckedItem`]s.
    pub answers: Json,
    /// In words.
    pub note: Option<String>,
    /// Why it takes the place of the one before.
    pub reason: Option<String>,
    /// Who looked.
    pub checked_by_id: Id,
    /// When.
    pub checked_at: Instant,
    /// Whether it stands.
    pub is_current: bool,
}

/// Which results a list shows.
#[derive(Debug, Clone)]
pub struct NarrowedResults {
    /// Of what this person answered for.
    pub person_id: Id,
    /// The sites; `None` is every site.
    pub sites: Option<Vec<Id>>,
    /// Only those that were correct, or were not.
    pub is_correct: Option<bool>,
    /// Whose eyes it is for: what complains about them is left out.
    pub not_about: Id,
    /// Only older ones.
    pub before: Option<Id>,
}
