//! `/sites/{id}/retention`, `/found_items/{id}/dispose` and `/found_items/{id}/decide_disposal`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{Disposal, DisposalMethod, DisposalStatus, Profile, RetentionRule};
use super::{disposal, service};
use crate::accounts::model::{Lead, Staff};
use crate::app::App;
use crate::found_items::views::FoundItemView;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::problem::Problem;
use crate::text::Discreet;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_retention).service(set_retention).service(propose_disposal).service(decide_disposal);
}

/// How long a site keeps found things.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetentionView {
    site_id: Id,
    /// Counts changes, and is the `ETag`; 0 is what every site begins with.
    version: i32,
    /// One for each class.
    rules: Vec<RetentionRule>,
    /// Why it was changed.
    reason: Option<String>,
    changed_by_id: Option<Id>,
    changed_at: Option<Instant>,
}

impl Answer for RetentionView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

impl RetentionView {
    pub(super) fn new(site_id: Id, profile: Option<Profile>, rules: Vec<RetentionRule>) -> Self {
        let (version, changed_at) = profile.as_ref().map_or((0, None), |one| (one.version, Some(one.created_at)));
        let changed_by_id = profile.as_ref().and_then(|one| one.created_by_id);
        Self { site_id, version, rules, reason: profile.and_then(|one| one.reason), changed_by_id, changed_at }
    }
}

/// How long a site keeps found things from now on.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "按属地派出所要求", "rules": [
    {"value_class": "ordinary", "days": 20, "day_kind": "working"},
    {"value_class": "valuable", "days": 10, "day_kind": "working"},
    {"value_class": "cash", "days": 10, "day_kind": "working"},
    {"value_class": "identity_paper", "days": 0, "day_kind": "calendar"},
    {"value_class": "dangerous", "days": 0, "day_kind": "calendar"},
    {"value_class": "perishable", "days": 1, "day_kind": "calendar"}]}))]
pub struct SetRetention {
    /// One for each class.
    #[validate(length(min = 1, max = 6), nested)]
    #[schema(min_items = 1, max_items = 6)]
    pub rules: Vec<RetentionRule>,
    /// Why.
    pub reason: Discreet<500>,
}

/// A proposal to dispose of an item.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"method": "destroyed", "legal_basis": "民法典第三百一十六条", "reason": "食品变质"}))]
pub struct ProposeDisposal {
    /// What shall become of it.
    pub method: DisposalMethod,
    /// What allows that: the law and its article.
    pub legal_basis: Discreet<200>,
    /// Why.
    pub reason: Discreet<500>,
    /// Photos of its condition; what spoils needs one.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub attachment_ids: Vec<Id>,
}

/// The second word on a disposal.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"approve": true}))]
pub struct DecideDisposal {
    /// Whether it is done.
    pub approve: bool,
    /// Why not.
    #[serde(default)]
    pub reason: Option<Discreet<500>>,
}

/// A proposal to dispose of an item, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisposalView {
    status: DisposalStatus,
    method: DisposalMethod,
    legal_basis: String,
    reason: String,
    proposed_by_id: Id,
    proposed_at: Instant,
    decided_by_id: Option<Id>,
    decided_at: Option<Instant>,
    /// Why it was refused.
    decision_reason: Option<String>,
}

impl From<Disposal> for DisposalView {
    fn from(row: Disposal) -> Self {
        Self {
            status: row.status,
            method: row.method,
            legal_basis: row.legal_basis,
            reason: row.reason,
            proposed_by_id: row.proposed_by_id,
            proposed_at: row.proposed_at,
            decided_by_id: row.decided_by_id,
            decided_at: row.decided_at,
            decision_reason: row.decision_reason,
        }
    }
}

/// How long a site keeps found things
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The rules", body = RetentionView)))]
#[get("/sites/{id}/retention")]
async fn get_retention(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::show(tx, &query.actor, target.id)).await
}

/// Say how long a site keeps found things
///
/// Each change is a new version; what is in custody keeps the day it was given.
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = SetRetention, responses((status = 200, description = "The rules", body = RetentionView)))]
#[put("/sites/{id}/retention")]
async fn set_retention(app: Data<App>, command: Command<Lead, SetRetention>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::set).await
}

/// Propose to dispose of an item: the first approval
///
/// Not before its day, and never cash, identity papers or dangerous goods.
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = ProposeDisposal, responses((status = 200, description = "The item", body = FoundItemView)))]
#[post("/found_items/{id}/dispose")]
async fn propose_disposal(app: Data<App>, command: Command<Lead, ProposeDisposal>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, disposal::propose).await
}

/// Approve a disposal as the second person, or refuse it
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = DecideDisposal, responses((status = 200, description = "The item", body = FoundItemView)))]
#[post("/found_items/{id}/decide_disposal")]
async fn decide_disposal(app: Data<App>, command: Command<Lead, DecideDisposal>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, disposal::decide).await
}
