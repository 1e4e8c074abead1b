//! Which targets a site misses, and where that comes from: counted as the rates are, and only read.
//!
//! Rules:
//! - Small numbers trigger nothing: a rate over fewer cases than the targets' `few` is neither missed nor out of reach.
//! - Of a month that is not over only whole days tell where it is going.

use std::collections::BTreeMap;

use super::model::{Aim, Worst, WorstGroup};
use crate::app::Tx;
use crate::error::Error;
use crate::http::texts::Language;
use crate::rates::aims::Aims;
use crate::rates::api::GroupBy;
use crate::rates::fold::{self, Change};
use crate::rates::groups::group_names;
use crate::rates::measures::{Counts, Measure, Share};
use crate::rates::periods::Period;
use crate::rates::service::{self as rates, Sums};
use crate::rates::targets::{RateVerdict, Targets};
use crate::sites::model::Kind;
use crate::values::Id;

/// So many groups of each sort are named.
const WORST: usize = 3;
/// A rate is measured again over so many days up to the check.
const MEASURED_AGAIN_OVER_DAYS: i32 = 30;

/// A target that is missed, or will be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Miss {
    pub(super) aim: Aim,
    pub(super) share: Share,
    /// A share in ten-thousandths, or so many complaints.
    pub(super) target: i32,
}

/// The same with where it comes from.
#[derive(Debug, Clone)]
pub struct Finding {
    pub(super) miss: Miss,
    pub(super) worst: Worst,
}

/// What is counted at a site as of now.
pub(super) struct Counted {
    site_id: Id,
    change: Change,
    aims: Aims,
}

impl Counted {
    pub(super) fn new(tx: &mut Tx<'_>, site_id: Id) -> Result<Self, Error> {
        let change = fold::pending(tx, site_id)?.change();
        Ok(Self { site_id, change, aims: Aims::of(tx, site_id)? })
    }

    fn sums(&self, tx: &mut Tx<'_>, by: Option<GroupBy>, period: Period) -> Result<Sums, Error> {
        rates::sums(tx, &self.change, self.site_id, None, by, period)
    }

    /// The targets of its time that a period misses, as it stands.
    pub(super) fn missed(&self, tx: &mut Tx<'_>, period: Period) -> Result<Vec<Miss>, Error> {
        let targets = self.aims.at(period)?;
        let is_missed = |miss: &Miss| {
            let Aim { rate, kind } = miss.aim;
            rate.is_none_or(|rate| targets.judge(rate, kind, miss.share) == RateVerdict::Missed)
        };
        self.misses(tx, period, &targets, is_missed)
    }

    /// The targets that a month cannot reach any more, after `begun` of its days.
    pub(super) fn out_of_reach(&self, tx: &mut Tx<'_>, month: Period, begun: i32) -> Result<Vec<Miss>, Error> {
        let targets = self.aims.at(month)?;
        let is_out_of_reach = |miss: &Miss| {
            let Some(rate) = miss.aim.rate else { return true };
            let target = targets.of(rate, miss.aim.kind);
            miss.share.denominator >= i64::from(targets.few)
                && target.is_some_and(|target| target.is_out_of_reach(miss.share, (begun, month.days())))
        };
        self.misses(tx, month, &targets, is_out_of_reach)
    }

    /// Those of a period's targets that are as asked for. Complaints past their number stay too many, whatever follows.
    fn misses(
        &self,
        tx: &mut Tx<'_>,
        period: Period,
        targets: &Targets,
        which: impl Fn(&Miss) -> bool,
    ) -> Result<Vec<Miss>, Error> {
        let sums = self.sums(tx, None, period)?;
        let of_rates = targets.rates.iter().map(|target| {
            let aim = Aim { rate: Some(target.rate), kind: target.kind };
            Miss { aim, share: measure(&sums, aim), target: target.share }
        });
        let (aim, target) = (Aim::COMPLAINTS, targets.complaints_per_month);
        let complaints = Some(Miss { aim, share: measure(&sums, aim), target });
        let too_many = complaints.filter(|miss| miss.share.numerator > i64::from(target));
        Ok(of_rates.chain(too_many).filter(which).collect())
    }

    /// Where a missed target comes from.
    pub(super) fn explain(&self, tx: &mut Tx<'_>, period: Period, miss: Miss) -> Result<Finding, Error> {
        let mut worst = |by| self.worst(tx, by, period, miss.aim);
        let worst = Worst {
            departments: worst(GroupBy::Department)?,
            categories: worst(GroupBy::Category)?,
            shops: worst(GroupBy::Shop)?,
            persons: worst(GroupBy::Person)?,
        };
        Ok(Finding { miss, worst })
    }

    fn worst(&self, tx: &mut Tx<'_>, by: GroupBy, period: Period, aim: Aim) -> Result<Vec<WorstGroup>, Error> {
        let mut groups: BTreeMap<String, Sums> = BTreeMap::new();
        for ((key, kind), counts) in self.sums(tx, Some(by), period)? {
            groups.entry(key.clone()).or_default().insert((key, kind), counts);
        }
        let names = group_names(tx, self.site_id, Some(by))?;
        let group = |(key, sums): (String, Sums)| {
            let share = measure(&sums, aim);
            let name = if key.is_empty() {
                by.without(Language::Chinese).map(ToOwned::to_owned)
            } else {
                names.get(&key).cloned()
            };
            WorstGroup { name, key, against: aim.against(share), cases: share.denominator }
        };
        let mut groups: Vec<WorstGroup> = groups.into_iter().map(group).filter(|group| group.against > 0).collect();
        // Of the same number the smaller group, where they are more of what it does.
        groups.sort_by_key(|group| (std::cmp::Reverse(group.against), group.cases));
        groups.truncate(WORST);
        Ok(groups)
    }
}

/// What sums say of an aim.
fn measure(sums: &Sums, aim: Aim) -> Share {
    let is_of = |kind: Kind| aim.kind.is_none_or(|only| only == kind);
    let mut counts = Counts::default();
    sums.iter().filter(|((_, kind), _)| is_of(*kind)).for_each(|(_, some)| counts.merge(some, 1));
    match aim.rate {
        Some(rate) => counts.share(rate),
        None => Share {
            numerator: counts.of(Measure::Complaints),
            denominator: counts.of(Measure::Counted),
            ..Share::default()
        },
    }
}

/// An aim, measured over the last thirty days.
pub(super) fn measure_again(tx: &mut Tx<'_>, site_id: Id, aim: Aim) -> Result<Share, Error> {
    let today = rates::today(tx, site_id)?;
    let counted = Counted::new(tx, site_id)?;
    let sums = counted.sums(tx, None, Period::last_days(MEASURED_AGAIN_OVER_DAYS, today))?;
    Ok(measure(&sums, aim))
}
