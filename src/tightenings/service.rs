//! Looking up when and why ladders were tightened. Whoever was told of a ticket sooner than usual may ask; how a department
//! did, only its own people and leads are shown.

use super::api::{ListTightenings, TighteningView};
use super::model::{Narrowed, Tightening};
use super::repo;
use crate::accounts::model::Staff;
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::sites::service as sites;
use crate::values::Id;

/// The tightenings of a site, newest first. One more than asked for tells whether there are more.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found` for whoever does not work there.
pub fn list(
    tx: &mut Tx<'_>,
    staff: &Staff,
    target: Target,
    query: &ListTightenings,
    (before, limit): (Option<Id>, i64),
) -> Result<Vec<TighteningView>, Error> {
    let role = staff.role_at(target.id);
    if !role.is_staff() || sites::site(tx, target.id).is_err() {
        return Err(Error::NotFound("site_not_found"));
    }
    let narrowed = Narrowed { site_id: target.id, department_id: query.department_id, before };
    let rows = repo::list(tx.conn, &narrowed, limit)?;
    let names = sites::names(tx, target.id)?;
    let own = staff.department_at(target.id);
    let view = |row: &Tightening| TighteningView::new(row, &names, role.is_lead() || own == Some(row.department_id));
    Ok(rows.iter().map(view).collect())
}
