//! Lists page by page.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Client, Reply, TestApp};

/// Files so many repairs, a second apart; gives their ids, newest first.
async fn file(t: &TestApp, client: &Client, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 1..=count {
        t.app.clock.advance(SignedDuration::from_secs(1)).expect("a clock moved by hand");
        let body = json!({ "scene": t.scenes().lamp, "description": format!("灯不亮 {number}") });
        ids.push(client.post("/api/v1/repairs", body).await.is(201).id());
    }
    ids.reverse();
    ids
}

fn ids(page: &Reply) -> Vec<String> {
    let items = page.is(200).json["items"].as_array().expect("items");
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

fn cursor(page: &Reply) -> String {
    page.is(200).json["next_cursor"].as_str().expect("a cursor").to_owned()
}

both! {
    async fn a_list_of_25_is_walked_without_gaps_or_doubles(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let filed = file(&t, &lin, 25).await;
        for (limit, sizes) in [(10, vec![10, 10, 5]), (25, vec![25]), (24, vec![24, 1]), (5, vec![5; 5])] {
            let (mut seen, mut query) = (Vec::new(), String::new());
            for (at, size) in sizes.iter().enumerate() {
                let page = lin.get(&format!("/api/v1/tickets?limit={limit}{query}")).await;
                assert_eq!(ids(&page).len(), *size, "limit {limit}");
                seen.extend(ids(&page));
                let is_last = at + 1 == sizes.len();
                assert_eq!(page.json["has_more"], json!(!is_last));
                assert_eq!(page.json["next_cursor"] == Value::Null, is_last);
                query = if is_last { String::new() } else { format!("&cursor={}", cursor(&page)) };
            }
            assert_eq!(seen, filed, "limit {limit}");
        }
        assert_eq!(ids(&lin.get("/api/v1/tickets").await).len(), 20);
    }

    /// Without a second between them the ids alone keep the order.
    async fn tickets_of_one_moment_are_walked_as_well(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let mut filed = Vec::new();
        for _ in 0..7 {
            filed.push(lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await.is(201).id());
        }
        filed.reverse();
        let first = lin.get("/api/v1/tickets?limit=4").await;
        let second = lin.get(&format!("/api/v1/tickets?limit=4&cursor={}", cursor(&first))).await;
        assert_eq!([ids(&first), ids(&second)].concat(), filed);
    }

    async fn what_comes_in_meanwhile_moves_nothing(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let filed = file(&t, &lin, 6).await;
        let first = lin.get("/api/v1/tickets?limit=3").await;
        let newer = file(&t, &lin, 4).await;
        let second = lin.get(&format!("/api/v1/tickets?limit=3&cursor={}", cursor(&first))).await;
        assert_eq!([ids(&first), ids(&second)].concat(), filed);
        assert_eq!(second.json["has_more"], false);
        // The limit is not part of what a cursor belongs to.
        let rest = lin.get(&format!("/api/v1/tickets?limit=100&cursor={}", cursor(&first))).await;
        assert_eq!(ids(&rest), ids(&second));
        let top: BTreeSet<String> = ids(&lin.get("/api/v1/tickets?limit=4").await).into_iter().collect();
        assert_eq!(top, newer.into_iter().collect());
    }

    async fn a_cursor_belongs_to_one_caller_and_one_list(t: TestApp) {
        let (lin, chen, mei) = (t.shopper("xiaolin").await, t.shopper("laochen").await, t.staff("mei").await);
        let filed = file(&t, &lin, 3).await;
        file(&t, &chen, 3).await;
        let mine = cursor(&lin.get("/api/v1/tickets?limit=1").await);
        lin.get(&format!("/api/v1/tickets?cursor={mine}")).await.is(200);
        for query in ["status=new&", "open=true&", "view=own&", "kind=repair&"] {
            lin.get(&format!("/api/v1/tickets?{query}cursor={mine}")).await.refused_field("?cursor", "cursor_mismatch");
        }
        chen.get(&format!("/api/v1/tickets?cursor={mine}")).await.refused_field("?cursor", "cursor_mismatch");
        mei.get(&format!("/api/v1/tickets?cursor={mine}")).await.refused_field("?cursor", "cursor_mismatch");
        lin.get(&format!("/api/v1/notices?cursor={mine}")).await.refused_field("?cursor", "cursor_mismatch");
        let timeline = format!("/api/v1/tickets/{}/timeline", filed[0]);
        lin.get(&format!("{timeline}?cursor={mine}")).await.refused_field("?cursor", "cursor_mismatch");

        mei.act(&format!("/api/v1/tickets/{}/accept", filed[0])).await.is(200);
        let line = cursor(&lin.get(&format!("{timeline}?limit=1")).await);
        assert_eq!(ids(&lin.get(&format!("{timeline}?cursor={line}")).await).len(), 1);
        let other = format!("/api/v1/tickets/{}/timeline", filed[1]);
        lin.get(&format!("{other}?cursor={line}")).await.refused_field("?cursor", "cursor_mismatch");
        // Signing in again is still the same caller.
        t.shopper("xiaolin").await.get(&format!("/api/v1/tickets?cursor={mine}")).await.is(200);
    }

    async fn a_changed_cursor_is_refused(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        file(&t, &lin, 3).await;
        let good = cursor(&lin.get("/api/v1/tickets?limit=1").await);
        for at in 0..good.len() {
            let mut letters: Vec<char> = good.chars().collect();
            letters[at] = if letters[at] == 'A' { 'Q' } else { 'A' };
            let changed: String = letters.into_iter().collect();
            lin.get(&format!("/api/v1/tickets?cursor={changed}")).await.refused(422, "fields_invalid");
        }
        for wrong in ["", "x", &good[1..], &format!("{good}A"), &good[..22], "%E4%B8%80%E9%94%AE", &"灯".repeat(44)] {
            lin.get(&format!("/api/v1/tickets?cursor={wrong}")).await.refused_field("?cursor", "cursor_malformed");
        }
    }
}
