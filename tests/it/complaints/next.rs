//! What the person is told comes next.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{ask, complain, follow_up};
use crate::both;
use crate::support::People;

both! {
    async fn what_has_no_deadline_says_so(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, ticket) = complain(&t, &p.lin, "complaint-safety", "扶梯夹到手").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/resolve"), json!({ "result": "已送医" })).await.is(200);
        ask(&p.li, &ticket, "call", "satisfied").await.is(200);
        let next = p.lin.get(&format!("{ticket}/next")).await;
        assert_eq!((&next.is(200).json["step"], &next.json["until"], &next.json["text"]), (&json!("review"), &Value::Null,
            &json!("已处理完毕，服务台还要复核一次才会结单；复核没有规定的期限。")));
    }

    async fn what_happens_next_is_said_in_words(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-price", "贵了").await;
        let next = p.lin.get(&format!("{ticket}/next")).await;
        assert_eq!((&next.is(200).json["step"], &next.json["text"]),
            (&json!("answer"), &json!("客服将在 11-22 10:15 前受理。")));
        let english = p.lin.request(reqwest::Method::GET, &format!("{ticket}/next")).header("Accept-Language", "en");
        assert_eq!(p.lin.send(english).await.is(200).json["text"], "The desk will take this up by 11-22 10:15.");
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["text"], "正在处理，预计 11-23 10:00 前完成。");
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "退款", "outcome": "justified" })).await.is(200);
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["step"], "follow_up");
        ask(&p.li, &ticket, "call", "satisfied").await.is(200);
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["step"], "reopen");
        p.hua.get(&format!("{ticket}/next")).await.refused(404, "ticket_not_found");
    }

    async fn an_offer_waits_for_an_answer(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-price", "贵了").await;
        let step = async || p.lin.get(&format!("{ticket}/next")).await.is(200).json["step"].clone();
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        assert_eq!(step().await, "work");
        p.mei.post(&format!("{complaint}/offer"), json!({ "text": "退还差价" })).await.is(200);
        let next = p.lin.get(&format!("{ticket}/next")).await;
        assert_eq!((&next.is(200).json["step"], &next.json["text"]),
            (&json!("agree"), &json!("我们已提出处理方案，请您确认是否同意。没有答复也会继续处理，预计 11-23 10:00 前完成。")));
        assert_eq!(next.json["until"], "2026-11-23T02:00:00.000Z");
        let english = p.lin.request(reqwest::Method::GET, &format!("{ticket}/next")).header("Accept-Language", "en");
        assert_eq!(p.lin.send(english).await.is(200).json["text"],
            "You were offered something; please say whether you agree. Work goes on without an answer and should be done by 11-23 10:00.");
        p.mei.post(&format!("{ticket}/resolve"), json!({ "result": "已退还差价" })).await.is(200);
        let next = p.lin.get(&format!("{ticket}/next")).await;
        assert_eq!((&next.is(200).json["step"], &next.json["text"]), (&json!("agree"),
            &json!("我们已提出处理方案，请您确认是否同意。没有答复也会在 11-23 10:00 前回访您。")), "it can still be answered");
        // Once nobody asks any more, silence closes it.
        let (quiet, silent) = complain(&t, &p.hua, "complaint-price", "贵").await;
        p.mei.post(&format!("{quiet}/offer"), json!({ "text": "退还差价" })).await.is(200);
        p.mei.act(&format!("{silent}/accept")).await.is(200);
        p.mei.post(&format!("{silent}/resolve"), json!({ "result": "已退还差价" })).await.is(200);
        let asked = follow_up(&p.li, &silent).await;
        let path = format!("/api/v1/follow_ups/{}", asked["id"].as_str().expect("an id"));
        for _ in 0..3 {
            let li = t.staff("li").await;
            li.post(&format!("{path}/attempt"), json!({ "way": "call", "reached": false })).await.is(200);
            t.advance(SignedDuration::from_hours(2)).await;
        }
        t.staff("li").await.post(&format!("{path}/complete"), json!({ "result": "unreachable" })).await.is(200);
        let next = t.shopper("xiaohua").await.get(&format!("{silent}/next")).await;
        assert_eq!((&next.is(200).json["step"], &next.json["until"]), (&json!("agree"), &json!("2026-11-25T02:00:00.000Z")));
        assert_eq!(next.json["text"], "我们已提出处理方案，请您确认是否同意。如无答复，11-25 10:00 自动结单。");
        let p = People::sign_in(&t).await;
        let step = async || p.lin.get(&format!("{ticket}/next")).await.is(200).json["step"].clone();
        p.lin.post(&format!("{complaint}/agree"), json!({ "agreed": true })).await.is(200);
        assert_eq!(step().await, "follow_up");
        // Should the time pass before anybody closes it, that is said too.
        t.app.clock.advance(SignedDuration::from_hours(72)).expect("a clock moved by hand");
        let hua = t.shopper("xiaohua").await;
        let next = hua.get(&format!("{silent}/next")).await;
        assert_eq!((&next.is(200).json["is_late"], &next.json["text"]),
            (&json!(true), &json!("我们已提出处理方案，请您确认是否同意。即将结单。")));
        let english = hua.request(reqwest::Method::GET, &format!("{silent}/next")).header("Accept-Language", "en");
        assert_eq!(hua.send(english).await.is(200).json["text"],
            "You were offered something; please say whether you agree. This is about to close.");
        let p = People::sign_in(&t).await;
        // Nor is one asked for an answer that cannot be given any more.
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-price", "又贵了").await;
        p.mei.post(&format!("{complaint}/offer"), json!({ "text": "退还差价" })).await.is(200);
        p.lin.post(&format!("{ticket}/cancel"), json!({ "reason": "算了" })).await.is(200);
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["step"], "over");
    }
}
