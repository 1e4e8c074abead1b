//! Many people's reports of one thing: however they come in, they are seen as one.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::both;
use crate::complaints::{category, complain, paths};
use crate::support::{Client, People, path, told};

const PROPOSED: &str = "incident_proposed";

async fn proposed_grade(who: &Client, ticket: &str) -> Value {
    let seen = who.get(&ticket.replace("tickets", "complaints")).await;
    seen.is(200).json["complaint"]["internal"]["proposed_because"].clone()
}

both! {
    async fn three_reports_of_one_moment_are_a_crowd(t: TestApp) {
        let p = People::sign_in(&t).await;
        let chen = t.shopper("xiaochen").await;
        // Each round is about something else, at the same place.
        for code in ["price", "quality", "dispute", "hygiene", "facility", "parking", "noise", "other"] {
            let code = format!("complaint-{code}");
            let body = json!({ "scene": t.scenes().shop, "category_id": category(&t, &code).await, "description": "又来了" });
            let post = async |who: &Client| paths(&who.post("/api/v1/complaints", body.clone()).await).1;
            let (one, two, three) = tokio::join!(post(&p.lin), post(&p.hua), post(&chen));
            let (mut proposed, mut notices) = (0, 0);
            for ticket in [&one, &two, &three] {
                proposed += usize::from(proposed_grade(&p.li, ticket).await == json!(["similar"]));
                notices += usize::from(told(&p.mei, ticket).await.contains(&PROPOSED.to_owned()));
            }
            assert_eq!((proposed, notices), (1, 1), "{code}: the last one sees all");
        }
    }

    async fn what_lies_within_two_hours_is_a_crowd(t: TestApp) {
        for (code, seconds, is_crowd) in [
            ("complaint-hygiene", [50 * 60, 50 * 60], true),
            ("complaint-noise", [3600, 3600], true),
            ("complaint-facility", [3600, 3601], false),
        ] {
            complain(&t, &t.shopper("xiaolin").await, code, "又来了").await;
            t.advance(SignedDuration::from_secs(seconds[0])).await;
            complain(&t, &t.shopper("xiaohua").await, code, "又来了").await;
            t.advance(SignedDuration::from_secs(seconds[1])).await;
            let (_, third) = complain(&t, &t.shopper("xiaochen").await, code, "又来了").await;
            let mei = t.staff("mei").await;
            assert_eq!(told(&mei, &third).await.contains(&PROPOSED.to_owned()), is_crowd, "{code}");
            let around = mei.get(&format!("{third}/related")).await;
            assert_eq!(around.is(200).json["cluster"]["is_proposed"], is_crowd, "{code}");
        }
    }

    async fn three_people_at_one_lamp_are_a_crowd(t: TestApp) {
        let p = People::sign_in(&t).await;
        for (who, is_crowd) in [(&p.lin, false), (&p.hua, false), (&t.shopper("xiaochen").await, true)] {
            let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮" });
            let ticket = path(&who.post("/api/v1/repairs", body).await);
            assert_eq!(told(&p.mei, &ticket).await.contains(&PROPOSED.to_owned()), is_crowd);
        }
    }

    async fn one_persons_many_reports_hide_no_crowd(t: TestApp) {
        let p = People::sign_in(&t).await;
        let stink = async |who: &Client| complain(&t, who, "complaint-hygiene", "有股怪味").await.1;
        stink(&p.hua).await;
        for _ in 0..25 {
            stink(&p.lin).await;
        }
        let third = stink(&t.shopper("xiaochen").await).await;
        assert!(told(&p.mei, &third).await.contains(&PROPOSED.to_owned()));
        assert_eq!(proposed_grade(&p.li, &third).await, json!(["similar"]));
        let around = p.mei.get(&format!("{third}/related")).await;
        assert_eq!(around.is(200).json["cluster"]["is_proposed"], true);
        assert_eq!(around.json["cluster"]["tickets"].as_array().map(Vec::len), Some(26));
    }

    async fn what_it_is_about_may_be_known_later(t: TestApp) {
        let p = People::sign_in(&t).await;
        let noise = category(&t, "complaint-noise").await;
        let lift = json!({ "scene": t.scenes().lift, "category_id": noise, "description": "扶梯吵" });
        let (_, before) = paths(&p.lin.post("/api/v1/complaints", lift).await);
        let plain = json!({ "scene": t.scenes().shop, "description": "吵" });
        let mut reports = Vec::new();
        for who in [&p.hua, &t.shopper("xiaochen").await, &p.lin] {
            reports.push(paths(&who.post("/api/v1/complaints", plain.clone()).await).1);
        }
        for (place, ticket) in reports.iter().enumerate() {
            let last = place == 2;
            assert_eq!(p.mei.get(&format!("{ticket}/related")).await.is(200).json["repeats"], json!([]));
            let about = json!({ "category_id": noise, "reason": "说的是噪声" });
            p.mei.post(&format!("{ticket}/regrade"), about).await.is(200);
            assert_eq!(told(&p.mei, ticket).await.contains(&PROPOSED.to_owned()), last);
            assert_eq!(proposed_grade(&p.li, ticket).await, if last { json!(["similar"]) } else { Value::Null });
            assert_eq!(told(&p.li, ticket).await.contains(&"grade_proposed".to_owned()), last);
        }
        // Of hers there was one before.
        let around = p.mei.get(&format!("{}/related", reports[2])).await;
        let repeat = &around.is(200).json["repeats"][0];
        assert_eq!((&repeat["because"], repeat["earlier"]["id"].as_str()),
            (&json!("same_person_and_category"), before.rsplit('/').next()));
        p.mei.post(&format!("{}/resolve", reports[2]), json!({ "result": "好了" })).await
            .refused(409, "action_not_allowed_now");
        p.mei.act(&format!("{}/accept", reports[2])).await.is(200);
        p.mei.post(&format!("{}/resolve", reports[2]), json!({ "result": "好了" })).await
            .refused(422, "grade_undecided");
    }
}
