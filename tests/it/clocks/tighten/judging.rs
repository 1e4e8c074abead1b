//! When it begins and when it ends, and who hears of it.

use diesel::prelude::*;
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::db::schema::departments;
use yijian::values::Id;

use super::{
    aim, engineering, five_late, heard, heard_by, late, loosen, shipped, tighten, tightened_since, tightenings, urgent,
};
use crate::both;
use crate::clocks::audit::differences;
use crate::clocks::{act, at, department_works, has, secs, sign_in, until, unwatched_until};

both! {
    async fn four_decided_do_nothing_and_the_fifth_does(t: TestApp) {
        shipped(&t).await;
        let engineering = t.department("engineering").await;
        late(&t, &engineering, 4).await;
        until(&t, "11-22 12:00").await;
        assert_eq!(tightenings(&t).await, Vec::<Value>::new());
        late(&t, &engineering, 1).await;
        until(&t, "11-22 13:00").await;
        until(&t, "11-22 13:59:59").await;
        assert_eq!((tightenings(&t).await, tightened_since(&t, "engineering").await), (Vec::new(), Value::Null));
        assert_eq!(heard(&t, "li").await, Vec::<Value>::new());
        // It is looked every hour.
        until(&t, "11-22 14:00").await;
        let list = tightenings(&t).await;
        assert_eq!(list.len(), 1, "{list:#?}");
        has(&list[0], &json!({
            "department_id": engineering, "department": { "id": engineering, "name": "工程" },
            "site_id": t.site().await, "since": at("11-22 14:00"), "until": null, "at_end": null,
            "at_begin": { "numerator": 0, "denominator": 5, "value": 0.0, "target": 9500, "verdict": "missed" },
        }));
        assert_eq!(tightened_since(&t, "engineering").await, at("11-22 14:00"));
        assert_eq!(tightened_since(&t, "cleaning").await, Value::Null);
        // That it is so, whoever works there may know; how it did, its own people.
        let path = format!("/api/v1/sites/{}/tightenings", t.site().await);
        for (name, shows) in [("wang", true), ("admin", true), ("mei", false), ("he", false)] {
            let seen = sign_in(&t, name).await.get(&path).await;
            let seen = seen.is(200).json["items"][0].clone();
            assert_eq!((&seen["id"], seen["at_begin"].is_object()), (&list[0]["id"], shows), "{name}");
        }
        // Whoever answers for it is told, and the supervisors, and nobody else; and once.
        until(&t, "11-22 18:00").await;
        for (name, times) in [("zhao", 1), ("li", 1), ("wang", 0), ("mei", 0), ("gao", 0), ("admin", 0)] {
            assert_eq!(heard(&t, name).await.len(), times, "{name}");
        }
        let notice = heard(&t, "zhao").await.remove(0);
        assert_eq!(notice["kind"], "ladder_tightened");
        has(&notice["detail"], &json!({
            "department_id": engineering, "department": "工程", "tightening_id": list[0]["id"],
            "since": at("11-22 14:00"), "numerator": 0, "denominator": 5, "target": 9500,
        }));
        assert_eq!(tightenings(&t).await, list, "it is one as long as it lasts");
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn at_the_target_is_not_under_it(t: TestApp) {
        shipped(&t).await;
        aim(&t, Some(5000)).await;
        let engineering = t.department("engineering").await;
        late(&t, &engineering, 5).await;
        for _ in 0..5 {
            let ticket = urgent(&t, &engineering).await;
            act(&t, "mei", &ticket, "resolve", json!({ "result": "好了" })).await.is(200);
        }
        until(&t, "11-22 12:00").await;
        assert_eq!(tightenings(&t).await, Vec::<Value>::new());
        late(&t, &engineering, 1).await;
        until(&t, "11-22 14:00").await;
        has(&tightenings(&t).await[0], &json!({
            "at_begin": { "numerator": 5, "denominator": 11, "value": 0.4545, "target": 5000, "verdict": "missed" },
        }));
        // The same numbers as the rates of the department, and its own: nobody else's.
        let rates = format!("/api/v1/rates?site_id={}&group_by=department", t.site().await);
        let rates = sign_in(&t, "li").await.get(&rates).await;
        let groups = rates.is(200).json["groups"].as_array().expect("groups").clone();
        let of_rate = groups.iter().find(|group| group["key"] == json!(engineering)).expect("a group")["rates"].clone();
        let of_rate = of_rate.as_array().expect("rates").iter().find(|one| one["rate"] == "resolution").cloned();
        has(&of_rate.expect("a rate"), &json!({ "numerator": 5, "denominator": 11, "verdict": "missed" }));
        assert_eq!(tightenings(&t).await.len(), 1);
        // With one more it is as aimed at: that ends it.
        let ticket = urgent(&t, &engineering).await;
        act(&t, "mei", &ticket, "resolve", json!({ "result": "好了" })).await.is(200);
        until(&t, "11-22 15:00").await;
        let list = tightenings(&t).await;
        has(&list[0], &json!({
            "since": at("11-22 14:00"), "until": at("11-22 15:00"),
            "at_end": { "numerator": 6, "denominator": 12, "value": 0.5, "target": 5000, "verdict": "met" },
        }));
        assert_eq!((list.len(), tightened_since(&t, "engineering").await), (1, Value::Null));
        for name in ["zhao", "li"] {
            let heard: Vec<Value> = heard(&t, name).await.into_iter().map(|notice| notice["kind"].clone()).collect();
            assert_eq!(heard, ["ladder_tightened", "ladder_loosened"], "{name}");
        }
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn it_ends_when_the_tickets_are_long_ago_or_nothing_is_aimed_at(t: TestApp) {
        five_late(&t).await;
        until(&t, "11-22 11:30").await;
        tighten(&t).await;
        loosen(&t).await;
        has(&tightenings(&t).await[0], &json!({
            "since": at("11-22 11:30"), "until": at("11-22 11:30"),
            "at_end": { "numerator": 0, "denominator": 5, "value": 0.0, "target": null, "verdict": "no_target" },
        }));
        tighten(&t).await;
        assert_eq!(tightenings(&t).await.len(), 2);
        // 21 December is the thirtieth day.
        unwatched_until(&t, "12-21 23:59");
        t.advance(secs(0)).await;
        assert_eq!(tightenings(&t).await[0]["until"], Value::Null);
        t.advance(secs(3600)).await;
        has(&tightenings(&t).await[0], &json!({
            "at_end": { "numerator": 0, "denominator": 0, "value": null, "target": 9500, "verdict": "too_few" },
        }));
        let first = format!("/api/v1/sites/{}/tightenings?limit=1", t.site().await);
        let wang = sign_in(&t, "wang").await;
        let page = wang.get(&first).await;
        assert_eq!(page.is(200).json["has_more"], json!(true));
        let cursor = page.json["next_cursor"].as_str().expect("a cursor").to_owned();
        let rest = wang.get(&format!("{first}&cursor={cursor}")).await;
        assert_eq!(rest.is(200).json["items"][0]["id"], tightenings(&t).await[1]["id"]);
        let cleaning = t.department("cleaning").await;
        let none = wang.get(&format!("{first}&department_id={cleaning}")).await;
        assert_eq!(none.is(200).json["items"], json!([]));
    }

    async fn the_lead_who_is_gone_is_not_told_and_a_supervisor_is_told_once(t: TestApp) {
        five_late(&t).await;
        department_works(&t, &t.department("engineering").await, None, None).await;
        until(&t, "11-22 11:30").await;
        tighten(&t).await;
        for (name, times) in [("zhao", 0), ("li", 1), ("wang", 0)] {
            assert_eq!(heard(&t, name).await.len(), times, "{name}");
        }
        loosen(&t).await;
        let (zhou, zhou_id) = t.hire("zhou", Role::Supervisor, None).await;
        let (id, lead): (Id, Id) = (engineering(&t).await, zhou_id.parse().expect("an id"));
        let named = t.app.write(move |tx| {
            Ok(diesel::update(departments::table.find(id)).set(departments::lead_id.eq(Some(lead))).execute(tx.conn)?)
        });
        assert_eq!(named.await.expect("a lead"), 1);
        tighten(&t).await;
        assert_eq!(heard(&t, "li").await.len(), 3);
        let newest = tightenings(&t).await[0]["id"].clone();
        let told = heard_by(&zhou).await;
        assert_eq!(told.iter().filter(|one| one["detail"]["tightening_id"] == newest).count(), 1);
    }
}
