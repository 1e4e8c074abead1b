//! What codes and categories stand for, and what things are called, remembered for a few seconds: almost every report asks, hardly anything changes.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::model::{Category, Names, Place};
use crate::values::Id;

/// As many codes as several large malls have.
const REMEMBERED: u64 = 10_000;

/// The memory. Processes do not tell each other about an import: a change counts everywhere when its entry ends.
pub struct Places {
    pub(super) by_scene: Cache<String, Place>,
    pub(super) categories: Cache<Id, Category>,
    pub(super) names: Cache<Id, Arc<Names>>,
}

impl Places {
    /// Remembers everything for `time`, which is how long an import may take to be noticed by other processes.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self {
            by_scene: Cache::builder().max_capacity(REMEMBERED).time_to_live(time).build(),
            categories: Cache::builder().max_capacity(REMEMBERED).time_to_live(time).build(),
            names: Cache::builder().max_capacity(REMEMBERED).time_to_live(time).build(),
        }
    }

    /// Makes this process look again for categories, once a change of one is committed.
    pub fn forget_categories(&self) {
        self.categories.invalidate_all();
        self.names.invalidate_all();
    }
}
