use diesel::prelude::*;

use super::model::ContactView;
use crate::db::schema::contact_views;
use crate::db::{DbConn, on_both};
use crate::values::{Id, Instant};

pub(super) fn insert(conn: &mut DbConn, row: &ContactView) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(contact_views::table).values(row).execute(conn)).map(drop)
}

/// Who looked at a site, newest first.
pub(super) fn list(conn: &mut DbConn, site_id: Id, before: Option<Id>, limit: i64) -> QueryResult<Vec<ContactView>> {
    let own = contact_views::table.filter(contact_views::site_id.eq(site_id));
    let mut query = own.select(ContactView::as_select()).into_boxed();
    if let Some(before) = before {
        query = query.filter(contact_views::id.lt(before));
    }
    query.order(contact_views::id.desc()).limit(limit).load(conn)
}

pub(super) fn delete_before(conn: &mut DbConn, before: Instant) -> QueryResult<usize> {
    diesel::delete(contact_views::table.filter(contact_views::at.lt(before))).execute(conn)
}
