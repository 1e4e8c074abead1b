//! `/follow_ups`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{Attempt, Cause, FollowUp, FollowUpResult, FollowUpStatus, Way};
use super::{asking, service};
use crate::accounts::model::Staff;
use crate::app::App;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::sites::model::{Kind, Named};
use crate::text::Text;
use crate::tickets::model::Ticket;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_follow_ups).service(get_follow_up).service(attempt_follow_up).service(complete_follow_up);
}

/// Somebody to be asked how it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowUpView {
    pub(crate) id: Id,
    ticket_id: Id,
    /// The ticket's number.
    #[schema(example = "C000123")]
    number: String,
    ticket_kind: Kind,
    site_id: Id,
    /// Whom to ask for.
    contact_name: Option<String>,
    /// The number to call, masked; `GET /tickets/{id}/contact` shows it in full.
    contact_phone: Option<String>,
    /// What was done.
    ticket_result: Option<String>,
    /// Whether it is the supervisor's: by call or visit, and the ticket does not close before.
    second: bool,
    cause: Cause,
    status: FollowUpStatus,
    due_at: Instant,
    /// Whether that has passed and it is still to be done. While the ticket is open again it cannot be, and is not late.
    overdue: bool,
    /// How often somebody tried.
    attempts: i32,
    /// Each try, oldest first. Lists leave them out.
    log: Vec<AttemptView>,
    result: Option<FollowUpResult>,
    /// 1 to 5: how they were treated. This and the other marks are shown to who took them down, to whose work it was, and
    /// to the leads.
    attitude: Option<i32>,
    /// 1 to 5: how fast it went.
    speed: Option<i32>,
    /// 1 to 5: what was done.
    solution: Option<i32>,
    /// 1 to 5: all in all.
    overall: Option<i32>,
    comment: Option<String>,
    done_by_id: Option<Id>,
    done_at: Option<Instant>,
    created_at: Instant,
    /// Counts changes; the `ETag`.
    version: i32,
}

impl Answer for FollowUpView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

/// One try to reach somebody.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    at: Instant,
    by: Named,
    way: Way,
    reached: bool,
    note: Option<String>,
}

impl FollowUpView {
    /// Marks are seen by who took them down, and by whom the ticket shows its rating to.
    pub(super) fn new(row: FollowUp, ticket: &Ticket, attempts: Vec<Attempt>, staff: &Staff, now: Instant) -> Self {
        let sees_marks = row.done_by_id == Some(staff.user_id) || ticket.shows_rating_to(staff);
        let shown = |mark: Option<i32>| mark.filter(|_| sees_marks);
        let view = |one: Attempt| AttemptView {
            at: one.at,
            by: Named::new(one.by_id, one.by_name),
            way: one.way,
            reached: one.is_reached,
            note: one.note,
        };
        Self {
            id: row.id,
            ticket_id: row.ticket_id,
            number: ticket.number(),
            ticket_kind: ticket.kind,
            site_id: row.site_id,
            contact_name: ticket.contact_name.clone(),
            contact_phone: ticket.contact_phone_masked.clone(),
            ticket_result: ticket.result.clone(),
            second: row.is_second,
            cause: row.cause,
            status: row.status,
            due_at: row.due_at,
            overdue: row.status == FollowUpStatus::Open && row.due_at <= now && !ticket.is_open,
            attempts: row.attempts,
            log: attempts.into_iter().map(view).collect(),
            result: row.result,
            attitude: shown(row.attitude),
            speed: shown(row.speed),
            solution: shown(row.solution),
            overall: shown(row.overall),
            comment: row.comment,
            done_by_id: row.done_by_id,
            done_at: row.done_at,
            created_at: row.created_at,
            version: row.version,
        }
    }
}

/// Which follow-ups to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListFollowUps {
    /// Only at this site.
    pub site_id: Option<Id>,
    /// Only at this status.
    #[param(inline)]
    pub status: Option<FollowUpStatus>,
    /// Only the supervisor's, or only the first ones.
    pub second: Option<bool>,
    /// Only of this ticket.
    pub ticket_id: Option<Id>,
    /// Only what should have been done by now.
    pub overdue: Option<bool>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A try to reach somebody.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"way": "call", "reached": true}))]
pub struct TryToReach {
    /// How.
    pub way: Way,
    /// Whether they were reached.
    pub reached: bool,
    /// In words.
    #[serde(default)]
    pub note: Option<Text<500>>,
}

/// What somebody said, or that they could not be asked.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"result": "satisfied", "attitude": 5, "speed": 4, "solution": 5, "overall": 5}))]
pub struct CompleteFollowUp {
    /// What came of it.
    pub result: FollowUpResult,
    /// 1 to 5: how they were treated.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub attitude: Option<i32>,
    /// 1 to 5: how fast it went.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub speed: Option<i32>,
    /// 1 to 5: what was done.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub solution: Option<i32>,
    /// 1 to 5: all in all.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub overall: Option<i32>,
    /// In the person's words.
    #[serde(default)]
    pub comment: Option<Text<500>>,
    /// With `unsatisfied`: open the ticket again at once.
    #[serde(default)]
    pub reopen: bool,
}

/// List follow-ups, newest first
#[utoipa::path(tag = "follow-ups", params(ListFollowUps), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<FollowUpView>)))]
#[get("/follow_ups")]
async fn list_follow_ups(app: Data<App>, query: Query<Staff, ListFollowUps>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging = Paging::new(&app.vault, "follow_ups", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    output::page(&app, paging, move |tx, before, fetch| service::list(tx, &actor, &query, before, fetch), |row| row.id)
        .await
}

/// A follow-up
#[utoipa::path(tag = "follow-ups", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The follow-up, with each try", body = FollowUpView)))]
#[get("/follow_ups/{id}")]
async fn get_follow_up(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::find(tx, &query.actor, target.id)).await
}

/// Note a try to reach somebody
///
/// Never by who handled the ticket; the second follow-up only by a supervisor, by call or visit.
#[utoipa::path(tag = "follow-ups", params(PathId), security(("bearer" = [])),
    request_body = TryToReach, responses((status = 200, description = "The follow-up", body = FollowUpView)))]
#[post("/follow_ups/{id}/attempt")]
async fn attempt_follow_up(app: Data<App>, command: Command<Staff, TryToReach>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, asking::attempt).await
}

/// Note what somebody said
///
/// Satisfied: the ticket closes. Unsatisfied: a second follow-up by the supervisor is due, and the ticket does not close
/// before it is done. Unreachable: after three tries that lie two hours apart.
#[utoipa::path(tag = "follow-ups", params(PathId), security(("bearer" = [])),
    request_body = CompleteFollowUp, responses((status = 200, description = "The follow-up", body = FollowUpView)))]
#[post("/follow_ups/{id}/complete")]
async fn complete_follow_up(
    app: Data<App>,
    command: Command<Staff, CompleteFollowUp>,
) -> Result<HttpResponse, Problem> {
    command.change_target(&app, asking::complete).await
}
