//! Asking once more, and asking late: what an answer counts for, who may ask, and what they may note.

use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::accounts::model::Role;

use crate::both;
use crate::complaints::{ask, category, complain, follow_up};
use crate::rates::{counts, group, proven, rates};
use crate::standards::sound;
use crate::support::{Client, People, Reply, TestApp, path, told};

async fn settle(who: &Client, complaint: &str) -> Reply {
    let body = json!({ "result": "已道歉", "outcome": "justified", "lateness_reason": "workload" });
    who.post(&format!("{complaint}/settle"), body).await
}

async fn status(who: &Client, ticket: &str) -> Value {
    who.get(ticket).await.is(200).json["status"].clone()
}

fn path_of(one: &Value) -> String {
    format!("/api/v1/follow_ups/{}", one["id"].as_str().expect("something to ask"))
}

/// A lamp that is mended, of a category whose repairs are asked about as `follow_up` says.
async fn mended(t: &TestApp, p: &People, follow_up: &str) -> String {
    let lamp = category(t, "lighting-out").await;
    let rule =
        json!({ "category": { "name": "灯不亮", "priority": "normal", "is_safety": false, "follow_up": follow_up } });
    p.li.put(&format!("/api/v1/categories/{lamp}"), rule).await.is(200);
    let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮", "category_id": lamp });
    let ticket = path(&p.lin.post("/api/v1/repairs", body).await);
    p.mei.act(&format!("{ticket}/accept")).await.is(200);
    p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
    p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "换了灯管" })).await.is(200);
    ticket
}

both! {
    async fn what_the_second_visit_heard_outlives_the_reopening_before_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        settle(&p.mei, &complaint).await.is(200);
        ask(&p.li, &ticket, "call", "unsatisfied").await.is(200);
        p.li.post(&format!("{ticket}/reopen"), json!({ "reason": "顾客不满意" })).await.is(200);
        settle(&p.mei, &complaint).await.is(200);
        ask(&p.li, &ticket, "visit", "unsatisfied").await.is(200);
        p.mei.act(&format!("{ticket}/close")).await.refused(422, "second_follow_up_unsatisfied");
        // Nor is it solved.
        let all = rates(&t, &p.li, "").await;
        assert_eq!(counts(group(&all, ""), "resolution"), [0, 1, 0, 0]);
        proven(&t).await;
        t.advance(SignedDuration::from_hours(100)).await;
        assert_eq!(status(&t.staff("mei").await, &ticket).await, "resolved", "time does not decide");
        assert_eq!(t.shopper("xiaolin").await.get(&format!("{ticket}/next")).await.json["step"], "review");
        t.staff("li").await.act(&format!("{ticket}/close")).await.is(200);
        sound(&t).await;
    }

    async fn no_time_runs_for_a_visit_that_cannot_be_made(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        settle(&p.mei, &complaint).await.is(200);
        ask(&p.li, &ticket, "call", "unsatisfied").await.is(200);
        p.li.post(&format!("{ticket}/reopen"), json!({ "reason": "顾客不满意" })).await.is(200);
        t.hours(60).await;
        let (li, mei) = (t.staff("li").await, t.staff("mei").await);
        let overdue = "follow_up_overdue".to_owned();
        assert!(!told(&li, &ticket).await.contains(&overdue), "nobody can ask about it");
        assert_eq!(follow_up(&li, &ticket).await["overdue"], false);
        assert_eq!(li.get("/api/v1/follow_ups?overdue=true").await.is(200).json["items"], json!([]));
        let waiting = li.get("/api/v1/follow_ups?overdue=false&status=open").await;
        assert_eq!(waiting.is(200).json["items"].as_array().map(Vec::len), Some(1));
        let all = rates(&t, &li, "").await;
        assert_eq!(counts(group(&all, ""), "follow_up"), [1, 1, 1, 0]);
        proven(&t).await;
        settle(&mei, &complaint).await.is(200);
        assert_eq!(follow_up(&li, &ticket).await["due_at"], "2026-11-26T14:00:00.000Z", "48 hours from then");
        t.hours(48).await;
        let li = t.staff("li").await;
        assert!(told(&li, &ticket).await.contains(&overdue));
        assert_eq!(follow_up(&li, &ticket).await["overdue"], true);
        let all = rates(&t, &li, "").await;
        assert_eq!(counts(group(&all, ""), "follow_up"), [1, 2, 0, 0]);
        proven(&t).await;
        sound(&t).await;
    }

    async fn who_is_asked_late_is_not_too_late(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = mended(&t, &p, "always").await;
        p.lin.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await.is(200);
        t.hours(8 * 24).await;
        let (lin, mei, li) = (t.shopper("xiaolin").await, t.staff("mei").await, t.staff("li").await);
        lin.post(&format!("{ticket}/reopen"), json!({ "reason": "又灭了" })).await.refused(422, "reopen_too_late");
        ask(&mei, &ticket, "call", "unsatisfied").await.is(200);
        assert_eq!(status(&mei, &ticket).await, "assigned", "what is closed waits for no supervisor");
        assert_eq!(follow_up(&li, &ticket).await["second"], true);
        sound(&t).await;
    }

    async fn who_rates_after_all_need_not_be_asked(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (good, bad) = (mended(&t, &p, "if_unrated").await, mended(&t, &p, "if_unrated").await);
        t.hours(72).await;
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        for ticket in [&good, &bad] {
            assert_eq!(follow_up(&mei, ticket).await["cause"], "unrated");
        }
        lin.post(&format!("{good}/rate"), json!({ "score": 5 })).await.is(200);
        assert_eq!(follow_up(&mei, &good).await, Value::Null);
        lin.post(&format!("{bad}/rate"), json!({ "score": 2 })).await.is(200);
        assert_eq!(follow_up(&mei, &bad).await["cause"], "bad_rating");
        // Another cause than that nobody had said anything stays.
        let asked = mended(&t, &People::sign_in(&t).await, "always").await;
        lin.post(&format!("{asked}/rate"), json!({ "score": 5 })).await.is(200);
        assert_eq!(follow_up(&mei, &asked).await["cause"], "category");
        sound(&t).await;
    }

    async fn marks_are_given_by_people_and_mean_what_they_say(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        settle(&p.mei, &complaint).await.is(200);
        let path = path_of(&follow_up(&p.li, &ticket).await);
        let complete = async |body: Value| p.li.post(&format!("{path}/complete"), body).await;
        for mark in ["attitude", "speed", "solution", "overall"] {
            complete(json!({ "result": "unreachable", mark: 5 })).await.refused(422, "follow_up_marks_unreached");
        }
        p.li.post(&format!("{path}/attempt"), json!({ "way": "call", "reached": true })).await.is(200);
        for overall in [1, 2] {
            let contradicts = json!({ "result": "satisfied", "overall": overall });
            complete(contradicts).await.refused(422, "follow_up_marks_contradict");
        }
        assert_eq!(status(&p.li, &ticket).await, "resolved");
        complete(json!({ "result": "satisfied", "attitude": 1, "overall": 3 })).await.is(200);
        assert_eq!(status(&p.li, &ticket).await, "closed");
        // Who took them down sees them, and other colleagues do not.
        let (lan, _) = t.hire("lan", Role::Agent, Some("service")).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员还是不理").await;
        settle(&p.mei, &complaint).await.is(200);
        let path = path_of(&follow_up(&p.li, &ticket).await);
        lan.post(&format!("{path}/attempt"), json!({ "way": "call", "reached": true })).await.is(200);
        let said = lan.post(&format!("{path}/complete"), json!({ "result": "satisfied", "overall": 4 })).await;
        assert_eq!(said.is(200).json["overall"], 4);
        for (who, overall) in [(&lan, json!(4)), (&p.li, json!(4)), (&p.mei, Value::Null)] {
            assert_eq!(who.get(&path).await.is(200).json["overall"], overall);
        }
    }

    async fn who_answered_in_words_or_agreed_for_them_does_not_ask(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (lan, _) = t.hire("lan", Role::Agent, Some("service")).await;
        let (hong, _) = t.hire("hong", Role::Agent, Some("service")).await;
        let (ye, _) = t.hire("ye", Role::Agent, Some("service")).await;
        // Somebody without an account called; the desk says for them what they say.
        let body = json!({
            "scene": t.scenes().shop, "category_id": category(&t, "complaint-price").await, "description": "贵了",
            "on_behalf_of": { "channel": "phone", "name": "王先生", "phone": "13987654321" }
        });
        let (complaint, ticket) = crate::complaints::paths(&ye.post("/api/v1/complaints", body).await);
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        lan.post(&format!("{ticket}/reply"), json!({ "text": "差价已经退回您的账户" })).await.is(200);
        p.mei.post(&format!("{complaint}/offer"), json!({ "text": "退还差价" })).await.is(200);
        hong.post(&format!("{complaint}/agree"), json!({ "agreed": true })).await.is(200);
        p.li.post(&format!("{ticket}/resolve"), json!({ "result": "已退还差价" })).await.is(200);
        let path = path_of(&follow_up(&ye, &ticket).await);
        let call = json!({ "way": "call", "reached": true });
        for who in [&lan, &hong] {
            who.post(&format!("{path}/attempt"), call.clone()).await.refused(422, "follow_up_by_handler");
        }
        ye.post(&format!("{path}/attempt"), call).await.is(200);
        // The requester's own words are no answer to themselves.
        let (complaint, own) = complain(&t, &lan, "complaint-noise", "隔壁装修太吵").await;
        lan.post(&format!("{own}/reply"), json!({ "text": "今天下午又开始了" })).await.is(200);
        settle(&p.mei, &complaint).await.is(200);
        assert_eq!(lan.act(&format!("{own}/close")).await.is(200).json["status"], "closed");
        sound(&t).await;
    }
}
