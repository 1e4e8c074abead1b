//! What is never told to anybody, and which settings are refused.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;

use secrecy::ExposeSecret;
use yijian::wechat::NotificationKind;
use yijian::wechat::PayConfig;
use yijian::wechat::PayConfigError;
use yijian::wechat::PayEndpoint;
use yijian::wechat::PayFault;
use yijian::wechat::PayScore;
use yijian::wechat::PaySimulator;

use super::{NUMBER, Stage, USER, refused, stage, unknown};

#[actix_web::test]
async fn no_secret_shows() {
    let stage = stage();
    let config = stage.simulator.config();
    let shown = format!(
        "{config:?} {:?} {:?} {} {:?}",
        stage.pay,
        stage.simulator,
        refused("NO_AUTH", 7),
        unknown("no answer")
    );
    let key = config.merchant_key_pem.expose_secret();
    let line = key.lines().nth(3).unwrap();
    assert!(!shown.contains(PaySimulator::API_V3_KEY) && !shown.contains(line), "{shown}");
    assert!(shown.contains(PaySimulator::MERCHANT_ID) && shown.contains("NO_AUTH"));
}

#[actix_web::test]
async fn no_secret_and_no_person_is_logged() {
    let stage = stage();
    // Once unheard: a line of code that logs for the first time while somebody begins to listen may not be heard.
    provoke(&stage).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let listening = tracing::subscriber::set_default(subscriber);
    provoke(&stage).await;
    drop(listening);

    let log = log.text();
    assert!(log.contains("271317510") && log.contains("ORDER_NOT_EXIST") && log.contains("call=\"query\""), "{log}");
    assert!(log.contains("field=\"/total_amount\""), "{log}");
    let config = stage.simulator.config();
    let key = config.merchant_key_pem.expose_secret();
    for secret in [PaySimulator::API_V3_KEY, key.lines().nth(3).unwrap(), USER, "WECHATPAY2-SHA256-RSA2048 mchid"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

/// Makes everything go wrong that is worth a line in the log.
async fn provoke(stage: &Stage) {
    assert!(stage.pay.query("R0").await.is_err());
    let error = PayFault::Error { status: 400, code: USER.to_owned() + " ", number: 1 };
    for fault in [PayFault::DropConnection, PayFault::Garbage, PayFault::Unsigned, error] {
        stage.fault(PayEndpoint::Create, fault.clone());
        drop(stage.create().await);
    }
    let simulator = &stage.simulator;
    // The second time it has been confirmed before.
    let confirmed = simulator.user_confirms(NUMBER, USER);
    assert!(confirmed || simulator.order(NUMBER).unwrap()["openid"] == USER);
    let signed = simulator.notification(&NotificationKind::Confirmed, NUMBER).unwrap();
    assert!(stage.pay.read_notification(signed.headers(), b"{}").is_err());
    assert!(stage.complete(9901).await.is_err());
    assert!(stage.pay.query(NUMBER).await.is_ok());
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
async fn a_setting_that_cannot_be_used_is_named() {
    let stage = stage();
    let config = || stage.simulator.config();
    let text = str::to_owned;
    let own_key = config().merchant_key_pem.expose_secret().to_owned();
    let wrong = [
        ("base_url", PayConfig { base_url: text("http://api.mch.weixin.qq.com"), ..config() }),
        ("base_url", PayConfig { base_url: text("http://127.0.0.1.example.com"), ..config() }),
        ("base_url", PayConfig { base_url: text("https://proxy.example.com/pay"), ..config() }),
        ("base_url", PayConfig { base_url: String::new(), ..config() }),
        ("merchant_id", PayConfig { merchant_id: text("19000x"), ..config() }),
        ("app_id", PayConfig { app_id: String::new(), ..config() }),
        ("service_id", PayConfig { service_id: text("1&appid=2"), ..config() }),
        ("merchant_serial", PayConfig { merchant_serial: text("\"x"), ..config() }),
        ("merchant_key_pem", PayConfig { merchant_key_pem: text("nothing").into(), ..config() }),
        ("merchant_key_pem", PayConfig { merchant_key_pem: config().wechat_key_pem.into(), ..config() }),
        ("api_v3_key", PayConfig { api_v3_key: text("too short").into(), ..config() }),
        ("wechat_key_id", PayConfig { wechat_key_id: text("5157F09EFDC096DE15EBE81A47057A72"), ..config() }),
        ("wechat_key_pem", PayConfig { wechat_key_pem: own_key, ..config() }),
        ("notify_url", PayConfig { notify_url: text("https://mall.example.com/?a=1"), ..config() }),
        ("notify_url", PayConfig { notify_url: text("http://mall.example.com/"), ..config() }),
        ("notify_url", PayConfig { notify_url: format!("https://mall.example.com/{}", "x".repeat(255)), ..config() }),
    ];
    for (setting, config) in wrong {
        let PayConfigError { setting: named, reason } = PayScore::new(config, stage.clock.clone()).unwrap_err();
        assert_eq!(named, setting, "{reason}");
    }
    let real = PayConfig { base_url: text("https://api.mch.weixin.qq.com"), ..config() };
    assert_eq!(PayScore::new(real.clone(), stage.clock.clone()).unwrap_err().setting, "notify_url", "loopback");
    let real = PayConfig { notify_url: text("https://mall.example.com/pay"), ..real };
    // A bare machine has no certificate authorities to check the real WeChat Pay against.
    let error = PayScore::new(real, stage.clock.clone()).err();
    assert!(error.is_none_or(|error| error.reason.contains("HTTP client")), "{error:?}");
}
