//! Staff accounts, as an operator manages them from the command line: making, listing, new password, disabling.

use secrecy::SecretString;

use super::model::{Membership, Role, Tongue, User};
use super::{password, repo};
use crate::app::Tx;
use crate::error::Error;
use crate::sites;
use crate::values::Id;

/// A staff account to make.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// What they sign in with.
    pub username: String,
    /// What others call them.
    pub display_name: String,
    /// What they are.
    pub role: Role,
    /// The site they work at, by code; not for admins, who have all.
    pub site: Option<String>,
    /// Their department there, by code; technicians need one.
    pub department: Option<String>,
}

/// One line of the staff list.
#[derive(Debug, Clone)]
pub struct StaffLine {
    /// What they sign in with.
    pub username: String,
    /// What others call them.
    pub display_name: String,
    /// Their highest role.
    pub role: Role,
    /// Whether they may no longer sign in.
    pub is_disabled: bool,
}

/// 120 bits in letters and digits that nobody mistakes for one another.
///
/// # Errors
/// [`Error::Internal`] if the machine gives no randomness.
pub fn random_password() -> Result<SecretString, Error> {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";
    let bytes = crate::vault::random_bytes::<24>()?;
    let letters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
    Ok(letters.map(|letter| char::from(*letter)).collect::<String>().into())
}

/// Makes a staff account.
///
/// # Errors
/// [`Error::Conflict`] if the name is taken, [`Error::Rule`] if the role does not fit the site or department.
pub fn create(tx: &mut Tx<'_>, new: NewStaff, password: &SecretString) -> Result<Id, Error> {
    let NewStaff { username, display_name, role, site, department } = new;
    if !role.is_staff() {
        return Err(Error::rule("staff_role_needed"));
    }
    let well_formed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    if !(1..=64).contains(&username.len()) || !username.chars().all(well_formed) {
        return Err(Error::rule("username_malformed"));
    }
    if repo::find_user_by_name(tx.conn, &username)?.is_some() {
        return Err(Error::conflict("username_taken"));
    }
    let user = User {
        id: tx.new_id(),
        username: Some(username),
        password_hash: Some(password::hash(password)?),
        display_name,
        language: Tongue::Chinese,
        is_admin: role == Role::Admin,
        phone_sealed: None,
        phone_index: None,
        phone_masked: None,
        disabled_at: None,
        created_at: tx.now,
    };
    repo::insert_user(tx.conn, &user)?;
    if role != Role::Admin {
        let site = sites::service::site_by_code(tx, &site.ok_or_else(|| Error::rule("staff_site_needed"))?)?;
        let department = match department {
            Some(code) => Some(sites::service::department_by_code(tx, site.id, &code)?.id),
            None if role == Role::Technician => return Err(Error::rule("staff_department_needed")),
            None => None,
        };
        let membership = Membership {
            id: tx.new_id(),
            user_id: user.id,
            site_id: site.id,
            role,
            department_id: department,
            shop_id: None,
            unit_id: None,
            created_at: tx.now,
        };
        repo::insert_membership(tx.conn, &membership)?;
    }
    Ok(user.id)
}

/// All staff, by name.
///
/// # Errors
/// As the database.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<StaffLine>, Error> {
    let mut lines = Vec::new();
    for user in repo::list_staff(tx.conn)? {
        let highest = repo::list_memberships_of(tx.conn, user.id)?.iter().map(|m| m.role).max();
        lines.push(StaffLine {
            username: user.username.unwrap_or_default(),
            display_name: user.display_name,
            role: if user.is_admin { Role::Admin } else { highest.unwrap_or(Role::Customer) },
            is_disabled: user.disabled_at.is_some(),
        });
    }
    Ok(lines)
}

/// Gives a new password and ends all sessions.
///
/// # Errors
/// [`Error::NotFound`] if there is no such name.
pub fn reset_password(tx: &mut Tx<'_>, username: &str, password: &SecretString) -> Result<(), Error> {
    let user = find(tx, username)?;
    repo::update_password(tx.conn, user, &password::hash(password)?)?;
    end_sessions(tx, user)
}

/// Ends all sessions and refuses new ones.
///
/// # Errors
/// [`Error::NotFound`] if there is no such name.
pub fn disable(tx: &mut Tx<'_>, username: &str) -> Result<(), Error> {
    let user = find(tx, username)?;
    repo::update_disabled(tx.conn, user, tx.now)?;
    end_sessions(tx, user)
}

fn find(tx: &mut Tx<'_>, username: &str) -> Result<Id, Error> {
    let user = repo::find_user_by_name(tx.conn, username)?;
    Ok(user.ok_or(Error::NotFound("staff_not_found"))?.id)
}

fn end_sessions(tx: &mut Tx<'_>, user_id: Id) -> Result<(), Error> {
    repo::update_sessions_of_revoked(tx.conn, user_id, tx.now)?;
    Ok(())
}
