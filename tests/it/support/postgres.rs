//! A throw-away PostgreSQL: the one named by `TEST_DATABASE_URL`, or a cluster of our own started from the installed
//! server programs. It dies with the test process.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

/// Where databases can be made: everything of a URL but the database's name.
pub struct Server {
    prefix: String,
    suffix: String,
    /// Keeps the watchdog waiting.
    _lifeline: Option<std::process::ChildStdin>,
}

/// A database of a test's own; dropped with it.
pub struct Database {
    pub url: String,
    name: String,
}

static SERVER: OnceLock<Option<Server>> = OnceLock::new();
static COUNT: AtomicU32 = AtomicU32::new(0);
/// PostgreSQL copies a template only while nobody else does.
static COPYING: Mutex<()> = Mutex::new(());

/// The server, if there is one. Where there must be one (`REQUIRE_POSTGRES`), its absence is a failure.
pub fn database() -> Option<&'static Server> {
    let server = SERVER.get_or_init(find_server);
    let required = std::env::var("REQUIRE_POSTGRES").is_ok();
    assert!(server.is_some() || !required, "REQUIRE_POSTGRES is set, but there is no PostgreSQL to test on");
    server.as_ref()
}

impl Server {
    fn url(&self, name: &str) -> String {
        format!("{}{name}{}", self.prefix, self.suffix)
    }

    fn run(&self, sql: &str) {
        let mut conn = PgConnection::establish(&self.url("postgres")).expect("the test server answers");
        conn.batch_execute(sql).expect(sql);
    }

    /// A new database, empty or a copy of `template`.
    pub fn create(&self, template: Option<&str>) -> Database {
        let name = format!("yijian_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let template = template.map(|t| format!(" TEMPLATE {t} STRATEGY WAL_LOG")).unwrap_or_default();
        let _alone = COPYING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.run(&format!("CREATE DATABASE {name}{template}"));
        Database { url: self.url(&name), name }
    }
}

impl Database {
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(server) = database() {
            server.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

fn find_server() -> Option<Server> {
    if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
        let (address, parameters) =
            url.split_once('?').map_or((url.as_str(), String::new()), |(a, p)| (a, format!("?{p}")));
        let (prefix, _) = address.rsplit_once('/').expect("TEST_DATABASE_URL names a database");
        return Some(Server { prefix: format!("{prefix}/"), suffix: parameters, _lifeline: None });
    }
    start_cluster(&server_programs()?)
}

/// The folder with `initdb` and `postgres`: on the path, or where Debian and others put it.
fn server_programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .collect();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// Starts a cluster that a shell stops and removes as soon as this process is gone, however it went.
fn start_cluster(programs: &Path) -> Option<Server> {
    let folder = std::env::temp_dir().join(format!("yijian-pg-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    // The server refuses to run as root.
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
    let become_user = if is_root { "runuser -u postgres --" } else { "" };
    let script = format!(
        r#"
        [ -z "{become_user}" ] || chown postgres "{folder}"
        cd "{folder}"
        {become_user} "{bin}/initdb" -D data -A trust -U postgres -E UTF8 --no-locale --no-sync >/dev/null || exit 1
        {become_user} "{bin}/pg_ctl" -D data -w -l log start -o "-p {port} -k '{folder}' -c listen_addresses=127.0.0.1 \
            -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400 -c shared_buffers=64MB" >/dev/null
        echo ready
        cat >/dev/null
        {become_user} "{bin}/pg_ctl" -D data -m immediate stop >/dev/null 2>&1
        rm -rf "{folder}"
        "#,
        folder = folder.display(),
        bin = programs.display(),
    );
    // A group of its own, so that an interrupt of the tests does not end the watchdog before it has cleaned up.
    let mut watchdog = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("a shell");
    let (out, lifeline) = (watchdog.stdout.take(), watchdog.stdin.take());
    // Outlives this process by a moment; waited for by a thread that nobody waits for.
    std::thread::spawn(move || watchdog.wait());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out?), &mut line).expect("the watchdog speaks");
    (line == "ready\n").then(|| Server {
        prefix: format!("postgres://postgres@127.0.0.1:{port}/"),
        suffix: String::new(),
        _lifeline: lifeline,
    })
}
