//! What a supervisor sets up: types, stations, and what does not fit together.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Lending, facts, prove, rental, set_rules, small_station, text, umbrella};
use crate::both;
use crate::support::{Backend, People, Reply, TestApp};

async fn policy(t: &TestApp, lending: &Lending) -> Value {
    let types = t.anyone().get(&format!("/api/v1/rental/item_types?site_id={}", lending.site)).await;
    types.is(200).json["items"][0]["policy"].clone()
}

both! {
    async fn a_type_is_set_up_changed_and_retired(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let policy = policy(&t, &lending).await;
        let with_policy = |policy: &Value| json!({ "site_id": lending.site, "code": "raincoat",
            "item_type": { "kind": "other", "name": "雨衣", "policy": policy } });
        p.mei.post("/api/v1/rental/item_types", with_policy(&policy)).await.refused(403, "role_lead_needed");
        let with = |name: &str, value: Value| {
            let mut changed = policy.clone();
            changed[name] = value;
            with_policy(&changed)
        };
        for (body, pointer, code) in [
            (with("replacement_fen", json!(-1)), "/item_type/policy/replacement_fen", "number_out_of_range"),
            (with("replacement_fen", json!(99_999_999_999_i64)), "/item_type/policy/replacement_fen", "number_out_of_range"),
            (with("fee", json!({ "step_seconds": 60, "step_fen": -5 })), "/item_type/policy/fee/step_fen", "number_out_of_range"),
            (with("longest_seconds", json!(60)), "/item_type/policy/longest_seconds", "number_out_of_range"),
            (with("deposit", json!("desk_cash")), "/item_type/policy/deposit_fen", "deposit_amount_needed"),
            (with("remind_before_seconds", json!(86_400)), "/item_type/policy/remind_before_seconds", "reminder_too_early"),
            (with("returns", json!("anywhere")), "/item_type/policy/returns", "value_unknown"),
            (with("colour", json!("red")), "/item_type/policy/colour", "field_unknown"),
        ] {
            p.li.post("/api/v1/rental/item_types", body).await.refused_field(pointer, code);
        }
        let made = p.li.post("/api/v1/rental/item_types", with_policy(&policy)).await;
        p.li.post("/api/v1/rental/item_types", with_policy(&policy)).await.refused(409, "code_taken");
        let path = format!("/api/v1/rental/item_types/{}", made.is(201).id());
        let change = json!({ "item_type": { "kind": "other", "name": "一次性雨衣", "policy": policy }, "retired": true });
        let put = p.li.request(reqwest::Method::PUT, &path).header("If-Match", "\"7\"").json(&change);
        p.li.send(put).await.refused(412, "version_stale");
        assert!(p.li.put(&path, change.clone()).await.is(200).json["retired_at"].is_string());
        let in_use = json!({ "item_type": { "kind": "umbrella", "name": "雨伞", "policy": policy }, "retired": true });
        p.li.put(&format!("/api/v1/rental/item_types/{}", lending.kind("umbrella")), in_use).await.refused(409, "rental_type_in_use");
    }

    async fn a_station_is_set_up_changed_and_retired_when_it_is_empty(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let place = crate::lost_property::location(&t, "F1-GATE-4").await;
        let facts = |takes: Value| json!({ "kind": "rack", "name": "4 号门雨伞架", "location_id": place, "slots": 2, "takes": takes });
        let at_gate = |station: Value| json!({ "site_id": lending.site, "code": "gate-4", "station": station });
        let umbrellas = json!([{ "item_type_id": lending.kind("umbrella"), "restock_below": 1, "collect_above": 2 }]);
        for (station, pointer, code) in [
            (facts(json!([])), "/station/takes", "length_out_of_range"),
            (facts(json!([{ "item_type_id": lending.kind("umbrella"), "restock_below": 3, "collect_above": 2 }])), "/station/takes/0", "thresholds_crossed"),
            (facts(json!([{ "item_type_id": lending.kind("umbrella") }, { "item_type_id": lending.kind("umbrella") }])), "/station/takes/1", "rental_type_twice"),
        ] {
            p.li.post("/api/v1/rental/stations", at_gate(station)).await.refused_field(pointer, code);
        }
        let mut half = facts(umbrellas.clone());
        half["latitude"] = json!(30.2);
        p.li.post("/api/v1/rental/stations", at_gate(half)).await.refused_field("/station/longitude", "position_half_given");
        let unknown = facts(json!([{ "item_type_id": lending.site }]));
        p.li.post("/api/v1/rental/stations", at_gate(unknown)).await.refused(404, "rental_type_not_found");
        let made = p.li.post("/api/v1/rental/stations", at_gate(facts(umbrellas.clone()))).await;
        p.li.post("/api/v1/rental/stations", at_gate(facts(umbrellas.clone()))).await.refused(409, "code_taken");
        let path = format!("/api/v1/rental/stations/{}", made.is(201).id());
        assert_eq!(made.json["free_slots"], 2);

        let back = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        p.lin.post(&format!("{back}/return"), json!({ "station_id": made.id() })).await.is(200);
        p.li.put(&path, json!({ "station": facts(umbrellas.clone()), "retired": true })).await.refused(409, "station_in_use");
        let strollers = facts(json!([{ "item_type_id": lending.kind("stroller") }]));
        p.li.put(&path, json!({ "station": strollers })).await.refused(409, "station_in_use");
        let unit = text(&p.mei.get(&format!("/api/v1/rental/units?station_id={}", made.id())).await.json["items"][0]["id"]);
        p.mei.post(&format!("/api/v1/rental/units/{unit}/restock"), json!({ "station_id": lending.station("gate-2") })).await.is(200);
        p.li.put(&path, json!({ "station": facts(umbrellas), "retired": true })).await.is(200);
        umbrella(&lending, &p.lin, "gate-2").await.is(201);
        p.hua.post("/api/v1/rentals", json!({ "station_id": made.id() })).await.refused(404, "rental_type_not_found");
        let list = t.anyone().get(&format!("/api/v1/rental/stations?site_id={}", lending.site)).await;
        assert!(list.json["items"].as_array().expect("stations").iter().all(|one| one["code"] != "gate-4"));
        prove(&t).await;
    }

    async fn the_nearest_stations_come_first(t: TestApp) {
        let lending = Lending::of(&t).await;
        let near = async |code: &str, only: &str| {
            let place = crate::lost_property::location(&t, code).await;
            let path = format!("/api/v1/rental/stations?site_id={}&near={place}{only}", lending.site);
            let list = t.anyone().get(&path).await;
            let items = list.is(200).json["items"].as_array().expect("stations").clone();
            items.iter().map(|one| (text(&one["code"]), one["steps"].as_i64().expect("steps"))).collect::<Vec<_>>()
        };
        let all = near("F1-GATE-2", "").await;
        assert_eq!(all[0], ("gate-2".to_owned(), 0));
        assert!(all.windows(2).all(|two| two[0].1 <= two[1].1), "{all:?}");
        assert_eq!(near("B2-P1", "").await[0].0, "b2-east");
        let banks = near("F5", &format!("&item_type_id={}", lending.kind("power_bank"))).await;
        assert_eq!(banks.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(), ["cabinet-f5", "cabinet-f1"]);
        let nowhere = format!("/api/v1/rental/stations?site_id={}&near={}", lending.site, lending.site);
        t.anyone().get(&nowhere).await.refused(404, "location_not_found");
        t.anyone().get("/api/v1/rental/stations").await.refused(422, "rental_site_needed");
    }

    async fn what_is_out_never_is_without_a_station_that_takes_it_back(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        // Strollers are lent at two stations, and one is out.
        let path = rental(&p.lin.post("/api/v1/rentals", lending.wish("desk", "stroller")).await);
        let retire_all = async || {
            let kind = format!("/api/v1/rental/units?item_type_id={}&status=available", lending.kind("stroller"));
            for one in p.mei.get(&kind).await.is(200).json["items"].as_array().expect("units") {
                let path = format!("/api/v1/rental/units/{}/retire", text(&one["id"]));
                p.mei.post(&path, json!({ "reason": "旧了" })).await.is(200);
            }
        };
        retire_all().await;
        let without = async |station: &str| {
            let mut facts = facts(&t, lending.station(station)).await;
            let takes = facts["takes"].as_array_mut().expect("types");
            takes.retain(|one| one["item_type_id"] != lending.kind("stroller"));
            let path = format!("/api/v1/rental/stations/{}", lending.station(station));
            p.li.put(&path, json!({ "station": facts })).await
        };
        without("b2-east").await.is(200);
        without("desk").await.refused(409, "station_in_use");
        p.mei.post(&format!("{path}/return"), json!({ "station_id": lending.station("desk"), "condition": "good" })).await.is(200);
        retire_all().await;
        without("desk").await.is(200);
        prove(&t).await;
    }

    async fn two_who_give_up_the_last_two_stations_at_once_leave_one(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        let kind = lending.kind("stroller");
        let path = rental(&p.lin.post("/api/v1/rentals", lending.wish("desk", "stroller")).await);
        let rest = p.mei.get(&format!("/api/v1/rental/units?item_type_id={kind}&status=available")).await;
        for one in rest.is(200).json["items"].as_array().expect("units") {
            let retire = format!("/api/v1/rental/units/{}/retire", text(&one["id"]));
            p.mei.post(&retire, json!({ "reason": "旧了" })).await.is(200);
        }
        let mut changes = Vec::new();
        for station in ["desk", "b2-east"] {
            let mut facts = facts(&t, lending.station(station)).await;
            facts["takes"].as_array_mut().expect("types").retain(|one| one["item_type_id"] != kind);
            let (li, path) = (p.li.clone(), format!("/api/v1/rental/stations/{}", lending.station(station)));
            changes.push(async move { li.put(&path, json!({ "station": facts })).await });
        }
        // On PostgreSQL neither can write before both have looked.
        let held = match t.backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(t.hold("SELECT id FROM stations FOR NO KEY UPDATE").await),
        };
        let both = actix_web::rt::spawn(join_all(changes));
        if let Some(held) = held {
            t.locks_waited_for(2).await;
            held.undo().await;
        }
        let replies = both.await.expect("answers");
        let (done, refused): (Vec<&Reply>, Vec<&Reply>) = replies.iter().partition(|reply| reply.status == 200);
        assert_eq!(done.len(), 1, "one of them was first");
        refused[0].refused(409, "station_in_use");
        let left = t.anyone().get(&format!("/api/v1/rental/stations?site_id={}&item_type_id={kind}", lending.site)).await;
        let left = left.is(200).json["items"].as_array().expect("stations").clone();
        assert_eq!(left.len(), 1, "{left:#?}");
        let back = json!({ "station_id": left[0]["id"], "condition": "good" });
        p.mei.post(&format!("{path}/return"), back).await.is(200);
        prove(&t).await;
    }

    async fn a_station_keeps_its_kind_while_something_out_must_come_back_to_such(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        set_rules(&t, &lending, &p.li, "umbrella", json!({ "returns": "same_type" })).await;
        let kind = lending.kind("umbrella");
        let place = crate::lost_property::location(&t, "F1-GATE-4").await;
        let station = json!({ "kind": "cabinet", "name": "雨伞柜", "location_id": place, "takes": [{ "item_type_id": kind }] });
        let cabinet = small_station(&lending, &p.li, "k1", station.clone(), kind).await;
        let path = rental(&p.lin.post("/api/v1/rentals", json!({ "station_id": cabinet })).await);
        let retired = json!({ "station": station, "retired": true });
        let at = format!("/api/v1/rental/stations/{cabinet}");
        p.li.put(&at, retired.clone()).await.refused(409, "station_in_use");
        // Once there is another cabinet, that will do, and then it has to stay one.
        let gate = lending.station("gate-3");
        let gate_path = format!("/api/v1/rental/stations/{gate}");
        let rack = facts(&t, gate).await;
        let mut as_cabinet = rack.clone();
        as_cabinet["kind"] = json!("cabinet");
        p.li.put(&gate_path, json!({ "station": as_cabinet })).await.is(200);
        p.li.put(&at, retired).await.is(200);
        p.li.put(&gate_path, json!({ "station": rack })).await.refused(409, "station_in_use");
        p.mei.post(&format!("{path}/return"), json!({ "station_id": gate })).await.is(200);
        p.li.put(&gate_path, json!({ "station": rack })).await.is(200);
        prove(&t).await;
    }

    async fn what_must_come_back_to_its_own_station_keeps_that(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        set_rules(&t, &lending, &p.li, "umbrella", json!({ "returns": "same_station" })).await;
        let kind = lending.kind("umbrella");
        let place = crate::lost_property::location(&t, "F1-GATE-4").await;
        let station = json!({ "kind": "rack", "name": "4 号门", "location_id": place, "takes": [{ "item_type_id": kind }] });
        let rack = small_station(&lending, &p.li, "k2", station.clone(), kind).await;
        let lent = p.lin.post("/api/v1/rentals", json!({ "station_id": rack })).await;
        let path = rental(&lent);
        let (at, retired) = (format!("/api/v1/rental/stations/{rack}"), json!({ "station": station, "retired": true }));
        p.li.put(&at, retired.clone()).await.refused(409, "station_in_use");
        p.lin.post(&format!("{path}/return"), json!({ "station_id": rack })).await.is(200);
        let unit = format!("/api/v1/rental/units/{}/restock", text(&lent.json["unit"]["id"]));
        p.mei.post(&unit, json!({ "station_id": lending.station("gate-2") })).await.is(200);
        p.li.put(&at, retired).await.is(200);
        prove(&t).await;
    }

    async fn a_station_has_slots_for_what_is_in_it(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let path = format!("/api/v1/rental/stations/{}", lending.station("gate-1"));
        let mut facts = facts(&t, lending.station("gate-1")).await;
        facts["slots"] = json!(49);
        p.li.put(&path, json!({ "station": facts })).await.refused_field("/station/slots", "slots_too_few");
        facts["slots"] = json!(50);
        assert_eq!(p.li.put(&path, json!({ "station": facts })).await.is(200).json["free_slots"], 0);
    }
}
