//! Records are drawn, held against a checklist by somebody who had no part in them, and counted.

mod checklist;
mod drawing;
mod refusals;
mod results;

use serde_json::{Value, json};

use crate::complaints::{category, paths};
use crate::support::{Client, People, Reply, TestApp};

const LIST: &str = "/api/v1/spot_checks";
const REQUIRED: [&str; 7] = ["requester_and_place", "category", "severity", "times", "result", "wording", "privacy"];

/// The mall of all stories, also where there is a second one.
async fn xinghe(t: &TestApp) -> String {
    let sites = t.anyone().get("/api/v1/sites").await;
    let sites = sites.is(200).json["items"].as_array().expect("sites").clone();
    let own = sites.iter().find(|site| site["code"] == "xinghe").expect("the mall");
    own["id"].as_str().expect("an id").to_owned()
}

fn id(path: &str) -> String {
    path.rsplit('/').next().expect("an id").to_owned()
}

/// A round of the day on which all tests begin.
async fn draw(t: &TestApp, who: &Client, more: Value) -> Reply {
    who.post(LIST, round(t, more).await).await
}

async fn round(t: &TestApp, more: Value) -> Value {
    let mut body = json!({ "site_id": xinghe(t).await, "from": "2026-11-22", "to": "2026-11-22" });
    body.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
    body
}

/// A round of these tickets.
async fn chosen(t: &TestApp, who: &Client, tickets: &[&String]) -> String {
    let ids: Vec<String> = tickets.iter().map(|ticket| id(ticket)).collect();
    let drawn = draw(t, who, json!({ "ticket_ids": ids })).await;
    format!("{LIST}/{}", drawn.is(201).id())
}

/// How many tickets a lot would be drawn from. The round is closed again.
async fn population(t: &TestApp, who: &Client, more: Value) -> i64 {
    let mut ask = json!({ "size": 1 });
    ask.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
    let drawn = draw(t, who, ask).await;
    if drawn.status == 422 {
        drawn.refused(422, "spot_check_nothing_to_draw");
        return 0;
    }
    let path = format!("{LIST}/{}/close", drawn.is(201).id());
    who.post(&path, json!({ "reason": "只数一数" })).await.is(200);
    drawn.json["population"].as_i64().expect("a number")
}

/// What is required is as it should be, but for these.
fn answers(wrong: &[&str]) -> Value {
    let answer = |item: &str| json!({ "item": item, "answer": if wrong.contains(&item) { "no" } else { "yes" } });
    Value::Array(REQUIRED.into_iter().map(answer).collect())
}

async fn check(who: &Client, round: &str, ticket: &str, wrong: &[&str]) -> Reply {
    who.post(&format!("{round}/tickets/{}/result", id(ticket)), json!({ "answers": answers(wrong) })).await
}

/// The tickets of a round, all pages of two.
async fn tickets(who: &Client, round: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("{round}/tickets?limit=2{cursor}")).await;
        found.extend(page.is(200).json["items"].as_array().expect("tickets").clone());
        match page.json["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// The rounds of the site, newest first.
async fn rounds(t: &TestApp, who: &Client, query: &str) -> Vec<Value> {
    let page = who.get(&format!("{LIST}?site_id={}&limit=100{query}", xinghe(t).await)).await;
    page.is(200).json["items"].as_array().expect("rounds").clone()
}

async fn results(who: &Client, query: &str) -> Vec<Value> {
    let page = who.get(&format!("{LIST}/results?limit=100{query}")).await;
    page.is(200).json["items"].as_array().expect("results").clone()
}

/// A complaint of 小林's about a member of staff that 王师傅 dealt with.
async fn complaint_about(t: &TestApp, p: &People, staff_id: &str) -> String {
    let body = json!({
        "scene": t.scenes().shop, "category_id": category(t, "complaint-attitude").await, "description": "态度恶劣",
        "about_staff_id": staff_id
    });
    let (_, ticket) = paths(&p.lin.post("/api/v1/complaints", body).await);
    p.admin.act(&format!("{ticket}/accept")).await.is(200);
    p.admin.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
    p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "已道歉" })).await.is(200);
    ticket
}
