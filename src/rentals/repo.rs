use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable};

use super::model::{
    Entry, Held, Numbers, Rental, RentalRow, RentalStatus, RentalsNarrowed, Suspension, Trouble, TroublePhoto,
    Unsettled,
};
use crate::attachments::model::Attachment;
use crate::db::schema::{
    attachments, jobs, rental_entries, rental_events, rental_report_photos, rental_reports, rental_suspensions,
    rental_units, rentals, users,
};
use crate::db::sql::Key;
use crate::db::{Also, DbConn, Known, Prepared, Together, insert_all, on_both, unlocked_if_none};
use crate::jobs::model::Job;
use crate::rental_units::model::{RentalUnit, UnitChange, UnitEvent};
use crate::values::{Id, Instant};

macro_rules! rental_rows {
    () => {
        rentals::table.inner_join(rental_units::table).select((Rental::as_select(), rental_units::code))
    };
}

macro_rules! change {
    ($rental:expr) => {
        diesel::update(rentals::table)
            .filter(rentals::id.eq($rental.id).and(rentals::version.eq($rental.version - 1)))
            .set((
                rentals::status.eq($rental.status),
                rentals::to_station_id.eq($rental.to_station_id),
                rentals::reserved_until.eq($rental.reserved_until),
                rentals::started_at.eq($rental.started_at),
                rentals::due_at.eq($rental.due_at),
                rentals::extended_at.eq($rental.extended_at),
                rentals::returned_at.eq($rental.returned_at),
                rentals::returned_by.eq($rental.returned_by),
                rentals::fee_fen.eq($rental.fee_fen),
                rentals::charged_fen.eq($rental.charged_fen),
                rentals::paid_fen.eq($rental.paid_fen),
                rentals::deposit_fen.eq($rental.deposit_fen),
                rentals::open_reports.eq($rental.open_reports),
                rentals::settled_at.eq($rental.settled_at),
                rentals::version.eq($rental.version),
                rentals::updated_at.eq($rental.updated_at),
                rentals::ended_at.eq($rental.ended_at),
            ))
            .returning(rentals::id)
    };
}

macro_rules! change_unit {
    ($unit:expr) => {
        diesel::update(rental_units::table)
            .filter(rental_units::id.eq($unit.id).and(rental_units::version.eq($unit.version - 1)))
            .set(UnitChange::from($unit))
    };
}

/// The statements below that are the same each time.
struct Changed;
struct Moved;
struct Lent;
struct Entered;

/// Adds a rental and the job that looks at it next, and moves its thing; returns its `seq`, or nothing if somebody else has
/// moved the thing since.
pub(super) fn insert_and_move(
    conn: &mut DbConn,
    (rental, numbers): (&Rental, &Numbers),
    unit: &RentalUnit,
    line: &UnitEvent,
    job: &Job,
) -> QueryResult<Option<i64>> {
    let insert = diesel::insert_into(rentals::table).values((rental, numbers.clone())).returning(rentals::seq);
    let note = diesel::insert_into(rental_events::table).values(line);
    let plan = diesel::insert_into(jobs::table).values(job);
    match conn {
        DbConn::Sqlite(conn) => {
            let seq = insert.get_result(conn)?;
            note.execute(conn)?;
            plan.execute(conn)?;
            let moved: Vec<Id> = Known::<Moved, _>::new(change_unit!(unit).returning(rental_units::id)).load(conn)?;
            Ok(moved.first().map(|_| seq))
        }
        DbConn::Pg(conn) => {
            let moved = change_unit!(unit).returning(sql::<BigInt>("(SELECT seq FROM before)"));
            let all = Together(Also(Also(insert, "noted", note), "planned", plan), moved);
            Ok(Known::<Lent, _>::new(all).load(conn)?.pop())
        }
    }
}

/// Writes a change if nobody else has written one since; 0 if somebody has.
pub(super) fn update(conn: &mut DbConn, rental: &Rental) -> QueryResult<usize> {
    on_both!(conn, conn => Known::<Changed, _>::new(change!(rental)).load::<Id>(conn)).map(|changed| changed.len())
}

diesel::define_sql_function! {
    /// A function of ours, on PostgreSQL: see its migration.
    fn enter_station(site: Key, station: Key, slots: Nullable<Integer>, key: BigInt) -> BigInt;
}

/// The same, and moves its thing into a station; returns how many rentals that changed, and how many things are there then.
/// Nothing if somebody else has moved the thing since. On PostgreSQL other changes of the station wait until this is done,
/// and so does what else comes back, unless there is room for all that may come at once.
pub(super) fn update_and_enter(
    conn: &mut DbConn,
    rental: &Rental,
    unit: &RentalUnit,
    line: &UnitEvent,
    (station_id, slots): (Id, Option<i32>),
) -> QueryResult<Option<(i64, i64)>> {
    let note = diesel::insert_into(rental_events::table).values(line);
    match conn {
        DbConn::Sqlite(conn) => {
            let changed: Vec<Id> = Known::<Changed, _>::new(change!(rental)).load(conn)?;
            note.execute(conn)?;
            let moved: Vec<Id> = Known::<Moved, _>::new(change_unit!(unit).returning(rental_units::id)).load(conn)?;
            let here = rental_units::site_id.eq(rental.site_id).and(rental_units::station_id.eq(Some(station_id)));
            let held = rental_units::table.filter(here).count().get_result(conn)?;
            Ok(moved.first().map(|_| (i64::from(!changed.is_empty()), held)))
        }
        DbConn::Pg(conn) => {
            let changed = sql::<BigInt>("(SELECT count(*) FROM before)");
            let held = enter_station(rental.site_id, station_id, slots, station_id.low_bits());
            let moved = change_unit!(unit).returning((changed, held));
            let all = Together(Also(change!(rental), "noted", note), moved);
            Ok(Known::<Entered, _>::new(all).load(conn)?.pop())
        }
    }
}

/// Makes other changes of this rental wait until this one is done. On SQLite all changes wait for each other anyway.
pub(super) fn lock(conn: &mut DbConn, id: Id) -> QueryResult<()> {
    match conn {
        DbConn::Sqlite(_) => Ok(()),
        DbConn::Pg(conn) => {
            let row = rentals::table.filter(rentals::id.eq(id)).select(rentals::id);
            row.for_no_key_update().first::<Id>(conn).optional().map(drop)
        }
    }
}

/// A rental that is about to be changed: on PostgreSQL other changes of it wait until this one is done, on SQLite they do
/// anyway.
pub(super) fn find_locked(conn: &mut DbConn, id: Id) -> QueryResult<Option<Rental>> {
    match conn {
        DbConn::Sqlite(conn) => {
            rentals::table.filter(rentals::id.eq(id)).select(Rental::as_select()).first(conn).optional()
        }
        DbConn::Pg(conn) => rentals::table
            .filter(rentals::id.eq(id))
            .select(Rental::as_select())
            .for_no_key_update()
            .first(conn)
            .optional(),
    }
}

/// The same, with its thing; nothing also if it was given another thing while this waited.
pub(super) fn find_locked_with_unit(conn: &mut DbConn, id: Id) -> QueryResult<Option<(Rental, RentalUnit)>> {
    macro_rules! both {
        () => {
            rentals::table
                .inner_join(rental_units::table)
                .filter(rentals::id.eq(id))
                .select((Rental::as_select(), RentalUnit::as_select()))
        };
    }
    match conn {
        DbConn::Sqlite(conn) => both!().first(conn).optional(),
        DbConn::Pg(conn) => both!().for_no_key_update().first(conn).optional(),
    }
}

pub(super) fn find(conn: &mut DbConn, id: Id) -> QueryResult<Option<RentalRow>> {
    on_both!(conn, conn => rental_rows!().filter(rentals::id.eq(id)).first(conn).optional())
}

/// The rental that a thing is out on, or kept for.
pub(super) fn find_open_of(conn: &mut DbConn, unit_id: Id) -> QueryResult<Option<Id>> {
    on_both!(conn, conn => rentals::table
        .filter(rentals::unit_id.eq(unit_id).and(rentals::ended_at.is_null()))
        .select(rentals::id)
        .first(conn)
        .optional())
}

/// Of some things, and the rentals on which they are out, kept for somebody, or got lost. Written out, so that the databases
/// know the index of what is lost for the right one.
fn list_unfinished_of(conn: &mut DbConn, unit_ids: &[Id]) -> QueryResult<Vec<(Id, Id)>> {
    let mut found: Vec<(Id, Id)> = on_both!(conn, conn => {
        let of_them = || rentals::table.filter(rentals::unit_id.eq_any(unit_ids)).select((rentals::unit_id, rentals::id));
        let lost = of_them().filter(sql::<Bool>("rentals.status = 'lost'"));
        of_them().filter(rentals::ended_at.is_null()).union_all(lost).load(conn)
    })?;
    found.sort_unstable();
    Ok(found)
}

/// Some things and what they are out on, kept for, or got lost on, all of which are about to be changed: the rentals first, and
/// each kind in order of id. Nothing, and nobody waits for them, if a thing came to another rental while this waited.
pub(super) fn list_locked_units(conn: &mut DbConn, unit_ids: &[Id]) -> QueryResult<Option<Vec<Held>>> {
    let known = list_unfinished_of(conn, unit_ids)?;
    let rental_ids: Vec<Id> = known.iter().map(|(_, rental_id)| *rental_id).collect();
    unlocked_if_none(conn, |conn| {
        macro_rules! in_order {
            ($table:ident, $row:ty, $ids:expr) => {
                $table::table.filter($table::id.eq_any($ids)).order($table::id).select(<$row>::as_select())
            };
        }
        let (found, units): (Vec<Rental>, Vec<RentalUnit>) = match conn {
            DbConn::Sqlite(conn) => (
                in_order!(rentals, Rental, &rental_ids).load(conn)?,
                in_order!(rental_units, RentalUnit, unit_ids).load(conn)?,
            ),
            DbConn::Pg(conn) => (
                in_order!(rentals, Rental, &rental_ids).for_no_key_update().load(conn)?,
                in_order!(rental_units, RentalUnit, unit_ids).for_no_key_update().load(conn)?,
            ),
        };
        if list_unfinished_of(conn, unit_ids)? != known {
            return Ok(None);
        }
        let mut found: HashMap<Id, Rental> = found.into_iter().map(|rental| (rental.unit_id, rental)).collect();
        let with_rental = |unit: RentalUnit| {
            let rental = found.remove(&unit.id);
            (unit, rental)
        };
        Ok(Some(units.into_iter().map(with_rental).collect()))
    })
}

/// What a person has, or has not settled, and what keeps them from borrowing at a site now: each with each.
pub(super) fn list_standing(
    conn: &mut DbConn,
    user_id: Id,
    site_id: Id,
    now: Instant,
) -> QueryResult<Vec<(Option<Unsettled>, Option<Suspension>)>> {
    let unsettled = rentals::borrower_id.eq(users::id.nullable()).and(rentals::settled_at.is_null());
    let suspended = rental_suspensions::user_id
        .eq(users::id)
        .and(rental_suspensions::site_id.eq(site_id).and(rental_suspensions::lifted_at.is_null()))
        .and(rental_suspensions::until.is_null().or(rental_suspensions::until.gt(Some(now))));
    on_both!(conn, conn => users::table
        .find(user_id)
        .left_join(rentals::table.on(unsettled))
        .left_join(rental_suspensions::table.on(suspended))
        .select((Option::<Unsettled>::as_select(), Option::<Suspension>::as_select()))
        .load(conn))
}

/// What is not settled of somebody who is known by a number only.
pub(super) fn list_unsettled_by_phone(conn: &mut DbConn, index: &[u8]) -> QueryResult<Vec<Unsettled>> {
    rentals::table
        .filter(rentals::contact_phone_index.eq(Some(index)).and(rentals::settled_at.is_null()))
        .filter(rentals::borrower_id.is_null())
        .select(Unsettled::as_select())
        .load(conn)
}

/// For what is not back: written out, so that the databases know the index of that for the right one.
fn unreturned() -> SqlLiteral<Bool> {
    sql("rentals.status <> 'returned'")
}

pub(super) fn list(conn: &mut DbConn, narrowed: &RentalsNarrowed, limit: i64) -> QueryResult<Vec<RentalRow>> {
    let RentalsNarrowed { borrower_id, sites, status, due_before, unit_id, seq, before } = narrowed;
    on_both!(conn, conn => {
        let mut query = rental_rows!().into_boxed();
        if let Some(id) = borrower_id {
            query = query.filter(rentals::borrower_id.eq(Some(*id)));
        }
        match sites.as_deref() {
            None => {}
            Some([one]) => query = query.filter(rentals::site_id.eq(*one)),
            Some(ids) => query = query.filter(rentals::site_id.eq_any(ids.to_vec())),
        }
        if let Some(status) = status {
            query = query.filter(rentals::status.eq(*status));
        }
        if let Some(before) = due_before {
            query = query.filter(rentals::status.eq(RentalStatus::Lent).and(rentals::due_at.lt(Some(*before))));
        }
        if due_before.is_some() || status.is_some_and(|status| status != RentalStatus::Returned) {
            query = query.filter(unreturned());
        }
        if let Some(id) = unit_id {
            query = query.filter(rentals::unit_id.eq(*id).and(rentals::ended_at.is_null()));
        }
        if let Some(seq) = seq {
            query = query.filter(rentals::seq.eq(*seq));
        }
        if let Some(before) = before {
            query = query.filter(rentals::id.lt(*before));
        }
        Prepared(query.order(rentals::id.desc()).limit(limit)).load(conn)
    })
}

/// Rentals in order of id, for the audit.
pub(super) fn list_after(conn: &mut DbConn, after: Option<Id>, limit: i64) -> QueryResult<Vec<Rental>> {
    let mut query = rentals::table.select(Rental::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(rentals::id.gt(after));
    }
    query.order(rentals::id).limit(limit).load(conn)
}

/// The sealed number of who has no account.
pub(super) fn find_phone(conn: &mut DbConn, id: Id) -> QueryResult<Option<Vec<u8>>> {
    rentals::table.filter(rentals::id.eq(id)).select(rentals::contact_phone_sealed).first(conn)
}

/// How many rentals with ids in a span ended how, by type.
pub(super) fn count_between(
    conn: &mut DbConn,
    site_id: Id,
    (first, end): (Id, Id),
) -> QueryResult<Vec<(Id, RentalStatus, i64)>> {
    on_both!(conn, conn => rentals::table
        .filter(rentals::site_id.eq(site_id).and(rentals::id.ge(first)).and(rentals::id.lt(end)))
        .group_by((rentals::type_id, rentals::status))
        .select((rentals::type_id, rentals::status, diesel::dsl::count_star()))
        .load(conn))
}

pub(super) fn insert_entry(conn: &mut DbConn, entry: &Entry) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(rental_entries::table).values(entry).execute(conn)).map(drop)
}

pub(super) fn list_entries(conn: &mut DbConn, rental_ids: &[Id]) -> QueryResult<Vec<Entry>> {
    rental_entries::table
        .filter(rental_entries::rental_id.eq_any(rental_ids.to_vec()))
        .order((rental_entries::rental_id, rental_entries::id))
        .select(Entry::as_select())
        .load(conn)
}

pub(super) fn insert_trouble(conn: &mut DbConn, trouble: &Trouble) -> QueryResult<()> {
    diesel::insert_into(rental_reports::table).values(trouble).execute(conn).map(drop)
}

pub(super) fn list_troubles(conn: &mut DbConn, rental_ids: &[Id]) -> QueryResult<Vec<Trouble>> {
    rental_reports::table
        .filter(rental_reports::rental_id.eq_any(rental_ids.to_vec()))
        .order((rental_reports::rental_id, rental_reports::id))
        .select(Trouble::as_select())
        .load(conn)
}

pub(super) fn update_trouble(conn: &mut DbConn, trouble: &Trouble) -> QueryResult<usize> {
    diesel::update(rental_reports::table.find(trouble.id).filter(rental_reports::decided_at.is_null()))
        .set((
            rental_reports::decided_fen.eq(trouble.decided_fen),
            rental_reports::decided_by_id.eq(trouble.decided_by_id),
            rental_reports::decided_at.eq(trouble.decided_at),
            rental_reports::decision_reason.eq(trouble.decision_reason.clone()),
        ))
        .execute(conn)
}

pub(super) fn insert_photos(conn: &mut DbConn, photos: &[TroublePhoto]) -> QueryResult<()> {
    insert_all!(conn, rental_report_photos::table, photos)
}

pub(super) fn list_photos(conn: &mut DbConn, report_ids: &[Id]) -> QueryResult<Vec<(Id, Attachment)>> {
    rental_report_photos::table
        .inner_join(attachments::table)
        .filter(rental_report_photos::report_id.eq_any(report_ids.to_vec()))
        .order((rental_report_photos::report_id, rental_report_photos::attachment_id))
        .select((rental_report_photos::report_id, Attachment::as_select()))
        .load(conn)
}

pub(super) fn insert_suspension(conn: &mut DbConn, row: &Suspension) -> QueryResult<()> {
    diesel::insert_into(rental_suspensions::table).values(row).execute(conn).map(drop)
}

pub(super) fn find_suspension_by_id(conn: &mut DbConn, id: Id) -> QueryResult<Option<Suspension>> {
    rental_suspensions::table.find(id).select(Suspension::as_select()).first(conn).optional()
}

/// Takes a suspension back; 0 if it was before.
pub(super) fn update_lifted(conn: &mut DbConn, id: Id, by: Id, at: Instant) -> QueryResult<usize> {
    diesel::update(rental_suspensions::table.find(id).filter(rental_suspensions::lifted_at.is_null()))
        .set((rental_suspensions::lifted_at.eq(Some(at)), rental_suspensions::lifted_by_id.eq(Some(by))))
        .execute(conn)
}

pub(super) fn list_suspensions(
    conn: &mut DbConn,
    site_id: Id,
    now: Instant,
    before: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<Suspension>> {
    let mut query = rental_suspensions::table
        .filter(rental_suspensions::site_id.eq(site_id).and(rental_suspensions::lifted_at.is_null()))
        .filter(rental_suspensions::until.is_null().or(rental_suspensions::until.gt(Some(now))))
        .select(Suspension::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(rental_suspensions::id.lt(before));
    }
    query.order(rental_suspensions::id.desc()).limit(limit).load(conn)
}

/// Puts another thing in place of one that was kept.
pub(super) fn update_unit(conn: &mut DbConn, id: Id, unit_id: Id) -> QueryResult<()> {
    diesel::update(rentals::table.filter(rentals::id.eq(id))).set(rentals::unit_id.eq(unit_id)).execute(conn).map(drop)
}

/// What is out of a site's, or kept, and was borrowed at a station, or is of a type that it takes.
pub(super) fn list_open_about(
    conn: &mut DbConn,
    site_id: Id,
    station_id: Id,
    taken: &[Id],
) -> QueryResult<Vec<Rental>> {
    let open = [RentalStatus::Lent, RentalStatus::Reserved, RentalStatus::Confirming];
    rentals::table
        .filter(rentals::site_id.eq(site_id).and(rentals::status.eq_any(open)).and(unreturned()))
        .filter(rentals::from_station_id.eq(station_id).or(rentals::type_id.eq_any(taken.to_vec())))
        .select(Rental::as_select())
        .load(conn)
}

/// Rentals that were settled before `before` and still name people besides their borrower.
pub(super) fn list_to_forget(conn: &mut DbConn, before: Instant, limit: i64) -> QueryResult<Vec<Rental>> {
    rentals::table
        .filter(rentals::contact_name.is_not_null().or(rentals::adult_name.is_not_null()))
        .filter(rentals::settled_at.lt(Some(before)))
        .order(rentals::settled_at)
        .limit(limit)
        .select(Rental::as_select())
        .load(conn)
}

pub(super) fn update_forgotten(conn: &mut DbConn, id: Id) -> QueryResult<()> {
    diesel::update(rentals::table.filter(rentals::id.eq(id)))
        .set((
            rentals::contact_name.eq(None::<String>),
            rentals::contact_phone_sealed.eq(None::<Vec<u8>>),
            rentals::contact_phone_index.eq(None::<Vec<u8>>),
            rentals::contact_phone_masked.eq(None::<String>),
            rentals::adult_name.eq(None::<String>),
            rentals::adult_phone_sealed.eq(None::<Vec<u8>>),
            rentals::adult_phone_masked.eq(None::<String>),
        ))
        .execute(conn)
        .map(drop)
}
