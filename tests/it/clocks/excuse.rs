//! A missed promise that was no fault of the desk.

use serde_json::{Value, json};

use super::{act, at, at_work, audit, clock, clocks, has, newest, secs, shown, sign_in, until, unwatched_until};
use crate::both;
use crate::support::timeline;

const NOBODY: &str = "0198c0de-0000-7000-8000-000000000009";

fn because(clock: &Value) -> Value {
    json!({ "clock_id": clock["id"], "reason": "台风，商场停业" })
}

both! {
    async fn an_excused_breach_stays_marked_and_asks_for_no_reason_any_more(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-23 12:00").await;
        let late = clock(&t, &ticket, "resolution").await;
        let version = shown(&t, &ticket).await["version"].as_i64().expect("a version");
        let reply = act(&t, "li", &ticket, "excuse", because(&late)).await;
        assert_eq!(reply.is(200).json["version"], version + 1);
        let excused = clock(&t, &ticket, "resolution").await;
        has(&excused, &json!({
            "excused": true, "excuse": "台风，商场停业", "verdict": "excused", "breached_at": at("11-23 10:00"),
            "breach_cause": "deadline", "detected_at": late["detected_at"], "state": "running",
            "used_seconds": late["used_seconds"],
        }));
        for kind in ["first_response", "dept_resolve"] {
            assert_eq!(clock(&t, &ticket, kind).await["verdict"], "open_late", "another clock");
        }
        let line = timeline(&sign_in(&t, "mei").await, &ticket).await.pop().expect("a line");
        has(&line, &json!({
            "action": "excuse", "reason": "台风，商场停业", "is_public": false, "detail": { "clock": "resolution" },
        }));
        assert_eq!(line["actor"]["name"], "李主管");
        let seen = timeline(&sign_in(&t, "lin").await, &ticket).await;
        assert!(seen.iter().all(|line| line["action"] != "excuse"), "among staff");
        let resolved = act(&t, "wang", &ticket, "resolve", json!({ "result": "好了", "lateness_reason": "parts" })).await;
        assert_eq!(resolved.is(200).json["lateness_reason"], Value::Null, "it counts as no lateness");
        until(&t, "11-24 12:00").await;
        has(&clock(&t, &ticket, "resolution").await, &json!({ "verdict": "excused", "state": "stopped" }));
    }

    async fn an_excuse_is_none_for_what_comes_after_it_was_opened_again(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-23 12:00").await;
        let late = clock(&t, &ticket, "resolution").await;
        act(&t, "li", &ticket, "excuse", because(&late)).await.is(200);
        act(&t, "wang", &ticket, "resolve", json!({ "result": "好了" })).await.is(200);
        act(&t, "lin", &ticket, "reopen", json!({ "reason": "又灭了" })).await.is(200);
        until(&t, "11-25 12:00").await;
        let without = act(&t, "wang", &ticket, "resolve", json!({ "result": "好了" })).await;
        without.refused_field("/lateness_reason", "lateness_reason_needed");
        let resolved = act(&t, "wang", &ticket, "resolve", json!({ "result": "好了", "lateness_reason": "parts" })).await;
        assert_eq!(resolved.is(200).json["lateness_reason"], "parts");
    }

    async fn only_who_leads_there_excuses_and_only_what_is_late(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-22 13:00").await;
        let all = clocks(&t, "mei", &ticket).await;
        let (late, in_time) = (newest(&all, "first_response"), newest(&all, "resolution"));
        for who in ["mei", "wang"] {
            act(&t, who, &ticket, "excuse", because(&late)).await.refused(403, "role_lead_needed");
        }
        let outsider = act(&t, "lin", &ticket, "excuse", because(&late)).await;
        assert_eq!(outsider.status, 403, "{}", outsider.json);
        let elsewhere = format!("/api/v1/tickets/{NOBODY}");
        act(&t, "li", &elsewhere, "excuse", because(&late)).await.refused(404, "ticket_not_found");
        let other = at_work(&t).await;
        act(&t, "li", &other, "excuse", because(&late)).await.refused(404, "clock_not_found");
        act(&t, "li", &ticket, "excuse", because(&json!({ "id": NOBODY }))).await.refused(404, "clock_not_found");
        act(&t, "li", &ticket, "excuse", because(&in_time)).await.refused(409, "clock_not_breached");
        let unsaid = json!({ "clock_id": late["id"] });
        act(&t, "li", &ticket, "excuse", unsaid).await.refused_field("/reason", "field_missing");
        let blank = json!({ "clock_id": late["id"], "reason": " " });
        act(&t, "li", &ticket, "excuse", blank).await.refused_field("/reason", "text_blank");
        assert_eq!(clock(&t, &ticket, "first_response").await["verdict"], "open_late");
        act(&t, "admin", &ticket, "excuse", because(&late)).await.is(200);
        act(&t, "li", &ticket, "excuse", because(&late)).await.refused(409, "clock_already_excused");
    }

    async fn a_breach_that_nobody_noticed_yet_is_excused_and_stored(t: TestApp) {
        let ticket = at_work(&t).await;
        unwatched_until(&t, "11-22 13:00");
        let late = clock(&t, &ticket, "first_response").await;
        assert_eq!(late["detected_at"], Value::Null);
        act(&t, "li", &ticket, "excuse", because(&late)).await.is(200);
        t.advance(secs(1)).await;
        has(&clock(&t, &ticket, "first_response").await, &json!({
            "breached_at": at("11-22 12:00"), "detected_at": at("11-22 13:00"), "verdict": "excused",
        }));
        // Excused it is over for the desk, not for who waits: the answer is still owed.
        assert_eq!(shown(&t, &ticket).await["overdue"], true);
        assert_eq!(audit::differences(&t).await, [""; 0]);
    }
}
