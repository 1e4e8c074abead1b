//! "Explain my deadline": where each second of a clock's life went.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::calendar::{Segment, SegmentKind, floor};
use super::ledger::{Clock, Event, Phase, in_order};

/// A part of a clock's life of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// What it is.
    pub kind: StretchKind,
    /// What the clock waited for, if it was paused.
    pub reasons: Vec<String>,
    /// Who paused, stopped or cancelled it. None while it runs.
    pub by: Option<String>,
    /// Whether its seconds were used up.
    pub counts: bool,
    /// How long it is.
    pub seconds: i64,
}

/// What a part of a clock's life is: what the calendar says while it runs, or why it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StretchKind {
    /// Running and open by the weekly pattern.
    Open,
    /// Running and not open.
    Closed,
    /// Running and not open, because of a holiday.
    Holiday,
    /// Running and open by the hours of a make-up day.
    Makeup,
    /// Running and open by the hours of an override.
    Override,
    /// Waiting.
    Paused,
    /// Stopped, and perhaps reopened after it.
    Resolved,
    /// Measuring nothing, and perhaps restored after it.
    Cancelled,
}

impl From<SegmentKind> for StretchKind {
    fn from(kind: SegmentKind) -> Self {
        match kind {
            SegmentKind::Open => Self::Open,
            SegmentKind::Closed => Self::Closed,
            SegmentKind::Holiday => Self::Holiday,
            SegmentKind::Makeup => Self::Makeup,
            SegmentKind::Override => Self::Override,
        }
    }
}

/// Where the time from the birth of a clock to `until` went: stretches in order, without a hole.
///
/// `clock` is as it was when it had just started, `events` is what happened since, in any order; events after `until`
/// are left out. The seconds that count add up to what the clock has used at `until`.
pub fn explain(mut clock: Clock, events: &[Event], until: Timestamp) -> Vec<Stretch> {
    let until = floor(until);
    let mut line = Vec::new();
    let mut by = None;
    for event in in_order(events).into_iter().filter(|event| floor(event.at) <= until) {
        // Before it happens: what it ends is still what it was.
        let before = clock.clone();
        let applied = clock.apply(event.at, &event.what);
        if !applied.changed {
            continue;
        }
        lay(&mut line, &before, applied.at, by.as_deref());
        if (before.state.phase, &before.state.reasons) != (clock.state.phase, &clock.state.reasons) {
            by.clone_from(&event.by);
        }
    }
    lay(&mut line, &clock, until, by.as_deref());
    line
}

/// Adds the time from a clock's last event to `until`.
fn lay(line: &mut Vec<Stretch>, clock: &Clock, until: Timestamp, by: Option<&str>) {
    let state = &clock.state;
    let nothing = BTreeSet::new();
    let (kind, reasons) = match state.phase {
        Phase::Running => {
            for Segment { from, to, kind } in clock.calendar.segments(state.since, until) {
                push(line, from, to, (kind.into(), kind.counts()), (&nothing, None));
            }
            return;
        }
        Phase::Paused => (StretchKind::Paused, &state.reasons),
        Phase::Stopped => (StretchKind::Resolved, &nothing),
        Phase::Cancelled => (StretchKind::Cancelled, &nothing),
    };
    push(line, state.since, until, (kind, false), (reasons, by));
}

fn push(
    line: &mut Vec<Stretch>,
    from: Timestamp,
    to: Timestamp,
    (kind, counts): (StretchKind, bool),
    (reasons, by): (&BTreeSet<String>, Option<&str>),
) {
    if from >= to {
        return;
    }
    let seconds = to.as_second() - from.as_second();
    let same = |last: &&mut Stretch| last.kind == kind && last.by.as_deref() == by && last.reasons.iter().eq(reasons);
    match line.last_mut().filter(same) {
        Some(last) => {
            last.to = to;
            last.seconds += seconds;
        }
        None => line.push(Stretch {
            from,
            to,
            kind,
            reasons: reasons.iter().cloned().collect(),
            by: by.map(str::to_owned),
            counts,
            seconds,
        }),
    }
}
