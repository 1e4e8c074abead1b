//! What one person alone cannot undo by correcting what is known of an item: the care that was taken of it, its money, its
//! seal.

use serde_json::{Value, json};

use super::{item_path, location, phone, take_in, umbrella};
use crate::both;
use crate::support::{Client, Reply, TestApp};

/// Corrects an item to be of a category, and whatever else.
async fn correct(t: &TestApp, who: &Client, item: &str, category: &str, more: Value) -> Reply {
    let mut body = json!({
        "description": "某物", "category": category, "colours": [], "location_id": location(t, "B2-A").await,
        "found_at": "2026-11-22T01:30:00Z"
    });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    who.put(item, body).await
}

/// Something the desk keeps as `class`.
async fn kept(t: &TestApp, category: &str, class: &str, cash: Value) -> String {
    let mut take = take_in(t).await;
    (take["value_class"], take["cash_fen"]) = (json!(class), cash);
    let body = json!({ "location_id": location(t, "B2-A").await, "description": "某物", "category": category, "take_in": take });
    let made = t.staff("mei").await.post("/api/v1/found_items", body).await;
    made.is(201);
    item_path(&made)
}

/// The last `count` entries of an item's log.
async fn newest(who: &Client, item: &str, count: usize) -> Vec<Value> {
    let log = who.get(&format!("{item}/custody")).await;
    assert_eq!(log.is(200).json["is_whole"], true);
    let entries = log.json["items"].as_array().expect("entries").clone();
    entries[entries.len() - count..].to_vec()
}

both! {
    async fn what_was_kept_with_care_is_kept_with_less_by_a_lead(t: TestApp) {
        let (mei, li) = (t.staff("mei").await, t.staff("li").await);
        let two = json!({ "witness_id": t.staff_id("wang").await });
        let item = item_path(&phone(&t).await);
        correct(&t, &mei, &item, "other", json!({})).await.refused(403, "class_lowered_by_lead");
        correct(&t, &mei, &item, "other", two.clone()).await.refused(403, "class_lowered_by_lead");
        correct(&t, &li, &item, "other", json!({})).await.refused(422, "two_people_needed");
        // To the police the same day, and by one: neither.
        correct(&t, &mei, &item, "id_card", json!({})).await.refused(422, "two_people_needed");
        assert_eq!(correct(&t, &li, &item, "other", two.clone()).await.is(200).json["desk"]["value_class"], "ordinary");
        let entry = newest(&li, &item, 1).await.remove(0);
        assert_eq!((&entry["kind"], &entry["witness_name"]), (&json!("corrected"), &json!("王师傅")));
        let (before, after) = (&entry["detail"]["before"], &entry["detail"]["after"]);
        assert_eq!((&before["value_class"], &after["value_class"]), (&json!("valuable"), &json!("ordinary")));
        assert_eq!((&before["category"], &after["category"]), (&json!("phone"), &json!("other")));
        assert_eq!((&before["description"], &after["description"]), (&json!("黑色华为手机，停车场地上捡到"), &json!("某物")));
        for (category, class) in [("id_card", "identity_paper"), ("knife", "dangerous")] {
            let item = kept(&t, category, class, Value::Null).await;
            correct(&t, &mei, &item, "other", two.clone()).await.refused(403, "class_lowered_by_lead");
            correct(&t, &li, &item, "other", json!({})).await.is(200);
        }
        let item = kept(&t, "umbrella", "valuable", Value::Null).await;
        let ordinary = json!({ "value_class": "ordinary", "witness_id": two["witness_id"] });
        correct(&t, &mei, &item, "umbrella", ordinary).await.refused(403, "class_lowered_by_lead");
    }

    /// What spoils goes before its day: only a lead says that something does though its kind does not.
    async fn nothing_spoils_by_one_word(t: TestApp) {
        let (mei, li) = (t.staff("mei").await, t.staff("li").await);
        let item = item_path(&umbrella(&t).await);
        let spoils = json!({ "value_class": "perishable" });
        correct(&t, &mei, &item, "umbrella", spoils.clone()).await.refused(403, "class_lowered_by_lead");
        let body = json!({
            "location_id": location(&t, "B2-A").await, "description": "伞", "category": "umbrella",
            "take_in": { "storage_place": "伞桶", "value_class": "perishable" }
        });
        mei.post("/api/v1/found_items", body).await.refused(403, "class_lowered_by_lead");
        assert_eq!(correct(&t, &li, &item, "umbrella", spoils).await.is(200).json["desk"]["value_class"], "perishable");
    }

    async fn the_money_and_the_seal_change_with_two(t: TestApp) {
        let (mei, wang) = (t.staff("mei").await, t.staff_id("wang").await);
        let item = kept(&t, "cash", "cash", json!(10_000)).await;
        correct(&t, &mei, &item, "cash", json!({ "cash_fen": 100 })).await.refused(422, "two_people_needed");
        correct(&t, &mei, &item, "cash", json!({ "seal_number": "S-2" })).await.refused(422, "two_people_needed");
        // The same again is no change.
        correct(&t, &mei, &item, "cash", json!({ "cash_fen": 10_000, "seal_number": "S-1" })).await.is(200);
        assert_eq!(newest(&mei, &item, 1).await[0]["kind"], "corrected");
        let both = json!({ "cash_fen": 12_000, "seal_number": "S-2", "witness_id": wang });
        let counted = correct(&t, &mei, &item, "cash", both).await;
        assert_eq!((&counted.is(200).json["desk"]["cash_fen"], &counted.json["desk"]["seal_number"]), (&json!(12_000), &json!("S-2")));
        let [corrected, sealed] = newest(&mei, &item, 2).await.try_into().expect("two entries");
        assert_eq!((&corrected["kind"], &sealed["kind"]), (&json!("corrected"), &json!("sealed")));
        assert_eq!((&corrected["witness_name"], &sealed["witness_name"]), (&json!("王师傅"), &json!("王师傅")));
        assert_eq!(corrected["detail"]["before"]["cash_fen"], 10_000);
        assert_eq!(corrected["detail"]["after"]["cash_fen"], 12_000);
        assert_eq!(sealed["detail"]["seal_number"], "S-2");
        // A seal of anything else is written down as one, too.
        let plain = item_path(&umbrella(&t).await);
        correct(&t, &mei, &plain, "umbrella", json!({ "seal_number": "S-3" })).await.is(200);
        assert_eq!(newest(&mei, &plain, 1).await[0]["kind"], "sealed");
    }

    async fn what_is_no_money_after_all_has_no_sum(t: TestApp) {
        let (li, wang) = (t.staff("li").await, t.staff_id("wang").await);
        let item = kept(&t, "cash", "cash", json!(10_000)).await;
        let priced = json!({ "witness_id": wang, "cash_fen": 10_000 });
        correct(&t, &li, &item, "scarf", priced).await.refused(422, "cash_amount_not_money");
        let scarf = correct(&t, &li, &item, "scarf", json!({ "witness_id": wang })).await;
        assert_eq!((&scarf.is(200).json["desk"]["value_class"], &scarf.json["desk"]["cash_fen"]), (&json!("ordinary"), &Value::Null));
        let entry = newest(&li, &item, 1).await.remove(0);
        assert_eq!((&entry["detail"]["before"]["cash_fen"], &entry["detail"]["after"]["cash_fen"]), (&json!(10_000), &Value::Null));
        // A wallet with it in it keeps the sum.
        let item = kept(&t, "cash", "cash", json!(10_000)).await;
        let wallet = correct(&t, &li, &item, "wallet", json!({ "witness_id": wang })).await;
        assert_eq!((&wallet.is(200).json["desk"]["value_class"], &wallet.json["desk"]["cash_fen"]), (&json!("valuable"), &json!(10_000)));
    }
}
