//! Putting reports of devices into effect.
//!
//! Rules:
//! - A report has a name of its own and counts once. Under a name that was used for something else it is refused.
//! - A device may have a wrong clock: it says what its clock showed when it sent, and all its times are put right by the
//!   difference to ours. What lies ahead of its own sending is refused, and what is older than thirty days.
//! - What came back ends the rental it was out on at the time the device says, so nobody pays for a slow network. What lies
//!   before that rental began belongs to an earlier one, and changes nothing.
//! - Of batteries and faults, what happened last counts, whatever came last.
//! - What is refused changes nothing, and keeps nothing else of the same sending back; nor does what cannot be read.

use std::sync::Arc;

use jiff::SignedDuration;
use serde::Deserialize as _;
use serde_json::Value;
use validator::Validate as _;

use super::api::{DeviceReportItem, ReportResult, ReportResults, SendReports};
use super::model::{DeviceReport, DeviceReportKind, ReportOutcome};
use super::repo;
use crate::accounts::model::{Device, Role};
use crate::accounts::service as accounts;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::http::input;
use crate::rental_units::model::{UnitMove, UnitStatus};
use crate::rental_units::record::{self, Because};
use crate::rentals::model::ReturnedBy;
use crate::rentals::returns::Back;
use crate::rentals::{money, service as rentals};
use crate::stations::lending::{self, Lending};
use crate::text::Text;
use crate::values::{Id, Instant};

/// Reports older than this are of no use any more. Ours.
const OLDEST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// So long a repeated report is known again. Ours: longer than [`OLDEST`], so that none counts twice.
const KEPT: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What became of a report: an outcome, and why it was refused.
type Outcome = (ReportOutcome, Option<&'static str>);

const APPLIED: Outcome = (ReportOutcome::Applied, None);
const STALE: Outcome = (ReportOutcome::Stale, None);

/// Takes reports in, in the order in which they were sent, each in a transaction of its own: what others do at the same
/// stations waits for one report and not for a hundred.
///
/// # Errors
/// As the database; what is wrong with a report is said beside it.
pub async fn take_all(app: &Arc<App>, device: &Device, command: SendReports) -> Result<ReportResults, Error> {
    let SendReports { sent_at, reports } = command;
    let mut results = Vec::with_capacity(reports.len());
    for raw in &reports {
        let device = device.clone();
        results.push(match read(raw) {
            Some(report) => app.write(move |tx| take(tx, &device, sent_at, &report)).await?,
            None => malformed(raw),
        });
    }
    Ok(ReportResults { results })
}

/// A report as it came, if it is one.
fn read(raw: &Value) -> Option<DeviceReportItem> {
    input::parse_part::<DeviceReportItem>("", raw.clone()).ok().filter(|report| report.validate().is_ok())
}

/// What is said of a report that is none: by its name, if that at least can be read.
fn malformed(raw: &Value) -> ReportResult {
    let name = raw.get("report_id").and_then(|name| Text::<64>::deserialize(name).ok());
    ReportResult {
        report_id: name.map(Text::into_string),
        outcome: ReportOutcome::Refused,
        code: Some("device_report_malformed"),
    }
}

/// Takes a report in.
///
/// # Errors
/// As [`take_all`].
pub fn take(
    tx: &mut Tx<'_>,
    device: &Device,
    sent_at: Instant,
    report: &DeviceReportItem,
) -> Result<ReportResult, Error> {
    // What one system sends is taken in one after the other.
    accounts::lock_person(tx, device.user_id)?;
    let report_id = String::from(&*report.report_id);
    let fingerprint = fingerprint(report);
    let (outcome, code) = match repo::find(tx.conn, device.user_id, &report_id)? {
        Some(known) if known.fingerprint == fingerprint => (ReportOutcome::Duplicate, None),
        Some(_) => (ReportOutcome::Refused, Some("device_report_reused")),
        None => apply(tx, device, sent_at, report)?,
    };
    // What was refused may be sent again once the reason is gone.
    if matches!(outcome, ReportOutcome::Applied | ReportOutcome::Stale) {
        let row = DeviceReport {
            client_id: device.user_id,
            report_id: report_id.clone(),
            fingerprint,
            outcome,
            device_at: report.at,
            received_at: tx.now,
        };
        repo::insert(tx.conn, &row)?;
    }
    Ok(ReportResult { report_id: Some(report_id), outcome, code })
}

fn fingerprint(report: &DeviceReportItem) -> Vec<u8> {
    let DeviceReportItem { report_id: _, kind, station_id, unit, at, battery_percent, fault } = report;
    let battery = battery_percent.map_or_else(String::new, |percent| percent.to_string());
    crate::vault::sha256(&[
        kind.as_str().as_bytes(),
        station_id.0.as_bytes(),
        unit.as_bytes(),
        at.to_string().as_bytes(),
        battery.as_bytes(),
        fault.as_deref().unwrap_or_default().as_bytes(),
    ])
}

/// Puts a report into effect. What a rule refuses is an outcome here and not an error: everything is looked at before anything
/// is changed.
fn apply(tx: &mut Tx<'_>, device: &Device, sent_at: Instant, report: &DeviceReportItem) -> Result<Outcome, Error> {
    let refused = |code| Ok((ReportOutcome::Refused, Some(code)));
    if report.at > sent_at {
        return refused("device_time_ahead");
    }
    let at = tx.now - sent_at.since(report.at);
    if at < tx.now - OLDEST {
        return refused("device_report_too_old");
    }
    let site_id = match lending::site_of(tx, report.station_id) {
        Ok(site_id) if device.role_at(site_id) == Role::Client => site_id,
        Ok(_) | Err(Error::NotFound(_)) => return refused("station_not_found"),
        Err(error) => return Err(error),
    };
    let lending = lending::of_site(tx, site_id)?;
    if lending.station(report.station_id)?.row.retired_at.is_some() {
        return refused("station_not_found");
    }
    let Some(unit) = record::find_by_code(tx, site_id, &report.unit)? else {
        return refused("rental_unit_not_found");
    };
    if unit.status == UnitStatus::Retired {
        return refused("rental_unit_retired");
    }
    match report.kind {
        DeviceReportKind::Returned => returned(tx, &lending, unit.id, report.station_id, (device.user_id, at)),
        DeviceReportKind::Battery => match report.battery_percent {
            Some(percent) => battery(tx, unit.id, percent, at),
            None => refused("device_battery_missing"),
        },
        DeviceReportKind::Fault => {
            // A device that does not say what is wrong says at least that something is.
            let words = report.fault.as_deref().unwrap_or("fault").to_owned();
            fault(tx, unit.id, Some(words), (device.user_id, at))
        }
        DeviceReportKind::FaultCleared => fault(tx, unit.id, None, (device.user_id, at)),
    }
}

/// A thing is in the station, whatever Yijian thought of it.
fn returned(
    tx: &mut Tx<'_>,
    lending: &Lending,
    unit_id: Id,
    station_id: Id,
    (device_id, at): (Id, Instant),
) -> Result<Outcome, Error> {
    let because = Because { actor_id: Some(device_id), device_at: Some(at), ..Because::default() };
    let (mut unit, last) = rentals::lock_unit(tx, unit_id)?;
    let takes_it = lending.station(station_id)?.takes(unit.type_id);
    let is_news = match (unit.status, last) {
        (UnitStatus::Lent, Some(rental)) => {
            let back = Back {
                station_id,
                at,
                by: ReturnedBy::Device,
                actor_id: Some(device_id),
                // Where its type is not lent, somebody has to fetch it.
                needs_check: rental.policy()?.is_checked || !takes_it,
                note: None,
                device_at: Some(at),
            };
            money::turned_up(tx, rental, &mut unit, lending, back)?
        }
        (UnitStatus::Lost, lost_on) => {
            record::hold_station(tx, unit.site_id, station_id)?;
            money::found(tx, (&mut unit, lost_on), UnitMove::ReturnToCheck, (station_id, at), because)?
        }
        (UnitStatus::Available | UnitStatus::ReturnedToCheck | UnitStatus::InRepair, _)
            if unit.station_id != Some(station_id) && at > unit.placed_at =>
        {
            record::hold_station(tx, unit.site_id, station_id)?;
            // Where its type is not lent, nobody could borrow it: somebody has to fetch it.
            let is_stray = unit.status == UnitStatus::Available && !takes_it;
            let step = if is_stray { UnitMove::ReturnToCheck } else { UnitMove::Move };
            record::step(tx, &mut unit, step, Some(station_id), because)?;
            true
        }
        _ => false,
    };
    Ok(if is_news { APPLIED } else { STALE })
}

fn battery(tx: &mut Tx<'_>, unit_id: Id, percent: i32, at: Instant) -> Result<Outcome, Error> {
    let mut unit = record::lock(tx, unit_id)?;
    if unit.battery_at.is_some_and(|known| known >= at) {
        return Ok(STALE);
    }
    (unit.battery_percent, unit.battery_at) = (Some(percent), Some(at));
    record::write(tx, &mut unit)?;
    Ok(APPLIED)
}

fn fault(
    tx: &mut Tx<'_>,
    unit_id: Id,
    fault: Option<String>,
    (device_id, at): (Id, Instant),
) -> Result<Outcome, Error> {
    let mut unit = record::lock(tx, unit_id)?;
    if unit.fault_at.is_some_and(|known| known >= at) {
        return Ok(STALE);
    }
    unit.fault_at = Some(at);
    unit.fault = fault;
    let reason = unit.fault.clone();
    let because =
        Because { actor_id: Some(device_id), device_at: Some(at), reason: reason.as_deref(), ..Because::default() };
    let station_id = unit.station_id;
    let step = match (unit.fault.is_some(), unit.status) {
        (true, UnitStatus::Available | UnitStatus::ReturnedToCheck) => Some(UnitMove::Repair),
        // Somebody looks at it before it is lent again.
        (false, UnitStatus::InRepair) if station_id.is_some() => Some(UnitMove::ReturnToCheck),
        _ => None,
    };
    match step {
        Some(step) => record::step(tx, &mut unit, step, station_id, because)?,
        None => record::write(tx, &mut unit)?,
    }
    Ok(APPLIED)
}

/// Forgets reports that cannot come again; returns how many.
///
/// # Errors
/// As the database.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Error> {
    Ok(repo::delete_before(tx.conn, tx.now - KEPT)?)
}
