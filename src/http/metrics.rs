//! What `/metrics` shows, in `OpenMetrics` text. Labels are route patterns, never paths: a path holds ids.

use std::sync::atomic::AtomicU64;

use actix_web::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::db::Gauges;
use crate::error::Error;

/// Upper bounds of the latency buckets, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
}

/// All measurements of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    in_use: Gauge<i64, std::sync::atomic::AtomicI64>,
    waiting: Gauge<i64, std::sync::atomic::AtomicI64>,
    queued_writes: Gauge<i64, std::sync::atomic::AtomicI64>,
    jobs_waiting: Gauge<i64, std::sync::atomic::AtomicI64>,
    jobs_dead: Gauge<i64, std::sync::atomic::AtomicI64>,
}

impl Metrics {
    /// Starts at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("yijian");
        let requests = Family::<Answered, Counter<u64, AtomicU64>>::default();
        let seconds: Family<Route, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let [in_use, waiting, queued_writes, jobs_waiting, jobs_dead] = std::array::from_fn(|_| Gauge::default());
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_request_seconds", "Time from request to answer", seconds.clone());
        registry.register("database_connections_in_use", "Pooled connections in use", in_use.clone());
        registry.register("database_waiting", "Requests waiting for a connection", waiting.clone());
        registry.register("database_queued_writes", "Writes waiting for the SQLite writer", queued_writes.clone());
        registry.register("jobs_waiting", "Jobs that are due or will be", jobs_waiting.clone());
        registry.register("jobs_dead", "Jobs that nobody tries any more", jobs_dead.clone());
        Self { registry, requests, seconds, in_use, waiting, queued_writes, jobs_waiting, jobs_dead }
    }

    /// Counts one answer.
    pub fn observe(&self, method: &Method, route: &str, status: StatusCode, seconds: f64) {
        // A method of one's own invention would make a series of its own.
        let method = match method.as_str() {
            known @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "PATCH") => known,
            _ => "other",
        };
        let (method, route) = (method.to_owned(), route.to_owned());
        let answered = Answered { method: method.clone(), route: route.clone(), status: status.as_u16() };
        self.requests.get_or_create(&answered).inc();
        self.seconds.get_or_create(&Route { method, route }).observe(seconds);
    }

    /// Writes everything, with the gauges as they are just now.
    ///
    /// # Errors
    /// [`Error::Internal`] if it cannot be written.
    pub fn render(&self, database: Gauges, (jobs_waiting, jobs_dead): (i64, i64)) -> Result<String, Error> {
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        self.in_use.set(number(database.in_use));
        self.waiting.set(number(database.waiting));
        self.queued_writes.set(number(database.queued_writes));
        self.jobs_waiting.set(jobs_waiting);
        self.jobs_dead.set(jobs_dead);
        let mut text = String::new();
        encode(&mut text, &self.registry).map_err(Error::internal)?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
