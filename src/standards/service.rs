//! Writing the standards of a site.
//!
//! Rules:
//! - An edit makes a new version; versions never change, and clocks keep those they were born with.
//! - Two standards of one site with the same rank must not be able to match the same matter.

use std::collections::HashMap;

pub use super::model::Reapplied;
use super::model::{StandardRow, StandardVersion};
use super::spec::{CalendarChoice, StandardSpec};
use super::{calendars, defaults, repo};
use crate::accounts::model::Actor;
use crate::app::Tx;
use crate::error::{Error, FieldError};
use crate::http::input::Target;
use crate::sites;
use crate::sites::model::Site;
use crate::sla::spec::Fault;
use crate::values::{Id, Json};

/// More calendars or standards a site does not need, and every ticket looks through them.
pub(super) const MOST_AT_A_SITE: usize = 200;

/// A standard with its newest version.
pub struct StandardFound {
    /// The standard.
    pub row: StandardRow,
    /// Its newest version.
    pub version: StandardVersion,
}

/// The standards of a site the caller works at, oldest first, retired ones as well.
///
/// # Errors
/// [`Error::NotFound`] for a site the caller does not work at.
pub fn list_standards(
    tx: &mut Tx<'_>,
    actor: &Actor,
    site_id: Id,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<StandardFound>, Error> {
    check_staff(actor, site_id)?;
    let found = repo::list_standards(tx.conn, site_id, after, limit)?;
    Ok(found.into_iter().map(|(row, version)| StandardFound { row, version }).collect())
}

/// A standard of a site the caller works at.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find_standard(tx: &mut Tx<'_>, actor: &Actor, id: Id) -> Result<StandardFound, Error> {
    let missing = || Error::NotFound("standard_not_found");
    let (row, version) = repo::find_standard(tx.conn, id)?.ok_or_else(missing)?;
    if !actor.role_at(row.site_id).is_staff() {
        return Err(missing());
    }
    Ok(StandardFound { row, version })
}

/// All versions of a standard, newest first.
///
/// # Errors
/// [`Error::NotFound`].
pub fn standard_versions(tx: &mut Tx<'_>, actor: &Actor, id: Id) -> Result<Vec<StandardVersion>, Error> {
    find_standard(tx, actor, id)?;
    Ok(repo::list_standard_versions(tx.conn, id)?)
}

/// Adds a standard to a site the caller leads.
///
/// # Errors
/// [`Error::Invalid`] naming what is wrong with it, also `standards_tie`; [`Error::NotFound`] `site_not_found`.
pub fn create_standard(
    tx: &mut Tx<'_>,
    actor: &Actor,
    site_id: Id,
    name: String,
    spec: &StandardSpec,
) -> Result<StandardFound, Error> {
    check_lead(actor, site_id)?;
    repo::lock_site(tx.conn, site_id)?;
    check_standard(tx, site_id, None, spec)?;
    add_standard(tx, site_id, name, spec, Some(actor.user_id))
}

fn add_standard(
    tx: &mut Tx<'_>,
    site_id: Id,
    name: String,
    spec: &StandardSpec,
    created_by_id: Option<Id>,
) -> Result<StandardFound, Error> {
    let row = StandardRow {
        id: tx.new_id(),
        site_id,
        name,
        version: 1,
        retired_at: None,
        created_at: tx.now,
        updated_at: tx.now,
    };
    repo::insert_standard(tx.conn, &row)?;
    let version = add_standard_version(tx, row.id, 1, spec, created_by_id)?;
    Ok(StandardFound { row, version })
}

fn add_standard_version(
    tx: &mut Tx<'_>,
    standard_id: Id,
    version: i32,
    spec: &StandardSpec,
    created_by_id: Option<Id>,
) -> Result<StandardVersion, Error> {
    let spec = Json(serde_json::to_value(spec).map_err(Error::internal)?);
    let row = StandardVersion { id: tx.new_id(), standard_id, version, spec, created_by_id, created_at: tx.now };
    repo::insert_standard_version(tx.conn, &row)?;
    Ok(row)
}

/// Writes a new version of a standard, for tickets that come in from now on. `is_retired` makes it match nothing.
///
/// # Errors
/// As [`create_standard`]; [`Error::NotFound`], [`Error::PreconditionFailed`].
pub fn update_standard(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: Target,
    name: Option<String>,
    spec: &StandardSpec,
    is_retired: bool,
) -> Result<StandardFound, Error> {
    let StandardFound { mut row, .. } = find_standard(tx, actor, target.id)?;
    check_lead(actor, row.site_id)?;
    repo::lock_site(tx.conn, row.site_id)?;
    target.check(row.version)?;
    if is_retired {
        refuse_faults("/spec", spec.faults())?;
    } else {
        check_standard(tx, row.site_id, Some(row.id), spec)?;
    }
    row.name = name.unwrap_or(row.name);
    row.retired_at = is_retired.then(|| row.retired_at.unwrap_or(tx.now));
    if repo::update_standard(tx.conn, row.id, row.version, &row.name, row.retired_at, tx.now)? == 0 {
        return Err(Error::PreconditionFailed);
    }
    row.version += 1;
    row.updated_at = tx.now;
    let version = add_standard_version(tx, row.id, row.version, spec, Some(actor.user_id))?;
    Ok(StandardFound { row, version })
}

/// Gives a site its opening hours as a calendar, and the shipped standards, if it has none.
///
/// # Errors
/// As the database; [`Error::Invalid`] for opening hours that are none.
pub fn plant(tx: &mut Tx<'_>, site: &Site) -> Result<(), Error> {
    if site.calendar_id.is_some() {
        return Ok(());
    }
    let spec = defaults::open_daily(&site.time_zone, &site.opens, &site.closes);
    let calendar = calendars::add(tx, site.id, "营业时间".to_owned(), &spec, None)?;
    sites::service::set_calendar(tx, site.id, calendar.row.id)?;
    for (name, spec) in defaults::standards() {
        add_standard(tx, site.id, name.to_owned(), &spec, None)?;
    }
    Ok(())
}

/// [`plant`], for every site: at each start, for sites from before there were standards.
///
/// # Errors
/// As [`plant`].
pub fn plant_everywhere(tx: &mut Tx<'_>) -> Result<(), Error> {
    for site in sites::service::sites(tx)? {
        plant(tx, &site)?;
    }
    Ok(())
}

pub(super) fn check_staff(actor: &Actor, site_id: Id) -> Result<(), Error> {
    if actor.role_at(site_id).is_staff() { Ok(()) } else { Err(Error::NotFound("site_not_found")) }
}

/// 404 for who does not work there, 403 for who does and does not lead.
pub(super) fn check_lead(actor: &Actor, site_id: Id) -> Result<(), Error> {
    check_staff(actor, site_id)?;
    if actor.role_at(site_id).is_lead() { Ok(()) } else { Err(Error::Forbidden("role_lead_needed")) }
}

/// A standard without a fault that names only what the site has; `at` is where it lies in the request.
///
/// # Errors
/// [`Error::Invalid`] with the pointers below `at`.
pub fn check_named(tx: &mut Tx<'_>, site_id: Id, at: &str, spec: &StandardSpec) -> Result<(), Error> {
    refuse_faults(at, spec.faults())?;
    let categories = sites::service::categories(tx, site_id)?;
    if let Some(i) = spec.category_ids.iter().position(|id| !categories.iter().any(|c| c.id == *id)) {
        return Err(Error::field(&format!("{at}/category_ids/{i}"), "category_unknown"));
    }
    let calendars = repo::list_calendars(tx.conn, site_id, None, i64::MAX)?;
    for (i, promise) in spec.promises.iter().enumerate() {
        if let CalendarChoice::Own(id) = promise.calendar
            && !calendars.iter().any(|(row, _)| row.id == id)
        {
            return Err(Error::field(&format!("{at}/promises/{i}/calendar"), "calendar_unknown"));
        }
    }
    Ok(())
}

fn check_standard(tx: &mut Tx<'_>, site_id: Id, own_id: Option<Id>, spec: &StandardSpec) -> Result<(), Error> {
    check_named(tx, site_id, "/spec", spec)?;
    let categories = sites::service::categories(tx, site_id)?;
    let parents: HashMap<Id, Option<Id>> = categories.iter().map(|c| (c.id, c.parent_id)).collect();
    let within = |inner: Id, outer: Id| {
        std::iter::successors(Some(inner), |id| parents.get(id).copied().flatten()).any(|id| id == outer)
    };
    let others = repo::list_standards(tx.conn, site_id, None, i64::MAX)?;
    if own_id.is_none() && others.len() >= MOST_AT_A_SITE {
        return Err(Error::rule("standards_too_many"));
    }
    for (row, version) in others {
        if row.retired_at.is_some() || Some(row.id) == own_id {
            continue;
        }
        let other: StandardSpec = serde_json::from_value(version.spec.0).map_err(Error::internal)?;
        if other.rank == spec.rank && other.overlaps(spec, within) {
            let params = vec![("other", row.name)];
            return Err(Error::Invalid(vec![FieldError {
                pointer: "/spec/rank".to_owned(),
                code: "standards_tie",
                params,
            }]));
        }
    }
    Ok(())
}

/// Refuses a part of a body that lies at `at`, if anything is wrong with it.
///
/// # Errors
/// [`Error::Invalid`].
pub fn refuse_faults(at: &str, faults: Vec<Fault>) -> Result<(), Error> {
    if faults.is_empty() { Ok(()) } else { Err(invalid(at, faults)) }
}

/// What is wrong with a part of a body that lies at `at`.
#[must_use]
pub fn invalid(at: &str, faults: Vec<Fault>) -> Error {
    let field =
        |fault: Fault| FieldError { pointer: format!("{at}{}", fault.pointer), code: fault.code, params: Vec::new() };
    Error::Invalid(faults.into_iter().map(field).collect())
}

/// A standard of a site the caller leads, with its versions, newest first.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`] for who works there and does not lead.
pub fn lead_standard(tx: &mut Tx<'_>, actor: &Actor, id: Id) -> Result<(StandardRow, Vec<Id>), Error> {
    let found = find_standard(tx, actor, id)?;
    check_lead(actor, found.row.site_id)?;
    let versions = repo::list_standard_versions(tx.conn, id)?;
    Ok((found.row, versions.into_iter().map(|version| version.id).collect()))
}

/// Keeps on record that somebody had a version applied to open tickets.
///
/// # Errors
/// As the database.
pub fn record_reapplication(
    tx: &mut Tx<'_>,
    actor: &Actor,
    site_id: Id,
    version_id: Id,
    reason: String,
) -> Result<Id, Error> {
    let entry = Reapplied {
        id: tx.new_id(),
        site_id,
        version_id,
        requested_by_id: actor.user_id,
        reason,
        changed: 0,
        finished_at: None,
        created_at: tx.now,
    };
    repo::insert_reapplication(tx.conn, &entry)?;
    Ok(entry.id)
}

/// An entry of that record.
///
/// # Errors
/// As the database.
pub fn find_reapplication(tx: &mut Tx<'_>, id: Id) -> Result<Option<Reapplied>, Error> {
    Ok(repo::find_reapplication(tx.conn, id)?)
}

/// The record of a standard, newest first.
///
/// # Errors
/// As [`lead_standard`].
pub fn reapplications(tx: &mut Tx<'_>, actor: &Actor, standard_id: Id) -> Result<Vec<Reapplied>, Error> {
    let (_, versions) = lead_standard(tx, actor, standard_id)?;
    Ok(repo::list_reapplications(tx.conn, &versions)?)
}

/// Adds to an entry how many tickets were changed; none says that it is finished.
///
/// # Errors
/// As the database.
pub fn count_reapplied(tx: &mut Tx<'_>, id: Id, changed: usize) -> Result<(), Error> {
    let finished_at = (changed == 0).then_some(tx.now);
    Ok(repo::update_reapplication(tx.conn, id, i32::try_from(changed).unwrap_or(i32::MAX), finished_at)?)
}
