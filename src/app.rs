//! The application: built once by `main` and by every test, shared by all threads.

use std::os::unix::fs::DirBuilderExt as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use tokio::sync::Semaphore;
use uuid::{ContextV7, Uuid};

use crate::accounts::sessions::Sessions;
use crate::accounts::tokens::AccessTokens;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, DbConn, PoolSizes};
use crate::desk::boards::Boards;
use crate::error::Error;
use crate::http::limits::Limits;
use crate::http::metrics::Metrics;
use crate::http::problem::Problem;
use crate::sites::memory::Places;
use crate::standards::memory::Standards;
use crate::stations::lending::LendingMemory;
use crate::values::{Id, Instant};
use crate::vault::Vault;
use crate::wechat::{PayScore, Timeouts, WeChat, WeChatConfig};

/// Writes that may wait at once on `SQLite`; more are refused, because their phones would give up first.
const WRITE_QUEUE: usize = 4096;

/// Argon2 takes 19 MiB and a core for some 20 ms: a burst of sign-ins must not take all cores.
const PASSWORD_CHECKS_AT_ONCE: usize = 2;

/// Everything a request or a job needs.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// Secrets and what is done with them.
    pub vault: Vault,
    /// Signs and reads access tokens.
    pub access_tokens: AccessTokens,
    /// Who is signed in, remembered for a few seconds.
    pub sessions: Sessions,
    /// What scanned codes stand for, remembered for a few seconds.
    pub places: Places,
    /// What is promised, remembered for a few seconds.
    pub standards: Standards,
    /// What is lent, remembered for a few seconds.
    pub lending: LendingMemory,
    /// Who watches which wallboard.
    pub boards: Boards,
    /// WeChat's server API, if a mini-program is configured.
    pub wechat: Option<WeChat>,
    /// WeChat Pay's service orders, if a merchant is configured.
    pub payscore: Option<PayScore>,
    /// Where photos lie.
    pub photos: Arc<dyn ObjectStore>,
    /// Who may ask how often.
    pub limits: Limits,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// Guards the processor against too many password checks at once.
    pub password_checks: Semaphore,
    db: Db,
    ids: Mutex<ContextV7>,
}

/// One unit of work on the database: reads see and writes carry `now`, read once.
pub struct Tx<'a> {
    /// The connection; inside a transaction when writing.
    pub conn: &'a mut DbConn,
    /// The moment of this unit of work.
    pub now: Instant,
    /// The rest of the application.
    pub app: &'a App,
}

impl Tx<'_> {
    /// The same unit of work at another moment, for what lives through many of them in one: the demo's year.
    #[must_use]
    pub fn at(&mut self, now: Instant) -> Tx<'_> {
        Tx { conn: self.conn, now, app: self.app }
    }

    /// A new identifier (UUIDv7): later ones sort after earlier ones of this process.
    #[must_use]
    pub fn new_id(&self) -> Id {
        self.app.new_id(self.now)
    }
}

/// Why the application could not start, in one line for the operator.
#[derive(Debug)]
pub struct StartError(pub String);

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

/// A refusal in one English line, with its code.
impl From<Error> for StartError {
    fn from(error: Error) -> Self {
        Self(Problem::from(&error).in_one_line())
    }
}

impl App {
    /// Opens the database and everything else that the settings name. Does not migrate.
    ///
    /// # Errors
    /// One line that says what could not be opened.
    pub fn build(config: Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        let say = |what: &str, error: &dyn std::fmt::Display| StartError(format!("{what}: {error}"));
        let folder = &config.data_dir;
        let photo_folder = folder.join("photos");
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&photo_folder)
            .map_err(|e| say(&format!("DATA_DIR {}", folder.display()), &e))?;
        let vault = Vault::open(&config).map_err(|e| say("secrets", &e))?;
        let photos = LocalFileSystem::new_with_prefix(&photo_folder).map_err(|e| say("photos", &e))?.with_fsync(true);
        let sizes = PoolSizes { connections: config.database_connections, write_queue: WRITE_QUEUE };
        let db = Db::open(&config.database_url, sizes)
            .map_err(|_| StartError(format!("DATABASE_URL: cannot open {}", config.database_url)))?;
        let wechat = config.wechat.as_ref().map(|settings| {
            let config = WeChatConfig {
                base_url: settings.base_url.clone(),
                app_id: settings.app_id.clone(),
                app_secret: settings.app_secret.clone(),
                timeouts: Timeouts::default(),
            };
            WeChat::new(config, clock.clone())
        });
        let wechat = wechat.transpose().map_err(|e| say("WECHAT_BASE_URL", &e))?;
        let payscore = config.payscore.clone().map(|settings| PayScore::new(settings, clock.clone()));
        let payscore = payscore.transpose().map_err(|e| say("WECHAT_PAY", &e))?;
        Ok(Arc::new(Self {
            access_tokens: AccessTokens::new(vault.signing_keys()),
            sessions: Sessions::new(Duration::from_secs(5)),
            places: Places::new(Duration::from_secs(5)),
            standards: Standards::new(Duration::from_secs(5)),
            lending: LendingMemory::new(Duration::from_secs(5)),
            boards: Boards::new(),
            limits: Limits::new(config.rate_limit_per_minute, config.sign_in_limit_per_minute),
            metrics: Metrics::new(),
            password_checks: Semaphore::new(PASSWORD_CHECKS_AT_ONCE),
            ids: Mutex::new(ContextV7::new()),
            photos: Arc::new(photos),
            config,
            clock,
            vault,
            wechat,
            payscore,
            db,
        }))
    }

    /// Runs `f` on a connection meant for reading.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read<T, F>(self: &Arc<Self>, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        let app = self.clone();
        self.db.read(move |conn| f(&mut Tx { conn, now: app.now(), app: &app })).await
    }

    /// Runs `f` on a connection meant for reading, in one snapshot: all of its questions see the same moment.
    ///
    /// # Errors
    /// As [`Db::study`].
    pub async fn study<T, F>(self: &Arc<Self>, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        let app = self.clone();
        self.db.study(move |conn| f(&mut Tx { conn, now: app.now(), app: &app })).await
    }

    /// Runs `f` in one transaction: durable on `Ok`, without a trace on `Err`.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write<T, F>(self: &Arc<Self>, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        let app = self.clone();
        self.db.write(move |conn| f(&mut Tx { conn, now: app.now(), app: &app })).await
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now().into()
    }

    /// The database, for migrating, backing up and its gauges.
    #[must_use]
    pub const fn db(&self) -> &Db {
        &self.db
    }

    /// A new identifier (`UUIDv7`) for something that happens at `now`.
    #[must_use]
    pub fn new_id(&self, now: Instant) -> Id {
        let seconds = u64::try_from(now.0.as_second()).unwrap_or(0);
        let nanos = u32::try_from(now.0.subsec_nanosecond()).unwrap_or(0);
        Id(Uuid::new_v7(uuid::Timestamp::from_unix(&self.ids, seconds, nanos)))
    }
}
