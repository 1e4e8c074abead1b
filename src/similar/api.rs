//! `/tickets/{id}/related` and `/tickets/{id}/repeat`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{Because, Repeat, RepeatKind, RepeatStatus};
use super::service;
use crate::accounts::model::Staff;
use crate::app::App;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::problem::Problem;
use crate::masks::masked;
use crate::sites::model::{Kind, Named, Names};
use crate::text::Text;
use crate::tickets::lifecycle::Status;
use crate::tickets::model::{Severity, Ticket};
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(related_to_ticket).service(decide_repeat);
}

/// What the desk knows around a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub struct RelatedView {
    /// Earlier tickets of which this may be the same trouble once more.
    pub repeats: Vec<RepeatView>,
    /// How often this ticket's own trouble came back, as people confirmed.
    pub times_repeated: i64,
    /// Other open reports of the same at the same place.
    pub cluster: Cluster,
    /// What the same person reported before or after, newest first; ten at most.
    pub of_requester: Vec<TicketSummary>,
    /// What was reported about the same shop, newest first; ten at most.
    pub of_shop: Vec<TicketSummary>,
}

impl Answer for RelatedView {}

/// An earlier ticket of which this may be the same trouble.
#[derive(Debug, Serialize, ToSchema)]
pub struct RepeatView {
    kind: RepeatKind,
    because: Because,
    status: RepeatStatus,
    decided_at: Option<Instant>,
    earlier: TicketSummary,
}

impl RepeatView {
    pub(super) fn new(row: Repeat, earlier: TicketSummary) -> Self {
        Self { kind: row.kind, because: row.because, status: row.status, decided_at: row.decided_at, earlier }
    }
}

/// Reports of one thing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cluster {
    /// Whether so many people reported it that they are proposed as an incident (`POST /tickets/{id}/gather`).
    pub is_proposed: bool,
    /// The others, oldest first; 200 at most.
    pub tickets: Vec<TicketSummary>,
}

/// A ticket in a few words.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketSummary {
    pub(super) id: Id,
    #[schema(example = "C000123")]
    number: String,
    kind: Kind,
    status: Status,
    severity: Severity,
    category: Option<Named>,
    location: Option<Named>,
    shop: Option<Named>,
    /// In the requester's words, with the numbers of people in them masked.
    description: String,
    /// The number to call, masked.
    contact_phone: Option<String>,
    rating_score: Option<i32>,
    reopens: i32,
    parent_id: Option<Id>,
    created_at: Instant,
}

impl TicketSummary {
    pub(crate) fn new(ticket: Ticket, names: &Names) -> Self {
        Self {
            id: ticket.id,
            number: ticket.number(),
            kind: ticket.kind,
            status: ticket.status,
            severity: ticket.severity,
            category: names.of(ticket.category_id),
            location: names.of(ticket.location_id),
            shop: names.of(ticket.shop_id),
            description: masked(&ticket.description),
            contact_phone: ticket.contact_phone_masked,
            rating_score: ticket.rating_score,
            reopens: ticket.reopens,
            parent_id: ticket.parent_id,
            created_at: ticket.created_at,
        }
    }
}

/// Whether a ticket is the same trouble as an earlier one.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"earlier_id": "0198c0de-0000-7000-8000-000000000001", "confirmed": true}))]
pub struct DecideRepeat {
    /// The earlier one; it need not have been proposed.
    pub earlier_id: Id,
    /// Whether it is.
    pub confirmed: bool,
    /// Why.
    #[serde(default)]
    pub reason: Option<Text<500>>,
}

/// What the desk knows around a ticket
///
/// Earlier ones of the same person and shop, the same trouble once more, and reports of the same thing. Numbers are masked.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "What is around it", body = RelatedView)))]
#[get("/tickets/{id}/related")]
async fn related_to_ticket(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::related(tx, &query.actor, target)).await
}

/// Say whether a ticket is the same trouble as an earlier one (返投诉, 返修)
///
/// Only what is confirmed counts as a re-complaint or as rework. What nobody proposed can be confirmed if the person, the
/// shop, the thing or the place is the same, within the same days.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = DecideRepeat, responses((status = 200, description = "What is around it", body = RelatedView)))]
#[post("/tickets/{id}/repeat")]
async fn decide_repeat(app: Data<App>, command: Command<Staff, DecideRepeat>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::decide).await
}
