//! Which tickets a list shows, and which open ones are shown at a place.

use std::sync::OnceLock;

use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::db::schema::{complaints, tickets};
use crate::db::{DbConn, WrittenOnce, on_both};
use crate::sites::model::Kind;
use crate::tickets::lifecycle::Status;
use crate::tickets::model::{Severity, Ticket};
use crate::values::{Id, Instant};

/// Which tickets a list shows; each has its index.
#[derive(Debug, Clone)]
pub(in crate::tickets) enum Shown {
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
pub(in crate::tickets) struct Filter {
    /// Whose eyes it is for: complaints about them are left out.
    pub(in crate::tickets) not_about: Option<Id>,
    pub(in crate::tickets) kind: Option<Kind>,
    pub(in crate::tickets) status: Option<Status>,
    pub(in crate::tickets) is_open: Option<bool>,
    pub(in crate::tickets) department_id: Option<Id>,
    pub(in crate::tickets) assignee_id: Option<Id>,
    pub(in crate::tickets) severity: Option<Severity>,
    /// Whether a deadline was missed, and the latest that was.
    pub(in crate::tickets) overdue: Option<(bool, Instant)>,
    /// What an authority passed on.
    pub(in crate::tickets) from_regulator: Option<bool>,
    pub(in crate::tickets) site_id: Option<Id>,
    pub(in crate::tickets) shop_id: Option<Id>,
    pub(in crate::tickets) parent_id: Option<Id>,
    pub(in crate::tickets) seq: Option<i64>,
    pub(in crate::tickets) phone_index: Option<Vec<u8>>,
    pub(in crate::tickets) before: Option<Id>,
}

pub(in crate::tickets) fn list(
    conn: &mut DbConn,
    shown: &Shown,
    filter: &Filter,
    limit: i64,
) -> QueryResult<Vec<Ticket>> {
    on_both!(conn, conn => {
        static COLUMNS: OnceLock<String> = OnceLock::new();
        let mut query = tickets::table.select(WrittenOnce(Ticket::as_select(), &COLUMNS)).into_boxed();
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
                .filter(complaints::about_staff_id.eq(Some(*person)))
                .select(complaints::ticket_id);
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
pub(in crate::tickets) struct OpenRow {
    pub(in crate::tickets) id: Id,
    pub(in crate::tickets) seq: i64,
    pub(in crate::tickets) kind: Kind,
    pub(in crate::tickets) status: Status,
    pub(in crate::tickets) followers: i32,
    pub(in crate::tickets) created_at: Instant,
}

/// Open tickets about a thing, newest first.
pub(in crate::tickets) fn list_open_on(conn: &mut DbConn, equipment_id: Id, limit: i64) -> QueryResult<Vec<OpenRow>> {
    on_both!(conn, conn => tickets::table
        .filter(tickets::equipment_id.eq(Some(equipment_id)).and(tickets::is_open.eq(true)))
        .filter(tickets::kind.ne(Kind::Complaint))
        .order(tickets::id.desc())
        .limit(limit)
        .select(OpenRow::as_select())
        .load(conn))
}

/// Open tickets at a shop, newest first.
pub(in crate::tickets) fn list_open_in(conn: &mut DbConn, shop_id: Id, limit: i64) -> QueryResult<Vec<OpenRow>> {
    tickets::table
        .filter(tickets::shop_id.eq(Some(shop_id)).and(tickets::is_open.eq(true)))
        .filter(tickets::kind.ne(Kind::Complaint))
        .order(tickets::id.desc())
        .limit(limit)
        .select(OpenRow::as_select())
        .load(conn)
}

/// Open tickets at a place that are about no particular thing or shop, newest first.
pub(in crate::tickets) fn list_open_at(conn: &mut DbConn, location_id: Id, limit: i64) -> QueryResult<Vec<OpenRow>> {
    on_both!(conn, conn => tickets::table
        .filter(tickets::location_id.eq(Some(location_id)).and(tickets::is_open.eq(true)))
        .filter(tickets::equipment_id.is_null().and(tickets::shop_id.is_null()))
        .filter(tickets::kind.ne(Kind::Complaint))
        .order(tickets::id.desc())
        .limit(limit)
        .select(OpenRow::as_select())
        .load(conn))
}
