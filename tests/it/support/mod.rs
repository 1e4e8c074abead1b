//! What every test stands on: a real server over HTTP on a real database, a clock moved by hand, and the demo mall.

mod app;
mod browser;
mod client;
mod locks;
mod people;
mod postgres;
mod sessions;

pub use app::{Backend, SECRET, TestApp};
pub use browser::{Browser, PAPER, PHONE, WALL};
pub use client::{Client, Reply, png};
pub use people::{People, path, timeline, told};
pub use postgres::{Database, database as postgres_database};
pub use sessions::Sessions;

/// A number from the environment, for who wants more of a test than everyone runs.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Writes a test once and runs it on both databases.
///
/// ```text
/// both! {
///     async fn a_ticket_is_closed_by_its_rating(t: TestApp) { … }
/// }
/// ```
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {
        $(
            $(#[$meta])*
            mod $name {
                #[allow(unused_imports)]
                use super::*;

                async fn story($app: $crate::support::TestApp) $body

                #[actix_web::test]
                async fn sqlite() {
                    story($crate::support::TestApp::start($crate::support::Backend::Sqlite).await).await;
                }

                #[actix_web::test]
                async fn postgres() {
                    if $crate::support::postgres_database().is_some() {
                        story($crate::support::TestApp::start($crate::support::Backend::Postgres).await).await;
                    }
                }
            }
        )+
    };
}
