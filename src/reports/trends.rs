//! What got worse: a month against the months before it. Pure.
//!
//! Robust statistics: the median, and the median absolute deviation (MAD) around it, which a single bad month does not
//! move. 1.4826 makes the MAD of a normal distribution its standard deviation; 3.5 of those are out of the ordinary
//! (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993). Cases that come by chance scatter by the root of what
//! is expected (Poisson), however steady a few months happened to be. In a month in which more comes in than usual, more of
//! everything is expected; of a month that is not over, less.

use std::collections::BTreeMap;

use crate::rates::measures::{Counts, Measure};

/// So many months are what a month is compared with, if the mall was there.
pub(super) const MONTHS_BEFORE: i32 = 12;
/// Fewer months before say nothing of what is ordinary.
const LEAST_MONTHS: usize = 3;
/// Fewer than this in a month is no trend, whatever was before.
const FEW: i64 = 5;
const OUT_OF_THE_ORDINARY: f64 = 3.5;
const TO_DEVIATION: f64 = 1.4826;
/// Where nothing is expected, one more is ordinary.
const LEAST_DEVIATION: f64 = 1.0;

/// A month against those before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Trend {
    pub(super) now: i64,
    /// What was to be expected: the median of the months before, times how much busier this one is.
    pub(super) expected: f64,
    /// How far above it, in robust deviations.
    pub(super) deviations: f64,
    /// Whether that is out of the ordinary, and not over a few cases; none if too few months are known.
    pub(super) is_worse: Option<bool>,
}

/// Compares a month with those before it, as much busier as the month is; months without any count as none.
fn trend(now: i64, before: &[i64], busier: f64) -> Trend {
    let before: Vec<f64> = before.iter().map(|count| as_float(*count) * busier).collect();
    let middle = median(before.clone());
    let mad = median(before.iter().map(|count| (count - middle).abs()).collect());
    let deviation = (mad * TO_DEVIATION).max(middle.sqrt()).max(LEAST_DEVIATION);
    let deviations = (as_float(now) - middle) / deviation;
    let is_worse = now >= FEW && deviations > OUT_OF_THE_ORDINARY;
    Trend { now, expected: middle, deviations, is_worse: (before.len() >= LEAST_MONTHS).then_some(is_worse) }
}

/// How much busier a month is than those before it: by all else that came in, and never less than the part of it that has
/// passed.
fn busier(now: i64, before: &[i64], passed: f64) -> f64 {
    let usual = median(before.iter().map(|count| as_float(*count)).collect());
    if usual > 0.0 { (as_float(now) / usual).max(passed) } else { passed }
}

/// Everything that is counted in the newest month, against the months before it: what got worse first, and not more than
/// so many. `received` is all that came in, month by month; `passed` the part of the newest month that has passed.
pub(super) fn ranked(
    months: &[BTreeMap<String, Counts>],
    measure: Measure,
    (received, passed): (&[i64], f64),
    most: usize,
) -> Vec<(String, Trend)> {
    let of = |month: &BTreeMap<String, Counts>, key: &String| month.get(key).map_or(0, |counts| counts.of(measure));
    let keys = months.first().into_iter().flat_map(BTreeMap::keys);
    let known = keys.map(|key| (key, months.iter().map(|month| of(month, key)).collect::<Vec<i64>>()));
    let judged = known.filter_map(|(key, counts)| {
        let rest: Vec<i64> = received.iter().zip(&counts).map(|(all, own)| all - own).collect();
        let ((now, before), (rest_now, rest_before)) = counts.split_first().zip(rest.split_first())?;
        (*now > 0).then(|| (key.clone(), trend(*now, before, busier(*rest_now, rest_before, passed))))
    });
    let mut ranked: Vec<_> = judged.collect();
    ranked.sort_by(|(_, a), (_, b)| b.is_worse.cmp(&a.is_worse).then(b.deviations.total_cmp(&a.deviations)));
    ranked.truncate(most);
    ranked
}

#[expect(clippy::cast_precision_loss, reason = "counts of a month lie far below 2^52")]
const fn as_float(count: i64) -> f64 {
    count as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let at = |i: usize| values.get(i).copied().unwrap_or(0.0);
    if values.len() % 2 == 1 { at(half) } else { f64::midpoint(at(half.saturating_sub(1)), at(half)) }
}
