//! Lending, over HTTP: umbrellas in the rain, power banks in cabinets, wheelchairs at the desk.

mod borrowing;
mod devices;
mod fees;
mod gbfs;
mod keeping;
mod model;
mod money;
mod overdue;
mod payscore;
mod returning;
mod rush;
mod settling;
mod setup;
mod stock;
mod units;
mod verify;

use std::collections::HashMap;

use serde_json::{Value, json};
use yijian::rentals::audit;

use crate::support::{Client, Reply, TestApp};

/// What the demo mall lends: stations and types by their codes.
pub struct Lending {
    pub site: String,
    pub stations: HashMap<String, String>,
    pub types: HashMap<String, String>,
}

impl Lending {
    pub async fn of(t: &TestApp) -> Self {
        let site = t.site().await;
        let by_code = async |path: String| -> HashMap<String, String> {
            let reply = t.anyone().get(&path).await;
            let items = reply.is(200).json["items"].as_array().expect("a list").clone();
            items.iter().map(|one| (text(&one["code"]), text(&one["id"]))).collect()
        };
        let stations = by_code(format!("/api/v1/rental/stations?site_id={site}")).await;
        let types = by_code(format!("/api/v1/rental/item_types?site_id={site}")).await;
        Self { site, stations, types }
    }

    pub fn station(&self, code: &str) -> &str {
        self.stations.get(code).unwrap_or_else(|| panic!("no station {code}"))
    }

    pub fn kind(&self, code: &str) -> &str {
        self.types.get(code).unwrap_or_else(|| panic!("no type {code}"))
    }

    /// What to send to borrow a type at a station.
    pub fn wish(&self, station: &str, kind: &str) -> Value {
        json!({ "station_id": self.station(station), "item_type_id": self.kind(kind) })
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The path of a rental that was just made.
#[track_caller]
pub fn rental(reply: &Reply) -> String {
    format!("/api/v1/rentals/{}", reply.is(201).id())
}

/// Borrows an umbrella at a station.
pub async fn umbrella(lending: &Lending, who: &Client, station: &str) -> Reply {
    who.post("/api/v1/rentals", lending.wish(station, "umbrella")).await
}

/// What is available of a type at a station.
pub async fn available(t: &TestApp, lending: &Lending, station: &str, kind: &str) -> i64 {
    let reply = t.anyone().get(&format!("/api/v1/rental/stations/{}", lending.station(station))).await;
    let stock = reply.is(200).json["stock"].as_array().expect("stock").clone();
    let found = stock.iter().find(|one| one["item_type"]["id"] == lending.kind(kind));
    found.unwrap_or_else(|| panic!("{station} takes no {kind}"))["available"].as_i64().expect("a number")
}

/// Nothing contradicts anything.
pub async fn prove(t: &TestApp) {
    let found = audit::run(&t.app).await.expect("an audit");
    assert!(found.faults.is_empty(), "{:#?}", found.faults);
    assert!(found.units > 0);
}

/// The types of the mall, with their rules.
async fn kinds(t: &TestApp, lending: &Lending) -> Vec<Value> {
    let types = t.anyone().get(&format!("/api/v1/rental/item_types?site_id={}", lending.site)).await;
    types.is(200).json["items"].as_array().expect("types").clone()
}

/// Changes some rules of a type.
pub async fn set_rules(t: &TestApp, lending: &Lending, lead: &Client, code: &str, rules: Value) {
    let found = kinds(t, lending).await.into_iter().find(|one| one["code"] == code).expect("the type");
    let mut policy = found["policy"].clone();
    for (rule, value) in rules.as_object().expect("rules") {
        policy[rule] = value.clone();
    }
    let change = json!({ "item_type": { "kind": found["kind"], "name": found["name"], "policy": policy } });
    lead.put(&format!("/api/v1/rental/item_types/{}", lending.kind(code)), change).await.is(200);
}

/// A station as whoever changes it has to describe it.
pub async fn facts(t: &TestApp, station: &str) -> Value {
    let seen = t.anyone().get(&format!("/api/v1/rental/stations/{station}")).await.is(200).json.clone();
    let takes = seen["stock"].as_array().expect("stock").iter().map(|one| {
        json!({ "item_type_id": one["item_type"]["id"], "restock_below": one["restock_below"],
            "collect_above": one["collect_above"] })
    });
    json!({ "kind": seen["kind"], "name": seen["name"], "location_id": seen["location"]["id"], "slots": seen["slots"],
        "calendar_id": seen["calendar_id"], "latitude": seen["latitude"], "longitude": seen["longitude"],
        "takes": takes.collect::<Vec<_>>() })
}

/// One more station, with one thing of a type in it.
pub async fn small_station(lending: &Lending, lead: &Client, code: &str, station: Value, kind: &str) -> String {
    let body = json!({ "site_id": lending.site, "code": code, "station": station });
    let id = lead.post("/api/v1/rental/stations", body).await.is(201).id();
    let one =
        json!({ "site_id": lending.site, "item_type_id": kind, "station_id": id, "codes": [format!("X-{code}")] });
    lead.post("/api/v1/rental/units", one).await.is(201);
    id
}

/// Says something to the database behind the program's back.
pub async fn sql(t: &TestApp, text: &'static str) -> Result<(), yijian::error::Error> {
    t.app.write(move |tx| Ok(diesel::connection::SimpleConnection::batch_execute(tx.conn, text)?)).await
}

/// A thing as the desk sees it, by what stands on it.
pub async fn unit(desk: &Client, code: &str) -> Value {
    let reply = desk.get(&format!("/api/v1/rental/units?code={code}")).await;
    let id = text(&reply.is(200).json["items"][0]["id"]);
    desk.get(&format!("/api/v1/rental/units/{id}")).await.is(200).json.clone()
}
