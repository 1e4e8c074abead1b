//! Access tokens: how long they work, and that nobody else can make one.

use std::net::{SocketAddr, TcpListener};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::SecretString;
use serde_json::{Value, json};
use yijian::app::App;
use yijian::http::server;

use crate::both;
use crate::support::{Client, TestApp};

/// What the installation signs with.
struct Mint {
    kid: String,
    key: Vec<u8>,
    claims: Value,
}

impl Mint {
    /// Knows the key, and a good token's claims.
    fn new(t: &TestApp, client: &Client) -> Self {
        let token = client.token.clone().expect("a token");
        let payload = token.split('.').nth(1).expect("a payload");
        let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("claims");
        let key = t.app.vault.signing_keys().first().expect("a key");
        Self { kid: key.kid.clone(), key: key.bytes.to_vec(), claims }
    }

    fn sign(algorithm: Algorithm, kid: Option<&str>, claims: &Value, key: &[u8]) -> String {
        let mut header = Header::new(algorithm);
        header.kid = kid.map(str::to_owned);
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(key)).expect("a token")
    }

    /// A good token but for its claims.
    fn claiming(&self, change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> String {
        let mut claims = self.claims.clone();
        change(claims.as_object_mut().expect("an object"));
        Self::sign(Algorithm::HS256, Some(&self.kid), &claims, &self.key)
    }
}

async fn me(t: &TestApp, token: &str) -> crate::support::Reply {
    Client::new(t.address, Some(token.to_owned())).get("/api/v1/me").await
}

/// The same installation started once more with other secrets.
fn restarted(t: &TestApp, signing: &str, previous: Option<&str>) -> SocketAddr {
    let mut config = t.app.config.clone();
    config.signing_secret = Some(SecretString::from(signing));
    config.signing_secret_previous = previous.map(SecretString::from);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = App::build(config, t.app.clock.clone()).expect("an app");
    actix_web::rt::spawn(server::start(app, listener, None).expect("a server"));
    address
}

both! {
    async fn an_access_token_works_for_a_quarter_of_an_hour(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        t.app.clock.advance(SignedDuration::from_secs(899)).expect("a manual clock");
        lin.get("/api/v1/me").await.is(200);
        t.app.clock.advance(SignedDuration::from_secs(1)).expect("a manual clock");
        let expired = lin.get("/api/v1/me").await;
        expired.refused(401, "token_expired");
        assert_eq!(expired.header("www-authenticate"), Some("Bearer"));
    }

    async fn forged_tokens_open_nothing(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let mint = Mint::new(&t, &lin);
        let Mint { kid, key, claims } = &mint;
        let good = Mint::sign(Algorithm::HS256, Some(kid), claims, key);
        // The forger's tools are good: with everything right they make a token that works.
        me(&t, &good).await.is(200);

        let mut parts = good.split('.').map(str::to_owned);
        let (header, payload, signature) =
            (parts.next().expect("a header"), parts.next().expect("a payload"), parts.next().expect("a signature"));
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let elsewhere = Mint::new(&t, &t.shopper("laochen").await);
        let without = |name: &'static str| mint.claiming(move |claims| drop(claims.remove(name)));
        let with = |name: &'static str, value: Value| {
            mint.claiming(move |claims| drop(claims.insert(name.to_owned(), value)))
        };
        let forged = [
            ("another key", Mint::sign(Algorithm::HS256, Some(kid), claims, &[7; 32])),
            ("an empty key", Mint::sign(Algorithm::HS256, Some(kid), claims, &[])),
            ("HS384", Mint::sign(Algorithm::HS384, Some(kid), claims, key)),
            ("HS512", Mint::sign(Algorithm::HS512, Some(kid), claims, key)),
            ("no kid", Mint::sign(Algorithm::HS256, None, claims, key)),
            ("an unknown kid", Mint::sign(Algorithm::HS256, Some("AAAAAAAA"), claims, key)),
            ("alg none", format!("{}.{payload}.", encode(&json!({ "alg": "none", "kid": kid })))),
            ("alg none, signed", format!("{}.{payload}.{signature}", encode(&json!({ "alg": "none", "kid": kid })))),
            ("RS256", format!("{}.{payload}.{signature}", encode(&json!({ "alg": "RS256", "kid": kid })))),
            ("no alg", format!("{}.{payload}.{signature}", encode(&json!({ "kid": kid })))),
            ("no signature", format!("{header}.{payload}.")),
            ("half a token", format!("{header}.{payload}")),
            ("another payload", format!("{header}.{}.{signature}", encode(&elsewhere.claims))),
            ("a longer signature", format!("{good}A")),
            ("no iss", without("iss")),
            ("no aud", without("aud")),
            ("no exp", without("exp")),
            ("no sub", without("sub")),
            ("no sid", without("sid")),
            ("another iss", with("iss", json!("somebody"))),
            ("another aud", with("aud", json!("another-api"))),
            ("exp as text", with("exp", json!("4102444800"))),
            ("sid of no form", with("sid", json!("一键"))),
            ("garbage", "garbage".to_owned()),
            ("dots", "..".to_owned()),
            ("a long one", "a".repeat(4000)),
        ];
        for (what, token) in &forged {
            let refused = me(&t, token).await;
            assert_eq!((refused.status, &refused.json["code"]), (401, &json!("token_invalid")), "{what}");
            refused.refused(401, "token_invalid");
            assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "{what}");
        }
        // Well signed, but the session is unknown.
        let unknown = with("sid", json!("0198c0de-0000-7000-8000-000000000001"));
        me(&t, &unknown).await.refused(401, "session_ended");
        me(&t, &with("exp", json!(0))).await.refused(401, "token_expired");
    }

    async fn only_a_bearer_token_counts(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let token = lin.token.clone().expect("a token");
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let request = t.anyone().request(reqwest::Method::GET, "/api/v1/me");
            t.anyone().send(request.header("Authorization", format!("{scheme} {token}"))).await.is(200);
        }
        for header in [token.clone(), format!("Basic {token}"), "Bearer".to_owned(), String::new()] {
            let request = t.anyone().request(reqwest::Method::GET, "/api/v1/me").header("Authorization", &header);
            let refused = t.anyone().send(request).await;
            refused.refused(401, "token_missing");
            assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "{header}");
        }
        let cookie = t.anyone().request(reqwest::Method::GET, "/api/v1/me").header("Cookie", format!("token={token}"));
        t.anyone().send(cookie).await.refused(401, "token_missing");
        t.anyone().get(&format!("/api/v1/me?access_token={token}")).await.refused(401, "token_missing");
    }

    /// A new secret signs at once; what the one before it signed works on until that secret is taken away.
    async fn signing_secrets_can_be_changed_without_signing_people_out(t: TestApp) {
        const OLD: &str = "the secret that has been in use until today";
        const NEW: &str = "the secret that is in use from today onwards";
        const NEWEST: &str = "the secret after both of these, tomorrow's";
        let code = json!({ "code": "demo:xiaolin" });
        let before = Client::new(restarted(&t, OLD, None), None).post("/api/v1/auth/wechat", code.clone()).await;
        let token = before.is(200).json["access_token"].as_str().map(str::to_owned);

        let overlap = restarted(&t, NEW, Some(OLD));
        Client::new(overlap, token.clone()).get("/api/v1/me").await.is(200);
        let after = Client::new(overlap, None).post("/api/v1/auth/wechat", code).await;
        let newer = after.is(200).json["access_token"].as_str().map(str::to_owned);

        let later = restarted(&t, NEW, None);
        Client::new(later, token.clone()).get("/api/v1/me").await.refused(401, "token_invalid");
        Client::new(later, newer.clone()).get("/api/v1/me").await.is(200);
        let refresh = json!({ "refresh_token": before.json["refresh_token"] });
        Client::new(later, None).post("/api/v1/auth/refresh", refresh).await.is(200);

        let tomorrow = restarted(&t, NEWEST, Some(NEW));
        Client::new(tomorrow, newer).get("/api/v1/me").await.is(200);
        Client::new(tomorrow, token).get("/api/v1/me").await.refused(401, "token_invalid");
    }
}
