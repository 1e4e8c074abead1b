//! `yijian demo --year`: a year of the mall, for reports to look at, with problems hidden in it for them to find.
//!
//! Nothing is written past the services: people file, work, wait, rate and ask as they would, with a clock that is moved by
//! hand from one act to the next, and what comes due on the way (jobs, clocks, ends of pauses) happens on the same clock.
//! Only the transactions are larger than in life: many acts in each, or a year would take a night. The same seed makes the
//! same year; ids, passwords and links differ, because they come from the vault.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan as _};

use super::settings::{self, State};
use super::{Credential, Credentials};
use crate::app::{App, StartError, Tx};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Error;
use crate::jobs;
use crate::rates;
use crate::serve;
use crate::sites::import::MallFile;
use crate::values::{Id, Instant};

use acts::Stage;
use cast::Cast;
use casting::Casting;
use dice::Dice;
use hours::Hours;
use matter::{Act, Matter, Subject as About};
use script::Author;
pub use truth::Truth;
use truth::{Counts, Planted, Subject};

mod acts;
mod cast;
mod casting;
mod dice;
mod habits;
mod hours;
mod matter;
mod script;
mod truth;
mod words;

/// So many acts are done in one transaction.
const ACTS_AT_ONCE: usize = 1000;
/// What comes due is looked for so often: a worker would look twice a second.
const LOOK_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// By days before the end: how many times as many complaints there are about the bad shop.
const RISE: [(i64, u64); 3] = [(30, 8), (60, 5), (90, 3)];
/// How many complaints there are about it in an ordinary month, for each 100,000 tickets a year, and at least.
const ORDINARY: u64 = 8;
const AT_LEAST: u64 = 2;

/// What year to make.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its first day. The clock must not have passed its midnight.
    pub first_day: Date,
    /// How many tickets; a few more come in as repeats.
    pub tickets: u64,
    /// The same seed makes the same year.
    pub seed: u64,
}

/// Builds the mall if need be, and a year of it up to today; writes the ground truth to `truth_file`.
///
/// # Errors
/// One line for the operator, above all when there are tickets already.
pub async fn run(config: Config, tickets: u64, seed: u64, truth_file: Option<&Path>) -> Result<(), StartError> {
    let say = |what: &str, error: &dyn std::fmt::Display| StartError(format!("demo: {what}: {error}"));
    let mall: MallFile = serde_json::from_str(super::MALL).map_err(|e| say("mall.json", &e))?;
    let hours = Hours::new(&mall.time_zone, &mall.opens, &mall.closes).map_err(StartError::from)?;
    let year_before = |day: Date| day.checked_sub(1.year()).map_err(|e| say("the year", &e));
    let mut first_day = year_before(hours.date(Clock::System.now().into()))?;
    let (folder, own_file) = (config.data_dir.clone(), config.data_dir.join("demo-year.json"));
    let eve = hours.midnight(first_day).map_err(StartError::from)? - SignedDuration::from_hours(24);
    let app = App::build(config, Clock::manual(eve.0))?;
    app.db().migrate().await.map_err(StartError::from)?;
    let (state, count) =
        app.read(|tx| Ok((settings::state(tx)?, settings::count_tickets(tx)?))).await.map_err(StartError::from)?;
    match (state, count) {
        (State::Foreign, _) => {
            return Err(StartError(
                "demo --year: this database is not a demo's; choose another --data-dir or --database-url".to_owned(),
            ));
        }
        (_, 1..) => {
            return Err(StartError(format!(
                "demo --year: this database holds {count} tickets already; a year needs an empty database or a demo mall \
                 nobody has used"
            )));
        }
        (State::Empty, _) => {
            serve::migrate(&app).await?;
            let made = app.write(super::build_mall).await.map_err(StartError::from)?;
            let credentials = folder.join("demo-credentials.json");
            super::keep(&credentials, &made).map_err(|e| say(&credentials.display().to_string(), &e))?;
            app.write(settings::mark).await.map_err(StartError::from)?;
            super::announce(&made, &credentials);
        }
        (State::Demo(left_at), _) => {
            serve::migrate(&app).await?;
            // Time does not run backwards for the data: the year ends where a moved clock was left.
            if let Some(left_at) = left_at {
                first_day = first_day.max(year_before(hours.date(left_at))?);
            }
        }
    }
    let (truth, colleagues) = make(&app, Plan { first_day, tickets, seed }, true).await.map_err(StartError::from)?;
    let credentials = folder.join("demo-credentials.json");
    add_to(&credentials, colleagues).map_err(|e| say(&credentials.display().to_string(), &e))?;
    let path = truth_file.unwrap_or(&own_file);
    let json = serde_json::to_vec_pretty(&truth).map_err(|e| say("the truth", &e))?;
    std::fs::write(path, json).map_err(|e| say(&path.display().to_string(), &e))?;
    app.db().finish().await;
    eprintln!("{} tickets. What is hidden in them: {}", truth.tickets, path.display());
    Ok(())
}

/// The new colleagues sign in with the others.
fn add_to(path: &Path, colleagues: Vec<Credential>) -> std::io::Result<()> {
    let Ok(json) = std::fs::read(path) else { return Ok(()) };
    let mut known: Credentials = serde_json::from_slice(&json)?;
    known.staff.extend(colleagues);
    super::keep(path, &known)
}

/// Makes a year in the demo mall, which is there and has no tickets; its clock is moved by hand.
///
/// # Errors
/// As the services: a year in which somebody does what they must not is a defect of the script.
pub async fn generate(app: &Arc<App>, plan: Plan) -> Result<Truth, Error> {
    Ok(make(app, plan, false).await?.0)
}

async fn make(app: &Arc<App>, plan: Plan, shows: bool) -> Result<(Truth, Vec<Credential>), Error> {
    let (mut year, colleagues) = app.write(move |tx| Year::begin(tx, &plan)).await?;
    let (mut next_line, mut counted) = (year.first_day, year.first_day);
    loop {
        let (after, goes_on) = app
            .write(move |tx| {
                let goes_on = year.live(tx)?;
                Ok((year, goes_on))
            })
            .await?;
        year = after;
        // Who judges rates day by day finds them counted, and so does who looks at the year.
        if year.next_day > counted || !goes_on {
            counted = year.next_day;
            rates::fold::run(app).await?;
        }
        // What is more than one unit of work.
        jobs::service::run_due(app).await?;
        if shows && year.next_day > next_line {
            next_line = year.next_day.saturating_add(6.days());
            eprintln!("{}  {:>7} tickets", year.next_day, year.tickets());
        }
        if !goes_on {
            return Ok((year.truth(), colleagues));
        }
    }
}

/// The year as it goes on.
struct Year {
    cast: Cast,
    dice: Dice,
    seed: u64,
    first_day: Date,
    until_day: Date,
    until: Instant,
    /// Until this day people have come in.
    next_day: Date,
    /// How much busier than nothing all days before it were, and all days are.
    weight_before: u64,
    weight: u64,
    wanted: u64,
    looked_at: Instant,
    bad_shop: Id,
    late_month: String,
    /// Complaints about the bad shop, in thousandths, that are still to come in.
    owed: u64,
    /// Tickets on their way, by when and in which order something happens to them next.
    on_their_way: BinaryHeap<Reverse<(Instant, u64)>>,
    matters: BTreeMap<u64, Matter>,
    next: u64,
    months: BTreeMap<String, Counts>,
}

impl Year {
    fn begin(tx: &mut Tx<'_>, plan: &Plan) -> Result<(Self, Vec<Credential>), Error> {
        let mut dice = Dice::new(plan.seed);
        let (cast, credentials) = Cast::assemble(tx, plan.tickets, &mut dice)?;
        let first_day = plan.first_day;
        let until_day = first_day.checked_add(1.year()).map_err(Error::internal)?;
        let bad_shop = dice.pick(&cast.tenants)?.id;
        // A whole month, before things get worse at the bad shop.
        let late = until_day.checked_sub(dice.between(5, 9).months()).map_err(Error::internal)?;
        let year = Self {
            until: cast.hours.midnight(until_day)?,
            looked_at: cast.hours.midnight(first_day)?,
            cast,
            dice,
            seed: plan.seed,
            first_day,
            until_day,
            next_day: first_day,
            weight_before: 0,
            weight: days(first_day, until_day).map(hours::weight).sum(),
            wanted: plan.tickets,
            bad_shop,
            late_month: hours::month_of(late),
            owed: 0,
            on_their_way: BinaryHeap::new(),
            matters: BTreeMap::new(),
            next: 0,
            months: BTreeMap::new(),
        };
        Ok((year, credentials))
    }

    fn tickets(&self) -> u64 {
        self.months.values().map(|counts| counts.tickets).sum()
    }

    /// Does what comes next. `false` when the year is over.
    fn live(&mut self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        for _ in 0..ACTS_AT_ONCE {
            let next = self.on_their_way.peek().map(|Reverse((at, _))| *at);
            let day = self.cast.hours.midnight(self.next_day)?;
            if self.next_day < self.until_day && next.is_none_or(|at| at >= day) {
                self.open_day()?;
                continue;
            }
            let Some(Reverse((at, number))) = self.on_their_way.pop().filter(|Reverse((at, _))| *at < self.until)
            else {
                self.pass_time(tx, self.until)?;
                return Ok(false);
            };
            if at.since(self.looked_at) >= LOOK_EVERY {
                self.pass_time(tx, at)?;
            }
            move_clock(tx, at)?;
            self.act(&mut tx.at(at), at, number)?;
        }
        Ok(true)
    }

    /// Does everything that comes due until a moment.
    fn pass_time(&mut self, tx: &mut Tx<'_>, to: Instant) -> Result<(), Error> {
        while let Some(due) = jobs::service::next_due_in(tx)?.filter(|due| *due <= to) {
            let at = (due + LOOK_EVERY).min(to).max(self.looked_at);
            move_clock(tx, at)?;
            jobs::service::run_due_in(&mut tx.at(at))?;
            self.looked_at = at;
        }
        self.looked_at = to;
        move_clock(tx, to)
    }

    /// The next act of a ticket.
    fn act(&mut self, tx: &mut Tx<'_>, at: Instant, number: u64) -> Result<(), Error> {
        let Some(mut matter) = self.matters.remove(&number) else { return Ok(()) };
        let Some((_, act)) = matter.acts.pop_front() else { return Ok(()) };
        let counts = self.months.entry(matter.month.clone()).or_default();
        let (cast, dice) = (&self.cast, &mut self.dice);
        let mut stage = Stage { tx: tx.at(at), cast, dice, counts };
        stage.perform(&mut matter, act).inspect_err(|error| {
            tracing::error!(ticket = %matter.id, ?act, %at, %error, "the script asks for what must not be");
        })?;
        if matches!(act, Act::Recur) {
            let mut again = matter.subject.clone();
            again.says.push_str(self.dice.pick(&self.cast.words.again)?);
            self.come_in(again, at, Some(matter.id))?;
        }
        self.go_on(number, matter);
        Ok(())
    }

    fn go_on(&mut self, number: u64, matter: Matter) {
        if let Some((at, _)) = matter.acts.front() {
            self.on_their_way.push(Reverse((*at, number)));
            self.matters.insert(number, matter);
        }
    }

    /// Somebody comes in, or will.
    fn come_in(&mut self, mut about: About, at: Instant, repeats: Option<Id>) -> Result<(), Error> {
        about.is_of_bad_shop = matches!(about.at, matter::Whereabouts::Shop(id) if id == self.bad_shop)
            && about.kind == crate::sites::model::Kind::Complaint;
        let counts = self.months.entry(self.cast.hours.month(at)).or_default();
        let mut author = Author { cast: &self.cast, dice: &mut self.dice, late_month: &self.late_month, counts };
        let matter = author.write(about, at, repeats)?;
        self.next += 1;
        self.go_on(self.next, matter);
        Ok(())
    }

    /// Everybody who comes in on the next day.
    fn open_day(&mut self) -> Result<(), Error> {
        let day = self.next_day;
        let midnight = self.cast.hours.midnight(day)?;
        let share = |weight: u64| u128::from(self.wanted) * u128::from(weight) / u128::from(self.weight.max(1));
        let weight = self.weight_before + hours::weight(day);
        let count = share(weight) - share(self.weight_before);
        self.weight_before = weight;
        self.next_day = day.tomorrow().map_err(Error::internal)?;
        let left = day.until(self.until_day).map_or(0, |span| i64::from(span.get_days()));
        let times = RISE.iter().find(|(within, _)| left <= *within).map_or(1, |(_, times)| *times);
        let in_month = (ORDINARY * self.wanted / 100_000).max(AT_LEAST);
        self.owed += in_month * times * 1000 / 30;
        for _ in 0..count {
            let about_shop = self.owed >= 1000;
            self.owed -= if about_shop { 1000 } else { 0 };
            let mut casting = Casting { cast: &self.cast, dice: &mut self.dice };
            let about = if about_shop { casting.complaint(Some(self.bad_shop))? } else { casting.subject()? };
            let at = midnight + SignedDuration::from_secs(hours::arrival(&mut self.dice)?);
            // Nobody comes in before the ones they wait behind: the heap sees to the order.
            self.come_in(about, at, None)?;
        }
        Ok(())
    }

    fn truth(self) -> Truth {
        let tickets = self.tickets();
        let shop = self.cast.tenants.iter().find(|tenant| tenant.id == self.bad_shop);
        let shop = shop.map(|one| Subject { id: one.id, code: one.code.clone(), name: one.name.clone() });
        let team = self.cast.teams.iter().find(|team| team.is_lazy);
        let team = team.map(|one| Subject { id: one.id, code: one.code.clone(), name: one.name.clone() });
        let person = self.cast.teams.iter().flat_map(|team| &team.workers).find(|one| one.is_cheat);
        let person = person.map(|one| Subject {
            id: one.who.user_id,
            code: one.username.clone(),
            name: one.who.display_name.clone(),
        });
        let nobody = || Subject { id: Id::NIL, code: String::new(), name: String::new() };
        Truth {
            seed: self.seed,
            tickets,
            site: self.cast.site.code,
            time_zone: self.cast.site.time_zone,
            first_day: self.first_day.to_string(),
            until: self.until_day.to_string(),
            planted: Planted {
                shop: shop.unwrap_or_else(nobody),
                department: team.unwrap_or_else(nobody),
                person: person.unwrap_or_else(nobody),
                month: self.late_month,
            },
            months: self.months,
        }
    }
}

fn days(from: Date, until: Date) -> impl Iterator<Item = Date> {
    from.series(1.day()).take_while(move |day| *day < until)
}

fn move_clock(tx: &Tx<'_>, to: Instant) -> Result<(), Error> {
    let ahead = to.since(tx.app.now());
    if ahead.is_positive() && tx.app.clock.advance(ahead).is_none() {
        return Err(Error::internal("a year needs a clock moved by hand"));
    }
    Ok(())
}
