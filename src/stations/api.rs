//! `/rental/item_types` and `/rental/stations`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{LendingKind, StationKind};
use super::service;
use super::views::{RentalTypeView, StationView};
use crate::accounts::model::Lead;
use crate::app::App;
use crate::http::auth::Anyone;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output;
use crate::http::paging::Page;
use crate::http::problem::Problem;
use crate::rental::policy::Policy;
use crate::text::Text;
use crate::values::Id;

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_rental_types)
        .service(create_rental_type)
        .service(change_rental_type)
        .service(list_stations)
        .service(create_station)
        .service(get_station)
        .service(change_station);
}

/// Whose types to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfSite {
    /// The site.
    pub site_id: Id,
}

/// What a type of thing is.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "umbrella", "name": "雨伞", "policy": {"borrowers": "anyone", "most_at_once": 1,
    "asks_age": false, "free_seconds": 14400, "longest_seconds": 86400, "extension_seconds": 86400,
    "remind_before_seconds": 3600, "fee": null, "replacement_fen": 5000, "lost_after_days": 7, "deposit": "none",
    "deposit_fen": 0, "returns": "any_station", "is_checked": false}}))]
pub struct TypeFacts {
    /// What it is, for maps and pictures.
    pub kind: LendingKind,
    /// Name for everyone.
    pub name: Text<40>,
    /// The rules it is lent by.
    #[validate(nested)]
    pub policy: Policy,
}

/// A type to add.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"site_id": "0198c0de-0000-7000-8000-000000000001", "code": "umbrella", "item_type": {
    "kind": "umbrella", "name": "雨伞", "policy": {"borrowers": "anyone", "most_at_once": 1, "asks_age": false,
    "free_seconds": 14400, "longest_seconds": 86400, "extension_seconds": 86400, "remind_before_seconds": 3600,
    "fee": null, "replacement_fen": 5000, "lost_after_days": 7, "deposit": "none", "deposit_fen": 0,
    "returns": "any_station", "is_checked": false}}}))]
pub struct CreateType {
    /// Its site.
    pub site_id: Id,
    /// Short name for operators.
    pub code: Text<40>,
    /// What it is.
    #[validate(nested)]
    pub item_type: TypeFacts,
}

/// A type as it is from now on.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"item_type": {"kind": "umbrella", "name": "雨伞", "policy": {"borrowers": "anyone",
    "most_at_once": 2, "asks_age": false, "free_seconds": 14400, "longest_seconds": 86400, "extension_seconds": 86400,
    "remind_before_seconds": 3600, "fee": null, "replacement_fen": 5000, "lost_after_days": 7, "deposit": "none",
    "deposit_fen": 0, "returns": "any_station", "is_checked": false}}}))]
pub struct ChangeType {
    /// What it is.
    #[validate(nested)]
    pub item_type: TypeFacts,
    /// Whether nothing of it is lent any more.
    #[serde(default)]
    pub retired: bool,
}

/// A type that a station gives out and takes back.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"item_type_id": "0198c0de-0000-7000-8000-000000000002", "restock_below": 5}))]
pub struct Taken {
    /// The type.
    pub item_type_id: Id,
    /// With fewer than these to lend, the station is on the restock list.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub restock_below: Option<i32>,
    /// With more than these to lend, it is on the collect list.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub collect_above: Option<i32>,
}

/// What a station is.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "rack", "name": "东门雨伞架", "location_id": "0198c0de-0000-7000-8000-000000000003",
    "slots": 50, "latitude": 30.274_15, "longitude": 120.155_15,
    "takes": [{"item_type_id": "0198c0de-0000-7000-8000-000000000002", "restock_below": 5}]}))]
pub struct StationFacts {
    /// What it is.
    pub kind: StationKind,
    /// Name for everyone.
    pub name: Text<40>,
    /// Where it stands.
    pub location_id: Id,
    /// One of the site's calendars, if it has hours of its own.
    #[serde(default)]
    pub calendar_id: Option<Id>,
    /// How many things it holds, if that is limited.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub slots: Option<i32>,
    /// Degrees north (WGS 84), for maps.
    #[serde(default)]
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(minimum = -90, maximum = 90)]
    pub latitude: Option<f64>,
    /// Degrees east (WGS 84), for maps.
    #[serde(default)]
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(minimum = -180, maximum = 180)]
    pub longitude: Option<f64>,
    /// The types it gives out and takes back.
    #[validate(length(min = 1, max = 20), nested)]
    #[schema(min_items = 1, max_items = 20)]
    pub takes: Vec<Taken>,
}

/// A station to add.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"site_id": "0198c0de-0000-7000-8000-000000000001", "code": "east-gate", "station": {
    "kind": "rack", "name": "东门雨伞架", "location_id": "0198c0de-0000-7000-8000-000000000003", "slots": 50,
    "takes": [{"item_type_id": "0198c0de-0000-7000-8000-000000000002", "restock_below": 5}]}}))]
pub struct CreateStation {
    /// Its site.
    pub site_id: Id,
    /// Short name for operators.
    pub code: Text<40>,
    /// What it is.
    #[validate(nested)]
    pub station: StationFacts,
}

/// A station as it is from now on.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"station": {"kind": "rack", "name": "东门雨伞架",
    "location_id": "0198c0de-0000-7000-8000-000000000003", "slots": 60,
    "takes": [{"item_type_id": "0198c0de-0000-7000-8000-000000000002", "restock_below": 5}]}}))]
pub struct ChangeStation {
    /// What it is.
    #[validate(nested)]
    pub station: StationFacts,
    /// Whether it is no more.
    #[serde(default)]
    pub retired: bool,
}

/// Which stations to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListStations {
    /// The site; this or `near`.
    pub site_id: Option<Id>,
    /// A place of the site: the nearest stations come first.
    pub near: Option<Id>,
    /// Only those that lend and take back this type.
    pub item_type_id: Option<Id>,
}

/// The types of things that a site lends, and by which rules
#[utoipa::path(tag = "rental", params(OfSite),
    responses((status = 200, description = "All of them", body = Page<RentalTypeView>),
        (status = 304, description = "As you know them")))]
#[get("/rental/item_types")]
async fn list_rental_types(
    req: HttpRequest,
    app: Data<App>,
    query: Query<Anyone, OfSite>,
) -> Result<HttpResponse, Problem> {
    let site_id = query.query.site_id;
    let page = app.read(move |tx| service::list_types(tx, site_id)).await?;
    output::catalogue(&req, &page)
}

/// Add a type of thing to lend
#[utoipa::path(tag = "rental", security(("bearer" = [])),
    request_body = CreateType, responses((status = 201, description = "The type", body = RentalTypeView)))]
#[post("/rental/item_types")]
async fn create_rental_type(app: Data<App>, command: Command<Lead, CreateType>) -> Result<HttpResponse, Problem> {
    command.create(&app, service::create_type).await
}

/// Change the rules by which a type is lent, or retire it
///
/// What is lent already keeps the rules it began with.
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = ChangeType, responses((status = 200, description = "The type", body = RentalTypeView)))]
#[put("/rental/item_types/{id}")]
async fn change_rental_type(app: Data<App>, command: Command<Lead, ChangeType>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::update_type).await
}

/// The stations of a site, with what there is just now
///
/// The nearest first, if `near` names a place.
#[utoipa::path(tag = "rental", params(ListStations),
    responses((status = 200, description = "All of them", body = Page<StationView>)))]
#[get("/rental/stations")]
async fn list_stations(app: Data<App>, query: Query<Anyone, ListStations>) -> Result<HttpResponse, Problem> {
    let query = query.query;
    output::read(&app, move |tx| service::list(tx, &query)).await
}

/// Add a station; it gets a code to scan
#[utoipa::path(tag = "rental", security(("bearer" = [])),
    request_body = CreateStation, responses((status = 201, description = "The station", body = StationView)))]
#[post("/rental/stations")]
async fn create_station(app: Data<App>, command: Command<Lead, CreateStation>) -> Result<HttpResponse, Problem> {
    command.create(&app, service::create).await
}

/// A station, with what there is just now
#[utoipa::path(tag = "rental", params(PathId),
    responses((status = 200, description = "The station", body = StationView)))]
#[get("/rental/stations/{id}")]
async fn get_station(app: Data<App>, query: Query<Anyone, NoFields>) -> Result<HttpResponse, Problem> {
    let id = query.target()?.id;
    output::read(&app, move |tx| service::find(tx, id)).await
}

/// Change a station, or retire it once it is empty
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = ChangeStation, responses((status = 200, description = "The station", body = StationView)))]
#[put("/rental/stations/{id}")]
async fn change_station(app: Data<App>, command: Command<Lead, ChangeStation>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::update).await
}
