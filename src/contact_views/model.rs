//! Rows of the log of looks. They name things, and the mall's own people.

use diesel::prelude::*;

use crate::db::schema::contact_views;
use crate::text_enum;
use crate::values::{Id, Instant};

text_enum! {
    /// Whose number was looked at.
    pub enum Whose {
        /// Of who misses something.
        LostReport = "lost_report",
        /// Of who says it is theirs.
        Claim = "claim",
        /// Of who found something.
        Finder = "finder",
    }
}

/// Somebody looked.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = contact_views)]
#[diesel(treat_none_as_default_value = false)]
pub struct ContactView {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The site.
    pub site_id: Id,
    /// Whose number it was.
    pub subject: Whose,
    /// The report, claim or item.
    pub subject_id: Id,
    /// Its number.
    pub number: String,
    /// Who looked.
    pub viewer_id: Id,
    /// When.
    pub at: Instant,
}
