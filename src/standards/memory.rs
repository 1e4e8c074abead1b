//! Calendars and standards, remembered: almost every ticket asks, hardly anything changes.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::versions::{Compiled, SiteStandards, Version};
use crate::values::Id;

/// As many versions as many large sites have; a forgotten one costs a look-up.
const REMEMBERED: u64 = 10_000;

/// The memory. A version never changes; what is current at a site may, and processes do not tell each other: a change
/// counts everywhere when its entry ends.
pub struct Standards {
    pub(super) current: Cache<Id, Arc<SiteStandards>>,
    pub(super) versions: Cache<Id, Arc<Version>>,
    pub(super) calendars: Cache<Id, Compiled>,
}

impl Standards {
    /// Remembers what is current for `time`, which is how long a change may take to be noticed by other processes.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self {
            current: Cache::builder().max_capacity(REMEMBERED).time_to_live(time).build(),
            versions: Cache::new(REMEMBERED),
            calendars: Cache::new(REMEMBERED),
        }
    }

    /// Makes everyone look again, once a change is committed.
    pub fn forget_current(&self) {
        self.current.invalidate_all();
    }
}
