//! Who sees a complaint and deals with it, and who does not.

use serde_json::json;

use super::{complain, follow_up, paths};
use crate::both;
use crate::support::People;

both! {
    async fn a_complaint_is_between_the_person_and_the_desk(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员骂人").await;
        let scan = p.hua.get(&format!("/api/v1/scan/{}", t.scenes().shop)).await;
        assert_eq!(scan.is(200).json["open_tickets"], json!([]));
        p.hua.act(&format!("{ticket}/follow")).await.refused(404, "ticket_not_found");
        p.wang.act(&format!("{ticket}/follow")).await.refused(404, "ticket_not_found");
        p.mei.act(&format!("{ticket}/follow")).await.refused(422, "follow_complaint");
    }

    async fn whom_a_complaint_is_about_does_not_see_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let body = json!({ "scene": t.scenes().shop, "description": "小梅态度差", "about_staff_id": p.mei_id });
        let (complaint, ticket) = paths(&p.lin.post("/api/v1/complaints", body).await);
        for path in [&complaint, &ticket, &format!("{ticket}/contact"), &format!("{ticket}/related")] {
            p.mei.get(path).await.refused(404, "ticket_not_found");
        }
        p.mei.act(&format!("{ticket}/accept")).await.refused(404, "ticket_not_found");
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "无", "outcome": "not_justified" })).await
            .refused(404, "ticket_not_found");
        assert_eq!(p.mei.get("/api/v1/tickets").await.is(200).json["items"], json!([]));
        assert_eq!(p.li.get("/api/v1/tickets").await.json["items"].as_array().map(Vec::len), Some(1));
        p.li.post(&format!("{complaint}/settle"), json!({ "result": "已道歉", "outcome": "justified" })).await.is(200);
        let one = follow_up(&p.li, &ticket).await;
        let path = format!("/api/v1/follow_ups/{}/attempt", one["id"].as_str().expect("an id"));
        p.mei.post(&path, json!({ "way": "call", "reached": true })).await.refused(404, "follow_up_not_found");
        p.mei.get(path.trim_end_matches("/attempt")).await.refused(404, "follow_up_not_found");
        assert_eq!(p.mei.get("/api/v1/follow_ups").await.is(200).json["items"], json!([]));
        let (_, other) = complain(&t, &p.lin, "complaint-parking", "收费太贵").await;
        let around = p.mei.get(&format!("{other}/related")).await;
        assert_eq!((&around.is(200).json["of_requester"], &around.json["of_shop"]), (&json!([]), &json!([])));
        let against = json!({
            "scene": t.scenes().shop, "description": "小梅又骂人", "about_staff_id": p.mei_id,
            "on_behalf_of": { "channel": "phone", "name": "王先生" }
        });
        p.mei.post("/api/v1/complaints", against).await.refused(422, "complaint_about_oneself");
    }

    async fn nobody_deals_with_a_complaint_about_themselves(t: TestApp) {
        let p = People::sign_in(&t).await;
        let body = json!({ "scene": t.scenes().lamp, "description": "师傅态度差", "about_staff_id": p.wang_id });
        let filed = p.lin.post("/api/v1/complaints", body).await;
        let (complaint, ticket) = paths(&filed);
        assert_eq!(filed.json["complaint"]["about_staff"]["name"], "王师傅");
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await
            .refused(422, "assignee_is_concerned");
        p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": p.engineering })).await.is(200);
        p.wang.act(&format!("{ticket}/grab")).await.refused(404, "ticket_not_found");
        p.zhao.act(&format!("{ticket}/grab")).await.is(200);
        p.zhao.post(&format!("{complaint}/offer"), json!({ "text": "已批评教育" })).await.is(200);
    }
}
