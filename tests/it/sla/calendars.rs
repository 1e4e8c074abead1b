//! The rules of a calendar, by their numbers in the standard's description, and everything that can be wrong with one.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use yijian::sla::calendar::SegmentKind::{Closed, Holiday, Makeup, Open, Override};
use yijian::sla::calendar::{Calendar, Segment, Target};
use yijian::sla::spec::{CalendarSpec, Fault, MAX_DATES, MAX_INTERVALS};

use super::{at, calendar, closed, compile, daily, interval, spec};

const HOUR: i64 = 3600;

fn hours(spec: &CalendarSpec, from: &str, to: &str) -> i64 {
    let seconds = compile(spec).elapsed(at(from), at(to));
    assert_eq!(seconds % HOUR, 0, "{seconds}");
    seconds / HOUR
}

fn due(calendar: &Calendar, from: &str, seconds: i64) -> Timestamp {
    calendar.add(at(from), seconds).unwrap().at
}

#[test]
fn rule_1_intervals_are_half_open() {
    let mall = calendar("mall");
    assert_eq!(mall.elapsed(at("03-05 09:59"), at("03-05 10:00")), 0);
    assert_eq!(mall.elapsed(at("03-05 10:00"), at("2024-03-05T10:00:01+08:00")), 1);
    assert_eq!(mall.elapsed(at("2024-03-05T21:59:59+08:00"), at("03-05 22:00")), 1);
    assert_eq!(mall.elapsed(at("03-05 22:00"), at("2024-03-05T22:00:01+08:00")), 0);
    assert_eq!(mall.elapsed(at("03-05 12:00"), at("03-05 11:00")), 0, "not backwards");
}

#[test]
fn rule_1_seconds_are_whole() {
    let allday = calendar("allday");
    let (early, late) = (at("2024-03-05T10:00:00.999+08:00"), at("2024-03-05T10:00:01.001+08:00"));
    assert_eq!(allday.elapsed(early, late), 1);
    assert_eq!(allday.add(early, 0).unwrap().at, at("03-05 10:00"));
    let before_1970 = at("1969-12-31T23:59:58.5Z");
    assert_eq!(allday.add(before_1970, 0).unwrap().at, at("1969-12-31T23:59:58Z"));
}

#[test]
fn rule_2_an_overnight_interval_belongs_to_its_opening_date() {
    let mut night = spec("night");
    night.holidays = vec!["2024-03-05".to_owned()];
    assert_eq!(hours(&night, "03-05 00:00", "03-05 12:00"), 6, "the tail of the date before is not cut");
    assert_eq!(hours(&night, "03-05 12:00", "03-06 12:00"), 0, "but its own night is gone");
    assert_eq!(hours(&daily("Asia/Shanghai", &[("23:00", "48:00")]), "03-05 00:00", "03-06 00:00"), 24);
}

#[test]
fn rule_3_an_override_beats_a_makeup_day_beats_a_holiday_beats_the_week() {
    let mut spec = spec("mall");
    let day = |spec: &CalendarSpec| hours(spec, "03-05 00:00", "03-06 00:00");
    assert_eq!(day(&spec), 12);
    spec.holidays.push("2024-03-05".to_owned());
    assert_eq!(day(&spec), 0);
    spec.makeup_days.insert("2024-03-05".to_owned(), vec![interval(&("09:00", "14:00"))]);
    assert_eq!(day(&spec), 5);
    spec.overrides.insert("2024-03-05".to_owned(), vec![interval(&("09:00", "11:00"))]);
    assert_eq!(day(&spec), 2);
    spec.overrides.insert("2024-03-05".to_owned(), Vec::new());
    assert_eq!(day(&spec), 0);
}

#[test]
fn rule_4_no_second_counts_twice() {
    assert_eq!(hours(&spec("split"), "03-08 00:00", "03-10 00:00"), 7, "Friday 22 to 26, Saturday 1 to 5");
    let overlapping = daily("Asia/Shanghai", &[("09:00", "12:00"), ("10:00", "11:00"), ("11:00", "13:00")]);
    assert_eq!(hours(&overlapping, "03-05 00:00", "03-06 00:00"), 4);
    assert_eq!(hours(&daily("Asia/Shanghai", &[("00:00", "48:00")]), "03-05 00:00", "03-07 00:00"), 48);
}

#[test]
fn rule_5_the_earliest_instant_may_be_the_closing() {
    let mall = calendar("mall");
    assert_eq!(due(&mall, "03-05 21:00", HOUR), at("03-05 22:00"));
    assert_eq!(due(&mall, "03-05 21:00", HOUR + 1), at("2024-03-06T10:00:01+08:00"));
    assert_eq!(due(&mall, "03-05 23:00", 0), at("03-05 23:00"), "nothing to wait for");
    assert_eq!(due(&mall, "03-05 23:00", -5), at("03-05 23:00"));
}

#[test]
fn rule_6_an_opening_in_a_gap_moves_to_the_transition() {
    // Berlin: 02:00 to 03:00 did not happen on 31 March.
    let gap = |open, close| {
        let calendar = compile(&daily("Europe/Berlin", &[(open, close)]));
        calendar.elapsed(at("2024-03-30T23:00:00Z"), at("2024-03-31T22:00:00Z"))
    };
    assert_eq!(gap("02:30", "04:00"), HOUR);
    assert_eq!(gap("01:00", "02:30"), HOUR, "so does a closing");
    assert_eq!(gap("02:10", "02:50"), 0, "what lies in a gap does not happen");
    assert_eq!(gap("00:00", "24:00"), 23 * HOUR);
    // Havana: midnight itself did not happen.
    let havana = compile(&daily("America/Havana", &[("00:00", "02:00")]));
    assert_eq!(havana.next_open(at("2024-03-10T03:00:00Z")), Some(at("2024-03-10T05:00:00Z")));
    assert_eq!(havana.elapsed(at("2024-03-10T03:00:00Z"), at("2024-03-10T12:00:00Z")), HOUR);
}

#[test]
fn rule_6_in_a_fold_it_opens_at_the_earlier_and_closes_at_the_later_instant() {
    // Berlin: 02:00 to 03:00 happened twice on 27 October.
    let fold = |open, close| {
        let calendar = compile(&daily("Europe/Berlin", &[(open, close)]));
        calendar.elapsed(at("2024-10-26T22:00:00Z"), at("2024-10-27T23:00:00Z"))
    };
    assert_eq!(fold("02:30", "04:00"), 2 * HOUR + 1800);
    assert_eq!(fold("01:00", "02:30"), 2 * HOUR + 1800);
    assert_eq!(fold("02:15", "02:45"), HOUR + 1800);
    assert_eq!(fold("00:00", "24:00"), 25 * HOUR);
    // Lord Howe moves by half an hour.
    let lord_howe = compile(&daily("Australia/Lord_Howe", &[("00:00", "24:00")]));
    assert_eq!(lord_howe.elapsed(at("2024-04-06T13:00:00Z"), at("2024-04-07T13:30:00Z")), 24 * HOUR + 1800);
}

#[test]
fn rule_6_a_date_that_a_zone_skips_does_not_work() {
    let apia = compile(&daily("Pacific/Apia", &[("09:00", "17:00")]));
    let thursday = at("2011-12-29T20:00:00-10:00");
    assert_eq!(apia.elapsed(thursday, at("2012-01-01T20:00:00+14:00")), 16 * HOUR);
    assert_eq!(apia.add_working_days(thursday, 1).unwrap().at, at("2011-12-31T17:00:00+14:00"));
    let night = compile(&daily("Pacific/Apia", &[("22:00", "30:00")]));
    // The night of the 29th ends where the skipped 30th begins; that of the 30th lasts from there on.
    assert_eq!(night.elapsed(thursday, at("2011-12-31T20:00:00+14:00")), (2 + 6) * HOUR);
}

#[test]
fn rule_7_everything_wrong_is_found_at_once_and_pointed_at() {
    let spec: CalendarSpec = serde_json::from_value(json!({
        "time_zone": "Asia/Peking",
        "weekly": {
            "mon": [{"open": "25:00", "close": "26:00"}, {"open": "24:00", "close": "26:00"}],
            "tue": [{"open": "09:00", "close": "48:01"}, {"open": "09:00", "close": "99:00"}],
            "wed": [
                {"open": "9:00", "close": "18:00"},
                {"open": "09:60", "close": "1800"},
                {"open": "０9:00", "close": ""}
            ],
            "thu": [{"open": "09:00", "close": "09:00"}, {"open": "09:00", "close": "08:59"}],
            "fri": [{"open": "13:00", "close": "14:00"}, {"open": "09:00", "close": "10:00"}],
            "sat": [{"open": "09:00", "close": "24:00"}, {"open": "09:00", "close": "48:00"}],
        },
        "holidays": ["2024-02-30", "2024-02-29", "2024-2-29", "20240229", "1969-12-31", "2201-01-01", "+024-02-29"],
        "makeup_days": {"2024-03-02": [], "2024/03~03": [{"open": "10:00", "close": "09:00"}]},
        "overrides": {"2024-03-02": [], "2023-02-29": []},
        "valid_through": "2024-13-01",
    }))
    .unwrap();
    let faults = Calendar::compile(&spec).unwrap_err();
    let found: Vec<_> = faults.iter().map(|fault| (&*fault.pointer, fault.code)).collect();
    assert_eq!(
        found,
        [
            ("/time_zone", "time_zone_unknown"),
            ("/weekly/mon/0/open", "opening_out_of_range"),
            ("/weekly/mon/1/open", "opening_out_of_range"),
            ("/weekly/tue/0/close", "closing_out_of_range"),
            ("/weekly/tue/1/close", "closing_out_of_range"),
            ("/weekly/wed/0/open", "time_malformed"),
            ("/weekly/wed/1/open", "time_malformed"),
            ("/weekly/wed/1/close", "time_malformed"),
            ("/weekly/wed/2/open", "time_malformed"),
            ("/weekly/wed/2/close", "time_malformed"),
            ("/weekly/thu/0", "interval_empty"),
            ("/weekly/thu/1", "interval_reversed"),
            ("/weekly/fri/1", "intervals_unsorted"),
            ("/holidays/0", "date_nonexistent"),
            ("/holidays/2", "date_malformed"),
            ("/holidays/3", "date_malformed"),
            ("/holidays/4", "date_out_of_range"),
            ("/holidays/5", "date_out_of_range"),
            ("/holidays/6", "date_malformed"),
            ("/makeup_days/2024-03-02", "makeup_day_without_hours"),
            ("/makeup_days/2024~103~003/0", "interval_reversed"),
            ("/makeup_days/2024~103~003", "date_malformed"),
            ("/overrides/2023-02-29", "date_nonexistent"),
            ("/valid_through", "date_nonexistent"),
        ]
    );
}

#[test]
fn rule_7_zones_are_spelled_as_in_the_database() {
    for (zone, known) in [
        ("Asia/Shanghai", true),
        ("UTC", true),
        ("America/Argentina/Buenos_Aires", true),
        ("asia/shanghai", false),
        ("Asia/shanghai", false),
        ("Etc/Unknown", false),
        ("CST-8", false),
        ("+08:00", false),
        ("../Asia/Shanghai", false),
        ("", false),
    ] {
        assert_eq!(Calendar::compile(&daily(zone, &[("10:00", "22:00")])).is_ok(), known, "{zone:?}");
    }
}

#[test]
fn rule_7_a_calendar_opens_at_some_second() {
    let never = vec![Fault { pointer: "/weekly".to_owned(), code: "never_open" }];
    let mut spec = closed("Europe/Berlin");
    assert_eq!(Calendar::compile(&spec).unwrap_err(), never);
    spec.makeup_days.insert("2024-03-31".to_owned(), vec![interval(&("02:10", "02:50"))]);
    assert_eq!(Calendar::compile(&spec).unwrap_err(), never, "an hour that did not happen");
    spec.makeup_days.insert("2024-04-06".to_owned(), vec![interval(&("10:00", "12:00"))]);
    let calendar = compile(&spec);
    assert_eq!(calendar.next_open(at("2024-04-01T00:00:00Z")), Some(at("2024-04-06T08:00:00Z")));
    spec.overrides.insert("2024-04-06".to_owned(), Vec::new());
    assert_eq!(Calendar::compile(&spec).unwrap_err(), never, "overridden away");
}

#[test]
fn rule_7_after_800_closed_days_there_is_no_deadline() {
    let mut spec = closed("UTC");
    spec.overrides.insert("2024-01-01".to_owned(), vec![interval(&("00:00", "01:00"))]);
    // 800 days after that hour ended, to the second.
    spec.overrides.insert("2026-03-11".to_owned(), vec![interval(&("01:00", "02:00"))]);
    let calendar = compile(&spec);
    assert_eq!(due(&calendar, "2024-01-01T00:00:00Z", HOUR + 1), at("2026-03-11T01:00:01Z"));
    assert_eq!(calendar.add(at("2026-03-11T01:00:00Z"), HOUR + 1), None);
    assert_eq!(calendar.next_open(at("2026-03-11T02:00:00Z")), None);
    assert_eq!(calendar.next_open(at("2021-10-23T00:00:00Z")), Some(at("2024-01-01T00:00:00Z")));
    assert_eq!(calendar.next_open(at("2021-10-22T23:59:59Z")), None);
    assert_eq!(calendar.elapsed(at("1970-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z")), 2 * HOUR);
    spec.overrides.remove("2026-03-11");
    spec.overrides.insert("2026-03-11".to_owned(), vec![interval(&("01:01", "02:00"))]);
    let calendar = compile(&spec);
    assert_eq!(calendar.add(at("2024-01-01T00:00:00Z"), HOUR + 1), None, "a minute more");
    assert!(calendar.add(at("2024-01-01T01:01:00Z"), 1).is_some(), "it counts from where one looks");
}

#[test]
fn rule_7_hostile_instants_and_targets_come_to_an_end() {
    let (mall, day) = (calendar("mall"), 12 * HOUR);
    for t in [Timestamp::MIN, at("1900-01-01T00:00:00Z"), at("2201-06-01T00:00:00Z"), Timestamp::MAX] {
        assert_eq!(mall.add(t, 1), None, "{t}");
        assert_eq!(mall.add_working_days(t, 1), None, "{t}");
        assert_eq!(mall.next_open(t), None, "{t}");
    }
    assert_eq!(mall.add(at("03-05 10:00"), i64::MAX), None);
    assert_eq!(mall.add_working_days(at("03-05 10:00"), u32::MAX), None);
    let all = mall.elapsed(Timestamp::MIN, Timestamp::MAX);
    let days = i64::from(jiff::civil::date(2201, 1, 1).since(jiff::civil::date(1970, 1, 1)).unwrap().get_days());
    // Shanghai's clocks never moved while the mall was open.
    assert_eq!(all, days * day);
    assert_eq!(mall.segments(at("03-05 10:00"), at("03-05 09:00")), []);
}

#[test]
fn rule_7_what_is_too_much_is_refused() {
    let codes = |spec: &CalendarSpec| match Calendar::compile(spec) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect(),
    };
    let mut spec = spec("mall");
    spec.weekly.mon = vec![interval(&("10:00", "22:00")); MAX_INTERVALS];
    let date = |n: usize| (jiff::civil::date(2020, 1, 1) + i32::try_from(n).unwrap().days()).to_string();
    spec.holidays = (0..MAX_DATES).map(date).collect();
    assert_eq!(codes(&spec), []);
    spec.weekly.mon.push(interval(&("10:00", "22:00")));
    spec.holidays.push(date(MAX_DATES));
    let found = [("/weekly/mon", "too_many_intervals"), ("/holidays", "too_many_dates")];
    assert_eq!(codes(&spec), found.map(|(pointer, code)| (pointer.to_owned(), code)));
}

#[test]
fn rule_8_past_the_known_holidays_a_deadline_is_provisional() {
    let mut spec = spec("mall");
    spec.valid_through = Some("2024-03-05".to_owned());
    let calendar = compile(&spec);
    let provisional = |from, seconds| calendar.add(at(from), seconds).unwrap().provisional;
    assert!(!provisional("03-05 21:00", HOUR));
    assert!(provisional("03-05 21:00", HOUR + 1));
    assert!(provisional("03-06 00:00", 0));
    assert!(!provisional("03-05 23:59", 0));
    assert!(calendar.add_working_days(at("03-05 10:00"), 1).unwrap().provisional);
}

#[test]
fn rule_9_working_days_end_at_their_last_closing() {
    let office = calendar("office");
    let due = |from, n| office.add_working_days(at(from), n).unwrap().at;
    assert_eq!(due("03-05 09:00", 1), at("03-06 18:00"));
    assert_eq!(due("03-05 23:59", 1), at("03-06 18:00"), "the start day is not counted, however late");
    assert_eq!(due("02-08 10:00", 2), at("02-18 18:00"), "a break is skipped, a make-up day works");
    assert_eq!(due("03-05 09:00", 0), at("03-05 09:00"));
    let night = calendar("night");
    assert_eq!(night.add_working_days(at("03-05 05:00"), 1).unwrap().at, at("03-07 06:00"), "it ends next morning");
    let mut shut = spec("mall");
    shut.overrides.insert("2024-03-06".to_owned(), Vec::new());
    assert_eq!(compile(&shut).add_working_days(at("03-05 10:00"), 1).unwrap().at, at("03-07 22:00"));
}

#[test]
fn rule_9_a_promise_in_working_days_is_worth_seconds() {
    let office = calendar("office");
    let (seconds, due) = office.promise(at("03-08 16:00"), Target::WorkingDays(2)).unwrap();
    assert_eq!((seconds, due.at), (2 * HOUR + 15 * HOUR, at("03-12 18:00")));
    assert_eq!(office.add(at("03-08 16:00"), seconds), Some(due));
    let (seconds, due) = office.promise(at("03-08 16:00"), Target::Seconds(-1)).unwrap();
    assert_eq!((seconds, due.at), (0, at("03-08 16:00")));
}

#[test]
fn segments_say_what_each_part_is() {
    let mut spec = spec("mallx");
    spec.makeup_days.insert("2024-02-11".to_owned(), vec![interval(&("08:00", "09:00"))]);
    let calendar = compile(&spec);
    let told = |from, to| -> Vec<_> {
        let tell = |segment: &Segment| (segment.kind, segment.to);
        calendar.segments(at(from), at(to)).iter().map(tell).collect()
    };
    assert_eq!(
        told("02-09 12:00", "02-12 12:00"),
        [
            (Override, at("02-09 17:00")),
            (Closed, at("02-10 00:00")),
            (Holiday, at("02-11 00:00")),
            (Closed, at("02-11 08:00")),
            (Makeup, at("02-11 09:00")),
            (Closed, at("02-12 10:00")),
            (Open, at("02-12 12:00")),
        ]
    );
    assert_eq!(told("07-20 00:00", "07-20 23:00"), [(Closed, at("07-20 23:00"))], "closed by an override");
    assert_eq!(told("03-05 11:00", "03-05 12:00"), [(Open, at("03-05 12:00"))]);
}

#[test]
fn where_a_clock_is_set_back_across_midnight_a_date_lasts_until_the_next_begins_for_good() {
    // St. John's, 29 October 2006: at one minute past midnight it was 23:01 of the 28th again.
    let mut spec = daily("America/St_Johns", &[("10:00", "12:00")]);
    spec.holidays = vec!["2006-10-28".to_owned()];
    for from in ["2006-10-29T02:00:00Z", "2006-10-29T02:45:00Z"] {
        let segments = compile(&spec).segments(at(from), at("2006-10-29T05:00:00Z"));
        let told: Vec<_> = segments.iter().map(|segment| (segment.kind, segment.to)).collect();
        assert_eq!(told, [(Holiday, at("2006-10-29T03:30:00Z")), (Closed, at("2006-10-29T05:00:00Z"))]);
    }
}

#[test]
fn where_two_dates_overlap_the_one_that_opened_first_gives_its_kind() {
    let mut spec = daily("Asia/Shanghai", &[("22:00", "26:00")]);
    spec.makeup_days.insert("2024-03-06".to_owned(), vec![interval(&("01:00", "04:00"))]);
    let segments = compile(&spec).segments(at("03-05 22:00"), at("03-06 04:00"));
    let told: Vec<_> = segments.iter().map(|segment| (segment.kind, segment.to)).collect();
    assert_eq!(told, [(Open, at("03-06 02:00")), (Makeup, at("03-06 04:00"))]);
}

#[test]
fn a_calendar_reads_and_writes_the_same_json() {
    let written = json!({
        "time_zone": "Asia/Shanghai",
        "weekly": {"mon": [{"open": "09:00", "close": "18:00"}]},
        "holidays": ["2024-10-01"],
        "makeup_days": {"2024-09-29": [{"open": "09:00", "close": "18:00"}]},
        "overrides": {"2024-10-08": []},
        "valid_through": "2024-12-31",
    });
    let spec: CalendarSpec = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&spec).unwrap(), written);
    for unknown in [json!({"time_zone": "UTC", "holiday": []}), json!({"time_zone": "UTC", "weekly": {"monday": []}})] {
        assert!(serde_json::from_value::<CalendarSpec>(unknown).is_err());
    }
    let without_zone: Value = json!({});
    assert!(serde_json::from_value::<CalendarSpec>(without_zone).is_err());
}

#[test]
fn a_calendar_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Calendar>();
}
