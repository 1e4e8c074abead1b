use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};

use super::model::Notice;
use crate::accounts::model::{Actor, Role};
use crate::db::schema::notices::dsl;
use crate::db::schema::{complaints, notices};
use crate::db::{DbConn, insert_columns, on_both};
use crate::values::Id;

pub(super) fn insert(conn: &mut DbConn, notice: &Notice) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(dsl::notices).values(notice).execute(conn)).map(drop)
}

pub(super) fn insert_all(conn: &mut DbConn, rows: &[Notice]) -> QueryResult<()> {
    insert_columns!(
        conn,
        notices,
        rows,
        Notice { id, site_id, kind, recipient_id, recipient_role, department_id, ticket_id, detail, created_at }
    )
}

/// What was told to a person, and not of a complaint about them: each of the three ways has its index, so each is asked
/// by itself.
pub(super) fn list_for(conn: &mut DbConn, actor: &Actor, before: Option<Id>, limit: i64) -> QueryResult<Vec<Notice>> {
    macro_rules! newest {
        ($condition:expr) => {{
            let about_them = complaints::table
                .filter(complaints::ticket_id.nullable().eq(dsl::ticket_id))
                .filter(complaints::about_staff_id.eq(Some(actor.user_id)));
            let mut query = dsl::notices
                .filter($condition)
                .filter(not(exists(about_them)))
                .select(Notice::as_select())
                .into_boxed();
            if let Some(before) = before {
                query = query.filter(dsl::id.lt(before));
            }
            query.order(dsl::id.desc()).limit(limit).load::<Notice>(conn)?
        }};
    }
    let mut found = newest!(dsl::recipient_id.eq(Some(actor.user_id)));
    if actor.is_admin {
        // Written out, so that the databases know the index of these few for the right one.
        found.extend(newest!(sql::<Nullable<Bool>>("recipient_role = 'admin'")));
    }
    for membership in &actor.memberships {
        let roles = match membership.role {
            // A lead stands in for the desk.
            Role::Supervisor => vec![Role::Supervisor, Role::Agent],
            role => vec![role],
        };
        for role in roles {
            found.extend(newest!(dsl::site_id.eq(membership.site_id).and(dsl::recipient_role.eq(Some(role)))));
        }
        if let Some(department_id) = membership.department_id {
            found.extend(newest!(dsl::department_id.eq(Some(department_id))));
        }
    }
    found.sort_by_key(|notice| std::cmp::Reverse(notice.id));
    found.dedup_by_key(|notice| notice.id);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}
