//! What is public of an item and what proves whose it is never say the same, and a visitor's words are no public ones.

use serde_json::{Value, json};

use super::{item_path, location, marks, umbrella};
use crate::both;
use crate::support::{Client, TestApp};

/// The newest item as anyone sees it.
async fn public(t: &TestApp) -> Value {
    let site = t.site().await;
    t.anyone().get(&format!("/api/v1/found_items/public?site_id={site}")).await.is(200).json["items"][0].clone()
}

both! {
    async fn a_correction_does_not_tell_what_is_asked(t: TestApp) {
        let (mei, item) = (t.staff("mei").await, item_path(&umbrella(&t).await));
        let place = location(&t, "B2-A").await;
        let correct = async |more: Value| {
            let mut body = json!({
                "description": "黑色长柄雨伞", "category": "umbrella", "colours": ["black"], "location_id": place,
                "found_at": "2026-11-22T01:30:00Z"
            });
            body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            mei.put(&item, body).await
        };
        for told in [json!({ "description": "黑伞，柄上刻李字" }), json!({ "brand": "李宁" }), json!({ "colours": ["red"] })] {
            correct(told).await.refused(422, "mark_gives_itself_away");
        }
        correct(json!({ "description": "黑色的长柄伞" })).await.is(200);
        let asked = json!([{ "question": "伞面破了几处？", "answers": ["两处"] }]);
        correct(json!({ "description": "黑伞，柄上刻李字", "marks": asked })).await.is(200);
    }

    async fn a_maker_or_a_colour_that_anyone_sees_is_no_mark(t: TestApp) {
        let (mei, place) = (t.staff("mei").await, location(&t, "B2-A").await);
        for (answer, status) in [("华为", 422), ("HUAWEI", 422), ("是黑色的", 422), ("black", 422), ("红色", 201)] {
            let body = json!({
                "location_id": place, "description": "充电器", "category": "charger", "colours": ["black"], "brand": "华为",
                "take_in": { "storage_place": "A 柜", "marks": [{ "question": "写了什么？", "answers": [answer] }] }
            });
            let reply = mei.post("/api/v1/found_items", body).await;
            assert_eq!(reply.status, status, "{answer}: {}", reply.json);
            if status == 422 {
                reply.refused(422, "mark_gives_itself_away");
            }
        }
    }

    async fn a_visitors_words_are_public_once_the_desk_gives_its_own(t: TestApp) {
        let (hua, mei) = (t.shopper("xiaohua").await, t.staff("mei").await);
        let announced = async |who: &Client| {
            let body = json!({
                "scene": t.scenes().lamp, "description": "一把伞，伞柄刻着李字", "category": "umbrella", "brand": "天堂"
            });
            item_path(&who.post("/api/v1/found_items", body).await)
        };
        // Taken in without a word: nobody reads the finder's.
        let item = announced(&hua).await;
        let asked = json!([{ "question": "伞套是什么颜色？", "answers": ["红色"] }]);
        let taken = mei.post(&format!("{item}/confirm"), json!({ "storage_place": "伞桶", "marks": asked })).await;
        assert_eq!(taken.is(200).json["desk"]["words_are_public"], false);
        let seen = public(&t).await;
        assert_eq!((&seen["category"], &seen["description"], &seen["brand"]), (&json!("umbrella"), &Value::Null, &Value::Null));
        let place = location(&t, "B2-A").await;
        let own = json!({
            "description": "一把长柄伞", "category": "umbrella", "colours": [], "location_id": place,
            "found_at": "2026-11-22T01:30:00Z"
        });
        assert_eq!(mei.put(&item, own).await.is(200).json["desk"]["words_are_public"], true);
        assert_eq!(public(&t).await["description"], "一把长柄伞");
        // Taken in with the desk's words: these are what anyone reads, and what no mark may say.
        let item = announced(&hua).await;
        let mut take = json!({ "description": "一把短柄伞", "storage_place": "伞桶", "marks": marks() });
        take["marks"][0]["answers"] = json!(["短柄"]);
        mei.post(&format!("{item}/confirm"), take.clone()).await.refused(422, "mark_gives_itself_away");
        take["marks"][0]["answers"] = json!(["李"]);
        mei.post(&format!("{item}/confirm"), take).await.is(200);
        assert_eq!(public(&t).await["description"], "一把短柄伞");
        // Of a paper nobody reads any.
        let item = announced(&hua).await;
        let paper = json!({ "description": "身份证", "storage_place": "保险柜", "value_class": "identity_paper" });
        assert_eq!(mei.post(&format!("{item}/confirm"), paper).await.is(200).json["desk"]["words_are_public"], false);
        assert!(public(&t).await["description"].is_null());
    }
}
