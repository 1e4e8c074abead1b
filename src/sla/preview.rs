//! What a standard would do, for somebody who is writing one: a deadline, or a whole ledger.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::calendar::{Calendar, Segment, Target};
use super::ledger::{Applied, Breach, Clock, Event, Phase, Step, View, replay};

/// When a promise would fall due, and why then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deadline {
    /// The target in open seconds; of one in working days what it comes to.
    pub target_seconds: i64,
    /// When it falls due.
    pub due_at: Timestamp,
    /// Whether that may still move with the holidays of another year.
    pub provisional: bool,
    /// What the time until then consists of.
    pub segments: Vec<Segment>,
}

/// How a clock stands after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Row {
    /// When the event took effect.
    pub at: Timestamp,
    /// False if it meant nothing to the clock as it stood.
    pub changed: bool,
    /// Whether the clock goes.
    pub state: Phase,
    /// Open seconds used.
    pub used_seconds: i64,
    /// Open seconds left; negative when it used more than its target.
    pub remaining_seconds: i64,
    /// The deadline, while it runs.
    pub due_at: Option<Timestamp>,
    /// Whether the deadline may still move with the holidays of another year.
    pub provisional: bool,
    /// Since when it is late.
    pub breached_at: Option<Timestamp>,
}

/// When a promise made at `start` would fall due; None if the calendar has no deadline to give it.
pub fn deadline(calendar: &Calendar, start: Timestamp, target: Target) -> Option<Deadline> {
    let (target_seconds, due) = calendar.promise(start, target)?;
    let segments = calendar.segments(start, due.at);
    Some(Deadline { target_seconds, due_at: due.at, provisional: due.provisional, segments })
}

/// How a clock would stand after each of the events, in the order they happen; None if the calendar has no deadline to
/// give it.
pub fn ledger(calendar: Arc<Calendar>, start: Timestamp, target: Target, events: &[Event]) -> Option<Vec<Row>> {
    let (target_seconds, _) = calendar.promise(start, target)?;
    let born = Clock::start(calendar, start, target_seconds)?;
    Some(replay(born, events).iter().map(row).collect())
}

fn row(Step { applied: Applied { at, changed, .. }, clock }: &Step) -> Row {
    let View { phase, used_seconds, remaining_seconds, due_at, provisional, breach, .. } = clock.observe(*at);
    let breached_at = breach.map(|Breach { at, .. }| at);
    let changed = *changed;
    Row { at: *at, changed, state: phase, used_seconds, remaining_seconds, due_at, provisional, breached_at }
}
