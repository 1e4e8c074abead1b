//! What a ticket is promised from now on: given to the clocks that run, restored to those that were cancelled, and started
//! where nothing measures it.

use super::apply::{Birth, By, Changing, Clocks, With, length};
use super::model::{ClockRow, EventKind, PhaseWord};
use crate::app::Tx;
use crate::error::Error;
use crate::sites::model::Priority;
use crate::sla::ledger::Phase;
use crate::standards::spec::{ClockKind, Promise};
use crate::standards::versions::{SiteStandards, Version};
use crate::tickets;
use crate::tickets::model::Ticket;
use crate::values::{Id, Instant};

impl Clocks {
    /// Gives the live clocks what another version, or another priority, promises; those it promises nothing of are
    /// cancelled.
    ///
    /// # Errors
    /// As [`Clocks::start`].
    pub(crate) fn promise_anew(
        &mut self,
        tx: &Tx<'_>,
        set: &SiteStandards,
        version: Option<&Version>,
        priority: Priority,
    ) -> Result<(), Error> {
        let live: Vec<ClockRow> = self.live().map(|one| one.row.clone()).collect();
        for row in live {
            let promised = version.and_then(|version| Some((version, version.spec.promise(row.kind, priority)?)));
            if let Some(promised) = promised {
                self.hold_to(tx, set, &row, promised, priority)?;
            } else {
                let with = With { reason: Some("nothing_promised".to_owned()), ..With::default() };
                self.happen(tx, tx.now, EventKind::Cancel, &with, |other| other.id == row.id);
            }
        }
        Ok(())
    }

    /// Gives a live clock what a version promises; what it has used stays used.
    fn hold_to(
        &mut self,
        tx: &Tx<'_>,
        set: &SiteStandards,
        row: &ClockRow,
        (version, promise): (&Version, &Promise),
        priority: Priority,
    ) -> Result<(), Error> {
        let this = |other: &ClockRow| other.id == row.id;
        let calendar = set.calendar(promise.calendar, row.department_id);
        let seconds = length(&calendar.calendar, row.started_at, promise)?;
        if calendar.version_id != row.calendar_version_id {
            let with = With { calendar: Some(calendar), ..With::default() };
            self.happen(tx, tx.now, EventKind::Recalendar, &with, this);
        }
        if seconds != row.target_seconds {
            let with = With { target_seconds: Some(seconds), priority: Some(priority), ..With::default() };
            self.happen(tx, tx.now, EventKind::Retarget, &with, this);
        }
        if let Some(one) = self.ticking.iter_mut().find(|one| this(&one.ticking.row)) {
            one.ticking.row.standard_version_id = version.id;
            one.is_changed = true;
        }
        Ok(())
    }

    /// Lets what a version promises be measured, where nothing measures it yet or any more. A clock that was cancelled is
    /// restored: nobody gets rid of what was used, or missed, by a way round. What waits, waits with it; what was
    /// answered or taken up needs no clock that is new, and one that is restored stands still again.
    ///
    /// # Errors
    /// As [`Clocks::start`].
    pub(crate) fn start_missing(
        &mut self,
        tx: &mut Tx<'_>,
        set: &SiteStandards,
        version: &Version,
        ticket: &Ticket,
        priority: Priority,
    ) -> Result<(), Error> {
        if !ticket.status.is_open() {
            return Ok(());
        }
        let present = tickets::record::hop_to_present(tx, ticket)?;
        for kind in ClockKind::ALL.iter().copied() {
            let Some(promise) = version.spec.promise(kind, priority) else { continue };
            let hop = present.as_ref().filter(|_| kind.is_of_department());
            if kind.is_of_department() && hop.is_none() {
                continue;
            }
            let hop_id = hop.map(|hop| hop.id);
            let of_now = |one: &&Changing| one.ticking.row.kind == kind && one.ticking.row.hop_id == hop_id;
            let newest = self.ticking.iter().filter(of_now).max_by_key(|one| one.ticking.row.id);
            let known = newest.map(|one| (one.ticking.row.clone(), one.ticking.clock.state.phase));
            if known.as_ref().is_some_and(|(_, phase)| *phase != Phase::Cancelled) {
                continue;
            }
            let is_done = match (kind, hop) {
                (ClockKind::FirstResponse, _) => tickets::record::is_answered(tx, ticket)?,
                (ClockKind::DeptAccept, Some(hop)) => tickets::record::is_taken_up(tx, hop)?,
                _ => false,
            };
            let id = match known {
                Some((row, _)) => {
                    self.happen(tx, tx.now, EventKind::Restore, &With::default(), |other| other.id == row.id);
                    // What was done was done for the old promise.
                    if !is_done {
                        self.hold_to(tx, set, &row, (version, promise), priority)?;
                    }
                    row.id
                }
                None if is_done => continue,
                None => {
                    let (started_at, department_id) = (tx.now, hop.and_then(|hop| hop.to_department_id));
                    self.start(tx, set, &Birth { kind, version, promise, started_at, hop_id, department_id })?
                }
            };
            if is_done {
                self.end_again(tx, id);
            } else if let Some(reason) = ticket.pause_reason.filter(|_| kind.can_pause()) {
                let with = With { reason: Some(reason.as_str().to_owned()), ..With::default() };
                self.happen(tx, tx.now, EventKind::Pause, &with, |row| row.id == id);
            }
        }
        Ok(())
    }

    /// A ticket is no duplicate after all: what its departments were measured by until the merge counts as it stood then.
    pub(super) fn restore_ended(&mut self, tx: &Tx<'_>, merged_at: Instant) {
        let ended: Vec<Id> = self
            .ticking
            .iter()
            .filter(|one| one.ticking.row.kind.is_of_department())
            .filter(|one| one.ticking.row.phase == PhaseWord::Cancelled && one.ticking.row.since >= merged_at)
            .map(|one| one.ticking.row.id)
            .collect();
        for id in ended {
            self.happen(tx, tx.now, EventKind::Restore, &With::default(), |row| row.id == id);
            self.end_again(tx, id);
        }
    }

    /// Stops a restored clock whose work was done before it was cancelled: nobody is credited with that.
    fn end_again(&mut self, tx: &Tx<'_>, id: Id) {
        let by = std::mem::replace(&mut self.by, By { id: None, name: "Yijian".to_owned() });
        self.happen(tx, tx.now, EventKind::Stop, &With::default(), |row| row.id == id);
        self.by = by;
    }
}
