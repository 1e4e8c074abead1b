//! One clock on one ticket: running, paused, stopped or cancelled, and how much of its target it has used.
//!
//! A clock is folded from its events, so that what a row caches can always be computed again. It only knows what
//! happened, never what time it is: what is true *now* is asked of [`Clock::observe`].

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, floor};

/// Whether a clock goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It uses up open time; before opening it runs as well and uses nothing.
    Running,
    /// It waits for at least one reason to end.
    Paused,
    /// What it measures is done.
    Stopped,
    /// It measures nothing any more.
    Cancelled,
}

/// How a clock came to be late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It ran past its deadline.
    Deadline,
    /// A new target was shorter than what had been used already.
    Retarget,
}

/// That a clock is late. It is never taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// The deadline that was missed, not when somebody noticed; for [`Cause::Retarget`] when the clock was judged.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
}

/// Everything a clock is except its calendar: what a row of a database holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockState {
    /// When it was born.
    pub started_at: Timestamp,
    /// What it may use, in open seconds.
    pub target_seconds: i64,
    /// Whether it goes.
    pub phase: Phase,
    /// What it has used until `since`, in open seconds.
    pub used_seconds: i64,
    /// Its last event: until then everything is accounted for, and no later event can lie before.
    pub since: Timestamp,
    /// Its deadline while it runs. None if the target was already exceeded when it last set off, or if the calendar
    /// does not open for 800 days.
    pub due_at: Option<Timestamp>,
    /// Whether `due_at` lies past the dates whose holidays are known.
    pub provisional: bool,
    /// The first time it was late.
    pub breach: Option<Breach>,
    /// Whether somebody took the breach as no fault of ours. The breach stays.
    pub excused: bool,
    /// What it waits for while it is paused; the empty text is a pause without a reason.
    pub reasons: BTreeSet<String>,
    /// How often it was reopened.
    pub episode: u32,
}

/// A clock: what it has counted and the calendar it counts with.
#[derive(Debug, Clone)]
pub struct Clock {
    /// When it is open.
    pub calendar: Arc<Calendar>,
    /// What it has counted.
    pub state: ClockState,
}

/// Something that happens to a clock after it was started.
#[derive(Debug, Clone)]
pub enum Happening {
    /// It has to wait. Reasons add up; one that holds already changes nothing.
    Pause {
        /// What for; None for a pause without a reason.
        reason: Option<String>,
    },
    /// A reason to wait ended. It runs again when the last one has.
    Resume {
        /// Which; None for all of them.
        reason: Option<String>,
    },
    /// What it measures is done.
    Stop,
    /// It was not done after all: the same clock goes on, and what lay between does not count.
    Reopen,
    /// Another target, on top of what has been used. Judged at once if running, else when it runs again.
    Retarget {
        /// In open seconds.
        seconds: i64,
    },
    /// Another calendar from now on. What has been used and what is late stay as they are.
    Recalendar(Arc<Calendar>),
    /// It measures nothing any more: nothing matches, or the ticket was merged or withdrawn.
    Cancel,
    /// It measures something after all: what it used and what it missed stay, and what lay between does not count.
    Restore,
    /// Somebody has seen that it ran past its deadline. Recorded at the deadline, whenever it is noticed.
    ///
    /// Only for instants strictly past the deadline: what stops on the deadline is in time. The deadline itself is
    /// accepted too, so that stored breaches can be folded like any other event.
    Breach,
    /// Its breach was no fault of ours.
    Excuse,
}

/// What an event did to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// False if the event means nothing to a clock as it stood; then nothing at all has changed.
    pub changed: bool,
    /// When it took effect: never before the clock's last event.
    pub at: Timestamp,
    /// A breach that this event brought to light, to be recorded.
    pub breach: Option<Breach>,
}

/// What is true of a clock at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct View {
    /// The instant.
    pub at: Timestamp,
    /// Whether it goes.
    pub phase: Phase,
    /// Open seconds used.
    pub used_seconds: i64,
    /// Open seconds left; negative when it used more than its target.
    pub remaining_seconds: i64,
    /// The deadline, while it runs.
    pub due_at: Option<Timestamp>,
    /// Whether the deadline may still move with the holidays of another year.
    pub provisional: bool,
    /// That it is late, recorded or not.
    pub breach: Option<Breach>,
}

/// A [`Happening`] with its circumstances.
#[derive(Debug, Clone)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who did it, for an explanation.
    pub by: Option<String>,
    /// What.
    pub what: Happening,
}

/// How a clock stood after an event.
#[derive(Debug, Clone)]
pub struct Step {
    /// What the event did.
    pub applied: Applied,
    /// The clock after it.
    pub clock: Clock,
}

impl Clock {
    /// A clock that starts to run at `at`; None if its calendar has no deadline to give it.
    pub fn start(calendar: Arc<Calendar>, at: Timestamp, target_seconds: i64) -> Option<Self> {
        let target_seconds = target_seconds.max(0);
        let due = calendar.add(at, target_seconds)?;
        let state = ClockState {
            started_at: floor(at),
            target_seconds,
            phase: Phase::Running,
            used_seconds: 0,
            since: floor(at),
            due_at: Some(due.at),
            provisional: due.provisional,
            breach: None,
            excused: false,
            reasons: BTreeSet::new(),
            episode: 0,
        };
        Some(Self { calendar, state })
    }

    /// Lets something happen. An event that makes no sense as the clock stands changes nothing.
    ///
    /// One before the clock's last event happens with it: clocks of machines go backwards, this one does not. One past
    /// a deadline first records that it was missed.
    pub fn apply(&mut self, at: Timestamp, happening: &Happening) -> Applied {
        let at = floor(at).max(self.state.since);
        if !self.concerns(at, happening) {
            return Applied { changed: false, at, breach: None };
        }
        let at = match happening {
            Happening::Breach => self.state.due_at.unwrap_or(at),
            _ => at,
        };
        let known = self.state.breach;
        self.account(at);
        let state = &mut self.state;
        match happening {
            Happening::Pause { reason } => {
                state.reasons.insert(reason.clone().unwrap_or_default());
                self.halt(Phase::Paused);
            }
            Happening::Resume { reason } => {
                match reason {
                    Some(reason) => drop(state.reasons.remove(reason)),
                    None => state.reasons.clear(),
                }
                if state.reasons.is_empty() {
                    self.set_off(at);
                }
            }
            Happening::Stop => self.end(Phase::Stopped),
            Happening::Cancel => self.end(Phase::Cancelled),
            Happening::Restore => self.set_off(at),
            Happening::Reopen => {
                state.episode += 1;
                self.set_off(at);
            }
            Happening::Retarget { seconds } => {
                state.target_seconds = (*seconds).max(0);
                if state.phase == Phase::Running {
                    self.set_off(at);
                }
            }
            Happening::Recalendar(calendar) => {
                self.calendar = Arc::clone(calendar);
                // A deadline that has passed stays where it was missed.
                if state.phase == Phase::Running && state.due_at.is_none_or(|due| due > at) {
                    self.set_off(at);
                }
            }
            Happening::Breach => state.breach = Some(Breach { at, cause: Cause::Deadline }),
            Happening::Excuse => state.excused = true,
        }
        Applied { changed: true, at, breach: self.state.breach.filter(|_| known.is_none()) }
    }

    /// What is true at `now`, also of what nobody has recorded yet.
    pub fn observe(&self, now: Timestamp) -> View {
        let state = &self.state;
        let at = floor(now).max(state.since);
        let running = state.phase == Phase::Running;
        let used_seconds = state.used_seconds + if running { self.calendar.elapsed(state.since, at) } else { 0 };
        View {
            at,
            phase: state.phase,
            used_seconds,
            remaining_seconds: state.target_seconds - used_seconds,
            due_at: state.due_at,
            provisional: state.provisional,
            breach: state.breach.or_else(|| state.missed(at)),
        }
    }

    /// Whether an event means something to the clock as it stands.
    fn concerns(&self, at: Timestamp, happening: &Happening) -> bool {
        let state = &self.state;
        match happening {
            Happening::Pause { reason } => match state.phase {
                Phase::Running => true,
                Phase::Paused => !state.reasons.contains(reason.as_deref().unwrap_or_default()),
                Phase::Stopped | Phase::Cancelled => false,
            },
            Happening::Resume { reason } => {
                state.phase == Phase::Paused && reason.as_ref().is_none_or(|reason| state.reasons.contains(reason))
            }
            Happening::Stop => matches!(state.phase, Phase::Running | Phase::Paused),
            Happening::Reopen => state.phase == Phase::Stopped,
            Happening::Restore => state.phase == Phase::Cancelled,
            Happening::Retarget { seconds } => {
                state.phase != Phase::Cancelled && (*seconds).max(0) != state.target_seconds
            }
            Happening::Recalendar(_) | Happening::Cancel => state.phase != Phase::Cancelled,
            Happening::Breach => state.breach.is_none() && state.due_at.is_some_and(|due| due <= at),
            Happening::Excuse => !state.excused && state.breach.or_else(|| state.missed(at)).is_some(),
        }
    }

    /// Counts everything up to `at`.
    fn account(&mut self, at: Timestamp) {
        let view = self.observe(at);
        self.state.used_seconds = view.used_seconds;
        self.state.breach = view.breach;
        self.state.since = at;
    }

    /// Runs on with what is left; judges a target that is already exceeded.
    fn set_off(&mut self, at: Timestamp) {
        let state = &mut self.state;
        let left = state.target_seconds - state.used_seconds;
        let due = if left < 0 { None } else { self.calendar.add(at, left) };
        state.phase = Phase::Running;
        state.due_at = due.map(|due| due.at);
        state.provisional = due.is_some_and(|due| due.provisional);
        if left < 0 {
            // Only a new target gets here without a breach: time alone would have run past the deadline first.
            state.breach = state.breach.or(Some(Breach { at, cause: Cause::Retarget }));
        }
    }

    fn halt(&mut self, phase: Phase) {
        self.state.phase = phase;
        self.state.due_at = None;
        self.state.provisional = false;
    }

    fn end(&mut self, phase: Phase) {
        self.halt(phase);
        self.state.reasons.clear();
    }
}

impl ClockState {
    /// The breach that has arisen by `at` if none was recorded before.
    fn missed(&self, at: Timestamp) -> Option<Breach> {
        // Only a running clock has a deadline.
        self.due_at.filter(|due| *due < at).map(|at| Breach { at, cause: Cause::Deadline })
    }
}

/// Folds events into a clock just started, in the order they happened: in whatever order they arrived, the same events
/// lead to the same clock. What happened at the same instant stays in the order given.
pub fn replay(mut clock: Clock, events: &[Event]) -> Vec<Step> {
    let steps = in_order(events).into_iter().map(|event| {
        let applied = clock.apply(event.at, &event.what);
        Step { applied, clock: clock.clone() }
    });
    steps.collect()
}

/// The events as they happened.
pub(super) fn in_order(events: &[Event]) -> Vec<&Event> {
    let mut sorted: Vec<&Event> = events.iter().collect();
    sorted.sort_by_key(|event| event.at);
    sorted
}
