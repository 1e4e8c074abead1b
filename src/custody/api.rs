//! `/found_items/{id}/custody`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{CustodyKind, Entry};
use super::service;
use crate::accounts::model::Staff;
use crate::app::App;
use crate::http::input::{NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::problem::Problem;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_custody);
}

/// Every hand an item went through.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustodyView {
    /// The entries, oldest first.
    items: Vec<CustodyEntryView>,
    /// Whether each entry follows from the one before and none is missing.
    is_whole: bool,
}

impl Answer for CustodyView {}

/// One entry of a custody log.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustodyEntryView {
    /// 1 for the first.
    position: i32,
    at: Instant,
    kind: CustodyKind,
    actor_id: Option<Id>,
    actor_name: String,
    witness_name: Option<String>,
    /// Where it lay afterwards.
    place: Option<String>,
    /// What else there is to say.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
    /// The hash of the entry before, base64url; empty for the first.
    previous_hash: String,
    /// The hash of this entry.
    hash: String,
}

impl CustodyView {
    pub(super) fn new(entries: Vec<Entry>, is_whole: bool) -> Self {
        let view = |entry: Entry| CustodyEntryView {
            position: entry.position,
            at: entry.at,
            kind: entry.kind,
            actor_id: entry.actor_id,
            actor_name: entry.actor_name,
            witness_name: entry.witness_name,
            place: entry.place,
            detail: serde_json::from_str(&entry.detail).unwrap_or_default(),
            previous_hash: URL_SAFE_NO_PAD.encode(entry.previous_hash),
            hash: URL_SAFE_NO_PAD.encode(entry.hash),
        };
        Self { items: entries.into_iter().map(view).collect(), is_whole }
    }
}

/// Every hand an item went through
///
/// Each entry carries the hash of the one before; `yijian custody verify` checks all of them.
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The log", body = CustodyView)))]
#[get("/found_items/{id}/custody")]
async fn get_custody(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::log(tx, &query.actor, target)).await
}
