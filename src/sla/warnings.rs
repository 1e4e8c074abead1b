//! When to warn that a clock runs out, or that it ran out long ago.
//!
//! A warning stands at a percentage of the target, in open seconds like the target itself. Each fires once for a
//! target: after a retarget all start anew, and of those that are passed already only the highest fires.

use jiff::Timestamp;

use super::ledger::{Clock, Phase};

/// The next warning of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warning {
    /// At which percentage of the target; over 100 it is an escalation.
    pub percent: u32,
    /// When that much is used, if nothing happens before. For what was passed before the clock's last event, the
    /// instant of that event.
    pub at: Timestamp,
}

/// The next warning to fire, of those at `percents` of the target in any order.
///
/// `fired` is the highest that fired for the present target; what is below it is done. None when all are, when the
/// clock does not run, or when its calendar does not open for 800 days.
pub fn next(clock: &Clock, percents: &[u32], fired: Option<u32>) -> Option<Warning> {
    let state = &clock.state;
    if state.phase != Phase::Running {
        return None;
    }
    let left = |percent: u32| seconds_at(percent, state.target_seconds) - state.used_seconds;
    let open = || percents.iter().copied().filter(|percent| fired.is_none_or(|fired| *percent > fired));
    let passed = open().filter(|percent| left(*percent) <= 0).max();
    let percent = passed.or_else(|| open().min())?;
    let due = clock.calendar.add(state.since, left(percent))?;
    Some(Warning { percent, at: due.at })
}

/// The seconds that make up a percentage of a target, rounded up: a warning never comes early.
fn seconds_at(percent: u32, target: i64) -> i64 {
    let hundredfold = i128::from(target) * i128::from(percent);
    i64::try_from((hundredfold + 99) / 100).unwrap_or(i64::MAX)
}
