//! Changing the clocks of one ticket: applied together, written together, in the transaction of whatever changes them.

use std::collections::BTreeSet;

use super::model::{ClockEvent, ClockRow, EventKind, PhaseWord, Ticking};
use super::repo;
use crate::app::Tx;
use crate::error::Error;
use crate::sites;
use crate::sites::model::Priority;
use crate::sla::calendar::{Calendar, Target as Length};
use crate::sla::ledger::{Breach, Cause, Clock, Happening};
use crate::standards::spec::{ClockKind, Promise};
use crate::standards::versions::{self, SiteStandards, Version};
use crate::tickets;
use crate::tickets::lifecycle::{Action, Status};
use crate::tickets::model::{Event, Ticket};
use crate::values::{Id, Instant, Json};

/// The clocks of one ticket while something happens to them.
pub(crate) struct Clocks {
    pub(super) ticking: Vec<Changing>,
    events: Vec<ClockEvent>,
    lines: Vec<Event>,
    ticket_id: Id,
    site_id: Id,
    status: Status,
    pub(super) by: By,
}

/// One of them.
pub(super) struct Changing {
    pub(super) ticking: Ticking,
    is_new: bool,
    pub(super) is_changed: bool,
}

/// Who does it.
#[derive(Clone)]
pub(crate) struct By {
    /// `None` for Yijian itself.
    pub(crate) id: Option<Id>,
    /// What they are called.
    pub(crate) name: String,
}

/// What an event carries besides its kind.
#[derive(Default, Clone)]
pub(crate) struct With {
    /// Why.
    pub(crate) reason: Option<String>,
    /// The new target.
    pub(crate) target_seconds: Option<i32>,
    /// The priority it is for.
    pub(crate) priority: Option<Priority>,
    /// The new calendar.
    pub(crate) calendar: Option<versions::Compiled>,
}

/// A clock that is about to be started.
pub(crate) struct Birth<'a> {
    pub(crate) kind: ClockKind,
    pub(crate) version: &'a Version,
    pub(crate) promise: &'a Promise,
    pub(crate) started_at: Instant,
    pub(crate) hop_id: Option<Id>,
    pub(crate) department_id: Option<Id>,
}

impl Clocks {
    /// Those of a ticket, with whoever changes them.
    ///
    /// # Errors
    /// As the database.
    pub(crate) fn load(tx: &mut Tx<'_>, ticket: &Ticket, by: By) -> Result<Self, Error> {
        let mut ticking = Vec::new();
        for row in repo::list_locked(tx.conn, ticket.id)? {
            let calendar = versions::calendar(tx, row.calendar_version_id)?.calendar;
            ticking.push(Changing { ticking: Ticking::new(row, calendar), is_new: false, is_changed: false });
        }
        let (events, lines, status) = (Vec::new(), Vec::new(), ticket.status);
        Ok(Self { ticking, events, lines, ticket_id: ticket.id, site_id: ticket.site_id, status, by })
    }

    /// None yet, for a ticket that is being opened.
    pub(crate) const fn none(ticket_id: Id, site_id: Id, by: By) -> Self {
        let status = Status::New;
        Self { ticking: Vec::new(), events: Vec::new(), lines: Vec::new(), ticket_id, site_id, status, by }
    }

    /// One of them.
    pub(crate) fn find(&self, id: Id) -> Option<&Ticking> {
        self.ticking.iter().map(|one| &one.ticking).find(|one| one.row.id == id)
    }

    /// The one of a kind that was started last.
    pub(crate) fn newest(&self, kind: ClockKind) -> Option<Id> {
        self.ticking.iter().map(|one| &one.ticking.row).filter(|row| row.kind == kind).map(|row| row.id).max()
    }

    /// Those that measure something now.
    pub(crate) fn live(&self) -> impl Iterator<Item = &Ticking> {
        self.ticking.iter().map(|one| &one.ticking).filter(|one| one.is_live())
    }

    /// Lets something happen to every live clock (or, for a reopening, every stopped one) that `which` picks.
    pub(crate) fn happen(
        &mut self,
        tx: &Tx<'_>,
        at: Instant,
        kind: EventKind,
        with: &With,
        which: impl Fn(&ClockRow) -> bool,
    ) {
        for one in self.ticking.iter_mut().filter(|one| which(&one.ticking.row)) {
            let event = ClockEvent {
                ticket_id: self.ticket_id,
                id: tx.new_id(),
                clock_id: one.ticking.row.id,
                at,
                kind,
                reason: with.reason.clone(),
                target_seconds: with.target_seconds,
                priority: with.priority,
                calendar_version_id: with.calendar.as_ref().and_then(|calendar| calendar.version_id),
                actor_id: self.by.id,
                actor_name: self.by.name.clone(),
                recorded_at: tx.now,
                position: 0,
            };
            let calendar = with.calendar.as_ref().map_or(&one.ticking.clock.calendar, |calendar| &calendar.calendar);
            let happening = event.happening(calendar);
            if let Some(missed) = one.record(tx, &mut self.events, event, &happening) {
                self.lines.push(breach_line(tx, (self.ticket_id, self.status), one.ticking.row.kind, missed));
            }
        }
    }

    /// Starts a clock, and answers with it.
    ///
    /// # Errors
    /// [`Error::Rule`] `calendar_never_opens` if its calendar has no deadline to give it.
    pub(crate) fn start(&mut self, tx: &Tx<'_>, set: &SiteStandards, birth: &Birth<'_>) -> Result<Id, Error> {
        let compiled = set.calendar(birth.promise.calendar, birth.department_id);
        let seconds = length(&compiled.calendar, birth.started_at, birth.promise)?;
        let clock = Clock::start(compiled.calendar, birth.started_at.0, seconds.into()).ok_or_else(never_opens)?;
        let row = ClockRow {
            ticket_id: self.ticket_id,
            id: tx.new_id(),
            site_id: self.site_id,
            kind: birth.kind,
            hop_id: birth.hop_id,
            department_id: birth.department_id,
            standard_version_id: birth.version.id,
            started_at: clock.state.started_at.into(),
            born_target_seconds: seconds,
            born_calendar_version_id: compiled.version_id,
            calendar_version_id: compiled.version_id,
            target_seconds: seconds,
            target_version: 1,
            phase: PhaseWord::Running,
            used_seconds: 0,
            since: clock.state.started_at.into(),
            due_at: None,
            is_provisional: false,
            breached_at: None,
            breach_cause: None,
            is_excused: false,
            reasons: Json(serde_json::Value::Array(Vec::new())),
            episode: 0,
            alerted_percent: 0,
            next_at: None,
            events: 0,
            tightened_at: None,
        };
        let id = row.id;
        self.ticking.push(Changing { ticking: Ticking { row, clock }, is_new: true, is_changed: true });
        Ok(id)
    }

    /// Moves the live clocks that `which` picks to another calendar. A promise in working days is counted out anew:
    /// what lies ahead of it grows or shrinks with its days, and what was used or waited stays as it was.
    ///
    /// # Errors
    /// As the database; [`Error::Rule`] `calendar_never_opens`.
    pub(crate) fn recalendar(
        &mut self,
        tx: &mut Tx<'_>,
        calendar: &versions::Compiled,
        priority: Priority,
        which: impl Fn(&ClockRow) -> bool,
    ) -> Result<(), Error> {
        let now = tx.now.0;
        let live: Vec<Ticking> = self.live().filter(|one| which(&one.row)).cloned().collect();
        for Ticking { row, clock } in live {
            let this = |other: &ClockRow| other.id == row.id;
            let with = With { calendar: Some(calendar.clone()), ..With::default() };
            self.happen(tx, tx.now, EventKind::Recalendar, &with, this);
            let version = versions::standard(tx, row.standard_version_id)?;
            let days = version.spec.promise(row.kind, priority).and_then(|promise| promise.working_days);
            // What is late already is late for what was promised then.
            let Some(days) = days.filter(|_| clock.observe(now).breach.is_none()) else { continue };
            let ahead = |calendar: &Calendar| {
                let due = calendar.add_working_days(row.started_at.0, days).ok_or_else(never_opens)?;
                Ok::<i64, Error>(calendar.elapsed(now, due.at))
            };
            let more = ahead(&calendar.calendar)? - ahead(&clock.calendar)?;
            if more != 0 {
                let seconds = i32::try_from(clock.state.target_seconds + more).map_err(Error::internal)?;
                let with = With { target_seconds: Some(seconds), priority: Some(priority), ..With::default() };
                self.happen(tx, tx.now, EventKind::Retarget, &with, this);
                // It is the same promise: whoever was told of a level of it is not told again.
                if let Some(one) = self.ticking.iter_mut().find(|one| this(&one.ticking.row)) {
                    one.ticking.row.alerted_percent = row.alerted_percent;
                }
            }
        }
        Ok(())
    }

    /// Puts what is about to go on again on the calendars of today: nobody moved its deadline while it had none.
    pub(super) fn renew_calendars(&mut self, tx: &mut Tx<'_>, at: Instant) -> Result<(), Error> {
        let known: BTreeSet<Id> = self.ticking.iter().filter_map(|one| one.ticking.row.calendar_version_id).collect();
        for old in known {
            let newest = versions::of_calendar(tx, old)?.first().copied().unwrap_or(old);
            if newest != old {
                let with = With { calendar: Some(versions::calendar(tx, Some(newest))?), ..With::default() };
                self.happen(tx, at, EventKind::Recalendar, &with, |row| row.calendar_version_id == Some(old));
            }
        }
        Ok(())
    }

    /// Holds what is live to the ladder that holds for the tickets of a department; without one, for those of the desk: the
    /// ordinary one.
    ///
    /// # Errors
    /// As the database.
    pub(crate) fn follow(&mut self, tx: &mut Tx<'_>, department_id: Option<Id>) -> Result<(), Error> {
        let since = match department_id {
            Some(id) => sites::service::tightened_since(tx, id)?,
            None => None,
        };
        for one in self.ticking.iter_mut().filter(|one| one.ticking.is_live()) {
            let version = versions::standard(tx, one.ticking.row.standard_version_id)?;
            one.is_changed |= one.ticking.tighten(since.is_some(), &version.spec, tx.now);
        }
        Ok(())
    }

    /// The next deadline of what the requester is promised, also if it has passed. What a department is promised is a
    /// matter among colleagues: its clocks and its notices tell of it.
    pub(crate) fn due_at(&self) -> Option<Instant> {
        self.live().filter_map(Ticking::deadline).min()
    }

    /// Writes what changed.
    ///
    /// # Errors
    /// As the database.
    pub(crate) fn write(self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (mut born, mut changed) = (Vec::new(), Vec::new());
        for Changing { ticking, is_new, is_changed } in self.ticking {
            if is_changed {
                let version = versions::standard(tx, ticking.row.standard_version_id)?;
                let row = ticking.into_row(&version.spec);
                if is_new { born.push(row) } else { changed.push(row) }
            }
        }
        repo::insert(tx.conn, &born)?;
        for row in &changed {
            repo::update(tx.conn, row)?;
        }
        repo::insert_events(tx.conn, &self.events)?;
        if self.lines.is_empty() { Ok(()) } else { tickets::record::add_lines(tx, &self.lines) }
    }
}

/// The line that says when a promise was missed.
pub(super) fn breach_line(tx: &Tx<'_>, ticket: (Id, Status), kind: ClockKind, at: Instant) -> Event {
    let mut line = tickets::record::line_by_system(tx, ticket, Action::Breach);
    line.at = at;
    line.detail = Some(Json(serde_json::json!({ "clock": kind, "due_at": at })));
    line
}

impl Changing {
    /// Applies an event and keeps it, and before it the breach that it brings to light. Answers with when that was.
    fn record(
        &mut self,
        tx: &Tx<'_>,
        events: &mut Vec<ClockEvent>,
        mut event: ClockEvent,
        happening: &Happening,
    ) -> Option<Instant> {
        let applied = self.ticking.clock.apply(event.at.0, happening);
        if !applied.changed {
            return None;
        }
        self.is_changed = true;
        let row = &mut self.ticking.row;
        match happening {
            Happening::Retarget { .. } => {
                row.target_version += 1;
                row.alerted_percent = 0;
            }
            Happening::Recalendar(_) => row.calendar_version_id = event.calendar_version_id,
            _ => {}
        }
        if let Some(Breach { at, cause: Cause::Deadline }) = applied.breach
            && event.kind != EventKind::Breach
        {
            // It was missed before anybody noticed; whose move brought that to light is not who missed it.
            let breach = ClockEvent {
                at: at.into(),
                kind: EventKind::Breach,
                reason: None,
                target_seconds: None,
                priority: None,
                calendar_version_id: None,
                actor_id: None,
                actor_name: "Yijian".to_owned(),
                position: row.events + 1,
                ..event.clone()
            };
            event.id = tx.new_id();
            row.events += 1;
            events.push(breach);
        }
        row.events += 1;
        (event.at, event.position) = (applied.at.into(), row.events);
        events.push(event);
        applied.breach.map(|breach| breach.at.into())
    }
}

fn never_opens() -> Error {
    Error::rule("calendar_never_opens")
}

/// How long a promise is, in open seconds.
///
/// # Errors
/// [`Error::Rule`] `calendar_never_opens`.
pub(crate) fn length(calendar: &Calendar, start: Instant, promise: &Promise) -> Result<i32, Error> {
    match (promise.seconds, promise.working_days) {
        (Some(seconds), _) => Ok(seconds),
        (None, Some(days)) => {
            let (seconds, _) = calendar.promise(start.0, Length::WorkingDays(days)).ok_or_else(never_opens)?;
            i32::try_from(seconds).map_err(Error::internal)
        }
        (None, None) => Err(Error::internal("a promise without a target")),
    }
}
