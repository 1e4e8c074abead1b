//! Giving an item to whom it was approved for.
//!
//! Rules:
//! - Only to the claimant of the approved claim, whose paper was looked at; its kind and last four characters are noted, and
//!   never more.
//! - They prove that they have it by their signature, or by a code that only their own phone shows. Wrong codes are counted
//!   though they are refused, and after a few of them the right one is void.
//! - Valuables and cash are handed over by two: the second signs by their own account.
//! - A courier brings what may be shipped, at the owner's cost, to whoever confirmed it with the code.

use std::sync::Arc;

use super::api::{CourierOrder, HandOver, PickUpCode};
use super::model::{CODE_TIME, Claim, ClaimMove, ClaimStatus, HandOverWay, MOST_WRONG_CODES, Numbered, Proof, number};
use super::repo;
use super::service::{self, load_for_desk, load_own, step, tell_claimant, write};
use super::views::ClaimView;
use crate::accounts::model::{SignedIn, Staff};
use crate::app::{App, Tx};
use crate::attachments;
use crate::custody::model::CustodyKind;
use crate::custody::service::{self as custody, Note};
use crate::error::Error;
use crate::found_items::model::{FoundItem, ItemMove};
use crate::found_items::record;
use crate::http::input::Target;
use crate::lost_found::categories::ValueClass;
use crate::lost_reports;
use crate::notices::service::{Audience, NoticeKind};
use crate::text::{Characters, Discreet};
use crate::vault;

/// A fresh code for the claimant's own phone: whoever shows it at the desk is them.
///
/// # Errors
/// [`Error::NotFound`] for claims of others; [`Error::Conflict`] `claim_not_approved`.
pub fn pick_up_code(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<PickUpCode, Error> {
    let mut one = load_own(tx, actor, target)?;
    if one.claim.status != ClaimStatus::Approved {
        return Err(Error::conflict("claim_not_approved"));
    }
    let number = u32::from_le_bytes(vault::random_bytes::<4>()?) % 1_000_000;
    let code = format!("{number:06}");
    let expires_at = tx.now + CODE_TIME;
    one.claim.code_hash = Some(hash(tx, &one.claim, &code));
    one.claim.code_expires_at = Some(expires_at);
    one.claim.wrong_codes = 0;
    write(tx, &mut one.claim)?;
    Ok(PickUpCode { code, expires_at })
}

fn hash(tx: &Tx<'_>, claim: &Claim, code: &str) -> Vec<u8> {
    tx.app.vault.code_hash(&claim.id.to_string(), code)
}

/// Compares a code before the hand-over does, in a change of its own: a refusal would leave no trace of a wrong one.
///
/// # Errors
/// [`Error::Rule`] `pick_up_code_wrong`; whatever else is wrong is for the hand-over to say.
pub async fn compare_code(app: &Arc<App>, staff: Staff, target: Target, code: Characters<6>) -> Result<(), Error> {
    let is_wrong = app.write(move |tx| count_wrong(tx, &staff, target, &code)).await?;
    if is_wrong { Err(Error::rule("pick_up_code_wrong")) } else { Ok(()) }
}

fn count_wrong(tx: &mut Tx<'_>, staff: &Staff, target: Target, code: &str) -> Result<bool, Error> {
    let mut claim = match load_for_desk(tx, staff, target) {
        Ok(one) => one.claim,
        Err(failure @ (Error::Unavailable { .. } | Error::Internal(_))) => return Err(failure),
        Err(_) => return Ok(false),
    };
    if claim.status != ClaimStatus::Approved {
        return Ok(false);
    }
    let (id, wrong) = (claim.id, claim.wrong_codes + 1);
    let Err(Error::Rule { code: "pick_up_code_wrong", .. }) = use_code(tx, &mut claim, code) else {
        return Ok(false);
    };
    repo::update_wrong_codes(tx.conn, id, wrong, wrong >= MOST_WRONG_CODES)?;
    Ok(true)
}

/// Takes a code: it works once.
fn use_code(tx: &Tx<'_>, claim: &mut Claim, code: &str) -> Result<(), Error> {
    let expected = claim.code_hash.take().ok_or_else(|| Error::rule("pick_up_code_missing"))?;
    if claim.code_expires_at.take().is_none_or(|at| at <= tx.now) {
        return Err(Error::rule("pick_up_code_expired"));
    }
    let is_right = vault::is_same(&hash(tx, claim, code), &expected);
    if is_right { Ok(()) } else { Err(Error::rule("pick_up_code_wrong")) }
}

/// Gives the item to its owner; valuables and cash then wait for the second person's word.
///
/// # Errors
/// [`Error::Conflict`] `claim_not_approved`; [`Error::Rule`] `hand_over_proof_needed`, `pick_up_code_missing`,
/// `pick_up_code_expired`, `pick_up_code_wrong`, `courier_code_needed`, `may_not_ship`, `claim_own`.
pub fn hand_over(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: HandOver) -> Result<ClaimView, Error> {
    let HandOver { identity_kind, identity_last4, code, signature_id, courier } = command;
    let mut one = load_for_desk(tx, staff, target)?;
    if one.claim.status != ClaimStatus::Approved {
        return Err(Error::conflict("claim_not_approved"));
    }
    let mut item = record::lock(tx, one.claim.item_id)?;
    let claim = &mut one.claim;
    claim.way = Some(if courier.is_some() { HandOverWay::Courier } else { HandOverWay::InPerson });
    match (code, signature_id) {
        (Some(code), None) => {
            use_code(tx, claim, &code)?;
            claim.proof = Some(Proof::Code);
        }
        (None, Some(id)) if courier.is_none() => {
            attachments::service::put_to_use(tx, staff.user_id, &[id])?;
            (claim.proof, claim.signature_id) = (Some(Proof::Signature), Some(id));
        }
        (None, Some(_)) => return Err(Error::rule("courier_code_needed")),
        _ => return Err(Error::rule("hand_over_proof_needed")),
    }
    (claim.identity_kind, claim.identity_last4) = (Some(identity_kind), Some(identity_last4.into_string()));
    (claim.handed_by_id, claim.handed_by_name) = (Some(staff.user_id), Some(staff.display_name.clone()));
    claim.handed_at = Some(tx.now);
    if let Some(order) = courier {
        ship(tx, claim, &item.item, order)?;
    }
    if item.item.needs_two_people() {
        step(tx, claim, ClaimMove::Sign)?;
        let detail = serde_json::json!({ "claim": number(one.seq), "identity_kind": identity_kind });
        custody::append(tx, Some(staff), &mut item.item, &Note::new(CustodyKind::Signed, detail))?;
        record::write(tx, &mut item.item)?;
        write(tx, &mut one.claim)?;
        return service::show(tx, staff, one);
    }
    finish(tx, staff, one, item)
}

fn ship(tx: &Tx<'_>, claim: &mut Claim, item: &FoundItem, order: CourierOrder) -> Result<(), Error> {
    let CourierOrder { carrier, tracking_number, address, fee_fen } = order;
    let refused = matches!(
        item.value_class,
        ValueClass::Cash | ValueClass::IdentityPaper | ValueClass::Dangerous | ValueClass::Perishable
    );
    // A wallet's money is no parcel either.
    if refused || item.cash_fen.is_some() || !item.kind().may_ship {
        return Err(Error::rule("may_not_ship"));
    }
    claim.carrier = Some(carrier.into_string());
    claim.tracking_number = tracking_number.map(Discreet::into_string);
    claim.address_sealed = Some(tx.app.vault.seal(&address)?);
    claim.fee_fen = Some(fee_fen.into());
    Ok(())
}

/// The second person's word that valuables or cash were given to their owner.
///
/// # Errors
/// [`Error::Conflict`] `claim_not_signed`; [`Error::Rule`] `second_person_needed` for the first person, `claim_own`.
pub fn witness(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<ClaimView, Error> {
    let mut one = load_for_desk(tx, staff, target)?;
    if one.claim.status != ClaimStatus::Signed {
        return Err(Error::conflict("claim_not_signed"));
    }
    if one.claim.handed_by_id == Some(staff.user_id) {
        return Err(Error::rule("second_person_needed"));
    }
    let item = record::lock(tx, one.claim.item_id)?;
    (one.claim.witness_id, one.claim.witness_name) = (Some(staff.user_id), Some(staff.display_name.clone()));
    one.claim.witnessed_at = Some(tx.now);
    finish(tx, staff, one, item)
}

fn finish(
    tx: &mut Tx<'_>,
    staff: &Staff,
    mut one: Numbered,
    mut item: crate::found_items::model::Numbered,
) -> Result<ClaimView, Error> {
    step(tx, &mut one.claim, ClaimMove::Fulfil)?;
    record::step(tx, &mut item.item, ItemMove::Return)?;
    item.item.owner_id = one.claim.claimant_id;
    let kind = if one.claim.way == Some(HandOverWay::Courier) { CustodyKind::Shipped } else { CustodyKind::HandedOver };
    let detail = serde_json::json!({
        "claim": number(one.seq), "identity_kind": one.claim.identity_kind, "proof": one.claim.proof,
        "first": one.claim.handed_by_name, "carrier": one.claim.carrier, "signature_id": one.claim.signature_id,
    });
    let witness_name = one.claim.witness_name.clone();
    let note = Note { kind, witness_name: witness_name.as_deref(), detail };
    custody::append(tx, Some(staff), &mut item.item, &note)?;
    record::write(tx, &mut item.item)?;
    service::on_gone(tx, item.item.id, None)?;
    if let Some(report_id) = one.claim.report_id {
        lost_reports::service::on_returned(tx, report_id, item.item.id)?;
    }
    write(tx, &mut one.claim)?;
    tell_claimant(tx, &one, NoticeKind::ItemHandedOver)?;
    if let Some(finder) = item.item.finder_id.filter(|finder| one.claim.claimant_id != Some(*finder)) {
        record::tell(tx, &item, NoticeKind::ItemReturned, Audience::Person(finder))?;
    }
    service::show(tx, staff, one)
}
