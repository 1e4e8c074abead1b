//! What is grave is found out: all of it, anew when it is opened again, and without waiting.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::both;
use crate::complaints::{actions, ask, category, complain, follow_up, investigation};
use crate::standards::sound;
use crate::support::{Client, People, timeline, told};

async fn resolve(who: &Client, ticket: &str) {
    who.post(&format!("{ticket}/resolve"), json!({ "result": "已处理" })).await.is(200);
}

async fn investigate(who: &Client, complaint: &str, facts: &str) {
    let mut found = investigation();
    found["facts"] = json!(facts);
    who.post(&format!("{complaint}/investigate"), found).await.is(200);
}

async fn resolution(who: &Client, ticket: &str) -> Value {
    let clocks = who.get(&format!("{ticket}/clocks")).await;
    let clocks = clocks.is(200).json["items"].as_array().expect("clocks").clone();
    clocks.into_iter().rfind(|clock| clock["kind"] == "resolution").expect("a promise")
}

both! {
    async fn an_investigation_has_four_parts(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, _) = complain(&t, &p.lin, "complaint-safety", "扶梯口摔了一跤").await;
        for part in ["facts", "cause", "responsibility", "measures"] {
            let mut most = investigation();
            most.as_object_mut().expect("fields").remove(part);
            let field = format!("/{part}");
            p.mei.post(&format!("{complaint}/investigate"), most.clone()).await.refused_field(&field, "field_missing");
            most[part] = json!("  ");
            p.mei.post(&format!("{complaint}/investigate"), most).await.refused_field(&field, "text_blank");
        }
        let seen = p.mei.get(&complaint).await;
        assert_eq!(seen.is(200).json["complaint"]["internal"]["investigation"], Value::Null);
    }

    async fn what_is_opened_again_is_found_out_again(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-safety", "扶梯口摔了一跤").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        investigate(&p.mei, &complaint, "地面有水").await;
        resolve(&p.mei, &ticket).await;
        ask(&p.li, &ticket, "call", "satisfied").await.is(200);
        assert_eq!(p.lin.get(&ticket).await.json["status"], "closed");
        p.lin.post(&format!("{ticket}/reopen"), json!({ "reason": "又有人在那里摔了" })).await.is(200);
        resolve(&p.mei, &ticket).await;
        // What was found out then says nothing of what happened since.
        p.lin.act(&format!("{ticket}/close")).await.refused(422, "investigation_missing");
        ask(&p.li, &ticket, "call", "satisfied").await.is(200);
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["step"], "review");
        p.li.act(&format!("{ticket}/close")).await.refused(422, "investigation_missing");
        investigate(&p.mei, &complaint, "排水管漏水").await;
        p.lin.act(&format!("{ticket}/close")).await.is(200);
        let seen = p.li.get(&complaint).await;
        assert_eq!(seen.is(200).json["complaint"]["internal"]["investigation"]["facts"], "排水管漏水");
        let lines = timeline(&p.li, &ticket).await;
        let found: Vec<&Value> = lines.iter().filter(|line| line["action"] == "investigate").map(|line| &line["text"]).collect();
        assert_eq!(found, ["地面有水", "排水管漏水"], "both stay");
        sound(&t).await;
    }

    async fn who_opened_it_again_and_takes_it_back_does_not_end_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-safety", "扶梯口摔了一跤").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        investigate(&p.mei, &complaint, "地面有水").await;
        resolve(&p.mei, &ticket).await;
        p.lin.post(&format!("{ticket}/reopen"), json!({ "reason": "又有人在那里摔了" })).await.is(200);
        t.advance(SignedDuration::from_secs(1)).await;
        let taken = p.lin.post(&format!("{ticket}/cancel"), json!({ "reason": "算了" })).await;
        assert_eq!(taken.is(200).json["status"], "accepted");
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["step"], "investigate");
        investigate(&p.mei, &complaint, "排水管漏水").await;
        assert_eq!(p.lin.get(&ticket).await.json["status"], "cancelled");
        assert_eq!(follow_up(&p.li, &ticket).await, Value::Null);
        sound(&t).await;
    }

    async fn what_turns_out_to_be_grave_waits_no_longer(t: TestApp) {
        let p = People::sign_in(&t).await;
        let danger = json!({ "category_id": category(&t, "complaint-safety").await, "reason": "有人差点摔下来" });
        let group = json!({ "grade": "major_group", "reason": "已有三家媒体询问" });
        for (action, body) in [("grade", group), ("regrade", danger)] {
            let (complaint, ticket) = complain(&t, &p.lin, "complaint-facility", "扶梯把手松了").await;
            p.mei.act(&format!("{ticket}/accept")).await.is(200);
            p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
            p.wang.act(&format!("{ticket}/start")).await.is(200);
            p.wang.post(&format!("{ticket}/pause"), json!({ "reason": "weather" })).await.is(200);
            // Said to be no graver than it is, it waits on; and who may not say it, wakes nothing.
            let normal = json!({ "grade": "normal", "reason": "只是松动" });
            assert_eq!(p.mei.post(&format!("{complaint}/grade"), normal).await.is(200).json["status"], "paused");
            let path = if action == "grade" { format!("{complaint}/grade") } else { format!("{ticket}/regrade") };
            p.wang.post(&path, body.clone()).await.refused(403, "action_not_yours");
            assert!(!told(&p.wang, &ticket).await.contains(&"pause_ended".to_owned()));
            let grave = p.mei.post(&path, body).await;
            assert_eq!((&grave.is(200).json["status"], &grave.json["severity"], &grave.json["pause_reason"]),
                (&json!("in_progress"), &json!("major"), &Value::Null), "{action}");
            assert!(told(&p.wang, &ticket).await.contains(&"pause_ended".to_owned()), "he goes on");
            let clock = resolution(&p.mei, &ticket).await;
            assert_eq!((&clock["state"], &clock["target_seconds"]), (&json!("running"), &json!(48 * 3600)), "{action}");
            assert_eq!(actions(&p.mei, &ticket).await,
                ["open", "accept", "assign", "start", "pause", "regrade", "resume", "regrade"], "{action}");
            p.mei.post(&format!("{ticket}/pause"), json!({ "reason": "weather" })).await.refused(422, "pause_major");
        }
        // When the wait would have ended, nothing is woken twice.
        t.hours(24).await;
        let mei = t.staff("mei").await;
        let all = mei.get("/api/v1/tickets?kind=complaint").await;
        for one in all.is(200).json["items"].as_array().expect("complaints") {
            let lines = actions(&mei, &format!("/api/v1/tickets/{}", one["id"].as_str().expect("an id"))).await;
            assert_eq!(lines.iter().filter(|action| *action == "resume").count(), 1);
        }
        sound(&t).await;
    }
}
