//! How long, how often and with what to show for it work may wait.

use diesel::prelude::*;
use serde_json::{Value, json};
use yijian::db::schema::jobs;
use yijian::jobs::model::JobKind;
use yijian::jobs::service as jobs_service;

use super::{
    act, at, at_work, clock, department_works, has, may_wait, mins, override_hours, resolution, secs, shown, sign_in,
    standard, until, unwatched_until,
};
use crate::both;
use crate::support::{TestApp, png, timeline, told};

/// Repairs that may wait an hour for the weather, and twice.
async fn an_hour_at_most(t: &TestApp) {
    standard(
        t,
        json!({
            "promises": [resolution(24, "open_hours")], "pausable": true,
            "pauses": [may_wait("weather", 3600, 2), may_wait("waiting_parts", 3600, 1)],
        }),
    )
    .await;
}

/// A ticket that has been waiting for the weather since now, until an hour later.
async fn waiting(t: &TestApp) -> String {
    let ticket = at_work(t).await;
    act(t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
    ticket
}

/// How often somebody was told that a wait is over.
async fn heard(t: &TestApp, name: &str, ticket: &str) -> usize {
    let all = told(&sign_in(t, name).await, ticket).await;
    all.iter().filter(|kind| *kind == "pause_ended").count()
}

both! {
    async fn case_09_a_pause_shows_what_its_standard_wants_to_see(t: TestApp) {
        let rule = |reason: &str, evidence: &str, lead_only: bool| {
            let mut rule = may_wait(reason, 7200, 9);
            (rule["evidence"], rule["lead_only"]) = (json!(evidence), json!(lead_only));
            rule
        };
        standard(&t, json!({
            "promises": [resolution(24, "wall_clock")], "pausable": true,
            "pauses": [
                rule("waiting_parts", "note", false), rule("weather", "photo", false),
                rule("appointment", "until", false), rule("third_party", "none", true),
            ],
        })).await;
        let ticket = at_work(&t).await;
        let pause = async |who: &str, body: Value| act(&t, who, &ticket, "pause", body).await;
        pause("wang", json!({ "reason": "waiting_parts" })).await.refused_field("/note", "pause_note_needed");
        let photo = pause("wang", json!({ "reason": "weather", "note": "大雨" })).await;
        photo.refused_field("/attachment_ids", "pause_photo_needed");
        pause("wang", json!({ "reason": "appointment" })).await.refused_field("/until", "pause_until_needed");
        pause("wang", json!({ "reason": "other", "note": "停电" })).await.refused(422, "pause_not_allowed");
        for who in ["wang", "mei"] {
            pause(who, json!({ "reason": "third_party" })).await.refused(403, "pause_needs_lead");
        }
        let far = pause("wang", json!({ "reason": "appointment", "until": at("11-22 12:00:01") })).await;
        far.refused_field("/until", "pause_too_long");
        assert_eq!(shown(&t, &ticket).await["status"], "in_progress");

        let taken = sign_in(&t, "wang").await.upload(png()).await.id();
        for (who, body) in [
            ("wang", json!({ "reason": "waiting_parts", "note": "等驱动电源" })),
            ("wang", json!({ "reason": "weather", "attachment_ids": [taken] })),
            ("wang", json!({ "reason": "appointment", "until": at("11-22 12:00") })),
            ("li", json!({ "reason": "third_party" })),
        ] {
            assert_eq!(pause(who, body).await.is(200).json["pause_ends_at"], at("11-22 12:00"));
            act(&t, "wang", &ticket, "resume", json!({})).await.is(200);
        }
    }

    async fn case_09_so_often_and_no_more(t: TestApp) {
        an_hour_at_most(&t).await;
        let ticket = waiting(&t).await;
        // However it ended.
        t.advance(mins(60)).await;
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
        act(&t, "wang", &ticket, "resume", json!({})).await.is(200);
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.refused(422, "pause_too_often");
        act(&t, "li", &ticket, "pause", json!({ "reason": "weather" })).await.refused(422, "pause_too_often");
        act(&t, "wang", &ticket, "pause", json!({ "reason": "waiting_parts" })).await.is(200);
        // Another ticket has its own.
        waiting(&t).await;
    }

    async fn case_09_at_its_limit_work_goes_on_by_itself_and_lead_and_worker_are_told(t: TestApp) {
        an_hour_at_most(&t).await;
        department_works(&t, &t.department("engineering").await, None, None).await;
        let ticket = waiting(&t).await;
        assert_eq!(shown(&t, &ticket).await["pause_ends_at"], at("11-22 11:00"));
        until(&t, "11-22 10:59:59").await;
        assert_eq!(shown(&t, &ticket).await["status"], "paused");
        until(&t, "11-22 11:00").await;
        has(&shown(&t, &ticket).await, &json!({
            "status": "in_progress", "pause_reason": null, "pause_ends_at": null,
        }));
        let line = timeline(&sign_in(&t, "lin").await, &ticket).await.pop().expect("a line");
        has(&line, &json!({ "action": "resume", "reason": "pause_ended", "actor": null, "at": at("11-22 11:00") }));
        for (name, times) in [("wang", 1), ("li", 1), ("mei", 0), ("zhao", 0), ("lin", 0), ("admin", 0)] {
            assert_eq!(heard(&t, name, &ticket).await, times, "{name}");
        }
        // The second time the department has a lead of its own.
        department_works(&t, &t.department("engineering").await, None, Some(&t.staff_id("zhao").await)).await;
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
        t.advance(mins(60)).await;
        for (name, times) in [("wang", 2), ("zhao", 1), ("li", 1)] {
            assert_eq!(heard(&t, name, &ticket).await, times, "{name}");
        }
    }

    async fn case_09_a_lead_who_is_at_it_is_told_once(t: TestApp) {
        an_hour_at_most(&t).await;
        department_works(&t, &t.department("engineering").await, None, Some(&t.staff_id("wang").await)).await;
        let ticket = waiting(&t).await;
        t.advance(mins(60)).await;
        assert_eq!(heard(&t, "wang", &ticket).await, 1);
    }

    async fn case_09_the_limit_counts_however_late_anybody_looks(t: TestApp) {
        an_hour_at_most(&t).await;
        let ticket = waiting(&t).await;
        unwatched_until(&t, "11-22 13:30");
        t.advance(secs(0)).await;
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "state": "running", "used_seconds": 9000, "due_at": at("11-24 11:00"),
        }));
        let line = timeline(&sign_in(&t, "lin").await, &ticket).await.pop().expect("a line");
        has(&line, &json!({ "action": "resume", "at": at("11-22 11:00") }));
    }

    async fn case_09_the_limit_counts_when_somebody_moves_the_ticket_first(t: TestApp) {
        an_hour_at_most(&t).await;
        let (resolved, noted) = (waiting(&t).await, waiting(&t).await);
        unwatched_until(&t, "11-22 13:30");
        let offered = act(&t, "wang", &resolved, "resume", json!({})).await;
        offered.refused(409, "action_not_allowed_now");
        act(&t, "wang", &resolved, "resolve", json!({ "result": "好了" })).await.is(200);
        has(&clock(&t, &resolved, "resolution").await, &json!({ "state": "stopped", "used_seconds": 9000 }));
        let lines = timeline(&sign_in(&t, "mei").await, &resolved).await;
        let last: Vec<&Value> = lines.iter().rev().take(2).map(|line| &line["action"]).collect();
        assert_eq!(last, ["resolve", "resume"]);
        act(&t, "wang", &noted, "note", json!({ "text": "雨停了" })).await.is(200);
        has(&clock(&t, &noted, "resolution").await, &json!({ "state": "running", "used_seconds": 9000 }));
        // The job that comes late finds nothing to do.
        let versions = (shown(&t, &resolved).await["version"].clone(), shown(&t, &noted).await["version"].clone());
        t.advance(secs(1)).await;
        let now = (shown(&t, &resolved).await["version"].clone(), shown(&t, &noted).await["version"].clone());
        assert_eq!(now, versions);
        assert_eq!(heard(&t, "wang", &resolved).await, 1);
    }

    async fn case_09_what_ends_while_nobody_watches_is_told_in_the_order_in_which_it_ended(t: TestApp) {
        an_hour_at_most(&t).await;
        let mut ended = Vec::new();
        for until in ["11-22 10:50", "11-22 10:40", "11-22 10:45", "11-22 10:30", "11-22 10:35"] {
            let ticket = at_work(&t).await;
            act(&t, "wang", &ticket, "pause", json!({ "reason": "weather", "until": at(until) })).await.is(200);
            ended.push((until, ticket));
        }
        ended.sort();
        unwatched_until(&t, "11-22 12:00");
        t.advance(secs(0)).await;
        let notices = sign_in(&t, "wang").await.get("/api/v1/notices?limit=5").await;
        let items = notices.is(200).json["items"].as_array().expect("notices").clone();
        assert!(items.iter().all(|notice| notice["kind"] == "pause_ended"), "{items:?}");
        let told: Vec<&str> = items.iter().rev().filter_map(|notice| notice["ticket_id"].as_str()).collect();
        let wanted: Vec<&str> = ended.iter().filter_map(|(_, ticket)| ticket.rsplit('/').next()).collect();
        assert_eq!(told, wanted);
    }

    /// A version that was read before the wait ended by itself is still the version the caller meant.
    async fn case_09_a_stale_version_is_refused_and_a_fresh_one_is_not(t: TestApp) {
        an_hour_at_most(&t).await;
        let ticket = waiting(&t).await;
        let version = shown(&t, &ticket).await["version"].as_i64().expect("a version");
        unwatched_until(&t, "11-22 13:30");
        let wang = sign_in(&t, "wang").await;
        let resolve = |version: i64| {
            let request = wang.request(reqwest::Method::POST, &format!("{ticket}/resolve"));
            wang.send(request.json(&json!({ "result": "好了" })).header("If-Match", format!("\"{version}\"")))
        };
        resolve(version - 1).await.refused(412, "version_stale");
        assert_eq!(resolve(version).await.is(200).json["version"], version + 2);
    }

    /// The worker that took the job died; another one gives the clock a new calendar before the lease runs out.
    async fn case_09_the_limit_counts_when_another_job_comes_first(t: TestApp) {
        an_hour_at_most(&t).await;
        let ticket = waiting(&t).await;
        unwatched_until(&t, "11-22 13:30");
        let taken = t.app.write(|tx| {
            let until = tx.now + secs(120);
            let ends = jobs::table.filter(jobs::kind.eq(JobKind::EndPause));
            Ok(diesel::update(ends).set((jobs::leased_until.eq(Some(until)), jobs::attempts.eq(1))).execute(tx.conn)?)
        });
        assert_eq!(taken.await.expect("taken"), 1);
        override_hours(&t, json!({ "2026-12-24": [] })).await;
        jobs_service::run_due(&t.app).await.expect("jobs run");
        assert_eq!(clock(&t, &ticket, "resolution").await["calendar"]["version"], 2, "it has the new calendar");
        t.advance(secs(121)).await;
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "state": "running", "used_seconds": 9121, "due_at": at("11-24 11:00"),
        }));
    }
}
