//! The command line: one binary, one subcommand for each thing an operator does.

mod report;

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use secrecy::ExposeSecret as _;
use tracing_subscriber::EnvFilter;

use crate::accounts::clients::{self, NewClient};
use crate::accounts::model::{ClientScope, Role};
use crate::accounts::staff::{self, NewStaff};
use crate::app::{App, StartError};
use crate::clock::Clock;
use crate::config::{Config, LogFormat, Overrides};
use crate::demo::DemoArgs;
use crate::serve::{bind, migrate, serve};
use crate::sites::import::MallFile;
use crate::values::Id;
use crate::{clocks, custody, demo, http, rates, rentals, sites};

/// Yijian (一键): the back end of a shopping mall's customer-service desk.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(flatten)]
    overrides: OverrideArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Settings that the command line can give in place of the environment.
#[derive(Args, Clone)]
struct OverrideArgs {
    /// Folder of the database, photos and secrets [environment: `DATA_DIR`]
    #[arg(long, global = true)]
    data_dir: Option<PathBuf>,
    /// sqlite:<file> or postgres://… [environment: `DATABASE_URL`]
    #[arg(long, global = true)]
    database_url: Option<String>,
    /// Address and port [environment: LISTEN]
    #[arg(long, global = true)]
    listen: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve requests (the default)
    Serve,
    /// Serve a believable mall, with a WeChat simulator inside
    Demo(DemoArgs),
    /// Bring the tables up to date and exit
    Migrate,
    /// Print the API document
    Openapi,
    /// Manage staff accounts
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Manage third-party systems
    #[command(subcommand)]
    Client(ClientCommand),
    /// Manage sites
    #[command(subcommand)]
    Site(SiteCommand),
    /// Prove the clocks
    #[command(subcommand)]
    Sla(SlaCommand),
    /// Prove the custody logs of found items
    #[command(subcommand)]
    Custody(CustodyCommand),
    /// Write a report to a file: a page (.html), a workbook (.xlsx) or one of its tables (.csv)
    Report(report::ReportArgs),
    /// Prove the rates by counting every ticket anew
    #[command(subcommand)]
    Rates(RatesCommand),
    /// Prove the lending
    #[command(subcommand)]
    Rental(RentalCommand),
    /// Copy a live `SQLite` database into a new file
    Backup {
        /// The file to make; it must not exist
        target: PathBuf,
    },
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Make an account; the password is printed once
    Create {
        /// What they sign in with: a-z, 0-9, dot, hyphen, underscore
        username: String,
        /// agent, technician, supervisor or admin
        #[arg(long)]
        role: Role,
        /// What others call them
        #[arg(long)]
        name: Option<String>,
        /// The code of their site (not for admins)
        #[arg(long)]
        site: Option<String>,
        /// The code of their department (technicians need one)
        #[arg(long)]
        department: Option<String>,
    },
    /// List all accounts
    List,
    /// Give a new password, print it once, and end all sessions
    ResetPassword {
        /// What they sign in with
        username: String,
    },
    /// Refuse sign-ins and end all sessions
    Disable {
        /// What they sign in with
        username: String,
    },
}

#[derive(Subcommand)]
enum ClientCommand {
    /// Make a system; its `client_id` and secret are printed once
    Create {
        /// What the desk knows it by
        name: String,
        /// The code of a site it serves; may be given several times
        #[arg(long = "site", required = true)]
        sites: Vec<String>,
        /// tickets:write, tickets:read or rental:device; may be given several times
        #[arg(long = "scope", required = true)]
        scopes: Vec<ClientScope>,
    },
    /// List all systems
    List,
    /// Give a new secret, print it once, and end what was signed in with the old one
    Rotate {
        /// Its `client_id`
        id: Id,
    },
    /// Let it in no more
    Disable {
        /// Its `client_id`
        id: Id,
    },
}

#[derive(Subcommand)]
enum SiteCommand {
    /// Add a mall from a JSON file, or change it to what the file says
    Import {
        /// The file; src/demo/mall.json is an example
        file: PathBuf,
    },
}

#[derive(Subcommand)]
enum SlaCommand {
    /// Replay every clock and report what its row says otherwise; fails if anything differs
    Verify,
    /// Replay every clock and write what its row should say
    Rebuild,
}

#[derive(Subcommand)]
enum CustodyCommand {
    /// Check each entry's hash and the chain from one to the next; fails if anything is not as it was written
    Verify,
}

#[derive(Subcommand)]
enum RatesCommand {
    /// Count every ticket anew and compare with what was counted; fails if anything differs
    Verify,
    /// Forget what was counted, and count every ticket anew
    Rebuild,
}

#[derive(Subcommand)]
enum RentalCommand {
    /// Compare things, rentals, counts and ledgers with each other; fails if anything differs
    Verify,
}

/// Reads the command line and does what it says.
///
/// # Errors
/// One line for the operator.
pub fn run() -> Result<(), StartError> {
    let cli = Cli::parse();
    let overrides = Overrides {
        data_dir: cli.overrides.data_dir,
        database_url: cli.overrides.database_url,
        listen: cli.overrides.listen,
    };
    let command = cli.command.unwrap_or(Command::Serve);
    if let Command::Openapi = command {
        let document = http::openapi::collect().map_err(|e| StartError(e.to_string()))?;
        return say(format_args!("{}", document.trim_end()));
    }
    let config = Config::from_env(&overrides).map_err(|e| StartError(e.to_string()))?;
    start_log(&config)?;
    actix_web::rt::System::new().block_on(async move {
        match command {
            Command::Openapi => Ok(()),
            Command::Serve => {
                let listener = bind(&config)?;
                let app = App::build(config, Clock::System)?;
                migrate(&app).await?;
                demo::warn(&app).await?;
                serve(app, listener, None).await
            }
            Command::Demo(args) => demo::run(config, args).await,
            Command::Migrate => {
                let app = App::build(config, Clock::System)?;
                let applied = migrate(&app).await?;
                say(format_args!("{}", if applied.is_empty() { "up to date".to_owned() } else { applied.join("\n") }))
            }
            Command::Staff(command) => manage_staff(config, command).await,
            Command::Client(command) => manage_clients(config, command).await,
            Command::Site(SiteCommand::Import { file }) => import_site(config, file).await,
            Command::Sla(command) => audit_clocks(config, &command).await,
            Command::Custody(CustodyCommand::Verify) => audit_custody(config).await,
            Command::Report(args) => report::write(&counting(config).await?, args).await,
            Command::Rates(command) => audit_rates(config, &command).await,
            Command::Rental(RentalCommand::Verify) => audit_rentals(config).await,
            Command::Backup { target } => {
                refuse_nothing(&config)?;
                let app = App::build(config, Clock::System)?;
                app.db().backup(&target).await.map_err(StartError::from)?;
                say(format_args!("{}", target.display()))
            }
        }
    })
}

/// Writes a line for whoever asked. That nobody reads on (`| head`) is no failure.
fn say(line: std::fmt::Arguments<'_>) -> Result<(), StartError> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(StartError(format!("standard output: {error}"))),
        _ => Ok(()),
    }
}

fn start_log(config: &Config) -> Result<(), StartError> {
    let filter = EnvFilter::try_new(&config.log_filter).map_err(|e| StartError(format!("LOG_FILTER: {e}")))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Pretty => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    started.map_err(|e| StartError(format!("log: {e}")))
}

/// Who asks about a database means one that is there: a mistyped folder must not pass for an empty one.
fn refuse_nothing(config: &Config) -> Result<(), StartError> {
    if config.database_url.is_missing() {
        return Err(StartError(format!("DATABASE_URL: there is no database at {}", config.database_url)));
    }
    Ok(())
}

async fn manage_staff(config: Config, command: StaffCommand) -> Result<(), StartError> {
    if !matches!(command, StaffCommand::Create { .. }) {
        refuse_nothing(&config)?;
    }
    let app = App::build(config, Clock::System)?;
    migrate(&app).await?;
    match command {
        StaffCommand::Create { username, role, name, site, department } => {
            let password = staff::random_password().map_err(StartError::from)?;
            let display_name = name.unwrap_or_else(|| username.clone());
            let new = NewStaff { username: username.clone(), display_name, role, site, department };
            let secret = password.clone();
            app.write(move |tx| staff::create(tx, new, &secret)).await.map_err(StartError::from)?;
            say(format_args!("{username}\t{}", password.expose_secret()))?;
        }
        StaffCommand::List => {
            for line in app.read(staff::list).await.map_err(StartError::from)? {
                let state = if line.is_disabled { "disabled" } else { "active" };
                say(format_args!("{}\t{}\t{}\t{state}", line.username, line.role.as_str(), line.display_name))?;
            }
        }
        StaffCommand::ResetPassword { username } => {
            let password = staff::random_password().map_err(StartError::from)?;
            let (name, secret) = (username.clone(), password.clone());
            app.write(move |tx| staff::reset_password(tx, &name, &secret)).await.map_err(StartError::from)?;
            say(format_args!("{username}\t{}", password.expose_secret()))?;
        }
        StaffCommand::Disable { username } => {
            app.write(move |tx| staff::disable(tx, &username)).await.map_err(StartError::from)?;
        }
    }
    Ok(())
}

async fn manage_clients(config: Config, command: ClientCommand) -> Result<(), StartError> {
    refuse_nothing(&config)?;
    let app = App::build(config, Clock::System)?;
    migrate(&app).await?;
    match command {
        ClientCommand::Create { name, sites, scopes } => {
            let new = NewClient { name, sites, scopes };
            let (id, secret) = app.write(move |tx| clients::create(tx, new)).await.map_err(StartError::from)?;
            say(format_args!("{id}\t{}", secret.expose_secret()))?;
        }
        ClientCommand::List => {
            for line in app.read(clients::list).await.map_err(StartError::from)? {
                let state = if line.is_disabled { "disabled" } else { "active" };
                say(format_args!("{}\t{}\t{}\t{state}", line.id, line.scopes, line.name))?;
            }
        }
        ClientCommand::Rotate { id } => {
            let secret = app.write(move |tx| clients::rotate(tx, id)).await.map_err(StartError::from)?;
            say(format_args!("{id}\t{}", secret.expose_secret()))?;
        }
        ClientCommand::Disable { id } => {
            app.write(move |tx| clients::disable(tx, id)).await.map_err(StartError::from)?;
        }
    }
    Ok(())
}

async fn import_site(config: Config, file: PathBuf) -> Result<(), StartError> {
    let refuse = |error: &dyn std::fmt::Display| StartError(format!("{}: {error}", file.display()));
    let json = std::fs::read(&file).map_err(|e| refuse(&e))?;
    let mall: MallFile = serde_json::from_slice(&json).map_err(|e| refuse(&e))?;
    let app = App::build(config, Clock::System)?;
    migrate(&app).await?;
    let site = app.write(move |tx| sites::import::import(tx, &mall)).await.map_err(StartError::from)?;
    say(format_args!("{}\t{}", site.code, site.name))
}

async fn audit_clocks(config: Config, command: &SlaCommand) -> Result<(), StartError> {
    refuse_nothing(&config)?;
    let app = App::build(config, Clock::System)?;
    migrate(&app).await?;
    let mends = matches!(command, SlaCommand::Rebuild);
    let audit = clocks::audit::run(&app, mends).await.map_err(StartError::from)?;
    for difference in &audit.differences {
        say(format_args!("{difference}"))?;
    }
    let count = audit.differences.len();
    say(format_args!("{} clocks, {} events, {count} differences", audit.clocks, audit.events))?;
    if mends || count == 0 { Ok(()) } else { Err(StartError("the clocks differ; see `yijian sla rebuild`".to_owned())) }
}

async fn audit_custody(config: Config) -> Result<(), StartError> {
    refuse_nothing(&config)?;
    let app = App::build(config, Clock::System)?;
    migrate(&app).await?;
    let audit = custody::audit::run(&app).await.map_err(StartError::from)?;
    for fault in &audit.faults {
        say(format_args!("{fault}"))?;
    }
    let count = audit.faults.len();
    say(format_args!("{} items, {} entries, {count} faults", audit.items, audit.entries))?;
    if count == 0 { Ok(()) } else { Err(StartError("custody logs are not as they were written".to_owned())) }
}

/// A database to count in, at the time it is there: a demo's clock may have been moved ahead of the machine's, and what is
/// late follows from the time.
async fn counting(config: Config) -> Result<Arc<App>, StartError> {
    refuse_nothing(&config)?;
    let app = App::build(config.clone(), Clock::System)?;
    migrate(&app).await?;
    let Some(left_at) = demo::moved_to(&app).await? else { return Ok(app) };
    app.db().finish().await;
    App::build(config, Clock::manual(left_at.0))
}

async fn audit_rates(config: Config, command: &RatesCommand) -> Result<(), StartError> {
    let app = counting(config).await?;
    if matches!(command, RatesCommand::Rebuild) {
        let tickets = rates::audit::rebuild(&app).await.map_err(StartError::from)?;
        return say(format_args!("{tickets} tickets counted"));
    }
    let audit = rates::audit::run(&app).await.map_err(StartError::from)?;
    for difference in &audit.differences {
        say(format_args!("{difference}"))?;
    }
    let count = audit.differences.len();
    say(format_args!("{} tickets, {} sums, {count} differences", audit.tickets, audit.sums))?;
    if count == 0 { Ok(()) } else { Err(StartError("the rates differ; see `yijian rates rebuild`".to_owned())) }
}

async fn audit_rentals(config: Config) -> Result<(), StartError> {
    refuse_nothing(&config)?;
    let app = App::build(config, Clock::System)?;
    migrate(&app).await?;
    let audit = rentals::audit::run(&app).await.map_err(StartError::from)?;
    for fault in &audit.faults {
        say(format_args!("{fault}"))?;
    }
    let count = audit.faults.len();
    say(format_args!("{} things, {} rentals, {count} faults", audit.units, audit.rentals))?;
    if count == 0 { Ok(()) } else { Err(StartError("what is lent is not as it says".to_owned())) }
}
