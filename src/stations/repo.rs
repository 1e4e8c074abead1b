use diesel::prelude::*;

use super::model::{RentalType, Station, StationType};
use crate::db::schema::{rental_types, station_types, stations};
use crate::db::{DbConn, insert_all};
use crate::values::Id;

pub(super) fn insert_type(conn: &mut DbConn, row: &RentalType) -> QueryResult<()> {
    diesel::insert_into(rental_types::table).values(row).execute(conn).map(drop)
}

/// Writes a change if nobody else has written one since; 0 if somebody has.
pub(super) fn update_type(conn: &mut DbConn, row: &RentalType) -> QueryResult<usize> {
    diesel::update(rental_types::table)
        .filter(rental_types::id.eq(row.id).and(rental_types::version.eq(row.version - 1)))
        .set(row)
        .execute(conn)
}

pub(super) fn find_type(conn: &mut DbConn, id: Id) -> QueryResult<Option<RentalType>> {
    rental_types::table.find(id).select(RentalType::as_select()).first(conn).optional()
}

pub(super) fn list_types(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<RentalType>> {
    rental_types::table
        .filter(rental_types::site_id.eq(site_id))
        .order(rental_types::id)
        .select(RentalType::as_select())
        .load(conn)
}

pub(super) fn insert_station(conn: &mut DbConn, row: &Station) -> QueryResult<()> {
    diesel::insert_into(stations::table).values(row).execute(conn).map(drop)
}

/// Writes a change if nobody else has written one since; 0 if somebody has.
pub(super) fn update_station(conn: &mut DbConn, row: &Station) -> QueryResult<usize> {
    diesel::update(stations::table)
        .filter(stations::id.eq(row.id).and(stations::version.eq(row.version - 1)))
        .set(row)
        .execute(conn)
}

pub(super) fn find_station(conn: &mut DbConn, id: Id) -> QueryResult<Option<Station>> {
    stations::table.find(id).select(Station::as_select()).first(conn).optional()
}

pub(super) fn list_stations(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<Station>> {
    stations::table.filter(stations::site_id.eq(site_id)).order(stations::id).select(Station::as_select()).load(conn)
}

pub(super) fn list_station_types(conn: &mut DbConn, station_ids: &[Id]) -> QueryResult<Vec<StationType>> {
    station_types::table
        .filter(station_types::station_id.eq_any(station_ids.to_vec()))
        .order((station_types::station_id, station_types::type_id))
        .select(StationType::as_select())
        .load(conn)
}

pub(super) fn delete_station_types(conn: &mut DbConn, station_id: Id) -> QueryResult<usize> {
    diesel::delete(station_types::table.filter(station_types::station_id.eq(station_id))).execute(conn)
}

pub(super) fn insert_station_types(conn: &mut DbConn, rows: &[StationType]) -> QueryResult<()> {
    insert_all!(conn, station_types::table, rows)
}
