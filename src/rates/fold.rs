//! Keeping the sums: what changed is marked with the write that changed it, and put into effect soon after.
//!
//! Rules:
//! - Whatever writes to a ticket, the database marks it in the same transaction. Nothing can be forgotten, and no request
//!   pays for more than a mark.
//! - The sums with the marked tickets counted anew are what anybody is shown ([`pending`]): a number is right the moment
//!   its ticket changes, whether the marks have been put into effect or not.
//! - Tickets are counted outside of any writing, which then takes place only if the same marks are still there.
//! - Nobody's write waits for the sums: [`work`] rests nine times as long as its own writing took.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use jiff::tz::TimeZone;

use super::facts::Subject;
use super::measures::Counts;
use super::model::{Dimension, Fact, Grain, Mark, Rollup, RollupKey};
use super::repo;
use crate::app::{App, Tx};
use crate::clocks;
use crate::clocks::model::Waits;
use crate::error::Error;
use crate::follow_ups;
use crate::similar;
use crate::sites;
use crate::spot_checks;
use crate::tickets::lifecycle::Action;
use crate::tickets::record;
use crate::values::Id;

/// So many tickets are counted anew at once.
const BATCH: usize = 100;
/// A ticket that is being worked on has several marks.
const MARKS_AT_ONCE: i64 = 400;
/// More than this is not counted anew for a question: soon it need not be.
const PENDING_AT_MOST: i64 = 5_000;
/// How often an idle worker looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Of ten seconds, one may go into writing sums.
const REST: u32 = 9;

/// What the sums change by.
pub(crate) type Change = BTreeMap<RollupKey, Counts>;

/// Tickets that count differently than the sums say: what they counted for, and what they count for now.
pub(crate) struct Pending {
    pub(super) before: Vec<Fact>,
    pub(super) after: Vec<Fact>,
}

impl Pending {
    /// What that changes of the sums.
    pub(crate) fn change(&self) -> Change {
        let mut change = Change::new();
        for (facts, times) in [(&self.before, -1), (&self.after, 1)] {
            for fact in facts {
                add(&mut change, fact, times);
            }
        }
        change.retain(|_, counts| !counts.is_empty());
        change
    }

    /// The tickets it is about.
    pub(super) fn ticket_ids(&self) -> Vec<Id> {
        let ids: BTreeSet<Id> = self.before.iter().chain(&self.after).map(|fact| fact.ticket_id).collect();
        ids.into_iter().collect()
    }
}

/// Adds a fact to every sum that it is part of.
pub(super) fn add(change: &mut Change, fact: &Fact, times: i64) {
    let counts = fact.counted();
    for (dimension, key) in Dimension::ALL.iter().filter_map(|dimension| Some((*dimension, fact.key(*dimension)?))) {
        for (grain, first_day) in [(Grain::Day, fact.day.clone()), (Grain::Month, month_of(&fact.day))] {
            let (site_id, ticket_kind, key) = (fact.site_id, fact.ticket_kind, key.clone());
            let which = RollupKey { site_id, grain, dimension, first_day, key, ticket_kind };
            change.entry(which).or_default().merge(&counts, times);
        }
    }
}

/// The first day of the month that a day lies in.
fn month_of(day: &str) -> String {
    format!("{}-01", day.get(..7).unwrap_or_default())
}

/// Puts every mark into effect. Returns how many tickets were counted.
///
/// # Errors
/// As the database.
pub async fn run(app: &Arc<App>) -> Result<usize, Error> {
    let mut counted = 0;
    while let Some((some, _)) = put_some(app).await? {
        counted += some;
    }
    Ok(counted)
}

/// Puts marks into effect until `stop` is told.
pub async fn work(app: Arc<App>, mut stop: tokio::sync::watch::Receiver<bool>) {
    let mut rest = LOOK_EVERY;
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            () = tokio::time::sleep(rest) => {}
        }
        rest = match put_some(&app).await {
            Ok(Some((_, wrote_for))) => wrote_for * REST,
            Ok(None) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(%error, "cannot count tickets just now");
                LOOK_EVERY
            }
        };
    }
}

/// Puts some marks into effect: how many tickets that were and how long the writing took; `None` if there are none, or
/// if another process is at it.
async fn put_some(app: &Arc<App>) -> Result<Option<(usize, Duration)>, Error> {
    let (marks, pending) = app.study(look).await?;
    if marks.is_empty() && pending.after.is_empty() {
        return Ok(None);
    }
    let count = pending.ticket_ids().len();
    let started = Stopwatch::now();
    let is_put = app.write(move |tx| put(tx, &marks, &pending)).await?;
    Ok(is_put.then(|| (count, started.elapsed())))
}

fn look(tx: &mut Tx<'_>) -> Result<(Vec<Mark>, Pending), Error> {
    let mut ids = BTreeSet::new();
    let marks = repo::list_marks(tx.conn, MARKS_AT_ONCE)?.into_iter();
    // As many marks as concern the first so many tickets.
    let marks = marks.take_while(|mark| {
        ids.insert(mark.ticket_id);
        ids.len() <= BATCH
    });
    let marks: Vec<Mark> = marks.collect();
    let mut ids: BTreeSet<Id> = marks.iter().map(|mark| mark.ticket_id).collect();
    let more = i64::try_from(BATCH.saturating_sub(ids.len())).unwrap_or(0);
    ids.extend(repo::list_changing(tx.conn, None, tx.now, more)?);
    let ids: Vec<Id> = ids.into_iter().collect();
    Ok((marks, count(tx, &ids)?))
}

fn put(tx: &mut Tx<'_>, marks: &[Mark], pending: &Pending) -> Result<bool, Error> {
    if !repo::try_lock(tx.conn)? {
        return Ok(false);
    }
    let seqs: Vec<i64> = marks.iter().map(|mark| mark.seq).collect();
    // Nobody else has put these marks or counted these tickets since they were looked at.
    let are_there = repo::count_marks(tx.conn, &seqs)? == i64::try_from(seqs.len()).unwrap_or(0);
    if !are_there || repo::list_facts(tx.conn, &pending.ticket_ids())? != pending.before {
        return Ok(false);
    }
    repo::delete_marks(tx.conn, &seqs)?;
    write(tx, pending)?;
    Ok(true)
}

/// Writes what changed: sums, and facts that differ.
fn write(tx: &mut Tx<'_>, pending: &Pending) -> Result<(), Error> {
    let change = pending.change();
    let mut rows = Vec::with_capacity(change.len());
    let keys: Vec<(RollupKey, Counts)> = change.into_iter().collect();
    for of_period in keys.chunk_by(|(a, _), (b, _)| period(a) == period(b)) {
        let Some((first, _)) = of_period.first() else { continue };
        let names: BTreeSet<String> = of_period.iter().map(|(key, _)| key.key.clone()).collect();
        let which = (first.site_id, first.grain, first.dimension);
        let stored = repo::list_rollups_of(tx.conn, which, &first.first_day, names.into_iter().collect())?;
        let stored: HashMap<_, _> =
            stored.into_iter().map(|row| ((row.key, row.ticket_kind), Counts::from_json(&row.counts))).collect();
        for (key, more) in of_period {
            let mut counts = stored.get(&(key.key.clone(), key.ticket_kind)).copied().unwrap_or_default();
            counts.merge(more, 1);
            rows.push(rollup(key.clone(), &counts));
        }
    }
    repo::upsert_rollups(tx.conn, &rows)?;
    let before: HashMap<_, _> = pending.before.iter().map(|fact| ((fact.ticket_id, fact.part), fact)).collect();
    let after: BTreeSet<_> = pending.after.iter().map(|fact| (fact.ticket_id, fact.part)).collect();
    let is_other = |fact: &&Fact| before.get(&(fact.ticket_id, fact.part)) != Some(fact);
    let other: Vec<Fact> = pending.after.iter().filter(is_other).cloned().collect();
    let is_gone =
        |part: &&(Id, i32)| !after.contains(*part) || other.iter().any(|fact| (fact.ticket_id, fact.part) == **part);
    let gone: Vec<(Id, i32)> = before.keys().filter(is_gone).copied().collect();
    repo::delete_facts(tx.conn, &gone)?;
    Ok(repo::insert_facts(tx.conn, &other)?)
}

const fn period(key: &RollupKey) -> (Id, Grain, Dimension, &String) {
    (key.site_id, key.grain, key.dimension, &key.first_day)
}

fn rollup(key: RollupKey, counts: &Counts) -> Rollup {
    let RollupKey { site_id, grain, dimension, first_day, key, ticket_kind } = key;
    Rollup { site_id, grain, dimension, first_day, key, ticket_kind, counts: counts.to_json() }
}

/// The tickets of a site that count differently than the sums say.
///
/// # Errors
/// [`Error::Unavailable`] `rates_counting` if there are so many that counting them anew would take long.
pub(crate) fn pending(tx: &mut Tx<'_>, site_id: Id) -> Result<Pending, Error> {
    let most = PENDING_AT_MOST + 1;
    let mut ids: BTreeSet<Id> = repo::list_marked_of(tx.conn, site_id, most)?.into_iter().collect();
    ids.extend(repo::list_changing(tx.conn, Some(site_id), tx.now, most)?);
    if i64::try_from(ids.len()).is_ok_and(|count| count > PENDING_AT_MOST) {
        return Err(Error::Unavailable { code: "rates_counting", retry_after_seconds: 5 });
    }
    count(tx, &ids.into_iter().collect::<Vec<Id>>())
}

fn count(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Pending, Error> {
    let mut pending = Pending { before: Vec::new(), after: Vec::new() };
    for some in ids.chunks(BATCH) {
        pending.before.extend(repo::list_facts(tx.conn, some)?);
        pending.after.extend(facts_of(tx, some)?);
    }
    Ok(pending)
}

/// What some tickets count for now.
///
/// # Errors
/// As the database.
pub(super) fn facts_of(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<Fact>, Error> {
    let tickets = record::list_by_ids(tx, ids)?;
    let clocks = clocks::service::list_of_tickets(tx, ids)?;
    let Waits { pauses, ended_by, answered_by } = clocks::service::waits_and_ends(tx, &clocks)?;
    let hops = record::list_hops(tx, ids)?;
    let follow_ups = follow_ups::service::list_of_tickets(tx, ids)?;
    let came_back = similar::service::list_came_back(tx, ids)?;
    let checks = spot_checks::service::list_of_tickets(tx, ids)?;
    let asked_by_link = record::list_with(tx, ids, Action::Survey)?;
    let mut zones: HashMap<Id, TimeZone> = HashMap::new();
    let mut facts = Vec::with_capacity(ids.len() * 2);
    // In order of their ids, as the stored ones come.
    let in_order: BTreeMap<_, _> = tickets.into_iter().collect();
    for ticket in in_order.into_values() {
        let zone = match zones.get(&ticket.site_id) {
            Some(zone) => zone.clone(),
            None => zones.entry(ticket.site_id).or_insert(sites::service::zone(tx, ticket.site_id)?).clone(),
        };
        let subject = Subject {
            clocks: of(&clocks, |clock| clock.ticket_id, ticket.id),
            hops: of(&hops, |hop| hop.ticket_id, ticket.id),
            follow_ups: of(&follow_ups, |one| one.ticket_id, ticket.id),
            came_back: &came_back.iter().filter(|(id, _)| *id == ticket.id).map(|(_, kind)| *kind).collect::<Vec<_>>(),
            checks: of(&checks, |one| one.ticket_id, ticket.id),
            pauses: of(&pauses, |pause| pause.ticket_id, ticket.id),
            is_link_sent: asked_by_link.contains(&ticket.id),
            ended_by: ended_by.get(&ticket.id).copied(),
            answered_by: answered_by.get(&ticket.id).copied(),
            zone: &zone,
            now: tx.now,
            ticket: &ticket,
        };
        facts.extend(subject.facts());
    }
    Ok(facts)
}

/// Those of one ticket, of rows in the order of their tickets.
fn of<T>(rows: &[T], ticket: impl Fn(&T) -> Id, id: Id) -> &[T] {
    let from = rows.partition_point(|row| ticket(row) < id);
    let to = rows.partition_point(|row| ticket(row) <= id);
    rows.get(from..to).unwrap_or_default()
}
