//! A throw-away PostgreSQL cluster with the settings it comes with: every commit reaches the disk.

use std::io::BufRead as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use crate::Fallible;

/// A running cluster; stopped and removed when dropped, or when this process is gone.
pub struct Cluster {
    /// A shell that waits for the end of its input, and then cleans up.
    watchdog: Child,
    /// The folder of `postgres`, and perhaps of `pgbench`.
    pub programs: PathBuf,
    pub port: u16,
}

impl Cluster {
    /// `None` where the server programs are not installed.
    pub fn start() -> Fallible<Option<Self>> {
        let Some(programs) = programs() else { return Ok(None) };
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        // A group of its own, so that an interrupt does not end the watchdog before it has cleaned up.
        let mut watchdog = Command::new("sh")
            .args(["-c", &script(&programs, port)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let out = watchdog.stdout.take().ok_or("the watchdog has no output")?;
        let cluster = Self { watchdog, programs, port };
        let mut line = String::new();
        std::io::BufReader::new(out).read_line(&mut line)?;
        if line == "ready\n" { Ok(Some(cluster)) } else { Err("PostgreSQL does not start".into()) }
    }

    fn url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// Makes an empty database and returns its URL.
    pub fn create_database(&self, name: &str) -> Fallible<String> {
        PgConnection::establish(&self.url("postgres"))?.batch_execute(&format!("CREATE DATABASE {name}"))?;
        Ok(self.url(name))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        drop(self.watchdog.wait());
    }
}

/// The folder with `initdb` and `postgres`: the newest where Debian puts them, or on the path.
#[expect(clippy::disallowed_methods, reason = "the search path is no setting of the program")]
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

fn script(programs: &Path, port: u16) -> String {
    let folder = std::env::temp_dir().join(format!("yijian-bench-pg-{}", std::process::id()));
    // The server refuses to run as root.
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
    let become_user = if is_root { "runuser -u postgres --" } else { "" };
    format!(
        r#"
        mkdir -p "{folder}" && cd "{folder}" || exit 1
        [ -z "{become_user}" ] || chown postgres "{folder}"
        clean() {{ cd / ; rm -rf "{folder}" ; }}
        {become_user} "{bin}/initdb" -D data -A trust -U postgres -E UTF8 --no-locale >/dev/null || {{ clean; exit 1; }}
        {become_user} "{bin}/pg_ctl" -D data -w -l log start \
            -o "-p {port} -k '{folder}' -c listen_addresses=127.0.0.1" >/dev/null || {{ clean; exit 1; }}
        echo ready
        cat >/dev/null
        {become_user} "{bin}/pg_ctl" -D data -m immediate stop >/dev/null 2>&1
        clean
        "#,
        folder = folder.display(),
        bin = programs.display(),
    )
}
