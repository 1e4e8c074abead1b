//! What a rental costs, figure by figure.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use proptest::prelude::*;
use yijian::rental::fees::fee;
use yijian::rental::near;
use yijian::rental::policy::{Borrowers, Deposit, FeeRule, Policy, Returns};

fn policy(free_seconds: i32, rule: Option<(i32, i32, Option<i32>)>, replacement_fen: i32) -> Policy {
    Policy {
        borrowers: Borrowers::Anyone,
        most_at_once: 1,
        asks_age: false,
        free_seconds,
        longest_seconds: 86_400,
        extension_seconds: 0,
        remind_before_seconds: 3600,
        fee: rule.map(|(step_seconds, step_fen, daily_cap_fen)| FeeRule { step_seconds, step_fen, daily_cap_fen }),
        replacement_fen,
        lost_after_days: 7,
        deposit: Deposit::None,
        deposit_fen: 0,
        returns: Returns::AnyStation,
        is_checked: false,
    }
}

fn local(text: &str, zone: &str) -> Timestamp {
    format!("{text}[{zone}]").parse::<Zoned>().expect("a time").timestamp()
}

/// Five minutes free, then 2 yuan for each hour begun, 20 yuan a day at most, 99 yuan at all.
fn power_bank() -> Policy {
    policy(300, Some((3600, 200, Some(2000))), 9900)
}

#[test]
fn free_time_steps_and_caps() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str, i64)] = &[
        // From                To                     What                                                    Fen
        ("2026-11-22T10:00:00", "2026-11-22T10:00:00", "nothing passed",                                        0),
        ("2026-11-22T10:00:00", "2026-11-22T10:05:00", "the free time to its last second",                      0),
        ("2026-11-22T10:00:00", "2026-11-22T10:05:01", "one second more begins a step",                       200),
        ("2026-11-22T10:00:00", "2026-11-22T11:05:00", "a whole step",                                        200),
        ("2026-11-22T10:00:00", "2026-11-22T11:05:01", "the second step begins",                              400),
        ("2026-11-22T10:00:00", "2026-11-22T13:05:00", "three steps",                                         600),
        ("2026-11-22T00:00:00", "2026-11-22T10:05:00", "ten steps are the day's cap",                        2000),
        ("2026-11-22T00:00:00", "2026-11-22T23:00:00", "the cap holds for the day",                          2000),
        ("2026-11-22T23:55:00", "2026-11-23T00:00:00", "free until midnight",                                    0),
        ("2026-11-22T23:55:00", "2026-11-23T01:00:00", "a step that begins with the day",                     200),
        ("2026-11-22T22:55:00", "2026-11-23T01:00:00", "one step of each day",                                400),
        ("2026-11-22T10:00:00", "2026-11-23T10:00:00", "14 steps capped, then 10 of the next, capped",       4000),
        ("2026-11-22T10:00:00", "2026-11-26T09:00:00", "five days, the last with nine steps",                9800),
        ("2026-11-22T10:00:00", "2026-11-26T12:00:00", "never more than the thing costs",                    9900),
        ("2026-11-22T10:00:00", "2027-11-22T10:00:00", "not even after a year",                              9900),
    ];
    let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
    for (from, until, what, fen) in cases {
        let (from, until) = (local(from, "Asia/Shanghai"), local(until, "Asia/Shanghai"));
        assert_eq!(fee(&power_bank(), &zone, from, until), *fen, "{what}");
    }
}

#[test]
fn a_fraction_of_a_second_begins_a_step() {
    let zone = TimeZone::UTC;
    let from: Timestamp = "2026-11-22T10:00:00Z".parse().expect("a time");
    let just_over = from + SignedDuration::from_millis(300_001);
    assert_eq!(fee(&power_bank(), &zone, from, from + SignedDuration::from_secs(300)), 0);
    assert_eq!(fee(&power_bank(), &zone, from, just_over), 200);
}

#[test]
fn a_day_has_as_many_hours_as_it_has() {
    // Berlin, 29 March 2026: 23 hours. 25 October 2026: 25 hours.
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    let hourly = policy(0, Some((3600, 100, None)), 1_000_000);
    let capped = policy(0, Some((3600, 100, Some(500))), 1_000_000);
    let day = |date: &str, next: &str| {
        (local(&format!("{date}T00:00:00"), "Europe/Berlin"), local(&format!("{next}T00:00:00"), "Europe/Berlin"))
    };
    let (from, until) = day("2026-03-29", "2026-03-30");
    assert_eq!(fee(&hourly, &zone, from, until), 2300);
    assert_eq!(fee(&capped, &zone, from, until), 500);
    let (from, until) = day("2026-10-25", "2026-10-26");
    assert_eq!(fee(&hourly, &zone, from, until), 2500);
    assert_eq!(fee(&capped, &zone, from, until), 500);
    // From noon before to noon after the short night: 23 hours, eleven or twelve of them on each side, each day capped.
    let (from, until) = (local("2026-03-28T12:00:00", "Europe/Berlin"), local("2026-03-29T12:00:00", "Europe/Berlin"));
    assert_eq!(fee(&hourly, &zone, from, until), 2300);
    assert_eq!(fee(&capped, &zone, from, until), 1000);
}

#[test]
fn what_costs_nothing_costs_nothing() {
    let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
    let from: Timestamp = "2026-11-22T02:00:00Z".parse().expect("a time");
    assert_eq!(fee(&policy(0, None, 5000), &zone, from, from + SignedDuration::from_hours(1000)), 0);
}

proptest! {
    /// The same, counted step by step.
    #[test]
    fn the_arithmetic_agrees_with_counting(
        free in 0_i32..7200, step in 60_i32..90_000, price in 1_i32..5000, cap in prop::option::of(1_i32..20_000),
        most in 1_i32..200_000, start in 0_i64..40_000_000, length in 0_i64..2_000_000,
    ) {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let from = Timestamp::from_second(1_760_000_000 + start).expect("a time");
        let until = from + SignedDuration::from_secs(length);
        let mut days: std::collections::BTreeMap<jiff::civil::Date, i64> = std::collections::BTreeMap::new();
        let mut begins = from + SignedDuration::from_secs(free.into());
        while begins < until {
            *days.entry(zone.to_datetime(begins).date()).or_default() += i64::from(price);
            begins += SignedDuration::from_secs(step.into());
        }
        let total: i64 = days.values().map(|day| cap.map_or(*day, |cap| (*day).min(cap.into()))).sum();
        let policy = policy(free, Some((step, price, cap)), most);
        prop_assert_eq!(fee(&policy, &zone, from, until), total.min(most.into()));
    }

    /// Keeping a thing longer never makes it cheaper.
    #[test]
    fn longer_is_never_cheaper(length in 0_i64..1_000_000, more in 0_i64..100_000) {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let from: Timestamp = "2026-11-22T02:00:00Z".parse().expect("a time");
        let at = |seconds| from + SignedDuration::from_secs(seconds);
        prop_assert!(fee(&power_bank(), &zone, from, at(length)) <= fee(&power_bank(), &zone, from, at(length + more)));
    }
}

#[test]
fn what_contradicts_itself_is_named() {
    assert_eq!(power_bank().contradiction(), None);
    let deposit = |deposit, deposit_fen| Policy { deposit, deposit_fen, ..power_bank() };
    let wrong = |policy: Policy| policy.contradiction().map(|(_, code)| code);
    assert_eq!(wrong(deposit(Deposit::DeskCash, 0)), Some("deposit_amount_needed"));
    assert_eq!(wrong(deposit(Deposit::None, 100)), Some("deposit_amount_needed"));
    assert_eq!(wrong(deposit(Deposit::Payscore, 9899)), Some("deposit_too_small"));
    assert_eq!(wrong(deposit(Deposit::Payscore, 9900)), None);
    assert_eq!(wrong(Policy { replacement_fen: 0, ..power_bank() }), Some("replacement_price_needed"));
    assert_eq!(wrong(Policy { remind_before_seconds: 86_400, ..power_bank() }), Some("reminder_too_early"));
}

#[test]
fn near_is_counted_on_the_tree_of_places() {
    assert_eq!(near::steps(&["F1", "A"], &["F1", "A"]), 0);
    assert_eq!(near::steps(&["F1", "A"], &["F1", "B"]), 2);
    assert_eq!(near::steps(&["F1", "A"], &["F1"]), 1);
    assert_eq!(near::steps(&["F1", "A"], &["F2", "A"]), 4);
}
