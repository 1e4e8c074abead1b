//! Third-party systems: how they sign in, and that they may do what their scopes say at their sites and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use yijian::accounts::clients::{self, NewClient, OPEN};
use yijian::accounts::model::ClientScope;
use yijian::http::problem::Problem;
use yijian::values::Id;

use crate::both;
use crate::complaints::category;
use crate::support::{Client, People, Reply, TestApp, path, png};

const TOKEN: &str = "/api/v1/oauth/token";

/// A system with its secret.
pub struct System {
    pub id: String,
    pub secret: String,
}

impl TestApp {
    /// Makes a system that serves the mall.
    pub async fn system(&self, name: &str, scopes: &[ClientScope]) -> System {
        self.system_at("xinghe", name, scopes).await
    }

    async fn system_at(&self, site: &str, name: &str, scopes: &[ClientScope]) -> System {
        let new = NewClient { name: name.to_owned(), sites: vec![site.to_owned()], scopes: scopes.to_vec() };
        let made = self.app.write(move |tx| clients::create(tx, new)).await;
        let (id, secret) = made.expect("a system");
        System { id: id.to_string(), secret: secrecy::ExposeSecret::expose_secret(&secret).to_owned() }
    }

    /// The same, signed in.
    pub async fn signed_in_system(&self, name: &str, scopes: &[ClientScope]) -> Client {
        self.signed_in_system_at("xinghe", name, scopes).await
    }

    /// One that serves another mall, signed in.
    pub async fn signed_in_system_at(&self, site: &str, name: &str, scopes: &[ClientScope]) -> Client {
        let system = self.system_at(site, name, scopes).await;
        let reply = self.anyone().post(TOKEN, system.request()).await;
        Client::new(self.address, Some(reply.is(200).json["access_token"].as_str().expect("a token").to_owned()))
    }
}

impl System {
    fn request(&self) -> Value {
        json!({ "grant_type": "client_credentials", "client_id": self.id, "client_secret": self.secret })
    }

    fn id(&self) -> Id {
        self.id.parse().expect("an id")
    }
}

async fn form(t: &TestApp, basic: Option<(&str, &str)>, body: &str) -> Reply {
    let anyone = t.anyone();
    let mut request = anyone
        .request(Method::POST, TOKEN)
        .header("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
        .body(body.to_owned());
    if let Some((name, password)) = basic {
        request = request.header("Authorization", format!("Basic {}", STANDARD.encode(format!("{name}:{password}"))));
    }
    anyone.send(request).await
}

const ALL: [ClientScope; 3] = [ClientScope::TicketsWrite, ClientScope::TicketsRead, ClientScope::RentalDevice];

both! {
    async fn a_system_signs_in_by_form_by_json_and_by_basic(t: TestApp) {
        let system = t.system("热线平台", &ALL).await;
        let System { id, secret } = &system;
        let by_json = t.anyone().post(TOKEN, system.request()).await;
        assert_eq!(by_json.is(200).json["token_type"], "Bearer");
        assert_eq!(by_json.json["scope"], "tickets:write tickets:read rental:device");
        assert!(by_json.json.get("refresh_token").is_none(), "there is no refresh token for systems");
        assert_eq!(by_json.header("cache-control"), Some("no-store"));
        let whole = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&audience=x");
        form(&t, None, &whole).await.is(200);
        let narrow = form(&t, Some((id, secret)), "grant_type=client_credentials&scope=tickets%3Aread").await;
        assert_eq!(narrow.is(200).json["scope"], "tickets:read");

        // What is narrowed is narrow.
        let reads = Client::new(t.address, narrow.json["access_token"].as_str().map(ToOwned::to_owned));
        reads.get("/api/v1/tickets").await.is(200);
        let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮" });
        reads.post("/api/v1/repairs", body).await.refused(403, "scope_needed");
    }

    async fn what_is_wrong_with_a_sign_in_is_said_as_oauth_says_it(t: TestApp) {
        let system = t.system("热线平台", &[ClientScope::TicketsRead]).await;
        let with = |name: &str, value: &str| {
            let mut request = system.request();
            request[name] = json!(value);
            request
        };
        for (body, status, code) in [
            (with("grant_type", "password"), 400, "unsupported_grant_type"),
            (with("client_secret", "wrong"), 401, "invalid_client"),
            (with("client_id", "nobody"), 401, "invalid_client"),
            (with("client_id", "0198c0de-0000-7000-8000-000000000001"), 401, "invalid_client"),
            (with("scope", "tickets:write"), 400, "invalid_scope"),
            (with("scope", "everything"), 400, "invalid_scope"),
        ] {
            let reply = t.anyone().post(TOKEN, body).await;
            reply.refused(status, code);
            assert_eq!(reply.json["error"], code, "RFC 6749 names it so too");
        }
        let twice = form(&t, Some((&system.id, &system.secret)), "grant_type=client_credentials&client_secret=x").await;
        twice.refused(400, "invalid_request");
        let basic = form(&t, Some((&system.id, "wrong")), "grant_type=client_credentials").await;
        assert!(basic.refused(401, "invalid_client").header("www-authenticate").is_some_and(|it| it.starts_with("Basic")));
        form(&t, None, "client_id=1").await.refused_field("/grant_type", "field_missing");
        t.anyone().post(TOKEN, json!({})).await.refused_field("/grant_type", "field_missing");
        // A person's session says nothing of the kind.
        assert!(t.anyone().get("/api/v1/me").await.refused(401, "token_missing").json.get("error").is_none());
    }

    /// The command line insists on most of this by itself; other programs of ours need not.
    async fn a_system_has_a_name_a_scope_and_a_site(t: TestApp) {
        let long = "长".repeat(41);
        for (name, site, scope, code) in [
            ("", Some("xinghe"), true, "client_name_malformed"),
            (" \u{3000}", Some("xinghe"), true, "client_name_malformed"),
            (long.as_str(), Some("xinghe"), true, "client_name_malformed"),
            ("热线平台", Some("xinghe"), false, "client_scope_needed"),
            ("热线平台", None, true, "client_site_needed"),
            ("热线平台", Some("nowhere"), true, "site_not_found"),
        ] {
            let scopes = if scope { ALL.to_vec() } else { Vec::new() };
            let sites = site.into_iter().map(ToOwned::to_owned).collect();
            let new = NewClient { name: name.to_owned(), sites, scopes };
            let refused = t.app.write(move |tx| clients::create(tx, new)).await.expect_err("a refusal");
            assert_eq!(refused.to_string(), code, "{name}");
            let problem = Problem::from(refused);
            assert!(problem.in_one_line().ends_with(&format!(" ({code})")), "{}", problem.in_one_line());
        }
        assert_eq!(t.app.read(clients::list).await.expect("a list").len(), 1, "the demo's cabinet, and no other");
    }

    async fn a_new_secret_and_an_end_count_at_once(t: TestApp) {
        let system = t.system("热线平台", &[ClientScope::TicketsRead]).await;
        let signed_in = t.anyone().post(TOKEN, system.request()).await;
        let token = signed_in.is(200).json["access_token"].as_str().map(ToOwned::to_owned);
        let id = system.id();
        let secret = t.app.write(move |tx| clients::rotate(tx, id)).await.expect("a new secret");
        t.app.sessions.forget_all();
        Client::new(t.address, token).get("/api/v1/tickets").await.refused(401, "session_ended");
        t.anyone().post(TOKEN, system.request()).await.refused(401, "invalid_client");
        let new = System { secret: secrecy::ExposeSecret::expose_secret(&secret).to_owned(), ..system };
        t.anyone().post(TOKEN, new.request()).await.is(200);
        t.app.write(move |tx| clients::disable(tx, id)).await.expect("an end");
        t.anyone().post(TOKEN, new.request()).await.refused(401, "invalid_client");
    }

    async fn what_is_not_open_to_systems_is_closed_to_them(t: TestApp) {
        let all = t.signed_in_system("什么都行", &ALL).await;
        let document: serde_json::Value = serde_json::from_str(yijian::http::openapi::DOCUMENT).expect("JSON");
        let mut seen = 0;
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                let method = method.to_uppercase();
                if operation["security"].as_array().is_none_or(Vec::is_empty) {
                    continue;
                }
                let is_open = OPEN.iter().any(|(_, verb, route)| *verb == method && route == path);
                let at = path.replace("{id}", &t.site().await).replace("{year}", "2026").replace("{scene}", "x");
                let request = all.request(Method::from_bytes(method.as_bytes()).expect("a method"), &at);
                let reply = all.send(request).await;
                assert_eq!(reply.json["code"] == "scope_needed", !is_open, "{method} {path}: {}", reply.status);
                seen += usize::from(is_open);
            }
        }
        assert_eq!(seen, OPEN.len(), "what is open to systems is there");
        // And what is open needs its scope.
        let none = t.signed_in_system("只读", &[ClientScope::TicketsRead]).await;
        none.upload(png()).await.refused(403, "scope_needed");
    }

    async fn a_system_files_for_people_and_sees_what_became_of_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let hotline = t.signed_in_system("热线平台", &[ClientScope::TicketsWrite, ClientScope::TicketsRead]).await;
        p.hua.post("/api/v1/me/phone", json!({ "code": "demo:13912345678" })).await.is(200);
        let price = category(&t, "complaint-price").await;
        let body = json!({
            "scene": t.scenes().shop, "description": "标价与收银不符", "category_id": price,
            "contact": { "name": "王先生", "phone": "13811112222" },
        });
        let filed = hotline.post("/api/v1/complaints", body.clone()).await;
        assert_eq!(filed.is(201).json["channel"], "api");
        assert_eq!(filed.json["contact"]["phone"], "138****2222");
        let ticket = path(&filed);
        let photo = hotline.upload(png()).await.is(201).id();
        let known = json!({
            "scene": t.scenes().lamp, "description": "灯不亮", "attachment_ids": [photo],
            "contact": { "phone": "13912345678" },
        });
        let repair = hotline.post("/api/v1/repairs", known).await;
        // Whom the number belongs to sees it in the app.
        p.hua.get(&path(&repair)).await.is(200);
        p.lin.get(&ticket).await.refused(404, "ticket_not_found");

        // The promise runs as for anyone, the system looks on, and what is internal stays inside.
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/note"), json!({ "text": "店长是熟人" })).await.is(200);
        p.mei.post(&format!("{ticket}/reply"), json!({ "text": "已退差价" })).await.is(200);
        let seen = hotline.get(&ticket).await;
        assert_eq!(seen.is(200).json["status"], "accepted");
        assert_eq!(seen.json["allowed"], json!([]));
        let lines = hotline.get(&format!("{ticket}/timeline")).await;
        let lines = lines.is(200).json["items"].as_array().expect("lines").clone();
        assert!(lines.iter().any(|line| line["text"] == "已退差价"));
        assert!(!lines.iter().any(|line| line["action"] == "note"), "notes are internal");
        hotline.get(&format!("{ticket}/clocks")).await.is(200);
        let list = hotline.get("/api/v1/tickets?limit=1").await;
        assert_eq!(list.is(200).json["items"][0]["id"], repair.json["id"]);
        let rest = format!("/api/v1/tickets?limit=1&cursor={}", list.json["next_cursor"].as_str().expect("more"));
        assert_eq!(hotline.get(&rest).await.is(200).json["items"][0]["id"], filed.json["id"]);

        // Two who called the hotline are two people: nobody takes the second for the first.
        let second = json!({
            "scene": t.scenes().shop, "description": "标价与收银不符", "category_id": price,
            "contact": { "phone": "13833334444" },
        });
        let second = hotline.post("/api/v1/complaints", second).await;
        let second = path(second.is(201));
        let related = p.mei.get(&format!("{second}/related")).await;
        assert_eq!(related.is(200).json["of_requester"], json!([]));

        // Another system, and what is not its own.
        let other = t.signed_in_system("别家", &[ClientScope::TicketsWrite, ClientScope::TicketsRead]).await;
        other.get(&ticket).await.refused(404, "ticket_not_found");
        assert_eq!(other.get("/api/v1/tickets").await.is(200).json["items"], json!([]));
        let spoken_for = json!({ "scene": t.scenes().lamp, "description": "灯", "on_behalf_of": { "channel": "phone" } });
        hotline.post("/api/v1/repairs", spoken_for).await.refused(403, "on_behalf_not_yours");
        let settled = json!({
            "scene": t.scenes().shop, "description": "贵", "category_id": price,
            "settled": { "result": "退", "outcome": "justified" },
        });
        hotline.post("/api/v1/complaints", settled).await.refused(403, "settle_needs_staff");
        let mine: NewClient = NewClient { name: "外地".to_owned(), sites: vec!["nowhere".to_owned()], scopes: ALL.to_vec() };
        assert!(t.app.write(move |tx| clients::create(tx, mine)).await.is_err());
    }

    async fn a_system_has_nothing_to_say_at_other_malls(t: TestApp) {
        let hotline = t.signed_in_system("热线平台", &[ClientScope::TicketsWrite]).await;
        let (_, shop) = crate::members::other_mall(&t).await;
        let body = json!({ "shop_id": shop, "description": "贵" });
        hotline.post("/api/v1/complaints", body).await.refused(404, "site_not_found");
    }
}
