//! Which ladder holds for a ticket that goes on, waits, comes back or is promised something else.

use diesel::prelude::*;
use serde_json::{Value, json};
use yijian::db::schema::standard_versions;
use yijian::values::{Id, Json};

use super::{all_told, five_late, give, held, levels, loosen, ordinary, resolution_of, tighten, tighter};
use crate::both;
use crate::clocks::audit::differences;
use crate::clocks::{act, at, at_work, category, clock, clocks, file, has, resolution, secs, sign_in, standard, until};
use crate::support::path;

both! {
    async fn a_ticket_that_goes_on_changes_its_ladder(t: TestApp) {
        five_late(&t).await;
        until(&t, "11-22 11:30").await;
        tighten(&t).await;
        until(&t, "11-22 12:00").await;
        let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮" });
        let ticket = path(&sign_in(&t, "lin").await.post("/api/v1/repairs", body).await);
        let fifty = || ordinary(50, "assignee", "11-22 17:00");
        assert_eq!(held(&resolution_of(&t, &ticket).await), fifty(), "the desk has no rate of its own");
        until(&t, "11-22 12:30").await;
        give(&t, &ticket, "assign", "engineering").await;
        let thirty = |since| tighter(since, (30, "assignee", "11-22 15:00"));
        assert_eq!(held(&resolution_of(&t, &ticket).await), thirty("11-22 12:30"));
        let of_department = clock(&t, &ticket, "dept_resolve").await;
        assert_eq!(held(&of_department), tighter("11-22 12:30", (30, "assignee", "11-22 18:30")));
        until(&t, "11-22 13:00").await;
        give(&t, &ticket, "transfer", "cleaning").await;
        assert_eq!(held(&resolution_of(&t, &ticket).await), fifty());
        assert_eq!(held(&clock(&t, &ticket, "dept_resolve").await), ordinary(50, "assignee", "11-22 23:00"));
        // What is over has no ladder.
        let over = clocks(&t, "mei", &ticket).await.into_iter().find(|one| one["kind"] == "dept_resolve");
        has(&over.expect("the first hop's"), &json!({ "state": "stopped", "ladder": null, "tightened_since": null }));
        give(&t, &ticket, "transfer", "engineering").await;
        assert_eq!(held(&resolution_of(&t, &ticket).await), thirty("11-22 13:00"));
        act(&t, "wang", &ticket, "grab", json!({})).await.is(200);
        act(&t, "wang", &ticket, "return", json!({ "reason": "请厂家" })).await.is(200);
        assert_eq!(held(&resolution_of(&t, &ticket).await), fifty());
        // Within the department nothing changes.
        give(&t, &ticket, "assign", "engineering").await;
        until(&t, "11-22 13:30").await;
        act(&t, "mei", &ticket, "assign", json!({ "assignee_id": t.staff_id("wang").await })).await.is(200);
        assert_eq!(held(&resolution_of(&t, &ticket).await), thirty("11-22 13:00"));
        until(&t, "11-22 15:00").await;
        assert_eq!(all_told(&t, &ticket).await, ["wang resolution 30"]);
        // Passed on past a level of the next ladder: that one is told, above what was told.
        until(&t, "11-22 17:30").await;
        give(&t, &ticket, "transfer", "cleaning").await;
        t.advance(secs(0)).await;
        assert_eq!(resolution_of(&t, &ticket).await["alerts"].as_array().map(Vec::len), Some(2));
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn a_new_target_begins_the_tightened_ladder_anew(t: TestApp) {
        five_late(&t).await;
        until(&t, "11-22 11:30").await;
        tighten(&t).await;
        until(&t, "11-22 12:00").await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 12:40").await;
        act(&t, "mei", &ticket, "regrade", json!({ "priority": "urgent", "reason": "急" })).await.is(200);
        t.advance(secs(0)).await;
        // Of one hour, forty minutes are 67 percent: 30 is passed over.
        assert_eq!(all_told(&t, &ticket).await, ["zhao resolution 60"]);
        until(&t, "11-22 12:48").await;
        assert_eq!(all_told(&t, &ticket).await, ["zhao resolution 60", "li resolution 80"]);
        assert_eq!(resolution_of(&t, &ticket).await["tightened_since"], at("11-22 12:00"), "since when it was");
        act(&t, "mei", &ticket, "regrade", json!({ "priority": "normal", "reason": "不急" })).await.is(200);
        assert_eq!(held(&resolution_of(&t, &ticket).await), tighter("11-22 12:00", (30, "assignee", "11-22 15:00")));
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn what_waits_changes_its_ladder_in_silence(t: TestApp) {
        five_late(&t).await;
        until(&t, "11-22 12:00").await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 16:00").await;
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
        tighten(&t).await;
        until(&t, "11-24 12:00").await;
        has(&resolution_of(&t, &ticket).await, &json!({
            "ladder": "tightened", "tightened_since": at("11-22 16:00"), "next_warning": null, "alerts": [],
        }));
        assert_eq!(differences(&t).await, [""; 0]);
        act(&t, "wang", &ticket, "resume", json!({})).await.is(200);
        t.advance(secs(0)).await;
        assert_eq!(all_told(&t, &ticket).await, ["wang resolution 30"]);
        until(&t, "11-24 13:59:59").await;
        assert_eq!(all_told(&t, &ticket).await, ["wang resolution 30"]);
        until(&t, "11-24 14:00").await;
        assert_eq!(all_told(&t, &ticket).await, ["wang resolution 30", "zhao resolution 60"]);
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn what_goes_on_again_goes_on_with_the_ladder_of_then(t: TestApp) {
        five_late(&t).await;
        until(&t, "11-22 12:00").await;
        let (first, second) = (at_work(&t).await, at_work(&t).await);
        act(&t, "wang", &first, "resolve", json!({ "result": "好了" })).await.is(200);
        tighten(&t).await;
        act(&t, "wang", &second, "resolve", json!({ "result": "好了" })).await.is(200);
        assert_eq!(resolution_of(&t, &first).await["ladder"], Value::Null);
        act(&t, "lin", &first, "reopen", json!({ "reason": "又坏了" })).await.is(200);
        for kind in ["resolution", "dept_resolve"] {
            assert_eq!(clock(&t, &first, kind).await["ladder"], "tightened", "{kind}");
        }
        loosen(&t).await;
        act(&t, "lin", &second, "reopen", json!({ "reason": "又坏了" })).await.is(200);
        assert_eq!(held(&resolution_of(&t, &second).await), ordinary(50, "assignee", "11-22 17:00"));
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn what_is_promised_for_the_first_time_begins_with_the_ladder_that_holds(t: TestApp) {
        five_late(&t).await;
        let (nothing, something) = (category(&t, "lighting-flicker").await, category(&t, "lighting-out").await);
        let silent = json!({ "rank": 950, "category_ids": [nothing], "no_standard": true, "promises": [] });
        standard(&t, silent).await;
        let mut tickets = Vec::new();
        for _ in 0..2 {
            let ticket = file(&t).await;
            let regraded = json!({ "category_id": nothing, "reason": "看过了" });
            act(&t, "mei", &ticket, "regrade", regraded).await.is(200);
            give(&t, &ticket, "assign", "engineering").await;
            assert!(clocks(&t, "mei", &ticket).await.iter().all(|clock| clock["state"] == "cancelled"));
            tickets.push(ticket);
        }
        until(&t, "11-22 11:30").await;
        tighten(&t).await;
        let regraded = json!({ "category_id": something, "reason": "看错了" });
        act(&t, "mei", &tickets[0], "regrade", regraded.clone()).await.is(200);
        assert_eq!(held(&resolution_of(&t, &tickets[0]).await), tighter("11-22 11:30", (30, "assignee", "11-22 14:30")));
        give(&t, &tickets[1], "transfer", "cleaning").await;
        act(&t, "mei", &tickets[1], "regrade", regraded).await.is(200);
        assert_eq!(held(&resolution_of(&t, &tickets[1]).await), ordinary(50, "assignee", "11-22 16:30"));
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn a_standard_without_one_is_never_tightened(t: TestApp) {
        five_late(&t).await;
        let spec = json!({
            "rank": 901, "kinds": ["repair"], "promises": [resolution(10, "wall_clock")],
            "ladder": levels(&[(50, "assignee")]),
        });
        let body = json!({ "site_id": t.site().await, "name": "不收紧", "spec": spec });
        let li = sign_in(&t, "li").await;
        let made = li.post("/api/v1/standards", body).await;
        assert_eq!(made.is(201).json["spec"]["tightened_ladder"], json!([]));
        let ticket = at_work(&t).await;
        until(&t, "11-22 14:00").await;
        tighten(&t).await;
        assert_eq!(held(&resolution_of(&t, &ticket).await), ordinary(50, "assignee", "11-22 15:00"));
        until(&t, "11-22 15:00").await;
        assert_eq!(all_told(&t, &ticket).await, ["wang resolution 50"]);
        // Once its standard gets one and the ticket the new version, it is.
        let mut spec = made.json["spec"].clone();
        spec["tightened_ladder"] = levels(&[(45, "assignee"), (70, "assignee")]);
        let li = sign_in(&t, "li").await;
        let standard = format!("/api/v1/standards/{}", made.id());
        li.put(&standard, json!({ "spec": spec })).await.is(200);
        li.post(&format!("{standard}/reapply"), json!({ "dry_run": false, "reason": "收紧" })).await.is(200);
        t.advance(secs(0)).await;
        assert_eq!(held(&resolution_of(&t, &ticket).await), tighter("11-22 14:00", (70, "assignee", "11-22 17:00")));
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn standards_from_before_go_on(t: TestApp) {
        let stripped = t.app.write(|tx| {
            let all = standard_versions::table.select((standard_versions::id, standard_versions::spec));
            for (id, Json(mut spec)) in all.load::<(Id, Json)>(tx.conn)? {
                spec.as_object_mut().expect("a standard").remove("tightened_ladder").expect("it is shipped");
                let version = diesel::update(standard_versions::table.find(id));
                version.set(standard_versions::spec.eq(Json(spec))).execute(tx.conn)?;
            }
            Ok(())
        });
        stripped.await.expect("as before");
        let mut t = t;
        t.rebuild(|_| {});
        let (li, site) = (sign_in(&t, "li").await, t.site().await);
        let known = li.get(&format!("/api/v1/standards?site_id={site}")).await;
        let known = known.is(200).json["items"].as_array().expect("standards").clone();
        let repairs = known.iter().find(|one| one["name"] == "报修").expect("repairs");
        assert_eq!(repairs["spec"]["tightened_ladder"], Value::Null);
        let ticket = at_work(&t).await;
        assert_eq!(resolution_of(&t, &ticket).await["ladder"], "ordinary");
        let path = format!("/api/v1/standards/{}", repairs["id"].as_str().expect("an id"));
        li.put(&path, json!({ "spec": repairs["spec"] })).await.is(200);
        let again = li.post(&format!("{path}/reapply"), json!({ "dry_run": true, "reason": "试" })).await;
        assert_eq!(again.is(200).json["changes"], json!([]));
        let period = json!({ "from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z", "standard": repairs["spec"] });
        let tried = li.post(&format!("{path}/what_if"), period).await;
        assert_eq!((&tried.is(200).json["tickets"], &tried.json["gained"]), (&json!(1), &json!([])));
    }
}
