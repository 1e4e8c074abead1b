//! Rows of stations and of the types of things that are lent.

use diesel::prelude::*;

use crate::db::schema::{rental_types, station_types, stations};
use crate::text_enum;
use crate::values::{Id, Instant, Json};

text_enum! {
    /// What a type of thing is, for maps and pictures.
    pub enum LendingKind {
        /// An umbrella.
        Umbrella = "umbrella",
        /// A power bank.
        PowerBank = "power_bank",
        /// A charging cable.
        ChargingCable = "charging_cable",
        /// A wheelchair.
        Wheelchair = "wheelchair",
        /// A stroller.
        Stroller = "stroller",
        /// Anything else.
        Other = "other",
    }
}

text_enum! {
    /// What a station is.
    pub enum StationKind {
        /// Staff hand out and take back; only while it is open.
        Desk = "desk",
        /// People help themselves, by scanning.
        Rack = "rack",
        /// A locker or power-bank cabinet, which reports by itself.
        Cabinet = "cabinet",
    }
}

/// A type of thing that is lent.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = rental_types)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub struct RentalType {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// Short name for operators.
    pub code: String,
    /// What it is.
    pub kind: LendingKind,
    /// Name for everyone.
    pub name: String,
    /// The rules it is lent by: a [`crate::rental::policy::Policy`].
    pub policy: Json,
    /// Counts changes, for `ETag`.
    pub version: i32,
    /// Since when.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Since when nothing of it is lent any more.
    pub retired_at: Option<Instant>,
}

/// Where things are borrowed and given back.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = stations)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub struct Station {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// Short name for operators.
    pub code: String,
    /// What it is.
    pub kind: StationKind,
    /// Name for everyone.
    pub name: String,
    /// Where it stands.
    pub location_id: Id,
    /// When it is open, if not always.
    pub calendar_id: Option<Id>,
    /// How many things it holds, if that is limited.
    pub slots: Option<i32>,
    /// In millionths of a degree north (WGS 84).
    pub latitude_e6: Option<i32>,
    /// In millionths of a degree east (WGS 84).
    pub longitude_e6: Option<i32>,
    /// Counts changes, for `ETag`.
    pub version: i32,
    /// Since when.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Since when it is no more.
    pub retired_at: Option<Instant>,
}

/// A type of thing that a station gives out and takes back.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = station_types)]
#[diesel(treat_none_as_default_value = false)]
pub struct StationType {
    /// The station.
    pub station_id: Id,
    /// The type.
    pub type_id: Id,
    /// With fewer than these to lend, more are to be brought.
    pub restock_below: Option<i32>,
    /// With more than these to lend, some are to be taken away.
    pub collect_above: Option<i32>,
}
