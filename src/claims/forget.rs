//! Forgetting who made claims.
//!
//! Rules:
//! - What names a claimant is forgotten: a month after a claim came to nothing, two years after it was fulfilled (Civil Code
//!   art. 312).

use super::model::{ClaimStatus, FULFILLED_KEPT, REFUSED_KEPT, number};
use super::repo;
use super::service::write;
use crate::app::Tx;
use crate::attachments::service as attachments;
use crate::erasures::service::{self as erasures, Subject};
use crate::error::Error;

/// As many claims are forgotten in one transaction.
const BATCH: i64 = 100;

/// Forgets who made claims that are long over. Returns how many.
///
/// # Errors
/// As the database.
pub(crate) fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Error> {
    let refused = [ClaimStatus::Rejected, ClaimStatus::Withdrawn, ClaimStatus::Lapsed];
    let mut old = repo::list_to_erase(tx.conn, &refused, tx.now - REFUSED_KEPT, BATCH)?;
    old.extend(repo::list_to_erase(tx.conn, &[ClaimStatus::Fulfilled], tx.now - FULFILLED_KEPT, BATCH)?);
    let count = old.len();
    for mut one in old {
        let claim = &mut one.claim;
        (claim.contact_name, claim.contact_phone_sealed, claim.contact_phone_masked) = (None, None, None);
        (claim.statement, claim.identity_last4, claim.address_sealed) = (None, None, None);
        (claim.reason, claim.asked) = (None, None);
        if let Some(id) = claim.signature_id.take() {
            attachments::release(tx, &[id])?;
        }
        (claim.tracking_number, claim.claimant_id, claim.erased_at) = (None, None, Some(tx.now));
        repo::delete_answers(tx.conn, claim.id)?;
        write(tx, claim)?;
        erasures::log(tx, claim.site_id, Subject::Claim, (claim.id, number(one.seq)))?;
    }
    Ok(count)
}
