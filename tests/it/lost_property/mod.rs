//! Lost property, over HTTP: what was lost and found, whose it is, and every hand it went through.

mod alone;
mod claims;
mod codes;
mod contacts;
mod custody;
mod items;
mod matching;
mod pages;
mod police;
mod privacy;
mod retention;
mod story;
mod words;

use serde_json::{Value, json};

use crate::support::{Client, Reply, TestApp, png};

/// A place of the mall by its code's beginning: `B2-A` is a zone of the car park.
pub async fn location(t: &TestApp, code: &str) -> String {
    let site = t.site().await;
    let all = t.anyone().get(&format!("/api/v1/sites/{site}/locations")).await;
    let items = all.is(200).json["items"].as_array().expect("places").clone();
    let found = items.iter().find(|place| place["code"] == code).unwrap_or_else(|| panic!("no place {code}"));
    found["id"].as_str().expect("an id").to_owned()
}

/// Two questions about a phone and what counts as right.
pub fn marks() -> Value {
    json!([
        { "question": "锁屏壁纸是什么？", "answers": ["小狗", "柴犬"] },
        { "question": "手机壳背面贴了什么？", "answers": ["星星贴纸", "星星"] },
    ])
}

/// How the desk takes in a phone, with 王师傅 standing by.
pub async fn take_in(t: &TestApp) -> Value {
    json!({
        "storage_place": "服务台 A 柜", "seal_number": "S-1", "witness_id": t.staff_id("wang").await, "marks": marks()
    })
}

/// A black phone that the desk keeps.
pub async fn phone(t: &TestApp) -> Reply {
    let body = json!({
        "location_id": location(t, "B2-A").await, "description": "黑色华为手机，停车场地上捡到", "category": "phone",
        "colours": ["black"], "brand": "华为", "take_in": take_in(t).await
    });
    let found = t.staff("mei").await.post("/api/v1/found_items", body).await;
    assert_eq!(found.is(201).json["status"], "kept");
    found
}

/// An umbrella that the desk keeps: nothing that takes two people.
pub async fn umbrella(t: &TestApp) -> Reply {
    let marks = json!([
        { "question": "伞柄上刻着什么？", "answers": ["李"] }, { "question": "伞套是什么颜色？", "answers": ["红色", "红"] },
    ]);
    let body = json!({
        "location_id": location(t, "B2-A").await, "description": "黑色长柄雨伞", "category": "umbrella", "colours": ["black"],
        "take_in": { "storage_place": "伞桶", "marks": marks }
    });
    let found = t.staff("mei").await.post("/api/v1/found_items", body).await;
    found.is(201);
    found
}

pub fn item_path(item: &Reply) -> String {
    format!("/api/v1/found_items/{}", item.id())
}

/// A claim on an item: its path and its questions.
pub async fn claim(who: &Client, item: &Reply) -> (String, Vec<String>) {
    let made = who.post("/api/v1/claims", json!({ "item_id": item.id() })).await;
    let ids = made.is(201).json["questions"].as_array().expect("questions").iter();
    let ids = ids.map(|question| question["mark_id"].as_str().expect("an id").to_owned()).collect();
    (format!("/api/v1/claims/{}", made.id()), ids)
}

/// Answers all questions.
pub async fn answer(who: &Client, claim: &str, ids: &[String], texts: [&str; 2]) -> Reply {
    let answers: Vec<Value> = ids.iter().zip(texts).map(|(id, text)| json!({ "mark_id": id, "text": text })).collect();
    who.post(&format!("{claim}/answer"), json!({ "answers": answers })).await
}

/// The proof that an owner has it: an image of their signature.
pub async fn signature(staff: &Client) -> Value {
    let image = staff.upload(png()).await.id();
    json!({ "identity_kind": "id_card", "identity_last4": "123X", "signature_id": image })
}

/// The kinds of the notices somebody got that name a thing, oldest first.
pub async fn told_of(who: &Client, number: &str) -> Vec<String> {
    let reply = who.get("/api/v1/notices?limit=100").await;
    let items = reply.is(200).json["items"].as_array().expect("notices").clone();
    let about = items.iter().rev().filter(|notice| notice["detail"]["number"] == number);
    about.map(|notice| notice["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// Runs what is due now.
pub async fn settle(t: &TestApp) {
    t.advance(jiff::SignedDuration::from_secs(1)).await;
}
