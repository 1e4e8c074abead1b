//! What tickets ask the database: here of their rows, in `lists` which of them are shown, in `timeline` what happened to
//! them, in `alike` what may be the same trouble.

use diesel::prelude::*;

use super::model::{Changed, Scope, Ticket};
use crate::accounts::model::SealedPhone;
use crate::db::schema::tickets;
use crate::db::{DbConn, lock_key, on_both};
use crate::values::{Id, Instant};

mod alike;
mod lists;
mod timeline;

pub use alike::Known;
pub(super) use alike::{
    find_earlier_complaint, find_mended_here, find_mended_thing, list_of_person, list_of_shop, list_open_alike,
    lock_alike,
};
pub(super) use lists::{Filter, OpenRow, Shown, list, list_open_at, list_open_in, list_open_on};
pub use timeline::Doer;
pub(super) use timeline::{
    count_pauses, delete_follower, exists_event, exists_event_of, find_last_event, find_last_hop, insert_attachments,
    insert_event, insert_events, insert_follower, insert_hop, list_attachments, list_attachments_of_opening,
    list_details, list_doers, list_events, list_followers, list_hops, list_lines, list_with, list_words,
};

/// Adds a ticket with the number to call; returns its `seq`.
pub(super) fn insert(conn: &mut DbConn, ticket: &Ticket, phone: Option<&SealedPhone>) -> QueryResult<i64> {
    let number = (
        tickets::contact_phone_sealed.eq(phone.map(|phone| phone.sealed.clone())),
        tickets::contact_phone_index.eq(phone.map(|phone| phone.index.clone())),
    );
    on_both!(conn, conn => diesel::insert_into(tickets::table)
        .values((ticket, number))
        .returning(tickets::seq)
        .get_result(conn))
}

/// The number to call, sealed.
pub(super) fn find_phone(conn: &mut DbConn, id: Id) -> QueryResult<Option<Vec<u8>>> {
    tickets::table.find(id).select(tickets::contact_phone_sealed).first(conn)
}

/// What the number to call of a ticket is looked up by.
pub(super) fn find_phone_index(conn: &mut DbConn, id: Id) -> QueryResult<Option<Vec<u8>>> {
    tickets::table.find(id).select(tickets::contact_phone_index).first(conn)
}

/// Whether two tickets name the same number to call.
pub(super) fn has_same_phone(conn: &mut DbConn, one: Id, other: Id) -> QueryResult<bool> {
    let indexes = tickets::table
        .filter(tickets::id.eq_any([one, other]).and(tickets::contact_phone_index.is_not_null()))
        .select(tickets::contact_phone_index)
        .load::<Option<Vec<u8>>>(conn)?;
    Ok(matches!(indexes.as_slice(), [a, b] if a == b))
}

/// A ticket as `scope` may know of it. What the ticket itself says is compared here and not in SQL: a query of one form
/// is written and prepared once.
pub(super) fn find_for(conn: &mut DbConn, scope: &Scope, id: Id) -> QueryResult<Option<Ticket>> {
    let Some(ticket) = find(conn, id)? else { return Ok(None) };
    let is_known = scope.knows(&ticket)
        || timeline::exists_follower(conn, id, scope.user_id)?
        || scope.departments.iter().try_fold(false, |known, department| {
            Ok::<_, diesel::result::Error>(known || timeline::exists_hop_to(conn, id, *department)?)
        })?;
    Ok(is_known.then_some(ticket))
}

/// For jobs, which act for nobody, and after a change that was allowed, when the caller may have lost sight of the ticket by it.
pub(super) fn find(conn: &mut DbConn, id: Id) -> QueryResult<Option<Ticket>> {
    on_both!(conn, conn => tickets::table.find(id).select(Ticket::as_select()).first(conn).optional())
}

pub(super) fn list_by_ids(conn: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<Ticket>> {
    tickets::table.filter(tickets::id.eq_any(ids.to_vec())).select(Ticket::as_select()).load(conn)
}

/// The tickets of a site with ids from after `after` to before `end`.
pub(super) fn list_between(conn: &mut DbConn, site_id: Id, after: Id, end: Id, limit: i64) -> QueryResult<Vec<Ticket>> {
    tickets::table
        .filter(tickets::site_id.eq(site_id).and(tickets::id.gt(after)).and(tickets::id.lt(end)))
        .order(tickets::id)
        .limit(limit)
        .select(Ticket::as_select())
        .load(conn)
}

/// The open parts of an incident, oldest first.
pub(super) fn list_open_parts(conn: &mut DbConn, parent_id: Id) -> QueryResult<Vec<Id>> {
    on_both!(conn, conn => tickets::table
        .filter(tickets::parent_id.eq(Some(parent_id)).and(tickets::is_open.eq(true)))
        .order(tickets::id)
        .select(tickets::id)
        .load(conn))
}

pub(super) fn count_open_promised(conn: &mut DbConn, site_id: Id, version_ids: &[Id]) -> QueryResult<i64> {
    let versions: Vec<Option<Id>> = version_ids.iter().copied().map(Some).collect();
    tickets::table
        .filter(tickets::site_id.eq(site_id).and(tickets::is_open.eq(true)))
        .filter(tickets::standard_version_id.eq_any(versions))
        .count()
        .get_result(conn)
}

pub(super) fn list_open_promised(
    conn: &mut DbConn,
    site_id: Id,
    version_ids: &[Id],
    limit: i64,
) -> QueryResult<Vec<Ticket>> {
    let versions: Vec<Option<Id>> = version_ids.iter().copied().map(Some).collect();
    tickets::table
        .filter(tickets::site_id.eq(site_id).and(tickets::is_open.eq(true)))
        .filter(tickets::standard_version_id.eq_any(versions))
        .order(tickets::id)
        .limit(limit)
        .select(Ticket::as_select())
        .load(conn)
}

/// Makes other changes of this ticket wait until this one is done. On SQLite all changes wait for each other anyway.
pub(super) fn lock(conn: &mut DbConn, id: Id) -> QueryResult<()> {
    match conn {
        DbConn::Sqlite(_) => Ok(()),
        DbConn::Pg(conn) => {
            // Not `for_update`: rows that refer to the ticket may be written meanwhile, as the sweep of the clocks does.
            tickets::table.find(id).select(tickets::id).for_no_key_update().first::<Id>(conn).optional().map(drop)
        }
    }
}

/// Makes others who tie tickets of a site to each other, or part them, wait until this is done: they have two or more in
/// hand, each in an order of its own.
pub(super) fn lock_ties(conn: &mut DbConn, site_id: Id) -> QueryResult<()> {
    lock_key(conn, site_id.low_bits())
}

/// Writes a change if nobody else has written one since `version`; 0 if somebody has.
pub(super) fn update(conn: &mut DbConn, id: Id, version: i32, changed: &Changed) -> QueryResult<usize> {
    diesel::update(tickets::table.find(id).filter(tickets::version.eq(version))).set(changed).execute(conn)
}

pub(super) fn update_due(conn: &mut DbConn, id: Id, due_at: Option<Instant>) -> QueryResult<()> {
    diesel::update(tickets::table.find(id)).set(tickets::due_at.eq(due_at)).execute(conn).map(drop)
}

pub(super) fn update_standard(conn: &mut DbConn, id: Id, version_id: Id, due_at: Option<Instant>) -> QueryResult<()> {
    diesel::update(tickets::table.find(id))
        .set((tickets::standard_version_id.eq(Some(version_id)), tickets::due_at.eq(due_at)))
        .execute(conn)
        .map(drop)
}
