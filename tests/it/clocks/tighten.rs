//! While a department's resolution rate is under its target, its tickets are told of sooner.

use diesel::prelude::*;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::clocks::tighten;
use yijian::db::schema::{clocks as rows, departments, jobs, standard_versions};
use yijian::jobs::service as worker;
use yijian::tightenings::watch;
use yijian::values::{Id, Instant, Json};

use super::audit::{self, differences};
use super::{
    act, at, at_work, category, clock, clocks, department_works, file, has, may_wait, newest, resolution, secs,
    sign_in, standard, until, unwatched_until, warned,
};
use crate::both;
use crate::support::{Backend, Client, TestApp, path};

/// Repairs are done within ten hours, urgent ones within one; with a ladder, and with one that is tighter.
async fn ladders(t: &TestApp, ordinary: &Value, tightened: &Value) -> String {
    let promise =
        |clock: &str, hours: i64| json!({ "clock": clock, "seconds": hours * 3600, "calendar": "wall_clock" });
    let urgent = json!({ "clock": "resolution", "priority": "urgent", "seconds": 3600, "calendar": "wall_clock" });
    let spec = json!({
        "promises": [urgent, resolution(10, "wall_clock"), promise("dept_resolve", 20)],
        "ladder": ordinary, "tightened_ladder": tightened,
        "pausable": true, "pauses": [may_wait("weather", 360_000, 3)],
    });
    standard(t, spec).await
}

/// The same as they are shipped, which tell 赵师傅 as the lead of 工程.
async fn shipped(t: &TestApp) {
    let ordinary = levels(&[(50, "assignee"), (80, "department_lead"), (100, "supervisor"), (200, "admin")]);
    let tightened =
        levels(&[(30, "assignee"), (60, "department_lead"), (80, "supervisor"), (100, "supervisor"), (150, "admin")]);
    ladders(t, &ordinary, &tightened).await;
    department_works(t, &t.department("engineering").await, None, Some(&t.staff_id("zhao").await)).await;
}

fn levels(levels: &[(i64, &str)]) -> Value {
    levels.iter().map(|(percent, tell)| json!({ "percent": percent, "tell": tell })).collect()
}

/// The site aims at such a resolution rate, in ten-thousandths; departments are judged by it at once.
async fn aim(t: &TestApp, share: Option<i32>) {
    let path = format!("/api/v1/sites/{}/rate_targets", t.site().await);
    let rates: Vec<Value> = share.iter().map(|share| json!({ "rate": "resolution", "share": share })).collect();
    let targets = json!({ "rates": rates, "few": 5, "complaints_per_month": 100 });
    sign_in(t, "li").await.put(&path, json!({ "targets": targets, "reason": "试" })).await.is(200);
    t.advance(secs(0)).await;
}

/// An urgent ticket in the pool of a department, whose hour begins now.
async fn urgent(t: &TestApp, department_id: &str) -> String {
    let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮", "priority": "urgent" });
    let ticket = path(&sign_in(t, "lin").await.post("/api/v1/repairs", body).await);
    act(t, "mei", &ticket, "assign", json!({ "department_id": department_id })).await.is(200);
    ticket
}

async fn late(t: &TestApp, department_id: &str, count: usize) {
    for _ in 0..count {
        urgent(t, department_id).await;
    }
}

/// With nothing aimed at, five tickets of 工程 that are late at a second past eleven: from then on it is tightened whenever
/// something is aimed at.
async fn five_late(t: &TestApp) {
    shipped(t).await;
    aim(t, None).await;
    late(t, &t.department("engineering").await, 5).await;
}

async fn tighten(t: &TestApp) {
    aim(t, Some(9500)).await;
}

async fn loosen(t: &TestApp) {
    aim(t, None).await;
}

async fn tightenings(t: &TestApp) -> Vec<Value> {
    let list = format!("/api/v1/sites/{}/tightenings", t.site().await);
    sign_in(t, "li").await.get(&list).await.is(200).json["items"].as_array().expect("a list").clone()
}

async fn tightened_since(t: &TestApp, code: &str) -> Value {
    let list = format!("/api/v1/sites/{}/departments", t.site().await);
    let reply = sign_in(t, "wang").await.get(&list).await;
    let departments = reply.is(200).json["items"].as_array().expect("departments").clone();
    departments.iter().find(|one| one["code"] == code).expect("a department")["tightened_since"].clone()
}

/// What somebody was told of departments, oldest first.
async fn heard(t: &TestApp, name: &str) -> Vec<Value> {
    heard_by(&sign_in(t, name).await).await
}

async fn heard_by(who: &Client) -> Vec<Value> {
    let reply = who.get("/api/v1/notices?limit=100").await;
    let items = reply.is(200).json["items"].as_array().expect("notices").clone();
    items.into_iter().rev().filter(|one| one["kind"].as_str().is_some_and(|kind| kind.starts_with("ladder_"))).collect()
}

/// Everyone who may be told, with what they were told of the requester's promise: `wang resolution 50`.
async fn all_told(t: &TestApp, ticket: &str) -> Vec<String> {
    let mut all = Vec::new();
    for name in ["mei", "wang", "zhao", "li", "admin"] {
        all.extend(warned(t, name, ticket).await.into_iter().map(|warning| format!("{name} {warning}")));
    }
    all.retain(|told| told.contains(" resolution "));
    all
}

/// Which ladder holds, since when, and who is told next.
fn held(clock: &Value) -> (Value, Value, Value) {
    (clock["ladder"].clone(), clock["tightened_since"].clone(), clock["next_warning"].clone())
}

fn ordinary(percent: i64, tell: &str, local: &str) -> (Value, Value, Value) {
    (json!("ordinary"), Value::Null, json!({ "percent": percent, "tell": tell, "at": at(local) }))
}

fn tighter(since: &str, (percent, tell, local): (i64, &str, &str)) -> (Value, Value, Value) {
    (json!("tightened"), at(since), json!({ "percent": percent, "tell": tell, "at": at(local) }))
}

async fn resolution_of(t: &TestApp, ticket: &str) -> Value {
    clock(t, ticket, "resolution").await
}

async fn give(t: &TestApp, ticket: &str, action: &str, department: &str) {
    let body = json!({ "reason": "归别人", "department_id": t.department(department).await });
    let body = if action == "assign" { json!({ "department_id": body["department_id"] }) } else { body };
    act(t, "mei", ticket, action, body).await.is(200);
}

async fn engineering(t: &TestApp) -> Id {
    t.department("engineering").await.parse().expect("an id")
}

/// Judges and leaves it at that, as a worker would that is killed then.
async fn judged_only(t: &TestApp) {
    let site: Id = t.site().await.parse().expect("an id");
    watch::judge(&t.app, site).await.expect("judged");
}

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

    async fn while_it_lasts_the_tightened_ladder_is_told_and_not_the_ordinary_one(t: TestApp) {
        five_late(&t).await;
        until(&t, "11-22 11:30").await;
        tighten(&t).await;
        until(&t, "11-22 12:00").await;
        let ticket = at_work(&t).await;
        let resolution = resolution_of(&t, &ticket).await;
        assert_eq!(held(&resolution), tighter("11-22 12:00", (30, "assignee", "11-22 15:00")));
        let mut wanted: Vec<&str> = Vec::new();
        for (before, reached, news) in [
            ("11-22 14:59:59", "11-22 15:00", "wang resolution 30"),
            ("11-22 17:59:59", "11-22 18:00", "zhao resolution 60"),
            ("11-22 19:59:59", "11-22 20:00", "li resolution 80"),
            ("11-22 22:00", "11-22 22:00:01", "li resolution 100"),
            ("11-23 03:00", "11-23 03:00:01", "admin resolution 150"),
        ] {
            until(&t, before).await;
            assert_eq!(all_told(&t, &ticket).await, wanted, "{before}");
            until(&t, reached).await;
            wanted.push(news);
            assert_eq!(all_told(&t, &ticket).await, wanted, "{reached}");
        }
        // The breach stands at its deadline as ever, and whoever was told sooner may ask why.
        let clock = resolution_of(&t, &ticket).await;
        has(&clock, &json!({ "breached_at": at("11-22 22:00"), "ladder": "tightened", "next_warning": null }));
        assert_eq!(clock["alerts"].as_array().map(Vec::len), Some(5));
        let notices = sign_in(&t, "zhao").await.get("/api/v1/notices?limit=100").await;
        let warned = notices.is(200).json["items"].as_array().expect("notices").clone();
        let warned = warned.iter().find(|one| one["detail"]["percent"] == 60 && one["detail"]["clock"] == "resolution");
        assert_eq!(warned.expect("a warning")["detail"]["tightened_since"], at("11-22 12:00"));
        // It is nobody's business outside.
        let seen = newest(&clocks(&t, "lin", &ticket).await, "resolution");
        has(&seen, &json!({ "ladder": null, "tightened_since": null, "next_warning": null, "alerts": [] }));
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn of_levels_passed_already_only_the_highest_is_told_and_nothing_twice(t: TestApp) {
        five_late(&t).await;
        // At five o'clock 70, 45 and 15 percent of their time are over.
        let mut tickets = Vec::new();
        for local in ["11-22 10:00", "11-22 12:30", "11-22 15:30"] {
            until(&t, local).await;
            tickets.push(at_work(&t).await);
        }
        until(&t, "11-22 17:00").await;
        assert_eq!(all_told(&t, &tickets[0]).await, ["wang resolution 50"]);
        tighten(&t).await;
        assert_eq!(all_told(&t, &tickets[0]).await, ["wang resolution 50", "zhao resolution 60"]);
        assert_eq!(all_told(&t, &tickets[1]).await, ["wang resolution 30"]);
        assert_eq!(all_told(&t, &tickets[2]).await, [""; 0]);
        assert_eq!(held(&resolution_of(&t, &tickets[0]).await), tighter("11-22 17:00", (80, "supervisor", "11-22 18:00")));
        assert_eq!(held(&resolution_of(&t, &tickets[1]).await), tighter("11-22 17:00", (60, "department_lead", "11-22 18:30")));
        assert_eq!(held(&resolution_of(&t, &tickets[2]).await), tighter("11-22 17:00", (30, "assignee", "11-22 18:30")));
        // What was told says when its percent was reached, and when that mattered.
        let alert = resolution_of(&t, &tickets[1]).await["alerts"][0].clone();
        assert_eq!(alert, json!({
            "percent": 30, "tell": "assignee", "at": at("11-22 15:30"), "detected_at": at("11-22 17:00"),
        }));
        // Back and forth: the ordinary level that is passed is told, the tightened one not again.
        until(&t, "11-22 18:00").await;
        loosen(&t).await;
        assert_eq!(all_told(&t, &tickets[1]).await, ["wang resolution 30", "wang resolution 50"]);
        tighten(&t).await;
        loosen(&t).await;
        tighten(&t).await;
        assert_eq!(all_told(&t, &tickets[1]).await, ["wang resolution 30", "wang resolution 50"]);
        let told = ["wang resolution 50", "zhao resolution 60", "li resolution 80"];
        assert_eq!(all_told(&t, &tickets[0]).await, told);
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn several_levels_that_were_passed_in_silence_are_one_notice(t: TestApp) {
        let ordinary = levels(&[(90, "assignee"), (100, "supervisor")]);
        let tightened = levels(&[(20, "assignee"), (40, "supervisor"), (60, "department_lead"), (100, "supervisor")]);
        five_late(&t).await;
        let standards = format!("/api/v1/standards?site_id={}&limit=100", t.site().await);
        let li = sign_in(&t, "li").await;
        let known = li.get(&standards).await.is(200).json["items"].as_array().expect("standards").clone();
        let known = known.iter().find(|one| one["name"] == "试用").expect("ours").clone();
        let mut spec = known["spec"].clone();
        (spec["ladder"], spec["tightened_ladder"]) = (ordinary, tightened);
        let standard = format!("/api/v1/standards/{}", known["id"].as_str().expect("an id"));
        li.put(&standard, json!({ "spec": spec })).await.is(200);
        let ticket = at_work(&t).await;
        until(&t, "11-22 17:00").await;
        assert_eq!(all_told(&t, &ticket).await, [""; 0]);
        tighten(&t).await;
        assert_eq!(all_told(&t, &ticket).await, ["zhao resolution 60"]);
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn afterwards_the_ordinary_ladder_holds_again(t: TestApp) {
        five_late(&t).await;
        until(&t, "11-22 11:30").await;
        tighten(&t).await;
        until(&t, "11-22 12:00").await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 15:30").await;
        assert_eq!(all_told(&t, &ticket).await, ["wang resolution 30"]);
        loosen(&t).await;
        assert_eq!(held(&resolution_of(&t, &ticket).await), ordinary(50, "assignee", "11-22 17:00"));
        until(&t, "11-22 19:59").await;
        assert_eq!(all_told(&t, &ticket).await, ["wang resolution 30", "wang resolution 50"]);
        until(&t, "11-22 20:00").await;
        assert_eq!(held(&resolution_of(&t, &ticket).await), ordinary(100, "supervisor", "11-22 22:00"));
        let told = all_told(&t, &ticket).await;
        assert_eq!(told, ["wang resolution 30", "wang resolution 50", "zhao resolution 80"]);
        assert_eq!(differences(&t).await, [""; 0]);
    }

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

    async fn a_worker_that_is_killed_is_followed_by_one_who_goes_on(t: TestApp) {
        five_late(&t).await;
        until(&t, "11-22 11:30").await;
        // Judged, and the clocks are not seen to yet.
        let targets = format!("/api/v1/sites/{}/rate_targets", t.site().await);
        let targets_of = |share: i32| json!({
            "targets": { "rates": [{ "rate": "resolution", "share": share }], "few": 5, "complaints_per_month": 100 },
            "reason": "试",
        });
        let li = sign_in(&t, "li").await;
        li.put(&targets, targets_of(9500)).await.is(200);
        // Looked at by two at once, it begins once.
        let site: Id = t.site().await.parse().expect("an id");
        let (one, other) = join(watch::judge(&t.app, site), watch::judge(&t.app, site)).await;
        assert_eq!(one.expect("judged"), other.expect("judged"));
        assert_eq!((tightenings(&t).await.len(), heard(&t, "li").await.len()), (1, 1));
        assert_eq!(tightened_since(&t, "engineering").await, at("11-22 11:30"));
        // Two live clocks each: the ticket's, and the department's.
        assert_eq!(differences(&t).await.len(), 10);
        // What comes in meanwhile needs nobody.
        let ticket = at_work(&t).await;
        assert_eq!(resolution_of(&t, &ticket).await["ladder"], "tightened");
        assert_eq!(differences(&t).await.len(), 10);
        // Cut off in the middle.
        let id = engineering(&t).await;
        let last = t.app.write(move |tx| tighten::run_some(tx, id, None, 2)).await.expect("some");
        assert!(last.is_some());
        assert_eq!(differences(&t).await.len(), 6);
        let (one, other) = join(worker::run_due(&t.app), worker::run_due(&t.app)).await;
        assert!(one.expect("ran") + other.expect("ran") > 0);
        assert_eq!(differences(&t).await, [""; 0]);
        assert_eq!((tightenings(&t).await.len(), heard(&t, "li").await.len()), (1, 1));
        // The other way round: it is over before all were seen to.
        li.put(&targets, targets_of(0)).await.is(200);
        judged_only(&t).await;
        t.app.write(move |tx| tighten::run_some(tx, id, None, 2)).await.expect("some");
        li.put(&targets, targets_of(9500)).await.is(200);
        judged_only(&t).await;
        assert_eq!(differences(&t).await.len(), 4, "two tickets were loosened already");
        t.advance(secs(0)).await;
        assert_eq!(differences(&t).await, [""; 0]);
        assert_eq!(tightenings(&t).await.len(), 2);
    }

    async fn a_wrong_flag_is_found_and_mended(t: TestApp) {
        five_late(&t).await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 11:30").await;
        tighten(&t).await;
        let id: Id = resolution_of(&t, &ticket).await["id"].as_str().expect("an id").parse().expect("an id");
        let before = resolution_of(&t, &ticket).await;
        for wrong in [None::<Instant>, Some(t.app.now())] {
            let (is, was) = (if wrong.is_none() { "tightened" } else { "ordinary" }, wrong);
            let tampered = t.app.write(move |tx| {
                let row = rows::table.filter(rows::id.eq(id));
                Ok(diesel::update(row).set(rows::tightened_at.eq(was)).execute(tx.conn)?)
            });
            assert_eq!(tampered.await.expect("tampered with"), 1);
            let found = differences(&t).await;
            assert!(found.len() == 1 && found[0].starts_with(&format!("clock {id}: ")), "{found:?}");
            yijian::clocks::audit::run(&t.app, true).await.expect("an audit");
            assert_eq!(differences(&t).await, [""; 0]);
            assert_eq!(resolution_of(&t, &ticket).await["ladder"], is);
            if was.is_none() {
                assert_eq!(resolution_of(&t, &ticket).await, before);
                loosen(&t).await;
            }
        }
        assert!(audit::verify(&t).await.clocks > 10);
    }

    async fn tickets_that_move_while_it_begins_or_ends_are_not_missed(t: TestApp) {
        five_late(&t).await;
        let mut tickets = Vec::new();
        for _ in 0..8 {
            let ticket = at_work(&t).await;
            act(&t, "wang", &ticket, "return", json!({ "reason": "请厂家" })).await.is(200);
            tickets.push(ticket);
        }
        until(&t, "11-22 11:30").await;
        let (engineering, cleaning) = (t.department("engineering").await, t.department("cleaning").await);
        for (round, share) in [9500, 0, 9500, 0, 9500].into_iter().enumerate() {
            let to = if round % 2 == 0 { &engineering } else { &cleaning };
            let mei = sign_in(&t, "mei").await;
            let moves = tickets.iter().map(|ticket| {
                let (action, mut body) = if round == 0 { ("assign", json!({})) } else { ("transfer", json!({ "reason": "换" })) };
                body["department_id"] = json!(to);
                let (mei, path) = (mei.clone(), format!("{ticket}/{action}"));
                async move { mei.post(&path, body).await.is(200).id() }
            });
            join(join_all(moves), aim(&t, Some(share))).await;
            t.advance(secs(0)).await;
            assert_eq!(differences(&t).await, [""; 0], "round {round}");
            let is = if share == 9500 && to == &engineering { "tightened" } else { "ordinary" };
            for ticket in &tickets {
                assert_eq!(resolution_of(&t, ticket).await["ladder"], is, "round {round}");
            }
        }
    }

    async fn a_move_that_is_not_yet_written_holds_up_who_judges(t: TestApp) {
        if t.backend == Backend::Sqlite {
            return;
        }
        five_late(&t).await;
        let ticket = file(&t).await;
        until(&t, "11-22 11:30").await;
        let targets = json!({
            "targets": { "rates": [{ "rate": "resolution", "share": 9500 }], "few": 5, "complaints_per_month": 100 },
            "reason": "试",
        });
        let li = sign_in(&t, "li").await;
        li.put(&format!("/api/v1/sites/{}/rate_targets", t.site().await), targets).await.is(200);
        let (mei, to): (Client, String) = (sign_in(&t, "mei").await, t.department("engineering").await);
        // The move has read how the department stands, and cannot write its hop.
        let (locked, is_locked) = tokio::sync::oneshot::channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let app = t.app.clone();
        let holder = actix_web::rt::spawn(async move {
            let hold = move |tx: &mut yijian::app::Tx<'_>| {
                diesel::sql_query("LOCK TABLE ticket_hops IN EXCLUSIVE MODE").execute(tx.conn)?;
                locked.send(()).expect("somebody waits");
                released.recv().expect("released");
                Ok(())
            };
            app.write(hold).await.expect("held");
        });
        is_locked.await.expect("locked");
        let path = format!("{ticket}/assign");
        let moving = actix_web::rt::spawn(async move {
            mei.post(&path, json!({ "department_id": to })).await.is(200);
        });
        locks_waited_for(&t, 1).await;
        let app = t.app.clone();
        let judging = actix_web::rt::spawn(async move { worker::run_due(&app).await.expect("jobs run") });
        locks_waited_for(&t, 2).await;
        release.send(()).expect("somebody waits");
        holder.await.expect("held");
        moving.await.expect("moved");
        judging.await.expect("judged");
        assert_eq!(tightened_since(&t, "engineering").await, at("11-22 11:30"));
        let left = t.app.read(|tx| {
            let query = jobs::table.filter(jobs::kind.eq("tighten")).count();
            Ok(query.get_result::<i64>(tx.conn)?)
        });
        assert_eq!(left.await.expect("a count"), 0, "the clocks were seen to");
        assert_eq!(resolution_of(&t, &ticket).await["ladder"], "tightened");
        assert_eq!(differences(&t).await, [""; 0]);
    }
}

/// Returns when so many of PostgreSQL's connections to this database wait for a lock.
async fn locks_waited_for(t: &TestApp, count: i64) {
    #[derive(QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    const QUERY: &str = "SELECT count(*) AS n FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..3_000 {
        let waiting = t.app.read(|tx| Ok(diesel::sql_query(QUERY).get_result::<Waiting>(tx.conn)?.n));
        if waiting.await.expect("a count") == count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{count} connections never waited at one time");
}
