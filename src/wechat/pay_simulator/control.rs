//! Levers for those who have only HTTP: front-end developers and tests in other languages.
//!
//! - `POST /__control/user-confirm/{out_order_no}` with `{"open_id": "o…"}`: the user confirms; 409 if they cannot
//! - `POST /__control/pay/{out_order_no}`: the charge of a completed order succeeds; 409 if none is waiting
//! - `POST /__control/refuse-next` with `{"why": "risk"}` (or `overdue`, `youth`) refuses the user of the next order
//! - `POST /__control/switches` with any of `{"hold_charges": true, "cancel_while_paying": true, "charge_running": true,
//!   "notices": "held"}` (or `on`, `off`)
//! - `POST /__control/release-notices` with `{"newest_first": true}` posts the notifications that are held back
//! - `POST /__control/repeat-notice/{out_order_no}` posts the order's last notification again
//! - `POST /__control/probe/{out_order_no}` posts one that is signed wrongly on purpose
//! - `POST /__control/faults` with `{"endpoint": "create", "fault": "timeout", "millis": 3000, "times": 2}` makes calls
//!   go wrong; `times` is 1 if left out
//! - `GET /__control/calls` counts the calls of each endpoint
//! - `GET /__control/orders/{out_order_no}` tells an order as a query would

use std::{collections::BTreeMap, time::Duration};

use actix_web::{
    HttpResponse,
    web::{self, Data, Json, Path, ServiceConfig},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    book::UserRefusal,
    faults::{PayEndpoint, PayFault},
    notices::Notices,
    world::World,
};

pub(super) fn mount(services: &mut ServiceConfig) {
    services
        .route("/__control/user-confirm/{number}", web::post().to(user_confirm))
        .route("/__control/pay/{number}", web::post().to(pay))
        .route("/__control/refuse-next", web::post().to(refuse_next))
        .route("/__control/switches", web::post().to(switches))
        .route("/__control/release-notices", web::post().to(release_notices))
        .route("/__control/repeat-notice/{number}", web::post().to(repeat_notice))
        .route("/__control/probe/{number}", web::post().to(probe))
        .route("/__control/faults", web::post().to(faults))
        .route("/__control/calls", web::get().to(calls))
        .route("/__control/orders/{number}", web::get().to(order))
        // Where notifications go until somebody names another address.
        .route("/__control/notified", web::post().to(HttpResponse::NoContent));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    open_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefusalOrder {
    why: UserRefusal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SwitchOrder {
    hold_charges: Option<bool>,
    cancel_while_paying: Option<bool>,
    charge_running: Option<bool>,
    notices: Option<Notices>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseOrder {
    newest_first: bool,
}

#[derive(Deserialize)]
struct FaultOrder {
    endpoint: PayEndpoint,
    #[serde(flatten)]
    fault: FaultName,
    #[serde(default = "once")]
    times: u32,
}

#[derive(Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
enum FaultName {
    SystemError,
    TooMany,
    Error { status: u16, code: String, number: u64 },
    LateSystemError,
    Timeout { millis: u64 },
    DropConnection,
    Garbage,
    Unsigned,
    WrongSignature,
    OtherKey,
    Old { seconds: i64 },
    Probe,
    Body { body: String },
}

fn once() -> u32 {
    1
}

impl From<FaultName> for PayFault {
    fn from(name: FaultName) -> Self {
        match name {
            FaultName::SystemError => Self::SystemError,
            FaultName::TooMany => Self::TooMany,
            FaultName::Error { status, code, number } => Self::Error { status, code, number },
            FaultName::LateSystemError => Self::LateSystemError,
            FaultName::Timeout { millis } => Self::Timeout(Duration::from_millis(millis)),
            FaultName::DropConnection => Self::DropConnection,
            FaultName::Garbage => Self::Garbage,
            FaultName::Unsigned => Self::Unsigned,
            FaultName::WrongSignature => Self::WrongSignature,
            FaultName::OtherKey => Self::OtherKey,
            FaultName::Old { seconds } => Self::Old(seconds),
            FaultName::Probe => Self::Probe,
            FaultName::Body { body } => Self::Body(body),
        }
    }
}

async fn user_confirm(world: Data<World>, number: Path<String>, Json(order): Json<Confirmation>) -> HttpResponse {
    done(world.user_confirms(&number, &order.open_id), "the order does not wait for its user")
}

async fn pay(world: Data<World>, number: Path<String>) -> HttpResponse {
    done(world.charge_succeeds(&number), "the order does not wait for a payment")
}

async fn refuse_next(world: Data<World>, Json(order): Json<RefusalOrder>) -> HttpResponse {
    world.book().refusals.push_back(order.why);
    HttpResponse::NoContent().finish()
}

async fn switches(world: Data<World>, Json(order): Json<SwitchOrder>) -> HttpResponse {
    let SwitchOrder { hold_charges, cancel_while_paying, charge_running, notices } = order;
    let mut book = world.book();
    let switches = &mut book.switches;
    switches.hold_charges = hold_charges.unwrap_or(switches.hold_charges);
    switches.cancel_while_paying = cancel_while_paying.unwrap_or(switches.cancel_while_paying);
    switches.charge_running = charge_running.unwrap_or(switches.charge_running);
    book.post.mode = notices.unwrap_or(book.post.mode);
    HttpResponse::NoContent().finish()
}

async fn release_notices(world: Data<World>, Json(order): Json<ReleaseOrder>) -> HttpResponse {
    world.release_notices(order.newest_first);
    HttpResponse::NoContent().finish()
}

async fn repeat_notice(world: Data<World>, number: Path<String>) -> HttpResponse {
    done(world.repeat_notice(&number), "the order has had no notification")
}

async fn probe(world: Data<World>, number: Path<String>) -> HttpResponse {
    done(world.probe(&number), "there is no such order")
}

async fn faults(world: Data<World>, Json(order): Json<FaultOrder>) -> HttpResponse {
    world.ledger.add(order.endpoint, order.fault.into(), order.times);
    HttpResponse::NoContent().finish()
}

async fn calls(world: Data<World>) -> HttpResponse {
    let calls: BTreeMap<_, _> =
        PayEndpoint::ALL.into_iter().map(|endpoint| (endpoint, world.ledger.calls(endpoint))).collect();
    HttpResponse::Ok().json(calls)
}

async fn order(world: Data<World>, number: Path<String>) -> HttpResponse {
    match world.order(&number) {
        Some(order) => HttpResponse::Ok().json(order),
        None => HttpResponse::NotFound().json(json!({ "error": "there is no such order" })),
    }
}

fn done(done: bool, otherwise: &str) -> HttpResponse {
    if done { HttpResponse::NoContent().finish() } else { HttpResponse::Conflict().json(json!({ "error": otherwise })) }
}
