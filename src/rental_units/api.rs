//! `/rental/units`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{RentalUnit, UnitEvent, UnitMove, UnitStatus};
use super::service;
use crate::accounts::model::{Lead, Staff};
use crate::app::App;
use crate::error::Error;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::sites::model::Named;
use crate::stations::lending::{Lending, StationEntry};
use crate::text::Text;
use crate::tickets::commands::GiveReason;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(add_rental_units)
        .service(list_rental_units)
        .service(get_rental_unit)
        .service(retire_rental_unit)
        .service(repair_rental_unit)
        .service(restock_rental_unit);
}

/// Things to add.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"site_id": "0198c0de-0000-7000-8000-000000000001",
    "item_type_id": "0198c0de-0000-7000-8000-000000000002", "station_id": "0198c0de-0000-7000-8000-000000000003",
    "codes": ["U-0001", "U-0002"]}))]
pub struct AddUnits {
    /// The site.
    pub site_id: Id,
    /// What they are.
    pub item_type_id: Id,
    /// Where they are.
    pub station_id: Id,
    /// What stands on each of them.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    pub codes: Vec<Text<40>>,
}

/// A thing is brought to a station.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"station_id": "0198c0de-0000-7000-8000-000000000003", "reason": "已擦干检查"}))]
pub struct RestockUnit {
    /// The station.
    pub station_id: Id,
    /// What was done.
    #[serde(default)]
    pub reason: Option<Text<500>>,
}

/// Which things to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListUnits {
    /// Only at this site.
    pub site_id: Option<Id>,
    /// Only of this type.
    pub item_type_id: Option<Id>,
    /// Only at this station.
    pub station_id: Option<Id>,
    /// Only in this state.
    #[param(inline)]
    pub status: Option<UnitStatus>,
    /// Only with this on it.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    pub code: Option<String>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A line of a thing's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitEventView {
    action: UnitMove,
    /// Where.
    station: Option<Named>,
    /// The rental it belongs to.
    rental_id: Option<Id>,
    /// Who did it; `null` is Yijian itself.
    actor_id: Option<Id>,
    /// Why.
    reason: Option<String>,
    /// When a device says it was, put right by how much its clock is wrong.
    device_at: Option<Instant>,
    /// When it was written down.
    at: Instant,
}

impl UnitEventView {
    pub(super) fn new(event: UnitEvent, lending: &Lending) -> Self {
        let UnitEvent { action, station_id, rental_id, actor_id, reason, device_at, at, .. } = event;
        let station = station_id.and_then(|id| lending.station(id).ok()).map(StationEntry::named);
        Self { action, station, rental_id, actor_id, reason, device_at, at }
    }
}

/// A single thing.
#[derive(Debug, Serialize, ToSchema)]
pub struct RentalUnitView {
    /// Identifier.
    pub(super) id: Id,
    /// What stands on it.
    #[schema(example = "U-0001")]
    code: String,
    /// The code to scan.
    #[schema(example = "u=7K2M9QXR4TBW")]
    scene: Option<String>,
    site: Named,
    item_type: Named,
    status: UnitStatus,
    /// The station it is at, while it is at one.
    station: Option<Named>,
    /// How full its battery was when a device last said.
    battery_percent: Option<i32>,
    battery_at: Option<Instant>,
    /// What a device says is wrong with it.
    fault: Option<String>,
    fault_at: Option<Instant>,
    /// The rental it is out on, or kept for; its own page only.
    pub(super) rental_id: Option<Id>,
    /// The newest lines of its history; its own page only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) history: Option<Vec<UnitEventView>>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

impl Answer for RentalUnitView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

impl RentalUnitView {
    /// The code to scan.
    #[must_use]
    pub fn scene(&self) -> Option<String> {
        self.scene.clone()
    }

    pub(super) fn new(unit: RentalUnit, scene: Option<String>, lending: &Lending) -> Result<Self, Error> {
        let station = unit.station_id.and_then(|id| lending.station(id).ok()).map(StationEntry::named);
        Ok(Self {
            id: unit.id,
            code: unit.code,
            scene,
            site: lending.site.clone(),
            item_type: lending.kind(unit.type_id)?.named(),
            status: unit.status,
            station,
            battery_percent: unit.battery_percent,
            battery_at: unit.battery_at,
            fault: unit.fault,
            fault_at: unit.fault_at,
            rental_id: None,
            history: None,
            version: unit.version,
            created_at: unit.created_at,
            updated_at: unit.updated_at,
        })
    }
}

/// Add things to lend; each gets a code to scan
#[utoipa::path(tag = "rental", security(("bearer" = [])),
    request_body = AddUnits, responses((status = 201, description = "They", body = Page<RentalUnitView>)))]
#[post("/rental/units")]
async fn add_rental_units(app: Data<App>, command: Command<Lead, AddUnits>) -> Result<HttpResponse, Problem> {
    command.create(&app, service::add).await
}

/// List things to lend, oldest first
#[utoipa::path(tag = "rental", params(ListUnits), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<RentalUnitView>)))]
#[get("/rental/units")]
async fn list_rental_units(app: Data<App>, query: Query<Staff, ListUnits>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let cursor = query.cursor.as_deref();
    let paging = Paging::new(&app.vault, "rental_units", actor.user_id, &query, query.limit, cursor)?;
    output::page(&app, paging, move |tx, after, fetch| service::list(tx, &actor, &query, after, fetch), |row| row.id)
        .await
}

/// A thing to lend, with its history
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The thing", body = RentalUnitView)))]
#[get("/rental/units/{id}")]
async fn get_rental_unit(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::find(tx, &query.actor, target)).await
}

/// Take a thing out of use
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = GiveReason, responses((status = 200, description = "The thing", body = RentalUnitView)))]
#[post("/rental/units/{id}/retire")]
async fn retire_rental_unit(app: Data<App>, command: Command<Staff, GiveReason>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::retire).await
}

/// Take a thing away to be mended
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = GiveReason, responses((status = 200, description = "The thing", body = RentalUnitView)))]
#[post("/rental/units/{id}/repair")]
async fn repair_rental_unit(app: Data<App>, command: Command<Staff, GiveReason>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::repair).await
}

/// Bring a thing to a station: looked at, mended, moved, or found again
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = RestockUnit, responses((status = 200, description = "The thing", body = RentalUnitView)))]
#[post("/rental/units/{id}/restock")]
async fn restock_rental_unit(app: Data<App>, command: Command<Staff, RestockUnit>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::restock).await
}
