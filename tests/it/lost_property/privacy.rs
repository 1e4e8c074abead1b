//! What names people is forgotten when its purpose is done, and that it was forgotten is written down.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{answer, claim, item_path, location, phone, signature, umbrella};
use crate::both;
use crate::support::{TestApp, png};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName, Debug, PartialEq, Eq)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

async fn erased(t: &TestApp) -> Vec<String> {
    let sql = "SELECT subject || ' ' || number AS line FROM erasures ORDER BY subject, number";
    let lines = t.app.read(move |tx| Ok(diesel::sql_query(sql).load::<Line>(tx.conn)?)).await.expect("a log");
    lines.into_iter().map(|one| one.line).collect()
}

async fn count(t: &TestApp, sql: &'static str) -> i64 {
    let found = t.app.read(move |tx| Ok(diesel::sql_query(sql).get_result::<Count>(tx.conn)?)).await;
    found.expect("a count").count
}

both! {
    async fn claimants_reporters_and_finders_are_forgotten_in_their_time(t: TestApp) {
        let (lin, hua) = (t.shopper("xiaolin").await, t.shopper("xiaohua").await);
        let mei = t.staff("mei").await;
        let item = umbrella(&t).await;
        let (won, _) = claim(&lin, &item).await;
        let (lost, ids) = claim(&hua, &item).await;
        answer(&hua, &lost, &ids, ["张", "蓝"]).await.is(200);
        mei.post(&format!("{won}/approve"), json!({ "reason": "认得" })).await.is(200);
        mei.post(&format!("{lost}/reject"), json!({ "reason": "说不出" })).await.is(200);
        mei.post(&format!("{won}/hand_over"), signature(&mei).await).await.is(200);
        let report = hua.post("/api/v1/lost_reports", json!({
            "location_ids": [location(&t, "B2-A").await], "category": "keys", "description": "一串钥匙", "marks": ["足球挂件"],
            "lost_from": "2026-11-22T01:00:00Z"
        })).await;
        hua.act(&format!("/api/v1/lost_reports/{}/withdraw", report.is(201).id())).await.is(200);
        let found = hua.post("/api/v1/found_items", json!({ "scene": t.scenes().lamp, "description": "手套一只" })).await;
        mei.post(&format!("/api/v1/found_items/{}/withdraw", found.is(201).id()), json!({ "reason": "没送来" })).await.is(200);
        t.advance(SignedDuration::from_hours(30 * 24 + 2)).await;
        assert_eq!(erased(&t).await, ["claim K000002"]);
        assert_eq!(count(&t, "SELECT count(*) AS count FROM claim_answers").await, 0);
        let named = "SELECT count(*) AS count FROM claims WHERE status = 'rejected' AND \
            (claimant_id IS NOT NULL OR filed_by_id IS NOT NULL OR reason IS NOT NULL)";
        assert_eq!(count(&t, named).await, 0);
        let mei = t.staff("mei").await;
        let forgotten = mei.get(&lost).await;
        assert_eq!((&forgotten.is(200).json["desk"]["contact_name"], &forgotten.json["status"]), (&Value::Null, &json!("rejected")));
        t.advance(SignedDuration::from_hours(60 * 24)).await;
        assert_eq!(erased(&t).await, ["claim K000002", "finder F000001", "finder F000002", "found_item F000001", "lost_report L000001"]);
        let named = "SELECT count(*) AS count FROM lost_reports WHERE reporter_id IS NOT NULL OR filed_by_id IS NOT NULL";
        assert_eq!(count(&t, named).await, 0);
        let named = "SELECT count(*) AS count FROM found_items WHERE finder_id IS NOT NULL OR owner_id IS NOT NULL";
        assert_eq!(count(&t, named).await, 0);
        let log = t.staff("li").await.get(&format!("/api/v1/sites/{}/erasures?limit=1", t.site().await)).await;
        let newest = &log.is(200).json["items"][0];
        assert_eq!((&newest["reason"], &log.json["has_more"]), (&json!("retention_over"), &json!(true)));
        let kept = "SELECT count(*) AS count FROM claims WHERE identity_last4 IS NOT NULL";
        // Who has it is known for two years (Civil Code art. 312).
        t.advance(SignedDuration::from_hours(640 * 24)).await;
        assert_eq!(count(&t, kept).await, 1);
        t.advance(SignedDuration::from_hours(3 * 24)).await;
        assert_eq!(count(&t, kept).await, 0);
        assert_eq!(erased(&t).await.len(), 6);
        // The log of it lasts three years itself.
        t.advance(SignedDuration::from_hours(1100 * 24)).await;
        assert_eq!(erased(&t).await, Vec::<String>::new());
    }

    async fn a_finder_known_by_number_alone_is_forgotten_too(t: TestApp) {
        let mei = t.staff("mei").await;
        let body = json!({
            "location_id": location(&t, "B2-A").await, "description": "黑色长柄雨伞", "category": "umbrella",
            "take_in": { "storage_place": "伞桶", "finder": { "phone": "13899990000" } }
        });
        let item = mei.post("/api/v1/found_items", body).await;
        let given = json!({ "station": "派出所", "officer": "警号 1" });
        mei.post(&format!("{}/hand_to_police", item_path(&item)), given).await.is(200);
        t.advance(SignedDuration::from_hours(90 * 24 + 2)).await;
        assert_eq!(erased(&t).await, ["finder F000001"]);
        let named = "SELECT count(*) AS count FROM found_items WHERE finder_phone_masked IS NOT NULL OR finder_phone_sealed IS NOT NULL";
        assert_eq!(count(&t, named).await, 0);
    }

    async fn photos_of_papers_and_marks_are_not_kept_for_ever(t: TestApp) {
        let mei = t.staff("mei").await;
        let mut pictured = Vec::new();
        for (category, class) in [("id_card", "identity_paper"), ("umbrella", "ordinary")] {
            let photo = mei.upload(png()).await.id();
            let body = json!({
                "location_id": location(&t, "B2-A").await, "description": "某物", "category": category, "attachment_ids": [photo],
                "take_in": { "storage_place": "A 柜", "value_class": class, "marks": [{ "question": "夹着什么？", "answers": ["树叶"] }] }
            });
            let item = item_path(&mei.post("/api/v1/found_items", body).await);
            let given = json!({ "station": "派出所", "officer": "警号 1" });
            mei.post(&format!("{item}/hand_to_police"), given).await.is(200);
            pictured.push((item, format!("/api/v1/attachments/{photo}")));
        }
        t.advance(SignedDuration::from_hours(89 * 24)).await;
        assert_eq!(count(&t, "SELECT count(*) AS count FROM found_marks").await, 2);
        t.advance(SignedDuration::from_hours(26)).await;
        assert_eq!(erased(&t).await, ["found_item F000001", "found_item F000002"]);
        assert_eq!(count(&t, "SELECT count(*) AS count FROM found_marks").await, 0);
        t.advance(SignedDuration::from_hours(26)).await;
        let mei = t.staff("mei").await;
        mei.get(&pictured[0].1).await.refused(404, "attachment_not_found");
        mei.get(&pictured[1].1).await.is(200);
        assert_eq!(mei.get(&pictured[0].0).await.is(200).json["photos"], json!([]));
        assert_eq!(mei.get(&pictured[1].0).await.is(200).json["photos"].as_array().map(Vec::len), Some(1));
        assert_eq!(mei.get(&format!("{}/custody", pictured[0].0)).await.json["is_whole"], true);
    }

    /// In the database itself there is no mark, no answer and no number to read.
    async fn what_is_secret_is_sealed_where_it_lies(t: TestApp) {
        let item = phone(&t).await;
        let lin = t.shopper("xiaolin").await;
        let (path, ids) = claim(&lin, &item).await;
        answer(&lin, &path, &ids, ["柴犬", "星星贴纸"]).await.is(200);
        // Nor in what is kept of answers that may be asked for again.
        let place = location(&t, "B2-A").await;
        let body = json!({
            "location_id": place, "description": "灰色帽子", "category": "hat",
            "take_in": { "storage_place": "A 柜", "marks": [{ "question": "绣了什么？", "answers": ["仙人掌"] }] }
        });
        let mei = t.staff("mei").await;
        let first = mei.post_once("hat", "/api/v1/found_items", body.clone()).await;
        let again = mei.post_once("hat", "/api/v1/found_items", body).await;
        assert_eq!((again.is(201).header("idempotency-replayed"), &again.json), (Some("true"), &first.is(201).json));
        if t.backend == crate::support::Backend::Sqlite {
            let mut bytes = std::fs::read(t.folder.join("yijian.db")).expect("a file");
            bytes.extend(std::fs::read(t.folder.join("yijian.db-wal")).unwrap_or_default());
            let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(holds("锁屏壁纸是什么"), "questions are no secret, and show that this looks in the right place");
            for secret in ["柴犬", "星星贴纸", "仙人掌"] {
                assert!(!holds(secret), "{secret} lies open");
            }
        }
        let marks = "SELECT count(*) AS count FROM found_marks WHERE length(answers_sealed) > 20";
        assert_eq!(count(&t, marks).await, 3);
    }
}
