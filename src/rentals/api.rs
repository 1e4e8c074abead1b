//! `/rentals` and `/rental/suspensions`.

use actix_web::web::{self, Data};
use actix_web::{HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{EntryKind, RentalStatus, Suspension, TroubleKind};
use super::views::RentalView;
use super::{borrow, money, returns, service, suspensions};
use crate::accounts::model::{Lead, SignedIn, Staff};
use crate::app::{App, Tx};
use crate::http::edge;
use crate::http::input::{Command, Empty, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::text::{Phone, Text};
use crate::text_enum;
use crate::tickets::views::FullContact;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(borrow_thing)
        .service(reserve_thing)
        .service(list_rentals)
        // With another method it is no rental either.
        .route("/rentals/reserve", web::route().to(edge::no_such_operation))
        .service(get_rental)
        .service(return_rental)
        .service(extend_rental)
        .service(cancel_rental)
        .service(report_rental)
        .service(settle_rental)
        .service(pay_rental)
        .service(get_rental_contact)
        .service(list_suspensions)
        .service(suspend_person)
        .service(lift_suspension);
}

/// Somebody with a name and a number.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "王先生", "phone": "13987654321"}))]
pub struct Answerable {
    /// Whom to ask for.
    pub name: Text<40>,
    /// The number.
    pub phone: Phone,
}

/// A thing to borrow.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scene": "u=7K2M9QXR4TBW"}))]
pub struct BorrowThing {
    /// The code on the thing, or on the station; this or `station_id`.
    #[serde(default)]
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128)]
    pub scene: Option<String>,
    /// The station.
    #[serde(default)]
    pub station_id: Option<Id>,
    /// What to borrow there; needed where more than one type is lent.
    #[serde(default)]
    pub item_type_id: Option<Id>,
    /// Whether the borrower is under eighteen; needed where a type asks for it.
    #[serde(default)]
    pub is_minor: Option<bool>,
    /// The adult who answers for a minor.
    #[serde(default)]
    #[validate(nested)]
    pub adult: Option<Answerable>,
    /// By staff: whom it is handed to. An account bound to the number becomes the borrower.
    #[serde(default)]
    #[validate(nested)]
    pub on_behalf_of: Option<Answerable>,
    /// By staff: that the deposit in cash was left at the desk.
    #[serde(default)]
    pub deposit_taken: bool,
}

/// A thing to keep for the caller.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"station_id": "0198c0de-0000-7000-8000-000000000001",
    "item_type_id": "0198c0de-0000-7000-8000-000000000002"}))]
pub struct ReserveThing {
    /// The code on the thing, or on the station; this or `station_id`.
    #[serde(default)]
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128)]
    pub scene: Option<String>,
    /// The station.
    #[serde(default)]
    pub station_id: Option<Id>,
    /// What to keep there; needed where more than one type is lent.
    #[serde(default)]
    pub item_type_id: Option<Id>,
}

text_enum! {
    /// How a thing came back, as staff see it.
    pub enum Condition {
        /// Fit to be lent again.
        Good = "good",
        /// To be cleaned, dried or charged first.
        NeedsCare = "needs_care",
        /// Broken.
        Damaged = "damaged",
    }
}

/// Where a thing is given back.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scene": "s=7K2M9QXR4TBW"}))]
pub struct ReturnThing {
    /// The code on the station; this or `station_id`.
    #[serde(default)]
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128)]
    pub scene: Option<String>,
    /// The station.
    #[serde(default)]
    pub station_id: Option<Id>,
    /// By staff: how it came back.
    #[serde(default)]
    pub condition: Option<Condition>,
}

/// A trouble with a thing.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "damaged", "note": "伞骨断了一根"}))]
pub struct ReportTrouble {
    /// What it is.
    pub kind: TroubleKind,
    /// In one's own words.
    #[serde(default)]
    pub note: Option<Text<500>>,
    /// Photos.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub attachment_ids: Vec<Id>,
}

/// What a trouble costs.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_fen": 2000, "reason": "伞骨断裂，按半价赔偿"}))]
pub struct SettleRental {
    /// How much, in fen; 0 waives it.
    #[serde(deserialize_with = "crate::text::whole_number")]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub amount_fen: i32,
    /// Why.
    pub reason: Text<500>,
}

text_enum! {
    /// Money that changes hands at the desk.
    pub enum DeskPayment {
        /// The borrower pays.
        Payment = "payment",
        /// The borrower gets back what was paid too much.
        Repayment = "repayment",
        /// The borrower gets back the deposit.
        DepositReturned = "deposit_returned",
    }
}

impl From<DeskPayment> for EntryKind {
    fn from(payment: DeskPayment) -> Self {
        match payment {
            DeskPayment::Payment => Self::Payment,
            DeskPayment::Repayment => Self::Repayment,
            DeskPayment::DepositReturned => Self::DepositReturned,
        }
    }
}

/// Money that changed hands at the desk.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "payment", "amount_fen": 2000, "note": "现金"}))]
pub struct PayRental {
    /// Which way.
    pub kind: DeskPayment,
    /// How much, in fen.
    #[serde(deserialize_with = "crate::text::whole_number")]
    #[validate(range(min = 1, max = 10_000_000))]
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub amount_fen: i32,
    /// What else is to say.
    #[serde(default)]
    pub note: Option<Text<200>>,
}

/// Which rentals to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRentals {
    /// Only at this site.
    pub site_id: Option<Id>,
    /// Only at this status.
    #[param(inline)]
    pub status: Option<RentalStatus>,
    /// Only what should be back by now.
    pub overdue: Option<bool>,
    /// Only the rental that this thing is out on, or kept for.
    pub unit_id: Option<Id>,
    /// By staff: what they borrowed themselves.
    pub mine: Option<bool>,
    /// A number, as `B000123`.
    #[validate(length(min = 1, max = 20))]
    #[param(min_length = 1, max_length = 20)]
    pub q: Option<String>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Somebody who shall not borrow.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"site_id": "0198c0de-0000-7000-8000-000000000001", "phone": "13812341234",
    "reason": "多次逾期不还"}))]
pub struct SuspendPerson {
    /// The site.
    pub site_id: Id,
    /// The number of their account; this or `user_id`.
    #[serde(default)]
    pub phone: Option<Phone>,
    /// Their account.
    #[serde(default)]
    pub user_id: Option<Id>,
    /// Why.
    pub reason: Text<500>,
    /// Until when, if it ends by itself.
    #[serde(default)]
    pub until: Option<Instant>,
}

/// Somebody who may not borrow at a site.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuspensionView {
    id: Id,
    site_id: Id,
    user_id: Id,
    /// What they are called.
    name: String,
    /// Why.
    reason: String,
    /// Until when, if it ends by itself.
    until: Option<Instant>,
    created_at: Instant,
}

impl Answer for SuspensionView {}

impl SuspensionView {
    pub(super) fn new(row: Suspension, name: String) -> Self {
        let Suspension { id, site_id, user_id, reason, until, created_at, .. } = row;
        Self { id, site_id, user_id, name, reason, until, created_at }
    }
}

/// Whose suspensions to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSuspensions {
    /// The site.
    pub site_id: Id,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Borrow a thing
///
/// With the code on the thing, or with that of a station, where Yijian picks one. A reservation of the same type at the same
/// station is fetched by it. What needs `PayScore` answers with status `confirming`: then `POST /rentals/{id}/payscore`.
#[utoipa::path(tag = "rental", security(("bearer" = [])),
    request_body = BorrowThing, responses((status = 201, description = "The rental", body = RentalView)))]
#[post("/rentals")]
async fn borrow_thing(app: Data<App>, command: Command<SignedIn, BorrowThing>) -> Result<HttpResponse, Problem> {
    command.create(&app, borrow::borrow).await
}

/// Have a thing kept for a quarter of an hour
#[utoipa::path(tag = "rental", security(("bearer" = [])),
    request_body = ReserveThing, responses((status = 201, description = "The rental", body = RentalView)))]
#[post("/rentals/reserve")]
async fn reserve_thing(app: Data<App>, command: Command<SignedIn, ReserveThing>) -> Result<HttpResponse, Problem> {
    command.create(&app, borrow::reserve).await
}

/// List rentals, newest first
///
/// The desk sees its sites', everyone else their own.
#[utoipa::path(tag = "rental", params(ListRentals), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<RentalView>)))]
#[get("/rentals")]
async fn list_rentals(app: Data<App>, query: Query<SignedIn, ListRentals>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging = Paging::new(&app.vault, "rentals", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    output::page(
        &app,
        paging,
        move |tx, before, fetch| service::list(tx, &actor, &query, before, fetch),
        RentalView::id,
    )
    .await
}

/// A rental
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The rental", body = RentalView)))]
#[get("/rentals/{id}")]
async fn get_rental(app: Data<App>, query: Query<SignedIn, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::find(tx, &query.actor, target)).await
}

/// Give a thing back
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = ReturnThing, responses((status = 200, description = "The rental", body = RentalView)))]
#[post("/rentals/{id}/return")]
async fn return_rental(app: Data<App>, command: Command<SignedIn, ReturnThing>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, returns::give_back).await
}

/// Keep a thing longer, once
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = Option<Empty>, responses((status = 200, description = "The rental", body = RentalView)))]
#[post("/rentals/{id}/extend")]
async fn extend_rental(app: Data<App>, command: Command<SignedIn, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, returns::extend).await
}

/// Give up what is kept
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = Option<Empty>, responses((status = 200, description = "The rental", body = RentalView)))]
#[post("/rentals/{id}/cancel")]
async fn cancel_rental(app: Data<App>, command: Command<SignedIn, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, returns::cancel).await
}

/// Say that a thing is lost, broken, or did not come out
///
/// What is lost, or did not come out, ends the rental; what that costs, the desk decides.
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = ReportTrouble, responses((status = 200, description = "The rental", body = RentalView)))]
#[post("/rentals/{id}/report")]
async fn report_rental(app: Data<App>, command: Command<SignedIn, ReportTrouble>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, money::report).await
}

/// Decide what the oldest open trouble of a rental costs
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = SettleRental, responses((status = 200, description = "The rental", body = RentalView)))]
#[post("/rentals/{id}/settle")]
async fn settle_rental(app: Data<App>, command: Command<Staff, SettleRental>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, money::settle).await
}

/// Write down money that changed hands at the desk
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = PayRental, responses((status = 200, description = "The rental", body = RentalView)))]
#[post("/rentals/{id}/pay")]
async fn pay_rental(app: Data<App>, command: Command<Staff, PayRental>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, money::pay).await
}

/// How to reach a borrower, in full
///
/// Looking is written into the history of the thing.
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "Name and number", body = FullContact)))]
#[get("/rentals/{id}/contact")]
async fn get_rental_contact(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    Ok(output::json(&app.write(move |tx| service::contact(tx, &query.actor, target)).await?))
}

/// List who may not borrow at a site, newest first
#[utoipa::path(tag = "rental", params(ListSuspensions), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<SuspensionView>)))]
#[get("/rental/suspensions")]
async fn list_suspensions(app: Data<App>, query: Query<Lead, ListSuspensions>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let cursor = query.cursor.as_deref();
    let paging = Paging::new(&app.vault, "suspensions", actor.user_id, &query, query.limit, cursor)?;
    let list = move |tx: &mut Tx<'_>, before, fetch| suspensions::list(tx, &actor, query.site_id, before, fetch);
    output::page(&app, paging, list, |row| row.id).await
}

/// Let somebody borrow no more
#[utoipa::path(tag = "rental", security(("bearer" = [])),
    request_body = SuspendPerson, responses((status = 201, description = "The suspension", body = SuspensionView)))]
#[post("/rental/suspensions")]
async fn suspend_person(app: Data<App>, command: Command<Lead, SuspendPerson>) -> Result<HttpResponse, Problem> {
    command.create(&app, suspensions::suspend).await
}

/// Let somebody borrow again
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    responses((status = 204, description = "Lifted")))]
#[delete("/rental/suspensions/{id}")]
async fn lift_suspension(app: Data<App>, command: Command<Lead, Empty>) -> Result<HttpResponse, Problem> {
    let target = command.target()?;
    app.write(move |tx| suspensions::lift(tx, &command.actor, target.id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
