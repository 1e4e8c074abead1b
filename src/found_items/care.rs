//! What each class of things asks of those who keep it.
//!
//! Rules:
//! - Valuables and cash take two people and a sealed bag; money is counted.
//! - What its category keeps with care is kept with less by a lead's word alone.
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

/// An item turns out to be of another class: it is kept as that class is from now on, as long as that class is. Answers with
/// the name of who stood by.
pub(super) fn reclassify(
    tx: &mut Tx<'_>,
    staff: &Staff,
    item: &mut FoundItem,
    (class, cash_fen): (ValueClass, Option<i64>),
    witness_id: Option<Id>,
) -> Result<Option<String>, Error> {
    let is_new = class != item.value_class;
    item.value_class = class;
    check_lowering(staff, item)?;
    item.cash_fen = check_money(class, cash_fen.or(item.cash_fen), item.status.is_in_custody())?;
    if !item.status.is_in_custody() {
        return Ok(None);
    }
    if !is_new {
        return witness_id.map(|id| colleague(tx, staff, item.site_id, id)).transpose();
    }
    let witness = check_two_people(tx, staff, item, witness_id)?;
    retention::service::begin(tx, item)?;
    Ok(witness)
}

/// What its category keeps with care is kept with less only by a lead's word.
///
/// # Errors
/// [`Error::Forbidden`] `class_lowered_by_lead`.
pub(super) fn check_lowering(desk: &Actor, item: &FoundItem) -> Result<(), Error> {
    let with_care = [ValueClass::Valuable, ValueClass::Cash, ValueClass::IdentityPaper, ValueClass::Dangerous];
    let is_lower = with_care.contains(&item.kind().value_class) && !with_care.contains(&item.value_class);
    if is_lower && !desk.role_at(item.site_id).is_lead() {
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
