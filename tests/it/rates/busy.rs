//! What is asked while more is being counted anew than a question can wait for.

use super::{group, rates, sql};
use crate::both;
use crate::support::{Backend, People};

/// As many tickets more, like those there are: too many to file one by one.
fn copies(backend: Backend, count: u32) -> String {
    let id = match backend {
        Backend::Sqlite => "randomblob(16)",
        Backend::Postgres => "gen_random_uuid()",
    };
    let same = "site_id, kind, channel, status, is_open, priority, severity, requester_role, filed_by_id, description, \
        bounces, urges, followers, reopens, version, created_at, updated_at, received_at, photos";
    format!(
        "INSERT INTO tickets (id, {same}) \
         WITH RECURSIVE counted (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < {count}) \
         SELECT {id}, {same} FROM tickets CROSS JOIN counted"
    )
}

both! {
    async fn who_asks_while_too_much_is_counted_is_asked_to_come_back(t: TestApp) {
        let p = People::sign_in(&t).await;
        p.file(&t).await;
        assert_eq!(group(&rates(&t, &p.li, "").await, "")["received"], 1);
        sql(&t, copies(t.backend, 5_000)).await;
        rates(&t, &p.li, "").await.is_away("rates_counting", 5);
        // Soon enough they are counted, and nothing waits any more.
        sql(&t, "DELETE FROM rate_changes".to_owned()).await;
        rates(&t, &p.li, "").await.is(200);
    }
}
