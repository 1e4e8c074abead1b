//! `/spot_checks` and `/sites/{id}/spot_checklist`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{ChecklistItem, SpotCheckAnswer, SpotCheckStatus};
use super::views::{OwnResultView, RecordResultView, SpotCheckTicketView, SpotCheckView, SpotChecklistView};
use super::{checklist, draw, service};
use crate::accounts::model::{Lead, Staff};
use crate::app::App;
use crate::error::Error;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output;
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::sites::model::Kind;
use crate::text::Text;
use crate::values::Id;

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(get_spot_checklist)
        .service(set_spot_checklist)
        .service(list_spot_checks)
        .service(draw_spot_check)
        // Before `{id}`, which would take the word for an id.
        .service(list_spot_check_results)
        .service(get_spot_check)
        .service(list_spot_check_tickets)
        .service(check_record)
        .service(list_record_results)
        .service(close_spot_check);
}

/// A new version of what a site looks at in a record.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "items": [
        { "key": "times", "label": "受理、到场、完成等时间属实", "required": true },
        { "key": "photos", "label": "维修前后各有一张照片", "required": false }
    ],
    "reason": "增加维修前后照片"
}))]
pub struct SetSpotChecklist {
    /// All of them; each key once.
    #[validate(nested, length(min = 1, max = 50))]
    #[schema(min_items = 1, max_items = 50)]
    pub items: Vec<ChecklistItem>,
    /// Why.
    pub reason: Text<500>,
}

/// A round: finished tickets that the desk heard of in a period, either so many by lot (`size`, narrowed if wanted) or
/// those chosen by hand (`ticket_ids`).
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "site_id": "01a203a5-f791-7712-b0fa-d3699eda26d9", "from": "2026-11-01", "to": "2026-11-22", "size": 20,
    "kind": "repair", "note": "十一月报修单抽查"
}))]
pub struct DrawSpotCheck {
    /// The site.
    pub site_id: Id,
    /// The first day, by the site's calendar.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The last day, which counts too: today at the latest, and at most 92 days in all.
    #[schema(value_type = String, format = Date)]
    pub to: Date,
    /// So many by lot; if there are not as many, all of them.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 1, max = 200))]
    #[schema(minimum = 1, maximum = 200)]
    pub size: Option<i32>,
    /// By lot, only of this kind.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// By lot, only of this category.
    #[serde(default)]
    pub category_id: Option<Id>,
    /// By lot, only of this department.
    #[serde(default)]
    pub department_id: Option<Id>,
    /// By lot, only what this person answers for.
    #[serde(default)]
    pub person_id: Option<Id>,
    /// These, chosen by hand.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_items = 1, max_items = 200)]
    pub ticket_ids: Option<Vec<Id>>,
    /// What it is for.
    #[serde(default)]
    pub note: Option<Text<500>>,
}

impl DrawSpotCheck {
    /// Whether the lot is narrowed.
    pub(super) const fn is_narrowed(&self) -> bool {
        self.kind.is_some() || self.category_id.is_some() || self.department_id.is_some() || self.person_id.is_some()
    }
}

/// What a record was found to be.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "answers": [
        { "item": "requester_and_place", "answer": "yes" },
        { "item": "category", "answer": "yes" },
        { "item": "severity", "answer": "yes" },
        { "item": "times", "answer": "no", "note": "到场时间早于受理时间" },
        { "item": "pauses", "answer": "not_applicable" },
        { "item": "result", "answer": "yes" },
        { "item": "wording", "answer": "yes" },
        { "item": "privacy", "answer": "yes" }
    ]
}))]
pub struct CheckRecord {
    /// At most one for each item of the round's checklist, and one for each that is required.
    #[validate(nested, length(min = 1, max = 50))]
    #[schema(min_items = 1, max_items = 50)]
    pub answers: Vec<GivenItem>,
    /// In words.
    #[serde(default)]
    pub note: Option<Text<1000>>,
    /// Why it takes the place of the one before; needed then.
    #[serde(default)]
    pub reason: Option<Text<500>>,
}

/// How a record answers to an item.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenItem {
    /// Its key.
    pub item: Text<40>,
    /// How.
    pub answer: SpotCheckAnswer,
    /// In words.
    #[serde(default)]
    pub note: Option<Text<500>>,
}

/// Why a round is ended early.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "人手不足，下月补抽"}))]
pub struct CloseSpotCheck {
    /// In words.
    pub reason: Text<500>,
}

/// Which rounds to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSpotChecks {
    /// The site.
    pub site_id: Id,
    /// Only at this status.
    #[param(inline)]
    pub status: Option<SpotCheckStatus>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListSpotCheckTickets {
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Whose results to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSpotCheckResults {
    /// Of what this person answered for; without, the caller's own. Those of others for leads.
    pub person_id: Option<Id>,
    /// Only at this site.
    pub site_id: Option<Id>,
    /// Only those that were correct, or were not.
    pub correct: Option<bool>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The path parameter of a ticket in a round, for the API document.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes; the handlers read")]
struct PathTicket {
    /// The ticket.
    #[param(format = Uuid, example = "0198c0de-0000-7000-8000-000000000002")]
    ticket_id: String,
}

fn ticket_id(request: &HttpRequest) -> Result<Id, Error> {
    request.match_info().query("ticket_id").parse().map_err(|_| Error::NotFound("spot_check_ticket_not_found"))
}

/// What a site looks at in a record
#[utoipa::path(tag = "spot-checks", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The checklist", body = SpotChecklistView)))]
#[get("/sites/{id}/spot_checklist")]
async fn get_spot_checklist(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| checklist::show(tx, &query.actor, target)).await
}

/// Write a new version of what a site looks at in a record
///
/// Rounds that were drawn before keep the version they were drawn with.
#[utoipa::path(tag = "spot-checks", params(PathId), request_body = SetSpotChecklist, security(("bearer" = [])),
    responses((status = 200, description = "The checklist", body = SpotChecklistView)))]
#[put("/sites/{id}/spot_checklist")]
async fn set_spot_checklist(app: Data<App>, command: Command<Lead, SetSpotChecklist>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, checklist::set).await
}

/// List a site's rounds of spot checks, newest first
#[utoipa::path(tag = "spot-checks", params(ListSpotChecks), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<SpotCheckView>)))]
#[get("/spot_checks")]
async fn list_spot_checks(app: Data<App>, query: Query<Lead, ListSpotChecks>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging = Paging::new(&app.vault, "spot_checks", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    output::page(
        &app,
        paging,
        move |tx, before, fetch| service::list(tx, &actor, &query, before, fetch),
        SpotCheckView::id,
    )
    .await
}

/// Draw tickets to check their records
///
/// By lot, every finished ticket of the period has the same chance; one that is in an open round is passed over. Chosen
/// by hand, it is refused.
#[utoipa::path(tag = "spot-checks", request_body = DrawSpotCheck, security(("bearer" = [])),
    responses((status = 201, description = "The round", body = SpotCheckView)))]
#[post("/spot_checks")]
async fn draw_spot_check(app: Data<App>, command: Command<Lead, DrawSpotCheck>) -> Result<HttpResponse, Problem> {
    let (lead, ask) = (command.actor.clone(), command.body.clone());
    let drawn = app.study(move |tx| draw::draw(tx, &lead, &ask)).await?;
    command.create(&app, move |tx, lead, body| service::open(tx, lead, body, &drawn)).await
}

/// List what was found in a person's records, newest first
///
/// One's own; those of others are for leads. Only what stands.
#[utoipa::path(tag = "spot-checks", params(ListSpotCheckResults), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<OwnResultView>)))]
#[get("/spot_checks/results")]
async fn list_spot_check_results(
    app: Data<App>,
    query: Query<Staff, ListSpotCheckResults>,
) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let list = "spot_check_results";
    let paging = Paging::new(&app.vault, list, actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    output::page(
        &app,
        paging,
        move |tx, before, fetch| service::results(tx, &actor, &query, before, fetch),
        OwnResultView::id,
    )
    .await
}

/// A round of spot checks
#[utoipa::path(tag = "spot-checks", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The round", body = SpotCheckView)))]
#[get("/spot_checks/{id}")]
async fn get_spot_check(app: Data<App>, query: Query<Lead, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::find(tx, &query.actor, target.id)).await
}

/// List the tickets of a round with what was found, oldest first
#[utoipa::path(tag = "spot-checks", params(PathId, ListSpotCheckTickets), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<SpotCheckTicketView>)))]
#[get("/spot_checks/{id}/tickets")]
async fn list_spot_check_tickets(
    app: Data<App>,
    query: Query<Lead, ListSpotCheckTickets>,
) -> Result<HttpResponse, Problem> {
    let id = query.target()?.id;
    let Query { actor, query, .. } = query;
    let list = format!("spot_check {id}");
    let paging = Paging::new(&app.vault, &list, actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    let (after, fetch) = (paging.position, paging.fetch());
    let rows = app.read(move |tx| service::tickets(tx, &actor, id, after, fetch)).await?;
    let Page { items, next_cursor, has_more } = paging.page(&app.vault, rows, |(id, _)| *id);
    Ok(output::json(&Page { items: items.into_iter().map(|(_, view)| view).collect(), next_cursor, has_more }))
}

/// Write down what a record was found to be
///
/// By a lead who had no part in it. Once more, with a reason, it takes the place of what was found before, which stays
/// readable. A record is correct when no answer is `no`.
#[utoipa::path(tag = "spot-checks", params(PathId, PathTicket), request_body = CheckRecord, security(("bearer" = [])),
    responses((status = 200, description = "The ticket with what was found", body = SpotCheckTicketView)))]
#[post("/spot_checks/{id}/tickets/{ticket_id}/result")]
async fn check_record(
    app: Data<App>,
    command: Command<Lead, CheckRecord>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let of = (command.target()?, ticket_id(&request)?);
    command.change(&app, move |tx, lead, body| service::check(tx, lead, of, body)).await
}

/// Every result of a ticket in a round, newest first
#[utoipa::path(tag = "spot-checks", params(PathId, PathTicket), security(("bearer" = [])),
    responses((status = 200, description = "All of them", body = Page<RecordResultView>)))]
#[get("/spot_checks/{id}/tickets/{ticket_id}/results")]
async fn list_record_results(
    app: Data<App>,
    query: Query<Lead, NoFields>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (id, ticket_id) = (query.target()?.id, ticket_id(&request)?);
    output::read(&app, move |tx| Ok(Page::whole(service::history(tx, &query.actor, id, ticket_id)?))).await
}

/// End a round early
///
/// What was found stays and counts; the tickets may be drawn again.
#[utoipa::path(tag = "spot-checks", params(PathId), request_body = CloseSpotCheck, security(("bearer" = [])),
    responses((status = 200, description = "The round", body = SpotCheckView)))]
#[post("/spot_checks/{id}/close")]
async fn close_spot_check(app: Data<App>, command: Command<Lead, CloseSpotCheck>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::close).await
}
