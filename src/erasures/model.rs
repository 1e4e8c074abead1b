//! Rows of the deletion log. They name things, never people.

use diesel::prelude::*;

use crate::db::schema::erasures;
use crate::text_enum;
use crate::values::{Id, Instant};

text_enum! {
    /// Of what something was forgotten.
    pub enum Subject {
        /// Who made a claim.
        Claim = "claim",
        /// Who missed something.
        LostReport = "lost_report",
        /// Who found something.
        Finder = "finder",
        /// What only the owner of something found could know, and photos of papers and the like.
        FoundItem = "found_item",
        /// Who borrowed something without an account, or answered for a minor.
        Rental = "rental",
    }
}

/// Something was forgotten.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = erasures)]
#[diesel(treat_none_as_default_value = false)]
pub struct Erasure {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The site.
    pub site_id: Id,
    /// Of what.
    pub subject: Subject,
    /// Of which.
    pub subject_id: Id,
    /// Its number.
    pub number: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Instant,
}
