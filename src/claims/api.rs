//! `/claims`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{ClaimStatus, IdentityKind};
use super::views::{ClaimContact, ClaimView};
use super::{answers, hand_over, service};
use crate::accounts::model::{SignedIn, Staff};
use crate::app::App;
use crate::http::input::{Command, Empty, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::text::{Characters, Discreet};
use crate::tickets::intake::{Contact, OnBehalfOf};
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(claim_item)
        .service(list_claims)
        .service(get_claim)
        .service(get_claim_contact)
        .service(answer_claim)
        .service(ask_claimant)
        .service(approve_claim)
        .service(reject_claim)
        .service(withdraw_claim)
        .service(pick_up_code)
        .service(hand_over_item)
        .service(witness_hand_over);
}

/// Somebody says that an item is theirs.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"item_id": "0198c0de-0000-7000-8000-000000000001", "statement": "是我下午在停车场丢的"}))]
pub struct ClaimItem {
    /// The item, from the public list or from what may be it.
    pub item_id: Id,
    /// The caller's own lost report, if there is one.
    #[serde(default)]
    pub lost_report_id: Option<Id>,
    /// In one's own words.
    #[serde(default)]
    pub statement: Option<Discreet<500>>,
    /// Whom to call, if not the caller's own number.
    #[serde(default)]
    #[validate(nested)]
    pub contact: Option<Contact>,
    /// By the desk: whose claim this is.
    #[serde(default)]
    #[validate(nested)]
    pub on_behalf_of: Option<OnBehalfOf>,
}

/// What the claimant knows.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answers": [{"mark_id": "0198c0de-0000-7000-8000-000000000001", "text": "柴犬"},
    {"mark_id": "0198c0de-0000-7000-8000-000000000002", "text": "星星贴纸"}]}))]
pub struct AnswerClaim {
    /// Each question once; all of them, or nothing is compared.
    #[serde(default)]
    #[validate(length(max = 6), nested)]
    #[schema(max_items = 6)]
    pub answers: Vec<GivenAnswer>,
    /// Words for the desk.
    #[serde(default)]
    pub text: Option<Discreet<500>>,
}

/// The answer to one question.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mark_id": "0198c0de-0000-7000-8000-000000000001", "text": "柴犬"}))]
pub struct GivenAnswer {
    /// The question.
    pub mark_id: Id,
    /// What the claimant says.
    pub text: Discreet<60>,
}

/// The desk wants to know more.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"question": "手机里最近一次通话是打给谁的？"}))]
pub struct AskClaimant {
    /// What.
    pub question: Discreet<500>,
}

/// It is theirs.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "当面解锁手机，本人无误"}))]
pub struct DecideClaim {
    /// Why; needed unless the answers were confirmed.
    #[serde(default)]
    pub reason: Option<Discreet<500>>,
}

/// It is not theirs.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "说不出特征"}))]
pub struct RejectClaim {
    /// Why; the claimant reads it.
    pub reason: Discreet<500>,
}

/// The item is given to its owner: the code from their phone or their signature proves it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"identity_kind": "id_card", "identity_last4": "123X", "code": "042917"}))]
pub struct HandOver {
    /// By which paper they showed who they are.
    pub identity_kind: IdentityKind,
    /// Its last four characters. More is not taken.
    pub identity_last4: Characters<4>,
    /// The code that their own phone shows.
    #[serde(default)]
    pub code: Option<Characters<6>>,
    /// An image of their signature, uploaded by the caller.
    #[serde(default)]
    pub signature_id: Option<Id>,
    /// If a courier brings it; then with the code.
    #[serde(default)]
    #[validate(nested)]
    pub courier: Option<CourierOrder>,
}

/// What a courier brings, at the owner's cost.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"carrier": "顺丰速运", "tracking_number": "SF1234567890123", "address": "杭州市西湖区文三路 1 号", "fee_fen": 2300}))]
pub struct CourierOrder {
    /// Who carries it.
    pub carrier: Discreet<40>,
    /// Their number for it.
    #[serde(default)]
    pub tracking_number: Option<Discreet<40>>,
    /// Where to. Kept sealed.
    pub address: Discreet<200>,
    /// What the owner pays for that, in fen.
    #[serde(deserialize_with = "crate::text::whole_number")]
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub fee_fen: i32,
}

/// A code for the claimant's own phone.
#[derive(Serialize, ToSchema)]
pub struct PickUpCode {
    /// Show it at the desk.
    #[schema(example = "042917")]
    pub code: String,
    /// Until when it works, once.
    pub expires_at: Instant,
}

impl Answer for PickUpCode {
    fn is_private(&self) -> bool {
        true
    }
}

/// Which claims to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListClaims {
    /// Only at this site.
    pub site_id: Option<Id>,
    /// Only at this status.
    #[param(inline)]
    pub status: Option<ClaimStatus>,
    /// Only on this item.
    pub item_id: Option<Id>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Claim a found item
#[utoipa::path(tag = "lost-and-found", security(("bearer" = [])),
    request_body = ClaimItem, responses((status = 201, description = "The claim, with what to answer", body = ClaimView)))]
#[post("/claims")]
async fn claim_item(app: Data<App>, command: Command<SignedIn, ClaimItem>) -> Result<HttpResponse, Problem> {
    command.create(&app, service::claim).await
}

/// List claims, newest first
///
/// The desk sees its sites', everyone else their own.
#[utoipa::path(tag = "lost-and-found", params(ListClaims), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<ClaimView>)))]
#[get("/claims")]
async fn list_claims(app: Data<App>, query: Query<SignedIn, ListClaims>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging = Paging::new(&app.vault, "claims", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    output::page(&app, paging, move |tx, before, fetch| service::list(tx, &actor, &query, before, fetch), |row| row.id)
        .await
}

/// A claim
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The claim", body = ClaimView)))]
#[get("/claims/{id}")]
async fn get_claim(app: Data<App>, query: Query<SignedIn, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::find(tx, &query.actor, target)).await
}

/// Whom to call about a claim, in full, and where a courier brought the thing
///
/// Each look is written down (`GET /sites/{id}/contact_views`).
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "Whom to call", body = ClaimContact)))]
#[get("/claims/{id}/contact")]
async fn get_claim_contact(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    Ok(output::json(&app.write(move |tx| service::contact(tx, &query.actor, target)).await?))
}

/// Answer what only the owner can know
///
/// The verdict is about all answers together. There are few tries, and waits between them.
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = AnswerClaim, responses((status = 200, description = "The claim, with the verdict", body = ClaimView)))]
#[post("/claims/{id}/answer")]
async fn answer_claim(app: Data<App>, command: Command<SignedIn, AnswerClaim>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, answers::answer).await
}

/// Ask the claimant for more
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = AskClaimant, responses((status = 200, description = "The claim", body = ClaimView)))]
#[post("/claims/{id}/ask")]
async fn ask_claimant(app: Data<App>, command: Command<Staff, AskClaimant>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, staff, target, body| service::ask(tx, staff, target, body.question)).await
}

/// Say that it is theirs
///
/// One claim of an item can be approved; the claimant is told at once.
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = DecideClaim, responses((status = 200, description = "The claim", body = ClaimView)))]
#[post("/claims/{id}/approve")]
async fn approve_claim(app: Data<App>, command: Command<Staff, DecideClaim>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::approve).await
}

/// Say that it is not theirs, or take back that it is
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = RejectClaim, responses((status = 200, description = "The claim", body = ClaimView)))]
#[post("/claims/{id}/reject")]
async fn reject_claim(app: Data<App>, command: Command<Staff, RejectClaim>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::reject).await
}

/// Give up a claim of mine
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = Empty, responses((status = 200, description = "The claim", body = ClaimView)))]
#[post("/claims/{id}/withdraw")]
async fn withdraw_claim(app: Data<App>, command: Command<SignedIn, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, actor, target, _| service::withdraw(tx, actor, target)).await
}

/// A code to show at the desk when fetching it
///
/// Works once, for ten minutes, and not after five wrong ones; a new one replaces it.
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = Empty, responses((status = 200, description = "The code", body = PickUpCode)))]
#[post("/claims/{id}/pick_up_code")]
async fn pick_up_code(app: Data<App>, command: Command<SignedIn, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, actor, target, _| hand_over::pick_up_code(tx, actor, target)).await
}

/// Give the item to its owner
///
/// With the code from their phone, or an image of their signature. Valuables and cash then wait for a second person's word
/// (`signed`).
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = HandOver, responses((status = 200, description = "The claim, with the receipt", body = ClaimView)))]
#[post("/claims/{id}/hand_over")]
async fn hand_over_item(app: Data<App>, command: Command<Staff, HandOver>) -> Result<HttpResponse, Problem> {
    if let (Some(code), None) = (&command.body.code, command.body.signature_id) {
        hand_over::compare_code(&app, command.actor.clone(), command.target()?, code.clone()).await?;
    }
    command.change_target(&app, hand_over::hand_over).await
}

/// As the second person: valuables or cash were given to their owner
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = Empty, responses((status = 200, description = "The claim, with the receipt", body = ClaimView)))]
#[post("/claims/{id}/witness")]
async fn witness_hand_over(app: Data<App>, command: Command<Staff, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, staff, target, _| hand_over::witness(tx, staff, target)).await
}
