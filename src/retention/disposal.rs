//! Disposing of what nobody claimed, otherwise than through the police.
//!
//! Rules:
//! - Not before its day, not while anybody's claim is undecided, and never what belongs to the police: cash, identity
//!   papers, dangerous goods.
//! - Two leads approve it, the second another than the first, and the law that allows it is named. It is never the mall's
//!   own afterwards (Civil Code art. 318).
//! - What spoils may go before its day, and leaves a photo.

use super::api::{DecideDisposal, ProposeDisposal};
use super::model::{Disposal, DisposalStatus};
use super::repo;
use crate::accounts::model::{Lead, Role};
use crate::app::Tx;
use crate::claims;
use crate::custody::model::CustodyKind;
use crate::custody::service::{self as custody, Note};
use crate::error::Error;
use crate::found_items::model::{ItemMove, Numbered};
use crate::found_items::service::{self as items};
use crate::found_items::{display, record, views::FoundItemView};
use crate::http::input::Target;
use crate::lost_found::categories::ValueClass;
use crate::notices::service::{Audience, NoticeKind};
use crate::text::Discreet;
use crate::values::Id;

fn lock(tx: &mut Tx<'_>, lead: &Lead, target: Target) -> Result<Numbered, Error> {
    let one = record::lock_for_desk(tx, lead, target)?;
    if lead.role_at(one.item.site_id).is_lead() { Ok(one) } else { Err(Error::Forbidden("role_lead_needed")) }
}

/// Proposes to dispose of an item: the first approval.
///
/// # Errors
/// [`Error::Conflict`] `item_not_now`, `disposal_proposed_already`; [`Error::Rule`] `disposal_too_early`,
/// `disposal_by_police`, `disposal_photo_needed`, `claims_undecided`.
pub fn propose(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: ProposeDisposal) -> Result<FoundItemView, Error> {
    let ProposeDisposal { method, legal_basis, reason, attachment_ids } = command;
    let mut one = lock(tx, lead, target)?;
    if one.item.status.after(ItemMove::Dispose).is_none() {
        return Err(Error::conflict("item_not_now"));
    }
    if repo::find_proposed(tx.conn, one.item.id)?.is_some() {
        return Err(Error::conflict("disposal_proposed_already"));
    }
    check_may(tx, &one, !attachment_ids.is_empty())?;
    items::add_photos(tx, lead.user_id, &mut one.item, &attachment_ids)?;
    let disposal = Disposal {
        id: tx.new_id(),
        item_id: one.item.id,
        site_id: one.item.site_id,
        status: DisposalStatus::Proposed,
        method,
        legal_basis: legal_basis.into_string(),
        reason: reason.into_string(),
        proposed_by_id: lead.user_id,
        proposed_at: tx.now,
        decided_by_id: None,
        decided_at: None,
        decision_reason: None,
    };
    repo::insert_disposal(tx.conn, &disposal)?;
    let detail = serde_json::json!({
        "method": method, "legal_basis": disposal.legal_basis, "reason": disposal.reason, "photos": attachment_ids,
    });
    custody::append(tx, Some(lead), &mut one.item, &Note::new(CustodyKind::DisposalProposed, detail))?;
    record::write(tx, &mut one.item)?;
    record::tell(tx, &one, NoticeKind::DisposalProposed, Audience::Role(Role::Supervisor))?;
    display::show_to_desk(tx, one)
}

/// Whether it may be disposed of now. Asked at both approvals: between them it may have turned out to be something else.
fn check_may(tx: &mut Tx<'_>, one: &Numbered, has_photo: bool) -> Result<(), Error> {
    if matches!(one.item.value_class, ValueClass::Cash | ValueClass::IdentityPaper | ValueClass::Dangerous) {
        return Err(Error::rule("disposal_by_police"));
    }
    if claims::service::has_open(tx, one.item.id)? {
        return Err(Error::rule("claims_undecided"));
    }
    match one.item.keep_until {
        // What spoils does not wait, and leaves a photo.
        Some(_) if one.item.value_class == ValueClass::Perishable => {
            if has_photo {
                Ok(())
            } else {
                Err(Error::rule("disposal_photo_needed"))
            }
        }
        Some(keep_until) if keep_until <= tx.now && !one.item.is_keep_until_provisional => Ok(()),
        Some(keep_until) => {
            Err(Error::Rule { code: "disposal_too_early", params: vec![("until", keep_until.to_string())] })
        }
        None => Err(Error::rule("disposal_by_police")),
    }
}

/// The second approval, by another lead, or its refusal.
///
/// # Errors
/// [`Error::Conflict`] `disposal_not_proposed`, `item_not_now`; [`Error::Rule`] `second_approval_by_first`, and as
/// [`propose`] for what may not be disposed of by now; [`Error::Invalid`] for a refusal without a reason.
pub fn decide(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: DecideDisposal) -> Result<FoundItemView, Error> {
    let DecideDisposal { approve, reason } = command;
    let mut one = lock(tx, lead, target)?;
    let mut disposal = repo::find_proposed(tx.conn, one.item.id)?.ok_or(Error::conflict("disposal_not_proposed"))?;
    if disposal.proposed_by_id == lead.user_id && approve {
        return Err(Error::rule("second_approval_by_first"));
    }
    if !approve && reason.is_none() {
        return Err(Error::field("/reason", "field_missing"));
    }
    disposal.status = if approve { DisposalStatus::Done } else { DisposalStatus::Refused };
    (disposal.decided_by_id, disposal.decided_at) = (Some(lead.user_id), Some(tx.now));
    disposal.decision_reason = reason.map(Discreet::into_string);
    let kind = if approve { CustodyKind::Disposed } else { CustodyKind::DisposalRefused };
    repo::update_disposal(tx.conn, &disposal)?;
    if approve {
        check_may(tx, &one, one.item.photos > 0)?;
        record::step(tx, &mut one.item, ItemMove::Dispose)?;
    }
    let detail = serde_json::json!({ "method": disposal.method, "reason": disposal.decision_reason });
    custody::append(tx, Some(lead), &mut one.item, &Note::new(kind, detail))?;
    record::write(tx, &mut one.item)?;
    display::show_to_desk(tx, one)
}

/// An item left custody: what was proposed for it is over.
///
/// # Errors
/// As the database.
pub(crate) fn on_gone(tx: &mut Tx<'_>, item_id: Id) -> Result<(), Error> {
    let Some(mut disposal) = repo::find_proposed(tx.conn, item_id)? else { return Ok(()) };
    disposal.status = DisposalStatus::Withdrawn;
    disposal.decided_at = Some(tx.now);
    Ok(repo::update_disposal(tx.conn, &disposal)?)
}

/// The newest proposal of an item.
///
/// # Errors
/// As the database.
pub(crate) fn find_last(tx: &mut Tx<'_>, item_id: Id) -> Result<Option<Disposal>, Error> {
    Ok(repo::find_last(tx.conn, item_id)?)
}
