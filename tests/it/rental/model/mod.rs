//! Lending against a model of it: random people do random things, and each answer and each thing must be where the model says.
//!
//! A short form runs with everything else. The long one, a million operations on SQLite and a hundred thousand by sixteen at once
//! on PostgreSQL: `RENTAL_OPS=1000000 RENTAL_PARALLEL_OPS=100000 cargo test --release --test it rental::model`.

mod at_once;
mod says;
mod step;
mod world;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRng, TestRunner};
use serde::de::DeserializeOwned;
use serde_json::Value;
use yijian::rental_units::model::UnitStatus;
use yijian::values::Id;

use self::says::{Held, Kind, Model};
use self::step::{compare, step};
use self::world::World;
use crate::rental::prove;
use crate::support::{Backend, TestApp, setting};

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
    // Each life is a mall of its own, and every hour looks at all of them.
    const MALLS: u64 = 250;
    let mut stage = stage().await;
    let wanted = setting("RENTAL_OPS", 4000);
    let config = Config { failure_persistence: None, ..Config::default() };
    let seed = setting("RENTAL_SEED", 1).to_le_bytes().repeat(4);
    let mut runner = TestRunner::new_with_rng(config.clone(), TestRng::from_seed(config.rng_algorithm, &seed));
    let strategy = prop::collection::vec(op(), usize::try_from(OPS).expect("a number"));
    for case in 0..wanted.div_ceil(OPS) {
        if case % MALLS == MALLS - 1 {
            prove(&stage.0).await;
            stage = self::stage().await;
        }
        let (t, people, boss) = &stage;
        let mut tree = strategy.new_tree(&mut runner).expect("operations");
        let Err(first) = life(t, people, *boss, &format!("c{case}"), &tree.current()).await else { continue };
        // Shorter and shorter, as long as it still goes wrong.
        let (mut smallest, mut why, mut tries) = (tree.current(), first, 0);
        while tries < 500 && tree.simplify() {
            loop {
                tries += 1;
                match life(t, people, *boss, &format!("c{case}-{tries}"), &tree.current()).await {
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
    prove(&stage.0).await;
}

/// A program, people, and who decides.
async fn stage() -> (TestApp, Vec<Id>, Id) {
    let t = TestApp::start(Backend::Sqlite).await;
    let people = users(&t, PEOPLE).await;
    let boss = t.staff_id("li").await.parse().expect("an id");
    (t, people, boss)
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
