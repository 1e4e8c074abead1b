//! The load test: what a server does in a second, next to what its machine could do at best.
//!
//! `cargo bench` starts the release server on SQLite and, where PostgreSQL's server programs are installed, on a
//! throw-away PostgreSQL cluster with its default, durable settings. 64 keep-alive connections file repairs, read
//! tickets and list the desk. Machines differ, so the figures are compared within one run: with a handler that does
//! nothing but answer JSON, and with `pgbench` making the same inserts. Load generator, server and database share the
//! processor, as the bars say. It also files repairs that are promised nothing, to see what their clocks cost, and
//! lends umbrellas, watches the server watch a million clocks, a complaint look around among a million tickets, and a lost report among a
//! hundred thousand found items, asks for rates of a year of ten thousand tickets and of a million, writes that million
//! to a workbook, and brings tickets from report to rating with and without their being counted. It reports and never fails for being slow.
//!
//! `cargo bench -- --quick` measures two seconds for each row, `--seconds 30` thirty; `--only sqlite` leaves
//! PostgreSQL out; `lending` lends only, `sweep` watches the clocks only, `alike` only looks around, `lost` only compares things, `rates` only asks for rates
//! (of `--tickets 10000000`, if the disk has room for them), `life` only brings tickets to their end.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a measurement that meets an unexpected answer shall stop at the spot"
)]

#[path = "load/alike.rs"]
mod alike;
#[path = "load/bare.rs"]
mod bare;
#[path = "load/cluster.rs"]
mod cluster;
#[path = "load/count.rs"]
mod count;
#[path = "load/journey.rs"]
mod journey;
#[path = "load/lending.rs"]
mod lending;
#[path = "load/life.rs"]
mod life;
#[path = "load/lost.rs"]
mod lost;
#[path = "load/pgbench.rs"]
mod pgbench;
#[path = "load/rates.rs"]
mod rates;
#[path = "load/report.rs"]
mod report;
#[path = "load/server.rs"]
mod server;
#[path = "load/sweep.rs"]
mod sweep;
#[path = "load/wire.rs"]
mod wire;

use std::time::Duration;

use clap::{Parser, ValueEnum};

use cluster::Cluster;
use journey::Journey;
use report::Report;
use server::Server;

/// As many phones at once.
const CONNECTIONS: usize = 64;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

#[derive(Parser)]
struct Args {
    /// Measure each row for this many seconds
    #[arg(long, default_value_t = 6.0)]
    seconds: f64,
    /// Measure each row for two seconds
    #[arg(long)]
    quick: bool,
    /// Leave the other database out
    #[arg(long)]
    only: Option<Backend>,
    /// Be the handler to compare with
    #[arg(long, hide = true)]
    bare: bool,
    /// What `cargo bench` gives every benchmark
    #[arg(long, hide = true)]
    bench: bool,
    /// Rates are asked of a year of so many tickets
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(10_000..=20_000_000))]
    tickets: u32,
    /// Only the sweep of the clocks, the look-ups of proposals, and so on; everything if left out
    part: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Alike,
    Lending,
    Life,
    Lost,
    Rates,
    Sweep,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Backend {
    Sqlite,
    Postgres,
}

/// For how long a row runs.
#[derive(Clone, Copy)]
struct Times {
    warm_up: Duration,
    measured: Duration,
}

fn main() {
    let args = Args::parse();
    if args.bare {
        bare::serve().expect("the bare handler serves");
    } else if args.bench {
        let seconds = if args.quick { 2.0 } else { args.seconds.max(0.1) };
        let measured = Duration::from_secs_f64(seconds);
        let times = Times { warm_up: (measured / 4).max(Duration::from_millis(500)), measured };
        if let Err(error) = run(times, &args) {
            eprintln!("The load test stopped early: {error}");
        }
    } else {
        // `cargo test --all-targets` runs this too, and wants no load.
        eprintln!("This is a load test: cargo bench");
    }
}

fn run(times: Times, args: &Args) -> Fallible<()> {
    // One thread: the generator must not take more of the processor than it needs.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut report = Report::default();
    let outcome = runtime.block_on(measure(times, args, &mut report));
    // What was measured before something went wrong is worth seeing.
    report.print();
    outcome
}

async fn measure(times: Times, args: &Args, report: &mut Report) -> Fallible<()> {
    let only = args.only;
    match args.part {
        Some(Part::Sweep) => return sweep(only, report).await,
        Some(Part::Alike) => return look_alike(only, report).await,
        Some(Part::Lost) => return compare_lost(only, report).await,
        Some(Part::Lending) => return lend(times, only, report).await,
        Some(Part::Rates) => return ask_rates(args.tickets, only, report).await,
        Some(Part::Life) => return live(times, only, report).await,
        None => {}
    }
    let bare = bare::Bare::start()?;
    report.bare = Some(wire::load(bare.address, bare.id(), bare::requests(), times).await.figure);
    drop(bare);
    if only != Some(Backend::Postgres) {
        on_sqlite(times, report).await?;
    }
    if only != Some(Backend::Sqlite) {
        match Cluster::start()? {
            Some(cluster) => on_postgres(&cluster, times, report).await?,
            None => eprintln!("PostgreSQL's server programs are not installed: its rows are left out."),
        }
    }
    ask_rates(args.tickets, only, report).await?;
    live(times, only, report).await
}

async fn ask_rates(tickets: u32, only: Option<Backend>, report: &mut Report) -> Fallible<()> {
    if only != Some(Backend::Postgres) {
        report.rates.push(("SQLite", rates::measure(tickets, None).await?));
    }
    if only != Some(Backend::Sqlite)
        && let Some(cluster) = Cluster::start()?
    {
        let urls = [cluster.create_database("few")?, cluster.create_database("many")?];
        report.rates.push(("PostgreSQL", rates::measure(tickets, Some([&urls[0], &urls[1]])).await?));
    }
    Ok(())
}

async fn live(times: Times, only: Option<Backend>, report: &mut Report) -> Fallible<()> {
    if only != Some(Backend::Postgres) {
        report.lives.push(("SQLite", life::measure(times, None).await?));
    }
    if only != Some(Backend::Sqlite)
        && let Some(cluster) = Cluster::start()?
    {
        let urls = [cluster.create_database("counted")?, cluster.create_database("uncounted")?];
        report.lives.push(("PostgreSQL", life::measure(times, Some([&urls[0], &urls[1]])).await?));
    }
    Ok(())
}

async fn look_alike(only: Option<Backend>, report: &mut Report) -> Fallible<()> {
    if only != Some(Backend::Postgres) {
        report.alike.push(("SQLite", alike::measure(tempfile::tempdir()?.path(), None).await?));
    }
    if only != Some(Backend::Sqlite)
        && let Some(cluster) = Cluster::start()?
    {
        let url = cluster.create_database("alike")?;
        report.alike.push(("PostgreSQL", alike::measure(tempfile::tempdir()?.path(), Some(&url)).await?));
    }
    Ok(())
}

async fn lend(times: Times, only: Option<Backend>, report: &mut Report) -> Fallible<()> {
    if only != Some(Backend::Postgres) {
        report.lent.push(("SQLite", lend_on(times, None).await?));
    }
    if only != Some(Backend::Sqlite)
        && let Some(cluster) = Cluster::start()?
    {
        let url = cluster.create_database("lending")?;
        report.lent.push(("PostgreSQL", lend_on(times, Some(&url)).await?));
    }
    Ok(())
}

async fn lend_on(times: Times, url: Option<&str>) -> Fallible<lending::Lent> {
    let folder = tempfile::tempdir()?;
    let (server, _) = Server::start(folder.path(), url)?;
    let lent = lending::measure(&server, times).await;
    server.stop()?;
    lent
}

async fn compare_lost(only: Option<Backend>, report: &mut Report) -> Fallible<()> {
    if only != Some(Backend::Postgres) {
        report.lost.push(("SQLite", lost::measure(tempfile::tempdir()?.path(), None).await?));
    }
    if only != Some(Backend::Sqlite)
        && let Some(cluster) = Cluster::start()?
    {
        let url = cluster.create_database("lost")?;
        report.lost.push(("PostgreSQL", lost::measure(tempfile::tempdir()?.path(), Some(&url)).await?));
    }
    Ok(())
}

async fn sweep(only: Option<Backend>, report: &mut Report) -> Fallible<()> {
    if only != Some(Backend::Postgres) {
        report.sweeps.push(("SQLite", sweep::measure(tempfile::tempdir()?.path(), None).await?));
    }
    if only != Some(Backend::Sqlite)
        && let Some(cluster) = Cluster::start()?
    {
        let url = cluster.create_database("sweep")?;
        report.sweeps.push(("PostgreSQL", sweep::measure(tempfile::tempdir()?.path(), Some(&url)).await?));
    }
    Ok(())
}

async fn on_sqlite(times: Times, report: &mut Report) -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let (server, _) = Server::start(folder.path(), None)?;
    let figures = Journey::begin(&server).await?.measure(&server, times).await;
    server.stop()?;
    let counted = count::sqlite(&folder.path().join("yijian.db"))?;
    report.check("SQLite", &figures, counted);
    report.sqlite = Some(figures);
    let folder_without = tempfile::tempdir()?;
    let (server, _) = Server::start(folder_without.path(), None)?;
    report.without_promises = Some(Journey::begin(&server).await?.measure_without_promises(&server, times).await?);
    server.stop()?;
    report.sweeps.push(("SQLite", sweep::measure(tempfile::tempdir()?.path(), None).await?));
    report.alike.push(("SQLite", alike::measure(tempfile::tempdir()?.path(), None).await?));
    report.lost.push(("SQLite", lost::measure(tempfile::tempdir()?.path(), None).await?));
    report.lent.push(("SQLite", lend_on(times, None).await?));
    // Once more, with the database that is there now.
    let (server, took) = Server::start(folder.path(), None)?;
    report.start = Some(took);
    server.stop()
}

async fn on_postgres(cluster: &Cluster, times: Times, report: &mut Report) -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let url = cluster.create_database("yijian")?;
    let (server, _) = Server::start(folder.path(), Some(&url))?;
    let figures = Journey::begin(&server).await?.measure(&server, times).await;
    server.stop()?;
    report.check("PostgreSQL", &figures, count::postgres(&url)?);
    report.postgres = Some(figures);
    match pgbench::run(cluster, &url, folder.path(), times)? {
        Some(figure) => report.pgbench = Some(figure),
        None => eprintln!("pgbench is not installed: its row is left out."),
    }
    let url = cluster.create_database("sweep")?;
    report.sweeps.push(("PostgreSQL", sweep::measure(tempfile::tempdir()?.path(), Some(&url)).await?));
    let url = cluster.create_database("alike")?;
    report.alike.push(("PostgreSQL", alike::measure(tempfile::tempdir()?.path(), Some(&url)).await?));
    let url = cluster.create_database("lost")?;
    report.lost.push(("PostgreSQL", lost::measure(tempfile::tempdir()?.path(), Some(&url)).await?));
    let url = cluster.create_database("lending")?;
    report.lent.push(("PostgreSQL", lend_on(times, Some(&url)).await?));
    Ok(())
}
