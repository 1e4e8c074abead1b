//! What a changed standard or calendar would have made of the past: every clock of a period is replayed with it, and
//! nothing is written.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;

use super::api::{Shift, TryCalendar, TryStandard, WhatIf};
use super::apply::length;
use super::model::{ClockEvent, ClockRow, EventKind};
use super::{repo, service};
use crate::accounts::model::Lead;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::http::input::Target;
use crate::sites::model::Priority;
use crate::sla::calendar::Calendar;
use crate::sla::ledger::{self, Clock, Happening};
use crate::standards::calendars;
use crate::standards::service as standards;
use crate::standards::spec::{Promise, StandardSpec};
use crate::standards::versions::{self, SiteStandards, Version};
use crate::tickets;
use crate::tickets::model::Ticket;
use crate::values::{Id, Instant};

/// A quarter: longer periods are a report's business.
const LONGEST_PERIOD: SignedDuration = SignedDuration::from_hours(92 * 24);

/// As many tickets are replayed at once.
const BATCH: i64 = 200;

/// What shall be tried.
struct Trial {
    site_id: Id,
    /// The versions of the standard, any of which a ticket may have been promised.
    version_ids: Vec<Id>,
    period: (Instant, Instant),
    spec: Option<StandardSpec>,
    calendar: Option<(Id, Arc<Calendar>)>,
}

/// Replays the tickets that were received in a period and promised this standard.
///
/// # Errors
/// [`Error::NotFound`] for standards of sites the caller does not lead; [`Error::Invalid`] naming what is wrong.
pub async fn run(app: &Arc<App>, lead: Lead, target: Target, command: TryStandard) -> Result<WhatIf, Error> {
    let trial = Arc::new(app.read(move |tx| prepare(tx, &lead, target, command)).await?);
    let mut outcome =
        WhatIf { tickets: 0, clocks: 0, breaches_before: 0, breaches_after: 0, gained: Vec::new(), lost: Vec::new() };
    let mut after = None;
    loop {
        let this = trial.clone();
        let (some, last) = app.read(move |tx| try_some(tx, &this, after)).await?;
        outcome.tickets += some.tickets;
        outcome.clocks += some.clocks;
        outcome.breaches_before += some.breaches_before;
        outcome.breaches_after += some.breaches_after;
        outcome.gained.extend(some.gained);
        outcome.lost.extend(some.lost);
        if last.is_none() {
            return Ok(outcome);
        }
        after = last;
        // Reads of SQLite stay on this thread; others want it too.
        tokio::task::yield_now().await;
    }
}

fn prepare(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: TryStandard) -> Result<Trial, Error> {
    let TryStandard { from, to, standard, calendar } = command;
    let (found, version_ids) = standards::lead_standard(tx, lead, target.id)?;
    if to <= from || to.since(from) > LONGEST_PERIOD {
        return Err(Error::field("/to", "period_out_of_range"));
    }
    if standard.is_none() && calendar.is_none() {
        return Err(Error::field("/standard", "what_if_needs_change"));
    }
    if let Some(spec) = &standard {
        standards::check_named(tx, found.site_id, "/standard", spec)?;
    }
    let calendar = match calendar {
        Some(TryCalendar { calendar_id, spec }) => {
            calendars::check_belongs(tx, found.site_id, calendar_id)?;
            let compiled = calendars::check("/calendar/spec", &spec, tx.now.0)?;
            Some((calendar_id, Arc::new(compiled)))
        }
        None => None,
    };
    Ok(Trial { site_id: found.site_id, version_ids, period: (from, to), spec: standard, calendar })
}

fn try_some(tx: &mut Tx<'_>, trial: &Trial, after: Option<Id>) -> Result<(WhatIf, Option<Id>), Error> {
    let set = versions::current(tx, trial.site_id)?;
    let tickets = tickets::record::list_received(tx, trial.site_id, trial.period, after, BATCH)?;
    let is_full = i64::try_from(tickets.len()).is_ok_and(|count| count == BATCH);
    let last = tickets.last().map(|ticket| ticket.id).filter(|_| is_full);
    let promised = |ticket: &&Ticket| ticket.standard_version_id.is_some_and(|id| trial.version_ids.contains(&id));
    let received = |ticket: &&Ticket| ticket.received_at >= trial.period.0 && ticket.received_at < trial.period.1;
    let tickets: HashMap<Id, &Ticket> = tickets.iter().filter(promised).filter(received).map(|t| (t.id, t)).collect();
    let ids: Vec<Id> = tickets.keys().copied().collect();
    let rows = repo::list_of_tickets(tx.conn, &ids)?;
    let events = repo::list_events(tx.conn, &ids)?;
    let mut outcome = WhatIf {
        tickets: tickets.len(),
        clocks: rows.len(),
        breaches_before: 0,
        breaches_after: 0,
        gained: Vec::new(),
        lost: Vec::new(),
    };
    for row in rows {
        let Some(ticket) = tickets.get(&row.ticket_id) else { continue };
        let own: Vec<ClockEvent> = events.iter().filter(|event| event.clock_id == row.id).cloned().collect();
        let (born, history) = service::history(tx, &row, &own)?;
        let before = late(tx, born, &history);
        let after = match retry(tx, trial, &set, &row, ticket, &own)? {
            Some((born, history)) => late(tx, born, &history),
            None => None,
        };
        outcome.breaches_before += usize::from(before.is_some());
        outcome.breaches_after += usize::from(after.is_some());
        let shift = |breached_at| Shift { ticket_id: ticket.id, number: ticket.number(), clock: row.kind, breached_at };
        match (before, after) {
            (None, Some(at)) => outcome.gained.push(shift(at)),
            (Some(at), None) => outcome.lost.push(shift(at)),
            _ => {}
        }
    }
    Ok((outcome, last))
}

/// Since when a clock is late by now.
fn late(tx: &Tx<'_>, born: Clock, history: &[ledger::Event]) -> Option<Instant> {
    let clock = ledger::replay(born.clone(), history).pop().map_or(born, |step| step.clock);
    clock.observe(tx.now.0).breach.map(|breach| breach.at.into())
}

/// The clock and its history as they would have been; `None` if nothing would have been promised.
fn retry(
    tx: &mut Tx<'_>,
    trial: &Trial,
    set: &SiteStandards,
    row: &ClockRow,
    ticket: &Ticket,
    events: &[ClockEvent],
) -> Result<Option<(Clock, Vec<ledger::Event>)>, Error> {
    let version = versions::standard(tx, row.standard_version_id)?;
    let spec = trial.spec.as_ref().unwrap_or(&version.spec);
    let priority = first_priority(&version, row, ticket);
    let Some(promise) = spec.promise(row.kind, priority) else { return Ok(None) };
    let old = version.spec.promise(row.kind, priority);
    let (mut calendar, is_new) = calendar_for(tx, trial, set, row, promise, old)?;
    let seconds = length(&calendar, row.started_at, promise)?;
    let Some(born) = Clock::start(calendar.clone(), row.started_at.0, seconds.into()) else { return Ok(None) };
    let mut history = Vec::new();
    for event in events {
        let what = match event.kind {
            // What follows from the standard itself is found anew.
            EventKind::Breach | EventKind::Excuse => continue,
            EventKind::Pause | EventKind::Resume if !spec.pausable => continue,
            EventKind::Recalendar if is_new => continue,
            EventKind::Recalendar => {
                calendar = versions::calendar(tx, event.calendar_version_id)?.calendar;
                Happening::Recalendar(calendar.clone())
            }
            EventKind::Retarget => match spec.promise(row.kind, event.priority.unwrap_or(priority)) {
                Some(promise) => {
                    let seconds = length(&calendar, row.started_at, promise)?;
                    Happening::Retarget { seconds: seconds.into() }
                }
                None => Happening::Cancel,
            },
            _ => event.happening(&calendar),
        };
        history.push(ledger::Event { at: event.at.0, by: None, what });
    }
    Ok(Some((born, history)))
}

/// The priority a clock was born for: that of the promise it was born with.
fn first_priority(version: &Version, row: &ClockRow, ticket: &Ticket) -> Priority {
    let born = |priority: &Priority| {
        let promise = version.spec.promise(row.kind, *priority);
        promise.and_then(|promise| promise.seconds).is_some_and(|seconds| seconds == row.born_target_seconds)
    };
    let other = Priority::ALL.iter().copied().find(|priority| *priority != ticket.priority);
    [Some(ticket.priority), other].into_iter().flatten().find(born).unwrap_or(ticket.priority)
}

/// The calendar a promise would have run on, and whether it is another than it did.
fn calendar_for(
    tx: &mut Tx<'_>,
    trial: &Trial,
    set: &SiteStandards,
    row: &ClockRow,
    promise: &Promise,
    old: Option<&Promise>,
) -> Result<(Arc<Calendar>, bool), Error> {
    let chosen = set.calendar_id(promise.calendar, row.department_id);
    if let Some((id, calendar)) = &trial.calendar
        && chosen == Some(*id)
    {
        return Ok((calendar.clone(), true));
    }
    if old.is_some_and(|old| old.calendar == promise.calendar) {
        return Ok((versions::calendar(tx, row.born_calendar_version_id)?.calendar, false));
    }
    Ok((set.calendar(promise.calendar, row.department_id).calendar, true))
}
