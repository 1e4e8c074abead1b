//! Notifications: posted, repeated, out of order, tampered with, and none of our business.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::App;
use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::HttpServer;
use actix_web::rt;
use actix_web::web;
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::timeout;
use yijian::wechat::Notices;
use yijian::wechat::Notification;
use yijian::wechat::NotificationHeaders;
use yijian::wechat::NotificationKind;
use yijian::wechat::PayConfig;
use yijian::wechat::PayError;
use yijian::wechat::PayScore;
use yijian::wechat::PaySimulator;
use yijian::wechat::SignedNotification;

use super::{NUMBER, Stage, eager, stage, unknown, with};

type Heard = Result<Notification, PayError>;

/// A back end that reads notifications and does nothing else.
struct Desk {
    stage: Stage,
    heard: UnboundedReceiver<Heard>,
}

#[derive(Clone)]
struct Ear {
    pay: PayScore,
    /// The status that every notification is answered with, or `None` for what is due.
    deaf: Option<u16>,
    heard: UnboundedSender<Heard>,
}

async fn hear(ear: web::Data<Ear>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let header = |name| request.headers().get(name).map_or("", |value| value.to_str().unwrap());
    let headers = NotificationHeaders {
        timestamp: header("Wechatpay-Timestamp"),
        nonce: header("Wechatpay-Nonce"),
        signature: header("Wechatpay-Signature"),
        serial: header("Wechatpay-Serial"),
    };
    let read = ear.pay.read_notification(headers, &body);
    let status = ear.deaf.unwrap_or(if read.is_ok() { 204 } else { 401 });
    ear.heard.send(read).unwrap_or_default();
    HttpResponse::build(status.try_into().unwrap()).finish()
}

impl Desk {
    fn open(deaf: Option<u16>) -> Self {
        let mut stage = stage();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let notify_url = format!("http://{}/pay/notices", listener.local_addr().unwrap());
        let config = PayConfig { notify_url, ..eager(&stage.simulator) };
        stage.pay = PayScore::new(config, stage.clock.clone()).unwrap();
        let (sender, heard) = unbounded_channel();
        let ear = web::Data::new(Ear { pay: stage.pay.clone(), deaf, heard: sender });
        let server =
            HttpServer::new(move || App::new().app_data(ear.clone()).route("/pay/notices", web::post().to(hear)));
        drop(rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run()));
        Self { stage, heard }
    }

    async fn next(&mut self) -> Heard {
        timeout(Duration::from_secs(10), self.heard.recv()).await.expect("a notification").unwrap()
    }

    async fn assert_silent(&mut self) {
        assert!(timeout(Duration::from_millis(500), self.heard.recv()).await.is_err());
    }
}

fn is(heard: &Heard, kind: &NotificationKind) -> bool {
    heard.as_ref().is_ok_and(|heard| heard.kind == *kind && heard.out_order_no.as_deref() == Some(NUMBER))
}

#[actix_web::test]
async fn a_confirmation_and_a_payment_are_posted() {
    let mut desk = Desk::open(None);
    desk.stage.lent().await;
    let confirmed = desk.next().await;
    assert!(is(&confirmed, &NotificationKind::Confirmed), "{confirmed:?}");
    desk.stage.complete(100).await.unwrap();
    let paid = desk.next().await;
    assert!(is(&paid, &NotificationKind::Paid), "{paid:?}");
    assert_ne!(confirmed.unwrap().id, paid.unwrap().id);
    desk.assert_silent().await;
}

#[actix_web::test]
async fn a_notification_comes_again_until_it_is_taken() {
    let mut desk = Desk::open(Some(500));
    desk.stage.lent().await;
    let first = desk.next().await;
    assert_eq!(desk.next().await, first, "the same id");
    assert_eq!(desk.next().await, first);
    desk.assert_silent().await;
}

#[actix_web::test]
async fn a_notification_may_come_twice_late_or_never() {
    let mut desk = Desk::open(None);
    desk.stage.simulator.set_notices(Notices::Held);
    assert!(!desk.stage.simulator.repeat_notice(NUMBER));
    desk.stage.lent().await;
    desk.stage.complete(100).await.unwrap();
    desk.assert_silent().await;
    desk.stage.simulator.release_notices(true);
    let (first, second) = (desk.next().await, desk.next().await);
    assert!(is(&first, &NotificationKind::Paid) && is(&second, &NotificationKind::Confirmed), "out of order");
    assert!(desk.stage.simulator.repeat_notice(NUMBER));
    assert_eq!(desk.next().await, first);

    let mut desk = Desk::open(None);
    desk.stage.simulator.set_notices(Notices::Off);
    desk.stage.lent().await;
    desk.stage.simulator.release_notices(false);
    desk.assert_silent().await;
}

#[actix_web::test]
async fn a_probe_fails_like_any_forgery() {
    let mut desk = Desk::open(None);
    desk.stage.create().await.unwrap();
    assert!(desk.stage.simulator.probe(NUMBER));
    assert!(!desk.stage.simulator.probe("R9"));
    for _ in 0..3 {
        assert_eq!(desk.next().await, Err(PayError::BadSignature));
    }
    desk.assert_silent().await;
}

#[actix_web::test]
async fn whatever_is_changed_breaks_the_signature() {
    let stage = stage();
    stage.lent().await;
    let right = stage.simulator.notification(&NotificationKind::Confirmed, NUMBER).unwrap();
    let read = |signed: &SignedNotification| stage.pay.read_notification(signed.headers(), signed.body.as_bytes());
    let kind = NotificationKind::Confirmed;
    assert!(is(&read(&right), &kind));
    let timestamp = |off: i64| (right.timestamp.parse::<i64>().unwrap() + off).to_string();
    let wrong = [
        SignedNotification { body: right.body.replace("USER_CONFIRM", "USER_PAID"), ..right.clone() },
        SignedNotification { body: format!("{} ", right.body), ..right.clone() },
        SignedNotification { body: String::new(), ..right.clone() },
        SignedNotification { nonce: "0".repeat(32), ..right.clone() },
        SignedNotification { timestamp: timestamp(1), ..right.clone() },
        SignedNotification { timestamp: "soon".to_owned(), ..right.clone() },
        SignedNotification { timestamp: i64::MAX.to_string(), ..right.clone() },
        SignedNotification { serial: "PUB_KEY_ID_1".to_owned(), ..right.clone() },
        SignedNotification { serial: String::new(), ..right.clone() },
        SignedNotification { signature: String::new(), ..right.clone() },
        SignedNotification { signature: "not base64!".to_owned(), ..right.clone() },
        SignedNotification { signature: format!("WECHATPAY/SIGNTEST/{}", right.signature), ..right.clone() },
        SignedNotification { signature: "WECHATPAY/SIGNTEST/?".to_owned(), ..right.clone() },
    ];
    for signed in wrong {
        assert_eq!(read(&signed), Err(PayError::BadSignature), "{signed:?}");
    }
    stage.pass(300);
    assert!(is(&read(&right), &kind));
    stage.pass(1);
    assert_eq!(read(&right), Err(PayError::BadSignature), "too old");
}

#[actix_web::test]
async fn a_notification_about_anybody_else_is_not_ours() {
    let stage = stage();
    stage.lent().await;
    let order = stage.simulator.order(NUMBER).unwrap();
    let read = |kind: &NotificationKind, content: &serde_json::Value| {
        let signed = stage.simulator.notification_of(kind, content).unwrap();
        stage.pay.read_notification(signed.headers(), signed.body.as_bytes())
    };
    for kind in [NotificationKind::Confirmed, NotificationKind::Paid] {
        for field in ["mchid", "appid", "service_id"] {
            let content = with(order.clone(), &json!({ field: "1" }));
            assert_eq!(read(&kind, &content), Err(PayError::NotOurs), "{field}");
        }
        for number in [json!(null), json!("../x"), json!(7)] {
            let content = with(order.clone(), &json!({ "out_order_no": number }));
            let undocumented = unknown("the notification has another form than documented");
            assert_eq!(read(&kind, &content), Err(undocumented), "{number}");
        }
    }
    let kind = NotificationKind::Other("REFUND.SUCCESS".to_owned());
    let refund = read(&kind, &json!({ "mchid": PaySimulator::MERCHANT_ID, "out_refund_no": "F1" })).unwrap();
    assert_eq!((refund.kind, refund.out_order_no), (kind, None));
}

#[actix_web::test]
async fn a_signed_notification_in_another_form_is_told_apart() {
    let stage = stage();
    stage.create().await.unwrap();
    let read = |body: String| {
        let signed = stage.simulator.sign(body).unwrap();
        stage.pay.read_notification(signed.headers(), signed.body.as_bytes())
    };
    let undocumented = Err(unknown("the notification has another form than documented"));
    for body in ["", "{}", "[]", r#"{"id":"1","event_type":"X"}"#] {
        assert_eq!(read(body.to_owned()), undocumented, "{body}");
    }
    let right = stage.simulator.notification(&NotificationKind::Confirmed, NUMBER).unwrap().body;
    let sealed_otherwise = Err(unknown("the notification is sealed in another way than documented"));
    assert_eq!(read(right.replace("AEAD_AES_256_GCM", "NONE")), sealed_otherwise);
    assert_eq!(
        read(right.replace("associated_data\":\"payscore", "associated_data\":\"other")),
        Err(PayError::BadSignature)
    );
    assert!(read(right).is_ok());
}
