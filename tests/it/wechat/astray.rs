//! Answers that come late, never, or as something else.

use std::time::Duration;

use yijian::clock::Clock;
use yijian::wechat::Endpoint;
use yijian::wechat::Fault;
use yijian::wechat::Simulator;
use yijian::wechat::Timeouts;
use yijian::wechat::WeChat;
use yijian::wechat::WeChatConfig;
use yijian::wechat::WeChatError;

use super::{ALWAYS, HOUR, PHONE, stage, unavailable};

#[actix_web::test]
async fn a_busy_wechat_is_asked_again() {
    let stage = stage();
    for endpoint in [Endpoint::CodeToSession, Endpoint::StableToken, Endpoint::PhoneNumber] {
        stage.simulator.fault(endpoint, Fault::Busy, 2);
    }
    assert!(stage.log_in().await.is_ok());
    assert!(stage.ask_phone().await.is_ok());
    for endpoint in [Endpoint::CodeToSession, Endpoint::StableToken, Endpoint::PhoneNumber] {
        assert_eq!(stage.simulator.calls(endpoint), 3, "{endpoint:?}");
    }
}

#[actix_web::test]
async fn a_wechat_that_stays_busy_is_unavailable() {
    let stage = stage();
    for endpoint in [Endpoint::CodeToSession, Endpoint::StableToken] {
        stage.simulator.fault(endpoint, Fault::Busy, ALWAYS);
    }
    assert_eq!(stage.log_in().await, Err(unavailable("busy")));
    assert_eq!(stage.simulator.calls(Endpoint::CodeToSession), 3);
    assert_eq!(stage.ask_phone().await, Err(unavailable("busy")));
    assert_eq!(stage.tokens_fetched(), 3);
}

#[actix_web::test]
async fn a_late_answer_is_given_up() {
    let stage = stage();
    let timeouts =
        Timeouts { login: Duration::from_millis(50), other: Duration::from_millis(50), ..Timeouts::default() };
    let config = WeChatConfig { timeouts, ..stage.simulator.config() };
    let wechat = WeChat::new(config, stage.clock.clone()).unwrap();
    stage.simulator.fault(Endpoint::CodeToSession, Fault::Timeout(HOUR), ALWAYS);
    stage.simulator.fault(Endpoint::StableToken, Fault::Timeout(HOUR), ALWAYS);
    assert_eq!(wechat.code_to_session("demo:ann").await, Err(unavailable("time-out")));
    assert_eq!(wechat.phone_number(&format!("demo:{PHONE}"), "o").await, Err(unavailable("time-out")));
}

#[actix_web::test]
async fn the_time_limit_covers_the_repeats() {
    let stage = stage();
    let timeouts = Timeouts { login: Duration::from_millis(50), back_off: [HOUR; 2], ..Timeouts::default() };
    let config = WeChatConfig { timeouts, ..stage.simulator.config() };
    let wechat = WeChat::new(config, stage.clock.clone()).unwrap();
    stage.simulator.fault(Endpoint::CodeToSession, Fault::Busy, ALWAYS);
    assert_eq!(wechat.code_to_session("demo:ann").await, Err(unavailable("time-out")));
}

#[actix_web::test]
async fn a_late_or_lost_answer_has_used_up_the_code() {
    let stage = stage();
    let code = stage.simulator.login_code("ann");
    stage.simulator.fault(Endpoint::CodeToSession, Fault::Timeout(HOUR), 1);
    tokio::select! {
        biased;
        () = stage.taken(Endpoint::CodeToSession, 1) => {}
        answer = stage.wechat.code_to_session(&code) => panic!("{answer:?}"),
    }
    assert_eq!(stage.wechat.code_to_session(&code).await, Err(WeChatError::InvalidCode));

    let code = stage.simulator.login_code("ann");
    stage.simulator.fault(Endpoint::CodeToSession, Fault::DropConnection, 1);
    assert_eq!(stage.wechat.code_to_session(&code).await, Err(unavailable("no answer")));
    assert_eq!(stage.wechat.code_to_session(&code).await, Err(WeChatError::InvalidCode));
}

#[actix_web::test]
async fn a_dropped_connection_is_not_repeated() {
    let stage = stage();
    assert!(stage.log_in().await.is_ok(), "a kept connection, which is the harder case");
    stage.simulator.fault(Endpoint::CodeToSession, Fault::DropConnection, 1);
    assert_eq!(stage.log_in().await, Err(unavailable("no answer")));
    assert_eq!(stage.simulator.calls(Endpoint::CodeToSession), 2);
    assert!(stage.log_in().await.is_ok());
}

#[actix_web::test]
async fn a_wechat_that_is_away_is_unavailable() {
    let clock = Clock::System;
    let config = Simulator::start(clock.clone()).unwrap().config();
    let wechat = WeChat::new(config, clock).unwrap();
    assert_eq!(wechat.code_to_session("demo:ann").await, Err(unavailable("no answer")));
}

#[actix_web::test]
async fn unreadable_answers_are_told_apart() {
    let stage = stage();
    stage.simulator.fault(Endpoint::CodeToSession, Fault::Garbage, 1);
    assert_eq!(stage.log_in().await, Err(unavailable("the answer is not JSON")));
    for body in ["[]", "{}", r#"{"openid":7}"#, r#"{"openid":"o","errcode":{}}"#, r#"{"openid":"o","errcode":"x"}"#] {
        let undocumented = unavailable("the answer has another form than documented");
        assert_eq!(stage.log_in_given(body).await, Err(undocumented), "{body}");
    }
    assert_eq!(stage.log_in_given(r#"{"openid":""}"#).await, Err(unavailable("the answer has no open id")));
    let long = format!(r#"{{"openid":"{}"}}"#, "o".repeat(64 * 1024));
    assert_eq!(stage.log_in_given(&long).await, Err(unavailable("the answer is too long")));
}

#[actix_web::test]
async fn the_content_type_does_not_matter() {
    let stage = stage();
    for endpoint in [Endpoint::CodeToSession, Endpoint::StableToken, Endpoint::PhoneNumber] {
        stage.simulator.fault(endpoint, Fault::TextPlain, 1);
    }
    assert!(stage.log_in().await.is_ok());
    assert!(stage.ask_phone().await.is_ok());
}
