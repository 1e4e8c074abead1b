//! Forgetting what names people once its purpose is done (Personal Information Protection Law art. 47), and writing down
//! that it was forgotten.

use jiff::SignedDuration;

use super::model::Erasure;
pub(crate) use super::model::Subject;
use super::repo;
use crate::accounts::model::Lead;
use crate::app::Tx;
use crate::error::Error;
use crate::found_items::model::number;
use crate::found_items::record::{self, Forgotten};
use crate::values::Id;
use crate::{claims, contact_views, lost_reports, rentals};

/// This log, and the one of who looked at whose number, are kept so long (Personal Information Protection Law art. 56: three years).
const LOG_KEPT: SignedDuration = SignedDuration::from_hours(3 * 366 * 24);
/// Who found something, and what only its owner could know of it, is kept so long after it left custody. Ours: as long as they may ask what became of it.
const FINDER_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// As many finders are forgotten in one transaction.
const BATCH: i64 = 100;

/// Writes down that something was forgotten, because its time was over.
///
/// # Errors
/// As the database.
pub(crate) fn log(tx: &mut Tx<'_>, site_id: Id, subject: Subject, (id, number): (Id, String)) -> Result<(), Error> {
    let row = Erasure {
        id: tx.new_id(),
        site_id,
        subject,
        subject_id: id,
        number,
        reason: "retention_over".to_owned(),
        at: tx.now,
    };
    Ok(repo::insert(tx.conn, &row)?)
}

/// What was forgotten at a site.
///
/// # Errors
/// [`Error::NotFound`] for sites the caller does not lead.
pub fn list(tx: &mut Tx<'_>, lead: &Lead, site_id: Id, before: Option<Id>, limit: i64) -> Result<Vec<Erasure>, Error> {
    if !lead.role_at(site_id).is_lead() {
        return Err(Error::NotFound("site_not_found"));
    }
    Ok(repo::list(tx.conn, site_id, before, limit)?)
}

/// Forgets whatever is over, of every sort. Returns of how many things.
///
/// # Errors
/// As the database.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Error> {
    let mut count = claims::forget::forget_old(tx)? + lost_reports::service::forget_old(tx)?;
    count += rentals::service::forget_old(tx)?;
    for Forgotten { one, named_people, had_secrets } in record::forget(tx, tx.now - FINDER_KEPT, BATCH)? {
        for (subject, was_there) in [(Subject::Finder, named_people), (Subject::FoundItem, had_secrets)] {
            if was_there {
                log(tx, one.item.site_id, subject, (one.item.id, number(one.seq)))?;
                count += 1;
            }
        }
    }
    repo::delete_before(tx.conn, tx.now - LOG_KEPT)?;
    contact_views::service::forget_before(tx, tx.now - LOG_KEPT)?;
    Ok(count)
}
