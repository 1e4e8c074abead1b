//! Proving the rates: everything is counted anew from the tickets, and must be what the facts and sums say.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fold::{self, Change};
use super::measures::Counts;
use super::model::{Fact, RollupKey};
use super::periods::Period;
use super::{repo, service};
use crate::app::{App, Tx};
use crate::error::Error;
use crate::sites::service as sites;
use crate::tickets::record;
use crate::values::Id;

/// As many tickets are counted together.
const BATCH: i64 = 500;

/// The outcome of counting everything anew.
#[derive(Debug, Default)]
pub struct Audit {
    /// How many tickets there are.
    pub tickets: usize,
    /// How many sums.
    pub sums: usize,
    /// What differs, one line for each.
    pub differences: Vec<String>,
}

/// Counts everything anew, month by month.
///
/// # Errors
/// As the database.
pub async fn run(app: &Arc<App>) -> Result<Audit, Error> {
    fold::run(app).await?;
    let mut audit = Audit::default();
    for site in app.read(sites::sites).await? {
        let site_id = site.id;
        let Some(mut month) = app.read(move |tx| first_month(tx, site_id)).await? else { continue };
        let today = app.read(move |tx| service::today(tx, site_id)).await?;
        while month.from <= today {
            let some = app.study(move |tx| count_month(tx, site_id, month)).await?;
            audit.tickets += some.tickets;
            audit.sums += some.sums;
            audit.differences.extend(some.differences);
            month = Period::month_of(month.to.saturating_add(jiff::Span::new().days(1)));
        }
    }
    Ok(audit)
}

/// Forgets every fact and sum, and marks every ticket to be counted anew.
///
/// # Errors
/// As the database.
pub async fn rebuild(app: &Arc<App>) -> Result<usize, Error> {
    app.write(|tx| Ok(repo::forget_everything(tx.conn)?)).await?;
    fold::run(app).await
}

fn first_month(tx: &mut Tx<'_>, site_id: Id) -> Result<Option<Period>, Error> {
    let first = repo::find_first_day(tx.conn, site_id)?;
    Ok(first.and_then(|day| day.parse().ok()).map(Period::month_of))
}

fn count_month(tx: &mut Tx<'_>, site_id: Id, month: Period) -> Result<Audit, Error> {
    let (from, end) = (service::begin_of(tx, site_id, month.from)?, service::begin_of(tx, site_id, month.to)?);
    let end = end + jiff::SignedDuration::from_hours(48);
    let pending = fold::pending(tx, site_id)?;
    let fresh = pending.ticket_ids();
    let days = month.from.to_string()..=month.to.to_string();
    let is_of_month = |fact: &Fact| days.contains(&fact.day);
    let (mut audit, mut after, mut counted) = (Audit::default(), None, Change::new());
    loop {
        let tickets = record::list_received(tx, site_id, (from, end), after, BATCH)?;
        let ids: Vec<Id> = tickets.iter().map(|ticket| ticket.id).collect();
        let facts: Vec<Fact> = fold::facts_of(tx, &ids)?.into_iter().filter(is_of_month).collect();
        for fact in &facts {
            fold::add(&mut counted, fact, 1);
        }
        let stored: Vec<Fact> = repo::list_facts(tx.conn, &ids)?.into_iter().filter(is_of_month).collect();
        let by_ticket = |facts: &[Fact]| {
            let mut tickets: BTreeMap<Id, Vec<Fact>> = BTreeMap::new();
            for fact in facts {
                tickets.entry(fact.ticket_id).or_default().push(fact.clone());
            }
            tickets
        };
        let (facts, stored) = (by_ticket(&facts), by_ticket(&stored));
        audit.tickets += facts.len();
        for id in ids.iter().filter(|id| !fresh.contains(id) && facts.get(id) != stored.get(id)) {
            audit.differences.push(format!(
                "ticket {id}: counts as {:?}, should as {:?}",
                stored.get(id),
                facts.get(id)
            ));
        }
        after = ids.last().copied();
        if i64::try_from(ids.len()).is_ok_and(|count| count < BATCH) {
            break;
        }
    }
    let mut stored = pending.change();
    stored.retain(|key, _| days.contains(&key.first_day));
    for row in repo::list_rollups_between(tx.conn, site_id, (days.start(), days.end()))? {
        let counts = Counts::from_json(&row.counts);
        let (site_id, grain, dimension, ticket_kind) = (row.site_id, row.grain, row.dimension, row.ticket_kind);
        let key = RollupKey { site_id, grain, dimension, first_day: row.first_day, key: row.key, ticket_kind };
        stored.entry(key).or_default().merge(&counts, 1);
    }
    audit.sums = counted.len();
    for (key, counts) in &counted {
        stored.entry(key.clone()).or_default().merge(counts, -1);
    }
    for (key, off) in stored.into_iter().filter(|(_, off)| !off.is_empty()) {
        audit.differences.push(format!("sum {key:?}: is off by {}", off.to_json().0));
    }
    Ok(audit)
}
