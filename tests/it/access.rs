//! Who may do what: one line for every operation of the API document, one column for every sort of caller.
//!
//! Somebody else's things are not there (404), what a role never does is refused (403), and nobody without a token gets
//! past the door (401).

mod bodies;
mod rows;
mod world;

use std::collections::BTreeSet;

use yijian::accounts::model::Role;

use self::rows::{About, CALLERS, TABLE};
use self::world::World;
use crate::both;
use crate::support::{Client, People, png};

/// The operations of the API document, and whether each says that it takes a token.
fn documented() -> Vec<(String, bool)> {
    let document: serde_json::Value = serde_json::from_str(yijian::http::openapi::DOCUMENT).expect("JSON");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in ["get", "post", "put", "patch", "delete", "head", "options", "trace"] {
            if let Some(operation) = item.get(method) {
                let takes_token = operation["security"].as_array().is_some_and(|schemes| !schemes.is_empty());
                operations.push((format!("{} {path}", method.to_uppercase()), takes_token));
            }
        }
    }
    operations
}

#[test]
fn every_documented_operation_has_its_line_and_says_whether_it_takes_a_token() {
    let documented = documented();
    let known: BTreeSet<&str> = TABLE.iter().map(|(operation, ..)| *operation).collect();
    let named: BTreeSet<&str> = documented.iter().map(|(operation, _)| operation.as_str()).collect();
    assert_eq!(known, named, "left: lines of the table; right: the document");
    for (operation, takes_token) in &documented {
        for (_, _, expected) in TABLE.iter().filter(|(known, ..)| known == operation) {
            assert_eq!(expected[0] == 401, *takes_token, "{operation}: the document and the table differ about tokens");
        }
    }
}

both! {
    async fn everyone_may_do_what_the_table_says_and_no_more(t: TestApp) {
        let w = World::make(&t).await;
        let (elsewhere, _) = t.hire("sun", Role::Technician, Some("cleaning")).await;
        let (anyone, p) = (t.anyone(), &w.people);
        let callers = [&anyone, &p.lin, &p.hua, &p.wang, &p.zhao, &elsewhere, &p.mei, &p.li, &p.admin];
        for (operation, about, expected) in TABLE {
            let mut thing = w.thing(&t, *about).await;
            for ((name, who), expected) in CALLERS.into_iter().zip(callers).zip(expected) {
                let reply = w.ask(who, operation, &thing).await;
                let case = format!("{name}: {operation} about {about:?}: {}", String::from_utf8_lossy(&reply.body));
                assert_eq!(reply.status, *expected, "{case}");
                let code = reply.json["code"].as_str().unwrap_or_default();
                assert!(reply.status != 404 || code.ends_with("_not_found"), "{case}");
                assert!(reply.status != 401 || code == "token_missing", "{case}");
                // A refusal leaves the thing as it was for the next caller.
                if reply.status < 300 && !operation.starts_with("GET") && *about != About::Nothing {
                    thing = w.thing(&t, *about).await;
                }
            }
        }
    }

    async fn a_photo_link_is_the_key_and_nothing_else_is(t: TestApp) {
        let p = People::sign_in(&t).await;
        let photo = p.lin.upload(png()).await;
        let link = photo.is(201).json["url"].as_str().expect("a link").to_owned();
        t.anyone().get(&link).await.is(200);
        let (path, query) = link.split_once('?').expect("a signature");
        let other = p.lin.upload(png()).await.id();
        let changed = format!("{}x", &query[..query.len() - 1]);
        for forged in [
            format!("{path}?{changed}"),
            format!("{path}?{}", query.replace("expires=1", "expires=2")),
            format!("/api/v1/attachments/{other}/content?{query}"),
        ] {
            p.lin.get(&forged).await.refused(404, "attachment_link_invalid");
        }
        p.lin.get(path).await.refused_field("?expires", "field_missing");
        t.advance(jiff::SignedDuration::from_mins(15)).await;
        t.anyone().get(&link).await.refused(404, "attachment_link_invalid");
    }

    async fn a_token_that_is_none_opens_nothing(t: TestApp) {
        for token in ["", "x", "eyJhbGciOiJub25lIn0.e30."] {
            let who = Client::new(t.address, Some(token.to_owned()));
            for (operation, takes_token) in documented() {
                let Some(path) = operation.strip_prefix("GET ").filter(|_| takes_token) else { continue };
                who.get(&path.replace("{id}", &t.site().await).replace("{scene}", "x")).await.is(401);
            }
        }
    }
}
