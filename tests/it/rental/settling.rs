//! Money where something else is on the rental already: fees, damages, and what is found again.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Lending, kinds, prove, rental, small_station, text, umbrella, unit};
use crate::both;
use crate::support::{Client, People, Reply, TestApp};

fn entries(rental: &Value) -> Vec<(String, i64)> {
    let list = rental["entries"].as_array().expect("entries");
    list.iter().map(|one| (text(&one["kind"]), one["amount_fen"].as_i64().expect("fen"))).collect()
}

fn ledger<const N: usize>(lines: [(&str, i64); N]) -> Vec<(String, i64)> {
    lines.map(|(kind, fen)| (kind.to_owned(), fen)).into()
}

async fn settle(desk: &Client, path: &str, amount: i64) -> Reply {
    desk.post(&format!("{path}/settle"), json!({ "amount_fen": amount, "reason": "按价赔偿" })).await
}

/// A stroller that is given up for lost after six hours, of which four are free: ten yuan by then.
async fn lost_stroller(t: &TestApp, lending: &Lending) -> (String, String) {
    let lin = t.shopper("xiaolin").await;
    lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
    let lent = lin.post("/api/v1/rentals", lending.wish("desk", "stroller")).await;
    let path = rental(&lent);
    t.advance(SignedDuration::from_hours(6)).await;
    let lost = t.shopper("xiaolin").await.post(&format!("{path}/report"), json!({ "kind": "lost" })).await;
    assert_eq!(
        (&lost.is(200).json["fee_fen"], &lost.json["charged_fen"]),
        (&json!(1000), &json!(0)),
        "noted, not charged"
    );
    (path, text(&lent.json["unit"]["id"]))
}

both! {
    async fn for_a_lost_thing_the_fee_is_not_asked_besides(t: TestApp) {
        let lending = Lending::of(&t).await;
        let (path, unit) = lost_stroller(&t, &lending).await;
        let mei = t.staff("mei").await;
        assert_eq!(settle(&mei, &path, 60_000).await.is(200).json["charged_fen"], 60_000);
        assert_eq!(entries(&mei.get(&path).await.json), ledger([("replacement", 60_000)]));
        // Found an hour later: what it cost up to when it was given up stays, the rest goes back.
        t.advance(SignedDuration::from_hours(1)).await;
        let mei = t.staff("mei").await;
        mei.post(&format!("/api/v1/rental/units/{unit}/restock"), json!({ "station_id": lending.station("desk") })).await.is(200);
        let found = mei.get(&path).await;
        assert_eq!(entries(&found.is(200).json), ledger([("replacement", 60_000), ("refund", 59_000)]));
        assert_eq!((&found.json["charged_fen"], &found.json["owed_fen"], &found.json["returned_by"]), (&json!(1000), &json!(1000), &json!("found")));
        mei.post(&format!("{path}/pay"), json!({ "kind": "payment", "amount_fen": 1000 })).await.is(200);
        assert!(mei.get(&path).await.json["settled_at"].is_string());
        prove(&t).await;
    }

    async fn what_is_found_undecided_costs_the_fee(t: TestApp) {
        let lending = Lending::of(&t).await;
        let (path, unit) = lost_stroller(&t, &lending).await;
        let mei = t.staff("mei").await;
        mei.post(&format!("/api/v1/rental/units/{unit}/restock"), json!({ "station_id": lending.station("desk") })).await.is(200);
        let found = mei.get(&path).await;
        assert_eq!(entries(&found.is(200).json), ledger([("fee", 1000)]));
        assert_eq!((&found.json["owed_fen"], &found.json["open_reports"]), (&json!(1000), &json!(0)));
        prove(&t).await;
    }

    async fn what_was_waived_stays_waived_when_it_is_found(t: TestApp) {
        let lending = Lending::of(&t).await;
        let (path, unit) = lost_stroller(&t, &lending).await;
        let mei = t.staff("mei").await;
        assert!(settle(&mei, &path, 0).await.is(200).json["settled_at"].is_string());
        mei.post(&format!("/api/v1/rental/units/{unit}/restock"), json!({ "station_id": lending.station("desk") })).await.is(200);
        let found = mei.get(&path).await;
        assert_eq!((entries(&found.is(200).json), &found.json["owed_fen"]), (Vec::new(), &json!(0)));
        prove(&t).await;
    }

    async fn a_rental_never_costs_more_than_its_thing(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        for kind in ["damaged", "lost"] {
            p.lin.post(&format!("{path}/report"), json!({ "kind": kind })).await.is(200);
        }
        settle(&p.mei, &path, 3000).await.is(200);
        let too_much = settle(&p.mei, &path, 2001).await;
        too_much.refused(422, "settlement_too_high");
        assert!(too_much.json["detail"].as_str().is_some_and(|text| text.contains("2000")), "{}", too_much.json);
        assert_eq!(settle(&p.mei, &path, 2000).await.is(200).json["charged_fen"], 5000);

        // The fee counts as well.
        p.hua.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        let path = rental(&p.hua.post("/api/v1/rentals", lending.wish("desk", "stroller")).await);
        t.advance(SignedDuration::from_hours(6)).await;
        let mei = t.staff("mei").await;
        let broken = json!({ "station_id": lending.station("desk"), "condition": "damaged" });
        assert_eq!(mei.post(&format!("{path}/return"), broken).await.is(200).json["charged_fen"], 1000);
        let too_much = settle(&mei, &path, 59_001).await;
        too_much.refused(422, "settlement_too_high");
        assert!(too_much.json["detail"].as_str().is_some_and(|text| text.contains("59000")), "{}", too_much.json);
        assert_eq!(settle(&mei, &path, 59_000).await.is(200).json["charged_fen"], 60_000);
        prove(&t).await;
    }

    async fn five_troubles_of_one_rental_wait_and_no_more(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        for _ in 0..5 {
            p.lin.post(&format!("{path}/report"), json!({ "kind": "damaged" })).await.is(200);
        }
        p.lin.post(&format!("{path}/report"), json!({ "kind": "damaged" })).await.refused(422, "rental_reports_too_many");
        assert_eq!(p.lin.get(&path).await.json["open_reports"], 5);
        prove(&t).await;
    }

    async fn what_is_found_after_its_type_is_gone_ends_its_rental_all_the_same(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let policy = kinds(&t, &lending).await.into_iter().find(|one| one["code"] == "umbrella").expect("umbrellas")["policy"].clone();
        let raincoat = json!({ "kind": "other", "name": "雨衣", "policy": policy });
        let new = json!({ "site_id": lending.site, "code": "raincoat", "item_type": raincoat });
        let kind = p.li.post("/api/v1/rental/item_types", new).await.is(201).id();
        let place = crate::lost_property::location(&t, "F1-GATE-4").await;
        let station = json!({ "kind": "rack", "name": "雨衣架", "location_id": place, "slots": 1, "takes": [
            { "item_type_id": kind }, { "item_type_id": lending.kind("umbrella") }] });
        let rack = small_station(&lending, &p.li, "r1", station, &kind).await;
        let wish = json!({ "station_id": rack, "item_type_id": kind });
        let first = p.lin.post("/api/v1/rentals", wish.clone()).await;
        let path = rental(&first);
        p.lin.post(&format!("{path}/report"), json!({ "kind": "lost" })).await.is(200);
        settle(&p.mei, &path, 4000).await.is(200);
        p.mei.post(&format!("{path}/pay"), json!({ "kind": "payment", "amount_fen": 4000 })).await.is(200);
        let more = json!({ "site_id": lending.site, "item_type_id": kind, "station_id": rack, "codes": ["R-2"] });
        p.li.post("/api/v1/rental/units", more).await.is(201);
        let second = rental(&p.hua.post("/api/v1/rentals", wish).await);
        p.hua.post(&format!("{second}/report"), json!({ "kind": "lost" })).await.is(200);
        let retired = json!({ "item_type": raincoat, "retired": true });
        p.li.put(&format!("/api/v1/rental/item_types/{kind}"), retired).await.is(200);

        // At the desk: it is to be looked at, and what was paid goes back.
        let restock = format!("/api/v1/rental/units/{}/restock", text(&first.json["unit"]["id"]));
        let here = json!({ "station_id": rack });
        assert_eq!(p.mei.post(&restock, here.clone()).await.is(200).json["status"], "returned_to_check");
        let found = p.mei.get(&path).await;
        assert_eq!((&found.is(200).json["returned_by"], &found.json["owed_fen"]), (&json!("found"), &json!(-4000)));
        p.mei.post(&restock, here.clone()).await.refused(409, "rental_not_taken_here");
        let other = text(&unit(&p.mei, "R-2").await["id"]);
        p.mei.post(&format!("/api/v1/rental/units/{other}/restock"), here).await.refused(409, "station_full");
        // Whoever counts a station by hand finds the other one.
        let codes = json!({ "codes": ["X-r1", "R-2"], "apply": true });
        let counted = p.mei.post(&format!("/api/v1/rental/stations/{rack}/stock_takes"), codes).await;
        assert_eq!(counted.is(201).json["unexpected"][0]["remedy"], "found");
        assert!(p.hua.get(&second).await.json["settled_at"].is_string());
        assert_eq!(unit(&p.mei, "R-2").await["status"], "returned_to_check");
        prove(&t).await;
    }
}
