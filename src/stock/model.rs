//! Rows of stock-takes.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::schema::stock_takes;
use crate::rental_units::model::UnitStatus;
use crate::text_enum;
use crate::values::{Id, Instant, Json};

text_enum! {
    /// What was done about a thing that was not where it should be.
    pub enum StockRemedy {
        /// Nothing: it was only counted, or is kept for somebody.
        Left = "left",
        /// It counts as lost.
        Lost = "lost",
        /// It belongs to this station now.
        Moved = "moved",
        /// The rental it was out on is over.
        Returned = "returned",
        /// It had been given up for lost, and turned up.
        Found = "found",
    }
}

/// A thing that was not where it should be.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    /// The thing.
    pub unit_id: Id,
    /// What stands on it.
    #[schema(example = "U-0001")]
    pub code: String,
    /// Where it stood before.
    pub status: UnitStatus,
    /// What was done about it.
    pub remedy: StockRemedy,
}

/// A station that was counted by hand.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_takes)]
#[diesel(treat_none_as_default_value = false)]
pub struct StockTake {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// The station.
    pub station_id: Id,
    /// Who counted.
    pub actor_id: Id,
    /// How many things should have been there.
    pub expected: i32,
    /// How many were.
    pub counted: i32,
    /// Those that were not: a list of [`Difference`].
    pub missing: Json,
    /// Those that should not have been: a list of [`Difference`].
    pub unexpected: Json,
    /// Whether something was done about it.
    pub is_applied: bool,
    /// When.
    pub created_at: Instant,
}
