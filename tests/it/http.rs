//! What holds for every request: methods, headers, languages, caching, limits.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use actix_web::{HttpResponse, web};
use reqwest::Method;
use serde_json::{Value, json};
use yijian::http::server;
use yijian::serve;

use crate::both;
use crate::support::{Backend, Client, Reply, TestApp};

/// Sends bytes as they are, closes its side, and gives everything that comes back.
async fn raw(t: &TestApp, request: Vec<u8>) -> String {
    exchange(t, request, true).await
}

/// The same, and whoever asks may leave open that more is to come.
async fn exchange(t: &TestApp, request: Vec<u8>, is_all: bool) -> String {
    let address = t.address;
    let answer = tokio::task::spawn_blocking(move || {
        let mut socket = TcpStream::connect(address).expect("a connection");
        socket.write_all(&request).expect("sent");
        if is_all {
            socket.shutdown(std::net::Shutdown::Write).expect("half closed");
        }
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).expect("an answer");
        String::from_utf8(answer).expect("text")
    });
    answer.await.expect("an answer")
}

async fn with(client: &Client, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = client.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request).await
}

/// The value of a header in a raw answer.
fn raw_header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().filter_map(|line| line.split_once(": ")).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
}

/// Insists on a problem document in a raw answer.
#[track_caller]
fn raw_refused(answer: &str, status: u16, code: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert_eq!(raw_header(head, "content-type"), Some("application/problem+json"), "{answer}");
    let problem: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!((&problem["code"], &problem["status"]), (&json!(code), &json!(status)));
    assert_eq!(problem["request_id"].as_str(), raw_header(head, "x-request-id"));
}

/// The head of a report of somebody's, up to what says how long its body is.
fn report_of(who: &Client) -> String {
    let token = who.token.clone().expect("a token");
    format!(
        "POST /api/v1/repairs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: application/json\r\n"
    )
}

both! {
    async fn unknown_addresses_are_problems_too(t: TestApp) {
        for path in ["/", "/api", "/api/v1", "/api/v1/nothing", "/api/v2/sites", "/api/v1/sites/", "/api/v1//sites", "/一键"] {
            let refused = t.anyone().get(path).await;
            refused.refused(404, "not_found");
            assert_eq!(refused.json["type"], "urn:yijian:problem:not_found");
        }
        let lin = t.shopper("xiaolin").await;
        for id in ["1", "R000001", "0198c0de00007000800000000000000a", "{0198c0de-0000-7000-8000-000000000001}"] {
            lin.get(&format!("/api/v1/tickets/{id}")).await.refused(404, "not_found");
        }
        let missing = lin.get("/api/v1/tickets/0198c0de-0000-7000-8000-000000000001").await;
        missing.refused(404, "ticket_not_found");
        assert_eq!(missing.json["instance"], "/api/v1/tickets/0198c0de-0000-7000-8000-000000000001");
    }

    async fn a_wrong_method_is_told_the_right_ones(t: TestApp) {
        let ticket = "/api/v1/tickets/0198c0de-0000-7000-8000-000000000001";
        let cases = [
            (Method::POST, "/api/v1/sites".to_owned(), "GET, HEAD"),
            (Method::PATCH, "/api/v1/me".to_owned(), "GET, HEAD, PUT"),
            (Method::GET, "/api/v1/auth/wechat".to_owned(), "POST"),
            (Method::HEAD, "/api/v1/auth/wechat".to_owned(), "POST"),
            (Method::DELETE, ticket.to_owned(), "GET, HEAD"),
            (Method::GET, format!("{ticket}/accept"), "POST"),
            (Method::PUT, "/api/v1/memberships".to_owned(), "GET, HEAD, POST"),
            (Method::OPTIONS, "/healthz".to_owned(), "GET, HEAD"),
        ];
        for (method, path, allow) in cases {
            let refused = t.anyone().send(t.anyone().request(method.clone(), &path)).await;
            assert_eq!(refused.is(405).header("allow"), Some(allow), "{method} {path}");
            if method != Method::HEAD {
                refused.refused(405, "method_not_allowed");
            }
        }
    }

    async fn head_is_get_without_the_body(t: TestApp) {
        let site = t.site().await;
        for path in ["/api/v1/sites".to_owned(), format!("/api/v1/catalogue?site_id={site}"), "/healthz".to_owned()] {
            let get = t.anyone().get(&path).await;
            let head = raw(&t, format!("HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").into_bytes()).await;
            let (head, body) = head.split_once("\r\n\r\n").expect("a head");
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            assert_eq!(body, "", "{path}");
            for name in ["content-length", "content-type", "etag", "cache-control"] {
                assert_eq!(raw_header(head, name), get.is(200).header(name), "{path}: {name}");
            }
        }
        let refused = raw(&t, b"HEAD /api/v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec()).await;
        assert!(refused.starts_with("HTTP/1.1 401 ") && refused.ends_with("\r\n\r\n"), "{refused}");
    }

    async fn requests_carry_an_id(t: TestApp) {
        let longest = "a".repeat(64);
        for id in ["trace-1", "A.b_c-9", &longest] {
            for path in ["/api/v1/sites", "/healthz"] {
                assert_eq!(with(&t.anyone(), path, &[("X-Request-Id", id)]).await.is(200).header("x-request-id"), Some(id));
            }
            let refused = with(&t.anyone(), "/api/v1/me", &[("X-Request-Id", id)]).await;
            assert_eq!((refused.header("x-request-id"), &refused.json["request_id"]), (Some(id), &json!(id)));
        }
        let too_long = "a".repeat(65);
        for id in ["", "two words", "<script>", "a,b", "一键", "\"", &too_long] {
            let refused = with(&t.anyone(), "/nothing", &[("X-Request-Id", id)]).await;
            refused.refused(404, "not_found");
            let made = refused.header("x-request-id").expect("an id");
            assert!(made.len() == 16 && made.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{id}: {made}");
        }
        let (one, two) = (t.anyone().get("/healthz").await, t.anyone().get("/healthz").await);
        assert!(one.header("x-request-id").is_some() && one.header("x-request-id") != two.header("x-request-id"));
    }

    /// The words follow the reader, the code never does.
    async fn problems_speak_the_language_of_the_reader(t: TestApp) {
        let ask = async |language: Option<&str>| {
            let headers: Vec<(&str, &str)> = language.into_iter().map(|l| ("Accept-Language", l)).collect();
            let refused = with(&t.anyone(), "/api/v1/me", &headers).await;
            refused.refused(401, "token_missing");
            (refused.json["title"].clone(), refused.json["detail"].clone())
        };
        let (chinese, english) = (ask(Some("zh-CN")).await, ask(Some("en")).await);
        assert!(chinese.0 != english.0 && chinese.1 != english.1);
        assert!(english.1.as_str().is_some_and(str::is_ascii));
        for language in [None, Some("zh"), Some("zh-TW,zh;q=0.9"), Some("fr"), Some("*"), Some(""), Some("en;q=0"),
            Some("en;q=0.5, zh;q=0.9"), Some("en;q=x")] {
            assert_eq!(ask(language).await, chinese, "{language:?}");
        }
        for language in ["en-GB", "EN", "fr, en;q=0.1", "en;q=0.9, zh;q=0.8", "zh;q=0.1,en;q=0.8", "zh;q=0, en"] {
            assert_eq!(ask(Some(language)).await, english, "{language}");
        }
        let lin = t.shopper("xiaolin").await;
        let field = async |language: &str| {
            let refused = with(&lin, "/api/v1/tickets?limit=0", &[("Accept-Language", language)]).await;
            refused.refused_field("?limit", "number_out_of_range");
            refused.json["errors"][0]["detail"].clone()
        };
        assert_ne!(field("en").await, field("zh").await);
    }

    async fn catalogues_may_be_kept(t: TestApp) {
        let site = t.site().await;
        let mut tags = Vec::new();
        for path in ["/api/v1/sites".to_owned(), format!("/api/v1/sites/{site}/locations"),
            format!("/api/v1/catalogue?site_id={site}"), "/openapi.json".to_owned()] {
            let first = t.anyone().get(&path).await;
            let tag = first.is(200).header("etag").expect("a tag").to_owned();
            assert_eq!(first.header("cache-control"), Some("public, max-age=60"), "{path}");
            for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
                let same = with(&t.anyone(), &path, &[("If-None-Match", &known)]).await;
                assert!(same.is(304).body.is_empty());
                assert_eq!(same.header("etag"), Some(tag.as_str()));
            }
            let other = with(&t.anyone(), &path, &[("If-None-Match", "\"other\"")]).await;
            assert_eq!(other.is(200).body, first.body);
            assert!(!tags.contains(&tag), "{path}");
            tags.push(tag);
        }
    }

    async fn what_is_personal_is_not_kept(t: TestApp) {
        let (lin, site) = (t.shopper("xiaolin").await, t.site().await);
        let ticket = lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await;
        let answers = [
            lin.get("/api/v1/me").await,
            lin.get("/api/v1/tickets").await,
            lin.get(&format!("/api/v1/tickets/{}", ticket.id())).await,
            lin.get(&format!("/api/v1/tickets/{}/timeline", ticket.id())).await,
            lin.get("/api/v1/notices").await,
            lin.get(&format!("/api/v1/scan/{}", t.scenes().lamp)).await,
            t.staff("mei").await.get(&format!("/api/v1/memberships?site_id={site}")).await,
            ticket,
            t.anyone().post("/api/v1/auth/wechat", json!({ "code": "demo:xiaolin" })).await,
        ];
        for answer in &answers {
            assert!(answer.status < 300, "{}", answer.json);
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", answer.json);
        }
        let refusals = [t.anyone().get("/api/v1/me").await, lin.get("/api/v1/tickets?limit=0").await];
        for refusal in &refusals {
            assert_eq!(refusal.header("cache-control"), Some("no-store"), "{}", refusal.json);
        }
    }

    async fn changes_can_insist_on_the_version_one_saw(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let filed = lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await;
        assert_eq!((filed.is(201).header("etag"), &filed.json["version"]), (Some("\"1\""), &json!(1)));
        let path = format!("/api/v1/tickets/{}", filed.id());
        let act = async |action: &str, tag: &str| {
            mei.send(mei.request(Method::POST, &format!("{path}/{action}")).header("If-Match", tag)).await
        };
        for tag in ["+1", "W/\"1\"", "\"1", "\"\"", "\"one\"", "\"1\", \"2\"", "", "一"] {
            act("accept", tag).await.refused(400, "if_match_malformed");
        }
        act("accept", "\"2\"").await.refused(412, "version_stale");
        assert_eq!(mei.get(&path).await.json["status"], "new");
        let accepted = act("accept", "\"1\"").await;
        assert_eq!((accepted.is(200).header("etag"), &accepted.json["status"]), (Some("\"2\""), &json!("accepted")));
        act("accept", "\"1\"").await.refused(412, "version_stale");
        let urge = lin.request(Method::POST, &format!("{path}/urge")).header("If-Match", "*");
        assert_eq!(lin.send(urge).await.is(200).json["urges"], 1);
    }

    async fn a_caller_who_asks_too_often_has_to_wait(t: TestApp) {
        let t = TestApp::start_with(t.backend, &[("RATE_LIMIT_PER_MINUTE", "3")]).await;
        let (lin, chen) = (t.shopper("xiaolin").await, t.shopper("laochen").await);
        // Another sign-in of the same person has the same allowance.
        let tablet = t.shopper("xiaolin").await;
        lin.get("/api/v1/me").await.is(200);
        lin.get("/api/v1/tickets?limit=0").await.refused_field("?limit", "number_out_of_range");
        tablet.get("/api/v1/me").await.is(200);
        for client in [&lin, &tablet] {
            let refused = client.get("/api/v1/me").await;
            refused.refused(429, "rate_limited");
            let wait: u64 = refused.header("retry-after").expect("Retry-After").parse().expect("seconds");
            assert!((1..=20).contains(&wait), "{wait} s");
            assert_eq!(refused.header("ratelimit"), Some(format!("\"rate_limited\";r=0;t={wait}").as_str()));
            assert_eq!(refused.header("ratelimit-policy"), Some("\"rate_limited\";q=3;w=60"));
        }
        chen.get("/api/v1/me").await.is(200);
        t.anyone().get("/api/v1/sites").await.is(200);
    }

    async fn sign_ins_are_counted_by_address(t: TestApp) {
        let t = TestApp::start_with(t.backend, &[("SIGN_IN_LIMIT_PER_MINUTE", "3")]).await;
        let lin = t.shopper("xiaolin").await;
        t.anyone().post("/api/v1/auth/refresh", json!({ "refresh_token": "x" })).await.refused(401, "refresh_token_invalid");
        let wrong = json!({ "username": "mei", "password": "x" });
        t.anyone().post("/api/v1/auth/password", wrong.clone()).await.refused(401, "credentials_wrong");
        for (path, body) in [("wechat", json!({ "code": "demo:a" })), ("password", wrong), ("refresh", json!({}))] {
            let refused = t.anyone().post(&format!("/api/v1/auth/{path}"), body).await;
            refused.refused(429, "rate_limited");
            assert!(refused.header("retry-after").is_some() && refused.header("ratelimit").is_some());
        }
        // Nobody can claim another address here.
        let spoofed = t.anyone().request(Method::POST, "/api/v1/auth/wechat").header("X-Forwarded-For", "192.0.2.7");
        t.anyone().send(spoofed.json(&json!({ "code": "demo:a" }))).await.refused(429, "rate_limited");
        lin.get("/api/v1/me").await.is(200);
    }

    async fn behind_a_proxy_the_address_is_what_the_proxy_wrote(t: TestApp) {
        let own = [("SIGN_IN_LIMIT_PER_MINUTE", "2"), ("TRUST_PROXY", "true")];
        let t = TestApp::start_with(t.backend, &own).await;
        let from = async |forwarded: &str| {
            let request = t.anyone().request(Method::POST, "/api/v1/auth/wechat").header("X-Forwarded-For", forwarded);
            t.anyone().send(request.json(&json!({ "code": "demo:xiaolin" }))).await
        };
        from("192.0.2.1").await.is(200);
        from("192.0.2.9, 192.0.2.1").await.is(200);
        // What the caller wrote before the proxy did changes nothing.
        from("192.0.2.8, 192.0.2.1").await.refused(429, "rate_limited");
        from("192.0.2.1, 192.0.2.2").await.is(200);
        from("2001:db8::1").await.is(200);
    }

    async fn a_request_that_breaks_off_changes_nothing(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let head = report_of(&lin);
        let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮" }).to_string();
        let length = body.len();
        let whole = raw(&t, format!("{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()).await;
        assert!(whole.starts_with("HTTP/1.1 201 "), "{whole}");
        let chunks = format!("{head}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n");
        for broken in [
            format!("{head}Content-Length: {}\r\n\r\n{body}", length + 5),
            format!("{head}Content-Length: {length}\r\n\r\n"),
            chunks.clone(),
            format!("{chunks}not a length\r\n"),
        ] {
            raw_refused(&raw(&t, broken.into_bytes()).await, 400, "body_incomplete");
        }
        assert_eq!(lin.get("/api/v1/tickets").await.json["items"].as_array().map(Vec::len), Some(1));
    }

    /// It takes a quarter of a minute, and no database has a part in it.
    async fn a_body_that_does_not_arrive_is_not_waited_for(t: TestApp) {
        if t.backend != Backend::Sqlite {
            return;
        }
        let lin = t.shopper("xiaolin").await;
        let slow = format!("{}Content-Length: 50\r\n\r\n{{\"scene\":", report_of(&lin));
        let answer = exchange(&t, slow.into_bytes(), false).await;
        raw_refused(&answer, 408, "body_too_slow");
        assert_eq!(raw_header(&answer, "connection"), Some("close"));
    }

    /// Whoever is not heard at once is heard a second later. No database has a part in it.
    async fn three_hundred_may_knock_at_one_moment(t: TestApp) {
        let mut config = t.app.config.clone();
        config.listen = "127.0.0.1:0".parse().expect("an address");
        let listener = serve::bind(&config).expect("a port");
        let address = listener.local_addr().expect("an address");
        // Nobody lets them in yet.
        let knocking = (0..300).map(|_| TcpStream::connect_timeout(&address, Duration::from_secs(2)));
        let heard: Vec<_> = knocking.take_while(Result::is_ok).collect();
        assert_eq!(heard.len(), 300);
    }

    /// Our own extractors come first everywhere; should the server refuse something nevertheless, it is a problem as well.
    async fn what_the_server_refuses_by_itself_is_a_problem_too(t: TestApp) {
        async fn strict(_: web::Json<u32>) -> HttpResponse {
            HttpResponse::Ok().finish()
        }
        fn routes(config: &mut web::ServiceConfig) {
            config.route("/strict", web::post().to(strict));
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let client = Client::new(listener.local_addr().expect("an address"), None);
        let server = server::start(t.app.clone(), listener, Some(routes)).expect("a server");
        let handle = server.handle();
        actix_web::rt::spawn(server);
        client.post("/strict", json!(1)).await.is(200);
        client.post("/strict", json!("one")).await.refused(400, "request_malformed");
        handle.stop(false).await;
    }
}
