//! What a changed standard or calendar would have made of the past: every clock of a period is replayed with it, and
//! nothing is written.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use jiff::SignedDuration;

use super::api::{Shift, TryCalendar, TryStandard, WhatIf};
use super::model::{ClockEvent, ClockRow};
use super::retold::{self, Promised, Retold, Trial};
use super::{repo, service};
use crate::accounts::model::Lead;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::http::input::Target;
use crate::sla::ledger;
use crate::standards::calendars;
use crate::standards::service as standards;
use crate::standards::spec::{ClockKind, Matter};
use crate::standards::versions;
use crate::tickets;
use crate::tickets::model::{Event, Hop, Ticket};
use crate::values::{Id, Instant};

/// A quarter: longer periods are a report's business.
const LONGEST_PERIOD: SignedDuration = SignedDuration::from_hours(92 * 24);

/// As many tickets are replayed at once.
const BATCH: i64 = 200;

/// What is tried, and on which tickets.
struct Question {
    site_id: Id,
    standard_id: Id,
    /// The versions of the standard, any of which a ticket may have been promised.
    version_ids: Vec<Id>,
    period: (Instant, Instant),
    trial: Trial,
}

/// Replays the tickets that were received in a period and were promised this standard, or would be.
///
/// # Errors
/// [`Error::NotFound`] for standards of sites the caller does not lead; [`Error::Invalid`] naming what is wrong.
pub async fn run(app: &Arc<App>, lead: Lead, target: Target, command: TryStandard) -> Result<WhatIf, Error> {
    let question = Arc::new(app.read(move |tx| prepare(tx, &lead, target, command)).await?);
    let mut outcome = WhatIf::default();
    let mut after = None;
    loop {
        let this = question.clone();
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

fn prepare(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: TryStandard) -> Result<Question, Error> {
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
    let set = versions::current(tx, found.site_id)?;
    let (site_id, standard_id, period) = (found.site_id, found.id, (from, to));
    Ok(Question { site_id, standard_id, version_ids, period, trial: Trial { set, spec: standard, calendar } })
}

fn try_some(tx: &mut Tx<'_>, question: &Question, after: Option<Id>) -> Result<(WhatIf, Option<Id>), Error> {
    let tickets = tickets::record::list_received(tx, question.site_id, question.period, after, BATCH)?;
    let is_full = i64::try_from(tickets.len()).is_ok_and(|count| count == BATCH);
    let last = tickets.last().map(|ticket| ticket.id).filter(|_| is_full);
    let concerned = concerned(tx, question, &tickets)?;
    let ids: Vec<Id> = concerned.iter().map(|(ticket, _)| ticket.id).collect();
    let rows = repo::list_of_tickets(tx.conn, &ids)?;
    let events = repo::list_events(tx.conn, &ids)?;
    // Only another standard can promise what nothing measures.
    let (lines, hops) = match question.trial.spec {
        Some(_) => (tickets::record::list_lines(tx, &ids)?, tickets::record::list_hops(tx, &ids)?),
        None => (Vec::new(), Vec::new()),
    };
    let mut outcome = WhatIf { tickets: concerned.len(), ..WhatIf::default() };
    for (ticket, promised) in concerned {
        let rows: Vec<&ClockRow> = rows.iter().filter(|row| row.ticket_id == ticket.id).collect();
        for row in &rows {
            let own: Vec<ClockEvent> = events.iter().filter(|event| event.clock_id == row.id).cloned().collect();
            let before = service::history(tx, row, &own)?;
            let after = retold::retry(tx, &question.trial, promised, row, ticket, &own)?;
            judge(tx, &mut outcome, (ticket, row.kind), Some(before), after);
        }
        if let Promised::By(spec) = promised {
            let lines: Vec<&Event> = lines.iter().filter(|line| line.ticket_id == ticket.id).collect();
            let hops: Vec<&Hop> = hops.iter().filter(|hop| hop.ticket_id == ticket.id).collect();
            let more = retold::unmeasured(tx, &question.trial, spec, (ticket, &rows), (&lines, &hops))?;
            for (kind, after) in more {
                judge(tx, &mut outcome, (ticket, kind), None, Some(after));
            }
        }
    }
    Ok((outcome, last))
}

/// The tickets that a trial concerns, each with what it would have been promised, by what it is about today.
fn concerned<'a>(
    tx: &mut Tx<'_>,
    question: &'a Question,
    tickets: &'a [Ticket],
) -> Result<Vec<(&'a Ticket, Promised<'a>)>, Error> {
    let Question { site_id, standard_id, trial, .. } = question;
    let (from, to) = question.period;
    let mut category_lines: HashMap<Option<Id>, Vec<Id>> = HashMap::new();
    let mut concerned = Vec::new();
    for ticket in tickets.iter().filter(|ticket| ticket.received_at >= from && ticket.received_at < to) {
        let was = ticket.standard_version_id.is_some_and(|id| question.version_ids.contains(&id));
        let Some(spec) = &trial.spec else {
            concerned.extend(was.then_some((ticket, Promised::AsItWas)));
            continue;
        };
        let category_ids = match category_lines.entry(ticket.category_id) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(unknown) => {
                unknown.insert(versions::category_line(tx, *site_id, ticket.category_id)?).clone()
            }
        };
        let Ticket { kind, requester_role, severity, .. } = *ticket;
        let matter = Matter { kind, requester_role, category_ids, severity };
        let other = trial.set.matching_besides(*standard_id, &matter);
        let wins = spec.matches(&matter) && other.is_none_or(|other| other.spec.rank < spec.rank);
        concerned.extend(match other {
            _ if wins => Some((ticket, Promised::By(spec))),
            Some(other) if was => Some((ticket, Promised::By(&other.spec))),
            None if was => Some((ticket, Promised::Nothing)),
            _ => None,
        });
    }
    Ok(concerned)
}

/// Counts a clock as it was and as it would have been.
fn judge(
    tx: &Tx<'_>,
    outcome: &mut WhatIf,
    (ticket, clock): (&Ticket, ClockKind),
    before: Option<Retold>,
    after: Option<Retold>,
) {
    let (before, after) = (before.and_then(|clock| late(tx, clock)), after.and_then(|clock| late(tx, clock)));
    outcome.clocks += 1;
    outcome.breaches_before += usize::from(before.is_some());
    outcome.breaches_after += usize::from(after.is_some());
    let shift = |breached_at| Shift { ticket_id: ticket.id, number: ticket.number(), clock, breached_at };
    match (before, after) {
        (None, Some(at)) => outcome.gained.push(shift(at)),
        (Some(at), None) => outcome.lost.push(shift(at)),
        _ => {}
    }
}

/// Since when a clock is late by now.
fn late(tx: &Tx<'_>, (born, history): Retold) -> Option<Instant> {
    let clock = ledger::replay(born.clone(), &history).pop().map_or(born, |step| step.clock);
    clock.observe(tx.now.0).breach.map(|breach| breach.at.into())
}
