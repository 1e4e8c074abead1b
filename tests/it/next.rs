//! What whoever waits is told of what happens next, in time and when it is late.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both;
use crate::complaints::complain;
use crate::support::{Client, People, TestApp};

/// What is said of a ticket, in both languages.
async fn said(who: &Client, ticket: &str) -> (Value, Value, Value, Value) {
    let next = who.get(&format!("{ticket}/next")).await.is(200).json.clone();
    let english = who.request(Method::GET, &format!("{ticket}/next")).header("Accept-Language", "en");
    let english = who.send(english).await.is(200).json["text"].clone();
    (next["step"].clone(), next["is_late"].clone(), next["text"].clone(), english)
}

/// Where a matter stands, and what is said of it in time and too late, in both languages.
struct Case {
    step: &'static str,
    in_time: [&'static str; 2],
    late: [&'static str; 2],
}

const CASES: [Case; 8] = [
    Case {
        step: "answer",
        in_time: ["客服将在 11-22 10:15 前受理。", "The desk will take this up by 11-22 10:15."],
        late: [
            "客服本应在 11-22 10:15 前受理，我们已在催办，请稍候。",
            "The desk should have taken this up by 11-22 10:15; we are seeing to it.",
        ],
    },
    Case {
        step: "work",
        in_time: ["正在处理，预计 11-23 10:00 前完成。", "This is being seen to and should be done by 11-23 10:00."],
        late: [
            "本应在 11-23 10:00 前完成，我们正在督办。",
            "This should have been done by 11-23 10:00; we are seeing to it.",
        ],
    },
    Case {
        step: "wait",
        in_time: [
            "处理已暂停，最晚 11-24 10:00 恢复。",
            "Work on this waits and goes on at 11-24 10:00 at the latest.",
        ],
        late: ["处理即将恢复。", "Work on this is about to go on."],
    },
    Case {
        step: "follow_up",
        in_time: [
            "已处理完毕，11-23 10:00 前会有人回访您。",
            "This is done; somebody will ask you by 11-23 10:00 how it was.",
        ],
        late: [
            "已处理完毕，本应在 11-23 10:00 前回访您，我们正在督办。",
            "This is done; somebody should have asked you by 11-23 10:00 how it was, and we are seeing to it.",
        ],
    },
    Case {
        step: "agree",
        in_time: [
            "我们已提出处理方案，请您确认是否同意。没有答复也会继续处理，预计 11-23 10:00 前完成。",
            "You were offered something; please say whether you agree. Work goes on without an answer and should be done by 11-23 10:00.",
        ],
        late: [
            "我们已提出处理方案，请您确认是否同意。本应在 11-23 10:00 前处理完毕，我们正在督办。",
            "You were offered something; please say whether you agree. This should have been done by 11-23 10:00; we are seeing to it.",
        ],
    },
    Case {
        step: "agree",
        in_time: [
            "我们已提出处理方案，请您确认是否同意。没有答复也会在 11-23 10:00 前回访您。",
            "You were offered something; please say whether you agree. Without an answer somebody will ask you by 11-23 10:00.",
        ],
        late: [
            "我们已提出处理方案，请您确认是否同意。本应在 11-23 10:00 前回访您，我们正在督办。",
            "You were offered something; please say whether you agree. Somebody should have asked you by 11-23 10:00, and we are seeing to it.",
        ],
    },
    Case {
        step: "investigate",
        in_time: [
            "您已撤回投诉。重大事项我们仍会查明原因，预计 11-24 10:00 前完成，不需要您再做什么。",
            "You took this back. Something so grave is found out all the same, by 11-24 10:00; there is nothing for you to do.",
        ],
        late: [
            "您已撤回投诉。本应在 11-24 10:00 前查明原因，我们正在督办，不需要您再做什么。",
            "You took this back. What happened should have been found out by 11-24 10:00; we are seeing to it, and there is nothing for you to do.",
        ],
    },
    Case {
        step: "rate",
        in_time: [
            "已处理完毕，请您评价；如无反馈，11-25 10:00 自动结单。",
            "This is done; please say how it was. Without an answer it closes on 11-25 10:00.",
        ],
        late: ["已处理完毕，即将结单。", "This is done and about to close."],
    },
];

/// A ticket that stands there, for each of [`CASES`].
async fn tickets(t: &TestApp, p: &People) -> [String; 8] {
    let complaint = async |description: &str| complain(t, &p.lin, "complaint-price", description).await;
    let accepted = async |description: &str| {
        let (complaint, ticket) = complaint(description).await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        (complaint, ticket)
    };
    let offered = async |description: &str| {
        let (complaint, ticket) = accepted(description).await;
        p.mei.post(&format!("{complaint}/offer"), json!({ "text": "退还差价" })).await.is(200);
        ticket
    };
    let resolve = async |ticket: &str| {
        p.mei.post(&format!("{ticket}/resolve"), json!({ "result": "已退还差价" })).await.is(200);
    };
    let (_, new) = complaint("一").await;
    let (_, at_work) = accepted("二").await;
    let (_, waits) = accepted("三").await;
    p.mei.act(&format!("{waits}/start")).await.is(200);
    p.mei.post(&format!("{waits}/pause"), json!({ "reason": "waiting_requester" })).await.is(200);
    let (_, done) = accepted("四").await;
    resolve(&done).await;
    let (to_answer, to_answer_done) = (offered("五").await, offered("六").await);
    resolve(&to_answer_done).await;
    let (_, taken_back) = complain(t, &p.lin, "complaint-safety", "扶梯口摔了一跤").await;
    p.lin.post(&format!("{taken_back}/cancel"), json!({ "reason": "算了" })).await.is(200);
    let mended = p.ticket_at(t, "resolved").await;
    [new, at_work, waits, done, to_answer, to_answer_done, taken_back, mended]
}

both! {
    async fn each_step_is_said_in_time_and_too_late(t: TestApp) {
        let p = People::sign_in(&t).await;
        let tickets = tickets(&t, &p).await;
        for (ticket, Case { step, in_time: [chinese, english], .. }) in tickets.iter().zip(CASES) {
            let expected = (json!(step), json!(false), json!(chinese), json!(english));
            assert_eq!(said(&p.lin, ticket).await, expected);
        }
        // Of time alone: what it does by itself, jobs do a moment later.
        t.app.clock.advance(SignedDuration::from_hours(4 * 24)).expect("a clock moved by hand");
        let lin = t.shopper("xiaolin").await;
        for (ticket, Case { step, late: [chinese, english], .. }) in tickets.iter().zip(CASES) {
            assert_eq!(said(&lin, ticket).await, (json!(step), json!(true), json!(chinese), json!(english)));
        }
    }

    async fn sixteen_minutes_without_an_answer_are_late(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, ticket) = complain(&t, &p.lin, "complaint-price", "贵了").await;
        t.advance(SignedDuration::from_mins(15) - SignedDuration::from_secs(1)).await;
        assert_eq!(said(&t.shopper("xiaolin").await, &ticket).await.1, false);
        t.advance(SignedDuration::from_secs(61)).await;
        let (step, is_late, text, _) = said(&t.shopper("xiaolin").await, &ticket).await;
        assert_eq!((step, is_late), (json!("answer"), json!(true)));
        assert_eq!(text, "客服本应在 11-22 10:15 前受理，我们已在催办，请稍候。");
    }
}
