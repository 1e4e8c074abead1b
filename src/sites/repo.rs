use diesel::prelude::*;

use super::model::{Category, Department, Equipment, Kind, Location, Place, ScanCode, Shop, Site, Unit};
use crate::db::DbConn;
use crate::db::schema::{categories, departments, equipment, locations, scan_codes, shops, sites, units};
use crate::values::{Id, Instant};

pub(super) fn list_sites(conn: &mut DbConn) -> QueryResult<Vec<Site>> {
    sites::table.order(sites::id).select(Site::as_select()).load(conn)
}

pub(super) fn find_site(conn: &mut DbConn, id: Id) -> QueryResult<Option<Site>> {
    sites::table.find(id).select(Site::as_select()).first(conn).optional()
}

pub(super) fn find_site_by_code(conn: &mut DbConn, code: &str) -> QueryResult<Option<Site>> {
    sites::table.filter(sites::code.eq(code)).select(Site::as_select()).first(conn).optional()
}

pub(super) fn list_departments(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<Department>> {
    departments::table
        .filter(departments::site_id.eq(site_id))
        .order(departments::id)
        .select(Department::as_select())
        .load(conn)
}

pub(super) fn find_department(conn: &mut DbConn, site_id: Id, id: Id) -> QueryResult<Option<Department>> {
    departments::table
        .find(id)
        .filter(departments::site_id.eq(site_id))
        .select(Department::as_select())
        .first(conn)
        .optional()
}

pub(super) fn find_department_anywhere(conn: &mut DbConn, id: Id) -> QueryResult<Option<Department>> {
    departments::table.find(id).select(Department::as_select()).first(conn).optional()
}

/// When a department works and who answers for it; 0 if somebody else has changed it since it was read.
pub(super) fn update_department(conn: &mut DbConn, department: &Department) -> QueryResult<usize> {
    diesel::update(departments::table.find(department.id).filter(departments::version.eq(department.version)))
        .set((
            departments::calendar_id.eq(department.calendar_id),
            departments::lead_id.eq(department.lead_id),
            departments::version.eq(department.version + 1),
        ))
        .execute(conn)
}

/// Since when a department is tightened. On PostgreSQL that does not change before this transaction ends.
pub(super) fn find_tightened_since(conn: &mut DbConn, id: Id) -> QueryResult<Option<Instant>> {
    macro_rules! since {
        () => {
            departments::table.find(id).select(departments::tightened_since)
        };
    }
    let found: Option<Option<Instant>> = match conn {
        DbConn::Sqlite(conn) => since!().first(conn).optional()?,
        DbConn::Pg(conn) => since!().for_share().first(conn).optional()?,
    };
    Ok(found.flatten())
}

/// The departments that are tightened.
pub(super) fn list_tightened(conn: &mut DbConn) -> QueryResult<Vec<Id>> {
    departments::table.filter(departments::tightened_since.is_not_null()).select(departments::id).load(conn)
}

/// Tightens a department that is not; 0 if it is.
pub(super) fn update_tightened(conn: &mut DbConn, id: Id, since: Instant) -> QueryResult<usize> {
    diesel::update(departments::table.find(id).filter(departments::tightened_since.is_null()))
        .set(departments::tightened_since.eq(Some(since)))
        .execute(conn)
}

/// Loosens a department that is tightened; 0 if it is not.
pub(super) fn update_loosened(conn: &mut DbConn, id: Id) -> QueryResult<usize> {
    diesel::update(departments::table.find(id).filter(departments::tightened_since.is_not_null()))
        .set(departments::tightened_since.eq(None::<Instant>))
        .execute(conn)
}

pub(super) fn list_categories(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<Category>> {
    categories::table
        .filter(categories::site_id.eq(site_id))
        .order(categories::position)
        .select(Category::as_select())
        .load(conn)
}

pub(super) fn find_category(conn: &mut DbConn, site_id: Id, kind: Kind, id: Id) -> QueryResult<Option<Category>> {
    categories::table
        .find(id)
        .filter(categories::site_id.eq(site_id).and(categories::kind.eq(kind)))
        .select(Category::as_select())
        .first(conn)
        .optional()
}

pub(super) fn list_locations(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<Location>> {
    locations::table
        .filter(locations::site_id.eq(site_id))
        .order(locations::position)
        .select(Location::as_select())
        .load(conn)
}

pub(super) fn find_location(conn: &mut DbConn, id: Id) -> QueryResult<Option<(Location, Site)>> {
    locations::table
        .inner_join(sites::table.on(sites::id.eq(locations::site_id)))
        .filter(locations::id.eq(id))
        .select((Location::as_select(), Site::as_select()))
        .first(conn)
        .optional()
}

pub(super) fn list_shops(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<Shop>> {
    shops::table.filter(shops::site_id.eq(site_id)).order(shops::code).select(Shop::as_select()).load(conn)
}

pub(super) fn list_equipment(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<Equipment>> {
    equipment::table
        .filter(equipment::site_id.eq(site_id))
        .order(equipment::code)
        .select(Equipment::as_select())
        .load(conn)
}

pub(super) fn find_shop(conn: &mut DbConn, id: Id) -> QueryResult<Option<(Shop, Location, Site)>> {
    shops::table
        .inner_join(locations::table)
        .inner_join(sites::table.on(sites::id.eq(shops::site_id)))
        .filter(shops::id.eq(id))
        .select((Shop::as_select(), Location::as_select(), Site::as_select()))
        .first(conn)
        .optional()
}

/// Makes other edits of this site's categories wait. On SQLite all changes wait for each other anyway.
pub(super) fn lock_site(conn: &mut DbConn, id: Id) -> QueryResult<()> {
    match conn {
        DbConn::Sqlite(_) => Ok(()),
        DbConn::Pg(conn) => {
            sites::table.find(id).select(sites::id).for_no_key_update().first::<Id>(conn).optional().map(drop)
        }
    }
}

pub(super) fn find_category_anywhere(conn: &mut DbConn, id: Id) -> QueryResult<Option<Category>> {
    categories::table.find(id).select(Category::as_select()).first(conn).optional()
}

pub(super) fn insert_category(conn: &mut DbConn, row: &Category) -> QueryResult<()> {
    diesel::insert_into(categories::table).values(row).execute(conn).map(drop)
}

pub(super) fn update_category(conn: &mut DbConn, row: &Category) -> QueryResult<()> {
    diesel::update(categories::table.find(row.id)).set(row).execute(conn).map(drop)
}

pub(super) fn list_units(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<Unit>> {
    units::table.filter(units::site_id.eq(site_id)).order(units::code).select(Unit::as_select()).load(conn)
}

pub(super) fn exists_shop(conn: &mut DbConn, site_id: Id, id: Id) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(shops::table.find(id).filter(shops::site_id.eq(site_id)))).get_result(conn)
}

pub(super) fn exists_unit(conn: &mut DbConn, site_id: Id, id: Id) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(units::table.find(id).filter(units::site_id.eq(site_id)))).get_result(conn)
}

/// What a code stands for, in one query; a retired code stands for nothing.
pub(super) fn find_scene(conn: &mut DbConn, scene: &str) -> QueryResult<Option<Place>> {
    let found = scan_codes::table
        .inner_join(sites::table)
        .inner_join(locations::table)
        .left_join(equipment::table)
        .left_join(shops::table)
        .filter(scan_codes::scene.eq(scene).and(scan_codes::retired_at.is_null()))
        .select((
            Site::as_select(),
            Location::as_select(),
            Option::<Equipment>::as_select(),
            Option::<Shop>::as_select(),
            (scan_codes::station_id, scan_codes::rental_unit_id),
        ))
        .first::<(Site, Location, Option<Equipment>, Option<Shop>, (Option<Id>, Option<Id>))>(conn)
        .optional()?;
    Ok(found.map(|(site, location, equipment, shop, (station_id, rental_unit_id))| Place {
        site,
        location,
        equipment,
        shop,
        station_id,
        rental_unit_id,
    }))
}

pub(super) fn list_scan_codes(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<ScanCode>> {
    scan_codes::table.filter(scan_codes::site_id.eq(site_id)).select(ScanCode::as_select()).load(conn)
}

/// The codes of some stations, or of some things to lend.
pub(super) fn list_lending_codes(conn: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<ScanCode>> {
    let some: Vec<Option<Id>> = ids.iter().copied().map(Some).collect();
    let codes = || scan_codes::table.filter(scan_codes::retired_at.is_null()).select(ScanCode::as_select());
    let mut found = codes().filter(scan_codes::rental_unit_id.eq_any(some.clone())).load::<ScanCode>(conn)?;
    found.extend(codes().filter(scan_codes::station_id.eq_any(some)).load::<ScanCode>(conn)?);
    Ok(found)
}

pub(super) fn update_station_codes(conn: &mut DbConn, station_id: Id, location_id: Id) -> QueryResult<()> {
    diesel::update(scan_codes::table.filter(scan_codes::station_id.eq(Some(station_id))))
        .set(scan_codes::location_id.eq(location_id))
        .execute(conn)
        .map(drop)
}

pub(super) fn exists_scan_code(conn: &mut DbConn, scene: &str) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(scan_codes::table.find(scene.to_owned()))).get_result(conn)
}

pub(super) fn insert_site(conn: &mut DbConn, site: &Site) -> QueryResult<()> {
    diesel::insert_into(sites::table).values(site).execute(conn).map(drop)
}

pub(super) fn update_site_calendar(conn: &mut DbConn, id: Id, calendar_id: Id) -> QueryResult<()> {
    diesel::update(sites::table.find(id)).set(sites::calendar_id.eq(Some(calendar_id))).execute(conn).map(drop)
}

pub(super) fn update_site(conn: &mut DbConn, site: &Site) -> QueryResult<()> {
    diesel::update(sites::table.find(site.id)).set(site).execute(conn).map(drop)
}

/// Inserts a row, or updates the one with the same id: an import of a changed file changes what was imported before.
macro_rules! upsert {
    ($name:ident, $row:ty, $table:ident, [$($column:ident),+]) => {
        pub(super) fn $name(conn: &mut DbConn, row: &$row) -> QueryResult<()> {
            let changed = diesel::update($table::table.find(row.id))
                .set(($($table::$column.eq(&row.$column)),+))
                .execute(conn)?;
            if changed == 0 {
                diesel::insert_into($table::table).values(row).execute(conn)?;
            }
            Ok(())
        }
    };
}

upsert!(upsert_department, Department, departments, [name]);
upsert!(upsert_category, Category, categories, [parent_id, kind, name, priority, is_safety, department_id, position]);
upsert!(upsert_location, Location, locations, [parent_id, kind, name, path, position]);
upsert!(upsert_equipment, Equipment, equipment, [location_id, category_id, kind, name]);
upsert!(upsert_shop, Shop, shops, [location_id, name, trade]);
upsert!(upsert_unit, Unit, units, [location_id, name]);

pub(super) fn insert_scan_code(conn: &mut DbConn, code: &ScanCode) -> QueryResult<()> {
    diesel::insert_into(scan_codes::table).values(code).execute(conn).map(drop)
}

/// Points a code of this site elsewhere; 0 if there is none.
pub(super) fn update_scan_code(conn: &mut DbConn, code: &ScanCode) -> QueryResult<usize> {
    diesel::update(scan_codes::table.find(&code.scene).filter(scan_codes::site_id.eq(code.site_id)))
        .set((
            scan_codes::location_id.eq(code.location_id),
            scan_codes::equipment_id.eq(code.equipment_id),
            scan_codes::shop_id.eq(code.shop_id),
            scan_codes::retired_at.eq(code.retired_at),
        ))
        .execute(conn)
}
