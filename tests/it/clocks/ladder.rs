//! Who is told that time runs out, or ran out.

use diesel::prelude::*;
use serde_json::json;
use yijian::accounts::staff;
use yijian::clocks::model::Alert;
use yijian::db::schema::clock_alerts;
use yijian::values::Instant;

use super::{
    act, at, at_work, clock, department_works, file, may_wait, override_hours, resolution, secs, standard, time, until,
    unwatched_until, warned,
};
use crate::both;
use crate::support::{People, TestApp};

/// Repairs done within ten hours, or four if it is urgent; with the shipped ladder.
async fn ten_hours(t: &TestApp) {
    standard(
        t,
        json!({
            "promises": [
                { "clock": "resolution", "priority": "urgent", "seconds": 4 * 3600, "calendar": "wall_clock" },
                resolution(10, "wall_clock"),
            ],
            "ladder": [
                { "percent": 50, "tell": "assignee" }, { "percent": 80, "tell": "department_lead" },
                { "percent": 100, "tell": "supervisor" }, { "percent": 200, "tell": "admin" },
            ],
            "pausable": true, "pauses": [may_wait("weather", 360_000, 3)],
        }),
    )
    .await;
}

/// Everyone who may be told, with what they were told: `wang resolution 50`.
async fn all_told(t: &TestApp, ticket: &str) -> Vec<String> {
    let mut all = Vec::new();
    for name in ["lin", "mei", "wang", "zhao", "li", "admin"] {
        all.extend(warned(t, name, ticket).await.into_iter().map(|warning| format!("{name} {warning}")));
    }
    all
}

both! {
    async fn case_34_each_step_of_the_ladder_is_told_once_to_the_next_one_up(t: TestApp) {
        ten_hours(&t).await;
        department_works(&t, &t.department("engineering").await, None, Some(&t.staff_id("zhao").await)).await;
        let ticket = at_work(&t).await;
        let mut wanted = Vec::new();
        for (before, reached, news) in [
            ("11-22 14:59:59", "11-22 15:00", "wang resolution 50"),
            ("11-22 17:59:59", "11-22 18:00", "zhao resolution 80"),
            // What stops on its deadline is in time: a second later it is not.
            ("11-22 20:00", "11-22 20:00:01", "li resolution 100"),
            ("11-23 06:00", "11-23 06:00:01", "admin resolution 200"),
        ] {
            until(&t, before).await;
            assert_eq!(all_told(&t, &ticket).await, wanted, "before {reached}");
            until(&t, reached).await;
            wanted.push(news.to_owned());
            assert_eq!(all_told(&t, &ticket).await, wanted, "at {reached}");
        }
        until(&t, "11-30 10:00").await;
        assert_eq!(all_told(&t, &ticket).await, wanted);
        let alerts = clock(&t, &ticket, "resolution").await["alerts"].clone();
        assert_eq!(alerts, json!([
            { "percent": 50, "tell": "assignee", "at": at("11-22 15:00"), "detected_at": at("11-22 15:00") },
            { "percent": 80, "tell": "department_lead", "at": at("11-22 18:00"), "detected_at": at("11-22 18:00") },
            { "percent": 100, "tell": "supervisor", "at": at("11-22 20:00"), "detected_at": at("11-22 20:00:01") },
            { "percent": 200, "tell": "admin", "at": at("11-23 06:00"), "detected_at": at("11-23 06:00:01") },
        ]));
    }

    async fn case_34_where_nobody_in_particular_has_it_the_department_is_told_or_the_desk(t: TestApp) {
        ten_hours(&t).await;
        department_works(&t, &t.department("engineering").await, None, None).await;
        let p = People::sign_in(&t).await;
        let (at_desk, in_pool) = (p.file(&t).await, p.pooled(&t, &p.engineering).await);
        until(&t, "11-22 18:00").await;
        // The lead stands in for the desk.
        assert_eq!(all_told(&t, &at_desk).await, ["mei resolution 50", "li resolution 50", "li resolution 80"]);
        let pool = ["wang resolution 50", "wang resolution 80", "zhao resolution 50", "zhao resolution 80"];
        assert_eq!(all_told(&t, &in_pool).await, pool);
    }

    async fn who_has_left_is_not_told_and_whoever_comes_next_is(t: TestApp) {
        ten_hours(&t).await;
        department_works(&t, &t.department("engineering").await, None, Some(&t.staff_id("zhao").await)).await;
        let ticket = at_work(&t).await;
        t.app.write(|tx| staff::disable(tx, "wang")).await.expect("disabled");
        until(&t, "11-22 15:00").await;
        assert_eq!(warned(&t, "zhao", &ticket).await, ["resolution 50"], "the department in the place of the person");
        for name in ["zhao", "gao"] {
            t.app.write(move |tx| staff::disable(tx, name)).await.expect("disabled");
        }
        until(&t, "11-22 18:00").await;
        assert_eq!(warned(&t, "li", &ticket).await, ["resolution 80"], "the supervisor in the place of lead and department");
        assert_eq!(warned(&t, "mei", &ticket).await, [""; 0]);
    }

    async fn case_34_a_day_off_does_not_tell_the_same_level_again(t: TestApp) {
        standard(&t, json!({
            "promises": [{ "clock": "resolution", "working_days": 3, "calendar": "open_hours" }],
            "ladder": [{ "percent": 30, "tell": "supervisor" }, { "percent": 100, "tell": "admin" }],
        })).await;
        let ticket = at_work(&t).await;
        until(&t, "11-24 10:00").await;
        assert_eq!(warned(&t, "li", &ticket).await, ["resolution 30"]);
        override_hours(&t, json!({ "2026-11-25": [{ "open": "10:00", "close": "14:00" }] })).await;
        until(&t, "11-24 10:01").await;
        assert_eq!(clock(&t, &ticket, "resolution").await["due_at"], at("11-25 14:00"));
        override_hours(&t, json!({ "2026-11-25": [{ "open": "10:00", "close": "20:00" }] })).await;
        until(&t, "11-24 10:02").await;
        assert_eq!(warned(&t, "li", &ticket).await, ["resolution 30"]);
        until(&t, "11-25 20:00:01").await;
        assert_eq!(warned(&t, "admin", &ticket).await, ["resolution 100"]);
    }

    async fn case_34_after_a_new_target_only_the_highest_step_that_was_passed_is_told(t: TestApp) {
        ten_hours(&t).await;
        department_works(&t, &t.department("engineering").await, None, Some(&t.staff_id("zhao").await)).await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 13:30").await;
        act(&t, "mei", &ticket, "regrade", json!({ "priority": "urgent", "reason": "急" })).await.is(200);
        assert_eq!(all_told(&t, &ticket).await, [""; 0]);
        t.advance(secs(0)).await;
        // Of four hours, three and a half are 87.5 percent.
        assert_eq!(all_told(&t, &ticket).await, ["zhao resolution 80"]);
        until(&t, "11-22 14:00:01").await;
        assert_eq!(all_told(&t, &ticket).await, ["zhao resolution 80", "li resolution 100"]);
        // With the longer target they start anew.
        act(&t, "mei", &ticket, "regrade", json!({ "priority": "normal", "reason": "不急" })).await.is(200);
        until(&t, "11-22 18:00").await;
        let wanted = ["wang resolution 50", "zhao resolution 80", "zhao resolution 80", "li resolution 100"];
        assert_eq!(all_told(&t, &ticket).await, wanted);
        let query = clock_alerts::table.order(clock_alerts::at).select(Alert::as_select());
        let alerts = t.app.read(move |tx| Ok(query.load(tx.conn)?)).await.expect("alerts");
        let told = alerts.into_iter().map(|alert| (alert.target_version, alert.percent, alert.at));
        let told: Vec<(i32, i32, Instant)> = told.collect();
        let wanted =
            [(2, 80, "11-22 13:30"), (2, 100, "11-22 14:00"), (3, 50, "11-22 15:00"), (3, 80, "11-22 18:00")];
        assert_eq!(told, wanted.map(|(version, percent, local)| (version, percent, Instant::from(time(local)))));
    }

    async fn case_34_nobody_is_warned_while_it_waits(t: TestApp) {
        ten_hours(&t).await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 14:00").await;
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
        until(&t, "11-24 14:00").await;
        assert_eq!(all_told(&t, &ticket).await, [""; 0]);
        act(&t, "wang", &ticket, "resume", json!({})).await.is(200);
        until(&t, "11-24 14:59:59").await;
        assert_eq!(all_told(&t, &ticket).await, [""; 0]);
        until(&t, "11-24 15:00").await;
        assert_eq!(all_told(&t, &ticket).await, ["wang resolution 50"]);
    }

    async fn case_34_nobody_is_told_of_what_is_done(t: TestApp) {
        ten_hours(&t).await;
        let ticket = at_work(&t).await;
        // Half is over, and nobody was there to say so.
        unwatched_until(&t, "11-22 16:00");
        act(&t, "wang", &ticket, "resolve", json!({ "result": "好了" })).await.is(200);
        until(&t, "11-24 14:00").await;
        assert_eq!(all_told(&t, &ticket).await, [""; 0]);
    }

    async fn the_shipped_ladder_watches_every_clock(t: TestApp) {
        let ticket = file(&t).await;
        until(&t, "11-22 11:00").await;
        assert_eq!(all_told(&t, &ticket).await, ["mei first_response 50", "li first_response 50"]);
        until(&t, "11-22 14:00:01").await;
        let wanted = ["mei first_response 50", "li first_response 50", "li first_response 80", "li first_response 100",
            "admin first_response 200"];
        assert_eq!(all_told(&t, &ticket).await, wanted);
        until(&t, "11-22 22:00").await;
        assert!(all_told(&t, &ticket).await.contains(&"mei resolution 50".to_owned()));
    }
}
