//! The simulated WeChat Pay by itself: what it refuses, what only it can do, and its levers over HTTP.

use serde_json::Value;
use serde_json::json;
use yijian::wechat::OrderState;
use yijian::wechat::PayEndpoint;
use yijian::wechat::PayError;
use yijian::wechat::PaySimulator;

use super::{NUMBER, ORDERS, USER, party, plain_client, said, stage, unknown, with};

fn order() -> Value {
    let more = json!({
        "out_order_no": NUMBER,
        "service_introduction": "共享雨伞",
        "time_range": { "start_time": "OnAccept" },
        "risk_fund": { "name": "DEPOSIT", "amount": 9900, "description": "押金" },
        "notify_url": "https://mall.example.com/pay",
    });
    with(party(), &more)
}

#[actix_web::test]
async fn it_checks_the_signature_of_every_call() {
    let stage = stage();
    let body = order().to_string();
    let right = stage.authorize("POST", ORDERS, &body, 0);
    let cases = [
        (String::new(), body.clone()),
        (right.replace("WECHATPAY2", "WECHATPAY1"), body.clone()),
        (right.replace(PaySimulator::MERCHANT_ID, "1900000002"), body.clone()),
        (right.replace(PaySimulator::MERCHANT_SERIAL, "00"), body.clone()),
        (stage.authorize("GET", ORDERS, &body, 0), body.clone()),
        (stage.authorize("POST", "/v3/payscore", &body, 0), body.clone()),
        (stage.authorize("POST", ORDERS, &body, 301), body.clone()),
        (stage.authorize("POST", ORDERS, &body, -301), body.clone()),
        (right.clone(), body.replace("9900", "9901")),
    ];
    for (authorization, body) in cases {
        let (status, answer) = said(stage.send("POST", ORDERS, &body, &authorization).await).await;
        assert_eq!((status, answer["code"].as_str()), (401, Some("SIGN_ERROR")), "{authorization}");
        assert_eq!(answer["detail"]["sign_information"]["method"], "POST");
        assert_eq!(answer["detail"]["sign_information"]["url"], ORDERS);
    }
    let (status, answer) = said(stage.send("POST", ORDERS, &body, &right).await).await;
    assert_eq!((status, answer["state"].as_str()), (200, Some("CREATED")), "{answer}");
}

#[actix_web::test]
async fn it_names_the_field_that_is_wrong() {
    let stage = stage();
    let cases = [
        ("/surprise", json!({ "surprise": 1 })),
        ("/service_introduction", json!({ "service_introduction": "雨".repeat(21) })),
        ("/out_order_no", json!({ "out_order_no": "a b" })),
        ("/risk_fund/amount", json!({ "risk_fund": { "name": "DEPOSIT", "amount": 0 } })),
        ("/risk_fund/name", json!({ "risk_fund": { "name": "MONEY", "amount": 1 } })),
        ("/risk_fund/amount", json!({ "risk_fund": { "name": "DEPOSIT" } })),
        ("/time_range/start_time", json!({ "time_range": { "start_time": "20261122115959" } })),
        ("/time_range/start_time", json!({ "time_range": { "start_time": "tomorrow" } })),
        ("/notify_url", json!({ "notify_url": "http://mall.example.com/pay" })),
        ("/notify_url", json!({ "notify_url": "https://mall.example.com/pay?x=1" })),
        ("/post_payments/0/count", json!({ "post_payments": [{ "name": "x", "count": 101 }] })),
        ("/location/end_location", json!({ "location": { "end_location": "x" } })),
        ("/attach", json!({ "attach": "雨".repeat(29) })),
    ];
    for (field, change) in cases {
        let (status, answer) = stage.post(ORDERS, &with(order(), &change)).await;
        let told = answer["detail"]["field"].as_str();
        assert_eq!((status, answer["code"].as_str(), told), (400, Some("PARAM_ERROR"), Some(field)), "{change}");
    }
    for (status, change) in [(403, json!({ "service_id": "1" })), (400, json!({ "appid": "wx1" }))] {
        assert_eq!(stage.post(ORDERS, &with(order(), &change)).await.0, status, "{change}");
    }
    assert_eq!(stage.post(ORDERS, &with(order(), &json!({ "need_user_confirm": false }))).await.0, 403);
    for start in ["20261122120000", "20261122", "20270101"] {
        let change = json!({ "out_order_no": start, "time_range": { "start_time": start } });
        assert_eq!(stage.post(ORDERS, &with(order(), &change)).await.0, 200, "{start}");
    }
}

#[actix_web::test]
async fn an_order_is_found_by_exactly_one_of_two_numbers() {
    let stage = stage();
    stage.create().await.unwrap();
    let (app, service) = (PaySimulator::APP_ID, PaySimulator::SERVICE_ID);
    for more in ["", "&out_order_no=R1&query_id=Q1"] {
        let path = format!("{ORDERS}?service_id={service}&appid={app}{more}");
        let authorization = stage.authorize("GET", &path, "", 0);
        assert_eq!(said(stage.send("GET", &path, "", &authorization).await).await.0, 400, "{more}");
    }
}

#[actix_web::test]
async fn an_amount_is_only_lowered_and_only_while_it_is_charged() {
    let stage = stage();
    stage.lent().await;
    let path = format!("{ORDERS}/{NUMBER}/modify");
    let change = |total: i64| {
        let more =
            json!({ "reason": "x", "total_amount": total, "post_payments": [{ "name": "租金", "amount": total }] });
        with(party(), &more)
    };
    assert_eq!(stage.post(&path, &change(1)).await.0, 400, "not completed");
    stage.simulator.hold_charges(true);
    stage.complete(200).await.unwrap();
    assert_eq!(stage.post(&path, &change(201)).await.0, 400);
    stage.simulator.run_charges(true);
    assert_eq!(stage.post(&path, &change(150)).await.0, 400);
    stage.simulator.run_charges(false);
    assert_eq!(stage.post(&path, &change(150)).await.0, 200);
    assert!(stage.simulator.charge_succeeds(NUMBER));
    assert_eq!(stage.query().await.paid_fen, Some(150));
    assert_eq!(stage.post(&path, &change(100)).await.0, 400, "paid");
}

#[actix_web::test]
async fn an_order_may_be_paid_elsewhere() {
    let stage = stage();
    stage.lent().await;
    let path = format!("{ORDERS}/{NUMBER}/sync");
    let body = with(party(), &json!({ "type": "Order_Paid", "detail": { "paid_time": "20261122130000" } }));
    assert_eq!(stage.post(&path, &body).await.0, 400, "not completed");
    stage.simulator.hold_charges(true);
    stage.complete(200).await.unwrap();
    assert_eq!(stage.post(&path, &body).await.0, 200);
    let order = stage.query().await;
    assert_eq!((order.state, order.paid_fen, order.transaction_id), (OrderState::Paid, Some(200), None));
    assert_eq!(order.paid_at, Some("2026-11-22T05:00:00Z".parse().unwrap()));
}

#[actix_web::test]
async fn an_unknown_path_is_not_an_unknown_order() {
    let stage = stage();
    let (status, answer) = stage.post("/v3/payscore/elsewhere", &json!({})).await;
    assert_eq!((status, answer["code"].as_str()), (404, Some("RESOURCE_NOT_EXISTS")));
}

#[actix_web::test]
async fn it_can_be_steered_over_http() {
    let stage = stage();
    assert_eq!(stage.control("refuse-next", &json!({ "why": "risk" })).await, 204);
    assert_eq!(stage.create().await, Err(PayError::UserRefused));
    let fault = json!({ "endpoint": "create", "fault": "unsigned" });
    assert_eq!(stage.control("faults", &fault).await, 204);
    assert_eq!(stage.create().await, Err(unknown("the answer's signature is missing or wrong")));
    stage.create().await.unwrap();

    let confirm = format!("user-confirm/{NUMBER}");
    assert_eq!(stage.control(&confirm, &json!({ "open_id": USER })).await, 204);
    assert_eq!(stage.control(&confirm, &json!({ "open_id": USER })).await, 409);
    stage.pass(60);
    assert_eq!(stage.control("switches", &json!({ "hold_charges": true, "notices": "off" })).await, 204);
    stage.complete(100).await.unwrap();
    assert_eq!(stage.state().await, OrderState::Charging);
    assert_eq!(stage.control(&format!("pay/{NUMBER}"), &json!({})).await, 204);
    assert_eq!(stage.control(&format!("pay/{NUMBER}"), &json!({})).await, 409);
    assert_eq!(stage.state().await, OrderState::Paid);

    let get = |path: &str| plain_client().get(format!("{}/__control/{path}", stage.simulator.base_url())).send();
    let (status, told) = said(get(&format!("orders/{NUMBER}")).await.unwrap()).await;
    assert_eq!((status, told["state"].as_str()), (200, Some("DONE")));
    assert_eq!(get("orders/R9").await.unwrap().status(), 404);
    let (_, calls) = said(get("calls").await.unwrap()).await;
    assert_eq!((calls["create"].as_u64(), calls["refund"].as_u64()), (Some(3), Some(0)));
    assert_eq!(stage.simulator.calls(PayEndpoint::Create), 3);
}
