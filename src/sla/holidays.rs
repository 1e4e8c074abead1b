//! China's official lists of public holidays, one a year.
//!
//! The State Council announces each year's days off, and the weekend days that work instead (调休), in the November
//! before: 国办发明电〔2024〕12号 for 2025, 国办发明电〔2025〕7号 for 2026. The lists here hold every day off of a notice,
//! weekends inside a break included. They are for offices: a shopping mall is open on holidays, and its calendar takes
//! none of this.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::spec::{CalendarSpec, Interval, Weekly};

/// The public holidays of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearList {
    /// The year.
    pub year: i16,
    /// The number of the State Council's notice.
    pub notice: String,
    /// When it was published.
    pub published: Date,
    /// Every day off.
    pub holidays: Vec<Date>,
    /// The weekend days that work instead.
    pub makeup_days: Vec<Date>,
}

/// Unreadable text would be missing here; the tests see to it that none is.
static SHIPPED: LazyLock<Vec<YearList>> = LazyLock::new(|| {
    let texts = [include_str!("holidays/2025.json"), include_str!("holidays/2026.json")];
    texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect()
});

/// The list of a year, if it was known when this was built.
pub fn shipped(year: i16) -> Option<&'static YearList> {
    SHIPPED.iter().find(|list| list.year == year)
}

/// Legal working days: whole days, Monday to Friday, with every public holiday and make-up day that was known when this
/// was built, and those of `later`, in the order of their years. What authorities and the law count with.
#[must_use]
pub fn working_days(time_zone: &str, later: &[YearList]) -> CalendarSpec {
    let day = vec![Interval::new("00:00", "24:00")];
    let weekly = Weekly {
        mon: day.clone(),
        tue: day.clone(),
        wed: day.clone(),
        thu: day.clone(),
        fri: day.clone(),
        ..Weekly::default()
    };
    let plain = CalendarSpec { time_zone: time_zone.to_owned(), weekly, ..CalendarSpec::default() };
    let mut spec = SHIPPED.iter().fold(plain, |spec, list| spec.with_year(list, &day));
    let mut last = SHIPPED.iter().map(|list| list.year).max().unwrap_or(0);
    for list in later {
        // Nobody knows of a year what they do not know of the one before.
        if list.year <= last + 1 {
            spec = spec.with_year(list, &day);
            last = last.max(list.year);
        }
    }
    let fixed = |year: i16| FIXED.iter().map(move |date| format!("{year:04}-{date}"));
    spec.holidays.extend((last + 1..=last + 3).flat_map(fixed));
    spec
}

/// The holidays of every year that follow no moon, whatever the notice of the year adds to them (《全国年节及纪念日放假办法》
/// of 2024, art. 2).
const FIXED: [&str; 6] = ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"];

impl CalendarSpec {
    /// This calendar with the holidays and make-up days of a year replaced by those of its list.
    ///
    /// Make-up days work `makeup_hours`. Overrides stay, and beat the list. The calendar is valid at least to the end
    /// of that year, unless nobody knows the year before.
    #[must_use]
    pub fn with_year(&self, list: &YearList, makeup_hours: &[Interval]) -> Self {
        let mut spec = self.clone();
        let of_the_year = format!("{:04}-", list.year);
        // A break around New Year lies in two years. Whichever list came last knows best.
        let listed: BTreeSet<String> = list.holidays.iter().chain(&list.makeup_days).map(Date::to_string).collect();
        let stays = |date: &String| !date.starts_with(&of_the_year) && !listed.contains(date);
        spec.holidays.retain(stays);
        spec.holidays.extend(list.holidays.iter().map(Date::to_string));
        spec.holidays.sort();
        spec.makeup_days.retain(|date, _| stays(date));
        spec.makeup_days.extend(list.makeup_days.iter().map(|date| (date.to_string(), makeup_hours.to_vec())));
        // Dates of this form sort as text.
        let year_before = format!("{:04}-12-31", list.year.saturating_sub(1));
        if spec.valid_through.as_ref().is_none_or(|known| *known >= year_before) {
            spec.valid_through = spec.valid_through.max(Some(format!("{of_the_year}12-31")));
        }
        spec
    }
}
