//! `/improvements`.

use std::collections::HashMap;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{
    Aim, Improvement, ImprovementCause, ImprovementProblem, ImprovementStatus, NumberedImprovement, Worst, number,
};
use super::service;
use crate::accounts::model::{Lead, Staff};
use crate::app::App;
use crate::error::Error;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::rates::measures::{Rate, Share};
use crate::rates::service::value;
use crate::sites::model::{Kind, Named};
use crate::text::Text;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_improvements)
        .service(open_improvement)
        .service(get_improvement)
        .service(plan_improvement)
        .service(evidence_improvement)
        .service(verify_improvement);
}

/// What is done about a target that a site missed in a month.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImprovementView {
    id: Id,
    /// The number that people read out.
    #[schema(example = "G000001")]
    number: String,
    site_id: Id,
    /// The first day of the month.
    #[schema(format = Date)]
    month: String,
    problem: ImprovementProblem,
    /// The rate that was missed; none if there were too many complaints.
    rate: Option<Rate>,
    /// Of tickets of this kind; of all without.
    kind: Option<Kind>,
    cause: ImprovementCause,
    status: ImprovementStatus,
    /// The rate's numerator when it was opened; or how many complaints.
    numerator: i64,
    /// The rate's denominator; or how many tickets of all kinds.
    denominator: i64,
    /// The numerator by the denominator, to four decimals; none of a number of complaints.
    value: Option<f64>,
    /// What was aimed at: a share in ten-thousandths, or so many complaints.
    target: i32,
    /// Whether that is the most it may be, not the least.
    at_most: bool,
    worst: Worst,
    /// Who answers for it.
    owner: Option<Named>,
    due_at: Instant,
    /// Whether that has passed and it is not closed.
    overdue: bool,
    /// When the admin was told that it is late.
    escalated_at: Option<Instant>,
    /// What shall be done.
    plan: Option<ImprovementStep>,
    /// What was done.
    evidence: Option<ImprovementStep>,
    /// The last check.
    check: Option<ImprovementCheck>,
    /// How often evidence was not good.
    rejections: i32,
    /// The lead who asked for it.
    created_by: Option<Named>,
    created_at: Instant,
    /// Counts changes; the `ETag`.
    version: i32,
}

impl Answer for ImprovementView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

/// What somebody said, and when.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImprovementStep {
    text: String,
    by: Named,
    at: Instant,
}

/// What somebody else found.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImprovementCheck {
    accepted: bool,
    note: String,
    by: Named,
    at: Instant,
    /// The same counts over the thirty days up to then.
    numerator: i64,
    /// As the numerator.
    denominator: i64,
    /// The numerator by the denominator, to four decimals; none over no cases, and of a number of complaints.
    value: Option<f64>,
    /// Whether that is as was aimed at; none over no cases.
    met: Option<bool>,
}

impl ImprovementView {
    pub(super) fn new(
        one: NumberedImprovement,
        names: &HashMap<Id, String>,
        is_lead: bool,
        now: Instant,
    ) -> Result<Self, Error> {
        let NumberedImprovement { seq, row } = one;
        let mut worst: Worst = serde_json::from_value(row.worst.0.clone()).map_err(Error::internal)?;
        let aim = row.aim();
        // As with the rates themselves: what people said of less than the site is for leads.
        if !is_lead && aim.rate.is_some_and(Rate::is_of_words) {
            worst = Worst::default();
        } else if !is_lead {
            worst.persons = Vec::new();
        }
        let person = |id: Id| Named::new(id, names.get(&id).cloned().unwrap_or_default());
        let step = |text: &Option<String>, by: Option<Id>, at: Option<Instant>| {
            Some(ImprovementStep { text: text.clone()?, by: person(by?), at: at? })
        };
        let is_closed = row.status == ImprovementStatus::Closed;
        Ok(Self {
            id: row.id,
            number: number(seq),
            site_id: row.site_id,
            month: row.first_day.clone(),
            problem: match aim.rate {
                Some(_) => ImprovementProblem::RateMissed,
                None => ImprovementProblem::TooManyComplaints,
            },
            rate: aim.rate,
            kind: aim.kind,
            cause: row.cause,
            status: row.status,
            numerator: row.numerator,
            denominator: row.denominator,
            value: aim.rate.and_then(|_| value(row.numerator, row.denominator)),
            target: row.target,
            at_most: aim.rate.is_none_or(Rate::is_better_low),
            worst,
            owner: row.owner_id.map(person),
            due_at: row.due_at,
            overdue: !is_closed && row.due_at <= now,
            escalated_at: row.escalated_at,
            plan: step(&row.plan, row.planned_by_id, row.planned_at),
            evidence: step(&row.evidence, row.evidenced_by_id, row.evidenced_at),
            check: ImprovementCheck::new(&row, person),
            rejections: row.rejections,
            created_by: row.created_by_id.map(person),
            created_at: row.created_at,
            version: row.version,
        })
    }
}

impl ImprovementCheck {
    fn new(row: &Improvement, person: impl Fn(Id) -> Named) -> Option<Self> {
        let aim = row.aim();
        let (numerator, denominator) = (row.numerator_after?, row.denominator_after?);
        Some(Self {
            accepted: row.status == ImprovementStatus::Closed,
            note: row.check_note.clone()?,
            by: person(row.checked_by_id?),
            at: row.checked_at?,
            numerator,
            denominator,
            value: aim.rate.and_then(|_| value(numerator, denominator)),
            met: aim.is_met(row.target, Share { numerator, denominator, ..Share::default() }),
        })
    }
}

/// Which improvements to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListImprovements {
    /// Only at this site.
    pub site_id: Option<Id>,
    /// Only at this status.
    #[param(inline)]
    pub status: Option<ImprovementStatus>,
    /// Only of this rate.
    #[param(inline)]
    pub rate: Option<Rate>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A missed target that something shall be done about.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "site_id": "01a203a5-f791-7712-b0fa-d3699eda26d9", "month": "2026-11-01", "rate": "timeliness", "kind": "repair"
}))]
pub struct OpenImprovement {
    /// The site.
    pub site_id: Id,
    /// Any day of the month, by the site's calendar.
    #[schema(value_type = String, format = Date)]
    pub month: Date,
    /// The rate; without, that there were too many complaints.
    #[serde(default)]
    pub rate: Option<Rate>,
    /// Of tickets of this kind, as the target says; of all without.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Who shall answer for it, of the site's own people; without, whoever answers for the worst department, else a supervisor.
    #[serde(default)]
    pub owner_id: Option<Id>,
}

/// What shall be done.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"plan": "夜班增派一名电工，常用灯具备货两套"}))]
pub struct PlanImprovement {
    /// In words.
    pub plan: Text<2000>,
}

/// What was done.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"evidence": "12 月起夜班两人，备货已入库（见仓库清单）"}))]
pub struct EvidenceImprovement {
    /// In words.
    pub evidence: Text<2000>,
}

/// What somebody else found.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"accepted": true, "note": "抽查三个夜班，两人在岗"}))]
pub struct VerifyImprovement {
    /// Whether it was done. If not, it is to be done again.
    pub accepted: bool,
    /// In words.
    pub note: Text<500>,
}

/// List improvements, newest first
///
/// The desk sees its sites', everyone else of the mall's own people what they answer for.
#[utoipa::path(tag = "improvements", params(ListImprovements), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<ImprovementView>)))]
#[get("/improvements")]
async fn list_improvements(app: Data<App>, query: Query<Staff, ListImprovements>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging = Paging::new(&app.vault, "improvements", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    output::page(&app, paging, move |tx, before, fetch| service::list(tx, &actor, &query, before, fetch), |row| row.id)
        .await
}

/// Open an improvement by hand
///
/// For a target that a month misses. Missed targets of a month that is over, and those that the running month cannot
/// reach any more, open one by themselves, every night.
#[utoipa::path(tag = "improvements", request_body = OpenImprovement, security(("bearer" = [])),
    responses((status = 201, description = "The improvement", body = ImprovementView)))]
#[post("/improvements")]
async fn open_improvement(app: Data<App>, command: Command<Lead, OpenImprovement>) -> Result<HttpResponse, Problem> {
    let lead = command.actor.clone();
    let OpenImprovement { site_id, month, rate, kind, .. } = command.body;
    let aim = Aim { rate, kind };
    let found = app.study(move |tx| service::seek(tx, &lead, site_id, month, aim)).await?;
    command.create(&app, move |tx, lead, body| service::open(tx, lead, &body, found)).await
}

/// An improvement
#[utoipa::path(tag = "improvements", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The improvement", body = ImprovementView)))]
#[get("/improvements/{id}")]
async fn get_improvement(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::find(tx, &query.actor, target.id)).await
}

/// Say what shall be done
///
/// By its owner or a lead; anew until somebody else has checked what was done.
#[utoipa::path(tag = "improvements", params(PathId), security(("bearer" = [])), request_body = PlanImprovement,
    responses((status = 200, description = "The improvement", body = ImprovementView)))]
#[post("/improvements/{id}/plan")]
async fn plan_improvement(app: Data<App>, command: Command<Staff, PlanImprovement>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::plan).await
}

/// Show what was done
///
/// By its owner or a lead.
#[utoipa::path(tag = "improvements", params(PathId), security(("bearer" = [])), request_body = EvidenceImprovement,
    responses((status = 200, description = "The improvement", body = ImprovementView)))]
#[post("/improvements/{id}/evidence")]
async fn evidence_improvement(
    app: Data<App>,
    command: Command<Staff, EvidenceImprovement>,
) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::evidence).await
}

/// Check what was done
///
/// By a lead who neither owns nor planned it, nor showed what was done. The rate is measured again over the last thirty days; what
/// is not accepted is to be done again.
#[utoipa::path(tag = "improvements", params(PathId), security(("bearer" = [])), request_body = VerifyImprovement,
    responses((status = 200, description = "The improvement", body = ImprovementView)))]
#[post("/improvements/{id}/verify")]
async fn verify_improvement(
    app: Data<App>,
    command: Command<Staff, VerifyImprovement>,
) -> Result<HttpResponse, Problem> {
    let (staff, target) = (command.actor.clone(), command.target()?);
    let now = app.study(move |tx| service::measure(tx, &staff, target.id)).await?;
    command.change_target(&app, move |tx, staff, target, body| service::verify(tx, staff, target, body, now)).await
}
