//! Rows of what may be the same thing, and of the fingerprints that are compared.

use diesel::prelude::*;

use crate::db::schema::{found_prints, lost_prints, matches};
use crate::text_enum;
use crate::values::{Id, Instant, Json};

text_enum! {
    /// What of an item may be shown to anyone.
    pub enum Shown {
        /// What it is, and its words.
        Described = "described",
        /// What it is: papers, cards, money.
        Bare = "bare",
        /// Nothing: dangerous goods.
        Hidden = "hidden",
    }
}

/// A report and an item that may be the same thing.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = matches)]
#[diesel(primary_key(report_id, item_id))]
#[diesel(treat_none_as_default_value = false)]
pub struct Match {
    /// The report.
    pub report_id: Id,
    /// The item.
    pub item_id: Id,
    /// How likely that is, 0 to 100.
    pub score: i32,
    /// Whether its reporter is told, going by nothing that is not public of the item.
    pub is_likely: bool,
    /// Why: [`crate::lost_found::likeness::Parts`].
    pub parts: Json,
    /// When the reporter was told.
    pub told_at: Option<Instant>,
    /// Since when it is thought.
    pub created_at: Instant,
}

/// The fingerprint of an item in custody.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = found_prints)]
pub struct FoundPrint {
    /// The site.
    pub site_id: Id,
    /// The number of its category.
    pub category: i32,
    /// When it was found.
    pub found_at: Instant,
    /// The item.
    pub item_id: Id,
    /// What of it may be shown to anyone.
    pub shown: Shown,
    /// The bytes.
    pub print: Vec<u8>,
}

/// The fingerprint of an open report.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = lost_prints)]
pub struct LostPrint {
    /// The site.
    pub site_id: Id,
    /// The number of its category.
    pub category: i32,
    /// The first moment it may have been lost.
    pub lost_from: Instant,
    /// The report.
    pub report_id: Id,
    /// The bytes.
    pub print: Vec<u8>,
}

/// Among what to look.
#[derive(Debug, Clone)]
pub struct Among {
    /// The site.
    pub site_id: Id,
    /// The numbers of the categories.
    pub categories: Vec<i32>,
    /// Not found, or lost, before.
    pub from: Instant,
    /// Not found, or lost, after.
    pub until: Instant,
}
