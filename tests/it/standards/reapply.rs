//! `POST /standards/{id}/reapply`: open tickets get the newest version, first on paper, then by a job, and on record.

use serde_json::{Value, json};

use super::{change_repairs, clock, clocks, jobs, minutes, named, sound};
use crate::both;
use crate::support::{Client, Reply, TestApp, path};

async fn file(t: &TestApp) -> String {
    let lin = t.shopper("xiaolin").await;
    path(&lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await)
}

/// At eleven o'clock: R000001 waits for an answer since ten, R000002 was answered, R000003 just came in.
async fn three(t: &TestApp) -> [String; 3] {
    let (first, second) = (file(t).await, file(t).await);
    minutes(t, 60).await;
    t.staff("mei").await.act(&format!("{second}/accept")).await.is(200);
    [first, second, file(t).await]
}

async fn reapply(li: &Client, standard: &Value, dry_run: bool) -> Reply {
    let path = format!("/api/v1/standards/{}/reapply", standard["id"].as_str().expect("an id"));
    li.post(&path, json!({ "dry_run": dry_run, "reason": "承诺缩短为半小时" })).await
}

async fn record(li: &Client, standard: &Value) -> Vec<Value> {
    let path = format!("/api/v1/standards/{}/reapplications", standard["id"].as_str().expect("an id"));
    li.get(&path).await.is(200).json["items"].as_array().expect("entries").clone()
}

/// What a first response of half an hour changes for them.
fn half_an_hour(tickets: &[String; 3]) -> Value {
    let change = |number: &str, ticket: &str, before: &str, after: Value| {
        json!({
            "ticket_id": ticket.rsplit('/').next(), "number": number, "clock": "first_response",
            "target_before": 7200, "target_after": 1800, "due_before": before, "due_after": after,
        })
    };
    json!([
        // It has used an hour already: there is no deadline any more that it could keep.
        change("R000001", &tickets[0], "2026-11-22T04:00:00.000Z", Value::Null),
        change("R000003", &tickets[2], "2026-11-22T05:00:00.000Z", json!("2026-11-22T03:30:00.000Z")),
    ])
}

both! {
    async fn case_24_a_dry_run_only_tells(t: TestApp) {
        let tickets = three(&t).await;
        let li = t.staff("li").await;
        change_repairs(&t, |spec| spec["promises"][1]["seconds"] = json!(1800)).await;
        let standard = named(&li, "standards", &t.site().await, "报修").await;
        let mut before = Vec::new();
        for ticket in &tickets {
            before.push((clocks(&li, ticket).await, li.get(ticket).await.json));
        }
        let dry = reapply(&li, &standard, true).await;
        assert_eq!((&dry.is(200).json["id"], &dry.json["tickets"]), (&Value::Null, &json!(3)));
        assert_eq!(dry.json["changes"], half_an_hour(&tickets));
        assert_eq!(jobs(&t).await, 0, "nothing was asked of a job");
        for (ticket, before) in tickets.iter().zip(before) {
            assert_eq!((clocks(&li, ticket).await, li.get(ticket).await.json), before);
        }
        assert_eq!(record(&li, &standard).await, Vec::<Value>::new());
    }

    async fn case_24_a_job_gives_open_tickets_the_new_version_and_keeps_what_was_used(t: TestApp) {
        let tickets = three(&t).await;
        let li = t.staff("li").await;
        change_repairs(&t, |spec| spec["promises"][1]["seconds"] = json!(1800)).await;
        let standard = named(&li, "standards", &t.site().await, "报修").await;
        let before = clocks(&li, &tickets[0]).await;
        let asked = reapply(&li, &standard, false).await;
        assert_eq!((&asked.is(200).json["tickets"], &asked.json["changes"]), (&json!(3), &half_an_hour(&tickets)));
        assert_eq!(clocks(&li, &tickets[0]).await, before, "a job does it, not the request");
        let entry = record(&li, &standard).await.remove(0);
        assert_eq!((&entry["changed"], &entry["finished_at"]), (&json!(0), &Value::Null));
        jobs(&t).await;

        let late = clock(&li, &tickets[0], "first_response").await;
        let names = ["target_seconds", "used_seconds", "due_at", "breached_at", "breach_cause", "verdict"];
        let told = names.map(|name| late[name].clone());
        let eleven = json!("2026-11-22T03:00:00.000Z");
        let (cause, verdict) = (json!("retarget"), json!("open_late"));
        assert_eq!(told, [json!(1800), json!(3600), Value::Null, eleven.clone(), cause, verdict]);
        let fresh = clock(&li, &tickets[2], "first_response").await;
        assert_eq!((&fresh["due_at"], &fresh["breached_at"]), (&json!("2026-11-22T03:30:00.000Z"), &Value::Null));
        assert_eq!(li.get(&tickets[2]).await.json["due_at"], "2026-11-22T03:30:00.000Z");
        for ticket in [&tickets[0], &tickets[2]] {
            assert_eq!(clock(&li, ticket, "first_response").await["standard"]["version"], 2);
        }
        let done = clock(&li, &tickets[1], "first_response").await;
        let told = (&done["target_seconds"], &done["standard"]["version"], &done["verdict"]);
        assert_eq!(told, (&json!(7200), &json!(1), &json!("met")), "what is done was done for the old promise");

        let entry = record(&li, &standard).await.remove(0);
        let me = li.get("/api/v1/me").await.json["id"].clone();
        let versions = li.get(&format!("/api/v1/standards/{}/versions", standard["id"].as_str().expect("an id"))).await;
        assert_eq!(entry, json!({
            "id": asked.json["id"], "version_id": versions.json["items"][0]["id"], "requested_by_id": me,
            "reason": "承诺缩短为半小时", "changed": 3, "finished_at": eleven, "created_at": eleven,
        }));
        sound(&t).await;
    }

    async fn a_second_run_finds_nothing_to_change(t: TestApp) {
        let tickets = three(&t).await;
        let li = t.staff("li").await;
        change_repairs(&t, |spec| spec["promises"][1]["seconds"] = json!(1800)).await;
        let standard = named(&li, "standards", &t.site().await, "报修").await;
        reapply(&li, &standard, false).await.is(200);
        jobs(&t).await;
        let mut before = Vec::new();
        for ticket in &tickets {
            before.push(clocks(&li, ticket).await);
        }
        let again = reapply(&li, &standard, false).await;
        assert_eq!((&again.is(200).json["tickets"], &again.json["changes"]), (&json!(0), &json!([])));
        jobs(&t).await;
        for (ticket, before) in tickets.iter().zip(before) {
            assert_eq!(clocks(&li, ticket).await, before);
        }
        let record = record(&li, &standard).await;
        let told: Vec<(&Value, bool)> = record.iter().map(|e| (&e["changed"], e["finished_at"].is_string())).collect();
        assert_eq!(told, [(&json!(0), true), (&json!(3), true)], "newest first");
        assert_eq!(record[0]["id"], again.json["id"]);
    }

    async fn what_the_new_version_no_longer_promises_is_cancelled(t: TestApp) {
        let ticket = file(&t).await;
        let li = t.staff("li").await;
        change_repairs(&t, |spec| spec["promises"] = json!([spec["promises"][0], spec["promises"][1]])).await;
        let standard = named(&li, "standards", &t.site().await, "报修").await;
        let dry = reapply(&li, &standard, true).await;
        let change = &dry.is(200).json["changes"][0];
        assert_eq!((&change["clock"], &change["target_after"]), (&json!("resolution"), &Value::Null));
        reapply(&li, &standard, false).await.is(200);
        jobs(&t).await;
        let gone = clock(&li, &ticket, "resolution").await;
        assert_eq!((&gone["state"], &gone["verdict"]), (&json!("cancelled"), &json!("excluded")));
        assert_eq!(li.get(&ticket).await.json["due_at"], "2026-11-22T04:00:00.000Z");
        sound(&t).await;
    }

    async fn what_the_new_version_promises_for_the_first_time_starts(t: TestApp) {
        let li = t.staff("li").await;
        let whole = named(&li, "standards", &t.site().await, "报修").await["spec"].clone();
        change_repairs(&t, |spec| spec["promises"] = json!([spec["promises"][0]])).await;
        let ticket = file(&t).await;
        minutes(&t, 60).await;
        let li = t.staff("li").await;
        change_repairs(&t, |spec| *spec = whole).await;
        let standard = named(&li, "standards", &t.site().await, "报修").await;
        let dry = reapply(&li, &standard, true).await;
        let changes = dry.is(200).json["changes"].as_array().expect("changes");
        let born = changes.iter().find(|change| change["clock"] == "resolution").expect("the resolution");
        assert_eq!((&born["target_before"], &born["due_before"]), (&Value::Null, &Value::Null));
        assert_eq!((&born["target_after"], &born["due_after"]), (&json!(86_400), &json!("2026-11-23T03:00:00.000Z")));
        reapply(&li, &standard, false).await.is(200);
        jobs(&t).await;
        let clock = clock(&li, &ticket, "resolution").await;
        assert_eq!((&clock["state"], &clock["started_at"]), (&json!("running"), &json!("2026-11-22T03:00:00.000Z")));
        sound(&t).await;
    }

    /// The job takes 200 at a time.
    async fn many_tickets_are_all_counted_and_all_changed(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        for _ in 0..201 {
            lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await.is(201);
        }
        let li = t.staff("li").await;
        change_repairs(&t, |spec| spec["promises"][1]["seconds"] = json!(1800)).await;
        let standard = named(&li, "standards", &t.site().await, "报修").await;
        let asked = reapply(&li, &standard, false).await;
        assert_eq!(asked.is(200).json["tickets"], 201);
        assert_eq!(asked.json["changes"].as_array().map(Vec::len), Some(200));
        jobs(&t).await;
        let entry = record(&li, &standard).await.remove(0);
        assert_eq!((&entry["changed"], entry["finished_at"].is_string()), (&json!(201), true));
        assert_eq!(reapply(&li, &standard, true).await.is(200).json["tickets"], 0);
        sound(&t).await;
    }

    async fn closed_tickets_stay_as_they_were(t: TestApp) {
        let p = crate::support::People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "closed").await;
        let before = clocks(&p.li, &ticket).await;
        change_repairs(&t, |spec| spec["promises"][1]["seconds"] = json!(1800)).await;
        let standard = named(&p.li, "standards", &t.site().await, "报修").await;
        assert_eq!(reapply(&p.li, &standard, false).await.is(200).json["tickets"], 0);
        jobs(&t).await;
        assert_eq!(clocks(&p.li, &ticket).await, before);
        reapply(&p.mei, &standard, true).await.refused(403, "role_lead_needed");
        let path = format!("/api/v1/standards/{}/reapply", standard["id"].as_str().expect("an id"));
        p.li.post(&path, json!({ "dry_run": true })).await.refused_field("/reason", "field_missing");
        p.li.post(&path, json!({ "reason": "试" })).await.refused_field("/dry_run", "field_missing");
    }
}
