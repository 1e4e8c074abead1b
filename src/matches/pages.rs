//! Where a report reads what is compared of found items: not in a row for each, but in pages, one for what was found of a
//! category within half a day. With a hundred thousand items PostgreSQL takes longer to send as many rows than they take to
//! be compared.
//!
//! A page is written anew, by a job, from what is there of its items: not in the transaction that changes an item, where
//! two that change several would wait for each other in a circle. An item is on its page before it is compared itself, so
//! that no report misses it; one that is gone may stay there for a moment, and is left out when matches are kept.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use super::repo;
use crate::app::Tx;
use crate::error::Error;
use crate::jobs::service::{self as jobs, JobKind};
use crate::values::{Id, Instant};

const HALF_DAY: i64 = 12 * 60 * 60;

/// Which page an item is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageKey {
    /// The site.
    pub site_id: Id,
    /// The number of the category.
    pub category: i32,
    /// Half days from 1970 to when it was found, in UTC.
    pub half_day: i32,
}

impl PageKey {
    /// The page of what was found at a moment.
    #[must_use]
    pub fn new(site_id: Id, category: i32, found_at: Instant) -> Self {
        Self { site_id, category, half_day: half_day(found_at) }
    }

    /// The first moment of the page.
    pub(super) fn from(&self) -> Instant {
        begin(self.half_day)
    }

    /// The first moment after it.
    pub(super) fn until(&self) -> Instant {
        begin(self.half_day + 1)
    }
}

/// As the subject of a job.
impl fmt::Display for PageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.site_id, self.category, self.half_day)
    }
}

impl FromStr for PageKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let [site_id, category, half_day] = text.splitn(3, '/').collect::<Vec<_>>()[..] else {
            return Err(Error::internal("not a page"));
        };
        Ok(Self {
            site_id: site_id.parse().map_err(Error::internal)?,
            category: category.parse().map_err(Error::internal)?,
            half_day: half_day.parse().map_err(Error::internal)?,
        })
    }
}

/// Half days from 1970 to a moment.
pub(super) fn half_day(at: Instant) -> i32 {
    // Timestamps end with the year 9999.
    i32::try_from(at.0.as_second().div_euclid(HALF_DAY)).unwrap_or(i32::MAX)
}

fn begin(half_day: i32) -> Instant {
    Instant(Timestamp::UNIX_EPOCH) + SignedDuration::from_secs(i64::from(half_day) * HALF_DAY)
}

/// What is compared of an item is no more, or will be something else.
pub(super) fn take_out(tx: &mut Tx<'_>, item_id: Id) -> Result<(), Error> {
    let Some(page) = repo::delete_found(tx.conn, item_id)? else { return Ok(()) };
    jobs::enqueue(tx, JobKind::FileFound, &page.to_string(), tx.now)
}

/// Writes the page that an item is on anew.
pub(super) fn file_with(tx: &mut Tx<'_>, item_id: Id) -> Result<(), Error> {
    let Some(item) = repo::find_found(tx.conn, item_id)? else { return Ok(()) };
    file(tx, PageKey::new(item.site_id, item.category, item.found_at))
}

/// Writes a page anew.
///
/// # Errors
/// As the database.
pub fn file(tx: &mut Tx<'_>, page: PageKey) -> Result<(), Error> {
    // Who waited here reads what the one before did not see yet.
    repo::lock_page(tx.conn, &page)?;
    let prints = repo::list_of_page(tx.conn, &page)?.concat();
    repo::delete_page(tx.conn, &page)?;
    if prints.is_empty() { Ok(()) } else { Ok(repo::insert_page(tx.conn, &page, prints)?) }
}
