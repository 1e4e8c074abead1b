//! `/gbfs/{site}/…`: outside `/api/v1`, because GBFS has versions of its own.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Feed;
use super::service;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::http::auth::Anyone;
use crate::http::input::{NoFields, Query};
use crate::http::problem::Problem;

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(gbfs_index)
        .service(gbfs_system_information)
        .service(gbfs_vehicle_types)
        .service(gbfs_station_information)
        .service(gbfs_station_status);
}

async fn answer<T: Serialize + Send + 'static>(
    app: &Data<App>,
    req: &HttpRequest,
    file: fn(&mut Tx<'_>, &str) -> Result<Feed<T>, Error>,
) -> Result<HttpResponse, Problem> {
    let site = req.match_info().query("site").to_owned();
    let feed = app.clone().into_inner().read(move |tx| file(tx, &site)).await?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", format!("public, max-age={}", feed.ttl))).json(&feed))
}

/// GBFS: the files of the feed
#[utoipa::path(tag = "gbfs", params(("site" = String, Path, description = "The code of the site", min_length = 1)),
    responses((status = 200, description = "gbfs.json of GBFS 3.0", body = Object)))]
#[get("/gbfs/{site}/gbfs.json")]
async fn gbfs_index(app: Data<App>, req: HttpRequest, _: Query<Anyone, NoFields>) -> Result<HttpResponse, Problem> {
    answer(&app, &req, service::index).await
}

/// GBFS: the site
#[utoipa::path(tag = "gbfs", params(("site" = String, Path, description = "The code of the site", min_length = 1)),
    responses((status = 200, description = "system_information.json of GBFS 3.0", body = Object)))]
#[get("/gbfs/{site}/system_information.json")]
async fn gbfs_system_information(
    app: Data<App>,
    req: HttpRequest,
    _: Query<Anyone, NoFields>,
) -> Result<HttpResponse, Problem> {
    answer(&app, &req, service::system_information).await
}

/// GBFS: what is lent
#[utoipa::path(tag = "gbfs", params(("site" = String, Path, description = "The code of the site", min_length = 1)),
    responses((status = 200, description = "vehicle_types.json of GBFS 3.0", body = Object)))]
#[get("/gbfs/{site}/vehicle_types.json")]
async fn gbfs_vehicle_types(
    app: Data<App>,
    req: HttpRequest,
    _: Query<Anyone, NoFields>,
) -> Result<HttpResponse, Problem> {
    answer(&app, &req, service::vehicle_types).await
}

/// GBFS: where the stations are
#[utoipa::path(tag = "gbfs", params(("site" = String, Path, description = "The code of the site", min_length = 1)),
    responses((status = 200, description = "station_information.json of GBFS 3.0", body = Object)))]
#[get("/gbfs/{site}/station_information.json")]
async fn gbfs_station_information(
    app: Data<App>,
    req: HttpRequest,
    _: Query<Anyone, NoFields>,
) -> Result<HttpResponse, Problem> {
    answer(&app, &req, service::station_information).await
}

/// GBFS: what there is at the stations just now
#[utoipa::path(tag = "gbfs", params(("site" = String, Path, description = "The code of the site", min_length = 1)),
    responses((status = 200, description = "station_status.json of GBFS 3.0", body = Object)))]
#[get("/gbfs/{site}/station_status.json")]
async fn gbfs_station_status(
    app: Data<App>,
    req: HttpRequest,
    _: Query<Anyone, NoFields>,
) -> Result<HttpResponse, Problem> {
    answer(&app, &req, service::station_status).await
}
