//! The first journey: one-tap repair from scan to rating, as the people in it live it.

use serde_json::{Value, json};

use crate::both;
use crate::support::png;

both! {
    /// Scan, one line, one photo; accept, assign, start, pause, resume, resolve; five stars.
    async fn from_the_scan_to_the_rating(t: TestApp) {
        let (lin, mei, wang) = (t.shopper("xiaolin").await, t.staff("mei").await, t.staff("wang").await);
        let scan = lin.get(&format!("/api/v1/scan/{}", t.scenes().lamp)).await;
        scan.is(200);
        assert_eq!(scan.json["site"]["name"], "星河汇购物中心");
        assert_eq!(scan.json["category"]["name"], "照明");
        assert_eq!(scan.json["open_tickets"], json!([]));

        let photo = lin.upload(png()).await;
        photo.is(201);
        let filed = lin
            .post("/api/v1/repairs", json!({
                "scene": t.scenes().lamp, "description": "灯不亮", "attachment_ids": [photo.id()],
            }))
            .await;
        filed.is(201);
        assert_eq!(filed.json["status"], "new");
        assert_eq!(filed.json["number"], "R000001");
        assert_eq!(filed.json["equipment"]["name"], scan.json["equipment"]["name"]);
        assert_eq!(filed.header("etag"), Some("\"1\""));
        assert_eq!(filed.json["attachments"][0]["id"], photo.id());
        let path = format!("/api/v1/tickets/{}", filed.id());

        let desk = mei.get("/api/v1/tickets?status=new").await;
        assert_eq!(desk.json["items"][0]["id"], filed.id());
        assert_eq!(mei.act(&format!("{path}/accept")).await.is(200).json["status"], "accepted");
        let (engineering, wang_id) = (t.department("engineering").await, t.staff_id("wang").await);
        let assign = json!({ "department_id": engineering, "assignee_id": wang_id });
        let assigned = mei.post(&format!("{path}/assign"), assign).await;
        assert_eq!(assigned.is(200).json["assignee"]["name"], "王师傅");
        assert_eq!(wang.act(&format!("{path}/start")).await.is(200).json["status"], "in_progress");
        let paused = wang.post(&format!("{path}/pause"), json!({ "reason": "waiting_parts", "note": "等驱动电源" })).await;
        assert_eq!(paused.is(200).json["pause_reason"], "waiting_parts");
        let resumed = wang.act(&format!("{path}/resume")).await;
        assert_eq!((&resumed.is(200).json["status"], &resumed.json["pause_reason"]), (&json!("in_progress"), &Value::Null));
        let proof = wang.upload(png()).await;
        let resolve = json!({ "result": "已更换驱动电源", "attachment_ids": [proof.id()] });
        assert_eq!(wang.post(&format!("{path}/resolve"), resolve).await.is(200).json["status"], "resolved");
        let rated = lin.post(&format!("{path}/rate"), json!({ "score": 5, "tags": ["快"], "comment": "谢谢" })).await;
        assert_eq!((&rated.is(200).json["status"], &rated.json["rating_score"]), (&json!("closed"), &json!(5)));

        let timeline = lin.get(&format!("{path}/timeline")).await;
        let told: Vec<(String, String, String)> = timeline.json["items"]
            .as_array()
            .expect("lines")
            .iter()
            .map(|line| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                (text(&line["actor"]["name"]), text(&line["action"]), text(&line["to_status"]))
            })
            .collect();
        let line = |who: &str, did: &str, to: &str| (who.to_owned(), did.to_owned(), to.to_owned());
        assert_eq!(told, [
            line("微信用户", "open", "new"),
            line("小梅", "accept", "accepted"),
            line("小梅", "assign", "assigned"),
            line("王师傅", "start", "in_progress"),
            line("王师傅", "pause", "paused"),
            line("王师傅", "resume", "in_progress"),
            line("王师傅", "resolve", "resolved"),
            line("微信用户", "rate", "closed"),
        ]);
        let assigned = &timeline.json["items"][2];
        assert_eq!((&assigned["detail"]["to_department"], &assigned["detail"]["assignee"]), (&json!("工程"), &json!("王师傅")));
        assert_eq!(timeline.json["items"][4]["reason"], "waiting_parts");
        assert_eq!(timeline.json["items"][6]["attachments"][0]["id"], proof.id());
    }

    /// Reopened, passed on, given back, urged, and at last withdrawn.
    async fn the_crooked_way(t: TestApp) {
        let (lin, mei, wang) = (t.shopper("xiaolin").await, t.staff("mei").await, t.staff("wang").await);
        let filed = lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lift, "description": "电梯异响" })).await;
        let path = format!("/api/v1/tickets/{}", filed.is(201).id());
        mei.act(&format!("{path}/accept")).await.is(200);
        mei.post(&format!("{path}/assign"), json!({ "assignee_id": t.staff_id("wang").await })).await.is(200);
        wang.act(&format!("{path}/start")).await.is(200);
        wang.post(&format!("{path}/resolve"), json!({ "result": "已润滑" })).await.is(200);
        let reopened = lin.post(&format!("{path}/reopen"), json!({ "reason": "又响了" })).await;
        assert_eq!((&reopened.is(200).json["status"], &reopened.json["reopens"]), (&json!("assigned"), &json!(1)));
        let security = t.department("security").await;
        let transfer = json!({ "reason": "先封控", "department_id": security });
        let passed = wang.post(&format!("{path}/transfer"), transfer).await;
        assert_eq!((&passed.is(200).json["department"]["name"], &passed.json["assignee"]), (&json!("安保"), &Value::Null));
        mei.post(&format!("{path}/assign"), json!({ "assignee_id": t.staff_id("wang").await })).await.is(200);
        let back = wang.post(&format!("{path}/return"), json!({ "reason": "要请厂家" })).await;
        assert_eq!((&back.is(200).json["status"], &back.json["department"]), (&json!("accepted"), &Value::Null));
        assert_eq!(lin.act(&format!("{path}/urge")).await.is(200).json["urges"], 1);
        let gone = lin.post(&format!("{path}/cancel"), json!({ "reason": "已经好了" })).await;
        assert_eq!(gone.is(200).json["status"], "cancelled");
        assert_eq!(gone.json["allowed"], json!([]));
    }
}
