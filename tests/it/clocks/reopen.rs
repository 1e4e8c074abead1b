//! It was not done after all.

use serde_json::{Value, json};

use super::{
    act, adds_up, at, at_work, clock, clocks, file, has, override_hours, resolution, secs, segments, shown, standard,
    until,
};
use crate::both;

both! {
    async fn case_17_the_same_clocks_go_on_without_the_time_between(t: TestApp) {
        let ticket = at_work(&t).await;
        act(&t, "mei", &ticket, "reply", json!({ "text": "收到" })).await.is(200);
        until(&t, "11-22 15:00").await;
        act(&t, "wang", &ticket, "resolve", json!({ "result": "好了" })).await.is(200);
        let before = clocks(&t, "mei", &ticket).await;
        until(&t, "11-23 16:00").await;
        act(&t, "lin", &ticket, "reopen", json!({ "reason": "又灭了" })).await.is(200);
        until(&t, "11-23 17:00").await;
        let after = clocks(&t, "mei", &ticket).await;
        assert_eq!(after.len(), before.len(), "no new clock");
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before["id"], after["id"]);
            adds_up(after, &at("11-23 17:00"));
            match after["kind"].as_str().expect("a kind") {
                "resolution" | "dept_resolve" => {
                    has(after, &json!({
                        "state": "running", "episode": 1, "used_seconds": 6 * 3600, "due_at": at("11-24 11:00"),
                        "verdict": "open_in_time",
                    }));
                    let parts = [("open", 18_000, true), ("resolved", 90_000, false), ("open", 3600, true)];
                    assert_eq!(segments(after), parts.map(|(kind, s, counts)| (kind.to_owned(), s, counts)));
                }
                _ => has(after, &json!({ "state": "stopped", "episode": 0, "verdict": "met" })),
            }
        }
        assert_eq!(shown(&t, &ticket).await["due_at"], at("11-24 11:00"));
    }

    async fn case_17_an_old_breach_stays(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-23 11:00").await;
        let done = json!({ "result": "好了", "lateness_reason": "parts" });
        act(&t, "wang", &ticket, "resolve", done.clone()).await.is(200);
        until(&t, "11-23 12:00").await;
        act(&t, "lin", &ticket, "reopen", json!({ "reason": "又灭了" })).await.is(200);
        t.advance(secs(1)).await;
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "state": "running", "breached_at": at("11-23 10:00"), "due_at": null, "verdict": "open_late",
            "used_seconds": 25 * 3600 + 1,
        }));
        has(&shown(&t, &ticket).await, &json!({ "overdue": true, "due_at": at("11-23 10:00") }));
        let again = act(&t, "wang", &ticket, "resolve", json!({ "result": "好了" })).await;
        again.refused_field("/lateness_reason", "lateness_reason_needed");
    }

    async fn case_17_and_25_a_calendar_that_changed_meanwhile_counts(t: TestApp) {
        standard(&t, json!({ "promises": [resolution(14, "open_hours")] })).await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 14:00").await;
        act(&t, "wang", &ticket, "resolve", json!({ "result": "好了" })).await.is(200);
        override_hours(&t, json!({ "2026-11-23": [] })).await;
        until(&t, "11-22 16:00").await;
        act(&t, "lin", &ticket, "reopen", json!({ "reason": "又灭了" })).await.is(200);
        // Ten hours are left: six today, none tomorrow.
        let goes = clock(&t, &ticket, "resolution").await;
        has(&goes, &json!({ "used_seconds": 4 * 3600, "due_at": at("11-24 14:00") }));
        assert_eq!(goes["calendar"]["version"], 2);
        assert_eq!(shown(&t, &ticket).await["due_at"], at("11-24 14:00"));
    }

    async fn case_18_after_a_week_it_is_another_matter(t: TestApp) {
        let ticket = at_work(&t).await;
        act(&t, "wang", &ticket, "resolve", json!({ "result": "好了" })).await.is(200);
        until(&t, "11-29 10:00:01").await;
        let before = clocks(&t, "mei", &ticket).await;
        let late = act(&t, "lin", &ticket, "reopen", json!({ "reason": "又灭了" })).await;
        late.refused(422, "reopen_too_late");
        assert_eq!(clocks(&t, "mei", &ticket).await, before);
        // The same thing reported anew is linked to it, and has promises of its own.
        let anew = file(&t).await;
        let related = t.staff("mei").await.get(&format!("{anew}/related")).await;
        let again = &related.is(200).json["repeats"][0];
        assert_eq!((&again["kind"], &again["because"]), (&json!("rework"), &json!("same_equipment")));
        assert!(ticket.ends_with(again["earlier"]["id"].as_str().expect("an id")), "{again} is not {ticket}");
        has(&clock(&t, &anew, "resolution").await, &json!({ "started_at": at("11-29 10:00:01"), "used_seconds": 0 }));
    }

    async fn case_19_requester_and_desk_reopen_with_a_reason_and_nobody_else(t: TestApp) {
        let ticket = at_work(&t).await;
        act(&t, "wang", &ticket, "resolve", json!({ "result": "好了" })).await.is(200);
        let reason = json!({ "reason": "又灭了" });
        act(&t, "wang", &ticket, "reopen", reason.clone()).await.refused(403, "action_not_yours");
        act(&t, "hua", &ticket, "reopen", reason.clone()).await.refused(404, "ticket_not_found");
        for who in ["lin", "mei", "li"] {
            act(&t, who, &ticket, "reopen", json!({})).await.refused_field("/reason", "field_missing");
            act(&t, who, &ticket, "reopen", json!({ "reason": " " })).await.refused_field("/reason", "text_blank");
            assert_eq!(clock(&t, &ticket, "resolution").await["state"], "stopped");
            act(&t, who, &ticket, "reopen", reason.clone()).await.is(200);
            assert_eq!(clock(&t, &ticket, "resolution").await["state"], "running");
            act(&t, "wang", &ticket, "resolve", json!({ "result": "好了" })).await.is(200);
        }
        has(&clock(&t, &ticket, "resolution").await, &json!({ "episode": 3, "breached_at": Value::Null }));
    }
}
