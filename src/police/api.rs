//! `/police_handovers` and `/found_items/{id}/hand_to_police`.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::list::{self, ListedItem, local};
use super::model::{Numbered, number};
use super::service;
use crate::accounts::model::Staff;
use crate::app::App;
use crate::found_items::views::FoundItemView;
use crate::http::input::{Command, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::text::Discreet;
use crate::text_enum;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(hand_to_police)
        .service(list_police_handovers)
        .service(get_police_handover)
        .service(hand_item_to_police);
}

/// To whom things are given.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"station": "文新派出所", "officer": "警号 012345", "reference": "拾 2026-118"}))]
pub struct GiveToPolice {
    /// The station.
    pub station: Discreet<100>,
    /// The officer, by name or number.
    pub officer: Discreet<40>,
    /// Their number for it.
    #[serde(default)]
    pub reference: Option<Discreet<60>>,
    /// The colleague who stands by; needed when valuables or cash are among them.
    #[serde(default)]
    pub witness_id: Option<Id>,
}

/// Several things are given to the police.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"site_id": "0198c0de-0000-7000-8000-000000000001",
    "item_ids": ["0198c0de-0000-7000-8000-000000000002"], "give": {"station": "文新派出所", "officer": "警号 012345"}}))]
pub struct HandToPolice {
    /// The site.
    pub site_id: Id,
    /// The items: all of them, or none.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_items = 1, max_items = 200)]
    pub item_ids: Vec<Id>,
    /// To whom.
    #[validate(nested)]
    pub give: GiveToPolice,
}

/// A hand-over to the police, with its list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PoliceHandoverView {
    pub(super) id: Id,
    /// What people read out.
    #[schema(example = "P000123")]
    pub(super) number: String,
    site_id: Id,
    pub(super) site_name: String,
    pub(super) station: String,
    pub(super) officer: String,
    pub(super) reference: Option<String>,
    pub(super) handed_by_name: String,
    pub(super) witness_name: Option<String>,
    item_count: i32,
    /// What was given. Lists leave it out.
    pub(super) items: Vec<ListedItem>,
    /// When, in the site's time.
    #[schema(example = "2026-12-05 10:30")]
    pub(super) handed_over: String,
    created_at: Instant,
}

impl Answer for PoliceHandoverView {}

impl PoliceHandoverView {
    pub(super) fn new(one: Numbered, site_name: String, zone: &TimeZone, items: Vec<ListedItem>) -> Self {
        let Numbered { seq, handover } = one;
        Self {
            handed_over: local(handover.created_at, zone),
            id: handover.id,
            number: number(seq),
            site_id: handover.site_id,
            site_name,
            station: handover.station,
            officer: handover.officer,
            reference: handover.reference,
            handed_by_name: handover.handed_by_name,
            witness_name: handover.witness_name,
            item_count: handover.items,
            items,
            created_at: handover.created_at,
        }
    }
}

text_enum! {
    /// In which form a list is wanted.
    pub enum ListFormat {
        /// For programs.
        Json = "json",
        /// For office programs.
        Csv = "csv",
        /// To print and sign.
        Html = "html",
    }
}

/// In which form.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Form {
    /// `json` if left out.
    #[param(inline)]
    format: Option<ListFormat>,
}

/// Which page.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListHandovers {
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Give several items to the police
///
/// All of them go, or none. Who claimed one of them is told where it is.
#[utoipa::path(tag = "lost-and-found", security(("bearer" = [])),
    request_body = HandToPolice, responses((status = 201, description = "The hand-over, with its list", body = PoliceHandoverView)))]
#[post("/police_handovers")]
async fn hand_to_police(app: Data<App>, command: Command<Staff, HandToPolice>) -> Result<HttpResponse, Problem> {
    command.create(&app, service::hand_over).await
}

/// List hand-overs to the police, newest first
#[utoipa::path(tag = "lost-and-found", params(ListHandovers), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<PoliceHandoverView>)))]
#[get("/police_handovers")]
async fn list_police_handovers(app: Data<App>, query: Query<Staff, ListHandovers>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging =
        Paging::new(&app.vault, "police_handovers", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    output::page(&app, paging, move |tx, before, fetch| service::list(tx, &actor, before, fetch), |row| row.id).await
}

/// A hand-over with its list: JSON, CSV, or a page to print and sign
#[utoipa::path(tag = "lost-and-found", params(PathId, Form), security(("bearer" = [])),
    responses((status = 200, description = "The hand-over", content(
        (PoliceHandoverView = "application/json"), (String = "text/csv"), (String = "text/html")))))]
#[get("/police_handovers/{id}")]
async fn get_police_handover(app: Data<App>, query: Query<Staff, Form>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    let Query { actor, query: Form { format }, .. } = query;
    let found = app.read(move |tx| service::find(tx, &actor, target)).await?;
    Ok(match format.unwrap_or(ListFormat::Json) {
        ListFormat::Json => output::json(&found),
        ListFormat::Csv => HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.csv\"", found.number)))
            .body(list::csv(&found)?),
        ListFormat::Html => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"))
            .body(list::page(&found)),
    })
}

/// Give one item to the police
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = GiveToPolice, responses((status = 200, description = "The item", body = FoundItemView)))]
#[post("/found_items/{id}/hand_to_police")]
async fn hand_item_to_police(app: Data<App>, command: Command<Staff, GiveToPolice>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::hand_over_one).await
}
