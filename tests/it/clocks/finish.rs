//! In time or late, and how a promise ends.

use diesel::prelude::*;
use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::clocks::model::EventKind;
use yijian::db::schema::clock_events;

use super::{
    act, at, at_work, clock, clocks, file, has, may_wait, resolution, secs, shown, sign_in, standard, until,
    unwatched_until,
};
use crate::both;
use crate::support::{TestApp, timeline};

/// How many breaches are on record.
async fn breaches(t: &TestApp) -> i64 {
    let count = clock_events::table.filter(clock_events::kind.eq(EventKind::Breach)).count();
    t.app.read(move |tx| Ok(count.get_result(tx.conn)?)).await.expect("a count")
}

both! {
    async fn case_13_what_stops_on_its_deadline_is_in_time(t: TestApp) {
        let (on, within, past) = (file(&t).await, file(&t).await, file(&t).await);
        until(&t, "11-22 12:00").await;
        act(&t, "mei", &on, "accept", json!({})).await.is(200);
        has(&clock(&t, &on, "first_response").await, &json!({ "verdict": "met", "used_seconds": 7200 }));
        // Instants count in whole seconds.
        t.advance(SignedDuration::from_millis(999)).await;
        assert_eq!(shown(&t, &within).await["overdue"], false);
        act(&t, "mei", &within, "accept", json!({})).await.is(200);
        has(&clock(&t, &within, "first_response").await, &json!({ "verdict": "met", "used_seconds": 7200 }));
        until(&t, "11-22 12:00:01").await;
        assert_eq!(shown(&t, &past).await["overdue"], true);
        act(&t, "mei", &past, "accept", json!({})).await.is(200);
        has(&clock(&t, &past, "first_response").await, &json!({
            "verdict": "late", "used_seconds": 7201, "remaining_seconds": -1, "breached_at": at("11-22 12:00"),
            "breach_cause": "deadline", "detected_at": at("11-22 12:00:01"),
        }));
    }

    async fn case_13_after_closing_it_is_late_although_no_open_second_passed(t: TestApp) {
        until(&t, "11-22 20:00").await;
        let ticket = file(&t).await;
        assert_eq!(clock(&t, &ticket, "first_response").await["due_at"], at("11-22 22:00"));
        until(&t, "11-22 23:00").await;
        act(&t, "mei", &ticket, "accept", json!({})).await.is(200);
        has(&clock(&t, &ticket, "first_response").await, &json!({
            "verdict": "late", "used_seconds": 7200, "remaining_seconds": 0, "breached_at": at("11-22 22:00"),
        }));
    }

    async fn case_14_a_breach_is_stored_once_at_its_deadline_and_stays(t: TestApp) {
        let ticket = file(&t).await;
        unwatched_until(&t, "11-22 12:30");
        t.advance(secs(0)).await;
        let late = json!({
            "breached_at": at("11-22 12:00"), "breach_cause": "deadline", "detected_at": at("11-22 12:30"),
        });
        has(&clock(&t, &ticket, "first_response").await, &late);
        let lines = timeline(&sign_in(&t, "mei").await, &ticket).await;
        let line = lines.last().expect("a line");
        has(line, &json!({
            "action": "breach", "at": at("11-22 12:00"), "actor": null, "is_public": false,
            "detail": { "clock": "first_response", "due_at": at("11-22 12:00") },
        }));
        let seen = timeline(&sign_in(&t, "lin").await, &ticket).await;
        assert!(seen.iter().all(|line| line["action"] != "breach"), "internal");
        until(&t, "11-22 14:00").await;
        act(&t, "mei", &ticket, "accept", json!({})).await.is(200);
        t.advance(secs(60)).await;
        has(&clock(&t, &ticket, "first_response").await, &late);
        assert_eq!(breaches(&t).await, 1);
        assert_eq!(timeline(&sign_in(&t, "mei").await, &ticket).await.len(), lines.len() + 1, "and the accept");
    }

    async fn case_14_whoever_moves_a_late_ticket_first_is_not_who_was_late(t: TestApp) {
        let ticket = at_work(&t).await;
        unwatched_until(&t, "11-23 12:00");
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "state": "paused", "breached_at": at("11-23 10:00"), "detected_at": at("11-23 12:00"),
            "used_seconds": 26 * 3600, "verdict": "open_late",
        }));
        t.advance(secs(0)).await;
        // The answer, the resolution and the department's part of it: none twice.
        assert_eq!(breaches(&t).await, 3);
    }

    async fn case_14_none_arises_while_it_waits_and_a_wait_hides_none(t: TestApp) {
        standard(&t, json!({
            "promises": [resolution(4, "wall_clock")], "pausable": true,
            "pauses": [may_wait("weather", 900_000, 5)],
        })).await;
        let (waits, late) = (at_work(&t).await, at_work(&t).await);
        until(&t, "11-22 13:00").await;
        act(&t, "wang", &waits, "pause", json!({ "reason": "weather" })).await.is(200);
        until(&t, "11-22 15:00").await;
        act(&t, "wang", &late, "pause", json!({ "reason": "weather" })).await.is(200);
        until(&t, "11-24 13:00").await;
        has(&clock(&t, &waits, "resolution").await, &json!({ "verdict": "open_in_time", "breached_at": null }));
        has(&clock(&t, &late, "resolution").await, &json!({
            "state": "paused", "verdict": "open_late", "breached_at": at("11-22 14:00"), "used_seconds": 5 * 3600,
        }));
        assert_eq!(shown(&t, &waits).await["overdue"], false);
        assert_eq!(shown(&t, &late).await["overdue"], true, "waiting does not make it less late");
        act(&t, "wang", &waits, "resume", json!({})).await.is(200);
        act(&t, "wang", &late, "resume", json!({})).await.is(200);
        assert_eq!(clock(&t, &waits, "resolution").await["due_at"], at("11-24 14:00"));
        has(&clock(&t, &late, "resolution").await, &json!({ "due_at": null, "breached_at": at("11-22 14:00") }));
        assert_eq!(shown(&t, &late).await["overdue"], true);
        assert_eq!(breaches(&t).await, 1);
    }

    async fn case_15_once_resolved_nothing_changes(t: TestApp) {
        let (rated, closed, forgotten) = (at_work(&t).await, at_work(&t).await, at_work(&t).await);
        until(&t, "11-22 15:00").await;
        let all = [&rated, &closed, &forgotten];
        let mut before = Vec::new();
        for ticket in all {
            act(&t, "wang", ticket, "resolve", json!({ "result": "好了" })).await.is(200);
            assert_eq!(shown(&t, ticket).await["due_at"], Value::Null);
            before.push(clocks(&t, "mei", ticket).await);
        }
        until(&t, "11-23 20:00").await;
        act(&t, "lin", &rated, "rate", json!({ "score": 5 })).await.is(200);
        act(&t, "mei", &closed, "close", json!({})).await.is(200);
        // By now the third has closed by itself.
        until(&t, "11-27 10:00").await;
        for (ticket, before) in all.into_iter().zip(before) {
            let now = shown(&t, ticket).await;
            has(&now, &json!({ "status": "closed", "due_at": null, "overdue": false }));
            for (mut after, mut before) in clocks(&t, "mei", ticket).await.into_iter().zip(before) {
                assert_eq!(after["segments"].as_array_mut().expect("segments").pop().expect("one")["kind"], "resolved");
                before["segments"].as_array_mut().expect("segments").retain(|part| part["kind"] != "resolved");
                assert_eq!(after, before);
            }
        }
        assert_eq!(breaches(&t).await, 3, "the answers that were owed at noon");
    }

    async fn case_30_what_is_withdrawn_is_in_no_rate(t: TestApp) {
        let (early, late) = (file(&t).await, file(&t).await);
        until(&t, "11-22 11:00").await;
        act(&t, "lin", &early, "cancel", json!({ "reason": "已经好了" })).await.is(200);
        until(&t, "11-22 13:00").await;
        act(&t, "mei", &late, "cancel", json!({ "reason": "广告" })).await.is(200);
        until(&t, "11-24 13:00").await;
        has(&clock(&t, &early, "first_response").await, &json!({
            "state": "cancelled", "verdict": "excluded", "used_seconds": 3600, "breached_at": null, "due_at": null,
            "started_at": at("11-22 10:00"),
        }));
        let was_late = json!({ "state": "cancelled", "verdict": "excluded", "breached_at": at("11-22 12:00") });
        has(&clock(&t, &late, "first_response").await, &was_late);
        has(&clock(&t, &late, "resolution").await, &json!({ "verdict": "excluded", "breached_at": null }));
        assert_eq!(shown(&t, &late).await["due_at"], Value::Null);
        assert_eq!(breaches(&t).await, 1);
    }

    async fn a_late_resolution_says_why_and_one_in_time_does_not(t: TestApp) {
        let (in_time, late) = (at_work(&t).await, at_work(&t).await);
        until(&t, "11-23 10:00").await;
        let done = json!({ "result": "好了", "lateness_reason": "parts" });
        // On its deadline: there is nothing to excuse, and the reason is not kept.
        let resolved = act(&t, "wang", &in_time, "resolve", done.clone()).await;
        assert_eq!(resolved.is(200).json["lateness_reason"], Value::Null);
        until(&t, "11-23 10:00:01").await;
        let without = act(&t, "wang", &late, "resolve", json!({ "result": "好了" })).await;
        without.refused_field("/lateness_reason", "lateness_reason_needed");
        let unknown = act(&t, "wang", &late, "resolve", json!({ "result": "好了", "lateness_reason": "lunch" })).await;
        unknown.refused_field("/lateness_reason", "value_unknown");
        assert_eq!(shown(&t, &late).await["status"], "in_progress");
        act(&t, "wang", &late, "resolve", done).await.is(200);
        assert_eq!(shown(&t, &late).await["lateness_reason"], "parts");
        let line = timeline(&sign_in(&t, "mei").await, &late).await.pop().expect("a line");
        assert_eq!(line["detail"]["lateness_reason"], "parts");
        let seen = sign_in(&t, "lin").await.get(&late).await;
        assert_eq!(seen.is(200).json["lateness_reason"], Value::Null, "among staff");
        act(&t, "lin", &late, "reopen", json!({ "reason": "又灭了" })).await.is(200);
        assert_eq!(shown(&t, &late).await["lateness_reason"], Value::Null, "another episode");
    }
}
