//! `/rates` and `/sites/{id}/rate_targets`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, put};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::measures::{Rate, RatePart, RateUnit, Share};
use super::model::{Dimension, TargetRow};
use super::periods::Period;
use super::targets::{RateVerdict, Target, Targets};
use super::{aims, service};
use crate::accounts::model::{Lead, Staff};
use crate::app::App;
use crate::error::Error;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::http::texts::Language;
use crate::similar::api::TicketSummary;
use crate::sites::model::{Kind, Named};
use crate::text::Text;
use crate::text_enum;
use crate::tickets::model::Severity;
use crate::values::{Id, Instant, Json};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_rates).service(list_tickets_behind).service(get_rate_targets).service(set_rate_targets);
}

text_enum! {
    /// By what rates are kept apart.
    pub enum GroupBy {
        /// By kind of ticket.
        Kind = "kind",
        /// By department; the desk itself has an empty key.
        Department = "department",
        /// By person; for leads.
        Person = "person",
        /// By shop.
        Shop = "shop",
        /// By category.
        Category = "category",
        /// By severity.
        Severity = "severity",
        /// By why tickets were late.
        LatenessReason = "lateness_reason",
        /// By weekday and hour: `1-00` is Monday after midnight.
        Hour = "hour",
        /// By category and place: `category/place`.
        Topic = "topic",
        /// By who let tickets wait, and why: `person/reason`; for leads.
        Pause = "pause",
        /// By day.
        Day = "day",
        /// By week, from Monday on.
        Week = "week",
        /// By month.
        Month = "month",
        /// By quarter.
        Quarter = "quarter",
        /// By year.
        Year = "year",
    }
}

/// Which rates.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AskRates {
    /// The site.
    pub site_id: Id,
    /// The first day, by the site's calendar; the first of the month without.
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// The last day, which counts too; today without.
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
    /// By what to keep them apart; all together without.
    #[param(inline)]
    pub group_by: Option<GroupBy>,
    /// Only of tickets of this kind.
    #[param(inline)]
    pub kind: Option<Kind>,
    /// Only of this department; over time, or by kind.
    pub department_id: Option<Id>,
    /// Only of this person; over time, or by kind. For leads, and for oneself.
    pub person_id: Option<Id>,
    /// Only of this shop; over time, or by kind.
    pub shop_id: Option<Id>,
    /// Only of this category; over time, or by kind.
    pub category_id: Option<Id>,
    /// Only of this severity; over time, or by kind.
    #[param(inline)]
    pub severity: Option<Severity>,
}

/// Which tickets.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AskTickets {
    /// The site.
    pub site_id: Id,
    /// The first day, by the site's calendar; the first of the month without.
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// The last day, which counts too; today without.
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
    /// Which part of the rate; without, what speaks against us.
    #[param(inline)]
    pub part: Option<RatePart>,
    /// Only of this kind.
    #[param(inline)]
    pub kind: Option<Kind>,
    /// Only of this department.
    pub department_id: Option<Id>,
    /// Only of this person. For leads, and for oneself.
    pub person_id: Option<Id>,
    /// Only of this shop.
    pub shop_id: Option<Id>,
    /// Only of this category.
    pub category_id: Option<Id>,
    /// Only of this severity.
    #[param(inline)]
    pub severity: Option<Severity>,
    /// Only of one group of an answer of `/rates`: by what they were kept apart. With `key`.
    #[param(inline)]
    pub group_by: Option<GroupBy>,
    /// The group's key.
    #[validate(length(max = 120))]
    #[param(max_length = 120)]
    pub key: Option<String>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

type One = (Dimension, String);

/// What both questions may be narrowed to, by id. (They have no struct in common: what is flattened into another one can
/// have fields that nobody knows.)
const BY_ID: [Dimension; 4] = [Dimension::Department, Dimension::Person, Dimension::Shop, Dimension::Category];

fn only_one(ids: [Option<Id>; 4], severity: Option<Severity>) -> Result<Option<One>, Error> {
    let by_id = BY_ID.into_iter().zip(ids).filter_map(|(dimension, id)| Some((dimension, id?.to_string())));
    let mut given = by_id.chain(severity.map(|severity| (Dimension::Severity, severity.as_str().to_owned())));
    let one = given.next();
    if given.next().is_some() { Err(Error::rule("rates_one_dimension")) } else { Ok(one) }
}

impl AskRates {
    /// The one that is asked about.
    pub(super) fn of(&self) -> Result<Option<One>, Error> {
        let ids = [self.department_id, self.person_id, self.shop_id, self.category_id];
        let one = only_one(ids, self.severity)?;
        let crosses = one.is_some() && self.group_by.is_some_and(|by| !by.goes_with_one());
        if crosses { Err(Error::rule("rates_one_dimension")) } else { Ok(one) }
    }
}

impl AskTickets {
    /// The one that is asked about.
    pub(super) fn of(&self) -> Result<Option<One>, Error> {
        let ids = [self.department_id, self.person_id, self.shop_id, self.category_id];
        let one = only_one(ids, self.severity)?;
        let Some((by, key)) = self.group()? else { return Ok(one) };
        let Some(dimension) = by.dimension() else { return Ok(one) };
        if one.is_some() {
            return Err(Error::rule("rates_one_dimension"));
        }
        if dimension.has(key) { Ok(Some((dimension, key.to_owned()))) } else { Err(no_such_group()) }
    }

    /// The only kind of ticket that is asked about.
    pub(super) fn only_kind(&self) -> Result<Option<Kind>, Error> {
        let Some((GroupBy::Kind, key)) = self.group()? else { return Ok(self.kind) };
        let kind: Kind = key.parse().map_err(|_| no_such_group())?;
        if self.kind.is_some_and(|only| only != kind) { Err(no_such_group()) } else { Ok(Some(kind)) }
    }

    /// The period that is asked about: of a group of time, the part of it that lies in the period asked for.
    pub(super) fn period(&self, today: Date) -> Result<Period, Error> {
        let period = Period::asked(self.from, self.to, today)?;
        let Some((by, key)) = self.group()?.filter(|(by, _)| by.is_of_time()) else { return Ok(period) };
        let first: Date = key.parse().map_err(|_| no_such_group())?;
        let unit = by.unit(first);
        let of_group = Period { from: period.from.max(unit.from), to: period.to.min(unit.to) };
        if unit.from == first && of_group.from <= of_group.to { Ok(of_group) } else { Err(no_such_group()) }
    }

    fn group(&self) -> Result<Option<(GroupBy, &str)>, Error> {
        match (self.group_by, &self.key) {
            (None, None) => Ok(None),
            (Some(by), Some(key)) => Ok(Some((by, key))),
            _ => Err(no_such_group()),
        }
    }
}

fn no_such_group() -> Error {
    Error::rule("rates_group_unknown")
}

/// The rates of a period. Each ticket counts for the day on which the desk heard of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RatesView {
    pub(super) site: Named,
    /// The first day.
    #[schema(format = Date)]
    pub(super) from: String,
    /// The last day.
    #[schema(format = Date)]
    pub(super) to: String,
    /// The first day of the period before, with which this one is compared.
    #[schema(format = Date)]
    pub(super) previous_from: String,
    /// Its last day.
    #[schema(format = Date)]
    pub(super) previous_to: String,
    pub(super) group_by: Option<GroupBy>,
    pub(super) kind: Option<Kind>,
    /// How many groups there are: more than are shown, if those with the fewest tickets are left out.
    pub(super) total_groups: usize,
    /// One if nothing is kept apart; at most 500 but for groups of time, those with the most tickets.
    pub(crate) groups: Vec<GroupView>,
}

impl Answer for RatesView {}

/// The rates of one group.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupView {
    /// An id, a word, or the first day of a period, which for the first one may lie before what was asked for; empty for all
    /// together, for the desk among departments, and for what has no shop or category.
    pub(crate) key: String,
    /// What that is called, if it has a name; what has no id of its own goes by words in the reader's language.
    pub(crate) name: Option<String>,
    /// How many tickets came in.
    pub(crate) received: i64,
    /// The mean of what people gave, 1 to 5, to two decimals; none if nobody said, or where what people said is not shown.
    pub(crate) mean_score: Option<f64>,
    /// The same of the period before.
    pub(crate) previous_mean_score: Option<f64>,
    /// Every rate; of less than the whole site, without those of what people said and of checked records, but for leads and
    /// for oneself.
    pub(crate) rates: Vec<RateView>,
    /// Everything that is counted and not zero, by name.
    #[schema(value_type = Object)]
    pub(crate) counts: Json,
}

/// A rate with its counts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RateView {
    /// Which.
    pub(crate) rate: Rate,
    /// What it counts.
    pub(crate) unit: RateUnit,
    #[serde(flatten)]
    pub(crate) share: Share,
    /// The numerator by the denominator, to four decimals; none over no cases.
    pub(crate) value: Option<f64>,
    pub(crate) target: Option<TargetView>,
    pub(crate) verdict: RateVerdict,
    /// Whether a period that is not over cannot reach the target any more, if it goes on as it has.
    pub(crate) out_of_reach: bool,
    /// The period before; for groups of time, the group before.
    pub(crate) previous: Option<PreviousView>,
}

/// What a rate shall be.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct TargetView {
    /// In ten-thousandths: 9800 is 98 %.
    pub(crate) share: i32,
    /// Whether it is the most it may be, not the least.
    pub(crate) at_most: bool,
    /// What is striven for beyond that, if anything, in ten-thousandths.
    pub(crate) goal: Option<i32>,
}

impl From<Target> for TargetView {
    fn from(target: Target) -> Self {
        Self { share: target.share, at_most: target.rate.is_better_low(), goal: target.goal }
    }
}

/// A rate of the period before.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct PreviousView {
    numerator: i64,
    denominator: i64,
    /// The numerator by the denominator; none over no cases.
    value: Option<f64>,
}

impl From<Share> for PreviousView {
    fn from(share: Share) -> Self {
        let Share { numerator, denominator, .. } = share;
        Self { numerator, denominator, value: service::value(numerator, denominator) }
    }
}

/// What a site aims at.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetsView {
    /// Counts versions; 0 is the service standard as Yijian comes with it. The `ETag`.
    version: i32,
    targets: Targets,
    /// Every version that was written, newest first.
    versions: Vec<TargetsVersion>,
}

impl Answer for TargetsView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

/// A version of what a site aims at.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetsVersion {
    version: i32,
    targets: Targets,
    reason: String,
    created_by_id: Id,
    created_at: Instant,
}

impl TargetsView {
    pub(super) fn new(rows: Vec<TargetRow>, read: fn(&TargetRow) -> Result<Targets, Error>) -> Result<Self, Error> {
        let version = |row: TargetRow| {
            Ok(TargetsVersion {
                version: row.version,
                targets: read(&row)?,
                reason: row.reason,
                created_by_id: row.created_by_id,
                created_at: row.created_at,
            })
        };
        let versions = rows.into_iter().map(version).collect::<Result<Vec<_>, Error>>()?;
        let newest = versions.first();
        Ok(Self {
            version: newest.map_or(0, |newest| newest.version),
            targets: newest.map_or_else(Targets::default, |newest| newest.targets.clone()),
            versions,
        })
    }
}

/// A new version of what a site aims at.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "targets": { "rates": [{ "rate": "resolution", "share": 9800 }], "few": 5, "complaints_per_month": 10 },
    "reason": "按年度目标调整"
}))]
pub struct SetTargets {
    /// All of them.
    #[validate(nested)]
    pub targets: Targets,
    /// Why.
    pub reason: Text<500>,
}

/// Rates of a period, with what they are made of
///
/// Each ticket counts for the day on which the desk heard of it. Open and late counts against; open and in time is
/// `pending` and in no rate. Every number is right at the moment it is asked for. A period, or a group of time, is judged by
/// the targets at its end. By person, a first answer is whose who gave it and a follow-up whose who made it; all else is whose
/// the ticket is. Kept apart by anything, or narrowed to anything, what people said and what was found in records is for leads,
/// and for oneself.
#[utoipa::path(tag = "rates", params(AskRates), security(("bearer" = [])),
    responses((status = 200, description = "The rates", body = RatesView)))]
#[get("/rates")]
async fn get_rates(
    app: Data<App>,
    query: Query<Staff, AskRates>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let language = Language::from_headers(request.headers());
    let Query { actor, query, .. } = query;
    Ok(output::json(&app.study(move |tx| service::rates(tx, &actor, &query, language)).await?))
}

/// The path parameter of a rate, for the API document.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes; the handler reads")]
struct PathRate {
    /// The rate.
    #[param(inline)]
    rate: Rate,
}

/// The tickets behind a rate, newest first
///
/// How single tickets were rated or what spot checks found in them says how their people do: for leads, and for oneself.
#[utoipa::path(tag = "rates", params(PathRate, AskTickets), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<TicketSummary>)))]
#[get("/rates/{rate}/tickets")]
async fn list_tickets_behind(
    app: Data<App>,
    query: Query<Staff, AskTickets>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let rate: Rate = request.match_info().query("rate").parse().map_err(|_| Error::NotFound("rate_not_found"))?;
    let list = format!("rates {}", rate.as_str());
    let paging = Paging::new(&app.vault, &list, actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    let page = (paging.position, paging.fetch());
    let rows = app.study(move |tx| service::tickets(tx, &actor, rate, &query, page)).await?;
    let page = paging.page(&app.vault, rows, |(place, _)| *place);
    let Page { items, next_cursor, has_more } = page;
    Ok(output::json(&Page { items: items.into_iter().map(|(_, ticket)| ticket).collect(), next_cursor, has_more }))
}

/// What a site aims at
#[utoipa::path(tag = "rates", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The targets", body = TargetsView)))]
#[get("/sites/{id}/rate_targets")]
async fn get_rate_targets(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| aims::targets(tx, &query.actor, target)).await
}

/// Write a new version of what a site aims at
#[utoipa::path(tag = "rates", params(PathId), request_body = SetTargets, security(("bearer" = [])),
    responses((status = 200, description = "The targets", body = TargetsView)))]
#[put("/sites/{id}/rate_targets")]
async fn set_rate_targets(app: Data<App>, command: Command<Lead, SetTargets>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, aims::set_targets).await
}
