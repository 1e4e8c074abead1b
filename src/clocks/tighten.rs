//! Holding the clocks of a department's open tickets to the ladder that holds there now, once that changed.
//!
//! Rules:
//! - Each level is told once for a target, whichever ladder it is of: a clock goes on above what was told. Of the levels
//!   that are passed when its ladder changes, only the highest is told.
//! - What comes to the department meanwhile, or leaves it, sees to itself (`moves.rs`): whoever moves a ticket holds what the
//!   department's row says until the move is written, so that this job, which begins later, sees the ticket.
//! - A job that was cut off begins anew and passes over what is done.

use std::sync::Arc;

use super::model::Ticking;
use super::repo;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::sites;
use crate::standards::versions;
use crate::tickets;
use crate::values::Id;

/// As many tickets are seen to in one transaction.
const BATCH: i64 = 200;

/// Holds all of them.
///
/// # Errors
/// As the database.
pub async fn run(app: &Arc<App>, department_id: Id) -> Result<(), Error> {
    let mut after = None;
    while let Some(last) = app.write(move |tx| run_some(tx, department_id, after, BATCH)).await? {
        after = Some(last);
    }
    Ok(())
}

/// Holds those of at most so many tickets, from after one on, and answers with the last of them; `None` if there are no more.
///
/// # Errors
/// As the database.
pub fn run_some(tx: &mut Tx<'_>, department_id: Id, after: Option<Id>, limit: i64) -> Result<Option<Id>, Error> {
    let is_tightened = sites::service::tightened_since(tx, department_id)?.is_some();
    let ids = repo::list_tickets_to_tighten(tx.conn, department_id, is_tightened, after, limit)?;
    for id in &ids {
        // Once it is locked, it may have gone on to another department.
        let ticket = tickets::record::lock(tx, *id)?;
        if ticket.department_id != Some(department_id) {
            continue;
        }
        for row in repo::list_locked(tx.conn, ticket.id)? {
            let version = versions::standard(tx, row.standard_version_id)?;
            let calendar = versions::calendar(tx, row.calendar_version_id)?.calendar;
            let mut ticking = Ticking::new(row, calendar);
            if ticking.is_live() && ticking.tighten(is_tightened, &version.spec, tx.now) {
                repo::update_ladder(tx.conn, &ticking.into_row(&version.spec))?;
            }
        }
    }
    Ok(ids.last().copied())
}
