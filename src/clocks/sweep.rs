//! Watching the clocks: who must be told that time runs out, and which promises were missed.
//!
//! Rules:
//! - A breach stands at its deadline, whenever it is noticed. It is recorded a second after it, because what stops on
//!   the deadline is in time.
//! - Each level of a standard's ladder is told once for a target. Whoever was down tells what it missed, in the order
//!   in which it came due. Who does not work there any more is not told; whoever comes next is.
//! - Which of a standard's ladders a clock is held to stands in its row (see `tighten.rs`).

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use super::apply::breach_line;
use super::model::{Alert, ClockEvent, ClockRow, EventKind, Step, Ticking};
use super::repo;
use crate::accounts::api::StaffMember;
use crate::accounts::members;
use crate::accounts::model::Role;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sla::ledger::Happening;
use crate::standards::spec::Told;
use crate::standards::versions::{self, Version};
use crate::tickets;
use crate::tickets::model::Ticket;
use crate::values::{Id, Instant};

/// As many clocks are looked at in one transaction.
const BATCH: i64 = 1000;

/// Everything that one look at many clocks found.
#[derive(Default)]
struct Found {
    events: Vec<ClockEvent>,
    alerts: Vec<Alert>,
    notices: Vec<notices::Notice>,
    lines: Vec<tickets::model::Event>,
    /// Who works at the sites that somebody is told of.
    staff: HashMap<Id, Vec<StaffMember>>,
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

/// When there is next something to say of any clock.
///
/// # Errors
/// As the database.
pub fn next_look(tx: &mut Tx<'_>) -> Result<Option<Instant>, Error> {
    Ok(repo::find_next_look(tx.conn)?)
}

/// Looks at what came due once; there may be more. Returns how many clocks there was something to say of.
///
/// # Errors
/// As the database.
pub fn look(tx: &mut Tx<'_>) -> Result<usize, Error> {
    let rows = repo::list_due(tx.conn, tx.now, BATCH)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.ticket_id).collect();
    let tickets = tickets::record::list_by_ids(tx, &ids)?;
    let count = rows.len();
    // What comes due later than the last of a full batch is told after what waits behind it.
    let is_full = i64::try_from(count).is_ok_and(|count| count == BATCH);
    let until = rows.last().and_then(|row| row.next_at).filter(|_| is_full).unwrap_or(tx.now);
    let (mut watched, mut line) = (Vec::with_capacity(count), BinaryHeap::with_capacity(count));
    for row in rows {
        let Some(ticket) = tickets.get(&row.ticket_id) else { continue };
        line.extend(row.next_at.map(|at| Reverse((at, watched.len()))));
        watched.push(Watched::new(tx, row, ticket)?);
    }
    let mut found = Found::default();
    // One thing of one clock at a time, so that everything is told in the order in which it came due.
    while let Some(Reverse((_, i))) = line.pop() {
        let Some(one) = watched.get_mut(i) else { continue };
        one.see_to_next(tx, &mut found)?;
        line.extend(one.next().filter(|at| *at <= until).map(|at| Reverse((at, i))));
    }
    let rows: Vec<ClockRow> = watched.into_iter().map(Watched::into_row).collect();
    let Found { events, alerts, notices, lines, .. } = found;
    repo::update_all(tx.conn, &rows)?;
    repo::insert_events(tx.conn, &events)?;
    repo::insert_alerts(tx.conn, &alerts)?;
    tickets::record::add_lines(tx, &lines)?;
    notices::tell_all(tx, &notices)?;
    Ok(count)
}

/// A clock that there is something to say of.
struct Watched<'a> {
    ticking: Ticking,
    version: Arc<Version>,
    ticket: &'a Ticket,
}

impl<'a> Watched<'a> {
    fn new(tx: &mut Tx<'_>, row: ClockRow, ticket: &'a Ticket) -> Result<Self, Error> {
        let version = versions::standard(tx, row.standard_version_id)?;
        let calendar = versions::calendar(tx, row.calendar_version_id)?.calendar;
        Ok(Self { ticking: Ticking::new(row, calendar), version, ticket })
    }

    /// When there is next something to say.
    fn next(&self) -> Option<Instant> {
        self.ticking.next_look(&self.version.spec)
    }

    /// Says what there is next to say: of two things at once, that the promise was missed.
    fn see_to_next(&mut self, tx: &mut Tx<'_>, found: &mut Found) -> Result<(), Error> {
        let breach = self.ticking.next_breach().filter(|at| *at <= tx.now);
        let step = self.ticking.next_step(&self.version.spec).filter(|step| step.look_at <= tx.now);
        match (breach, step) {
            (Some(breach), step) if step.is_none_or(|step| breach <= step.look_at) => {
                record_breach(tx, &mut self.ticking, self.ticket, found);
                Ok(())
            }
            (_, Some(step)) => self.tell(tx, step, found),
            _ => Ok(()),
        }
    }

    fn tell(&mut self, tx: &mut Tx<'_>, step: Step, found: &mut Found) -> Result<(), Error> {
        let staff = match found.staff.entry(self.ticket.site_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(members::list_staff(tx, self.ticket.site_id)?),
        };
        let Step { level, at, .. } = step;
        let audience = audience(tx, self.ticket, level.tell, staff)?;
        let kind = if level.percent < 100 { NoticeKind::ClockWarning } else { NoticeKind::ClockBreached };
        let mut notice = notices::notice(tx, self.ticket, kind, audience)?;
        let state = &self.ticking.clock.state;
        let due_at = state.due_at.or(state.breach.map(|breach| breach.at));
        let row = &mut self.ticking.row;
        notice.add("clock", row.kind.as_str());
        notice.add("percent", level.percent);
        notice.add("due_at", due_at.map(|at| Instant::from(at).to_string()));
        if let Some(since) = row.tightened_at.filter(|_| self.version.spec.has_tightened_ladder()) {
            // Whoever is told sooner than usual learns that it is so.
            notice.add("tightened_since", since.to_string());
        }
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

    fn into_row(self) -> ClockRow {
        self.ticking.into_row(&self.version.spec)
    }
}

fn record_breach(tx: &Tx<'_>, ticking: &mut Ticking, ticket: &Ticket, found: &mut Found) {
    let applied = ticking.clock.apply(tx.now.0, &Happening::Breach);
    let at = Instant::from(applied.at);
    ticking.row.events += 1;
    let row = &ticking.row;
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
        position: row.events,
    });
    found.lines.push(breach_line(tx, (ticket.id, ticket.status), row.kind, at));
}

fn audience(tx: &mut Tx<'_>, ticket: &Ticket, told: Told, staff: &[StaffMember]) -> Result<Audience, Error> {
    // Who has left hears nothing: whoever comes next is told instead.
    let person = |id: &Id| staff.iter().any(|member| member.id == *id);
    let department = ticket.department_id.filter(|id| staff.iter().any(|member| member.department_id == Some(*id)));
    Ok(match told {
        Told::Assignee => {
            let assignee = ticket.assignee_id.filter(person).map(Audience::Person);
            assignee.or(department.map(Audience::Department)).unwrap_or(Audience::Role(Role::Agent))
        }
        Told::DepartmentLead => {
            let set = versions::current(tx, ticket.site_id)?;
            let lead = ticket.department_id.and_then(|id| set.lead_of(id)).filter(person).map(Audience::Person);
            lead.or(department.map(Audience::Department)).unwrap_or(Audience::Role(Role::Supervisor))
        }
        Told::Supervisor => Audience::Role(Role::Supervisor),
        Told::Admin => Audience::Role(Role::Admin),
    })
}
