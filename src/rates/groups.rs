//! By what rates are kept apart, and what the groups are called.

use std::collections::HashMap;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::api::GroupBy;
use super::model::Dimension;
use super::periods::{Period, quarter_of, week_of, year_of};
use crate::accounts::members;
use crate::app::Tx;
use crate::error::Error;
use crate::http::texts::Language;
use crate::sites::service as sites;
use crate::values::Id;

impl GroupBy {
    /// The dimension it keeps apart, if it is one.
    pub(super) const fn dimension(self) -> Option<Dimension> {
        Some(match self {
            Self::Department => Dimension::Department,
            Self::Person => Dimension::Person,
            Self::Shop => Dimension::Shop,
            Self::Category => Dimension::Category,
            Self::Severity => Dimension::Severity,
            Self::Hour => Dimension::Hour,
            Self::LatenessReason => Dimension::LatenessReason,
            Self::Pause => Dimension::Pause,
            Self::Topic => Dimension::Topic,
            Self::Kind | Self::Day | Self::Week | Self::Month | Self::Quarter | Self::Year => return None,
        })
    }

    pub(super) const fn is_of_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month | Self::Quarter | Self::Year)
    }

    pub(super) const fn needs_days(self) -> bool {
        matches!(self, Self::Day | Self::Week)
    }

    /// Whether a ticket may belong to none of its groups, and to one at most.
    pub(super) const fn may_lack(self) -> bool {
        matches!(self, Self::Shop | Self::Category)
    }

    /// What the group without a key is called: what was given to no department lies with the desk.
    pub(crate) const fn without(self, language: Language) -> Option<&'static str> {
        Some(match (self, language) {
            (Self::Department, Language::Chinese) => "服务台",
            (Self::Department, Language::English) => "The desk",
            (Self::Shop, Language::Chinese) => "无店铺",
            (Self::Shop, Language::English) => "No shop",
            (Self::Category, Language::Chinese) => "未分类",
            (Self::Category, Language::English) => "No category",
            _ => return None,
        })
    }

    pub(super) const fn is_of_persons(self) -> bool {
        matches!(self, Self::Person | Self::Pause)
    }

    /// Whether it can be asked for one department, person, shop, … alone.
    pub(super) const fn goes_with_one(self) -> bool {
        self.is_of_time() || matches!(self, Self::Kind)
    }

    /// The day, week, month, quarter or year in which a day lies.
    pub(super) fn unit(self, day: Date) -> Period {
        let (from, next) = match self {
            Self::Week => (week_of(day), 1.week()),
            Self::Month => (day.first_of_month(), 1.month()),
            Self::Quarter => (quarter_of(day), 3.months()),
            Self::Year => (year_of(day), 1.year()),
            _ => (day, 1.day()),
        };
        Period { from, to: from.saturating_add(next).saturating_sub(1.day()) }
    }

    /// The keys of the groups of time in a period.
    pub(crate) fn begun_in(self, period: Period) -> Vec<String> {
        let first = self.unit(period.from);
        let all = std::iter::successors(Some(first), |unit| Some(self.unit(unit.to.saturating_add(1.day()))));
        all.take_while(|unit| unit.from <= period.to).map(|unit| unit.from.to_string()).collect()
    }

    /// The first day of the period in which a day lies.
    pub(super) fn begin(self, day: &str) -> String {
        day.parse().map_or_else(|_| day.to_owned(), |day| self.unit(day).from.to_string())
    }

    /// The key of the group of time before.
    pub(super) fn key_before(self, key: &str) -> String {
        let before = |first: Date| self.unit(first.saturating_sub(1.day())).from.to_string();
        key.parse().map_or_else(|_| String::new(), before)
    }
}

/// What the groups of a dimension are called, by their keys.
///
/// # Errors
/// As the database.
pub(crate) fn group_names(
    tx: &mut Tx<'_>,
    site_id: Id,
    group_by: Option<GroupBy>,
) -> Result<HashMap<String, String>, Error> {
    let things = sites::names(tx, site_id)?;
    Ok(match group_by {
        Some(GroupBy::Person | GroupBy::Pause) => {
            members::list_staff(tx, site_id)?.into_iter().map(|one| (one.id.to_string(), one.display_name)).collect()
        }
        Some(GroupBy::Department | GroupBy::Shop | GroupBy::Category | GroupBy::Topic) => {
            things.things.iter().map(|(id, name)| (id.to_string(), name.to_string())).collect()
        }
        _ => HashMap::new(),
    })
}

/// What a key is called; of two things, both.
pub(super) fn name_of(names: &HashMap<String, String>, key: &str) -> Option<String> {
    let Some((one, other)) = key.split_once('/') else { return names.get(key).cloned() };
    let other = names.get(other).map_or(other, String::as_str);
    Some(format!("{} · {other}", names.get(one)?).trim_end_matches(" · ").to_owned())
}
