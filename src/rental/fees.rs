//! What a rental costs. The figures are the site's ([`Policy`]); how they are counted is here and nowhere else.
//!
//! - The free time costs nothing. After it, each step that is begun costs the whole step.
//! - A step belongs to the local day on which it begins; the steps of one day cost no more than the day's cap. A day has
//!   as many seconds as it has: 23 hours when clocks go forward, 25 when they go back.
//! - No rental costs more than the thing.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::policy::{FeeRule, Policy};

/// What a thing costs that was had from `from` until `until`, in fen.
#[must_use]
pub fn fee(policy: &Policy, zone: &TimeZone, from: Timestamp, until: Timestamp) -> i64 {
    let Some(rule) = &policy.fee else { return 0 };
    let most = i64::from(policy.replacement_fen);
    let paid_from = from.as_microsecond() + i64::from(policy.free_seconds) * MICROS;
    let mut left = steps_between(rule, paid_from, until.as_microsecond());
    let (mut first, mut total) = (0, 0);
    while left > 0 && total < most {
        let begins = paid_from + first * i64::from(rule.step_seconds) * MICROS;
        // The steps that begin before the next day does.
        let of_day = next_day(zone, begins).map_or(left, |end| steps_between(rule, begins, end)).min(left);
        let price = of_day * i64::from(rule.step_fen);
        total += rule.daily_cap_fen.map_or(price, |cap| price.min(i64::from(cap)));
        (first, left) = (first + of_day, left - of_day);
    }
    total.min(most)
}

/// Microseconds of a second: as exact as the database keeps time.
const MICROS: i64 = 1_000_000;

/// How many steps begin in `[from, end)`, the first of them at `from`; in microseconds since 1970.
fn steps_between(rule: &FeeRule, from: i64, end: i64) -> i64 {
    let step = i64::from(rule.step_seconds.max(1)) * MICROS;
    (end - from + step - 1).div_euclid(step).max(0)
}

/// When the day after the local day of a microsecond begins.
fn next_day(zone: &TimeZone, micro: i64) -> Option<i64> {
    let at = Timestamp::from_microsecond(micro).ok()?;
    let tomorrow = zone.to_datetime(at).date().tomorrow().ok()?;
    Some(tomorrow.to_zoned(zone.clone()).ok()?.timestamp().as_microsecond())
}

/// When a thing is due that is lent at `at`.
#[must_use]
pub fn due(policy: &Policy, at: Timestamp) -> Timestamp {
    let length = SignedDuration::from_secs(policy.longest_seconds.into());
    at.saturating_add(length).unwrap_or(Timestamp::MAX)
}
