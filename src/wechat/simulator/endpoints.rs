//! WeChat's interfaces, checked in the order in which WeChat complains.

use std::{collections::HashMap, io};

use actix_web::{
    HttpRequest, HttpResponse,
    http::Method,
    rt::time::sleep,
    web::{self, Bytes, Data, ServiceConfig},
};
use futures_util::stream;
use serde_json::{Value, json};

use super::{
    Simulator,
    answer::{Errcode, garbage, json_as_json, json_as_text, refusal},
    faults::{Endpoint, Fault},
    world::World,
};

type Outcome = Result<Value, Errcode>;
type Query = HashMap<String, String>;

pub(super) fn mount(services: &mut ServiceConfig) {
    services
        .route("/sns/jscode2session", web::route().to(code_to_session))
        .route("/cgi-bin/stable_token", web::route().to(stable_token))
        .route("/wxa/business/getuserphonenumber", web::route().to(phone_number))
        .default_service(web::to(unknown));
}

async fn code_to_session(world: Data<World>, request: HttpRequest) -> HttpResponse {
    answer(&world, Endpoint::CodeToSession, || log_in(&world, &request)).await
}

async fn stable_token(world: Data<World>, request: HttpRequest, body: Bytes) -> HttpResponse {
    answer(&world, Endpoint::StableToken, || lease_token(&world, &request, &body)).await
}

async fn phone_number(world: Data<World>, request: HttpRequest, body: Bytes) -> HttpResponse {
    answer(&world, Endpoint::PhoneNumber, || tell_phone_number(&world, &request, &body)).await
}

async fn unknown(world: Data<World>) -> HttpResponse {
    refusal(Errcode::BAD_URL, &world.mint, world.clock.now())
}

fn log_in(world: &World, request: &HttpRequest) -> Outcome {
    require(request, &Method::GET, Errcode::NOT_GET)?;
    let query = query(request);
    let field = |name| query.get(name).map(String::as_str);
    check_account(field("appid"), field("secret"))?;
    if field("grant_type") != Some("authorization_code") {
        return Err(Errcode::BAD_GRANT_TYPE);
    }
    world.log_in(present(field("js_code"), Errcode::NO_CODE)?)
}

fn lease_token(world: &World, request: &HttpRequest, body: &[u8]) -> Outcome {
    require(request, &Method::POST, Errcode::NOT_POST)?;
    let body = parse(body)?;
    let field = |name| body.get(name).and_then(Value::as_str);
    if field("grant_type") != Some("client_credential") {
        return Err(Errcode::BAD_GRANT_TYPE);
    }
    check_account(field("appid"), field("secret"))?;
    let forced = body.get("force_refresh").and_then(Value::as_bool).unwrap_or_default();
    let (mut tokens, now) = (world.tokens(), world.clock.now());
    let lease = if forced { tokens.force(&world.mint, now)? } else { tokens.lease(&world.mint, now) };
    Ok(json!({ "access_token": lease.value, "expires_in": lease.seconds }))
}

fn tell_phone_number(world: &World, request: &HttpRequest, body: &[u8]) -> Outcome {
    require(request, &Method::POST, Errcode::NOT_POST)?;
    let query = query(request);
    let token = present(query.get("access_token").map(String::as_str), Errcode::NO_TOKEN)?;
    world.tokens().check(token, world.clock.now())?;
    let body = parse(body)?;
    let field = |name| body.get(name).and_then(Value::as_str);
    // A token that is in the body as well is an error too.
    if body.get("access_token").is_some() {
        return Err(Errcode::BAD_BODY);
    }
    world.phone_number(present(field("code"), Errcode::BAD_BODY)?, field("openid"))
}

fn require(request: &HttpRequest, method: &Method, otherwise: Errcode) -> Result<(), Errcode> {
    if request.method() == method { Ok(()) } else { Err(otherwise) }
}

fn present(field: Option<&str>, otherwise: Errcode) -> Result<&str, Errcode> {
    field.filter(|text| !text.is_empty()).ok_or(otherwise)
}

fn check_account(app_id: Option<&str>, secret: Option<&str>) -> Result<(), Errcode> {
    let app_id = present(app_id, Errcode::NO_APP_ID)?;
    let secret = present(secret, Errcode::NO_SECRET)?;
    match (app_id == Simulator::APP_ID, secret == Simulator::APP_SECRET) {
        (true, true) => Ok(()),
        (true, false) => Err(Errcode::BAD_SECRET),
        (false, _) => Err(Errcode::BAD_APP_ID),
    }
}

/// An unreadable query counts as an empty one.
fn query(request: &HttpRequest) -> Query {
    web::Query::<Query>::from_query(request.query_string()).map(web::Query::into_inner).unwrap_or_default()
}

/// The body is JSON whatever its content type says, for WeChat does not look there either.
fn parse(body: &[u8]) -> Result<Value, Errcode> {
    if body.is_empty() {
        return Err(Errcode::EMPTY_BODY);
    }
    serde_json::from_slice(body).ok().filter(Value::is_object).ok_or(Errcode::BAD_BODY)
}

/// Answers a call, unless something is to go wrong with it.
async fn answer(world: &World, endpoint: Endpoint, effect: impl FnOnce() -> Outcome) -> HttpResponse {
    let render = |outcome: Outcome| match outcome {
        Ok(answer) if endpoint == Endpoint::CodeToSession => json_as_text(&answer),
        Ok(answer) => json_as_json(&answer),
        Err(errcode) => refusal(errcode, &world.mint, world.clock.now()),
    };
    let Some(fault) = world.ledger.enter(endpoint) else { return render(effect()) };
    if let Some(errcode) = fault.refusal() {
        return render(Err(errcode));
    }
    let outcome = effect();
    match fault {
        Fault::Timeout(hold) => {
            let late = render(outcome);
            sleep(hold).await;
            late
        }
        Fault::EmptyToken => render(outcome.map(without_token)),
        Fault::TextPlain => outcome.map_or_else(|errcode| render(Err(errcode)), |answer| json_as_text(&answer)),
        Fault::Garbage => garbage(),
        Fault::DropConnection => hang_up(),
        Fault::Body(body) => HttpResponse::Ok().content_type("text/plain").body(body),
        _ => render(outcome),
    }
}

fn without_token(mut answer: Value) -> Value {
    if let Some(token) = answer.get_mut("access_token") {
        *token = json!("");
    }
    answer
}

/// A body that breaks before its first byte makes the server close the connection.
fn hang_up() -> HttpResponse {
    let broken = stream::iter([Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionAborted))]);
    HttpResponse::Ok().streaming(broken)
}
