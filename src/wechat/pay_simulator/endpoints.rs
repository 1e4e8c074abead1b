//! WeChat Pay's interfaces.

use std::{collections::HashMap, io};

use actix_web::{
    HttpRequest, HttpResponse,
    rt::time::sleep,
    web::{self, Bytes, Data, Path, ServiceConfig},
};
use futures_util::stream;
use serde_json::json;

use super::{
    answer::{Refusal, Signing, garbage, success},
    book::{Outcome, check_party},
    faults::{PayEndpoint, PayFault},
    gate,
    schema::{self, CANCEL, COMPLETE, CREATE, MODIFY, REFUND, SYNC},
    world::World,
};

pub(super) fn mount(services: &mut ServiceConfig) {
    const ORDER: &str = "/v3/payscore/serviceorder";
    const REFUNDS: &str = "/v3/refund/domestic/refunds";
    services
        .route(ORDER, web::post().to(create))
        .route(ORDER, web::get().to(query))
        .route(&format!("{ORDER}/{{number}}/cancel"), web::post().to(cancel))
        .route(&format!("{ORDER}/{{number}}/complete"), web::post().to(complete))
        .route(&format!("{ORDER}/{{number}}/modify"), web::post().to(modify))
        .route(&format!("{ORDER}/{{number}}/sync"), web::post().to(sync))
        .route(REFUNDS, web::post().to(refund))
        .route(&format!("{REFUNDS}/{{number}}"), web::get().to(query_refund))
        .default_service(web::to(unknown));
}

async fn create(world: Data<World>, request: HttpRequest, body: Bytes) -> HttpResponse {
    answer(&world, PayEndpoint::Create, &request, &body, || {
        let order = schema::parse(&body, CREATE)?;
        world.book().create(order, world.clock.now())
    })
    .await
}

async fn query(world: Data<World>, request: HttpRequest) -> HttpResponse {
    answer(&world, PayEndpoint::Query, &request, b"", || {
        let query = web::Query::<HashMap<String, String>>::from_query(request.query_string());
        let query = query.map_err(|_| Refusal::field("", "the query cannot be read"))?;
        let field = |name| query.get(name).map(String::as_str).filter(|text| !text.is_empty());
        check_party(&json!({ "appid": field("appid"), "service_id": field("service_id") }))?;
        world.book().query(field("out_order_no"), field("query_id"), world.clock.now())
    })
    .await
}

async fn cancel(world: Data<World>, number: Path<String>, request: HttpRequest, body: Bytes) -> HttpResponse {
    answer(&world, PayEndpoint::Cancel, &request, &body, || {
        let cancellation = schema::parse(&body, CANCEL)?;
        world.book().cancel(&number, cancellation, world.clock.now())
    })
    .await
}

async fn complete(world: Data<World>, number: Path<String>, request: HttpRequest, body: Bytes) -> HttpResponse {
    answer(&world, PayEndpoint::Complete, &request, &body, || {
        let completion = schema::parse(&body, COMPLETE)?;
        world.complete(&number, completion)
    })
    .await
}

async fn modify(world: Data<World>, number: Path<String>, request: HttpRequest, body: Bytes) -> HttpResponse {
    answer(&world, PayEndpoint::Modify, &request, &body, || {
        let change = schema::parse(&body, MODIFY)?;
        world.book().modify(&number, change, world.clock.now())
    })
    .await
}

async fn sync(world: Data<World>, number: Path<String>, request: HttpRequest, body: Bytes) -> HttpResponse {
    answer(&world, PayEndpoint::Sync, &request, &body, || {
        let payment = schema::parse(&body, SYNC)?;
        world.book().sync(&number, &payment, world.clock.now())
    })
    .await
}

async fn refund(world: Data<World>, request: HttpRequest, body: Bytes) -> HttpResponse {
    answer(&world, PayEndpoint::Refund, &request, &body, || {
        let refund = schema::parse(&body, REFUND)?;
        world.book().refund(refund, world.clock.now())
    })
    .await
}

async fn query_refund(world: Data<World>, number: Path<String>, request: HttpRequest) -> HttpResponse {
    answer(&world, PayEndpoint::QueryRefund, &request, b"", || world.book().refunds.query(&number)).await
}

async fn unknown() -> HttpResponse {
    Refusal::new(404, "RESOURCE_NOT_EXISTS", 268_435_459, "no such interface").render()
}

/// Answers a call of the merchant's, unless something is to go wrong with it.
async fn answer(
    world: &World,
    endpoint: PayEndpoint,
    request: &HttpRequest,
    body: &[u8],
    effect: impl FnOnce() -> Outcome,
) -> HttpResponse {
    let fault = world.ledger.enter(endpoint);
    if let Some(refusal) = fault.as_ref().and_then(PayFault::refusal) {
        return refusal.render();
    }
    let outcome = gate::check(world, request, body).and_then(|()| effect());
    let signing = fault.as_ref().map_or(Signing::Right, PayFault::signing);
    let render = |outcome: Outcome| match outcome {
        Ok(answer) => success(world, answer.to_string(), signing),
        Err(refusal) => refusal.render(),
    };
    match fault {
        Some(PayFault::Timeout(hold)) => {
            let late = render(outcome);
            sleep(hold).await;
            late
        }
        Some(PayFault::LateSystemError) => Refusal::system().render(),
        Some(PayFault::DropConnection) => hang_up(),
        Some(PayFault::Garbage) => garbage(),
        Some(PayFault::Body(body)) => success(world, body, Signing::Right),
        _ => render(outcome),
    }
}

/// A body that breaks before its first byte makes the server close the connection.
fn hang_up() -> HttpResponse {
    let broken = stream::iter([Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionAborted))]);
    HttpResponse::Ok().streaming(broken)
}
