//! Starting clocks, explaining them, and what people decide about them. What a move does to them is in `moves.rs`.
//!
//! Rules:
//! - No ticket is opened without a standard, unless one was chosen that promises nothing.
//! - A breach stays; a supervisor may excuse it, with a reason.
//! - A changed calendar moves deadlines, never what was used: through a job, for all clocks that run on it.

use std::collections::HashMap;
use std::sync::Arc;

use super::api::{AlertView, ClockView, ExcuseClock, LadderWord, VersionView, WarningView};
use super::apply::{Birth, By, Clocks, With};
use super::model::{Alert, CauseWord, ClockEvent, ClockRow, EventKind, Pause, PhaseWord, Ticking, Waits};
use super::repo;
use crate::accounts::model::{Actor, Lead, SignedIn};
use crate::app::{App, Tx};
use crate::error::Error;
use crate::http::input::Target;
use crate::jobs::service::{self as jobs, JobKind};
use crate::sites::model::Priority;
use crate::sla::explain::explain;
use crate::sla::ledger::{self, Clock, Phase};
use crate::sla::rates::Standing;
use crate::standards::spec::{ClockKind, Matter};
use crate::standards::versions::{self, Version};
use crate::tickets;
use crate::tickets::lifecycle::Action;
use crate::tickets::model::Ticket;
use crate::tickets::views::TicketView;
use crate::values::{Id, Instant};

/// As many tickets get their new deadlines in one transaction.
const BATCH: i64 = 200;

/// What a new ticket is promised.
pub(crate) struct Promised {
    /// The standard.
    pub(crate) version: Arc<Version>,
    /// The next deadline.
    pub(crate) due_at: Option<Instant>,
    clocks: Clocks,
}

impl Promised {
    /// Writes the clocks, once the ticket is there.
    ///
    /// # Errors
    /// As the database.
    pub(crate) fn write(self, tx: &mut Tx<'_>) -> Result<(), Error> {
        self.clocks.write(tx)
    }
}

/// What a ticket that is being opened is promised, from `received_at` on.
///
/// # Errors
/// [`Error::Rule`] `standard_missing` if nothing matches it.
pub(crate) fn promise(
    tx: &mut Tx<'_>,
    (ticket_id, site_id): (Id, Id),
    matter: &mut Matter,
    priority: Priority,
    received_at: Instant,
) -> Result<Promised, Error> {
    let set = versions::current(tx, site_id)?;
    if set.look_at_categories() {
        matter.category_ids = versions::category_line(tx, site_id, matter.category_ids.first().copied())?;
    }
    let version = set.matching(matter).ok_or_else(|| Error::rule("standard_missing"))?.clone();
    let mut clocks = Clocks::none(ticket_id, site_id, By { id: None, name: String::new() });
    for kind in [ClockKind::FirstResponse, ClockKind::Resolution] {
        if let Some(promise) = version.spec.promise(kind, priority) {
            let (started_at, version) = (received_at, &*version);
            let birth = Birth { kind, version, promise, started_at, hop_id: None, department_id: None };
            clocks.start(tx, &set, &birth)?;
        }
    }
    Ok(Promised { due_at: clocks.due_at(), version, clocks })
}

/// Whether the resolution of a ticket is late at this moment, and nobody excused that. What was excused before it was
/// opened again is no excuse for being past the deadline afterwards.
///
/// # Errors
/// As the database.
pub(crate) fn is_resolution_late(tx: &mut Tx<'_>, ticket_id: Id) -> Result<bool, Error> {
    for row in repo::list_of(tx.conn, ticket_id)? {
        if row.kind != ClockKind::Resolution || row.phase == PhaseWord::Cancelled {
            continue;
        }
        let is_excused_before = row.is_excused && is_excused_before(tx, &row)?;
        let is_excused_now = row.is_excused && !is_excused_before;
        let calendar = versions::calendar(tx, row.calendar_version_id)?.calendar;
        let now = Ticking::new(row, calendar).clock.observe(tx.now.0);
        let is_past = now.due_at.map_or(now.remaining_seconds < 0, |due| due < now.at);
        if now.breach.is_some() && !is_excused_now && (!is_excused_before || is_past) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a clock was excused before it was opened again the last time.
fn is_excused_before(tx: &mut Tx<'_>, row: &ClockRow) -> Result<bool, Error> {
    if row.episode == 0 {
        return Ok(false);
    }
    let events = repo::list_events(tx.conn, &[row.ticket_id])?;
    let mut own = events.iter().rev().filter(|event| event.clock_id == row.id);
    let last = own.find(|event| matches!(event.kind, EventKind::Excuse | EventKind::Reopen));
    Ok(last.is_some_and(|event| event.kind == EventKind::Reopen))
}

/// When the desk must have answered, if that still counts.
///
/// # Errors
/// As the database.
pub(crate) fn first_response_due(tx: &mut Tx<'_>, ticket_id: Id) -> Result<Option<Instant>, Error> {
    deadline(tx, ticket_id, ClockKind::FirstResponse)
}

/// When a ticket must be resolved, if that still counts.
///
/// # Errors
/// As the database.
pub(crate) fn resolution_due(tx: &mut Tx<'_>, ticket_id: Id) -> Result<Option<Instant>, Error> {
    deadline(tx, ticket_id, ClockKind::Resolution)
}

fn deadline(tx: &mut Tx<'_>, ticket_id: Id, kind: ClockKind) -> Result<Option<Instant>, Error> {
    for row in repo::list_of(tx.conn, ticket_id)?.into_iter().filter(|row| row.kind == kind) {
        let calendar = versions::calendar(tx, row.calendar_version_id)?.calendar;
        if let Some(due_at) = Ticking::new(row, calendar).deadline() {
            return Ok(Some(due_at));
        }
    }
    Ok(None)
}

/// What a ticket with another category, severity or priority is promised instead. Answers with the standard that now
/// matches and the next deadline.
///
/// # Errors
/// As the database; [`Error::Rule`] `calendar_never_opens`.
pub(crate) fn regrade(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    matter: &mut Matter,
    priority: Priority,
    by: By,
) -> Result<(Option<Id>, Option<Instant>), Error> {
    let set = versions::current(tx, ticket.site_id)?;
    let is_same_matter =
        matter.severity == ticket.severity && matter.category_ids.first().copied() == ticket.category_id;
    if set.look_at_categories() {
        matter.category_ids = versions::category_line(tx, ticket.site_id, matter.category_ids.first().copied())?;
    }
    // Only the priority: the version it was born with says what that means.
    let version = match ticket.standard_version_id.filter(|_| is_same_matter) {
        Some(id) => Some(versions::standard(tx, id)?),
        None => set.matching(matter).cloned(),
    };
    let mut clocks = Clocks::load(tx, ticket, by)?;
    clocks.promise_anew(tx, &set, version.as_deref(), priority)?;
    if let Some(version) = &version {
        clocks.start_missing(tx, &set, version, ticket, priority)?;
    }
    clocks.follow(tx, ticket.department_id)?;
    let due_at = clocks.due_at();
    clocks.write(tx)?;
    Ok((version.map(|version| version.id), due_at))
}

/// The clocks of a ticket with everything that explains their deadlines. Who is not staff sees what was promised to
/// them, and not who paused it.
///
/// # Errors
/// [`Error::NotFound`] also for tickets of others.
pub fn list(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<Vec<ClockView>, Error> {
    let ticket = tickets::record::find_involved(tx, actor, target)?;
    let is_staff = actor.role_at(ticket.site_id).is_staff();
    let rows = repo::list_of(tx.conn, ticket.id)?;
    let events = repo::list_events(tx.conn, &[ticket.id])?;
    let alerts = repo::list_alerts(tx.conn, ticket.id)?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows.into_iter().filter(|row| is_staff || !row.kind.is_of_department()) {
        let mut view = view(tx, row, &events, &alerts)?;
        if !is_staff {
            view.alerts.clear();
            (view.ladder, view.tightened_since, view.next_warning) = (None, None, None);
            view.segments.iter_mut().for_each(|segment| segment.by = None);
        }
        views.push(view);
    }
    Ok(views)
}

fn view(tx: &mut Tx<'_>, row: ClockRow, events: &[ClockEvent], alerts: &[Alert]) -> Result<ClockView, Error> {
    let version = versions::standard(tx, row.standard_version_id)?;
    let calendar = match row.calendar_version_id {
        Some(id) => versions::calendar_number(tx, id)?,
        None => None,
    };
    let (born, history) = history(tx, &row, events)?;
    let segments = explain(born, &history, tx.now.0);
    let mut own = events.iter().filter(|event| event.clock_id == row.id);
    let detected_at = own.find(|event| match row.breach_cause {
        // What judged it was late brought it to light.
        Some(CauseWord::Retarget) => Some(event.at) == row.breached_at && event.kind.can_judge(),
        _ => event.kind == EventKind::Breach,
    });
    let detected_at = detected_at.map(|event| event.recorded_at);
    let excused = events.iter().rfind(|event| event.clock_id == row.id && event.kind == EventKind::Excuse);
    let excuse = excused.and_then(|event| event.reason.clone());
    let compiled = versions::calendar(tx, row.calendar_version_id)?;
    let ticking = Ticking::new(row, compiled.calendar);
    let now = ticking.clock.observe(tx.now.0);
    let standing = Standing::of(&ticking.clock, tx.now.0);
    let next_warning = ticking.next_step(&version.spec).map(WarningView::from);
    let is_live = ticking.is_live();
    let row = ticking.row;
    let tightened_since = row.tightened_at.filter(|_| is_live && version.spec.has_tightened_ladder());
    let word = if tightened_since.is_some() { LadderWord::Tightened } else { LadderWord::Ordinary };
    let is_over = matches!(row.phase, PhaseWord::Stopped | PhaseWord::Cancelled);
    // Not `since`: an excuse comes later.
    let ends =
        |event: &&ClockEvent| event.clock_id == row.id && matches!(event.kind, EventKind::Stop | EventKind::Cancel);
    let stopped_at = events.iter().rfind(ends).map(|event| event.at).filter(|_| is_over);
    Ok(ClockView {
        id: row.id,
        kind: row.kind,
        department_id: row.department_id,
        standard: VersionView { id: version.standard_id, version: version.number },
        calendar: calendar.map(|calendar| VersionView { id: calendar.id, version: calendar.version }),
        state: row.phase,
        started_at: row.started_at,
        target_seconds: row.target_seconds,
        used_seconds: now.used_seconds,
        remaining_seconds: now.remaining_seconds,
        due_at: now.due_at.map(Instant::from),
        stopped_at,
        provisional: now.provisional,
        breached_at: now.breach.map(|breach| breach.at.into()),
        breach_cause: now.breach.map(|breach| CauseWord::from(breach.cause)),
        detected_at,
        excused: row.is_excused,
        excuse,
        verdict: standing.into(),
        episode: row.episode,
        segments: segments.into_iter().map(Into::into).collect(),
        alerts: alerts.iter().filter(|alert| alert.clock_id == row.id).map(AlertView::from).collect(),
        ladder: is_live.then_some(word),
        tightened_since,
        next_warning,
    })
}

/// The clocks of some tickets, in the order of their tickets.
///
/// # Errors
/// As the database.
pub fn list_of_tickets(tx: &mut Tx<'_>, ticket_ids: &[Id]) -> Result<Vec<ClockRow>, Error> {
    Ok(repo::list_of_tickets(tx.conn, ticket_ids)?)
}

/// When some tickets waited, and who answered each first and brought it to its end, by the history of their clocks.
///
/// # Errors
/// As the database.
pub fn waits_and_ends(tx: &mut Tx<'_>, clocks: &[ClockRow]) -> Result<Waits, Error> {
    let mut ids: Vec<Id> = clocks.iter().map(|clock| clock.ticket_id).collect();
    ids.dedup();
    let events = repo::list_events(tx.conn, &ids)?;
    let (mut pauses, mut ended_by, mut answered_by) = (Vec::new(), HashMap::new(), HashMap::new());
    // Each clock's events lie together; a ticket's resolution, where there is one, says who ended it.
    for of_clock in events.chunk_by(|a, b| a.clock_id == b.clock_id) {
        let Some(first) = of_clock.first() else { continue };
        let own = clocks.iter().find(|clock| clock.id == first.clock_id && clock.ticket_id == first.ticket_id);
        let Some(clock) = own.filter(|clock| !clock.kind.is_of_department()) else { continue };
        let mut stops = of_clock.iter().rev().filter(|event| event.kind == EventKind::Stop);
        if let Some(person) = stops.find_map(|event| event.actor_id) {
            if clock.kind == ClockKind::Resolution {
                ended_by.insert(clock.ticket_id, person);
            } else {
                answered_by.insert(clock.ticket_id, person);
                ended_by.entry(clock.ticket_id).or_insert(person);
            }
        }
        if clock.kind == ClockKind::Resolution && of_clock.iter().any(|event| event.kind == EventKind::Pause) {
            pauses.extend(waits(tx, clock, of_clock)?);
        }
    }
    Ok(Waits { pauses, ended_by, answered_by })
}

/// When a clock waited: from its first reason to wait until the last one ended.
fn waits(tx: &mut Tx<'_>, row: &ClockRow, events: &[ClockEvent]) -> Result<Vec<Pause>, Error> {
    let (mut clock, history) = history(tx, row, events)?;
    let mut pauses: Vec<Pause> = Vec::new();
    for (event, happening) in events.iter().zip(history) {
        let remaining_seconds = clock.observe(happening.at).remaining_seconds;
        let (before, target_seconds) = (clock.state.phase, clock.state.target_seconds);
        let applied = clock.apply(happening.at, &happening.what);
        match (before, clock.state.phase) {
            (Phase::Running, Phase::Paused) => pauses.push(Pause {
                ticket_id: row.ticket_id,
                at: applied.at.into(),
                ended_at: None,
                by_id: event.actor_id,
                reason: event.reason.clone().unwrap_or_default(),
                remaining_seconds,
                target_seconds,
            }),
            (Phase::Paused, Phase::Running | Phase::Stopped | Phase::Cancelled) => {
                pauses.iter_mut().rev().take(1).for_each(|pause| pause.ended_at = Some(applied.at.into()));
            }
            _ => {}
        }
    }
    Ok(pauses)
}

/// A clock as it was born, and what happened to it since, as the ledger knows it.
///
/// # Errors
/// As the database.
pub(super) fn history(
    tx: &mut Tx<'_>,
    row: &ClockRow,
    events: &[ClockEvent],
) -> Result<(Clock, Vec<ledger::Event>), Error> {
    let calendar = versions::calendar(tx, row.born_calendar_version_id)?.calendar;
    let born = Clock::start(calendar.clone(), row.started_at.0, row.born_target_seconds.into());
    let born = born.ok_or_else(|| Error::internal("a stored clock cannot be started"))?;
    let mut history = Vec::new();
    for event in events.iter().filter(|event| event.clock_id == row.id) {
        let named = match event.kind {
            EventKind::Recalendar => versions::calendar(tx, event.calendar_version_id)?.calendar,
            _ => calendar.clone(),
        };
        let by = Some(event.actor_name.clone());
        history.push(ledger::Event { at: event.at.0, by, what: event.happening(&named) });
    }
    Ok((born, history))
}

/// A supervisor takes a breach as no fault of the desk. It stays, marked, and rates show it apart.
///
/// # Errors
/// [`Error::NotFound`] for tickets of others and `clock_not_found`; [`Error::Forbidden`] for who does not lead there;
/// [`Error::Conflict`] `clock_not_breached`, `clock_already_excused`.
pub fn excuse(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: ExcuseClock) -> Result<TicketView, Error> {
    let ExcuseClock { clock_id, reason } = command;
    let actor: &Actor = lead;
    let ticket = tickets::record::find_locked(tx, actor, target)?;
    if !actor.role_at(ticket.site_id).is_lead() {
        return Err(Error::Forbidden("role_lead_needed"));
    }
    let mut clocks = Clocks::load(tx, &ticket, By { id: Some(actor.user_id), name: actor.display_name.clone() })?;
    let one = clocks.find(clock_id).ok_or(Error::NotFound("clock_not_found"))?;
    if one.row.is_excused {
        return Err(Error::conflict("clock_already_excused"));
    }
    if one.clock.observe(tx.now.0).breach.is_none() {
        return Err(Error::conflict("clock_not_breached"));
    }
    let (kind, reason) = (one.row.kind, reason.into_string());
    let with = With { reason: Some(reason.clone()), ..With::default() };
    clocks.happen(tx, tx.now, EventKind::Excuse, &with, |row| row.id == clock_id);
    clocks.write(tx)?;
    tickets::record::remark(tx, actor, ticket, Action::Excuse, reason, ("clock", kind.as_str()))
}

/// The longest target, in open seconds, of what runs or waits on these versions of a calendar.
///
/// # Errors
/// As the database.
pub fn longest_target_on(tx: &mut Tx<'_>, calendar_version_ids: &[Id]) -> Result<Option<i32>, Error> {
    Ok(repo::find_longest_target_on(tx.conn, calendar_version_ids)?)
}

/// Asks for the job that gives clocks their new deadlines after a change of their calendar.
///
/// # Errors
/// As the database.
pub fn calendar_changed(tx: &mut Tx<'_>, version_id: Id) -> Result<(), Error> {
    jobs::enqueue(tx, JobKind::Recalendar, &version_id.to_string(), tx.now)
}

/// Puts all live clocks of a calendar on its newest version. Answers with when to do so once more: until then other
/// processes start clocks on the version they remember.
///
/// # Errors
/// As the database.
pub async fn recalendar(app: &Arc<App>, version_id: Id) -> Result<Option<Instant>, Error> {
    while app.write(move |tx| recalendar_some(tx, version_id)).await? > 0 {}
    let noticed_at = app.read(move |tx| versions::noticed_at(tx, version_id)).await?;
    Ok(noticed_at.filter(|at| *at > app.now()))
}

fn recalendar_some(tx: &mut Tx<'_>, version_id: Id) -> Result<usize, Error> {
    let mut versions = versions::of_calendar(tx, version_id)?.into_iter();
    let Some(newest) = versions.next() else { return Ok(0) };
    let older: Vec<Id> = versions.collect();
    let ticket_ids = repo::list_tickets_on(tx.conn, &older, BATCH)?;
    let calendar = versions::calendar(tx, Some(newest))?;
    for id in &ticket_ids {
        let ticket = tickets::record::lock(tx, *id)?;
        let mut clocks = Clocks::load(tx, &ticket, By { id: None, name: "Yijian".to_owned() })?;
        let is_old = |row: &ClockRow| row.calendar_version_id.is_some_and(|id| older.contains(&id));
        clocks.recalendar(tx, &calendar, ticket.priority, is_old)?;
        let due_at = clocks.due_at();
        clocks.write(tx)?;
        tickets::record::set_due(tx, ticket.id, due_at)?;
    }
    Ok(ticket_ids.len())
}
