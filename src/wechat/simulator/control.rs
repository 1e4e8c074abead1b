//! Levers for those who have only HTTP: front-end developers and tests in other languages.
//!
//! - `POST /__control/codes` with `{"name": "ann", "phone": "13812341234"}` mints codes; `phone` may be left out
//! - `POST /__control/faults` with `{"endpoint": "stable_token", "fault": "timeout", "millis": 3000, "times": 2}` makes
//!   calls go wrong; `times` is 1 if left out
//! - `GET /__control/calls` counts the calls of each endpoint

use std::{collections::BTreeMap, time::Duration};

use actix_web::{
    HttpResponse,
    web::{self, Data, Json, ServiceConfig},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    faults::{Endpoint, Fault},
    phone::Phone,
    world::World,
};

pub(super) fn mount(services: &mut ServiceConfig) {
    services
        .route("/__control/codes", web::post().to(codes))
        .route("/__control/faults", web::post().to(faults))
        .route("/__control/calls", web::get().to(calls));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodesOrder {
    name: String,
    phone: Option<String>,
}

#[derive(Deserialize)]
struct FaultOrder {
    endpoint: Endpoint,
    #[serde(flatten)]
    fault: FaultName,
    #[serde(default = "once")]
    times: u32,
}

#[derive(Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
enum FaultName {
    Busy,
    Quota,
    Errcode { errcode: i64 },
    Timeout { millis: u64 },
    Garbage,
    EmptyToken,
    DropConnection,
    TextPlain,
    Body { body: String },
}

fn once() -> u32 {
    1
}

impl From<FaultName> for Fault {
    fn from(name: FaultName) -> Self {
        match name {
            FaultName::Busy => Self::Busy,
            FaultName::Quota => Self::Quota,
            FaultName::Errcode { errcode } => Self::Errcode(errcode),
            FaultName::Timeout { millis } => Self::Timeout(Duration::from_millis(millis)),
            FaultName::Garbage => Self::Garbage,
            FaultName::EmptyToken => Self::EmptyToken,
            FaultName::DropConnection => Self::DropConnection,
            FaultName::TextPlain => Self::TextPlain,
            FaultName::Body { body } => Self::Body(body),
        }
    }
}

async fn codes(world: Data<World>, Json(order): Json<CodesOrder>) -> HttpResponse {
    let CodesOrder { name, phone } = order;
    if !(1..=64).contains(&name.chars().count()) {
        return bad("name: 1 to 64 characters");
    }
    let js_code = world.login_code(&name);
    match phone {
        None => HttpResponse::Ok().json(json!({ "js_code": js_code })),
        Some(phone) if Phone::parse(&phone).is_some() => {
            let phone_code = world.phone_code(&name, &phone);
            HttpResponse::Ok().json(json!({ "js_code": js_code, "phone_code": phone_code }))
        }
        Some(_) => bad("phone: a mainland mobile number, or + and the country code before any other"),
    }
}

async fn faults(world: Data<World>, Json(order): Json<FaultOrder>) -> HttpResponse {
    world.ledger.add(order.endpoint, order.fault.into(), order.times);
    HttpResponse::NoContent().finish()
}

async fn calls(world: Data<World>) -> HttpResponse {
    let calls: BTreeMap<_, _> =
        Endpoint::ALL.into_iter().map(|endpoint| (endpoint, world.ledger.calls(endpoint))).collect();
    HttpResponse::Ok().json(calls)
}

fn bad(why: &str) -> HttpResponse {
    HttpResponse::BadRequest().json(json!({ "error": why }))
}
