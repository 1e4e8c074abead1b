//! Proving that lending is as it says: every thing where its rental says, every count the sum of its things, every rental the sum
//! of its entries.

use std::collections::HashMap;
use std::sync::Arc;

use super::model::{Entry, EntryKind, Rental, RentalStatus, number};
use super::repo;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::rental_units::model::{Count, RentalUnit, UnitStatus};
use crate::rental_units::record;
use crate::sites::service as sites;
use crate::values::Id;

/// So many rows are looked at in one go.
const BATCH: i64 = 500;

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub struct RentalAudit {
    /// How many things were looked at.
    pub units: usize,
    /// How many rentals.
    pub rentals: usize,
    /// One line for each fault.
    pub faults: Vec<String>,
}

/// Looks at everything that is lent.
///
/// # Errors
/// As the database.
pub async fn run(app: &Arc<App>) -> Result<RentalAudit, Error> {
    let mut audit = RentalAudit::default();
    let mut after = None;
    loop {
        let rows = app.read(move |tx| rentals_after(tx, after)).await?;
        let Some((last, ..)) = rows.last() else { break };
        after = Some(last.id);
        audit.rentals += rows.len();
        for (rental, unit, entries) in rows {
            audit.faults.extend(faults_of(&rental, unit.as_ref(), &entries));
        }
    }
    for site_id in app.read(|tx| Ok(sites::sites(tx)?.into_iter().map(|site| site.id).collect::<Vec<_>>())).await? {
        // In one read: counts and things of one moment.
        let (units, faults) = app.read(move |tx| count(tx, site_id)).await?;
        audit.units += units;
        audit.faults.extend(faults);
    }
    Ok(audit)
}

type Looked = (Rental, Option<RentalUnit>, Vec<Entry>);

fn rentals_after(tx: &mut Tx<'_>, after: Option<Id>) -> Result<Vec<Looked>, Error> {
    let rows = repo::list_after(tx.conn, after, BATCH)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let unit_ids: Vec<Id> = rows.iter().map(|row| row.unit_id).collect();
    let units: HashMap<Id, RentalUnit> =
        record::list_by_ids(tx, &unit_ids)?.into_iter().map(|unit| (unit.id, unit)).collect();
    let mut entries: HashMap<Id, Vec<Entry>> = HashMap::new();
    for entry in repo::list_entries(tx.conn, &ids)? {
        entries.entry(entry.rental_id).or_default().push(entry);
    }
    let looked = |row: Rental| {
        let entries = entries.remove(&row.id).unwrap_or_default();
        (units.get(&row.unit_id).cloned(), entries, row)
    };
    Ok(rows.into_iter().map(looked).map(|(unit, entries, row)| (row, unit, entries)).collect())
}

fn faults_of(rental: &Rental, unit: Option<&RentalUnit>, entries: &[Entry]) -> Vec<String> {
    let name = number(rental.seq);
    let mut faults = Vec::new();
    let Some(unit) = unit else { return vec![format!("{name}: its thing is not there")] };
    let should = match rental.status {
        RentalStatus::Reserved | RentalStatus::Confirming => Some(UnitStatus::Reserved),
        RentalStatus::Lent => Some(UnitStatus::Lent),
        _ => None,
    };
    if should.is_some_and(|should| should != unit.status) {
        let (rental, unit_status) = (rental.status.as_str(), unit.status.as_str());
        faults.push(format!("{name}: is {rental}, and {} is {unit_status}", unit.code));
    }
    if rental.status.is_open() == rental.ended_at.is_some() {
        faults.push(format!("{name}: is {}, and its end says otherwise", rental.status.as_str()));
    }
    let sum = |kinds: &[(EntryKind, i64)]| -> i64 {
        let sign = |kind| kinds.iter().find(|(known, _)| *known == kind).map_or(0, |(_, sign)| *sign);
        entries.iter().map(|entry| sign(entry.kind) * entry.amount_fen).sum()
    };
    let charged = [(EntryKind::Fee, 1), (EntryKind::Replacement, 1), (EntryKind::Damage, 1), (EntryKind::Refund, -1)];
    let paid = [(EntryKind::Payment, 1), (EntryKind::Repayment, -1)];
    let left = [(EntryKind::DepositTaken, 1), (EntryKind::DepositReturned, -1)];
    for (what, says, entries) in [
        ("charged", rental.charged_fen, sum(&charged)),
        ("paid", rental.paid_fen, sum(&paid)),
        ("deposit", rental.deposit_fen, sum(&left)),
    ] {
        if says != entries {
            faults.push(format!("{name}: {what} says {says} fen, its entries {entries}"));
        }
    }
    faults
}

/// The things of a site, one by one and counted.
fn count(tx: &mut Tx<'_>, site_id: Id) -> Result<(usize, Vec<String>), Error> {
    let mut faults = Vec::new();
    let mut counted: HashMap<(Option<Id>, Id, UnitStatus), i64> = HashMap::new();
    let (mut seen, mut after) = (0, None);
    loop {
        let units = record::list_of_site(tx, site_id, after, BATCH)?;
        let Some(last) = units.last() else { break };
        after = Some(last.id);
        seen += units.len();
        for unit in units {
            let is_kept = matches!(unit.status, UnitStatus::Reserved | UnitStatus::Lent);
            if is_kept != repo::find_open_of(tx.conn, unit.id)?.is_some() {
                faults.push(format!("{}: is {}, and its rentals say otherwise", unit.code, unit.status.as_str()));
            }
            if let Some(fault) = unit.fault.as_deref().filter(|_| unit.status == UnitStatus::Available) {
                faults.push(format!("{}: is available, and broken: {fault}", unit.code));
            }
            let must_be_at_one =
                matches!(unit.status, UnitStatus::Available | UnitStatus::Reserved | UnitStatus::ReturnedToCheck);
            if must_be_at_one && unit.station_id.is_none() || unit.station_id.is_some() && !unit.status.takes_a_slot() {
                faults.push(format!("{}: is {}, at the wrong station", unit.code, unit.status.as_str()));
            }
            if unit.status != UnitStatus::Retired {
                *counted.entry((unit.station_id, unit.type_id, unit.status)).or_default() += 1;
            }
        }
    }
    for Count { station_id, type_id, status, units } in record::counts(tx, site_id)? {
        let here = counted.remove(&(station_id, type_id, status)).unwrap_or(0);
        if here != units {
            faults.push(format!("{} {type_id}: {units} are counted, {here} are there", status.as_str()));
        }
    }
    faults.extend(counted.into_keys().map(|(_, type_id, status)| format!("{} {type_id}: uncounted", status.as_str())));
    Ok((seen, faults))
}
