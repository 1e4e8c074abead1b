//! The clocks of tickets as people and programs meet them, rule by rule: `case_NN_…` is rule NN. What the arithmetic
//! alone decides is tested with the engine, in `sla/`.

mod audit;
mod calendars;
mod departments;
mod detection;
mod excuse;
mod finish;
mod ladder;
mod limits;
mod pause;
mod random;
mod regrade;
mod reopen;
mod response;
mod start;
mod tighten;
mod views;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use yijian::values::Instant;

use crate::support::{Client, Reply, TestApp, path};

/// `MM-DD HH:MM`, with seconds or without, of 2026 in Shanghai.
fn time(local: &str) -> Timestamp {
    let seconds = if local.len() == 11 { ":00" } else { "" };
    format!("2026-{}{seconds}+08:00", local.replace(' ', "T")).parse().expect("a time")
}

/// The same, as answers give it.
fn at(local: &str) -> Value {
    json!(Instant::from(time(local)))
}

fn secs(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn mins(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// Lets time pass until then, with a worker at work.
async fn until(t: &TestApp, local: &str) {
    t.advance(time(local).duration_since(t.app.now().0)).await;
}

/// Lets time pass until then while no worker runs.
fn unwatched_until(t: &TestApp, local: &str) {
    let by = time(local).duration_since(t.app.now().0);
    t.app.clock.advance(by).expect("a clock moved by hand");
}

/// Somebody by name, signed in just now: tokens do not live as long as these stories take.
async fn sign_in(t: &TestApp, name: &str) -> Client {
    match name {
        "lin" => t.shopper("xiaolin").await,
        "hua" => t.shopper("xiaohua").await,
        staff => t.staff(staff).await,
    }
}

/// Somebody does something to a ticket, now.
async fn act(t: &TestApp, name: &str, ticket: &str, action: &str, body: Value) -> Reply {
    sign_in(t, name).await.post(&format!("{ticket}/{action}"), body).await
}

/// The ticket as the desk sees it now.
async fn shown(t: &TestApp, ticket: &str) -> Value {
    sign_in(t, "mei").await.get(ticket).await.is(200).json.clone()
}

/// A new ticket of 小林's about the lamp, filed now.
async fn file(t: &TestApp) -> String {
    let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮" });
    path(&sign_in(t, "lin").await.post("/api/v1/repairs", body).await)
}

/// A new ticket that 王师傅 is at, and that nobody has answered yet.
async fn at_work(t: &TestApp) -> String {
    let ticket = file(t).await;
    let wang = t.staff_id("wang").await;
    act(t, "mei", &ticket, "assign", json!({ "assignee_id": wang })).await.is(200);
    act(t, "wang", &ticket, "start", json!({})).await.is(200);
    ticket
}

/// All clocks of a ticket as somebody sees them now, oldest first.
async fn clocks(t: &TestApp, name: &str, ticket: &str) -> Vec<Value> {
    let reply = sign_in(t, name).await.get(&format!("{ticket}/clocks")).await;
    reply.is(200).json["items"].as_array().expect("clocks").clone()
}

/// The newest clock of a kind as the desk sees it now.
#[track_caller]
fn newest(clocks: &[Value], kind: &str) -> Value {
    let found = clocks.iter().rfind(|clock| clock["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {clocks:?}")).clone()
}

async fn clock(t: &TestApp, ticket: &str, kind: &str) -> Value {
    newest(&clocks(t, "mei", ticket).await, kind)
}

/// Insists on some members of an object.
#[track_caller]
fn has(value: &Value, wanted: &Value) {
    for (name, wanted) in wanted.as_object().expect("an object") {
        assert_eq!(&value[name], wanted, "{name} of {value:#}");
    }
}

/// Kind, length and whether it counts, of each segment of a clock.
fn segments(clock: &Value) -> Vec<(String, i64, bool)> {
    let segments = clock["segments"].as_array().expect("segments").iter();
    let part = |segment: &Value| {
        let kind = segment["kind"].as_str().expect("a kind").to_owned();
        (kind, segment["seconds"].as_i64().expect("seconds"), segment["counts"].as_bool().expect("a flag"))
    };
    segments.map(part).collect()
}

/// Insists that the segments of a clock lie end to end from its start until `now`, and that those that count add up
/// to what it has used.
#[track_caller]
fn adds_up(clock: &Value, now: &Value) {
    let segments = clock["segments"].as_array().expect("segments");
    let mut last = &clock["started_at"];
    let (mut used, mut all) = (0, 0);
    for segment in segments {
        assert_eq!(&segment["from"], last, "a hole in {clock:#}");
        last = &segment["to"];
        let seconds = segment["seconds"].as_i64().expect("seconds");
        assert!(seconds > 0, "an empty segment in {clock:#}");
        all += seconds;
        used += if segment["counts"] == true { seconds } else { 0 };
    }
    assert_eq!(clock["used_seconds"], used, "{clock:#}");
    let instant = |value: &Value| value.as_str().expect("an instant").parse::<Timestamp>().expect("an instant");
    if !segments.is_empty() {
        assert_eq!(instant(last).as_second(), instant(now).as_second(), "it ends before now: {clock:#}");
        assert_eq!(all, instant(last).as_second() - instant(&clock["started_at"]).as_second());
    }
    assert_eq!(clock["remaining_seconds"], clock["target_seconds"].as_i64().expect("seconds") - used);
}

/// A standard for all repairs that comes before the shipped one, with its parts that matter. Answers with its id.
async fn standard(t: &TestApp, parts: Value) -> String {
    let mut spec = json!({ "rank": 900, "kinds": ["repair"] });
    for (name, part) in parts.as_object().expect("an object") {
        spec[name] = part.clone();
    }
    let body = json!({ "site_id": t.site().await, "name": "试用", "spec": spec });
    sign_in(t, "li").await.post("/api/v1/standards", body).await.is(201).id()
}

/// A promise of a resolution within so many hours.
fn resolution(hours: i64, calendar: &str) -> Value {
    json!({ "clock": "resolution", "seconds": hours * 3600, "calendar": calendar })
}

/// What a reason to wait needs: nothing.
fn may_wait(reason: &str, longest_seconds: i64, most: i64) -> Value {
    json!({ "reason": reason, "longest_seconds": longest_seconds, "most": most, "evidence": "none" })
}

/// The site's opening hours as a calendar.
async fn opening_hours(t: &TestApp) -> Value {
    let site = t.site().await;
    let reply = sign_in(t, "li").await.get(&format!("/api/v1/calendars?site_id={site}")).await;
    let items = reply.is(200).json["items"].as_array().expect("calendars").clone();
    items.into_iter().find(|calendar| calendar["name"] == "营业时间").expect("the opening hours")
}

/// Gives the opening hours on some dates: `{"2026-11-23": []}` is a day on which it stays closed.
async fn override_hours(t: &TestApp, overrides: Value) {
    let calendar = opening_hours(t).await;
    let mut spec = calendar["spec"].clone();
    spec["overrides"] = overrides;
    let path = format!("/api/v1/calendars/{}", calendar["id"].as_str().expect("an id"));
    sign_in(t, "li").await.put(&path, json!({ "spec": spec })).await.is(200);
}

/// The id of a category of repairs by its code.
async fn category(t: &TestApp, code: &str) -> String {
    let site = t.site().await;
    let reply = t.anyone().get(&format!("/api/v1/catalogue?site_id={site}")).await;
    let items = reply.is(200).json["items"].as_array().expect("categories").clone();
    items.iter().find(|c| c["code"] == code).expect("a category")["id"].as_str().expect("an id").to_owned()
}

/// Makes somebody answer for a department that works by a calendar, or by the opening hours.
async fn department_works(t: &TestApp, department_id: &str, calendar_id: Option<&str>, lead_id: Option<&str>) {
    let body = json!({ "calendar_id": calendar_id, "lead_id": lead_id });
    sign_in(t, "li").await.put(&format!("/api/v1/departments/{department_id}"), body).await.is(200);
}

/// Which warnings of which clocks somebody was given about a ticket, oldest first: `resolution 50`.
async fn warned(t: &TestApp, name: &str, ticket: &str) -> Vec<String> {
    let reply = sign_in(t, name).await.get("/api/v1/notices?limit=100").await;
    let items = reply.is(200).json["items"].as_array().expect("notices").clone();
    let about = items.iter().rev().filter(|n| n["ticket_id"].as_str().is_some_and(|id| ticket.ends_with(id)));
    let of_clocks = about.filter(|n| n["kind"].as_str().is_some_and(|kind| kind.starts_with("clock_")));
    of_clocks
        .map(|n| {
            let percent = n["detail"]["percent"].as_i64().expect("a percent");
            let kind = if percent < 100 { "clock_warning" } else { "clock_breached" };
            assert_eq!(n["kind"], kind);
            format!("{} {percent}", n["detail"]["clock"].as_str().expect("a clock"))
        })
        .collect()
}
