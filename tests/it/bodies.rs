//! What was sent: JSON bodies and query fields, and what is said about them when they are not acceptable.

use reqwest::Method;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Client, Reply};

const REPAIRS: &str = "/api/v1/repairs";

/// A body as it is, calling itself `content_type`.
async fn send(client: &Client, path: &str, content_type: Option<&str>, body: impl Into<reqwest::Body>) -> Reply {
    let request = client.request(Method::POST, path).body(body);
    client
        .send(match content_type {
            Some(content_type) => request.header("Content-Type", content_type),
            None => request,
        })
        .await
}

async fn json_text(client: &Client, body: &str) -> Reply {
    send(client, REPAIRS, Some("application/json"), body.to_owned()).await
}

/// How many tickets somebody has; none of the refusals may leave one.
async fn tickets(client: &Client) -> usize {
    client.get("/api/v1/tickets").await.is(200).json["items"].as_array().expect("items").len()
}

both! {
    async fn broken_json_is_refused(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let scene = &t.scenes().lamp;
        let good = format!("{{\"scene\":\"{scene}\",\"description\":\"灯不亮\"}}");
        let broken = [
            "{".to_owned(), "{\"scene\":".to_owned(), "nonsense".to_owned(), "{'scene':'x'}".to_owned(),
            format!("{good}x"), format!("{good}{good}"), format!("{good},"), good.replace('}', ",}"),
            good.replace("灯不亮", "\u{1}"), good.replace("灯不亮", "\\ud800"), " ".to_owned(),
        ];
        for body in &broken {
            json_text(&lin, body).await.refused(400, "json_malformed");
        }
        let not_utf8 = [good.as_bytes(), &[0xff]].concat();
        send(&lin, REPAIRS, Some("application/json"), not_utf8).await.refused(400, "json_malformed");
        assert_eq!(tickets(&lin).await, 0);
        json_text(&lin, &format!("\n {good} \n")).await.is(201);
    }

    async fn a_field_that_is_not_acceptable_is_named(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let try_with = async |field: &str, value: Value| {
            let mut body = json!({ "scene": t.scenes().lamp, "description": "灯不亮" });
            body[field] = value;
            lin.post(REPAIRS, body).await
        };
        try_with("colour", json!("red")).await.refused_field("/colour", "field_unknown");
        try_with("a/b~c", json!(1)).await.refused_field("/a~1b~0c", "field_unknown");
        try_with("a`b", json!(1)).await.refused_field("/a`b", "field_unknown");
        try_with("contact", json!({ "fax": "1" })).await.refused_field("/contact/fax", "field_unknown");
        try_with("contact", json!({ "name": 5 })).await.refused_field("/contact/name", "value_malformed");
        try_with("contact", json!({ "phone": "12" })).await.refused_field("/contact/phone", "phone_malformed");
        try_with("on_behalf_of", json!({})).await.refused_field("/on_behalf_of/channel", "field_missing");
        try_with("attachment_ids", json!([1])).await.refused_field("/attachment_ids/0", "value_malformed");
        try_with("attachment_ids", json!("x")).await.refused_field("/attachment_ids", "value_malformed");
        for value in [json!(5), json!(null), json!(true), json!([]), json!({})] {
            try_with("description", value).await.refused_field("/description", "value_malformed");
        }
        try_with("location_id", json!("一层")).await.refused_field("/location_id", "id_malformed");
        lin.post(REPAIRS, json!({ "scene": t.scenes().lamp })).await.refused_field("/description", "field_missing");
        lin.post(REPAIRS, json!({})).await.refused_field("/description", "field_missing");
        for body in ["[]", "5", "\"x\"", "null"] {
            json_text(&lin, body).await.refused(422, "fields_invalid");
        }
        let twice = "{\"description\":\"一\",\"description\":\"二\"}";
        json_text(&lin, twice).await.refused_field("/description", "field_duplicate");
        assert_eq!(tickets(&lin).await, 0);
    }

    /// A body means what it says by the names of its fields, whatever the order in which we declare them.
    async fn an_array_is_no_object(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let array = async |path: &str, body: Value| t.anyone().post(path, body).await;
        let code = json!(["demo:xiaolin"]);
        array("/api/v1/auth/wechat", code).await.refused_field("", "value_malformed");
        array("/api/v1/auth/password", json!(["mei", "x", "y"])).await.refused_field("", "value_malformed");
        let mut body = json!({ "scene": t.scenes().lamp, "description": "灯不亮", "contact": ["林", "13800001234"] });
        lin.post(REPAIRS, body.clone()).await.refused_field("/contact", "value_malformed");
        body["contact"] = json!({ "name": "林" });
        let ticket = lin.post(REPAIRS, body).await.is(201).id();
        lin.post(&format!("/api/v1/tickets/{ticket}/reply"), json!(["快点来"])).await.refused_field("", "value_malformed");
        lin.post(&format!("/api/v1/tickets/{ticket}/cancel"), json!(["不用了"])).await.refused_field("", "value_malformed");
        let mei = t.staff("mei").await;
        mei.post(&format!("/api/v1/tickets/{ticket}/accept"), json!([])).await.refused_field("", "value_malformed");
        assert_eq!(mei.get(&format!("/api/v1/tickets/{ticket}")).await.json["status"], "new");
    }

    /// PostgreSQL stores no NUL, so none gets as far, in whatever kind of field.
    async fn nul_is_refused_where_it_stands(t: TestApp) {
        let (lin, li) = (t.shopper("xiaolin").await, t.staff("li").await);
        let code = "text_has_control_characters";
        lin.post("/api/v1/rentals", json!({ "scene": "\0" })).await.refused_field("/scene", code);
        let found = json!({ "scene": "U\u{0}1", "category": "umbrella", "description": "伞" });
        lin.post("/api/v1/found_items", found).await.refused_field("/scene", code);
        lin.post(REPAIRS, json!({ "scene": t.scenes().lamp, "description": "灯", "a/b": ["\0"] })).await
            .refused_field("/a~1b/0", code);
        assert_eq!(li.get("/api/v1/rental/units?code=%00").await.is(200).json["items"], json!([]), "no unit has it");
        assert_eq!(lin.get("/api/v1/scan/%00").await.status, 404);
    }

    async fn an_unknown_value_is_told_the_known_ones(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮", "priority": "yesterday" });
        let request = lin.request(Method::POST, REPAIRS).header("Accept-Language", "en").json(&body);
        let refused = lin.send(request).await;
        refused.refused_field("/priority", "value_unknown");
        let detail = refused.json["errors"][0]["detail"].as_str().expect("a sentence");
        assert!(detail.contains("normal") && detail.contains("urgent") && !detail.contains("yesterday"), "{detail}");
        let refused = lin.get("/api/v1/tickets?status=broken").await;
        refused.refused_field("?status", "value_unknown");
        let detail = refused.json["errors"][0]["detail"].as_str().expect("a sentence");
        assert!(detail.contains("in_progress") && !detail.contains("broken"), "{detail}");
    }

    async fn texts_have_rules(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let describe = async |text: &str| lin.post(REPAIRS, json!({ "scene": t.scenes().lamp, "description": text })).await;
        for blank in ["", " ", "\n\t", "\u{3000}\u{a0}", "\u{200b}\u{feff}\u{3164}\u{2800}"] {
            describe(blank).await.refused_field("/description", "text_blank");
        }
        for control in ["灯\u{0}不亮", "\u{1b}[31m灯", "灯\u{7f}", "\u{8}灯", "灯\u{80}", "灯\u{85}灯", "灯\u{9b}31m"] {
            describe(control).await.refused_field("/description", "text_has_control_characters");
        }
        // What turns the direction of text lets a line read as another; what a language needs within its words stays.
        for turns in ["\u{202a}灯", "灯\u{202e}亮不", "\u{2066}灯\u{2069}", "灯\u{2068}"] {
            describe(turns).await.refused_field("/description", "text_has_control_characters");
        }
        describe(&"灯".repeat(2001)).await.refused_field("/description", "text_too_long");
        assert_eq!(tickets(&lin).await, 0);
        // Characters count, not bytes; lines and tabs may stay, and everything comes back as it was.
        for text in [&"灯".repeat(2000), "المصباح\u{200f} (3) A\u{200e}", "می\u{200c}خواهم", "第一行\r\n\t第二行", "👨‍👩‍👧 <b>灯</b> '; DROP TABLE tickets; --"] {
            assert_eq!(describe(text).await.is(201).json["description"], *text);
        }
    }

    /// It may be a password.
    async fn what_was_refused_is_not_repeated(t: TestApp) {
        let body = json!({ "username": "mei", "password": ["天知地知-secret"], });
        let refused = t.anyone().post("/api/v1/auth/password", body).await;
        refused.refused_field("/password", "value_malformed");
        assert!(!refused.json.to_string().contains("天知地知"), "{}", refused.json);
        let body = json!({ "username": "mei", "password": "天知地知".repeat(100) });
        let refused = t.anyone().post("/api/v1/auth/password", body).await;
        refused.refused_field("/password", "text_too_long");
        assert!(!refused.json.to_string().contains("天知地知"), "{}", refused.json);
    }

    async fn bodies_are_json(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let good = json!({ "scene": t.scenes().lamp, "description": "灯不亮" }).to_string();
        for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp"),
            Some("application/xml; application/json"), Some("multipart/form-data; boundary=b"), Some("")] {
            send(&lin, REPAIRS, content_type, good.clone()).await.refused(415, "media_type_unsupported");
        }
        assert_eq!(tickets(&lin).await, 0);
        for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
            send(&lin, REPAIRS, Some(content_type), good.clone()).await.is(201);
        }
    }

    async fn no_body_is_an_empty_object(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        send(&lin, REPAIRS, None, "").await.refused_field("/description", "field_missing");
        send(&lin, REPAIRS, Some("text/plain"), "").await.refused_field("/description", "field_missing");
        for (content_type, body) in [(None, ""), (Some("application/json"), "{}")] {
            let ticket = lin.post(REPAIRS, json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await;
            let path = format!("/api/v1/tickets/{}/accept", ticket.is(201).id());
            send(&mei, &path, Some("application/json"), "{\"x\":1}").await.refused_field("/x", "field_unknown");
            assert_eq!(send(&mei, &path, content_type, body).await.is(200).json["status"], "accepted");
        }
    }

    async fn a_body_has_at_most_64_kib(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let good = json!({ "scene": t.scenes().lamp, "description": "灯不亮" }).to_string();
        let padded = |length: usize| format!("{good}{}", " ".repeat(length - good.len()));
        json_text(&lin, &padded(64 * 1024 + 1)).await.refused(413, "body_too_large");
        json_text(&lin, &padded(1024 * 1024)).await.refused(413, "body_too_large");
        assert_eq!(tickets(&lin).await, 0);
        json_text(&lin, &padded(64 * 1024)).await.is(201);
    }

    async fn query_fields_are_checked_too(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        for (query, pointer, code) in [
            ("colour=red", "?colour", "field_unknown"),
            ("a.b=1", "?a.b", "field_unknown"),
            ("limit=0", "?limit", "number_out_of_range"),
            ("limit=101", "?limit", "number_out_of_range"),
            ("limit=-1", "?limit", "number_out_of_range"),
            ("limit=ten", "?limit", "value_malformed"),
            ("limit=1.5", "?limit", "value_malformed"),
            ("limit=", "?limit", "value_malformed"),
            ("limit=1&limit=2", "?limit", "field_duplicate"),
            ("open=maybe", "?open", "value_malformed"),
            ("department_id=x", "?department_id", "id_malformed"),
            ("q=", "?q", "length_out_of_range"),
            ("cursor=x", "?cursor", "cursor_malformed"),
        ] {
            lin.get(&format!("/api/v1/tickets?{query}")).await.refused_field(pointer, code);
        }
        lin.get("/api/v1/tickets?limit=1&open=true&q=R000001").await.is(200);
        lin.get("/api/v1/tickets?limit=100").await.is(200);
        lin.get("/api/v1/me?x=1").await.refused_field("?x", "field_unknown");
        t.anyone().get("/api/v1/sites?x=1").await.refused_field("?x", "field_unknown");
        t.anyone().get("/api/v1/catalogue").await.refused_field("?site_id", "field_missing");
        t.anyone().get("/healthz?x").await.refused_field("?x", "field_unknown");
        let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮" });
        lin.post("/api/v1/repairs?dry_run=true", body).await.refused_field("?dry_run", "field_unknown");
        assert_eq!(tickets(&lin).await, 0);
    }

    async fn who_asks_comes_before_what_is_asked(t: TestApp) {
        let anyone = t.anyone();
        json_text(&anyone, "{").await.refused(401, "token_missing");
        send(&anyone, REPAIRS, Some("text/plain"), "x").await.refused(401, "token_missing");
        anyone.get("/api/v1/tickets?limit=0").await.refused(401, "token_missing");
        let lin = t.shopper("xiaolin").await;
        lin.post("/api/v1/memberships", json!({ "x": 1 })).await.refused(403, "role_staff_needed");
        lin.get("/api/v1/memberships?limit=0").await.refused(403, "role_staff_needed");
    }
}
