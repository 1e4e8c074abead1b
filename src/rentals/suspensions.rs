//! Who may not borrow at a site, by a supervisor's word.

use super::api::{SuspendPerson, SuspensionView};
use super::model::Suspension;
use super::repo;
use crate::accounts::model::Lead;
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::error::Error;
use crate::stations::service::check_lead;
use crate::values::Id;

/// Refuses who is suspended: by the newest of what suspends them.
///
/// # Errors
/// [`Error::Rule`] `rental_suspended`.
pub(super) fn check<'a>(found: impl Iterator<Item = &'a Suspension>) -> Result<(), Error> {
    let Some(found) = found.max_by_key(|one| one.id) else { return Ok(()) };
    let until = found.until.map_or_else(|| "∞".to_owned(), |until| until.to_string());
    Err(Error::Rule { code: "rental_suspended", params: vec![("until", until)] })
}

/// Suspends the person with an account or a number.
///
/// # Errors
/// [`Error::NotFound`] for sites that are not the lead's, and unknown people; [`Error::Invalid`] for an end in the past.
pub fn suspend(tx: &mut Tx<'_>, lead: &Lead, command: SuspendPerson) -> Result<SuspensionView, Error> {
    let SuspendPerson { site_id, phone, user_id, reason, until } = command;
    check_lead(lead, site_id)?;
    let unknown = || Error::NotFound("user_not_found");
    let user_id = match (phone, user_id) {
        (Some(phone), None) => accounts::user_with_phone(tx, &phone)?.ok_or_else(unknown)?,
        (None, Some(id)) => id,
        _ => return Err(Error::rule("person_needed_once")),
    };
    let name = accounts::contact_of(tx, user_id)?.display_name;
    if until.is_some_and(|until| until <= tx.now) {
        return Err(Error::field("/until", "until_in_past"));
    }
    let row = Suspension {
        id: tx.new_id(),
        site_id,
        user_id,
        reason: reason.into_string(),
        until,
        created_by_id: lead.user_id,
        created_at: tx.now,
        lifted_at: None,
        lifted_by_id: None,
    };
    repo::insert_suspension(tx.conn, &row)?;
    Ok(SuspensionView::new(row, name))
}

/// Who is suspended at a site, newest first.
///
/// # Errors
/// [`Error::NotFound`] for sites that are not the lead's.
pub fn list(
    tx: &mut Tx<'_>,
    lead: &Lead,
    site_id: Id,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<SuspensionView>, Error> {
    check_lead(lead, site_id)?;
    let rows = repo::list_suspensions(tx.conn, site_id, tx.now, before, limit)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.user_id).collect();
    let names = accounts::names_of(tx, &ids)?;
    let name = |id: &Id| names.get(id).cloned().unwrap_or_default();
    Ok(rows
        .into_iter()
        .map(|row| (name(&row.user_id), row))
        .map(|(name, row)| SuspensionView::new(row, name))
        .collect())
}

/// Takes a suspension back.
///
/// # Errors
/// [`Error::NotFound`] also for those of other sites, and those taken back before.
pub fn lift(tx: &mut Tx<'_>, lead: &Lead, id: Id) -> Result<(), Error> {
    let missing = || Error::NotFound("suspension_not_found");
    let row = repo::find_suspension_by_id(tx.conn, id)?.ok_or_else(missing)?;
    check_lead(lead, row.site_id).map_err(|_| missing())?;
    if repo::update_lifted(tx.conn, id, lead.user_id, tx.now)? == 0 { Err(missing()) } else { Ok(()) }
}
