//! `/sites/{id}/contact_views`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::Whose;
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
    config.service(list_contact_views);
}

/// Somebody looked at a number in full.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactLookView {
    id: Id,
    /// Whose number it was.
    subject: Whose,
    /// The report, claim or item.
    subject_id: Id,
    /// Its number.
    #[schema(example = "L000123")]
    number: String,
    /// Who looked.
    viewer_id: Id,
    /// What they are called.
    viewer_name: Option<String>,
    at: Instant,
}

/// Which page.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListContactViews {
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List who looked at whose number in full at a site, newest first
///
/// Of whoever lost, found or claimed something; looks at the number behind a ticket stand on its timeline. An entry lasts
/// three years.
#[utoipa::path(tag = "lost-and-found", params(PathId, ListContactViews), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<ContactLookView>)))]
#[get("/sites/{id}/contact_views")]
async fn list_contact_views(app: Data<App>, query: Query<Lead, ListContactViews>) -> Result<HttpResponse, Problem> {
    let site_id = query.target()?.id;
    let Query { actor, query, .. } = query;
    let list = format!("contact_views {site_id}");
    let paging = Paging::new(&app.vault, &list, actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    let list = move |tx: &mut Tx<'_>, before, fetch| {
        let (rows, names) = service::list(tx, &actor, site_id, before, fetch)?;
        let views = rows.into_iter().map(|row| ContactLookView {
            id: row.id,
            subject: row.subject,
            subject_id: row.subject_id,
            number: row.number,
            viewer_id: row.viewer_id,
            viewer_name: names.get(&row.viewer_id).cloned(),
            at: row.at,
        });
        Ok(views.collect())
    };
    output::page(&app, paging, list, |row| row.id).await
}
