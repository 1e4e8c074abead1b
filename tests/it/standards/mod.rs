//! Calendars and service standards over HTTP: who may write them, what is refused, and what they do to tickets.

mod calendars;
mod counting;
mod edits;
mod preview;
mod reapply;
mod shipped;
mod what_if;
mod years;

use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::accounts::staff::{self, NewStaff};
use yijian::clocks::audit;
use yijian::sites::import::{self, MallFile};

use crate::support::{Client, Reply, TestApp};

/// An office from Monday to Friday, nine to six.
pub fn office() -> Value {
    let day = json!([{ "open": "09:00", "close": "18:00" }]);
    json!({ "time_zone": "Asia/Shanghai", "weekly": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day } })
}

/// A standard for repairs that beats the shipped one.
pub fn repairs(promises: &Value) -> Value {
    json!({ "rank": 500, "kinds": ["repair"], "promises": promises })
}

/// Writes a calendar or a standard.
pub async fn create(who: &Client, things: &str, site: &str, name: &str, spec: &Value) -> Reply {
    who.post(&format!("/api/v1/{things}"), json!({ "site_id": site, "name": name, "spec": spec })).await
}

/// All calendars or standards of a site.
pub async fn all(who: &Client, things: &str, site: &str) -> Vec<Value> {
    let reply = who.get(&format!("/api/v1/{things}?site_id={site}&limit=100")).await;
    reply.is(200).json["items"].as_array().expect("a list").clone()
}

/// A calendar or standard by its name.
pub async fn named(who: &Client, things: &str, site: &str, name: &str) -> Value {
    all(who, things, site).await.into_iter().find(|one| one["name"] == name).expect("a known name")
}

/// Everything about a ticket's clocks, to compare.
pub async fn clocks(who: &Client, ticket: &str) -> Value {
    who.get(&format!("{ticket}/clocks")).await.is(200).json["items"].clone()
}

/// One clock of a ticket.
pub async fn clock(who: &Client, ticket: &str, kind: &str) -> Value {
    let clocks = clocks(who, ticket).await;
    let found = clocks.as_array().expect("clocks").iter().find(|clock| clock["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind}")).clone()
}

/// The site's standard for repairs says something else from now on; answers with its new version.
pub async fn change_repairs(t: &TestApp, change: impl FnOnce(&mut Value)) -> Reply {
    let li = t.staff("li").await;
    let standard = named(&li, "standards", &t.site().await, "报修").await;
    let mut spec = standard["spec"].clone();
    change(&mut spec);
    let id = standard["id"].as_str().expect("an id");
    let changed = li.put(&format!("/api/v1/standards/{id}"), json!({ "spec": spec })).await;
    changed.is(200);
    changed
}

/// A second mall, and who leads it.
pub async fn second_mall(t: &TestApp) -> (String, Client) {
    const PASSWORD: &str = "only for this one test";
    let mut file: Value = serde_json::from_str(include_str!("../../../src/demo/mall.json")).expect("JSON");
    (file["code"], file["name"], file["scan_codes"]) = (json!("yinhe"), json!("银河汇"), json!([]));
    let file: MallFile = serde_json::from_value(file).expect("a mall file");
    let new = NewStaff {
        username: "sun".to_owned(),
        display_name: "孙主管".to_owned(),
        role: Role::Supervisor,
        site: Some("yinhe".to_owned()),
        department: Some("service".to_owned()),
    };
    let made = t.app.write(move |tx| {
        let site = import::import(tx, &file)?;
        staff::create(tx, new, &PASSWORD.to_owned().into())?;
        Ok(site.id.to_string())
    });
    let site = made.await.expect("a mall");
    let reply = t.anyone().post("/api/v1/auth/password", json!({ "username": "sun", "password": PASSWORD })).await;
    let token = reply.is(200).json["access_token"].as_str().expect("a token").to_owned();
    (site, Client::new(t.address, Some(token)))
}

/// Lets minutes pass; who was signed in must sign in again after fifteen.
pub async fn minutes(t: &TestApp, minutes: i64) -> usize {
    t.advance(SignedDuration::from_mins(minutes)).await
}

/// Runs the jobs that wait, at this very moment.
pub async fn jobs(t: &TestApp) -> usize {
    t.advance(SignedDuration::ZERO).await
}

/// Insists that every clock is what its events make it.
pub async fn sound(t: &TestApp) {
    let audit = audit::run(&t.app, false).await.expect("an audit");
    assert!(audit.clocks > 0, "no clocks to prove");
    assert_eq!(audit.differences, Vec::<String>::new());
}
