//! `/desk/links`; and outside of `/api/v1`, because people open them, `/desk` and `/desk/events`.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{feed, page, service};
use crate::accounts::model::Staff;
use crate::app::App;
use crate::http::auth::Anyone;
use crate::http::input::{Command, Query};
use crate::http::output::Answer;
use crate::http::problem::Problem;
use crate::http::texts::Language;
use crate::rates::measures::{Rate, Share};
use crate::rates::targets::RateVerdict;
use crate::rates::today::Judged;
use crate::sites::model::Kind;
use crate::tickets::lifecycle::Status;
use crate::values::{Id, Instant};

/// Registers what the API does.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(link_to_desk);
}

/// Registers what a screen opens.
pub fn screen_routes(config: &mut ServiceConfig<'_>) {
    config.service(desk_page).service(desk_events);
}

/// Which board.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"site_id": "0198c0de-0000-7000-8000-000000000001"}))]
pub struct AskDeskLink {
    /// The site.
    pub site_id: Id,
}

/// A link to a board.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeskLink {
    /// What to open on the screen. Whoever has it sees the board.
    pub url: String,
    /// Until when it works.
    pub expires_at: Instant,
}

impl Answer for DeskLink {
    fn is_private(&self) -> bool {
        true
    }
}

/// What a link carries: screens and `EventSource` send no headers.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ByLink {
    /// As it stands in the link.
    token: String,
}

/// What a room sees. The data of an event `board`, beside `now`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Board {
    /// What the site is called.
    pub site: String,
    /// IANA zone, for the clock on the wall.
    pub time_zone: String,
    /// The day it is there.
    pub day: String,
    /// How many tickets are open.
    pub open: i64,
    /// The same by where they stand; zeros, too.
    pub by_status: Vec<StatusCount>,
    /// How many of them have missed a deadline.
    pub late: i64,
    /// How many follow-ups should have been done by now.
    pub follow_ups_late: i64,
    /// The deadlines that come next, the soonest first.
    pub deadlines: Vec<Deadline>,
    /// The deadlines that were missed, the latest first.
    pub breaches: Vec<Deadline>,
    /// How today goes; none while very many tickets are being counted anew.
    pub rates: Option<Vec<TodaysRate>>,
}

/// So many tickets stand there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusCount {
    /// Where.
    pub status: Status,
    /// How many.
    pub count: i64,
}

/// A deadline of an open ticket.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deadline {
    /// What people read out on the telephone.
    pub number: String,
    /// What it is about.
    pub kind: Kind,
    /// Where it stands.
    pub status: Status,
    /// Whether it is grave.
    pub is_major: bool,
    /// What about.
    pub category: Option<String>,
    /// The shop, or where.
    pub place: Option<String>,
    /// By when.
    pub due_at: Instant,
}

/// A rate of today's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TodaysRate {
    /// Which.
    pub rate: Rate,
    /// Only of tickets of this kind, where the site aims at something for it alone.
    pub kind: Option<Kind>,
    /// Its counts.
    #[serde(flatten)]
    pub share: Share,
    /// What it shall be at least, in ten-thousandths.
    pub target: Option<i32>,
    /// How it stands.
    pub verdict: RateVerdict,
}

impl From<Judged> for TodaysRate {
    fn from(judged: Judged) -> Self {
        let Judged { rate, kind, share, target, verdict } = judged;
        Self { rate, kind, share, target: target.map(|target| target.share), verdict }
    }
}

/// A link to the wallboard of a site, for a screen
///
/// It works for twelve hours, and for as long as the caller serves that desk. It opens the board and nothing else, in the
/// language it was asked for in.
#[utoipa::path(tag = "desk", request_body = AskDeskLink, security(("bearer" = [])),
    responses((status = 201, description = "The link", body = DeskLink)))]
#[post("/desk/links")]
async fn link_to_desk(
    app: Data<App>,
    command: Command<Staff, AskDeskLink>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let language = Language::from_headers(request.headers());
    command.create(&app, move |tx, staff, body| service::link(tx, staff, &body, language)).await
}

/// The wallboard, as a page for a screen or a phone
#[utoipa::path(tag = "desk", params(ByLink),
    responses((status = 200, description = "The page", body = String, content_type = "text/html")))]
#[get("/desk")]
async fn desk_page(app: Data<App>, query: Query<Anyone, ByLink>) -> Result<HttpResponse, Problem> {
    let pass = service::open(&app, &query.query.token)?;
    let look = app.boards.look(&app, pass.site_id).await?;
    look.check(&pass)?;
    let page = page::page(&look.board.site, &pass);
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, page::POLICY.as_str()))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page))
}

/// What the wallboard shows, as server-sent events
///
/// `board` at once and whenever something changed, `beat` in between, each with `now`; and `over`, with a `code`, before the
/// stream ends for good.
#[utoipa::path(tag = "desk", params(ByLink),
    responses((status = 200, description = "Events", body = String, content_type = "text/event-stream")))]
#[get("/desk/events")]
async fn desk_events(app: Data<App>, query: Query<Anyone, ByLink>) -> Result<HttpResponse, Problem> {
    let pass = service::open(&app, &query.query.token)?;
    let look = app.boards.look(&app, pass.site_id).await?;
    look.check(&pass)?;
    let seat = app.boards.sit(pass.site_id)?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // nginx would otherwise keep events until it has some thousand bytes of them.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(feed::feed(app.into_inner(), pass, seat, look)))
}
