//! `/lost_reports`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{Numbered, ReportStatus, number};
use super::service;
use crate::accounts::model::{SignedIn, Staff};
use crate::app::App;
use crate::attachments::api::AttachmentView;
use crate::http::input::{Command, Empty, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::lost_found::categories::ItemCategory;
use crate::lost_found::colours::Colours;
use crate::sites::model::Named;
use crate::text::Discreet;
use crate::tickets::intake::{Contact, OnBehalfOf};
use crate::tickets::model::Channel;
use crate::tickets::views::FullContact;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(report_lost)
        .service(list_lost_reports)
        .service(get_lost_report)
        .service(get_lost_report_contact)
        .service(change_lost_report)
        .service(withdraw_lost_report);
}

/// Something that somebody misses.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"location_ids": ["0198c0de-0000-7000-8000-000000000001"], "category": "phone",
    "colours": ["black"], "brand": "华为", "description": "黑色华为手机，停车场下车后不见了",
    "lost_from": "2026-11-22T02:00:00.000Z", "lost_until": "2026-11-22T02:30:00.000Z", "marks": ["锁屏是我家的柴犬"]}))]
pub struct ReportLost {
    /// Where it may have been lost: places of one site.
    #[validate(length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10)]
    pub location_ids: Vec<Id>,
    /// In one's own words.
    pub description: Discreet<500>,
    /// What it is.
    pub category: ItemCategory,
    /// Its colours.
    #[serde(default)]
    #[schema(value_type = Vec<crate::lost_found::colours::Colour>)]
    pub colours: Colours,
    /// Its maker.
    #[serde(default)]
    pub brand: Option<Discreet<40>>,
    /// The first moment it may have been lost.
    pub lost_from: Instant,
    /// The last moment; now if left out. At most two weeks later.
    #[serde(default)]
    pub lost_until: Option<Instant>,
    /// What only the owner knows of it. Kept sealed, read by the desk alone.
    #[serde(default)]
    #[validate(length(max = 6))]
    #[schema(max_items = 6)]
    pub marks: Vec<Discreet<200>>,
    /// Photos of it from before.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub attachment_ids: Vec<Id>,
    /// Whom to call, if not the caller's own number.
    #[serde(default)]
    #[validate(nested)]
    pub contact: Option<Contact>,
    /// By staff: whose words these are.
    #[serde(default)]
    #[validate(nested)]
    pub on_behalf_of: Option<OnBehalfOf>,
}

/// What a report says from now on: all of it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"location_ids": ["0198c0de-0000-7000-8000-000000000001"], "category": "phone",
    "colours": ["black", "silver"], "description": "黑色手机，银色边框", "lost_from": "2026-11-22T02:00:00.000Z"}))]
pub struct ChangeReport {
    /// Where it may have been lost: places of the report's site.
    #[validate(length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10)]
    pub location_ids: Vec<Id>,
    /// In one's own words.
    pub description: Discreet<500>,
    /// What it is.
    pub category: ItemCategory,
    /// Its colours.
    #[schema(value_type = Vec<crate::lost_found::colours::Colour>)]
    pub colours: Colours,
    /// Its maker.
    #[serde(default)]
    pub brand: Option<Discreet<40>>,
    /// The first moment it may have been lost.
    pub lost_from: Instant,
    /// The last moment; now if left out. At most two weeks later.
    #[serde(default)]
    pub lost_until: Option<Instant>,
    /// What only the owner knows of it; left out, it stays.
    #[serde(default)]
    #[validate(length(max = 6))]
    #[schema(max_items = 6)]
    pub marks: Option<Vec<Discreet<200>>>,
}

/// A lost report, for its reporter and for the desk.
#[derive(Debug, Serialize, ToSchema)]
pub struct LostReportView {
    /// Identifier.
    pub id: Id,
    /// What people read out.
    #[schema(example = "L000123")]
    number: String,
    site_id: Id,
    status: ReportStatus,
    channel: Channel,
    category: ItemCategory,
    #[schema(value_type = Vec<crate::lost_found::colours::Colour>)]
    colours: Colours,
    brand: Option<String>,
    description: String,
    locations: Vec<Named>,
    lost_from: Instant,
    lost_until: Instant,
    /// What only the owner knows of it.
    marks: Vec<String>,
    photos: Vec<AttachmentView>,
    contact_name: Option<String>,
    /// The number to call, masked.
    contact_phone: Option<String>,
    /// What was given back.
    item_id: Option<Id>,
    created_at: Instant,
    ended_at: Option<Instant>,
    /// Counts changes; the `ETag`.
    version: i32,
}

impl Answer for LostReportView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }

    fn is_private(&self) -> bool {
        true
    }
}

impl LostReportView {
    pub(super) fn new(
        one: Numbered,
        category: ItemCategory,
        colours: Colours,
        locations: Vec<Named>,
        marks: Vec<String>,
        photos: Vec<AttachmentView>,
    ) -> Self {
        let Numbered { seq, report } = one;
        Self {
            id: report.id,
            number: number(seq),
            site_id: report.site_id,
            status: report.status,
            channel: report.channel,
            category,
            colours,
            brand: report.brand,
            description: report.description,
            locations,
            lost_from: report.lost_from,
            lost_until: report.lost_until,
            marks,
            photos,
            contact_name: report.contact_name,
            contact_phone: report.contact_phone_masked,
            item_id: report.item_id,
            created_at: report.created_at,
            ended_at: report.ended_at,
            version: report.version,
        }
    }
}

/// Which reports to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListReports {
    /// Only at this site.
    pub site_id: Option<Id>,
    /// Only at this status.
    #[param(inline)]
    pub status: Option<ReportStatus>,
    /// A number, as `L000123`.
    #[validate(length(min = 1, max = 20))]
    #[param(min_length = 1, max_length = 20)]
    pub q: Option<String>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Report something lost
///
/// What may be it is looked for at once, and again whenever something is handed in.
#[utoipa::path(tag = "lost-and-found", security(("bearer" = [])),
    request_body = ReportLost, responses((status = 201, description = "The report", body = LostReportView)))]
#[post("/lost_reports")]
async fn report_lost(app: Data<App>, command: Command<SignedIn, ReportLost>) -> Result<HttpResponse, Problem> {
    command.create(&app, service::report).await
}

/// List lost reports, newest first
///
/// The desk sees its sites', everyone else their own.
#[utoipa::path(tag = "lost-and-found", params(ListReports), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<LostReportView>)))]
#[get("/lost_reports")]
async fn list_lost_reports(app: Data<App>, query: Query<SignedIn, ListReports>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging = Paging::new(&app.vault, "lost_reports", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    output::page(&app, paging, move |tx, before, fetch| service::list(tx, &actor, &query, before, fetch), |row| row.id)
        .await
}

/// A lost report
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The report", body = LostReportView)))]
#[get("/lost_reports/{id}")]
async fn get_lost_report(app: Data<App>, query: Query<SignedIn, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::find(tx, &query.actor, target)).await
}

/// Whom to call about a lost report, in full
///
/// Each look is written down (`GET /sites/{id}/contact_views`).
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "Whom to call", body = FullContact)))]
#[get("/lost_reports/{id}/contact")]
async fn get_lost_report_contact(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    Ok(output::json(&app.write(move |tx| service::contact(tx, &query.actor, target)).await?))
}

/// Change a lost report
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = ChangeReport, responses((status = 200, description = "The report", body = LostReportView)))]
#[put("/lost_reports/{id}")]
async fn change_lost_report(app: Data<App>, command: Command<SignedIn, ChangeReport>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::change).await
}

/// It turned up, or is not needed any more
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = Empty, responses((status = 200, description = "The report", body = LostReportView)))]
#[post("/lost_reports/{id}/withdraw")]
async fn withdraw_lost_report(app: Data<App>, command: Command<SignedIn, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, actor, target, _| service::withdraw(tx, actor, target)).await
}
