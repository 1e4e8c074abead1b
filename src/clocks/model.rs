//! Rows of clocks and of what happened to them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::schema::{clock_alerts, clock_events, clocks};
use crate::sites::model::Priority;
use crate::sla::calendar::Calendar;
use crate::sla::ledger::{Breach, Cause, Clock, ClockState, Happening, Phase};
use crate::sla::rates::Standing;
use crate::sla::warnings;
use crate::standards::spec::{ClockKind, Level, StandardSpec, Told};
use crate::text_enum;
use crate::values::{Id, Instant, Json};

text_enum! {
    /// Whether a clock goes; see [`Phase`].
    pub enum PhaseWord {
        /// It uses up open time.
        Running = "running",
        /// It waits.
        Paused = "paused",
        /// What it measures is done.
        Stopped = "stopped",
        /// It measures nothing any more.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// How a clock came to be late; see [`Cause`].
    pub enum CauseWord {
        /// It ran past its deadline.
        Deadline = "deadline",
        /// A new target was shorter than what had been used already.
        Retarget = "retarget",
    }
}

text_enum! {
    /// What happened to a clock after it was started.
    pub enum EventKind {
        /// It has to wait.
        Pause = "pause",
        /// A reason to wait ended.
        Resume = "resume",
        /// What it measures is done.
        Stop = "stop",
        /// It was not done after all.
        Reopen = "reopen",
        /// Another target.
        Retarget = "retarget",
        /// Another calendar.
        Recalendar = "recalendar",
        /// It measures nothing any more.
        Cancel = "cancel",
        /// It measures something after all.
        Restore = "restore",
        /// It was seen to have run past its deadline.
        Breach = "breach",
        /// Its breach was no fault of ours.
        Excuse = "excuse",
    }
}

impl EventKind {
    /// Whether it judges a target that may have been exceeded already.
    #[must_use]
    pub const fn can_judge(self) -> bool {
        matches!(self, Self::Retarget | Self::Resume | Self::Reopen | Self::Restore)
    }
}

/// A clock on a ticket.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = clocks)]
#[diesel(primary_key(ticket_id, id))]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub struct ClockRow {
    /// The ticket.
    pub ticket_id: Id,
    /// Identifier.
    pub id: Id,
    /// The ticket's site.
    pub site_id: Id,
    /// What it measures.
    pub kind: ClockKind,
    /// The hop a department's clock belongs to.
    pub hop_id: Option<Id>,
    /// The department a department's clock measures.
    pub department_id: Option<Id>,
    /// The standard it follows.
    pub standard_version_id: Id,
    /// When it was born.
    pub started_at: Instant,
    /// The target it was born with, in open seconds.
    pub born_target_seconds: i32,
    /// The calendar it was born with; `None` is the wall clock.
    pub born_calendar_version_id: Option<Id>,
    /// The calendar it runs on now.
    pub calendar_version_id: Option<Id>,
    /// Its target now, in open seconds.
    pub target_seconds: i32,
    /// Counts targets from 1: warnings start anew with each.
    pub target_version: i32,
    /// Whether it goes.
    pub phase: PhaseWord,
    /// Open seconds used until `since`.
    pub used_seconds: i32,
    /// Until when everything is accounted for.
    pub since: Instant,
    /// Its deadline while it runs.
    pub due_at: Option<Instant>,
    /// Whether that may move with the holidays of another year.
    pub is_provisional: bool,
    /// The first time it was late.
    pub breached_at: Option<Instant>,
    /// How it came to be.
    pub breach_cause: Option<CauseWord>,
    /// Whether somebody took that as no fault of ours.
    pub is_excused: bool,
    /// What it waits for.
    pub reasons: Json,
    /// How often it was reopened.
    pub episode: i32,
    /// The highest percent of the present target that somebody was told of, or that was passed over when its ladder
    /// changed; 0 for none.
    pub alerted_percent: i32,
    /// When there is next something to tell or to record.
    pub next_at: Option<Instant>,
    /// How many events it has.
    pub events: i32,
    /// Since when it is held to the tightened ladder of its standard.
    pub tightened_at: Option<Instant>,
}

impl ClockRow {
    /// Whether it is held to the tightened ladder of its standard.
    #[must_use]
    pub const fn is_tightened(&self) -> bool {
        self.tightened_at.is_some()
    }

    /// Who is told when, of those that its standard names.
    #[must_use]
    pub fn ladder<'a>(&self, spec: &'a StandardSpec) -> &'a [Level] {
        spec.ladder_when(self.is_tightened())
    }

    /// How it counts at `now`.
    #[must_use]
    pub fn standing(&self, now: Instant) -> Standing {
        // The ledger counts whole seconds: what is due within this one is in time.
        let is_due = |at: Instant| self.phase == PhaseWord::Running && at.0.as_second() < now.0.as_second();
        let is_late = self.breached_at.is_some() || self.due_at.is_some_and(is_due);
        Standing::judge(self.phase.into(), is_late, self.is_excused)
    }
}

/// A time that a ticket waited.
#[derive(Debug, Clone)]
pub struct Pause {
    /// The ticket.
    pub ticket_id: Id,
    /// From when.
    pub at: Instant,
    /// Until when, if it is over.
    pub ended_at: Option<Instant>,
    /// Who let it wait.
    pub by_id: Option<Id>,
    /// Why.
    pub reason: String,
    /// Open seconds that were left then; none or fewer if it was late already.
    pub remaining_seconds: i64,
    /// Of so many.
    pub target_seconds: i64,
}

/// What the clocks of some tickets know of them, besides their deadlines.
#[derive(Debug, Default)]
pub struct Waits {
    /// When they waited.
    pub pauses: Vec<Pause>,
    /// Who brought each to its end.
    pub ended_by: HashMap<Id, Id>,
    /// Who gave each its first answer.
    pub answered_by: HashMap<Id, Id>,
}

/// Something that happened to a clock.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = clock_events)]
#[diesel(treat_none_as_default_value = false)]
pub struct ClockEvent {
    /// The ticket.
    pub ticket_id: Id,
    /// Identifier.
    pub id: Id,
    /// The clock.
    pub clock_id: Id,
    /// When it took effect.
    pub at: Instant,
    /// What.
    pub kind: EventKind,
    /// What it waits for, why it was cancelled or excused.
    pub reason: Option<String>,
    /// The new target, in open seconds.
    pub target_seconds: Option<i32>,
    /// The priority the new target is for.
    pub priority: Option<Priority>,
    /// The new calendar; `None` is the wall clock.
    pub calendar_version_id: Option<Id>,
    /// Who did it; `None` for Yijian itself.
    pub actor_id: Option<Id>,
    /// What they were called then.
    pub actor_name: String,
    /// When it was written down: later than `at` when it was detected late.
    pub recorded_at: Instant,
    /// Counts the events of its clock from 1, as they happened: the times of two machines do not tell what came first.
    pub position: i32,
}

/// That somebody was told.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = clock_alerts)]
#[diesel(treat_none_as_default_value = false)]
pub struct Alert {
    /// The ticket.
    pub ticket_id: Id,
    /// The clock.
    pub clock_id: Id,
    /// Which of its targets.
    pub target_version: i32,
    /// At which percent of it.
    pub percent: i32,
    /// Who was told.
    pub tell: Told,
    /// When that percent was reached.
    pub at: Instant,
    /// When that was noticed.
    pub detected_at: Instant,
}

/// A level of a ladder that somebody is to be told of.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The level.
    pub level: Level,
    /// When it is reached.
    pub at: Instant,
    /// When to tell: from 100 % on a second later, because what stops on the deadline is in time.
    pub look_at: Instant,
}

/// A stored clock with the calendar it runs on: what events are applied to.
#[derive(Clone)]
pub struct Ticking {
    /// The row, which is out of date while events are being applied.
    pub row: ClockRow,
    /// The state of the art.
    pub clock: Clock,
}

impl Ticking {
    /// A clock as its row says.
    #[must_use]
    pub fn new(row: ClockRow, calendar: Arc<Calendar>) -> Self {
        let breach = row.breached_at.map(|at| Breach {
            at: at.0,
            cause: match row.breach_cause {
                Some(CauseWord::Retarget) => Cause::Retarget,
                _ => Cause::Deadline,
            },
        });
        let state = ClockState {
            started_at: row.started_at.0,
            target_seconds: row.target_seconds.into(),
            phase: row.phase.into(),
            used_seconds: row.used_seconds.into(),
            since: row.since.0,
            due_at: row.due_at.map(|at| at.0),
            provisional: row.is_provisional,
            breach,
            excused: row.is_excused,
            reasons: reasons(&row.reasons),
            episode: row.episode.unsigned_abs(),
        };
        Self { clock: Clock { calendar, state }, row }
    }

    /// Whether it measures something now.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.clock.state.phase, Phase::Running | Phase::Paused)
    }

    /// Holds it to the tightened ladder of its standard, or to the ordinary one again. Of the levels that are passed by then
    /// and that nobody was told of, only the highest is still told. Answers with whether that is new.
    pub fn tighten(&mut self, is_tightened: bool, spec: &StandardSpec, now: Instant) -> bool {
        if self.row.is_tightened() == is_tightened {
            return false;
        }
        self.row.tightened_at = is_tightened.then_some(now);
        if spec.has_tightened_ladder() {
            let mut passed_over = self.row.alerted_percent;
            while let Some(step) = self.next_step(spec).filter(|step| step.look_at <= now) {
                passed_over = std::mem::replace(&mut self.row.alerted_percent, step.level.percent);
            }
            self.row.alerted_percent = passed_over;
        }
        true
    }

    /// The row as the clock says, with the next time anybody has to look at it.
    #[must_use]
    pub fn into_row(self, spec: &StandardSpec) -> ClockRow {
        let next_at = self.next_look(spec);
        let Self { mut row, clock: Clock { state, .. } } = self;
        row.target_seconds = seconds(state.target_seconds);
        row.phase = state.phase.into();
        row.used_seconds = seconds(state.used_seconds);
        row.since = state.since.into();
        row.due_at = state.due_at.map(Instant::from);
        row.is_provisional = state.provisional;
        row.breached_at = state.breach.map(|breach| breach.at.into());
        row.breach_cause = state.breach.map(|breach| breach.cause.into());
        row.is_excused = state.excused;
        row.reasons = Json(state.reasons.into_iter().collect());
        row.episode = i32::try_from(state.episode).unwrap_or(i32::MAX);
        row.next_at = next_at;
        row
    }

    /// The next level of its ladder that somebody is to be told of.
    #[must_use]
    pub fn next_step(&self, spec: &StandardSpec) -> Option<Step> {
        let ladder = self.row.ladder(spec);
        let percents: Vec<u32> = ladder.iter().map(|level| level.percent.unsigned_abs()).collect();
        let fired = Some(self.row.alerted_percent.unsigned_abs()).filter(|percent| *percent > 0);
        let warning = warnings::next(&self.clock, &percents, fired)?;
        let level = ladder.iter().find(|level| level.percent.unsigned_abs() == warning.percent)?;
        let at = Instant::from(warning.at);
        let late = SignedDuration::from_secs(i64::from(level.percent >= 100));
        Some(Step { level: *level, at, look_at: at + late })
    }

    /// When a breach would have to be recorded: as soon as it is past its deadline.
    #[must_use]
    pub fn next_breach(&self) -> Option<Instant> {
        let state = &self.clock.state;
        let due = state.due_at.filter(|_| state.breach.is_none())?;
        Some(Instant::from(due) + SignedDuration::from_secs(1))
    }

    /// When anybody has to look at it next.
    #[must_use]
    pub fn next_look(&self, spec: &StandardSpec) -> Option<Instant> {
        let step = self.next_step(spec).map(|step| step.look_at);
        [step, self.next_breach()].into_iter().flatten().min()
    }

    /// The deadline that its ticket shows: the one it runs towards, or the one it missed and cannot meet any more, also
    /// while it waits. What a department is promised, the requester is not: no ticket shows it.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        if self.row.kind.is_of_department() {
            return None;
        }
        let state = &self.clock.state;
        let missed = state.breach.map(|breach| breach.at);
        let deadline = match state.phase {
            Phase::Running => state.due_at.or(missed),
            Phase::Paused => missed.filter(|_| state.used_seconds >= state.target_seconds),
            Phase::Stopped | Phase::Cancelled => None,
        };
        deadline.map(Instant::from)
    }
}

impl ClockEvent {
    /// The event as the ledger knows it; `calendar` is the one it names.
    #[must_use]
    pub fn happening(&self, calendar: &Arc<Calendar>) -> Happening {
        match self.kind {
            EventKind::Pause => Happening::Pause { reason: self.reason.clone() },
            EventKind::Resume => Happening::Resume { reason: None },
            EventKind::Stop => Happening::Stop,
            EventKind::Reopen => Happening::Reopen,
            EventKind::Retarget => Happening::Retarget { seconds: self.target_seconds.unwrap_or_default().into() },
            EventKind::Recalendar => Happening::Recalendar(calendar.clone()),
            EventKind::Cancel => Happening::Cancel,
            EventKind::Restore => Happening::Restore,
            EventKind::Breach => Happening::Breach,
            EventKind::Excuse => Happening::Excuse,
        }
    }
}

/// No clock runs for longer than a column can count: targets end at ten years, tickets long before 68.
fn seconds(seconds: i64) -> i32 {
    i32::try_from(seconds).unwrap_or(if seconds < 0 { i32::MIN } else { i32::MAX })
}

fn reasons(json: &Json) -> BTreeSet<String> {
    let words = json.0.as_array().into_iter().flatten();
    words.filter_map(|word| word.as_str().map(ToOwned::to_owned)).collect()
}

impl From<PhaseWord> for Phase {
    fn from(word: PhaseWord) -> Self {
        match word {
            PhaseWord::Running => Self::Running,
            PhaseWord::Paused => Self::Paused,
            PhaseWord::Stopped => Self::Stopped,
            PhaseWord::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Phase> for PhaseWord {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Running => Self::Running,
            Phase::Paused => Self::Paused,
            Phase::Stopped => Self::Stopped,
            Phase::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Cause> for CauseWord {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Deadline => Self::Deadline,
            Cause::Retarget => Self::Retarget,
        }
    }
}
