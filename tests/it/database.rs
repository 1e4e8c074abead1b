//! What the database promises: that nothing acknowledged is lost, that readers do not write, and that whoever fails takes
//! nobody along.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde_json::json;
use yijian::error::Error;

use crate::both;
use crate::support::{Backend, TestApp};

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    value: String,
}

both! {
    /// A killed process loses nothing with any of these; a power cut does without them.
    async fn writes_are_durable_and_readers_do_not_write(t: TestApp) {
        if t.backend != Backend::Sqlite {
            return;
        }
        let pragmas = t.app.write(|tx| {
            let mut number = |name: &str| {
                let query = format!("SELECT {name} AS value FROM pragma_{name}");
                diesel::sql_query(query).get_result::<Number>(tx.conn).map(|row| row.value)
            };
            let pragmas = (number("synchronous")?, number("foreign_keys")?);
            let mode: Word = diesel::sql_query("SELECT journal_mode AS value FROM pragma_journal_mode").get_result(tx.conn)?;
            Ok((pragmas, mode.value))
        });
        assert_eq!(pragmas.await.expect("pragmas"), ((2, 1), "wal".to_owned()), "synchronous=FULL, checked, WAL");
        let written = t.app.read(|tx| Ok(tx.conn.batch_execute("INSERT INTO settings (key, value) VALUES ('a', 'b')").is_ok()));
        assert!(!written.await.expect("an answer"), "a reader wrote");
    }

    /// Those who write beside it in the same group are committed; the next ones as well.
    async fn a_write_that_panics_fails_alone(t: TestApp) {
        let set = |key: &'static str| t.app.write(move |tx| {
            tx.conn.batch_execute(&format!("INSERT INTO settings (key, value) VALUES ('{key}', 'x')")).map_err(Error::from)
        });
        let panics = t.app.write(|_| -> Result<(), Error> { panic!("on purpose") });
        let refused = t.app.write(|tx| -> Result<(), Error> {
            tx.conn.batch_execute("INSERT INTO settings (key, value) VALUES ('undone', 'x')")?;
            Err(Error::rule("regrade_nothing"))
        });
        let (before, panicked, undone, after) = futures_util::join!(set("before"), panics, refused, set("after"));
        assert!(before.is_ok() && after.is_ok() && panicked.is_err() && undone.is_err());
        set("later").await.expect("a write after a panic");
        let kept = t.app.read(|tx| {
            let query = "SELECT count(*) AS value FROM settings WHERE key IN ('before', 'after', 'later', 'undone')";
            Ok(diesel::sql_query(query).get_result::<Number>(tx.conn)?.value)
        });
        assert_eq!(kept.await.expect("a count"), 3);
        t.shopper("xiaolin").await.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await.is(201);
    }

    async fn it_is_not_ready_before_its_tables_are(t: TestApp) {
        t.anyone().get("/readyz").await.is(200);
        let forget = "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)";
        t.app.write(move |tx| tx.conn.batch_execute(forget).map_err(Error::from)).await.expect("forgotten");
        let late = t.anyone().get("/readyz").await;
        late.is_away("migrations_pending", 5);
    }

    /// What was begun is answered, however long it takes; and who only looks something up does not wait for it.
    async fn who_waits_too_long_is_told_and_nothing_of_it_happens(t: TestApp) {
        let t = TestApp::start_with(t.backend, &[("DATABASE_CONNECTIONS", "4")]).await;
        let (all_there, ran) = (Arc::new(Barrier::new(3)), Arc::new(AtomicUsize::new(0)));
        let hold = || {
            let all_there = all_there.clone();
            t.app.study(move |_| Ok(all_there.wait().is_leader()))
        };
        let run = || {
            let ran = ran.clone();
            t.app.study(move |_| Ok(ran.fetch_add(1, Ordering::SeqCst)))
        };
        let late = async {
            let gone = tokio::time::timeout(Duration::from_millis(50), run()).await;
            let refused = run().await;
            let looked_up = t.app.read(|tx| Ok(tx.now)).await;
            all_there.wait();
            (gone.is_err(), matches!(refused, Err(Error::Unavailable { .. })), looked_up.is_ok())
        };
        let (one, two, late) = futures_util::join!(hold(), hold(), late);
        assert!(one.is_ok() && two.is_ok(), "what was begun was not answered");
        assert_eq!(late, (true, true, true));
        // Behind what nobody waits for any more.
        assert_eq!(run().await.expect("a thread is free"), 0);
    }
}
