//! `/repairs`.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::service;
use crate::accounts::model::SignedIn;
use crate::app::App;
use crate::http::input::Command;
use crate::http::output::Answer;
use crate::http::problem::Problem;
use crate::sites::model::Priority;
use crate::text::Text;
use crate::tickets::intake::{Contact, OnBehalfOf};
use crate::tickets::views::{OpenTicket, TicketView};
use crate::values::Id;

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(report_repair);
}

/// Something broken. `scene` or `location_id`, and one line: the rest is known or optional.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scene": "e=7K2M9QXR4TBW", "description": "灯不亮"}))]
pub struct ReportRepair {
    /// What the scanned code contains.
    #[serde(default)]
    pub scene: Option<Text<32>>,
    /// The place, if nothing was scanned.
    #[serde(default)]
    pub location_id: Option<Id>,
    /// What is wrong.
    pub description: Text<2000>,
    /// What kind of trouble, if the thing does not say.
    #[serde(default)]
    pub category_id: Option<Id>,
    /// Photos uploaded before.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub attachment_ids: Vec<Id>,
    /// How urgent it is; by default as the category says.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// Whom to call, if not the caller's bound number.
    #[serde(default)]
    #[validate(nested)]
    pub contact: Option<Contact>,
    /// For whom staff write this down.
    #[serde(default)]
    #[validate(nested)]
    pub on_behalf_of: Option<OnBehalfOf>,
}

/// The ticket, and what was open at the same thing or place before: perhaps one of these says it already.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiledRepair {
    /// The ticket.
    #[serde(flatten)]
    pub ticket: TicketView,
    /// Tickets that were open there already.
    pub open_on_same: Vec<OpenTicket>,
}

impl Answer for FiledRepair {
    fn version(&self) -> Option<i32> {
        self.ticket.version()
    }
}

/// Report something broken
///
/// The smallest report is `{"scene": "…", "description": "灯不亮"}`. Send an `Idempotency-Key`, and a double tap or a
/// repeat after a lost answer never makes a second ticket.
#[utoipa::path(tag = "repairs", request_body = ReportRepair, security(("bearer" = [])),
    responses((status = 201, description = "The ticket", body = FiledRepair)))]
#[post("/repairs")]
async fn report_repair(app: Data<App>, command: Command<SignedIn, ReportRepair>) -> Result<HttpResponse, Problem> {
    command.create(&app, service::report).await
}
