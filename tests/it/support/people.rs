//! The people of most stories, signed in, and tickets brought to where a story begins.

use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::accounts::staff::{self, NewStaff};

use super::{Client, TestApp};

/// Two shoppers, the demo's staff, and what staff are given work by.
pub struct People {
    pub lin: Client,
    pub hua: Client,
    pub mei: Client,
    pub wang: Client,
    pub zhao: Client,
    pub li: Client,
    pub admin: Client,
    pub wang_id: String,
    pub zhao_id: String,
    pub mei_id: String,
    pub engineering: String,
    pub cleaning: String,
    pub security: String,
}

impl People {
    pub async fn sign_in(t: &TestApp) -> Self {
        let admin = t.staff("admin").await;
        let reply = admin.get(&format!("/api/v1/sites/{}/departments", t.site().await)).await;
        let departments = reply.is(200).json["items"].as_array().expect("departments").clone();
        let text = |value: &Value| value["id"].as_str().expect("an id").to_owned();
        let department = |code: &str| text(departments.iter().find(|d| d["code"] == code).expect("a department"));
        let member = |name: &str| {
            let mut members = departments.iter().flat_map(|d| d["members"].as_array().expect("members"));
            text(members.find(|m| m["username"] == name).expect("a member"))
        };
        Self {
            lin: t.shopper("xiaolin").await,
            hua: t.shopper("xiaohua").await,
            mei: t.staff("mei").await,
            wang: t.staff("wang").await,
            zhao: t.staff("zhao").await,
            li: t.staff("li").await,
            admin,
            wang_id: member("wang"),
            zhao_id: member("zhao"),
            mei_id: member("mei"),
            engineering: department("engineering"),
            cleaning: department("cleaning"),
            security: department("security"),
        }
    }

    /// The path of a new ticket of 小林's about the lamp.
    pub async fn file(&self, t: &TestApp) -> String {
        path(&self.lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await)
    }

    /// A ticket of 小林's that the desk accepted and gave to a department's pool.
    pub async fn pooled(&self, t: &TestApp, department_id: &str) -> String {
        let ticket = self.file(t).await;
        self.mei.act(&format!("{ticket}/accept")).await.is(200);
        self.mei.post(&format!("{ticket}/assign"), json!({ "department_id": department_id })).await.is(200);
        ticket
    }

    /// A ticket of 小林's at this status; from `assigned` on 王师傅 has it.
    pub async fn ticket_at(&self, t: &TestApp, status: &str) -> String {
        let ticket = self.file(t).await;
        if status == "cancelled" {
            self.lin.post(&format!("{ticket}/cancel"), json!({ "reason": "已经好了" })).await.is(200);
            return ticket;
        }
        if status == "merged" {
            let other = self.file(t).await;
            let body = json!({ "into_id": other.rsplit('/').next(), "reason": "同一盏灯" });
            self.mei.post(&format!("{ticket}/merge"), body).await.is(200);
            return ticket;
        }
        let order = ["new", "accepted", "assigned", "in_progress", "paused", "resolved", "closed"];
        let far = order.iter().position(|known| *known == status).expect("a status");
        let steps = [
            (&self.mei, "accept", json!({})),
            (&self.mei, "assign", json!({ "assignee_id": self.wang_id })),
            (&self.wang, "start", json!({})),
            (&self.wang, "pause", json!({ "reason": "waiting_parts" })),
            (&self.wang, "resolve", json!({ "result": "已更换驱动电源" })),
            (&self.lin, "close", json!({})),
        ];
        for (who, action, body) in steps.into_iter().take(far) {
            who.post(&format!("{ticket}/{action}"), body).await.is(200);
        }
        assert_eq!(self.lin.get(&ticket).await.is(200).json["status"], status);
        ticket
    }
}

/// The path of a ticket that was just filed.
#[track_caller]
pub fn path(filed: &super::Reply) -> String {
    format!("/api/v1/tickets/{}", filed.is(201).id())
}

/// What somebody reads of a ticket's timeline.
pub async fn timeline(who: &Client, ticket: &str) -> Vec<Value> {
    let reply = who.get(&format!("{ticket}/timeline")).await;
    reply.is(200).json["items"].as_array().expect("lines").clone()
}

/// The kinds of the notices somebody got about a ticket, oldest first.
pub async fn told(who: &Client, ticket: &str) -> Vec<String> {
    let reply = who.get("/api/v1/notices?limit=100").await;
    let items = reply.is(200).json["items"].as_array().expect("notices").clone();
    let about = items.iter().rev().filter(|n| n["ticket_id"].as_str().is_some_and(|id| ticket.ends_with(id)));
    about.map(|notice| notice["kind"].as_str().expect("a kind").to_owned()).collect()
}

impl TestApp {
    /// One more of the mall's own people, signed in, and their id.
    pub async fn hire(&self, username: &str, role: Role, department: Option<&str>) -> (Client, String) {
        const PASSWORD: &str = "only for this one test";
        let new = NewStaff {
            username: username.to_owned(),
            display_name: username.to_owned(),
            role,
            site: (role != Role::Admin).then(|| "xinghe".to_owned()),
            department: department.map(ToOwned::to_owned),
        };
        let id = self.app.write(move |tx| staff::create(tx, new, &PASSWORD.to_owned().into())).await.expect("staff");
        let body = json!({ "username": username, "password": PASSWORD });
        let reply = self.anyone().post("/api/v1/auth/password", body).await;
        let token = reply.is(200).json["access_token"].as_str().expect("a token").to_owned();
        (Client::new(self.address, Some(token)), id.to_string())
    }

    /// Lets hours pass; who was signed in must sign in again.
    pub async fn hours(&self, hours: i64) -> usize {
        self.advance(SignedDuration::from_hours(hours)).await
    }
}
