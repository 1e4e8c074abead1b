//! Two who do something at the same moment, told step by step. On PostgreSQL only: on `SQLite` all changes wait for each other.

use std::sync::mpsc;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use yijian::app::Tx;
use yijian::error::Error;

use super::TestApp;

/// A change that somebody has made and not yet committed: whoever wants the same rows waits. Undone if nobody says otherwise.
pub struct Held {
    commit: mpsc::Sender<bool>,
    holder: actix_web::rt::task::JoinHandle<()>,
}

impl Held {
    pub async fn commit(self) {
        self.end(true).await;
    }

    pub async fn undo(self) {
        self.end(false).await;
    }

    async fn end(self, commit: bool) {
        self.commit.send(commit).expect("somebody holds");
        self.holder.await.expect("held");
    }
}

impl TestApp {
    /// Says something to the database in a transaction that stays open.
    pub async fn hold(&self, sql: impl Into<String>) -> Held {
        let (sql, app) = (sql.into(), self.app.clone());
        let (said, is_said) = tokio::sync::oneshot::channel();
        let (commit, is_committed) = mpsc::channel();
        let holder = actix_web::rt::spawn(async move {
            let hold = move |tx: &mut Tx<'_>| {
                tx.conn.batch_execute(&sql)?;
                said.send(()).expect("somebody waits");
                if is_committed.recv().unwrap_or(false) { Ok(()) } else { Err(Error::PreconditionFailed) }
            };
            match app.write(hold).await {
                Ok(()) | Err(Error::PreconditionFailed) => {}
                Err(error) => panic!("not held: {error}"),
            }
        });
        is_said.await.expect("held");
        Held { commit, holder }
    }

    /// Returns when so many of PostgreSQL's connections to this database wait for a lock.
    pub async fn locks_waited_for(&self, count: i64) {
        #[derive(QueryableByName)]
        struct Waiting {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        const QUERY: &str = "SELECT count(*) AS n FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        // PostgreSQL tells nobody that somebody waits: it is asked until it is so.
        let are_there = async {
            let ask = || self.app.read(|tx| Ok(diesel::sql_query(QUERY).get_result::<Waiting>(tx.conn)?.n));
            while ask().await.expect("a count") != count {}
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), are_there).await;
        assert!(waited.is_ok(), "{count} connections never waited at one time");
    }
}
