//! Counting what there is.
//!
//! Rules:
//! - What there is, is counted from the things themselves each time: a figure of its own could differ.
//! - A stock-take only tells, unless it is to be put into effect. Then what is not there counts as lost, and what is there belongs
//!   there: its rental is over, it was found, or it moved. What is kept for somebody is left to them.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::api::{Losses, StockQuery, StockTakeView, StockView, StoredType, TakeStock, ToBring, ToCollect};
use super::model::{Difference, StockRemedy, StockTake};
use super::repo;
use crate::accounts::model::Staff;
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::rental_units::model::{Count, RentalUnit, UnitMove, UnitStatus};
use crate::rental_units::record::{self, Because};
use crate::rentals::model::{Held, RentalStatus, ReturnedBy};
use crate::rentals::returns::Back;
use crate::rentals::{money, service as rentals};
use crate::stations::lending::{self, Lending};
use crate::values::{Id, Json};

/// Losses are shown of so long, unless somebody says otherwise.
const USUAL_SPAN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Losses are shown of no longer than this: a year and a day.
const LONGEST_SPAN: SignedDuration = SignedDuration::from_hours(367 * 24);

/// What a site has, and what is to be done about it.
///
/// # Errors
/// [`Error::NotFound`] for sites that are not the caller's; [`Error::Invalid`] for a span that cannot be.
pub fn report(tx: &mut Tx<'_>, staff: &Staff, query: &StockQuery) -> Result<StockView, Error> {
    if !staff.role_at(query.site_id).is_desk() {
        return Err(Error::NotFound("site_not_found"));
    }
    // What begins this very moment has begun.
    let until = query.until.unwrap_or(tx.now + SignedDuration::from_millis(1));
    let from = query.from.unwrap_or(until - USUAL_SPAN);
    if from >= until || until.since(from) > LONGEST_SPAN {
        return Err(Error::field("?from", "span_impossible"));
    }
    let lending = lending::of_site(tx, query.site_id)?;
    let counts = record::counts(tx, query.site_id)?;
    let begun = rentals::count_begun(tx, query.site_id, from, until)?;
    let (mut types, mut losses) = (Vec::new(), Vec::new());
    for kind in lending.types() {
        let id = kind.row.id;
        let count = |status: UnitStatus| -> i64 {
            counts.iter().filter(|one| one.type_id == id && one.status == status).map(|one| one.units).sum()
        };
        types.push(StoredType::new(kind.named(), count));
        let ended = |wanted: Option<RentalStatus>| -> i64 {
            let of_type = begun.iter().filter(|(type_id, ..)| *type_id == id);
            let counted = of_type.filter(|(_, status, _)| match wanted {
                Some(wanted) => *status == wanted,
                // What was kept and never fetched was not lent.
                None => matches!(status, RentalStatus::Lent | RentalStatus::Returned | RentalStatus::Lost),
            });
            counted.map(|(.., rentals)| rentals).sum()
        };
        losses.push(Losses::new(kind.named(), ended(None), ended(Some(RentalStatus::Lost))));
    }
    let (to_bring, to_collect) = errands(&lending, &counts);
    Ok(StockView { site: lending.site.clone(), types, to_bring, to_collect, from, until, losses })
}

/// Where to bring what, and where to take it away.
fn errands(lending: &Lending, counts: &[Count]) -> (Vec<ToBring>, Vec<ToCollect>) {
    let (mut to_bring, mut to_collect) = (Vec::new(), Vec::new());
    for station in lending.stations().into_iter().filter(|one| one.row.retired_at.is_none()) {
        for taken in &station.takes {
            let Ok(kind) = lending.kind(taken.type_id) else { continue };
            let here = counts.iter().filter(|one| {
                one.station_id == Some(station.row.id)
                    && one.type_id == taken.type_id
                    && one.status == UnitStatus::Available
            });
            let available: i64 = here.map(|one| one.units).sum();
            if let Some(low) = taken.restock_below.filter(|low| available < i64::from(*low)) {
                to_bring.push(ToBring {
                    station: station.named(),
                    item_type: kind.named(),
                    available,
                    restock_below: low,
                    short_of: i64::from(low) - available,
                });
            }
            if let Some(high) = taken.collect_above.filter(|high| available > i64::from(*high)) {
                to_collect.push(ToCollect {
                    station: station.named(),
                    item_type: kind.named(),
                    available,
                    collect_above: high,
                    too_many: available - i64::from(high),
                });
            }
        }
    }
    (to_bring, to_collect)
}

/// Compares what somebody counted at a station with what should be there.
///
/// # Errors
/// [`Error::NotFound`] for stations that are not the caller's; [`Error::Invalid`] for codes of nothing of this site.
pub fn take(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: TakeStock) -> Result<StockTakeView, Error> {
    let station_id = target.id;
    let site_id = check_station(tx, staff, station_id)?;
    let TakeStock { codes, apply } = command;
    let mut seen: Vec<String> = codes.iter().map(|code| String::from(&**code)).collect();
    seen.sort();
    seen.dedup();
    let expected = record::list_at(tx, site_id, station_id)?;
    let mut strangers = Vec::new();
    for (index, code) in seen.iter().enumerate() {
        if !expected.iter().any(|unit| unit.code == *code) {
            let found = record::find_by_code(tx, site_id, code)?;
            let given = codes.iter().position(|given| **given == **code).unwrap_or(index);
            strangers.push(found.ok_or_else(|| Error::field(&format!("/codes/{given}"), "rental_unit_not_found"))?);
        }
    }
    let gone: Vec<RentalUnit> = expected.iter().filter(|unit| !seen.contains(&unit.code)).cloned().collect();
    let mut locked = if apply { Locked::take(tx, gone.iter().chain(&strangers))? } else { Locked::default() };
    let (mut missing, mut unexpected) = (Vec::new(), Vec::new());
    for unit in &gone {
        missing.push(difference(unit, locked.lose(tx, staff, unit.id, station_id)?));
    }
    for unit in &strangers {
        unexpected.push(difference(unit, locked.keep(tx, staff, unit.id, station_id)?));
    }
    let row = StockTake {
        id: tx.new_id(),
        site_id,
        station_id,
        actor_id: staff.user_id,
        expected: i32::try_from(expected.len()).map_err(Error::internal)?,
        counted: i32::try_from(seen.len()).map_err(Error::internal)?,
        missing: Json(serde_json::to_value(&missing).map_err(Error::internal)?),
        unexpected: Json(serde_json::to_value(&unexpected).map_err(Error::internal)?),
        is_applied: apply,
        created_at: tx.now,
    };
    repo::insert(tx.conn, &row)?;
    StockTakeView::new(row)
}

/// The stock-takes of a station, newest first.
///
/// # Errors
/// [`Error::NotFound`] for stations that are not the caller's.
pub fn list(
    tx: &mut Tx<'_>,
    staff: &Staff,
    station_id: Id,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<StockTakeView>, Error> {
    check_station(tx, staff, station_id)?;
    repo::list(tx.conn, station_id, before, limit)?.into_iter().map(StockTakeView::new).collect()
}

fn check_station(tx: &mut Tx<'_>, staff: &Staff, station_id: Id) -> Result<Id, Error> {
    let site_id = lending::site_of(tx, station_id)?;
    if staff.role_at(site_id).is_desk() { Ok(site_id) } else { Err(Error::NotFound("station_not_found")) }
}

fn difference(unit: &RentalUnit, remedy: StockRemedy) -> Difference {
    Difference { unit_id: unit.id, code: unit.code.clone(), status: unit.status, remedy }
}

/// What a stock-take changes, taken before anything is.
#[derive(Default)]
struct Locked(HashMap<Id, Held>);

impl Locked {
    fn take<'a>(tx: &mut Tx<'_>, units: impl Iterator<Item = &'a RentalUnit>) -> Result<Self, Error> {
        let ids: Vec<Id> = units.map(|unit| unit.id).collect();
        let locked = rentals::lock_units(tx, &ids)?;
        Ok(Self(locked.into_iter().map(|(unit, last)| (unit.id, (unit, last))).collect()))
    }

    /// It should be here and is not.
    fn lose(&mut self, tx: &mut Tx<'_>, staff: &Staff, unit_id: Id, station_id: Id) -> Result<StockRemedy, Error> {
        let Some((mut unit, _)) = self.0.remove(&unit_id) else { return Ok(StockRemedy::Left) };
        let is_free = matches!(unit.status, UnitStatus::Available | UnitStatus::ReturnedToCheck | UnitStatus::InRepair);
        // Whoever has just brought it elsewhere knows where it is.
        if !is_free || unit.station_id != Some(station_id) {
            return Ok(StockRemedy::Left);
        }
        record::step(tx, &mut unit, UnitMove::Lose, None, because(staff))?;
        Ok(StockRemedy::Lost)
    }

    /// It is here and should not be.
    fn keep(&mut self, tx: &mut Tx<'_>, staff: &Staff, unit_id: Id, station_id: Id) -> Result<StockRemedy, Error> {
        let Some((mut unit, last)) = self.0.remove(&unit_id) else { return Ok(StockRemedy::Left) };
        let lending = lending::of_site(tx, unit.site_id)?;
        let now = tx.now;
        match unit.status {
            // Of whatever type: its rental is over, and somebody looks at it.
            UnitStatus::Lost => {
                let step = UnitMove::ReturnToCheck;
                money::found(tx, (&mut unit, last), step, (station_id, now), because(staff))?;
                Ok(StockRemedy::Found)
            }
            _ if !lending.station(station_id)?.takes(unit.type_id) => Ok(StockRemedy::Left),
            UnitStatus::Available | UnitStatus::ReturnedToCheck | UnitStatus::InRepair => {
                record::step(tx, &mut unit, UnitMove::Move, Some(station_id), because(staff))?;
                Ok(StockRemedy::Moved)
            }
            UnitStatus::Lent => {
                let Some(rental) = last else { return Ok(StockRemedy::Left) };
                let back = Back {
                    station_id,
                    at: now,
                    by: ReturnedBy::Staff,
                    actor_id: Some(staff.user_id),
                    needs_check: rental.policy()?.is_checked,
                    note: Some("stock_take"),
                    device_at: None,
                };
                let is_back = money::turned_up(tx, rental, &mut unit, &lending, back)?;
                Ok(if is_back { StockRemedy::Returned } else { StockRemedy::Left })
            }
            UnitStatus::Reserved | UnitStatus::Retired => Ok(StockRemedy::Left),
        }
    }
}

fn because(staff: &Staff) -> Because<'static> {
    Because { actor_id: Some(staff.user_id), reason: Some("stock_take"), ..Because::default() }
}
