//! What a site aims at, in versions.
//!
//! Rules:
//! - A period is judged by what was aimed at when it ended, one that runs by what is aimed at now: whatever is written later
//!   makes nothing of it good or bad, and shows no gap where none was.
//! - Before anybody wrote a version, a site aims at what the service standard says.

use jiff::ToSpan as _;
use jiff::tz::TimeZone;

use super::api::{SetTargets, TargetsView};
use super::model::TargetRow;
use super::periods::Period;
use super::repo;
use super::targets::Targets;
use crate::accounts::model::{Lead, Staff};
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::jobs::service::{self as jobs, JobKind};
use crate::sites::service as sites;
use crate::values::{Id, Instant, Json};

/// What a site aims at now.
///
/// # Errors
/// As the database.
pub(crate) fn newest(tx: &mut Tx<'_>, site_id: Id) -> Result<Targets, Error> {
    let row = repo::find_targets(tx.conn, site_id)?;
    row.map_or_else(|| Ok(Targets::default()), |row| read(&row))
}

/// Everything that a site ever aimed at, to judge periods by.
pub(crate) struct Aims {
    zone: TimeZone,
    /// The newest first.
    versions: Vec<TargetRow>,
}

impl Aims {
    /// What a site ever aimed at.
    ///
    /// # Errors
    /// As the database.
    pub(crate) fn of(tx: &mut Tx<'_>, site_id: Id) -> Result<Self, Error> {
        Ok(Self { zone: sites::zone(tx, site_id)?, versions: repo::list_targets(tx.conn, site_id)? })
    }

    /// What it aimed at in a period: at its end, or now while it runs.
    ///
    /// # Errors
    /// [`Error::Internal`] for a version that cannot be read.
    pub(crate) fn at(&self, period: Period) -> Result<Targets, Error> {
        let end = period.to.saturating_add(1.day()).to_zoned(self.zone.clone()).map_err(Error::internal)?;
        let end = Instant::from(end.timestamp());
        let in_force = self.versions.iter().find(|row| row.created_at < end);
        in_force.map_or_else(|| Ok(Targets::default()), read)
    }
}

fn read(row: &TargetRow) -> Result<Targets, Error> {
    serde_json::from_value(row.targets.0.clone()).map_err(Error::internal)
}

/// What a site aims at, with every version of it.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found` for whoever does not serve there.
pub fn targets(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<TargetsView, Error> {
    if !staff.role_at(target.id).is_desk() || sites::site(tx, target.id).is_err() {
        return Err(Error::NotFound("site_not_found"));
    }
    let versions = repo::list_targets(tx.conn, target.id)?;
    TargetsView::new(versions, read)
}

/// A lead writes a new version of what a site aims at, from the running periods on. Improvements that were opened before stay.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found`; [`Error::Forbidden`] `action_not_yours`; [`Error::Invalid`] `target_twice`;
/// [`Error::PreconditionFailed`].
pub fn set_targets(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: SetTargets) -> Result<TargetsView, Error> {
    sites::lock_led(tx, lead, target.id)?;
    if command.targets.is_ambiguous() {
        return Err(Error::field("/targets/rates", "target_twice"));
    }
    let newest = repo::find_targets(tx.conn, target.id)?.map_or(0, |row| row.version);
    target.check(newest)?;
    let row = TargetRow {
        site_id: target.id,
        version: newest + 1,
        targets: Json(serde_json::to_value(&command.targets).map_err(Error::internal)?),
        reason: command.reason.into_string(),
        created_by_id: lead.user_id,
        created_at: tx.now,
    };
    repo::insert_targets(tx.conn, &row)?;
    // Departments are judged by them at once.
    jobs::enqueue(tx, JobKind::JudgeDepartments, &target.id.to_string(), tx.now)?;
    TargetsView::new(repo::list_targets(tx.conn, target.id)?, read)
}
