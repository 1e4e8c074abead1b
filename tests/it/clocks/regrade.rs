//! Another priority, another category, another gravity: other promises, with what was used kept.

use diesel::prelude::*;
use serde_json::{Value, json};
use yijian::db::schema::clock_events;

use super::{
    act, adds_up, at, at_work, category, clock, clocks, file, has, mins, newest, resolution, secs, segments, shown,
    sign_in, standard, until,
};
use crate::both;
use crate::standards::sound;
use crate::support::{TestApp, path, timeline};

async fn to_priority(t: &TestApp, ticket: &str, priority: &str) {
    let body = json!({ "priority": priority, "reason": "水越流越多" });
    act(t, "mei", ticket, "regrade", body).await.is(200);
}

/// Makes a shipped standard match nothing.
async fn retire(t: &TestApp, name: &str) {
    let (li, site) = (sign_in(t, "li").await, t.site().await);
    let all = li.get(&format!("/api/v1/standards?site_id={site}&limit=100")).await;
    let items = all.is(200).json["items"].as_array().expect("standards").clone();
    let found = items.iter().find(|standard| standard["name"] == name).expect("a standard");
    let path = format!("/api/v1/standards/{}", found["id"].as_str().expect("an id"));
    li.put(&path, json!({ "spec": found["spec"], "retired": true })).await.is(200);
}

both! {
    async fn case_20_a_raised_priority_shortens_the_target_and_keeps_what_was_used(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-22 11:00").await;
        let before = clock(&t, &ticket, "resolution").await;
        to_priority(&t, &ticket, "urgent").await;
        let after = clock(&t, &ticket, "resolution").await;
        has(&after, &json!({
            "target_seconds": 14_400, "used_seconds": 3600, "due_at": at("11-22 14:00"), "breached_at": null,
            "standard": before["standard"], "started_at": before["started_at"], "id": before["id"],
        }));
        // More was used of the answer's half hour than there is: late from now on, not from when it would have been.
        let first = clock(&t, &ticket, "first_response").await;
        has(&first, &json!({
            "target_seconds": 1800, "used_seconds": 3600, "due_at": null, "verdict": "open_late",
            "breached_at": at("11-22 11:00"), "breach_cause": "retarget", "detected_at": at("11-22 11:00"),
            "calendar": null,
        }));
        adds_up(&first, &at("11-22 11:00"));
        assert_eq!(shown(&t, &ticket).await["due_at"], at("11-22 11:00"));
        t.advance(mins(1)).await;
        assert_eq!(shown(&t, &ticket).await["overdue"], true);
        let line = timeline(&sign_in(&t, "mei").await, &ticket).await;
        let line = line.iter().find(|line| line["action"] == "regrade").expect("a line");
        has(line, &json!({ "reason": "水越流越多", "detail": { "from_priority": "normal", "to_priority": "urgent" } }));
        let again = act(&t, "mei", &ticket, "regrade", json!({ "priority": "urgent", "reason": "急" })).await;
        again.refused(422, "regrade_nothing");
    }

    async fn case_20_what_was_used_exactly_up_is_not_late_yet(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-22 10:30").await;
        to_priority(&t, &ticket, "urgent").await;
        let first = clock(&t, &ticket, "first_response").await;
        has(&first, &json!({ "due_at": at("11-22 10:30"), "remaining_seconds": 0, "breached_at": null }));
        t.advance(secs(1)).await;
        let late = json!({ "breached_at": at("11-22 10:30"), "breach_cause": "deadline" });
        has(&clock(&t, &ticket, "first_response").await, &late);
    }

    async fn case_20_while_it_waits_it_is_judged_when_it_goes_on(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-22 15:00").await;
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
        until(&t, "11-22 16:00").await;
        to_priority(&t, &ticket, "urgent").await;
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "state": "paused", "target_seconds": 14_400, "used_seconds": 18_000, "breached_at": null,
            "verdict": "open_in_time",
        }));
        until(&t, "11-22 17:00").await;
        act(&t, "wang", &ticket, "resume", json!({})).await.is(200);
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "state": "running", "breached_at": at("11-22 17:00"), "breach_cause": "retarget", "due_at": null,
            "detected_at": at("11-22 17:00"), "verdict": "open_late",
        }));
    }

    async fn case_21_a_lowered_priority_moves_the_deadline_out_and_takes_no_breach_back(t: TestApp) {
        let body = json!({ "scene": t.scenes().lamp, "description": "冒烟", "priority": "urgent" });
        let ticket = path(&sign_in(&t, "lin").await.post("/api/v1/repairs", body).await);
        until(&t, "11-22 11:00").await;
        has(&clock(&t, &ticket, "first_response").await, &json!({ "breached_at": at("11-22 10:30") }));
        to_priority(&t, &ticket, "normal").await;
        has(&clock(&t, &ticket, "first_response").await, &json!({
            "target_seconds": 7200, "used_seconds": 3600, "due_at": at("11-22 12:00"), "verdict": "open_late",
            "breached_at": at("11-22 10:30"), "breach_cause": "deadline",
        }));
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "due_at": at("11-23 10:00"), "verdict": "open_in_time",
        }));
        has(&shown(&t, &ticket).await, &json!({ "due_at": at("11-22 12:00"), "priority": "normal" }));
        until(&t, "11-22 13:00").await;
        let first = clock(&t, &ticket, "first_response").await;
        assert_eq!(first["breached_at"], at("11-22 10:30"), "the first time it was late");
    }

    async fn case_22_another_category_or_gravity_has_the_standard_that_now_matches(t: TestApp) {
        let flicker = category(&t, "lighting-flicker").await;
        let of_category = standard(&t, json!({
            "rank": 901, "category_ids": [flicker], "promises": [resolution(3, "wall_clock")],
        })).await;
        let of_major = standard(&t, json!({
            "rank": 902, "severities": ["major"],
            "promises": [resolution(1, "wall_clock"),
                { "clock": "first_response", "seconds": 600, "calendar": "wall_clock" }],
        })).await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 11:00").await;
        let regrade = json!({ "category_id": flicker, "reason": "是闪烁" });
        act(&t, "mei", &ticket, "regrade", regrade).await.is(200);
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "standard": { "id": of_category, "version": 1 }, "target_seconds": 10_800, "used_seconds": 3600,
            "due_at": at("11-22 13:00"), "breached_at": null,
        }));
        // Of the rest that standard promises nothing.
        for kind in ["first_response", "dept_resolve"] {
            has(&clock(&t, &ticket, kind).await, &json!({ "state": "cancelled", "used_seconds": 3600 }));
        }
        until(&t, "11-22 11:30").await;
        let regrade = json!({ "severity": "major", "reason": "人多" });
        act(&t, "mei", &ticket, "regrade", regrade).await.is(200);
        has(&clock(&t, &ticket, "resolution").await, &json!({
            "standard": { "id": of_major, "version": 1 }, "target_seconds": 3600, "used_seconds": 5400,
            "breached_at": at("11-22 11:30"), "breach_cause": "retarget",
        }));
        has(&shown(&t, &ticket).await, &json!({
            "severity": "major", "category": { "id": flicker, "name": "灯光闪烁、忽明忽暗" },
        }));
    }

    async fn case_23_where_nothing_matches_any_more_the_clocks_are_cancelled_and_keep_their_past(t: TestApp) {
        let flicker = category(&t, "lighting-flicker").await;
        let out = category(&t, "lighting-out").await;
        standard(&t, json!({ "category_ids": [out], "promises": [resolution(5, "wall_clock")] })).await;
        let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮", "category_id": out });
        let ticket = path(&sign_in(&t, "lin").await.post("/api/v1/repairs", body).await);
        retire(&t, "报修").await;
        retire(&t, "其他").await;
        until(&t, "11-22 11:00").await;
        let regrade = json!({ "category_id": flicker, "reason": "是闪烁" });
        act(&t, "mei", &ticket, "regrade", regrade).await.is(200);
        until(&t, "11-23 11:00").await;
        let over = clock(&t, &ticket, "resolution").await;
        has(&over, &json!({
            "state": "cancelled", "started_at": at("11-22 10:00"), "used_seconds": 3600, "due_at": null,
            "verdict": "excluded", "breached_at": null,
        }));
        assert_eq!(segments(&over), [("open".to_owned(), 3600, true), ("cancelled".to_owned(), 86_400, false)]);
        assert_eq!(over["segments"][1]["by"], "小梅");
        assert_eq!(shown(&t, &ticket).await["due_at"], Value::Null);
        let why = clock_events::table.select((clock_events::kind, clock_events::reason));
        let why = t.app.read(move |tx| Ok(why.load::<(String, Option<String>)>(tx.conn)?)).await.expect("events");
        assert_eq!(why, [("cancel".to_owned(), Some("nothing_promised".to_owned()))]);
        // No new matter comes in without a promise.
        let body = json!({ "scene": t.scenes().lamp, "description": "闪", "category_id": flicker });
        sign_in(&t, "lin").await.post("/api/v1/repairs", body).await.refused(422, "standard_missing");
    }

    async fn case_23_a_standard_that_promises_nothing_on_purpose_does_the_same(t: TestApp) {
        let flicker = category(&t, "lighting-flicker").await;
        standard(&t, json!({ "category_ids": [flicker], "no_standard": true })).await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 11:00").await;
        let regrade = json!({ "category_id": flicker, "reason": "是闪烁" });
        act(&t, "mei", &ticket, "regrade", regrade).await.is(200);
        for clock in clocks(&t, "mei", &ticket).await.iter().filter(|clock| clock["kind"] != "dept_accept") {
            has(clock, &json!({ "state": "cancelled", "used_seconds": 3600, "verdict": "excluded" }));
        }
        act(&t, "wang", &ticket, "resolve", json!({ "result": "好了" })).await.is(200);
    }

    async fn case_23_what_was_cancelled_goes_on_when_it_is_promised_again(t: TestApp) {
        let (flicker, out) = (category(&t, "lighting-flicker").await, category(&t, "lighting-out").await);
        standard(&t, json!({ "category_ids": [flicker], "no_standard": true })).await;
        let ticket = file(&t).await;
        until(&t, "11-22 10:30").await;
        let regrade = |category: &str| json!({ "category_id": category, "reason": "看错了" });
        act(&t, "mei", &ticket, "regrade", regrade(&flicker)).await.is(200);
        assert_eq!(shown(&t, &ticket).await["due_at"], Value::Null);
        until(&t, "11-22 11:00").await;
        act(&t, "mei", &ticket, "regrade", regrade(&out)).await.is(200);
        for (kind, target) in [("first_response", 7200), ("resolution", 86_400)] {
            let all = clocks(&t, "mei", &ticket).await;
            assert_eq!(all.iter().filter(|clock| clock["kind"] == kind).count(), 1);
            has(&newest(&all, kind), &json!({
                "state": "running", "started_at": at("11-22 10:00"), "target_seconds": target, "used_seconds": 1800,
            }));
        }
        act(&t, "mei", &ticket, "accept", json!({})).await.is(200);
        has(&clock(&t, &ticket, "first_response").await, &json!({ "state": "stopped", "verdict": "met" }));
        sound(&t).await;
    }

    /// Nobody gets rid of what was missed by a way round.
    async fn case_14_a_breach_survives_a_detour_through_nothing_promised(t: TestApp) {
        let (flicker, out) = (category(&t, "lighting-flicker").await, category(&t, "lighting-out").await);
        standard(&t, json!({ "category_ids": [flicker], "no_standard": true })).await;
        let ticket = at_work(&t).await;
        until(&t, "11-24 12:00").await;
        let before = clocks(&t, "mei", &ticket).await;
        has(&newest(&before, "resolution"), &json!({ "verdict": "open_late" }));
        for category in [&flicker, &out] {
            let regrade = json!({ "category_id": category, "reason": "看错了" });
            act(&t, "mei", &ticket, "regrade", regrade).await.is(200);
        }
        let after = clocks(&t, "mei", &ticket).await;
        let kept = |clocks: &[Value]| -> Vec<Value> {
            let keys = ["id", "kind", "used_seconds", "breached_at", "verdict", "state"];
            clocks.iter().map(|clock| keys.iter().map(|key| clock[key].clone()).collect()).collect()
        };
        assert_eq!(kept(&after), kept(&before));
        let done = act(&t, "wang", &ticket, "resolve", json!({ "result": "好了" })).await;
        done.refused_field("/lateness_reason", "lateness_reason_needed");
        sound(&t).await;
    }

    async fn case_28_a_breach_survives_a_merge_by_mistake(t: TestApp) {
        let (stays, ticket) = (file(&t).await, at_work(&t).await);
        act(&t, "mei", &ticket, "reply", json!({ "text": "师傅已在路上" })).await.is(200);
        until(&t, "11-24 12:00").await;
        let before = clocks(&t, "mei", &ticket).await;
        let into = json!({ "into_id": stays.rsplit('/').next(), "reason": "同一盏灯" });
        act(&t, "mei", &ticket, "merge", into).await.is(200);
        until(&t, "11-24 13:00").await;
        act(&t, "mei", &ticket, "unmerge", json!({ "reason": "不是同一盏" })).await.is(200);
        let after = clocks(&t, "mei", &ticket).await;
        assert_eq!(after.len(), before.len());
        for (is, was) in after.iter().zip(&before) {
            has(is, &json!({ "id": was["id"], "used_seconds": was["used_seconds"], "breached_at": was["breached_at"] }));
            // What the desk had answered, and the department had taken up, is still so; the department has it no more.
            let state = if is["kind"] == "resolution" { "running" } else { "stopped" };
            assert_eq!(is["state"], state, "{is}");
        }
        act(&t, "mei", &ticket, "accept", json!({})).await.is(200);
        let done = act(&t, "mei", &ticket, "resolve", json!({ "result": "好了" })).await;
        done.refused_field("/lateness_reason", "lateness_reason_needed");
        sound(&t).await;
    }

    async fn what_is_answered_needs_no_first_response(t: TestApp) {
        let (flicker, out) = (category(&t, "lighting-flicker").await, category(&t, "lighting-out").await);
        standard(&t, json!({ "category_ids": [flicker], "no_standard": true })).await;
        let body = json!({ "scene": t.scenes().lamp, "description": "灯闪", "category_id": flicker });
        let ticket = path(&sign_in(&t, "lin").await.post("/api/v1/repairs", body).await);
        act(&t, "lin", &ticket, "reply", json!({ "text": "还在闪" })).await.is(200);
        act(&t, "mei", &ticket, "reply", json!({ "text": "马上来看" })).await.is(200);
        act(&t, "mei", &ticket, "regrade", json!({ "category_id": out, "reason": "不亮" })).await.is(200);
        let all = clocks(&t, "mei", &ticket).await;
        let kinds: Vec<&Value> = all.iter().map(|clock| &clock["kind"]).collect();
        assert_eq!(kinds, ["resolution"]);
    }

    async fn what_waits_gets_new_promises_that_wait(t: TestApp) {
        let flicker = category(&t, "lighting-flicker").await;
        let out = category(&t, "lighting-out").await;
        standard(&t, json!({ "category_ids": [flicker], "no_standard": true })).await;
        let body = json!({ "scene": t.scenes().lamp, "description": "灯闪", "category_id": flicker });
        let ticket = path(&sign_in(&t, "lin").await.post("/api/v1/repairs", body).await);
        let wang = t.staff_id("wang").await;
        act(&t, "mei", &ticket, "assign", json!({ "assignee_id": wang })).await.is(200);
        act(&t, "wang", &ticket, "start", json!({})).await.is(200);
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
        until(&t, "11-22 11:00").await;
        act(&t, "mei", &ticket, "regrade", json!({ "category_id": out, "reason": "不亮" })).await.is(200);
        let all = clocks(&t, "mei", &ticket).await;
        has(&newest(&all, "first_response"), &json!({ "state": "running", "used_seconds": 0 }));
        has(&newest(&all, "resolution"), &json!({ "state": "paused", "used_seconds": 0 }));
        until(&t, "11-22 12:00").await;
        act(&t, "wang", &ticket, "resume", json!({})).await.is(200);
        until(&t, "11-22 12:10").await;
        has(&clock(&t, &ticket, "resolution").await, &json!({ "state": "running", "used_seconds": 600 }));
        sound(&t).await;
    }

    async fn a_target_that_was_used_up_already_stands_on_the_timeline(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-22 11:00").await;
        to_priority(&t, &ticket, "urgent").await;
        let lines = timeline(&sign_in(&t, "mei").await, &ticket).await;
        let missed: Vec<&Value> = lines.iter().filter(|line| line["action"] == "breach").collect();
        assert_eq!(missed.len(), 1);
        has(missed[0], &json!({
            "at": at("11-22 11:00"), "actor": null, "is_public": false,
            "detail": { "clock": "first_response", "due_at": at("11-22 11:00") },
        }));
    }

    async fn only_the_desk_regrades_and_says_why(t: TestApp) {
        let ticket = at_work(&t).await;
        let body = json!({ "priority": "urgent", "reason": "急" });
        act(&t, "wang", &ticket, "regrade", body.clone()).await.refused(403, "action_not_yours");
        act(&t, "lin", &ticket, "regrade", body.clone()).await.refused(403, "role_staff_needed");
        let unsaid = json!({ "priority": "urgent" });
        act(&t, "mei", &ticket, "regrade", unsaid).await.refused_field("/reason", "field_missing");
        let loose = json!({ "category_id": category(&t, "lighting-loose").await, "reason": "要掉了" });
        for (field, less) in [("severity", "normal"), ("priority", "normal")] {
            let mut body = loose.clone();
            body[field] = json!(less);
            act(&t, "mei", &ticket, "regrade", body).await.refused(422, "regrade_dangerous");
        }
        assert_eq!(clock(&t, &ticket, "resolution").await["target_seconds"], 86_400);
        // What is dangerous is major and urgent without anybody's saying so.
        let graver = act(&t, "mei", &ticket, "regrade", loose).await;
        has(&graver.is(200).json, &json!({ "severity": "major", "priority": "urgent" }));
        assert_eq!(clock(&t, &ticket, "resolution").await["target_seconds"], 14_400);
        let done = file(&t).await;
        act(&t, "lin", &done, "cancel", json!({ "reason": "好了" })).await.is(200);
        act(&t, "mei", &done, "regrade", body).await.refused(409, "action_not_allowed_now");
    }
}
