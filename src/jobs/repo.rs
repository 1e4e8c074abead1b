use diesel::prelude::*;

use super::model::{Job, JobKind};
use crate::db::schema::jobs::dsl;
use crate::db::{DbConn, Prepared, on_both};
use crate::values::{Id, Instant};

/// Adds a job, or puts the one for the same kind and subject to a new time.
pub(super) fn upsert(conn: &mut DbConn, job: &Job) -> QueryResult<()> {
    let change = diesel::insert_into(dsl::jobs)
        .values(job)
        .on_conflict((dsl::kind, dsl::subject))
        .do_update()
        .set((dsl::run_at.eq(job.run_at), dsl::attempts.eq(0), dsl::dead_at.eq(None::<Instant>)))
        .returning(dsl::id);
    on_both!(conn, conn => Prepared(change).load::<Id>(conn)).map(drop)
}

/// Adds a job unless there is one already.
pub(super) fn insert_if_missing(conn: &mut DbConn, job: &Job) -> QueryResult<()> {
    on_both!(conn, conn =>
        diesel::insert_into(dsl::jobs).values(job).on_conflict_do_nothing().execute(conn))
    .map(drop)
}

/// Takes up to `limit` due jobs, for a while. The condition stands twice, so that on PostgreSQL a worker that waited
/// for another's row does not take it as well.
pub(super) fn claim(conn: &mut DbConn, now: Instant, until: Instant, limit: i64) -> QueryResult<Vec<Job>> {
    macro_rules! due {
        () => {
            dsl::dead_at
                .is_null()
                .and(dsl::run_at.le(now))
                .and(dsl::leased_until.is_null().or(dsl::leased_until.lt(Some(now))))
        };
    }
    let ids: Vec<Id> =
        dsl::jobs.filter(due!()).order((dsl::run_at, dsl::id)).limit(limit).select(dsl::id).load(conn)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut jobs: Vec<Job> = diesel::update(dsl::jobs.filter(dsl::id.eq_any(ids)).filter(due!()))
        .set((dsl::leased_until.eq(Some(until)), dsl::attempts.eq(dsl::attempts + 1)))
        .get_results(conn)?;
    // An update returns its rows in any order.
    jobs.sort_by_key(|job| (job.run_at, job.id));
    Ok(jobs)
}

/// Whether anything is due: lets an idle worker stay off the writing connection.
pub(super) fn exists_due(conn: &mut DbConn, now: Instant) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::jobs.filter(dsl::dead_at.is_null().and(dsl::run_at.le(now)))))
        .get_result(conn)
}

/// When the next job is due.
pub(super) fn find_next_run(conn: &mut DbConn) -> QueryResult<Option<Instant>> {
    dsl::jobs.filter(dsl::dead_at.is_null()).order(dsl::run_at).select(dsl::run_at).first(conn).optional()
}

/// As [`find_next_run`], of some kinds.
pub(super) fn find_next_run_of(conn: &mut DbConn, kinds: &[JobKind]) -> QueryResult<Option<Instant>> {
    on_both!(conn, conn => dsl::jobs
        .filter(dsl::dead_at.is_null().and(dsl::kind.eq_any(kinds)))
        .order(dsl::run_at)
        .select(dsl::run_at)
        .first(conn)
        .optional())
}

/// Jobs of some kinds that are due and that nobody has, in the order in which they came due.
pub(super) fn list_due_of(conn: &mut DbConn, now: Instant, kinds: &[JobKind], limit: i64) -> QueryResult<Vec<Job>> {
    on_both!(conn, conn => dsl::jobs
        .filter(dsl::dead_at.is_null().and(dsl::run_at.le(now)).and(dsl::kind.eq_any(kinds)))
        .filter(dsl::leased_until.is_null().or(dsl::leased_until.lt(Some(now))))
        .order((dsl::run_at, dsl::id))
        .limit(limit)
        .select(Job::as_select())
        .load(conn))
}

/// Deletes a job that is done, unless it was put to a later time meanwhile.
pub(super) fn delete_done(conn: &mut DbConn, job: &Job) -> QueryResult<usize> {
    diesel::delete(dsl::jobs.find(job.id).filter(dsl::run_at.eq(job.run_at))).execute(conn)
}

pub(super) fn update_released(conn: &mut DbConn, id: Id) -> QueryResult<usize> {
    diesel::update(dsl::jobs.find(id)).set(dsl::leased_until.eq(None::<Instant>)).execute(conn)
}

/// Puts a job to its next time, unless somebody put it to another meanwhile.
pub(super) fn update_next(conn: &mut DbConn, job: &Job, run_at: Instant) -> QueryResult<usize> {
    diesel::update(dsl::jobs.find(job.id).filter(dsl::run_at.eq(job.run_at)))
        .set((
            dsl::run_at.eq(run_at),
            dsl::attempts.eq(0),
            dsl::leased_until.eq(None::<Instant>),
            dsl::last_error.eq(None::<String>),
        ))
        .execute(conn)
}

pub(super) fn update_failed(
    conn: &mut DbConn,
    id: Id,
    error: &str,
    run_at: Instant,
    dead_at: Option<Instant>,
) -> QueryResult<usize> {
    diesel::update(dsl::jobs.find(id))
        .set((
            dsl::last_error.eq(Some(error)),
            dsl::run_at.eq(run_at),
            dsl::leased_until.eq(None::<Instant>),
            dsl::dead_at.eq(dead_at),
        ))
        .execute(conn)
}

/// How many jobs wait, and how many are dead.
pub(super) fn count(conn: &mut DbConn) -> QueryResult<(i64, i64)> {
    let waiting = dsl::jobs.filter(dsl::dead_at.is_null()).count().get_result(conn)?;
    let dead = dsl::jobs.filter(dsl::dead_at.is_not_null()).count().get_result(conn)?;
    Ok((waiting, dead))
}
