//! A client as outside programs are: HTTP and JSON, nothing else.

use std::net::SocketAddr;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// Somebody with a token, or without.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    pub token: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub json: Value,
    pub body: Vec<u8>,
    asked: String,
}

impl Client {
    pub fn new(address: SocketAddr, token: Option<String>) -> Self {
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
        Self { http, base: format!("http://{address}"), token }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// As [`Client::post`], by somebody in a crowd: who is told that the database is busy waits as long as they are
    /// told to and comes again, as phones do. Nothing of the first attempt may be left, or its tests count it twice.
    pub async fn post_in_a_crowd(&self, path: &str, body: Value) -> Reply {
        in_a_crowd(async || self.post(path, body.clone()).await).await
    }

    /// An action without details.
    pub async fn act(&self, path: &str) -> Reply {
        self.send(self.request(Method::POST, path)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// A POST with an idempotency key.
    pub async fn post_once(&self, key: &str, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::POST, path).header("Idempotency-Key", key).json(&body)).await
    }

    /// The same, as [`Client::post_in_a_crowd`].
    pub async fn post_once_in_a_crowd(&self, key: &str, path: &str, body: Value) -> Reply {
        in_a_crowd(async || self.post_once(key, path, body.clone()).await).await
    }

    /// A photo.
    pub async fn upload(&self, bytes: Vec<u8>) -> Reply {
        const BOUNDARY: &str = "----yijian";
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"照片.png\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let form = [head.into_bytes(), bytes, tail.into_bytes()].concat();
        let request = self.request(Method::POST, "/api/v1/attachments");
        self.send(request.header("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}")).body(form)).await
    }

    /// A request to complete by hand.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let request = request.build().expect("a request");
        let asked = format!("{} {}", request.method(), request.url().path());
        let answer = self.http.execute(request).await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.expect("a whole answer").to_vec();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Reply { status, headers, json, body, asked }
    }
}

impl Reply {
    /// Insists on a status.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, String::from_utf8_lossy(&self.body));
        self
    }

    /// Insists on a problem document with this status and code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> &Self {
        self.is(status);
        assert_eq!(self.json["code"], code, "{}: {}", self.asked, self.json);
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.asked);
        assert_eq!(self.json["status"], status, "{}", self.asked);
        assert_eq!(self.json["request_id"], self.headers["x-request-id"].to_str().expect("text"), "{}", self.asked);
        for text in ["type", "title", "detail", "instance"] {
            assert!(self.json[text].as_str().is_some_and(|t| !t.is_empty()), "{}: no {text}", self.asked);
        }
        self
    }

    /// Insists on being asked to come back after so many seconds.
    #[track_caller]
    pub fn is_away(&self, code: &str, seconds: u64) -> &Self {
        self.refused(503, code);
        assert_eq!(self.header("retry-after"), Some(seconds.to_string().as_str()), "{}", self.asked);
        self
    }

    /// Insists on a refusal because of one field.
    #[track_caller]
    pub fn refused_field(&self, pointer: &str, code: &str) -> &Self {
        self.refused(422, "fields_invalid");
        let found = self.json["errors"]
            .as_array()
            .is_some_and(|errors| errors.iter().any(|error| error["pointer"] == pointer && error["code"] == code));
        assert!(found, "{}: no {code} at {pointer}: {}", self.asked, self.json);
        self
    }

    /// The id of what was made or shown.
    #[track_caller]
    pub fn id(&self) -> String {
        self.json["id"].as_str().unwrap_or_else(|| panic!("{}: no id in {}", self.asked, self.json)).to_owned()
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A small photo.
pub fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_pixel(12, 8, image::Rgb([200, 30, 30]));
    pixels.write_to(&mut bytes, image::ImageFormat::Png).expect("a photo");
    bytes.into_inner()
}

/// Asks again as long as the server is busy, as it says.
async fn in_a_crowd(ask: impl AsyncFn() -> Reply) -> Reply {
    for _ in 0..30 {
        let reply = ask().await;
        if (reply.status, &reply.json["code"]) != (503, &Value::from("database_busy")) {
            return reply;
        }
        let seconds = reply.header("retry-after").expect("Retry-After").parse().expect("seconds");
        // The server itself says how long to wait, and nothing but time makes it less busy.
        tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
    }
    panic!("the database is busy for half a minute")
}
