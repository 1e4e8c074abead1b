//! The WeChat client and the simulated WeChat, against each other over HTTP on loopback.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::SignedDuration;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use yijian::{
    clock::Clock,
    wechat::{Endpoint, Fault, Simulator, Timeouts, WeChat, WeChatConfig, WeChatError},
};

const PHONE: &str = "13812341234";
const HOUR: Duration = Duration::from_hours(1);
/// For ever, as far as a test goes.
const ALWAYS: u32 = u32::MAX;

struct Stage {
    clock: Clock,
    simulator: Simulator,
    wechat: WeChat,
}

/// A simulator and a client that does not pause between repeats, at a clock that stands still.
fn stage() -> Stage {
    let clock = Clock::manual("2026-11-22T04:00:00Z".parse().unwrap());
    let simulator = Simulator::start(clock.clone()).unwrap();
    let wechat = WeChat::new(eager(&simulator), clock.clone()).unwrap();
    Stage { clock, simulator, wechat }
}

fn eager(simulator: &Simulator) -> WeChatConfig {
    let timeouts = Timeouts { back_off: [Duration::ZERO; 2], ..Timeouts::default() };
    WeChatConfig { timeouts, ..simulator.config() }
}

impl Stage {
    fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds)).unwrap();
    }

    async fn log_in(&self) -> Result<String, WeChatError> {
        self.wechat.code_to_session("demo:ann").await.map(|identity| identity.open_id)
    }

    async fn ask_phone(&self) -> Result<String, WeChatError> {
        self.wechat.phone_number(&format!("demo:{PHONE}"), &Simulator::open_id("ann")).await
    }

    /// What the client makes of `info` as the `phone_info` of WeChat's answer.
    async fn ask_phone_given(&self, info: Value) -> Result<String, WeChatError> {
        let body = json!({ "errcode": 0, "errmsg": "ok", "phone_info": info }).to_string();
        self.simulator.fault(Endpoint::PhoneNumber, Fault::Body(body), 1);
        self.ask_phone().await
    }

    async fn log_in_given(&self, body: &str) -> Result<String, WeChatError> {
        self.simulator.fault(Endpoint::CodeToSession, Fault::Body(body.to_owned()), 1);
        self.log_in().await
    }

    fn tokens_fetched(&self) -> u64 {
        self.simulator.calls(Endpoint::StableToken)
    }

    /// Yields until the simulator has taken `calls` calls of `endpoint`.
    async fn taken(&self, endpoint: Endpoint, calls: u64) {
        while self.simulator.calls(endpoint) < calls {
            tokio::task::yield_now().await;
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        let address = format!("{}{path}", self.simulator.base_url());
        plain_client().post(address).json(body).send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        let address = format!("{}{path}", self.simulator.base_url());
        plain_client().get(address).send().await.unwrap()
    }

    /// Asks the simulator for an access token, as another instance of the back end would.
    async fn lease(&self, force: bool) -> (String, i64) {
        let answer: Value = self.post("/cgi-bin/stable_token", &token_order(force)).await.json().await.unwrap();
        (answer["access_token"].as_str().unwrap().to_owned(), answer["expires_in"].as_i64().unwrap())
    }

    /// How the simulator answers a call with this token: an `errcode`.
    async fn judge(&self, token: &str) -> i64 {
        let path = format!("/wxa/business/getuserphonenumber?access_token={token}");
        errcode(self.post(&path, &json!({ "code": format!("demo:{PHONE}") })).await).await
    }
}

/// For loopback: without a proxy, and without the machine's certificate authorities.
fn plain_client() -> Client {
    Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

fn token_order(force: bool) -> Value {
    json!({
        "grant_type": "client_credential",
        "appid": Simulator::APP_ID,
        "secret": Simulator::APP_SECRET,
        "force_refresh": force,
    })
}

async fn errcode(response: Response) -> i64 {
    response.json::<Value>().await.unwrap()["errcode"].as_i64().unwrap()
}

fn unavailable(reason: &'static str) -> WeChatError {
    WeChatError::Unavailable { reason }
}

// Login

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

// Answers that go astray

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

// Phone number

#[actix_web::test]
async fn a_phone_code_gives_the_number_once_within_five_minutes() {
    let stage = stage();
    let open_id = Simulator::open_id("ann");
    let (first, second) = (stage.simulator.phone_code("ann", PHONE), stage.simulator.phone_code("ann", PHONE));
    stage.pass(299);
    assert_eq!(stage.wechat.phone_number(&first, &open_id).await.as_deref(), Ok("+8613812341234"));
    assert_eq!(stage.wechat.phone_number(&first, &open_id).await, Err(WeChatError::InvalidCode));
    stage.pass(1);
    assert_eq!(stage.wechat.phone_number(&second, &open_id).await, Err(WeChatError::InvalidCode));
}

#[actix_web::test]
async fn somebody_elses_phone_code_is_refused() {
    let stage = stage();
    let code = stage.simulator.phone_code("ann", PHONE);
    assert_eq!(stage.wechat.phone_number(&code, &Simulator::open_id("bob")).await, Err(WeChatError::InvalidCode));
    assert!(stage.wechat.phone_number(&code, &Simulator::open_id("ann")).await.is_ok());
}

#[actix_web::test]
async fn numbers_from_everywhere_become_e164() {
    let stage = stage();
    for number in ["+8613812341234", "+447911123456", "+12025550123", "+85261234567", "+3584123456"] {
        let code = stage.simulator.phone_code("ann", number);
        let told = stage.wechat.phone_number(&code, &Simulator::open_id("ann")).await;
        assert_eq!(told.as_deref(), Ok(number));
    }
}

#[actix_web::test]
async fn the_country_code_may_be_a_number_or_a_string() {
    let stage = stage();
    for country in [json!(44), json!("44"), json!("+44")] {
        let told = stage
            .ask_phone_given(json!({
                "phoneNumber": "+447911123456",
                "purePhoneNumber": "7911123456",
                "countryCode": country,
                "watermark": { "timestamp": 1_637_744_274, "appid": Simulator::APP_ID },
            }))
            .await;
        assert_eq!(told.as_deref(), Ok("+447911123456"), "{country}");
    }
}

#[actix_web::test]
async fn what_is_no_number_is_refused() {
    let stage = stage();
    for (country, number) in [
        (json!("86"), json!("")),
        (json!(""), json!(PHONE)),
        (json!(null), json!(PHONE)),
        (json!("0086"), json!(PHONE)),
        (json!(1234), json!("5551234")),
        (json!("86"), json!("138 1234 1234")),
        (json!("86"), json!("138****1234")),
        (json!("86"), json!("12345678901234")),
    ] {
        let info = json!({
            "purePhoneNumber": number,
            "countryCode": country,
            "watermark": { "appid": Simulator::APP_ID },
        });
        let refused = unavailable("the number is no phone number");
        assert_eq!(stage.ask_phone_given(info.clone()).await, Err(refused), "{info}");
    }
}

#[actix_web::test]
async fn a_number_for_another_mini_program_is_refused() {
    let stage = stage();
    let info = json!({ "purePhoneNumber": PHONE, "countryCode": "86", "watermark": { "appid": "wxelse" } });
    let refused = unavailable("the number belongs to another mini-program");
    assert_eq!(stage.ask_phone_given(info).await, Err(refused));
}

// Access token

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

// Secrets

#[actix_web::test]
async fn no_secret_shows() {
    let stage = stage();
    let config = stage.simulator.config();
    let errors = [
        WeChatError::InvalidCode,
        WeChatError::LoginBlocked,
        WeChatError::TooFrequent,
        WeChatError::Refused { errcode: 40125 },
        unavailable("no answer"),
    ];
    let mut shown = vec![format!("{config:?} {:?} {:?}", stage.wechat, stage.simulator)];
    shown.extend(errors.map(|error| format!("{error} {error:?}")));
    let shown = shown.concat();
    assert!(!shown.contains(Simulator::APP_SECRET), "{shown}");
    assert!(shown.contains(Simulator::APP_ID));
}

#[actix_web::test]
async fn no_secret_is_logged() {
    let stage = stage();
    let (code, phone_code) = (stage.simulator.login_code("ann"), stage.simulator.phone_code("ann", PHONE));
    let open_id = Simulator::open_id("ann");
    // Once unheard: a line of code that logs for the first time while somebody begins to listen may not be heard.
    provoke(&stage, &code, &phone_code).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let listening = tracing::subscriber::set_default(subscriber);

    provoke(&stage, &code, &phone_code).await;
    let (token, _) = stage.lease(false).await;
    drop(listening);

    let log = log.text();
    assert!(log.contains("40125") && log.contains("jscode2session") && log.contains("rid=\"6"), "{log}");
    for secret in [Simulator::APP_SECRET, &code, &phone_code, &open_id, &token, PHONE] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

/// Makes everything go wrong that is worth a line in the log.
async fn provoke(stage: &Stage, code: &str, phone_code: &str) {
    let open_id = Simulator::open_id("ann");
    for fault in [Fault::DropConnection, Fault::Garbage, Fault::Errcode(40125), Fault::Body("{}".to_owned())] {
        stage.simulator.fault(Endpoint::CodeToSession, fault.clone(), 1);
        stage.simulator.fault(Endpoint::PhoneNumber, fault, 1);
        assert!(stage.wechat.code_to_session(code).await.is_err());
        assert!(stage.wechat.phone_number(phone_code, &open_id).await.is_err());
    }
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn the_secret_goes_out_by_tls_or_not_at_all() {
    let stage = stage();
    for base_url in ["http://api.weixin.qq.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1", "weixin", ""] {
        let config = WeChatConfig { base_url: base_url.to_owned(), ..stage.simulator.config() };
        let refused = WeChat::new(config, stage.clock.clone()).err();
        assert!(matches!(refused, Some(WeChatError::Unavailable { .. })), "{base_url}");
    }
}

// The simulator by itself

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
