//! Handing things to the police, and the list that goes along.

use jiff::SignedDuration;
use serde_json::json;

use super::{answer, claim, item_path, location, marks, phone, told_of, umbrella};
use crate::both;

both! {
    async fn what_nobody_fetched_goes_with_its_list(t: TestApp) {
        let (first, second) = (umbrella(&t).await, phone(&t).await);
        let hua = t.shopper("xiaohua").await;
        let (claimed, _) = claim(&hua, &first).await;
        t.advance(SignedDuration::from_hours(24 * 13)).await;
        let mei = t.staff("mei").await;
        let due = mei.get("/api/v1/found_items?due=true").await;
        assert_eq!(due.is(200).json["items"].as_array().map(Vec::len), Some(2));
        let give = json!({ "station": "文新派出所", "officer": "警号 012345", "reference": "拾 2026-118" });
        let mut body = json!({ "site_id": t.site().await, "item_ids": [first.id(), second.id()], "give": give });
        // A phone takes two people.
        mei.post("/api/v1/police_handovers", body.clone()).await.refused(422, "two_people_needed");
        body["give"]["witness_id"] = json!(t.staff_id("wang").await);
        let mut twice = body.clone();
        twice["item_ids"] = json!([first.id(), first.id()]);
        mei.post("/api/v1/police_handovers", twice).await.refused(422, "item_named_twice");
        let done = mei.post("/api/v1/police_handovers", body.clone()).await;
        assert_eq!(done.is(201).json["items"].as_array().map(Vec::len), Some(2));
        for item in [&first, &second] {
            let shown = mei.get(&item_path(item)).await;
            assert_eq!((&shown.json["status"], &shown.json["desk"]["police_handover_id"]), (&json!("with_police"), &done.json["id"]));
        }
        mei.post("/api/v1/police_handovers", body).await.refused(409, "item_not_now");
        // Who claimed one of them is told where it is.
        let hua = t.shopper("xiaohua").await;
        let lapsed = hua.get(&claimed).await;
        assert_eq!((&lapsed.json["status"], &lapsed.json["reason"]), (&json!("lapsed"), &json!("文新派出所")));
        assert_eq!(told_of(&hua, lapsed.json["number"].as_str().expect("a number")).await, ["claim_lapsed"]);
        // The list, to print and for office programs.
        let path = format!("/api/v1/police_handovers/{}", done.id());
        let csv = mei.get(&format!("{path}?format=csv")).await;
        assert_eq!(csv.is(200).header("content-type"), Some("text/csv; charset=utf-8"));
        let text = String::from_utf8(csv.body.clone()).expect("UTF-8");
        assert!(text.starts_with("\u{feff}编号,类别,"), "{text}");
        assert!(text.contains("F000001,雨伞,,黑色长柄雨伞,,,2026-11-22 10:00,"), "{text}");
        let page = mei.get(&format!("{path}?format=html")).await;
        let html = String::from_utf8(page.is(200).body.clone()).expect("UTF-8");
        for part in ["拾得物移交清单", "P000001", "文新派出所", "警号 012345", "F000002", "王师傅", "共 2 件"] {
            assert!(html.contains(part), "no {part} in {html}");
        }
        assert!(!html.contains("<script"), "{html}");
        mei.get(&format!("{path}?format=pdf")).await.refused_field("?format", "value_unknown");
        assert_eq!(mei.get("/api/v1/police_handovers").await.is(200).json["items"][0]["item_count"], 2);
        t.staff("wang").await.get(&path).await.refused(404, "police_handover_not_found");
    }

    async fn what_somebody_proved_to_be_theirs_does_not_go(t: TestApp) {
        let (item, lin, mei) = (umbrella(&t).await, t.shopper("xiaolin").await, t.staff("mei").await);
        let (path, ids) = claim(&lin, &item).await;
        assert_eq!(answer(&lin, &path, &ids, ["李", "红"]).await.json["verdict"], "confirmed");
        let given = json!({ "station": "派出所", "officer": "警号 1" });
        mei.post(&format!("{}/hand_to_police", item_path(&item)), given.clone()).await.refused(422, "claims_undecided");
        mei.post(&format!("{path}/reject"), json!({ "reason": "证件不符" })).await.is(200);
        mei.post(&format!("{}/hand_to_police", item_path(&item)), given).await.is(200);
    }

    /// A paper has to go the same day, whoever proved to be its owner.
    async fn a_proven_claim_does_not_hold_up_a_paper(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let body = json!({
            "location_id": location(&t, "B2-A").await, "description": "身份证", "category": "id_card",
            "take_in": { "storage_place": "保险柜", "marks": marks() }
        });
        let item = mei.post("/api/v1/found_items", body).await;
        let (path, ids) = claim(&lin, &item).await;
        assert_eq!(answer(&lin, &path, &ids, ["柴犬", "星星贴纸"]).await.json["verdict"], "confirmed");
        let given = json!({ "station": "文新派出所", "officer": "警号 1" });
        mei.post(&format!("{}/hand_to_police", item_path(&item)), given).await.is(200);
        assert_eq!(lin.get(&path).await.json["reason"], "文新派出所");
    }

    async fn its_owner_is_told_at_which_station_to_ask(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        lin.post("/api/v1/me/phone", json!({ "code": "demo:13812340001" })).await.is(200);
        let item = umbrella(&t).await;
        mei.post(&format!("{}/name_owner", item_path(&item)), json!({ "phone": "13812340001" })).await.is(200);
        let given = json!({ "station": "文新派出所", "officer": "警号 1" });
        mei.post(&format!("{}/hand_to_police", item_path(&item)), given).await.is(200);
        let number = item.json["number"].as_str().expect("a number");
        assert_eq!(told_of(&lin, number).await, ["item_is_yours", "item_with_police"]);
        let newest = lin.get("/api/v1/notices").await.json["items"][0].clone();
        assert_eq!(newest["detail"]["station"], "文新派出所", "{newest}");
    }

    async fn what_lies_elsewhere_is_no_part_of_it(t: TestApp) {
        let item = umbrella(&t).await;
        let (elsewhere, _) = crate::standards::second_mall(&t).await;
        let admin = t.staff("admin").await;
        let body = json!({
            "site_id": elsewhere, "item_ids": [item.id()], "give": { "station": "文新派出所", "officer": "警号 1" }
        });
        admin.post("/api/v1/police_handovers", body).await.refused(422, "item_elsewhere");
        let places = admin.get(&format!("/api/v1/sites/{elsewhere}/locations")).await;
        let correction = json!({
            "description": "伞", "category": "umbrella", "colours": [], "location_id": places.is(200).json["items"][0]["id"],
            "found_at": "2026-11-22T01:30:00Z"
        });
        admin.put(&item_path(&item), correction).await.refused(422, "location_elsewhere");
        assert_eq!(admin.get(&item_path(&item)).await.json["status"], "kept");
    }

    async fn all_of_them_go_or_none(t: TestApp) {
        let (first, second) = (umbrella(&t).await, umbrella(&t).await);
        let (mei, lin) = (t.staff("mei").await, t.shopper("xiaolin").await);
        let (claim, _) = claim(&lin, &second).await;
        mei.post(&format!("{claim}/approve"), json!({ "reason": "认得" })).await.is(200);
        let body = json!({
            "site_id": t.site().await, "item_ids": [first.id(), second.id()],
            "give": { "station": "文新派出所", "officer": "警号 1" }
        });
        mei.post("/api/v1/police_handovers", body).await.refused(409, "item_not_now");
        assert_eq!(mei.get(&item_path(&first)).await.json["status"], "kept");
    }

    /// Whatever somebody wrote, a list is a list: no formula, no markup.
    async fn words_in_a_list_are_only_words(t: TestApp) {
        let mei = t.staff("mei").await;
        let words = "=HYPERLINK(\"http://x\") <b>伞</b>, \"长\"";
        let body = json!({
            "location_id": location(&t, "B2-A").await, "description": words, "category": "umbrella",
            "take_in": { "storage_place": "伞桶" }
        });
        let item = mei.post("/api/v1/found_items", body).await;
        let given = json!({ "station": "<i>所</i>", "officer": "警号 1" });
        mei.post(&format!("{}/hand_to_police", item_path(&item)), given).await.is(200);
        let list = mei.get("/api/v1/police_handovers").await.json["items"][0]["id"].as_str().expect("an id").to_owned();
        let csv = mei.get(&format!("/api/v1/police_handovers/{list}?format=csv")).await;
        let text = String::from_utf8(csv.body.clone()).expect("UTF-8");
        assert!(text.contains("\"'=HYPERLINK(\"\"http://x\"\") <b>伞</b>, \"\"长\"\"\""), "{text}");
        let page = mei.get(&format!("/api/v1/police_handovers/{list}?format=html")).await;
        let html = String::from_utf8(page.body.clone()).expect("UTF-8");
        assert!(html.contains("&lt;b&gt;伞&lt;/b&gt;") && !html.contains("<b>") && !html.contains("<i>"), "{html}");
    }
}
