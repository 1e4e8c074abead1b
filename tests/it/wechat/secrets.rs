//! What is never told to anybody.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;

use yijian::wechat::Endpoint;
use yijian::wechat::Fault;
use yijian::wechat::Simulator;
use yijian::wechat::WeChat;
use yijian::wechat::WeChatConfig;
use yijian::wechat::WeChatError;

use super::{PHONE, Stage, stage, unavailable};

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
