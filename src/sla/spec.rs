//! A calendar as people write it: JSON of plain text, and the check that finds everything wrong with it at once.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The years a calendar knows. Outside of them nothing is ever open.
pub const YEARS: RangeInclusive<i16> = 1970..=2200;

/// As many intervals may a day have.
pub const MAX_INTERVALS: usize = 24;

/// As many dates may each of the three lists have.
pub const MAX_DATES: usize = 2000;

const DAY: u16 = 24 * 60;

/// When an office, a shop or a shift works. Times are local to `time_zone`.
///
/// For one date an override beats a make-up day, that beats a holiday, and that beats the weekly pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"time_zone": "Asia/Shanghai", "weekly": {"mon": [{"open": "09:00", "close": "18:00"}]}}))]
pub struct CalendarSpec {
    /// An IANA name as it is spelled there, like `Asia/Shanghai`.
    pub time_zone: String,
    /// What each weekday works.
    #[serde(default)]
    pub weekly: Weekly,
    /// Dates that do not work, `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(value_type = Vec<DateText>, max_items = 2000)]
    pub holidays: Vec<String>,
    /// Dates that work although their weekday would not (调休), each with its own hours; never without any.
    #[serde(default)]
    #[schema(value_type = BTreeMap<DateText, Vec<Interval>>)]
    pub makeup_days: BTreeMap<String, Vec<Interval>>,
    /// Dates with hours of their own: an early close, a closure (no interval), extra hours.
    #[serde(default)]
    #[schema(value_type = BTreeMap<DateText, Vec<Interval>>)]
    pub overrides: BTreeMap<String, Vec<Interval>>,
    /// The last date whose holidays are known. Deadlines after it are provisional.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DateText>)]
    pub valid_through: Option<String>,
}

/// A date, `YYYY-MM-DD`, from 1970 to 2200: how the document describes the plain text that is checked here.
#[derive(ToSchema)]
#[schema(format = Date, example = "2026-10-01")]
pub struct DateText(#[expect(dead_code, reason = "describes, and holds nothing")] String);

/// The intervals of each weekday; a missing day is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Weekly {
    /// Monday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 24)]
    pub mon: Vec<Interval>,
    /// Tuesday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 24)]
    pub tue: Vec<Interval>,
    /// Wednesday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 24)]
    pub wed: Vec<Interval>,
    /// Thursday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 24)]
    pub thu: Vec<Interval>,
    /// Friday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 24)]
    pub fri: Vec<Interval>,
    /// Saturday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 24)]
    pub sat: Vec<Interval>,
    /// Sunday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 24)]
    pub sun: Vec<Interval>,
}

/// From an opening, included, to a closing, excluded. It belongs to the date it opens on, also past midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"open": "09:00", "close": "18:00"}))]
pub struct Interval {
    /// `HH:MM`, `00:00` to `23:59`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub open: String,
    /// `HH:MM`, up to `48:00`: `26:00` is two o'clock in the following night.
    #[schema(pattern = "^(([0-3][0-9]|4[0-7]):[0-5][0-9]|48:00)$")]
    pub close: String,
}

/// Something wrong with a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// A JSON pointer (RFC 6901) to what is wrong.
    pub pointer: String,
    /// Which rule it breaks; stable.
    pub code: &'static str,
}

/// A checked interval, in minutes since the midnight its date begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hours {
    pub open: u16,
    pub close: u16,
}

/// Which of the lists decides about a date that the weekly pattern does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayKind {
    Holiday,
    Makeup,
    Override,
}

/// A date that does not follow the weekly pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Day {
    pub kind: DayKind,
    pub hours: Vec<Hours>,
}

/// A calendar without a fault, in numbers.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    pub zone: TimeZone,
    /// From Monday on.
    pub weekly: [Vec<Hours>; 7],
    pub days: BTreeMap<Date, Day>,
    pub valid_through: Option<Date>,
}

impl CalendarSpec {
    /// Everything wrong with the words. Whether it ever opens is for [`Calendar`](super::calendar::Calendar) to see.
    pub(super) fn check(&self) -> Result<Checked, Vec<Fault>> {
        let mut faults = Faults(Vec::new());
        let zone = zone(&self.time_zone);
        if zone.is_none() {
            faults.add("/time_zone".to_owned(), "time_zone_unknown");
        }
        let weekly = self.weekly.named().map(|(name, day)| faults.hours(day, &format!("/weekly/{name}")));
        let mut days = BTreeMap::new();
        // Each list overwrites what it beats.
        if faults.few_enough(self.holidays.len(), "/holidays") {
            for (i, text) in self.holidays.iter().enumerate() {
                if let Some(date) = faults.date(text, || format!("/holidays/{i}")) {
                    days.insert(date, Day { kind: DayKind::Holiday, hours: Vec::new() });
                }
            }
        }
        let with_hours =
            [(DayKind::Makeup, &self.makeup_days, "/makeup_days"), (DayKind::Override, &self.overrides, "/overrides")];
        for (kind, list, at) in with_hours {
            if !faults.few_enough(list.len(), at) {
                continue;
            }
            for (text, intervals) in list {
                let pointer = format!("{at}/{}", text.replace('~', "~0").replace('/', "~1"));
                if kind == DayKind::Makeup && intervals.is_empty() {
                    faults.add(pointer.clone(), "makeup_day_without_hours");
                }
                let hours = faults.hours(intervals, &pointer);
                if let Some(date) = faults.date(text, || pointer) {
                    days.insert(date, Day { kind, hours });
                }
            }
        }
        let valid_through =
            self.valid_through.as_ref().and_then(|text| faults.date(text, || "/valid_through".to_owned()));
        match zone {
            Some(zone) if faults.0.is_empty() => Ok(Checked { zone, weekly, days, valid_through }),
            _ => Err(faults.0),
        }
    }
}

impl Weekly {
    /// The days from Monday on, with their names in JSON.
    fn named(&self) -> [(&'static str, &[Interval]); 7] {
        [
            ("mon", &self.mon),
            ("tue", &self.tue),
            ("wed", &self.wed),
            ("thu", &self.thu),
            ("fri", &self.fri),
            ("sat", &self.sat),
            ("sun", &self.sun),
        ]
    }
}

impl Interval {
    /// Everything wrong with the intervals of a day, with pointers from their list on.
    pub fn faults(intervals: &[Self]) -> Vec<Fault> {
        let mut faults = Faults(Vec::new());
        faults.hours(intervals, "");
        faults.0
    }

    /// From `open` to `close`, unchecked.
    pub fn new(open: &str, close: &str) -> Self {
        Self { open: open.to_owned(), close: close.to_owned() }
    }
}

/// What was found wrong so far.
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, pointer: String, code: &'static str) {
        self.0.push(Fault { pointer, code });
    }

    fn few_enough(&mut self, dates: usize, pointer: &str) -> bool {
        if dates > MAX_DATES {
            self.add(pointer.to_owned(), "too_many_dates");
        }
        dates <= MAX_DATES
    }

    fn date(&mut self, text: &str, pointer: impl FnOnce() -> String) -> Option<Date> {
        match date(text) {
            Ok(date) => Some(date),
            Err(code) => {
                self.add(pointer(), code);
                None
            }
        }
    }

    /// The intervals of one day. What is wrong is left out, and never used: a fault spoils the whole calendar.
    fn hours(&mut self, intervals: &[Interval], pointer: &str) -> Vec<Hours> {
        if intervals.len() > MAX_INTERVALS {
            self.add(pointer.to_owned(), "too_many_intervals");
            return Vec::new();
        }
        let mut day: Vec<Hours> = Vec::with_capacity(intervals.len());
        for (i, Interval { open, close }) in intervals.iter().enumerate() {
            let open = self.time(open, DAY - 1, "opening_out_of_range", || format!("{pointer}/{i}/open"));
            let close = self.time(close, 2 * DAY, "closing_out_of_range", || format!("{pointer}/{i}/close"));
            let (Some(open), Some(close)) = (open, close) else { continue };
            let wrong = if open == close {
                Some("interval_empty")
            } else if open > close {
                Some("interval_reversed")
            } else if day.last().is_some_and(|before| before.open > open) {
                Some("intervals_unsorted")
            } else {
                None
            };
            match wrong {
                Some(code) => self.add(format!("{pointer}/{i}"), code),
                None => day.push(Hours { open, close }),
            }
        }
        day
    }

    fn time(&mut self, text: &str, max: u16, beyond: &'static str, pointer: impl FnOnce() -> String) -> Option<u16> {
        let code = match minutes(text) {
            Some(minutes) if minutes <= max => return Some(minutes),
            Some(_) => beyond,
            None => "time_malformed",
        };
        self.add(pointer(), code);
        None
    }
}

/// A zone of the compiled-in database, spelled exactly as there.
fn zone(name: &str) -> Option<TimeZone> {
    let known = TimeZoneDatabase::bundled();
    known.available().any(|zone| zone.as_str() == name).then(|| known.get(name).ok()).flatten()
}

/// The minutes of `HH:MM`; the hour may be anything up to 99.
fn minutes(text: &str) -> Option<u16> {
    let [a, b, b':', c, d] = text.as_bytes() else { return None };
    let two = |tens: &u8, ones: &u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
    };
    let (hour, minute) = (two(a, b)?, two(c, d)?);
    (minute < 60).then_some(hour * 60 + minute)
}

/// The date of `YYYY-MM-DD`, or the code of what is wrong with it.
///
/// # Errors
/// The rule it breaks.
pub fn date(text: &str) -> Result<Date, &'static str> {
    let [_, _, _, _, b'-', _, _, b'-', _, _] = text.as_bytes() else { return Err("date_malformed") };
    let mut parts = text.split('-').map(|part| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?);
    let mut number = || parts.next().flatten().ok_or("date_malformed");
    let (year, month, day): (i16, i16, i16) = (number()?, number()?, number()?);
    let small = |part: i16| i8::try_from(part).map_err(|_| "date_malformed");
    let date = Date::new(year, small(month)?, small(day)?).map_err(|_| "date_nonexistent")?;
    if YEARS.contains(&year) { Ok(date) } else { Err("date_out_of_range") }
}
