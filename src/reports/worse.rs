//! Which shops and topics got worse in a month, with their tickets.

use std::collections::BTreeMap;

use jiff::ToSpan as _;

use super::trends::{self, Trend};
use crate::app::Tx;
use crate::error::Error;
use crate::rates::api::GroupBy;
use crate::rates::fold::{Change, Pending};
use crate::rates::measures::{Counts, Measure, Rate, RatePart};
use crate::rates::model::{Behind, Dimension};
use crate::rates::periods::Period;
use crate::rates::service as rates;
use crate::tickets::record;
use crate::values::Id;

/// So many are listed.
pub(super) const MOST: usize = 20;
/// So many tickets of what got worse are named, the newest first.
const TICKETS: i64 = 20;

/// A shop or a topic in a month.
pub(super) struct Suspect {
    /// Its key, as sums have it.
    pub(super) key: String,
    /// How it did.
    pub(super) trend: Trend,
    /// The numbers of its newest tickets, if it got worse.
    pub(super) tickets: Vec<String>,
}

/// A month to be compared with those before it.
pub(super) struct Compared<'a> {
    pub(super) site_id: Id,
    pub(super) pending: &'a Pending,
    pub(super) change: &'a Change,
    pub(super) month: Period,
    /// How many months before it are whole and known: the mall was not there before its first ticket.
    months_before: i32,
    /// All that came in, month by month, the newest first.
    received: Vec<i64>,
    /// The part of the month that has passed.
    passed: f64,
}

impl<'a> Compared<'a> {
    /// Finds out what is known of the months before a month, and how much came in.
    pub(super) fn new(
        tx: &mut Tx<'_>,
        site_id: Id,
        (pending, change): (&'a Pending, &'a Change),
        month: Period,
    ) -> Result<Self, Error> {
        let first_day = rates::first_day(tx, site_id)?;
        let is_known = |back: &i32| first_day.is_some_and(|first| first <= month.from.saturating_sub(back.months()));
        let months_before = (1..=trends::MONTHS_BEFORE).take_while(is_known).last().unwrap_or(0);
        let passed = f64::from(month.days_begun(rates::today(tx, site_id)?)) / f64::from(month.days());
        let mut compared = Self { site_id, pending, change, month, months_before, received: Vec::new(), passed };
        let months = compared.months(tx, None)?;
        let received =
            |groups: &BTreeMap<String, Counts>| groups.values().map(|counts| counts.of(Measure::Received)).sum();
        compared.received = months.iter().map(received).collect();
        Ok(compared)
    }

    /// The groups of the month and of those before it, the newest first.
    fn months(&self, tx: &mut Tx<'_>, group_by: Option<GroupBy>) -> Result<Vec<BTreeMap<String, Counts>>, Error> {
        let month = |back: i32| {
            let month = Period::month_of(self.month.from.saturating_sub(back.months()));
            let mut groups: BTreeMap<String, Counts> = BTreeMap::new();
            for ((group, _), counts) in rates::sums(tx, self.change, self.site_id, None, group_by, month)? {
                groups.entry(group).or_default().merge(&counts, 1);
            }
            Ok(groups)
        };
        (0..=self.months_before).map(month).collect()
    }

    /// The shops with complaints, those that got worse first.
    pub(super) fn shops(&self, tx: &mut Tx<'_>) -> Result<Vec<Suspect>, Error> {
        // Whatever complains is in the denominator of this rate.
        self.suspects(tx, GroupBy::Shop, Dimension::Shop, (Measure::Complaints, Rate::ReComplaint))
    }

    /// Categories at places, those that got worse first.
    pub(super) fn topics(&self, tx: &mut Tx<'_>) -> Result<Vec<Suspect>, Error> {
        // Whatever counts is in the denominator of this rate.
        self.suspects(tx, GroupBy::Topic, Dimension::Topic, (Measure::Counted, Rate::Urge))
    }

    fn suspects(
        &self,
        tx: &mut Tx<'_>,
        group_by: GroupBy,
        dimension: Dimension,
        (measure, rate): (Measure, Rate),
    ) -> Result<Vec<Suspect>, Error> {
        let months = self.months(tx, Some(group_by))?;
        let from = Id::first_of(rates::begin_of(tx, self.site_id, self.month.from)?);
        let end = Id::first_of(rates::begin_of(tx, self.site_id, self.month.to.saturating_add(1.day()))?);
        let mut suspects = Vec::new();
        for (key, trend) in trends::ranked(&months, measure, (&self.received, self.passed), MOST) {
            let mut tickets = Vec::new();
            if trend.is_worse == Some(true) {
                let of = vec![(dimension, key.clone())];
                let (site_id, part) = (self.site_id, RatePart::Denominator);
                let behind = Behind { site_id, rate, part, from, end, ticket_kind: None, of, not_about: None };
                let places = rates::places_behind(tx, self.pending, &behind, TICKETS)?;
                let ids: Vec<Id> = places.into_iter().map(|(_, id)| id).collect();
                let known = record::list_by_ids(tx, &ids)?;
                tickets.extend(ids.iter().filter_map(|id| Some(known.get(id)?.number())));
            }
            suspects.push(Suspect { key, trend, tickets });
        }
        Ok(suspects)
    }
}
