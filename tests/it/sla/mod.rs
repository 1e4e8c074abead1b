//! The standards engine against worked cases, against each rule by name, and against a naive one that walks through
//! time minute by minute.

mod calendars;
mod cases;
mod holidays;
mod preview;
mod properties;
mod vectors;

use std::sync::Arc;

use jiff::Timestamp;

use yijian::sla::calendar::Calendar;
use yijian::sla::ledger::{Applied, Clock, Event, Happening};
use yijian::sla::spec::{CalendarSpec, Interval};

/// `MM-DD HH:MM` of 2024 in Shanghai, or any RFC 3339 text.
fn at(text: &str) -> Timestamp {
    if text.len() == 11 {
        return format!("2024-{}:00+08:00", text.replace(' ', "T")).parse().unwrap();
    }
    text.parse().unwrap()
}

fn interval((open, close): &(&str, &str)) -> Interval {
    Interval::new(open, close)
}

/// A calendar of the worked cases.
fn spec(name: &str) -> CalendarSpec {
    let mut file: serde_json::Value = serde_json::from_str(include_str!("../../data/sla_vectors.json")).unwrap();
    serde_json::from_value(file["calendars"][name].take()).unwrap()
}

fn calendar(name: &str) -> Arc<Calendar> {
    compile(&spec(name))
}

fn compile(spec: &CalendarSpec) -> Arc<Calendar> {
    Arc::new(Calendar::compile(spec).unwrap())
}

/// A calendar that opens the same hours every day.
fn daily(zone: &str, hours: &[(&str, &str)]) -> CalendarSpec {
    let day: Vec<Interval> = hours.iter().map(interval).collect();
    let mut spec = closed(zone);
    let week = &mut spec.weekly;
    for weekday in [&mut week.mon, &mut week.tue, &mut week.wed, &mut week.thu, &mut week.fri, &mut week.sat] {
        weekday.clone_from(&day);
    }
    week.sun = day;
    spec
}

/// A calendar that never opens.
fn closed(zone: &str) -> CalendarSpec {
    serde_json::from_value(serde_json::json!({ "time_zone": zone })).unwrap()
}

/// A clock of the mall, open 10:00 to 22:00 every day.
fn mall(start: &str, target: i64) -> Clock {
    Clock::start(calendar("mall"), at(start), target).unwrap()
}

fn pause(reason: &str) -> Happening {
    Happening::Pause { reason: Some(reason.to_owned()) }
}

fn resume(reason: &str) -> Happening {
    Happening::Resume { reason: Some(reason.to_owned()) }
}

const PAUSE: Happening = Happening::Pause { reason: None };
const RESUME: Happening = Happening::Resume { reason: None };

fn retarget(seconds: i64) -> Happening {
    Happening::Retarget { seconds }
}

fn event(text: &str, by: &str, what: Happening) -> Event {
    Event { at: at(text), by: Some(by.to_owned()), what }
}

/// Lets something happen that must mean something.
fn apply(clock: &mut Clock, text: &str, what: &Happening) -> Applied {
    let applied = clock.apply(at(text), what);
    assert!(applied.changed, "{text} {what:?}");
    applied
}

/// Lets something happen that must mean nothing.
fn ignores(clock: &mut Clock, text: &str, what: &Happening) {
    let before = clock.state.clone();
    let applied = clock.apply(at(text), what);
    assert!(!applied.changed && applied.breach.is_none(), "{text} {what:?}");
    assert_eq!(clock.state, before, "{text} {what:?}");
}
