//! What each class of things asks of those who keep it.
//!
//! Rules:
//! - Valuables and cash take two people and a sealed bag; money is counted.
//! - What its category keeps with care, or was kept with care, is kept with less by a lead's word alone; what was kept by
//!   two leaves that with two. Nor does anything spoil by less than a lead's word, if its category does not.
//! - The money and the seal of valuables and cash change with two people.
//! - What turns out to be of another class is kept as that from then on, and as long as that is.

use super::model::FoundItem;
use crate::accounts::members;
use crate::accounts::model::{Actor, Staff};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::error::Error;
use crate::lost_found::categories::ValueClass;
use crate::retention;
use crate::values::Id;

/// Two people answer for valuables and cash: the caller, and a colleague of the site. Answers with the colleague's name.
///
/// # Errors
/// [`Error::Rule`] `two_people_needed`, `seal_needed`, `witness_not_colleague`.
pub(super) fn check_two_people(
    tx: &mut Tx<'_>,
    desk: &Actor,
    item: &FoundItem,
    witness_id: Option<Id>,
) -> Result<Option<String>, Error> {
    let witness = witness_id.map(|id| colleague(tx, desk, item.site_id, id)).transpose()?;
    if item.needs_two_people() {
        if witness.is_none() {
            return Err(Error::rule("two_people_needed"));
        }
        if item.seal_number.is_none() {
            return Err(Error::rule("seal_needed"));
        }
    }
    Ok(witness)
}

/// The name of another of the site's own people.
///
/// # Errors
/// [`Error::Rule`] `witness_not_colleague`.
pub(crate) fn colleague(tx: &mut Tx<'_>, desk: &Actor, site_id: Id, id: Id) -> Result<String, Error> {
    let refused = || Error::rule("witness_not_colleague");
    if id == desk.user_id || members::staff_membership(tx, site_id, id)?.is_none() {
        return Err(refused());
    }
    Ok(accounts::contact_of(tx, id)?.display_name)
}

/// How an item is kept from now on; the sum and the seal stay where nothing is said of them.
pub(super) struct Keeping {
    /// Its class.
    pub(super) class: ValueClass,
    /// How much money it is.
    pub(super) cash_fen: Option<i64>,
    /// On its bag.
    pub(super) seal_number: Option<String>,
}

/// An item turns out to be of another class, or of another amount, or has another seal: it is kept as that from now on, as
/// long as its class is. Answers with the name of who stood by.
///
/// # Errors
/// As [`check_lowering`], [`check_money`] and [`check_two_people`].
pub(super) fn reclassify(
    tx: &mut Tx<'_>,
    staff: &Staff,
    item: &mut FoundItem,
    keeping: Keeping,
    witness_id: Option<Id>,
) -> Result<Option<String>, Error> {
    let Keeping { class, cash_fen, seal_number } = keeping;
    let (was_by_two, sum, seal) = (item.needs_two_people(), item.cash_fen, item.seal_number.clone());
    let before = std::mem::replace(&mut item.value_class, class);
    check_lowering(staff, item, before)?;
    // What is no money any more has no sum either.
    let carried = sum.filter(|_| item.needs_two_people());
    item.cash_fen = check_money(class, cash_fen.or(carried), item.status.is_in_custody())?;
    item.seal_number = seal_number.or_else(|| seal.clone());
    if !item.status.is_in_custody() {
        return Ok(None);
    }
    let is_new = class != before;
    if !is_new && item.cash_fen == sum && item.seal_number == seal {
        return witness_id.map(|id| colleague(tx, staff, item.site_id, id)).transpose();
    }
    let witness = check_two_people(tx, staff, item, witness_id)?;
    if was_by_two && witness.is_none() {
        return Err(Error::rule("two_people_needed"));
    }
    if is_new {
        retention::service::begin(tx, item)?;
    }
    Ok(witness)
}

/// What its category keeps with care, or was kept with care as `before`, is kept with less only by a lead's word; and what
/// does not spoil by its category waits for its day unless a lead says otherwise.
///
/// # Errors
/// [`Error::Forbidden`] `class_lowered_by_lead`.
pub(super) fn check_lowering(desk: &Actor, item: &FoundItem, before: ValueClass) -> Result<(), Error> {
    let with_care = [ValueClass::Valuable, ValueClass::Cash, ValueClass::IdentityPaper, ValueClass::Dangerous];
    let (usual, now) = (item.kind().value_class, item.value_class);
    let is_lower = (with_care.contains(&usual) || with_care.contains(&before)) && !with_care.contains(&now);
    let is_hasty = now == ValueClass::Perishable && usual != ValueClass::Perishable;
    if (is_lower || is_hasty) && !desk.role_at(item.site_id).is_lead() {
        return Err(Error::Forbidden("class_lowered_by_lead"));
    }
    Ok(())
}

/// How much money an item is or has in it. What is in custody was counted.
///
/// # Errors
/// [`Error::Rule`] `cash_amount_needed`, `cash_amount_not_money`.
pub(super) fn check_money(class: ValueClass, cash_fen: Option<i64>, is_counted: bool) -> Result<Option<i64>, Error> {
    match (class, cash_fen) {
        (ValueClass::Cash, None) if is_counted => Err(Error::rule("cash_amount_needed")),
        // A wallet with money in it.
        (ValueClass::Cash | ValueClass::Valuable, _) | (_, None) => Ok(cash_fen),
        (_, Some(_)) => Err(Error::rule("cash_amount_not_money")),
    }
}
