//! An order from its creation to its end, and what may not happen to it on the way.

use yijian::wechat::Completion;
use yijian::wechat::NewOrder;
use yijian::wechat::OrderState;
use yijian::wechat::PayEndpoint;
use yijian::wechat::PayError;
use yijian::wechat::PayFault;
use yijian::wechat::Refund;
use yijian::wechat::RefundState;
use yijian::wechat::UserRefusal;

use super::{ALWAYS, NUMBER, USER, new_order, refused, stage, unknown};

const DAY: i64 = 24 * 3600;

#[actix_web::test]
async fn a_loan_is_created_confirmed_completed_and_paid() {
    let stage = stage();
    let created = stage.create().await.unwrap();
    assert!(!created.package.is_empty() && !created.order_id.is_empty());
    let order = stage.query().await;
    assert_eq!((order.state, order.open_id, order.started_at), (OrderState::Created, None, None));
    assert_eq!(order.items[0].description.as_deref(), Some("1元/1小时"));
    assert_eq!(order.items[0].amount_fen, None);

    stage.pass(60);
    let confirmed_at = stage.clock.now();
    assert!(stage.simulator.user_confirms(NUMBER, USER));
    let order = stage.query().await;
    assert_eq!((order.state, order.open_id.as_deref()), (OrderState::Doing, Some(USER)));
    assert_eq!((order.started_at, order.total_fen), (Some(confirmed_at), None));

    stage.pass(3600);
    stage.simulator.hold_charges(true);
    stage.complete(200).await.unwrap();
    let order = stage.query().await;
    assert_eq!((order.state, order.total_fen, order.paid_fen), (OrderState::Charging, Some(200), Some(0)));
    assert_eq!((order.transaction_id, order.paid_at), (None, None));

    stage.pass(30 * DAY);
    assert!(stage.simulator.charge_succeeds(NUMBER));
    assert!(!stage.simulator.charge_succeeds(NUMBER));
    let order = stage.query().await;
    assert_eq!((order.state, order.total_fen, order.paid_fen), (OrderState::Paid, Some(200), Some(200)));
    assert_eq!((order.paid_at, order.transaction_id.is_some()), (Some(stage.clock.now()), true));
}

#[actix_web::test]
async fn a_charge_that_meets_money_is_paid_at_once() {
    let stage = stage();
    stage.lent().await;
    stage.complete(200).await.unwrap();
    assert_eq!(stage.state().await, OrderState::Paid);
}

#[actix_web::test]
async fn nothing_to_charge_ends_the_order() {
    let stage = stage();
    stage.lent().await;
    stage.simulator.hold_charges(true);
    stage.complete(0).await.unwrap();
    let order = stage.query().await;
    assert_eq!((order.state, order.total_fen, order.transaction_id), (OrderState::Paid, Some(0), None));
}

#[actix_web::test]
async fn an_order_can_be_cancelled_before_and_after_its_confirmation() {
    for confirmed in [false, true] {
        let stage = stage();
        stage.create().await.unwrap();
        assert!(!confirmed || stage.simulator.user_confirms(NUMBER, USER));
        stage.pay.cancel(NUMBER, "unused").await.unwrap();
        assert_eq!(stage.state().await, OrderState::Revoked);
        stage.pay.cancel(NUMBER, "unused").await.unwrap();
        assert_eq!(stage.pay.cancel(NUMBER, "another reason").await, Err(PayError::RepeatDiffers));
        stage.pass(60);
        assert_eq!(stage.complete(100).await, Err(PayError::WrongState));
        assert!(!stage.simulator.user_confirms(NUMBER, USER), "too late");
        assert_eq!(stage.create().await, Err(PayError::WrongState), "its package is of no use any more");
    }
}

#[actix_web::test]
async fn a_completed_order_is_cancelled_or_not_as_wechat_likes() {
    let stage = stage();
    stage.lent().await;
    stage.simulator.hold_charges(true);
    stage.complete(100).await.unwrap();
    assert_eq!(stage.pay.cancel(NUMBER, "mistake").await, Err(PayError::WrongState));
    stage.simulator.run_charges(true);
    assert_eq!(stage.pay.cancel(NUMBER, "mistake").await, Err(PayError::ChargeRunning));
    stage.simulator.run_charges(false);
    stage.simulator.allow_cancel_while_paying(true);
    stage.pay.cancel(NUMBER, "mistake").await.unwrap();
    assert_eq!(stage.state().await, OrderState::Revoked);
    assert!(!stage.simulator.charge_succeeds(NUMBER));
}

#[actix_web::test]
async fn a_final_order_stays_as_it_is() {
    let stage = stage();
    stage.lent().await;
    stage.complete(100).await.unwrap();
    assert_eq!(stage.pay.cancel(NUMBER, "mistake").await, Err(PayError::WrongState));
    assert_eq!(stage.state().await, OrderState::Paid);
}

#[actix_web::test]
async fn an_order_that_nobody_confirms_expires_after_thirty_days() {
    let stage = stage();
    stage.create().await.unwrap();
    stage.pass(30 * DAY - 1);
    assert_eq!(stage.state().await, OrderState::Created);
    stage.pass(1);
    assert_eq!(stage.state().await, OrderState::Expired);
    assert!(!stage.simulator.user_confirms(NUMBER, USER));
    assert_eq!(stage.pay.cancel(NUMBER, "late").await, Err(PayError::WrongState));
    assert_eq!(stage.complete(100).await, Err(PayError::WrongState));
}

#[actix_web::test]
async fn a_confirmed_order_does_not_expire() {
    let stage = stage();
    stage.lent().await;
    stage.pass(100 * DAY);
    assert_eq!(stage.state().await, OrderState::Doing);
}

#[actix_web::test]
async fn an_order_cannot_be_completed_before_its_confirmation() {
    let stage = stage();
    stage.create().await.unwrap();
    stage.pass(60);
    assert_eq!(stage.complete(100).await, Err(PayError::WrongState));
}

#[actix_web::test]
async fn an_unknown_number_is_not_found() {
    let stage = stage();
    assert_eq!(stage.pay.query(NUMBER).await, Err(PayError::NotFound));
    assert_eq!(stage.pay.cancel(NUMBER, "x").await, Err(PayError::NotFound));
    assert_eq!(stage.complete(1).await, Err(PayError::NotFound));
    assert_eq!(stage.pay.query_refund("no-refund").await, Err(PayError::NotFound));
}

#[actix_web::test]
async fn the_end_lies_between_the_confirmation_and_now() {
    let stage = stage();
    stage.create().await.unwrap();
    assert!(stage.simulator.user_confirms(NUMBER, USER));
    assert_eq!(stage.complete(100).await, Err(refused("PARAM_ERROR", 271_316_637)), "the same second");
    let ahead = stage.completion(100);
    let ahead = Completion { end: ahead.end + jiff::SignedDuration::from_secs(1), ..ahead };
    assert_eq!(stage.pay.complete(&ahead).await, Err(refused("PARAM_ERROR", 268_435_464)));
    stage.pass(1);
    stage.complete(100).await.unwrap();
}

#[actix_web::test]
async fn the_fee_is_within_the_risk_fund() {
    let stage = stage();
    stage.lent().await;
    assert_eq!(stage.complete(9901).await, Err(refused("PARAM_ERROR", 268_435_464)));
    stage.complete(9900).await.unwrap();
    let dear = NewOrder { out_order_no: "R2".to_owned(), risk_fund_fen: 30_001, ..new_order() };
    assert_eq!(stage.pay.create(&dear).await, Err(refused("PARAM_ERROR", 271_316_656)));
}

#[actix_web::test]
async fn a_user_may_be_refused_for_any_reason() {
    let stage = stage();
    for why in [UserRefusal::Risk, UserRefusal::Overdue, UserRefusal::Youth] {
        stage.simulator.refuse_next(why);
        let error = stage.create().await.unwrap_err();
        assert_eq!(error, PayError::UserRefused);
        assert!(!error.to_string().contains("risk"), "{error}");
        assert_eq!(stage.pay.query(NUMBER).await, Err(PayError::NotFound));
    }
    stage.create().await.unwrap();
}

#[actix_web::test]
async fn a_confirmation_and_a_lost_cancellation_race() {
    let stage = stage();
    stage.create().await.unwrap();
    stage.simulator.fault(PayEndpoint::Cancel, PayFault::SystemError, 3);
    assert_eq!(stage.pay.cancel(NUMBER, "lease over").await, Err(unknown("WeChat Pay has an error of its own")));
    assert!(stage.simulator.user_confirms(NUMBER, USER), "the cancellation had no effect");
    assert_eq!(stage.state().await, OrderState::Doing);

    let stage = super::stage();
    stage.create().await.unwrap();
    stage.simulator.fault(PayEndpoint::Cancel, PayFault::LateSystemError, ALWAYS);
    assert_eq!(stage.pay.cancel(NUMBER, "lease over").await, Err(unknown("WeChat Pay has an error of its own")));
    assert!(!stage.simulator.user_confirms(NUMBER, USER), "the cancellation had its effect");
    assert_eq!(stage.state().await, OrderState::Revoked);
}

#[actix_web::test]
async fn money_is_given_back_in_parts() {
    let stage = stage();
    stage.lent().await;
    stage.complete(300).await.unwrap();
    let transaction_id = stage.query().await.transaction_id.unwrap();
    let refund = |number: &str, refund_fen| Refund {
        transaction_id: transaction_id.clone(),
        out_refund_no: number.to_owned(),
        refund_fen,
        total_fen: 300,
        reason: "多收".to_owned(),
    };
    assert_eq!(stage.pay.refund(&refund("F1", 200)).await, Ok(RefundState::Processing));
    assert_eq!(stage.pay.refund(&refund("F1", 200)).await, Ok(RefundState::Done), "the same refund again");
    assert_eq!(stage.pay.query_refund("F1").await, Ok(RefundState::Done));
    assert_eq!(stage.pay.refund(&refund("F1", 100)).await, Err(PayError::RepeatDiffers));
    assert_eq!(stage.pay.refund(&refund("F2", 100)).await, Err(PayError::TooFrequent), "within a minute");
    stage.pass(60);
    assert_eq!(stage.pay.refund(&refund("F2", 101)).await, Err(refused("INVALID_REQUEST", 268_435_464)));
    assert_eq!(stage.pay.refund(&refund("F2", 100)).await, Ok(RefundState::Processing));
    let other = Refund { transaction_id: "4200000000".to_owned(), ..refund("F3", 1) };
    assert_eq!(stage.pay.refund(&other).await, Err(PayError::NotFound));
    let wrong_total = Refund { total_fen: 301, ..refund("F4", 1) };
    assert_eq!(stage.pay.refund(&wrong_total).await, Err(refused("PARAM_ERROR", 268_435_464)));
}
