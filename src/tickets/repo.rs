use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::lifecycle::{Action, Status};
use super::model::{Alike, Changed, Event, Hop, PauseReason, Scope, Severity, Ticket};
use crate::accounts::model::{Role, SealedPhone};
use crate::attachments::model::Attachment;
use crate::db::schema::{
    attachments, complaints, ticket_attachments, ticket_events, ticket_followers, ticket_hops, tickets, users,
};
use crate::db::{DbConn, insert_columns, lock_key, on_both};
use crate::sites::model::Kind;
use crate::values::{Id, Instant, Json};

/// A ticket with the name of who has it. The other names are those of the site's things.
#[derive(Debug, Clone, Queryable)]
pub(super) struct TicketRow {
    pub(super) ticket: Ticket,
    pub(super) assignee: Option<String>,
}

macro_rules! ticket_rows {
    () => {
        tickets::table.left_join(users::table).select((Ticket::as_select(), users::display_name.nullable()))
    };
}

/// What was done, by whom, and what they were then.
pub type Doer = (Action, Option<Id>, Role);

/// Which tickets a list shows; each has its index.
#[derive(Debug, Clone)]
pub(super) enum Shown {
    Own(Id),
    /// By a third-party system.
    FiledBy(Id),
    AssignedTo(Id),
    Departments(Vec<Id>),
    /// `None` is every site.
    Sites(Option<Vec<Id>>),
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    /// Whose eyes it is for: complaints about them are left out.
    pub(super) not_about: Option<Id>,
    pub(super) kind: Option<Kind>,
    pub(super) status: Option<Status>,
    pub(super) is_open: Option<bool>,
    pub(super) department_id: Option<Id>,
    pub(super) assignee_id: Option<Id>,
    pub(super) severity: Option<Severity>,
    /// Whether a deadline was missed, and the latest that was.
    pub(super) overdue: Option<(bool, Instant)>,
    /// What an authority passed on.
    pub(super) from_regulator: Option<bool>,
    pub(super) site_id: Option<Id>,
    pub(super) shop_id: Option<Id>,
    pub(super) parent_id: Option<Id>,
    pub(super) seq: Option<i64>,
    pub(super) phone_index: Option<Vec<u8>>,
    pub(super) before: Option<Id>,
}

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

/// A ticket as `scope` may know of it. What the ticket itself says is compared here and not in SQL: a query of one form
/// is written and prepared once.
pub(super) fn find_for(conn: &mut DbConn, scope: &Scope, id: Id) -> QueryResult<Option<TicketRow>> {
    let Some(row) = find_row(conn, id)? else { return Ok(None) };
    let is_known = scope.knows(&row.ticket)
        || exists_follower(conn, id, scope.user_id)?
        || scope.departments.iter().try_fold(false, |known, department| {
            Ok::<_, diesel::result::Error>(known || exists_hop_to(conn, id, *department)?)
        })?;
    Ok(is_known.then_some(row))
}

fn exists_follower(conn: &mut DbConn, id: Id, user_id: Id) -> QueryResult<bool> {
    on_both!(conn, conn => diesel::select(exists(ticket_followers::table.find((id, user_id)))).get_result(conn))
}

/// Whether a person did one of these things who does not speak as the requester.
pub(super) fn exists_event(conn: &mut DbConn, ticket: &Ticket, actions: &[Action]) -> QueryResult<bool> {
    let actors = ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket.id).and(ticket_events::action.eq_any(actions)))
        .filter(ticket_events::actor_id.is_not_null())
        .select((ticket_events::actor_id, ticket_events::actor_role))
        .distinct()
        .load::<(Option<Id>, Role)>(conn)?;
    Ok(actors.iter().any(|(actor, role)| !ticket.is_asked_by(*actor, *role)))
}

/// Whether a person did one of these things.
pub(super) fn exists_event_of(conn: &mut DbConn, ticket_id: Id, person: Id, actions: &[Action]) -> QueryResult<bool> {
    let theirs = ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket_id).and(ticket_events::action.eq_any(actions)))
        .filter(ticket_events::actor_id.eq(Some(person)));
    diesel::select(exists(theirs)).get_result(conn)
}

/// When somebody last did something to a ticket.
pub(super) fn find_last_event(conn: &mut DbConn, ticket_id: Id, action: Action) -> QueryResult<Option<Instant>> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket_id).and(ticket_events::action.eq(action)))
        .order(ticket_events::id.desc())
        .select(ticket_events::at)
        .first(conn)
        .optional()
}

/// Who did these things, in the order in which they were done.
pub(super) fn list_doers(conn: &mut DbConn, ticket_id: Id, actions: &[Action]) -> QueryResult<Vec<Doer>> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket_id).and(ticket_events::action.eq_any(actions)))
        .order(ticket_events::id)
        .select((ticket_events::action, ticket_events::actor_id, ticket_events::actor_role))
        .load(conn)
}

/// Whether two tickets name the same number to call.
pub(super) fn has_same_phone(conn: &mut DbConn, one: Id, other: Id) -> QueryResult<bool> {
    let indexes = tickets::table
        .filter(tickets::id.eq_any([one, other]).and(tickets::contact_phone_index.is_not_null()))
        .select(tickets::contact_phone_index)
        .load::<Option<Vec<u8>>>(conn)?;
    Ok(matches!(indexes.as_slice(), [a, b] if a == b))
}

/// What else the lines about these things say.
pub(super) fn list_details(conn: &mut DbConn, ticket_id: Id, actions: &[Action]) -> QueryResult<Vec<Json>> {
    let details = ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket_id).and(ticket_events::action.eq_any(actions)))
        .select(ticket_events::detail)
        .load::<Option<Json>>(conn)?;
    Ok(details.into_iter().flatten().collect())
}

/// The other open tickets about the same category at the same place, with ids from `first` to before `end`, newest first.
pub(super) fn list_open_alike(
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
pub(super) fn find_earlier_complaint(
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
pub(super) fn find_mended_thing(
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
pub(super) fn find_mended_here(
    conn: &mut DbConn,
    ticket: &Ticket,
    first: Id,
    since: Instant,
) -> QueryResult<Option<Id>> {
    macro_rules! newest {
        ($conn:expr, $of_it:expr) => {
            on_both!($conn, conn => tickets::table
                .filter(tickets::location_id.eq(ticket.location_id).and(tickets::category_id.eq(ticket.category_id)))
                .filter(tickets::id.ge(first).and(tickets::id.lt(ticket.id)))
                .filter(tickets::kind.eq(Kind::Repair).and(tickets::resolved_at.ge(Some(since))))
                .filter(tickets::status.eq(Status::Resolved).or(tickets::status.eq(Status::Closed)))
                .filter($of_it)
                .order(tickets::id.desc())
                .select(tickets::id)
                .first(conn)
                .optional())
        };
    }
    match ticket.equipment_id {
        Some(id) => newest!(conn, tickets::equipment_id.is_null().or(tickets::equipment_id.eq(Some(id)))),
        None => newest!(conn, tickets::id.ne(ticket.id)),
    }
}

/// What the number to call of a ticket is looked up by.
pub(super) fn find_phone_index(conn: &mut DbConn, id: Id) -> QueryResult<Option<Vec<u8>>> {
    tickets::table.find(id).select(tickets::contact_phone_index).first(conn)
}

/// Other tickets of a person, by their account or their number, newest first.
pub(super) fn list_of_person(conn: &mut DbConn, ticket: &Ticket, limit: i64) -> QueryResult<Vec<Ticket>> {
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
pub(super) fn list_of_shop(conn: &mut DbConn, ticket: &Ticket, limit: i64) -> QueryResult<Vec<Ticket>> {
    let Some(shop_id) = ticket.shop_id else { return Ok(Vec::new()) };
    tickets::table
        .filter(tickets::shop_id.eq(Some(shop_id)).and(tickets::id.ne(ticket.id)))
        .order(tickets::id.desc())
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

fn exists_hop_to(conn: &mut DbConn, id: Id, department_id: Id) -> QueryResult<bool> {
    let hops = ticket_hops::table
        .filter(ticket_hops::to_department_id.eq(Some(department_id)))
        .filter(ticket_hops::ticket_id.eq(id));
    on_both!(conn, conn => diesel::select(exists(hops)).get_result(conn))
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

/// Makes others who look at the open reports of the same wait until this is done: of those that come in at one moment,
/// the last to be written sees all.
pub(super) fn lock_alike(conn: &mut DbConn, location_id: Id, category_id: Id) -> QueryResult<()> {
    lock_key(conn, location_id.low_bits() ^ category_id.low_bits().rotate_left(1))
}

/// After a change that was allowed, when the caller may have lost sight of the ticket by it.
pub(super) fn find_row(conn: &mut DbConn, id: Id) -> QueryResult<Option<TicketRow>> {
    on_both!(conn, conn => ticket_rows!().filter(tickets::id.eq(id)).first(conn).optional())
}

/// For jobs, which act for nobody.
pub(super) fn find(conn: &mut DbConn, id: Id) -> QueryResult<Option<Ticket>> {
    on_both!(conn, conn => tickets::table.find(id).select(Ticket::as_select()).first(conn).optional())
}

pub(super) fn list(conn: &mut DbConn, shown: &Shown, filter: &Filter, limit: i64) -> QueryResult<Vec<TicketRow>> {
    on_both!(conn, conn => {
        let mut query = ticket_rows!().into_boxed();
        query = match shown {
            Shown::Own(user_id) => query.filter(tickets::requester_id.eq(Some(*user_id))),
            // Written out, so that the databases know the index of these few for the right one.
            Shown::FiledBy(user_id) => query
                .filter(sql::<Bool>("tickets.channel = 'api'"))
                .filter(tickets::filed_by_id.eq(*user_id)),
            Shown::AssignedTo(user_id) => query.filter(tickets::assignee_id.eq(Some(*user_id))),
            Shown::Departments(ids) => match ids.as_slice() {
                [one] => query.filter(tickets::department_id.eq(Some(*one))),
                ids => query.filter(tickets::department_id.eq_any(ids.iter().copied().map(Some).collect::<Vec<_>>())),
            },
            Shown::Sites(None) => query,
            Shown::Sites(Some(ids)) => match ids.as_slice() {
                [one] => query.filter(tickets::site_id.eq(*one)),
                ids => query.filter(tickets::site_id.eq_any(ids.to_vec())),
            },
        };
        let Filter {
            not_about,
            kind,
            status,
            is_open,
            department_id,
            assignee_id,
            severity,
            overdue,
            from_regulator,
            site_id,
            shop_id,
            parent_id,
            seq,
            phone_index,
            before,
        } = filter;
        if let Some(person) = not_about {
            let about = complaints::table
                .filter(complaints::ticket_id.eq(tickets::id))
                .filter(complaints::about_staff_id.eq(Some(*person)));
            query = query.filter(tickets::kind.ne(Kind::Complaint).or(not(exists(about))));
        }
        if let Some(kind) = kind {
            query = query.filter(tickets::kind.eq(*kind));
        }
        if let Some(status) = status {
            query = query.filter(tickets::status.eq(*status));
        }
        if let Some(is_open) = is_open {
            query = query.filter(tickets::is_open.eq(*is_open));
        }
        if let Some(id) = department_id {
            query = query.filter(tickets::department_id.eq(Some(*id)));
        }
        if let Some(id) = assignee_id {
            query = query.filter(tickets::assignee_id.eq(Some(*id)));
        }
        if let Some(severity) = severity {
            query = query.filter(tickets::severity.eq(*severity));
        }
        match overdue {
            Some((true, last)) => query = query.filter(tickets::is_open.eq(true).and(tickets::due_at.le(Some(*last)))),
            Some((false, last)) => {
                query = query.filter(tickets::due_at.is_null().or(tickets::due_at.gt(Some(*last))));
            }
            None => {}
        }
        if let Some(from_regulator) = from_regulator {
            // Few, with an index of their own.
            let passed_on =
                complaints::table.filter(complaints::regulator_name.is_not_null()).select(complaints::ticket_id);
            query = if *from_regulator {
                query.filter(tickets::id.eq_any(passed_on))
            } else {
                query.filter(tickets::id.ne_all(passed_on))
            };
        }
        if let Some(id) = site_id {
            query = query.filter(tickets::site_id.eq(*id));
        }
        if let Some(id) = shop_id {
            query = query.filter(tickets::shop_id.eq(Some(*id)));
        }
        if let Some(id) = parent_id {
            query = query.filter(tickets::parent_id.eq(Some(*id)));
        }
        if let Some(seq) = seq {
            query = query.filter(tickets::seq.eq(*seq));
        }
        if let Some(index) = phone_index {
            query = query.filter(tickets::contact_phone_index.eq(Some(index.clone())));
        }
        if let Some(before) = before {
            query = query.filter(tickets::id.lt(*before));
        }
        query.order(tickets::id.desc()).limit(limit).load(conn)
    })
}

/// What anyone at a place may know of an open ticket. Nobody says "me too" of a complaint: it is a matter between a person
/// and the desk.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = tickets)]
pub(super) struct OpenRow {
    pub(super) id: Id,
    pub(super) seq: i64,
    pub(super) kind: Kind,
    pub(super) status: Status,
    pub(super) followers: i32,
    pub(super) created_at: Instant,
}

/// Open tickets about a thing, newest first.
pub(super) fn list_open_on(conn: &mut DbConn, equipment_id: Id, limit: i64) -> QueryResult<Vec<OpenRow>> {
    on_both!(conn, conn => tickets::table
        .filter(tickets::equipment_id.eq(Some(equipment_id)).and(tickets::is_open.eq(true)))
        .filter(tickets::kind.ne(Kind::Complaint))
        .order(tickets::id.desc())
        .limit(limit)
        .select(OpenRow::as_select())
        .load(conn))
}

/// Open tickets at a shop, newest first.
pub(super) fn list_open_in(conn: &mut DbConn, shop_id: Id, limit: i64) -> QueryResult<Vec<OpenRow>> {
    tickets::table
        .filter(tickets::shop_id.eq(Some(shop_id)).and(tickets::is_open.eq(true)))
        .filter(tickets::kind.ne(Kind::Complaint))
        .order(tickets::id.desc())
        .limit(limit)
        .select(OpenRow::as_select())
        .load(conn)
}

/// Open tickets at a place that are about no particular thing or shop, newest first.
pub(super) fn list_open_at(conn: &mut DbConn, location_id: Id, limit: i64) -> QueryResult<Vec<OpenRow>> {
    on_both!(conn, conn => tickets::table
        .filter(tickets::location_id.eq(Some(location_id)).and(tickets::is_open.eq(true)))
        .filter(tickets::equipment_id.is_null().and(tickets::shop_id.is_null()))
        .filter(tickets::kind.ne(Kind::Complaint))
        .order(tickets::id.desc())
        .limit(limit)
        .select(OpenRow::as_select())
        .load(conn))
}

/// Writes a change if nobody else has written one since `version`; 0 if somebody has.
pub(super) fn update(conn: &mut DbConn, id: Id, version: i32, changed: &Changed) -> QueryResult<usize> {
    diesel::update(tickets::table.find(id).filter(tickets::version.eq(version))).set(changed).execute(conn)
}

pub(super) fn insert_event(conn: &mut DbConn, event: &Event) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(ticket_events::table).values(event).execute(conn)).map(drop)
}

pub(super) fn insert_events(conn: &mut DbConn, events: &[Event]) -> QueryResult<()> {
    insert_columns!(
        conn,
        ticket_events,
        events,
        Event {
            id,
            ticket_id,
            at,
            actor_id,
            actor_name,
            actor_role,
            action,
            from_status,
            to_status,
            reason,
            text,
            detail,
            is_public,
        }
    )
}

/// How often work on a ticket has waited for a reason.
pub(super) fn count_pauses(conn: &mut DbConn, ticket_id: Id, reason: PauseReason) -> QueryResult<i64> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket_id).and(ticket_events::action.eq(Action::Pause)))
        .filter(ticket_events::reason.eq(Some(reason.as_str())))
        .count()
        .get_result(conn)
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

pub(super) fn list_events(
    conn: &mut DbConn,
    ticket_id: Id,
    with_internal: bool,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<Event>> {
    let mut query =
        ticket_events::table.filter(ticket_events::ticket_id.eq(ticket_id)).select(Event::as_select()).into_boxed();
    if !with_internal {
        query = query.filter(ticket_events::is_public.eq(true));
    }
    if let Some(after) = after {
        query = query.filter(ticket_events::id.gt(after));
    }
    query.order(ticket_events::id).limit(limit).load(conn)
}

pub(super) fn list_hops(conn: &mut DbConn, ticket_ids: &[Id]) -> QueryResult<Vec<Hop>> {
    ticket_hops::table
        .filter(ticket_hops::ticket_id.eq_any(ticket_ids.to_vec()))
        .order((ticket_hops::ticket_id, ticket_hops::id))
        .select(Hop::as_select())
        .load(conn)
}

/// What stands on the timelines of some tickets, in their order; of each as it was written.
pub(super) fn list_lines(conn: &mut DbConn, ticket_ids: &[Id]) -> QueryResult<Vec<Event>> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq_any(ticket_ids.to_vec()))
        .order((ticket_events::ticket_id, ticket_events::id))
        .select(Event::as_select())
        .load(conn)
}

/// The last hop of a ticket.
pub(super) fn find_last_hop(conn: &mut DbConn, ticket_id: Id) -> QueryResult<Option<Hop>> {
    ticket_hops::table
        .filter(ticket_hops::ticket_id.eq(ticket_id))
        .order(ticket_hops::id.desc())
        .select(Hop::as_select())
        .first(conn)
        .optional()
}

pub(super) fn list_with(conn: &mut DbConn, ticket_ids: &[Id], action: Action) -> QueryResult<Vec<Id>> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq_any(ticket_ids.to_vec()).and(ticket_events::action.eq(action)))
        .select(ticket_events::ticket_id)
        .distinct()
        .load(conn)
}

pub(super) fn list_words(conn: &mut DbConn, ticket_ids: &[Id], action: Action) -> QueryResult<Vec<(Id, String)>> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq_any(ticket_ids.to_vec()).and(ticket_events::action.eq(action)))
        .filter(ticket_events::text.is_not_null())
        .order(ticket_events::id)
        .select((ticket_events::ticket_id, ticket_events::text.assume_not_null()))
        .load(conn)
}

pub(super) fn insert_hop(conn: &mut DbConn, hop: &Hop) -> QueryResult<()> {
    diesel::insert_into(ticket_hops::table).values(hop).execute(conn).map(drop)
}

/// 1 if the person did not follow the ticket before.
pub(super) fn insert_follower(conn: &mut DbConn, ticket_id: Id, user_id: Id, at: Instant) -> QueryResult<usize> {
    on_both!(conn, conn => diesel::insert_into(ticket_followers::table)
        .values((
            ticket_followers::ticket_id.eq(ticket_id),
            ticket_followers::user_id.eq(user_id),
            ticket_followers::created_at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(conn))
}

/// 1 if the person followed the ticket.
pub(super) fn delete_follower(conn: &mut DbConn, ticket_id: Id, user_id: Id) -> QueryResult<usize> {
    diesel::delete(ticket_followers::table.find((ticket_id, user_id))).execute(conn)
}

pub(super) fn list_followers(conn: &mut DbConn, ticket_id: Id) -> QueryResult<Vec<Id>> {
    ticket_followers::table
        .filter(ticket_followers::ticket_id.eq(ticket_id))
        .select(ticket_followers::user_id)
        .load(conn)
}

pub(super) fn insert_attachments(conn: &mut DbConn, ticket_id: Id, event_id: Id, ids: &[Id]) -> QueryResult<()> {
    let rows: Vec<_> = ids
        .iter()
        .map(|id| {
            (
                ticket_attachments::ticket_id.eq(ticket_id),
                ticket_attachments::attachment_id.eq(*id),
                ticket_attachments::event_id.eq(event_id),
            )
        })
        .collect();
    on_both!(conn, conn =>
        diesel::insert_into(ticket_attachments::table).values(&rows).execute(conn))
    .map(drop)
}

/// The photos of some of a ticket's events, each with the event it belongs to.
pub(super) fn list_attachments(
    conn: &mut DbConn,
    ticket_id: Id,
    event_ids: &[Id],
) -> QueryResult<Vec<(Id, Attachment)>> {
    ticket_attachments::table
        .inner_join(attachments::table)
        .filter(ticket_attachments::ticket_id.eq(ticket_id))
        .filter(ticket_attachments::event_id.eq_any(event_ids.to_vec()))
        .order(attachments::id)
        .select((ticket_attachments::event_id, Attachment::as_select()))
        .load(conn)
}

/// The photos that came with the report itself.
pub(super) fn list_attachments_of_opening(conn: &mut DbConn, ticket_id: Id) -> QueryResult<Vec<Attachment>> {
    on_both!(conn, conn => ticket_attachments::table
        .inner_join(attachments::table)
        .inner_join(ticket_events::table)
        .filter(ticket_attachments::ticket_id.eq(ticket_id).and(ticket_events::from_status.is_null()))
        .order(attachments::id)
        .select(Attachment::as_select())
        .load(conn))
}
