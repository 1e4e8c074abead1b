//! `yijian demo`: a believable mall to try Yijian with, and a WeChat simulator inside.
//!
//! The mall is the file `mall.json`, imported like any other. Everything else is ordinary Yijian: the same server, the
//! same rules, a real database that goes on when it is started again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpResponse, post};
use clap::Args;
use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::accounts::clients::{self, NewClient};
use crate::accounts::members;
use crate::accounts::model::{ClientScope, Role};
use crate::accounts::staff::{self, NewStaff};
use crate::app::{App, StartError, Tx};
use crate::clock::Clock;
use crate::config::{Config, WeChatSettings};
use crate::error::Error;
use crate::http::auth::Anyone;
use crate::http::input::{Command, Target};
use crate::http::problem::Problem;
use crate::jobs;
use crate::rates;
use crate::serve;
use crate::sites;
use crate::sites::api::UpdateDepartment;
use crate::sites::import::{self, MallFile};
use crate::sites::model::Site;
use crate::values::{Id, Instant};
use crate::wechat::{PayKeys, PaySimulator, Simulator};

mod lending;
mod settings;
pub mod stories;
pub mod year;

/// The mall, in the format of `yijian site import`.
const MALL: &str = include_str!("mall.json");

/// How `demo` is run.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct DemoArgs {
    /// Let time stand still until POST /demo/clock moves it
    #[arg(long)]
    manual_clock: bool,
    /// Switch rate limits off, for load tests
    #[arg(long)]
    no_limits: bool,
    /// Start with some complaints and repairs on the desk; only when the mall is built
    #[arg(long)]
    stories: bool,
    /// Instead of serving, make a year of tickets up to today, with problems hidden in them, and exit
    #[arg(long, conflicts_with_all = ["manual_clock", "no_limits", "stories"])]
    year: bool,
    /// How many tickets that year has
    #[arg(long, requires = "year", default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..=5_000_000))]
    tickets: u64,
    /// The same seed makes the same year
    #[arg(long, requires = "year", default_value_t = 1)]
    seed: u64,
    /// Where to write what is hidden in it [default: demo-year.json in the data folder]
    #[arg(long, requires = "year")]
    truth: Option<PathBuf>,
}

/// The file with which programs sign in: `<data-dir>/demo-credentials.json`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// The mall's own people.
    pub staff: Vec<Credential>,
    /// Codes to scan.
    pub scenes: Scenes,
    /// The system behind the power-bank cabinets.
    pub cabinet: ClientCredential,
}

/// With what a third-party system signs in.
#[derive(Clone, Serialize, Deserialize)]
pub struct ClientCredential {
    /// Its id.
    pub client_id: Id,
    /// Its secret.
    pub client_secret: String,
}

/// With what one of the staff signs in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credential {
    /// The name.
    pub username: String,
    /// The password.
    pub password: String,
    /// What they are.
    pub role: Role,
}

impl Credential {
    fn new(username: &str, password: &SecretString, role: Role) -> Self {
        Self { username: username.to_owned(), password: password.expose_secret().to_owned(), role }
    }
}

/// One scan code of each sort.
#[derive(Clone, Serialize, Deserialize)]
pub struct Scenes {
    /// On a lift.
    pub lift: String,
    /// On a lamp.
    pub lamp: String,
    /// At a shop.
    pub shop: String,
    /// On an umbrella.
    pub umbrella: String,
    /// On the station where that is.
    pub station: String,
}

/// Serves the demo mall until a signal says to stop.
///
/// # Errors
/// One line for the operator, above all when the database is not a demo's.
pub async fn run(mut config: Config, args: DemoArgs) -> Result<(), StartError> {
    if args.year {
        return year::run(config, args.tickets, args.seed, args.truth.as_deref()).await;
    }
    let say = |what: &str, error: &dyn std::fmt::Display| StartError(format!("demo: {what}: {error}"));
    let listener = serve::bind(&config)?;
    if args.no_limits {
        config.rate_limit_per_minute = 0;
        config.sign_in_limit_per_minute = 0;
    }
    let clock = if args.manual_clock { Clock::manual(Clock::System.now()) } else { Clock::System };
    let simulator = Simulator::start(clock.clone()).map_err(|e| say("the WeChat simulator", &e))?;
    let settings = simulator.config();
    config.wechat =
        Some(WeChatSettings { base_url: settings.base_url, app_id: settings.app_id, app_secret: settings.app_secret });
    let keys = pay_keys(&config.data_dir.join("demo-pay-keys.json"));
    let pay = keys.and_then(|keys| PaySimulator::start_with(Arc::new(keys), clock.clone()));
    let pay = pay.map_err(|e| say("the WeChat Pay simulator", &e))?;
    let mut pay_settings = pay.config();
    pay_settings.notify_url = format!("http://{}/api/v1/wechat/pay/notifications", config.listen);
    config.payscore = Some(pay_settings);
    config.gbfs_contact_email.get_or_insert_with(|| "desk@xinghe.example".to_owned());
    eprintln!(
        "Confirm a PayScore order with: POST {}/__control/user-confirm/<rental id without hyphens>",
        pay.base_url()
    );
    let credentials = config.data_dir.join("demo-credentials.json");
    let app = App::build(config, clock)?;
    serve::migrate(&app).await?;
    match app.read(settings::state).await.map_err(StartError::from)? {
        settings::State::Empty => {
            let made = app.write(build_mall).await.map_err(StartError::from)?;
            keep(&credentials, &made).map_err(|e| say(&credentials.display().to_string(), &e))?;
            if args.stories {
                let scenes = made.scenes.clone();
                app.write(move |tx| stories::tell(tx, &scenes)).await.map_err(StartError::from)?;
            }
            app.write(settings::mark).await.map_err(StartError::from)?;
            announce(&made, &credentials);
        }
        settings::State::Demo(left_at) => {
            // Time does not run backwards for the data: go on where a moved clock was left.
            if let Some(ahead) = left_at.map(|at| at.since(app.now())).filter(jiff::SignedDuration::is_positive)
                && app.clock.advance(ahead).is_none()
            {
                return Err(StartError("demo: time was moved here before; go on with --manual-clock".to_owned()));
            }
            eprintln!("The demo mall goes on. Staff passwords: {}", credentials.display());
        }
        settings::State::Foreign => {
            return Err(StartError(
                "demo: this database is not a demo's; choose another --data-dir or --database-url".to_owned(),
            ));
        }
    }
    serve::serve(app, listener, Some(routes)).await?;
    drop((simulator, pay));
    Ok(())
}

/// Says so if a real mall is about to be run on a demo's database, whose passwords lie in a file and whose people are
/// invented.
///
/// # Errors
/// One line for the operator.
pub async fn warn(app: &Arc<App>) -> Result<(), StartError> {
    if let settings::State::Demo(_) = app.read(settings::state).await.map_err(StartError::from)? {
        tracing::warn!(
            "this database is a demo's; choose another DATA_DIR for a real mall, or go on with `yijian demo`"
        );
    }
    Ok(())
}

/// The time at which a demo's moved clock was left, where that is ahead of the application's.
///
/// # Errors
/// One line for the operator.
pub async fn moved_to(app: &Arc<App>) -> Result<Option<Instant>, StartError> {
    let state = app.read(settings::state).await.map_err(StartError::from)?;
    let settings::State::Demo(left_at) = state else { return Ok(None) };
    Ok(left_at.filter(|at| *at > app.now()))
}

/// Builds the mall and its staff.
///
/// # Errors
/// As the database.
pub fn build_mall(tx: &mut Tx<'_>) -> Result<Credentials, Error> {
    let mall: MallFile = serde_json::from_str(MALL).map_err(Error::internal)?;
    let scene = |kind: &str| {
        let thing = mall.equipment.iter().find(|thing| thing.kind == kind);
        let code = mall
            .scan_codes
            .iter()
            .find(|code| code.equipment.is_some() && code.equipment.as_ref() == thing.map(|t| &t.code));
        code.map(|code| code.scene.clone()).unwrap_or_default()
    };
    let shop = mall.scan_codes.iter().find(|code| code.shop.is_some());
    let mut scenes = Scenes {
        lift: scene("lift"),
        lamp: scene("lamp"),
        shop: shop.map(|code| code.scene.clone()).unwrap_or_default(),
        umbrella: String::new(),
        station: String::new(),
    };
    let Site { id: site_id, code: site, .. } = import::import(tx, &mall)?;
    let people = [
        ("mei", "小梅", Role::Agent, Some("service")),
        ("wang", "王师傅", Role::Technician, Some("engineering")),
        ("zhao", "赵师傅", Role::Technician, Some("engineering")),
        ("li", "李主管", Role::Supervisor, Some("service")),
        ("gao", "高工", Role::Technician, Some("engineering")),
        ("he", "何姐", Role::Technician, Some("cleaning")),
        ("ma", "马队长", Role::Technician, Some("security")),
        ("yu", "于经理", Role::Technician, Some("operations")),
        ("fan", "范经理", Role::Technician, Some("property")),
        ("admin", "管理员", Role::Admin, None),
    ];
    let mut made = Vec::new();
    for (username, name, role, department) in people {
        let password = staff::random_password()?;
        let new = NewStaff {
            username: username.to_owned(),
            display_name: name.to_owned(),
            role,
            site: (role != Role::Admin).then(|| site.clone()),
            department: department.map(ToOwned::to_owned),
        };
        staff::create(tx, new, &password)?;
        made.push(Credential::new(username, &password, role));
    }
    name_leads(tx, site_id)?;
    let lending = lending::set_up(tx, site_id)?;
    (scenes.umbrella, scenes.station) = (lending.umbrella, lending.station);
    let new = NewClient { name: "充电宝柜".to_owned(), sites: vec![site], scopes: vec![ClientScope::RentalDevice] };
    let (id, secret) = clients::create(tx, new)?;
    let cabinet = ClientCredential { client_id: id, client_secret: secret.expose_secret().to_owned() };
    Ok(Credentials { staff: made, scenes, cabinet })
}

/// Each department has somebody who answers for it.
fn name_leads(tx: &mut Tx<'_>, site_id: Id) -> Result<(), Error> {
    let li = stories::signed_in(tx, site_id, "li")?;
    let li = li.lead().ok_or_else(|| Error::internal("the demo's supervisor is no lead"))?;
    let staff = members::list_staff(tx, site_id)?;
    for username in ["li", "gao", "he", "ma", "yu", "fan"] {
        let Some((id, Some(department_id))) =
            staff.iter().find(|one| one.username == username).map(|one| (one.id, one.department_id))
        else {
            return Err(Error::internal("a lead of the demo has no department"));
        };
        let target = Target { id: department_id, expected_version: None };
        sites::service::update_department(tx, &li, target, UpdateDepartment { calendar_id: None, lead_id: Some(id) })?;
    }
    Ok(())
}

/// The keys of the simulated WeChat Pay, made at the first start: that takes longer than all the rest of one.
fn pay_keys(path: &Path) -> std::io::Result<PayKeys> {
    match std::fs::read_to_string(path) {
        Ok(json) => PayKeys::from_json(&json)
            .map_err(|_| std::io::Error::other(format!("{} has no keys in it; remove it", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let keys = PayKeys::generate()?;
            std::fs::create_dir_all(path.parent().unwrap_or(path))?;
            crate::vault::write_private(path, keys.to_json()?.as_bytes())?;
            Ok(keys)
        }
        Err(error) => Err(error),
    }
}

fn keep(path: &Path, credentials: &Credentials) -> std::io::Result<()> {
    let json = serde_json::to_vec_pretty(credentials)?;
    // Left over from a start that did not get as far as marking the database.
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    crate::vault::write_private(path, &json)
}

fn announce(credentials: &Credentials, path: &Path) {
    eprintln!("The demo mall 星河汇购物中心 is built. Staff passwords, shown once and kept in {}:", path.display());
    for Credential { username, password, role } in &credentials.staff {
        eprintln!("  {username:<8}{password}  ({})", role.as_str());
    }
    let Scenes { lift, lamp, shop, umbrella, station } = &credentials.scenes;
    eprintln!("Codes to scan: lift {lift}, lamp {lamp}, shop {shop}, umbrella {umbrella}, station {station}");
    eprintln!("Sign in as the shopper <name> with the WeChat code demo:<name>.");
}

/// How far to move the clock.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Advance {
    /// At most ten years.
    #[serde(deserialize_with = "crate::text::whole_number")]
    #[validate(range(min = 0, max = 315_360_000))]
    advance_seconds: i32,
}

/// What the clock says, and how many jobs came due on the way.
#[derive(Serialize)]
struct Advanced {
    now: Instant,
    jobs_run: usize,
}

fn routes(config: &mut ServiceConfig) {
    config.service(advance_clock);
}

/// Moves a hand-moved clock, stopping wherever something comes due, so that it happens when it would have.
#[post("/demo/clock")]
async fn advance_clock(app: Data<App>, command: Command<Anyone, Advance>) -> Result<HttpResponse, Problem> {
    let app: Arc<App> = app.into_inner();
    let mut left = SignedDuration::from_secs(command.body.advance_seconds.into());
    let mut jobs_run = 0;
    loop {
        let now = app.now();
        let next = app.read(jobs::service::next_due).await?.filter(|at| *at > now && *at < now + left);
        let step = next.map_or(left, |at| at.since(now));
        let now: Instant = app.clock.advance(step).ok_or_else(|| Error::rule("clock_not_manual"))?.into();
        left -= step;
        jobs_run += jobs::service::run_due(&app).await?;
        if next.is_none() {
            rates::fold::run(&app).await?;
            app.write(move |tx| settings::keep_clock(tx, now)).await?;
            return Ok(HttpResponse::Ok().json(Advanced { now, jobs_run }));
        }
    }
}
