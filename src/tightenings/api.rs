//! `/sites/{id}/tightenings`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::Tightening;
use super::service;
use crate::accounts::model::Staff;
use crate::app::{App, Tx};
use crate::http::input::{PathId, Query};
use crate::http::output;
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::rates::service::value;
use crate::rates::targets::RateVerdict;
use crate::sites::model::{Named, Names};
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_tightenings);
}

/// A time in which the tickets of a department were held to the tightened ladder of their standard.
#[derive(Debug, Serialize, ToSchema)]
pub struct TighteningView {
    pub(super) id: Id,
    site_id: Id,
    department_id: Id,
    department: Option<Named>,
    /// When its resolution rate was found under the target.
    since: Instant,
    /// When it was found not to be any more; `null` while it lasts.
    until: Option<Instant>,
    /// How the rate stood when it began; for leads, and for whoever works in the department.
    at_begin: Option<StoodView>,
    /// How it stood when it ended; for the same.
    at_end: Option<StoodView>,
}

/// How a department's resolution rate stood: of what came in over the thirty days up to then.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoodView {
    /// What was solved.
    numerator: i64,
    /// Of so many that were decided.
    denominator: i64,
    /// The numerator by the denominator, to four decimals; none over no cases.
    value: Option<f64>,
    /// What was aimed at, in ten-thousandths: 9500 is 95 %.
    target: Option<i32>,
    /// How it stood against that. It ends when it is met, and also when there are too few cases or there is no target.
    verdict: RateVerdict,
}

impl StoodView {
    fn new((numerator, denominator): (i64, i64), target: Option<i32>, verdict: RateVerdict) -> Self {
        Self { numerator, denominator, value: value(numerator, denominator), target, verdict }
    }
}

impl TighteningView {
    pub(super) fn new(row: &Tightening, names: &Names, shows_numbers: bool) -> Self {
        let at_begin = StoodView::new((row.numerator, row.denominator), Some(row.target), RateVerdict::Missed);
        let at_end = row.numerator_after.zip(row.denominator_after).zip(row.verdict_after);
        Self {
            id: row.id,
            site_id: row.site_id,
            department_id: row.department_id,
            department: names.of(Some(row.department_id)),
            since: row.since,
            until: row.ended_at,
            at_begin: shows_numbers.then_some(at_begin),
            at_end: at_end
                .filter(|_| shows_numbers)
                .map(|(counts, verdict)| StoodView::new(counts, row.target_after, verdict)),
        }
    }
}

/// Which of them.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTightenings {
    /// Only of this department.
    pub department_id: Option<Id>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List when departments were held to the tightened ladder, newest first
///
/// While the resolution rate of a department is under its target, the tickets that it has are told of as the
/// `tightened_ladder` of their standard says. It is looked every hour, and whenever the targets change. How the rate stood is
/// shown to leads and to whoever works in the department.
#[utoipa::path(tag = "rates", params(PathId, ListTightenings), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<TighteningView>)))]
#[get("/sites/{id}/tightenings")]
async fn list_tightenings(app: Data<App>, query: Query<Staff, ListTightenings>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    let Query { actor, query, .. } = query;
    let list = format!("tightenings {}", target.id);
    let paging = Paging::new(&app.vault, &list, actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    let list = move |tx: &mut Tx<'_>, before, fetch| service::list(tx, &actor, target, &query, (before, fetch));
    output::page(&app, paging, list, |row| row.id).await
}
