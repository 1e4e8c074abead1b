//! When a promise begins.

use serde_json::{Value, json};

use super::{adds_up, at, clock, clocks, file, has, secs, segments, shown, sign_in, until, unwatched_until};
use crate::both;
use crate::support::{Reply, TestApp, path, timeline};

/// A call that the desk writes down now.
async fn call(t: &TestApp, received_at: Value, received_reason: Value) -> Reply {
    let mut caller = json!({ "channel": "phone", "name": "王先生" });
    if !received_at.is_null() {
        caller["received_at"] = received_at;
    }
    if !received_reason.is_null() {
        caller["received_reason"] = received_reason;
    }
    let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮", "on_behalf_of": caller });
    sign_in(t, "mei").await.post("/api/v1/repairs", body).await
}

both! {
    async fn case_01_a_promise_runs_from_the_receipt(t: TestApp) {
        let ticket = file(&t).await;
        let now = at("11-22 10:00");
        let filed = shown(&t, &ticket).await;
        has(&filed, &json!({ "received_at": now, "created_at": now, "due_at": at("11-22 12:00"), "overdue": false }));
        let clocks = clocks(&t, "mei", &ticket).await;
        let kinds: Vec<&Value> = clocks.iter().map(|clock| &clock["kind"]).collect();
        assert_eq!(kinds, ["first_response", "resolution"], "no department has it");
        has(&clocks[0], &json!({
            "state": "running", "started_at": now, "target_seconds": 7200, "used_seconds": 0,
            "remaining_seconds": 7200, "due_at": at("11-22 12:00"), "provisional": false, "breached_at": null,
            "breach_cause": null, "detected_at": null, "excused": false, "excuse": null, "verdict": "open_in_time",
            "episode": 0, "segments": [], "alerts": [], "department_id": null,
        }));
        assert_eq!(clocks[0]["calendar"]["version"], 1);
        has(&clocks[1], &json!({ "due_at": at("11-23 10:00"), "target_seconds": 86_400, "calendar": null }));
    }

    async fn case_01_staff_put_the_receipt_of_a_call_back_and_say_why(t: TestApp) {
        until(&t, "11-22 13:00").await;
        let (then, why) = (at("11-22 12:30"), json!("系统登录不上"));
        let filed = call(&t, then.clone(), why).await;
        has(&filed.is(201).json, &json!({
            "received_at": then, "created_at": at("11-22 13:00"), "due_at": at("11-22 14:30"),
        }));
        let ticket = path(&filed);
        let first = clock(&t, &ticket, "first_response").await;
        has(&first, &json!({ "started_at": then, "used_seconds": 1800, "due_at": at("11-22 14:30") }));
        adds_up(&first, &at("11-22 13:00"));
        assert_eq!(timeline(&sign_in(&t, "mei").await, &ticket).await[0]["reason"], "系统登录不上");
        // Without, it is the moment of writing.
        assert_eq!(call(&t, Value::Null, Value::Null).await.is(201).json["received_at"], at("11-22 13:00"));
    }

    async fn case_01_never_forward_never_more_than_a_day_and_never_without_a_reason(t: TestApp) {
        until(&t, "11-23 13:00").await;
        let why = json!("系统登录不上");
        let received = "/on_behalf_of/received_at";
        call(&t, at("11-23 13:00:01"), why.clone()).await.refused_field(received, "received_in_future");
        call(&t, at("11-22 12:59:59"), why.clone()).await.refused_field(received, "received_too_long_ago");
        call(&t, Value::Null, why.clone()).await.refused_field(received, "field_missing");
        let without = call(&t, at("11-23 12:00"), Value::Null).await;
        without.refused_field("/on_behalf_of/received_reason", "received_reason_needed");
        let blank = call(&t, at("11-23 12:00"), json!(" ")).await;
        blank.refused_field("/on_behalf_of/received_reason", "text_blank");
        let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮",
            "on_behalf_of": { "channel": "phone", "received_at": at("11-23 12:00"), "received_reason": "晚了" } });
        sign_in(&t, "lin").await.post("/api/v1/repairs", body).await.refused(403, "on_behalf_not_yours");
        call(&t, at("11-23 13:00"), why.clone()).await.is(201);
        // A whole day back, the answer was due long before anybody wrote it down.
        let ticket = path(&call(&t, at("11-22 13:00"), why).await);
        t.advance(secs(0)).await;
        let first = clock(&t, &ticket, "first_response").await;
        has(&first, &json!({ "breached_at": at("11-22 15:00"), "detected_at": at("11-23 13:00") }));
        assert_eq!(clock(&t, &ticket, "resolution").await["due_at"], at("11-23 13:00"));
    }

    async fn case_02_before_opening_a_clock_runs_and_uses_nothing(t: TestApp) {
        until(&t, "11-23 08:00").await;
        let ticket = file(&t).await;
        unwatched_until(&t, "11-23 09:59");
        let first = clock(&t, &ticket, "first_response").await;
        has(&first, &json!({
            "state": "running", "used_seconds": 0, "remaining_seconds": 7200, "due_at": at("11-23 12:00"),
        }));
        assert_eq!(segments(&first), [("closed".to_owned(), 7140, false)]);
        until(&t, "11-23 10:30").await;
        let first = clock(&t, &ticket, "first_response").await;
        assert_eq!(segments(&first), [("closed".to_owned(), 7200, false), ("open".to_owned(), 1800, true)]);
        adds_up(&first, &at("11-23 10:30"));
        // The wall clock knows no opening.
        assert_eq!(clock(&t, &ticket, "resolution").await["used_seconds"], 9000);
    }
}
