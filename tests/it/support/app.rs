//! A server for one test.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::SignedDuration;
use tempfile::TempDir;
use yijian::app::App;
use yijian::clock::Clock;
use yijian::config::{Config, Overrides, WeChatSettings};
use yijian::demo::{self, Credentials, Scenes};
use yijian::http::server;
use yijian::jobs;
use yijian::wechat::{PaySimulator, Simulator};

use super::client::Client;
use super::postgres::{self, Database};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A running server with the demo mall, at ten o'clock in Shanghai on a Sunday.
pub struct TestApp {
    pub app: Arc<App>,
    pub wechat: Simulator,
    pub pay: PaySimulator,
    pub backend: Backend,
    pub address: SocketAddr,
    pub folder: PathBuf,
    credentials: Credentials,
    server: actix_web::dev::ServerHandle,
    database: Option<Database>,
    _folder: TempDir,
}

/// Another process; see [`TestApp::second`].
pub struct Second {
    pub app: Arc<App>,
    pub address: SocketAddr,
    server: actix_web::dev::ServerHandle,
}

/// A database with the mall in it, made once for each backend and copied for each test.
struct Template {
    folder: TempDir,
    database: Option<Database>,
    credentials: Credentials,
}

static SQLITE: OnceLock<Template> = OnceLock::new();
static POSTGRES: OnceLock<Template> = OnceLock::new();

/// The secrets of all tests; anything long enough.
pub const SECRET: &str = "only for tests, only for tests, only for tests";

fn settings(pairs: &[(&'static str, String)]) -> Config {
    let lookup = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    Config::from_lookup(&Overrides::default(), lookup).expect("good settings")
}

fn base_settings(folder: &std::path::Path, database_url: Option<&str>) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("DATA_DIR", folder.display().to_string()),
        ("SIGNING_SECRET", SECRET.to_owned()),
        ("DATA_SECRET", SECRET.to_owned()),
        ("LISTEN", "127.0.0.1:0".to_owned()),
        ("RATE_LIMIT_PER_MINUTE", "0".to_owned()),
        ("SIGN_IN_LIMIT_PER_MINUTE", "0".to_owned()),
    ];
    if let Some(url) = database_url {
        pairs.push(("DATABASE_URL", url.to_owned()));
        // Fifty people at once shall meet each other, not a queue for connections.
        pairs.push(("DATABASE_CONNECTIONS", "60".to_owned()));
    }
    pairs
}

/// Sunday, 22 November 2026, ten o'clock in Shanghai: the mall opens.
fn opening_time() -> Clock {
    Clock::manual("2026-11-22T02:00:00Z".parse().expect("an instant"))
}

impl Template {
    fn make(backend: Backend) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(postgres::database().expect("PostgreSQL").create(None)),
        };
        let config = settings(&base_settings(folder.path(), database.as_ref().map(|d| d.url.as_str())));
        // On a thread of its own: a runtime cannot be started inside another.
        let credentials = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = App::build(config, opening_time()).expect("an app");
                yijian::serve::migrate(&app).await.expect("tables");
                let credentials = app.write(demo::build_mall).await.expect("a mall");
                app.db().finish().await;
                credentials
            })
        });
        Self { folder, database, credentials: credentials.join().expect("a template") }
    }
}

impl TestApp {
    /// Starts with settings that suit most tests.
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, &[]).await
    }

    /// Starts with some settings of one's own.
    pub async fn start_with(backend: Backend, own: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (template, database) = match backend {
            Backend::Sqlite => {
                let template = SQLITE.get_or_init(|| Template::make(backend));
                for file in ["yijian.db", "yijian.db-wal"] {
                    let (from, to) = (template.folder.path().join(file), folder.path().join(file));
                    if from.exists() {
                        std::fs::copy(from, to).expect("a copy");
                    }
                }
                (template, None)
            }
            Backend::Postgres => {
                let template = POSTGRES.get_or_init(|| Template::make(backend));
                let name = template.database.as_ref().map(Database::name);
                (template, Some(postgres::database().expect("PostgreSQL").create(name)))
            }
        };
        let mut pairs = base_settings(folder.path(), database.as_ref().map(|d| d.url.as_str()));
        pairs.retain(|(name, _)| !own.iter().any(|(mine, _)| mine == name));
        pairs.extend(own.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let mut config = settings(&pairs);
        let clock = opening_time();
        let wechat = Simulator::start(clock.clone()).expect("a simulator");
        let simulated = wechat.config();
        config.wechat = Some(WeChatSettings {
            base_url: simulated.base_url,
            app_id: simulated.app_id,
            app_secret: simulated.app_secret,
        });
        let pay = PaySimulator::start(clock.clone()).expect("a simulator");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut paying = pay.config();
        paying.notify_url = format!("http://{address}/api/v1/wechat/pay/notifications");
        // Nobody waits for a simulator.
        paying.timeouts.back_off = [Duration::from_millis(1); 2];
        config.payscore = Some(paying);
        let app = App::build(config, clock).expect("an app");
        yijian::serve::migrate(&app).await.expect("tables");
        let server = server::start(app.clone(), listener, None).expect("a server");
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            app,
            wechat,
            pay,
            backend,
            address,
            folder: folder.path().to_owned(),
            credentials: template.credentials.clone(),
            server: handle,
            database,
            _folder: folder,
        }
    }

    /// Another process on the same database, with a clock of its own that agrees for now. On PostgreSQL only.
    pub fn second(&self) -> Second {
        let clock = Clock::manual(self.app.clock.now());
        let app = App::build(self.app.config.clone(), clock).expect("an app");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = server::start(app.clone(), listener, None).expect("a server");
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Second { app, address, server: handle }
    }

    /// Starts the server anew with settings changed by `change`.
    pub fn rebuild(&mut self, change: impl FnOnce(&mut Config)) {
        let mut config = self.app.config.clone();
        change(&mut config);
        let app = App::build(config, self.app.clock.clone()).expect("an app");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        self.address = listener.local_addr().expect("an address");
        let server = server::start(app.clone(), listener, None).expect("a server");
        drop(std::mem::replace(&mut self.server, server.handle()).stop(false));
        actix_web::rt::spawn(server);
        self.app = app;
    }

    /// Where the database is, on PostgreSQL: for another program.
    pub fn database_url(&self) -> Option<&str> {
        self.database.as_ref().map(|database| database.url.as_str())
    }

    /// Somebody who has not signed in.
    pub fn anyone(&self) -> Client {
        Client::new(self.address, None)
    }

    /// A shopper, signed in through WeChat; always the same person for a name.
    pub async fn shopper(&self, name: &str) -> Client {
        let reply =
            self.anyone().post("/api/v1/auth/wechat", serde_json::json!({ "code": format!("demo:{name}") })).await;
        reply.is(200);
        Client::new(self.address, Some(reply.json["access_token"].as_str().expect("a token").to_owned()))
    }

    /// One of the mall's own people: mei (agent), wang and zhao (technicians), li (supervisor), admin.
    pub async fn staff(&self, username: &str) -> Client {
        let password = self.password(username);
        let body = serde_json::json!({ "username": username, "password": password });
        let reply = self.anyone().post("/api/v1/auth/password", body).await;
        reply.is(200);
        Client::new(self.address, Some(reply.json["access_token"].as_str().expect("a token").to_owned()))
    }

    /// The password of one of the staff.
    pub fn password(&self, username: &str) -> String {
        let known = self.credentials.staff.iter().find(|staff| staff.username == username);
        known.expect("a known name").password.clone()
    }

    /// One code to scan of each sort.
    pub fn scenes(&self) -> &Scenes {
        &self.credentials.scenes
    }

    /// Lets time pass and runs what comes due.
    pub async fn advance(&self, by: SignedDuration) -> usize {
        self.app.clock.advance(by).expect("a clock moved by hand");
        jobs::service::run_due(&self.app).await.expect("jobs run")
    }

    /// The id of a department by its code.
    pub async fn department(&self, code: &str) -> String {
        self.departments().await.into_iter().find(|d| d["code"] == code).expect("a department")["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    /// The id of one of the staff.
    pub async fn staff_id(&self, username: &str) -> String {
        let departments = self.departments().await;
        let members = departments.iter().flat_map(|d| d["members"].as_array().expect("members"));
        let member = members.into_iter().find(|m| m["username"] == username).expect("a member");
        member["id"].as_str().expect("an id").to_owned()
    }

    /// The id of the only site.
    pub async fn site(&self) -> String {
        let sites = self.anyone().get("/api/v1/sites").await;
        sites.json["items"][0]["id"].as_str().expect("a site").to_owned()
    }

    async fn departments(&self) -> Vec<serde_json::Value> {
        let site = self.site().await;
        let reply = self.staff("admin").await.get(&format!("/api/v1/sites/{site}/departments")).await;
        reply.json["items"].as_array().expect("departments").clone()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Not waited for: the sockets close with the runtime.
        drop(self.server.stop(false));
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}
