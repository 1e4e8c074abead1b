//! How the clocks of a ticket would have gone with other promises: those it has, and those it would have had.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::apply::length;
use super::model::{ClockEvent, ClockRow, EventKind};
use super::moves::meaning;
use crate::app::Tx;
use crate::error::Error;
use crate::sites::model::Priority;
use crate::sla::calendar::Calendar;
use crate::sla::ledger::{self, Clock, Happening};
use crate::standards::spec::{ClockKind, Promise, StandardSpec};
use crate::standards::versions::{self, SiteStandards, Version};
use crate::tickets::lifecycle::Action;
use crate::tickets::model::{Event, Hop, PauseReason, Ticket};
use crate::values::{Id, Instant};

/// What shall be tried.
pub(super) struct Trial {
    pub(super) set: Arc<SiteStandards>,
    pub(super) spec: Option<StandardSpec>,
    pub(super) calendar: Option<(Id, Arc<Calendar>)>,
}

/// What a ticket would have been promised.
#[derive(Clone, Copy)]
pub(super) enum Promised<'a> {
    /// What it was.
    AsItWas,
    /// This.
    By(&'a StandardSpec),
    /// Nothing matches it any more.
    Nothing,
}

/// A clock as it would have been born, and what would have happened to it.
pub(super) type Retold = (Clock, Vec<ledger::Event>);

/// A clock that a ticket has; `None` if it would have been promised nothing.
///
/// # Errors
/// As the database; [`Error::Rule`] `calendar_never_opens`.
pub(super) fn retry(
    tx: &mut Tx<'_>,
    trial: &Trial,
    promised: Promised<'_>,
    row: &ClockRow,
    ticket: &Ticket,
    events: &[ClockEvent],
) -> Result<Option<Retold>, Error> {
    let version = versions::standard(tx, row.standard_version_id)?;
    let spec = match promised {
        Promised::AsItWas => &version.spec,
        Promised::By(spec) => spec,
        Promised::Nothing => return Ok(None),
    };
    let priority = first_priority(&version, row, ticket);
    let Some(promise) = spec.promise(row.kind, priority) else { return Ok(None) };
    let old = version.spec.promise(row.kind, priority);
    let (mut calendar, is_new) = match tried(trial, promise, row.department_id) {
        Some(calendar) => (calendar, true),
        None if old.is_some_and(|old| old.calendar == promise.calendar) => {
            (versions::calendar(tx, row.born_calendar_version_id)?.calendar, false)
        }
        None => (trial.set.calendar(promise.calendar, row.department_id).calendar, true),
    };
    let seconds = length(&calendar, row.started_at, promise)?;
    let Some(born) = Clock::start(calendar.clone(), row.started_at.0, seconds.into()) else { return Ok(None) };
    let mut history = Vec::new();
    for event in events {
        let what = match event.kind {
            // What follows from the standard itself is found anew.
            EventKind::Breach | EventKind::Excuse => continue,
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
    Ok(Some((born, limit_waits(spec, &history, tx.now.0))))
}

/// The clocks that a ticket does not have and would have been promised, by what its timeline tells.
///
/// # Errors
/// [`Error::Rule`] `calendar_never_opens`.
pub(super) fn unmeasured(
    tx: &Tx<'_>,
    trial: &Trial,
    spec: &StandardSpec,
    (ticket, rows): (&Ticket, &[&ClockRow]),
    (lines, hops): (&[&Event], &[&Hop]),
) -> Result<Vec<(ClockKind, Retold)>, Error> {
    let mut retold = Vec::new();
    for kind in ClockKind::ALL.iter().copied() {
        let Some(promise) = spec.promise(kind, ticket.priority) else { continue };
        for stay in stays(kind, ticket, hops) {
            if rows.iter().any(|row| row.kind == kind && row.hop_id == stay.hop_id) {
                continue;
            }
            let tried = tried(trial, promise, stay.department_id);
            let calendar = tried.unwrap_or_else(|| trial.set.calendar(promise.calendar, stay.department_id).calendar);
            let seconds = length(&calendar, stay.from, promise)?;
            let Some(born) = Clock::start(calendar, stay.from.0, seconds.into()) else { continue };
            let history = by_timeline(kind, ticket, &stay, lines);
            retold.push((kind, (born, limit_waits(spec, &history, tx.now.0))));
        }
    }
    Ok(retold)
}

/// A time that a clock of its own measures: that of the whole ticket, or of a department that had it.
struct Stay {
    hop_id: Option<Id>,
    department_id: Option<Id>,
    from: Instant,
    to: Option<Instant>,
}

fn stays(kind: ClockKind, ticket: &Ticket, hops: &[&Hop]) -> Vec<Stay> {
    if !kind.is_of_department() {
        return vec![Stay { hop_id: None, department_id: None, from: ticket.received_at, to: None }];
    }
    let ends = hops.iter().skip(1).map(|next| Some(next.at)).chain([None]);
    let of_departments = hops.iter().zip(ends).filter(|(hop, _)| hop.to_department_id.is_some());
    of_departments
        .map(|(hop, to)| Stay { hop_id: Some(hop.id), department_id: hop.to_department_id, from: hop.at, to })
        .collect()
}

/// What happened to a ticket while somebody had it, as a clock would have been told.
fn by_timeline(kind: ClockKind, ticket: &Ticket, stay: &Stay, lines: &[&Event]) -> Vec<ledger::Event> {
    let is_within = |line: &&&Event| line.at >= stay.from && stay.to.is_none_or(|to| line.at <= to);
    let mut history = Vec::new();
    let mut tell = |at: Instant, what: Happening| history.push(ledger::Event { at: at.0, by: None, what });
    for line in lines.iter().filter(is_within) {
        for (happened, concerns) in meaning(ticket, line) {
            match happened {
                _ if !concerns(kind) => {}
                EventKind::Stop => tell(line.at, Happening::Stop),
                EventKind::Cancel => tell(line.at, Happening::Cancel),
                EventKind::Pause => tell(line.at, Happening::Pause { reason: line.reason.clone() }),
                EventKind::Resume => tell(line.at, Happening::Resume { reason: None }),
                _ => {}
            }
        }
        match line.action {
            Action::Reopen if kind == ClockKind::Resolution => tell(line.at, Happening::Reopen),
            Action::Unmerge if kind == ClockKind::Resolution => tell(line.at, Happening::Restore),
            _ => {}
        }
    }
    if let Some(to) = stay.to {
        tell(to, Happening::Stop);
    }
    history
}

/// The same history with only the waits that a standard allows: for its reasons, so often, and so long.
fn limit_waits(spec: &StandardSpec, history: &[ledger::Event], now: Timestamp) -> Vec<ledger::Event> {
    let mut waited: Vec<PauseReason> = Vec::new();
    let mut limited = Vec::with_capacity(history.len());
    for (i, event) in history.iter().enumerate() {
        let Happening::Pause { reason } = &event.what else {
            limited.push(event.clone());
            continue;
        };
        let rule = reason.as_deref().and_then(|reason| reason.parse().ok()).and_then(|reason| spec.pause_rule(reason));
        let Some(rule) = rule.filter(|_| spec.pausable) else { continue };
        let times = waited.iter().filter(|reason| **reason == rule.reason).count();
        if i32::try_from(times).is_ok_and(|times| times >= rule.most) {
            continue;
        }
        waited.push(rule.reason);
        limited.push(event.clone());
        let ends_at = Instant::from(event.at) + SignedDuration::from_secs(rule.longest_seconds.into());
        let mut later = history.iter().skip(i + 1);
        let ended =
            later.find(|later| matches!(later.what, Happening::Resume { .. } | Happening::Stop | Happening::Cancel));
        if ends_at.0 <= now && ended.is_none_or(|ended| ended.at > ends_at.0) {
            limited.push(ledger::Event { at: ends_at.0, by: None, what: Happening::Resume { reason: None } });
        }
    }
    limited
}

/// The calendar that is tried, if a promise would have run on it.
fn tried(trial: &Trial, promise: &Promise, department_id: Option<Id>) -> Option<Arc<Calendar>> {
    let (id, calendar) = trial.calendar.as_ref()?;
    (trial.set.calendar_id(promise.calendar, department_id) == Some(*id)).then(|| calendar.clone())
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
