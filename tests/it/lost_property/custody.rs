//! The custody log: nothing of it can be changed, and what was changed all the same shows.

use diesel::connection::SimpleConnection as _;
use serde_json::json;
use yijian::custody::audit;

use super::{item_path, phone};
use crate::both;
use crate::support::{Backend, SECRET, TestApp};

/// Says something to the database behind the program's back.
async fn sql(t: &TestApp, text: &'static str) -> Result<(), yijian::error::Error> {
    t.app.write(move |tx| Ok(tx.conn.batch_execute(text)?)).await
}

/// Somebody with the database in their hands takes the lock off first.
async fn unlock(t: &TestApp) {
    let text = match t.backend {
        Backend::Sqlite => "DROP TRIGGER custody_entries_stay; DROP TRIGGER custody_entries_remain",
        Backend::Postgres => "DROP TRIGGER custody_entries_stay ON custody_entries",
    };
    sql(t, text).await.expect("no lock");
}

async fn faults(t: &TestApp) -> Vec<String> {
    audit::run(&t.app).await.expect("an audit").faults
}

both! {
    async fn the_database_refuses_to_change_the_log(t: TestApp) {
        phone(&t).await;
        assert!(sql(&t, "UPDATE custody_entries SET actor_name = 'x'").await.is_err());
        assert!(sql(&t, "DELETE FROM custody_entries").await.is_err());
        let found = audit::run(&t.app).await.expect("an audit");
        assert_eq!((found.items, found.entries, found.faults.len()), (1, 3, 0));
    }

    async fn a_changed_entry_shows(t: TestApp) {
        let item = phone(&t).await;
        unlock(&t).await;
        sql(&t, "UPDATE custody_entries SET actor_name = '别人' WHERE position = 2").await.expect("a change");
        assert_eq!(faults(&t).await, ["F000001: entry 2 was changed"]);
        let log = t.staff("mei").await.get(&format!("{}/custody", item_path(&item))).await;
        assert_eq!(log.is(200).json["is_whole"], false);
    }

    async fn a_missing_entry_shows_in_the_middle_and_at_the_end(t: TestApp) {
        let item = phone(&t).await;
        let mei = t.staff("mei").await;
        mei.post(&format!("{}/store", item_path(&item)), json!({ "storage_place": "B 柜" })).await.is(200);
        unlock(&t).await;
        sql(&t, "DELETE FROM custody_entries WHERE position = 4").await.expect("a change");
        assert_eq!(faults(&t).await, ["F000001: 3 entries, 4 were written"]);
        sql(&t, "DELETE FROM custody_entries WHERE position = 2").await.expect("a change");
        assert_eq!(faults(&t).await, ["F000001: entry 2 is missing"]);
    }

    /// The log cut off at its end, and the item put back to fit it; another amount; another state.
    async fn an_item_put_back_to_fit_a_shorter_log_shows(t: TestApp) {
        let item = phone(&t).await;
        let mei = t.staff("mei").await;
        mei.post(&format!("{}/store", item_path(&item)), json!({ "storage_place": "B 柜" })).await.is(200);
        unlock(&t).await;
        sql(&t, "DELETE FROM custody_entries WHERE position = 4").await.expect("a change");
        let put_back = "UPDATE found_items SET custody_entries = 3, storage_place = '服务台 A 柜', \
            custody_head = (SELECT hash FROM custody_entries WHERE position = 3)";
        sql(&t, put_back).await.expect("a change");
        assert_eq!(faults(&t).await, ["F000001: the item's own row was changed"]);
    }

    async fn another_amount_shows(t: TestApp) {
        phone(&t).await;
        sql(&t, "UPDATE found_items SET cash_fen = 100").await.expect("a change");
        assert_eq!(faults(&t).await, ["F000001: the item's own row was changed"]);
    }

    /// Each fact that the row's seal is over, changed alone.
    async fn another_state_class_place_or_seal_shows(t: TestApp) {
        phone(&t).await;
        for (change, back) in [
            ("UPDATE found_items SET status = 'promised'", "UPDATE found_items SET status = 'kept'"),
            ("UPDATE found_items SET value_class = 'ordinary'", "UPDATE found_items SET value_class = 'valuable'"),
            ("UPDATE found_items SET storage_place = 'B 柜'", "UPDATE found_items SET storage_place = '服务台 A 柜'"),
            ("UPDATE found_items SET seal_number = 'S-2'", "UPDATE found_items SET seal_number = 'S-1'"),
        ] {
            sql(&t, change).await.expect("a change");
            assert_eq!(faults(&t).await, ["F000001: the item's own row was changed"], "{change}");
            sql(&t, back).await.expect("a change");
            assert_eq!(faults(&t).await, Vec::<String>::new(), "{back}");
        }
    }

    async fn the_command_says_what_is_wrong_and_fails(t: TestApp) {
        phone(&t).await;
        let run = || {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_yijian"));
            command.current_dir(&t.folder).args(["custody", "verify"]).env("LOG_FILTER", "error");
            command.env("DATA_DIR", &t.folder).env("SIGNING_SECRET", SECRET).env("DATA_SECRET", SECRET);
            if let Some(url) = t.database_url() {
                command.env("DATABASE_URL", url);
            }
            let output = command.output().expect("it runs");
            (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
        };
        assert_eq!(run(), (true, "1 items, 3 entries, 0 faults\n".to_owned()));
        sql(&t, "UPDATE found_items SET seal_number = 'S-2'").await.expect("a change");
        let said = "F000001: the item's own row was changed\n1 items, 3 entries, 1 faults\n".to_owned();
        assert_eq!(run(), (false, said));
    }

    async fn a_hash_made_without_the_secret_does_not_fit(t: TestApp) {
        phone(&t).await;
        unlock(&t).await;
        let text = match t.backend {
            Backend::Sqlite => "UPDATE custody_entries SET hash = zeroblob(32) WHERE position = 3",
            Backend::Postgres => r"UPDATE custody_entries SET hash = decode(repeat('00', 32), 'hex') WHERE position = 3",
        };
        sql(&t, text).await.expect("a change");
        assert_eq!(faults(&t).await, ["F000001: entry 3 was changed"]);
    }
}
