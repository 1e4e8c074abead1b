//! What answers a requester, and what does not.

use serde_json::json;

use super::{act, adds_up, at, at_work, clock, file, has, may_wait, mins, segments, standard, until};
use crate::both;

both! {
    async fn case_03_neither_note_nor_assignment_nor_pause_nor_the_requester_answers(t: TestApp) {
        let ticket = file(&t).await;
        let wang = t.staff_id("wang").await;
        let steps = [
            ("mei", "note", json!({ "text": "客人脾气大" })),
            ("mei", "assign", json!({ "department_id": t.department("engineering").await })),
            ("wang", "grab", json!({})),
            ("mei", "assign", json!({ "assignee_id": wang })),
            ("lin", "reply", json!({ "text": "有人吗" })),
            ("lin", "urge", json!({})),
            ("hua", "follow", json!({})),
            ("wang", "start", json!({})),
            ("wang", "pause", json!({ "reason": "weather" })),
            ("wang", "resume", json!({})),
            ("mei", "regrade", json!({ "severity": "major", "reason": "人多" })),
        ];
        for (who, action, body) in steps {
            t.advance(mins(5)).await;
            act(&t, who, &ticket, action, body).await.is(200);
            let running = json!({ "state": "running", "due_at": at("11-22 12:00"), "verdict": "open_in_time" });
            has(&clock(&t, &ticket, "first_response").await, &running);
        }
        t.advance(mins(5)).await;
        act(&t, "wang", &ticket, "reply", json!({ "text": "马上到" })).await.is(200);
        let met = json!({ "state": "stopped", "used_seconds": 3600, "due_at": null, "verdict": "met" });
        has(&clock(&t, &ticket, "first_response").await, &met);
    }

    async fn case_03_an_accept_answers(t: TestApp) {
        let ticket = file(&t).await;
        until(&t, "11-22 10:07").await;
        act(&t, "mei", &ticket, "accept", json!({})).await.is(200);
        until(&t, "11-22 11:00").await;
        let first = clock(&t, &ticket, "first_response").await;
        has(&first, &json!({ "state": "stopped", "used_seconds": 420, "verdict": "met" }));
        assert_eq!(segments(&first), [("open".to_owned(), 420, true), ("resolved".to_owned(), 53 * 60, false)]);
        adds_up(&first, &at("11-22 11:00"));
    }

    async fn case_03_a_resolution_without_an_answer_answers_at_that_instant(t: TestApp) {
        let (in_time, late) = (at_work(&t).await, at_work(&t).await);
        until(&t, "11-22 10:30").await;
        act(&t, "wang", &in_time, "resolve", json!({ "result": "好了" })).await.is(200);
        has(&clock(&t, &in_time, "first_response").await, &json!({ "used_seconds": 1800, "verdict": "met" }));
        until(&t, "11-22 13:00").await;
        // Only a late resolution asks for a reason: this one is in time, if not the answer.
        act(&t, "wang", &late, "resolve", json!({ "result": "好了" })).await.is(200);
        has(&clock(&t, &late, "first_response").await, &json!({
            "state": "stopped", "used_seconds": 10_800, "verdict": "late", "breached_at": at("11-22 12:00"),
        }));
        has(&clock(&t, &late, "resolution").await, &json!({ "used_seconds": 10_800, "verdict": "met" }));
    }

    async fn case_04_of_several_answers_the_earliest_counts(t: TestApp) {
        let ticket = file(&t).await;
        until(&t, "11-22 10:10").await;
        act(&t, "mei", &ticket, "reply", json!({ "text": "收到" })).await.is(200);
        let first = clock(&t, &ticket, "first_response").await;
        for (who, action, body) in [
            ("mei", "accept", json!({})),
            ("li", "reply", json!({ "text": "我也看到了" })),
            ("mei", "resolve", json!({ "result": "已答复" })),
        ] {
            act(&t, who, &ticket, action, body).await.is(200);
            assert_eq!(clock(&t, &ticket, "first_response").await, first, "after {action}");
            t.advance(mins(0)).await;
        }
    }

    async fn case_05_an_answer_and_a_pause_at_one_instant(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-22 10:30").await;
        act(&t, "wang", &ticket, "reply", json!({ "text": "等配件" })).await.is(200);
        act(&t, "wang", &ticket, "pause", json!({ "reason": "waiting_parts" })).await.is(200);
        has(&clock(&t, &ticket, "first_response").await, &json!({ "state": "stopped", "used_seconds": 1800 }));
        until(&t, "11-22 15:00").await;
        has(&clock(&t, &ticket, "first_response").await, &json!({ "verdict": "met", "breached_at": null }));
        has(&clock(&t, &ticket, "resolution").await, &json!({ "state": "paused", "used_seconds": 1800 }));
    }

    async fn case_05_a_pause_before_the_answer_does_not_hold_it_up(t: TestApp) {
        standard(&t, json!({
            "promises": [
                { "clock": "first_response", "seconds": 3600, "calendar": "wall_clock" },
                { "clock": "resolution", "seconds": 7200, "calendar": "wall_clock" },
            ],
            "pausable": true, "pauses": [may_wait("weather", 86_400, 1)],
        })).await;
        let ticket = at_work(&t).await;
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
        until(&t, "11-22 14:00").await;
        act(&t, "wang", &ticket, "reply", json!({ "text": "等雨停" })).await.is(200);
        has(&clock(&t, &ticket, "first_response").await, &json!({
            "verdict": "late", "breached_at": at("11-22 11:00"), "used_seconds": 4 * 3600,
        }));
        has(&clock(&t, &ticket, "resolution").await, &json!({ "state": "paused", "used_seconds": 0 }));
    }
}
