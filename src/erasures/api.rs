//! `/sites/{id}/erasures`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{Erasure, Subject};
use super::service;
use crate::accounts::model::Lead;
use crate::app::{App, Tx};
use crate::http::input::{PathId, Query};
use crate::http::output;
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_erasures);
}

/// Something that named a person was forgotten.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureView {
    id: Id,
    /// Of what.
    subject: Subject,
    subject_id: Id,
    /// Its number.
    #[schema(example = "K000123")]
    number: String,
    /// Why: `retention_over`.
    #[schema(example = "retention_over")]
    reason: String,
    at: Instant,
}

impl From<Erasure> for ErasureView {
    fn from(row: Erasure) -> Self {
        let Erasure { id, site_id: _, subject, subject_id, number, reason, at } = row;
        Self { id, subject, subject_id, number, reason, at }
    }
}

/// Which page.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListErasures {
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List what was forgotten of people at a site, newest first
///
/// The deletion log: what and when, never whom. An entry lasts three years.
#[utoipa::path(tag = "lost-and-found", params(PathId, ListErasures), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<ErasureView>)))]
#[get("/sites/{id}/erasures")]
async fn list_erasures(app: Data<App>, query: Query<Lead, ListErasures>) -> Result<HttpResponse, Problem> {
    let site_id = query.target()?.id;
    let Query { actor, query, .. } = query;
    let list = format!("erasures {site_id}");
    let paging = Paging::new(&app.vault, &list, actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    let list = move |tx: &mut Tx<'_>, before, fetch| {
        let rows = service::list(tx, &actor, site_id, before, fetch)?;
        Ok(rows.into_iter().map(ErasureView::from).collect())
    };
    output::page(&app, paging, list, |row| row.id).await
}
