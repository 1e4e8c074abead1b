//! Watching the clocks: who must be told that time runs out, and which promises were missed.
//!
//! Rules:
//! - A breach stands at its deadline, whenever it is noticed. It is recorded a second after it, because what stops on
//!   the deadline is in time.
//! - Each level of a standard's ladder is told once for a target. Whoever was down tells what it missed, in the order
//!   in which it came due.

use std::sync::Arc;

use super::model::{Alert, ClockEvent, ClockRow, EventKind, Ticking};
use super::repo;
use crate::accounts::model::Role;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sla::ledger::Happening;
use crate::standards::service::{self as standards};
use crate::standards::spec::{Level, Told};
use crate::tickets;
use crate::tickets::lifecycle::Action;
use crate::tickets::model::Ticket;
use crate::values::{Id, Instant};

/// As many clocks are looked at in one transaction.
const BATCH: i64 = 500;

/// Everything that one look at many clocks found.
#[derive(Default)]
struct Found {
    rows: Vec<ClockRow>,
    events: Vec<ClockEvent>,
    alerts: Vec<Alert>,
    notices: Vec<notices::Notice>,
    lines: Vec<tickets::model::Event>,
}

/// Records and tells everything that came due. Returns how many clocks there was something to say of.
///
/// # Errors
/// As the database.
pub async fn run(app: &Arc<App>) -> Result<usize, Error> {
    let mut looked_at = 0;
    while app.read(|tx| Ok(repo::exists_due(tx.conn, tx.now)?)).await? {
        let some = app.write(look).await?;
        if some == 0 {
            // Another process has the rest.
            break;
        }
        looked_at += some;
    }
    Ok(looked_at)
}

fn look(tx: &mut Tx<'_>) -> Result<usize, Error> {
    let rows = repo::list_due(tx.conn, tx.now, BATCH)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.ticket_id).collect();
    let tickets = tickets::record::list_by_ids(tx, &ids)?;
    let count = rows.len();
    let mut found = Found::default();
    for row in rows {
        if let Some(ticket) = tickets.get(&row.ticket_id) {
            look_at(tx, row, ticket, &mut found)?;
        }
    }
    let Found { rows, events, alerts, notices, lines } = found;
    repo::update_all(tx.conn, &rows)?;
    repo::insert_events(tx.conn, &events)?;
    repo::insert_alerts(tx.conn, &alerts)?;
    tickets::record::add_lines(tx, &lines)?;
    notices::tell_all(tx, &notices)?;
    Ok(count)
}

fn look_at(tx: &mut Tx<'_>, row: ClockRow, ticket: &Ticket, found: &mut Found) -> Result<(), Error> {
    let version = standards::version(tx, row.standard_version_id)?;
    let ladder = &version.spec.ladder;
    let calendar = standards::calendar(tx, row.calendar_version_id)?.calendar;
    let mut ticking = Ticking::new(row, calendar);
    loop {
        let breach = ticking.next_breach().filter(|at| *at <= tx.now);
        let level = ticking.next_level(ladder).filter(|(_, at)| *at <= tx.now);
        match (breach, level) {
            (Some(breach), level) if level.is_none_or(|(_, at)| breach <= at) => {
                record_breach(tx, &mut ticking, ticket, found);
            }
            (_, Some((level, _))) => tell(tx, &mut ticking, ticket, level, found)?,
            _ => break,
        }
    }
    found.rows.push(ticking.into_row(ladder));
    Ok(())
}

fn record_breach(tx: &Tx<'_>, ticking: &mut Ticking, ticket: &Ticket, found: &mut Found) {
    let applied = ticking.clock.apply(tx.now.0, &Happening::Breach);
    let (row, at) = (&ticking.row, Instant::from(applied.at));
    found.events.push(ClockEvent {
        ticket_id: row.ticket_id,
        id: tx.new_id(),
        clock_id: row.id,
        at,
        kind: EventKind::Breach,
        reason: None,
        target_seconds: None,
        priority: None,
        calendar_version_id: None,
        actor_id: None,
        actor_name: "Yijian".to_owned(),
        recorded_at: tx.now,
    });
    let mut line = tickets::record::line_by_system(tx, ticket, Action::Breach);
    line.at = at;
    line.detail = Some(crate::values::Json(serde_json::json!({ "clock": row.kind, "due_at": at })));
    found.lines.push(line);
}

fn tell(tx: &mut Tx<'_>, ticking: &mut Ticking, ticket: &Ticket, level: Level, found: &mut Found) -> Result<(), Error> {
    let at = ticking.next_level(&[level]).map_or(tx.now, |(_, at)| at);
    let audience = audience(tx, ticket, level.tell)?;
    let kind = if level.percent < 100 { NoticeKind::ClockWarning } else { NoticeKind::ClockBreached };
    let row = &mut ticking.row;
    let mut notice = notices::notice(tx, ticket, kind, audience);
    let due_at = ticking.clock.state.due_at.or(ticking.clock.state.breach.map(|breach| breach.at));
    notice.add("clock", row.kind.as_str());
    notice.add("percent", level.percent);
    notice.add("due_at", due_at.map(|at| Instant::from(at).to_string()));
    found.notices.push(notice);
    row.alerted_percent = level.percent;
    found.alerts.push(Alert {
        ticket_id: row.ticket_id,
        clock_id: row.id,
        target_version: row.target_version,
        percent: level.percent,
        tell: level.tell,
        at,
        detected_at: tx.now,
    });
    Ok(())
}

fn audience(tx: &mut Tx<'_>, ticket: &Ticket, told: Told) -> Result<Audience, Error> {
    let department = || ticket.department_id.map(Audience::Department);
    Ok(match told {
        Told::Assignee => {
            let person = ticket.assignee_id.map(Audience::Person);
            person.or_else(department).unwrap_or(Audience::Role(Role::Agent))
        }
        Told::DepartmentLead => {
            let set = standards::current(tx, ticket.site_id)?;
            let lead = ticket.department_id.and_then(|id| set.lead_of(id)).map(Audience::Person);
            lead.or_else(department).unwrap_or(Audience::Role(Role::Supervisor))
        }
        Told::Supervisor => Audience::Role(Role::Supervisor),
        Told::Admin => Audience::Role(Role::Admin),
    })
}
