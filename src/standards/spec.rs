//! A service standard as people write it, what is wrong with it, and what it promises.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::accounts::model::Role;
use crate::sites::model::{Kind, Priority};
use crate::sla::spec::Fault;
use crate::text::{maybe_whole_number, whole_number};
use crate::text_enum;
use crate::tickets::model::{PauseReason, Severity};
use crate::values::Id;

/// No promise is shorter than this, in seconds: a target of nothing is late before it begins.
pub const SHORTEST_TARGET: i32 = 1;
/// No promise is longer than this, in seconds: ten years of 365 days.
pub const LONGEST_TARGET: i32 = 10 * 365 * 86_400;
/// Nor than this, in working days.
pub const MOST_WORKING_DAYS: u32 = 2_000;
/// Of its target, in percent: nobody is told of what is this late.
pub const HIGHEST_PERCENT: i32 = 10_000;
/// As many entries may each list of a standard have.
const MOST_ENTRIES: usize = 64;

text_enum! {
    /// What a clock measures.
    pub enum ClockKind {
        /// Until a human of the desk answers or accepts.
        FirstResponse = "first_response",
        /// Until it is done.
        Resolution = "resolution",
        /// Until somebody of the department has taken it.
        DeptAccept = "dept_accept",
        /// Until the department is done with it.
        DeptResolve = "dept_resolve",
    }
}

impl ClockKind {
    /// Whether it runs while a department has the ticket, and not from receipt to the end.
    #[must_use]
    pub const fn is_of_department(self) -> bool {
        matches!(self, Self::DeptAccept | Self::DeptResolve)
    }

    /// Whether waiting can stop it: a first response is owed whatever work waits for.
    #[must_use]
    pub const fn can_pause(self) -> bool {
        matches!(self, Self::Resolution | Self::DeptResolve)
    }
}

text_enum! {
    /// Who is told that time runs out.
    pub enum Told {
        /// The person who has it; if nobody has, the department, or else the desk.
        Assignee = "assignee",
        /// The lead of the department; if it has none, everyone in it.
        DepartmentLead = "department_lead",
        /// The site's supervisors.
        Supervisor = "supervisor",
        /// Whoever runs the installation.
        Admin = "admin",
    }
}

text_enum! {
    /// What a pause must show.
    pub enum Evidence {
        /// Nothing.
        None = "none",
        /// A note.
        Note = "note",
        /// A photo.
        Photo = "photo",
        /// When it ends.
        Until = "until",
    }
}

/// Which calendar a clock runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarChoice {
    /// Every second counts (`wall_clock`).
    WallClock,
    /// The site's opening hours (`open_hours`).
    OpenHours,
    /// The calendar of the department that has it, or else the opening hours (`department`).
    Department,
    /// One of the site's calendars, by its id.
    Own(Id),
}

/// A promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Of what.
    pub clock: ClockKind,
    /// For this priority only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Within so many open seconds of its calendar; this or `working_days`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_whole_number")]
    #[schema(minimum = 1, maximum = 315_360_000)]
    pub seconds: Option<i32>,
    /// Or to the end of so many working days after the one it begins on.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole_days")]
    #[schema(minimum = 1, maximum = 2000)]
    pub working_days: Option<u32>,
    /// On which calendar.
    #[schema(
        value_type = String,
        pattern = "^(wall_clock|open_hours|department|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$",
        example = "open_hours",
    )]
    pub calendar: CalendarChoice,
}

/// When somebody is told that time runs out, or ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// At so many percent of the target: below 100 a warning, at 100 when it is missed, above when it stays undone.
    #[serde(deserialize_with = "whole_number")]
    #[schema(minimum = 1, maximum = 10_000)]
    pub percent: i32,
    /// Who.
    pub tell: Told,
}

/// What a reason to wait needs, and how long it may last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseRule {
    /// The reason.
    pub reason: PauseReason,
    /// In seconds; then work goes on by itself.
    #[serde(deserialize_with = "whole_number")]
    #[schema(minimum = 1, maximum = 315_360_000)]
    pub longest_seconds: i32,
    /// How often on one ticket.
    #[serde(deserialize_with = "whole_number")]
    #[schema(minimum = 1, maximum = 1000)]
    pub most: i32,
    /// What it must show.
    pub evidence: Evidence,
    /// Whether only a supervisor may.
    #[serde(default)]
    pub lead_only: bool,
}

/// What is promised for which matters. An empty list means any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "rank": 100, "kinds": ["repair"],
    "promises": [
        {"clock": "first_response", "seconds": 7200, "calendar": "open_hours"},
        {"clock": "resolution", "seconds": 86400, "calendar": "wall_clock"},
    ],
    "ladder": [{"percent": 80, "tell": "assignee"}, {"percent": 100, "tell": "supervisor"}],
    "tightened_ladder": [{"percent": 50, "tell": "assignee"}, {"percent": 90, "tell": "supervisor"}],
    "pausable": true,
    "pauses": [{"reason": "waiting_parts", "longest_seconds": 259_200, "most": 2, "evidence": "note"}],
}))]
pub struct StandardSpec {
    /// Of several that match, the one with the highest counts.
    #[serde(deserialize_with = "whole_number")]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub rank: i32,
    /// Kinds of matters.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub kinds: Vec<Kind>,
    /// What the requester is at the site.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub requester_roles: Vec<Role>,
    /// Categories, each with those below it.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub category_ids: Vec<Id>,
    /// How grave.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub severities: Vec<Severity>,
    /// Promises nothing, on purpose: such matters have no clocks.
    #[serde(default)]
    pub no_standard: bool,
    /// What is promised; for one clock and priority the first that fits counts.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub promises: Vec<Promise>,
    /// Who is told when, in rising percent.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub ladder: Vec<Level>,
    /// The same while the resolution rate of the department that has the ticket is under its target: everybody of the
    /// `ladder` is told, and nobody later. Empty: never tightened.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub tightened_ladder: Vec<Level>,
    /// Whether work may wait. Major matters never may.
    #[serde(default)]
    pub pausable: bool,
    /// For which reasons; one that is not named may not.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub pauses: Vec<PauseRule>,
}

/// What standards look at in a ticket.
#[derive(Debug, Clone)]
pub struct Matter {
    /// Its kind.
    pub kind: Kind,
    /// What the requester is at the site.
    pub requester_role: Role,
    /// Its category and those above it.
    pub category_ids: Vec<Id>,
    /// How grave it is.
    pub severity: Severity,
}

impl StandardSpec {
    /// Whether this is for such a matter.
    #[must_use]
    pub fn matches(&self, matter: &Matter) -> bool {
        fn any_or<T: PartialEq>(list: &[T], one: &T) -> bool {
            list.is_empty() || list.contains(one)
        }
        let category =
            self.category_ids.is_empty() || self.category_ids.iter().any(|id| matter.category_ids.contains(id));
        category
            && any_or(&self.kinds, &matter.kind)
            && any_or(&self.requester_roles, &matter.requester_role)
            && any_or(&self.severities, &matter.severity)
    }

    /// Whether some matter could match both; `within` says whether one category lies in another.
    #[must_use]
    pub fn overlaps(&self, other: &Self, within: impl Fn(Id, Id) -> bool) -> bool {
        fn meet<T: PartialEq>(a: &[T], b: &[T]) -> bool {
            a.is_empty() || b.is_empty() || a.iter().any(|one| b.contains(one))
        }
        let categories = self.category_ids.is_empty()
            || other.category_ids.is_empty()
            || self.category_ids.iter().any(|a| other.category_ids.iter().any(|b| within(*a, *b) || within(*b, *a)));
        categories
            && meet(&self.kinds, &other.kinds)
            && meet(&self.requester_roles, &other.requester_roles)
            && meet(&self.severities, &other.severities)
    }

    /// What is promised of `clock` at `priority`.
    #[must_use]
    pub fn promise(&self, clock: ClockKind, priority: Priority) -> Option<&Promise> {
        let fits = |promise: &&Promise| promise.clock == clock && promise.priority.is_none_or(|p| p == priority);
        self.promises.iter().find(fits).filter(|_| !self.no_standard)
    }

    /// Who is told when: as ever, or while the department is tightened.
    #[must_use]
    pub fn ladder_when(&self, is_tightened: bool) -> &[Level] {
        if is_tightened && self.has_tightened_ladder() { &self.tightened_ladder } else { &self.ladder }
    }

    /// Whether a tightened department makes any difference.
    #[must_use]
    pub const fn has_tightened_ladder(&self) -> bool {
        !self.tightened_ladder.is_empty()
    }

    /// What waiting for `reason` needs; `None` if work may not wait for it.
    #[must_use]
    pub fn pause_rule(&self, reason: PauseReason) -> Option<&PauseRule> {
        self.pauses.iter().find(|rule| rule.reason == reason).filter(|_| self.pausable)
    }

    /// Everything wrong with it by itself.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut add = |pointer: String, code: &'static str| faults.push(Fault { pointer, code });
        if !(1..=1_000_000).contains(&self.rank) {
            add("/rank".to_owned(), "rank_out_of_range");
        }
        let lengths = [
            ("/kinds", self.kinds.len()),
            ("/requester_roles", self.requester_roles.len()),
            ("/category_ids", self.category_ids.len()),
            ("/severities", self.severities.len()),
            ("/promises", self.promises.len()),
            ("/ladder", self.ladder.len()),
            ("/tightened_ladder", self.tightened_ladder.len()),
            ("/pauses", self.pauses.len()),
        ];
        for (pointer, _) in lengths.into_iter().filter(|(_, length)| *length > MOST_ENTRIES) {
            add(pointer.to_owned(), "too_many_entries");
        }
        match (self.no_standard, self.promises.is_empty()) {
            (true, false) => add("/promises".to_owned(), "promises_without_standard"),
            (false, true) => add("/promises".to_owned(), "promises_missing"),
            _ => {}
        }
        for (i, promise) in self.promises.iter().take(MOST_ENTRIES).enumerate() {
            if let Some((field, code)) = promise.fault() {
                add(format!("/promises/{i}{field}"), code);
            }
            let covers = |earlier: &Promise| {
                earlier.clock == promise.clock && earlier.priority.is_none_or(|p| promise.priority == Some(p))
            };
            if self.promises.iter().take(i).any(covers) {
                add(format!("/promises/{i}"), "promise_never_counts");
            }
        }
        for (name, ladder) in [("ladder", &self.ladder), ("tightened_ladder", &self.tightened_ladder)] {
            let mut before = 0;
            for (i, level) in ladder.iter().take(MOST_ENTRIES).enumerate() {
                if !(1..=HIGHEST_PERCENT).contains(&level.percent) {
                    add(format!("/{name}/{i}/percent"), "percent_out_of_range");
                } else if level.percent <= before {
                    add(format!("/{name}/{i}/percent"), "ladder_not_rising");
                }
                before = level.percent;
            }
        }
        if self.has_tightened_ladder() && !self.is_tighter() {
            add("/tightened_ladder".to_owned(), "ladder_not_tighter");
        }
        for (i, rule) in self.pauses.iter().take(MOST_ENTRIES).enumerate() {
            if !(SHORTEST_TARGET..=LONGEST_TARGET).contains(&rule.longest_seconds) {
                add(format!("/pauses/{i}/longest_seconds"), "target_out_of_range");
            }
            if !(1..=1000).contains(&rule.most) {
                add(format!("/pauses/{i}/most"), "count_out_of_range");
            }
            if self.pauses.iter().take(i).any(|earlier| earlier.reason == rule.reason) {
                add(format!("/pauses/{i}/reason"), "reason_twice");
            }
        }
        faults
    }

    /// Whether everybody whom the ladder tells is told by the tightened one as well, and no later.
    fn is_tighter(&self) -> bool {
        self.ladder.iter().all(|level| {
            let in_time = |other: &Level| other.tell == level.tell && other.percent <= level.percent;
            self.tightened_ladder.iter().any(in_time)
        })
    }
}

/// Less than a day is out of range like any other wrong number of days.
fn whole_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Ok(maybe_whole_number(deserializer)?.map(|days| u32::try_from(days).unwrap_or(0)))
}

impl Promise {
    fn fault(&self) -> Option<(&'static str, &'static str)> {
        match (self.seconds, self.working_days) {
            (Some(seconds), None) => {
                (!(SHORTEST_TARGET..=LONGEST_TARGET).contains(&seconds)).then_some(("/seconds", "target_out_of_range"))
            }
            (None, Some(days)) if !(1..=MOST_WORKING_DAYS).contains(&days) => {
                Some(("/working_days", "target_out_of_range"))
            }
            // The wall clock's days end at midnight in UTC, which is nobody's working day.
            (None, Some(_)) if self.calendar == CalendarChoice::WallClock => {
                Some(("/calendar", "working_days_need_calendar"))
            }
            (None, Some(_)) => None,
            _ => Some(("/seconds", "target_needed_once")),
        }
    }
}

impl fmt::Display for CalendarChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WallClock => f.write_str("wall_clock"),
            Self::OpenHours => f.write_str("open_hours"),
            Self::Department => f.write_str("department"),
            Self::Own(id) => fmt::Display::fmt(id, f),
        }
    }
}

impl FromStr for CalendarChoice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "wall_clock" => Ok(Self::WallClock),
            "open_hours" => Ok(Self::OpenHours),
            "department" => Ok(Self::Department),
            id => id.parse().map(Self::Own),
        }
    }
}

impl Serialize for CalendarChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CalendarChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
