//! `/surveys`, and the links to them.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::service;
use crate::accounts::model::Staff;
use crate::app::App;
use crate::http::auth::Stranger;
use crate::http::input::{Command, Empty, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::problem::Problem;
use crate::sites::model::{Kind, Named};
use crate::tickets::commands::RateTicket;
use crate::values::Instant;

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(issue_survey).service(get_survey).service(answer_survey);
}

/// A link that works once.
#[derive(Debug, Serialize, ToSchema)]
pub struct SurveyLink {
    /// Goes into the page's address; `GET` and `POST /surveys/{token}` take it.
    #[schema(example = "o1yYIvUFQY2yS2uA0w3mJt6mRk0c9m8xqk9nq3fJb5E")]
    pub token: String,
    /// Until when it works.
    pub expires_at: Instant,
}

impl Answer for SurveyLink {}

/// What a survey asks about: no more than whoever holds the link may know.
#[derive(Debug, Serialize, ToSchema)]
pub struct SurveyView {
    /// The ticket's number.
    #[schema(example = "C000123")]
    pub number: String,
    /// What it was about.
    pub kind: Kind,
    /// Where.
    pub site: Named,
    /// What about.
    pub category: Option<Named>,
    /// What was done.
    pub result: Option<String>,
    /// When.
    pub resolved_at: Option<Instant>,
    /// Until when the link works.
    pub expires_at: Instant,
}

impl Answer for SurveyView {}

/// Give out a link by which somebody without an account can rate
///
/// It works once, for seven days. Send it by text message; it is shown only here.
#[utoipa::path(tag = "surveys", params(PathId), security(("bearer" = [])),
    request_body = Option<Empty>, responses((status = 201, description = "The link", body = SurveyLink)))]
#[post("/tickets/{id}/survey")]
async fn issue_survey(app: Data<App>, command: Command<Staff, Empty>) -> Result<HttpResponse, Problem> {
    let target = command.target()?;
    command.create(&app, move |tx, staff, Empty {}| service::issue(tx, staff, target)).await
}

/// What a survey link asks about
///
/// 410 once it was used, or its time is over.
#[utoipa::path(tag = "surveys",
    params(("token" = String, Path, description = "From the link", max_length = 64, min_length = 1)),
    responses((status = 200, description = "What it is about", body = SurveyView)))]
#[get("/surveys/{token}")]
async fn get_survey(req: HttpRequest, app: Data<App>, _: Query<Stranger, NoFields>) -> Result<HttpResponse, Problem> {
    let token = req.match_info().query("token").to_owned();
    output::read(&app, move |tx| service::find(tx, &token)).await
}

/// Say by a survey link how it was
///
/// The link works no more after that.
#[utoipa::path(tag = "surveys", request_body = RateTicket,
    params(("token" = String, Path, description = "From the link", max_length = 64, min_length = 1)),
    responses((status = 200, description = "Thank you", body = SurveyView)))]
#[post("/surveys/{token}")]
async fn answer_survey(
    req: HttpRequest,
    app: Data<App>,
    mut command: Command<Stranger, RateTicket>,
) -> Result<HttpResponse, Problem> {
    let token = req.match_info().query("token").to_owned();
    // Strangers may use the same idempotency key; who holds a link is known by it.
    if let Some(once) = &mut command.once {
        once.caller_id = service::holder(&token);
    }
    command.change(&app, move |tx, _, rating| service::answer(tx, &token, rating)).await
}
