//! `/rental/device_reports`.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{DeviceReportKind, ReportOutcome};
use super::service;
use crate::accounts::model::Device;
use crate::app::App;
use crate::http::input::Command;
use crate::http::output::{self, Answer};
use crate::http::problem::Problem;
use crate::text::Text;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(take_device_reports);
}

/// Something that a device noticed.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"report_id": "cab-07-000123", "kind": "returned",
    "station_id": "0198c0de-0000-7000-8000-000000000003", "unit": "P-0001", "at": "2026-11-22T02:29:55.000Z"}))]
pub struct DeviceReportItem {
    /// The device's own name for the report; the same one again changes nothing.
    pub report_id: Text<64>,
    /// What it is.
    pub kind: DeviceReportKind,
    /// The station it is about.
    pub station_id: Id,
    /// What stands on the thing.
    pub unit: Text<40>,
    /// When it was, by the device's clock.
    pub at: Instant,
    /// How full the battery is; needed with `battery`.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub battery_percent: Option<i32>,
    /// What is wrong, with `fault`.
    #[serde(default)]
    pub fault: Option<Text<200>>,
}

/// What a device noticed, and when it said so.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"sent_at": "2026-11-22T02:30:00.000Z", "reports": [{"report_id": "cab-07-000123",
    "kind": "returned", "station_id": "0198c0de-0000-7000-8000-000000000003", "unit": "P-0001",
    "at": "2026-11-22T02:29:55.000Z"}]}))]
pub struct SendReports {
    /// What the device's clock shows while it sends: its times are put right by the difference to ours.
    pub sent_at: Instant,
    /// The reports, in the order in which they happened. Each is read by itself: one that cannot be read is refused alone.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100, value_type = Vec<DeviceReportItem>)]
    pub reports: Vec<Value>,
}

/// What became of a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportResult {
    /// The device's own name for it; `null` if it gave none that can be read.
    pub report_id: Option<String>,
    /// What became of it.
    pub outcome: ReportOutcome,
    /// Why it was refused.
    pub code: Option<&'static str>,
}

/// What became of each report.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportResults {
    /// In the order in which they were sent.
    pub results: Vec<ReportResult>,
}

impl Answer for ReportResults {}

/// Report what cabinets noticed
///
/// By a system with the scope `rental:device`. Each report counts once, however often it comes.
#[utoipa::path(tag = "rental", security(("bearer" = [])),
    request_body = SendReports, responses((status = 200, description = "What became of each", body = ReportResults)))]
#[post("/rental/device_reports")]
async fn take_device_reports(app: Data<App>, command: Command<Device, SendReports>) -> Result<HttpResponse, Problem> {
    let Command { actor, body, .. } = command;
    Ok(output::json(&service::take_all(&app, &actor, body).await?))
}
