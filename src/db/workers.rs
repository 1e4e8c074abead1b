//! Threads that talk to a database and wait for it: short reads and what takes longer have some each, together one for each
//! connection.
//!
//! Whoever asks waits in a queue, and a thread that is done takes what waits next. A pool that wakes a sleeping thread for
//! each request spent a quarter of the processor time of a read on PostgreSQL on that (see `docs/BENCHMARKS.md`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use tokio::sync::oneshot;

use crate::error::Error;

/// How long a request waits for a thread before it is told to come back: a phone shows an error after that, and a longer
/// queue would only grow.
const PATIENCE: Duration = Duration::from_millis(400);

type Job = Box<dyn FnOnce() + Send>;

/// The handle to the threads, which end when it is dropped.
pub(super) struct Workers {
    queue: Sender<Job>,
    busy: Arc<AtomicUsize>,
}

impl Workers {
    pub(super) fn start(count: u32) -> std::io::Result<Self> {
        let (queue, jobs) = unbounded();
        let busy = Arc::new(AtomicUsize::new(0));
        for _ in 0..count {
            let (jobs, busy) = (jobs.clone(), busy.clone());
            std::thread::Builder::new().name("database".to_owned()).spawn(move || serve(&jobs, &busy))?;
        }
        Ok(Self { queue, busy })
    }

    /// Runs `f` on the next thread that is free, unless its asker has gone by then.
    ///
    /// # Errors
    /// Whatever `f` answers; [`Error::Unavailable`] when no thread came free in time.
    pub(super) async fn run<T, F>(&self, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Error> + Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        let taken = Arc::new(AtomicBool::new(false));
        let take = taken.clone();
        let job = move || {
            if !answer.is_closed() && !take.swap(true, Ordering::Relaxed) {
                drop(answer.send(f()));
            }
        };
        // If they are gone, so is the answer.
        drop(self.queue.send(Box::new(job)));
        let answer = match tokio::time::timeout(PATIENCE, &mut answered).await {
            Ok(answer) => answer,
            Err(_) if !taken.swap(true, Ordering::Relaxed) => return Err(Error::database_busy()),
            // It is being done: what it comes to must be told.
            Err(_) => answered.await,
        };
        answer.unwrap_or_else(|_| Err(Error::internal("a thread that talks to the database is gone")))
    }

    /// How many of the threads have something to do.
    pub(super) fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }

    /// How many requests wait for one.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }
}

fn serve(jobs: &Receiver<Job>, busy: &AtomicUsize) {
    for job in jobs {
        busy.fetch_add(1, Ordering::Relaxed);
        job();
        busy.fetch_sub(1, Ordering::Relaxed);
    }
}
