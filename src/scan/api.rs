//! `/scan/{scene}`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::service;
use crate::accounts::model::SignedIn;
use crate::app::App;
use crate::error::Error;
use crate::http::input::{NoFields, Query};
use crate::http::output::{self, Answer};
use crate::http::problem::Problem;
use crate::sites::import::is_scene;
use crate::sites::model::Named;
use crate::text_enum;
use crate::tickets::views::OpenTicket;
use crate::values::Id;

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(scan_code);
}

text_enum! {
    /// Something that can be done at a place.
    pub enum ScanAction {
        /// `POST /repairs` with this scene.
        ReportRepair = "report_repair",
        /// `POST /complaints` with this scene.
        FileComplaint = "file_complaint",
        /// `POST /rentals` with this scene.
        Borrow = "borrow",
        /// `POST /rentals/reserve` with this scene.
        Reserve = "reserve",
        /// `POST /rentals/{id}/return` with this scene, for what one has.
        ReturnHere = "return_here",
    }
}

/// What a code stands for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScanView {
    /// What the code contains.
    #[schema(example = "e=7K2M9QXR4TBW")]
    pub scene: String,
    /// The mall.
    pub site: Named,
    /// The place, from the outermost inwards.
    pub location: Named,
    /// The thing, if the code is on one.
    pub equipment: Option<Named>,
    /// The shop, if the code is at one.
    pub shop: Option<Named>,
    /// The station, if the code is on one, or where the thing to lend is.
    pub station: Option<Named>,
    /// The thing to lend, if the code is on one.
    pub rental_unit: Option<ScannedUnit>,
    /// What a report about the thing falls under.
    pub category: Option<Named>,
    /// What can be done here.
    pub actions: Vec<ScanAction>,
    /// What is open here already: say "me too" (`POST /tickets/{id}/follow`) instead of reporting it again.
    pub open_tickets: Vec<OpenTicket>,
}

impl Answer for ScanView {}

/// A thing to lend, as whoever holds it may know of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScannedUnit {
    /// Identifier.
    pub id: Id,
    /// What stands on it.
    #[schema(example = "U-0001")]
    pub code: String,
    /// What it is.
    pub item_type: Named,
    /// Whether it can be borrowed now.
    pub is_available: bool,
    /// The caller's rental of it, if they have it.
    pub rental_id: Option<Id>,
}

/// What does this code stand for, and what can be done here
#[utoipa::path(tag = "sites", security(("bearer" = [])),
    params(("scene" = String, Path, description = "What the code contains", max_length = 32, min_length = 1,
        example = "e=7K2M9QXR4TBW")),
    responses((status = 200, description = "The place", body = ScanView)))]
#[get("/scan/{scene}")]
async fn scan_code(
    req: HttpRequest,
    app: Data<App>,
    query: Query<SignedIn, NoFields>,
) -> Result<HttpResponse, Problem> {
    let Query { actor, query: NoFields {}, .. } = query;
    let scene = req.match_info().query("scene").to_owned();
    if !is_scene(&scene) {
        return Err(Error::NotFound("scene_not_found").into());
    }
    output::read(&app, move |tx| service::scan(tx, &actor, scene)).await
}
