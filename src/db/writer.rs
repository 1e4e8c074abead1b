//! `SQLite`'s one writer: a thread that commits whatever is waiting, as one group.
//!
//! A commit on `SQLite` costs an `fsync`, whoever asks for it. The thread takes all writes that wait, runs each in its
//! own savepoint inside one `BEGIN IMMEDIATE` (or, if there is only one, without), commits once, and only then answers
//! them all: as durable as one by one, and many times faster. A write that fails undoes its own savepoint; a panic is
//! such a failure; a commit that fails fails the whole group.
//!
//! Savepoints are spoken here in plain SQL instead of through `diesel`'s transaction manager: after a full disk `SQLite`
//! may have rolled back everything, and that must surface as an error of the very statement that noticed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use diesel::connection::SimpleConnection as _;
use diesel::result::ConnectionError;
use tokio::sync::oneshot;

use super::conn::{self, DatabaseUrl, DbConn, Purpose};
use super::migrate;
use crate::error::Error;

/// More than this in one commit would make the first of them wait noticeably.
const LARGEST_GROUP: usize = 128;

/// Answers the one who asked for a write, once it is known whether the group was committed.
type Reply = Box<dyn FnOnce(bool) + Send>;

/// Runs inside a savepoint and says whether to keep what it did.
type Write = Box<dyn FnOnce(&mut DbConn) -> (bool, Reply) + Send>;

enum Work {
    Write(Write),
    /// Opens its own transactions, so it runs between groups.
    Migrate(oneshot::Sender<Result<Vec<String>, Error>>),
    /// Answered when everything queued before it is committed; nothing after it is taken.
    Stop(oneshot::Sender<()>),
}

/// The handle to the writer thread, which ends when the handle is dropped.
pub(super) struct Writer {
    queue: SyncSender<Work>,
    queued: Arc<AtomicUsize>,
}

impl Writer {
    pub(super) fn start(url: DatabaseUrl, queue_length: usize) -> Result<Self, ConnectionError> {
        let conn = conn::open(&url, Purpose::Write)?;
        let (queue, work) = sync_channel(queue_length);
        let queued = Arc::new(AtomicUsize::new(0));
        let count = queued.clone();
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || serve(&url, conn, &work, &count))
            .map_err(|e| ConnectionError::BadConnection(e.to_string()))?;
        Ok(Self { queue, queued })
    }

    pub(super) async fn write<T, F>(&self, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConn) -> Result<T, Error> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Work::Write(Box::new(move |conn| {
            let outcome = catch_unwind(AssertUnwindSafe(|| f(conn)))
                .unwrap_or_else(|_| Err(Error::internal("a write panicked; see the log")));
            let keep = outcome.is_ok();
            let reply: Reply = Box::new(move |committed| {
                let outcome = if keep && !committed { Err(Error::database_busy()) } else { outcome };
                // The client may have gone away; the write stands all the same.
                drop(answer.send(outcome));
            });
            (keep, reply)
        })))?;
        answered.await.unwrap_or_else(|_| Err(Error::database_busy()))
    }

    pub(super) async fn migrate(&self) -> Result<Vec<String>, Error> {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Work::Migrate(answer))?;
        answered.await.unwrap_or_else(|_| Err(Error::database_busy()))
    }

    /// Waits until all writes queued so far are committed, and takes no more.
    pub(super) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.enqueue(Work::Stop(done)).is_ok() {
            drop(stopped.await);
        }
    }

    pub(super) fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    fn enqueue(&self, work: Work) -> Result<(), Error> {
        self.queued.fetch_add(1, Ordering::Relaxed);
        self.queue.try_send(work).map_err(|_| {
            self.queued.fetch_sub(1, Ordering::Relaxed);
            Error::database_busy()
        })
    }
}

fn serve(url: &DatabaseUrl, mut conn: DbConn, work: &Receiver<Work>, queued: &AtomicUsize) {
    let take = |work| {
        queued.fetch_sub(1, Ordering::Relaxed);
        work
    };
    while let Ok(first) = work.recv().map(take) {
        let mut group = Vec::with_capacity(LARGEST_GROUP);
        let mut next = Some(first);
        // What is not a write waits until the writes before it are committed.
        let mut other = None;
        while let Some(item) = next {
            match item {
                Work::Write(write) => group.push(write),
                item => other = Some(item),
            }
            let full = group.len() == LARGEST_GROUP || other.is_some();
            next = if full { None } else { work.try_recv().ok().map(take) };
        }
        if !group.is_empty() && !commit_group(&mut conn, group) {
            // Whatever went wrong (a full disk, a damaged file), a fresh connection starts from a known state.
            match conn::open(url, Purpose::Write) {
                Ok(fresh) => conn = fresh,
                Err(error) => tracing::error!(%error, "cannot reopen the database for writing"),
            }
        }
        match other {
            Some(Work::Migrate(answer)) => drop(answer.send(migrate::run(&mut conn))),
            Some(Work::Stop(done)) => {
                // So that everything stands in the one file that an operator would copy.
                if let Err(error) = conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)") {
                    tracing::warn!(%error, "the write-ahead log was not emptied");
                }
                let _asker_gone = done.send(());
                return;
            }
            Some(Work::Write(_)) | None => {}
        }
    }
}

/// Runs and commits one group and answers everyone in it. `false` means that the connection is in doubt.
fn commit_group(conn: &mut DbConn, group: Vec<Write>) -> bool {
    let mut replies: Vec<Reply> = Vec::with_capacity(group.len());
    // Who is alone needs no savepoint: one around a large write keeps a copy of each page that is touched, and each
    // statement's own end walks past all of them.
    let is_alone = group.len() == 1;
    let outcome = conn.batch_execute("BEGIN IMMEDIATE").and_then(|()| {
        for write in group {
            if !is_alone {
                conn.batch_execute("SAVEPOINT one")?;
            }
            let (keep, reply) = write(conn);
            replies.push(reply);
            conn.batch_execute(match (is_alone, keep) {
                (true, true) => "COMMIT",
                (true, false) => "ROLLBACK",
                (false, true) => "RELEASE one",
                (false, false) => "ROLLBACK TO one; RELEASE one",
            })?;
        }
        if is_alone { Ok(()) } else { conn.batch_execute("COMMIT") }
    });
    if let Err(error) = &outcome {
        tracing::error!(%error, "a group of writes was not committed");
        drop(conn.batch_execute("ROLLBACK"));
    }
    for reply in replies {
        reply(outcome.is_ok());
    }
    outcome.is_ok()
}
