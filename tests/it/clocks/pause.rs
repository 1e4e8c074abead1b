//! What waiting does to promises, and what it does not.

use serde_json::{Value, json};

use super::{
    act, adds_up, at, at_work, category, clock, clocks, file, has, may_wait, mins, newest, resolution, segments, shown,
    sign_in, standard, until,
};
use crate::both;
use crate::support::path;

both! {
    async fn case_06_a_pause_stops_what_measures_work_and_nothing_else(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-22 11:00").await;
        act(&t, "wang", &ticket, "pause", json!({ "reason": "waiting_parts" })).await.is(200);
        until(&t, "11-22 11:30").await;
        let clocks = clocks(&t, "mei", &ticket).await;
        let stands = |kind: &str| newest(&clocks, kind);
        has(&stands("first_response"), &json!({
            "state": "running", "used_seconds": 5400, "due_at": at("11-22 12:00"),
        }));
        has(&stands("dept_accept"), &json!({ "state": "stopped", "verdict": "met" }));
        for kind in ["resolution", "dept_resolve"] {
            let waits = stands(kind);
            has(&waits, &json!({
                "state": "paused", "used_seconds": 3600, "remaining_seconds": 23 * 3600, "due_at": null,
                "verdict": "open_in_time",
            }));
            assert_eq!(segments(&waits), [("open".to_owned(), 3600, true), ("paused".to_owned(), 1800, false)]);
            has(&waits["segments"][1], &json!({ "reasons": ["waiting_parts"], "by": "王师傅" }));
            adds_up(&waits, &at("11-22 11:30"));
        }
        assert_eq!(shown(&t, &ticket).await["due_at"], at("11-22 12:00"), "the answer is still owed");
    }

    async fn case_06_what_is_dangerous_or_major_never_waits(t: TestApp) {
        let loose = category(&t, "lighting-loose").await;
        let body = json!({ "scene": t.scenes().lamp, "description": "灯要掉了", "category_id": loose });
        let dangerous = path(&sign_in(&t, "lin").await.post("/api/v1/repairs", body).await);
        let wang = t.staff_id("wang").await;
        act(&t, "mei", &dangerous, "assign", json!({ "assignee_id": wang })).await.is(200);
        act(&t, "wang", &dangerous, "start", json!({})).await.is(200);
        let major = at_work(&t).await;
        act(&t, "mei", &major, "regrade", json!({ "severity": "major", "reason": "人多" })).await.is(200);
        for ticket in [&dangerous, &major] {
            for who in ["wang", "mei", "li", "admin"] {
                let wait = json!({ "reason": "waiting_parts" });
                act(&t, who, ticket, "pause", wait).await.refused(422, "pause_major");
            }
            has(&clock(&t, ticket, "resolution").await, &json!({ "state": "running" }));
        }
        // Nor does what waits become major: the wait would have to be forgotten.
        let waits = at_work(&t).await;
        act(&t, "wang", &waits, "pause", json!({ "reason": "weather" })).await.is(200);
        let regrade = json!({ "severity": "major", "reason": "人多" });
        act(&t, "mei", &waits, "regrade", regrade).await.refused(422, "regrade_while_paused");
    }

    async fn case_08_a_pause_outside_hours_costs_and_gains_nothing(t: TestApp) {
        standard(&t, json!({
            "promises": [resolution(14, "open_hours")], "pausable": true, "pauses": [may_wait("weather", 86_400, 2)],
        })).await;
        let (waits, works) = (at_work(&t).await, at_work(&t).await);
        until(&t, "11-22 22:30").await;
        act(&t, "wang", &waits, "pause", json!({ "reason": "weather" })).await.is(200);
        until(&t, "11-23 09:30").await;
        act(&t, "wang", &waits, "resume", json!({})).await.is(200);
        let one = json!({ "used_seconds": 12 * 3600, "due_at": at("11-23 12:00"), "state": "running" });
        for ticket in [&waits, &works] {
            has(&clock(&t, ticket, "resolution").await, &one);
            assert_eq!(shown(&t, ticket).await["due_at"], at("11-23 12:00"));
        }
    }

    async fn case_10_a_pause_cannot_be_dated_back(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-22 11:00").await;
        let before = shown(&t, &ticket).await;
        for field in ["at", "from", "since", "started_at", "paused_at"] {
            let mut body = json!({ "reason": "weather" });
            body[field] = at("11-22 10:30");
            act(&t, "wang", &ticket, "pause", body).await.refused_field(&format!("/{field}"), "field_unknown");
        }
        for past in ["11-22 10:30", "11-22 11:00"] {
            let body = json!({ "reason": "weather", "until": at(past) });
            act(&t, "wang", &ticket, "pause", body).await.refused_field("/until", "pause_until_past");
        }
        assert_eq!(shown(&t, &ticket).await, before);
        has(&clock(&t, &ticket, "resolution").await, &json!({ "state": "running", "used_seconds": 3600 }));
    }

    async fn case_11_work_that_goes_on_has_what_it_had_left(t: TestApp) {
        let ticket = at_work(&t).await;
        act(&t, "mei", &ticket, "reply", json!({ "text": "收到" })).await.is(200);
        until(&t, "11-22 12:00").await;
        act(&t, "wang", &ticket, "pause", json!({ "reason": "waiting_parts" })).await.is(200);
        assert_eq!(shown(&t, &ticket).await["due_at"], Value::Null, "nothing runs");
        until(&t, "11-23 15:00").await;
        act(&t, "wang", &ticket, "resume", json!({})).await.is(200);
        for kind in ["resolution", "dept_resolve"] {
            has(&clock(&t, &ticket, kind).await, &json!({
                "state": "running", "used_seconds": 7200, "due_at": at("11-24 13:00"), "breached_at": null,
            }));
        }
        assert_eq!(shown(&t, &ticket).await["due_at"], at("11-24 13:00"));
    }

    async fn case_11_every_way_on_ends_the_wait(t: TestApp) {
        let zhao = t.staff_id("zhao").await;
        let security = t.department("security").await;
        let ways = [
            ("wang", "resume", json!({})),
            ("mei", "assign", json!({ "assignee_id": zhao })),
            ("wang", "transfer", json!({ "reason": "先封控", "department_id": security })),
            ("wang", "return", json!({ "reason": "要请厂家" })),
        ];
        for (who, action, body) in ways {
            let ticket = at_work(&t).await;
            act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
            t.advance(mins(10)).await;
            act(&t, who, &ticket, action, body).await.is(200);
            t.advance(mins(1)).await;
            let goes = clock(&t, &ticket, "resolution").await;
            assert_eq!((&goes["state"], &goes["used_seconds"]), (&json!("running"), &json!(60)), "after {action}");
            let stands = shown(&t, &ticket).await;
            assert_eq!((&stands["pause_ends_at"], &stands["pause_reason"]), (&Value::Null, &Value::Null), "{action}");
        }
    }

    async fn case_12_an_appointment_waits_until_its_window_opens(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-22 11:00").await;
        let without = act(&t, "wang", &ticket, "pause", json!({ "reason": "appointment" })).await;
        without.refused_field("/until", "pause_until_needed");
        let opens = at("11-24 14:30");
        let body = json!({ "reason": "appointment", "until": opens });
        let waits = act(&t, "wang", &ticket, "pause", body).await;
        has(&waits.is(200).json, &json!({ "pause_ends_at": opens, "pause_reason": "appointment" }));
        until(&t, "11-24 14:29:59").await;
        assert_eq!(shown(&t, &ticket).await["status"], "paused");
        until(&t, "11-24 14:30").await;
        has(&shown(&t, &ticket).await, &json!({ "status": "in_progress", "pause_ends_at": null }));
        let goes = json!({ "state": "running", "used_seconds": 3600, "due_at": at("11-25 13:30") });
        has(&clock(&t, &ticket, "resolution").await, &goes);
    }

    async fn case_16_resolved_while_it_waited_and_reopened_it_runs(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-22 12:00").await;
        let body = json!({ "reason": "weather", "until": at("11-22 20:00") });
        act(&t, "wang", &ticket, "pause", body).await.is(200);
        until(&t, "11-22 13:00").await;
        act(&t, "wang", &ticket, "resolve", json!({ "result": "好了" })).await.is(200);
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "state": "stopped", "used_seconds": 7200, "verdict": "met",
        }));
        until(&t, "11-22 14:00").await;
        act(&t, "lin", &ticket, "reopen", json!({ "reason": "又灭了" })).await.is(200);
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "state": "running", "used_seconds": 7200, "episode": 1, "due_at": at("11-23 12:00"),
        }));
        // The end of the wait that was cut short finds nothing to end.
        let version = shown(&t, &ticket).await["version"].clone();
        until(&t, "11-22 20:00:01").await;
        assert_eq!(shown(&t, &ticket).await["version"], version);
        let line = clock(&t, &ticket, "resolution").await;
        let parts = [("open", 7200, true), ("paused", 3600, false), ("resolved", 3600, false), ("open", 21_601, true)];
        assert_eq!(segments(&line), parts.map(|(kind, seconds, counts)| (kind.to_owned(), seconds, counts)));
        adds_up(&line, &at("11-22 20:00:01"));
    }

    async fn a_matter_without_a_standard_waits_as_long_as_it_likes(t: TestApp) {
        standard(&t, json!({ "no_standard": true })).await;
        let ticket = at_work(&t).await;
        assert_eq!(clocks(&t, "mei", &ticket).await, [Value::Null; 0]);
        assert_eq!(shown(&t, &ticket).await["due_at"], Value::Null);
        let paused = act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await;
        assert_eq!(paused.is(200).json["pause_ends_at"], Value::Null);
        let other = file(&t).await;
        act(&t, "mei", &other, "accept", json!({})).await.is(200);
        act(&t, "mei", &other, "resolve", json!({ "result": "好了" })).await.is(200);
    }
}
