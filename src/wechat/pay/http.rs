//! One call to WeChat Pay over HTTP: signed, sent, repeated while no answer comes, and checked before it is used.

use std::error::Error;

use reqwest::{
    Client, Method, Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT},
    redirect,
};
use serde_json::Value;
use tokio::time::{sleep, timeout};
use tracing::{error, warn};

use super::{
    PayConfigError, PayError, PayTimeouts,
    error::{Complaint, unknown},
    keys::{Seal, Signer, WeChatKey},
    settings::unusable,
};
use crate::clock::Clock;

/// An order with a hundred items is below 20 KiB.
const MAX_ANSWER_BYTES: usize = 128 * 1024;
const JSON: &str = "application/json";
const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Calls WeChat Pay at one address.
pub(super) struct Http {
    client: Client,
    origin: Url,
    timeouts: PayTimeouts,
    signer: Signer,
    wechat_key: WeChatKey,
    clock: Clock,
}

/// A call as it is repeated. Body and address stay the same to the byte; time and nonce are new each time.
struct Call {
    name: &'static str,
    method: Method,
    url: Url,
    body: Option<Vec<u8>>,
}

/// How one attempt failed, and whether another may go better.
struct Failure {
    error: PayError,
    again: bool,
}

impl Failure {
    fn last(error: PayError) -> Self {
        Self { error, again: false }
    }

    fn again(reason: &'static str) -> Self {
        Self { error: unknown(reason), again: true }
    }
}

/// An answer that has arrived whole and is not believed yet.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Http {
    pub(super) fn new(
        origin: Url,
        timeouts: PayTimeouts,
        signer: Signer,
        wechat_key: WeChatKey,
        clock: Clock,
    ) -> Result<Self, PayConfigError> {
        let builder = Client::builder()
            .connect_timeout(timeouts.connect)
            // An answer is good only from where the request was sent.
            .redirect(redirect::Policy::none())
            .referer(false);
        let builder = match reach(&origin) {
            Some(Reach::Loopback) => builder.no_proxy().tls_certs_only([]),
            _ => builder.https_only(true),
        };
        let client = builder.build().map_err(|error| {
            warn!(cause = %root(&error.without_url()), "no HTTP client for WeChat Pay");
            unusable("base_url", "no HTTP client can start for it on this machine")
        })?;
        Ok(Self { client, origin, timeouts, signer, wechat_key, clock })
    }

    pub(super) fn wechat_key(&self) -> &WeChatKey {
        &self.wechat_key
    }

    /// Sends `body` to `path`, which is to need no escaping, and returns the answer's body once WeChat's signature
    /// has been found good. `name` stands for the address in the log.
    pub(super) async fn call(
        &self,
        name: &'static str,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Vec<u8>, PayError> {
        let url = self.origin.join(path).map_err(|_| PayError::Invalid { reason: "the address is not a URL" })?;
        let call = Call { name, method, url, body };
        timeout(self.timeouts.call, self.patiently(&call)).await.unwrap_or_else(|_| {
            warn!(call = name, "WeChat Pay did not answer in time");
            Err(unknown("time-out"))
        })
    }

    /// Repeats a call that got no answer. All our calls carry a number of ours, by which WeChat knows a repeat.
    async fn patiently(&self, call: &Call) -> Result<Vec<u8>, PayError> {
        let mut lost = false;
        let mut pauses = self.timeouts.back_off.into_iter();
        loop {
            let failure = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            lost |= matches!(failure.error, PayError::OutcomeUnknown { .. });
            match pauses.next() {
                Some(pause) if failure.again => sleep(pause).await,
                // Turned away now, but an attempt before may have got through.
                _ if lost && failure.error == PayError::TooFrequent => {
                    return Err(unknown("no answer, then too many calls"));
                }
                _ => return Err(failure.error),
            }
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Vec<u8>, Failure> {
        let answer = timeout(self.timeouts.attempt, self.send(call)).await.unwrap_or_else(|_| {
            warn!(call = call.name, "WeChat Pay did not answer in time");
            Err(Failure::again("time-out"))
        })?;
        self.judge(call.name, answer)
    }

    async fn send(&self, call: &Call) -> Result<Answer, Failure> {
        let path = match call.url.query() {
            Some(query) => format!("{}?{query}", call.url.path()),
            None => call.url.path().to_owned(),
        };
        let bytes = call.body.as_deref().unwrap_or_default();
        let authorization = self
            .signer
            .authorize(call.method.as_str(), &path, bytes, self.clock.now())
            .and_then(|value| HeaderValue::try_from(value).ok())
            .ok_or_else(|| Failure::last(PayError::Invalid { reason: "the call could not be signed" }))?;
        let request = self
            .client
            .request(call.method.clone(), call.url.clone())
            .header(AUTHORIZATION, sensitive(authorization))
            .header(ACCEPT, JSON)
            .header(USER_AGENT, AGENT)
            .header("Wechatpay-Serial", self.wechat_key.id());
        let request = match &call.body {
            Some(body) => request.header(CONTENT_TYPE, JSON).body(body.clone()),
            None => request,
        };
        let response = request.send().await.map_err(|error| no_answer(call.name, error))?;
        read(call.name, response).await
    }

    fn judge(&self, name: &'static str, answer: Answer) -> Result<Vec<u8>, Failure> {
        let Answer { status, headers, body } = answer;
        if !status.is_success() {
            return Err(complain(name, status, &headers, &body));
        }
        let seal = Seal {
            timestamp: header(&headers, "Wechatpay-Timestamp"),
            nonce: header(&headers, "Wechatpay-Nonce"),
            signature: header(&headers, "Wechatpay-Signature"),
            serial: header(&headers, "Wechatpay-Serial"),
        };
        match self.wechat_key.check(&seal, &body, self.clock.now()) {
            Ok(()) => Ok(body),
            Err(reason) => {
                error!(call = name, request_id = request_id(&headers), reason, "an answer is not WeChat Pay's");
                // Whoever answered, WeChat may have heard us.
                Err(Failure::last(unknown("the answer's signature is missing or wrong")))
            }
        }
    }
}

/// How far away a server is.
pub(super) enum Reach {
    Internet,
    Loopback,
}

/// `None` for a server that is neither reached by TLS nor on this machine.
pub(super) fn reach(url: &Url) -> Option<Reach> {
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => Some(Reach::Internet),
        ("http", Some("127.0.0.1" | "[::1]" | "localhost")) => Some(Reach::Loopback),
        _ => None,
    }
}

/// The body whole, unless it is longer than any honest one.
async fn read(name: &'static str, mut response: Response) -> Result<Answer, Failure> {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(name, error))? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(Failure::last(unknown("the answer is too long")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

fn no_answer(name: &'static str, error: reqwest::Error) -> Failure {
    warn!(call = name, cause = %root(&error.without_url()), "no answer from WeChat Pay");
    Failure::again("no answer")
}

/// What an error means. It need not be signed, and is never taken for more than an error.
fn complain(name: &'static str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failure {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let request_id = request_id(headers);
    let code = body.get("code").and_then(Value::as_str).filter(|code| is_code(code));
    // Which field, never its value: that may be a person's.
    let field = body.pointer("/detail/field").and_then(Value::as_str).filter(|field| is_pointer(field));
    warn!(call = name, status = status.as_u16(), code, field, request_id, "WeChat Pay answered with an error");
    let number = request_id.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).filter(|number| *number != 0);
    let error = PayError::from(Complaint { status: status.as_u16(), code: code.map(str::to_owned), number });
    Failure { error, again: status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() }
}

fn is_code(code: &str) -> bool {
    (1..=64).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_pointer(field: &str) -> bool {
    field.len() <= 128 && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'-'))
}

/// The id by which WeChat can be asked about a request, or nothing if it is not one.
fn request_id(headers: &HeaderMap) -> &str {
    let id = header(headers, "Request-Id");
    let is_id = id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_id { id } else { "" }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Keeps the value out of the logs of the HTTP client.
fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

/// The innermost cause: "connection refused" tells an operator more than "error sending request".
fn root<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    error.source().map_or(error, root)
}
