//! What the standards engine costs: `cargo bench --bench sla`.
//!
//! Each row is the best of several rounds, in time per call: on a busy machine the best is what the code costs, and the
//! rest is what the machine does besides. It reports and never fails for being slow.

#![allow(clippy::expect_used, reason = "a measurement that meets an unexpected answer shall stop at the spot")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use yijian::sla::calendar::Calendar;
use yijian::sla::holidays::shipped;
use yijian::sla::ledger::{Clock, Event, Happening, replay};
use yijian::sla::spec::{CalendarSpec, Interval};

const ROUNDS: u32 = 30;
const ROUND: Duration = Duration::from_millis(20);
/// 250 working days of seven and a half hours.
const A_YEAR: i64 = 250 * 27_000;

fn main() {
    if !std::env::args().any(|arg| arg == "--bench") {
        // `cargo test --all-targets` runs this too, and wants no figures.
        eprintln!("This is a benchmark: cargo bench");
        return;
    }
    let spec = office();
    let calendar = Arc::new(Calendar::compile(&spec).expect("a calendar"));
    let start: Timestamp = "2025-03-05T02:30:00Z".parse().expect("an instant");
    let due = calendar.add(start, A_YEAR).expect("a deadline").at;
    let born = Clock::start(Arc::clone(&calendar), start, 54_000).expect("a clock");
    let events = events(start);
    let (half_year, day) = (SignedDuration::from_hours(183 * 24), SignedDuration::from_hours(24));

    println!("{:<58} {:>12}", "the standards engine, an office calendar", "a call");
    row("add: a year of working time", || calendar.add(black_box(start), black_box(A_YEAR)));
    row("add: four hours", || calendar.add(black_box(start), black_box(14_400)));
    row("elapsed: over the same year", || calendar.elapsed(black_box(start), black_box(due)));
    row("add_working_days: 5", || calendar.add_working_days(black_box(start), black_box(5)));
    row("segments: half a year", || calendar.segments(black_box(start), start + half_year));
    row("segments: a day", || calendar.segments(black_box(start), start + day));
    row("replay: a ledger of 10 events", || replay(born.clone(), black_box(&events)));
    row("observe: a running clock", || born.observe(black_box(due)));
    row("compile: check a calendar, no year worked out", || Calendar::compile(black_box(&spec)));
    row("compile, and the first add across a year", || {
        Calendar::compile(black_box(&spec)).map(|calendar| calendar.add(start, A_YEAR))
    });
}

fn row<T>(name: &str, mut call: impl FnMut() -> T) {
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let (begin, mut calls) = (Instant::now(), 0_u32);
        while begin.elapsed() < ROUND {
            // So many that looking at the time costs next to nothing.
            for _ in 0..64 {
                black_box(call());
            }
            calls += 64;
        }
        best = best.min(begin.elapsed().as_secs_f64() / f64::from(calls));
    }
    println!("{name:<58} {:>9.3} µs", best * 1e6);
}

/// Nine to noon and half past one to six from Monday to Friday, with the public holidays of two years.
fn office() -> CalendarSpec {
    let day = vec![Interval::new("09:00", "12:00"), Interval::new("13:30", "18:00")];
    let mut spec: CalendarSpec = serde_json::from_str(r#"{"time_zone": "Asia/Shanghai"}"#).expect("a calendar");
    let week = &mut spec.weekly;
    for weekday in [&mut week.mon, &mut week.tue, &mut week.wed, &mut week.thu, &mut week.fri] {
        weekday.clone_from(&day);
    }
    let years = [2025, 2026].into_iter().filter_map(shipped);
    years.fold(spec, |spec, list| spec.with_year(list, &day))
}

/// Pauses and resumptions, a reopening and new targets, five hours apart.
fn events(start: Timestamp) -> Vec<Event> {
    let reason = || Some("parts".to_owned());
    let happenings = [
        Happening::Pause { reason: reason() },
        Happening::Resume { reason: reason() },
        Happening::Retarget { seconds: 72_000 },
        Happening::Pause { reason: None },
        Happening::Resume { reason: None },
        Happening::Stop,
        Happening::Reopen,
        Happening::Retarget { seconds: 36_000 },
        Happening::Excuse,
        Happening::Stop,
    ];
    let hours = (1_i64..).map(|i| SignedDuration::from_hours(5 * i));
    let event = |(what, after): (Happening, SignedDuration)| Event { at: start + after, by: None, what };
    happenings.into_iter().zip(hours).map(event).collect()
}
