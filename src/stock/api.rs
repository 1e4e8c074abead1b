//! `/rental/stock` and `/rental/stations/{id}/stock_takes`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{Difference, StockTake};
use super::service;
use crate::accounts::model::Staff;
use crate::app::App;
use crate::error::Error;
use crate::http::input::{Command, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::rental_units::model::UnitStatus;
use crate::sites::model::Named;
use crate::text::Text;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_stock).service(take_stock).service(list_stock_takes);
}

/// Which stock to show.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StockQuery {
    /// The site.
    pub site_id: Id,
    /// Losses among rentals that began at this time or later; thirty days ago if left out.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Instant>,
    /// And before this one; now if left out.
    #[param(value_type = Option<String>, format = DateTime)]
    pub until: Option<Instant>,
}

/// What there is of a type.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoredType {
    item_type: Named,
    available: i64,
    reserved: i64,
    lent: i64,
    returned_to_check: i64,
    in_repair: i64,
    lost: i64,
    /// All of them, but for what is out of use.
    total: i64,
}

impl StoredType {
    pub(super) fn new(item_type: Named, count: impl Fn(UnitStatus) -> i64) -> Self {
        Self {
            item_type,
            available: count(UnitStatus::Available),
            reserved: count(UnitStatus::Reserved),
            lent: count(UnitStatus::Lent),
            returned_to_check: count(UnitStatus::ReturnedToCheck),
            in_repair: count(UnitStatus::InRepair),
            lost: count(UnitStatus::Lost),
            total: UnitStatus::ALL.iter().filter(|one| **one != UnitStatus::Retired).map(|one| count(*one)).sum(),
        }
    }
}

/// Somewhere to bring something.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToBring {
    pub(super) station: Named,
    pub(super) item_type: Named,
    /// How many can be borrowed there.
    pub(super) available: i64,
    pub(super) restock_below: i32,
    /// How many more there should be.
    pub(super) short_of: i64,
}

/// Somewhere to take something away.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToCollect {
    pub(super) station: Named,
    pub(super) item_type: Named,
    /// How many can be borrowed there.
    pub(super) available: i64,
    pub(super) collect_above: i32,
    /// How many there are too many.
    pub(super) too_many: i64,
}

/// How many things of a type got lost.
#[derive(Debug, Serialize, ToSchema)]
pub struct Losses {
    item_type: Named,
    /// Rentals that began in the span and were handed out.
    rentals: i64,
    /// Those of them whose thing is lost.
    lost: i64,
    /// Their share, 0 to 1; `null` where nothing was lent.
    loss_rate: Option<f64>,
}

impl Losses {
    #[expect(clippy::cast_precision_loss, reason = "there are no 2^52 umbrellas")]
    pub(super) fn new(item_type: Named, rentals: i64, lost: i64) -> Self {
        Self { item_type, rentals, lost, loss_rate: (rentals > 0).then(|| lost as f64 / rentals as f64) }
    }
}

/// What a site has to lend.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockView {
    pub(super) site: Named,
    pub(super) types: Vec<StoredType>,
    /// The restock list.
    pub(super) to_bring: Vec<ToBring>,
    /// The collect list.
    pub(super) to_collect: Vec<ToCollect>,
    /// Losses from then
    pub(super) from: Instant,
    /// until then.
    pub(super) until: Instant,
    pub(super) losses: Vec<Losses>,
}

impl Answer for StockView {}

/// What somebody counted at a station.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"codes": ["U-0001", "U-0002", "U-0007"], "apply": true}))]
pub struct TakeStock {
    /// What stands on each thing that is there.
    #[validate(length(max = 1000))]
    #[schema(max_items = 1000)]
    pub codes: Vec<Text<40>>,
    /// Whether to put it into effect: what is not there is lost, what is there belongs there.
    #[serde(default)]
    pub apply: bool,
}

/// A station that was counted by hand.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockTakeView {
    /// Identifier.
    pub(super) id: Id,
    station_id: Id,
    /// Who counted.
    actor_id: Id,
    /// How many things should have been there.
    expected: i32,
    /// How many were.
    counted: i32,
    /// Those that were not.
    missing: Vec<Difference>,
    /// Those that should not have been.
    unexpected: Vec<Difference>,
    /// Whether something was done about it.
    is_applied: bool,
    created_at: Instant,
}

impl Answer for StockTakeView {}

impl StockTakeView {
    pub(super) fn new(row: StockTake) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            station_id: row.station_id,
            actor_id: row.actor_id,
            expected: row.expected,
            counted: row.counted,
            missing: serde_json::from_value(row.missing.0).map_err(Error::internal)?,
            unexpected: serde_json::from_value(row.unexpected.0).map_err(Error::internal)?,
            is_applied: row.is_applied,
            created_at: row.created_at,
        })
    }
}

/// Which stock-takes to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListStockTakes {
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What a site has to lend, what is to be brought and collected, and what got lost
#[utoipa::path(tag = "rental", params(StockQuery), security(("bearer" = [])),
    responses((status = 200, description = "The stock", body = StockView)))]
#[get("/rental/stock")]
async fn get_stock(app: Data<App>, query: Query<Staff, StockQuery>) -> Result<HttpResponse, Problem> {
    output::read(&app, move |tx| service::report(tx, &query.actor, &query.query)).await
}

/// Compare what is at a station with what should be
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = TakeStock, responses((status = 201, description = "The differences", body = StockTakeView)))]
#[post("/rental/stations/{id}/stock_takes")]
async fn take_stock(app: Data<App>, command: Command<Staff, TakeStock>) -> Result<HttpResponse, Problem> {
    let target = command.target()?;
    command.create(&app, move |tx, staff, body| service::take(tx, staff, target, body)).await
}

/// List the stock-takes of a station, newest first
#[utoipa::path(tag = "rental", params(PathId, ListStockTakes), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<StockTakeView>)))]
#[get("/rental/stations/{id}/stock_takes")]
async fn list_stock_takes(app: Data<App>, query: Query<Staff, ListStockTakes>) -> Result<HttpResponse, Problem> {
    let id = query.target()?.id;
    let Query { actor, query, .. } = query;
    let cursor = query.cursor.as_deref();
    let list = format!("stock_takes {id}");
    let paging = Paging::new(&app.vault, &list, actor.user_id, &query, query.limit, cursor)?;
    output::page(&app, paging, move |tx, before, fetch| service::list(tx, &actor, id, before, fetch), |row| row.id)
        .await
}
