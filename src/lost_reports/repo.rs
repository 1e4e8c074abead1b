use diesel::dsl::count_star;
use diesel::prelude::*;

use super::model::{LostReport, Narrowed, Numbered, PhotoRow, PlaceRow, ReportStatus};
use crate::attachments::model::Attachment;
use crate::db::schema::{attachments, lost_report_photos, lost_report_places, lost_reports};
use crate::db::{DbConn, insert_all, on_both};
use crate::values::{Id, Instant};

pub(super) fn insert(conn: &mut DbConn, report: &LostReport) -> QueryResult<i64> {
    on_both!(conn, conn => diesel::insert_into(lost_reports::table)
        .values(report)
        .returning(lost_reports::seq)
        .get_result(conn))
}

/// Writes a change if nobody else has written one since; 0 if somebody has.
pub(super) fn update(conn: &mut DbConn, report: &LostReport) -> QueryResult<usize> {
    diesel::update(lost_reports::table)
        .filter(lost_reports::id.eq(report.id).and(lost_reports::version.eq(report.version - 1)))
        .set(report)
        .execute(conn)
}

/// Makes other changes of this report wait until this one is done. On SQLite all changes wait for each other anyway.
pub(super) fn lock(conn: &mut DbConn, id: Id) -> QueryResult<()> {
    match conn {
        DbConn::Sqlite(_) => Ok(()),
        DbConn::Pg(conn) => {
            let row = lost_reports::table.filter(lost_reports::id.eq(id)).select(lost_reports::id);
            row.for_no_key_update().first::<Id>(conn).optional().map(drop)
        }
    }
}

/// How many reports of a person are looked for.
pub(super) fn count_open_by(conn: &mut DbConn, reporter_id: Id) -> QueryResult<i64> {
    let open = lost_reports::reporter_id.eq(Some(reporter_id)).and(lost_reports::status.eq(ReportStatus::Open));
    on_both!(conn, conn => lost_reports::table.filter(open).select(count_star()).first(conn))
}

pub(super) fn find(conn: &mut DbConn, id: Id) -> QueryResult<Option<Numbered>> {
    lost_reports::table.filter(lost_reports::id.eq(id)).select(Numbered::as_select()).first(conn).optional()
}

pub(super) fn list_by_ids(conn: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<Numbered>> {
    lost_reports::table.filter(lost_reports::id.eq_any(ids.to_vec())).select(Numbered::as_select()).load(conn)
}

pub(super) fn list(conn: &mut DbConn, narrowed: &Narrowed, limit: i64) -> QueryResult<Vec<Numbered>> {
    let Narrowed { reporter_id, sites, status, seq, before } = narrowed;
    let mut query = lost_reports::table.select(Numbered::as_select()).into_boxed();
    if let Some(id) = reporter_id {
        query = query.filter(lost_reports::reporter_id.eq(Some(*id)));
    }
    match sites.as_deref() {
        None => {}
        Some([one]) => query = query.filter(lost_reports::site_id.eq(*one)),
        Some(ids) => query = query.filter(lost_reports::site_id.eq_any(ids.to_vec())),
    }
    if let Some(status) = status {
        query = query.filter(lost_reports::status.eq(*status));
    }
    if let Some(seq) = seq {
        query = query.filter(lost_reports::seq.eq(*seq));
    }
    if let Some(before) = before {
        query = query.filter(lost_reports::id.lt(*before));
    }
    query.order(lost_reports::id.desc()).limit(limit).load(conn)
}

/// Open reports of what may have been lost last before `before`.
pub(super) fn list_stale(conn: &mut DbConn, before: Instant, limit: i64) -> QueryResult<Vec<Numbered>> {
    lost_reports::table
        .filter(lost_reports::ended_at.is_null().and(lost_reports::lost_until.lt(before)))
        .filter(lost_reports::status.eq(ReportStatus::Open))
        .order(lost_reports::lost_until)
        .limit(limit)
        .select(Numbered::as_select())
        .load(conn)
}

/// Reports that were over before `before` and still name a person.
pub(super) fn list_to_erase(conn: &mut DbConn, before: Instant, limit: i64) -> QueryResult<Vec<Numbered>> {
    lost_reports::table
        .filter(lost_reports::erased_at.is_null().and(lost_reports::ended_at.lt(before)))
        .order(lost_reports::ended_at)
        .limit(limit)
        .select(Numbered::as_select())
        .load(conn)
}

pub(super) fn insert_places(conn: &mut DbConn, rows: &[PlaceRow]) -> QueryResult<()> {
    insert_all!(conn, lost_report_places::table, rows)
}

pub(super) fn delete_places(conn: &mut DbConn, report_id: Id) -> QueryResult<usize> {
    diesel::delete(lost_report_places::table.filter(lost_report_places::report_id.eq(report_id))).execute(conn)
}

pub(super) fn list_places(conn: &mut DbConn, report_ids: &[Id]) -> QueryResult<Vec<PlaceRow>> {
    lost_report_places::table
        .filter(lost_report_places::report_id.eq_any(report_ids.to_vec()))
        .select(PlaceRow::as_select())
        .load(conn)
}

pub(super) fn insert_photos(conn: &mut DbConn, rows: &[PhotoRow]) -> QueryResult<()> {
    insert_all!(conn, lost_report_photos::table, rows)
}

/// Takes the photos off a report; answers with which they were.
pub(super) fn delete_photos(conn: &mut DbConn, report_id: Id) -> QueryResult<Vec<Id>> {
    let own = lost_report_photos::report_id.eq(report_id);
    let ids = lost_report_photos::table.filter(own).select(lost_report_photos::attachment_id).load(conn)?;
    diesel::delete(lost_report_photos::table.filter(own)).execute(conn)?;
    Ok(ids)
}

pub(super) fn list_photos(conn: &mut DbConn, report_ids: &[Id]) -> QueryResult<Vec<(Id, Attachment)>> {
    lost_report_photos::table
        .inner_join(attachments::table)
        .filter(lost_report_photos::report_id.eq_any(report_ids.to_vec()))
        .order((lost_report_photos::report_id, lost_report_photos::attachment_id))
        .select((lost_report_photos::report_id, Attachment::as_select()))
        .load(conn)
}
