//! When a clock runs and when it waits.

use std::sync::Arc;

use yijian::sla::ledger::{Breach, Cause, Clock, ClockState, Happening, Phase};

use super::HOUR;
use crate::sla::{PAUSE, RESUME, apply, at, ignores, mall, pause, resume, retarget};

#[test]
fn case_02_before_opening_it_runs_using_nothing() {
    let clock = mall("03-05 07:00", HOUR);
    let view = clock.observe(at("03-05 09:59"));
    assert_eq!((view.phase, view.used_seconds, view.due_at), (Phase::Running, 0, Some(at("03-05 11:00"))));
    assert_eq!(clock.observe(at("03-05 10:01")).used_seconds, 60);
}

#[test]
fn case_06_a_paused_clock_uses_nothing_and_has_no_deadline() {
    let mut clock = mall("03-05 10:00", 4 * HOUR);
    apply(&mut clock, "03-05 11:00", &pause("parts"));
    let view = clock.observe(at("03-09 12:00"));
    assert_eq!((view.phase, view.used_seconds, view.due_at, view.breach), (Phase::Paused, HOUR, None, None));
    apply(&mut clock, "03-09 12:00", &RESUME);
    assert_eq!(clock.state.due_at, Some(at("03-09 15:00")));
    ignores(&mut clock, "03-09 12:30", &RESUME);
}

#[test]
fn case_07_it_runs_again_when_the_last_reason_ends() {
    let mut clock = mall("03-05 10:00", 4 * HOUR);
    apply(&mut clock, "03-05 11:00", &pause("parts"));
    apply(&mut clock, "03-05 11:30", &pause("requester"));
    ignores(&mut clock, "03-05 11:40", &pause("parts"));
    ignores(&mut clock, "03-05 11:50", &resume("weather"));
    apply(&mut clock, "03-05 12:00", &resume("parts"));
    assert_eq!((clock.state.phase, clock.state.due_at), (Phase::Paused, None));
    apply(&mut clock, "03-05 13:00", &resume("requester"));
    assert_eq!((clock.state.phase, clock.state.due_at), (Phase::Running, Some(at("03-05 16:00"))));
    assert_eq!(clock.state.used_seconds, HOUR);
}

#[test]
fn case_07_resuming_without_a_reason_ends_all_and_a_nameless_pause_counts_once() {
    let mut clock = mall("03-05 10:00", 4 * HOUR);
    apply(&mut clock, "03-05 11:00", &PAUSE);
    ignores(&mut clock, "03-05 11:10", &PAUSE);
    apply(&mut clock, "03-05 11:20", &pause("parts"));
    apply(&mut clock, "03-05 11:30", &RESUME);
    assert_eq!((clock.state.phase, clock.state.reasons.len()), (Phase::Running, 0));
}

#[test]
fn case_08_a_pause_outside_hours_costs_and_gains_nothing() {
    let mut clock = mall("03-05 21:00", 2 * HOUR);
    let due = clock.state.due_at;
    apply(&mut clock, "03-05 22:30", &PAUSE);
    apply(&mut clock, "03-06 09:00", &RESUME);
    assert_eq!((clock.state.used_seconds, clock.state.due_at), (HOUR, due));
}

#[test]
fn case_11_resuming_gives_what_is_left() {
    let mut clock = mall("03-05 10:00", 4 * HOUR);
    apply(&mut clock, "03-05 13:00", &PAUSE);
    let resumed = apply(&mut clock, "03-05 21:30", &RESUME);
    assert_eq!((clock.state.due_at, resumed.breach), (Some(at("03-06 10:30")), None));
}

#[test]
fn case_11_with_nothing_left_it_is_due_at_once_and_with_less_it_is_late_at_once() {
    let mut clock = mall("03-05 10:00", HOUR);
    apply(&mut clock, "03-05 11:00", &PAUSE);
    apply(&mut clock, "03-05 15:00", &RESUME);
    assert_eq!((clock.state.due_at, clock.state.breach), (Some(at("03-05 15:00")), None));
    apply(&mut clock, "03-05 15:00", &PAUSE);
    apply(&mut clock, "03-05 16:00", &retarget(HOUR - 1));
    let resumed = apply(&mut clock, "03-05 17:00", &RESUME);
    assert_eq!(resumed.breach, Some(Breach { at: at("03-05 17:00"), cause: Cause::Retarget }));
    assert_eq!(clock.state.due_at, None);
}

#[test]
fn case_12_an_appointment_is_a_pause_until_its_window_opens() {
    let mut clock = mall("03-05 10:00", 2 * HOUR);
    apply(&mut clock, "03-05 10:30", &pause("appointment"));
    apply(&mut clock, "03-08 14:00", &resume("appointment"));
    assert_eq!((clock.state.used_seconds, clock.state.due_at), (1800, Some(at("03-08 15:30"))));
}

#[test]
fn case_35_a_clock_that_goes_backwards_does_not_take_time_back() {
    let mut clock = mall("03-05 10:00", 4 * HOUR);
    apply(&mut clock, "03-05 12:00", &PAUSE);
    let resumed = apply(&mut clock, "03-05 11:00", &RESUME);
    assert_eq!(resumed.at, at("03-05 12:00"));
    assert_eq!((clock.state.used_seconds, clock.state.due_at), (2 * HOUR, Some(at("03-05 14:00"))));
    assert_eq!(clock.observe(at("03-05 09:00")).used_seconds, 2 * HOUR);
    let early = apply(&mut mall("03-05 10:00", HOUR), "03-05 09:00", &Happening::Stop);
    assert_eq!(early.at, at("03-05 10:00"));
}

#[test]
fn a_clock_can_be_put_away_and_taken_up_again() {
    let mut clock = mall("03-05 10:00", HOUR);
    apply(&mut clock, "03-05 12:00", &pause("parts"));
    let stored = serde_json::to_string(&clock.state).unwrap();
    let state: ClockState = serde_json::from_str(&stored).unwrap();
    assert_eq!(state, clock.state);
    let mut again = Clock { calendar: Arc::clone(&clock.calendar), state };
    apply(&mut again, "03-05 13:00", &RESUME);
    apply(&mut clock, "03-05 13:00", &RESUME);
    assert_eq!(again.state, clock.state);
}
