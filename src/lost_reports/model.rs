//! Rows of lost reports.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::schema::{lost_report_photos, lost_report_places, lost_reports};
use crate::text_enum;
use crate::tickets::model::Channel;
use crate::values::{Id, Instant};

/// A report that nobody closed is looked for so long. Ours.
pub const LOOKED_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Who cannot say within so long when something was lost has to ask at the desk.
pub const LONGEST_RANGE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// What was lost longer ago is not looked for any more: it went to the police.
pub const LOST_AT_MOST_AGO: SignedDuration = SignedDuration::from_hours(60 * 24);

text_enum! {
    /// Where a report stands.
    pub enum ReportStatus {
        /// It is looked for.
        Open = "open",
        /// It was given back.
        Returned = "returned",
        /// The reporter says it is not needed any more.
        Withdrawn = "withdrawn",
        /// It was looked for long enough.
        Expired = "expired",
    }
}

/// A lost report.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = lost_reports)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub struct LostReport {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The site.
    pub site_id: Id,
    /// Where it stands.
    pub status: ReportStatus,
    /// How it came in.
    pub channel: Channel,
    /// Who misses it, if they have an account.
    pub reporter_id: Option<Id>,
    /// Who of the mall's own people wrote it down.
    pub filed_by_id: Option<Id>,
    /// Whom to ask for.
    pub contact_name: Option<String>,
    /// Their number, sealed.
    pub contact_phone_sealed: Option<Vec<u8>>,
    /// Their number, masked.
    pub contact_phone_masked: Option<String>,
    /// The number of its category in the shipped tree.
    pub category: i32,
    /// Its colours, a bit each.
    pub colours: i32,
    /// Its brand.
    pub brand: Option<String>,
    /// In the reporter's words.
    pub description: String,
    /// A sealed JSON list of what only the owner knows.
    pub marks_sealed: Option<Vec<u8>>,
    /// The first moment it may have been lost.
    pub lost_from: Instant,
    /// The last.
    pub lost_until: Instant,
    /// How many photos it has.
    pub photos: i32,
    /// What was given back.
    pub item_id: Option<Id>,
    /// Counts changes, for `ETag`.
    pub version: i32,
    /// When it was reported.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When it was over.
    pub ended_at: Option<Instant>,
    /// When what names a person was forgotten.
    pub erased_at: Option<Instant>,
}

/// A report with the number that people read out.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = lost_reports)]
pub struct Numbered {
    /// Behind the number.
    pub seq: i64,
    /// The report.
    #[diesel(embed)]
    pub report: LostReport,
}

/// The number that people read out: `L000123`.
#[must_use]
pub fn number(seq: i64) -> String {
    format!("L{seq:06}")
}

/// A place where something may have been lost.
#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = lost_report_places)]
pub struct PlaceRow {
    /// The report.
    pub report_id: Id,
    /// The place.
    pub location_id: Id,
}

/// A photo of what is missed.
#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = lost_report_photos)]
pub struct PhotoRow {
    /// The report.
    pub report_id: Id,
    /// The photo.
    pub attachment_id: Id,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Narrowed {
    /// Only this person's.
    pub reporter_id: Option<Id>,
    /// The sites; `None` is every site.
    pub sites: Option<Vec<Id>>,
    /// Only at this status.
    pub status: Option<ReportStatus>,
    /// Only with this number.
    pub seq: Option<i64>,
    /// Only older ones.
    pub before: Option<Id>,
}
