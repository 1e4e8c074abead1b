//! The only source of the present moment: the system's clock, or one that tests and the demo move by hand.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Tells the time, in whole microseconds: what PostgreSQL's `timestamptz` can hold, so that a value read back
/// from either database equals the one written.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Stands still until [`Clock::advance`] moves it.
    Manual(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(Mutex::new(truncate(start))))
    }

    /// The present moment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => truncate(Timestamp::now()),
            Self::Manual(at) => *lock(at),
        }
    }

    /// Moves a manual clock forward and returns the new time; `None` when this is the machine's clock or the
    /// result would lie beyond the year 9999.
    #[must_use]
    pub fn advance(&self, by: SignedDuration) -> Option<Timestamp> {
        let Self::Manual(at) = self else { return None };
        let mut at = lock(at);
        *at = truncate(at.checked_add(by).ok()?);
        Some(*at)
    }
}

fn lock(at: &Mutex<Timestamp>) -> MutexGuard<'_, Timestamp> {
    at.lock().unwrap_or_else(PoisonError::into_inner)
}

fn truncate(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
