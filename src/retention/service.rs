//! How long found items are kept, and who is told when that ends.
//!
//! Rules:
//! - Days are counted as the law counts them, in the site's zone (Civil Code art. 201–203).
//! - What must go to the police the same day is told to the supervisor at once; everything else a day before its day,
//!   and when it has come.
//! - A day beyond the last known list of holidays is provisional, and counted anew when it is near.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use jiff::SignedDuration;

use super::api::{RetentionView, SetRetention};
use super::model::{DEFAULTS, Profile, RetentionRule};
use super::repo;
use crate::accounts::model::{Actor, Lead, Role, Staff};
use crate::app::Tx;
use crate::error::Error;
use crate::found_items::model::{FoundItem, Numbered};
use crate::found_items::record;
use crate::http::input::Target;
use crate::jobs::service::{self as jobs, JobKind};
use crate::lost_found::categories::ValueClass;
use crate::notices::service::{Audience, NoticeKind};
use crate::sites;
use crate::sla::legal;
use crate::standards::calendars;
use crate::values::{Id, Instant, Json};

/// How long before its day the desk is told. Ours.
const TOLD_BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// How long a site keeps things.
///
/// # Errors
/// [`Error::NotFound`] for sites where the caller is not staff.
pub fn show(tx: &mut Tx<'_>, staff: &Staff, site_id: Id) -> Result<RetentionView, Error> {
    check_site(tx, staff, site_id)?;
    let profile = repo::find_profile(tx.conn, site_id)?;
    let rules = rules_of(profile.as_ref());
    Ok(RetentionView::new(site_id, profile, rules))
}

fn check_site(tx: &mut Tx<'_>, actor: &Actor, site_id: Id) -> Result<(), Error> {
    sites::service::site(tx, site_id)?;
    if actor.role_at(site_id).is_staff() { Ok(()) } else { Err(Error::NotFound("site_not_found")) }
}

fn rules_of(profile: Option<&Profile>) -> Vec<RetentionRule> {
    let written = profile.and_then(|profile| serde_json::from_value(profile.rules.0.clone()).ok());
    written.unwrap_or_else(|| DEFAULTS.to_vec())
}

/// Says how long a site keeps things from now on; what is in custody stays with the day it was given.
///
/// # Errors
/// [`Error::NotFound`] for sites the caller does not lead; [`Error::Invalid`] unless each class is named once, with 0 to 366
/// days; [`Error::PreconditionFailed`] for a stale version.
pub fn set(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: SetRetention) -> Result<RetentionView, Error> {
    let SetRetention { rules, reason } = command;
    check_site(tx, lead, target.id)?;
    if !lead.role_at(target.id).is_lead() {
        return Err(Error::Forbidden("role_lead_needed"));
    }
    let known = repo::find_profile(tx.conn, target.id)?;
    let version = known.map_or(0, |profile| profile.version);
    target.check(version)?;
    for (i, rule) in rules.iter().enumerate() {
        if rule.days == 0 && rule.period() == legal::Period::WorkingDays(0) {
            return Err(Error::field(&format!("/rules/{i}/days"), "retention_no_working_day"));
        }
        if rules.iter().filter(|other| other.value_class == rule.value_class).count() > 1 {
            return Err(Error::field(&format!("/rules/{i}/value_class"), "retention_class_twice"));
        }
    }
    if rules.len() != ValueClass::ALL.len() {
        return Err(Error::field("/rules", "retention_class_missing"));
    }
    let profile = Profile {
        id: tx.new_id(),
        site_id: target.id,
        version: version + 1,
        rules: Json(serde_json::to_value(&rules).map_err(Error::internal)?),
        reason: Some(reason.into_string()),
        created_by_id: Some(lead.user_id),
        created_at: tx.now,
    };
    repo::insert_profile(tx.conn, &profile).map_err(|error| match error {
        // Somebody else wrote this version a moment ago.
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Error::PreconditionFailed,
        error => error.into(),
    })?;
    Ok(RetentionView::new(target.id, Some(profile), rules))
}

/// Gives an item that came into custody its day.
///
/// # Errors
/// As the database.
pub(crate) fn begin(tx: &mut Tx<'_>, item: &mut FoundItem) -> Result<(), Error> {
    let since = *item.kept_since.get_or_insert(tx.now);
    count(tx, item, since)?;
    let Some(keep_until) = item.keep_until else { return Ok(()) };
    jobs::enqueue(tx, JobKind::ItemDue, &item.id.to_string(), (keep_until - TOLD_BEFORE).max(tx.now))
}

fn count(tx: &mut Tx<'_>, item: &mut FoundItem, since: Instant) -> Result<(), Error> {
    let profile = repo::find_profile(tx.conn, item.site_id)?;
    let rules = rules_of(profile.as_ref());
    let rule = rules.iter().find(|rule| rule.value_class == item.value_class);
    let site = sites::service::site(tx, item.site_id)?;
    let later = calendars::legal_years(tx, site.id)?;
    let due = rule.and_then(|rule| legal::end(&site.time_zone, since.0, rule.period(), &later));
    item.keep_until = due.map(|due| due.at.into());
    item.is_keep_until_provisional = due.is_some_and(|due| due.provisional);
    Ok(())
}

/// Whether a class must go to the police the same day.
pub(crate) const fn is_urgent(class: ValueClass) -> bool {
    matches!(class, ValueClass::IdentityPaper | ValueClass::Dangerous)
}

/// Tells the desk that an item's day is near, or has come; answers when to look again.
///
/// # Errors
/// As the database.
pub fn remind(tx: &mut Tx<'_>, item_id: Id) -> Result<Option<Instant>, Error> {
    let mut one = record::lock(tx, item_id)?;
    if !one.item.status.is_in_custody() {
        return Ok(None);
    }
    if one.item.is_keep_until_provisional
        && let Some(since) = one.item.kept_since
    {
        count(tx, &mut one.item, since)?;
        record::write(tx, &mut one.item)?;
    }
    let Some(keep_until) = one.item.keep_until else { return Ok(None) };
    if keep_until <= tx.now {
        tell(tx, &one, NoticeKind::ItemDue, Role::Supervisor)?;
        return Ok(None);
    }
    if keep_until - TOLD_BEFORE > tx.now {
        return Ok(Some(keep_until - TOLD_BEFORE));
    }
    tell(tx, &one, NoticeKind::ItemDueSoon, Role::Agent)?;
    Ok(Some(keep_until))
}

fn tell(tx: &mut Tx<'_>, one: &Numbered, kind: NoticeKind, role: Role) -> Result<(), Error> {
    record::tell(tx, one, kind, Audience::Role(role))
}
