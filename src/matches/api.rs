//! `/lost_reports/{id}/matches` and `/found_items/{id}/matches`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Match;
use super::service;
use crate::accounts::model::{SignedIn, Staff};
use crate::app::App;
use crate::found_items::views::PublicItemView;
use crate::http::input::{NoFields, PathId, Query};
use crate::http::output;
use crate::http::paging::Page;
use crate::http::problem::Problem;
use crate::lost_found::likeness::Parts;
use crate::lost_reports::api::LostReportView;
use crate::values::Instant;

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(matches_of_report).service(matches_of_item);
}

/// An item that may be what is missed.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchView {
    item: PublicItemView,
    /// For the desk: how likely, 0 to 100.
    score: Option<i32>,
    /// For the desk: why.
    parts: Option<Parts>,
    since: Instant,
}

impl MatchView {
    pub(super) fn new(item: PublicItemView, row: &Match, is_desk: bool) -> Self {
        Self { item, score: is_desk.then_some(row.score), parts: parts(row).filter(|_| is_desk), since: row.created_at }
    }
}

fn parts(row: &Match) -> Option<Parts> {
    serde_json::from_value(row.parts.0.clone()).ok()
}

/// A report that may be about an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchedReportView {
    report: LostReportView,
    /// How likely, 0 to 100.
    score: i32,
    /// Why.
    parts: Option<Parts>,
    since: Instant,
}

impl MatchedReportView {
    pub(super) fn new(report: LostReportView, row: &Match) -> Self {
        Self { report, score: row.score, parts: parts(row), since: row.created_at }
    }
}

/// What we have that may be it, the likeliest first
///
/// The desk sees all of it with score and parts; the reporter what is likely, and only that we may have it.
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "At most ten", body = Page<MatchView>)))]
#[get("/lost_reports/{id}/matches")]
async fn matches_of_report(app: Data<App>, query: Query<SignedIn, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| Ok(Page::whole(service::of_report(tx, &query.actor, target)?))).await
}

/// Who may miss it, the likeliest first
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "At most ten", body = Page<MatchedReportView>)))]
#[get("/found_items/{id}/matches")]
async fn matches_of_item(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| Ok(Page::whole(service::of_item(tx, &query.actor, target)?))).await
}
