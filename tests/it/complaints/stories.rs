//! Whole stories of complaints, from the first tap to the last word.

use serde_json::{Value, json};
use yijian::accounts::model::Role;

use super::{actions, ask, category, complain, follow_up, investigation, paths};
use crate::both;
use crate::standards::sound;
use crate::support::{People, timeline, told};

both! {
    async fn a_fall_on_the_escalator(t: TestApp) {
        let p = People::sign_in(&t).await;
        // One tap; the rules know the words, the category says it is about safety.
        let body = json!({
            "scene": t.scenes().lift, "category_id": category(&t, "complaint-safety").await,
            "description": "我妈在扶梯出口摔倒了，腿流血"
        });
        let filed = p.lin.post("/api/v1/complaints", body).await;
        let (complaint, ticket) = paths(&filed);
        assert_eq!((&filed.json["kind"], &filed.json["severity"]), (&json!("complaint"), &json!("major")));
        assert_eq!(filed.json["complaint"]["grade"], "major_safety");
        assert_eq!(filed.json["complaint"]["internal"], Value::Null, "what the desk thinks is the desk's");
        assert!(told(&p.li, &ticket).await.contains(&"complaint_major".to_owned()), "at once");
        // Two days, by the wall clock, and no way to make it wait.
        let clocks = p.lin.get(&format!("{ticket}/clocks")).await;
        let clocks = clocks.is(200).json["items"].as_array().expect("clocks").clone();
        let resolution = clocks.iter().find(|clock| clock["kind"] == "resolution").expect("a promise");
        assert_eq!(resolution["target_seconds"], 48 * 3600);
        let grave = json!({ "grade": "major_safety", "reason": "老人流血" });
        p.li.post(&format!("{complaint}/grade"), grave).await.is(200);
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        p.wang.act(&format!("{ticket}/start")).await.is(200);
        p.wang.post(&format!("{ticket}/pause"), json!({ "reason": "waiting_requester" })).await
            .refused(422, "pause_major");
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "已道歉", "outcome": "justified" })).await
            .refused(422, "settle_major");

        p.mei.post(&format!("{complaint}/offer"), json!({ "text": "承担医药费，并上门看望" })).await.is(200);
        assert_eq!(told(&p.lin, &ticket).await, ["ticket_accepted", "complaint_offer"]);
        let agreed = p.lin.post(&format!("{complaint}/agree"), json!({ "agreed": true })).await;
        assert_eq!(agreed.is(200).json["complaint"]["is_agreed"], true);
        p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "已陪同就医并上门看望" })).await.is(200);
        // Nobody closes it without the investigation, not even by a good word.
        p.lin.act(&format!("{ticket}/close")).await.refused(422, "investigation_missing");
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["step"], "follow_up");
        p.li.act(&format!("{ticket}/close")).await.refused(422, "investigation_missing");
        let written = p.mei.post(&format!("{complaint}/investigate"), investigation()).await;
        let mut whole = investigation();
        (whole["by_id"], whole["at"]) = (json!(p.mei_id), json!("2026-11-22T02:00:00.000Z"));
        assert_eq!(written.is(200).json["complaint"]["internal"]["investigation"], whole);
        p.li.act(&format!("{ticket}/close")).await.refused(422, "follow_up_missing");

        // The first call finds her unhappy; then only the supervisor, and only by call or visit.
        let asked = follow_up(&p.mei, &ticket).await;
        let own = format!("/api/v1/follow_ups/{}/attempt", asked["id"].as_str().expect("an id"));
        p.mei.post(&own, json!({ "way": "call", "reached": true })).await.refused(422, "follow_up_by_handler");
        let (lan, _) = t.hire("lan", Role::Agent, Some("service")).await;
        ask(&lan, &ticket, "call", "unsatisfied").await.is(200);
        p.lin.act(&format!("{ticket}/close")).await.refused(422, "second_follow_up_missing");
        let second = follow_up(&p.li, &ticket).await;
        assert_eq!((&second["second"], &second["cause"]), (&json!(true), &json!("unsatisfied")));
        assert!(told(&p.li, &ticket).await.contains(&"follow_up_opened".to_owned()));
        let path = format!("/api/v1/follow_ups/{}/attempt", second["id"].as_str().expect("an id"));
        let visit = json!({ "way": "visit", "reached": true });
        p.mei.post(&path, visit.clone()).await.refused(403, "second_follow_up_by_lead");
        p.li.post(&path, json!({ "way": "message", "reached": true })).await
            .refused(422, "second_follow_up_call_or_visit");
        ask(&p.li, &ticket, "visit", "satisfied").await.is(200);
        // Who decides what comes of it could not have asked.
        let paid = json!({ "outcome": "justified", "compensation_fen": 86_000, "note": "保险先垫付" });
        p.li.post(&format!("{complaint}/conclude"), paid).await.is(200);
        let over = p.lin.get(&complaint).await;
        assert_eq!(over.is(200).json["status"], "closed");
        assert_eq!(over.json["complaint"]["compensation_fen"], 86_000);
        let story = [
            "open", "regrade", "accept", "assign", "start", "offer", "agree", "resolve", "investigate", "follow_up",
            "follow_up", "close", "conclude",
        ];
        assert_eq!(actions(&p.li, &ticket).await, story);
        let hers = ["open", "accept", "assign", "start", "offer", "agree", "resolve", "close"];
        assert_eq!(actions(&p.lin, &ticket).await, hers, "what the mall thinks of it is the mall's");
        sound(&t).await;
    }

    async fn a_price_dispute_answered_on_the_spot(t: TestApp) {
        let p = People::sign_in(&t).await;
        let body = json!({
            "scene": t.scenes().shop, "category_id": category(&t, "complaint-price").await,
            "description": "收银价比标价贵 20 元",
            "on_behalf_of": { "channel": "desk", "name": "王先生", "phone": "13987654321" },
            "settled": { "result": "已退还差价 20 元", "outcome": "justified" }
        });
        let settled = p.mei.post("/api/v1/complaints", body).await;
        let (complaint, ticket) = paths(&settled);
        assert_eq!(settled.json["status"], "resolved");
        assert_eq!(settled.json["complaint"]["outcome"], "justified");
        // She handled it, so somebody else asks.
        let one = follow_up(&p.mei, &ticket).await;
        let path = format!("/api/v1/follow_ups/{}/attempt", one["id"].as_str().expect("an id"));
        let call = json!({ "way": "call", "reached": true });
        p.mei.post(&path, call).await.refused(422, "follow_up_by_handler");
        ask(&p.li, &ticket, "call", "satisfied").await.is(200);
        assert_eq!(p.li.get(&complaint).await.is(200).json["status"], "closed");
        sound(&t).await;
    }

    async fn a_shoppers_complaint_is_settled_in_one_call(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        let done = p.mei
            .post(&format!("{complaint}/settle"), json!({ "result": "店长已当面道歉", "outcome": "justified" }))
            .await;
        assert_eq!((&done.is(200).json["status"], &done.json["complaint"]["outcome"]),
            (&json!("resolved"), &json!("justified")));
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "再来一次", "outcome": "justified" })).await
            .refused(409, "action_not_allowed_now");
        assert_eq!(actions(&p.mei, &ticket).await, ["open", "accept", "resolve", "conclude"]);
        assert_eq!(actions(&p.lin, &ticket).await, ["open", "accept", "resolve"]);
        // Her own word stands for the follow-up.
        let rated = p.lin.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await;
        assert_eq!(rated.is(200).json["status"], "closed");
        sound(&t).await;
    }

    async fn a_fall_is_found_out_though_the_person_takes_it_back(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-safety", "扶梯口摔了一跤").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        let back = json!({ "reason": "算了，不追究了" });
        let taken = p.lin.post(&format!("{ticket}/cancel"), back.clone()).await;
        assert_eq!((&taken.is(200).json["status"], &taken.json["closed_at"]), (&json!("accepted"), &Value::Null));
        assert_eq!(p.lin.get(&complaint).await.json["complaint"]["outcome"], "withdrawn");
        assert!(told(&p.mei, &ticket).await.contains(&"ticket_cancelled".to_owned()));
        let next = p.lin.get(&format!("{ticket}/next")).await;
        assert_eq!((&next.is(200).json["step"], &next.json["until"]), (&json!("investigate"), &taken.json["due_at"]));
        assert_eq!(next.json["text"],
            "您已撤回投诉。重大事项我们仍会查明原因，预计 11-24 10:00 前完成，不需要您再做什么。");
        p.lin.post(&format!("{ticket}/cancel"), back.clone()).await.refused(409, "complaint_taken_back_already");
        // Nobody else ends it that way either.
        p.li.post(&format!("{ticket}/cancel"), json!({ "reason": "误报" })).await.refused(422, "investigation_missing");
        let clocks = p.lin.get(&format!("{ticket}/clocks")).await;
        let clocks = clocks.is(200).json["items"].as_array().expect("clocks").clone();
        assert!(clocks.iter().any(|clock| clock["kind"] == "resolution" && clock["state"] == "running"), "{clocks:?}");
        // Once it is found out, it is over, as what was withdrawn is.
        let written = p.mei.post(&format!("{complaint}/investigate"), investigation()).await;
        assert_eq!((&written.is(200).json["status"], &written.json["complaint"]["outcome"]),
            (&json!("cancelled"), &json!("withdrawn")));
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["step"], "over");
        assert!(told(&p.lin, &ticket).await.contains(&"ticket_cancelled".to_owned()));
        let lines = timeline(&p.li, &ticket).await;
        let actions: Vec<&str> = lines.iter().filter_map(|line| line["action"].as_str()).collect();
        assert_eq!(actions, ["open", "accept", "cancel", "investigate", "cancel"]);

        // What only looks like one waits for a decision; it is over when it was none, and found out when it was one.
        for (grade, status) in [("normal", "cancelled"), ("major_safety", "new")] {
            let (complaint, ticket) = complain(&t, &p.lin, "complaint-hygiene", "地滑，老人摔倒了").await;
            p.lin.post(&format!("{ticket}/cancel"), back.clone()).await.is(200);
            assert_eq!(p.mei.get(&ticket).await.json["status"], "new");
            let decided = json!({ "grade": grade, "reason": "已核实" });
            assert_eq!(p.mei.post(&format!("{complaint}/grade"), decided).await.is(200).json["status"], status);
        }
        // Found out before, it is over at once; and so is what is about no danger.
        let (complaint, ticket) = complain(&t, &p.hua, "complaint-safety", "扶梯夹到手").await;
        p.mei.post(&format!("{complaint}/investigate"), investigation()).await.is(200);
        assert_eq!(p.hua.post(&format!("{ticket}/cancel"), back.clone()).await.is(200).json["status"], "cancelled");
        let (_, ticket) = complain(&t, &p.hua, "complaint-price", "多收钱").await;
        assert_eq!(p.hua.post(&format!("{ticket}/cancel"), back.clone()).await.is(200).json["status"], "cancelled");
        // What many people are upset about is no more one person's to end.
        let (complaint, ticket) = complain(&t, &p.hua, "complaint-price", "大家都多收了钱").await;
        let many = json!({ "grade": "major_group", "reason": "多人反映" });
        p.mei.post(&format!("{complaint}/grade"), many).await.is(200);
        assert_eq!(p.hua.post(&format!("{ticket}/cancel"), back).await.is(200).json["status"], "new");
        p.li.post(&format!("{ticket}/cancel"), json!({ "reason": "误报" })).await.refused(422, "investigation_missing");
        let written = p.mei.post(&format!("{complaint}/investigate"), investigation()).await;
        assert_eq!(written.is(200).json["status"], "cancelled");
        sound(&t).await;
    }
}
