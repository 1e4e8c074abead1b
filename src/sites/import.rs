//! Reading a mall from a file: places, equipment, shops, units, departments, categories and scan codes.
//!
//! Things are recognised by their `code`, so the file may be changed and imported again. `src/demo/mall.json` is an
//! example of the format.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use serde::Deserialize;

use super::model::{Category, Department, Equipment, Kind, Location, Priority, ScanCode, Shop, Site, Unit};
use super::repo;
use crate::app::Tx;
use crate::error::Error;
use crate::improvements;
use crate::standards::calendars;
use crate::standards::service as standards;
use crate::tightenings;
use crate::values::Id;

/// A mall as a file describes it. Lists are in the order in which people shall see them; a parent stands before its
/// children.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of the rows in `model.rs`, with codes in place of ids")]
pub struct MallFile {
    pub code: String,
    pub name: String,
    pub time_zone: String,
    pub opens: String,
    pub closes: String,
    pub phone: Option<String>,
    pub departments: Vec<DepartmentLine>,
    pub categories: Vec<CategoryLine>,
    pub locations: Vec<LocationLine>,
    pub equipment: Vec<EquipmentLine>,
    pub shops: Vec<ShopLine>,
    pub units: Vec<UnitLine>,
    pub scan_codes: Vec<ScanCodeLine>,
}

/// A department.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "see MallFile")]
pub struct DepartmentLine {
    pub code: String,
    pub name: String,
}

/// A category.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "see MallFile")]
pub struct CategoryLine {
    pub code: String,
    pub name: String,
    pub kind: Kind,
    pub priority: Priority,
    pub safety: bool,
    /// For a category that is not there yet; the desk edits it afterwards.
    #[serde(default)]
    pub conduct: bool,
    pub department: Option<String>,
    pub parent: Option<String>,
}

/// A place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "see MallFile")]
pub struct LocationLine {
    pub code: String,
    pub name: String,
    pub kind: String,
    pub parent: Option<String>,
}

/// A thing that can break.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "see MallFile")]
pub struct EquipmentLine {
    pub code: String,
    pub name: String,
    pub kind: String,
    pub location: String,
    pub category: String,
}

/// A shop.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "see MallFile")]
pub struct ShopLine {
    pub code: String,
    pub name: String,
    pub trade: String,
    pub location: String,
}

/// A unit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "see MallFile")]
pub struct UnitLine {
    pub code: String,
    pub name: String,
    pub location: String,
}

/// A code on a wall: exactly one of the three.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "see MallFile")]
pub struct ScanCodeLine {
    pub scene: String,
    pub equipment: Option<String>,
    pub shop: Option<String>,
    pub location: Option<String>,
}

/// The ids of things by their codes.
type Ids = HashMap<String, Id>;

/// Adds a mall, or changes it to what the file says. Returns the site.
///
/// # Errors
/// [`Error::Rule`] `mall_file_invalid` naming the line that does not fit.
pub fn import(tx: &mut Tx<'_>, file: &MallFile) -> Result<Site, Error> {
    let MallFile { departments, categories, locations, equipment, shops, units, scan_codes, .. } = file;
    refuse_doubles(file)?;
    let site = import_site(tx, file)?;
    let known = KnownIds::load(tx, site.id)?;

    let mut department_ids = Ids::new();
    for line in departments {
        let id = known.id(tx, &known.departments, &line.code);
        let (code, name) = (line.code.clone(), line.name.clone());
        let row = Department {
            id,
            site_id: site.id,
            code,
            name,
            created_at: tx.now,
            calendar_id: None,
            lead_id: None,
            tightened_since: None,
            version: 1,
        };
        repo::upsert_department(tx.conn, &row)?;
        department_ids.insert(line.code.clone(), id);
    }
    let category_ids = import_categories(tx, &site, categories, &department_ids, &known)?;
    let location_ids = import_locations(tx, &site, locations, &known)?;

    let mut equipment_ids = HashMap::new();
    for line in equipment {
        let row = Equipment {
            id: known.id(tx, &known.equipment, &line.code),
            site_id: site.id,
            location_id: look_up(&location_ids, &line.location, &line.code)?,
            category_id: look_up(&category_ids, &line.category, &line.code)?,
            kind: line.kind.clone(),
            code: line.code.clone(),
            name: line.name.clone(),
        };
        repo::upsert_equipment(tx.conn, &row)?;
        equipment_ids.insert(line.code.clone(), (row.id, row.location_id));
    }
    let mut shop_ids = HashMap::new();
    for line in shops {
        let row = Shop {
            id: known.id(tx, &known.shops, &line.code),
            site_id: site.id,
            location_id: look_up(&location_ids, &line.location, &line.code)?,
            code: line.code.clone(),
            name: line.name.clone(),
            trade: line.trade.clone(),
        };
        repo::upsert_shop(tx.conn, &row)?;
        shop_ids.insert(line.code.clone(), (row.id, row.location_id));
    }
    for line in units {
        let row = Unit {
            id: known.id(tx, &known.units, &line.code),
            site_id: site.id,
            location_id: look_up(&location_ids, &line.location, &line.code)?,
            code: line.code.clone(),
            name: line.name.clone(),
        };
        repo::upsert_unit(tx.conn, &row)?;
    }
    for line in scan_codes {
        import_scan_code(tx, &site, line, &location_ids, &equipment_ids, &shop_ids, &known)?;
    }
    Ok(site)
}

/// A code that stands twice in a list would silently mean the later one.
fn refuse_doubles(file: &MallFile) -> Result<(), Error> {
    macro_rules! once {
        ($list:ident, $key:ident) => {
            let mut seen = HashSet::new();
            if let Some(twice) = file.$list.iter().find(|line| !seen.insert(&line.$key)) {
                return Err(invalid(&twice.$key, stringify!($list)));
            }
        };
    }
    once!(departments, code);
    once!(categories, code);
    once!(locations, code);
    once!(equipment, code);
    once!(shops, code);
    once!(units, code);
    once!(scan_codes, scene);
    Ok(())
}

/// What an earlier import made, so that a second one finds it again.
struct KnownIds {
    departments: Ids,
    categories: Ids,
    locations: Ids,
    equipment: Ids,
    shops: Ids,
    units: Ids,
    scenes: Vec<String>,
}

impl KnownIds {
    fn load(tx: &mut Tx<'_>, site_id: Id) -> Result<Self, Error> {
        macro_rules! by_code {
            ($list:expr) => {
                $list?.into_iter().map(|row| (row.code, row.id)).collect()
            };
        }
        Ok(Self {
            departments: by_code!(repo::list_departments(tx.conn, site_id)),
            categories: by_code!(repo::list_categories(tx.conn, site_id)),
            locations: by_code!(repo::list_locations(tx.conn, site_id)),
            equipment: by_code!(repo::list_equipment(tx.conn, site_id)),
            shops: by_code!(repo::list_shops(tx.conn, site_id)),
            units: by_code!(repo::list_units(tx.conn, site_id)),
            scenes: repo::list_scan_codes(tx.conn, site_id)?.into_iter().map(|code| code.scene).collect(),
        })
    }

    #[expect(clippy::unused_self, reason = "reads as: the id known for this code, or a new one")]
    fn id(&self, tx: &Tx<'_>, ids: &Ids, code: &str) -> Id {
        ids.get(code).copied().unwrap_or_else(|| tx.new_id())
    }
}

fn import_site(tx: &mut Tx<'_>, file: &MallFile) -> Result<Site, Error> {
    TimeZone::get(&file.time_zone).map_err(|_| invalid(&file.time_zone, "time_zone"))?;
    for time in [&file.opens, &file.closes] {
        jiff::civil::Time::strptime("%H:%M", time).map_err(|_| invalid(time, "opens/closes"))?;
    }
    let known = repo::find_site_by_code(tx.conn, &file.code)?;
    let site = Site {
        id: known.as_ref().map_or_else(|| tx.new_id(), |site| site.id),
        code: file.code.clone(),
        name: file.name.clone(),
        time_zone: file.time_zone.clone(),
        opens: file.opens.clone(),
        closes: file.closes.clone(),
        phone: file.phone.clone(),
        created_at: known.as_ref().map_or(tx.now, |site| site.created_at),
        calendar_id: known.as_ref().and_then(|site| site.calendar_id),
    };
    match known {
        Some(known) => {
            repo::update_site(tx.conn, &site)?;
            let hours = |site: &Site| [&site.time_zone, &site.opens, &site.closes].map(Clone::clone);
            if hours(&known) != hours(&site) {
                calendars::hours_changed(tx, &site)?;
            }
        }
        None => repo::insert_site(tx.conn, &site)?,
    }
    standards::plant(tx, &site)?;
    improvements::watch::plant(tx, site.id)?;
    tightenings::watch::plant(tx, site.id)?;
    Ok(site)
}

fn import_categories(
    tx: &mut Tx<'_>,
    site: &Site,
    lines: &[CategoryLine],
    departments: &Ids,
    known: &KnownIds,
) -> Result<Ids, Error> {
    let mut ids = Ids::new();
    for (position, line) in (0..).zip(lines) {
        let parent_id = line.parent.as_ref().map(|parent| look_up(&ids, parent, &line.code)).transpose()?;
        let department = line.department.as_ref();
        let row = Category {
            id: known.id(tx, &known.categories, &line.code),
            site_id: site.id,
            parent_id,
            kind: line.kind,
            code: line.code.clone(),
            name: line.name.clone(),
            priority: line.priority,
            is_safety: line.safety,
            department_id: department.map(|code| look_up(departments, code, &line.code)).transpose()?,
            position,
            follow_up: None,
            follow_up_percent: None,
            retired_at: None,
            is_conduct: line.conduct,
            version: 1,
        };
        repo::upsert_category(tx.conn, &row)?;
        ids.insert(line.code.clone(), row.id);
    }
    Ok(ids)
}

fn import_locations(tx: &mut Tx<'_>, site: &Site, lines: &[LocationLine], known: &KnownIds) -> Result<Ids, Error> {
    let mut ids = Ids::new();
    let mut paths: HashMap<Id, String> = HashMap::new();
    for (position, line) in (0..).zip(lines) {
        let parent_id = line.parent.as_ref().map(|parent| look_up(&ids, parent, &line.code)).transpose()?;
        let above = parent_id.and_then(|id| paths.get(&id)).cloned();
        let row = Location {
            id: known.id(tx, &known.locations, &line.code),
            site_id: site.id,
            parent_id,
            kind: line.kind.clone(),
            code: line.code.clone(),
            name: line.name.clone(),
            path: above.map_or_else(|| line.name.clone(), |above| format!("{above} · {}", line.name)),
            position,
        };
        repo::upsert_location(tx.conn, &row)?;
        ids.insert(line.code.clone(), row.id);
        paths.insert(row.id, row.path);
    }
    Ok(ids)
}

fn import_scan_code(
    tx: &mut Tx<'_>,
    site: &Site,
    line: &ScanCodeLine,
    locations: &Ids,
    equipment: &HashMap<String, (Id, Id)>,
    shops: &HashMap<String, (Id, Id)>,
    known: &KnownIds,
) -> Result<(), Error> {
    if !is_scene(&line.scene) {
        return Err(invalid(&line.scene, "scene"));
    }
    let find = |things: &HashMap<String, (Id, Id)>, code: &str| {
        things.get(code).copied().ok_or_else(|| invalid(code, &line.scene))
    };
    let (location_id, equipment_id, shop_id) = match (&line.equipment, &line.shop, &line.location) {
        (Some(code), None, None) => find(equipment, code).map(|(id, location)| (location, Some(id), None))?,
        (None, Some(code), None) => find(shops, code).map(|(id, location)| (location, None, Some(id)))?,
        (None, None, Some(code)) => (look_up(locations, code, &line.scene)?, None, None),
        _ => return Err(invalid(&line.scene, "equipment/shop/location")),
    };
    let scene = line.scene.clone();
    let row = ScanCode {
        scene,
        site_id: site.id,
        location_id,
        equipment_id,
        shop_id,
        retired_at: None,
        station_id: None,
        rental_unit_id: None,
    };
    if known.scenes.contains(&row.scene) {
        repo::update_scan_code(tx.conn, &row)?;
    } else if repo::exists_scan_code(tx.conn, &row.scene)? {
        // A scene means one place in the whole installation.
        return Err(invalid(&line.scene, "another mall"));
    } else {
        repo::insert_scan_code(tx.conn, &row)?;
    }
    Ok(())
}

/// Whether a mini-program code can carry this text: 1 to 32 of digits, ASCII letters and ``!#$&'()*+,/:;=?@-._~``
/// (WeChat, getwxacodeunlimit).
#[must_use]
pub fn is_scene(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$&'()*+,/:;=?@-._~".contains(&b);
    (1..=32).contains(&text.len()) && text.bytes().all(allowed)
}

fn look_up(ids: &Ids, code: &str, at: &str) -> Result<Id, Error> {
    ids.get(code).copied().ok_or_else(|| invalid(code, at))
}

fn invalid(value: &str, at: &str) -> Error {
    Error::Rule { code: "mall_file_invalid", params: vec![("value", value.to_owned()), ("at", at.to_owned())] }
}
