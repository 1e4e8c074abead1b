//! The requester's telephone number: masked for everyone, in full only for those who work on the ticket, and each look
//! is on record.

use serde_json::json;
use yijian::accounts::model::Role;

use crate::both;
use crate::support::{Client, People, TestApp, path, timeline};

const FULL: &str = "+8613812341234";
const MASKED: &str = "138****1234";

/// A ticket about the lamp with a number to call, in the pool of 工程.
async fn with_number(t: &TestApp, p: &People) -> String {
    let body = json!({
        "scene": t.scenes().lamp, "description": "灯不亮", "contact": { "name": "林女士", "phone": "138 1234-1234" },
    });
    let ticket = path(&p.lin.post("/api/v1/repairs", body).await);
    p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": p.engineering })).await.is(200);
    ticket
}

async fn looks(who: &Client, ticket: &str) -> usize {
    timeline(who, ticket).await.iter().filter(|line| line["action"] == "view_contact").count()
}

both! {
    async fn those_who_work_on_it_see_the_number_and_leave_a_line(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = with_number(&t, &p).await;
        p.wang.act(&format!("{ticket}/grab")).await.is(200);
        // Desk, department, assignee.
        for (count, who) in [&p.mei, &p.li, &p.admin, &p.zhao, &p.wang].into_iter().enumerate() {
            let seen = who.get(&format!("{ticket}/contact")).await;
            assert_eq!(seen.is(200).json, json!({ "name": "林女士", "phone": FULL }));
            assert_eq!(looks(&p.mei, &ticket).await, count + 1);
        }
        let line = timeline(&p.mei, &ticket).await.pop().expect("a line");
        assert_eq!((&line["actor"]["id"], &line["is_public"]), (&json!(p.wang_id), &json!(false)));
        assert_eq!(looks(&p.lin, &ticket).await, 0, "the requester does not see it");
        assert_eq!(p.lin.get(&ticket).await.json["version"], 3, "looking changes nothing");
    }

    async fn the_number_stands_nowhere_else(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = with_number(&t, &p).await;
        p.hua.act(&format!("{ticket}/follow")).await.is(200);
        p.mei.get(&format!("{ticket}/contact")).await.is(200);
        for who in [&p.lin, &p.hua, &p.mei, &p.wang, &p.li, &p.admin] {
            let timeline = format!("{ticket}/timeline");
            for path in [ticket.as_str(), &timeline, "/api/v1/tickets?q=13812341234", "/api/v1/notices"] {
                let body = String::from_utf8(who.get(path).await.is(200).body.clone()).expect("text");
                assert!(!body.contains("13812341234"), "{path}: {body}");
            }
        }
        for who in [&p.lin, &p.mei, &p.wang] {
            assert_eq!(who.get(&ticket).await.json["contact"], json!({ "name": "林女士", "phone": MASKED }));
        }
    }

    async fn nobody_else_sees_the_number_and_no_look_is_noted(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = with_number(&t, &p).await;
        let (guard, _) = t.hire("qian", Role::Technician, Some("security")).await;
        let contact = format!("{ticket}/contact");
        t.anyone().get(&contact).await.refused(401, "token_missing");
        p.lin.get(&contact).await.refused(403, "role_staff_needed");
        p.hua.get(&contact).await.refused(403, "role_staff_needed");
        guard.get(&contact).await.refused(404, "ticket_not_found");
        // Who follows it or had it once may know of it, not call.
        guard.act(&format!("{ticket}/follow")).await.is(200);
        guard.get(&contact).await.refused(403, "contact_not_yours");
        let transfer = json!({ "reason": "先清理", "department_id": p.cleaning });
        p.wang.post(&format!("{ticket}/transfer"), transfer).await.is(200);
        p.wang.get(&ticket).await.is(200);
        p.wang.get(&contact).await.refused(403, "contact_not_yours");
        assert_eq!(looks(&p.mei, &ticket).await, 0);
    }

    async fn who_only_asked_does_not_work_on_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (cleaner, _) = t.hire("sun", Role::Technician, Some("cleaning")).await;
        let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮", "contact": { "phone": "13812341234" } });
        let ticket = path(&cleaner.post("/api/v1/repairs", body).await);
        cleaner.get(&format!("{ticket}/contact")).await.refused(403, "contact_not_yours");
        assert_eq!(p.mei.get(&format!("{ticket}/contact")).await.is(200).json["phone"], FULL);
    }

    async fn a_ticket_without_a_number_says_so(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.file(&t).await;
        let seen = p.mei.get(&format!("{ticket}/contact")).await;
        assert_eq!(seen.is(200).json, json!({ "name": "微信用户", "phone": null }));
    }
}
