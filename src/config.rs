//! The settings, and the only place that reads the environment.
//!
//! Every variable is listed in [`VARIABLES`] and in `.env.example`; a test keeps the two equal.

use std::cell::Cell;
use std::env::VarError;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;
use validator::ValidateEmail as _;

use crate::db::DatabaseUrl;
use crate::wechat::{PayConfig, PayTimeouts};

/// Everything that may differ between two installations.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of the `SQLite` database, the uploaded photos and the generated secrets.
    pub data_dir: PathBuf,
    /// Where the rows live.
    pub database_url: DatabaseUrl,
    /// Connections that read (`SQLite`) or all connections (PostgreSQL).
    pub database_connections: u32,
    /// Address and port of the HTTP server.
    pub listen: SocketAddr,
    /// Worker threads of the HTTP server.
    pub http_workers: usize,
    /// What this process does.
    pub role: AppRole,
    /// Signs access tokens; at least 32 characters. `None`: generated once and kept in the data folder.
    pub signing_secret: Option<SecretString>,
    /// The former signing secret, while tokens signed with it may still be about.
    pub signing_secret_previous: Option<SecretString>,
    /// Encrypts telephone numbers; at least 32 characters. `None`: generated once and kept in the data folder.
    pub data_secret: Option<SecretString>,
    /// The mini-program; `None` switches WeChat sign-in off.
    pub wechat: Option<WeChatSettings>,
    /// WeChat Pay's `PayScore`; `None` switches deposits by it off.
    pub payscore: Option<PayConfig>,
    /// Where outside programs reach this installation, without a path.
    pub public_url: String,
    /// Whom to write to about the GBFS feed; `None` switches the feed off.
    pub gbfs_contact_email: Option<String>,
    /// Requests a minute that one caller may make; 0 means no limit.
    pub rate_limit_per_minute: u32,
    /// Sign-in attempts a minute from one address; 0 means no limit.
    pub sign_in_limit_per_minute: u32,
    /// Whether the address of a caller is taken from `X-Forwarded-For` (only behind a proxy that sets it).
    pub trust_proxy: bool,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What the log contains, in `tracing` filter syntax.
    pub log_filter: String,
}

/// How to reach WeChat's server API.
#[derive(Debug, Clone)]
pub struct WeChatSettings {
    /// `https://api.weixin.qq.com`, or a simulator.
    pub base_url: String,
    /// The mini-program's appid.
    pub app_id: String,
    /// The mini-program's `AppSecret`.
    pub app_secret: SecretString,
}

crate::word_setting! {
    /// What a process does.
    pub enum AppRole {
        /// Answers requests and runs jobs.
        All = "all",
        /// Answers requests only.
        Api = "api",
        /// Runs jobs only; still answers `/healthz`, `/readyz` and `/metrics`.
        Worker = "worker",
    }
}

crate::word_setting! {
    /// How log lines look.
    pub enum LogFormat {
        /// For people.
        Pretty = "pretty",
        /// One JSON object a line, for machines.
        Json = "json",
    }
}

/// Every environment variable that is read.
pub const VARIABLES: &[&str] = &[
    "DATA_DIR",
    "DATABASE_URL",
    "DATABASE_CONNECTIONS",
    "LISTEN",
    "HTTP_WORKERS",
    "APP_ROLE",
    "SIGNING_SECRET",
    "SIGNING_SECRET_PREVIOUS",
    "DATA_SECRET",
    "WECHAT_BASE_URL",
    "WECHAT_APP_ID",
    "WECHAT_APP_SECRET",
    "WECHAT_PAY_BASE_URL",
    "WECHAT_PAY_MERCHANT_ID",
    "WECHAT_PAY_SERVICE_ID",
    "WECHAT_PAY_MERCHANT_KEY_FILE",
    "WECHAT_PAY_MERCHANT_SERIAL",
    "WECHAT_PAY_API_V3_KEY",
    "WECHAT_PAY_KEY_ID",
    "WECHAT_PAY_KEY_FILE",
    "PUBLIC_URL",
    "GBFS_CONTACT_EMAIL",
    "RATE_LIMIT_PER_MINUTE",
    "SIGN_IN_LIMIT_PER_MINUTE",
    "TRUST_PROXY",
    "LOG_FORMAT",
    "LOG_FILTER",
];

/// A setting that cannot be used: names the variable and says what it should be.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The environment variable.
    pub variable: &'static str,
    /// What is wrong with its value. Never the value itself: it may be a secret.
    pub reason: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.reason)
    }
}

impl std::error::Error for ConfigError {}

/// What the command line says, which goes before the environment.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--database-url`
    pub database_url: Option<String>,
    /// `--listen`
    pub listen: Option<String>,
}

impl Config {
    /// Reads `.env` (if there is one) and the environment.
    ///
    /// # Errors
    /// The first variable whose value cannot be used.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn from_env(overrides: &Overrides) -> Result<Self, ConfigError> {
        match dotenvy::dotenv() {
            Ok(_) => {}
            Err(error) if error.not_found() => {}
            // The error of `dotenvy` quotes the line, which may hold a secret.
            Err(_) => return Err(ConfigError { variable: ".env", reason: "a line is not NAME=value".to_owned() }),
        }
        let unreadable = Cell::new(None);
        let read = |name: &'static str| match std::env::var(name) {
            Ok(value) => Some(value),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(_)) => {
                unreadable.set(Some(name));
                None
            }
        };
        let config = Self::from_lookup(overrides, read);
        // As absent it would pass for the default: another database, say.
        match unreadable.get() {
            Some(variable) => Err(ConfigError { variable, reason: "is not UTF-8".to_owned() }),
            None => config,
        }
    }

    /// Reads settings from any source; an empty value counts as absent.
    ///
    /// # Errors
    /// The first variable whose value cannot be used.
    pub fn from_lookup(
        overrides: &Overrides,
        lookup: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let vars = Vars(|name| lookup(name).filter(|value| !value.trim().is_empty()));
        let data_dir = overrides.data_dir.clone().unwrap_or(vars.or("DATA_DIR", PathBuf::from("./data"))?);
        let database_url = match &overrides.database_url {
            Some(url) => parse("DATABASE_URL", url)?,
            None => vars.or("DATABASE_URL", DatabaseUrl::Sqlite(data_dir.join("yijian.db")))?,
        };
        let listen = match &overrides.listen {
            Some(listen) => parse("LISTEN", listen)?,
            None => vars.or("LISTEN", SocketAddr::from(([127, 0, 0, 1], 8080)))?,
        };
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        // Measured: more readers than this only get in each other's way.
        let default_connections = match database_url {
            DatabaseUrl::Sqlite(_) => 2 * u32::try_from(cores).unwrap_or(2),
            DatabaseUrl::Postgres(_) => 8 * u32::try_from(cores).unwrap_or(2),
        };
        let public_url: String = vars.or("PUBLIC_URL", format!("http://{listen}"))?;
        let host = public_url.strip_prefix("https://").or_else(|| public_url.strip_prefix("http://"));
        let host = host.map(|host| host.strip_suffix('/').unwrap_or(host));
        let is_host = |host: &str| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
        if !host.is_some_and(is_host) {
            let reason = "must be https:// (or http:// on this machine) and a host, without a path".to_owned();
            return Err(ConfigError { variable: "PUBLIC_URL", reason });
        }
        Ok(Self {
            data_dir,
            database_url,
            database_connections: vars.within("DATABASE_CONNECTIONS", default_connections, 1, 1000)?,
            listen,
            http_workers: vars.within("HTTP_WORKERS", cores, 1, 256)?,
            role: vars.or("APP_ROLE", AppRole::All)?,
            signing_secret: vars.secret("SIGNING_SECRET")?,
            signing_secret_previous: vars.secret("SIGNING_SECRET_PREVIOUS")?,
            data_secret: vars.secret("DATA_SECRET")?,
            payscore: vars.payscore(&public_url)?,
            wechat: vars.wechat()?,
            public_url,
            gbfs_contact_email: vars.email("GBFS_CONTACT_EMAIL")?,
            rate_limit_per_minute: vars.within("RATE_LIMIT_PER_MINUTE", 600, 0, 1_000_000)?,
            sign_in_limit_per_minute: vars.within("SIGN_IN_LIMIT_PER_MINUTE", 300, 0, 1_000_000)?,
            trust_proxy: vars.or("TRUST_PROXY", false)?,
            log_format: vars.or("LOG_FORMAT", LogFormat::Pretty)?,
            log_filter: vars.or("LOG_FILTER", "info".to_owned())?,
        })
    }
}

fn parse<T: FromStr<Err: fmt::Display>>(variable: &'static str, value: &str) -> Result<T, ConfigError> {
    value.trim().parse().map_err(|error: T::Err| ConfigError { variable, reason: error.to_string() })
}

struct Vars<F>(F);

impl<F: Fn(&'static str) -> Option<String>> Vars<F> {
    fn or<T: FromStr<Err: fmt::Display>>(&self, variable: &'static str, default: T) -> Result<T, ConfigError> {
        (self.0)(variable).map_or(Ok(default), |value| parse(variable, &value))
    }

    fn within<T>(&self, variable: &'static str, default: T, least: T, most: T) -> Result<T, ConfigError>
    where
        T: FromStr<Err: fmt::Display> + PartialOrd + fmt::Display + Copy,
    {
        let value = self.or(variable, default)?;
        if value < least || value > most {
            return Err(ConfigError { variable, reason: format!("must lie between {least} and {most}") });
        }
        Ok(value)
    }

    fn secret(&self, variable: &'static str) -> Result<Option<SecretString>, ConfigError> {
        match (self.0)(variable) {
            Some(value) if value.len() < 32 => {
                Err(ConfigError { variable, reason: "must have at least 32 characters".to_owned() })
            }
            value => Ok(value.map(SecretString::from)),
        }
    }

    fn email(&self, variable: &'static str) -> Result<Option<String>, ConfigError> {
        let Some(address) = (self.0)(variable) else { return Ok(None) };
        if address.validate_email() {
            return Ok(Some(address));
        }
        Err(ConfigError { variable, reason: "must be an e-mail address".to_owned() })
    }

    /// All of it or nothing: `WECHAT_PAY_MERCHANT_ID` switches it on.
    fn payscore(&self, public_url: &str) -> Result<Option<PayConfig>, ConfigError> {
        let Some(merchant_id) = (self.0)("WECHAT_PAY_MERCHANT_ID") else { return Ok(None) };
        let needed = |variable: &'static str| {
            let reason = "goes with WECHAT_PAY_MERCHANT_ID".to_owned();
            (self.0)(variable).ok_or(ConfigError { variable, reason })
        };
        let file = |variable: &'static str| {
            let path = needed(variable)?;
            std::fs::read_to_string(path).map_err(|error| ConfigError { variable, reason: error.to_string() })
        };
        Ok(Some(PayConfig {
            base_url: self.or("WECHAT_PAY_BASE_URL", "https://api.mch.weixin.qq.com".to_owned())?,
            merchant_id,
            app_id: needed("WECHAT_APP_ID")?,
            service_id: needed("WECHAT_PAY_SERVICE_ID")?,
            merchant_key_pem: file("WECHAT_PAY_MERCHANT_KEY_FILE")?.into(),
            merchant_serial: needed("WECHAT_PAY_MERCHANT_SERIAL")?,
            api_v3_key: needed("WECHAT_PAY_API_V3_KEY")?.into(),
            wechat_key_id: needed("WECHAT_PAY_KEY_ID")?,
            wechat_key_pem: file("WECHAT_PAY_KEY_FILE")?,
            notify_url: format!("{}/api/v1/wechat/pay/notifications", public_url.trim_end_matches('/')),
            timeouts: PayTimeouts::default(),
        }))
    }

    fn wechat(&self) -> Result<Option<WeChatSettings>, ConfigError> {
        let base_url = (self.0)("WECHAT_BASE_URL").unwrap_or_else(|| "https://api.weixin.qq.com".to_owned());
        if !base_url.starts_with("https://") && !base_url.starts_with("http://") {
            return Err(ConfigError {
                variable: "WECHAT_BASE_URL",
                reason: "must start with https:// (or http:// for a simulator)".to_owned(),
            });
        }
        match ((self.0)("WECHAT_APP_ID"), (self.0)("WECHAT_APP_SECRET")) {
            (None, None) => Ok(None),
            (Some(app_id), Some(secret)) => {
                Ok(Some(WeChatSettings { base_url, app_id, app_secret: SecretString::from(secret) }))
            }
            (Some(_), None) => {
                Err(ConfigError { variable: "WECHAT_APP_SECRET", reason: "goes with WECHAT_APP_ID".to_owned() })
            }
            (None, Some(_)) => {
                Err(ConfigError { variable: "WECHAT_APP_ID", reason: "goes with WECHAT_APP_SECRET".to_owned() })
            }
        }
    }
}

/// Declares an enum that is written as one word in a setting.
#[macro_export]
macro_rules! word_setting {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!("must be one of {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}
