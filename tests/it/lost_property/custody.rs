//! The custody log: nothing of it can be changed, and what was changed all the same shows.

use diesel::connection::SimpleConnection as _;
use serde_json::json;
use yijian::custody::audit;

use super::{item_path, phone};
use crate::both;
use crate::support::{Backend, TestApp};

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
