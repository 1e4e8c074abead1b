//! What is late, what is warned of, and what is told of it.

use yijian::sla::explain::{StretchKind, explain};
use yijian::sla::ledger::{Clock, Happening, replay};
use yijian::sla::rates::{FEW, Rate, Standing, Timeliness};
use yijian::sla::warnings;

use super::{HOUR, late};
use crate::sla::{PAUSE, RESUME, apply, at, calendar, event, ignores, mall, pause, resume, retarget};

#[test]
fn case_14_a_breach_stands_at_the_deadline_and_nothing_takes_it_away() {
    let mut clock = mall("03-05 10:00", HOUR);
    let noticed = apply(&mut clock, "03-05 15:00", &Happening::Breach);
    assert_eq!((noticed.at, noticed.breach), (at("03-05 11:00"), Some(late("03-05 11:00"))));
    ignores(&mut clock, "03-05 15:01", &Happening::Breach);
    for (text, what) in [
        ("03-05 15:02", PAUSE),
        ("03-05 15:03", retarget(100 * HOUR)),
        ("03-05 15:04", RESUME),
        ("03-05 15:05", Happening::Excuse),
        ("03-05 15:06", Happening::Recalendar(calendar("allday"))),
        ("03-05 15:07", Happening::Stop),
        ("03-05 15:08", Happening::Reopen),
        ("03-05 15:09", Happening::Cancel),
    ] {
        assert_eq!(apply(&mut clock, text, &what).breach, None, "recorded once");
        assert_eq!(clock.state.breach, Some(late("03-05 11:00")), "{what:?}");
    }
}

#[test]
fn case_14_it_cannot_arise_while_paused_and_a_later_pause_does_not_hide_it() {
    let mut clock = mall("03-05 10:00", HOUR);
    apply(&mut clock, "03-05 11:00", &PAUSE);
    ignores(&mut clock, "03-07 12:00", &Happening::Breach);
    assert_eq!(clock.observe(at("03-07 12:00")).breach, None, "paused on its deadline");
    let mut clock = mall("03-05 10:00", HOUR);
    let paused = apply(&mut clock, "03-05 11:01", &PAUSE);
    assert_eq!(paused.breach, Some(late("03-05 11:00")));
    assert_eq!(clock.observe(at("03-07 12:00")).breach, Some(late("03-05 11:00")));
}

#[test]
fn case_31_noticed_days_later_it_is_late_since_the_deadline() {
    let mut clock = mall("03-05 21:00", HOUR);
    let noticed = apply(&mut clock, "03-09 03:00", &Happening::Breach);
    assert_eq!((noticed.at, noticed.breach), (at("03-05 22:00"), Some(late("03-05 22:00"))));
    assert_eq!(clock.observe(at("03-06 11:00")).used_seconds, 2 * HOUR, "it goes on counting");
}

#[test]
fn case_31_a_stored_breach_folds_like_any_event() {
    let events = [event("03-05 11:00", "job", Happening::Breach), event("03-05 12:00", "li", Happening::Stop)];
    let told = replay(mall("03-05 10:00", HOUR), &events).pop().unwrap().clock.state;
    let untold = replay(mall("03-05 10:00", HOUR), &events[1..]).pop().unwrap().clock.state;
    assert_eq!(told, untold);
}

#[test]
fn case_33_between_deadline_and_detection_it_is_derived() {
    let clock = mall("03-05 10:00", HOUR);
    assert_eq!(clock.observe(at("03-05 11:00")).breach, None);
    let view = clock.observe(at("2024-03-05T11:00:01+08:00"));
    assert_eq!((view.breach, view.remaining_seconds), (Some(late("03-05 11:00")), -1));
    assert_eq!(clock.state.breach, None, "looking changes nothing");
}

#[test]
fn case_34_warnings_come_at_percents_of_the_target() {
    let clock = mall("03-05 20:00", 4 * HOUR);
    let next = |fired| warnings::next(&clock, &[150, 80, 50], fired).map(|warning| (warning.percent, warning.at));
    assert_eq!(next(None), Some((50, at("03-05 22:00"))));
    assert_eq!(next(Some(50)), Some((80, at("03-06 11:12"))));
    assert_eq!(next(Some(80)), Some((150, at("03-06 14:00"))), "an escalation counts on the same calendar");
    assert_eq!(next(Some(150)), None);
    let odd = mall("03-05 10:00", 101);
    let warning = warnings::next(&odd, &[50], None).unwrap();
    assert_eq!(warning.at, at("2024-03-05T10:00:51+08:00"), "never early");
}

#[test]
fn case_34_after_a_retarget_only_the_highest_of_those_passed_fires() {
    let mut clock = mall("03-05 10:00", 10 * HOUR);
    apply(&mut clock, "03-05 14:00", &retarget(5 * HOUR));
    let next = |fired| warnings::next(&clock, &[50, 75, 90], fired).map(|warning| (warning.percent, warning.at));
    assert_eq!(next(None), Some((75, at("03-05 14:00"))));
    assert_eq!(next(Some(75)), Some((90, at("03-05 14:30"))));
}

#[test]
fn case_34_silent_unless_it_runs() {
    let mut clock = mall("03-05 10:00", 10 * HOUR);
    for (what, warns) in [(PAUSE, false), (RESUME, true), (Happening::Stop, false), (Happening::Reopen, true)] {
        apply(&mut clock, "03-05 16:00", &what);
        assert_eq!(warnings::next(&clock, &[50], None).is_some(), warns, "{what:?}");
    }
}

#[test]
fn an_explanation_says_where_each_second_went() {
    use StretchKind::{Closed, Holiday, Makeup, Open, Paused, Resolved};
    let clock = Clock::start(calendar("office"), at("02-09 17:00"), 4 * HOUR).unwrap();
    let events = [
        event("02-18 10:30", "li", resume("parts")),
        event("02-18 09:30", "wang", pause("parts")),
        event("02-18 10:00", "system", retarget(3 * HOUR)),
        event("02-18 11:00", "li", Happening::Stop),
        event("02-19 09:00", "requester", Happening::Reopen),
        event("02-20 09:00", "later", Happening::Stop),
    ];
    let stretches = explain(clock, &events, at("02-19 10:00"));
    let told: Vec<_> = stretches.iter().map(|s| (s.kind, s.to, s.by.as_deref(), s.seconds, s.counts)).collect();
    assert_eq!(
        told,
        [
            (Open, at("02-09 18:00"), None, HOUR, true),
            (Closed, at("02-10 00:00"), None, 6 * HOUR, false),
            (Holiday, at("02-18 00:00"), None, 8 * 24 * HOUR, false),
            (Closed, at("02-18 09:00"), None, 9 * HOUR, false),
            (Makeup, at("02-18 09:30"), None, 1800, true),
            (Paused, at("02-18 10:30"), Some("wang"), HOUR, false),
            (Makeup, at("02-18 11:00"), None, 1800, true),
            (Resolved, at("02-19 09:00"), Some("li"), 22 * HOUR, false),
            (Open, at("02-19 10:00"), None, HOUR, true),
        ]
    );
    assert_eq!(stretches[5].reasons, ["parts"]);
    assert_eq!(stretches.iter().filter(|s| s.counts).map(|s| s.seconds).sum::<i64>(), 3 * HOUR);
}

#[test]
fn a_rate_states_its_denominator() {
    let clock = |events: &[(&str, Happening)]| {
        let mut clock = mall("03-05 10:00", HOUR);
        for (text, what) in events {
            apply(&mut clock, text, what);
        }
        clock
    };
    let now = at("03-05 10:30");
    let later = at("03-05 12:00");
    let stopped = [("03-05 10:10", Happening::Stop)];
    let too_late = [("03-05 11:30", Happening::Stop)];
    let excused = [("03-05 11:30", Happening::Excuse)];
    let standings = [
        Standing::of(&clock(&stopped), later),
        Standing::of(&clock(&too_late), later),
        Standing::of(&clock(&[]), now),
        Standing::of(&clock(&[]), later),
        Standing::of(&clock(&excused), later),
        Standing::of(&clock(&[("03-05 10:10", Happening::Cancel)]), later),
    ];
    let all = [
        Standing::Met,
        Standing::Late,
        Standing::OpenInTime,
        Standing::OpenLate,
        Standing::Excused,
        Standing::Excluded,
    ];
    assert_eq!(standings, all);
    let counts: Timeliness = standings.into_iter().collect();
    let shown = Timeliness { met: 1, late: 2, open_late: 1, open_in_time: 1, excused: 1, excluded: 1 };
    assert_eq!(counts, shown);
    assert_eq!(counts.rate(), Rate { numerator: 1, denominator: 3 });
    assert_eq!(counts.rate().value(), Some(1.0 / 3.0));
    assert!(!counts.rate().is_telling(FEW), "three cases trigger nothing");
    assert!(Rate { numerator: 0, denominator: 5 }.is_telling(FEW));
    assert_eq!(Timeliness::default().rate().value(), None);
    assert!(!Timeliness::default().rate().is_telling(0));
}
