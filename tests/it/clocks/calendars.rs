//! A calendar that changes under clocks that run on it.

use serde_json::{Value, json};
use yijian::jobs::service as jobs;

use super::{
    act, adds_up, at, at_work, clock, file, has, may_wait, opening_hours, override_hours, resolution, secs, segments,
    shown, sign_in, standard, until, unwatched_until,
};
use crate::both;
use crate::support::TestApp;

/// Repairs done within fourteen open hours: two of them tomorrow.
async fn fourteen_hours(t: &TestApp) {
    standard(
        t,
        json!({
            "promises": [resolution(14, "open_hours")], "pausable": true, "pauses": [may_wait("weather", 360_000, 1)],
        }),
    )
    .await;
}

both! {
    async fn case_25_a_day_off_ahead_moves_deadlines_by_a_job_and_nothing_that_was_used(t: TestApp) {
        fourteen_hours(&t).await;
        let (ticket, soon) = (at_work(&t).await, file(&t).await);
        until(&t, "11-22 12:00").await;
        assert_eq!(clock(&t, &ticket, "resolution").await["due_at"], at("11-23 12:00"));
        override_hours(&t, json!({ "2026-11-23": [] })).await;
        // Written, and not yet done.
        let before = clock(&t, &ticket, "resolution").await;
        assert_eq!(before["calendar"], json!({ "id": opening_hours(&t).await["id"], "version": 1 }));
        assert_eq!(before["due_at"], at("11-23 12:00"));
        let version = shown(&t, &ticket).await["version"].clone();
        t.advance(secs(0)).await;
        let after = clock(&t, &ticket, "resolution").await;
        has(&after, &json!({
            "due_at": at("11-24 12:00"), "used_seconds": 7200,
            "calendar": { "id": before["calendar"]["id"], "version": 2 },
            "started_at": before["started_at"], "target_seconds": 50_400, "state": "running", "breached_at": null,
        }));
        // Nothing that people did to the ticket.
        has(&shown(&t, &ticket).await, &json!({ "due_at": at("11-24 12:00"), "version": version }));
        has(&clock(&t, &soon, "resolution").await, &json!({ "due_at": at("11-24 12:00") }));
        until(&t, "11-24 12:00").await;
        let line = clock(&t, &ticket, "resolution").await;
        has(&line, &json!({ "verdict": "open_in_time", "used_seconds": 50_400 }));
        adds_up(&line, &at("11-24 12:00"));
        until(&t, "11-24 12:00:01").await;
        has(&clock(&t, &ticket, "resolution").await, &json!({ "breached_at": at("11-24 12:00") }));
    }

    async fn case_25_a_calendar_that_ends_before_its_promises_is_refused(t: TestApp) {
        fourteen_hours(&t).await;
        let ticket = at_work(&t).await;
        let calendar = opening_hours(&t).await;
        let path = format!("/api/v1/calendars/{}", calendar["id"].as_str().expect("an id"));
        let li = sign_in(&t, "li").await;
        let mut spec = calendar["spec"].clone();
        (spec["weekly"], spec["overrides"]) = (json!({}), json!({ "2026-11-23": [{ "open": "10:00", "close": "10:30" }] }));
        li.put(&path, json!({ "spec": spec })).await.refused_field("/spec", "calendar_never_opens");
        has(&clock(&t, &ticket, "resolution").await, &json!({ "due_at": at("11-23 12:00") }));
        file(&t).await;
    }

    async fn case_25_a_change_past_the_deadline_moves_nothing(t: TestApp) {
        fourteen_hours(&t).await;
        let ticket = at_work(&t).await;
        override_hours(&t, json!({ "2026-11-24": [], "2026-12-31": [{ "open": "10:00", "close": "12:00" }] })).await;
        t.advance(secs(1)).await;
        has(&clock(&t, &ticket, "resolution").await, &json!({ "due_at": at("11-23 12:00"), "used_seconds": 1 }));
    }

    async fn case_25_hours_that_are_past_stay_as_they_were_counted(t: TestApp) {
        fourteen_hours(&t).await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 16:00").await;
        // Somebody notes down too late that it had been closed from eleven to three.
        let closed = json!([{ "open": "10:00", "close": "11:00" }, { "open": "15:00", "close": "22:00" }]);
        override_hours(&t, json!({ "2026-11-22": closed })).await;
        t.advance(secs(0)).await;
        let counted = clock(&t, &ticket, "resolution").await;
        has(&counted, &json!({ "used_seconds": 6 * 3600, "due_at": at("11-23 12:00") }));
        until(&t, "11-22 18:00").await;
        let counted = clock(&t, &ticket, "resolution").await;
        assert_eq!(counted["used_seconds"], 8 * 3600);
        let parts = [("open", 6 * 3600, true), ("override", 2 * 3600, true)];
        assert_eq!(segments(&counted), parts.map(|(kind, seconds, counts)| (kind.to_owned(), seconds, counts)));
        adds_up(&counted, &at("11-22 18:00"));
    }

    async fn case_25_a_breach_stays_although_the_day_was_off_after_all(t: TestApp) {
        let ticket = file(&t).await;
        until(&t, "11-22 12:30").await;
        override_hours(&t, json!({ "2026-11-22": [] })).await;
        t.advance(secs(60)).await;
        let first = clock(&t, &ticket, "first_response").await;
        has(&first, &json!({ "breached_at": at("11-22 12:00"), "due_at": at("11-22 12:00"), "verdict": "open_late" }));
        // It may be excused.
        let body = json!({ "clock_id": first["id"], "reason": "台风，商场停业" });
        act(&t, "li", &ticket, "excuse", body).await.is(200);
        assert_eq!(clock(&t, &ticket, "first_response").await["verdict"], "excused");
    }

    async fn case_25_a_deadline_nobody_noticed_yet_is_missed_all_the_same(t: TestApp) {
        let ticket = file(&t).await;
        unwatched_until(&t, "11-22 12:30");
        override_hours(&t, json!({ "2026-11-22": [] })).await;
        jobs::run_due(&t.app).await.expect("jobs run");
        has(&clock(&t, &ticket, "first_response").await, &json!({
            "breached_at": at("11-22 12:00"), "used_seconds": 9000,
        }));
    }

    async fn case_25_what_waits_goes_on_with_the_new_calendar(t: TestApp) {
        fourteen_hours(&t).await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 12:00").await;
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
        override_hours(&t, json!({ "2026-11-23": [] })).await;
        until(&t, "11-22 14:00").await;
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "state": "paused", "due_at": null, "used_seconds": 7200,
        }));
        act(&t, "wang", &ticket, "resume", json!({})).await.is(200);
        assert_eq!(clock(&t, &ticket, "resolution").await["due_at"], at("11-24 14:00"));
    }

    async fn case_25_of_several_changes_the_last_counts(t: TestApp) {
        fourteen_hours(&t).await;
        let ticket = at_work(&t).await;
        for overrides in [json!({ "2026-11-23": [] }), json!({}), json!({ "2026-11-23": [], "2026-11-24": [] })] {
            override_hours(&t, overrides).await;
        }
        t.advance(secs(0)).await;
        let after = clock(&t, &ticket, "resolution").await;
        assert_eq!((&after["due_at"], &after["calendar"]["version"]), (&at("11-25 12:00"), &json!(4)));
    }

    /// Another process may not have noticed a change when it opens a ticket; it must not be forgotten for that.
    async fn case_25_a_ticket_opened_by_who_had_not_noticed_yet_moves_too(t: TestApp) {
        fourteen_hours(&t).await;
        if t.backend == crate::support::Backend::Sqlite {
            return;
        }
        let other = t.second();
        let lin = sign_in(&t, "lin").await;
        let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮" });
        let at_other = |token: Option<String>| crate::support::Client::new(other.address, token);
        // It remembers the calendar as it was.
        at_other(lin.token.clone()).post("/api/v1/repairs", body.clone()).await.is(201);
        override_hours(&t, json!({ "2026-11-23": [] })).await;
        t.advance(secs(0)).await;
        let filed = at_other(lin.token.clone()).post("/api/v1/repairs", body).await;
        let ticket = crate::support::path(&filed);
        t.advance(secs(60)).await;
        let due: Value = clock(&t, &ticket, "resolution").await["due_at"].clone();
        assert_eq!(due, at("11-24 12:00"));
    }
}
