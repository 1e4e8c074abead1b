//! What every test stands on: a real server over HTTP on a real database, a clock moved by hand, and the demo mall.

mod app;
mod client;
mod people;
mod postgres;

pub use app::{Backend, SECRET, TestApp};
pub use client::{Client, Reply, png};
pub use people::{People, path, timeline, told};
pub use postgres::{Database, database as postgres_database};

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
