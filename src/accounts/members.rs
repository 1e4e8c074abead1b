//! Who belongs to a site: binding merchants to shops and owners to units, and the desk's list of its colleagues.

use std::collections::HashSet;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::api::{BindMember, MemberView, StaffMember};
use super::model::{Membership, Role, Staff, User};
use super::repo;
use crate::app::Tx;
use crate::error::Error;
use crate::sites;
use crate::values::Id;

/// Binds the person with a telephone number to a shop (merchant) or unit (owner) of a site the caller's desk serves.
/// A person is one thing at a site: binding again replaces what they were.
///
/// # Errors
/// [`Error::NotFound`] for sites, shops, units and numbers the caller does not know; [`Error::Rule`] when role and
/// place do not fit, or the person is staff there.
pub fn bind(tx: &mut Tx<'_>, staff: &Staff, command: BindMember) -> Result<MemberView, Error> {
    let BindMember { site_id, phone, role, shop_id, unit_id } = command;
    check_desk(staff, site_id)?;
    let role = match role {
        super::api::BoundRole::Merchant => Role::Merchant,
        super::api::BoundRole::Owner => Role::Owner,
    };
    match (role, shop_id, unit_id) {
        (Role::Merchant, Some(shop), None) => sites::service::check_shop(tx, site_id, shop)?,
        (Role::Owner, None, Some(unit)) => sites::service::check_unit(tx, site_id, unit)?,
        (Role::Merchant, ..) => return Err(Error::rule("member_shop_needed")),
        _ => return Err(Error::rule("member_unit_needed")),
    }
    let index = tx.app.vault.phone_index(phone.expose());
    let user = repo::find_user_by_phone(tx.conn, &index)?.ok_or(Error::NotFound("user_not_found"))?;
    for membership in repo::list_memberships_of(tx.conn, user.id)?.iter().filter(|m| m.site_id == site_id) {
        if membership.role.is_staff() {
            return Err(Error::rule("member_is_staff"));
        }
        repo::delete_membership(tx.conn, membership.id)?;
    }
    let membership = Membership {
        id: tx.new_id(),
        user_id: user.id,
        site_id,
        role,
        department_id: None,
        shop_id,
        unit_id,
        created_at: tx.now,
    };
    repo::insert_membership(tx.conn, &membership).map_err(|error| match error {
        // A colleague bound the same person at the same moment; asked again, this one comes after that.
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Error::database_busy(),
        error => error.into(),
    })?;
    Ok(view(&membership, user))
}

/// Ends a merchant's or owner's binding.
///
/// # Errors
/// [`Error::NotFound`] if the caller's desk does not serve that site or there is no such binding.
pub fn unbind(tx: &mut Tx<'_>, staff: &Staff, id: Id) -> Result<(), Error> {
    let missing = || Error::NotFound("member_not_found");
    let membership = repo::find_membership(tx.conn, id)?.ok_or_else(missing)?;
    if !staff.role_at(membership.site_id).is_desk() || membership.role.is_staff() {
        return Err(missing());
    }
    repo::delete_membership(tx.conn, id)?;
    Ok(())
}

/// The merchants and owners of a site, newest first; one more than `limit`, so that the caller knows whether there
/// are more.
///
/// # Errors
/// [`Error::NotFound`] if the caller's desk does not serve that site.
pub fn list(
    tx: &mut Tx<'_>,
    staff: &Staff,
    site_id: Id,
    role: Option<Role>,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<MemberView>, Error> {
    check_desk(staff, site_id)?;
    let roles = role.map_or_else(|| vec![Role::Merchant, Role::Owner], |role| vec![role]);
    let members = repo::list_members(tx.conn, site_id, &roles, before, limit)?;
    Ok(members.into_iter().map(|(membership, user)| view(&membership, user)).collect())
}

/// The mall's own people at a site, for dispatching.
///
/// # Errors
/// As the database.
pub fn list_staff(tx: &mut Tx<'_>, site_id: Id) -> Result<Vec<StaffMember>, Error> {
    let members = repo::list_site_staff(tx.conn, site_id)?;
    Ok(members
        .into_iter()
        .map(|(membership, user)| StaffMember {
            id: user.id,
            username: user.username.unwrap_or_default(),
            display_name: user.display_name,
            role: membership.role,
            department_id: membership.department_id,
        })
        .collect())
}

/// What a person is at a site, if they are staff there and may still sign in.
///
/// # Errors
/// As the database.
pub fn staff_membership(tx: &mut Tx<'_>, site_id: Id, user_id: Id) -> Result<Option<Membership>, Error> {
    let Some(user) = repo::find_user(tx.conn, user_id)?.filter(|user| user.disabled_at.is_none()) else {
        return Ok(None);
    };
    let memberships = repo::list_memberships_of(tx.conn, user.id)?;
    Ok(memberships.into_iter().find(|m| m.site_id == site_id && m.role.is_staff()))
}

/// Whether a person is staff of a site, or was while they could still sign in.
///
/// # Errors
/// As the database.
pub fn has_served(tx: &mut Tx<'_>, site_id: Id, user_id: Id) -> Result<bool, Error> {
    let Some(user) = repo::find_user(tx.conn, user_id)? else { return Ok(false) };
    Ok(user.is_admin || role_of(tx, site_id, user_id)?.is_staff())
}

/// Who answers for a site where nobody else does: its first supervisor by name, else an admin.
///
/// # Errors
/// As the database.
pub fn first_lead(tx: &mut Tx<'_>, site_id: Id) -> Result<Option<Id>, Error> {
    let staff = repo::list_site_staff(tx.conn, site_id)?;
    let supervisor = staff.iter().find(|(of, _)| of.role == Role::Supervisor).map(|(_, user)| user.id);
    let admins = repo::list_staff(tx.conn)?;
    let admin = admins.iter().find(|user| user.is_admin && user.disabled_at.is_none()).map(|user| user.id);
    Ok(supervisor.or(admin))
}

/// Who serves the desk of a site, and may still sign in.
///
/// # Errors
/// As the database.
pub fn desk_of(tx: &mut Tx<'_>, site_id: Id) -> Result<HashSet<Id>, Error> {
    let members = repo::list_site_staff(tx.conn, site_id)?.into_iter();
    let mut desk: HashSet<Id> = members.filter(|(of, _)| of.role.is_desk()).map(|(_, user)| user.id).collect();
    let admins = repo::list_staff(tx.conn)?.into_iter().filter(|user| user.is_admin && user.disabled_at.is_none());
    desk.extend(admins.map(|user| user.id));
    Ok(desk)
}

/// Whether a person leads a site, and may still sign in.
///
/// # Errors
/// As the database.
pub fn leads(tx: &mut Tx<'_>, site_id: Id, user_id: Id) -> Result<bool, Error> {
    let user = repo::find_user(tx.conn, user_id)?.filter(|user| user.disabled_at.is_none());
    let Some(user) = user else { return Ok(false) };
    Ok(user.is_admin || role_of(tx, site_id, user_id)?.is_lead())
}

/// What a person is at a site.
///
/// # Errors
/// As the database.
pub fn role_of(tx: &mut Tx<'_>, site_id: Id, user_id: Id) -> Result<Role, Error> {
    let memberships = repo::list_memberships_of(tx.conn, user_id)?;
    Ok(memberships.iter().find(|m| m.site_id == site_id).map_or(Role::Customer, |m| m.role))
}

/// The shop that a person is bound to at a site.
///
/// # Errors
/// As the database.
pub fn shop_of(tx: &mut Tx<'_>, site_id: Id, user_id: Id) -> Result<Option<Id>, Error> {
    let memberships = repo::list_memberships_of(tx.conn, user_id)?;
    Ok(memberships.iter().find(|m| m.site_id == site_id).and_then(|m| m.shop_id))
}

fn check_desk(staff: &Staff, site_id: Id) -> Result<(), Error> {
    if staff.role_at(site_id).is_desk() { Ok(()) } else { Err(Error::NotFound("site_not_found")) }
}

fn view(membership: &Membership, user: User) -> MemberView {
    MemberView {
        id: membership.id,
        user_id: user.id,
        display_name: user.display_name,
        phone: user.phone_masked,
        role: membership.role,
        shop_id: membership.shop_id,
        unit_id: membership.unit_id,
        created_at: membership.created_at,
    }
}
