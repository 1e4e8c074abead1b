//! Answers in WeChat's style: HTTP 200 whatever happened, and errors with a number, a text and the request's id.

use actix_web::{HttpResponse, http::header::ContentType};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::mint::Mint;

/// WeChat's number for an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Errcode(pub(super) i64);

impl Errcode {
    pub(super) const BUSY: Self = Self(-1);
    pub(super) const TOKEN_INVALID: Self = Self(40001);
    pub(super) const BAD_GRANT_TYPE: Self = Self(40002);
    pub(super) const BAD_APP_ID: Self = Self(40013);
    pub(super) const BAD_CODE: Self = Self(40029);
    pub(super) const BAD_URL: Self = Self(40066);
    pub(super) const BAD_SECRET: Self = Self(40125);
    pub(super) const NO_TOKEN: Self = Self(41001);
    pub(super) const NO_APP_ID: Self = Self(41002);
    pub(super) const NO_SECRET: Self = Self(41004);
    pub(super) const NO_CODE: Self = Self(41008);
    pub(super) const TOKEN_EXPIRED: Self = Self(42001);
    pub(super) const NOT_GET: Self = Self(43001);
    pub(super) const NOT_POST: Self = Self(43002);
    pub(super) const EMPTY_BODY: Self = Self(44002);
    pub(super) const DAILY_QUOTA: Self = Self(45009);
    pub(super) const MINUTE_QUOTA: Self = Self(45011);
    pub(super) const BAD_BODY: Self = Self(47001);

    fn message(self) -> &'static str {
        match self {
            Self::BUSY => "system error",
            Self::TOKEN_INVALID => "invalid credential, access_token is invalid or not latest",
            Self::BAD_GRANT_TYPE => "invalid grant_type",
            Self::BAD_APP_ID => "invalid appid",
            Self::BAD_CODE => "invalid code",
            Self::BAD_URL => "invalid url",
            Self::BAD_SECRET => "invalid appsecret",
            Self::NO_TOKEN => "access_token missing",
            Self::NO_APP_ID => "appid missing",
            Self::NO_SECRET => "appsecret missing",
            Self::NO_CODE => "missing code",
            Self::TOKEN_EXPIRED => "access_token expired",
            Self::NOT_GET => "require GET method",
            Self::NOT_POST => "require POST method",
            Self::EMPTY_BODY => "empty post data",
            Self::DAILY_QUOTA => "reach max api daily quota limit",
            Self::MINUTE_QUOTA => "api minute-quota reach limit, must slower, retry next minute",
            Self::BAD_BODY => "data format error",
            Self(_) => "request refused",
        }
    }
}

/// The error as WeChat words it. The id begins with the time, in seconds and hexadecimal, as WeChat's do.
pub(super) fn refusal(errcode: Errcode, mint: &Mint, now: Timestamp) -> HttpResponse {
    let rid = format!("{:08x}-{:08x}-{:08x}", now.as_second(), mint.word(), mint.word());
    let message = format!("{}, rid: {rid}", errcode.message());
    json_as_text(&json!({ "errcode": errcode.0, "errmsg": message }))
}

/// JSON that calls itself JSON.
pub(super) fn json_as_json(answer: &Value) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json; charset=UTF-8").body(answer.to_string())
}

/// JSON that calls itself plain text, as WeChat's often does.
pub(super) fn json_as_text(answer: &Value) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body(answer.to_string())
}

/// A page of a proxy on the way.
pub(super) fn garbage() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::html()).body("<html><body>502 Bad Gateway</body></html>")
}
