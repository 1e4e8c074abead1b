use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::model::{Count, RentalUnit, Shelf, UnitChange, UnitEvent, UnitStatus, UnitsNarrowed};
use crate::db::schema::{rental_events, rental_units, stations};
use crate::db::sql::Key;
use crate::db::{DbConn, Prepared, Together, insert_all, on_both, unlocked_if_none};
use crate::values::Id;

pub(super) fn insert(conn: &mut DbConn, rows: &[RentalUnit]) -> QueryResult<()> {
    insert_all!(conn, rental_units::table, rows)
}

macro_rules! change {
    ($row:expr) => {
        diesel::update(rental_units::table)
            .filter(rental_units::id.eq($row.id).and(rental_units::version.eq($row.version - 1)))
            .set(UnitChange::from($row))
            .returning(rental_units::id)
    };
}

/// Writes a change if nobody else has written one since; 0 if somebody has.
pub(super) fn update(conn: &mut DbConn, row: &RentalUnit) -> QueryResult<usize> {
    on_both!(conn, conn => Prepared(change!(row)).load::<Id>(conn)).map(|changed| changed.len())
}

/// The same, and a line of its history.
pub(super) fn update_and_note(conn: &mut DbConn, row: &RentalUnit, event: &UnitEvent) -> QueryResult<usize> {
    let line = diesel::insert_into(rental_events::table).values(event);
    let changed: Vec<Id> = match conn {
        DbConn::Sqlite(conn) => {
            line.execute(conn)?;
            Prepared(change!(row)).load(conn)?
        }
        DbConn::Pg(conn) => Prepared(Together(line, change!(row))).load(conn)?,
    };
    Ok(changed.len())
}

/// A thing that is about to be changed: on PostgreSQL other changes of it wait until this one is done, on SQLite they do
/// anyway.
pub(super) fn find_locked(conn: &mut DbConn, id: Id) -> QueryResult<Option<RentalUnit>> {
    match conn {
        DbConn::Sqlite(conn) => rental_units::table.find(id).select(RentalUnit::as_select()).first(conn).optional(),
        DbConn::Pg(conn) => {
            rental_units::table.find(id).select(RentalUnit::as_select()).for_no_key_update().first(conn).optional()
        }
    }
}

macro_rules! available {
    ($shelf:expr) => {
        rental_units::table
            .filter(rental_units::site_id.eq($shelf.site_id).and(rental_units::station_id.eq(Some($shelf.station_id))))
            .filter(rental_units::type_id.eq($shelf.type_id).and(rental_units::status.eq(UnitStatus::Available)))
    };
}

/// One of a type at a station that can be borrowed, the fullest first. Those that somebody is just borrowing are passed
/// over: three hundred people take fifty things one beside the other.
pub(super) fn find_available(conn: &mut DbConn, shelf: Shelf) -> QueryResult<Option<RentalUnit>> {
    macro_rules! fullest {
        ($battery:expr) => {
            available!(shelf).order(($battery, rental_units::id.desc())).select(RentalUnit::as_select()).limit(1)
        };
    }
    match conn {
        DbConn::Sqlite(conn) => fullest!(rental_units::battery_percent.desc()).first(conn).optional(),
        // To PostgreSQL, nothing is more than anything.
        DbConn::Pg(conn) => fullest!(rental_units::battery_percent.desc().nulls_last())
            .for_no_key_update()
            .skip_locked()
            .first(conn)
            .optional(),
    }
}

/// One that could still be borrowed, though somebody may be just doing so.
pub(super) fn find_left(conn: &mut DbConn, shelf: Shelf) -> QueryResult<Option<Id>> {
    on_both!(conn, conn => available!(shelf)
        .order(rental_units::id.desc())
        .select(rental_units::id)
        .first(conn)
        .optional())
}

/// As [`find_locked`], if it can be borrowed at a station once that is so; otherwise it is let go of again.
pub(super) fn find_locked_if_free(conn: &mut DbConn, id: Id, station_id: Id) -> QueryResult<Option<RentalUnit>> {
    unlocked_if_none(conn, |conn| Ok(find_locked(conn, id)?.filter(|unit| unit.is_free_at(station_id))))
}

pub(super) fn find(conn: &mut DbConn, id: Id) -> QueryResult<Option<RentalUnit>> {
    on_both!(conn, conn => rental_units::table.find(id).select(RentalUnit::as_select()).first(conn).optional())
}

pub(super) fn find_by_code(conn: &mut DbConn, site_id: Id, code: &str) -> QueryResult<Option<RentalUnit>> {
    rental_units::table
        .filter(rental_units::site_id.eq(site_id).and(rental_units::code.eq(code)))
        .select(RentalUnit::as_select())
        .first(conn)
        .optional()
}

pub(super) fn list_by_ids(conn: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<RentalUnit>> {
    rental_units::table.filter(rental_units::id.eq_any(ids.to_vec())).select(RentalUnit::as_select()).load(conn)
}

/// Everything that is at a station of a site, in order of what stands on it.
pub(super) fn list_at(conn: &mut DbConn, site_id: Id, station_id: Id) -> QueryResult<Vec<RentalUnit>> {
    rental_units::table
        .filter(rental_units::site_id.eq(site_id).and(rental_units::station_id.eq(Some(station_id))))
        .order(rental_units::code)
        .select(RentalUnit::as_select())
        .load(conn)
}

pub(super) fn list(conn: &mut DbConn, narrowed: &UnitsNarrowed, limit: i64) -> QueryResult<Vec<RentalUnit>> {
    let UnitsNarrowed { sites, type_id, station_id, status, code, after } = narrowed;
    let mut query = rental_units::table.select(RentalUnit::as_select()).into_boxed();
    if let Some(ids) = sites {
        query = query.filter(rental_units::site_id.eq_any(ids.clone()));
    }
    if let Some(id) = type_id {
        query = query.filter(rental_units::type_id.eq(*id));
    }
    if let Some(id) = station_id {
        // The index of what stands where begins with the site.
        let site = stations::table.filter(stations::id.eq(*id)).select(stations::site_id);
        query = query.filter(rental_units::station_id.eq(Some(*id)).and(rental_units::site_id.eq_any(site)));
    }
    if let Some(status) = status {
        query = query.filter(rental_units::status.eq(*status));
    }
    if let Some(code) = code {
        query = query.filter(rental_units::code.eq(code.clone()));
    }
    if let Some(after) = after {
        query = query.filter(rental_units::id.gt(*after));
    }
    query.order(rental_units::id).limit(limit).load(conn)
}

/// How many things of which type stand where, at a site; without those that are out of use.
pub(super) fn count(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<Count>> {
    on_both!(conn, conn => rental_units::table
        .filter(rental_units::site_id.eq(site_id).and(rental_units::status.ne(UnitStatus::Retired)))
        .group_by((rental_units::station_id, rental_units::type_id, rental_units::status))
        .select((rental_units::station_id, rental_units::type_id, rental_units::status, count_star()))
        .load(conn))
}

diesel::define_sql_function! {
    /// A function of ours, on PostgreSQL: see its migration.
    fn hold_station(site: Key, station: Key, key: BigInt) -> BigInt;
}

/// Makes other changes of what is at a station wait until this one is done, and counts what is there.
pub(super) fn hold_station_and_count(conn: &mut DbConn, site_id: Id, station_id: Id) -> QueryResult<i64> {
    match conn {
        DbConn::Sqlite(conn) => {
            let here = rental_units::site_id.eq(site_id).and(rental_units::station_id.eq(Some(station_id)));
            rental_units::table.filter(here).count().get_result(conn)
        }
        DbConn::Pg(conn) => diesel::select(hold_station(site_id, station_id, station_id.low_bits())).get_result(conn),
    }
}

pub(super) fn insert_event(conn: &mut DbConn, event: &UnitEvent) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(rental_events::table).values(event).execute(conn)).map(drop)
}

/// The newest lines of a thing's history.
pub(super) fn list_events(conn: &mut DbConn, unit_id: Id, limit: i64) -> QueryResult<Vec<UnitEvent>> {
    rental_events::table
        .filter(rental_events::unit_id.eq(unit_id))
        .order(rental_events::id.desc())
        .limit(limit)
        .select(UnitEvent::as_select())
        .load(conn)
}
