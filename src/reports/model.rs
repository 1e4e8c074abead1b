//! What a report is about, and that it was published.

use diesel::prelude::*;
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::db::schema::report_publications;
use crate::rates::periods::{Period, quarter_of, week_of, year_of};
use crate::text_enum;
use crate::values::{Id, Instant};

text_enum! {
    /// How long a report's period is.
    pub enum ReportKind {
        /// A day (日报).
        Daily = "daily",
        /// A week, from Monday on (周报).
        Weekly = "weekly",
        /// A month (月报).
        Monthly = "monthly",
        /// A quarter (季报).
        Quarterly = "quarterly",
        /// A year (年报).
        Yearly = "yearly",
    }
}

text_enum! {
    /// What a report is opened as.
    pub enum Format {
        /// A page with pictures, which prints well.
        Html = "html",
        /// A workbook with a sheet for each table.
        Xlsx = "xlsx",
        /// One of its tables.
        Csv = "csv",
    }
}

impl ReportKind {
    /// The period of this length in which a day lies.
    #[must_use]
    pub fn period(self, day: Date) -> Period {
        let (from, next) = match self {
            Self::Daily => (day, day.saturating_add(1.day())),
            Self::Weekly => (week_of(day), week_of(day).saturating_add(1.week())),
            Self::Monthly => (day.first_of_month(), day.first_of_month().saturating_add(1.month())),
            Self::Quarterly => (quarter_of(day), quarter_of(day).saturating_add(3.months())),
            Self::Yearly => (year_of(day), year_of(day).saturating_add(1.year())),
        };
        Period { from, to: next.saturating_sub(1.day()) }
    }
}

/// That a report was published, and so is final in what it says was aimed at and done about it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = report_publications)]
pub struct Publication {
    /// The site.
    pub site_id: Id,
    /// How long its period is.
    pub kind: ReportKind,
    /// The first day, `YYYY-MM-DD`.
    pub first_day: String,
    /// Who published it.
    pub published_by_id: Id,
    /// When.
    pub published_at: Instant,
}
