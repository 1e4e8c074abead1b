//! What may be the same trouble as a ticket, and what else there is of its person and its shop.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::find_phone_index;
use crate::db::schema::tickets;
use crate::db::{DbConn, Prepared, lock_key, on_both};
use crate::sites::model::Kind;
use crate::tickets::lifecycle::Status;
use crate::tickets::model::{Alike, Ticket};
use crate::values::{Id, Instant};

/// Makes others who look at the open reports of the same wait until this is done: of those that come in at one moment,
/// the last to be written sees all.
pub(in crate::tickets) fn lock_alike(conn: &mut DbConn, location_id: Id, category_id: Id) -> QueryResult<()> {
    lock_key(conn, location_id.low_bits() ^ category_id.low_bits().rotate_left(1))
}

/// The other open tickets about the same category at the same place, with ids from `first` to before `end`, newest first.
pub(in crate::tickets) fn list_open_alike(
    conn: &mut DbConn,
    ticket: &Ticket,
    (first, end): (Id, Id),
    limit: i64,
) -> QueryResult<Vec<Alike>> {
    on_both!(conn, conn => tickets::table
        .filter(tickets::location_id.eq(ticket.location_id).and(tickets::category_id.eq(ticket.category_id)))
        .filter(tickets::id.ge(first).and(tickets::id.lt(end)))
        .filter(tickets::id.ne(ticket.id).and(tickets::is_open.eq(true)))
        .order(tickets::id.desc())
        .limit(limit)
        .select(Alike::as_select())
        .load(conn))
}

/// By what somebody is known who complains again.
#[derive(Debug, Clone)]
pub enum Known {
    /// Their account.
    Account(Id),
    /// Their number to call, as it is looked up.
    Phone(Vec<u8>),
}

/// The newest complaint of a person before `ticket`, from `first` on, about its category, or its shop, or (of no shop) its
/// place; and its category. What was withdrawn or was the same as another does not count.
pub(in crate::tickets) fn find_earlier_complaint(
    conn: &mut DbConn,
    known: &Known,
    ticket: &Ticket,
    first: Id,
) -> QueryResult<Option<(Id, Option<Id>)>> {
    let place = ticket.location_id.filter(|_| ticket.shop_id.is_none());
    macro_rules! newest {
        ($conn:expr, $theirs:expr) => {
            on_both!($conn, conn => tickets::table
                .filter($theirs)
                // Written out, so that the databases know the index of complaints alone for the right one.
                .filter(sql::<Bool>("tickets.kind = 'complaint'"))
                .filter(tickets::id.ge(first).and(tickets::id.lt(ticket.id)))
                .filter(tickets::status.ne(Status::Cancelled).and(tickets::status.ne(Status::Merged)))
                .filter(
                    tickets::category_id.eq(ticket.category_id)
                        .or(tickets::shop_id.eq(ticket.shop_id))
                        .or(tickets::location_id.eq(place)),
                )
                .order(tickets::id.desc())
                .select((tickets::id, tickets::category_id))
                .first(conn)
                .optional())
        };
    }
    match known {
        Known::Account(id) => newest!(conn, tickets::requester_id.eq(Some(*id))),
        Known::Phone(index) => newest!(conn, tickets::contact_phone_index.eq(Some(index.clone()))),
    }
}

/// The newest repair before `ticket`, from `first` on, of the same thing that was mended since `since`.
pub(in crate::tickets) fn find_mended_thing(
    conn: &mut DbConn,
    ticket: &Ticket,
    first: Id,
    since: Instant,
) -> QueryResult<Option<Id>> {
    on_both!(conn, conn => tickets::table
        .filter(tickets::equipment_id.eq(ticket.equipment_id).and(tickets::is_open.eq(false)))
        .filter(tickets::id.ge(first).and(tickets::id.lt(ticket.id)))
        .filter(tickets::kind.eq(Kind::Repair).and(tickets::resolved_at.ge(Some(since))))
        .filter(tickets::status.eq(Status::Resolved).or(tickets::status.eq(Status::Closed)))
        .order(tickets::id.desc())
        .select(tickets::id)
        .first(conn)
        .optional())
}

/// As [`find_mended_thing`], of the same category at the same place, but for another thing there.
pub(in crate::tickets) fn find_mended_here(
    conn: &mut DbConn,
    ticket: &Ticket,
    first: Id,
    since: Instant,
) -> QueryResult<Option<Id>> {
    macro_rules! newest {
        ($conn:expr, $of_it:expr) => {
            on_both!($conn, conn => Prepared(tickets::table
                .filter(tickets::location_id.eq(ticket.location_id).and(tickets::category_id.eq(ticket.category_id)))
                .filter(tickets::id.ge(first).and(tickets::id.lt(ticket.id)))
                // Written out, so that the databases know the index of what was mended for the right one.
                .filter(sql::<Bool>("tickets.kind = 'repair' AND tickets.status IN ('resolved', 'closed')"))
                .filter(tickets::resolved_at.ge(Some(since)))
                .filter($of_it)
                .order(tickets::id.desc())
                .limit(1)
                .select(tickets::id))
                .load(conn))
            .map(|mut newest| newest.pop())
        };
    }
    match ticket.equipment_id {
        Some(id) => newest!(conn, tickets::equipment_id.is_null().or(tickets::equipment_id.eq(Some(id)))),
        None => newest!(conn, tickets::id.ne(ticket.id)),
    }
}

/// Other tickets of a person, by their account or their number, newest first.
pub(in crate::tickets) fn list_of_person(conn: &mut DbConn, ticket: &Ticket, limit: i64) -> QueryResult<Vec<Ticket>> {
    macro_rules! newest {
        ($condition:expr) => {
            tickets::table
                .filter($condition)
                .filter(tickets::site_id.eq(ticket.site_id).and(tickets::id.ne(ticket.id)))
                .order(tickets::id.desc())
                .limit(limit)
                .select(Ticket::as_select())
                .load::<Ticket>(conn)?
        };
    }
    let mut found = Vec::new();
    if let Some(id) = ticket.requester_id {
        found.extend(newest!(tickets::requester_id.eq(Some(id))));
    }
    if let Some(index) = find_phone_index(conn, ticket.id)? {
        found.extend(newest!(tickets::contact_phone_index.eq(Some(index))));
    }
    found.sort_by_key(|ticket| std::cmp::Reverse(ticket.id));
    found.dedup_by_key(|ticket| ticket.id);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// Other tickets about the same shop, newest first.
pub(in crate::tickets) fn list_of_shop(conn: &mut DbConn, ticket: &Ticket, limit: i64) -> QueryResult<Vec<Ticket>> {
    let Some(shop_id) = ticket.shop_id else { return Ok(Vec::new()) };
    tickets::table
        .filter(tickets::shop_id.eq(Some(shop_id)).and(tickets::id.ne(ticket.id)))
        .order(tickets::id.desc())
        .limit(limit)
        .select(Ticket::as_select())
        .load(conn)
}
