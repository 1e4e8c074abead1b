//! `/tickets/{id}/clocks`, excuses, and trying a changed standard on what was.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{Alert, CauseWord, PhaseWord, Step};
use super::{reapply, service, what_if};
use crate::accounts::model::{Lead, SignedIn};
use crate::app::App;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::Page;
use crate::http::problem::Problem;
use crate::sla::explain::{Stretch, StretchKind};
use crate::sla::rates::Standing;
use crate::sla::spec::CalendarSpec;
use crate::standards::spec::{ClockKind, StandardSpec, Told};
use crate::text::Text;
use crate::text_enum;
use crate::tickets::views::TicketView;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_clocks).service(excuse_clock).service(try_standard).service(reapply_standard);
}

text_enum! {
    /// How a promise stands.
    pub enum Verdict {
        /// Kept.
        Met = "met",
        /// Not kept.
        Late = "late",
        /// Still to be kept, and in time so far.
        OpenInTime = "open_in_time",
        /// Not yet done, and late already.
        OpenLate = "open_late",
        /// Late, and taken as no fault of the desk.
        Excused = "excused",
        /// In no rate: cancelled, merged, withdrawn.
        Excluded = "excluded",
    }
}

text_enum! {
    /// One of the ladders of a standard.
    pub enum LadderWord {
        /// As ever.
        Ordinary = "ordinary",
        /// While the resolution rate of the department that has the ticket is under its target.
        Tightened = "tightened",
    }
}

text_enum! {
    /// Why a part of a clock's life counts, or does not.
    pub enum SegmentWord {
        /// Running, open by the week.
        Open = "open",
        /// Running, not open.
        Closed = "closed",
        /// Running, not open because of a holiday.
        Holiday = "holiday",
        /// Running, open by a make-up day.
        Makeup = "makeup",
        /// Running, open by an override.
        Override = "override",
        /// Waiting.
        Paused = "paused",
        /// Done.
        Resolved = "resolved",
        /// Over for good.
        Cancelled = "cancelled",
    }
}

/// A clock with everything that explains its deadline.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockView {
    /// Identifier.
    pub id: Id,
    /// What it measures.
    pub kind: ClockKind,
    /// Whose part it measures.
    pub department_id: Option<Id>,
    /// The standard that promises it.
    pub standard: VersionView,
    /// The calendar it runs on; `null` is the wall clock.
    pub calendar: Option<VersionView>,
    /// Whether it goes.
    pub state: PhaseWord,
    /// Since when.
    pub started_at: Instant,
    /// What it may use, in open seconds.
    pub target_seconds: i32,
    /// What it has used, in open seconds: the sum of the segments that count.
    pub used_seconds: i64,
    /// What is left; negative when it used more.
    pub remaining_seconds: i64,
    /// Its deadline while it runs; none once a new target was exceeded when it came.
    pub due_at: Option<Instant>,
    /// When it stopped, or was cancelled.
    pub stopped_at: Option<Instant>,
    /// Whether that may still move with the holidays of another year.
    pub provisional: bool,
    /// Since when it is late.
    pub breached_at: Option<Instant>,
    /// How it came to be.
    pub breach_cause: Option<CauseWord>,
    /// When that was noticed.
    pub detected_at: Option<Instant>,
    /// Whether a supervisor took that as no fault of the desk.
    pub excused: bool,
    /// Why.
    pub excuse: Option<String>,
    /// How the promise stands.
    pub verdict: Verdict,
    /// How often it was reopened.
    pub episode: i32,
    /// Where its time went, without a hole, from its start until now.
    pub segments: Vec<SegmentView>,
    /// Who was told that time runs out, or ran out.
    pub alerts: Vec<AlertView>,
    /// Which ladder of its standard says who is told when; `null` for what is over, and for who is not staff.
    pub ladder: Option<LadderWord>,
    /// Since when it is held to the tightened one.
    pub tightened_since: Option<Instant>,
    /// Whom that ladder names next; `null` if nobody is left, while it waits, and for who is not staff.
    pub next_warning: Option<WarningView>,
}

/// A version of a standard or calendar.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct VersionView {
    /// The standard or calendar.
    pub id: Id,
    /// Its version.
    pub version: i32,
}

/// A part of a clock's life of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentView {
    /// Its first instant.
    pub from: Instant,
    /// The first instant after it.
    pub to: Instant,
    /// What it is.
    pub kind: SegmentWord,
    /// Whether its seconds were used up.
    pub counts: bool,
    /// How long it is.
    pub seconds: i64,
    /// What the clock waited for.
    pub reasons: Vec<String>,
    /// Who paused or stopped it.
    pub by: Option<String>,
}

/// That somebody was told.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertView {
    /// At which percent of the target.
    pub percent: i32,
    /// Who.
    pub tell: Told,
    /// When that percent was reached.
    pub at: Instant,
    /// When it was noticed.
    pub detected_at: Instant,
}

/// That somebody will be told, if nothing happens before.
#[derive(Debug, Serialize, ToSchema)]
pub struct WarningView {
    /// At which percent of the target.
    pub percent: i32,
    /// Who.
    pub tell: Told,
    /// When that percent is reached.
    pub at: Instant,
}

impl From<Step> for WarningView {
    fn from(step: Step) -> Self {
        Self { percent: step.level.percent, tell: step.level.tell, at: step.at }
    }
}

impl From<&Alert> for AlertView {
    fn from(alert: &Alert) -> Self {
        Self { percent: alert.percent, tell: alert.tell, at: alert.at, detected_at: alert.detected_at }
    }
}

impl From<Standing> for Verdict {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Met => Self::Met,
            Standing::Late => Self::Late,
            Standing::OpenInTime => Self::OpenInTime,
            Standing::OpenLate => Self::OpenLate,
            Standing::Excused => Self::Excused,
            Standing::Excluded => Self::Excluded,
        }
    }
}

impl From<Stretch> for SegmentView {
    fn from(stretch: Stretch) -> Self {
        let kind = match stretch.kind {
            StretchKind::Open => SegmentWord::Open,
            StretchKind::Closed => SegmentWord::Closed,
            StretchKind::Holiday => SegmentWord::Holiday,
            StretchKind::Makeup => SegmentWord::Makeup,
            StretchKind::Override => SegmentWord::Override,
            StretchKind::Paused => SegmentWord::Paused,
            StretchKind::Resolved => SegmentWord::Resolved,
            StretchKind::Cancelled => SegmentWord::Cancelled,
        };
        let Stretch { from, to, counts, seconds, reasons, by, .. } = stretch;
        Self { from: from.into(), to: to.into(), kind, counts, seconds, reasons, by }
    }
}

/// Which breach was no fault of the desk, and why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"clock_id": "0198c0de-0000-7000-8000-000000000001", "reason": "台风，商场停业"}))]
pub struct ExcuseClock {
    /// The clock.
    pub clock_id: Id,
    /// Why.
    pub reason: Text<500>,
}

/// A changed standard or calendar, and the period to try it on.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z",
    "standard": {
        "rank": 300, "kinds": ["repair"],
        "promises": [{"clock": "resolution", "seconds": 43_200, "calendar": "wall_clock"}]
    }
}))]
pub struct TryStandard {
    /// Matters received from this moment on,
    pub from: Instant,
    /// and before this one; at most 92 days later.
    pub to: Instant,
    /// What the standard would say; as it is, if left out.
    #[serde(default)]
    pub standard: Option<StandardSpec>,
    /// A calendar of the site, and what it would say.
    #[serde(default)]
    pub calendar: Option<TryCalendar>,
}

/// A calendar, and what it would say.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryCalendar {
    /// The calendar.
    pub calendar_id: Id,
    /// What it would say.
    pub spec: CalendarSpec,
}

/// What a changed standard or calendar would have done.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct WhatIf {
    /// How many tickets were received that were promised this standard, or would be.
    pub tickets: usize,
    /// How many clocks they have, or would have.
    pub clocks: usize,
    /// How many of these were late.
    pub breaches_before: usize,
    /// How many would be.
    pub breaches_after: usize,
    /// Those that would be late and were not.
    pub gained: Vec<Shift>,
    /// Those that were late and would not be.
    pub lost: Vec<Shift>,
}

impl Answer for WhatIf {}

/// A clock that would be judged otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shift {
    /// The ticket.
    pub ticket_id: Id,
    /// What people read out on the telephone.
    pub number: String,
    /// What the clock measures.
    pub clock: ClockKind,
    /// Since when it would be late, or was.
    pub breached_at: Instant,
}

/// Whether open tickets get the newest version of a standard, or it is only told what that would change.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"dry_run": true, "reason": "承诺缩短为一小时"}))]
pub struct ReapplyStandard {
    /// Only tell.
    pub dry_run: bool,
    /// Why, for the record.
    pub reason: Text<500>,
}

/// What a re-application changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reapplication {
    /// The entry in the record; `null` for a dry run.
    pub id: Option<Id>,
    /// How many open tickets follow an older version.
    pub tickets: usize,
    /// The clocks that would change, or will; at most 200, of the oldest tickets.
    pub changes: Vec<Retargeted>,
}

impl Answer for Reapplication {}

/// A clock that gets another target.
#[derive(Debug, Serialize, ToSchema)]
pub struct Retargeted {
    /// The ticket.
    pub ticket_id: Id,
    /// What people read out on the telephone.
    pub number: String,
    /// What the clock measures.
    pub clock: ClockKind,
    /// Its target now, in open seconds; `null` if it only starts.
    pub target_before: Option<i32>,
    /// Its new target; `null` if nothing is promised any more.
    pub target_after: Option<i32>,
    /// Its deadline now.
    pub due_before: Option<Instant>,
    /// Its new deadline.
    pub due_after: Option<Instant>,
}

/// Why each deadline of a ticket is what it is
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "All clocks", body = Page<ClockView>)))]
#[get("/tickets/{id}/clocks")]
async fn list_clocks(app: Data<App>, query: Query<SignedIn, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| Ok(Page::whole(service::list(tx, &query.actor, target)?))).await
}

/// Excuse a breach
///
/// It stays, marked; rates show it apart. Only for supervisors.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = ExcuseClock, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/excuse")]
async fn excuse_clock(app: Data<App>, command: Command<Lead, ExcuseClock>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::excuse).await
}

/// Try a changed standard or calendar on what was
///
/// Nothing is written.
#[utoipa::path(tag = "standards", params(PathId), security(("bearer" = [])),
    request_body = TryStandard, responses((status = 200, description = "What would have been late", body = WhatIf)))]
#[post("/standards/{id}/what_if")]
async fn try_standard(app: Data<App>, command: Command<Lead, TryStandard>) -> Result<HttpResponse, Problem> {
    let target = command.target()?;
    Ok(output::json(&what_if::run(&app, command.actor, target, command.body).await?))
}

/// Give open tickets the newest version of a standard
///
/// First as a dry run; then a job does it, and an entry in the record says who asked for it and why.
#[utoipa::path(tag = "standards", params(PathId), security(("bearer" = [])),
    request_body = ReapplyStandard, responses((status = 200, description = "What changes", body = Reapplication)))]
#[post("/standards/{id}/reapply")]
async fn reapply_standard(app: Data<App>, command: Command<Lead, ReapplyStandard>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, reapply::ask).await
}
