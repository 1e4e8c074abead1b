//! Showing a number in full, and writing down that it was shown.
//!
//! Rules:
//! - Everywhere else numbers are masked; who needs one in full asks for it, and each time that is written down, in the same
//!   transaction: no line, no number.
//! - The line says whose number it was and who looked, never the number.

use std::collections::HashMap;

use super::model::{ContactView, Whose};
use super::repo;
use crate::accounts::model::{Lead, Staff};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::error::Error;
use crate::tickets::views::FullContact;
use crate::values::{Id, Instant};

/// Somebody who can be called about something.
pub(crate) struct Callable {
    /// Where that is.
    pub(crate) site_id: Id,
    /// Who it is.
    pub(crate) whose: Whose,
    /// The report, claim or item.
    pub(crate) id: Id,
    /// Its number.
    pub(crate) number: String,
    /// Whom to ask for.
    pub(crate) name: Option<String>,
    /// Their number, sealed.
    pub(crate) phone_sealed: Option<Vec<u8>>,
}

/// Shows whom to call to somebody who may know, and writes that down.
///
/// # Errors
/// As the database.
pub(crate) fn look(tx: &mut Tx<'_>, staff: &Staff, callable: Callable) -> Result<FullContact, Error> {
    let Callable { site_id, whose, id, number, name, phone_sealed } = callable;
    let row = ContactView {
        id: tx.new_id(),
        site_id,
        subject: whose,
        subject_id: id,
        number,
        viewer_id: staff.user_id,
        at: tx.now,
    };
    repo::insert(tx.conn, &row)?;
    let phone = phone_sealed.map(|sealed| tx.app.vault.unseal(&sealed)).transpose()?;
    Ok(FullContact { name, phone })
}

/// Who looked at a site, newest first, and what they are called.
///
/// # Errors
/// [`Error::NotFound`] for sites the caller does not lead.
pub fn list(
    tx: &mut Tx<'_>,
    lead: &Lead,
    site_id: Id,
    before: Option<Id>,
    limit: i64,
) -> Result<(Vec<ContactView>, HashMap<Id, String>), Error> {
    if !lead.role_at(site_id).is_lead() {
        return Err(Error::NotFound("site_not_found"));
    }
    let rows = repo::list(tx.conn, site_id, before, limit)?;
    let viewers: Vec<Id> = rows.iter().map(|row| row.viewer_id).collect();
    let names = accounts::names_of(tx, &viewers)?;
    Ok((rows, names))
}

/// Forgets what was looked at before `before`.
///
/// # Errors
/// As the database.
pub(crate) fn forget_before(tx: &mut Tx<'_>, before: Instant) -> Result<usize, Error> {
    Ok(repo::delete_before(tx.conn, before)?)
}
