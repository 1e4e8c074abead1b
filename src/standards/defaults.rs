//! What a new site promises until somebody decides otherwise.
//!
//! The figures are the service standards of the desk: an inquiry answered in 3 minutes, a complaint taken up in 15 and
//! solved in 24 hours (48 at the very latest), a merchant's request in 2 hours or, if urgent, 30 minutes, and whatever
//! else in 24 hours. Those of urgent repairs, of departments, of pauses and of both ladders are ours.

use super::spec::{CalendarChoice, ClockKind, Evidence, Level, PauseRule, Promise, StandardSpec, Told};
use crate::accounts::model::Role;
use crate::sites::model::{Kind, Priority};
use crate::sla::spec::{CalendarSpec, Interval, Weekly};
use crate::tickets::model::{PauseReason, Severity};

const MINUTE: i32 = 60;
const HOUR: i32 = 60 * MINUTE;
const DAY: i32 = 24 * HOUR;

/// Open every day from `opens` to `closes`, past midnight if it closes before it opens.
pub(super) fn open_daily(time_zone: &str, opens: &str, closes: &str) -> CalendarSpec {
    let close = match closes.split_once(':') {
        Some((hour, minute)) if closes <= opens => {
            format!("{:02}:{minute}", hour.parse::<u16>().unwrap_or_default() + 24)
        }
        _ => closes.to_owned(),
    };
    let day = vec![Interval::new(opens, &close)];
    let weekly = Weekly {
        mon: day.clone(),
        tue: day.clone(),
        wed: day.clone(),
        thu: day.clone(),
        fri: day.clone(),
        sat: day.clone(),
        sun: day,
    };
    CalendarSpec { time_zone: time_zone.to_owned(), weekly, ..CalendarSpec::default() }
}

/// The shipped standards, each with its name.
pub(super) fn standards() -> Vec<(&'static str, StandardSpec)> {
    use CalendarChoice::{Department, OpenHours, WallClock};
    use ClockKind::{DeptAccept, DeptResolve, FirstResponse, Resolution};
    let any = |clock, seconds, calendar| promise(clock, None, seconds, calendar);
    let normal = |clock, seconds, calendar| promise(clock, Some(Priority::Normal), seconds, calendar);
    let urgent = |clock, seconds, calendar| promise(clock, Some(Priority::Urgent), seconds, calendar);
    vec![
        (
            "报修",
            StandardSpec {
                kinds: vec![Kind::Repair],
                promises: vec![
                    urgent(FirstResponse, 30 * MINUTE, WallClock),
                    normal(FirstResponse, 2 * HOUR, OpenHours),
                    urgent(Resolution, 4 * HOUR, WallClock),
                    normal(Resolution, DAY, WallClock),
                    urgent(DeptAccept, 10 * MINUTE, WallClock),
                    normal(DeptAccept, HOUR, Department),
                    urgent(DeptResolve, 4 * HOUR, WallClock),
                    normal(DeptResolve, DAY, WallClock),
                ],
                pausable: true,
                pauses: pauses(),
                ..standard(300)
            },
        ),
        (
            "重大投诉（群体、安全）",
            StandardSpec {
                kinds: vec![Kind::Complaint],
                severities: vec![Severity::Major],
                promises: vec![any(FirstResponse, 15 * MINUTE, OpenHours), any(Resolution, 2 * DAY, WallClock)],
                ladder: vec![
                    level(50, Told::Supervisor),
                    level(80, Told::DepartmentLead),
                    level(100, Told::Supervisor),
                    level(120, Told::Admin),
                ],
                tightened_ladder: vec![
                    level(30, Told::Supervisor),
                    level(50, Told::DepartmentLead),
                    level(80, Told::Supervisor),
                    level(100, Told::Admin),
                ],
                ..standard(400)
            },
        ),
        (
            "投诉",
            StandardSpec {
                kinds: vec![Kind::Complaint],
                promises: vec![any(FirstResponse, 15 * MINUTE, OpenHours), any(Resolution, DAY, WallClock)],
                pausable: true,
                pauses: pauses(),
                ..standard(300)
            },
        ),
        (
            "咨询",
            StandardSpec {
                kinds: vec![Kind::Inquiry],
                promises: vec![any(FirstResponse, 3 * MINUTE, OpenHours)],
                ..standard(300)
            },
        ),
        (
            "商户诉求",
            StandardSpec {
                kinds: vec![Kind::Request],
                requester_roles: vec![Role::Merchant],
                promises: vec![
                    urgent(FirstResponse, 30 * MINUTE, WallClock),
                    normal(FirstResponse, 2 * HOUR, OpenHours),
                ],
                pausable: true,
                pauses: pauses(),
                ..standard(300)
            },
        ),
        ("其他", StandardSpec { promises: vec![any(FirstResponse, DAY, WallClock)], ..standard(100) }),
    ]
}

fn standard(rank: i32) -> StandardSpec {
    StandardSpec {
        rank,
        kinds: Vec::new(),
        requester_roles: Vec::new(),
        category_ids: Vec::new(),
        severities: Vec::new(),
        no_standard: false,
        promises: Vec::new(),
        ladder: vec![
            level(50, Told::Assignee),
            level(80, Told::DepartmentLead),
            level(100, Told::Supervisor),
            level(200, Told::Admin),
        ],
        tightened_ladder: vec![
            level(30, Told::Assignee),
            level(60, Told::DepartmentLead),
            level(80, Told::Supervisor),
            level(100, Told::Supervisor),
            level(150, Told::Admin),
        ],
        pausable: false,
        pauses: Vec::new(),
    }
}

const fn promise(clock: ClockKind, priority: Option<Priority>, seconds: i32, calendar: CalendarChoice) -> Promise {
    Promise { clock, priority, seconds: Some(seconds), working_days: None, calendar }
}

const fn level(percent: i32, tell: Told) -> Level {
    Level { percent, tell }
}

fn pauses() -> Vec<PauseRule> {
    let rule = |reason, longest_seconds, most, evidence| PauseRule {
        reason,
        longest_seconds,
        most,
        evidence,
        lead_only: false,
    };
    vec![
        rule(PauseReason::WaitingParts, 3 * DAY, 2, Evidence::None),
        rule(PauseReason::WaitingRequester, 2 * DAY, 3, Evidence::None),
        rule(PauseReason::Appointment, 7 * DAY, 3, Evidence::Until),
        rule(PauseReason::ThirdParty, 3 * DAY, 2, Evidence::Note),
        rule(PauseReason::Weather, DAY, 3, Evidence::None),
        rule(PauseReason::Other, 4 * HOUR, 1, Evidence::Note),
    ]
}
