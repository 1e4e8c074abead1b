//! Answers that come late, never, or as something else, and calls that are made again.

use std::time::Duration;

use yijian::clock::Clock;
use yijian::wechat::NewOrder;
use yijian::wechat::OrderState;
use yijian::wechat::PayConfig;
use yijian::wechat::PayEndpoint;
use yijian::wechat::PayError;
use yijian::wechat::PayFault;
use yijian::wechat::PayScore;
use yijian::wechat::PaySimulator;
use yijian::wechat::PayTimeouts;

use super::{ALWAYS, HOUR, NUMBER, Stage, new_order, stage, unknown};

const SPOILT: &str = "the answer's signature is missing or wrong";

fn hurried(stage: &Stage) -> PayScore {
    let timeouts =
        PayTimeouts { attempt: Duration::from_millis(400), back_off: [Duration::ZERO; 2], ..PayTimeouts::default() };
    PayScore::new(PayConfig { timeouts, ..stage.simulator.config() }, stage.clock.clone()).unwrap()
}

#[actix_web::test]
async fn the_same_order_again_is_the_same_order() {
    let stage = stage();
    let first = stage.create().await.unwrap();
    assert_eq!(stage.create().await.unwrap(), first);
    let other = NewOrder { introduction: "充电宝".to_owned(), ..new_order() };
    assert_eq!(stage.pay.create(&other).await, Err(PayError::RepeatDiffers));
}

#[actix_web::test]
async fn the_same_completion_again_is_the_same_completion() {
    let stage = stage();
    stage.lent().await;
    stage.simulator.hold_charges(true);
    let completion = stage.completion(100);
    stage.pay.complete(&completion).await.unwrap();
    stage.pass(600);
    stage.pay.complete(&completion).await.unwrap();
    assert_eq!(stage.complete(100).await, Err(PayError::RepeatDiffers), "another end");
    assert!(stage.simulator.charge_succeeds(NUMBER));
    stage.pay.complete(&completion).await.unwrap();
}

#[actix_web::test]
async fn a_call_without_an_answer_is_made_again() {
    for fault in [
        PayFault::SystemError,
        PayFault::LateSystemError,
        PayFault::TooMany,
        PayFault::DropConnection,
        PayFault::Timeout(HOUR),
    ] {
        let stage = stage();
        let pay = hurried(&stage);
        stage.simulator.fault(PayEndpoint::Create, fault.clone(), 2);
        assert!(pay.create(&new_order()).await.is_ok(), "{fault:?}");
        assert_eq!(stage.simulator.calls(PayEndpoint::Create), 3, "{fault:?}");
        assert_eq!(stage.state().await, OrderState::Created);
    }
}

#[actix_web::test]
async fn an_answer_that_never_comes_leaves_the_outcome_open() {
    for (fault, reason) in [
        (PayFault::LateSystemError, "WeChat Pay has an error of its own"),
        (PayFault::DropConnection, "no answer"),
        (PayFault::Timeout(HOUR), "time-out"),
    ] {
        let stage = stage();
        let pay = hurried(&stage);
        stage.simulator.fault(PayEndpoint::Create, fault.clone(), 3);
        assert_eq!(pay.create(&new_order()).await, Err(unknown(reason)), "{fault:?}");
        assert_eq!(stage.state().await, OrderState::Created, "the order is there all the same");
        assert!(stage.create().await.is_ok());
    }
    let stage = stage();
    stage.simulator.fault(PayEndpoint::Create, PayFault::SystemError, 3);
    assert_eq!(stage.create().await, Err(unknown("WeChat Pay has an error of its own")));
    assert_eq!(stage.pay.query(NUMBER).await, Err(PayError::NotFound), "this one never got there");
}

#[actix_web::test]
async fn a_lost_completion_is_found_by_a_query() {
    let stage = stage();
    stage.lent().await;
    stage.simulator.fault(PayEndpoint::Complete, PayFault::DropConnection, 3);
    assert_eq!(stage.complete(100).await, Err(unknown("no answer")));
    let order = stage.query().await;
    assert_eq!((order.state, order.paid_fen), (OrderState::Paid, Some(100)), "charged once");
}

#[actix_web::test]
async fn a_spoilt_answer_is_not_asked_for_again() {
    for fault in [
        PayFault::Garbage,
        PayFault::Unsigned,
        PayFault::WrongSignature,
        PayFault::OtherKey,
        PayFault::Old(301),
        PayFault::Old(-301),
        PayFault::Probe,
    ] {
        let stage = stage();
        stage.fault(PayEndpoint::Create, fault.clone());
        assert_eq!(stage.create().await, Err(unknown(SPOILT)), "{fault:?}");
        assert_eq!(stage.simulator.calls(PayEndpoint::Create), 1, "{fault:?}");
        stage.fault(PayEndpoint::Query, fault.clone());
        assert_eq!(stage.pay.query(NUMBER).await, Err(unknown(SPOILT)), "{fault:?}");
        assert_eq!(stage.state().await, OrderState::Created, "{fault:?}");
    }
    let stage = stage();
    for age in [300, -300] {
        stage.fault(PayEndpoint::Create, PayFault::Old(age));
        assert!(stage.create().await.is_ok(), "{age}");
    }
}

#[actix_web::test]
async fn being_turned_away_says_nothing_about_an_attempt_before() {
    let stage = stage();
    stage.simulator.fault(PayEndpoint::Create, PayFault::TooMany, 3);
    assert_eq!(stage.create().await, Err(PayError::TooFrequent));
    stage.simulator.fault(PayEndpoint::Create, PayFault::DropConnection, 1);
    stage.simulator.fault(PayEndpoint::Create, PayFault::TooMany, 2);
    assert_eq!(stage.create().await, Err(unknown("no answer, then too many calls")));
    assert_eq!(stage.state().await, OrderState::Created);
}

#[actix_web::test]
async fn the_time_limit_covers_the_repeats() {
    let stage = stage();
    let timeouts = PayTimeouts { call: Duration::from_millis(100), back_off: [HOUR; 2], ..PayTimeouts::default() };
    let config = PayConfig { timeouts, ..stage.simulator.config() };
    let pay = PayScore::new(config, stage.clock.clone()).unwrap();
    stage.simulator.fault(PayEndpoint::Create, PayFault::SystemError, ALWAYS);
    assert_eq!(pay.create(&new_order()).await, Err(unknown("time-out")));
}

#[actix_web::test]
async fn a_wechat_that_is_away_leaves_the_outcome_open() {
    let clock = Clock::System;
    let config = super::eager(&PaySimulator::start(clock.clone()).unwrap());
    let pay = PayScore::new(config, clock).unwrap();
    assert_eq!(pay.query(NUMBER).await, Err(unknown("no answer")));
}
