//! The first look at a request: is it the merchant's, and in the form that WeChat Pay asks for.

use std::collections::HashMap;

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
    },
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{PaySimulator, answer::Refusal, world::World};

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048 ";
const MAX_CLOCK_ERROR: SignedDuration = SignedDuration::from_mins(5);
const SHOWN_MESSAGE_CHARACTERS: usize = 64;

pub(super) fn check(world: &World, request: &HttpRequest, body: &[u8]) -> Result<(), Refusal> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    check_signature(world, request, header(AUTHORIZATION.as_str()), body)?;
    if header(ACCEPT.as_str()) != "application/json" {
        return Err(of_header("Accept"));
    }
    if header(USER_AGENT.as_str()).is_empty() {
        return Err(of_header("User-Agent"));
    }
    if request.method() != Method::GET && header(CONTENT_TYPE.as_str()) != "application/json" {
        return Err(of_header("Content-Type"));
    }
    // Real WeChat would sign with a platform certificate instead, which no merchant here has.
    if header("Wechatpay-Serial") != PaySimulator::KEY_ID {
        return Err(of_header("Wechatpay-Serial"));
    }
    Ok(())
}

fn of_header(name: &'static str) -> Refusal {
    Refusal::new(400, "PARAM_ERROR", 268_435_464, "parameter error")
        .with_detail(json!({ "field": name, "issue": "missing or wrong", "location": "header" }))
}

fn check_signature(world: &World, request: &HttpRequest, authorization: &str, body: &[u8]) -> Result<(), Refusal> {
    let url = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let fields = fields(authorization);
    let field = |name| fields.get(name).copied().unwrap_or_default();
    let (timestamp, nonce) = (field("timestamp"), field("nonce_str"));
    let mut message = format!("{}\n{url}\n{timestamp}\n{nonce}\n", request.method()).into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    let is_known = field("mchid") == PaySimulator::MERCHANT_ID && field("serial_no") == PaySimulator::MERCHANT_SERIAL;
    let issue = if !is_known {
        "unknown merchant or serial number"
    } else if !is_now(timestamp, world.clock.now()) {
        "the timestamp is off by more than 5 minutes"
    } else if nonce.is_empty() || !world.keys.is_merchants(&message, field("signature")) {
        "sign not match"
    } else {
        return Ok(());
    };
    let shown: String = String::from_utf8_lossy(&message).chars().take(SHOWN_MESSAGE_CHARACTERS).collect();
    Err(Refusal::new(401, "SIGN_ERROR", 268_443_699, "signature error").with_detail(json!({
        "field": "signature",
        "issue": issue,
        "location": "authorization",
        "sign_information": {
            "method": request.method().as_str(),
            "url": url,
            "sign_message_length": message.len(),
            "truncated_sign_message": shown,
        },
    })))
}

fn is_now(timestamp: &str, now: Timestamp) -> bool {
    let signed = timestamp.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
    signed.is_some_and(|signed| now.duration_since(signed).abs() <= MAX_CLOCK_ERROR)
}

/// The fields of `Authorization`, in whatever order they come. Base64 has no comma and no quotation mark.
fn fields(authorization: &str) -> HashMap<&str, &str> {
    let fields = authorization.strip_prefix(SCHEME).unwrap_or_default().split(',');
    fields
        .filter_map(|field| {
            let (name, value) = field.trim().split_once('=')?;
            Some((name, value.strip_prefix('"')?.strip_suffix('"')?))
        })
        .collect()
}
