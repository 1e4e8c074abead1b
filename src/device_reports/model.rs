//! Rows of reports, kept so that a repeated one changes nothing.

use diesel::prelude::*;

use crate::db::schema::device_reports;
use crate::text_enum;
use crate::values::{Id, Instant};

text_enum! {
    /// What a device reports of a thing.
    pub enum DeviceReportKind {
        /// It was put into the station.
        Returned = "returned",
        /// How full its battery is.
        Battery = "battery",
        /// Something is wrong with it.
        Fault = "fault",
        /// Nothing is wrong with it any more.
        FaultCleared = "fault_cleared",
    }
}

text_enum! {
    /// What became of a report.
    pub enum ReportOutcome {
        /// It counts.
        Applied = "applied",
        /// It came before.
        Duplicate = "duplicate",
        /// Something newer is known already, or nothing new was said.
        Stale = "stale",
        /// It cannot be; `code` says why.
        Refused = "refused",
    }
}

/// A report that came, and was not refused: what was may come again.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = device_reports)]
#[diesel(treat_none_as_default_value = false)]
pub struct DeviceReport {
    /// The system that sent it.
    pub client_id: Id,
    /// Its own name for the report.
    pub report_id: String,
    /// What it said, hashed.
    pub fingerprint: Vec<u8>,
    /// What became of it.
    pub outcome: ReportOutcome,
    /// When the device says it was, by its own clock.
    pub device_at: Instant,
    /// When it came.
    pub received_at: Instant,
}
