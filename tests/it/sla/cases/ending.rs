//! When a clock stops, is cancelled, and goes on after all.

use yijian::sla::ledger::{Happening, Phase, replay};
use yijian::sla::rates::Standing;

use super::{HOUR, late};
use crate::sla::{PAUSE, RESUME, apply, at, calendar, event, ignores, mall, pause, retarget};

#[test]
fn case_04_of_answers_that_arrive_out_of_order_the_earliest_counts() {
    let events = [event("03-05 12:00", "second", Happening::Stop), event("03-05 10:30", "first", Happening::Stop)];
    let steps = replay(mall("03-05 10:00", HOUR), &events);
    assert_eq!(steps.iter().map(|step| step.applied.changed).collect::<Vec<_>>(), [true, false]);
    let clock = &steps[1].clock;
    assert_eq!((clock.state.since, clock.state.used_seconds, clock.state.breach), (at("03-05 10:30"), 1800, None));
}

#[test]
fn case_13_stopped_on_the_deadline_is_met_and_after_it_late() {
    let stop_at = |text: &str| {
        let mut clock = mall("03-05 21:00", HOUR);
        assert_eq!(clock.state.due_at, Some(at("03-05 22:00")));
        let stopped = apply(&mut clock, text, &Happening::Stop);
        assert_eq!(stopped.breach, clock.state.breach);
        (clock.state.used_seconds, stopped.breach)
    };
    assert_eq!(stop_at("03-05 22:00"), (HOUR, None));
    assert_eq!(stop_at("2024-03-05T22:00:00.999+08:00"), (HOUR, None), "seconds are whole");
    assert_eq!(stop_at("2024-03-05T22:00:01+08:00"), (HOUR, Some(late("03-05 22:00"))));
    assert_eq!(stop_at("03-05 23:00"), (HOUR, Some(late("03-05 22:00"))), "no open second has passed, and yet");
}

#[test]
fn case_15_after_resolving_nothing_counts_any_more() {
    let mut clock = mall("03-05 10:00", HOUR);
    apply(&mut clock, "03-05 10:30", &Happening::Stop);
    for what in [Happening::Stop, PAUSE, RESUME, Happening::Breach, Happening::Excuse] {
        ignores(&mut clock, "03-08 12:00", &what);
    }
    let view = clock.observe(at("03-09 12:00"));
    assert_eq!((view.phase, view.used_seconds, view.due_at, view.breach), (Phase::Stopped, 1800, None, None));
}

#[test]
fn case_16_stopped_while_paused_it_forgets_its_reasons() {
    let mut clock = mall("03-05 10:00", 4 * HOUR);
    apply(&mut clock, "03-05 11:00", &pause("parts"));
    apply(&mut clock, "03-05 12:00", &Happening::Stop);
    assert!(clock.state.reasons.is_empty());
    apply(&mut clock, "03-05 13:00", &Happening::Reopen);
    assert_eq!((clock.state.phase, clock.state.due_at), (Phase::Running, Some(at("03-05 16:00"))));
}

#[test]
fn case_17_reopened_the_same_clock_goes_on_without_the_resolved_span() {
    let mut clock = mall("03-05 10:00", 4 * HOUR);
    ignores(&mut clock, "03-05 10:10", &Happening::Reopen);
    apply(&mut clock, "03-05 12:00", &Happening::Stop);
    apply(&mut clock, "03-07 10:00", &Happening::Reopen);
    let state = &clock.state;
    assert_eq!((state.episode, state.used_seconds, state.due_at), (1, 2 * HOUR, Some(at("03-07 12:00"))));
    apply(&mut clock, "03-07 13:00", &Happening::Stop);
    apply(&mut clock, "03-08 10:00", &Happening::Reopen);
    assert_eq!((clock.state.episode, clock.state.breach), (2, Some(late("03-07 12:00"))), "an old breach stays");
    assert_eq!(clock.state.due_at, None, "more is used than there was");
}

#[test]
fn case_18_what_is_cancelled_never_goes_on() {
    let mut clock = mall("03-05 10:00", HOUR);
    apply(&mut clock, "03-05 10:30", &Happening::Cancel);
    let all = [
        PAUSE,
        RESUME,
        Happening::Stop,
        Happening::Reopen,
        retarget(7 * HOUR),
        Happening::Recalendar(calendar("allday")),
        Happening::Cancel,
        Happening::Breach,
        Happening::Excuse,
    ];
    for what in all {
        ignores(&mut clock, "03-06 12:00", &what);
    }
}

#[test]
fn case_23_cancelled_it_keeps_its_start_and_what_it_used() {
    let mut clock = mall("03-05 10:00", 4 * HOUR);
    apply(&mut clock, "03-05 11:00", &pause("parts"));
    apply(&mut clock, "03-05 12:00", &Happening::Cancel);
    let state = &clock.state;
    assert_eq!((state.phase, state.started_at, state.used_seconds), (Phase::Cancelled, at("03-05 10:00"), HOUR));
    assert_eq!((state.due_at, state.reasons.len()), (None, 0));
}

#[test]
fn case_28_what_is_restored_has_used_and_missed_what_it_had() {
    let mut clock = mall("03-05 10:00", 4 * HOUR);
    ignores(&mut clock, "03-05 10:30", &Happening::Restore);
    apply(&mut clock, "03-05 11:00", &Happening::Cancel);
    apply(&mut clock, "03-06 11:00", &Happening::Restore);
    let state = &clock.state;
    assert_eq!((state.phase, state.used_seconds, state.due_at), (Phase::Running, HOUR, Some(at("03-06 14:00"))));
    assert_eq!((state.episode, state.breach), (0, None));
    apply(&mut clock, "03-06 15:00", &Happening::Cancel);
    apply(&mut clock, "03-07 15:00", &Happening::Restore);
    assert_eq!((clock.state.used_seconds, clock.state.due_at), (5 * HOUR, None));
    assert_eq!(clock.state.breach, Some(late("03-06 14:00")));
    assert_eq!(Standing::of(&clock, at("03-07 16:00")), Standing::OpenLate);
}

#[test]
fn case_28_and_30_cancelled_clocks_are_in_no_rate_even_if_late() {
    let mut clock = mall("03-05 10:00", HOUR);
    let cancelled = apply(&mut clock, "03-05 12:00", &Happening::Cancel);
    assert_eq!(cancelled.breach, Some(late("03-05 11:00")), "it was late by then");
    assert_eq!(Standing::of(&clock, at("03-06 12:00")), Standing::Excluded);
    let mut clock = mall("03-05 10:00", HOUR);
    apply(&mut clock, "03-05 10:30", &Happening::Stop);
    apply(&mut clock, "03-05 10:40", &Happening::Cancel);
    assert_eq!(Standing::of(&clock, at("03-06 12:00")), Standing::Excluded, "withdrawn after the first answer");
}
