//! Rows of what may be the same thing, and of the fingerprints that are compared.

use diesel::prelude::*;

use crate::db::schema::{found_prints, lost_prints, matches};
use crate::lost_found::fingerprint::{Fingerprint, View};
use crate::values::{Id, Instant, Json};

/// What of an item may be shown to anyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// What it is, and its words.
    Described = 0,
    /// What it is: papers, cards, money.
    Bare = 1,
    /// Nothing: dangerous goods.
    Hidden = 2,
}

/// A report and an item that may be the same thing.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = matches)]
#[diesel(primary_key(report_id, item_id))]
#[diesel(treat_none_as_default_value = false)]
pub struct Match {
    /// The report.
    pub report_id: Id,
    /// The item.
    pub item_id: Id,
    /// How likely that is, 0 to 100.
    pub score: i32,
    /// Whether its reporter is told, going by nothing that is not public of the item.
    pub is_likely: bool,
    /// Why: [`crate::lost_found::likeness::Parts`].
    pub parts: Json,
    /// When the reporter was told.
    pub told_at: Option<Instant>,
    /// Since when it is thought.
    pub created_at: Instant,
}

/// The fingerprint of an item in custody.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = found_prints)]
pub struct FoundPrint {
    /// The site.
    pub site_id: Id,
    /// The number of its category.
    pub category: i32,
    /// When it was found.
    pub found_at: Instant,
    /// The item.
    pub item_id: Id,
    /// What [`entries`] reads.
    pub print: Vec<u8>,
}

impl FoundPrint {
    /// What is compared of an item of a site and a category, found at a moment.
    #[must_use]
    pub fn new(
        (site_id, category, found_at): (Id, i32, Instant),
        (item_id, shown): (Id, Shown),
        print: &Fingerprint,
    ) -> Self {
        let print = [&[shown as u8], item_id.0.as_bytes().as_slice(), print.as_bytes()].concat();
        // A fingerprint has at most a thousand bytes.
        let length = u16::try_from(print.len()).unwrap_or(u16::MAX).to_be_bytes();
        Self { site_id, category, found_at, item_id, print: [length.as_slice(), &print].concat() }
    }
}

/// What is compared of an item, read where it lies.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The item.
    pub item_id: Id,
    /// What of it may be shown to anyone.
    pub shown: Shown,
    /// Its fingerprint.
    pub print: View<'a>,
}

/// Reads what is compared of many items, one behind the other: of each how many bytes follow (2), what may be shown (1), the
/// item (16), and its fingerprint. What is of another version is left out.
pub fn entries(mut bytes: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    let next = move || {
        let (length, rest) = bytes.split_first_chunk()?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        bytes = rest;
        Some(entry)
    };
    std::iter::from_fn(next).filter_map(entry)
}

fn entry(bytes: &[u8]) -> Option<Entry<'_>> {
    let ([shown], rest) = bytes.split_first_chunk()?;
    let (item_id, print) = rest.split_first_chunk()?;
    let shown = match shown {
        0 => Shown::Described,
        1 => Shown::Bare,
        _ => Shown::Hidden,
    };
    Some(Entry { item_id: Id(uuid::Uuid::from_bytes(*item_id)), shown, print: View::of(print)? })
}

/// The fingerprint of an open report.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = lost_prints)]
pub struct LostPrint {
    /// The site.
    pub site_id: Id,
    /// The number of its category.
    pub category: i32,
    /// The first moment it may have been lost.
    pub lost_from: Instant,
    /// The report.
    pub report_id: Id,
    /// The bytes.
    pub print: Vec<u8>,
}

/// Among what to look.
#[derive(Debug, Clone)]
pub struct Among {
    /// The site.
    pub site_id: Id,
    /// The numbers of the categories.
    pub categories: Vec<i32>,
    /// Not found, or lost, before.
    pub from: Instant,
    /// Not found, or lost, after.
    pub until: Instant,
}
