//! What happens by time: reminders, and giving up.

use jiff::SignedDuration;
use serde_json::json;

use super::{Lending, prove, rental, text, umbrella, unit};
use crate::both;
use crate::support::Client;

async fn kinds(who: &Client) -> Vec<String> {
    let told = who.get("/api/v1/notices?limit=100").await;
    let mut kinds: Vec<String> =
        told.is(200).json["items"].as_array().expect("notices").iter().map(|one| text(&one["kind"])).collect();
    kinds.retain(|kind| kind.starts_with("rental_"));
    kinds.reverse();
    kinds
}

both! {
    async fn the_borrower_is_reminded_before_at_and_after_and_then_it_is_lost(t: TestApp) {
        let lending = Lending::of(&t).await;
        let lin = t.shopper("xiaolin").await;
        let lent = umbrella(&lending, &lin, "gate-1").await;
        let path = rental(&lent);
        let told = async || kinds(&t.shopper("xiaolin").await).await;
        t.advance(SignedDuration::from_hours(22) - SignedDuration::from_secs(1)).await;
        assert_eq!(told().await, [""; 0]);
        t.advance(SignedDuration::from_secs(1)).await;
        assert_eq!(told().await, ["rental_due_soon"]);
        t.advance(SignedDuration::from_hours(2)).await;
        assert_eq!(told().await, ["rental_due_soon", "rental_due"]);
        for day in 1..7 {
            t.hours(24).await;
            assert_eq!(told().await.len(), 2 + day, "each day once");
        }
        assert_eq!(kinds(&t.staff("mei").await).await, ["rental_overdue"], "the desk hears of it once");
        let overdue = t.staff("mei").await.get("/api/v1/rentals?overdue=true").await;
        assert_eq!(overdue.is(200).json["items"][0]["id"], lent.json["id"]);
        t.hours(24).await;
        let gone = t.shopper("xiaolin").await.get(&path).await;
        assert_eq!((&gone.is(200).json["status"], &gone.json["open_reports"]), (&json!("lost"), &json!(1)));
        assert_eq!(gone.json["reports"][0]["proposed_fen"], 5000);
        assert_eq!(unit(&t.staff("mei").await, &text(&lent.json["unit"]["code"])).await["status"], "lost");
        assert_eq!(told().await.last().map(String::as_str), Some("rental_lost"));
        // Nothing more comes of it by itself.
        t.hours(24 * 30).await;
        assert_eq!(told().await.last().map(String::as_str), Some("rental_lost"));
        prove(&t).await;
    }

    async fn what_came_back_in_time_is_not_spoken_of(t: TestApp) {
        let lending = Lending::of(&t).await;
        let lin = t.shopper("xiaolin").await;
        let path = rental(&umbrella(&lending, &lin, "gate-1").await);
        lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        t.hours(24 * 10).await;
        assert_eq!(kinds(&t.shopper("xiaolin").await).await, [""; 0]);
        prove(&t).await;
    }

    async fn who_keeps_it_longer_is_reminded_of_the_later_time(t: TestApp) {
        let lending = Lending::of(&t).await;
        let lin = t.shopper("xiaolin").await;
        let path = rental(&umbrella(&lending, &lin, "gate-1").await);
        lin.act(&format!("{path}/extend")).await.is(200);
        t.hours(45).await;
        assert_eq!(kinds(&t.shopper("xiaolin").await).await, [""; 0]);
        t.hours(1).await;
        assert_eq!(kinds(&t.shopper("xiaolin").await).await, ["rental_due_soon"]);
        prove(&t).await;
    }

    async fn a_lost_fee_ends_where_it_was_given_up(t: TestApp) {
        let lending = Lending::of(&t).await;
        let lin = t.shopper("xiaolin").await;
        lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        let lent = lin.post("/api/v1/rentals", lending.wish("desk", "stroller")).await;
        let path = rental(&lent);
        // Due after eight hours, lost a day later; Yijian was away for a month.
        t.hours(24 * 30).await;
        let gone = t.shopper("xiaolin").await.get(&path).await;
        assert_eq!(gone.is(200).json["status"], "lost");
        assert_eq!(gone.json["fee_fen"], 6000, "two days at the day's cap, not a month");
        prove(&t).await;
    }
}
