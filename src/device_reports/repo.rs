use diesel::prelude::*;

use super::model::DeviceReport;
use crate::db::DbConn;
use crate::db::schema::device_reports;
use crate::values::{Id, Instant};

pub(super) fn insert(conn: &mut DbConn, row: &DeviceReport) -> QueryResult<()> {
    diesel::insert_into(device_reports::table).values(row).execute(conn).map(drop)
}

pub(super) fn find(conn: &mut DbConn, client_id: Id, report_id: &str) -> QueryResult<Option<DeviceReport>> {
    device_reports::table
        .filter(device_reports::client_id.eq(client_id).and(device_reports::report_id.eq(report_id)))
        .select(DeviceReport::as_select())
        .first(conn)
        .optional()
}

pub(super) fn delete_before(conn: &mut DbConn, before: Instant) -> QueryResult<usize> {
    diesel::delete(device_reports::table.filter(device_reports::received_at.lt(before))).execute(conn)
}
