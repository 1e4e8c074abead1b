//! What is signed, held against strings that are put together by hand, and keys in both of their forms.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::encoding::PublicKeyX509Der;
use aws_lc_rs::signature::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use aws_lc_rs::signature::UnparsedPublicKey;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use yijian::wechat::Notification;
use yijian::wechat::NotificationHeaders;
use yijian::wechat::NotificationKind;
use yijian::wechat::PayConfig;
use yijian::wechat::PayError;
use yijian::wechat::PayScore;
use yijian::wechat::PaySimulator;

use super::{NUMBER, eager, merchant, new_order, refused, stage};

/// What the client sends, byte for byte, when it does what `call` says.
async fn overheard(call: impl AsyncFnOnce(PayScore)) -> (String, String) {
    let stage = stage();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let pay = PayScore::new(PayConfig { base_url, ..eager(&stage.simulator) }, stage.clock.clone()).unwrap();
    let listen = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        loop {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).await.unwrap();
            text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = header(head, "content-length").map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                let answer = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 18\r\n\r\n{\"code\":\"NO_AUTH\"}";
                stream.write_all(answer).await.unwrap();
                return (head.to_owned(), body.to_owned());
            }
        }
    };
    let (heard, ()) = tokio::join!(listen, call(pay));
    heard
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
}

/// A field of `Authorization`.
fn field<'a>(head: &'a str, name: &str) -> &'a str {
    let (_, rest) = head.split_once(&format!("{name}=\"")).unwrap();
    rest.split_once('"').unwrap().0
}

fn assert_signed(head: &str, message: &str) {
    let (_, key) = merchant(&PaySimulator::start(yijian::clock::Clock::System).unwrap().config());
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref().to_vec());
    let signature = BASE64_STANDARD.decode(field(head, "signature")).unwrap();
    assert!(key.verify(message.as_bytes(), &signature).is_ok(), "{message}");
    assert!(key.verify(message.trim_end_matches('\n').as_bytes(), &signature).is_err());
}

#[actix_web::test]
async fn a_call_with_a_body_is_signed_over_that_body() {
    let (head, body) = overheard(async |pay| {
        let no_auth = PayError::Refused { code: "NO_AUTH".to_owned(), number: None };
        assert_eq!(pay.create(&new_order()).await, Err(no_auth));
    })
    .await;
    let expected = concat!(
        r#"{"out_order_no":"R20261122-1","appid":"wxdec0de0000000001","service_id":"00004000000000000000000000000001","#,
        r#""service_introduction":"共享雨伞","time_range":{"start_time":"OnAccept"},"#,
        r#""risk_fund":{"name":"DEPOSIT","amount":9900,"description":"雨伞押金"},"notify_url":""#,
    );
    assert!(body.starts_with(expected), "{body}");
    assert!(body.ends_with(concat!(
        r#""post_payments":[{"name":"收费标准","description":"1元/1小时"}],"location":{"start_location":"一楼服务台"},"#,
        r#""attach":"rental","need_user_confirm":true,"device":{"start_device_id":"rack-1"}}"#,
    )));
    assert!(head.starts_with("POST /v3/payscore/serviceorder HTTP/1.1\r\n"), "{head}");
    let nonce = field(&head, "nonce_str");
    assert!(nonce.len() == 32 && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{nonce}");
    assert_signed(&head, &format!("POST\n/v3/payscore/serviceorder\n1795320000\n{nonce}\n{body}\n"));
    assert!(header(&head, "authorization").unwrap().starts_with("WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\","));
    assert_eq!(field(&head, "timestamp"), "1795320000");
    assert_eq!(field(&head, "serial_no"), PaySimulator::MERCHANT_SERIAL);
    for (name, value) in [
        ("accept", "application/json"),
        ("content-type", "application/json"),
        ("wechatpay-serial", PaySimulator::KEY_ID),
        ("user-agent", "yijian/0.1.0"),
    ] {
        assert_eq!(header(&head, name), Some(value), "{head}");
    }
}

#[actix_web::test]
async fn a_call_without_a_body_is_signed_over_its_query() {
    let (head, body) = overheard(async |pay| assert!(pay.query(NUMBER).await.is_err())).await;
    let path = "/v3/payscore/serviceorder?service_id=00004000000000000000000000000001&out_order_no=R20261122-1\
                &appid=wxdec0de0000000001";
    assert!(body.is_empty() && head.starts_with(&format!("GET {path} HTTP/1.1\r\n")), "{head}");
    let nonce = field(&head, "nonce_str");
    assert_signed(&head, &format!("GET\n{path}\n1795320000\n{nonce}\n\n"));
}

#[actix_web::test]
async fn the_merchants_key_may_be_pkcs1() {
    let stage = stage();
    let (der, _) = merchant(&stage.simulator.config());
    // A PKCS#8 file of 2048 bits wraps a PKCS#1 file in 26 bytes.
    let text = BASE64_STANDARD.encode(&der[26..]);
    let pem = format!("-----BEGIN RSA PRIVATE KEY-----\r\n{text}\r\n-----END RSA PRIVATE KEY-----\r\n");
    let config = PayConfig { merchant_key_pem: pem.into(), ..eager(&stage.simulator) };
    let pay = PayScore::new(config, stage.clock.clone()).unwrap();
    assert!(pay.create(&new_order()).await.is_ok());
}

#[actix_web::test]
async fn another_merchants_key_is_refused_by_wechat() {
    let stage = stage();
    let other = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = other.as_der().unwrap();
    let pem =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", BASE64_STANDARD.encode(der.as_ref()));
    let config = PayConfig { merchant_key_pem: pem.into(), ..eager(&stage.simulator) };
    let pay = PayScore::new(config, stage.clock.clone()).unwrap();
    assert_eq!(pay.create(&new_order()).await, Err(refused("SIGN_ERROR", 268_443_699)));
}

#[actix_web::test]
async fn a_clock_that_is_off_is_refused_by_wechat() {
    let stage = stage();
    let fast = yijian::clock::Clock::manual("2026-11-22T04:05:01Z".parse().unwrap());
    let pay = PayScore::new(eager(&stage.simulator), fast).unwrap();
    assert_eq!(pay.create(&new_order()).await, Err(refused("SIGN_ERROR", 268_443_699)));
}

#[actix_web::test]
async fn the_merchants_own_public_key_is_not_wechats() {
    let stage = stage();
    let (_, key) = merchant(&stage.simulator.config());
    let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", BASE64_STANDARD.encode(der.as_ref()));
    let config = PayConfig { wechat_key_pem: pem, ..stage.simulator.config() };
    let error = PayScore::new(config, stage.clock.clone()).unwrap_err();
    assert_eq!((error.setting, error.reason), ("wechat_key_pem", "is the merchant's own key, not WeChat Pay's"));
}

/// A key that OpenSSL made; its private half is gone.
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA22UsHwlejOlrDbFe7ugC
1hYzgj7bdtC8S8pF2BX8/ToFOW4eIKogohcvqO+a+rpCd9+YfkfXIwr7qZKTXBTp
aXyeNfkIDdrQeTRD8K9wofKwmF3ZgXmqdhSHcVEW/r5WIsuI0gHw70xBLlb+tjTb
mbEdjpfn6fREMaBfOtu5OldTT41gFoXeIqGJkzFzURz+FE1sem+ReLjyHzpvqBhG
3RuN0pg5jfrF6NPmuGUYs+VuhdY4k4pbweHo7eitkWFG6aShd1KnSOH2ja2+rifI
XVmWPRmb0Z9vjqunW1Ho364UYq1lzmLVkFs/24qvYnrgMhdVWRspGIviNwwzZAPl
OQIDAQAB
-----END PUBLIC KEY-----
";
/// Bodies around the published vectors of `AEAD_AES_256_GCM`, and OpenSSL's signatures of them at second 1795320000
/// with the nonce `vectornonce`: with associated data, with none, and with empty ones.
const VECTORS: [(&str, &str, &str); 3] = [
    (
        "EV-1",
        r#"{"id":"EV-1","event_type":"TRANSACTION.SUCCESS","resource":{"algorithm":"AEAD_AES_256_GCM","ciphertext":"DUcclrHBCJNafUQk6pzEyhUIzEv805zUXUdOMC5nipWRRDBZnw7xxzTtt+P0ugoAdGyl/wI=","associated_data":"transaction","nonce":"fdasflkja484"}}"#,
        "W1zFP+8Ag/ST5C25A6p8MXYeIurAT4UgZS4ffNVHuOUBORZuGRlXns11hlOTzLNxde7efxal7+KIKTAmUCfbJiCkMhYnS89lWOl2tsL9Rh7PLoCGCGKO28bj+hpYJf6zYxZgtM7J7B0XVmXehbt7JWm5rLM92sBjKzyHF9QOck0Q96B9cdVh1OBFlPr/g7ayvM/FpiusTkP5z4NmYb9kIPp4UpCxD/b/nN9pXfk4lfJrmISXrR4D+tyrYmKDEohhOPsVgnOYsTUfrvC/IxLUf5v5r37LTboDUVPEWdYzR0dB0T42RLqVFP7nui7AvT//lH0i/AbOdLulS5P9/iRWuQ==",
    ),
    (
        "EV-2",
        r#"{"id":"EV-2","event_type":"TRANSACTION.SUCCESS","resource":{"algorithm":"AEAD_AES_256_GCM","ciphertext":"DUcclrHBCJNafUQk6pzEyhUIzEv805zUXUdOMC5nipWRRDBZn7+DJMlw1enAaM2xx008peA=","nonce":"fdasflkja484"}}"#,
        "HhGGFqIMcnARF8nQRiQ+aMIwhJx0lSTU0HV98HA6tsGoLzhvTfZRl8ZotyfzDaPMfCpMdskHKeUCVRbebazuFx9PGwlFZHfK+xpMAJfJ1Mr08F7djWxOurW8Ms+CnytyfDi2t1POCjLrOmujiobeh5BSIsyoLIm3OFDC1beDv8RIZ7V47t3StzLNyjzEtJp1goiWywknIMhdZ9Jn0dUTj9x+oczIzjqiIXqo+FE0fF9I9A6uNoorY8P6hXFhzrEqcJGVWgTIec8D9/8bFQtibV+vTmZQ4NAquH2ZayGi9SFvDOkS95j69MvyyrZBDftFPaDsjwGbid0XyH1ygId3zw==",
    ),
    (
        "EV-3",
        r#"{"id":"EV-3","event_type":"TRANSACTION.SUCCESS","resource":{"algorithm":"AEAD_AES_256_GCM","ciphertext":"DUcclrHBCJNafUQk6pzEyhUIzEv805zUXUdOMC5nipWRRDBZn7+DJMlw1enAaM2xx008peA=","associated_data":"","nonce":"fdasflkja484"}}"#,
        "wEQI7NCp1N6vQdxzlba7lLv0plwQZDHp60zQmSFjb+6eh5XE0u6OpsvtzQsyJ1QrAhbJMJnw0sdHglDEVlVxmgm1f4Gi8SsPIF9biyr/4oHgp1ZRsZTifIsP6jTrNr673qqPE1cxdAiZNAeDM95GIs+MpRPpNCHssbMOhY4bIOt1PaLgrAdjElvFTs3HBYI8H7WBr+XQwI1Z32/K5bAKa/3pdz72BGUdhqP0kWvjCr/fi/9uSoVD+B1MSHiz1N4cJRqovTq1uef/sxJb8gj6FJn4am24/D4O2gopitE5+aC6Z3fZbeUYrPvegZqkKEnqzBhz/BEHQ78mL619zNL8fw==",
    ),
];

#[actix_web::test]
async fn published_vectors_and_signatures_of_openssl_are_read() {
    let stage = stage();
    let config = PayConfig {
        wechat_key_pem: PUBLIC_KEY.to_owned(),
        api_v3_key: "0123456789abcdef0123456789abcdef".into(),
        ..stage.simulator.config()
    };
    let pay = PayScore::new(config.clone(), stage.clock.clone()).unwrap();
    let headers = |signature| NotificationHeaders {
        timestamp: "1795320000",
        nonce: "vectornonce",
        signature,
        serial: PaySimulator::KEY_ID,
    };
    for (id, body, signature) in VECTORS {
        let kind = NotificationKind::Other("TRANSACTION.SUCCESS".to_owned());
        let expected = Notification { id: id.to_owned(), kind, out_order_no: Some("R1".to_owned()) };
        assert_eq!(pay.read_notification(headers(signature), body.as_bytes()), Ok(expected));
    }
    let (_, body, _) = VECTORS[0];
    let (_, _, signature) = VECTORS[1];
    assert_eq!(pay.read_notification(headers(signature), body.as_bytes()), Err(PayError::BadSignature));
    // The right signature, and another key to open it.
    let config = PayConfig { api_v3_key: "0123456789abcdef0123456789abcdeF".into(), ..config };
    let pay = PayScore::new(config, stage.clock.clone()).unwrap();
    let (_, body, signature) = VECTORS[0];
    assert_eq!(pay.read_notification(headers(signature), body.as_bytes()), Err(PayError::BadSignature));
}
