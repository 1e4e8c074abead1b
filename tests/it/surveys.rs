//! Links by which people without an account say how it was.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::both;
use crate::support::{People, TestApp, path, timeline};

/// A repair of somebody who called, done; and the path of its survey.
async fn survey(t: &TestApp, p: &People) -> (String, String) {
    let body = json!({
        "scene": t.scenes().lamp, "description": "灯不亮",
        "on_behalf_of": { "channel": "phone", "name": "王先生" }
    });
    let ticket = path(&p.mei.post("/api/v1/repairs", body).await);
    p.mei.act(&format!("{ticket}/survey")).await.refused(409, "survey_not_now");
    p.mei.act(&format!("{ticket}/accept")).await.is(200);
    p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
    p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "换了灯管" })).await.is(200);
    let link = p.mei.act(&format!("{ticket}/survey")).await;
    let token = link.is(201).json["token"].as_str().expect("a token").to_owned();
    (ticket, format!("/api/v1/surveys/{token}"))
}

both! {
    async fn a_link_works_once(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (ticket, survey) = survey(&t, &p).await;
        let caller = t.anyone();
        let asked = caller.get(&survey).await;
        assert_eq!((&asked.is(200).json["number"], &asked.json["result"]), (&json!("R000001"), &json!("换了灯管")));
        assert!(!String::from_utf8_lossy(&asked.body).contains("王先生"), "no more than who holds it may know");
        caller.post(&survey, json!({ "score": 0 })).await.refused_field("/score", "number_out_of_range");
        caller.post(&survey, json!({ "score": 5, "comment": "很快" })).await.is(200);
        caller.post(&survey, json!({ "score": 1 })).await.refused(410, "survey_used");
        caller.get(&survey).await.refused(410, "survey_used");
        let rated = p.li.get(&ticket).await;
        assert_eq!((&rated.json["rating_score"], &rated.json["status"]), (&json!(5), &json!("closed")));
        let lines = timeline(&p.mei, &ticket).await;
        let line = lines.iter().find(|line| line["action"] == "rate").expect("a line");
        assert_eq!((&line["detail"]["survey"], &line["actor"], &line["text"]), (&json!(true), &Value::Null, &json!("很快")));
        p.mei.act(&format!("{ticket}/survey")).await.refused(409, "ticket_already_rated");
    }

    async fn a_link_ends_with_its_time_and_with_its_episode(t: TestApp) {
        let p = People::sign_in(&t).await;
        let caller = t.anyone();
        caller.get("/api/v1/surveys/nothing").await.refused(404, "survey_not_found");
        let (ticket, again) = survey(&t, &p).await;
        p.mei.post(&format!("{ticket}/reopen"), json!({ "reason": "又灭了" })).await.is(200);
        caller.post(&again, json!({ "score": 5 })).await.refused(410, "survey_used");
        let (_, late) = survey(&t, &p).await;
        t.advance(SignedDuration::from_hours(7 * 24)).await;
        caller.get(&late).await.refused(410, "survey_expired");
        caller.post(&late, json!({ "score": 5 })).await.refused(410, "survey_expired");
        t.advance(SignedDuration::from_hours(91 * 24)).await;
        caller.get(&late).await.refused(404, "survey_not_found");
    }

    async fn a_bad_word_by_link_counts_as_one(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (ticket, survey) = survey(&t, &p).await;
        t.anyone().post(&survey, json!({ "score": 1, "comment": "没人来" })).await.is(200);
        assert_eq!(p.mei.get(&ticket).await.json["status"], "resolved");
        p.mei.act(&format!("{ticket}/close")).await.refused(422, "follow_up_missing");
        // Whom it is not for gets none.
        p.lin.act(&format!("{ticket}/survey")).await.refused(403, "role_staff_needed");
        p.wang.act(&format!("{ticket}/survey")).await.refused(403, "action_not_yours");
        let hers = p.ticket_at(&t, "resolved").await;
        p.mei.act(&format!("{hers}/survey")).await.refused(422, "survey_has_account");
    }

    async fn who_handled_it_gives_out_no_link_and_a_link_is_no_follow_up(t: TestApp) {
        let p = People::sign_in(&t).await;
        let body = json!({
            "scene": t.scenes().shop, "description": "店员态度差",
            "on_behalf_of": { "channel": "phone", "name": "王先生" },
            "settled": { "result": "已道歉", "outcome": "justified" }
        });
        let (_, ticket) = crate::complaints::paths(&p.mei.post("/api/v1/complaints", body).await);
        p.mei.act(&format!("{ticket}/survey")).await.refused(422, "follow_up_by_handler");
        let link = p.li.act(&format!("{ticket}/survey")).await;
        let survey = format!("/api/v1/surveys/{}", link.is(201).json["token"].as_str().expect("a token"));
        let lines = timeline(&p.mei, &ticket).await;
        assert!(lines.iter().any(|line| line["action"] == "survey"), "somebody gave out a link: {lines:?}");
        // Two strangers may use the same key.
        t.anyone().post_once("1", &survey, json!({ "score": 5 })).await.is(200);
        t.anyone().post_once("1", &survey, json!({ "score": 5 })).await.is(200);
        assert_eq!(p.mei.get(&ticket).await.json["status"], "resolved", "somebody still asks");
    }
}
