//! What must hold for any calendar and any life of a clock.
//!
//! The calendars lie around days on which the clocks of their zone are moved, or none is. The engine's `elapsed` and
//! `add` are held against a walk through every minute of two weeks that knows nothing of how the engine counts.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::sample::select;

use yijian::sla::calendar::Calendar;
use yijian::sla::explain::explain;
use yijian::sla::ledger::{Cause, Clock, ClockState, Event, Happening, Phase, replay};
use yijian::sla::spec::{CalendarSpec, Interval, Weekly};
use yijian::sla::warnings;

use super::{compile, daily};

/// Zones, each with a date around which something happens to its clocks.
const PIVOTS: &[(&str, &str)] = &[
    ("Asia/Shanghai", "2024-12-31"),
    ("Asia/Shanghai", "1986-05-04"),
    ("Asia/Shanghai", "1986-09-14"),
    ("Asia/Shanghai", "1991-04-14"),
    ("Asia/Shanghai", "1991-09-15"),
    ("Europe/Berlin", "2024-03-31"),
    ("Europe/Berlin", "2024-10-27"),
    ("America/New_York", "2024-03-10"),
    ("America/New_York", "2024-11-03"),
    ("Australia/Lord_Howe", "2024-04-07"),
    ("Australia/Lord_Howe", "2024-10-06"),
    // A date that did not happen.
    ("Pacific/Apia", "2011-12-30"),
    // A midnight that did not happen, and an hour after one and before one that happened twice.
    ("America/Havana", "2024-03-10"),
    ("America/Havana", "2024-11-03"),
    ("America/Sao_Paulo", "2018-02-17"),
    // Moved at one minute past midnight, back into the date before.
    ("America/St_Johns", "2006-10-29"),
];

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// A calendar, and an instant near what happens there.
#[derive(Debug, Clone)]
struct Place {
    spec: CalendarSpec,
    /// The midnight of the pivot in UTC.
    middle: i64,
}

impl Place {
    fn at(&self, seconds: i64) -> Timestamp {
        Timestamp::from_second(self.middle + seconds).unwrap()
    }
}

fn clock_time(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Mostly at full and half hours, where clocks are moved.
fn minutes(max: u16) -> impl Strategy<Value = u16> {
    prop_oneof![3 => (0..=max / 30).prop_map(|halves| halves * 30), 1 => 0..=max]
}

fn intervals(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Interval>> {
    let one = (minutes(23 * 60), prop_oneof![minutes(9 * 60), minutes(1440)]).prop_map(|(open, length)| {
        let close = open + length.max(1);
        (open, close)
    });
    prop::collection::vec(one, count).prop_map(|mut day| {
        day.sort_unstable();
        day.into_iter().map(|(open, close)| Interval::new(&clock_time(open), &clock_time(close))).collect()
    })
}

fn place() -> impl Strategy<Value = Place> {
    let week = prop::collection::vec(intervals(0..3), 7);
    let near = || -4_i32..=4;
    let special = (
        prop::collection::vec(near(), 0..3),
        prop::collection::btree_map(near(), intervals(1..3), 0..3),
        prop::collection::btree_map(near(), intervals(0..3), 0..3),
    );
    (select(PIVOTS), week, special).prop_filter_map("never opens", |((zone, pivot), week, special)| {
        let pivot: Date = pivot.parse().unwrap();
        let date = |days: i32| (pivot + days.days()).to_string();
        let mut spec = daily(zone, &[]);
        let days = &mut spec.weekly;
        let slots =
            [&mut days.mon, &mut days.tue, &mut days.wed, &mut days.thu, &mut days.fri, &mut days.sat, &mut days.sun];
        for (slot, hours) in slots.into_iter().zip(week) {
            *slot = hours;
        }
        let (holidays, makeup_days, overrides) = special;
        spec.holidays = holidays.into_iter().map(date).collect();
        spec.makeup_days = makeup_days.into_iter().map(|(days, hours)| (date(days), hours)).collect();
        spec.overrides = overrides.into_iter().map(|(days, hours)| (date(days), hours)).collect();
        let middle = pivot.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second();
        Calendar::compile(&spec).is_ok().then_some(Place { spec, middle })
    })
}

/// One that opens every week, so that clocks can run on it.
fn busy() -> impl Strategy<Value = Place> {
    place().prop_filter("closed all week", |place| place.spec.weekly != Weekly::default())
}

/// The same, and a promise that ends within the years that calendars know: a minute a week makes no nine days in them.
fn promised() -> impl Strategy<Value = (Place, i64)> {
    (busy(), 1..9 * DAY)
        .prop_filter("ends too late", |(place, target)| compile(&place.spec).add(place.at(-3 * DAY), *target).is_some())
}

/// Two weeks, minute by minute.
struct Walk {
    from: i64,
    open: Vec<bool>,
}

impl Walk {
    /// Reads the wall clock at every minute, and opens what lies between where the wall clock first shows an opening
    /// (or first is past it) and where it last shows the closing (or first is past it).
    fn through(place: &Place) -> Self {
        let zone = TimeZone::get(&place.spec.time_zone).unwrap();
        let from = place.middle - 7 * DAY;
        let shown: Vec<DateTime> =
            (0..14 * 1440).map(|i| zone.to_datetime(Timestamp::from_second(from + i * MINUTE).unwrap())).collect();
        let past = |local: DateTime| shown.iter().position(|shown| *shown > local).unwrap_or(shown.len());
        let first = |local: DateTime| shown.iter().position(|shown| *shown == local).unwrap_or_else(|| past(local));
        let last = |local: DateTime| shown.iter().rposition(|shown| *shown == local).unwrap_or_else(|| past(local));
        let mut open = vec![false; shown.len()];
        let middle = Timestamp::from_second(place.middle).unwrap().to_zoned(TimeZone::UTC).date();
        for date in (-9..9).map(|days: i32| middle + days.days()) {
            for Interval { open: opening, close: closing } in hours_on(&place.spec, date) {
                open.get_mut(first(local(date, opening))..last(local(date, closing))).unwrap_or_default().fill(true);
            }
        }
        Self { from, open }
    }

    /// Open seconds before an instant that lies in the two weeks.
    fn before(&self, t: Timestamp) -> i64 {
        let seconds = t.as_second() - self.from;
        let minute = usize::try_from(seconds / MINUTE).unwrap();
        let full = i64::try_from(self.open[..minute].iter().filter(|open| **open).count()).unwrap() * MINUTE;
        full + if self.open[minute] { seconds % MINUTE } else { 0 }
    }

    /// The first instant by which `n` more open seconds have passed, if it lies in the two weeks.
    fn after(&self, t: Timestamp, n: i64) -> Option<i64> {
        let mut left = self.before(t) + n;
        for (minute, _) in self.open.iter().enumerate().filter(|(_, open)| **open) {
            if left <= MINUTE {
                return Some(self.from + i64::try_from(minute).unwrap() * MINUTE + left);
            }
            left -= MINUTE;
        }
        None
    }
}

fn local(date: Date, time: &str) -> DateTime {
    let (hours, minutes) = time.split_once(':').unwrap();
    let minutes = hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap();
    date.at(0, 0, 0, 0) + SignedDuration::from_mins(minutes)
}

fn hours_on(spec: &CalendarSpec, date: Date) -> &[Interval] {
    let text = date.to_string();
    let week = &spec.weekly;
    let days = [&week.mon, &week.tue, &week.wed, &week.thu, &week.fri, &week.sat, &week.sun];
    match (spec.overrides.get(&text), spec.makeup_days.get(&text)) {
        (Some(hours), _) | (None, Some(hours)) => hours,
        (None, None) if spec.holidays.contains(&text) => &[],
        (None, None) => days[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap()],
    }
}

type Life = Vec<(i64, Happening)>;

/// Events within the week after a clock was born; some ask what cannot be.
fn events() -> impl Strategy<Value = Life> {
    let reason = || prop::option::of(select(vec!["parts".to_owned(), "requester".to_owned()]));
    let what = prop_oneof![
        4 => reason().prop_map(|reason| Happening::Pause { reason }),
        4 => reason().prop_map(|reason| Happening::Resume { reason }),
        2 => Just(Happening::Stop),
        2 => Just(Happening::Reopen),
        2 => (0_i64..400_000).prop_map(|seconds| Happening::Retarget { seconds }),
        1 => Just(Happening::Recalendar(compile(&daily("Asia/Shanghai", &[("10:00", "22:00")])))),
        1 => Just(Happening::Cancel),
        2 => Just(Happening::Restore),
        1 => Just(Happening::Breach),
        1 => Just(Happening::Excuse),
    ];
    // Not two in the same second: those stay in the order they came in.
    prop::collection::btree_map(0..7 * DAY, what, 0..12).prop_map(|events| events.into_iter().collect())
}

fn in_two_orders() -> impl Strategy<Value = (Life, Life)> {
    events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle()))
}

fn born(place: &Place, target: i64) -> Clock {
    Clock::start(compile(&place.spec), place.at(-3 * DAY), target).unwrap()
}

fn dated(place: &Place, events: &[(i64, Happening)]) -> Vec<Event> {
    let event = |(at, what): &(i64, Happening)| Event { at: place.at(at - 3 * DAY), by: None, what: what.clone() };
    events.iter().map(event).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn elapsed_and_add_are_what_a_walk_through_time_finds(
        place in place(), starts in prop::collection::vec(-4 * DAY..4 * DAY, 1..12), n in 1..3 * DAY
    ) {
        let (calendar, walk) = (compile(&place.spec), Walk::through(&place));
        for start in &starts {
            let a = place.at(*start);
            for b in starts.iter().map(|end| place.at(*end)).filter(|b| *b >= a) {
                prop_assert_eq!(calendar.elapsed(a, b), walk.before(b) - walk.before(a), "{} to {}", a, b);
            }
            if let Some(due) = walk.after(a, n) {
                prop_assert_eq!(calendar.add(a, n).map(|due| due.at.as_second()), Some(due), "{} and {}", a, n);
            }
        }
    }

    #[test]
    fn segments_tile_and_those_that_count_add_up(place in place(), a in -5 * DAY..5 * DAY, length in 0..400 * DAY) {
        let calendar = compile(&place.spec);
        let (a, b) = (place.at(a), place.at(a + length));
        let segments = calendar.segments(a, b);
        let mut at = a;
        for segment in &segments {
            prop_assert_eq!(segment.from, at);
            prop_assert!(segment.to > segment.from);
            at = segment.to;
            let open = calendar.elapsed(segment.from, segment.to);
            let whole = segment.to.as_second() - segment.from.as_second();
            prop_assert_eq!(open, if segment.kind.counts() { whole } else { 0 });
        }
        prop_assert_eq!(at, b);
        prop_assert!(segments.windows(2).all(|two| two[0].kind != two[1].kind));
    }
}

proptest! {
    #[test]
    fn elapsed_is_additive(place in place(), mut at in prop::array::uniform3(-900 * DAY..900 * DAY)) {
        at.sort_unstable();
        let (calendar, [a, b, c]) = (compile(&place.spec), at.map(|at| place.at(at)));
        prop_assert_eq!(calendar.elapsed(a, c), calendar.elapsed(a, b) + calendar.elapsed(b, c));
    }

    #[test]
    fn add_is_the_earliest_instant_with_so_much_elapsed(
        place in place(), t in -400 * DAY..400 * DAY, n in prop_oneof![0..2 * DAY, 0..500 * DAY]
    ) {
        let (calendar, t) = (compile(&place.spec), place.at(t));
        // Lists can leave so little open that 800 days pass.
        if let Some(due) = calendar.add(t, n) {
            prop_assert_eq!(calendar.elapsed(t, due.at), n);
            let before = Timestamp::from_second(due.at.as_second() - 1).unwrap();
            prop_assert!(n == 0 || calendar.elapsed(t, before) == n - 1, "not before {}", due.at);
            prop_assert!(n == 0 || due.at > t, "never the start");
        }
    }

    #[test]
    fn add_grows_with_the_target_and_never_falls_with_the_start(
        place in place(), t in -40 * DAY..40 * DAY, later in 0..3 * DAY, n in 0..9 * DAY, more in 1..3 * DAY
    ) {
        let calendar = compile(&place.spec);
        let add = |t, n| calendar.add(place.at(t), n).map(|due| due.at);
        if let (Some(due), Some(longer), Some(moved)) = (add(t, n), add(t, n + more), add(t + later, n)) {
            prop_assert!(longer > due);
            prop_assert!(moved >= due);
        }
    }

    #[test]
    fn a_promise_in_working_days_is_worth_its_seconds(place in place(), t in -40 * DAY..40 * DAY, n in 1_u32..30) {
        let (calendar, t) = (compile(&place.spec), place.at(t));
        if let Some(due) = calendar.add_working_days(t, n) {
            prop_assert!(due.at > t);
            let seconds = calendar.elapsed(t, due.at);
            prop_assert_eq!(calendar.add(t, seconds), Some(due));
            let next = calendar.add_working_days(t, n + 1);
            prop_assert!(next.is_none_or(|next| next.at.as_second() > due.at.as_second() - 2 * DAY));
        }
    }

    #[test]
    fn used_is_what_elapsed_while_running((place, target) in promised(), events in events()) {
        let mut clock = born(&place, target);
        let (mut used, mut since) = (0, clock.state.started_at);
        for Event { at, what, .. } in dated(&place, &events) {
            let (phase, calendar) = (clock.state.phase, Arc::clone(&clock.calendar));
            let view = clock.observe(at);
            clock.apply(at, &what);
            used += if phase == Phase::Running { calendar.elapsed(since, at) } else { 0 };
            since = at;
            prop_assert_eq!(view.used_seconds, used, "looked at {}", at);
            prop_assert_eq!(clock.observe(at).used_seconds, used, "after {:?} at {}", what, at);
            let has_deadline = clock.state.phase == Phase::Running && used <= clock.state.target_seconds;
            let late = clock.observe(at).breach.is_some();
            prop_assert!(late || clock.state.due_at.is_some() == has_deadline);
        }
    }

    #[test]
    fn no_event_takes_a_breach_away(place in busy(), events in events(), target in 1..3 * DAY) {
        let mut clock = born(&place, target);
        let mut breach = None;
        for Event { at, what, .. } in dated(&place, &events) {
            let seen = clock.observe(at).breach;
            let applied = clock.apply(at, &what);
            if breach.is_some() {
                prop_assert_eq!(clock.state.breach, breach);
                prop_assert_eq!(applied.breach, None, "told once");
            } else if applied.changed {
                prop_assert_eq!(applied.breach, clock.state.breach);
                prop_assert!(seen.is_none() || applied.breach == seen, "what was seen is what is recorded");
                prop_assert!(seen.is_some() || applied.breach.is_none_or(|b| b.cause == Cause::Retarget
                    || matches!(what, Happening::Breach)));
            }
            breach = clock.state.breach;
            let exceeded = clock.state.phase == Phase::Running && clock.observe(at).remaining_seconds < 0;
            prop_assert!(!exceeded || clock.observe(at).breach.is_some());
        }
    }

    #[test]
    fn a_replay_in_any_order_equals_the_cache(
        place in busy(), (events, shuffled) in in_two_orders(),
        target in 1..3 * DAY
    ) {
        let mut clock = born(&place, target);
        for Event { at, what, .. } in dated(&place, &events) {
            clock.apply(at, &what);
            // Between two events a clock is a row.
            let stored = serde_json::to_string(&clock.state).unwrap();
            let state: ClockState = serde_json::from_str(&stored).unwrap();
            clock = Clock { calendar: clock.calendar, state };
        }
        let steps = replay(born(&place, target), &dated(&place, &shuffled));
        prop_assert_eq!(steps.len(), events.len());
        let replayed = steps.last().map_or_else(|| born(&place, target).state, |step| step.clock.state.clone());
        prop_assert_eq!(replayed, clock.state);
    }

    /// Whoever looks for missed deadlines may come at any time, or not at all.
    #[test]
    fn noticing_a_breach_early_changes_nothing_later(
        place in busy(), events in events(), target in 1..3 * DAY, looks in prop::collection::vec(0..7 * DAY, 0..6)
    ) {
        let events: Vec<_> = events.into_iter().filter(|(_, what)| !matches!(what, Happening::Breach)).collect();
        let (mut watched, mut alone) = (born(&place, target), born(&place, target));
        let mut looks: Vec<Timestamp> = looks.into_iter().map(|at| place.at(at - 3 * DAY)).collect();
        looks.sort_unstable();
        for Event { at, what, .. } in dated(&place, &events) {
            for look in looks.iter().filter(|look| **look < at) {
                if let (None, Some(breach)) = (watched.state.breach, watched.observe(*look).breach) {
                    prop_assert!(watched.apply(breach.at, &Happening::Breach).changed);
                }
            }
            watched.apply(at, &what);
            alone.apply(at, &what);
            prop_assert_eq!(watched.observe(at), alone.observe(at));
        }
    }

    #[test]
    fn an_explanation_tiles_and_adds_up_to_what_is_used(
        (place, target) in promised(), events in events(), until in 0..9 * DAY
    ) {
        let (clock, events, until) = (born(&place, target), dated(&place, &events), place.at(until - 3 * DAY));
        let stretches = explain(clock.clone(), &events, until);
        let mut at = clock.state.started_at;
        for stretch in &stretches {
            prop_assert_eq!(stretch.from, at);
            prop_assert_eq!(stretch.seconds, stretch.to.as_second() - stretch.from.as_second());
            at = stretch.to;
        }
        prop_assert_eq!(at, until);
        let known: Vec<Event> = events.into_iter().filter(|event| event.at <= until).collect();
        let then = replay(clock.clone(), &known).pop().map_or(clock, |step| step.clock).observe(until);
        prop_assert_eq!(stretches.iter().filter(|s| s.counts).map(|s| s.seconds).sum::<i64>(), then.used_seconds);
    }

    #[test]
    fn a_warning_comes_when_its_share_is_used((place, target) in promised(), percent in 1_u32..250) {
        let clock = born(&place, target);
        if let Some(warning) = warnings::next(&clock, &[percent], None) {
            let used = clock.observe(warning.at).used_seconds;
            prop_assert!(used * 100 >= target * i64::from(percent));
            prop_assert!((used - 1) * 100 < target * i64::from(percent));
            prop_assert_eq!(percent > 100, clock.observe(warning.at).breach.is_some() || used > target);
        }
    }
}
