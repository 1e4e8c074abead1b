//! The table.

use std::time::Duration;

use crate::count::Counts;
use crate::journey::Figures;
use crate::sweep::Sweep;
use crate::wire::Figure;

/// Everything that was measured so far.
#[derive(Default)]
pub struct Report {
    pub bare: Option<Figure>,
    pub sqlite: Option<Figures>,
    pub postgres: Option<Figures>,
    pub pgbench: Option<crate::pgbench::Figures>,
    /// Creates on SQLite of tickets that have no clocks.
    pub without_promises: Option<Figure>,
    /// Watching many clocks.
    pub sweeps: Vec<(&'static str, Sweep)>,
    /// What the look-ups of one complaint take among a million tickets.
    pub alike: Vec<(&'static str, Duration)>,
    /// What comparing a lost report with a hundred thousand items costs.
    pub lost: Vec<(&'static str, crate::lost::Compared)>,
    /// Asking for rates.
    pub rates: Vec<(&'static str, crate::rates::Asked)>,
    /// Tickets from report to rating.
    pub lives: Vec<(&'static str, crate::life::Lives)>,
    /// Lending umbrellas.
    pub lent: Vec<(&'static str, crate::lending::Lent)>,
    /// From the start of the process to its readiness, with an existing SQLite database.
    pub start: Option<Duration>,
    counts: Vec<String>,
}

/// What is expected of a figure.
#[derive(Clone, Copy)]
enum Bar {
    AtLeast(f64),
    AtMost(f64),
}

impl Report {
    /// Compares what was acknowledged with what stands in the database.
    pub fn check(&mut self, name: &str, figures: &Figures, counts: Counts) {
        let Counts { tickets, events, notices, records, clocks } = counts;
        let acknowledged = figures.acknowledged;
        let stand = [tickets, events, notices, records, clocks].map(|count| u64::try_from(count).unwrap_or(0));
        let verdict = if stand.iter().any(|count| *count < acknowledged) {
            "  !!! ACKNOWLEDGED WRITES WERE LOST !!!"
        } else if stand.iter().any(|count| *count != stand[0]) {
            "  !!! HALF WRITES !!!"
        } else if stand[0] > acknowledged && figures.create.errors == 0 {
            "  !!! MORE THAN WERE ASKED FOR !!!"
        } else {
            "  none lost"
        };
        self.counts.push(format!(
            "{name}: {acknowledged} creates acknowledged; {tickets} tickets, {events} events, {notices} notices, \
             {records} idempotency records, {clocks} pairs of clocks{verdict}"
        ));
    }

    pub fn print(&self) {
        println!();
        println!(
            "{:<44}{:>10}{:>10}{:>10}{:>10}{:>8}{:>14}",
            "64 connections", "a second", "p50 ms", "p99 ms", "max ms", "errors", "server µs/req"
        );
        row("bare JSON handler", self.bare.as_ref());
        for (name, figures) in [("SQLite", &self.sqlite), ("PostgreSQL", &self.postgres)] {
            if let Some(figures) = figures {
                row(&format!("{name}: create a repair"), Some(&figures.create));
                row(&format!("{name}: read one ticket"), Some(&figures.read));
                row(&format!("{name}: list 20 open tickets"), Some(&figures.list));
            }
        }
        for (name, lent) in &self.lent {
            row(&format!("{name}: create a repair, before lending"), Some(&lent.create));
            row(&format!("{name}: borrow and return (p50: a request)"), Some(&lent.cycles));
        }
        for (name, lives) in &self.lives {
            row(&format!("{name}: report to rating (p50: a request)"), Some(&lives.counted));
            row(&format!("{name}: the same, nobody counting"), Some(&lives.uncounted));
        }
        row("SQLite: create a repair without clocks", self.without_promises.as_ref());
        let pgbench = self.pgbench.as_ref();
        row("pgbench: the inserts of a create (p50: mean)", pgbench.map(|f| &f.create));
        row("pgbench: one row read by its key (p50: mean)", pgbench.map(|f| &f.read));
        self.print_bars();
        println!();
        for line in &self.counts {
            println!("{line}");
        }
    }

    fn print_bars(&self) {
        let sqlite = self.sqlite.as_ref();
        let postgres = self.postgres.as_ref();
        let (bare, pgbench) = (self.bare.as_ref(), self.pgbench.as_ref());
        let (inserts, key) = (pgbench.map(|f| &f.create), pgbench.map(|f| &f.read));
        println!();
        println!("{:<60}{:>10}{:>10}", "", "measured", "bar");
        bar("creates, SQLite : pgbench", ratio(sqlite.map(|f| &f.create), inserts), Bar::AtLeast(2.5));
        bar("creates, PostgreSQL : pgbench", ratio(postgres.map(|f| &f.create), inserts), Bar::AtLeast(0.7));
        for (name, figures) in [("SQLite", sqlite), ("PostgreSQL", postgres)] {
            bar(&format!("read, {name} : bare handler"), ratio(figures.map(|f| &f.read), bare), Bar::AtLeast(0.25));
            bar(&format!("list, {name} : bare handler"), ratio(figures.map(|f| &f.list), bare), Bar::AtLeast(0.10));
        }
        // What a read could be at best if PostgreSQL were all that took time.
        told("one row read by its key, pgbench : bare handler", ratio(key, bare));
        told("read, PostgreSQL : one row read by its key", ratio(postgres.map(|f| &f.read), key));
        let with_clocks = ratio(sqlite.map(|f| &f.create), self.without_promises.as_ref());
        bar("creates with clocks : without, SQLite", with_clocks, Bar::AtLeast(0.85));
        for (name, sweep) in &self.sweeps {
            bar(
                &format!("a million clocks, none due, % of a core, {name}"),
                Some(sweep.idle_percent),
                Bar::AtMost(2.0),
            );
            told(&format!("the same while 250,000 new tickets are counted, {name}"), Some(sweep.counting_percent));
            let after = sweep.recorded_after.as_secs_f64();
            bar(&format!("10,000 deadlines at once, recorded after s, {name}"), Some(after), Bar::AtMost(2.0));
        }
        for (name, took) in &self.alike {
            let took = Some(took.as_secs_f64() * 1000.0);
            bar(&format!("proposals among a million tickets, ms, {name}"), took, Bar::AtMost(1.0));
        }
        for (name, compared) in &self.lost {
            let [mean, slowest] = [compared.mean, compared.slowest].map(|took| Some(took.as_secs_f64() * 1000.0));
            bar(&format!("a report among 100,000 items, ms, {name}"), mean, Bar::AtMost(20.0));
            bar(&format!("the slowest kind of thing, ms, {name}"), slowest, Bar::AtMost(20.0));
        }
        for (name, lent) in &self.lent {
            let share = ratio(Some(&lent.cycles), Some(&lent.create));
            bar(&format!("borrow and return : create a repair, {name}"), share, Bar::AtLeast(0.7));
            let p99 = lent.rush_p99.as_secs_f64() * 1000.0;
            let who = lent.served;
            bar(&format!("300 want 50 umbrellas ({who} got one), p99 ms, {name}"), Some(p99), Bar::AtMost(300.0));
        }
        for (name, asked) in &self.rates {
            print_rates(name, asked);
        }
        for (name, lives) in &self.lives {
            let slower = lives.uncounted.per_second / lives.counted.per_second;
            bar(&format!("lives uncounted : counted, {name}"), Some(slower), Bar::AtMost(1.1));
        }
        let tail = sqlite.map(|f| f.create.p99.as_secs_f64() / f.create.p50.as_secs_f64());
        bar("tail of creates, SQLite: p99 : p50", tail, Bar::AtMost(4.0));
        let start = self.start.map(|time| time.as_secs_f64() * 1000.0);
        bar("start with an existing database until ready, ms", start, Bar::AtMost(200.0));
        for (name, figures) in [("SQLite", sqlite), ("PostgreSQL", postgres)] {
            #[expect(clippy::cast_precision_loss, reason = "not that much memory")]
            let memory = figures.and_then(|f| f.memory).map(|bytes| bytes as f64 / f64::from(1 << 20));
            bar(&format!("resident memory after the run, {name}, MiB"), memory, Bar::AtMost(100.0));
        }
    }
}

fn print_rates(name: &str, asked: &crate::rates::Asked) {
    for (question, few, many) in &asked.questions {
        let [few, many] = [few, many].map(|took| took.as_secs_f64() * 1000.0);
        bar(&format!("{question}, {} tickets, ms, {name}", asked.tickets), Some(many), Bar::AtMost(50.0));
        bar("    : the same with ten thousand", Some(many / few), Bar::AtMost(1.3));
    }
    let took = asked.workbook.took.as_secs_f64();
    let rows = asked.workbook.rows;
    bar(&format!("a workbook of {rows} tickets, s, {name}"), Some(took), Bar::AtMost(60.0));
    #[expect(clippy::cast_precision_loss, reason = "not that much memory")]
    let memory = asked.workbook.memory.map(|bytes| bytes as f64 / f64::from(1 << 20));
    bar(&format!("    at most MiB of memory, {name}"), memory, Bar::AtMost(100.0));
}

fn row(name: &str, figure: Option<&Figure>) {
    let Some(figure) = figure else { return };
    let ms =
        |time: Duration| if time.is_zero() { "–".to_owned() } else { format!("{:.2}", time.as_secs_f64() * 1000.0) };
    let processor = figure.processor.map_or("–".to_owned(), |time| time.as_micros().to_string());
    println!(
        "{name:<44}{:>10.0}{:>10}{:>10}{:>10}{:>8}{processor:>14}",
        figure.per_second,
        ms(figure.mean.unwrap_or(figure.p50)),
        ms(figure.p99),
        ms(figure.max),
        figure.errors,
    );
}

fn ratio(figure: Option<&Figure>, to: Option<&Figure>) -> Option<f64> {
    Some(figure?.per_second / to?.per_second)
}

/// A figure that nothing is expected of.
fn told(name: &str, measured: Option<f64>) {
    let Some(measured) = measured else { return };
    println!("{name:<60}{measured:>10.2}");
}

fn bar(name: &str, measured: Option<f64>, bar: Bar) {
    let Some(measured) = measured else { return };
    let (wanted, is_met) = match bar {
        Bar::AtLeast(least) => (format!("≥ {least}"), measured >= least),
        Bar::AtMost(most) => (format!("≤ {most}"), measured <= most),
    };
    println!("{name:<60}{measured:>10.2}{wanted:>10}  {}", if is_met { "met" } else { "NOT MET" });
}
