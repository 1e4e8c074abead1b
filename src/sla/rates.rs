//! How many clocks were kept. A rate always carries its counts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ledger::{Clock, Phase};

/// Rates over fewer cases than this are shown but trigger nothing, unless a site chooses otherwise.
pub const FEW: u32 = 5;

/// How a clock counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Stopped in time.
    Met,
    /// Stopped, but not in time.
    Late,
    /// Running or paused, and not late so far: nobody knows yet.
    OpenInTime,
    /// Running or paused, and late already: it cannot be met any more.
    OpenLate,
    /// Late, and taken as no fault of ours.
    Excused,
    /// Cancelled, merged or withdrawn.
    Excluded,
}

/// Clocks of one kind, counted by how they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Timeliness {
    /// Stopped in time.
    pub met: u32,
    /// Late, stopped or not.
    pub late: u32,
    /// Those of the late ones that are still open.
    pub open_late: u32,
    /// Still open and not late: in no rate.
    pub open_in_time: u32,
    /// Late and excused: in no rate.
    pub excused: u32,
    /// Cancelled, merged or withdrawn: in no rate.
    pub excluded: u32,
}

/// A rate with its counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// How many did.
    pub numerator: u32,
    /// Of how many.
    pub denominator: u32,
}

impl Standing {
    /// How a clock counts at `now`.
    pub fn of(clock: &Clock, now: Timestamp) -> Self {
        let view = clock.observe(now);
        Self::judge(view.phase, view.breach.is_some(), clock.state.excused)
    }

    /// How a clock counts in a phase, late or not, excused or not.
    #[must_use]
    pub const fn judge(phase: Phase, is_late: bool, is_excused: bool) -> Self {
        match (phase, is_late) {
            (Phase::Cancelled, _) => Self::Excluded,
            (_, true) if is_excused => Self::Excused,
            (Phase::Stopped, false) => Self::Met,
            (Phase::Stopped, true) => Self::Late,
            (Phase::Running | Phase::Paused, false) => Self::OpenInTime,
            (Phase::Running | Phase::Paused, true) => Self::OpenLate,
        }
    }
}

impl Timeliness {
    /// Counts one more.
    pub const fn count(&mut self, standing: Standing) {
        match standing {
            Standing::Met => self.met += 1,
            Standing::Late => self.late += 1,
            Standing::OpenInTime => self.open_in_time += 1,
            Standing::OpenLate => {
                self.late += 1;
                self.open_late += 1;
            }
            Standing::Excused => self.excused += 1,
            Standing::Excluded => self.excluded += 1,
        }
    }

    /// Those met, of those met or late.
    pub const fn rate(self) -> Rate {
        Rate { numerator: self.met, denominator: self.met + self.late }
    }
}

impl FromIterator<Standing> for Timeliness {
    fn from_iter<I: IntoIterator<Item = Standing>>(standings: I) -> Self {
        let mut all = Self::default();
        standings.into_iter().for_each(|standing| all.count(standing));
        all
    }
}

impl Rate {
    /// 0 to 1; None over no cases at all.
    pub fn value(self) -> Option<f64> {
        (self.denominator > 0).then(|| f64::from(self.numerator) / f64::from(self.denominator))
    }

    /// Whether there are enough cases to act on: at least `few`, and at least one.
    pub const fn is_telling(self, few: u32) -> bool {
        self.denominator >= few && self.denominator > 0
    }
}
