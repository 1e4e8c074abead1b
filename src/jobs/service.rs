//! Asking for jobs, and running them.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::model::Job;
pub use super::model::JobKind;
use super::repo;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::values::{Id, Instant};
use crate::{
    accounts, attachments, clocks, complaints, device_reports, erasures, follow_ups, idempotency, improvements,
    matches, payscore, rentals, retention, surveys, tickets, tightenings,
};

/// A job that failed this often is dead until an operator looks.
pub const MOST_ATTEMPTS: i32 = 8;
/// How long a worker may take for one job.
const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// How many jobs one worker takes at once.
const BATCH: i64 = 50;
/// How often an idle worker looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often what is past its time is deleted.
const HOUSEKEEPING_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// What a finished job wants next.
enum Next {
    Nothing,
    At(Instant),
}

/// When something comes due next, if anything does: a job, or a clock that somebody must be told of.
///
/// # Errors
/// As the database.
pub fn next_due(tx: &mut Tx<'_>) -> Result<Option<Instant>, Error> {
    let job = repo::find_next_run(tx.conn)?;
    Ok(job.into_iter().chain(clocks::sweep::next_look(tx)?).min())
}

/// Asks for a job, or moves the one for the same kind and subject.
///
/// # Errors
/// As the database.
pub fn enqueue(tx: &mut Tx<'_>, kind: JobKind, subject: &str, run_at: Instant) -> Result<(), Error> {
    let job = planned(tx, kind, subject, run_at);
    Ok(repo::upsert(tx.conn, &job)?)
}

/// Makes sure that the jobs which always exist do; called at every start.
///
/// # Errors
/// As the database.
pub fn plant(tx: &mut Tx<'_>) -> Result<(), Error> {
    enqueue_if_missing(tx, JobKind::Housekeeping, "hourly", tx.now + HOUSEKEEPING_EVERY)
}

/// Asks for a job unless there is one for the same kind and subject.
///
/// # Errors
/// As the database.
pub fn enqueue_if_missing(tx: &mut Tx<'_>, kind: JobKind, subject: &str, run_at: Instant) -> Result<(), Error> {
    let job = planned(tx, kind, subject, run_at);
    Ok(repo::insert_if_missing(tx.conn, &job)?)
}

/// A job as it is written: also for who writes it together with the new thing that it is about.
pub(crate) fn planned(tx: &Tx<'_>, kind: JobKind, subject: &str, run_at: Instant) -> Job {
    Job {
        id: tx.new_id(),
        kind,
        subject: subject.to_owned(),
        run_at,
        attempts: 0,
        leased_until: None,
        last_error: None,
        dead_at: None,
        created_at: tx.now,
    }
}

/// Runs everything that is due now, and what becomes due by it: jobs, and clocks that somebody must be told of. Returns
/// how many there were.
///
/// # Errors
/// As the database; a job that fails is not an error here.
pub async fn run_due(app: &Arc<App>) -> Result<usize, Error> {
    let mut ran = 0;
    loop {
        let jobs = run_jobs(app).await?;
        // After the jobs: a pause that ended by itself may have let a deadline pass.
        let clocks = clocks::sweep::run(app).await?;
        ran += jobs + clocks;
        if jobs + clocks == 0 {
            return Ok(ran);
        }
    }
}

async fn run_jobs(app: &Arc<App>) -> Result<usize, Error> {
    let mut ran = 0;
    while app.read(|tx| Ok(repo::exists_due(tx.conn, tx.now)?)).await? {
        let jobs = app.write(|tx| Ok(repo::claim(tx.conn, tx.now, tx.now + LEASE, BATCH)?)).await?;
        if jobs.is_empty() {
            break;
        }
        for job in jobs {
            ran += 1;
            let outcome = run(app, &job).await;
            app.write(move |tx| settle(tx, &job, outcome)).await?;
        }
    }
    Ok(ran)
}

/// Runs due jobs until `stop` is told.
pub async fn work(app: Arc<App>, mut stop: tokio::sync::watch::Receiver<bool>) {
    // Deadlines are whole seconds: looked for as a second begins, they are found at once.
    let into_second = u64::from(app.now().0.subsec_nanosecond().unsigned_abs());
    let begin = tokio::time::Instant::now() + Duration::from_secs(1).saturating_sub(Duration::from_nanos(into_second));
    let mut looks = tokio::time::interval_at(begin, LOOK_EVERY);
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = looks.tick() => {}
        }
        if let Err(error) = run_due(&app).await {
            tracing::warn!(%error, "cannot run jobs just now");
        }
    }
}

/// How many jobs wait, and how many are dead.
///
/// # Errors
/// As the database.
pub fn count(tx: &mut Tx<'_>) -> Result<(i64, i64), Error> {
    Ok(repo::count(tx.conn)?)
}

async fn run(app: &Arc<App>, job: &Job) -> Result<Next, Error> {
    match job.kind {
        JobKind::Recalendar => {
            let version_id = job.subject.parse().map_err(Error::internal)?;
            let again = clocks::service::recalendar(app, version_id).await?;
            Ok(again.map_or(Next::Nothing, Next::At))
        }
        JobKind::ReapplyStandard => {
            let id = job.subject.parse().map_err(Error::internal)?;
            clocks::reapply::run(app, id).await?;
            Ok(Next::Nothing)
        }
        JobKind::MatchReport => {
            matches::service::look_for_report(app, job.subject.parse().map_err(Error::internal)?).await?;
            Ok(Next::Nothing)
        }
        JobKind::MatchItem => {
            matches::service::look_for_item(app, job.subject.parse().map_err(Error::internal)?).await?;
            Ok(Next::Nothing)
        }
        JobKind::FileFound => {
            let page = job.subject.parse().map_err(Error::internal)?;
            app.write(move |tx| matches::pages::file(tx, page)).await?;
            Ok(Next::Nothing)
        }
        JobKind::PayscoreStep => {
            let id = job.subject.parse().map_err(Error::internal)?;
            let again = payscore::service::follow_patiently(app, id).await?;
            Ok(again.map_or(Next::Nothing, Next::At))
        }
        JobKind::JudgeRates => {
            let site_id = job.subject.parse().map_err(Error::internal)?;
            Ok(Next::At(improvements::watch::judge(app, site_id).await?))
        }
        JobKind::JudgeDepartments => {
            let site_id = job.subject.parse().map_err(Error::internal)?;
            Ok(Next::At(tightenings::watch::judge(app, site_id).await?))
        }
        JobKind::Tighten => {
            clocks::tighten::run(app, job.subject.parse().map_err(Error::internal)?).await?;
            Ok(Next::Nothing)
        }
        JobKind::ImprovementDue => {
            let id = job.subject.parse().map_err(Error::internal)?;
            app.write(move |tx| improvements::watch::escalate(tx, id)).await?;
            Ok(Next::Nothing)
        }
        JobKind::Housekeeping => {
            let records = app.write(idempotency::forget_old).await?;
            let sessions = app.write(accounts::service::forget_old).await?;
            let surveys = app.write(surveys::service::forget_old).await?;
            let erased = app.write(erasures::service::forget_old).await?;
            let reports = app.write(device_reports::service::forget_old).await?;
            let photos = attachments::service::sweep(app).await?;
            app.limits.forget_quiet();
            tracing::info!(records, sessions, surveys, erased, reports, photos, "housekeeping done");
            Ok(Next::At(app.now() + HOUSEKEEPING_EVERY))
        }
        JobKind::CloseTicket
        | JobKind::EndPause
        | JobKind::ExternalDue
        | JobKind::FollowUpDue
        | JobKind::ItemDue
        | JobKind::RentalMoment => {
            let job = job.clone();
            app.write(move |tx| run_in(tx, &job)).await
        }
    }
}

/// The jobs that are one unit of work.
const OF_ONE_PIECE: &[JobKind] = &[
    JobKind::CloseTicket,
    JobKind::EndPause,
    JobKind::ExternalDue,
    JobKind::FollowUpDue,
    JobKind::ItemDue,
    JobKind::RentalMoment,
];

/// Runs a job that is one unit of work.
fn run_in(tx: &mut Tx<'_>, job: &Job) -> Result<Next, Error> {
    let id: Id = job.subject.parse().map_err(Error::internal)?;
    let again = match job.kind {
        JobKind::CloseTicket => {
            tickets::closing::close_unanswered(tx, id)?;
            None
        }
        JobKind::EndPause => {
            tickets::pauses::end_due(tx, id)?;
            None
        }
        JobKind::FollowUpDue => {
            follow_ups::service::remind(tx, id)?;
            None
        }
        JobKind::ExternalDue => complaints::regulator::remind(tx, id)?,
        JobKind::ItemDue => retention::service::remind(tx, id)?,
        JobKind::RentalMoment => rentals::due::pass(tx, id)?,
        _ => return Err(Error::internal("a job that is more than one unit of work")),
    };
    Ok(again.map_or(Next::Nothing, Next::At))
}

/// As [`next_due`], for [`run_due_in`].
///
/// # Errors
/// As the database.
pub fn next_due_in(tx: &mut Tx<'_>) -> Result<Option<Instant>, Error> {
    let job = repo::find_next_run_of(tx.conn, OF_ONE_PIECE)?;
    Ok(job.into_iter().chain(clocks::sweep::next_look(tx)?).min())
}

/// As [`run_due`], within one unit of work and for what can be done in one: for the demo's year, which has no time for a
/// transaction each. A job that fails fails all.
///
/// # Errors
/// As the database and the jobs.
pub fn run_due_in(tx: &mut Tx<'_>) -> Result<usize, Error> {
    let mut ran = 0;
    loop {
        let jobs = repo::list_due_of(tx.conn, tx.now, OF_ONE_PIECE, BATCH)?;
        for job in &jobs {
            let next = run_in(tx, job)?;
            settle(tx, job, Ok(next))?;
        }
        let clocks = clocks::sweep::look(tx)?;
        ran += jobs.len() + clocks;
        if jobs.len() + clocks == 0 {
            return Ok(ran);
        }
    }
}

fn settle(tx: &mut Tx<'_>, job: &Job, outcome: Result<Next, Error>) -> Result<(), Error> {
    match outcome {
        Ok(Next::Nothing) => {
            if repo::delete_done(tx.conn, job)? == 0 {
                repo::update_released(tx.conn, job.id)?;
            }
        }
        Ok(Next::At(at)) => {
            if repo::update_next(tx.conn, job, at)? == 0 {
                repo::update_released(tx.conn, job.id)?;
            }
        }
        Err(error) => {
            let dead_at = (job.attempts >= MOST_ATTEMPTS).then_some(tx.now);
            let run_at = tx.now + back_off(job.attempts)?;
            tracing::warn!(job = %job.id, kind = job.kind.as_str(), attempt = job.attempts, %error, "a job failed");
            repo::update_failed(tx.conn, job.id, &error.to_string(), run_at, dead_at)?;
        }
    }
    Ok(())
}

/// 5 s, 10 s, 20 s, … and up to a quarter more, so that jobs that failed together do not come back together.
fn back_off(attempts: i32) -> Result<SignedDuration, Error> {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(12);
    let seconds = 5 << doublings;
    let [byte] = crate::vault::random_bytes::<1>()?;
    Ok(SignedDuration::from_secs(seconds) + SignedDuration::from_millis(seconds * i64::from(byte)))
}
