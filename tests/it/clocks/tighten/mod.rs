//! While a department's resolution rate is under its target, its tickets are told of sooner.

mod at_once;
mod judging;
mod moving;
mod telling;

use serde_json::{Value, json};
use yijian::tightenings::watch;
use yijian::values::Id;

use crate::clocks::{act, at, clock, department_works, may_wait, resolution, secs, sign_in, standard, warned};
use crate::support::{Client, TestApp, path};

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
