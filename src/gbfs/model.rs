//! The files of a feed, in the names that GBFS 3.0 gives them.

use serde::Serialize;

use crate::values::Instant;

/// The version of the specification.
pub const VERSION: &str = "3.0";

/// A file: what every one of them says, and what only this one does.
#[derive(Debug, Serialize)]
pub struct Feed<T> {
    /// When the data last changed, as far as we know: now.
    pub last_updated: Instant,
    /// For how many seconds it may be kept.
    pub ttl: u32,
    /// [`VERSION`].
    pub version: &'static str,
    /// The data.
    pub data: T,
}

/// A text in a language.
#[derive(Debug, Serialize)]
pub struct Localized {
    /// The text.
    pub text: String,
    /// BCP 47.
    pub language: &'static str,
}

impl Localized {
    /// A name as the mall gives it, which is Chinese.
    #[must_use]
    pub fn chinese(text: &str) -> Vec<Self> {
        vec![Self { text: text.to_owned(), language: "zh" }]
    }
}

/// `gbfs.json`
#[derive(Debug, Serialize)]
pub struct Index {
    /// The files there are.
    pub feeds: Vec<IndexEntry>,
}

/// A file of the feed.
#[derive(Debug, Serialize)]
pub struct IndexEntry {
    /// Its name.
    pub name: &'static str,
    /// Where it is.
    pub url: String,
}

/// `system_information.json`
#[derive(Debug, Serialize)]
pub struct SystemInformation {
    /// The code of the site.
    pub system_id: String,
    /// The languages of the texts.
    pub languages: Vec<&'static str>,
    /// The name of the site.
    pub name: Vec<Localized>,
    /// When it is open, as OpenStreetMap writes it.
    pub opening_hours: String,
    /// Whom to write to about the feed.
    pub feed_contact_email: String,
    /// IANA zone.
    pub timezone: String,
}

/// `vehicle_types.json`
#[derive(Debug, Serialize)]
pub struct VehicleTypes {
    /// What is lent.
    pub vehicle_types: Vec<VehicleType>,
}

/// A type of thing to lend.
#[derive(Debug, Serialize)]
pub struct VehicleType {
    /// Its id.
    pub vehicle_type_id: String,
    /// Always `other`: it is no vehicle.
    pub form_factor: &'static str,
    /// Always `human`: nothing drives it.
    pub propulsion_type: &'static str,
    /// What it is called.
    pub name: Vec<Localized>,
    /// How long one is kept for who reserves it, in minutes; only of what can be reserved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_reserve_time: Option<i64>,
    /// Where it may be given back.
    pub return_constraint: &'static str,
}

/// `station_information.json`
#[derive(Debug, Serialize)]
pub struct StationInformation {
    /// The stations that have a position.
    pub stations: Vec<StationPlace>,
}

/// Where a station is.
#[derive(Debug, Serialize)]
pub struct StationPlace {
    /// Its id.
    pub station_id: String,
    /// What it is called.
    pub name: Vec<Localized>,
    /// Degrees north (WGS 84).
    pub lat: f64,
    /// Degrees east (WGS 84).
    pub lon: f64,
    /// Where it stands in the mall.
    pub address: String,
    /// When it is open, as OpenStreetMap writes it; not of those that have a calendar of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub station_opening_hours: Option<String>,
    /// Always inside.
    pub parking_type: &'static str,
    /// How many things it holds, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i32>,
    /// Whether somebody hands out and takes back.
    pub is_valet_station: bool,
}

/// `station_status.json`
#[derive(Debug, Serialize)]
pub struct StationStatuses {
    /// The same stations.
    pub stations: Vec<StationStatus>,
}

/// What there is at a station just now.
#[derive(Debug, Serialize)]
pub struct StationStatus {
    /// Its id.
    pub station_id: String,
    /// How many can be borrowed.
    pub num_vehicles_available: i64,
    /// Of which types.
    pub vehicle_types_available: Vec<TypeCount>,
    /// How many are there and cannot be borrowed: to be checked, or in repair.
    pub num_vehicles_disabled: i64,
    /// How many more it can take, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_docks_available: Option<i64>,
    /// Always: what is not there is not listed.
    pub is_installed: bool,
    /// Whether one can borrow now.
    pub is_renting: bool,
    /// Whether one can give back now.
    pub is_returning: bool,
    /// When this was so.
    pub last_reported: Instant,
}

/// So many of a type.
#[derive(Debug, Serialize)]
pub struct TypeCount {
    /// The type.
    pub vehicle_type_id: String,
    /// How many.
    pub count: i64,
}
