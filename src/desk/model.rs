//! What a wallboard is read from.

use crate::sites::model::Kind;
use crate::tickets::lifecycle::Status;
use crate::tickets::model::Severity;
use crate::values::{Id, Instant};

/// An open ticket with a deadline: what a room may know of it, and so neither words nor people.
#[derive(Debug, Clone, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = crate::db::schema::tickets)]
#[allow(missing_docs, reason = "see Ticket")]
pub struct DueRow {
    pub seq: i64,
    pub kind: Kind,
    pub status: Status,
    pub severity: Severity,
    pub category_id: Option<Id>,
    pub location_id: Option<Id>,
    pub shop_id: Option<Id>,
    pub due_at: Option<Instant>,
}

/// On which side of now a deadline lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It can still be met.
    ToCome,
    /// It was missed.
    Missed,
}
