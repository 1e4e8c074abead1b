//! One call to WeChat over HTTP: sent, repeated while WeChat is busy, read with a limit, and judged by `errcode`.

use std::{error::Error, time::Duration};

use reqwest::{Client, RequestBuilder, Response, Url, redirect};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::warn;

use super::{Timeouts, WeChatError, error::Failure};

/// WeChat's answers are below 2 KiB.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
const UNDOCUMENTED: Failure = Failure::Unreadable("the answer has another form than documented");

/// Calls WeChat at one address.
pub(super) struct Http {
    client: Client,
    base_url: String,
    back_off: [Duration; 2],
}

impl Http {
    pub(super) fn new(base_url: &str, timeouts: &Timeouts) -> Result<Self, WeChatError> {
        let builder = Client::builder()
            .connect_timeout(timeouts.connect)
            // The secret is in the address: it must follow no redirect, nor be named as the referring page.
            .redirect(redirect::Policy::none())
            .referer(false);
        let builder = match reach(base_url)? {
            Reach::Internet => builder.https_only(true),
            // A simulator needs neither a proxy nor the machine's certificate authorities, which a bare container
            // lacks.
            Reach::Loopback => builder.no_proxy().tls_certs_only([]),
        };
        let client = builder.build().map_err(|error| {
            warn!(cause = %root(&error.without_url()), "no HTTP client for WeChat");
            WeChatError::Unavailable { reason: "the HTTP client cannot start" }
        })?;
        Ok(Self { client, base_url: base_url.trim_end_matches('/').to_owned(), back_off: timeouts.back_off })
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base_url))
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base_url))
    }

    /// Sends what `request` builds and returns WeChat's answer if its `errcode` is absent or 0. `name` stands for
    /// the address in the log; `limit` covers the repeats too.
    pub(super) async fn call(
        &self,
        name: &'static str,
        request: impl Fn() -> RequestBuilder,
        limit: Duration,
    ) -> Result<Value, Failure> {
        tokio::time::timeout(limit, self.patiently(name, request)).await.unwrap_or_else(|_| {
            warn!(call = name, "WeChat did not answer in time");
            Err(Failure::Unreadable("time-out"))
        })
    }

    /// Repeats a call that WeChat was too busy for. All our calls may be repeated: the token's gives the same token
    /// again, and should a code have been used up all the same, the repeat says so and the user makes a new one.
    async fn patiently(&self, name: &'static str, request: impl Fn() -> RequestBuilder) -> Result<Value, Failure> {
        for pause in self.back_off {
            match send(name, request()).await {
                Err(failure) if failure.is_busy() => tokio::time::sleep(pause).await,
                settled => return settled,
            }
        }
        send(name, request()).await
    }
}

/// How far away WeChat is.
enum Reach {
    Internet,
    Loopback,
}

fn reach(base_url: &str) -> Result<Reach, WeChatError> {
    let url = Url::parse(base_url).map_err(|_| WeChatError::Unavailable { reason: "the base URL is not a URL" })?;
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => Ok(Reach::Internet),
        ("http", Some("127.0.0.1" | "[::1]" | "localhost")) => Ok(Reach::Loopback),
        _ => Err(WeChatError::Unavailable { reason: "the base URL is neither https nor loopback" }),
    }
}

async fn send(name: &'static str, request: RequestBuilder) -> Result<Value, Failure> {
    let body = read(request).await.map_err(|error| {
        warn!(call = name, cause = %root(&error.without_url()), "no answer from WeChat");
        Failure::Unreadable("no answer")
    })?;
    let body = body.ok_or(Failure::Unreadable("the answer is too long"))?;
    // Neither the HTTP status (200 even for errors) nor the content type (JSON as text/plain) says anything.
    let answer: Value = serde_json::from_slice(&body).map_err(|_| Failure::Unreadable("the answer is not JSON"))?;
    match errcode(&answer)? {
        0 => Ok(answer),
        errcode => {
            warn!(call = name, errcode, rid = rid(&answer), "WeChat answered with an error");
            Err(Failure::Errcode(errcode))
        }
    }
}

/// The innermost cause: "connection refused" tells an operator more than "error sending request". It is to be free
/// of the address, which a reqwest error shows and which holds the secret.
fn root<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    error.source().map_or(error, root)
}

/// The body of the answer, or `None` when it is longer than any honest one.
async fn read(request: RequestBuilder) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut response: Response = request.send().await?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// The answer's `errcode`, 0 if it has none.
fn errcode(answer: &Value) -> Result<i64, Failure> {
    match answer.as_object().map(|fields| fields.get("errcode")) {
        None => None,
        Some(None | Some(Value::Null)) => Some(0),
        Some(Some(errcode)) => integer(errcode),
    }
    .ok_or(UNDOCUMENTED)
}

/// An integer, which WeChat writes as a string now and then.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The request's id at the end of `errmsg`, by which WeChat can be asked about it. The rest of the text stays out
/// of the log: it repeats parts of the request at times.
fn rid(answer: &Value) -> &str {
    let message = answer.get("errmsg").and_then(Value::as_str).unwrap_or_default();
    let (_, rid) = message.rsplit_once("rid: ").unwrap_or_default();
    let is_rid = rid.len() <= 64 && rid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_rid { rid } else { "" }
}

/// The answer as the type that the interface documents.
pub(super) fn typed<T: DeserializeOwned>(answer: Value) -> Result<T, Failure> {
    // Not logged: serde names the value it tripped over.
    serde_json::from_value(answer).map_err(|_| UNDOCUMENTED)
}
