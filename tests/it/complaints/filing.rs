//! What can be a complaint, what comes with it, and about whom it may be.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{category, investigation, paths};
use crate::both;
use crate::standards::second_mall;
use crate::support::{People, png, timeline, told};

both! {
    async fn a_department_can_be_complained_about(t: TestApp) {
        let p = People::sign_in(&t).await;
        let about = |department: &str| json!({
            "scene": t.scenes().shop, "description": "保洁堵着门", "about_department_id": department
        });
        let filed = p.lin.post("/api/v1/complaints", about(&p.cleaning)).await;
        let named = json!({ "id": p.cleaning, "name": "保洁" });
        assert_eq!(filed.is(201).json["complaint"]["about_department"], named);
        let (complaint, _) = paths(&filed);
        assert_eq!(p.li.get(&complaint).await.is(200).json["complaint"]["about_department"], named);
        let unknown = "0198c0de-0000-7000-8000-000000000001";
        p.lin.post("/api/v1/complaints", about(unknown)).await.refused(404, "department_not_found");
        let (site, sun) = second_mall(&t).await;
        let theirs = sun.get(&format!("/api/v1/sites/{site}/departments")).await;
        let theirs = theirs.is(200).json["items"][0]["id"].as_str().expect("an id").to_owned();
        p.lin.post("/api/v1/complaints", about(&theirs)).await.refused(404, "department_not_found");
    }

    async fn a_matter_of_the_authorities_has_its_own_deadline(t: TestApp) {
        let p = People::sign_in(&t).await;
        let body = json!({
            "scene": t.scenes().shop, "description": "12315 转办：预付卡退款",
            "on_behalf_of": { "channel": "phone", "name": "12315" },
            "from_regulator": { "name": "市场监管局 12315", "reference": "2026-118823", "working_days": 5 }
        });
        p.lin.post("/api/v1/complaints", json!({
            "scene": t.scenes().shop, "description": "转办",
            "from_regulator": { "name": "假的", "working_days": 1 }
        })).await.refused(403, "regulator_needs_staff");
        let filed = p.mei.post("/api/v1/complaints", body).await;
        let (_, ticket) = paths(&filed);
        let regulator = &filed.json["complaint"]["internal"]["regulator"];
        // Received on Sunday the 22nd: Monday to Friday, to the end of the 27th in Shanghai.
        assert_eq!(regulator["external_due_at"], "2026-11-27T16:00:00.000Z");
        assert_eq!(regulator["is_provisional"], false);
        assert_ne!(filed.json["due_at"], regulator["external_due_at"], "the normal clocks run beside it");
        t.advance(SignedDuration::from_hours(4 * 24 + 14)).await;
        let li = t.staff("li").await;
        assert_eq!(told(&li, &ticket).await.iter().filter(|kind| *kind == "external_due").count(), 1);
        t.advance(SignedDuration::from_hours(24)).await;
        let li = t.staff("li").await;
        assert_eq!(told(&li, &ticket).await.iter().filter(|kind| *kind == "external_due").count(), 2);
    }

    async fn what_comes_with_a_complaint_is_kept(t: TestApp) {
        let p = People::sign_in(&t).await;
        let photo = p.lin.upload(png()).await.id();
        let body = json!({
            "scene": t.scenes().shop, "description": "收据在照片里", "attachment_ids": [photo],
            "occurred_at": "2026-11-21T12:00:00Z"
        });
        let (complaint, ticket) = paths(&p.lin.post("/api/v1/complaints", body).await);
        for who in [&p.lin, &p.mei] {
            let seen = who.get(&complaint).await;
            assert_eq!(seen.is(200).json["attachments"][0]["id"], json!(photo));
            assert_eq!(seen.json["complaint"]["occurred_at"], "2026-11-21T12:00:00.000Z");
        }
        let proof = p.mei.upload(png()).await.id();
        let offer = json!({ "text": "退还差价，凭证见照片", "attachment_ids": [proof] });
        p.mei.post(&format!("{complaint}/offer"), offer).await.is(200);
        let lines = timeline(&p.lin, &ticket).await;
        let line = lines.iter().find(|line| line["action"] == "offer").expect("an offer");
        assert_eq!(line["attachments"][0]["id"], json!(proof));
    }

    async fn what_cannot_be_a_complaint_is_refused(t: TestApp) {
        let p = People::sign_in(&t).await;
        let scene = t.scenes().shop.clone();
        let post = |body: Value| p.lin.post("/api/v1/complaints", body);
        post(json!({ "description": "不满意" })).await.refused(422, "complaint_place_needed");
        let long = "很".repeat(10_000);
        post(json!({ "scene": scene, "description": long })).await.refused_field("/description", "text_too_long");
        post(json!({ "scene": scene, "description": "  \n " })).await.refused_field("/description", "text_blank");
        post(json!({ "scene": scene, "description": "坏\u{7}了" })).await
            .refused_field("/description", "text_has_control_characters");
        post(json!({ "scene": scene, "description": "不满", "occurred_at": "2030-01-01T00:00:00Z" })).await
            .refused_field("/occurred_at", "occurred_in_future");
        post(json!({ "scene": scene, "description": "不满", "occurred_at": "2020-01-01T00:00:00Z" })).await
            .refused_field("/occurred_at", "occurred_too_long_ago");
        let repair = category(&t, "lighting-out").await;
        post(json!({ "scene": scene, "description": "不满", "category_id": repair })).await
            .refused(404, "category_not_found");
        let settled = json!({ "result": "好了", "outcome": "justified" });
        post(json!({ "scene": scene, "description": "不满", "settled": settled })).await
            .refused(403, "settle_needs_staff");
        post(json!({ "scene": scene, "description": "不满", "about_staff_id": p.lin.get("/api/v1/me").await.id() })).await
            .refused(422, "complaint_about_oneself");
        let mei_about_mei = json!({ "scene": scene, "description": "不满", "about_staff_id": p.mei_id });
        p.mei.post("/api/v1/complaints", mei_about_mei).await.refused(422, "complaint_about_oneself");
        // A repair is no complaint.
        let repair = p.file(&t).await.replace("tickets", "complaints");
        p.mei.get(&repair).await.refused(404, "complaint_not_found");
        p.mei.post(&format!("{repair}/investigate"), investigation()).await.refused(404, "complaint_not_found");
        let list = p.mei.get("/api/v1/tickets?kind=complaint").await;
        assert_eq!(list.is(200).json["items"], json!([]), "nothing is half done");
    }

    async fn a_shop_is_where_one_is_or_what_one_complains_about(t: TestApp) {
        let p = People::sign_in(&t).await;
        let scan = p.lin.get(&format!("/api/v1/scan/{}", t.scenes().shop)).await;
        let shop = scan.is(200).json["shop"]["id"].clone();
        let filed = p.lin.post("/api/v1/complaints", json!({ "shop_id": shop, "description": "电话打不通" })).await;
        assert_eq!(filed.is(201).json["shop"]["id"], shop);
        let lift = json!({ "scene": t.scenes().lift, "shop_id": shop, "description": "把货堆在电梯口" });
        let filed = p.lin.post("/api/v1/complaints", lift).await;
        assert_eq!((&filed.is(201).json["shop"]["id"], filed.json["equipment"]["id"].is_string()), (&shop, true));
        // The shop's own people say where they are when they scan their code, and complain about no shop of theirs.
        let chen = t.shopper("xiaochen").await;
        chen.post("/api/v1/me/phone", json!({ "code": "demo:13911112222" })).await.is(200);
        let bound = json!({ "site_id": t.site().await, "phone": "13911112222", "role": "merchant", "shop_id": shop });
        p.mei.post("/api/v1/memberships", bound).await.is(201);
        let chen = t.shopper("xiaochen").await;
        let noise = json!({ "scene": t.scenes().shop, "description": "隔壁装修太吵" });
        let filed = chen.post("/api/v1/complaints", noise).await;
        assert_eq!(filed.is(201).json["shop"], Value::Null);
        let own = json!({ "shop_id": shop, "description": "自己" });
        chen.post("/api/v1/complaints", own.clone()).await.refused(422, "complaint_about_oneself");
        let mut called = own;
        called["on_behalf_of"] = json!({ "channel": "phone", "phone": "13911112222" });
        p.mei.post("/api/v1/complaints", called).await.refused(422, "complaint_about_oneself");
    }
}
