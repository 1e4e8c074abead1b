//! One tap, one ticket: requests that are sent twice.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Backend, Client, Reply, TestApp};

const REPAIRS: &str = "/api/v1/repairs";

fn lamp(t: &TestApp) -> Value {
    json!({ "scene": t.scenes().lamp, "description": "灯不亮" })
}

async fn tickets(client: &Client) -> usize {
    client.get("/api/v1/tickets?limit=100").await.is(200).json["items"].as_array().expect("items").len()
}

fn is_replay(reply: &Reply) -> bool {
    match reply.header("idempotency-replayed") {
        Some(value) => {
            assert_eq!(value, "true");
            true
        }
        None => false,
    }
}

both! {
    async fn the_first_answer_comes_again(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let first = lin.post_once("tap-1", REPAIRS, lamp(&t)).await;
        assert!(!is_replay(first.is(201)));
        // Even after the ticket went on.
        t.staff("mei").await.act(&format!("/api/v1/tickets/{}/accept", first.id())).await.is(200);
        let again = lin.post_once("tap-1", REPAIRS, lamp(&t)).await;
        assert!(is_replay(again.is(201)));
        assert_eq!((&again.body, again.header("etag")), (&first.body, first.header("etag")));
        assert_eq!(again.header("content-type"), first.header("content-type"));
        assert_eq!(again.header("cache-control"), Some("no-store"));
        assert_eq!(tickets(&lin).await, 1);
        // The next tap, and no key at all, are requests of their own.
        assert!(!is_replay(lin.post_once("tap-2", REPAIRS, lamp(&t)).await.is(201)));
        assert!(!is_replay(lin.post(REPAIRS, lamp(&t)).await.is(201)));
        assert_eq!(tickets(&lin).await, 3);
    }

    async fn actions_happen_once_as_well(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let path = format!("/api/v1/tickets/{}", lin.post(REPAIRS, lamp(&t)).await.is(201).id());
        let urge = format!("{path}/urge");
        for _ in 0..3 {
            assert_eq!(lin.post_once("u", &urge, json!({})).await.is(200).json["urges"], 1);
        }
        let accept = format!("{path}/accept");
        mei.post_once("a", &accept, json!({})).await.is(200);
        let again = mei.post_once("a", &accept, json!({})).await;
        assert!(is_replay(again.is(200)));
        mei.post_once("b", &accept, json!({})).await.refused(409, "action_not_allowed_now");
        let body = json!({ "display_name": "小林", "language": "en" });
        let put = async || {
            let request = lin.request(Method::PUT, "/api/v1/me").header("Idempotency-Key", "me").json(&body);
            lin.send(request).await
        };
        assert!(!is_replay(put().await.is(200)));
        assert!(is_replay(put().await.is(200)));
    }

    async fn a_key_belongs_to_one_request(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let first = lin.post_once("k", REPAIRS, lamp(&t)).await;
        let other = json!({ "scene": t.scenes().lamp, "description": "灯还是不亮" });
        lin.post_once("k", REPAIRS, other).await.refused(422, "idempotency_key_reused");
        lin.post_once("k", &format!("/api/v1/tickets/{}/urge", first.is(201).id()), lamp(&t)).await
            .refused(422, "fields_invalid");
        let urge = format!("/api/v1/tickets/{}/urge", first.id());
        lin.post_once("k", &urge, json!({})).await.refused(422, "idempotency_key_reused");
        assert_eq!(lin.get(&format!("/api/v1/tickets/{}", first.id())).await.json["urges"], 0);
        assert_eq!(tickets(&lin).await, 1);

        // Insisting on another version makes it another request.
        let accept = format!("/api/v1/tickets/{}/accept", first.id());
        let insist = async |tag: &str| {
            let request = mei.request(Method::POST, &accept).header("Idempotency-Key", "a").header("If-Match", tag);
            mei.send(request).await
        };
        insist("\"1\"").await.is(200);
        assert!(is_replay(insist("\"1\"").await.is(200)));
        insist("\"2\"").await.refused(422, "idempotency_key_reused");
    }

    async fn keys_of_different_callers_do_not_meet(t: TestApp) {
        let (lin, chen) = (t.shopper("xiaolin").await, t.shopper("laochen").await);
        let mine = lin.post_once("same", REPAIRS, lamp(&t)).await;
        let theirs = chen.post_once("same", REPAIRS, lamp(&t)).await;
        assert!(!is_replay(theirs.is(201)));
        assert_ne!(theirs.id(), mine.is(201).id());
        assert_eq!((tickets(&lin).await, tickets(&chen).await), (1, 1));
        // The same person on another phone is the same caller.
        let again = t.shopper("xiaolin").await.post_once("same", REPAIRS, lamp(&t)).await;
        assert!(is_replay(again.is(201)));
        assert_eq!(again.id(), mine.id());
    }

    async fn keys_are_short_visible_ascii(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let (longest, too_long) = ("k".repeat(64), "k".repeat(65));
        for key in ["", " ", "two words", "一键", "tab\there", &too_long] {
            lin.post_once(key, REPAIRS, lamp(&t)).await.refused(400, "idempotency_key_malformed");
        }
        assert_eq!(tickets(&lin).await, 0);
        for key in ["!", "~", "0198c0de-0000-7000-8000-000000000001", "\"'<>&;", &longest] {
            lin.post_once(key, REPAIRS, lamp(&t)).await.is(201);
            assert!(is_replay(lin.post_once(key, REPAIRS, lamp(&t)).await.is(201)), "{key}");
        }
        assert_eq!(tickets(&lin).await, 5);
    }

    async fn refusals_are_not_remembered(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        lin.post_once("k", REPAIRS, json!({})).await.refused_field("/description", "field_missing");
        lin.post_once("k", REPAIRS, json!({ "scene": "e=NOSUCHCODE00", "description": "灯不亮" })).await
            .refused(404, "scene_not_found");
        assert!(!is_replay(lin.post_once("k", REPAIRS, lamp(&t)).await.is(201)));
        // Refused for how things stood; now that they stand otherwise, the same request happens.
        let path = format!("/api/v1/tickets/{}", lin.post(REPAIRS, lamp(&t)).await.is(201).id());
        mei.post(&format!("{path}/assign"), json!({ "assignee_id": t.staff_id("wang").await })).await.is(200);
        let (wang, resume) = (t.staff("wang").await, format!("{path}/resume"));
        wang.act(&format!("{path}/start")).await.is(200);
        wang.post_once("a", &resume, json!({})).await.refused(409, "action_not_allowed_now");
        wang.post(&format!("{path}/pause"), json!({ "reason": "waiting_parts" })).await.is(200);
        assert!(!is_replay(wang.post_once("a", &resume, json!({})).await.is(200)));
        assert!(is_replay(wang.post_once("a", &resume, json!({})).await.is(200)));
    }

    async fn fifty_taps_at_once_make_one_ticket(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let answers = join_all((0..50).map(|_| lin.post_once_in_a_crowd("impatient", REPAIRS, lamp(&t)))).await;
        let made: BTreeSet<String> = answers.iter().map(|answer| answer.is(201).id()).collect();
        assert_eq!(made.len(), 1);
        assert_eq!(answers.iter().filter(|answer| !is_replay(answer)).count(), 1);
        assert_eq!(tickets(&lin).await, 1);
        let seen_by_the_desk = t.staff("mei").await;
        assert_eq!(tickets(&seen_by_the_desk).await, 1);
        // Nor did the undone attempts leave anything on it.
        let path = format!("/api/v1/tickets/{}/timeline", made.first().expect("a ticket"));
        assert_eq!(lin.get(&path).await.json["items"].as_array().map(Vec::len), Some(1));
    }

    /// On PostgreSQL: on SQLite the second waits in the writer's queue.
    async fn who_waits_too_long_for_the_first_answer_is_told_so(t: TestApp) {
        if t.backend == Backend::Sqlite {
            return;
        }
        let lin = t.shopper("xiaolin").await;
        let me = lin.get("/api/v1/me").await.is(200).id();
        let first = t.hold(format!(
            "INSERT INTO idempotency_records (caller_id, key, fingerprint, status, body, created_at) \
             VALUES ('{me}', 'tap', '', 201, '{{}}', now())"
        ));
        let first = first.await;
        lin.post_once("tap", REPAIRS, lamp(&t)).await.refused(409, "idempotency_key_in_use");
        assert_eq!(tickets(&lin).await, 0);
        first.undo().await;
        assert!(!is_replay(lin.post_once("tap", REPAIRS, lamp(&t)).await.is(201)));
        assert_eq!(tickets(&lin).await, 1);
    }

    async fn keys_are_forgotten_after_a_day(t: TestApp) {
        let first = t.shopper("xiaolin").await.post_once("k", REPAIRS, lamp(&t)).await.is(201).id();
        t.advance(SignedDuration::from_hours(24) - SignedDuration::from_secs(1)).await;
        let lin = t.shopper("xiaolin").await;
        let replay = lin.post_once("k", REPAIRS, lamp(&t)).await;
        assert!(is_replay(replay.is(201)));
        assert_eq!(replay.id(), first);
        t.advance(SignedDuration::from_hours(1)).await;
        let lin = t.shopper("xiaolin").await;
        let anew = lin.post_once("k", REPAIRS, lamp(&t)).await;
        assert!(!is_replay(anew.is(201)));
        assert_ne!(anew.id(), first);
        assert_eq!(tickets(&lin).await, 2);
    }
}
