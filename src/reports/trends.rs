//! What got worse: a month against the months before it. Pure.
//!
//! Robust statistics: the median, and the median absolute deviation (MAD) around it, which a single bad month does not
//! move. 1.4826 makes the MAD of a normal distribution its standard deviation; 3.5 of those are out of the ordinary
//! (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993).

/// So many months are what a month is compared with.
pub(super) const MONTHS_BEFORE: i32 = 12;
/// Fewer than this in a month is no trend, whatever was before.
pub(super) const FEW: i64 = 5;
const OUT_OF_THE_ORDINARY: f64 = 3.5;
const TO_DEVIATION: f64 = 1.4826;
/// Counts that never moved have no deviation; one more or less is ordinary.
const LEAST_DEVIATION: f64 = 1.0;

/// A month against those before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Trend {
    pub(super) now: i64,
    /// The median of the months before.
    pub(super) median: f64,
    /// How far above it, in robust deviations.
    pub(super) deviations: f64,
    /// Whether that is out of the ordinary, and not over a few cases.
    pub(super) is_worse: bool,
}

/// Compares a month with those before it; months without any count as none.
pub(super) fn trend(now: i64, before: &[i64]) -> Trend {
    #[expect(clippy::cast_precision_loss, reason = "counts of a month lie far below 2^52")]
    let as_float = |count: &i64| *count as f64;
    let middle = median(before.iter().map(as_float).collect());
    let mad = median(before.iter().map(|count| (as_float(count) - middle).abs()).collect());
    let deviations = (as_float(&now) - middle) / (mad * TO_DEVIATION).max(LEAST_DEVIATION);
    Trend { now, median: middle, deviations, is_worse: now >= FEW && deviations > OUT_OF_THE_ORDINARY }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let at = |i: usize| values.get(i).copied().unwrap_or(0.0);
    if values.len() % 2 == 1 { at(half) } else { f64::midpoint(at(half.saturating_sub(1)), at(half)) }
}
