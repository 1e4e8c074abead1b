//! The token that our own calls carry.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use yijian::wechat::Endpoint;
use yijian::wechat::Fault;
use yijian::wechat::WeChatError;

use super::{ALWAYS, PHONE, stage, unavailable};

#[actix_web::test]
async fn a_token_serves_until_its_last_five_minutes() {
    let stage = stage();
    assert!(stage.ask_phone().await.is_ok());
    stage.pass(6899);
    assert!(stage.ask_phone().await.is_ok());
    assert_eq!(stage.tokens_fetched(), 1);
    stage.pass(1);
    assert!(stage.ask_phone().await.is_ok());
    assert_eq!(stage.tokens_fetched(), 2);
    assert!(stage.ask_phone().await.is_ok());
    assert_eq!(stage.tokens_fetched(), 2, "the new token is another one, so it serves in turn");
}

#[actix_web::test]
async fn callers_share_one_fetch() {
    let stage = stage();
    let mut callers = JoinSet::new();
    for _ in 0..20 {
        let wechat = stage.wechat.clone();
        callers.spawn(async move { wechat.phone_number(&format!("demo:{PHONE}"), "o").await });
    }
    assert!(callers.join_all().await.iter().all(Result::is_ok));
    assert_eq!(stage.tokens_fetched(), 1);
    assert_eq!(stage.simulator.calls(Endpoint::PhoneNumber), 20);
}

#[actix_web::test]
async fn callers_share_one_failure() {
    let stage = stage();
    stage.simulator.fault(Endpoint::StableToken, Fault::DropConnection, ALWAYS);
    let mut callers = JoinSet::new();
    for _ in 0..20 {
        let wechat = stage.wechat.clone();
        callers.spawn(async move { wechat.phone_number(&format!("demo:{PHONE}"), "o").await });
    }
    for told in callers.join_all().await {
        assert_eq!(told, Err(unavailable("no answer")));
    }
    assert_eq!(stage.tokens_fetched(), 1);
}

#[actix_web::test]
async fn a_caller_that_leaves_does_not_take_the_fetch_along() {
    let stage = stage();
    stage.simulator.fault(Endpoint::StableToken, Fault::Timeout(Duration::from_millis(50)), 1);
    tokio::select! {
        biased;
        () = stage.taken(Endpoint::StableToken, 1) => {}
        told = stage.ask_phone() => panic!("{told:?}"),
    }
    assert!(stage.ask_phone().await.is_ok());
    assert_eq!(stage.tokens_fetched(), 1);
}

#[actix_web::test]
async fn an_invalid_token_is_replaced_once() {
    let stage = stage();
    assert!(stage.ask_phone().await.is_ok());
    stage.simulator.invalidate_token();
    assert!(stage.ask_phone().await.is_ok(), "at once, although the last fetch was just now");
    assert_eq!(stage.tokens_fetched(), 2);
    assert_eq!(stage.simulator.calls(Endpoint::PhoneNumber), 3);
}

#[actix_web::test]
async fn callers_replace_an_invalid_token_together() {
    let stage = stage();
    assert!(stage.ask_phone().await.is_ok());
    stage.simulator.invalidate_token();
    let mut callers = JoinSet::new();
    for _ in 0..20 {
        let wechat = stage.wechat.clone();
        callers.spawn(async move { wechat.phone_number(&format!("demo:{PHONE}"), "o").await });
    }
    assert!(callers.join_all().await.iter().all(Result::is_ok));
    assert_eq!(stage.tokens_fetched(), 2);
}

#[actix_web::test]
async fn a_second_invalid_token_is_an_alarm() {
    let stage = stage();
    for (round, errcode) in (1..).zip([40001, 40014, 42001]) {
        stage.simulator.fault(Endpoint::PhoneNumber, Fault::Errcode(errcode), 2);
        assert_eq!(stage.ask_phone().await, Err(WeChatError::Refused { errcode }));
        assert_eq!(stage.simulator.calls(Endpoint::PhoneNumber), 2 * round);
        assert_eq!(stage.tokens_fetched(), 1 + round);
    }
}

#[actix_web::test]
async fn an_empty_token_is_not_kept() {
    let stage = stage();
    stage.simulator.fault(Endpoint::StableToken, Fault::EmptyToken, 1);
    assert_eq!(stage.ask_phone().await, Err(unavailable("the access token is empty")));
    assert_eq!(stage.simulator.calls(Endpoint::PhoneNumber), 0);
    stage.pass(29);
    assert_eq!(stage.ask_phone().await, Err(unavailable("the access token is empty")));
    assert_eq!(stage.tokens_fetched(), 1, "not again within 30 seconds");
    stage.pass(1);
    assert!(stage.ask_phone().await.is_ok());
}

#[actix_web::test]
async fn an_old_token_serves_while_no_new_one_is_to_be_had() {
    let stage = stage();
    assert!(stage.ask_phone().await.is_ok());
    stage.simulator.fault(Endpoint::StableToken, Fault::Garbage, ALWAYS);
    stage.pass(6900);
    assert!(stage.ask_phone().await.is_ok());
    assert!(stage.ask_phone().await.is_ok());
    assert_eq!(stage.tokens_fetched(), 2);
    stage.pass(300);
    assert_eq!(stage.ask_phone().await, Err(unavailable("the answer is not JSON")));
    assert_eq!(stage.tokens_fetched(), 3);
}

#[actix_web::test]
async fn a_short_lived_token_does_not_make_the_client_spin() {
    let stage = stage();
    let (token, _) = stage.lease(false).await;
    let fetched = stage.tokens_fetched();
    for life in [json!(0), json!("10"), json!(-5)] {
        let body = json!({ "access_token": token, "expires_in": life }).to_string();
        stage.simulator.fault(Endpoint::StableToken, Fault::Body(body), 1);
    }
    for round in 1..=3 {
        assert!(stage.ask_phone().await.is_ok());
        assert!(stage.ask_phone().await.is_ok());
        assert_eq!(stage.tokens_fetched(), fetched + round);
        stage.pass(30);
    }
}
