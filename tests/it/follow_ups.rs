//! Asking people how it was, and what their answer does.

use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::accounts::model::Role;

use crate::both;
use crate::complaints::{ask, category, complain, follow_up};
use crate::standards::{second_mall, sound};
use crate::support::{Client, People, TestApp, told};

async fn settle(who: &Client, complaint: &str) {
    let body = json!({ "result": "已道歉", "outcome": "justified" });
    who.post(&format!("{complaint}/settle"), body).await.is(200);
}

async fn path_of_second(who: &Client, ticket: &str) -> String {
    let one = follow_up(who, ticket).await;
    assert_eq!(one["second"], true);
    path(&one)
}

fn path(one: &Value) -> String {
    format!("/api/v1/follow_ups/{}", one["id"].as_str().expect("something to ask"))
}

/// Says whom of a category's repairs to ask.
async fn rule(t: &TestApp, li: &Client, code: &str, follow_up: &str, percent: Option<i32>) {
    let category = category(t, code).await;
    let body = json!({ "category": {
        "name": "灯不亮", "priority": "normal", "is_safety": false,
        "follow_up": follow_up, "follow_up_percent": percent
    } });
    li.put(&format!("/api/v1/categories/{category}"), body).await.is(200);
}

/// A lamp that is mended.
async fn mended(t: &TestApp, p: &People) -> String {
    let body = json!({
        "scene": t.scenes().lamp, "description": "灯不亮", "category_id": category(t, "lighting-out").await
    });
    let ticket = crate::support::path(&p.lin.post("/api/v1/repairs", body).await);
    p.mei.act(&format!("{ticket}/accept")).await.is(200);
    p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
    p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "换了灯管" })).await.is(200);
    ticket
}

async fn status(who: &Client, ticket: &str) -> Value {
    who.get(ticket).await.is(200).json["status"].clone()
}

both! {
    async fn every_complaint_is_followed_up_before_it_closes(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        settle(&p.mei, &complaint).await;
        let one = follow_up(&p.mei, &ticket).await;
        assert_eq!((&one["cause"], &one["second"], &one["status"]), (&json!("complaint"), &json!(false), &json!("open")));
        assert_eq!(one["due_at"], "2026-11-23T02:00:00.000Z");
        p.mei.act(&format!("{ticket}/close")).await.refused(422, "follow_up_missing");
        // Nor does time close it.
        t.advance(SignedDuration::from_hours(80)).await;
        let li = t.staff("li").await;
        assert_eq!(status(&li, &ticket).await, "resolved");
        assert!(told(&li, &ticket).await.contains(&"follow_up_overdue".to_owned()));
        let late = li.get("/api/v1/follow_ups?overdue=true").await;
        assert_eq!(late.is(200).json["items"][0]["overdue"], true);
        // Once they could not be reached, it does.
        let path = path(&one);
        let unreachable = json!({ "result": "unreachable" });
        for attempt in 1..=3 {
            let few = li.post(&format!("{path}/complete"), unreachable.clone()).await;
            few.refused(422, "follow_up_attempts_missing");
            let tried = li.post(&format!("{path}/attempt"), json!({ "way": "call", "reached": false })).await;
            assert_eq!(tried.is(200).json["attempts"], attempt);
        }
        li.post(&format!("{path}/complete"), json!({ "result": "satisfied" })).await.refused(422, "follow_up_not_reached");
        // Three calls in a row are one: the others lie hours after it.
        for (minutes, from) in [(0, "2026-11-25T12:00:00.000Z"), (119, "2026-11-25T12:00:00.000Z"), (1, "2026-11-25T14:00:00.000Z")] {
            t.advance(SignedDuration::from_mins(minutes)).await;
            let li = t.staff("li").await;
            li.post(&format!("{path}/attempt"), json!({ "way": "call", "reached": false })).await.is(200);
            let soon = li.post(&format!("{path}/complete"), unreachable.clone()).await;
            soon.refused(422, "follow_up_attempts_too_close");
            let detail = soon.json["detail"].as_str().expect("a sentence");
            assert!(detail.contains("2 小时") && detail.contains(from), "{detail}");
        }
        t.hours(2).await;
        let li = t.staff("li").await;
        li.post(&format!("{path}/attempt"), json!({ "way": "visit", "reached": false })).await.is(200);
        let done = li.post(&format!("{path}/complete"), unreachable).await;
        assert_eq!(done.is(200).json["log"].as_array().map(Vec::len), Some(7));
        li.post(&format!("{path}/attempt"), json!({ "way": "call", "reached": true })).await
            .refused(409, "follow_up_not_open");
        t.advance(SignedDuration::from_secs(1)).await;
        assert_eq!(status(&t.staff("li").await, &ticket).await, "closed");
        sound(&t).await;
    }

    async fn the_requesters_own_word_stands_for_the_first_follow_up_only(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        settle(&p.mei, &complaint).await;
        ask(&p.li, &ticket, "call", "unsatisfied").await.is(200);
        p.lin.act(&format!("{ticket}/close")).await.refused(422, "second_follow_up_missing");
        let rated = p.lin.post(&format!("{ticket}/rate"), json!({ "score": 4 })).await;
        assert_eq!((&rated.is(200).json["status"], &rated.json["rating_score"]), (&json!("resolved"), &json!(4)));
        p.li.act(&format!("{ticket}/close")).await.refused(422, "second_follow_up_missing");
        t.advance(SignedDuration::from_hours(100)).await;
        let li = t.staff("li").await;
        assert_eq!(status(&li, &ticket).await, "resolved", "time does not get round the supervisor");
        ask(&li, &ticket, "visit", "unsatisfied").await.is(200);
        assert!(told(&li, &ticket).await.contains(&"stays_unsatisfied".to_owned()));
        // Now nothing but a supervisor's word, or her own, ends it.
        t.staff("mei").await.act(&format!("{ticket}/close")).await.refused(422, "second_follow_up_unsatisfied");
        t.advance(SignedDuration::from_hours(100)).await;
        assert_eq!(status(&t.staff("li").await, &ticket).await, "resolved");
        assert_eq!(t.shopper("xiaolin").await.get(&format!("{ticket}/next")).await.json["step"], "review");
        t.staff("li").await.act(&format!("{ticket}/close")).await.is(200);
        sound(&t).await;
    }

    async fn who_handled_it_does_not_ask(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        settle(&p.mei, &complaint).await;
        let path = path(&follow_up(&p.mei, &ticket).await);
        let (call, answer) = (json!({ "way": "call", "reached": true }), json!({ "result": "satisfied" }));
        p.mei.post(&format!("{path}/attempt"), call.clone()).await.refused(422, "follow_up_by_handler");
        p.mei.post(&format!("{path}/complete"), answer.clone()).await.refused(422, "follow_up_by_handler");
        // Who works elsewhere, or is not at the desk, knows nothing of it.
        let (_, sun) = second_mall(&t).await;
        for other in [&sun, &p.wang] {
            other.get(&path).await.refused(404, "follow_up_not_found");
            other.post(&format!("{path}/attempt"), call.clone()).await.refused(404, "follow_up_not_found");
            other.post(&format!("{path}/complete"), answer.clone()).await.refused(404, "follow_up_not_found");
        }
        p.wang.get("/api/v1/follow_ups").await.refused(403, "view_not_yours");
        assert_eq!(sun.get("/api/v1/follow_ups").await.is(200).json["items"], json!([]));
        p.lin.get(&path).await.refused(403, "role_staff_needed");
        // Two people at once: the second sees that it has changed.
        let stale = p.li.request(reqwest::Method::POST, &format!("{path}/attempt")).json(&call).header("If-Match", "\"9\"");
        p.li.send(stale).await.refused(412, "version_stale");
        p.li.post(&format!("{path}/attempt"), call).await.is(200);
        for mark in ["attitude", "speed", "solution", "overall"] {
            for number in [0, 6] {
                let wrong = json!({ "result": "unsatisfied", mark: number });
                p.li.post(&format!("{path}/complete"), wrong).await
                    .refused_field(&format!("/{mark}"), "number_out_of_range");
            }
        }
        let wrong = json!({ "result": "satisfied", "reopen": true });
        p.li.post(&format!("{path}/complete"), wrong).await.refused(422, "follow_up_reopen_satisfied");
        let body = json!({ "result": "satisfied", "attitude": 5, "speed": 4, "solution": 3, "overall": 4, "comment": "还行" });
        let done = p.li.post(&format!("{path}/complete"), body).await;
        assert_eq!((&done.is(200).json["status"], &done.json["solution"]), (&json!("done"), &json!(3)));
        assert_eq!(status(&p.lin, &ticket).await, "closed");
    }

    async fn who_once_had_it_or_concluded_it_does_not_ask(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (lan, lan_id) = t.hire("lan", Role::Agent, Some("service")).await;
        let (hong, hong_id) = t.hire("hong", Role::Agent, Some("service")).await;
        let (zhou, _) = t.hire("zhou", Role::Supervisor, Some("service")).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": lan_id })).await.is(200);
        let service = t.department("service").await;
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        let on = json!({ "reason": "归客服", "department_id": service, "assignee_id": hong_id });
        p.wang.post(&format!("{ticket}/transfer"), on).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.zhao_id })).await.is(200);
        p.zhao.post(&format!("{ticket}/resolve"), json!({ "result": "已道歉" })).await.is(200);
        zhou.post(&format!("{complaint}/conclude"), json!({ "outcome": "justified" })).await.is(200);
        let path = path(&follow_up(&p.mei, &ticket).await);
        let call = json!({ "way": "call", "reached": true });
        for who in [&lan, &hong, &zhou] {
            who.post(&format!("{path}/attempt"), call.clone()).await.refused(422, "follow_up_by_handler");
            let answer = json!({ "result": "satisfied" });
            who.post(&format!("{path}/complete"), answer).await.refused(422, "follow_up_by_handler");
        }
        // Who only gave it to others has not had it.
        p.mei.post(&format!("{path}/attempt"), call).await.is(200);
    }

    async fn who_only_offered_or_only_began_does_not_ask(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (lan, _) = t.hire("lan", Role::Agent, Some("service")).await;
        let (hong, _) = t.hire("hong", Role::Agent, Some("service")).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-price", "多收钱").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        hong.act(&format!("{ticket}/start")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        lan.post(&format!("{complaint}/offer"), json!({ "text": "退还差价" })).await.is(200);
        p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "已退还差价" })).await.is(200);
        let path = path(&follow_up(&p.mei, &ticket).await);
        let call = json!({ "way": "call", "reached": true });
        for who in [&lan, &hong] {
            who.post(&format!("{path}/attempt"), call.clone()).await.refused(422, "follow_up_by_handler");
        }
        p.mei.post(&format!("{path}/attempt"), call).await.is(200);
    }

    async fn who_was_reached_once_is_not_unreachable(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-price", "多收钱").await;
        settle(&p.mei, &complaint).await;
        let path = path(&follow_up(&p.li, &ticket).await);
        for reached in [false, true, false] {
            let tried = json!({ "way": "call", "reached": reached });
            t.staff("li").await.post(&format!("{path}/attempt"), tried).await.is(200);
            t.hours(2).await;
        }
        let unreachable = json!({ "result": "unreachable" });
        let refused = t.staff("li").await.post(&format!("{path}/complete"), unreachable).await;
        refused.refused(422, "follow_up_attempts_missing");
    }

    async fn who_is_not_to_be_found_by_the_supervisor_either_lets_it_close_by_time(t: TestApp) {
        // Three days after it was resolved, or as soon as the visits are done, if that is later.
        for (begins, closes) in [(0, 72), (80, 86)] {
            let p = People::sign_in(&t).await;
            let (complaint, ticket) = complain(&t, &p.lin, "complaint-price", "多收钱").await;
            settle(&p.mei, &complaint).await;
            ask(&p.li, &ticket, "call", "unsatisfied").await.is(200);
            let path = path_of_second(&p.li, &ticket).await;
            t.hours(begins).await;
            for _ in 0..3 {
                let tried = json!({ "way": "visit", "reached": false });
                t.staff("li").await.post(&format!("{path}/attempt"), tried).await.is(200);
                t.hours(2).await;
            }
            t.staff("li").await.post(&format!("{path}/complete"), json!({ "result": "unreachable" })).await.is(200);
            if closes > begins + 6 {
                t.advance(SignedDuration::from_hours(closes - begins - 6) - SignedDuration::from_secs(1)).await;
            }
            assert_eq!(status(&t.staff("li").await, &ticket).await, "resolved");
            t.advance(SignedDuration::from_secs(1)).await;
            assert_eq!(status(&t.staff("li").await, &ticket).await, "closed", "{begins}");
        }
        sound(&t).await;
    }

    async fn who_handled_an_incident_does_not_ask_about_its_parts(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (lan, _) = t.hire("lan", Role::Agent, Some("service")).await;
        let (hong, hong_id) = t.hire("hong", Role::Agent, Some("service")).await;
        let (incident, first) = complain(&t, &p.lin, "complaint-hygiene", "有股怪味").await;
        let (_, part) = complain(&t, &p.hua, "complaint-hygiene", "怪味").await;
        let parts = json!({ "part_ids": [part.rsplit('/').next()], "reason": "同一处异味" });
        p.mei.post(&format!("{first}/gather"), parts).await.is(200);
        p.mei.post(&format!("{first}/assign"), json!({ "assignee_id": hong_id })).await.is(200);
        let found = json!({ "facts": "下水道返味", "cause": "水封干涸", "responsibility": "保洁", "measures": "每周注水" });
        lan.post(&format!("{incident}/investigate"), found).await.is(200);
        p.mei.post(&format!("{first}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        p.wang.post(&format!("{first}/resolve"), json!({ "result": "已疏通" })).await.is(200);
        let path = path(&follow_up(&p.mei, &part).await);
        let call = json!({ "way": "call", "reached": true });
        for who in [&lan, &hong] {
            who.post(&format!("{path}/attempt"), call.clone()).await.refused(422, "follow_up_by_handler");
        }
        p.mei.post(&format!("{path}/attempt"), call).await.is(200);
    }

    async fn the_supervisor_goes_there_within_two_days(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        settle(&p.mei, &complaint).await;
        ask(&p.li, &ticket, "call", "unsatisfied").await.is(200);
        assert_eq!(follow_up(&p.li, &ticket).await["due_at"], "2026-11-24T02:00:00.000Z", "48 hours");
        let overdue = "follow_up_overdue".to_owned();
        t.advance(SignedDuration::from_hours(48) - SignedDuration::from_secs(1)).await;
        assert!(!told(&t.staff("li").await, &ticket).await.contains(&overdue));
        t.advance(SignedDuration::from_secs(1)).await;
        let li = t.staff("li").await;
        assert!(told(&li, &ticket).await.contains(&overdue));
        assert_eq!(follow_up(&li, &ticket).await["overdue"], true);
    }

    async fn a_complaint_is_not_withdrawn_before_the_supervisors_visit(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        settle(&p.mei, &complaint).await;
        ask(&p.li, &ticket, "call", "unsatisfied").await.is(200);
        p.li.post(&format!("{ticket}/reopen"), json!({ "reason": "顾客不满意" })).await.is(200);
        let withdraw = json!({ "reason": "算了，不投诉了" });
        p.lin.post(&format!("{ticket}/cancel"), withdraw.clone()).await.refused(422, "second_follow_up_missing");
        // Nor does it go away as the same as another of hers.
        let (_, other) = complain(&t, &p.lin, "complaint-attitude", "店员还是爱理不理").await;
        let into = json!({ "into_id": other.rsplit('/').next(), "reason": "同一件事" });
        p.li.post(&format!("{ticket}/merge"), into).await.refused(422, "second_follow_up_missing");
        assert_eq!(follow_up(&p.li, &ticket).await["status"], "open", "it stays due");
        settle(&p.mei, &complaint).await;
        ask(&p.li, &ticket, "visit", "unsatisfied").await.is(200);
        // Once somebody was there, it is hers again to withdraw.
        p.li.post(&format!("{ticket}/reopen"), json!({ "reason": "再处理" })).await.is(200);
        p.lin.post(&format!("{ticket}/cancel"), withdraw).await.is(200);
        sound(&t).await;
    }

    async fn a_bad_rating_is_asked_about_and_a_person_decides_on_reopening(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "resolved").await;
        let bad = json!({ "score": 2, "comment": "还在闪", "reopen_wanted": true });
        let rated = p.lin.post(&format!("{ticket}/rate"), bad.clone()).await;
        assert_eq!((&rated.is(200).json["status"], &rated.json["rating_score"]), (&json!("resolved"), &json!(2)));
        p.lin.post(&format!("{ticket}/rate"), bad).await.refused(409, "ticket_already_rated");
        assert!(told(&p.li, &ticket).await.contains(&"follow_up_opened".to_owned()));
        p.mei.act(&format!("{ticket}/close")).await.refused(422, "follow_up_missing");
        let one = follow_up(&p.mei, &ticket).await;
        assert_eq!(one["cause"], "reopen_wanted");
        let path = path(&one);
        p.mei.post(&format!("{path}/attempt"), json!({ "way": "call", "reached": true })).await.is(200);
        let again = json!({ "result": "unsatisfied", "comment": "灯还在闪", "reopen": true });
        p.mei.post(&format!("{path}/complete"), again).await.is(200);
        assert_eq!(status(&p.lin, &ticket).await, "assigned");
        let early = path_of_second(&p.li, &ticket).await;
        p.li.post(&format!("{early}/attempt"), json!({ "way": "call", "reached": true })).await.is(200);
        p.li.post(&format!("{early}/complete"), json!({ "result": "satisfied" })).await.refused(409, "follow_up_not_now");
        p.mei.post(&format!("{ticket}/cancel"), json!({ "reason": "算了" })).await.refused(422, "second_follow_up_missing");
        // Mended once more, the supervisor's visit is still due.
        p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "换了镇流器" })).await.is(200);
        p.lin.act(&format!("{ticket}/close")).await.refused(422, "second_follow_up_missing");
        ask(&p.li, &ticket, "call", "satisfied").await.is(200);
        assert_eq!(status(&p.lin, &ticket).await, "closed");
        sound(&t).await;
    }

    async fn a_category_says_which_repairs_are_followed_up(t: TestApp) {
        let p = People::sign_in(&t).await;
        assert_eq!(follow_up(&p.mei, &mended(&t, &p).await).await, Value::Null, "nobody asked for it");
        rule(&t, &p.li, "lighting", "always", None).await;
        let ticket = mended(&t, &p).await;
        assert_eq!(follow_up(&p.mei, &ticket).await["cause"], "category", "as the category above says");
        // A repair closes without it; somebody who is not satisfied then opens it again.
        p.lin.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await.is(200);
        assert_eq!(status(&p.lin, &ticket).await, "closed");
        ask(&p.mei, &ticket, "call", "unsatisfied").await.is(200);
        assert_eq!(status(&p.lin, &ticket).await, "assigned");
        rule(&t, &p.li, "lighting-out", "never", None).await;
        assert_eq!(follow_up(&p.mei, &mended(&t, &p).await).await, Value::Null, "its own word counts first");
        rule(&t, &p.li, "lighting-out", "sample", Some(100)).await;
        assert_eq!(follow_up(&p.mei, &mended(&t, &p).await).await["cause"], "category");

        rule(&t, &p.li, "lighting-out", "if_unrated", None).await;
        let (rated, silent) = (mended(&t, &p).await, mended(&t, &p).await);
        assert_eq!(follow_up(&p.mei, &silent).await, Value::Null, "not yet");
        p.lin.post(&format!("{rated}/rate"), json!({ "score": 5 })).await.is(200);
        t.advance(SignedDuration::from_hours(72)).await;
        let mei = t.staff("mei").await;
        assert_eq!(follow_up(&mei, &rated).await, Value::Null);
        assert_eq!(follow_up(&mei, &silent).await["cause"], "unrated");
        let by_hand = mended(&t, &People::sign_in(&t).await).await;
        mei.act(&format!("{by_hand}/close")).await.is(200);
        assert_eq!(follow_up(&mei, &by_hand).await["cause"], "unrated");
        sound(&t).await;
    }

    async fn nobody_speaks_as_the_person_for_what_they_handled(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.mei, "complaint-attitude", "店员爱理不理").await;
        settle(&p.mei, &complaint).await;
        p.mei.act(&format!("{ticket}/close")).await.refused(422, "follow_up_missing");
        let rated = p.mei.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await;
        assert_eq!(rated.is(200).json["status"], "resolved");
    }

    async fn a_bad_rating_of_a_complaint_is_told_at_once(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        settle(&p.mei, &complaint).await;
        assert!(!told(&p.li, &ticket).await.contains(&"follow_up_opened".to_owned()));
        p.lin.post(&format!("{ticket}/rate"), json!({ "score": 1, "reopen_wanted": true })).await.is(200);
        assert!(told(&p.li, &ticket).await.contains(&"follow_up_opened".to_owned()));
        assert_eq!(follow_up(&p.li, &ticket).await["cause"], "reopen_wanted");
    }

    async fn what_is_opened_again_is_asked_about_when_it_is_done(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        settle(&p.mei, &complaint).await;
        let first = follow_up(&p.li, &ticket).await;
        p.lin.post(&format!("{ticket}/reopen"), json!({ "reason": "没人道歉" })).await.is(200);
        assert_eq!(p.li.get(&path(&first)).await.is(200).json["status"], "withdrawn");
        settle(&p.mei, &complaint).await;
        let second = follow_up(&p.li, &ticket).await;
        assert_ne!(first["id"], second["id"]);
        p.li.post(&format!("{ticket}/reopen"), json!({ "reason": "还没道歉" })).await.is(200);
        p.lin.post(&format!("{ticket}/cancel"), json!({ "reason": "撤诉" })).await.is(200);
        assert_eq!(follow_up(&p.li, &ticket).await, Value::Null);
    }
}

#[test]
fn the_lot_falls_on_so_many_in_a_hundred() {
    use yijian::follow_ups::model::is_drawn;
    for (percent, drawn) in [
        (0, [false, false, false, false]),
        (1, [true, false, false, false]),
        (50, [true, true, false, false]),
        (99, [true, true, true, false]),
        (100, [true, true, true, true]),
    ] {
        assert_eq!([0, 49, 50, 99].map(|dice| is_drawn(percent, dice)), drawn, "{percent} %");
    }
}
