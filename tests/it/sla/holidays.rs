//! The shipped lists of public holidays, and bringing one into a calendar.

use jiff::civil::{Date, Weekday};
use serde_json::Value;

use yijian::sla::calendar::Calendar;
use yijian::sla::holidays::{YearList, shipped};
use yijian::sla::spec::{CalendarSpec, Interval};

use super::{at, compile, interval, spec};

fn texts(dates: &[Date]) -> Vec<String> {
    dates.iter().map(Date::to_string).collect()
}

fn office_hours() -> Vec<Interval> {
    [("09:00", "12:00"), ("13:30", "18:00")].iter().map(interval).collect()
}

/// The other reading comes from a package; beside the file stands how it was made.
#[test]
fn the_shipped_lists_are_what_others_read_in_the_notices() {
    let others: Value = serde_json::from_str(include_str!("../../data/holidays/chinesecalendar.json")).unwrap();
    let years = others["years"].as_object().unwrap();
    assert_eq!(years.len(), 2);
    for (year, theirs) in years {
        let ours = shipped(year.parse().unwrap()).unwrap();
        assert_eq!(ours.year.to_string(), *year);
        assert_eq!(serde_json::json!(texts(&ours.holidays)), theirs["holidays"], "{year}");
        assert_eq!(serde_json::json!(texts(&ours.makeup_days)), theirs["makeup_days"], "{year}");
    }
    assert_eq!(shipped(2024), None);
}

#[test]
fn the_shipped_lists_are_sound() {
    for (year, days_off) in [(2025, 28), (2026, 33)] {
        let list = shipped(year).unwrap();
        assert_eq!(list.holidays.len(), days_off);
        assert!(list.notice.starts_with(&format!("国办发明电〔{}〕", year - 1)));
        assert_eq!(list.published.year(), year - 1);
        let dates = || list.holidays.iter().chain(&list.makeup_days);
        assert!(dates().all(|date| date.year() == year));
        assert!(list.holidays.is_sorted() && list.makeup_days.is_sorted());
        assert!(list.makeup_days.iter().all(|date| !list.holidays.contains(date)));
        let weekend = |date: &Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        assert!(list.makeup_days.iter().all(weekend), "a make-up day works although its weekday would not");
    }
}

#[test]
fn a_year_is_brought_into_an_office_calendar() {
    let office = spec("office").with_year(shipped(2026).unwrap(), &office_hours());
    assert_eq!(office.valid_through.as_deref(), Some("2026-12-31"));
    assert!(office.holidays.contains(&"2024-10-01".to_owned()), "other years stay");
    let calendar = compile(&office);
    // From the Friday before Spring Festival over the make-up Saturday and the break.
    let due = calendar.add_working_days(at("2026-02-13T10:00:00+08:00"), 2).unwrap();
    assert_eq!((due.at, due.provisional), (at("2026-02-24T18:00:00+08:00"), false));
    assert!(calendar.add(at("2026-12-31T17:00:00+08:00"), 3601).unwrap().provisional);
}

#[test]
fn a_year_brought_in_again_replaces_what_was_there() {
    let (list, hours) = (shipped(2026).unwrap(), office_hours());
    let once = spec("office").with_year(list, &hours);
    assert_eq!(once.with_year(list, &hours), once);
    let short = CalendarSpec { valid_through: Some("2025-12-31".to_owned()), ..spec("office") };
    assert_eq!(short.with_year(list, &hours).valid_through, once.valid_through);
    let mut edited = once.clone();
    edited.holidays.push("2026-12-25".to_owned());
    edited.makeup_days.insert("2026-12-26".to_owned(), hours.clone());
    edited.overrides.insert("2026-03-02".to_owned(), Vec::new());
    edited.valid_through = Some("2027-12-31".to_owned());
    let again = edited.with_year(list, &hours);
    assert_eq!((&again.holidays, &again.makeup_days), (&once.holidays, &once.makeup_days));
    assert_eq!(again.overrides, edited.overrides, "overrides are not the list's business");
    assert_eq!(again.valid_through, edited.valid_through, "never shorter");
}

#[test]
fn a_break_around_new_year_belongs_to_the_list_that_came_last() {
    let mut list = YearList { year: 2027, ..shipped(2026).unwrap().clone() };
    list.holidays = vec!["2026-12-31".parse().unwrap(), "2027-01-01".parse().unwrap()];
    list.makeup_days = vec!["2026-10-01".parse().unwrap()];
    let spec = spec("office").with_year(shipped(2026).unwrap(), &office_hours()).with_year(&list, &office_hours());
    assert!(spec.holidays.contains(&"2026-12-31".to_owned()) && spec.holidays.contains(&"2026-10-02".to_owned()));
    assert!(!spec.holidays.contains(&"2026-10-01".to_owned()) && spec.makeup_days.contains_key("2026-10-01"));
}

#[test]
fn makeup_days_need_hours() {
    let faults = Calendar::compile(&spec("office").with_year(shipped(2025).unwrap(), &[])).unwrap_err();
    assert_eq!(faults.len(), 5);
    assert!(faults.iter().all(|fault| fault.code == "makeup_day_without_hours"));
}
