//! Rows of survey links.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::schema::surveys;
use crate::values::{Id, Instant};

/// How long a link works: as long as a ticket can be opened again.
pub const WORKS_FOR: SignedDuration = crate::tickets::model::REOPEN_WITHIN;
/// How long it is remembered after that, to say so.
pub const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A link that was given out. Only what recognises it is kept here; the answer that gave it out may be remembered for a
/// day under its idempotency key.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = surveys)]
#[diesel(treat_none_as_default_value = false)]
pub struct Survey {
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// The ticket it is about.
    pub ticket_id: Id,
    /// How often that had been reopened.
    pub episode: i32,
    /// Who gave it out.
    pub issued_by_id: Id,
    /// Until when it works.
    pub expires_at: Instant,
    /// When it was used.
    pub used_at: Option<Instant>,
    /// When it was given out.
    pub created_at: Instant,
}
