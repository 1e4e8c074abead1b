//! `/complaints`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{Grade, Outcome};
use super::views::{ComplaintView, FiledComplaint};
use super::{about, regulator, service, steps};
use crate::accounts::model::{SignedIn, Staff};
use crate::app::App;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output;
use crate::http::problem::Problem;
use crate::text::Text;
use crate::tickets::intake::{Contact, OnBehalfOf};
use crate::tickets::model::LatenessReason;
use crate::values::{Id, Instant};

/// The most that one complaint can be paid, in fen: a million yuan. More is a matter for lawyers. Ours.
const MOST_COMPENSATION_FEN: i32 = 100_000_000;

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(file_complaint)
        .service(get_complaint)
        .service(grade_complaint)
        .service(investigate_complaint)
        .service(offer_on_complaint)
        .service(agree_on_complaint)
        .service(conclude_complaint)
        .service(settle_complaint)
        .service(say_about_complaint)
        .service(pass_on_complaint);
}

/// Somebody is dissatisfied. `scene`, `location_id` or `shop_id`, and one line: the rest is known or optional.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scene": "s=2CQ7HM4ZD8KX", "description": "结账时价格和标价不一样"}))]
pub struct FileComplaint {
    /// What the scanned code contains.
    #[serde(default)]
    pub scene: Option<Text<32>>,
    /// The place, if nothing was scanned.
    #[serde(default)]
    pub location_id: Option<Id>,
    /// The shop complained about, if it is not the one whose code was scanned.
    #[serde(default)]
    pub shop_id: Option<Id>,
    /// What is wrong.
    pub description: Text<2000>,
    /// What kind of complaint.
    #[serde(default)]
    pub category_id: Option<Id>,
    /// Photos uploaded before.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub attachment_ids: Vec<Id>,
    /// Whom to call, if not the caller's bound number.
    #[serde(default)]
    #[validate(nested)]
    pub contact: Option<Contact>,
    /// For whom staff write this down.
    #[serde(default)]
    #[validate(nested)]
    pub on_behalf_of: Option<OnBehalfOf>,
    /// When it happened; not in the future.
    #[serde(default)]
    pub occurred_at: Option<Instant>,
    /// The department complained about.
    #[serde(default)]
    pub about_department_id: Option<Id>,
    /// The member of staff complained about.
    #[serde(default)]
    pub about_staff_id: Option<Id>,
    /// Whether it may get into the press or onto social media.
    #[serde(default)]
    pub media_risk: bool,
    /// The authority that passed it on; for the desk and for systems.
    #[serde(default)]
    #[validate(nested)]
    pub from_regulator: Option<FromRegulator>,
    /// What came of it, if staff answered it on the spot.
    #[serde(default)]
    #[validate(nested)]
    pub settled: Option<SettleComplaint>,
}

/// The authority that passed a complaint on, and the time it gives.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "市场监督管理局 12315", "reference": "2026-118823", "working_days": 7}))]
pub struct FromRegulator {
    /// What it is called.
    pub name: Text<100>,
    /// Its number there.
    #[serde(default)]
    pub reference: Option<Text<100>>,
    /// How many legal working days it gives; the day of receipt is not counted.
    #[serde(deserialize_with = "crate::text::whole_number")]
    #[validate(range(min = 1, max = 90))]
    #[schema(minimum = 1, maximum = 90)]
    pub working_days: i32,
    /// When it came, if not with the complaint: at most thirty days ago.
    #[serde(default)]
    pub received_at: Option<Instant>,
}

/// Which authority passed a complaint on that the desk has already.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "from_regulator": {"name": "市场监督管理局 12315", "reference": "2026-118823", "working_days": 7},
    "reason": "12315 来函转办同一件事"
}))]
pub struct PassOn {
    /// The authority, and the time it gives, from now on if nothing else is said.
    #[validate(nested)]
    pub from_regulator: FromRegulator,
    /// How one knows.
    pub reason: Text<500>,
}

/// How grave a complaint is, and why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grade": "major_safety", "reason": "老人摔伤，已送医"}))]
pub struct GradeComplaint {
    /// How grave.
    pub grade: Grade,
    /// Why.
    pub reason: Text<500>,
}

/// What was found out.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "facts": "扶梯出口地面有水，顾客滑倒", "cause": "保洁后未放警示牌",
    "responsibility": "保洁班组", "measures": "拖地必须放警示牌，每日抽查"
}))]
pub struct InvestigateComplaint {
    /// What happened.
    pub facts: Text<3000>,
    /// Why.
    pub cause: Text<3000>,
    /// Who answers for it.
    pub responsibility: Text<3000>,
    /// What is done so that it does not happen again.
    pub measures: Text<3000>,
}

/// What the person is offered, or answered.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "退还差价 20 元，并送停车券一张"}))]
pub struct OfferOnComplaint {
    /// In words, for the person.
    pub text: Text<2000>,
    /// Photos.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub attachment_ids: Vec<Id>,
}

/// Whether the person agrees.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"agreed": true}))]
pub struct AgreeOnComplaint {
    /// Whether they do.
    pub agreed: bool,
    /// In words; for somebody with an account a lead says here how they heard it.
    #[serde(default)]
    pub comment: Option<Text<1000>>,
}

/// What came of it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "justified", "compensation_fen": 2000}))]
pub struct ConcludeComplaint {
    /// Whether they were right.
    pub outcome: Outcome,
    /// What they are paid, in fen; a supervisor writes it down, and thereby approves it. 0 takes back what was approved.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 0, max = MOST_COMPENSATION_FEN))]
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub compensation_fen: Option<i32>,
    /// In words, for colleagues.
    #[serde(default)]
    pub note: Option<Text<1000>>,
}

/// What was done on the spot, and what came of it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"result": "已按标价退还差价 20 元", "outcome": "justified"}))]
pub struct SettleComplaint {
    /// In words, for the person.
    pub result: Text<2000>,
    /// Whether they were right.
    pub outcome: Outcome,
    /// Why it was late; needed when it was.
    #[serde(default)]
    pub lateness_reason: Option<LatenessReason>,
}

/// Whom a complaint is about: all of it, so that what is left out is not complained about.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"staff_username": "mei", "reason": "顾客说的“小梅”是客服小梅"}))]
pub struct SayAbout {
    /// The shop.
    #[serde(default)]
    pub shop_id: Option<Id>,
    /// The department.
    #[serde(default)]
    pub department_id: Option<Id>,
    /// The member of staff.
    #[serde(default)]
    pub staff_id: Option<Id>,
    /// The same, by what they sign in with.
    #[serde(default)]
    pub staff_username: Option<Text<64>>,
    /// How one knows.
    pub reason: Text<500>,
}

/// Complain
///
/// The smallest complaint is `{"scene": "…", "description": "…"}`. Send an `Idempotency-Key`, and a double tap never makes a
/// second one. How grave it looks is proposed by rules; a person decides.
#[utoipa::path(tag = "complaints", request_body = FileComplaint, security(("bearer" = [])),
    responses((status = 201, description = "The complaint", body = FiledComplaint)))]
#[post("/complaints")]
async fn file_complaint(app: Data<App>, command: Command<SignedIn, FileComplaint>) -> Result<HttpResponse, Problem> {
    command.create(&app, service::file).await
}

/// A complaint
#[utoipa::path(tag = "complaints", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The complaint as the caller may see it", body = ComplaintView)))]
#[get("/complaints/{id}")]
async fn get_complaint(app: Data<App>, query: Query<SignedIn, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::find(tx, &query.actor, target)).await
}

/// Decide how grave a complaint is
///
/// A major one is told to the supervisor at once, cannot wait (what waits goes on), and needs an investigation before it
/// closes. Only a supervisor makes it less.
#[utoipa::path(tag = "complaints", params(PathId), security(("bearer" = [])),
    request_body = GradeComplaint, responses((status = 200, description = "The complaint", body = ComplaintView)))]
#[post("/complaints/{id}/grade")]
async fn grade_complaint(app: Data<App>, command: Command<Staff, GradeComplaint>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::grade).await
}

/// Write down what was found out
///
/// The requester does not see it. Written again, the newest counts; the timeline keeps all. Opened again, a major
/// complaint needs a new one before it closes.
#[utoipa::path(tag = "complaints", params(PathId), security(("bearer" = [])),
    request_body = InvestigateComplaint, responses((status = 200, description = "The complaint", body = ComplaintView)))]
#[post("/complaints/{id}/investigate")]
async fn investigate_complaint(
    app: Data<App>,
    command: Command<Staff, InvestigateComplaint>,
) -> Result<HttpResponse, Problem> {
    command.change_target(&app, steps::investigate).await
}

/// Offer something, or answer
///
/// On an incident it is offered to each who complained.
#[utoipa::path(tag = "complaints", params(PathId), security(("bearer" = [])),
    request_body = OfferOnComplaint, responses((status = 200, description = "The complaint", body = ComplaintView)))]
#[post("/complaints/{id}/offer")]
async fn offer_on_complaint(
    app: Data<App>,
    command: Command<Staff, OfferOnComplaint>,
) -> Result<HttpResponse, Problem> {
    command.change_target(&app, steps::offer).await
}

/// Say whether the person agrees with what they were offered
///
/// The person themselves, or the desk for somebody on the telephone, but not whoever made the offer. For a person with an
/// account a lead says it, with how they heard it in `comment`; the person's own word replaces it.
#[utoipa::path(tag = "complaints", params(PathId), security(("bearer" = [])),
    request_body = AgreeOnComplaint, responses((status = 200, description = "The complaint", body = ComplaintView)))]
#[post("/complaints/{id}/agree")]
async fn agree_on_complaint(
    app: Data<App>,
    command: Command<SignedIn, AgreeOnComplaint>,
) -> Result<HttpResponse, Problem> {
    command.change_target(&app, steps::agree).await
}

/// Write down what came of it
///
/// Compensation is written down by a supervisor, who thereby approves it. What a supervisor concluded, only a supervisor
/// changes.
#[utoipa::path(tag = "complaints", params(PathId), security(("bearer" = [])),
    request_body = ConcludeComplaint, responses((status = 200, description = "The complaint", body = ComplaintView)))]
#[post("/complaints/{id}/conclude")]
async fn conclude_complaint(
    app: Data<App>,
    command: Command<Staff, ConcludeComplaint>,
) -> Result<HttpResponse, Problem> {
    command.change_target(&app, steps::conclude).await
}

/// Answer a simple complaint on the spot
///
/// Accepted, resolved and concluded in one call. Major ones need more than that.
#[utoipa::path(tag = "complaints", params(PathId), security(("bearer" = [])),
    request_body = SettleComplaint, responses((status = 200, description = "The complaint", body = ComplaintView)))]
#[post("/complaints/{id}/settle")]
async fn settle_complaint(app: Data<App>, command: Command<Staff, SettleComplaint>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, steps::settle).await
}

/// Say whom a complaint is about
///
/// Once it is there: people name others in words, the desk knows who is meant. Whoever it is about sees and hears no more of it
/// and has it no longer. That it is not about somebody after all, a lead says. Said as it stands, it is a second person's word,
/// without which nobody ends what may be about themselves.
#[utoipa::path(tag = "complaints", params(PathId), security(("bearer" = [])),
    request_body = SayAbout, responses((status = 200, description = "The complaint", body = ComplaintView)))]
#[post("/complaints/{id}/about")]
async fn say_about_complaint(app: Data<App>, command: Command<Staff, SayAbout>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, about::say).await
}

/// Say that an authority passed a complaint on
///
/// Of one that came in otherwise. The authority's own deadline runs beside the normal clocks, and the supervisors are told of
/// it. What was said already, a supervisor says otherwise.
#[utoipa::path(tag = "complaints", params(PathId), security(("bearer" = [])),
    request_body = PassOn, responses((status = 200, description = "The complaint", body = ComplaintView)))]
#[post("/complaints/{id}/regulator")]
async fn pass_on_complaint(app: Data<App>, command: Command<Staff, PassOn>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, regulator::pass_on).await
}
