//! The checklist and its versions.

use reqwest::Method;
use serde_json::{Value, json};

use super::{REQUIRED, check, chosen, id, xinghe};
use crate::both;
use crate::standards::second_mall;
use crate::support::People;

both! {
    async fn the_checklist_has_versions_and_a_round_keeps_its_own(t: TestApp) {
        let p = People::sign_in(&t).await;
        let path = format!("/api/v1/sites/{}/spot_checklist", xinghe(&t).await);
        let seeded = p.wang.get(&path).await;
        assert_eq!((&seeded.is(200).json["version"], &seeded.json["versions"]), (&json!(0), &json!([])));
        let keys: Vec<&str> = seeded.json["items"].as_array().expect("items").iter()
            .filter(|item| item["required"] == true).map(|item| item["key"].as_str().expect("a key")).collect();
        assert_eq!(keys, REQUIRED);
        p.lin.get(&path).await.refused(403, "role_staff_needed");
        let ticket = p.ticket_at(&t, "closed").await;
        let old = chosen(&t, &p.li, &[&ticket]).await;
        let item = |key: &str, label: &str| json!({ "key": key, "label": label, "required": true });
        let two = json!({ "items": [item("times", "时间属实"), item("photos", "前后照片")], "reason": "简化" });
        p.mei.put(&path, two.clone()).await.refused(403, "role_lead_needed");
        let written = p.li.put(&path, two.clone()).await;
        assert_eq!((&written.is(200).json["version"], written.header("etag")), (&json!(1), Some("\"1\"")));
        assert_eq!((&written.json["versions"][0]["reason"], written.json["items"].as_array().map(Vec::len)), (&json!("简化"), Some(2)));
        let stale = p.li.request(Method::PUT, &path).header("If-Match", "\"0\"").json(&two);
        p.li.send(stale).await.refused(412, "version_stale");
        let put = async |items: Value| p.li.put(&path, json!({ "items": items, "reason": "试" })).await;
        put(json!([item("times", "一"), item("photos", "二"), item("times", "三")])).await.refused_field("/items/2/key", "spot_check_item_twice");
        put(json!([])).await.refused_field("/items", "length_out_of_range");
        let many: Vec<Value> = (0..51).map(|i| item(&format!("item_{i}"), "项")).collect();
        put(json!(many)).await.refused_field("/items", "length_out_of_range");
        put(json!([item(&"k".repeat(41), "一")])).await.refused_field("/items/0/key", "text_too_long");
        put(json!([item("times", &"字".repeat(201))])).await.refused_field("/items/0/label", "text_too_long");
        p.li.put(&path, json!({ "items": [item("times", "一")] })).await.refused_field("/reason", "field_missing");
        let (_, sun) = second_mall(&t).await;
        sun.put(&path, two).await.refused(404, "site_not_found");
        sun.get(&path).await.refused(404, "site_not_found");
        // A round is held against what it was drawn with.
        assert_eq!(p.li.get(&old).await.json["checklist_version"], 0);
        check(&p.li, &old, &ticket, &[]).await.is(200);
        let new = chosen(&t, &p.li, &[&ticket]).await;
        assert_eq!(p.li.get(&new).await.json["checklist_version"], 1);
        check(&p.li, &new, &ticket, &[]).await.refused_field("/answers/0/item", "spot_check_item_unknown");
        let fitting = json!({ "answers": [{ "item": "photos", "answer": "yes" }, { "item": "times", "answer": "yes" }] });
        p.li.post(&format!("{new}/tickets/{}/result", id(&ticket)), fitting).await.is(200);
    }
}
