//! For whoever runs it: `/healthz`, `/readyz`, `/metrics`, and the API document at `/openapi.json`.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::auth::Anyone;
use super::input::{NoFields, Query};
use super::openapi;
use super::output;
use super::problem::Problem;
use crate::app::App;
use crate::error::Error;
use crate::jobs;

/// Registers these operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_health).service(get_readiness).service(get_metrics).service(get_document);
}

/// A sign of life.
#[derive(Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

impl output::Answer for Health {}

/// Is the process alive
#[utoipa::path(tag = "run", responses((status = 200, description = "It is", body = Health)))]
#[get("/healthz")]
async fn get_health(_: Query<Anyone, NoFields>) -> Result<HttpResponse, Problem> {
    Ok(output::json(&Health { status: "ok" }))
}

/// Can it take requests: the database answers and its tables are current
#[utoipa::path(tag = "run", responses((status = 200, description = "It can", body = Health)))]
#[get("/readyz")]
async fn get_readiness(app: Data<App>, _: Query<Anyone, NoFields>) -> Result<HttpResponse, Problem> {
    if app.db().is_current().await.map_err(|_| Error::database_busy())? {
        Ok(output::json(&Health { status: "ok" }))
    } else {
        Err(Error::Unavailable { code: "migrations_pending", retry_after_seconds: 5 }.into())
    }
}

/// Measurements, in `OpenMetrics` text
#[utoipa::path(tag = "run", responses((status = 200, description = "All measurements", body = String,
    content_type = "application/openmetrics-text")))]
#[get("/metrics")]
async fn get_metrics(app: Data<App>, _: Query<Anyone, NoFields>) -> Result<HttpResponse, Problem> {
    let jobs = app.read(jobs::service::count).await?;
    let text = app.metrics.render(app.db().gauges(), jobs)?;
    Ok(HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text))
}

/// This document
#[utoipa::path(tag = "run", responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
#[get("/openapi.json")]
async fn get_document(req: HttpRequest, _: Query<Anyone, NoFields>) -> Result<HttpResponse, Problem> {
    let mut response = output::catalogue_text(&req, openapi::DOCUMENT);
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    Ok(response)
}
