//! One thing that somebody does, in both worlds.

use jiff::SignedDuration;
use serde_json::json;
use yijian::jobs;
use yijian::rental_units::model::UnitStatus;
use yijian::rentals::{money, returns};
use yijian::values::Id;

use super::says::{Held, Kind, Model};
use super::world::{World, target};
use super::{EXTENSION, MOST_AT_ONCE, Op, RESERVED, UNITS, read};

/// Does something in both worlds and compares.
#[expect(clippy::too_many_lines, reason = "one arm for each thing that can be done")]
pub async fn step(world: &World, model: &mut Model, op: &Op, number: usize) -> Result<(), String> {
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
pub async fn compare(world: &World, model: &Model) -> Result<(), String> {
    let things = world.things().await;
    for (n, (id, code, _)) in world.units.iter().enumerate() {
        let expected = (model.things[n].status, model.things[n].station.map(|station| world.stations[station]));
        if things[id] != expected {
            return Err(format!("{code}: the model says {expected:?}, Yijian says {:?}", things[id]));
        }
    }
    Ok(())
}
