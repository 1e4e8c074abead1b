use diesel::prelude::*;

use super::model::{Publication, ReportKind};
use crate::db::schema::report_publications;
use crate::db::{DbConn, on_both};
use crate::values::Id;

pub(super) fn find(
    conn: &mut DbConn,
    site_id: Id,
    kind: ReportKind,
    first_day: &str,
) -> QueryResult<Option<Publication>> {
    report_publications::table
        .find((site_id, kind, first_day.to_owned()))
        .select(Publication::as_select())
        .first(conn)
        .optional()
}

pub(super) fn insert(conn: &mut DbConn, row: &Publication) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(report_publications::table).values(row).execute(conn)).map(drop)
}
