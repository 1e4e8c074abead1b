//! The simulator, without our client.

use serde_json::Value;
use serde_json::json;
use yijian::clock::Clock;
use yijian::wechat::Simulator;
use yijian::wechat::WeChatError;

use super::{PHONE, errcode, stage, token_order, unavailable};

#[test]
fn the_simulator_needs_no_runtime() {
    let first = Simulator::start(Clock::System).unwrap();
    let second = Simulator::start(Clock::System).unwrap();
    assert_ne!(first.base_url(), second.base_url());
}

#[actix_web::test]
async fn errors_look_like_wechats() {
    let stage = stage();
    let response = stage.get("/sns/jscode2session?appid=wxelse&secret=s").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain");
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["errcode"], 40013);
    let (message, rid) = answer["errmsg"].as_str().unwrap().rsplit_once(", rid: ").unwrap();
    assert_eq!(message, "invalid appid");
    assert_eq!(rid.split('-').map(str::len).collect::<Vec<_>>(), [8, 8, 8]);
    assert!(rid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'));
}

#[actix_web::test]
async fn the_simulator_complains_in_wechats_words() {
    let stage = stage();
    let account = format!("appid={}&secret={}", Simulator::APP_ID, Simulator::APP_SECRET);
    for (path, expected) in [
        ("/sns/jscode2session".to_owned(), 41002),
        (format!("/sns/jscode2session?appid={}", Simulator::APP_ID), 41004),
        (format!("/sns/jscode2session?appid={}&secret=x", Simulator::APP_ID), 40125),
        (format!("/sns/jscode2session?{account}&js_code=demo:ann"), 40002),
        (format!("/sns/jscode2session?{account}&grant_type=authorization_code"), 41008),
        (format!("/sns/jscode2session?{account}&grant_type=authorization_code&js_code=x"), 40029),
        ("/cgi-bin/stable_token".to_owned(), 43002),
        ("/wxa/business/getuserphonenumber".to_owned(), 43002),
        ("/cgi-bin/token".to_owned(), 40066),
    ] {
        assert_eq!(errcode(stage.get(&path).await).await, expected, "{path}");
    }
    let (token, _) = stage.lease(false).await;
    let phone = "/wxa/business/getuserphonenumber";
    for (path, body, expected) in [
        ("/sns/jscode2session".to_owned(), json!({}), 43001),
        ("/cgi-bin/stable_token".to_owned(), json!([]), 47001),
        ("/cgi-bin/stable_token".to_owned(), json!({}), 40002),
        ("/cgi-bin/stable_token".to_owned(), json!({ "grant_type": "client_credential" }), 41002),
        (phone.to_owned(), json!({ "code": "x", "access_token": token }), 41001),
        (format!("{phone}?access_token=x"), json!({ "code": "x" }), 40001),
        (format!("{phone}?access_token={token}"), json!({ "code": "x", "access_token": token }), 47001),
        (format!("{phone}?access_token={token}"), json!({}), 47001),
        (format!("{phone}?access_token={token}"), json!({ "code": "x" }), 40029),
    ] {
        assert_eq!(errcode(stage.post(&path, &body).await).await, expected, "{path} {body}");
    }
}

#[actix_web::test]
async fn stable_tokens_overlap() {
    let stage = stage();
    let (first, life) = stage.lease(false).await;
    assert_eq!(life, 7200);
    stage.pass(6899);
    assert_eq!(stage.lease(false).await, (first.clone(), 301));
    stage.pass(1);
    let (second, life) = stage.lease(false).await;
    assert_ne!(first, second);
    assert_eq!(life, 7200);
    stage.pass(299);
    assert_eq!((stage.judge(&first).await, stage.judge(&second).await), (0, 0));
    stage.pass(1);
    assert_eq!((stage.judge(&first).await, stage.judge(&second).await), (42001, 0));
}

#[actix_web::test]
async fn forced_tokens_kill_the_others_within_limits() {
    let stage = stage();
    let (first, _) = stage.lease(false).await;
    let (second, _) = stage.lease(true).await;
    assert_ne!(first, second);
    assert_eq!((stage.judge(&first).await, stage.judge(&second).await), (40001, 0));
    stage.pass(29);
    assert_eq!(stage.lease(true).await.0, second, "too early to change anything");
    for _ in 1..20 {
        stage.pass(30);
        stage.lease(true).await;
    }
    stage.pass(30);
    let refused = stage.post("/cgi-bin/stable_token", &token_order(true)).await;
    assert_eq!(errcode(refused).await, 45009);
}

#[actix_web::test]
async fn the_control_paths_mint_codes_order_faults_and_count_calls() {
    let stage = stage();
    let answer: Value =
        stage.post("/__control/codes", &json!({ "name": "ann", "phone": PHONE })).await.json().await.unwrap();
    let (code, phone_code) = (answer["js_code"].as_str().unwrap(), answer["phone_code"].as_str().unwrap());
    let identity = stage.wechat.code_to_session(code).await.unwrap();
    assert!(stage.wechat.phone_number(phone_code, &identity.open_id).await.is_ok());
    for bad in [json!({ "name": "" }), json!({ "name": "ann", "phone": "1" }), json!({ "nam": "ann" })] {
        assert_eq!(stage.post("/__control/codes", &bad).await.status(), 400, "{bad}");
    }

    for (order, meaning) in [
        (json!({ "fault": "errcode", "errcode": 40226 }), WeChatError::LoginBlocked),
        (json!({ "fault": "quota" }), WeChatError::Refused { errcode: 45009 }),
        (json!({ "fault": "busy", "times": 3 }), unavailable("busy")),
        (json!({ "fault": "garbage" }), unavailable("the answer is not JSON")),
        (json!({ "fault": "drop_connection" }), unavailable("no answer")),
        (json!({ "fault": "body", "body": "{}" }), unavailable("the answer has another form than documented")),
    ] {
        let mut order = order;
        order["endpoint"] = json!("jscode2session");
        assert_eq!(stage.post("/__control/faults", &order).await.status(), 204, "{order}");
        assert_eq!(stage.log_in().await, Err(meaning));
    }
    for harmless in [json!({ "fault": "timeout", "millis": 1 }), json!({ "fault": "text_plain" })] {
        let mut order = harmless;
        order["endpoint"] = json!("jscode2session");
        assert_eq!(stage.post("/__control/faults", &order).await.status(), 204, "{order}");
        assert!(stage.log_in().await.is_ok());
    }

    let calls: Value = stage.get("/__control/calls").await.json().await.unwrap();
    assert_eq!(calls, json!({ "jscode2session": 11, "stable_token": 1, "getuserphonenumber": 1 }));
}
