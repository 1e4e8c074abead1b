//! The page that shows the board.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use reqwest::Method;
use serde_json::json;
use yijian::db::schema::sites;

use super::link;
use crate::both;

both! {
    async fn the_page_is_text_and_loads_nothing(t: TestApp) {
        let rename = |tx: &mut yijian::app::Tx<'_>| {
            let name = "<script>alert(1)</script> & \"Söhne\"";
            Ok(diesel::update(sites::table).set(sites::name.eq(name)).execute(tx.conn)?)
        };
        t.app.write(rename).await.expect("a name");
        let page = link(&t, &t.staff("mei").await).await;
        let reply = t.anyone().get(&page).await;
        let html = String::from_utf8_lossy(&reply.is(200).body).into_owned();
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; "), "{html}");
        assert!(!html.contains("<script>alert"), "{html}");
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{name}");
        }
        // Exactly its own style and its own script may run.
        let between = |open: &str, close: &str| {
            let parts: Vec<&str> = html.split(open).skip(1).map(|rest| rest.split(close).next().expect("an end")).collect();
            assert_eq!(parts.len(), 1, "{open}");
            parts[0].to_owned()
        };
        let (style, script) = (between("<style>", "</style>"), between("<script>", "</script>"));
        let hash = |text: &str| STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'",
            hash(&style),
            hash(&script)
        );
        assert_eq!(reply.header("content-security-policy"), Some(policy.as_str()));
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "http:", "https:", "url(", "@import"] {
            assert!(!html.contains(word), "{word}");
        }
        assert!(html.contains("lang=\"zh-CN\"") && html.contains("服务台看板"), "{html}");
        // In the language it was asked for in, whatever the screen's browser says.
        let mei = t.staff("mei").await;
        let asked = mei.request(Method::POST, "/api/v1/desk/links").header("Accept-Language", "en");
        let made = mei.send(asked.json(&json!({ "site_id": t.site().await }))).await;
        let page = made.is(201).json["url"].as_str().expect("a link").to_owned();
        let english = t.anyone().request(Method::GET, &page).header("Accept-Language", "zh-CN").send().await.expect("a page");
        let english = english.text().await.expect("text");
        assert!(english.contains("lang=\"en\"") && english.contains("Next deadlines"), "{english}");
    }
}
