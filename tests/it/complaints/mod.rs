//! Complaints from the first tap to their end, and every rule on the way.

mod filing;
mod grading;
mod next;
mod offers;
mod seeing;
mod stories;

use serde_json::{Value, json};

use crate::support::{Client, Reply, TestApp, timeline};

/// A category of the demo mall.
pub async fn category(t: &TestApp, code: &str) -> String {
    let reply = t.anyone().get(&format!("/api/v1/catalogue?site_id={}", t.site().await)).await;
    let items = reply.is(200).json["items"].as_array().expect("categories").clone();
    let found = items.iter().find(|item| item["code"] == code).expect("a category of that code");
    found["id"].as_str().expect("an id").to_owned()
}

/// A complaint about the shop, and its paths as a complaint and as a ticket.
pub async fn complain(t: &TestApp, who: &Client, code: &str, description: &str) -> (String, String) {
    let body = json!({
        "scene": t.scenes().shop, "category_id": category(t, code).await, "description": description
    });
    paths(&who.post("/api/v1/complaints", body).await)
}

#[track_caller]
pub fn paths(filed: &Reply) -> (String, String) {
    let id = filed.is(201).id();
    (format!("/api/v1/complaints/{id}"), format!("/api/v1/tickets/{id}"))
}

pub fn investigation() -> Value {
    json!({
        "facts": "扶梯出口地面有水，顾客滑倒", "cause": "保洁后未放警示牌",
        "responsibility": "保洁班组", "measures": "拖地必须放警示牌"
    })
}

/// What somebody reads on a timeline, oldest first.
pub async fn actions(who: &Client, ticket: &str) -> Vec<String> {
    let lines = timeline(who, ticket).await;
    lines.iter().map(|line| line["action"].as_str().expect("an action").to_owned()).collect()
}

/// The follow-up of a ticket that is to be done.
pub async fn follow_up(who: &Client, ticket: &str) -> Value {
    let id = ticket.rsplit('/').next().expect("an id");
    let reply = who.get(&format!("/api/v1/follow_ups?ticket_id={id}&status=open")).await;
    reply.is(200).json["items"][0].clone()
}

/// Somebody asks, and hears this.
pub async fn ask(who: &Client, ticket: &str, way: &str, result: &str) -> Reply {
    let one = follow_up(who, ticket).await;
    let path = format!("/api/v1/follow_ups/{}", one["id"].as_str().expect("something to ask"));
    who.post(&format!("{path}/attempt"), json!({ "way": way, "reached": true })).await.is(200);
    who.post(&format!("{path}/complete"), json!({ "result": result, "overall": 3 })).await
}
