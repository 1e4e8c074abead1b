//! A calendar to count with: how many open seconds lie between two instants, and when a number of them is used up.
//!
//! The open time of a year is worked out when it is first asked for and kept as a sorted list of spans with running
//! totals. From then on a question costs a binary search or two, however far it reaches.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::OnceLock;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::spec::{CalendarSpec, Checked, Day, DayKind, Fault, Hours, YEARS};

/// In seconds: a calendar that stays closed for longer than these 800 days has no deadlines to give.
const PATIENCE: i64 = 800 * 86_400;

/// A checked [`CalendarSpec`], ready to count with. Costly to make, cheap to ask; share it.
pub struct Calendar {
    zone: TimeZone,
    weekly: [Vec<Hours>; 7],
    days: BTreeMap<Date, Day>,
    /// The first second whose holidays are not known.
    unknown_from: Option<i64>,
    /// Where each of [`YEARS`] begins, and at the end where the last of them ends.
    starts: Vec<i64>,
    years: Vec<OnceLock<Year>>,
}

/// When a number of seconds is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The deadline itself.
    pub at: Timestamp,
    /// Whether its local date is past the last date whose holidays are known.
    pub provisional: bool,
}

/// What a service promises: seconds of open time, or whole working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Open seconds.
    Seconds(i64),
    /// To the end of the n-th working day after the one it starts on.
    WorkingDays(u32),
}

/// A part of the time line of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// What it is.
    pub kind: SegmentKind,
}

/// What a part of the time line is.
///
/// Where hours of two dates overlap, the seconds are of the kind of those that opened first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentKind {
    /// Open by the weekly pattern.
    Open,
    /// Not open, on a date that is no holiday; also an override without hours.
    Closed,
    /// Not open, on a local date that is a holiday and neither a make-up day nor overridden.
    Holiday,
    /// Open by the hours of a make-up day.
    Makeup,
    /// Open by the hours of an override.
    Override,
}

impl SegmentKind {
    /// Whether its seconds are open ones.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Open | Self::Makeup | Self::Override)
    }
}

/// The open time between the first midnight of a year and that of the next.
struct Year {
    /// Sorted, not overlapping, none empty.
    spans: Vec<Span>,
    /// Of all spans together, in seconds.
    total: i64,
}

#[derive(Clone, Copy)]
struct Span {
    from: i64,
    to: i64,
    /// Open seconds of the year before `from`.
    before: i64,
    kind: SegmentKind,
}

impl Calendar {
    /// Makes a calendar ready to count with.
    ///
    /// It must open at some second of [`YEARS`]: by its weekly pattern, or on make-up days and overrides alone. A
    /// calendar has no present; [`Self::next_open`] tells whoever writes one whether it opens soon enough.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile(spec: &CalendarSpec) -> Result<Self, Vec<Fault>> {
        let Checked { zone, weekly, days, valid_through } = spec.check()?;
        let mut starts: Vec<i64> = YEARS.map(|year| first_second(&zone, new_year(year))).collect();
        starts.push(first_second(&zone, new_year(YEARS.end() + 1)));
        let unknown_from = valid_through.and_then(|date| date.tomorrow().ok()).map(|date| first_second(&zone, date));
        let years = YEARS.map(|_| OnceLock::new()).collect();
        let calendar = Self { zone, weekly, days, unknown_from, starts, years };
        // There are more weeks in YEARS than dates in a calendar: no list can close a weekly pattern for good.
        let opens = calendar.weekly.iter().any(|hours| !hours.is_empty())
            || calendar.days.keys().any(|date| calendar.hours_of(*date).next().is_some());
        if opens { Ok(calendar) } else { Err(vec![Fault { pointer: "/weekly".to_owned(), code: "never_open" }]) }
    }

    /// The first open second at or after `t`, if one comes within 800 days.
    pub fn next_open(&self, t: Timestamp) -> Option<Timestamp> {
        self.nth_second(whole(t), 1).map(|end| instant(end - 1))
    }

    /// The open seconds in `[a, b)`; 0 if `b` is not after `a`.
    pub fn elapsed(&self, a: Timestamp, b: Timestamp) -> i64 {
        let (a, b) = (whole(a), whole(b));
        if b <= a {
            return 0;
        }
        let (first, last) = (self.year_of(a), self.year_of(b));
        let whole_years: i64 = (first..last).filter_map(|i| self.year(i)).map(|year| year.total).sum();
        whole_years + self.used_up(last, b) - self.used_up(first, a)
    }

    /// The earliest instant by which `seconds` open seconds have passed since `t`; `t` itself for 0 or less.
    ///
    /// None if the calendar stays closed for 800 days on the way, or [`YEARS`] end.
    pub fn add(&self, t: Timestamp, seconds: i64) -> Option<Due> {
        let t = whole(t);
        let at = if seconds <= 0 { t } else { self.nth_second(t, seconds)? };
        Some(self.due(at))
    }

    /// The last closing instant of the `n`-th working day after the local date of `t`; `t` itself for 0.
    ///
    /// A working day is a local date on which at least one interval of its own opens. None if there is no such date
    /// for 800 days, or [`YEARS`] end.
    pub fn add_working_days(&self, t: Timestamp, n: u32) -> Option<Due> {
        let mut end = whole(t);
        let mut date = self.date_of(end);
        for _ in 0..n {
            end = days_after(date).take(800).find_map(|next| {
                date = next;
                self.hours_of(next).map(|span| span.to).max()
            })?;
        }
        Some(self.due(end))
    }

    /// When a promise made at `t` falls due, and how many open seconds it is worth.
    ///
    /// A promise in working days is turned into seconds here, once and for all, so that it can be paused.
    pub fn promise(&self, t: Timestamp, target: Target) -> Option<(i64, Due)> {
        match target {
            Target::Seconds(seconds) => Some((seconds.max(0), self.add(t, seconds)?)),
            Target::WorkingDays(n) => {
                let due = self.add_working_days(t, n)?;
                Some((self.elapsed(t, due.at), due))
            }
        }
    }

    /// What the time from `a` to `b` consists of: segments in order, without a hole, neighbours of different kinds.
    pub fn segments(&self, a: Timestamp, b: Timestamp) -> Vec<Segment> {
        let (a, b) = (whole(a), whole(b));
        let mut line = Line(Vec::new());
        let mut at = a;
        for span in self.spans_between(a, b) {
            self.closed(at, span.from, &mut line);
            line.push(span.from.max(a), span.to.min(b), span.kind);
            at = span.to;
        }
        self.closed(at, b, &mut line);
        line.0
    }

    fn due(&self, at: i64) -> Due {
        Due { at: instant(at), provisional: self.unknown_from.is_some_and(|unknown| at >= unknown) }
    }

    /// The end of the `n`-th open second from `t` on; `n` is at least 1.
    fn nth_second(&self, t: i64, n: i64) -> Option<i64> {
        let first = self.year_of(t);
        let mut left = n.saturating_add(self.used_up(first, t));
        let mut closed_since = t;
        for i in first..self.years.len() {
            let patient_until = closed_since.saturating_add(PATIENCE);
            if self.starts.get(i).is_some_and(|start| *start > patient_until) {
                return None;
            }
            let year = self.year(i)?;
            // Within a year nothing stays closed for so long: only its first opening can come too late.
            if year.spans.first().is_some_and(|span| span.from > patient_until) {
                return None;
            }
            if left <= year.total {
                return year.nth_second(left);
            }
            left -= year.total;
            closed_since = year.spans.last().map_or(closed_since, |span| closed_since.max(span.to));
        }
        None
    }

    /// The open seconds of the `i`-th year before `t`.
    fn used_up(&self, i: usize, t: i64) -> i64 {
        self.year(i).map_or(0, |year| year.used_up(t))
    }

    /// The place in [`YEARS`] of the year that `t` lies in; the first for what is before, one past the last for what
    /// is after.
    fn year_of(&self, t: i64) -> usize {
        self.starts.partition_point(|start| *start <= t).saturating_sub(1)
    }

    fn year(&self, i: usize) -> Option<&Year> {
        let (cell, from, to) = (self.years.get(i)?, *self.starts.get(i)?, *self.starts.get(i + 1)?);
        Some(cell.get_or_init(|| self.work_out(from, to)))
    }

    /// The open time of `[from, to)`.
    fn work_out(&self, from: i64, to: i64) -> Year {
        // Hours may reach 48 hours past the midnight their date begins with, so into the date after the next.
        let dates = days_after(self.date_of(from).saturating_sub(3.days()));
        let dates = dates.take_while(|date| first_second(&self.zone, *date) < to);
        let mut year = Year { spans: Vec::new(), total: 0 };
        let mut end = from;
        // They open in order: the hours of a date are sorted and open on that date, and a wall clock that is set back
        // has shown every time once already.
        for span in dates.flat_map(|date| self.hours_of(date)) {
            let (from, to) = (span.from.max(end), span.to.min(to));
            if to <= from {
                continue;
            }
            match year.spans.last_mut().filter(|last| last.to == from && last.kind == span.kind) {
                Some(last) => last.to = to,
                None => year.spans.push(Span { from, to, before: year.total, kind: span.kind }),
            }
            year.total += to - from;
            end = to;
        }
        year.spans.shrink_to_fit();
        year
    }

    /// The spans that `[a, b)` touches.
    fn spans_between(&self, a: i64, b: i64) -> impl Iterator<Item = &Span> {
        let years = (self.year_of(a)..=self.year_of(b)).filter_map(|i| self.year(i));
        years.flat_map(|year| &year.spans).skip_while(move |span| span.to <= a).take_while(move |span| span.from < b)
    }

    /// What opens on a date, as it is in real time: sorted by openings, possibly overlapping, none empty.
    fn hours_of(&self, date: Date) -> impl Iterator<Item = Span> {
        let (kind, hours) = match self.days.get(&date) {
            Some(Day { kind: DayKind::Holiday, .. }) => (SegmentKind::Holiday, [].as_slice()),
            Some(Day { kind: DayKind::Makeup, hours }) => (SegmentKind::Makeup, hours.as_slice()),
            Some(Day { kind: DayKind::Override, hours }) => (SegmentKind::Override, hours.as_slice()),
            None if !YEARS.contains(&date.year()) => (SegmentKind::Closed, [].as_slice()),
            None => (SegmentKind::Open, self.pattern(date.weekday())),
        };
        let after = move |minutes: u16| midnight(date).saturating_add(SignedDuration::from_mins(minutes.into()));
        hours
            .iter()
            .map(move |hours| Span {
                from: edge(&self.zone, after(hours.open), Edge::Opening),
                to: edge(&self.zone, after(hours.close), Edge::Closing),
                before: 0,
                kind,
            })
            // What lies in a gap does not happen.
            .filter(|span| span.from < span.to)
    }

    fn pattern(&self, weekday: Weekday) -> &[Hours] {
        let day = usize::try_from(weekday.to_monday_zero_offset()).ok();
        day.and_then(|day| self.weekly.get(day)).map_or(&[], Vec::as_slice)
    }

    /// Adds `[from, to)`, in which nothing is open.
    fn closed(&self, from: i64, to: i64, line: &mut Line) {
        let mut at = from;
        while at < to {
            let date = self.date_of(at);
            let kind = match self.days.get(&date) {
                Some(Day { kind: DayKind::Holiday, .. }) => SegmentKind::Holiday,
                _ => SegmentKind::Closed,
            };
            let next = match kind {
                SegmentKind::Holiday => date.tomorrow().ok(),
                // Between two listed dates nothing can be a holiday.
                _ => self.days.range((Excluded(date), Unbounded)).next().map(|(listed, _)| *listed),
            };
            // Where a clock is set back across midnight, a date is over when the next begins for the last time.
            let end = next.map_or(to, |next| edge(&self.zone, midnight(next), Edge::Closing));
            let end = end.clamp(at + 1, to);
            line.push(at, end, kind);
            at = end;
        }
    }

    fn date_of(&self, t: i64) -> Date {
        self.zone.to_datetime(instant(t)).date()
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calendar").field("zone", &self.zone.iana_name()).finish_non_exhaustive()
    }
}

impl Year {
    /// The open seconds before `t`.
    fn used_up(&self, t: i64) -> i64 {
        let begun = self.spans.partition_point(|span| span.from < t);
        let last = begun.checked_sub(1).and_then(|last| self.spans.get(last));
        last.map_or(0, |span| span.before + t.min(span.to) - span.from)
    }

    /// The end of the `n`-th open second, 1 to `total`.
    fn nth_second(&self, n: i64) -> Option<i64> {
        let full = self.spans.partition_point(|span| span.before + (span.to - span.from) < n);
        self.spans.get(full).map(|span| span.from + (n - span.before))
    }
}

/// Segments that are being laid end to end.
struct Line(Vec<Segment>);

impl Line {
    fn push(&mut self, from: i64, to: i64, kind: SegmentKind) {
        if from >= to {
            return;
        }
        match self.0.last_mut().filter(|last| last.kind == kind) {
            Some(last) => last.to = instant(to),
            None => self.0.push(Segment { from: instant(from), to: instant(to), kind }),
        }
    }
}

/// Which end of an interval a local time is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Opening,
    Closing,
}

/// When a local time comes. One in a gap comes at the transition; of the two instants of one in a fold an opening takes
/// the earlier and a closing the later.
fn edge(zone: &TimeZone, local: DateTime, edge: Edge) -> i64 {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => at_offset(local, offset),
        AmbiguousOffset::Gap { before, after } => {
            // The one transition to `after` between reading the local time with either offset.
            let (early, late) = (at_offset(local, after), at_offset(local, before));
            let mut transitions = zone.following(instant(early)).map(|transition| transition.timestamp());
            transitions.find(|at| zone.to_offset(*at) == after).map_or(late, whole).min(late)
        }
        AmbiguousOffset::Fold { before, .. } if edge == Edge::Opening => at_offset(local, before),
        AmbiguousOffset::Fold { after, .. } => at_offset(local, after),
    }
}

fn at_offset(local: DateTime, offset: Offset) -> i64 {
    offset.to_timestamp(local).map_or(0, whole)
}

fn first_second(zone: &TimeZone, date: Date) -> i64 {
    edge(zone, midnight(date), Edge::Opening)
}

fn midnight(date: Date) -> DateTime {
    date.to_datetime(Time::midnight())
}

fn days_after(date: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(date.tomorrow().ok(), |date| date.tomorrow().ok())
}

fn new_year(year: i16) -> Date {
    Date::constant(year, 1, 1)
}

/// The whole second an instant lies in, since 1970.
pub(super) fn whole(t: Timestamp) -> i64 {
    // jiff cuts towards 1970, which before 1970 is upwards.
    t.as_second() - i64::from(t.subsec_nanosecond() < 0)
}

/// An instant cut down to its whole second.
pub(super) fn floor(t: Timestamp) -> Timestamp {
    instant(whole(t))
}

/// The instant of a second since 1970; the first or last there is for what is beyond.
fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(if second < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
