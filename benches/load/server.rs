//! The server under test: the release binary with the demo mall, as a process of its own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Fallible;

/// Building the mall takes a moment on a slow disk.
const PATIENCE: Duration = Duration::from_mins(1);

/// Processor time is counted in hundredths of a second on Linux, whatever the kernel ticks at.
const TICKS_PER_SECOND: u32 = 100;

/// A running server; killed when dropped.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
    pub folder: PathBuf,
}

impl Server {
    /// Starts it and says how long it took until `/readyz` answered 200.
    pub fn start(folder: &Path, database_url: Option<&str>) -> Fallible<(Self, Duration)> {
        // Free now; nobody else is likely to take it within the next milliseconds.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = folder.join("server.log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_yijian"));
        // Neither the environment nor a `.env` file is to change what is measured.
        command.env_clear().env("LOG_FILTER", "warn").current_dir(folder);
        command.args(["demo", "--no-limits", "--listen", &address.to_string(), "--data-dir"]).arg(folder);
        if let Some(url) = database_url {
            command.args(["--database-url", url]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(std::fs::File::create(&log)?);
        let begun = Instant::now();
        let mut server = Self { process: command.spawn()?, address, folder: folder.to_owned() };
        while !server.is_ready() {
            if server.process.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                return Err(format!("the server does not start: {}", std::fs::read_to_string(log)?).into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok((server, begun.elapsed()))
    }

    fn is_ready(&self) -> bool {
        let ask = || -> std::io::Result<bool> {
            let mut stream = TcpStream::connect(self.address)?;
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")?;
            let mut status = [0; 12];
            stream.read_exact(&mut status)?;
            Ok(&status == b"HTTP/1.1 200")
        };
        ask().unwrap_or(false)
    }

    /// Lets it finish what it does, as an operator would.
    pub fn stop(mut self) -> Fallible<()> {
        Command::new("kill").arg(self.process.id().to_string()).status()?;
        self.process.wait()?;
        Ok(())
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Resident memory in bytes, where the system tells.
    pub fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The processor time that a process has used so far, where the system tells.
pub fn processor_time(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in brackets, may contain anything; the numbers come after it.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = |index: usize| fields.split_whitespace().nth(index)?.parse::<u32>().ok();
    Some(Duration::from_secs(1) * (ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
}
