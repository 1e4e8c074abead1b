//! The load generator: connections that send one prepared request after another and time the answers.
//!
//! It speaks just enough HTTP/1.1 for answers with a `Content-Length`, on sockets of its own: a client library would
//! take as much of the processor as the server that is measured.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Times;
use crate::server::processor_time;

/// The bytes of a request, changed in place between two uses.
pub struct Request {
    bytes: Vec<u8>,
    changing: std::ops::Range<usize>,
}

impl Request {
    /// A request whose bytes stay what they are.
    pub fn fixed(text: String) -> Self {
        Self { bytes: text.into_bytes(), changing: 0..0 }
    }

    /// A request in which `placeholder` will be overwritten.
    pub fn changing(text: String, placeholder: &str) -> Self {
        let start = text.find(placeholder).expect("the placeholder stands in the request");
        Self { changing: start..start + placeholder.len(), bytes: text.into_bytes() }
    }

    /// Puts a text of the placeholder's length in its place.
    pub fn change(&mut self, to: &[u8]) -> &[u8] {
        self.bytes[self.changing.clone()].copy_from_slice(to);
        &self.bytes
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// What one connection sends, one request after another.
pub trait Script: Send + 'static {
    /// The next request.
    fn next(&mut self) -> &[u8];

    /// Whether this answer is what was asked for.
    fn accept(&mut self, status: u16, body: &[u8]) -> bool;
}

/// The same question over and over.
pub struct Repeat(pub Request);

impl Script for Repeat {
    fn next(&mut self) -> &[u8] {
        self.0.bytes()
    }

    fn accept(&mut self, status: u16, _: &[u8]) -> bool {
        status == 200
    }
}

/// What was measured, and the scripts with what they remember.
pub struct Outcome<S> {
    pub figure: Figure,
    pub scripts: Vec<S>,
}

/// One row of the table.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
    pub max: Duration,
    /// From who tells no other latency.
    pub mean: Option<Duration>,
    pub errors: u64,
    /// Processor time of the server for each request, if it can be known.
    pub processor: Option<Duration>,
}

/// Runs one connection for each script against a process that serves at `address`, through warm-up and measured time,
/// and waits for every last answer.
pub async fn load<S: Script>(address: SocketAddr, process: u32, scripts: Vec<S>, times: Times) -> Outcome<S> {
    let used_before = processor_time(process);
    let begin = Instant::now() + times.warm_up;
    let end = begin + times.measured;
    let running: Vec<_> =
        scripts.into_iter().map(|script| tokio::spawn(Connection::new(address, script).run(begin, end))).collect();
    let mut scripts = Vec::with_capacity(running.len());
    let (mut times_taken, mut errors, mut answered) = (Vec::new(), 0, 0);
    for connection in running {
        let connection = connection.await.expect("a connection's task does not panic");
        times_taken.extend(connection.times);
        errors += connection.errors;
        answered += connection.answered;
        scripts.push(connection.script);
    }
    let used = used_before.zip(processor_time(process)).map(|(before, after)| after.saturating_sub(before));
    let processor = used.and_then(|used| used.checked_div(answered));
    Outcome { figure: Figure { errors, processor, ..figure(times_taken, times.measured) }, scripts }
}

/// Has everybody ask once, at one moment, on connections that stand already.
pub async fn at_once<S: Script>(address: SocketAddr, scripts: Vec<S>) -> std::io::Result<(Vec<Duration>, Vec<S>)> {
    let mut connections = Vec::with_capacity(scripts.len());
    for script in scripts {
        let mut connection = Connection::new(address, script);
        connection.connect().await?;
        connections.push(connection);
    }
    let begin = Instant::now();
    let running: Vec<_> = connections
        .into_iter()
        .map(|mut connection| {
            tokio::spawn(async move {
                drop(connection.ask().await);
                (begin.elapsed(), connection.script)
            })
        })
        .collect();
    let (mut times, mut scripts) = (Vec::new(), Vec::new());
    for one in running {
        let (time, script) = one.await.map_err(Error::other)?;
        times.push(time);
        scripts.push(script);
    }
    Ok((times, scripts))
}

fn figure(mut times: Vec<Duration>, measured: Duration) -> Figure {
    times.sort_unstable();
    let at = |hundredths: usize| times.get(times.len() * hundredths / 100).copied().unwrap_or_default();
    Figure {
        #[expect(clippy::cast_precision_loss, reason = "not that many requests")]
        per_second: times.len() as f64 / measured.as_secs_f64(),
        p50: at(50),
        p99: at(99),
        max: times.last().copied().unwrap_or_default(),
        ..Figure::default()
    }
}

struct Connection<S> {
    address: SocketAddr,
    script: S,
    stream: Option<TcpStream>,
    /// What was received; the whole answer when it is judged.
    received: Vec<u8>,
    times: Vec<Duration>,
    errors: u64,
    /// All right answers, whenever they came.
    answered: u32,
}

impl<S: Script> Connection<S> {
    fn new(address: SocketAddr, script: S) -> Self {
        let received = Vec::with_capacity(64 * 1024);
        Self { address, script, stream: None, received, times: Vec::new(), errors: 0, answered: 0 }
    }

    /// Answers before `begin` warm up, those after `end` are only waited for.
    async fn run(mut self, begin: Instant, end: Instant) -> Self {
        loop {
            let sent = Instant::now();
            if sent >= end {
                return self;
            }
            let right = self.ask().await.unwrap_or(false);
            let now = Instant::now();
            if !right {
                self.errors += 1;
                self.stream = None;
                // A server that is gone must not be asked as fast as a processor can.
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
            self.answered += 1;
            if now >= begin && now < end {
                self.times.push(now - sent);
            }
        }
    }

    async fn connect(&mut self) -> std::io::Result<()> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        self.stream = Some(stream);
        Ok(())
    }

    async fn ask(&mut self) -> std::io::Result<bool> {
        if self.stream.is_none() {
            self.connect().await?;
        }
        let Some(stream) = &mut self.stream else { return Ok(false) };
        stream.write_all(self.script.next()).await?;
        self.received.clear();
        loop {
            if stream.read_buf(&mut self.received).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if let Some(head) = Head::parse(&self.received)? {
                let end = head.length + head.body;
                while self.received.len() < end {
                    if stream.read_buf(&mut self.received).await? == 0 {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                }
                return Ok(self.script.accept(head.status, &self.received[head.length..end]));
            }
        }
    }
}

/// The head of an answer.
struct Head {
    status: u16,
    /// Bytes of the head itself.
    length: usize,
    /// Bytes of the body.
    body: usize,
}

impl Head {
    /// `None` as long as it is not complete.
    fn parse(received: &[u8]) -> std::io::Result<Option<Self>> {
        let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
        let malformed = || Error::from(ErrorKind::InvalidData);
        let head = std::str::from_utf8(&received[..end]).map_err(|_| malformed())?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or_else(malformed)?;
        let length = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        Ok(Some(Self { status, length: end + 4, body: length.ok_or_else(malformed)? }))
    }
}
