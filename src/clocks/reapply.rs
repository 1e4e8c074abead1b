//! Giving open tickets the newest version of a standard: asked for by a person, done by a job, kept on record.

use std::sync::Arc;

use super::api::{Reapplication, ReapplyStandard, Retargeted};
use super::apply::{By, Clocks};
use super::model::{ClockRow, PhaseWord};
use super::repo;
use crate::accounts::model::Lead;
use crate::app::{App, Tx};
use crate::complaints;
use crate::error::Error;
use crate::http::input::Target;
use crate::jobs::service::{self as jobs, JobKind};
use crate::standards::service::{self as standards, Reapplied};
use crate::standards::versions;
use crate::tickets;
use crate::tickets::model::Ticket;
use crate::values::{Id, Instant};

/// As many tickets get the new version in one transaction.
const BATCH: i64 = 200;

/// Tells what the newest version changes for open tickets, and, unless it is a dry run, asks for the job. What complains
/// about whoever asks is counted, not named.
///
/// # Errors
/// [`Error::NotFound`] for standards of sites the caller does not lead.
pub fn ask(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: ReapplyStandard) -> Result<Reapplication, Error> {
    let ReapplyStandard { dry_run, reason } = command;
    let (found, versions) = standards::lead_standard(tx, lead, target.id)?;
    let Some((newest, older)) = versions.split_first() else { return Err(Error::NotFound("standard_not_found")) };
    let id = if dry_run {
        None
    } else {
        let id = standards::record_reapplication(tx, lead, found.site_id, *newest, reason.into_string())?;
        jobs::enqueue(tx, JobKind::ReapplyStandard, &id.to_string(), tx.now)?;
        Some(id)
    };
    let count = tickets::record::count_open_promised(tx, found.site_id, older)?;
    let tickets = tickets::record::list_open_promised(tx, found.site_id, older, BATCH)?;
    let mut changes = Vec::new();
    let ids: Vec<Id> = tickets.iter().map(|ticket| ticket.id).collect();
    let hidden = complaints::service::about(tx, &ids, lead.user_id)?;
    for ticket in tickets.iter().filter(|ticket| !hidden.contains(&ticket.id)) {
        let before: Vec<ClockRow> = repo::list_of(tx.conn, ticket.id)?;
        let after = retarget(tx, ticket, *newest)?;
        let is_live = |row: &&ClockRow| matches!(row.phase, PhaseWord::Running | PhaseWord::Paused);
        let born = after.live().map(|one| &one.row).filter(|row| before.iter().all(|known| known.id != row.id));
        // What is done was done for the old promise.
        for row in before.iter().filter(is_live).chain(born) {
            let known = before.iter().find(|known| known.id == row.id);
            let now = after.live().find(|one| one.row.id == row.id);
            let change = Retargeted {
                ticket_id: ticket.id,
                number: ticket.number(),
                clock: row.kind,
                target_before: known.map(|known| known.target_seconds),
                target_after: now.and_then(|one| i32::try_from(one.clock.state.target_seconds).ok()),
                due_before: known.and_then(|known| known.due_at),
                due_after: now.and_then(|one| one.clock.state.due_at).map(Instant::from),
            };
            if (change.target_before, change.due_before) != (change.target_after, change.due_after) {
                changes.push(change);
            }
        }
    }
    changes.truncate(usize::try_from(BATCH).unwrap_or_default());
    Ok(Reapplication { id, tickets: usize::try_from(count).unwrap_or_default(), changes })
}

/// The clocks of a ticket with what a version promises, not written.
fn retarget(tx: &mut Tx<'_>, ticket: &Ticket, version_id: Id) -> Result<Clocks, Error> {
    let version = versions::standard(tx, version_id)?;
    let set = versions::current(tx, ticket.site_id)?;
    let mut clocks = Clocks::load(tx, ticket, By { id: None, name: "Yijian".to_owned() })?;
    clocks.promise_anew(tx, &set, Some(&version), ticket.priority)?;
    clocks.start_missing(tx, &set, &version, ticket, ticket.priority)?;
    clocks.follow(tx, ticket.department_id)?;
    Ok(clocks)
}

/// Does what was asked for.
///
/// # Errors
/// As the database.
pub async fn run(app: &Arc<App>, id: Id) -> Result<(), Error> {
    while app.write(move |tx| run_some(tx, id)).await? > 0 {}
    Ok(())
}

fn run_some(tx: &mut Tx<'_>, id: Id) -> Result<usize, Error> {
    let Some(Reapplied { site_id, version_id, .. }) = standards::find_reapplication(tx, id)? else { return Ok(0) };
    let older = versions::older(tx, version_id)?;
    let tickets = tickets::record::list_open_promised(tx, site_id, &older, BATCH)?;
    for ticket in &tickets {
        let ticket = tickets::record::lock(tx, ticket.id)?;
        let clocks = retarget(tx, &ticket, version_id)?;
        let due_at = clocks.due_at();
        clocks.write(tx)?;
        tickets::record::set_standard(tx, ticket.id, version_id, due_at)?;
    }
    standards::count_reapplied(tx, id, tickets.len())?;
    Ok(tickets.len())
}
