//! The client of WeChat Pay's PayScore and the simulated WeChat Pay, against each other over HTTP on loopback.

mod answers;
mod astray;
mod life;
mod notices;
mod secrets;
mod signatures;
mod simulator;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::SignedDuration;
use reqwest::Client;
use reqwest::Response;
use secrecy::ExposeSecret;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;
use yijian::clock::Clock;
use yijian::wechat::Completion;
use yijian::wechat::Created;
use yijian::wechat::FeeRule;
use yijian::wechat::Item;
use yijian::wechat::NewOrder;
use yijian::wechat::Order;
use yijian::wechat::OrderState;
use yijian::wechat::PayConfig;
use yijian::wechat::PayEndpoint;
use yijian::wechat::PayError;
use yijian::wechat::PayFault;
use yijian::wechat::PayScore;
use yijian::wechat::PaySimulator;
use yijian::wechat::PayTimeouts;

const NUMBER: &str = "R20261122-1";
const USER: &str = "oUser0000000000000000000001";
const HOUR: Duration = Duration::from_hours(1);
/// For ever, as far as a test goes.
const ALWAYS: u32 = u32::MAX;
const ORDERS: &str = "/v3/payscore/serviceorder";

struct Stage {
    clock: Clock,
    simulator: PaySimulator,
    pay: PayScore,
}

/// A simulator and a client that does not pause between repeats, at a clock that stands still.
fn stage() -> Stage {
    let clock = Clock::manual("2026-11-22T04:00:00Z".parse().unwrap());
    let simulator = PaySimulator::start(clock.clone()).unwrap();
    let pay = PayScore::new(eager(&simulator), clock.clone()).unwrap();
    Stage { clock, simulator, pay }
}

fn eager(simulator: &PaySimulator) -> PayConfig {
    let timeouts = PayTimeouts { back_off: [Duration::ZERO; 2], ..PayTimeouts::default() };
    PayConfig { timeouts, ..simulator.config() }
}

fn new_order() -> NewOrder {
    NewOrder {
        out_order_no: NUMBER.to_owned(),
        introduction: "共享雨伞".to_owned(),
        risk_fund_fen: 9900,
        risk_fund_description: "雨伞押金".to_owned(),
        fee: FeeRule { name: "收费标准".to_owned(), description: "1元/1小时".to_owned() },
        start_location: Some("一楼服务台".to_owned()),
        device_id: Some("rack-1".to_owned()),
        attach: Some("rental".to_owned()),
    }
}

impl Stage {
    fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds)).unwrap();
    }

    async fn create(&self) -> Result<Created, PayError> {
        self.pay.create(&new_order()).await
    }

    /// An order that its user has confirmed, an hour ago.
    async fn lent(&self) {
        self.create().await.unwrap();
        assert!(self.simulator.user_confirms(NUMBER, USER));
        self.pass(3600);
    }

    /// What ends the loan at this moment.
    fn completion(&self, total_fen: i64) -> Completion {
        let item = |name: &str, description: &str, amount_fen| Item {
            name: name.to_owned(),
            description: description.to_owned(),
            amount_fen,
        };
        Completion {
            out_order_no: NUMBER.to_owned(),
            total_fen,
            items: vec![item("租金", "1小时", total_fen), item("赔偿", "", 0)],
            end: self.clock.now(),
            end_location: Some("三楼".to_owned()),
        }
    }

    async fn complete(&self, total_fen: i64) -> Result<(), PayError> {
        self.pay.complete(&self.completion(total_fen)).await
    }

    async fn query(&self) -> Order {
        self.pay.query(NUMBER).await.unwrap()
    }

    async fn state(&self) -> OrderState {
        self.query().await.state
    }

    fn fault(&self, endpoint: PayEndpoint, fault: PayFault) {
        self.simulator.fault(endpoint, fault, 1);
    }

    async fn control(&self, path: &str, body: &Value) -> u16 {
        let address = format!("{}/__control/{path}", self.simulator.base_url());
        plain_client().post(address).json(body).send().await.unwrap().status().as_u16()
    }

    /// What the simulator says to any body, rightly signed.
    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let authorization = self.authorize("POST", path, &body, 0);
        said(self.send("POST", path, &body, &authorization).await).await
    }

    fn authorize(&self, method: &str, path: &str, body: &str, seconds_off: i64) -> String {
        let timestamp = self.clock.now().as_second() + seconds_off;
        let signature = sign(&self.simulator.config(), &format!("{method}\n{path}\n{timestamp}\nNONCE\n{body}\n"));
        format!(
            "WECHATPAY2-SHA256-RSA2048 serial_no=\"{}\",timestamp=\"{timestamp}\",nonce_str=\"NONCE\",\
             mchid=\"{}\",signature=\"{signature}\"",
            PaySimulator::MERCHANT_SERIAL,
            PaySimulator::MERCHANT_ID,
        )
    }

    async fn send(&self, method: &str, path: &str, body: &str, authorization: &str) -> Response {
        let address = format!("{}{path}", self.simulator.base_url());
        plain_client()
            .request(method.parse().unwrap(), address)
            .header("Authorization", authorization)
            .header("Accept", "application/json")
            .header("Content-Type", "application/json")
            .header("User-Agent", "test")
            .header("Wechatpay-Serial", PaySimulator::KEY_ID)
            .body(body.to_owned())
            .send()
            .await
            .unwrap()
    }
}

async fn said(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

/// The merchant's key pair, as its PEM has it.
fn merchant(config: &PayConfig) -> (Vec<u8>, rsa::KeyPair) {
    let pem = config.merchant_key_pem.expose_secret();
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = BASE64_STANDARD.decode(text).unwrap();
    let key = rsa::KeyPair::from_pkcs8(&der).unwrap();
    (der, key)
}

fn sign(config: &PayConfig, message: &str) -> String {
    let (_, key) = merchant(config);
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    BASE64_STANDARD.encode(signature)
}

/// For loopback: without a proxy, and without the machine's certificate authorities.
fn plain_client() -> Client {
    Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

fn unknown(reason: &'static str) -> PayError {
    PayError::OutcomeUnknown { reason }
}

fn refused(code: &str, number: u64) -> PayError {
    PayError::Refused { code: code.to_owned(), number: Some(number) }
}

/// What every call on an existing order names.
fn party() -> Value {
    json!({ "appid": PaySimulator::APP_ID, "service_id": PaySimulator::SERVICE_ID })
}

fn with(mut body: Value, more: &Value) -> Value {
    let fields = body.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    body
}
