//! What the client makes of answers, and what it does not send.

use serde_json::Value;
use serde_json::json;
use yijian::wechat::Completion;
use yijian::wechat::FeeRule;
use yijian::wechat::Item;
use yijian::wechat::NewOrder;
use yijian::wechat::Order;
use yijian::wechat::OrderState;
use yijian::wechat::PayEndpoint;
use yijian::wechat::PayError;
use yijian::wechat::PayFault;
use yijian::wechat::PaySimulator;
use yijian::wechat::Refund;
use yijian::wechat::RefundState;

use super::{NUMBER, Stage, new_order, stage, unknown, with};

fn ours() -> Value {
    json!({
        "appid": PaySimulator::APP_ID,
        "mchid": PaySimulator::MERCHANT_ID,
        "service_id": PaySimulator::SERVICE_ID,
        "out_order_no": NUMBER,
    })
}

async fn query_given(stage: &Stage, more: &Value) -> Result<Order, PayError> {
    stage.fault(PayEndpoint::Query, PayFault::Body(with(ours(), more).to_string()));
    stage.pay.query(NUMBER).await
}

#[actix_web::test]
async fn the_state_is_judged_by_all_three_words() {
    let stage = stage();
    let documented = [
        (json!({ "state": "CREATED" }), OrderState::Created),
        (json!({ "state": "DOING" }), OrderState::Doing),
        (json!({ "state": "DOING", "state_description": "USER_CONFIRM" }), OrderState::Doing),
        (json!({ "state": "DOING", "state_description": "USER_CONFIRM", "collection": {} }), OrderState::Doing),
        (json!({ "state": "DOING", "state_description": "MCH_COMPLETE" }), OrderState::Charging),
        (
            json!({ "state": "DOING", "state_description": "MCH_COMPLETE", "collection": { "state": "USER_PAYING" } }),
            OrderState::Charging,
        ),
        (json!({ "state": "DONE", "collection": { "state": "USER_PAID" } }), OrderState::Paid),
        (json!({ "state": "DONE", "state_description": "", "collection": null }), OrderState::Paid),
        (json!({ "state": "REVOKED" }), OrderState::Revoked),
        (json!({ "state": "EXPIRED" }), OrderState::Expired),
    ];
    for (answer, state) in documented {
        assert_eq!(query_given(&stage, &answer).await.unwrap().state, state, "{answer}");
    }
    for answer in [
        json!({ "state": "CLOSED" }),
        json!({ "state": "DOING", "state_description": "SOMETHING_NEW" }),
        json!({ "state": "DOING", "collection": { "state": "USER_PAYING" } }),
        json!({ "state": "DONE", "collection": { "state": "USER_PAYING" } }),
    ] {
        let undocumented = unknown("the order's state is not documented");
        assert_eq!(query_given(&stage, &answer).await, Err(undocumented), "{answer}");
    }
}

#[actix_web::test]
async fn lists_may_be_single_objects() {
    let stage = stage();
    let payment = json!({ "name": "租金", "description": "1小时", "amount": 100 });
    let detail = json!({ "seq": 1, "amount": 100, "paid_type": "NEWTON", "paid_time": "20261122130000",
        "transaction_id": "4200001" });
    let answer = |payments: &Value, details: &Value| {
        json!({ "state": "DONE", "total_amount": 100, "post_payments": payments,
            "collection": { "state": "USER_PAID", "paid_amount": 100, "details": details } })
    };
    let single = query_given(&stage, &answer(&payment, &detail)).await.unwrap();
    let listed = query_given(&stage, &answer(&json!([payment]), &json!([detail]))).await.unwrap();
    assert_eq!(single, listed);
    assert_eq!((single.items.len(), single.items[0].amount_fen), (1, Some(100)));
    assert_eq!(single.transaction_id.as_deref(), Some("4200001"));
    assert_eq!(single.paid_at, Some("2026-11-22T05:00:00Z".parse().unwrap()), "Beijing is eight hours ahead");
    let none = query_given(&stage, &json!({ "state": "DONE", "post_payments": null, "openid": "" })).await.unwrap();
    assert_eq!((none.items.len(), none.open_id, none.transaction_id), (0, None, None));
}

#[actix_web::test]
async fn an_answer_about_anything_else_is_not_used() {
    let stage = stage();
    let mut others: Vec<Value> = ["appid", "mchid", "service_id", "out_order_no"]
        .into_iter()
        .map(|field| with(ours(), &json!({ "state": "DONE", "package": "p", "order_id": "1", field: "1" })))
        .collect();
    others.push(json!({ "state": "DONE" }));
    for other in others {
        for endpoint in [PayEndpoint::Create, PayEndpoint::Query, PayEndpoint::Cancel, PayEndpoint::Complete] {
            stage.fault(endpoint, PayFault::Body(other.to_string()));
        }
        assert_eq!(stage.create().await, Err(PayError::NotOurs), "{other}");
        assert_eq!(stage.pay.query(NUMBER).await, Err(PayError::NotOurs), "{other}");
        assert_eq!(stage.pay.cancel(NUMBER, "x").await, Err(PayError::NotOurs), "{other}");
        assert_eq!(stage.complete(1).await, Err(PayError::NotOurs), "{other}");
    }
}

#[actix_web::test]
async fn answers_in_another_form_leave_the_outcome_open() {
    let stage = stage();
    stage.fault(PayEndpoint::Query, PayFault::Body("<html>".to_owned()));
    assert_eq!(stage.pay.query(NUMBER).await, Err(unknown("the answer is not JSON")));
    let undocumented = Err(unknown("the answer has another form than documented"));
    for answer in [json!({}), json!({ "state": 7 }), json!({ "state": "DONE", "total_amount": "many" })] {
        assert_eq!(query_given(&stage, &answer).await, undocumented, "{answer}");
    }
    stage.fault(PayEndpoint::Create, PayFault::Body(with(ours(), &json!({ "package": "" })).to_string()));
    assert_eq!(stage.create().await, Err(unknown("the answer has no package or no order id")));
    let long = with(ours(), &json!({ "state": "x".repeat(128 * 1024) }));
    stage.fault(PayEndpoint::Query, PayFault::Body(long.to_string()));
    assert_eq!(stage.pay.query(NUMBER).await, Err(unknown("the answer is too long")));
}

#[actix_web::test]
async fn errors_are_told_apart_by_number_then_code_then_status() {
    let stage = stage();
    let refused = |code: &str, number| PayError::Refused { code: code.to_owned(), number };
    for (status, code, number, error) in [
        (400, "PARAM_ERROR", 271_302_333, PayError::WrongState),
        (400, "INVALID_REQUEST", 271_302_332, PayError::WrongState),
        (400, "INVALID_REQUEST", 271_316_657, PayError::WrongState),
        (400, "PARAM_ERROR", 271_317_510, PayError::NotFound),
        (404, "ORDER_NOT_EXIST", 0, PayError::NotFound),
        (404, "RESOURCE_NOT_EXISTS", 1, PayError::NotFound),
        (400, "PARAM_ERROR", 268_498_688, PayError::RepeatDiffers),
        (403, "RULE_LIMIT", 271_299_627, PayError::UserRefused),
        (400, "INVALID_REQUEST", 271_316_754, PayError::ChargeRunning),
        (400, "PARAM_ERROR", 268_435_472, PayError::TooFrequent),
        (403, "RATELIMIT_EXCEEDED", 0, PayError::TooFrequent),
        (401, "SIGN_ERROR", 268_443_699, refused("SIGN_ERROR", Some(268_443_699))),
        (403, "NO_AUTH", 0, refused("NO_AUTH", None)),
        (400, "SOMETHING_NEW", 5, refused("SOMETHING_NEW", Some(5))),
        (404, "not a code", 0, unknown("the error is not WeChat Pay's")),
        (302, "FOUND", 0, unknown("the answer has an HTTP status that is not documented")),
    ] {
        stage.fault(PayEndpoint::Query, PayFault::Error { status, code: code.to_owned(), number });
        assert_eq!(stage.pay.query(NUMBER).await, Err(error), "{status} {code} {number}");
    }
    assert_eq!(stage.simulator.calls(PayEndpoint::Query), 16, "none of them is worth a repeat");
}

#[actix_web::test]
async fn texts_are_cut_on_characters() {
    let stage = stage();
    let long = "雨伞☂\n".repeat(100);
    let order = NewOrder {
        introduction: long.clone(),
        risk_fund_description: long.clone(),
        fee: FeeRule { name: long.clone(), description: long.clone() },
        start_location: Some(long.clone()),
        attach: Some(long.clone()),
        ..new_order()
    };
    stage.pay.create(&order).await.unwrap();
    let told = stage.simulator.order(NUMBER).unwrap();
    let length = |at: &str| told.pointer(at).unwrap().as_str().unwrap().chars().count();
    assert_eq!((length("/service_introduction"), length("/risk_fund/description")), (19, 30));
    assert_eq!((length("/post_payments/0/name"), length("/post_payments/0/description")), (19, 30));
    assert_eq!(length("/location/start_location"), 50);
    // 8 × (3 × 9 + 3) + 9 = 249, and the next character would make it 258.
    assert_eq!(length("/attach"), 33);
    assert!(!told.to_string().contains("\\n"));

    assert!(stage.simulator.user_confirms(NUMBER, "o1"));
    stage.pass(60);
    let item = Item { name: long.clone(), description: long.clone(), amount_fen: 1 };
    let completion = Completion { items: vec![item], end_location: Some(long.clone()), ..stage.completion(1) };
    stage.pay.complete(&completion).await.unwrap();
    let other = NewOrder { out_order_no: "R2".to_owned(), ..new_order() };
    stage.pay.create(&other).await.unwrap();
    stage.pay.cancel("R2", &long).await.unwrap();
}

#[actix_web::test]
async fn empty_texts_that_may_be_are_left_out() {
    let stage = stage();
    let order = NewOrder {
        risk_fund_description: String::new(),
        start_location: None,
        device_id: None,
        attach: Some(" ".to_owned()),
        ..new_order()
    };
    stage.pay.create(&order).await.unwrap();
    let told = stage.simulator.order(NUMBER).unwrap();
    for absent in ["/attach", "/location", "/risk_fund/description"] {
        assert!(told.pointer(absent).is_none(), "{absent}");
    }
}

#[actix_web::test]
async fn what_makes_no_sense_is_not_sent() {
    let stage = stage();
    let is_invalid = |error: Option<PayError>| matches!(error, Some(PayError::Invalid { .. }));
    for number in ["", "R/1", "R1?x", "雨", &"R".repeat(33)] {
        let order = NewOrder { out_order_no: number.to_owned(), ..new_order() };
        assert!(is_invalid(stage.pay.create(&order).await.err()), "{number}");
        assert!(is_invalid(stage.pay.query(number).await.err()), "{number}");
        assert!(is_invalid(stage.pay.cancel(number, "x").await.err()), "{number}");
    }
    for order in [
        NewOrder { introduction: " ".to_owned(), ..new_order() },
        NewOrder { risk_fund_fen: 0, ..new_order() },
        NewOrder { device_id: Some("a b".to_owned()), ..new_order() },
    ] {
        assert!(is_invalid(stage.pay.create(&order).await.err()), "{order:?}");
    }
    assert!(is_invalid(stage.pay.cancel(NUMBER, "").await.err()));
    let right = stage.completion(100);
    for wrong in [
        Completion { total_fen: 99, ..right.clone() },
        Completion { items: vec![], total_fen: 0, ..right.clone() },
        Completion { items: vec![Item { amount_fen: -1, ..right.items[0].clone() }], total_fen: -1, ..right.clone() },
    ] {
        assert!(is_invalid(stage.pay.complete(&wrong).await.err()), "{wrong:?}");
    }
    let refund = Refund {
        transaction_id: "42".to_owned(),
        out_refund_no: "F1".to_owned(),
        refund_fen: 2,
        total_fen: 1,
        reason: String::new(),
    };
    assert!(is_invalid(stage.pay.refund(&refund).await.err()));
    assert!(is_invalid(stage.pay.refund(&Refund { refund_fen: 0, ..refund.clone() }).await.err()));
    for endpoint in [PayEndpoint::Create, PayEndpoint::Query, PayEndpoint::Cancel, PayEndpoint::Complete] {
        assert_eq!(stage.simulator.calls(endpoint), 0, "{endpoint:?}");
    }
}

#[actix_web::test]
async fn refunds_are_judged_by_their_status_and_their_numbers() {
    let stage = stage();
    let refund = Refund {
        transaction_id: "42".to_owned(),
        out_refund_no: "F1".to_owned(),
        refund_fen: 1,
        total_fen: 2,
        reason: "x".to_owned(),
    };
    let answer = |status: &str, number: &str, id: &str, fen: i64| {
        let body =
            json!({ "status": status, "out_refund_no": number, "transaction_id": id, "amount": { "refund": fen } });
        PayFault::Body(body.to_string())
    };
    for (fault, state) in [
        (answer("PROCESSING", "F1", "42", 1), Ok(RefundState::Processing)),
        (answer("SUCCESS", "F1", "42", 1), Ok(RefundState::Done)),
        (answer("CLOSED", "F1", "42", 1), Ok(RefundState::Closed)),
        (answer("ABNORMAL", "F1", "42", 1), Ok(RefundState::Abnormal)),
        (answer("NEW", "F1", "42", 1), Err(unknown("the refund's state is not documented"))),
        (answer("SUCCESS", "F2", "42", 1), Err(PayError::NotOurs)),
        (answer("SUCCESS", "F1", "43", 1), Err(PayError::NotOurs)),
        (answer("SUCCESS", "F1", "42", 2), Err(PayError::NotOurs)),
    ] {
        stage.fault(PayEndpoint::Refund, fault.clone());
        assert_eq!(stage.pay.refund(&refund).await, state, "{fault:?}");
    }
    stage.fault(PayEndpoint::QueryRefund, answer("SUCCESS", "F2", "42", 1));
    assert_eq!(stage.pay.query_refund("F1").await, Err(PayError::NotOurs));
}
