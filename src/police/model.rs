//! Rows of hand-overs to the police.

use diesel::prelude::*;

use crate::db::schema::police_handovers;
use crate::values::{Id, Instant};

/// A hand-over to the police.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = police_handovers)]
#[diesel(treat_none_as_default_value = false)]
pub struct PoliceHandover {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The site.
    pub site_id: Id,
    /// To which station.
    pub station: String,
    /// To whom there.
    pub officer: String,
    /// Their number for it.
    pub reference: Option<String>,
    /// Who gave it.
    pub handed_by_id: Id,
    /// What they were called then.
    pub handed_by_name: String,
    /// Who stood by.
    pub witness_name: Option<String>,
    /// How many items.
    pub items: i32,
    /// When.
    pub created_at: Instant,
}

/// A hand-over with the number that people read out.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = police_handovers)]
pub struct Numbered {
    /// Behind the number.
    pub seq: i64,
    /// The hand-over.
    #[diesel(embed)]
    pub handover: PoliceHandover,
}

/// The number that people read out: `P000123`.
#[must_use]
pub fn number(seq: i64) -> String {
    format!("P{seq:06}")
}
