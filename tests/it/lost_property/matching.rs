//! Bringing both sides together, whichever comes first or changes.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{claim, item_path, location, phone, settle, take_in, told_of};
use crate::both;
use crate::support::{Client, Reply, TestApp};

async fn report(t: &TestApp, who: &Client, category: &str, words: &str) -> Reply {
    let body = json!({
        "location_ids": [location(t, "B2-A").await], "category": category, "colours": ["black"], "brand": "华为",
        "description": words, "lost_from": "2026-11-22T01:00:00Z"
    });
    let made = who.post("/api/v1/lost_reports", body).await;
    made.is(201);
    made
}

async fn matches(who: &Client, path: &str) -> Vec<Value> {
    who.get(&format!("{path}/matches")).await.is(200).json["items"].as_array().expect("matches").clone()
}

fn path(report: &Reply) -> String {
    format!("/api/v1/lost_reports/{}", report.id())
}

both! {
    async fn whichever_side_comes_second_finds_the_first(t: TestApp) {
        let (lin, hua) = (t.shopper("xiaolin").await, t.shopper("xiaohua").await);
        let early = report(&t, &lin, "phone", "黑色华为手机").await;
        settle(&t).await;
        let item = phone(&t).await;
        settle(&t).await;
        let late = report(&t, &hua, "phone", "华为手机，黑色").await;
        settle(&t).await;
        for (who, report) in [(&lin, &early), (&hua, &late)] {
            let found = matches(who, &path(report)).await;
            assert_eq!(found[0]["item"]["id"], item.json["id"], "{found:?}");
        }
        assert_eq!(matches(&t.staff("mei").await, &item_path(&item)).await.len(), 2);
        hua.get(&format!("{}/matches", path(&early))).await.refused(404, "lost_report_not_found");
    }

    async fn a_change_is_compared_anew_and_nobody_is_told_twice(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let item = phone(&t).await;
        let made = report(&t, &lin, "umbrella", "黑色的伞").await;
        let number = made.json["number"].as_str().expect("a number").to_owned();
        settle(&t).await;
        assert_eq!(matches(&lin, &path(&made)).await, Vec::<Value>::new());
        let change = json!({
            "location_ids": [location(&t, "B2-A").await], "category": "phone", "colours": ["black"], "brand": "华为",
            "description": "黑色华为手机", "lost_from": "2026-11-22T01:00:00Z"
        });
        lin.put(&path(&made), change.clone()).await.is(200);
        settle(&t).await;
        assert_eq!(matches(&lin, &path(&made)).await.len(), 1);
        lin.put(&path(&made), change).await.is(200);
        settle(&t).await;
        assert_eq!(told_of(&lin, &number).await, ["maybe_found"]);
        assert_eq!(told_of(&mei, &number).await, ["maybe_found"]);
        // The other side: what looked like a phone is a charger.
        let correct = json!({
            "description": "白色充电器", "category": "charger", "colours": ["white"],
            "location_id": location(&t, "B2-A").await, "found_at": "2026-11-22T02:00:00Z"
        });
        // What was a valuable is no more one by a lead's word, and with two.
        let mut correct = correct;
        correct["witness_id"] = json!(t.staff_id("wang").await);
        t.staff("li").await.put(&item_path(&item), correct).await.is(200);
        settle(&t).await;
        assert!(matches(&lin, &path(&made)).await.is_empty());
        // A phone again after all: she was told of it before.
        let phone = json!({
            "description": "黑色华为手机", "category": "phone", "colours": ["black"], "brand": "华为",
            "location_id": location(&t, "B2-A").await, "found_at": "2026-11-22T02:00:00Z"
        });
        let mut phone = phone;
        (phone["value_class"], phone["seal_number"]) = (json!("valuable"), json!("S-1"));
        phone["witness_id"] = json!(t.staff_id("wang").await);
        mei.put(&item_path(&item), phone).await.is(200);
        settle(&t).await;
        assert_eq!(matches(&lin, &path(&made)).await.len(), 1);
        assert_eq!(told_of(&lin, &number).await, ["maybe_found"]);
    }

    /// Whoever changes a report again and again finds out nothing that is not public.
    async fn what_is_hidden_of_a_paper_does_not_show_in_what_is_likely(t: TestApp) {
        let (mei, lin) = (t.staff("mei").await, t.shopper("xiaolin").await);
        let place = location(&t, "B2-A").await;
        let mut take = take_in(&t).await;
        take["marks"] = json!([]);
        let body = json!({
            "location_id": place, "description": "王小明的身份证，绿色卡套", "category": "id_card", "take_in": take
        });
        mei.post("/api/v1/found_items", body).await.is(201);
        let mut shown = Vec::new();
        let report = lin.post("/api/v1/lost_reports", json!({
            "location_ids": [place], "category": "id_card", "description": "身份证", "lost_from": "2026-11-22T01:00:00Z"
        })).await;
        for words in ["李大山的身份证", "王小明的身份证", "王小明的身份证，绿色卡套"] {
            let change = json!({
                "location_ids": [place], "category": "id_card", "colours": [], "description": words,
                "lost_from": "2026-11-22T01:00:00Z"
            });
            lin.put(&path(&report), change).await.is(200);
            settle(&t).await;
            shown.push(matches(&lin, &path(&report)).await.len());
            // The desk sees what the words are worth.
            assert_eq!(matches(&mei, &path(&report)).await.len(), 1, "{words}");
        }
        assert!(shown.iter().all(|count| *count == shown[0]), "{shown:?}");
        let scores = matches(&mei, &path(&report)).await[0]["score"].as_i64();
        assert!(scores >= Some(60), "the words count for the desk: {scores:?}");
        for n in 0..8 {
            let change = json!({
                "location_ids": [place], "category": "id_card", "colours": [], "description": format!("身份证 {n}"),
                "lost_from": "2026-11-22T01:00:00Z"
            });
            let reply = lin.put(&path(&report), change).await;
            assert!(n < 7 && reply.status == 200 || reply.json["code"] == "lost_report_changed_often", "{n}: {}", reply.json);
        }
    }

    async fn nobody_misses_everything_at_once(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        for _ in 0..10 {
            report(&t, &lin, "umbrella", "伞").await;
        }
        let body = json!({
            "location_ids": [location(&t, "B2-A").await], "category": "umbrella", "description": "伞",
            "lost_from": "2026-11-22T01:00:00Z"
        });
        lin.post("/api/v1/lost_reports", body).await.refused(422, "lost_reports_too_many");
    }

    async fn two_changes_at_once_are_one_after_the_other(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let made = report(&t, &lin, "umbrella", "伞").await;
        let place = location(&t, "B2-A").await;
        let change = async |n: i32| {
            let body = json!({
                "location_ids": [place], "category": "umbrella", "colours": [], "description": format!("伞 {n}"),
                "lost_from": "2026-11-22T01:00:00Z"
            });
            lin.put(&path(&made), body).await.status
        };
        let replies = futures_util::future::join_all((0..6).map(change)).await;
        assert!(replies.iter().all(|status| *status == 200), "{replies:?}");
    }

    async fn what_is_promised_or_not_looked_for_is_compared_with_nothing(t: TestApp) {
        let (lin, hua, mei) = (t.shopper("xiaolin").await, t.shopper("xiaohua").await, t.staff("mei").await);
        let made = report(&t, &lin, "phone", "黑色华为手机").await;
        let item = phone(&t).await;
        settle(&t).await;
        let (claim, _) = claim(&hua, &item).await;
        mei.post(&format!("{claim}/approve"), json!({ "reason": "当面解锁" })).await.is(200);
        assert_eq!(matches(&lin, &path(&made)).await, Vec::<Value>::new());
        mei.post(&format!("{claim}/reject"), json!({ "reason": "认错了" })).await.is(200);
        settle(&t).await;
        assert_eq!(matches(&lin, &path(&made)).await.len(), 1);
        assert_eq!(lin.act(&format!("{}/withdraw", path(&made))).await.is(200).json["status"], "withdrawn");
        assert_eq!(matches(&mei, &item_path(&item)).await, Vec::<Value>::new());
        lin.act(&format!("{}/withdraw", path(&made))).await.refused(409, "lost_report_not_open");
    }

    async fn it_is_looked_for_three_months(t: TestApp) {
        let made = report(&t, &t.shopper("xiaolin").await, "phone", "黑色华为手机").await;
        t.advance(SignedDuration::from_hours(90 * 24)).await;
        let lin = t.shopper("xiaolin").await;
        assert_eq!(lin.get(&path(&made)).await.is(200).json["status"], "open");
        t.advance(SignedDuration::from_hours(2)).await;
        let lin = t.shopper("xiaolin").await;
        assert_eq!(lin.get(&path(&made)).await.is(200).json["status"], "expired");
    }
}
