//! Noticing what came due: late, by several workers, with a machine's clock that jumps.

use std::collections::HashMap;

use diesel::prelude::*;
use futures_util::future::join;
use serde_json::{Value, json};
use yijian::clocks::model::{Alert, ClockEvent, EventKind};
use yijian::db::schema::{clock_alerts, clock_events, notices};
use yijian::jobs::service as jobs;
use yijian::notices::model::{Notice, NoticeKind};
use yijian::values::{Id, Instant};

use super::{
    act, adds_up, at, at_work, audit, clock, clocks, file, has, may_wait, mins, resolution, secs, shown, sign_in,
    standard, time, until, unwatched_until,
};
use crate::both;
use crate::support::{Backend, TestApp, path, timeline};

/// All breaches, as they were written down.
async fn breaches(t: &TestApp) -> Vec<ClockEvent> {
    let query = clock_events::table.filter(clock_events::kind.eq(EventKind::Breach)).order(clock_events::id);
    t.app.read(move |tx| Ok(query.select(ClockEvent::as_select()).load(tx.conn)?)).await.expect("events")
}

async fn alerts(t: &TestApp) -> Vec<Alert> {
    let query = clock_alerts::table.order((clock_alerts::at, clock_alerts::percent)).select(Alert::as_select());
    t.app.read(move |tx| Ok(query.load(tx.conn)?)).await.expect("alerts")
}

/// Everything that was told of clocks, as it was written down.
async fn told_of_clocks(t: &TestApp) -> Vec<Notice> {
    let kinds = [NoticeKind::ClockWarning, NoticeKind::ClockBreached];
    let query = notices::table.filter(notices::kind.eq_any(kinds)).order(notices::id).select(Notice::as_select());
    t.app.read(move |tx| Ok(query.load(tx.conn)?)).await.expect("notices")
}

both! {
    async fn case_31_what_was_missed_is_told_in_the_order_in_which_it_fell_due(t: TestApp) {
        // Half of its time is up before the second ticket is filed, all of it long after that is late.
        let slow = at_work(&t).await;
        unwatched_until(&t, "11-22 22:30");
        let body = json!({ "scene": t.scenes().lamp, "description": "冒烟", "priority": "urgent" });
        let quick = path(&sign_in(&t, "lin").await.post("/api/v1/repairs", body).await);
        unwatched_until(&t, "11-24 12:00");
        jobs::run_due(&t.app).await.expect("jobs run");
        let now = Instant::from(time("11-24 12:00"));
        let found = breaches(&t).await;
        let due: Vec<Instant> = found.iter().map(|event| event.at).collect();
        let wanted = ["11-22 12:00", "11-22 23:00", "11-23 02:30", "11-23 10:00", "11-23 10:00"];
        assert_eq!(due, wanted.map(|local| Instant::from(time(local))), "in due order, at the deadlines");
        assert!(found.iter().all(|event| event.recorded_at == now && event.actor_id.is_none()));
        has(&clock(&t, &quick, "first_response").await, &json!({
            "breached_at": at("11-22 23:00"), "detected_at": at("11-24 12:00"),
        }));
        let lines = timeline(&sign_in(&t, "mei").await, &slow).await;
        let late = lines.iter().filter(|line| line["action"] == "breach");
        let late: Vec<&Value> = late.map(|line| &line["at"]).collect();
        assert_eq!(late, [&at("11-22 12:00"), &at("11-23 10:00"), &at("11-23 10:00")]);

        let alerts = alerts(&t).await;
        assert!(alerts.iter().all(|alert| alert.detected_at == now));
        let told = told_of_clocks(&t).await;
        assert_eq!(told.len(), alerts.len());
        // As they were told, so they came due.
        let mut reached: HashMap<String, Value> = HashMap::new();
        for ticket in [&slow, &quick] {
            for clock in clocks(&t, "mei", ticket).await {
                for alert in clock["alerts"].as_array().expect("alerts") {
                    let key = format!("{ticket} {} {}", clock["kind"], alert["percent"]);
                    reached.insert(key, alert["at"].clone());
                }
            }
        }
        let times = told.iter().map(|notice| {
            let detail = &notice.detail.as_ref().expect("a detail").0;
            let ticket = notice.ticket_id.expect("a ticket");
            let key = format!("/api/v1/tickets/{ticket} {} {}", detail["clock"], detail["percent"]);
            reached[&key].as_str().expect("an instant")
        });
        assert!(times.is_sorted(), "told in another order: {told:?}");
        let whole: Vec<Instant> = alerts.iter().filter(|alert| alert.percent == 100).map(|alert| alert.at).collect();
        assert_eq!(whole, due, "all of it is used up at the deadline");
    }

    async fn case_32_two_sweeps_at_once_tell_everything_once(t: TestApp) {
        let mut tickets = Vec::new();
        for _ in 0..30 {
            tickets.push(file(&t).await);
        }
        unwatched_until(&t, "11-23 11:00");
        // Two processes on PostgreSQL; SQLite has one.
        let other = if t.backend == Backend::Postgres { t.second().app.clone() } else { t.app.clone() };
        let (one, two) = join(jobs::run_due(&t.app), jobs::run_due(&other)).await;
        one.expect("jobs run");
        two.expect("jobs run");
        jobs::run_due(&t.app).await.expect("jobs run");
        let mut told: HashMap<(Id, String), usize> = HashMap::new();
        for notice in told_of_clocks(&t).await {
            let detail = notice.detail.expect("a detail").0;
            let what = format!("{} {}", detail["clock"], detail["percent"]);
            *told.entry((notice.ticket_id.expect("a ticket"), what)).or_default() += 1;
        }
        // 50, 80, 100 and 200 percent of the answer, 50, 80 and 100 of the resolution.
        assert_eq!(told.len(), 30 * 7);
        assert!(told.values().all(|times| *times == 1));
        assert_eq!(alerts(&t).await.len(), 30 * 7);
        assert_eq!(breaches(&t).await.len(), 30 * 2);
        let mei = sign_in(&t, "mei").await;
        for ticket in &tickets {
            let lines = timeline(&mei, ticket).await;
            assert_eq!(lines.iter().filter(|line| line["action"] == "breach").count(), 2);
        }
    }

    async fn case_33_between_deadline_and_detection_it_is_late_for_who_reads(t: TestApp) {
        let ticket = file(&t).await;
        unwatched_until(&t, "11-22 12:00");
        let overdue = async |flag: bool| {
            let reply = sign_in(&t, "mei").await.get(&format!("/api/v1/tickets?overdue={flag}")).await;
            reply.is(200).json["items"].as_array().expect("tickets").len()
        };
        has(&clock(&t, &ticket, "first_response").await, &json!({ "verdict": "open_in_time", "breached_at": null }));
        assert_eq!((overdue(true).await, overdue(false).await), (0, 1));
        unwatched_until(&t, "11-22 12:00:01");
        has(&clock(&t, &ticket, "first_response").await, &json!({
            "verdict": "open_late", "breached_at": at("11-22 12:00"), "breach_cause": "deadline", "detected_at": null,
            "used_seconds": 7201, "remaining_seconds": -1, "due_at": at("11-22 12:00"),
        }));
        assert_eq!(shown(&t, &ticket).await["overdue"], true);
        assert_eq!((overdue(true).await, overdue(false).await), (1, 0));
        assert_eq!(breaches(&t).await.len(), 0, "reading writes nothing");
        unwatched_until(&t, "11-23 10:00:01");
        let body = json!({ "result": "好了" });
        act(&t, "mei", &ticket, "accept", json!({})).await.is(200);
        let late = act(&t, "mei", &ticket, "resolve", body).await;
        late.refused_field("/lateness_reason", "lateness_reason_needed");
    }

    async fn case_35_a_clock_that_goes_backwards_takes_nothing_back(t: TestApp) {
        standard(&t, json!({
            "promises": [resolution(10, "wall_clock")], "pausable": true,
            "pauses": [may_wait("weather", 86_400, 9)],
        })).await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 12:00").await;
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
        t.app.clock.advance(-mins(30)).expect("a clock moved by hand");
        act(&t, "wang", &ticket, "resume", json!({})).await.is(200);
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "state": "running", "used_seconds": 7200, "due_at": at("11-22 20:00"),
        }));
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
        until(&t, "11-22 13:00").await;
        act(&t, "wang", &ticket, "resume", json!({})).await.is(200);
        let goes = clock(&t, &ticket, "resolution").await;
        has(&goes, &json!({ "state": "running", "used_seconds": 7200, "due_at": at("11-22 21:00") }));
        adds_up(&goes, &at("11-22 13:00"));
        assert_eq!(audit::differences(&t).await, [""; 0]);
    }

    /// Machines are never quite together: the later event may carry the earlier time, within one second too.
    async fn case_35_two_machines_that_are_not_quite_together(t: TestApp) {
        if t.backend == Backend::Sqlite {
            return;
        }
        let ticket = at_work(&t).await;
        t.advance(secs(60)).await;
        let wang = sign_in(&t, "wang").await;
        let other = t.second();
        t.app.clock.advance(jiff::SignedDuration::from_millis(800)).expect("a clock moved by hand");
        wang.post(&format!("{ticket}/pause"), json!({ "reason": "weather" })).await.is(200);
        let elsewhere = crate::support::Client::new(other.address, wang.token.clone());
        elsewhere.act(&format!("{ticket}/resume")).await.is(200);
        t.advance(mins(10)).await;
        has(&clock(&t, &ticket, "resolution").await, &json!({ "state": "running", "used_seconds": 660 }));
        let goes = clock(&t, &ticket, "resolution").await;
        adds_up(&goes, &json!(t.app.now()));
        assert_eq!(audit::differences(&t).await, [""; 0]);
    }
}
