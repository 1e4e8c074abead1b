//! Periods as the law counts them: the first day is not counted, and a last day that is no working day moves on
//! (Civil Code art. 201–203).

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::calendar::{Calendar, Due};
use super::holidays::{self, YearList};

/// A length of time in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Legal working days.
    WorkingDays(u32),
    /// Days of the calendar; 0 ends with the day itself.
    CalendarDays(u32),
}

/// When a period that begins at `from` is over: the end of its last day; `later` are lists of holidays that came after this
/// was built. `None` for a zone that does not exist.
#[must_use]
pub fn end(time_zone: &str, from: Timestamp, period: Period, later: &[YearList]) -> Option<Due> {
    let calendar = Calendar::compile(&holidays::working_days(time_zone, later)).ok()?;
    let days = match period {
        Period::WorkingDays(days) => return calendar.add_working_days(from, days),
        Period::CalendarDays(days) => days,
    };
    let zone = TimeZone::get(time_zone).ok()?;
    let today = from.to_zoned(zone.clone()).date();
    let Some(before_last) = days.checked_sub(1) else {
        let midnight = today.tomorrow().ok()?.to_zoned(zone).ok()?;
        return Some(Due { at: midnight.timestamp(), provisional: false });
    };
    let eve = today.checked_add(i64::from(before_last).days()).ok()?.to_zoned(zone).ok()?;
    calendar.add_working_days(eve.timestamp(), 1)
}
