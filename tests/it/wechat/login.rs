//! Signing in: codes, users, and what WeChat may answer.

use yijian::wechat::Endpoint;
use yijian::wechat::Fault;
use yijian::wechat::Simulator;
use yijian::wechat::WeChat;
use yijian::wechat::WeChatConfig;
use yijian::wechat::WeChatError;

use super::{PHONE, stage, unavailable};

#[actix_web::test]
async fn a_login_code_tells_who_the_user_is() {
    let stage = stage();
    let identity = stage.wechat.code_to_session(&stage.simulator.login_code("ann")).await.unwrap();
    assert_eq!(identity.open_id, Simulator::open_id("ann"));
    assert_eq!(identity.union_id, Some(Simulator::union_id("ann")));
    assert_eq!(identity.open_id.len(), 28);
    assert!(identity.open_id.starts_with('o'));
    assert_ne!(Simulator::open_id("ann"), Simulator::open_id("bob"));
    assert_eq!(stage.wechat.app_id(), Simulator::APP_ID);
}

#[actix_web::test]
async fn the_union_id_may_be_missing() {
    let stage = stage();
    for body in [
        r#"{"openid":"oAnn","session_key":"x"}"#,
        r#"{"openid":"oAnn","session_key":"x","errcode":0,"errmsg":"ok"}"#,
        r#"{"openid":"oAnn","session_key":"x","unionid":"","errcode":"0"}"#,
    ] {
        stage.simulator.fault(Endpoint::CodeToSession, Fault::Body(body.to_owned()), 1);
        let identity = stage.wechat.code_to_session("demo:ann").await.unwrap();
        assert_eq!((identity.open_id.as_str(), identity.union_id), ("oAnn", None), "{body}");
    }
}

#[actix_web::test]
async fn a_login_code_works_once() {
    let stage = stage();
    let code = stage.simulator.login_code("ann");
    assert!(stage.wechat.code_to_session(&code).await.is_ok());
    assert_eq!(stage.wechat.code_to_session(&code).await, Err(WeChatError::InvalidCode));
}

#[actix_web::test]
async fn a_login_code_lives_for_five_minutes() {
    let stage = stage();
    let (first, second) = (stage.simulator.login_code("ann"), stage.simulator.login_code("ann"));
    stage.pass(299);
    assert!(stage.wechat.code_to_session(&first).await.is_ok());
    stage.pass(1);
    assert_eq!(stage.wechat.code_to_session(&second).await, Err(WeChatError::InvalidCode));
}

#[actix_web::test]
async fn codes_of_one_kind_do_not_serve_for_the_other() {
    let stage = stage();
    let phone_code = stage.simulator.phone_code("ann", PHONE);
    assert_eq!(stage.wechat.code_to_session(&phone_code).await, Err(WeChatError::InvalidCode));
    let login_code = stage.simulator.login_code("ann");
    let open_id = Simulator::open_id("ann");
    assert_eq!(stage.wechat.phone_number(&login_code, &open_id).await, Err(WeChatError::InvalidCode));
}

#[actix_web::test]
async fn demo_codes_never_wear_out() {
    let stage = stage();
    for _ in 0..2 {
        assert_eq!(stage.log_in().await, Ok(Simulator::open_id("ann")));
        assert_eq!(stage.ask_phone().await.as_deref(), Ok("+8613812341234"));
        stage.pass(86_400);
    }
    let name = "名".repeat(64);
    let identity = stage.wechat.code_to_session(&format!("demo:{name}")).await.unwrap();
    assert_eq!(identity.open_id, Simulator::open_id(&name));
    for bad in ["demo:".to_owned(), format!("demo:{}", "n".repeat(65))] {
        assert_eq!(stage.wechat.code_to_session(&bad).await, Err(WeChatError::InvalidCode), "{bad}");
    }
    for bad in ["demo:23812341234", "demo:1381234123", "demo:1381234123x"] {
        assert_eq!(stage.wechat.phone_number(bad, "o").await, Err(WeChatError::InvalidCode), "{bad}");
    }
}

#[actix_web::test]
async fn what_cannot_be_a_code_is_not_sent() {
    let stage = stage();
    for code in [String::new(), "x".repeat(513)] {
        assert_eq!(stage.wechat.code_to_session(&code).await, Err(WeChatError::InvalidCode));
        assert_eq!(stage.wechat.phone_number(&code, "o").await, Err(WeChatError::InvalidCode));
    }
    assert_eq!(stage.simulator.calls(Endpoint::CodeToSession), 0);
    assert_eq!(stage.tokens_fetched(), 0);
}

#[actix_web::test]
async fn a_user_logs_in_100_times_a_minute_at_most() {
    let stage = stage();
    for _ in 0..100 {
        assert!(stage.log_in().await.is_ok());
    }
    let code = stage.simulator.login_code("ann");
    assert_eq!(stage.wechat.code_to_session(&code).await, Err(WeChatError::TooFrequent));
    assert!(stage.wechat.code_to_session("demo:bob").await.is_ok());
    stage.pass(60);
    assert!(stage.wechat.code_to_session(&code).await.is_ok(), "the refusal has not used up the code");
}

#[actix_web::test]
async fn every_errcode_has_its_meaning() {
    let stage = stage();
    for (errcode, meaning) in [
        (40003, WeChatError::InvalidCode),
        (40029, WeChatError::InvalidCode),
        (40163, WeChatError::InvalidCode),
        (40226, WeChatError::LoginBlocked),
        (44990, WeChatError::TooFrequent),
        (44991, WeChatError::TooFrequent),
        (45011, WeChatError::TooFrequent),
        (-1, unavailable("busy")),
    ] {
        stage.simulator.fault(Endpoint::CodeToSession, Fault::Errcode(errcode), if errcode == -1 { 3 } else { 1 });
        assert_eq!(stage.log_in().await, Err(meaning), "{errcode}");
    }
    for errcode in [40001, 40013, 40125, 40164, 40243, 41002, 41004, 41008, 44993, 45009, 48001, 50002, 89503, 123_456]
    {
        stage.simulator.fault(Endpoint::CodeToSession, Fault::Errcode(errcode), 1);
        assert_eq!(stage.log_in().await, Err(WeChatError::Refused { errcode }));
    }
    stage.simulator.fault(Endpoint::PhoneNumber, Fault::Quota, 1);
    assert_eq!(stage.ask_phone().await, Err(WeChatError::Refused { errcode: 45009 }));
}

#[actix_web::test]
async fn errcodes_may_be_strings() {
    let stage = stage();
    assert_eq!(stage.log_in_given(r#"{"errcode":"40226","errmsg":"x"}"#).await, Err(WeChatError::LoginBlocked));
}

#[actix_web::test]
async fn a_wrong_account_is_an_alarm() {
    let stage = stage();
    let wrong_secret = WeChatConfig { app_secret: "wrong".into(), ..stage.simulator.config() };
    let wrong_app = WeChatConfig { app_id: "wxelse".to_owned(), ..stage.simulator.config() };
    for (config, errcode) in [(wrong_secret, 40125), (wrong_app, 40013)] {
        let wechat = WeChat::new(config, stage.clock.clone()).unwrap();
        let refused = WeChatError::Refused { errcode };
        assert_eq!(wechat.code_to_session("demo:ann").await, Err(refused));
        assert_eq!(wechat.phone_number(&format!("demo:{PHONE}"), "o").await, Err(refused));
    }
}
