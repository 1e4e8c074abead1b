//! What a report reads of found items is what is there of them.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use futures_util::future::join_all;
use serde_json::json;
use yijian::db::schema::{found_pages, found_prints};
use yijian::matches::model::entries;
use yijian::matches::service;

use super::{claim, item_path, location, phone, settle, umbrella};
use crate::both;
use crate::support::{Backend, TestApp};

macro_rules! migration {
    ($backend:literal) => {
        (
            include_str!(concat!("../../../migrations/", $backend, "/0028_found_pages/down.sql")),
            include_str!(concat!("../../../migrations/", $backend, "/0028_found_pages/up.sql")),
        )
    };
}

/// The items on all pages, each once, and in how many pages.
async fn on_pages(t: &TestApp) -> (BTreeSet<String>, usize) {
    let pages = |tx: &mut yijian::app::Tx<'_>| Ok(found_pages::table.select(found_pages::prints).load(tx.conn)?);
    let pages: Vec<Vec<u8>> = t.app.read(pages).await.expect("pages");
    let mut items = BTreeSet::new();
    for entry in pages.iter().flat_map(|page| entries(page)) {
        assert!(items.insert(entry.item_id.to_string()), "twice: {}", entry.item_id);
    }
    (items, pages.len())
}

both! {
    async fn an_item_is_on_the_page_of_its_kind_and_time_as_long_as_it_is_kept(t: TestApp) {
        let (item, other) = (phone(&t).await, umbrella(&t).await);
        settle(&t).await;
        assert_eq!(on_pages(&t).await, (BTreeSet::from([item.id(), other.id()]), 2));
        // It was found a day before, with the umbrella: nothing of it stays where it was.
        let correct = json!({
            "description": "黑色长柄雨伞", "category": "umbrella", "colours": ["black"],
            "location_id": location(&t, "B2-A").await, "found_at": "2026-11-21T02:00:00Z"
        });
        t.staff("mei").await.put(&item_path(&other), correct).await.is(200);
        settle(&t).await;
        assert_eq!(on_pages(&t).await, (BTreeSet::from([item.id(), other.id()]), 2));
        // Promised to somebody, and back on its page when it was not theirs.
        let (claim, _) = claim(&t.shopper("xiaohua").await, &item).await;
        t.staff("mei").await.post(&format!("{claim}/approve"), json!({ "reason": "当面解锁" })).await.is(200);
        settle(&t).await;
        assert_eq!(on_pages(&t).await, (BTreeSet::from([other.id()]), 1));
        t.staff("mei").await.post(&format!("{claim}/reject"), json!({ "reason": "认错了" })).await.is(200);
        settle(&t).await;
        assert_eq!(on_pages(&t).await, (BTreeSet::from([item.id(), other.id()]), 2));
    }

    /// Several programs run jobs at once: none writes a page without what another has just put there.
    async fn those_who_write_a_page_at_once_lose_nothing(t: TestApp) {
        let items = join_all((0..12).map(|_| umbrella(&t))).await;
        let ids: Vec<_> = items.iter().map(|item| item.id().parse().expect("an id")).collect();
        for looked in join_all(ids.iter().map(|id| service::look_for_item(&t.app, *id))).await {
            looked.expect("it is filed and compared");
        }
        assert_eq!(on_pages(&t).await, (items.iter().map(|item| item.id()).collect(), 1));
        let prints = |tx: &mut yijian::app::Tx<'_>| Ok(found_prints::table.count().get_result::<i64>(tx.conn)?);
        assert_eq!(t.app.read(prints).await.expect("a count"), 12);
    }

    async fn what_was_kept_before_there_were_pages_is_on_them(t: TestApp) {
        let (item, other) = (phone(&t).await, umbrella(&t).await);
        settle(&t).await;
        let before = on_pages(&t).await;
        assert_eq!(before, (BTreeSet::from([item.id(), other.id()]), 2));
        let keys = |tx: &mut yijian::app::Tx<'_>| {
            let table = found_pages::table.order((found_pages::category, found_pages::half_day));
            Ok(table.load::<(yijian::values::Id, i32, i32, Vec<u8>)>(tx.conn)?)
        };
        let filed = t.app.read(keys).await.expect("pages");
        let (down, up) = match t.backend {
            Backend::Sqlite => migration!("sqlite"),
            Backend::Postgres => migration!("postgres"),
        };
        let migrate = move |tx: &mut yijian::app::Tx<'_>| Ok(tx.conn.batch_execute(&format!("{down}{up}"))?);
        t.app.write(migrate).await.expect("the table made anew");
        assert_eq!(t.app.read(keys).await.expect("pages"), filed);
    }
}
