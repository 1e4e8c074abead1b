//! Who is told what, and that nobody else is.

use serde_json::json;
use yijian::accounts::model::Role;

use crate::both;
use crate::support::{Client, People, TestApp, path, told};

/// Everyone who might be told, by name.
struct Ears {
    people: Vec<(&'static str, Client)>,
    heard: std::collections::HashMap<&'static str, usize>,
}

impl Ears {
    async fn open(t: &TestApp, p: &People) -> Self {
        let (guard, _) = t.hire("qian", Role::Technician, Some("security")).await;
        let people = [
            ("lin", &p.lin),
            ("hua", &p.hua),
            ("mei", &p.mei),
            ("li", &p.li),
            ("wang", &p.wang),
            ("zhao", &p.zhao),
            ("guard", &guard),
            ("admin", &p.admin),
        ];
        let people = people.into_iter().map(|(name, who)| (name, who.clone())).collect();
        Self { people, heard: std::collections::HashMap::new() }
    }

    /// What each heard about a ticket since the last time, as `name kind`.
    async fn news(&mut self, ticket: &str) -> Vec<String> {
        let mut news = Vec::new();
        for (name, who) in &self.people {
            let all = told(who, ticket).await;
            let before = self.heard.insert(name, all.len()).unwrap_or(0);
            news.extend(all[before..].iter().map(|kind| format!("{name} {kind}")));
        }
        news
    }
}

both! {
    async fn each_change_is_told_to_those_it_concerns_and_to_nobody_else(t: TestApp) {
        let p = People::sign_in(&t).await;
        let mut ears = Ears::open(&t, &p).await;
        let ticket = p.file(&t).await;
        // The lead stands in for the desk.
        assert_eq!(ears.news(&ticket).await, ["mei ticket_opened", "li ticket_opened"]);
        p.lin.act(&format!("{ticket}/urge")).await.is(200);
        assert_eq!(ears.news(&ticket).await, ["mei ticket_urged", "li ticket_urged"], "nobody has it yet");
        p.hua.act(&format!("{ticket}/follow")).await.is(200);
        assert_eq!(ears.news(&ticket).await, [""; 0]);

        let pool = json!({ "department_id": p.engineering });
        let on = json!({ "reason": "归安保", "department_id": p.security });
        let steps = [
            (&p.mei, "accept", json!({}), vec!["lin ticket_accepted"]),
            (&p.mei, "assign", pool, vec!["wang ticket_given", "zhao ticket_given"]),
            (&p.lin, "urge", json!({}), vec!["wang ticket_urged", "zhao ticket_urged"]),
            (&p.wang, "note", json!({ "text": "备件在二楼" }), vec![]),
            (&p.mei, "assign", json!({ "assignee_id": p.wang_id }), vec!["wang ticket_given"]),
            (&p.lin, "urge", json!({}), vec!["wang ticket_urged"]),
            (&p.lin, "reply", json!({ "text": "快点" }), vec!["wang ticket_replied"]),
            (&p.wang, "reply", json!({ "text": "马上" }), vec!["lin ticket_replied"]),
            (&p.wang, "start", json!({}), vec![]),
            (&p.wang, "pause", json!({ "reason": "weather" }), vec![]),
            (&p.wang, "transfer", on, vec!["guard ticket_given"]),
            (&p.mei, "assign", json!({ "assignee_id": p.wang_id }), vec!["wang ticket_given"]),
            (&p.wang, "return", json!({ "reason": "请厂家" }), vec!["mei ticket_given", "li ticket_given"]),
            (&p.mei, "assign", json!({ "assignee_id": p.wang_id }), vec!["wang ticket_given"]),
            (&p.wang, "resolve", json!({ "result": "好了" }), vec!["lin ticket_resolved", "hua ticket_resolved"]),
            (&p.lin, "reopen", json!({ "reason": "又灭了" }), vec!["wang ticket_reopened"]),
            (&p.lin, "cancel", json!({ "reason": "算了" }), vec!["wang ticket_cancelled"]),
        ];
        for (who, action, body, wanted) in steps {
            who.post(&format!("{ticket}/{action}"), body).await.is(200);
            assert_eq!(ears.news(&ticket).await, wanted, "after {action}");
        }
    }

    async fn a_ticket_the_desk_withdraws_is_told_to_requester_and_followers(t: TestApp) {
        let p = People::sign_in(&t).await;
        let mut ears = Ears::open(&t, &p).await;
        let ticket = p.file(&t).await;
        p.hua.act(&format!("{ticket}/follow")).await.is(200);
        ears.news(&ticket).await;
        p.mei.post(&format!("{ticket}/cancel"), json!({ "reason": "重复" })).await.is(200);
        assert_eq!(ears.news(&ticket).await, ["lin ticket_cancelled", "hua ticket_cancelled"]);
    }

    async fn a_grab_is_told_to_nobody_and_a_refused_move_tells_nothing(t: TestApp) {
        let p = People::sign_in(&t).await;
        let mut ears = Ears::open(&t, &p).await;
        let ticket = p.pooled(&t, &p.engineering).await;
        ears.news(&ticket).await;
        p.wang.act(&format!("{ticket}/grab")).await.is(200);
        p.zhao.post(&format!("{ticket}/resolve"), json!({ "result": "好了" })).await.refused(403, "action_not_yours");
        p.mei.act(&format!("{ticket}/accept")).await.refused(409, "action_not_allowed_now");
        let taken = p.mei.upload(crate::support::png()).await.id();
        let body = json!({ "result": "好了", "attachment_ids": [taken] });
        p.wang.post(&format!("{ticket}/resolve"), body).await.refused(422, "attachments_unusable");
        assert_eq!(ears.news(&ticket).await, [""; 0]);
        assert_eq!(p.lin.get(&ticket).await.json["status"], "assigned");
    }

    async fn a_notice_says_which_ticket_and_comes_in_pages(t: TestApp) {
        let p = People::sign_in(&t).await;
        for _ in 0..2 {
            p.file(&t).await;
        }
        let lift = json!({ "scene": t.scenes().lift, "description": "困人", "priority": "urgent" });
        let urgent = path(&p.lin.post("/api/v1/repairs", lift).await);
        let newest = p.mei.get("/api/v1/notices?limit=1").await;
        let notice = &newest.is(200).json["items"][0];
        assert_eq!(notice["detail"], json!({ "number": "R000003", "ticket_kind": "repair", "priority": "urgent" }));
        assert!(urgent.ends_with(notice["ticket_id"].as_str().expect("an id")));
        let (mut numbers, mut query) = (Vec::new(), "limit=2".to_owned());
        loop {
            let page = p.mei.get(&format!("/api/v1/notices?{query}")).await;
            let items = page.is(200).json["items"].as_array().expect("notices");
            numbers.extend(items.iter().map(|n| n["detail"]["number"].as_str().expect("a number").to_owned()));
            let Some(cursor) = page.json["next_cursor"].as_str() else { break };
            query = format!("limit=2&cursor={cursor}");
        }
        assert_eq!(numbers, ["R000003", "R000002", "R000001"]);
        t.anyone().get("/api/v1/notices").await.refused(401, "token_missing");
    }
}
