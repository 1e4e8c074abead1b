//! The WeChat client and the simulated WeChat, against each other over HTTP on loopback.

mod astray;
mod login;
mod phone;
mod secrets;
mod simulator;
mod token;

use jiff::SignedDuration;
use reqwest::Client;
use reqwest::Response;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;
use yijian::clock::Clock;
use yijian::wechat::Endpoint;
use yijian::wechat::Fault;
use yijian::wechat::Simulator;
use yijian::wechat::Timeouts;
use yijian::wechat::WeChat;
use yijian::wechat::WeChatConfig;
use yijian::wechat::WeChatError;

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
