use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;

use super::model::{DueRow, Side};
use crate::db::DbConn;
use crate::db::schema::{complaints, follow_ups, tickets};
use crate::follow_ups::model::FollowUpStatus;
use crate::sites::model::Kind;
use crate::tickets::lifecycle::Status;
use crate::values::{Id, Instant};

/// How many tickets are open, by status. As all questions here, it reads a site's open tickets by their index.
pub(super) fn count_open(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<(Status, i64)>> {
    tickets::table
        .filter(tickets::site_id.eq(site_id).and(tickets::is_open.eq(true)))
        .group_by(tickets::status)
        .select((tickets::status, count_star()))
        .load(conn)
}

/// How many open tickets have missed a deadline, if `last` is the latest that was missed.
pub(super) fn count_late(conn: &mut DbConn, site_id: Id, last: Instant) -> QueryResult<i64> {
    tickets::table
        .filter(tickets::site_id.eq(site_id).and(tickets::is_open.eq(true)))
        .filter(tickets::due_at.le(Some(last)))
        .count()
        .get_result(conn)
}

/// Open tickets by their deadlines, without what complains about one of the staff: those to come, the soonest first, or
/// those that were missed, the latest first, if `last` is the latest that was.
pub(super) fn list_due(
    conn: &mut DbConn,
    site_id: Id,
    side: Side,
    last: Instant,
    limit: i64,
) -> QueryResult<Vec<DueRow>> {
    let about_staff = complaints::table
        .filter(complaints::ticket_id.eq(tickets::id))
        .filter(complaints::about_staff_id.is_not_null());
    let open = tickets::table
        .filter(tickets::site_id.eq(site_id).and(tickets::is_open.eq(true)))
        .filter(tickets::kind.ne(Kind::Complaint).or(not(exists(about_staff))))
        .select(DueRow::as_select())
        .limit(limit)
        .into_boxed();
    let open = match side {
        Side::ToCome => open.filter(tickets::due_at.gt(Some(last))).order((tickets::due_at.asc(), tickets::id.asc())),
        Side::Missed => open.filter(tickets::due_at.le(Some(last))).order((tickets::due_at.desc(), tickets::id.desc())),
    };
    open.load(conn)
}

/// How many follow-ups should have been done by now; nobody can ask about what is being done again.
pub(super) fn count_follow_ups_late(conn: &mut DbConn, site_id: Id, now: Instant) -> QueryResult<i64> {
    follow_ups::table
        .filter(follow_ups::site_id.eq(site_id).and(follow_ups::status.eq(FollowUpStatus::Open)))
        .filter(follow_ups::due_at.le(now))
        .filter(exists(tickets::table.filter(tickets::id.eq(follow_ups::ticket_id)).filter(tickets::is_open.eq(false))))
        .count()
        .get_result(conn)
}
