//! Counts, errands, losses, and counting by hand.

use serde_json::{Value, json};

use super::{Lending, available, prove, rental, text, umbrella, unit};
use crate::both;
use crate::support::People;

fn of<'a>(list: &'a Value, field: &str, id: &str) -> Option<&'a Value> {
    list.as_array().expect("a list").iter().find(|one| one[field]["id"] == id)
}

both! {
    async fn the_stock_says_what_there_is_what_to_bring_and_what_is_lost(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let path = format!("/api/v1/rental/stock?site_id={}", lending.site);
        for n in 0..6 {
            let who = t.shopper(&format!("guest{n}")).await;
            umbrella(&lending, &who, "gate-3").await.is(201);
        }
        let lost = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        p.lin.post(&format!("{lost}/report"), json!({ "kind": "lost" })).await.is(200);
        p.hua.post("/api/v1/rentals/reserve", lending.wish("gate-1", "umbrella")).await.is(201);
        let stock = p.mei.get(&path).await;
        let kinds = of(&stock.is(200).json["types"], "item_type", lending.kind("umbrella")).expect("umbrellas").clone();
        let count = |field: &str| kinds[field].as_i64().expect("a number");
        assert_eq!((count("available"), count("reserved"), count("lent"), count("lost"), count("total")), (102, 1, 6, 1, 110));
        let bring = of(&stock.json["to_bring"], "station", lending.station("gate-3")).expect("an errand").clone();
        assert_eq!((&bring["available"], &bring["restock_below"], &bring["short_of"]), (&json!(4), &json!(5), &json!(1)));
        let losses = of(&stock.json["losses"], "item_type", lending.kind("umbrella")).expect("losses").clone();
        assert_eq!((&losses["rentals"], &losses["lost"]), (&json!(7), &json!(1)), "a reservation is no rental yet: {losses}");
        p.mei.get(&format!("{path}&from=2026-11-23T00:00:00Z&until=2026-11-22T00:00:00Z")).await.refused_field("?from", "span_impossible");
        p.lin.get(&path).await.refused(403, "role_staff_needed");
        p.wang.get(&path).await.refused(404, "site_not_found");
        prove(&t).await;
    }

    async fn a_stock_take_tells_and_only_does_if_it_is_told_to(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let path = format!("/api/v1/rental/stations/{}/stock_takes", lending.station("gate-3"));
        let here = p.mei.get(&format!("/api/v1/rental/units?station_id={}", lending.station("gate-3"))).await;
        let codes: Vec<String> = here.is(200).json["items"].as_array().expect("units").iter().map(|one| text(&one["code"])).collect();
        assert_eq!(codes.len(), 10);
        // Two are gone; one is here that somebody has out, one that was given up for lost, and one of another gate.
        let out = umbrella(&lending, &p.lin, "gate-1").await;
        let lost = umbrella(&lending, &p.hua, "gate-1").await;
        p.hua.post(&format!("{}/report", rental(&lost)), json!({ "kind": "lost" })).await.is(200);
        let kept = p.mei.post("/api/v1/rentals/reserve", lending.wish("gate-3", "umbrella")).await;
        let reserved = text(&kept.is(201).json["unit"]["code"]);
        let mut seen: Vec<String> = codes.iter().filter(|code| **code != reserved).skip(2).cloned().collect();
        let missing: Vec<String> = codes.iter().filter(|code| !seen.contains(code)).cloned().collect();
        seen.extend([text(&out.is(201).json["unit"]["code"]), text(&lost.json["unit"]["code"]), "U-0001".to_owned()]);
        seen.push(seen[0].clone());
        p.mei.post(&path, json!({ "codes": ["U-9999"] })).await.refused_field("/codes/0", "rental_unit_not_found");
        p.lin.post(&path, json!({ "codes": [] })).await.refused(403, "role_staff_needed");
        p.wang.post(&path, json!({ "codes": [] })).await.refused(404, "station_not_found");

        let told = p.mei.post(&path, json!({ "codes": seen })).await;
        assert_eq!((&told.is(201).json["expected"], &told.json["counted"]), (&json!(10), &json!(10)));
        assert!(told.json["missing"].as_array().expect("a list").iter().all(|one| one["remedy"] == "left"));
        assert_eq!(unit(&p.mei, "U-0001").await["station"]["id"], lending.station("desk"), "only told");

        let done = p.mei.post(&path, json!({ "codes": seen, "apply": true })).await;
        let remedy = |list: &Value, code: &str| {
            let found = list.as_array().expect("a list").iter().find(|one| one["code"] == code);
            text(&found.unwrap_or_else(|| panic!("no {code}"))["remedy"])
        };
        for code in &missing {
            let expected = if *code == reserved { "left" } else { "lost" };
            assert_eq!(remedy(&done.is(201).json["missing"], code), expected);
        }
        let unexpected = &done.json["unexpected"];
        assert_eq!(remedy(unexpected, &text(&out.json["unit"]["code"])), "returned");
        assert_eq!(remedy(unexpected, &text(&lost.json["unit"]["code"])), "found");
        assert_eq!(remedy(unexpected, "U-0001"), "moved");
        assert_eq!(p.lin.get(&rental(&out)).await.json["status"], "returned");
        assert_eq!(p.hua.get(&rental(&lost)).await.json["returned_by"], "found");
        assert_eq!(available(&t, &lending, "gate-3", "umbrella").await, 9);
        let takes = p.mei.get(&path).await;
        assert_eq!(takes.is(200).json["items"].as_array().map(Vec::len), Some(2));
        prove(&t).await;
    }
}
