//! Proving the clocks: what a row says must be what a replay of its events says.

use std::sync::Arc;

use super::model::{ClockEvent, ClockRow, EventKind, Ticking};
use super::{repo, service};
use crate::app::{App, Tx};
use crate::error::Error;
use crate::sites;
use crate::standards::versions;
use crate::tickets;
use crate::values::{Id, Instant};

/// As many clocks are replayed at once.
const BATCH: i64 = 500;

/// The outcome of a replay of everything.
#[derive(Debug, Default)]
pub struct Audit {
    /// How many clocks there are.
    pub clocks: usize,
    /// How many events they have.
    pub events: usize,
    /// What differs, one line for each.
    pub differences: Vec<String>,
}

/// Replays every clock; with `mend`, writes what the replay says where a row says something else.
///
/// # Errors
/// As the database.
pub async fn run(app: &Arc<App>, mend: bool) -> Result<Audit, Error> {
    let mut audit = Audit::default();
    let mut after = None;
    loop {
        let some = move |tx: &mut Tx<'_>| replay_some(tx, after, mend);
        let some = if mend { app.write(some).await? } else { app.read(some).await? };
        audit.clocks += some.audit.clocks;
        audit.events += some.audit.events;
        audit.differences.extend(some.audit.differences);
        if some.last.is_none() {
            return Ok(audit);
        }
        after = some.last;
    }
}

struct Some {
    audit: Audit,
    /// The last ticket that was looked at, unless there are no more.
    last: Option<Id>,
}

fn replay_some(tx: &mut Tx<'_>, after: Option<Id>, mend: bool) -> Result<Some, Error> {
    let mut rows = repo::list_after(tx.conn, after, BATCH)?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == BATCH);
    // The page may end within a ticket, whose due time needs all of its clocks.
    if is_full && let Some(last) = rows.last().map(|row| row.ticket_id) {
        rows.retain(|row| row.ticket_id != last);
        if rows.is_empty() {
            rows = repo::list_of(tx.conn, last)?;
        }
    }
    let mut ids: Vec<Id> = rows.iter().map(|row| row.ticket_id).collect();
    ids.dedup();
    let events = repo::list_events(tx.conn, &ids)?;
    let tickets = tickets::record::list_by_ids(tx, &ids)?;
    let tightened = sites::service::tightened(tx)?;
    let mut audit = Audit { clocks: rows.len(), events: events.len(), differences: Vec::new() };
    for of_ticket in rows.chunk_by(|a, b| a.ticket_id == b.ticket_id) {
        let Some(ticket) = of_ticket.first().and_then(|row| tickets.get(&row.ticket_id)) else { continue };
        let is_tightened = ticket.department_id.is_some_and(|id| tightened.contains(&id));
        let mut due_at: Option<Instant> = None;
        for row in of_ticket {
            let (replayed, deadline) = replay(tx, row, &events, is_tightened)?;
            due_at = [due_at, deadline].into_iter().flatten().min();
            if replayed != *row {
                audit.differences.push(format!("clock {}: is {row:?}, should be {replayed:?}", row.id));
                if mend {
                    repo::update(tx.conn, &replayed)?;
                }
            }
        }
        if ticket.due_at != due_at {
            audit.differences.push(format!("ticket {}: is due {:?}, should be {due_at:?}", ticket.id, ticket.due_at));
            if mend {
                tickets::record::set_due(tx, ticket.id, due_at)?;
            }
        }
    }
    Ok(Some { audit, last: ids.last().copied().filter(|_| is_full) })
}

/// The row as its birth and its events make it, and the department that has the ticket; with its deadline. Who was told of
/// what is no part of the fold.
fn replay(
    tx: &mut Tx<'_>,
    row: &ClockRow,
    events: &[ClockEvent],
    is_tightened: bool,
) -> Result<(ClockRow, Option<Instant>), Error> {
    let (born, history) = service::history(tx, row, events)?;
    let mut replayed = row.clone();
    (replayed.calendar_version_id, replayed.target_version) = (row.born_calendar_version_id, 1);
    replayed.events = 0;
    let mut ticking = Ticking { row: replayed, clock: born };
    let own = events.iter().filter(|event| event.clock_id == row.id);
    for (event, happening) in own.zip(history) {
        ticking.row.events += 1;
        if !ticking.clock.apply(happening.at, &happening.what).changed {
            continue;
        }
        match event.kind {
            EventKind::Retarget => ticking.row.target_version += 1,
            EventKind::Recalendar => ticking.row.calendar_version_id = event.calendar_version_id,
            _ => {}
        }
    }
    let version = versions::standard(tx, row.standard_version_id)?;
    let deadline = ticking.deadline();
    if ticking.is_live() {
        ticking.tighten(is_tightened, &version.spec, tx.now);
    }
    Ok((ticking.into_row(&version.spec), deadline))
}
