//! What is offered, agreed and paid.

use serde_json::json;

use super::complain;
use crate::both;
use crate::support::{People, told};

both! {
    async fn agreement_is_given_once_for_each_offer(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-price", "贵了 20 元").await;
        let no = json!({ "agreed": false, "comment": "太少" });
        p.lin.post(&format!("{complaint}/agree"), no.clone()).await.refused(422, "offer_missing");
        let offer = p.mei.post(&format!("{complaint}/offer"), json!({ "text": "送停车券" })).await;
        assert_eq!(offer.is(200).json["complaint"]["offer"], "送停车券");
        // An answer of the desk is an answer.
        let clocks = p.lin.get(&format!("{ticket}/clocks")).await;
        let clocks = clocks.is(200).json["items"].as_array().expect("clocks").clone();
        let first = clocks.iter().find(|clock| clock["kind"] == "first_response").expect("a promise");
        assert_eq!(first["state"], "stopped");
        let said = p.lin.post(&format!("{complaint}/agree"), no).await;
        assert_eq!(said.is(200).json["complaint"]["is_agreed"], false);
        assert_eq!(told(&p.mei, &ticket).await, ["ticket_opened", "offer_answered"]);
        p.lin.post(&format!("{complaint}/agree"), json!({ "agreed": true })).await.refused(409, "offer_already_answered");
        p.mei.post(&format!("{complaint}/offer"), json!({ "text": "退还差价" })).await.is(200);
        // The lead may say it for her, with how they heard it.
        let called = json!({ "agreed": true, "comment": "电话里说同意" });
        p.li.post(&format!("{complaint}/agree"), called).await.is(200);
        p.hua.post(&format!("{complaint}/agree"), json!({ "agreed": true })).await.refused(404, "ticket_not_found");
    }

    async fn compensation_is_approved_by_a_supervisor(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, _) = complain(&t, &p.lin, "complaint-quality", "衣服掉色").await;
        let paid = |fen: i64| json!({ "outcome": "partly_justified", "compensation_fen": fen });
        p.mei.post(&format!("{complaint}/conclude"), paid(5000)).await.refused(403, "compensation_needs_lead");
        p.li.post(&format!("{complaint}/conclude"), paid(-1)).await
            .refused_field("/compensation_fen", "number_out_of_range");
        let done = p.li.post(&format!("{complaint}/conclude"), paid(5000)).await;
        assert!(done.is(200).json["complaint"]["internal"]["approved_by_id"].is_string());
        let later = p.li.post(&format!("{complaint}/conclude"), json!({ "outcome": "justified" })).await;
        assert_eq!(later.is(200).json["complaint"]["compensation_fen"], 5000, "what was approved stays");
        // Also when it closed before anybody wrote down what came of it.
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-quality", "扣子掉了").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/resolve"), json!({ "result": "已换货" })).await.is(200);
        p.lin.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await.is(200);
        let late = p.mei.post(&format!("{complaint}/conclude"), json!({ "outcome": "justified" })).await;
        assert_eq!((&late.is(200).json["status"], &late.json["complaint"]["outcome"]),
            (&json!("closed"), &json!("justified")));
    }
}
