//! A mall of its own, and what people do in it.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use yijian::accounts::clients::{self, NewClient};
use yijian::accounts::model::{Actor, ClientScope, Membership, Role, SignedIn};
use yijian::app::{App, Tx};
use yijian::error::Error;
use yijian::http::input::Target;
use yijian::rental_units::model::UnitStatus;
use yijian::rentals::{borrow, returns};
use yijian::sites::import::{self, MallFile};
use yijian::values::Id;
use yijian::{device_reports, rental_units, stations};

use super::{EXTENSION, LONGEST, MOST_AT_ONCE, read};

/// A mall of its own, with its people.
pub struct World {
    pub app: Arc<App>,
    pub site: Id,
    pub stations: Vec<Id>,
    pub units: Vec<(Id, String, String)>,
    pub people: Vec<SignedIn>,
    pub desk: SignedIn,
    pub cabinet: SignedIn,
}

fn actor(user_id: Id, name: &str, memberships: Vec<Membership>, scopes: Option<Vec<ClientScope>>) -> SignedIn {
    let display_name = name.to_owned();
    SignedIn(Arc::new(Actor { user_id, session_id: Id::NIL, display_name, is_admin: false, memberships, scopes }))
}

fn member(user_id: Id, site_id: Id, role: Role, now: Timestamp) -> Membership {
    Membership {
        id: Id::NIL,
        user_id,
        site_id,
        role,
        department_id: None,
        shop_id: None,
        unit_id: None,
        created_at: now.into(),
    }
}

impl World {
    /// Builds a mall called `code`. `people` and `boss` have accounts already.
    pub async fn build(
        app: &Arc<App>,
        code: &str,
        people: &[Id],
        boss: Id,
        slots: &[Option<i32>],
        units: usize,
    ) -> Self {
        let mall: MallFile = read(json!({
            "code": code, "name": code, "time_zone": "Asia/Shanghai", "opens": "00:00", "closes": "23:59", "phone": null,
            "departments": [], "categories": [], "equipment": [], "shops": [], "units": [], "scan_codes": [],
            "locations": [{ "code": "F1", "name": "一层", "kind": "floor", "parent": null }]
        }));
        let (slots, boss_id, name) = (slots.to_vec(), boss, code.to_owned());
        let build = move |tx: &mut Tx<'_>| {
            let site = import::import(tx, &mall)?.id;
            let li = actor(boss_id, "boss", vec![member(boss_id, site, Role::Supervisor, tx.now.0)], None);
            let lead = li.lead().expect("a lead");
            let policy = json!({
                "borrowers": "anyone", "most_at_once": MOST_AT_ONCE, "asks_age": false, "free_seconds": 0,
                "longest_seconds": LONGEST, "extension_seconds": EXTENSION, "remind_before_seconds": 600, "fee": null,
                "replacement_fen": 100, "lost_after_days": 1, "deposit": "none", "deposit_fen": 0,
                "returns": "any_station", "is_checked": false
            });
            let kind = json!({ "site_id": site, "code": "u", "item_type": { "kind": "umbrella", "name": "伞", "policy": policy } });
            let kind = stations::service::create_type(tx, &lead, read(kind))?.id();
            let place = yijian::sites::service::map(tx, site)?.locations[0].id;
            let (mut at, mut things) = (Vec::new(), Vec::new());
            for (n, slots) in slots.iter().enumerate() {
                let station = json!({ "site_id": site, "code": format!("s{n}"), "station": {
                    "kind": "rack", "name": format!("架 {n}"), "location_id": place, "slots": slots,
                    "takes": [{ "item_type_id": kind }] } });
                at.push(stations::service::create(tx, &lead, read(station))?.id());
            }
            for n in 0..units {
                let code = format!("{name}-{n}");
                let body =
                    json!({ "site_id": site, "item_type_id": kind, "station_id": at[n % at.len()], "codes": [code] });
                let added = rental_units::service::add(tx, &lead, read(body))?;
                let view = serde_json::to_value(&added.items[0]).map_err(Error::internal)?;
                let id: Id = read(view["id"].clone());
                things.push((id, code, view["scene"].as_str().expect("a code").to_owned()));
            }
            let new = NewClient { name: "柜".to_owned(), sites: vec![name], scopes: vec![ClientScope::RentalDevice] };
            let (client, _) = clients::create(tx, new)?;
            let scopes = Some(vec![ClientScope::RentalDevice]);
            let cabinet = actor(client, "柜", vec![member(client, site, Role::Client, tx.now.0)], scopes);
            Ok((site, at, things, li, cabinet))
        };
        let (site, stations, units, desk, cabinet) = app.write(build).await.expect("a mall");
        let people = people.iter().map(|id| actor(*id, "somebody", Vec::new(), None)).collect();
        Self { app: app.clone(), site, stations, units, people, desk, cabinet }
    }

    pub async fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, String> {
        self.app.write(f).await.map_err(|error| error.to_string())
    }

    /// Borrows; answers the rental and the thing.
    pub async fn borrow(&self, who: usize, body: Value) -> Result<(Id, Id), String> {
        let person = self.people[who].clone();
        self.write(move |tx| seen(&borrow::borrow(tx, &person, read(body))?)).await
    }

    pub async fn reserve(&self, who: usize, station: usize) -> Result<(Id, Id), String> {
        let (person, body) = (self.people[who].clone(), json!({ "station_id": self.stations[station] }));
        self.write(move |tx| seen(&borrow::reserve(tx, &person, read(body))?)).await
    }

    pub async fn give_back(&self, who: usize, rental: Id, station: usize) -> Result<(), String> {
        let (person, body) = (self.people[who].clone(), json!({ "station_id": self.stations[station] }));
        self.write(move |tx| returns::give_back(tx, &person, target(rental), read(body)).map(drop)).await
    }

    pub async fn restock(&self, unit: usize, station: usize) -> Result<(), String> {
        let (desk, id) = (self.desk.staff().expect("staff"), self.units[unit].0);
        let body = json!({ "station_id": self.stations[station] });
        self.write(move |tx| rental_units::service::restock(tx, &desk, target(id), read(body)).map(drop)).await
    }

    /// Reports a thing as put into a station; answers the outcome.
    pub async fn device(&self, name: String, unit: usize, station: usize, minutes_ago: i64) -> Result<String, String> {
        let (device, code) = (self.cabinet.device().expect("a device"), self.units[unit].1.clone());
        let (now, station) = (self.app.clock.now(), self.stations[station]);
        let at = now - SignedDuration::from_mins(minutes_ago);
        let body = json!({
            "report_id": name, "kind": "returned", "station_id": station, "unit": code, "at": at.to_string() });
        self.write(move |tx| {
            let taken = device_reports::service::take(tx, &device, now.into(), &read(body))?;
            Ok(taken.outcome.as_str().to_owned())
        })
        .await
    }

    /// Where each thing is and how it stands.
    pub async fn things(&self) -> HashMap<Id, (UnitStatus, Option<Id>)> {
        let (site, desk) = (self.site, self.desk.staff().expect("staff"));
        let list = move |tx: &mut Tx<'_>| {
            let query = json!({ "site_id": site, "limit": 100 });
            rental_units::service::list(tx, &desk, &read(query), None, 1000)
        };
        let views = self.app.read(list).await.expect("things");
        let thing = |view: &Value| {
            let status: UnitStatus = read(view["status"].clone());
            let station = view["station"]["id"].as_str().map(|id| id.parse().expect("an id"));
            (view["id"].as_str().expect("an id").parse().expect("an id"), (status, station))
        };
        views.iter().map(|view| thing(&serde_json::to_value(view).expect("JSON"))).collect()
    }
}

pub fn seen(view: &yijian::rentals::views::RentalView) -> Result<(Id, Id), Error> {
    let json = serde_json::to_value(view).map_err(Error::internal)?;
    let id = |value: &Value| value.as_str().and_then(|id| id.parse().ok()).ok_or_else(|| Error::internal("no id"));
    Ok((id(&json["id"])?, id(&json["unit"]["id"])?))
}

pub const fn target(id: Id) -> Target {
    Target { id, expected_version: None }
}
