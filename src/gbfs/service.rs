//! Filling the files of a feed from what a site lends.
//!
//! Rules:
//! - The feed is off until somebody is named to write to about it.
//! - A station without a position is not on any map: it is left out. So are people, single things, and what is reserved.

use std::sync::Arc;

use super::model::{
    Feed, Index, IndexEntry, Localized, StationInformation, StationPlace, StationStatus, StationStatuses,
    SystemInformation, TypeCount, VERSION, VehicleType, VehicleTypes,
};
use crate::app::Tx;
use crate::error::Error;
use crate::rental::policy::Returns;
use crate::rental_units::model::UnitStatus;
use crate::rental_units::service as units;
use crate::rentals::borrow::RESERVED_FOR;
use crate::sites::model::Site;
use crate::sites::service as sites;
use crate::stations::lending::{self, Lending, StationEntry, TypeEntry};
use crate::stations::model::StationKind;
use crate::stations::views::degrees;

/// What hardly changes may be kept so long, in seconds.
const KEPT: u32 = 300;
/// What there is just now may be kept so long, in seconds.
const KEPT_LIVE: u32 = 5;

/// The names of the files of a feed.
pub const FILES: [&str; 4] = ["system_information", "vehicle_types", "station_information", "station_status"];

fn feed<T>(tx: &Tx<'_>, ttl: u32, data: T) -> Feed<T> {
    Feed { last_updated: tx.now, ttl, version: VERSION, data }
}

fn open(tx: &mut Tx<'_>, site_code: &str) -> Result<(Site, Arc<Lending>, String), Error> {
    let off = || Error::NotFound("gbfs_feed_not_found");
    let email = tx.app.config.gbfs_contact_email.clone().ok_or_else(off)?;
    let site = sites::site_by_code(tx, site_code).map_err(|_| off())?;
    let lending = lending::of_site(tx, site.id)?;
    Ok((site, lending, email))
}

/// `gbfs.json`
///
/// # Errors
/// [`Error::NotFound`] for an unknown site, or if there is no feed.
pub fn index(tx: &mut Tx<'_>, site_code: &str) -> Result<Feed<Index>, Error> {
    let (site, _, _) = open(tx, site_code)?;
    let base = tx.app.config.public_url.trim_end_matches('/').to_owned();
    let entry = |name| IndexEntry { name, url: format!("{base}/gbfs/{}/{name}.json", site.code) };
    Ok(feed(tx, KEPT, Index { feeds: FILES.into_iter().map(entry).collect() }))
}

/// `system_information.json`
///
/// # Errors
/// As [`index`].
pub fn system_information(tx: &mut Tx<'_>, site_code: &str) -> Result<Feed<SystemInformation>, Error> {
    let (site, _, feed_contact_email) = open(tx, site_code)?;
    let data = SystemInformation {
        system_id: site.code,
        languages: vec!["zh"],
        name: Localized::chinese(&site.name),
        opening_hours: daily(&site.opens, &site.closes),
        feed_contact_email,
        timezone: site.time_zone,
    };
    Ok(feed(tx, KEPT, data))
}

/// `vehicle_types.json`
///
/// # Errors
/// As [`index`].
pub fn vehicle_types(tx: &mut Tx<'_>, site_code: &str) -> Result<Feed<VehicleTypes>, Error> {
    let (_, lending, _) = open(tx, site_code)?;
    let kinds = lending.types().into_iter().filter(|one| one.row.retired_at.is_none());
    Ok(feed(tx, KEPT, VehicleTypes { vehicle_types: kinds.map(vehicle_type).collect() }))
}

fn vehicle_type(kind: &TypeEntry) -> VehicleType {
    VehicleType {
        vehicle_type_id: kind.row.id.to_string(),
        form_factor: "other",
        propulsion_type: "human",
        name: Localized::chinese(&kind.row.name),
        default_reserve_time: kind.policy.is_reservable().then(|| RESERVED_FOR.as_mins()),
        return_constraint: match kind.policy.returns {
            Returns::AnyStation | Returns::SameType => "any_station",
            Returns::SameStation => "roundtrip_station",
        },
    }
}

/// `station_information.json`
///
/// # Errors
/// As [`index`].
pub fn station_information(tx: &mut Tx<'_>, site_code: &str) -> Result<Feed<StationInformation>, Error> {
    let (site, lending, _) = open(tx, site_code)?;
    let place = |station: &StationEntry, lat: f64, lon: f64| StationPlace {
        station_id: station.row.id.to_string(),
        name: Localized::chinese(&station.row.name),
        lat,
        lon,
        address: station.location.name.to_string(),
        station_opening_hours: match (station.row.kind, station.row.calendar_id) {
            (_, Some(_)) => None,
            (StationKind::Desk, None) => Some(daily(&site.opens, &site.closes)),
            (StationKind::Rack | StationKind::Cabinet, None) => Some("24/7".to_owned()),
        },
        parking_type: "other",
        capacity: station.row.slots,
        is_valet_station: station.row.kind == StationKind::Desk,
    };
    let stations = on_map(&lending).map(|(station, lat, lon)| place(station, lat, lon)).collect();
    Ok(feed(tx, KEPT, StationInformation { stations }))
}

/// `station_status.json`
///
/// # Errors
/// As [`index`].
pub fn station_status(tx: &mut Tx<'_>, site_code: &str) -> Result<Feed<StationStatuses>, Error> {
    let (site, lending, _) = open(tx, site_code)?;
    let counts = units::counts(tx, site.id)?;
    let now = tx.now;
    let status = |station: &StationEntry| {
        let count = |wanted: &[UnitStatus]| -> i64 {
            let here = counts.iter().filter(|one| one.station_id == Some(station.row.id));
            here.filter(|one| wanted.contains(&one.status)).map(|one| one.units).sum()
        };
        let of_type = |type_id| -> i64 {
            let here = counts.iter().filter(|one| one.station_id == Some(station.row.id) && one.type_id == type_id);
            here.filter(|one| one.status == UnitStatus::Available).map(|one| one.units).sum()
        };
        let free = station.free_slots(&counts);
        StationStatus {
            station_id: station.row.id.to_string(),
            // Only what is lent here, so that the types add up to it.
            num_vehicles_available: station.takes.iter().map(|one| of_type(one.type_id)).sum(),
            vehicle_types_available: station
                .takes
                .iter()
                .map(|one| TypeCount { vehicle_type_id: one.type_id.to_string(), count: of_type(one.type_id) })
                .collect(),
            num_vehicles_disabled: count(&[UnitStatus::ReturnedToCheck, UnitStatus::InRepair]),
            num_docks_available: free,
            is_installed: true,
            is_renting: station.is_open(now),
            is_returning: station.takes_back(now) && free != Some(0),
            last_reported: now,
        }
    };
    let stations = on_map(&lending).map(|(station, ..)| status(station)).collect();
    Ok(feed(tx, KEPT_LIVE, StationStatuses { stations }))
}

/// The stations that have a position, with it.
fn on_map(lending: &Lending) -> impl Iterator<Item = (&StationEntry, f64, f64)> {
    lending.stations().into_iter().filter(|one| one.row.retired_at.is_none()).filter_map(|one| {
        let (lat, lon) = one.row.latitude_e6.zip(one.row.longitude_e6)?;
        Some((one, degrees(lat), degrees(lon)))
    })
}

/// Every day from when to when, as OpenStreetMap writes it.
fn daily(opens: &str, closes: &str) -> String {
    format!("Mo-Su {opens}-{closes}")
}
