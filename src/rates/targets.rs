//! What a site aims at. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::measures::{Rate, RateUnit, Share};
use crate::sites::model::Kind;
use crate::sla::rates::FEW;
use crate::text_enum;

/// Shares are kept in ten-thousandths, so that 99.5 % is exact.
const WHOLE: i64 = 10_000;

/// A rate that shall be at least so high, or where less is better at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The rate.
    pub rate: Rate,
    /// Of tickets of this kind; of all together without.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// In ten-thousandths: 9800 is 98 %.
    #[serde(deserialize_with = "crate::text::whole_number")]
    #[validate(range(min = 0, max = 10000))]
    #[schema(minimum = 0, maximum = 10000, example = 9800)]
    pub share: i32,
    /// What is striven for beyond that, in ten-thousandths: shown, and nothing follows from it.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 0, max = 10000))]
    #[schema(minimum = 0, maximum = 10000, example = 9900)]
    pub goal: Option<i32>,
}

/// Everything that a site aims at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// At most one for a rate and kind.
    #[validate(nested, length(max = 90))]
    #[schema(max_items = 90)]
    pub rates: Vec<Target>,
    /// Over fewer cases a rate is shown but triggers nothing.
    #[serde(deserialize_with = "crate::text::whole_number")]
    #[validate(range(min = 1, max = 1000))]
    #[schema(minimum = 1, maximum = 1000, example = 5)]
    pub few: i32,
    /// More complaints than this in a month open an improvement.
    #[serde(deserialize_with = "crate::text::whole_number")]
    #[validate(range(min = 1, max = 100_000))]
    #[schema(minimum = 1, maximum = 100_000, example = 10)]
    pub complaints_per_month: i32,
    /// So many tickets a person should finish on a day with any: shown, and nothing follows from it.
    #[serde(default = "handled_per_day", deserialize_with = "crate::text::whole_number")]
    #[validate(range(min = 1, max = 1000))]
    #[schema(minimum = 1, maximum = 1000, example = 30)]
    pub handled_per_day: i32,
}

/// As the service standard says.
const fn handled_per_day() -> i32 {
    30
}

text_enum! {
    /// How a rate stands against its target.
    pub enum RateVerdict {
        /// As aimed at.
        Met = "met",
        /// Not.
        Missed = "missed",
        /// Over too few cases to say.
        TooFew = "too_few",
        /// Nothing is aimed at.
        NoTarget = "no_target",
    }
}

/// The figures of the service standard. First answers in time, departments' promises and the first go are ours.
impl Default for Targets {
    fn default() -> Self {
        let of = |rate, kind, share| Target { rate, kind, share, goal: None };
        let with_goal = |rate, share, goal| Target { rate, kind: None, share, goal: Some(goal) };
        Self {
            rates: vec![
                of(Rate::FirstResponse, None, 9800),
                of(Rate::Timeliness, Some(Kind::Complaint), 9800),
                of(Rate::Timeliness, Some(Kind::Repair), 9800),
                of(Rate::Resolution, None, 9500),
                of(Rate::Resolution, Some(Kind::Request), 9800),
                of(Rate::Closure, Some(Kind::Complaint), 9800),
                with_goal(Rate::Rework, 500, 100),
                of(Rate::ReComplaint, None, 100),
                of(Rate::FollowUp, None, 10_000),
                with_goal(Rate::Satisfaction, 9000, 9500),
                with_goal(Rate::CustomerSatisfaction, 8500, 9500),
                of(Rate::SurveyReach, None, 10_000),
                of(Rate::SurveyReturn, None, 9500),
                of(Rate::RecordsCorrect, None, 9900),
            ],
            few: FEW.cast_signed(),
            complaints_per_month: 10,
            handled_per_day: handled_per_day(),
        }
    }
}

impl Targets {
    /// Whether a rate and kind is aimed at twice.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        let again = |(i, one): (usize, &Target)| {
            self.rates.iter().skip(i + 1).any(|other| (other.rate, other.kind) == (one.rate, one.kind))
        };
        self.rates.iter().enumerate().any(again)
    }

    /// What is aimed at for a rate of all tickets, or of those of a kind; a kind without its own has none.
    #[must_use]
    pub fn of(&self, rate: Rate, kind: Option<Kind>) -> Option<Target> {
        self.rates.iter().find(|target| target.rate == rate && target.kind == kind).copied()
    }

    /// How a rate stands.
    #[must_use]
    pub fn judge(&self, rate: Rate, kind: Option<Kind>, share: Share) -> RateVerdict {
        match self.of(rate, kind) {
            None => RateVerdict::NoTarget,
            Some(_) if rate.unit() != RateUnit::Seconds && share.denominator < i64::from(self.few) => {
                RateVerdict::TooFew
            }
            Some(target) if target.is_met(share) => RateVerdict::Met,
            Some(_) => RateVerdict::Missed,
        }
    }
}

impl Target {
    /// Whether a rate is as aimed at.
    #[must_use]
    pub fn is_met(self, share: Share) -> bool {
        let (is, shall) = (share.numerator * WHOLE, share.denominator * i64::from(self.share));
        if self.rate.is_better_low() { is <= shall } else { is >= shall }
    }

    /// Whether a period that is not over cannot reach it any more, if it goes on as it has for `begun` of its `days`: what
    /// has gone wrong already is more than may go wrong of all that is to be expected.
    #[must_use]
    pub fn is_out_of_reach(self, share: Share, (begun, days): (i32, i32)) -> bool {
        if begun <= 0 {
            return false;
        }
        let expected = (share.denominator + share.pending) * i64::from(days) / i64::from(begun);
        let (wrong, may) = if self.rate.is_better_low() {
            (share.numerator, i64::from(self.share))
        } else {
            (share.denominator - share.numerator, WHOLE - i64::from(self.share))
        };
        wrong * WHOLE > may * expected
    }
}
