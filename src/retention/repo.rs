use diesel::prelude::*;

use super::model::{Disposal, DisposalStatus, Profile};
use crate::db::schema::{disposals, retention_profiles};
use crate::db::{DbConn, on_both};
use crate::values::Id;

pub(super) fn insert_profile(conn: &mut DbConn, row: &Profile) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(retention_profiles::table).values(row).execute(conn)).map(drop)
}

/// The newest version of a site.
pub(super) fn find_profile(conn: &mut DbConn, site_id: Id) -> QueryResult<Option<Profile>> {
    retention_profiles::table
        .filter(retention_profiles::site_id.eq(site_id))
        .order(retention_profiles::version.desc())
        .select(Profile::as_select())
        .first(conn)
        .optional()
}

pub(super) fn insert_disposal(conn: &mut DbConn, row: &Disposal) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(disposals::table).values(row).execute(conn)).map(drop)
}

pub(super) fn update_disposal(conn: &mut DbConn, row: &Disposal) -> QueryResult<()> {
    on_both!(conn, conn => diesel::update(disposals::table.find(row.id)).set(row).execute(conn)).map(drop)
}

/// The proposal that waits for its second approval.
pub(super) fn find_proposed(conn: &mut DbConn, item_id: Id) -> QueryResult<Option<Disposal>> {
    disposals::table
        .filter(disposals::item_id.eq(item_id).and(disposals::status.eq(DisposalStatus::Proposed)))
        .select(Disposal::as_select())
        .first(conn)
        .optional()
}

/// The newest proposal of an item.
pub(super) fn find_last(conn: &mut DbConn, item_id: Id) -> QueryResult<Option<Disposal>> {
    disposals::table
        .filter(disposals::item_id.eq(item_id))
        .order(disposals::id.desc())
        .select(Disposal::as_select())
        .first(conn)
        .optional()
}
