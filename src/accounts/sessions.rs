//! Who is signed in, and what people are called, remembered for a few seconds so that not every request asks the database.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::model::Actor;
use super::repo;
use crate::app::App;
use crate::db::DbConn;
use crate::error::Error;
use crate::values::Id;

/// Enough for a large mall's simultaneous callers; a forgotten one costs one look-up.
const REMEMBERED: u64 = 50_000;

/// The memory. Processes do not tell each other about a revoked session: it ends everywhere when its entry does.
pub struct Sessions {
    cache: Cache<Id, Arc<Actor>>,
    names: Cache<Id, Arc<str>>,
}

impl Sessions {
    /// Remembers each session for `time`, which is how long a revocation may take to be noticed by other processes.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self {
            cache: Cache::builder().max_capacity(REMEMBERED).time_to_live(time).build(),
            names: Cache::builder().max_capacity(REMEMBERED).time_to_live(time).build(),
        }
    }

    /// The person behind a session.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] if the session is over or the person is disabled.
    pub async fn actor(&self, app: &Arc<App>, session_id: Id) -> Result<Arc<Actor>, Error> {
        if let Some(actor) = self.cache.get(&session_id) {
            return Ok(actor);
        }
        let actor = Arc::new(app.read(move |tx| super::service::actor_of(tx, session_id)).await?);
        self.cache.insert(session_id, actor.clone());
        Ok(actor)
    }

    /// What people are called, by id.
    ///
    /// # Errors
    /// As the database.
    pub(super) fn names_of(&self, conn: &mut DbConn, ids: &[Id]) -> Result<HashMap<Id, String>, Error> {
        let (mut names, mut unknown) = (HashMap::new(), Vec::new());
        for id in ids {
            match self.names.get(id) {
                Some(name) => drop(names.insert(*id, name.to_string())),
                None => unknown.push(*id),
            }
        }
        if !unknown.is_empty() {
            for (id, name) in repo::list_names(conn, &unknown)? {
                self.names.insert(id, name.as_str().into());
                names.insert(id, name);
            }
        }
        Ok(names)
    }

    /// Makes the next who asks for a person's name look again.
    pub fn forget_name(&self, user_id: Id) {
        self.names.invalidate(&user_id);
    }

    /// Makes the next request of a session look again.
    pub fn forget(&self, session_id: Id) {
        self.cache.invalidate(&session_id);
    }

    /// Makes the next request of everyone look again, after a change of somebody's rights.
    pub fn forget_all(&self) {
        self.cache.invalidate_all();
    }
}
