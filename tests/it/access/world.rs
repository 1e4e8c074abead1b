//! What the table is about: a mall with one of everything, made anew for whoever comes next.

use serde_json::{Value, json};
use yijian::accounts::model::{ClientScope, Role};

use super::rows::About::{
    self, Announced, Approved, Binding, Calendar, Called, Category, Claim, Complaint, Department, FollowUp, Gone,
    Handover, Improvement, Item, LendingStation, LendingType, LendingUnit, Lent, LostReport, Nothing, Photo, Pooled,
    Proposed, RefreshToken, Reserved, Signed, Spoilt, SpotCheck, Standard, Survey, Suspension, System, Ticket,
};
use crate::support::{Client, People, TestApp, png};

/// What all requests of the table need to know.
pub struct World {
    pub people: People,
    pub site: String,
    pub shop: String,
    pub scene: String,
    pub password: String,
    /// Another ticket, which stays open.
    pub other: String,
    /// One more, to become part of others.
    pub loose: String,
    /// A place of the car park.
    pub place: String,
    /// Two more supervisors.
    pub leads: [Client; 2],
    pub lending: crate::rental::Lending,
}

impl World {
    pub async fn make(t: &TestApp) -> Self {
        let people = People::sign_in(t).await;
        let site = t.site().await;
        // Whom the desk binds to a shop.
        let chen = t.shopper("xiaochen").await;
        chen.post("/api/v1/me/phone", json!({ "code": "demo:13911112222" })).await.is(200);
        let scan = chen.get(&format!("/api/v1/scan/{}", t.scenes().shop)).await;
        let shop = scan.is(200).json["shop"]["id"].as_str().expect("a shop").to_owned();
        let file = async || people.file(t).await.rsplit('/').next().expect("an id").to_owned();
        let (other, loose) = (file().await, file().await);
        let place = crate::lost_property::location(t, "B2-A").await;
        let leads = [t.hire("zhou", Role::Supervisor, None).await.0, t.hire("wu", Role::Supervisor, None).await.0];
        let (scene, password) = (t.scenes().lamp.clone(), t.password("mei"));
        let lending = crate::rental::Lending::of(t).await;
        Self { people, site, shop, scene, password, other, loose, place, leads, lending }
    }

    /// The thing itself: what stands for `{id}`, and the query or token that goes with it.
    pub async fn thing(&self, t: &TestApp, about: About) -> (String, String) {
        let id = |path: String| (path.rsplit('/').next().expect("an id").to_owned(), String::new());
        match about {
            Nothing => (self.site.clone(), String::new()),
            Ticket(status) => id(self.people.ticket_at(t, status).await),
            Pooled => id(self.people.pooled(t, &self.people.engineering).await),
            Photo => {
                let photo = self.people.lin.upload(png()).await;
                let url = photo.is(201).json["url"].as_str().expect("a link").to_owned();
                (photo.id(), url.split_once('?').expect("a signature").1.to_owned())
            }
            Binding => {
                let bound = self.people.mei.post("/api/v1/memberships", self.binding()).await;
                (bound.is(201).id(), String::new())
            }
            Calendar | Standard => {
                // By name: what was made at one moment by two programs stands in no particular order, and without its
                // standard no repair could wait any more.
                let (list, name) =
                    if about == Calendar { ("calendars", "营业时间") } else { ("standards", "咨询") };
                let list = self.people.li.get(&format!("/api/v1/{list}?site_id={}&limit=100", self.site)).await;
                let items = list.is(200).json["items"].as_array().expect("a list").clone();
                let found = items.iter().find(|item| item["name"] == name).expect("one of that name");
                (found["id"].as_str().expect("an id").to_owned(), String::new())
            }
            Department => (self.people.engineering.clone(), String::new()),
            Category => (crate::complaints::category(t, "complaint-parking").await, String::new()),
            Complaint => id(self.complaint(t).await),
            FollowUp => {
                let ticket = self.complaint(t).await;
                let people = &self.people;
                people.wang.post(&format!("{ticket}/resolve"), json!({ "result": "已道歉" })).await.is(200);
                let one = crate::complaints::follow_up(&people.mei, &ticket).await["id"].clone();
                let path = format!("/api/v1/follow_ups/{}", one.as_str().expect("something to ask"));
                let reached = json!({ "way": "call", "reached": true });
                people.mei.post(&format!("{path}/attempt"), reached).await.is(200);
                id(path)
            }
            Called => id(self.called(t).await),
            Survey => {
                let link = self.people.mei.act(&format!("{}/survey", self.called(t).await)).await;
                (link.is(201).json["token"].as_str().expect("a token").to_owned(), String::new())
            }
            Item | Claim | Approved | Announced | Spoilt | Proposed | LostReport | Signed | Handover => {
                self.lost_property(t, about).await
            }
            System => {
                let crate::clients::System { id, secret } = t.system("热线平台", &[ClientScope::TicketsRead]).await;
                (id, secret)
            }
            LendingType | LendingStation | LendingUnit | Lent | Reserved | Gone | Suspension => {
                self.lending(t, about).await
            }
            Improvement(status) => id(self.improvement(t, status).await),
            SpotCheck => {
                let (ticket, _) = id(self.people.ticket_at(t, "resolved").await);
                let drawn = self.leads[0].post("/api/v1/spot_checks", self.round(&ticket)).await;
                (drawn.is(201).id(), ticket)
            }
            RefreshToken => {
                let pair = t.anyone().post("/api/v1/auth/wechat", json!({ "code": "demo:xiaolin" })).await;
                (String::new(), pair.json["refresh_token"].as_str().expect("a token").to_owned())
            }
        }
    }

    /// As [`World::thing`], for what was lost and found.
    async fn lost_property(&self, t: &TestApp, about: About) -> (String, String) {
        let id = |path: String| (path.rsplit('/').next().expect("an id").to_owned(), String::new());
        match about {
            Item | Claim | Approved => {
                // Nobody claims everything: what she claimed before, she gives up.
                let open = self.people.lin.get("/api/v1/claims?status=open&limit=100").await;
                for claim in open.is(200).json["items"].as_array().expect("claims") {
                    let path = format!("/api/v1/claims/{}/withdraw", claim["id"].as_str().expect("an id"));
                    self.people.lin.act(&path).await.is(200);
                }
                let item = crate::lost_property::umbrella(t).await;
                if about == Item {
                    return (item.id(), item.id());
                }
                let (claim, _) = crate::lost_property::claim(&self.people.lin, &item).await;
                if about == Approved {
                    self.leads[0].post(&format!("{claim}/approve"), json!({ "reason": "认得" })).await.is(200);
                }
                id(claim)
            }
            Announced => {
                let body = json!({ "location_id": self.place, "description": "一双手套" });
                (self.people.lin.post("/api/v1/found_items", body).await.is(201).id(), String::new())
            }
            Spoilt | Proposed => {
                let [zhou, _] = &self.leads;
                let rules = self.body("PUT /api/v1/sites/{id}/retention", ("", ""));
                zhou.put(&format!("/api/v1/sites/{}/retention", self.site), rules).await.is(200);
                let body = json!({
                    "location_id": self.place, "description": "一双手套", "take_in": { "storage_place": "A 柜" }
                });
                let item = zhou.post("/api/v1/found_items", body).await;
                // Its day is over at once, by a rule that was made for it.
                let sql = "UPDATE found_items SET keep_until = created_at";
                t.app
                    .write(move |tx| Ok(diesel::connection::SimpleConnection::batch_execute(tx.conn, sql)?))
                    .await
                    .expect("a day");
                if about == Proposed {
                    let body = self.body("POST /api/v1/found_items/{id}/dispose", ("", ""));
                    zhou.post(&format!("/api/v1/found_items/{}/dispose", item.id()), body).await.is(200);
                }
                (item.is(201).id(), String::new())
            }
            LostReport => {
                let open = self.people.lin.get("/api/v1/lost_reports?status=open&limit=100").await;
                for report in open.is(200).json["items"].as_array().expect("reports") {
                    let path = format!("/api/v1/lost_reports/{}/withdraw", report["id"].as_str().expect("an id"));
                    self.people.lin.act(&path).await.is(200);
                }
                let made = self
                    .people
                    .lin
                    .post("/api/v1/lost_reports", self.body("POST /api/v1/lost_reports", ("", "")))
                    .await;
                (made.is(201).id(), String::new())
            }
            Signed => {
                let item = crate::lost_property::phone(t).await;
                let (claim, _) = crate::lost_property::claim(&self.people.lin, &item).await;
                let [zhou, _] = &self.leads;
                zhou.post(&format!("{claim}/approve"), json!({ "reason": "认得" })).await.is(200);
                let signed = crate::lost_property::signature(zhou).await;
                zhou.post(&format!("{claim}/hand_over"), signed).await.is(200);
                id(claim)
            }
            Handover => {
                let item = crate::lost_property::umbrella(t).await.id();
                let made = self.leads[0]
                    .post("/api/v1/police_handovers", self.body("POST /api/v1/police_handovers", ("", &item)))
                    .await;
                (made.is(201).id(), String::new())
            }
            _ => unreachable!("{about:?} was neither lost nor found"),
        }
    }

    /// As [`World::thing`], for what is lent.
    async fn lending(&self, t: &TestApp, about: About) -> (String, String) {
        let lending = crate::rental::Lending::of(t).await;
        let (lin, mei) = (&self.people.lin, &self.people.mei);
        let id = |id: String| (id, String::new());
        match about {
            LendingType => return id(lending.kind("umbrella").to_owned()),
            LendingStation => return id(lending.station("b2-east").to_owned()),
            LendingUnit => {
                let path = format!("/api/v1/rental/units?status=available&station_id={}", lending.station("desk"));
                let units = mei.get(&path).await;
                return id(crate::rental::text(&units.is(200).json["items"][0]["id"]));
            }
            Suspension => {
                let body = self.body("POST /api/v1/rental/suspensions", ("", ""));
                return id(self.leads[0].post("/api/v1/rental/suspensions", body).await.is(201).id());
            }
            _ => {}
        }
        // Nobody has everything: what she had before, she gives back.
        for one in lin.get("/api/v1/rentals?limit=100").await.is(200).json["items"].as_array().expect("rentals") {
            let path = format!("/api/v1/rentals/{}", crate::rental::text(&one["id"]));
            if one["status"] == "reserved" {
                lin.act(&format!("{path}/cancel")).await.is(200);
            } else if one["status"] == "lent" {
                lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("desk") })).await.is(200);
            }
            if one["open_reports"] == 1 {
                let waive = self.body("POST /api/v1/rentals/{id}/settle", ("", ""));
                mei.post(&format!("{path}/settle"), waive).await.is(200);
            }
        }
        let at = if about == Reserved { "/api/v1/rentals/reserve" } else { "/api/v1/rentals" };
        let made = lin.post(at, lending.wish("desk", "umbrella")).await.is(201).id();
        if about == Gone {
            lin.post(&format!("/api/v1/rentals/{made}/report"), json!({ "kind": "lost" })).await.is(200);
        }
        id(made)
    }

    /// The path of the one improvement there is, brought to this status.
    async fn improvement(&self, t: &TestApp, status: &'static str) -> String {
        let known = self.people.li.get("/api/v1/improvements").await;
        let id = if let Some(id) = known.is(200).json["items"][0]["id"].as_str() {
            id.to_owned()
        } else {
            for _ in 0..5 {
                self.people.ticket_at(t, "closed").await;
            }
            let body = json!({
                "site_id": self.site, "month": "2026-11-22", "rate": "survey_return", "owner_id": self.people.wang_id
            });
            self.people.li.post("/api/v1/improvements", body).await.is(201).id()
        };
        t.app
            .write(move |tx| {
                use diesel::prelude::*;
                use yijian::db::schema::improvements::dsl;
                let doer = dsl::improvements.select(dsl::owner_id).first::<Option<yijian::values::Id>>(tx.conn)?;
                let row = (dsl::status.eq(status), dsl::planned_by_id.eq(doer), dsl::evidenced_by_id.eq(doer));
                Ok(diesel::update(dsl::improvements).set(row).execute(tx.conn)?)
            })
            .await
            .expect("a status");
        format!("/api/v1/improvements/{id}")
    }

    /// The path of a ticket of somebody who called, which 王师傅 resolved.
    async fn called(&self, t: &TestApp) -> String {
        let People { mei, wang, wang_id, .. } = &self.people;
        let body = json!({
            "scene": t.scenes().lamp, "description": "灯不亮", "on_behalf_of": { "channel": "phone", "name": "王先生" }
        });
        let ticket = crate::support::path(&mei.post("/api/v1/repairs", body).await);
        mei.act(&format!("{ticket}/accept")).await.is(200);
        mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": wang_id })).await.is(200);
        wang.post(&format!("{ticket}/resolve"), json!({ "result": "换了灯管" })).await.is(200);
        ticket
    }

    /// The path of a complaint of 小林's as a ticket; it was answered, and 王师傅 has it.
    async fn complaint(&self, t: &TestApp) -> String {
        let People { lin, mei, wang, wang_id, .. } = &self.people;
        let (complaint, ticket) = crate::complaints::complain(t, lin, "complaint-price", "贵了").await;
        mei.act(&format!("{ticket}/accept")).await.is(200);
        mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": wang_id })).await.is(200);
        wang.post(&format!("{complaint}/offer"), json!({ "text": "退差价" })).await.is(200);
        ticket
    }

    /// A round of one ticket.
    pub fn round(&self, ticket: &str) -> Value {
        json!({ "site_id": self.site, "from": "2026-11-22", "to": "2026-11-22", "ticket_ids": [ticket] })
    }

    pub fn station(&self) -> Value {
        json!({ "kind": "rack", "name": "雨伞架", "location_id": self.place, "slots": 20, "takes": [
            { "item_type_id": self.lending.kind("umbrella") }, { "item_type_id": self.lending.kind("stroller") }] })
    }

    pub fn binding(&self) -> Value {
        json!({ "site_id": self.site, "phone": "13911112222", "role": "merchant", "shop_id": self.shop })
    }
}
