//! Periods of whole days at a site, and how they are put together from days and months. Pure.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan as _};

use super::model::Grain;
use crate::error::Error;

/// Five years and a day: longer ones are asked for in parts.
const LONGEST_DAYS: i32 = 5 * 366;

/// Days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}

/// Sums whose periods begin between two days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// How long each is.
    pub grain: Grain,
    /// The first day of the first.
    pub first: Date,
    /// The first day of the last.
    pub last: Date,
}

impl Period {
    /// What was asked for; by default the month so far. The running year, and the running week, may be asked for up to their
    /// end: of what lies after both, nothing can have begun.
    ///
    /// # Errors
    /// [`Error::Invalid`] `period_reversed`, `period_too_long`, `period_future`.
    pub fn asked(from: Option<Date>, to: Option<Date>, today: Date) -> Result<Self, Error> {
        let to = to.unwrap_or_else(|| from.map_or(today, |from| from.max(today)));
        let from = from.unwrap_or_else(|| to.first_of_month());
        if from > today {
            return Err(Error::field("?from", "period_future"));
        }
        if to < from {
            return Err(Error::field("?to", "period_reversed"));
        }
        if to > today.last_of_year().max(week_of(today).saturating_add(6.days())) {
            return Err(Error::field("?to", "period_future"));
        }
        let period = Self { from, to };
        if period.days() > LONGEST_DAYS { Err(Error::field("?to", "period_too_long")) } else { Ok(period) }
    }

    /// So many days up to one, which is the last of them.
    #[must_use]
    pub fn last_days(days: i32, to: Date) -> Self {
        Self { from: to.saturating_sub((days - 1).days()), to }
    }

    /// The month in which a day lies.
    #[must_use]
    pub fn month_of(day: Date) -> Self {
        Self { from: day.first_of_month(), to: day.last_of_month() }
    }

    /// How many days.
    #[must_use]
    pub fn days(self) -> i32 {
        days_between(self.from, self.to) + 1
    }

    /// How many of its days have begun by `today`.
    #[must_use]
    pub fn days_begun(self, today: Date) -> i32 {
        (days_between(self.from, today.min(self.to)) + 1).max(0)
    }

    /// The period before, of the same length: so many months if it is whole months, else so many days.
    #[must_use]
    pub fn previous(self) -> Self {
        let to = self.from.saturating_sub(1.day());
        let is_months = self.from.day() == 1 && self.to == self.to.last_of_month();
        let back: Span = if is_months {
            let years = i32::from(self.to.year()) - i32::from(self.from.year());
            (years * 12 + i32::from(self.to.month()) - i32::from(self.from.month()) + 1).months()
        } else {
            self.days().days()
        };
        Self { from: self.from.saturating_sub(back), to }
    }

    /// Its whole months as months, the rest as days; or all of it as days.
    #[must_use]
    pub fn stretches(self, only_days: bool) -> Vec<Stretch> {
        let days = |first, last| Stretch { grain: Grain::Day, first, last };
        let first_month = if self.from.day() == 1 { self.from } else { next_month(self.from) };
        let is_end = self.to == self.to.last_of_month();
        let after_months = if is_end { next_month(self.to) } else { self.to.first_of_month() };
        if only_days || first_month >= after_months {
            return vec![days(self.from, self.to)];
        }
        let mut stretches = Vec::with_capacity(3);
        if self.from < first_month {
            stretches.push(days(self.from, first_month.saturating_sub(1.day())));
        }
        let last = after_months.saturating_sub(1.month());
        stretches.push(Stretch { grain: Grain::Month, first: first_month, last });
        if after_months <= self.to {
            stretches.push(days(after_months, self.to));
        }
        stretches
    }
}

impl Stretch {
    /// Whether a sum belongs to it.
    #[must_use]
    pub fn has(&self, grain: Grain, first_day: &str) -> bool {
        let first_day: Option<Date> = first_day.parse().ok();
        grain == self.grain && first_day.is_some_and(|day| (self.first..=self.last).contains(&day))
    }
}

/// The Monday of the week in which a day lies.
#[must_use]
pub fn week_of(day: Date) -> Date {
    day.saturating_sub(i32::from(day.weekday().since(Weekday::Monday)).days())
}

/// The first day of the quarter in which a day lies.
#[must_use]
pub fn quarter_of(day: Date) -> Date {
    day.first_of_month().saturating_sub(i32::from((day.month() - 1) % 3).months())
}

/// The first day of the year in which a day lies.
#[must_use]
pub fn year_of(day: Date) -> Date {
    day.first_of_year()
}

fn next_month(day: Date) -> Date {
    day.first_of_month().saturating_add(1.month())
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(i32::MAX, |span| span.get_days())
}
