//! Lending against a model of it: random people do random things, and each answer and each thing must be where the model says.
//!
//! A short form runs with everything else. The long one, a million operations on SQLite and a hundred thousand by sixteen at once
//! on PostgreSQL: `RENTAL_OPS=1000000 RENTAL_PARALLEL_OPS=100000 cargo test --release --test it rental::model`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRng, TestRunner};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use yijian::accounts::clients::{self, NewClient};
use yijian::accounts::model::{Actor, ClientScope, Membership, Role, SignedIn};
use yijian::app::{App, Tx};
use yijian::error::Error;
use yijian::http::input::Target;
use yijian::rental_units::model::UnitStatus;
use yijian::rentals::{borrow, money, returns};
use yijian::sites::import::{self, MallFile};
use yijian::values::Id;
use yijian::{device_reports, jobs, rental_units, stations};

use super::prove;
use crate::support::{Backend, TestApp, postgres_database, setting};

const PEOPLE: usize = 4;
const UNITS: usize = 6;
/// Slots of each station; `None` is as many as come.
const STATIONS: [Option<i32>; 3] = [Some(3), Some(4), None];
const MOST_AT_ONCE: usize = 2;
const LONGEST: i64 = 3600;
const EXTENSION: i64 = 1800;
const RESERVED: i64 = 900;
const DAY: i64 = 86_400;

/// What somebody does.
#[derive(Debug, Clone)]
enum Op {
    Borrow { who: usize, station: usize },
    BorrowUnit { who: usize, unit: usize },
    Reserve { who: usize, station: usize },
    Cancel { who: usize },
    Return { who: usize, station: usize },
    Extend { who: usize },
    Lose { who: usize },
    Settle { who: usize },
    Restock { unit: usize, station: usize },
    Device { unit: usize, station: usize, minutes_ago: i64 },
    Wait { seconds: i64 },
}

fn op() -> impl Strategy<Value = Op> {
    let (who, unit, station) = (0..PEOPLE, 0..UNITS, 0..STATIONS.len());
    prop_oneof![
        4 => (who.clone(), station.clone()).prop_map(|(who, station)| Op::Borrow { who, station }),
        3 => (who.clone(), unit.clone()).prop_map(|(who, unit)| Op::BorrowUnit { who, unit }),
        3 => (who.clone(), station.clone()).prop_map(|(who, station)| Op::Reserve { who, station }),
        1 => who.clone().prop_map(|who| Op::Cancel { who }),
        5 => (who.clone(), station.clone()).prop_map(|(who, station)| Op::Return { who, station }),
        1 => who.clone().prop_map(|who| Op::Extend { who }),
        1 => who.clone().prop_map(|who| Op::Lose { who }),
        1 => who.prop_map(|who| Op::Settle { who }),
        2 => (unit.clone(), station.clone()).prop_map(|(unit, station)| Op::Restock { unit, station }),
        3 => (unit, station, 0_i64..40)
            .prop_map(|(unit, station, minutes_ago)| Op::Device { unit, station, minutes_ago }),
        2 => prop_oneof![1_i64..120, 600_i64..2000, 3000_i64..100_000].prop_map(|seconds| Op::Wait { seconds }),
    ]
}

fn read<T: DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).expect("a body")
}

/// A mall of its own, with its people.
struct World {
    app: Arc<App>,
    site: Id,
    stations: Vec<Id>,
    units: Vec<(Id, String, String)>,
    people: Vec<SignedIn>,
    desk: SignedIn,
    cabinet: SignedIn,
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
    async fn build(app: &Arc<App>, code: &str, people: &[Id], boss: Id, slots: &[Option<i32>], units: usize) -> Self {
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

    async fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, String> {
        self.app.write(f).await.map_err(|error| error.to_string())
    }

    /// Borrows; answers the rental and the thing.
    async fn borrow(&self, who: usize, body: Value) -> Result<(Id, Id), String> {
        let person = self.people[who].clone();
        self.write(move |tx| seen(&borrow::borrow(tx, &person, read(body))?)).await
    }

    async fn reserve(&self, who: usize, station: usize) -> Result<(Id, Id), String> {
        let (person, body) = (self.people[who].clone(), json!({ "station_id": self.stations[station] }));
        self.write(move |tx| seen(&borrow::reserve(tx, &person, read(body))?)).await
    }

    async fn give_back(&self, who: usize, rental: Id, station: usize) -> Result<(), String> {
        let (person, body) = (self.people[who].clone(), json!({ "station_id": self.stations[station] }));
        self.write(move |tx| returns::give_back(tx, &person, target(rental), read(body)).map(drop)).await
    }

    async fn restock(&self, unit: usize, station: usize) -> Result<(), String> {
        let (desk, id) = (self.desk.staff().expect("staff"), self.units[unit].0);
        let body = json!({ "station_id": self.stations[station] });
        self.write(move |tx| rental_units::service::restock(tx, &desk, target(id), read(body)).map(drop)).await
    }

    /// Reports a thing as put into a station; answers the outcome.
    async fn device(&self, name: String, unit: usize, station: usize, minutes_ago: i64) -> Result<String, String> {
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
    async fn things(&self) -> HashMap<Id, (UnitStatus, Option<Id>)> {
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

fn seen(view: &yijian::rentals::views::RentalView) -> Result<(Id, Id), Error> {
    let json = serde_json::to_value(view).map_err(Error::internal)?;
    let id = |value: &Value| value.as_str().and_then(|id| id.parse().ok()).ok_or_else(|| Error::internal("no id"));
    Ok((id(&json["id"])?, id(&json["unit"]["id"])?))
}

const fn target(id: Id) -> Target {
    Target { id, expected_version: None }
}

/// What a rental is in the model.
#[derive(Debug, Clone)]
struct Held {
    id: Id,
    who: usize,
    /// Until when it is kept, or since when it is out.
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Reserved { until: i64, station: usize },
    Lent { since: i64, due: i64, extended: bool },
}

/// A thing in the model.
#[derive(Debug, Clone)]
struct Thing {
    status: UnitStatus,
    station: Option<usize>,
    held: Option<Held>,
    /// Whose open report it is that it is lost.
    missed_by: Option<(usize, Id)>,
    changed: i64,
    /// When the rental began on which it got lost.
    since: i64,
}

struct Model {
    things: Vec<Thing>,
    now: i64,
}

impl Model {
    fn new() -> Self {
        let thing = |n| Thing {
            status: UnitStatus::Available,
            station: Some(n % STATIONS.len()),
            held: None,
            missed_by: None,
            changed: 0,
            since: 0,
        };
        Self { things: (0..UNITS).map(thing).collect(), now: 0 }
    }

    fn held_by(&self, who: usize) -> impl Iterator<Item = (usize, &Held)> {
        let held = self.things.iter().enumerate().filter_map(|(n, thing)| Some((n, thing.held.as_ref()?)));
        held.filter(move |(_, held)| held.who == who)
    }

    /// The first that somebody has out.
    fn lent_to(&self, who: usize) -> Option<usize> {
        self.held_by(who).find(|(_, held)| matches!(held.kind, Kind::Lent { .. })).map(|(n, _)| n)
    }

    fn owes(&self, who: usize) -> bool {
        self.things.iter().any(|thing| thing.missed_by.is_some_and(|(person, _)| person == who))
    }

    /// Why somebody may not have one more, if so.
    fn refused(&self, who: usize) -> Option<&'static str> {
        let late = |held: &Held| matches!(held.kind, Kind::Lent { due, .. } if due < self.now);
        if self.held_by(who).any(|(_, held)| late(held)) {
            return Some("rental_overdue_first");
        }
        self.owes(who).then_some("rental_settlement_open")
    }

    fn at(&self, station: usize) -> usize {
        self.things.iter().filter(|thing| thing.station == Some(station)).count()
    }

    fn is_full(&self, station: usize) -> bool {
        STATIONS[station].is_some_and(|slots| self.at(station) >= usize::try_from(slots).expect("slots"))
    }

    fn available(&self, station: usize) -> Vec<usize> {
        let here = |thing: &Thing| thing.status == UnitStatus::Available && thing.station == Some(station);
        (0..UNITS).filter(|n| here(&self.things[*n])).collect()
    }

    fn put(&mut self, n: usize, status: UnitStatus, station: Option<usize>, held: Option<Held>) {
        let thing = &mut self.things[n];
        (thing.status, thing.station, thing.held, thing.changed) = (status, station, held, self.now);
    }

    fn lend(&mut self, n: usize, who: usize, id: Id) {
        let kind = Kind::Lent { since: self.now, due: self.now + LONGEST, extended: false };
        self.put(n, UnitStatus::Lent, None, Some(Held { id, who, kind }));
    }

    fn lose(&mut self, n: usize) {
        let held = self.things[n].held.take().expect("somebody has it");
        self.put(n, UnitStatus::Lost, None, None);
        self.things[n].missed_by = Some((held.who, held.id));
        if let Kind::Lent { since, .. } = held.kind {
            self.things[n].since = since;
        }
    }

    fn wait(&mut self, seconds: i64) {
        self.now += seconds;
        for n in 0..UNITS {
            match self.things[n].held.clone().map(|held| held.kind) {
                Some(Kind::Reserved { until, station }) if until <= self.now => {
                    self.put(n, UnitStatus::Available, Some(station), None);
                }
                Some(Kind::Lent { due, .. }) if due + DAY <= self.now => self.lose(n),
                _ => {}
            }
        }
    }
}

/// Does something in both worlds and compares.
#[expect(clippy::too_many_lines, reason = "one arm for each thing that can be done")]
async fn step(world: &World, model: &mut Model, op: &Op, number: usize) -> Result<(), String> {
    let index = |id: Id| world.units.iter().position(|(unit, ..)| *unit == id).expect("a thing of this mall");
    let fail =
        |what: &str, got: &dyn std::fmt::Debug| Err(format!("{op:?}: the model says {what}, Yijian says {got:?}"));
    match *op {
        Op::Borrow { who, station } | Op::BorrowUnit { who, unit: station } => {
            let scanned = matches!(op, Op::BorrowUnit { .. }).then_some(station);
            let (station, body) = match scanned {
                Some(unit) => (model.things[unit].station, json!({ "scene": world.units[unit].2 })),
                None => (Some(station), json!({ "station_id": world.stations[station] })),
            };
            let got = world.borrow(who, body).await;
            let Some(station) = station else {
                let refused = got == Err("rental_unit_not_available".to_owned());
                return if refused { Ok(()) } else { fail("it is nowhere", &got) };
            };
            let mine: Vec<usize> = model
                .held_by(who)
                .filter(|(_, held)| matches!(held.kind, Kind::Reserved { station: at, .. } if at == station))
                .map(|(n, _)| n)
                .collect();
            let free = model.available(station);
            let refused = model.refused(who).or_else(|| {
                if mine.is_empty() && model.held_by(who).count() >= MOST_AT_ONCE {
                    return Some("rental_limit_reached");
                }
                match scanned {
                    Some(n) if free.contains(&n) || mine.contains(&n) => None,
                    Some(_) => Some("rental_unit_not_available"),
                    None if mine.is_empty() && free.is_empty() => Some("rental_none_here"),
                    None => None,
                }
            });
            match (refused, got) {
                (Some(code), Err(got)) if code == got => Ok(()),
                (None, Ok((id, unit))) => {
                    let n = index(unit);
                    let fits = match scanned {
                        Some(scanned) => n == scanned,
                        None if mine.is_empty() => free.contains(&n),
                        None => mine.contains(&n),
                    };
                    if !fits {
                        return fail("not that one", &n);
                    }
                    // A reservation that was fetched by another thing sets its own free.
                    if let Some(kept) =
                        mine.iter().find(|kept| model.things[**kept].held.as_ref().is_some_and(|h| h.id == id))
                    {
                        model.put(*kept, UnitStatus::Available, Some(station), None);
                    }
                    model.lend(n, who, id);
                    Ok(())
                }
                (expected, got) => fail(expected.unwrap_or("yes"), &got),
            }
        }
        Op::Reserve { who, station } => {
            let got = world.reserve(who, station).await;
            let free = model.available(station);
            let refused = model.refused(who).or_else(|| {
                (model.held_by(who).count() >= MOST_AT_ONCE)
                    .then_some("rental_limit_reached")
                    .or_else(|| free.is_empty().then_some("rental_none_here"))
            });
            match (refused, got) {
                (Some(code), Err(got)) if code == got => Ok(()),
                (None, Ok((id, unit))) if free.contains(&index(unit)) => {
                    let kind = Kind::Reserved { until: model.now + RESERVED, station };
                    model.put(index(unit), UnitStatus::Reserved, Some(station), Some(Held { id, who, kind }));
                    Ok(())
                }
                (expected, got) => fail(expected.unwrap_or("yes"), &got),
            }
        }
        Op::Cancel { who } => {
            let kept = model.held_by(who).find_map(|(n, held)| match held.kind {
                Kind::Reserved { station, .. } => Some((n, held.id, station)),
                Kind::Lent { .. } => None,
            });
            let Some((n, id, station)) = kept else { return Ok(()) };
            let person = world.people[who].clone();
            let got = world.write(move |tx| returns::cancel(tx, &person, target(id), read(json!({}))).map(drop)).await;
            model.put(n, UnitStatus::Available, Some(station), None);
            if got.is_ok() { Ok(()) } else { fail("yes", &got) }
        }
        Op::Return { who, station } => {
            let Some(n) = model.lent_to(who) else { return Ok(()) };
            let id = model.things[n].held.as_ref().expect("it is out").id;
            let got = world.give_back(who, id, station).await;
            let expected = if model.is_full(station) { Err("station_full".to_owned()) } else { Ok(()) };
            if expected.is_ok() {
                model.put(n, UnitStatus::Available, Some(station), None);
            }
            if got == expected { Ok(()) } else { fail(&format!("{expected:?}"), &got) }
        }
        Op::Extend { who } => {
            let Some(n) = model.lent_to(who) else { return Ok(()) };
            let now = model.now;
            let held = model.things[n].held.as_mut().expect("it is out");
            let (id, person) = (held.id, world.people[who].clone());
            let got = world.write(move |tx| returns::extend(tx, &person, target(id), read(json!({}))).map(drop)).await;
            let Kind::Lent { due, extended, .. } = &mut held.kind else { return fail("it is out", &got) };
            let expected = match (*extended, *due < now) {
                (true, _) => Err("rental_extended_already".to_owned()),
                (false, true) => Err("rental_overdue_already".to_owned()),
                (false, false) => Ok(()),
            };
            if expected.is_ok() {
                (*due, *extended) = (*due + EXTENSION, true);
            }
            if got == expected { Ok(()) } else { fail(&format!("{expected:?}"), &got) }
        }
        Op::Lose { who } => {
            let Some(n) = model.lent_to(who) else { return Ok(()) };
            let id = model.things[n].held.as_ref().expect("it is out").id;
            let person = world.people[who].clone();
            let body = json!({ "kind": "lost" });
            let got = world.write(move |tx| money::report(tx, &person, target(id), read(body)).map(drop)).await;
            model.lose(n);
            if got.is_ok() { Ok(()) } else { fail("yes", &got) }
        }
        Op::Settle { who } => {
            for n in 0..UNITS {
                let Some((_, id)) = model.things[n].missed_by.filter(|(person, _)| *person == who) else { continue };
                let desk = world.desk.staff().expect("staff");
                let body = json!({ "amount_fen": 0, "reason": "算了" });
                let got = world.write(move |tx| money::settle(tx, &desk, target(id), read(body)).map(drop)).await;
                if got.is_err() {
                    return fail("yes", &got);
                }
                model.things[n].missed_by = None;
            }
            Ok(())
        }
        Op::Restock { unit, station } => {
            let got = world.restock(unit, station).await;
            let thing = &model.things[unit];
            let expected = if thing.station != Some(station) && model.is_full(station) {
                Err("station_full".to_owned())
            } else if matches!(thing.status, UnitStatus::Lent | UnitStatus::Reserved) {
                Err("rental_unit_not_now".to_owned())
            } else {
                Ok(())
            };
            if expected.is_ok() {
                model.put(unit, UnitStatus::Available, Some(station), None);
                model.things[unit].missed_by = None;
            }
            if got == expected { Ok(()) } else { fail(&format!("{expected:?}"), &got) }
        }
        Op::Device { unit, station, minutes_ago } => {
            let got = world.device(format!("{}-{number}", world.site), unit, station, minutes_ago).await;
            let at = model.now - minutes_ago * 60;
            let thing = model.things[unit].clone();
            let to = match (&thing.held, thing.status) {
                (Some(Held { kind: Kind::Lent { since, .. }, .. }), _) if *since <= at => Some(UnitStatus::Available),
                (None, UnitStatus::Lost) if thing.since <= at => Some(UnitStatus::ReturnedToCheck),
                (None, status)
                    if status != UnitStatus::Lost && thing.station != Some(station) && at > thing.changed =>
                {
                    Some(status)
                }
                _ => None,
            };
            if let Some(status) = to {
                model.put(unit, status, Some(station), None);
                model.things[unit].missed_by = None;
            }
            let expected = if to.is_some() { "applied" } else { "stale" };
            if got.as_deref() == Ok(expected) { Ok(()) } else { fail(expected, &got) }
        }
        Op::Wait { seconds } => {
            model.wait(seconds);
            world.app.clock.advance(SignedDuration::from_secs(seconds)).expect("a clock moved by hand");
            jobs::service::run_due(&world.app).await.map_err(|error| error.to_string())?;
            Ok(())
        }
    }
}

/// Whether every thing is where the model says.
async fn compare(world: &World, model: &Model) -> Result<(), String> {
    let things = world.things().await;
    for (n, (id, code, _)) in world.units.iter().enumerate() {
        let expected = (model.things[n].status, model.things[n].station.map(|station| world.stations[station]));
        if things[id] != expected {
            return Err(format!("{code}: the model says {expected:?}, Yijian says {:?}", things[id]));
        }
    }
    Ok(())
}

async fn users(t: &TestApp, count: usize) -> Vec<Id> {
    let mut ids = Vec::new();
    for n in 0..count {
        let me = t.shopper(&format!("model{n}")).await.get("/api/v1/me").await;
        ids.push(me.is(200).json["id"].as_str().expect("an id").parse().expect("an id"));
    }
    ids
}

#[actix_web::test]
async fn a_long_random_life_is_as_the_model_says() {
    const OPS: u64 = 200;
    let t = TestApp::start(Backend::Sqlite).await;
    let people = users(&t, PEOPLE).await;
    let boss: Id = t.staff_id("li").await.parse().expect("an id");
    let wanted = setting("RENTAL_OPS", 4000);
    let config = Config { failure_persistence: None, ..Config::default() };
    let seed = setting("RENTAL_SEED", 1).to_le_bytes().repeat(4);
    let mut runner = TestRunner::new_with_rng(config.clone(), TestRng::from_seed(config.rng_algorithm, &seed));
    let strategy = prop::collection::vec(op(), usize::try_from(OPS).expect("a number"));
    for case in 0..wanted.div_ceil(OPS) {
        let mut tree = strategy.new_tree(&mut runner).expect("operations");
        let Err(first) = life(&t, &people, boss, &format!("c{case}"), &tree.current()).await else { continue };
        // Shorter and shorter, as long as it still goes wrong.
        let (mut smallest, mut why, mut tries) = (tree.current(), first, 0);
        while tries < 500 && tree.simplify() {
            loop {
                tries += 1;
                match life(&t, &people, boss, &format!("c{case}-{tries}"), &tree.current()).await {
                    Err(error) => {
                        (smallest, why) = (tree.current(), error);
                        break;
                    }
                    Ok(()) if tries < 500 && tree.complicate() => {}
                    Ok(()) => break,
                }
            }
        }
        panic!("{why}\nafter {} operations: {smallest:#?}", smallest.len());
    }
    prove(&t).await;
}

async fn life(t: &TestApp, people: &[Id], boss: Id, code: &str, ops: &[Op]) -> Result<(), String> {
    let world = World::build(&t.app, code, people, boss, &STATIONS, UNITS).await;
    let mut model = Model::new();
    for (number, op) in ops.iter().enumerate() {
        step(&world, &mut model, op, number).await?;
    }
    compare(&world, &model).await?;
    // Nothing is stuck: whatever is out comes back, whatever is gone turns up, and everything can be lent again.
    for n in 0..UNITS {
        let thing = model.things[n].clone();
        match thing.held {
            Some(Held { id, who, kind: Kind::Lent { .. } }) => {
                world.give_back(who, id, 2).await?;
                model.put(n, UnitStatus::Available, Some(2), None);
            }
            Some(_) => {}
            None => {
                world.restock(n, 2).await?;
                model.put(n, UnitStatus::Available, Some(2), None);
                model.things[n].missed_by = None;
            }
        }
    }
    step(&world, &mut model, &Op::Wait { seconds: RESERVED }, ops.len()).await?;
    compare(&world, &model).await?;
    if model.things.iter().any(|thing| thing.status != UnitStatus::Available) {
        return Err("something is stuck".to_owned());
    }
    Ok(())
}

const CLIENTS: usize = 16;
const THINGS: usize = 40;

#[actix_web::test]
async fn sixteen_at_once_never_lend_one_thing_twice() {
    if postgres_database().is_none() {
        return;
    }
    let t = TestApp::start(Backend::Postgres).await;
    let people = users(&t, CLIENTS).await;
    let boss: Id = t.staff_id("li").await.parse().expect("an id");
    let slots = [Some(12), Some(12), None, None];
    let world = Arc::new(World::build(&t.app, "rush", &people, boss, &slots, THINGS).await);
    let each = usize::try_from(setting("RENTAL_PARALLEL_OPS", 3200)).expect("a number") / CLIENTS;
    let lent: Arc<Mutex<HashMap<Id, (usize, Id)>>> = Arc::default();
    let workers = (0..CLIENTS).map(|who| {
        let (world, lent) = (world.clone(), lent.clone());
        actix_web::rt::spawn(async move { busy(&world, &lent, who, each).await })
    });
    let ends = futures_util::future::join_all(workers).await;
    let mut refusals: HashMap<String, usize> = HashMap::new();
    for end in ends {
        for (code, count) in end.expect("nobody panicked") {
            *refusals.entry(code).or_default() += count;
        }
    }
    let known = [
        "rental_limit_reached",
        "rental_none_here",
        "rental_unit_not_available",
        "rental_not_now",
        "station_full",
        "rental_unit_not_now",
        "rental_settlement_open",
        "rental_overdue_first",
        "rental_nothing_to_settle",
    ];
    let unknown: Vec<_> = refusals.iter().filter(|(code, _)| !known.contains(&code.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    prove(&t).await;
    // What each of them was told is what was written, once.
    let told = lent.lock().expect("a list").clone();
    for (id, (who, unit)) in &told {
        let (person, id) = (world.people[*who].clone(), *id);
        let seen = t.app.read(move |tx| yijian::rentals::service::find(tx, &person, target(id))).await;
        let view = serde_json::to_value(seen.expect("their own rental")).expect("JSON");
        assert_eq!(view["unit"]["id"], unit.to_string());
        assert!(view["started_at"].is_string());
    }
    assert!(told.len() > each, "they had something to do: {}", told.len());

    // Nothing is stuck.
    t.advance(SignedDuration::from_hours(48)).await;
    for unit in 0..THINGS {
        world.restock(unit, 2).await.expect("after two days everything is lost or there");
    }
    let things = world.things().await;
    assert!(
        things
            .values()
            .all(|(status, station)| *status == UnitStatus::Available && *station == Some(world.stations[2]))
    );
    prove(&t).await;
}

/// One of the sixteen; answers what was refused, and how often.
async fn busy(world: &World, lent: &Mutex<HashMap<Id, (usize, Id)>>, who: usize, ops: usize) -> HashMap<String, usize> {
    let config = Config::default();
    let seed = (setting("RENTAL_SEED", 1) + who as u64).to_le_bytes().repeat(4);
    let mut runner = TestRunner::new_with_rng(config.clone(), TestRng::from_seed(config.rng_algorithm, &seed));
    let choice = (0_u32..100, 0_usize..4, 0_usize..40);
    let mut refusals: HashMap<String, usize> = HashMap::new();
    let mut mine: Vec<(Id, Id)> = Vec::new();
    let take = |id: Id, unit: Id| {
        let before = lent.lock().expect("a list").insert(id, (who, unit));
        assert!(before.is_none(), "one rental was given to two, or twice");
    };
    for number in 0..ops {
        let (dice, station, unit) = choice.new_tree(&mut runner).expect("a choice").current();
        let outcome: Result<(), String> = match dice {
            0..35 => world.borrow(who, json!({ "station_id": world.stations[station] })).await.map(|(id, unit)| {
                take(id, unit);
                mine.push((id, unit));
            }),
            35..45 => world.borrow(who, json!({ "scene": world.units[unit].2 })).await.map(|(id, unit)| {
                take(id, unit);
                mine.push((id, unit));
            }),
            45..55 => world.reserve(who, station).await.map(drop),
            55..80 => match mine.pop() {
                Some((id, unit)) => {
                    let back = world.give_back(who, id, station).await;
                    if back == Err("station_full".to_owned()) {
                        // Still ours, unless a cabinet took it meanwhile.
                        mine.push((id, unit));
                    }
                    back
                }
                None => Ok(()),
            },
            80..90 => world.device(format!("{who}-{number}"), unit, station, 0).await.map(drop),
            90..95 => world.restock(unit, station).await,
            _ => match mine.pop() {
                Some((id, _)) => {
                    let (person, desk) = (world.people[who].clone(), world.desk.staff().expect("staff"));
                    let lost = json!({ "kind": "lost" });
                    let gone =
                        world.write(move |tx| money::report(tx, &person, target(id), read(lost)).map(drop)).await;
                    let waive = json!({ "amount_fen": 0, "reason": "算了" });
                    match gone {
                        Ok(()) => {
                            world.write(move |tx| money::settle(tx, &desk, target(id), read(waive)).map(drop)).await
                        }
                        refused => refused,
                    }
                }
                None => Ok(()),
            },
        };
        if let Err(code) = outcome {
            *refusals.entry(code).or_default() += 1;
        }
    }
    refusals
}
