//! Who watches which board: one look at a site for all of its screens, a seat for each of them, and an end to all at stop.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::{Duration, Instant as Stopwatch};

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, watch};

use super::service::{self, Look};
use crate::app::App;
use crate::error::Error;
use crate::values::Id;

/// How often a screen looks for something new.
pub const LOOK_EVERY: Duration = Duration::from_secs(2);

/// For so long a look is good for everybody: a little less than each of them waits, so that the first one looks anew.
const GOOD_FOR: Duration = Duration::from_millis(1_500);

/// More screens than this no room has; each is a connection that stays.
const SEATS: usize = 50;

/// The boards of this process.
pub struct Boards {
    sites: Lock<HashMap<Id, Arc<Room>>>,
    closing: watch::Sender<bool>,
}

/// What the screens of a site share.
struct Room {
    seats: Arc<Semaphore>,
    last: Mutex<Option<(Stopwatch, Arc<Look>)>>,
}

/// A place before a board, given up when it is dropped.
pub struct Seat {
    _permit: OwnedSemaphorePermit,
    closing: watch::Receiver<bool>,
}

impl Seat {
    /// Waits until the process stops.
    pub async fn closing(&mut self) {
        // An error is the same news: there is nobody left to say so.
        drop(self.closing.wait_for(|is_closing| *is_closing).await);
    }
}

impl Boards {
    /// Nobody watches yet.
    #[must_use]
    pub fn new() -> Self {
        Self { sites: Lock::default(), closing: watch::Sender::new(false) }
    }

    /// Ends what everybody watches: the process stops, and connections that never end by themselves would keep it.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Takes a seat.
    ///
    /// # Errors
    /// [`Error::Unavailable`] `desk_screens_full`.
    pub fn sit(&self, site_id: Id) -> Result<Seat, Error> {
        let permit = self.room(site_id).seats.clone().try_acquire_owned();
        let full = |_| Error::Unavailable { code: "desk_screens_full", retry_after_seconds: 30 };
        Ok(Seat { _permit: permit.map_err(full)?, closing: self.closing.subscribe() })
    }

    /// What is to be seen at a site. Whoever asks while somebody looks waits for what they see.
    ///
    /// # Errors
    /// As [`service::look`].
    pub async fn look(&self, app: &Arc<App>, site_id: Id) -> Result<Arc<Look>, Error> {
        let room = self.room(site_id);
        let mut last = room.last.lock().await;
        if let Some((_, look)) = last.as_ref().filter(|(at, _)| at.elapsed() < GOOD_FOR) {
            return Ok(look.clone());
        }
        let look = Arc::new(app.study(move |tx| service::look(tx, site_id)).await?);
        *last = Some((Stopwatch::now(), look.clone()));
        Ok(look)
    }

    /// Only what a signed link names comes here, so that there are never more rooms than sites.
    fn room(&self, site_id: Id) -> Arc<Room> {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Room { seats: Arc::new(Semaphore::new(SEATS)), last: Mutex::new(None) });
        sites.entry(site_id).or_insert_with(new).clone()
    }
}

impl Default for Boards {
    fn default() -> Self {
        Self::new()
    }
}
