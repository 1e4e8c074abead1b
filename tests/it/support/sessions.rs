//! Sessions for stories that take months: kept alive as an app does it, without a password, which takes long to check.

use std::collections::HashMap;

use jiff::SignedDuration;
use serde_json::json;
use yijian::values::Instant;

use super::{Client, Reply, TestApp};

/// The sessions of everyone in a story.
pub struct Sessions<'a> {
    t: &'a TestApp,
    known: HashMap<&'static str, Session>,
}

struct Session {
    client: Client,
    refresh_token: String,
    since: Instant,
}

impl<'a> Sessions<'a> {
    pub fn new(t: &'a TestApp) -> Self {
        Self { t, known: HashMap::new() }
    }

    /// 小林 (`lin`) or one of the staff, signed in.
    pub async fn who(&mut self, name: &'static str) -> Client {
        let now = self.t.app.now();
        let fresh = |session: &&Session| now.since(session.since) < SignedDuration::from_mins(14);
        if let Some(session) = self.known.get(name).filter(fresh) {
            return session.client.clone();
        }
        let reply = match self.known.remove(name) {
            Some(Session { refresh_token, .. }) => {
                let body = json!({ "refresh_token": refresh_token });
                let reply = self.t.anyone().post("/api/v1/auth/refresh", body).await;
                // Nobody used it for too long.
                if reply.status == 401 { self.sign_in(name).await } else { reply }
            }
            None => self.sign_in(name).await,
        };
        let text = |field: &str| reply.is(200).json[field].as_str().expect("a token").to_owned();
        let client = Client::new(self.t.address, Some(text("access_token")));
        let session = Session { client: client.clone(), refresh_token: text("refresh_token"), since: now };
        self.known.insert(name, session);
        client
    }

    async fn sign_in(&self, name: &str) -> Reply {
        let anyone = self.t.anyone();
        if name == "lin" {
            return anyone.post("/api/v1/auth/wechat", json!({ "code": "demo:xiaolin" })).await;
        }
        let body = json!({ "username": name, "password": self.t.password(name) });
        anyone.post("/api/v1/auth/password", body).await
    }
}
