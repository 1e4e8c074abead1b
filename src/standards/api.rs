//! `/calendars`, `/standards` and `/sla/preview`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::calendars::{self, CalendarFound};
use super::model::{CalendarVersion, Reapplied, StandardVersion};
use super::preview::{self, AskPreview, Preview};
use super::service::{self, StandardFound};
use super::spec::StandardSpec;
use crate::accounts::model::{Lead, SignedIn, Staff};
use crate::app::{App, Tx};
use crate::error::Error;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::sla::holidays::{self, YearList};
use crate::sla::spec::{self, CalendarSpec, DateText, Fault, Interval};
use crate::text::Text;
use crate::values::{Id, Instant, Json};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_calendars)
        .service(create_calendar)
        .service(get_calendar)
        .service(update_calendar)
        .service(list_calendar_versions)
        .service(import_year)
        .service(list_standards)
        .service(create_standard)
        .service(get_standard)
        .service(update_standard)
        .service(list_standard_versions)
        .service(list_reapplications)
        .service(preview_sla);
}

/// A calendar with its newest version.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarView {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// Name for everyone.
    pub name: String,
    /// The number of its newest version; the `ETag`.
    pub version: i32,
    /// What it says.
    #[schema(value_type = CalendarSpec)]
    pub spec: Json,
    /// Since when.
    pub created_at: Instant,
    /// When its newest version was written.
    pub updated_at: Instant,
}

impl Answer for CalendarView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

impl From<CalendarFound> for CalendarView {
    fn from(CalendarFound { row, version }: CalendarFound) -> Self {
        let (id, site_id, name) = (row.id, row.site_id, row.name);
        let (created_at, updated_at) = (row.created_at, row.updated_at);
        Self { id, site_id, name, version: row.version, spec: version.spec, created_at, updated_at }
    }
}

/// A standard with its newest version.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandardView {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// Name for everyone.
    pub name: String,
    /// The number of its newest version; the `ETag`.
    pub version: i32,
    /// What it says.
    #[schema(value_type = StandardSpec)]
    pub spec: Json,
    /// Since when it matches nothing any more.
    pub retired_at: Option<Instant>,
    /// Since when.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Answer for StandardView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

impl From<StandardFound> for StandardView {
    fn from(StandardFound { row, version }: StandardFound) -> Self {
        let (id, site_id, name, retired_at) = (row.id, row.site_id, row.name, row.retired_at);
        let (created_at, updated_at) = (row.created_at, row.updated_at);
        Self { id, site_id, name, version: row.version, spec: version.spec, retired_at, created_at, updated_at }
    }
}

/// A calendar or standard as it was at some time.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionOf {
    /// Identifier of the version.
    pub id: Id,
    /// Counts from 1.
    pub version: i32,
    /// What it said.
    #[schema(value_type = Object)]
    pub spec: Json,
    /// Who wrote it; `null` is Yijian itself.
    pub created_by_id: Option<Id>,
    /// When.
    pub created_at: Instant,
}

impl From<CalendarVersion> for VersionOf {
    fn from(row: CalendarVersion) -> Self {
        let CalendarVersion { id, version, spec, created_by_id, created_at, .. } = row;
        Self { id, version, spec, created_by_id, created_at }
    }
}

impl From<StandardVersion> for VersionOf {
    fn from(row: StandardVersion) -> Self {
        let StandardVersion { id, version, spec, created_by_id, created_at, .. } = row;
        Self { id, version, spec, created_by_id, created_at }
    }
}

/// That somebody had the newest version applied to open tickets.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReappliedView {
    id: Id,
    version_id: Id,
    requested_by_id: Id,
    reason: String,
    /// To how many tickets so far.
    changed: i32,
    /// When the last of them was done.
    finished_at: Option<Instant>,
    created_at: Instant,
}

impl From<Reapplied> for ReappliedView {
    fn from(entry: Reapplied) -> Self {
        let Reapplied { id, version_id, requested_by_id, reason, changed, finished_at, created_at, .. } = entry;
        Self { id, version_id, requested_by_id, reason, changed, finished_at, created_at }
    }
}

/// Of which site, and which page.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OfSite {
    /// The site.
    site_id: Id,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A new calendar.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "site_id": "0198c0de-0000-7000-8000-000000000001", "name": "办公室",
    "spec": {"time_zone": "Asia/Shanghai", "weekly": {"mon": [{"open": "09:00", "close": "18:00"}]}},
}))]
pub struct CreateCalendar {
    /// Its site.
    pub site_id: Id,
    /// Name for everyone.
    pub name: Text<80>,
    /// What it says.
    pub spec: CalendarSpec,
}

/// A new version of a calendar.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "spec": {"time_zone": "Asia/Shanghai", "weekly": {"mon": [{"open": "09:00", "close": "18:00"}]}},
}))]
pub struct UpdateCalendar {
    /// Name for everyone; the same, if left out.
    #[serde(default)]
    pub name: Option<Text<80>>,
    /// What it says now.
    pub spec: CalendarSpec,
}

/// The holidays and make-up days of a year.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"makeup_hours": [{"open": "09:00", "close": "18:00"}]}))]
pub struct ImportYear {
    /// Every day off, weekends inside a break included; those of the official Chinese list, if they are left out.
    #[serde(default)]
    #[validate(length(max = 366))]
    #[schema(value_type = Option<Vec<DateText>>, max_items = 366, example = json!(["2026-01-01"]))]
    pub holidays: Option<Vec<String>>,
    /// The weekend days that work instead (调休); with `holidays` left out as well, those of the official list.
    #[serde(default)]
    #[validate(length(max = 366))]
    #[schema(value_type = Option<Vec<DateText>>, max_items = 366, example = json!(["2026-01-04"]))]
    pub makeup_days: Option<Vec<String>>,
    /// When those work.
    #[schema(max_items = 24)]
    pub makeup_hours: Vec<Interval>,
}

/// A new standard.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "site_id": "0198c0de-0000-7000-8000-000000000001", "name": "贵宾报修",
    "spec": {"rank": 500, "kinds": ["repair"],
        "promises": [{"clock": "first_response", "seconds": 600, "calendar": "wall_clock"}]},
}))]
pub struct CreateStandard {
    /// Its site.
    pub site_id: Id,
    /// Name for everyone.
    pub name: Text<80>,
    /// What it says.
    pub spec: StandardSpec,
}

/// A new version of a standard.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "spec": {"rank": 500, "kinds": ["repair"],
        "promises": [{"clock": "first_response", "seconds": 600, "calendar": "wall_clock"}]},
}))]
pub struct UpdateStandard {
    /// Name for everyone; the same, if left out.
    #[serde(default)]
    pub name: Option<Text<80>>,
    /// What it says now.
    pub spec: StandardSpec,
    /// Whether it matches nothing from now on.
    #[serde(default)]
    pub retired: bool,
}

/// List the calendars of a site
#[utoipa::path(tag = "standards", params(OfSite), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<CalendarView>)))]
#[get("/calendars")]
async fn list_calendars(app: Data<App>, query: Query<Staff, OfSite>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging = Paging::new(&app.vault, "calendars", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    let list = move |tx: &mut Tx<'_>, after, fetch| {
        let found = calendars::list(tx, &actor, query.site_id, after, fetch)?;
        Ok(found.into_iter().map(CalendarView::from).collect())
    };
    output::page(&app, paging, list, |calendar| calendar.id).await
}

/// Add a calendar
#[utoipa::path(tag = "standards", request_body = CreateCalendar, security(("bearer" = [])),
    responses((status = 201, description = "The calendar", body = CalendarView)))]
#[post("/calendars")]
async fn create_calendar(app: Data<App>, command: Command<Lead, CreateCalendar>) -> Result<HttpResponse, Problem> {
    let answer = command
        .create(&app, |tx, lead, CreateCalendar { site_id, name, spec }| {
            calendars::create(tx, lead, site_id, name.into_string(), &spec).map(CalendarView::from)
        })
        .await?;
    app.standards.forget_current();
    Ok(answer)
}

/// A calendar
#[utoipa::path(tag = "standards", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The calendar", body = CalendarView)))]
#[get("/calendars/{id}")]
async fn get_calendar(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| calendars::find(tx, &query.actor, target.id).map(CalendarView::from)).await
}

/// Write a new version of a calendar
///
/// Deadlines that lie ahead move with it; what was used stays used.
#[utoipa::path(tag = "standards", params(PathId), request_body = UpdateCalendar, security(("bearer" = [])),
    responses((status = 200, description = "The calendar", body = CalendarView)))]
#[put("/calendars/{id}")]
async fn update_calendar(app: Data<App>, command: Command<Lead, UpdateCalendar>) -> Result<HttpResponse, Problem> {
    let answer = command
        .change_target(&app, |tx, lead, target, UpdateCalendar { name, spec }| {
            calendars::update(tx, lead, target, name.map(Text::into_string), &spec).map(CalendarView::from)
        })
        .await?;
    app.standards.forget_current();
    Ok(answer)
}

/// All versions of a calendar, newest first
#[utoipa::path(tag = "standards", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "All versions", body = Page<VersionOf>)))]
#[get("/calendars/{id}/versions")]
async fn list_calendar_versions(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    let list = move |tx: &mut Tx<'_>| {
        let found = calendars::versions(tx, &query.actor, target.id)?;
        Ok(Page::whole(found.into_iter().map(VersionOf::from).collect()))
    };
    output::read(&app, list).await
}

/// The year in the path, for the API document.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes; the handler reads it from the path")]
struct PathYear {
    /// The year.
    #[param(minimum = 1970, maximum = 2200)]
    year: i16,
}

/// Write a new version of a calendar with the holidays of a year
///
/// Without lists it takes the official Chinese one, if that year's is known. Deadlines that were provisional move.
#[utoipa::path(tag = "standards", params(PathId, PathYear), request_body = ImportYear, security(("bearer" = [])),
    responses((status = 200, description = "The calendar", body = CalendarView)))]
#[post("/calendars/{id}/years/{year}")]
async fn import_year(
    req: HttpRequest,
    app: Data<App>,
    command: Command<Lead, ImportYear>,
) -> Result<HttpResponse, Problem> {
    let year = year_list(req.match_info().query("year"), &command.body)?;
    let answer = command
        .change_target(&app, move |tx, lead, target, command: ImportYear| {
            calendars::import_year(tx, lead, target, &year, &command.makeup_hours).map(CalendarView::from)
        })
        .await?;
    app.standards.forget_current();
    Ok(answer)
}

/// The list that was sent, or the official one.
fn year_list(year: &str, command: &ImportYear) -> Result<YearList, Error> {
    let known = year.parse::<i16>().ok().filter(|year| spec::YEARS.contains(year));
    let year = known.ok_or(Error::NotFound("not_found"))?;
    service::refuse_faults("/makeup_hours", Interval::faults(&command.makeup_hours))?;
    let list = match (&command.holidays, &command.makeup_days) {
        (None, None) => {
            holidays::shipped(year).cloned().ok_or_else(|| Error::field("/holidays", "year_not_shipped"))?
        }
        (holidays, makeup_days) => YearList {
            year,
            notice: String::new(),
            published: jiff::civil::Date::ZERO,
            holidays: match (holidays, holidays::shipped(year)) {
                (Some(holidays), _) => dates("/holidays", year, holidays)?,
                // None would say that there are none, in the place of those that are known.
                (None, Some(official)) => official.holidays.clone(),
                (None, None) => return Err(Error::field("/holidays", "year_not_shipped")),
            },
            makeup_days: dates("/makeup_days", year, makeup_days.as_deref().unwrap_or_default())?,
        },
    };
    let twice = list.makeup_days.iter().position(|day| list.holidays.contains(day));
    if let Some(i) = twice {
        return Err(Error::field(&format!("/makeup_days/{i}"), "date_in_both_lists"));
    }
    if command.makeup_hours.is_empty() && !list.makeup_days.is_empty() {
        return Err(Error::field("/makeup_hours", "makeup_day_without_hours"));
    }
    Ok(list)
}

/// Dates of a year, or all those that are none.
fn dates(at: &str, year: i16, texts: &[String]) -> Result<Vec<jiff::civil::Date>, Error> {
    let (mut dates, mut faults) = (Vec::with_capacity(texts.len()), Vec::new());
    for (i, text) in texts.iter().enumerate() {
        match spec::date(text) {
            Ok(date) if date.year() == year => dates.push(date),
            Ok(_) => faults.push(Fault { pointer: format!("/{i}"), code: "date_of_other_year" }),
            Err(code) => faults.push(Fault { pointer: format!("/{i}"), code }),
        }
    }
    service::refuse_faults(at, faults).map(|()| dates)
}

/// List the standards of a site
#[utoipa::path(tag = "standards", params(OfSite), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<StandardView>)))]
#[get("/standards")]
async fn list_standards(app: Data<App>, query: Query<Staff, OfSite>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging = Paging::new(&app.vault, "standards", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    let list = move |tx: &mut Tx<'_>, after, fetch| {
        let found = service::list_standards(tx, &actor, query.site_id, after, fetch)?;
        Ok(found.into_iter().map(StandardView::from).collect())
    };
    output::page(&app, paging, list, |standard| standard.id).await
}

/// Add a standard
#[utoipa::path(tag = "standards", request_body = CreateStandard, security(("bearer" = [])),
    responses((status = 201, description = "The standard", body = StandardView)))]
#[post("/standards")]
async fn create_standard(app: Data<App>, command: Command<Lead, CreateStandard>) -> Result<HttpResponse, Problem> {
    let answer = command
        .create(&app, |tx, lead, CreateStandard { site_id, name, spec }| {
            service::create_standard(tx, lead, site_id, name.into_string(), &spec).map(StandardView::from)
        })
        .await?;
    app.standards.forget_current();
    Ok(answer)
}

/// A standard
#[utoipa::path(tag = "standards", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The standard", body = StandardView)))]
#[get("/standards/{id}")]
async fn get_standard(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::find_standard(tx, &query.actor, target.id).map(StandardView::from)).await
}

/// Write a new version of a standard
///
/// For tickets that come in from now on; `reapply` gives it to those that are open.
#[utoipa::path(tag = "standards", params(PathId), request_body = UpdateStandard, security(("bearer" = [])),
    responses((status = 200, description = "The standard", body = StandardView)))]
#[put("/standards/{id}")]
async fn update_standard(app: Data<App>, command: Command<Lead, UpdateStandard>) -> Result<HttpResponse, Problem> {
    let answer = command
        .change_target(&app, |tx, lead, target, UpdateStandard { name, spec, retired }| {
            service::update_standard(tx, lead, target, name.map(Text::into_string), &spec, retired)
                .map(StandardView::from)
        })
        .await?;
    app.standards.forget_current();
    Ok(answer)
}

/// All versions of a standard, newest first
#[utoipa::path(tag = "standards", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "All versions", body = Page<VersionOf>)))]
#[get("/standards/{id}/versions")]
async fn list_standard_versions(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    let list = move |tx: &mut Tx<'_>| {
        let found = service::standard_versions(tx, &query.actor, target.id)?;
        Ok(Page::whole(found.into_iter().map(VersionOf::from).collect()))
    };
    output::read(&app, list).await
}

/// Who had a standard applied to open tickets, newest first
#[utoipa::path(tag = "standards", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The last hundred", body = Page<ReappliedView>)))]
#[get("/standards/{id}/reapplications")]
async fn list_reapplications(app: Data<App>, query: Query<Lead, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    let list = move |tx: &mut Tx<'_>| {
        let found = service::reapplications(tx, &query.actor, target.id)?;
        Ok(Page::whole(found.into_iter().map(ReappliedView::from).collect()))
    };
    output::read(&app, list).await
}

/// Compute a deadline, or a whole ledger, without touching a ticket
///
/// With `events` it runs a clock through them and answers how it stands after each, in the order in which they happen;
/// without, it answers the deadline and explains it.
#[utoipa::path(tag = "standards", request_body = AskPreview, security(("bearer" = [])),
    responses((status = 200, description = "A deadline, or how a clock stands after each event", body = Preview)))]
#[post("/sla/preview")]
async fn preview_sla(app: Data<App>, command: Command<SignedIn, AskPreview>) -> Result<HttpResponse, Problem> {
    output::read(&app, move |tx| preview::preview(tx, &command.actor, command.body)).await
}
