//! Another target and another calendar.

use std::sync::Arc;

use yijian::sla::ledger::{Breach, Cause, Clock, Happening, Phase};

use super::{HOUR, late};
use crate::sla::{PAUSE, RESUME, apply, at, calendar, closed, compile, ignores, interval, mall, retarget, spec};

#[test]
fn case_20_a_shorter_target_keeps_what_is_used() {
    let mut clock = mall("03-05 10:00", 8 * HOUR);
    let raised = apply(&mut clock, "03-05 11:00", &retarget(2 * HOUR));
    assert_eq!((clock.state.due_at, raised.breach), (Some(at("03-05 12:00")), None));
    let raised = apply(&mut clock, "03-05 11:30", &retarget(HOUR));
    assert_eq!(raised.breach, Some(Breach { at: at("03-05 11:30"), cause: Cause::Retarget }));
    assert_eq!((clock.state.used_seconds, clock.state.due_at), (5400, None));
}

#[test]
fn case_20_a_target_just_used_up_is_due_now_and_not_late() {
    let mut clock = mall("03-05 10:00", 8 * HOUR);
    apply(&mut clock, "03-05 11:00", &retarget(HOUR));
    assert_eq!((clock.state.due_at, clock.state.breach), (Some(at("03-05 11:00")), None));
}

#[test]
fn case_20_the_old_deadline_is_judged_before_the_new_target() {
    let mut clock = mall("03-05 10:00", 2 * HOUR);
    let raised = apply(&mut clock, "03-05 13:00", &retarget(HOUR));
    assert_eq!(raised.breach, Some(late("03-05 12:00")));
}

#[test]
fn case_20_while_paused_or_stopped_it_is_judged_when_it_runs_again() {
    for (halt, go) in [(PAUSE, RESUME), (Happening::Stop, Happening::Reopen)] {
        let mut clock = mall("03-05 10:00", 8 * HOUR);
        apply(&mut clock, "03-05 13:00", &halt);
        let raised = apply(&mut clock, "03-05 14:00", &retarget(2 * HOUR));
        assert_eq!((raised.breach, clock.state.due_at), (None, None));
        let gone_on = apply(&mut clock, "03-05 15:00", &go);
        assert_eq!(gone_on.breach, Some(Breach { at: at("03-05 15:00"), cause: Cause::Retarget }));
    }
}

#[test]
fn case_21_a_longer_target_moves_the_deadline_out_and_an_old_breach_stays() {
    let mut clock = mall("03-05 10:00", HOUR);
    apply(&mut clock, "03-05 10:30", &retarget(2 * HOUR));
    assert_eq!((clock.state.due_at, clock.state.breach), (Some(at("03-05 12:00")), None));
    apply(&mut clock, "03-05 13:00", &retarget(5 * HOUR));
    assert_eq!((clock.state.due_at, clock.state.breach), (Some(at("03-05 15:00")), Some(late("03-05 12:00"))));
}

#[test]
fn case_22_the_same_target_again_changes_nothing_and_another_category_brings_its_calendar() {
    let mut clock = mall("03-05 10:00", 2 * HOUR);
    ignores(&mut clock, "03-05 10:30", &retarget(2 * HOUR));
    apply(&mut clock, "03-05 11:30", &Happening::Recalendar(calendar("office")));
    apply(&mut clock, "03-05 11:30", &retarget(3 * HOUR));
    // Half an hour to lunch, one after it.
    assert_eq!((clock.state.used_seconds, clock.state.due_at), (5400, Some(at("03-05 14:30"))));
}

#[test]
fn case_25_another_calendar_moves_the_deadline_and_not_what_is_used() {
    let mut clock = mall("03-05 20:00", 4 * HOUR);
    let mut edited = spec("mall");
    edited.overrides.insert("2024-03-06".to_owned(), Vec::new());
    let edited = compile(&edited);
    apply(&mut clock, "03-05 21:00", &Happening::Recalendar(edited));
    assert_eq!((clock.state.used_seconds, clock.state.due_at), (HOUR, Some(at("03-07 12:00"))));
}

#[test]
fn case_25_a_missed_deadline_stays_where_it_was_and_can_be_excused() {
    let mut clock = mall("03-05 10:00", HOUR);
    ignores(&mut clock, "03-05 10:30", &Happening::Excuse);
    apply(&mut clock, "03-05 12:00", &Happening::Recalendar(calendar("allday")));
    assert_eq!((clock.state.due_at, clock.state.used_seconds), (Some(at("03-05 11:00")), 2 * HOUR));
    apply(&mut clock, "03-05 12:30", &Happening::Excuse);
    assert_eq!((clock.state.excused, clock.state.breach), (true, Some(late("03-05 11:00"))));
    ignores(&mut clock, "03-05 12:31", &Happening::Excuse);
}

#[test]
fn case_25_what_passed_already_changes_nothing() {
    let mut clock = mall("03-05 20:00", 4 * HOUR);
    let mut edited = spec("mall");
    edited.overrides.insert("2024-03-04".to_owned(), Vec::new());
    apply(&mut clock, "03-05 21:00", &Happening::Recalendar(compile(&edited)));
    assert_eq!((clock.state.used_seconds, clock.state.due_at), (HOUR, Some(at("03-06 12:00"))));
}

#[test]
fn a_clock_needs_a_calendar_that_opens_in_time() {
    let mut far = closed("Asia/Shanghai");
    far.overrides.insert("2027-01-01".to_owned(), vec![interval(&("10:00", "11:00"))]);
    let far = compile(&far);
    assert!(Clock::start(Arc::clone(&far), at("03-05 10:00"), HOUR).is_none());
    let mut clock = mall("03-05 10:00", HOUR);
    apply(&mut clock, "03-05 10:30", &Happening::Recalendar(far));
    assert_eq!((clock.state.phase, clock.state.due_at, clock.state.breach), (Phase::Running, None, None));
    apply(&mut clock, "03-05 10:40", &Happening::Recalendar(calendar("mall")));
    assert_eq!(clock.state.due_at, Some(at("03-05 11:10")));
}
