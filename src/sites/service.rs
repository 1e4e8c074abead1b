//! Looking up places. What is asked for by id is always asked for together with its site.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::api::{DepartmentView, UpdateDepartment};
use super::model::{
    Category, Department, Equipment, FollowUpRule, Kind, Location, Named, Names, Place, ScanCode, Shop, Site, Unit,
};
use super::repo;
use crate::accounts::members;
use crate::accounts::model::Lead;
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::standards::calendars;
use crate::values::{Id, Instant};

/// All sites.
///
/// # Errors
/// As the database.
pub fn sites(tx: &mut Tx<'_>) -> Result<Vec<Site>, Error> {
    Ok(repo::list_sites(tx.conn)?)
}

/// A site.
///
/// # Errors
/// [`Error::NotFound`].
pub fn site(tx: &mut Tx<'_>, id: Id) -> Result<Site, Error> {
    repo::find_site(tx.conn, id)?.ok_or(Error::NotFound("site_not_found"))
}

/// A site by its code.
///
/// # Errors
/// [`Error::NotFound`].
pub fn site_by_code(tx: &mut Tx<'_>, code: &str) -> Result<Site, Error> {
    repo::find_site_by_code(tx.conn, code)?.ok_or(Error::NotFound("site_not_found"))
}

/// Gives a site the calendar of its opening hours.
///
/// # Errors
/// As the database.
pub fn set_calendar(tx: &mut Tx<'_>, site_id: Id, calendar_id: Id) -> Result<(), Error> {
    Ok(repo::update_site_calendar(tx.conn, site_id, calendar_id)?)
}

/// Everything that has a place at a site.
#[derive(Debug)]
pub struct SiteMap {
    /// The places, outer ones first.
    pub locations: Vec<Location>,
    /// The shops.
    pub shops: Vec<Shop>,
    /// The equipment.
    pub equipment: Vec<Equipment>,
    /// The units.
    pub units: Vec<Unit>,
}

/// The places of a site and what is in them.
///
/// # Errors
/// [`Error::NotFound`].
pub fn map(tx: &mut Tx<'_>, site_id: Id) -> Result<SiteMap, Error> {
    site(tx, site_id)?;
    Ok(SiteMap {
        locations: repo::list_locations(tx.conn, site_id)?,
        shops: repo::list_shops(tx.conn, site_id)?,
        equipment: repo::list_equipment(tx.conn, site_id)?,
        units: repo::list_units(tx.conn, site_id)?,
    })
}

/// A site that nobody else changes before this is over.
///
/// # Errors
/// [`Error::NotFound`].
pub fn lock(tx: &mut Tx<'_>, id: Id) -> Result<Site, Error> {
    repo::lock_site(tx.conn, id)?;
    site(tx, id)
}

/// The same, of a site that somebody leads.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found` for whoever does not serve there; [`Error::Forbidden`] `action_not_yours` for whoever
/// does not lead.
pub fn lock_led(tx: &mut Tx<'_>, lead: &Lead, id: Id) -> Result<Site, Error> {
    let role = lead.role_at(id);
    if !role.is_staff() {
        return Err(Error::NotFound("site_not_found"));
    }
    let site = lock(tx, id)?;
    if role.is_lead() { Ok(site) } else { Err(Error::Forbidden("action_not_yours")) }
}

/// The zone whose days a site's days are.
///
/// # Errors
/// [`Error::NotFound`].
pub fn zone(tx: &mut Tx<'_>, site_id: Id) -> Result<TimeZone, Error> {
    TimeZone::get(&site(tx, site_id)?.time_zone).map_err(Error::internal)
}

/// What everything at a site is called, from memory if it was asked for a moment ago.
///
/// # Errors
/// [`Error::NotFound`].
pub fn names(tx: &mut Tx<'_>, site_id: Id) -> Result<Arc<Names>, Error> {
    if let Some(known) = tx.app.places.names.get(&site_id) {
        return Ok(known);
    }
    let site = site(tx, site_id)?;
    let mut things = HashMap::new();
    things.extend(repo::list_categories(tx.conn, site_id)?.into_iter().map(|row| (row.id, row.name.into())));
    let locations = repo::list_locations(tx.conn, site_id)?;
    let within = locations.iter().filter_map(|row| Some((row.id, row.parent_id?))).collect();
    things.extend(locations.into_iter().map(|row| (row.id, row.path.into())));
    things.extend(repo::list_equipment(tx.conn, site_id)?.into_iter().map(|row| (row.id, row.name.into())));
    things.extend(repo::list_shops(tx.conn, site_id)?.into_iter().map(|row| (row.id, row.name.into())));
    things.extend(repo::list_departments(tx.conn, site_id)?.into_iter().map(|row| (row.id, row.name.into())));
    let names = Arc::new(Names { site: Named::new(site.id, site.name), things, within });
    tx.app.places.names.insert(site_id, names.clone());
    Ok(names)
}

/// The categories of a site, parents first.
///
/// # Errors
/// [`Error::NotFound`].
pub fn categories(tx: &mut Tx<'_>, site_id: Id) -> Result<Vec<Category>, Error> {
    site(tx, site_id)?;
    Ok(repo::list_categories(tx.conn, site_id)?)
}

/// A category of a site, for a kind of matter.
///
/// # Errors
/// [`Error::NotFound`].
pub fn category(tx: &mut Tx<'_>, site_id: Id, kind: Kind, id: Id) -> Result<Category, Error> {
    let known = tx.app.places.categories.get(&id).filter(|known| known.site_id == site_id && known.kind == kind);
    if let Some(category) = known {
        return Ok(category);
    }
    let found = repo::find_category(tx.conn, site_id, kind, id)?.ok_or(Error::NotFound("category_not_found"))?;
    tx.app.places.categories.insert(id, found.clone());
    Ok(found)
}

/// Whom of a category's resolved matters to ask how it was: what it says itself, or the nearest one above it that says
/// anything.
///
/// # Errors
/// As the database.
pub fn follow_up_rule(
    tx: &mut Tx<'_>,
    site_id: Id,
    kind: Kind,
    category_id: Option<Id>,
) -> Result<FollowUpRule, Error> {
    let mut next = category_id;
    // A tree deeper than this is a ring.
    for _ in 0..16 {
        let Some(id) = next else { break };
        let category = category(tx, site_id, kind, id)?;
        if let Some(rule) = category.follow_up_rule() {
            return Ok(rule);
        }
        next = category.parent_id;
    }
    Ok(FollowUpRule::Never)
}

/// The departments of a site.
///
/// # Errors
/// As the database.
pub fn departments(tx: &mut Tx<'_>, site_id: Id) -> Result<Vec<Department>, Error> {
    Ok(repo::list_departments(tx.conn, site_id)?)
}

/// A department of a site.
///
/// # Errors
/// [`Error::NotFound`].
pub fn department(tx: &mut Tx<'_>, site_id: Id, id: Id) -> Result<Department, Error> {
    repo::find_department(tx.conn, site_id, id)?.ok_or(Error::NotFound("department_not_found"))
}

/// Says when a department works, and who answers for it.
///
/// # Errors
/// [`Error::NotFound`] for departments of sites the caller does not lead, and for calendars of others;
/// [`Error::Rule`] `assignee_not_in_department` for a lead who does not work there; [`Error::PreconditionFailed`].
pub fn update_department(
    tx: &mut Tx<'_>,
    lead: &Lead,
    target: Target,
    command: UpdateDepartment,
) -> Result<DepartmentView, Error> {
    let UpdateDepartment { calendar_id, lead_id } = command;
    let missing = || Error::NotFound("department_not_found");
    let mut found = repo::find_department_anywhere(tx.conn, target.id)?.ok_or_else(missing)?;
    if !lead.role_at(found.site_id).is_lead() {
        return Err(missing());
    }
    if let Some(id) = calendar_id {
        calendars::check_belongs(tx, found.site_id, id)?;
    }
    let staff = members::list_staff(tx, found.site_id)?;
    if lead_id.is_some_and(|id| !staff.iter().any(|m| m.id == id && m.department_id == Some(found.id))) {
        return Err(Error::rule("assignee_not_in_department"));
    }
    target.check(found.version)?;
    (found.calendar_id, found.lead_id) = (calendar_id, lead_id);
    if repo::update_department(tx.conn, &found)? == 0 {
        return Err(Error::PreconditionFailed);
    }
    found.version += 1;
    Ok(DepartmentView::new(found, &staff))
}

/// Since when a department's tickets are held to the tightened ladder, to act on: nobody changes that before this is over.
///
/// # Errors
/// As the database.
pub(crate) fn tightened_since(tx: &mut Tx<'_>, department_id: Id) -> Result<Option<Instant>, Error> {
    Ok(repo::find_tightened_since(tx.conn, department_id)?)
}

/// The departments, of all sites, whose tickets are held to the tightened ladder.
///
/// # Errors
/// As the database.
pub(crate) fn tightened(tx: &mut Tx<'_>) -> Result<HashSet<Id>, Error> {
    Ok(repo::list_tightened(tx.conn)?.into_iter().collect())
}

/// Has a department's tickets held to the tightened ladder from now on, or no longer. Answers with whether that is new;
/// waits for whoever acts on what it was.
///
/// # Errors
/// As the database.
pub(crate) fn tighten(tx: &mut Tx<'_>, department_id: Id, is_tightened: bool) -> Result<bool, Error> {
    let changed = if is_tightened {
        repo::update_tightened(tx.conn, department_id, tx.now)?
    } else {
        repo::update_loosened(tx.conn, department_id)?
    };
    Ok(changed == 1)
}

/// A department of a site by its code.
///
/// # Errors
/// [`Error::NotFound`].
pub fn department_by_code(tx: &mut Tx<'_>, site_id: Id, code: &str) -> Result<Department, Error> {
    let found = repo::list_departments(tx.conn, site_id)?.into_iter().find(|department| department.code == code);
    found.ok_or(Error::NotFound("department_not_found"))
}

/// What a scanned code stands for.
///
/// # Errors
/// [`Error::NotFound`] for an unknown or retired code.
pub fn place_by_scene(tx: &mut Tx<'_>, scene: &str) -> Result<Place, Error> {
    if let Some(place) = tx.app.places.by_scene.get(scene) {
        return Ok(place);
    }
    let found = repo::find_scene(tx.conn, scene)?.ok_or(Error::NotFound("scene_not_found"))?;
    tx.app.places.by_scene.insert(scene.to_owned(), found.clone());
    Ok(found)
}

/// A place by its id.
///
/// # Errors
/// [`Error::NotFound`].
pub fn place_by_location(tx: &mut Tx<'_>, id: Id) -> Result<Place, Error> {
    let (location, site) = repo::find_location(tx.conn, id)?.ok_or(Error::NotFound("location_not_found"))?;
    Ok(Place { site, location, equipment: None, shop: None, station_id: None, rental_unit_id: None })
}

/// A shop, with where it is.
///
/// # Errors
/// [`Error::NotFound`].
pub fn place_by_shop(tx: &mut Tx<'_>, id: Id) -> Result<Place, Error> {
    let (shop, location, site) = repo::find_shop(tx.conn, id)?.ok_or(Error::NotFound("shop_not_found"))?;
    Ok(Place { site, location, equipment: None, shop: Some(shop), station_id: None, rental_unit_id: None })
}

/// What is lent, or where, that a new code is to stand for.
#[derive(Debug, Clone, Copy)]
pub enum Lendable {
    /// A station.
    Station(Id),
    /// A single thing.
    Unit(Id),
}

/// Makes a code to scan for something that is lent, or for its station: `s=` or `u=` and 60 random bits, in letters and digits
/// that nobody mistakes for one another (Crockford's base 32). A place that is scanned there is `location_id`.
///
/// # Errors
/// As the database.
pub fn label(tx: &mut Tx<'_>, site_id: Id, location_id: Id, what: Lendable) -> Result<String, Error> {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bytes = crate::vault::random_bytes::<12>()?;
    let letters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
    let letters: String = letters.map(|letter| char::from(*letter)).collect();
    let (prefix, station_id, rental_unit_id) = match what {
        Lendable::Station(id) => ('s', Some(id), None),
        Lendable::Unit(id) => ('u', None, Some(id)),
    };
    let scene = format!("{prefix}={letters}");
    let code = ScanCode {
        scene: scene.clone(),
        site_id,
        location_id,
        equipment_id: None,
        shop_id: None,
        retired_at: None,
        station_id,
        rental_unit_id,
    };
    repo::insert_scan_code(tx.conn, &code)?;
    Ok(scene)
}

/// A station stands somewhere else now: its code says so.
///
/// # Errors
/// As the database.
pub fn move_label(tx: &mut Tx<'_>, station_id: Id, location_id: Id) -> Result<(), Error> {
    Ok(repo::update_station_codes(tx.conn, station_id, location_id)?)
}

/// The codes of stations and of things to lend, by id.
///
/// # Errors
/// As the database.
pub fn scenes_of(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, String>, Error> {
    let rows = repo::list_lending_codes(tx.conn, ids)?;
    let by_id = |row: ScanCode| Some((row.rental_unit_id.or(row.station_id)?, row.scene));
    Ok(rows.into_iter().filter_map(by_id).collect())
}

/// Makes sure that a shop belongs to a site.
///
/// # Errors
/// [`Error::NotFound`].
pub fn check_shop(tx: &mut Tx<'_>, site_id: Id, id: Id) -> Result<(), Error> {
    if repo::exists_shop(tx.conn, site_id, id)? { Ok(()) } else { Err(Error::NotFound("shop_not_found")) }
}

/// Makes sure that a unit belongs to a site.
///
/// # Errors
/// [`Error::NotFound`].
pub fn check_unit(tx: &mut Tx<'_>, site_id: Id, id: Id) -> Result<(), Error> {
    if repo::exists_unit(tx.conn, site_id, id)? { Ok(()) } else { Err(Error::NotFound("unit_not_found")) }
}
