//! Computing deadlines and ledgers for anybody who wants to check the engine from outside.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use super::spec::{LONGEST_TARGET, MOST_WORKING_DAYS};
use super::{calendars, service, versions};
use crate::accounts::model::SignedIn;
use crate::app::Tx;
use crate::error::Error;
use crate::http::input;
use crate::http::output::Answer;
use crate::sla::calendar::{Calendar, Segment, SegmentKind, Target};
use crate::sla::ledger::{Event, Happening, Phase};
use crate::sla::preview as engine;
use crate::sla::spec::CalendarSpec;
use crate::text::maybe_whole_number;
use crate::text_enum;
use crate::values::{Id, Instant};

/// As many parts of the time until a deadline are answered: years of office days. More is nothing that anybody reads.
const MOST_SEGMENTS: usize = 5000;

/// As many other calendars a ledger may name: each may take a tenth of a second to work out.
const MOST_CALENDARS: usize = 10;

text_enum! {
    /// Something that happens to a clock.
    pub enum PreviewEvent {
        /// It has to wait; `arg` is the reason.
        Pause = "pause",
        /// A reason to wait ended; `arg` names it, or all end.
        Resume = "resume",
        /// What it measures is done.
        Stop = "stop",
        /// It was not done after all.
        Reopen = "reopen",
        /// Another target; `arg` is it, in seconds.
        Target = "target",
        /// Another calendar; `arg` is it.
        Calendar = "calendar",
        /// It measures nothing any more.
        Cancel = "cancel",
    }
}

/// A calendar, a start and a target, and perhaps what happens then.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "calendar": {"time_zone": "Asia/Shanghai", "weekly": {"tue": [{"open": "09:00", "close": "12:00"},
        {"open": "13:30", "close": "18:00"}]}},
    "start": "2024-03-05T11:30:00+08:00", "target_seconds": 3600,
}))]
pub struct AskPreview {
    /// A calendar, written out; this or `calendar_id`.
    #[serde(default)]
    pub calendar: Option<CalendarSpec>,
    /// A calendar of a site the caller works at.
    #[serde(default)]
    pub calendar_id: Option<Id>,
    /// When the clock starts.
    pub start: Instant,
    /// What it may use, in open seconds; this or `target_working_days`.
    #[serde(default, deserialize_with = "maybe_whole_number")]
    #[schema(minimum = 1, maximum = 315_360_000)]
    pub target_seconds: Option<i32>,
    /// To the end of so many working days after the one it starts on.
    #[serde(default, deserialize_with = "maybe_whole_number")]
    #[schema(minimum = 1, maximum = 2000)]
    pub target_working_days: Option<i32>,
    /// What happens to it.
    #[serde(default)]
    #[validate(length(max = 1000))]
    #[schema(max_items = 1000)]
    pub events: Option<Vec<AskEvent>>,
}

/// Something that happens.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"at": "2024-03-05T12:00:00+08:00", "event": "pause", "arg": null}))]
pub struct AskEvent {
    /// When.
    pub at: Instant,
    /// What.
    pub event: PreviewEvent,
    /// See there.
    #[serde(default)]
    #[schema(value_type = Value)]
    pub arg: Value,
}

/// A deadline, or how a clock stands after each event.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// The target in open seconds; of one in working days what it comes to.
    pub target_seconds: i64,
    /// The deadline of the clock as it starts.
    pub due_at: Instant,
    /// Whether that may move with the holidays of another year.
    pub provisional: bool,
    /// What the time until then consists of; not for ledgers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<Vec<PreviewSegment>>,
    /// How it stands after each event, in the order in which they happen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<PreviewRow>>,
}

impl Answer for Preview {}

text_enum! {
    /// What a part of the time line is.
    pub enum PreviewKind {
        /// Open by the week.
        Open = "open",
        /// Not open.
        Closed = "closed",
        /// Not open because of a holiday.
        Holiday = "holiday",
        /// Open by a make-up day.
        Makeup = "makeup",
        /// Open by an override.
        Override = "override",
    }
}

/// A part of the time until a deadline.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewSegment {
    /// Its first instant.
    pub from: Instant,
    /// The first instant after it.
    pub to: Instant,
    /// What it is.
    pub kind: PreviewKind,
}

/// How a clock stands after an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewRow {
    /// When the event took effect.
    pub at: Instant,
    /// What it was.
    pub event: PreviewEvent,
    /// Whether it meant anything to the clock as it stood.
    pub changed: bool,
    /// Open seconds used.
    pub used_seconds: i64,
    /// Open seconds left; negative when it used more.
    pub remaining_seconds: i64,
    /// Whether it goes.
    pub state: crate::clocks::model::PhaseWord,
    /// Its deadline while it runs.
    pub due_at: Option<Instant>,
    /// Whether that may move with the holidays of another year.
    pub provisional: bool,
    /// Since when it is late.
    pub breached_at: Option<Instant>,
}

/// The deadline, or the ledger.
///
/// # Errors
/// [`Error::Invalid`] naming what is wrong; [`Error::NotFound`] for calendars of others.
pub fn preview(tx: &mut Tx<'_>, actor: &SignedIn, ask: AskPreview) -> Result<Preview, Error> {
    let AskPreview { calendar, calendar_id, start, target_seconds, target_working_days, events } = ask;
    let (at, calendar) = match (calendar, calendar_id) {
        (Some(spec), None) => ("/calendar", compile("/calendar", &spec)?),
        (None, Some(id)) => {
            let found = calendars::find(tx, actor, id)?;
            ("/calendar_id", versions::calendar(tx, Some(found.version.id))?.calendar)
        }
        _ => return Err(Error::field("/calendar", "calendar_needed_once")),
    };
    let (at_target, target) = match (target_seconds, target_working_days) {
        (Some(seconds), None) => {
            ("/target_seconds", Target::Seconds(check_seconds("/target_seconds", seconds.into())?))
        }
        (None, Some(days)) => {
            let at = "/target_working_days";
            let days = u32::try_from(days).ok().filter(|days| (1..=MOST_WORKING_DAYS).contains(days));
            (at, Target::WorkingDays(days.ok_or_else(|| Error::field(at, "target_out_of_range"))?))
        }
        _ => return Err(Error::field("/target_seconds", "target_needed_once")),
    };
    let never_opens = || Error::field(at, "calendar_never_opens");
    let deadline = engine::deadline(&calendar, start.0, target).ok_or_else(never_opens)?;
    let mut preview = Preview {
        target_seconds: deadline.target_seconds,
        due_at: deadline.due_at.into(),
        provisional: deadline.provisional,
        segments: None,
        events: None,
    };
    match events {
        None if deadline.segments.len() > MOST_SEGMENTS => return Err(Error::field(at_target, "preview_too_long")),
        None => preview.segments = Some(deadline.segments.into_iter().map(Into::into).collect()),
        Some(asked) => {
            let calendars = asked.iter().filter(|event| event.event == PreviewEvent::Calendar).count();
            if calendars > MOST_CALENDARS {
                return Err(Error::field("/events", "preview_calendars_too_many"));
            }
            let mut happenings = Vec::with_capacity(asked.len());
            for (i, event) in asked.iter().enumerate() {
                let what = happening(&format!("/events/{i}"), event)?;
                happenings.push(Event { at: event.at.0, by: None, what });
            }
            let rows = engine::ledger(calendar, start.0, target, &happenings).ok_or_else(never_opens)?;
            let mut in_order: Vec<&AskEvent> = asked.iter().collect();
            in_order.sort_by_key(|event| event.at);
            preview.events = Some(rows.into_iter().zip(in_order).map(|(row, asked)| view(row, asked.event)).collect());
        }
    }
    Ok(preview)
}

fn compile(at: &str, spec: &CalendarSpec) -> Result<Arc<Calendar>, Error> {
    Calendar::compile(spec).map(Arc::new).map_err(|faults| service::invalid(at, faults))
}

fn check_seconds(at: &str, seconds: i64) -> Result<i64, Error> {
    let fits = (1..=i64::from(LONGEST_TARGET)).contains(&seconds);
    if fits { Ok(seconds) } else { Err(Error::field(at, "target_out_of_range")) }
}

fn happening(at: &str, asked: &AskEvent) -> Result<Happening, Error> {
    let malformed = || Error::field(&format!("{at}/arg"), "value_malformed");
    let reason = || match &asked.arg {
        Value::Null => Ok(None),
        Value::String(reason) if reason.len() <= 500 => Ok(Some(reason.clone())),
        _ => Err(malformed()),
    };
    let nothing = || if asked.arg.is_null() { Ok(()) } else { Err(malformed()) };
    Ok(match asked.event {
        PreviewEvent::Pause => Happening::Pause { reason: reason()? },
        PreviewEvent::Resume => Happening::Resume { reason: reason()? },
        PreviewEvent::Stop => nothing().map(|()| Happening::Stop)?,
        PreviewEvent::Reopen => nothing().map(|()| Happening::Reopen)?,
        PreviewEvent::Cancel => nothing().map(|()| Happening::Cancel)?,
        PreviewEvent::Target => {
            let seconds = asked.arg.as_i64().ok_or_else(malformed)?;
            Happening::Retarget { seconds: check_seconds(&format!("{at}/arg"), seconds)? }
        }
        PreviewEvent::Calendar => {
            let at = format!("{at}/arg");
            Happening::Recalendar(compile(&at, &input::parse_part(&at, asked.arg.clone())?)?)
        }
    })
}

fn view(row: engine::Row, event: PreviewEvent) -> PreviewRow {
    PreviewRow {
        at: row.at.into(),
        event,
        changed: row.changed,
        used_seconds: row.used_seconds,
        remaining_seconds: row.remaining_seconds,
        state: Phase::into(row.state),
        due_at: row.due_at.map(Instant::from),
        provisional: row.provisional,
        breached_at: row.breached_at.map(Instant::from),
    }
}

impl From<Segment> for PreviewSegment {
    fn from(Segment { from, to, kind }: Segment) -> Self {
        let kind = match kind {
            SegmentKind::Open => PreviewKind::Open,
            SegmentKind::Closed => PreviewKind::Closed,
            SegmentKind::Holiday => PreviewKind::Holiday,
            SegmentKind::Makeup => PreviewKind::Makeup,
            SegmentKind::Override => PreviewKind::Override,
        };
        Self { from: from.into(), to: to.into(), kind }
    }
}
