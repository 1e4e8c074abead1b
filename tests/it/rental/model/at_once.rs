//! Sixteen people at once, on PostgreSQL: what each was told is what was written.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, TestRng, TestRunner};
use serde_json::json;
use yijian::rental_units::model::UnitStatus;
use yijian::rentals::money;
use yijian::values::Id;

use super::world::{World, target};
use super::{read, users};
use crate::rental::prove;
use crate::support::{Backend, TestApp, postgres_database, setting};

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
