//! What is kept for somebody while the world goes on: it breaks, or its rules change.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::devices::break_all;
use super::{Lending, available, prove, rental, set_rules, text, umbrella, unit};
use crate::both;
use crate::support::{Client, People, Reply};

async fn reserve(lending: &Lending, who: &Client, station: &str, kind: &str) -> Reply {
    let kept = who.post("/api/v1/rentals/reserve", lending.wish(station, kind)).await;
    kept.is(201);
    kept
}

fn code(reply: &Reply) -> String {
    text(&reply.json["unit"]["code"])
}

fn place(unit: &Value) -> (String, Value) {
    (text(&unit["status"]), unit["station"]["id"].clone())
}

both! {
    async fn what_broke_while_it_was_kept_is_offered_to_nobody(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let gate = lending.station("gate-1");
        let in_repair = ("in_repair".to_owned(), json!(gate));
        // Given up.
        let kept = reserve(&lending, &p.lin, "gate-1", "umbrella").await;
        break_all(&t, gate, &[&code(&kept)]).await;
        assert_eq!(unit(&p.mei, &code(&kept)).await["status"], "reserved", "still somebody's");
        p.lin.act(&format!("{}/cancel", rental(&kept))).await.is(200);
        let broken = unit(&p.mei, &code(&kept)).await;
        assert_eq!((place(&broken), &broken["fault"]), (in_repair.clone(), &json!("伞骨断了")));
        assert_eq!((&broken["history"][0]["action"], &broken["history"][0]["reason"]), (&json!("repair"), &json!("伞骨断了")));
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 49);
        let scanned = json!({ "scene": text(&broken["scene"]) });
        p.hua.post("/api/v1/rentals", scanned).await.refused(409, "rental_unit_not_available");
        // Run out.
        let kept = reserve(&lending, &p.hua, "gate-1", "umbrella").await;
        break_all(&t, gate, &[&code(&kept)]).await;
        t.advance(SignedDuration::from_mins(15)).await;
        let mei = t.staff("mei").await;
        assert_eq!(place(&unit(&mei, &code(&kept)).await), in_repair);
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 48);
        // Mended, it is as good as any.
        let id = text(&broken["id"]);
        mei.post(&format!("/api/v1/rental/units/{id}/restock"), json!({ "station_id": gate })).await.is(200);
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 49);
        prove(&t).await;
    }

    async fn who_fetches_what_broke_gets_another_one(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let gate = lending.station("gate-1");
        let kept = reserve(&lending, &p.lin, "gate-1", "umbrella").await;
        break_all(&t, gate, &[&code(&kept)]).await;
        let fetched = umbrella(&lending, &p.lin, "gate-1").await;
        assert_eq!((&fetched.is(201).json["id"], &fetched.json["status"]), (&kept.json["id"], &json!("lent")));
        assert_ne!(code(&fetched), code(&kept));
        assert_eq!(place(&unit(&p.mei, &code(&kept)).await), ("in_repair".to_owned(), json!(gate)));

        // The broken one is not handed out to who scans it, but the one beside it is.
        let kept = reserve(&lending, &p.hua, "gate-1", "umbrella").await;
        break_all(&t, gate, &[&code(&kept)]).await;
        let scene = text(&unit(&p.mei, &code(&kept)).await["scene"]);
        p.hua.post("/api/v1/rentals", json!({ "scene": scene })).await.refused(409, "rental_unit_not_available");
        assert_eq!(p.hua.get(&rental(&kept)).await.json["status"], "reserved", "a refusal changes nothing");
        let other = if code(&kept) == "U-0021" { "U-0022" } else { "U-0021" };
        let scene = text(&unit(&p.mei, other).await["scene"]);
        assert_eq!(code(p.hua.post("/api/v1/rentals", json!({ "scene": scene })).await.is(201)), other);
        assert_eq!(unit(&p.mei, &code(&kept)).await["status"], "in_repair");
        prove(&t).await;
    }

    async fn where_no_other_is_left_what_broke_stays_where_it_is(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        for n in 0..9 {
            let who = t.shopper(&format!("guest{n}")).await;
            umbrella(&lending, &who, "gate-3").await.is(201);
        }
        let kept = reserve(&lending, &p.lin, "gate-3", "umbrella").await;
        break_all(&t, lending.station("gate-3"), &[&code(&kept)]).await;
        let none = umbrella(&lending, &p.lin, "gate-3").await;
        none.refused(409, "rental_none_here");
        assert!(none.json["nearest"]["id"].is_string());
        assert_eq!(p.lin.get(&rental(&kept)).await.json["status"], "reserved");
        p.lin.act(&format!("{}/cancel", rental(&kept))).await.is(200);
        assert_eq!(unit(&p.mei, &code(&kept)).await["status"], "in_repair");
        prove(&t).await;
    }

    async fn what_is_fetched_goes_by_the_rules_under_which_it_was_kept(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let kept = reserve(&lending, &p.lin, "gate-1", "umbrella").await;
        let rules = json!({ "longest_seconds": 3600, "remind_before_seconds": 600, "free_seconds": 0,
            "fee": { "step_seconds": 60, "step_fen": 100 } });
        set_rules(&t, &lending, &p.li, "umbrella", rules).await;
        let fetched = umbrella(&lending, &p.lin, "gate-1").await;
        assert_eq!(fetched.is(201).json["id"], kept.json["id"]);
        assert_eq!(fetched.json["due_at"], "2026-11-23T02:00:00.000Z", "a day, as when it was kept");
        // The same for who takes the one beside it.
        set_rules(&t, &lending, &p.li, "umbrella", json!({ "longest_seconds": 7200 })).await;
        let kept = reserve(&lending, &p.hua, "gate-1", "umbrella").await;
        set_rules(&t, &lending, &p.li, "umbrella", json!({ "longest_seconds": 3600 })).await;
        let other = if code(&kept) == "U-0021" { "U-0022" } else { "U-0021" };
        let scene = text(&unit(&p.mei, other).await["scene"]);
        let fetched = p.hua.post("/api/v1/rentals", json!({ "scene": scene })).await;
        assert_eq!((&fetched.is(201).json["id"], &fetched.json["due_at"]), (&kept.json["id"], &json!("2026-11-22T04:00:00.000Z")));
        prove(&t).await;
    }

    async fn what_asks_for_a_deposit_by_now_is_borrowed_anew(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        let kept = reserve(&lending, &p.lin, "gate-1", "umbrella").await;
        let cash = json!({ "deposit": "desk_cash", "deposit_fen": 2000 });
        set_rules(&t, &lending, &p.li, "umbrella", cash).await;
        umbrella(&lending, &p.lin, "gate-1").await.refused(422, "rental_deposit_at_desk");
        assert_eq!(p.lin.get(&rental(&kept)).await.json["status"], "reserved");
        let mut wish = lending.wish("gate-1", "umbrella");
        wish["on_behalf_of"] = json!({ "name": "小林", "phone": "13812341234" });
        wish["deposit_taken"] = json!(true);
        let lent = p.mei.post("/api/v1/rentals", wish).await;
        let path = rental(&lent);
        assert_ne!(lent.json["id"], kept.json["id"]);
        assert_eq!(lent.json["deposit_fen"], 2000, "what was taken is written down");
        assert_eq!(p.lin.get(&rental(&kept)).await.json["status"], "cancelled");
        assert_eq!(p.lin.get(&path).await.json["entries"][0]["kind"], "deposit_taken");
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 49);
        prove(&t).await;
    }

    async fn what_asks_for_an_age_by_now_is_borrowed_anew(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let kept = reserve(&lending, &p.lin, "gate-1", "umbrella").await;
        set_rules(&t, &lending, &p.li, "umbrella", json!({ "asks_age": true })).await;
        umbrella(&lending, &p.lin, "gate-1").await.refused_field("/is_minor", "field_missing");
        let mut wish = lending.wish("gate-1", "umbrella");
        wish["is_minor"] = json!(true);
        wish["adult"] = json!({ "name": "林妈妈", "phone": "13800001111" });
        let lent = p.lin.post("/api/v1/rentals", wish).await;
        let path = rental(&lent);
        assert_ne!(lent.json["id"], kept.json["id"]);
        assert_eq!(p.mei.get(&path).await.json["borrower"]["adult_phone"], "138****1111");
        assert_eq!(p.lin.get(&rental(&kept)).await.json["status"], "cancelled");
        prove(&t).await;
    }
}
