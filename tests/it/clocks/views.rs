//! Who sees what of promises, and that the account of a clock's time is whole.

use serde_json::{Value, json};

use super::{act, adds_up, at, at_work, audit, clocks, file, mins, newest, override_hours, sign_in, until};
use crate::both;
use crate::support::People;

both! {
    async fn a_requester_sees_what_was_promised_to_them(t: TestApp) {
        let ticket = at_work(&t).await;
        act(&t, "hua", &ticket, "follow", json!({})).await.is(200);
        until(&t, "11-22 12:30").await;
        act(&t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
        t.advance(mins(1)).await;
        let all = clocks(&t, "mei", &ticket).await;
        let kinds: Vec<&Value> = all.iter().map(|clock| &clock["kind"]).collect();
        assert_eq!(kinds, ["first_response", "resolution", "dept_accept", "dept_resolve"]);
        assert!(!newest(&all, "first_response")["alerts"].as_array().expect("alerts").is_empty());
        assert_eq!(newest(&all, "resolution")["segments"][1]["by"], "王师傅");
        for staff in ["wang", "zhao", "li", "admin"] {
            assert_eq!(clocks(&t, staff, &ticket).await, all, "{staff}");
        }
        let seen = clocks(&t, "lin", &ticket).await;
        let mut wanted: Vec<Value> = all.into_iter().take(2).collect();
        for clock in &mut wanted {
            clock["alerts"] = json!([]);
            for of_staff in ["ladder", "next_warning"] {
                assert_ne!(clock[of_staff].take(), json!("tightened"), "nothing is tightened");
            }
            for segment in clock["segments"].as_array_mut().expect("segments") {
                segment["by"] = Value::Null;
            }
        }
        assert_eq!(seen, wanted);
        let path = format!("{ticket}/clocks");
        sign_in(&t, "hua").await.get(&path).await.refused(403, "ticket_only_followed");
        t.shopper("stranger").await.get(&path).await.refused(404, "ticket_not_found");
        t.anyone().get(&path).await.refused(401, "token_missing");
        let (guard, _) = t.hire("qian", yijian::accounts::model::Role::Technician, Some("security")).await;
        guard.get(&path).await.refused(404, "ticket_not_found");
    }

    async fn tickets_are_listed_by_whether_a_deadline_has_passed(t: TestApp) {
        let p = People::sign_in(&t).await;
        let early = p.file(&t).await;
        let answered = p.ticket_at(&t, "accepted").await;
        let done = p.ticket_at(&t, "resolved").await;
        until(&t, "11-22 11:00").await;
        let later = file(&t).await;
        until(&t, "11-22 12:30").await;
        let list = async |who: &str, query: &str| -> Vec<String> {
            let reply = sign_in(&t, who).await.get(&format!("/api/v1/tickets?{query}")).await;
            let items = reply.is(200).json["items"].as_array().expect("tickets").clone();
            items.iter().map(|ticket| format!("/api/v1/tickets/{}", ticket["id"].as_str().expect("an id"))).collect()
        };
        assert_eq!(list("mei", "overdue=true").await, std::slice::from_ref(&early));
        let rest = [later.clone(), done.clone(), answered.clone()];
        assert_eq!(list("mei", "overdue=false").await, rest);
        assert_eq!(list("mei", "overdue=false&open=true").await, [later.clone(), answered.clone()]);
        assert_eq!(list("lin", "overdue=true").await, std::slice::from_ref(&early));
        let before = list("mei", "overdue=true&limit=1").await;
        assert_eq!(before, std::slice::from_ref(&early));
        until(&t, "11-22 13:30").await;
        assert_eq!(list("mei", "overdue=true").await, [later.clone(), early.clone()]);
        act(&t, "mei", &early, "accept", json!({})).await.is(200);
        assert_eq!(list("mei", "overdue=true").await, [later]);
        let wrong = sign_in(&t, "mei").await.get("/api/v1/tickets?overdue=perhaps").await;
        assert_eq!(wrong.status, 422, "{}", wrong.json);
    }

    async fn where_the_time_went_is_told_without_a_hole(t: TestApp) {
        let ticket = file(&t).await;
        let (wang, security) = (t.staff_id("wang").await, t.department("security").await);
        let give = json!({ "assignee_id": wang });
        let steps = [
            ("11-22 10:20", "mei", "assign", give.clone()),
            ("11-22 11:05", "wang", "start", json!({})),
            ("11-22 13:00", "wang", "pause", json!({ "reason": "weather" })),
            ("11-22 23:10", "wang", "resume", json!({})),
            ("11-23 03:00", "mei", "regrade", json!({ "priority": "urgent", "reason": "急" })),
            ("11-23 10:30", "wang", "reply", json!({ "text": "在修" })),
            ("11-23 11:00", "wang", "transfer", json!({ "reason": "先封控", "department_id": security })),
            ("11-23 16:00", "mei", "assign", give),
            ("11-24 09:00", "wang", "start", json!({})),
            ("11-24 11:00", "wang", "pause", json!({ "reason": "third_party", "note": "厂家" })),
            ("11-24 15:00", "wang", "resolve", json!({ "result": "好了", "lateness_reason": "parts" })),
            ("11-25 15:30", "lin", "reopen", json!({ "reason": "又灭了" })),
            ("11-25 21:00", "mei", "regrade", json!({ "priority": "normal", "reason": "不急" })),
            ("11-26 21:00", "wang", "start", json!({})),
            ("11-26 23:00", "wang", "pause", json!({ "reason": "waiting_parts" })),
        ];
        for (local, who, action, body) in steps {
            until(&t, local).await;
            act(&t, who, &ticket, action, body).await.is(200);
            if action == "transfer" {
                override_hours(&t, json!({ "2026-11-25": [] })).await;
            }
            for clock in clocks(&t, "mei", &ticket).await {
                adds_up(&clock, &at(local));
            }
        }
        // Past the end of the last wait, and a day more.
        until(&t, "12-01 12:00").await;
        let all = clocks(&t, "mei", &ticket).await;
        assert_eq!(all.len(), 2 + 3 * 2);
        for clock in &all {
            adds_up(clock, &at("12-01 12:00"));
        }
        // 3 h to the first wait, 35 h 50 min to the second, 31 h 30 min from the reopening to the third, which ended by
        // itself after three days, and 37 h since.
        let resolution = newest(&all, "resolution");
        assert_eq!(resolution["used_seconds"], (3 * 60 + 35 * 60 + 50 + 31 * 60 + 30 + 37 * 60) * 60);
        assert_eq!(audit::differences(&t).await, [""; 0]);
    }
}
