//! `/notices`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{Notice, NoticeKind};
use super::service;
use crate::accounts::model::SignedIn;
use crate::app::App;
use crate::http::input::Query;
use crate::http::output;
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::values::{Id, Instant, Json};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_notices);
}

/// Something the caller was told.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    id: Id,
    site_id: Id,
    kind: NoticeKind,
    /// The ticket it is about.
    ticket_id: Option<Id>,
    /// What else it says: `number`, `ticket_kind`, `priority`; of a clock `clock`, `percent`, `due_at`; of an
    /// improvement `improvement_id`, `number`, `rate`, `ticket_kind`, `month`, `due_at`; of a record `spot_check_id`; of a tightened ladder
    /// `tightening_id`, `department_id`, `department`, `since`, `numerator`, `denominator`, `target`; a clock that is held to
    /// one also says `tightened_since`.
    #[schema(value_type = Option<Object>)]
    detail: Option<Json>,
    created_at: Instant,
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> Self {
        let Notice { id, site_id, kind, ticket_id, detail, created_at, .. } = notice;
        Self { id, site_id, kind, ticket_id, detail, created_at }
    }
}

/// Which page.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListNotices {
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What I was told, newest first
#[utoipa::path(tag = "notices", params(ListNotices), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<NoticeView>)))]
#[get("/notices")]
async fn list_notices(app: Data<App>, query: Query<SignedIn, ListNotices>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging = Paging::new(&app.vault, "notices", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    output::page(&app, paging, move |tx, before, fetch| service::list(tx, &actor, before, fetch), |notice| notice.id)
        .await
}
