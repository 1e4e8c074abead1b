//! The rules of a clock, one test each, by the number they have in the standard's description.
//!
//! Rules about who may do what, and about several clocks at once, are the business of whoever uses the engine.

use std::sync::Arc;

use yijian::sla::explain::{StretchKind, explain};
use yijian::sla::ledger::{Breach, Cause, Clock, ClockState, Happening, Phase, replay};
use yijian::sla::rates::{FEW, Rate, Standing, Timeliness};
use yijian::sla::warnings;

use super::{PAUSE, RESUME, apply, at, calendar, compile, event, ignores, mall, pause, resume, retarget, spec};

const HOUR: i64 = 3600;

fn late(text: &str) -> Breach {
    Breach { at: at(text), cause: Cause::Deadline }
}

#[test]
fn case_02_before_opening_it_runs_using_nothing() {
    let clock = mall("03-05 07:00", HOUR);
    let view = clock.observe(at("03-05 09:59"));
    assert_eq!((view.phase, view.used_seconds, view.due_at), (Phase::Running, 0, Some(at("03-05 11:00"))));
    assert_eq!(clock.observe(at("03-05 10:01")).used_seconds, 60);
}

#[test]
fn case_04_of_answers_that_arrive_out_of_order_the_earliest_counts() {
    let events = [event("03-05 12:00", "second", Happening::Stop), event("03-05 10:30", "first", Happening::Stop)];
    let steps = replay(mall("03-05 10:00", HOUR), &events);
    assert_eq!(steps.iter().map(|step| step.applied.changed).collect::<Vec<_>>(), [true, false]);
    let clock = &steps[1].clock;
    assert_eq!((clock.state.since, clock.state.used_seconds, clock.state.breach), (at("03-05 10:30"), 1800, None));
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
fn case_23_cancelled_it_keeps_its_start_and_what_it_used() {
    let mut clock = mall("03-05 10:00", 4 * HOUR);
    apply(&mut clock, "03-05 11:00", &pause("parts"));
    apply(&mut clock, "03-05 12:00", &Happening::Cancel);
    let state = &clock.state;
    assert_eq!((state.phase, state.started_at, state.used_seconds), (Phase::Cancelled, at("03-05 10:00"), HOUR));
    assert_eq!((state.due_at, state.reasons.len()), (None, 0));
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

#[test]
fn a_clock_needs_a_calendar_that_opens_in_time() {
    let mut far = super::closed("Asia/Shanghai");
    far.overrides.insert("2027-01-01".to_owned(), vec![super::interval(&("10:00", "11:00"))]);
    let far = compile(&far);
    assert!(Clock::start(Arc::clone(&far), at("03-05 10:00"), HOUR).is_none());
    let mut clock = mall("03-05 10:00", HOUR);
    apply(&mut clock, "03-05 10:30", &Happening::Recalendar(far));
    assert_eq!((clock.state.phase, clock.state.due_at, clock.state.breach), (Phase::Running, None, None));
    apply(&mut clock, "03-05 10:40", &Happening::Recalendar(calendar("mall")));
    assert_eq!(clock.state.due_at, Some(at("03-05 11:10")));
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
