//! Borrowing and reserving: who may, how many, and what is kept for whom.

use jiff::SignedDuration;
use serde_json::json;

use super::{Lending, available, prove, rental, text, umbrella, unit};
use crate::both;
use crate::support::People;

both! {
    async fn an_umbrella_is_borrowed_by_one_tap_and_brought_back_elsewhere(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let seen = p.lin.get(&format!("/api/v1/scan/{}", t.scenes().umbrella)).await;
        assert_eq!(seen.is(200).json["rental_unit"]["is_available"], true);
        assert!(seen.json["actions"].as_array().expect("actions").contains(&json!("borrow")));
        let lent = p.lin.post("/api/v1/rentals", json!({ "scene": t.scenes().umbrella })).await;
        let path = rental(&lent);
        assert_eq!(lent.json["status"], "lent");
        assert_eq!(lent.json["due_at"], "2026-11-23T02:00:00.000Z");
        assert_eq!(lent.json["number"], "B000001");
        let by_number = p.mei.get("/api/v1/rentals?q=b000001").await;
        assert_eq!(by_number.is(200).json["items"][0]["id"], lent.json["id"]);
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 49);
        let again = p.lin.get(&format!("/api/v1/scan/{}", t.scenes().umbrella)).await;
        assert_eq!(again.json["rental_unit"]["rental_id"], lent.json["id"]);
        p.hua.post("/api/v1/rentals", json!({ "scene": t.scenes().umbrella })).await.refused(409, "rental_unit_not_available");
        assert_eq!(p.lin.get("/api/v1/rentals").await.is(200).json["items"][0]["id"], lent.json["id"]);
        let back = p.lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-3") })).await;
        assert_eq!(back.is(200).json["status"], "returned");
        assert!(back.json["settled_at"].is_string(), "nothing is open any more");
        assert_eq!(available(&t, &lending, "gate-3", "umbrella").await, 11);
        p.lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-3") })).await.refused(409, "rental_not_now");
        prove(&t).await;
    }

    async fn the_server_picks_one_and_says_where_there_are_more(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        // Where one type is lent, the station's code is enough.
        let by_scene = p.lin.post("/api/v1/rentals", json!({ "scene": t.scenes().station })).await;
        assert_eq!(by_scene.is(201).json["from_station"]["id"], lending.station("gate-1"));
        let desk = json!({ "station_id": lending.station("desk") });
        p.hua.post("/api/v1/rentals", desk).await.refused_field("/item_type_id", "field_missing");
        // Ten umbrellas stand at the third gate.
        for n in 0..10 {
            let who = t.shopper(&format!("guest{n}")).await;
            umbrella(&lending, &who, "gate-3").await.is(201);
        }
        let none = umbrella(&lending, &p.hua, "gate-3").await;
        none.refused(409, "rental_none_here");
        assert!(none.json["nearest"]["name"].as_str().is_some_and(|name| name.ends_with("雨伞架") || name == "总服务台"));
        assert!(none.json["detail"].as_str().is_some_and(|text| text.contains(none.json["nearest"]["name"].as_str().expect("a name"))));
        prove(&t).await;
    }

    async fn what_was_scanned_must_be_something_to_borrow(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let borrow = |body| p.lin.post("/api/v1/rentals", body);
        borrow(json!({ "scene": "u=AAAAAAAAAAAA" })).await.refused(404, "scene_not_found");
        borrow(json!({ "scene": t.scenes().lamp })).await.refused(422, "rental_scene_needed");
        borrow(json!({})).await.refused(422, "rental_place_needed_once");
        borrow(json!({ "scene": t.scenes().station, "station_id": lending.station("gate-1") })).await.refused(422, "rental_place_needed_once");
        borrow(json!({ "station_id": lending.site })).await.refused(404, "station_not_found");
        borrow(lending.wish("gate-1", "power_bank")).await.refused(404, "rental_type_not_found");
        borrow(json!({ "station_id": lending.station("gate-1"), "item_type_id": lending.site })).await.refused(404, "rental_type_not_found");
        let other = json!({ "scene": t.scenes().umbrella, "item_type_id": lending.kind("stroller") });
        borrow(other).await.refused(422, "rental_unit_of_other_type");
        t.anyone().post("/api/v1/rentals", json!({ "scene": t.scenes().umbrella })).await.refused(401, "token_missing");
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 50);
        prove(&t).await;
    }

    async fn nobody_has_more_than_the_rules_allow(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        umbrella(&lending, &p.lin, "gate-2").await.refused(422, "rental_limit_reached");
        p.lin.post("/api/v1/rentals/reserve", lending.wish("gate-2", "umbrella")).await.refused(422, "rental_limit_reached");
        // Overdue by a second: nothing more, not even of another type.
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        t.advance(SignedDuration::from_hours(24) + SignedDuration::from_secs(1)).await;
        let lin = t.shopper("xiaolin").await;
        lin.post("/api/v1/rentals", lending.wish("desk", "stroller")).await.refused(422, "rental_overdue_first");
        lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        umbrella(&lending, &lin, "gate-1").await.is(201);
        prove(&t).await;
    }

    async fn some_things_want_a_number_a_lease_or_an_adult(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        p.lin.post("/api/v1/rentals", lending.wish("desk", "wheelchair")).await.refused_field("/is_minor", "field_missing");
        let mut wish = lending.wish("desk", "wheelchair");
        wish["is_minor"] = json!(true);
        p.lin.post("/api/v1/rentals", wish.clone()).await.refused(422, "rental_adult_needed");
        wish["adult"] = json!({ "name": "林妈妈", "phone": "13800001111" });
        p.lin.post("/api/v1/rentals", wish.clone()).await.refused(422, "rental_phone_needed");
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        let lent = p.lin.post("/api/v1/rentals", wish).await;
        let path = rental(&lent);
        assert_eq!(p.mei.get(&path).await.json["borrower"]["adult_phone"], "138****1111");
        p.lin.post("/api/v1/rentals/reserve", lending.wish("desk", "wheelchair")).await.refused(422, "rental_not_reservable");

        // Only for merchants and owners.
        let types = t.anyone().get(&format!("/api/v1/rental/item_types?site_id={}", lending.site)).await;
        let stroller = types.json["items"].as_array().expect("types").iter().find(|one| one["code"] == "stroller").expect("it").clone();
        let mut policy = stroller["policy"].clone();
        policy["borrowers"] = json!("tenants");
        let change = json!({ "item_type": { "kind": "stroller", "name": "婴儿推车", "policy": policy } });
        p.li.put(&format!("/api/v1/rental/item_types/{}", text(&stroller["id"])), change).await.is(200);
        p.lin.post("/api/v1/rentals", lending.wish("desk", "stroller")).await.refused(422, "rental_for_tenants");
        prove(&t).await;
    }

    async fn cash_is_left_at_the_desk(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        let mut wish = lending.wish("desk", "charging_cable");
        p.lin.post("/api/v1/rentals", wish.clone()).await.refused(422, "rental_deposit_at_desk");
        wish["on_behalf_of"] = json!({ "name": "小林", "phone": "13812341234" });
        p.lin.post("/api/v1/rentals", wish.clone()).await.refused(403, "on_behalf_not_yours");
        p.mei.post("/api/v1/rentals", wish.clone()).await.refused(422, "rental_deposit_at_desk");
        wish["deposit_taken"] = json!(true);
        let lent = p.mei.post("/api/v1/rentals", wish.clone()).await;
        let path = rental(&lent);
        assert_eq!(lent.json["deposit_fen"], 2000);
        // The number's account is the borrower, and sees it.
        assert_eq!(p.lin.get(&path).await.is(200).json["status"], "lent");
        p.mei.post("/api/v1/rentals", wish.clone()).await.refused(422, "rental_limit_reached");
        let early = json!({ "kind": "deposit_returned", "amount_fen": 2000 });
        p.mei.post(&format!("{path}/pay"), early.clone()).await.refused(409, "rental_not_back");
        let here = json!({ "station_id": lending.station("desk"), "condition": "good" });
        let back = p.mei.post(&format!("{path}/return"), here).await;
        assert_eq!(back.is(200).json["settled_at"], json!(null), "the deposit is still at the desk");
        // Whom the mall owes something may borrow.
        let second = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        p.lin.post(&format!("{second}/return"), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        let too_much = json!({ "kind": "deposit_returned", "amount_fen": 2001 });
        p.mei.post(&format!("{path}/pay"), too_much).await.refused(422, "payment_too_high");
        let given = p.mei.post(&format!("{path}/pay"), early).await;
        assert!(given.is(200).json["settled_at"].is_string());
        umbrella(&lending, &p.lin, "gate-1").await.is(201);

        // Somebody without an account has a number, and that counts.
        wish["on_behalf_of"] = json!({ "name": "王先生", "phone": "13900001111" });
        let walk_in = p.mei.post("/api/v1/rentals", wish.clone()).await;
        assert_eq!(walk_in.is(201).json["borrower"]["phone"], "139****1111");
        p.mei.post("/api/v1/rentals", wish).await.refused(422, "rental_limit_reached");
        prove(&t).await;
    }

    async fn what_was_borrowed_by_a_number_counts_once_an_account_has_it(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let mut wish = lending.wish("gate-1", "umbrella");
        wish["on_behalf_of"] = json!({ "name": "林先生", "phone": "13812341234" });
        let path = rental(&p.mei.post("/api/v1/rentals", wish).await);
        // Nobody knows yet that it is their number.
        let own = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        p.lin.post(&format!("{own}/return"), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        umbrella(&lending, &p.lin, "gate-1").await.refused(422, "rental_limit_reached");
        p.mei.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        umbrella(&lending, &p.lin, "gate-1").await.is(201);
        prove(&t).await;
    }

    async fn a_reservation_keeps_a_thing_for_a_quarter_of_an_hour(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let kept = p.lin.post("/api/v1/rentals/reserve", json!({ "scene": t.scenes().umbrella })).await;
        let path = rental(&kept);
        assert_eq!((&kept.json["status"], &kept.json["reserved_until"]), (&json!("reserved"), &json!("2026-11-22T02:15:00.000Z")));
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 49);
        p.hua.post("/api/v1/rentals", json!({ "scene": t.scenes().umbrella })).await.refused(409, "rental_unit_not_available");
        // Fetched by the station's code, in the last second.
        t.advance(SignedDuration::from_secs(14 * 60 + 59)).await;
        let fetched = p.lin.post("/api/v1/rentals", json!({ "scene": t.scenes().station })).await;
        assert_eq!(fetched.is(201).json["id"], kept.json["id"]);
        assert_eq!(fetched.json["unit"], kept.json["unit"]);
        assert_eq!(fetched.json["due_at"], "2026-11-23T02:14:59.000Z");
        p.lin.act(&format!("{path}/cancel")).await.refused(409, "rental_not_now");

        // Another one lapses to the second, and is really free again.
        let other = p.hua.post("/api/v1/rentals/reserve", lending.wish("gate-1", "umbrella")).await;
        let lapsing = rental(&other);
        t.advance(SignedDuration::from_secs(15 * 60 - 1)).await;
        let hua = t.shopper("xiaohua").await;
        assert_eq!(hua.get(&lapsing).await.json["status"], "reserved");
        t.advance(SignedDuration::from_secs(1)).await;
        let over = hua.get(&lapsing).await;
        assert_eq!(over.is(200).json["status"], "lapsed");
        assert!(over.json["settled_at"].is_string());
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 49);
        let code = text(&other.json["unit"]["code"]);
        let mei = t.staff("mei").await;
        let free = unit(&mei, &code).await;
        hua.post("/api/v1/rentals", json!({ "scene": text(&free["scene"]) })).await.is(201);
        prove(&t).await;
    }

    async fn who_reserved_may_take_the_one_beside_it_or_nothing(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let kept = p.lin.post("/api/v1/rentals/reserve", lending.wish("gate-1", "umbrella")).await;
        let code = text(&kept.is(201).json["unit"]["code"]);
        let other = if code == "U-0021" { "U-0022" } else { "U-0021" };
        let scene = text(&unit(&p.mei, other).await["scene"]);
        let lent = p.lin.post("/api/v1/rentals", json!({ "scene": scene })).await;
        assert_eq!((&lent.is(201).json["id"], &lent.json["unit"]["code"]), (&kept.json["id"], &json!(other)));
        assert_eq!(unit(&p.mei, &code).await["status"], "available");
        let given_up = p.hua.post("/api/v1/rentals/reserve", lending.wish("gate-1", "umbrella")).await;
        let path = rental(&given_up);
        p.lin.act(&format!("{path}/cancel")).await.refused(404, "rental_not_found");
        assert_eq!(p.hua.act(&format!("{path}/cancel")).await.is(200).json["status"], "cancelled");
        p.hua.act(&format!("{path}/cancel")).await.refused(409, "rental_not_now");
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 49);
        prove(&t).await;
    }

    async fn a_closed_desk_hands_nothing_out(t: TestApp) {
        let lending = Lending::of(&t).await;
        // Eleven in the evening.
        t.hours(13).await;
        let (lin, hua) = (t.shopper("xiaolin").await, t.shopper("xiaohua").await);
        let closed = umbrella(&lending, &lin, "desk").await;
        closed.refused(409, "station_closed");
        assert!(closed.json["detail"].as_str().is_some_and(|text| text.contains("2026-11-23T02:00:00.000Z")));
        umbrella(&lending, &lin, "gate-1").await.is(201);
        let path = rental(&umbrella(&lending, &hua, "gate-1").await);
        let shut = hua.post(&format!("{path}/return"), json!({ "station_id": lending.station("desk") })).await;
        shut.refused(409, "station_closed");
        assert!(shut.json["nearest"]["id"].is_string(), "racks take back at night");
        hua.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-2") })).await.is(200);
        prove(&t).await;
    }

    async fn who_is_suspended_borrows_nothing_until_that_ends(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        let suspend = json!({
            "site_id": lending.site, "phone": "13812341234", "reason": "多次逾期", "until": "2026-11-22T03:00:00Z"
        });
        p.mei.post("/api/v1/rental/suspensions", suspend.clone()).await.refused(403, "role_lead_needed");
        let mut past = suspend.clone();
        past["until"] = json!("2026-11-22T02:00:00Z");
        p.li.post("/api/v1/rental/suspensions", past).await.refused_field("/until", "until_in_past");
        let (mut nobody, mut two) = (suspend.clone(), suspend.clone());
        nobody.as_object_mut().expect("fields").remove("phone");
        two["user_id"] = json!(p.mei_id);
        for unclear in [nobody, two] {
            p.li.post("/api/v1/rental/suspensions", unclear).await.refused(422, "person_needed_once");
        }
        let made = p.li.post("/api/v1/rental/suspensions", suspend.clone()).await;
        umbrella(&lending, &p.lin, "gate-1").await.refused(422, "rental_suspended");
        let list = p.li.get(&format!("/api/v1/rental/suspensions?site_id={}", lending.site)).await;
        assert_eq!(list.is(200).json["items"][0]["id"], made.is(201).json["id"]);
        p.li.delete(&format!("/api/v1/rental/suspensions/{}", made.id())).await.is(204);
        p.li.delete(&format!("/api/v1/rental/suspensions/{}", made.id())).await.refused(404, "suspension_not_found");
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        p.lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        p.li.post("/api/v1/rental/suspensions", suspend).await.is(201);
        t.advance(SignedDuration::from_hours(1)).await;
        umbrella(&lending, &t.shopper("xiaolin").await, "gate-1").await.is(201);
        prove(&t).await;
    }

    async fn a_lost_answer_does_not_lend_twice(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let wish = lending.wish("gate-1", "umbrella");
        let first = p.lin.post_once("tap-1", "/api/v1/rentals", wish.clone()).await;
        let again = p.lin.post_once("tap-1", "/api/v1/rentals", wish).await;
        assert_eq!((first.is(201).id(), again.header("idempotency-replayed")), (again.is(201).id(), Some("true")));
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 49);
        prove(&t).await;
    }

    async fn another_malls_stations_and_things_are_another_malls(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (site, _) = crate::members::other_mall(&t).await;
        let policy = t.anyone().get(&format!("/api/v1/rental/item_types?site_id={}", lending.site)).await.json["items"][0]["policy"].clone();
        let kind = json!({ "site_id": site, "code": "umbrella", "item_type": { "kind": "umbrella", "name": "伞", "policy": policy } });
        p.li.post("/api/v1/rental/item_types", kind.clone()).await.refused(404, "site_not_found");
        let kind = p.admin.post("/api/v1/rental/item_types", kind).await.is(201).id();
        let places = t.anyone().get(&format!("/api/v1/sites/{site}/locations")).await;
        let place = text(&places.is(200).json["items"][0]["id"]);
        let station = json!({ "site_id": site, "code": "s1", "station": {
            "kind": "rack", "name": "架", "location_id": place, "takes": [{ "item_type_id": kind }] } });
        let station = p.admin.post("/api/v1/rental/stations", station).await.is(201).id();
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        p.lin.post(&format!("{path}/return"), json!({ "station_id": station })).await.refused(404, "station_not_found");
        p.li.put(&format!("/api/v1/rental/stations/{station}"), json!({ "station": {
            "kind": "rack", "name": "架", "location_id": place, "takes": [{ "item_type_id": kind }] } })).await.refused(404, "station_not_found");
        p.mei.get(&format!("/api/v1/rental/stock?site_id={site}")).await.refused(404, "site_not_found");
        // A limit at one mall is none at another; what they have there is not this desk's.
        let elsewhere = p.admin.post("/api/v1/rental/units", json!({
            "site_id": site, "item_type_id": kind, "station_id": station, "codes": ["U-0001"] })).await;
        elsewhere.is(201);
        let there = p.lin.post("/api/v1/rentals", json!({ "station_id": station })).await;
        p.mei.get(&rental(&there)).await.refused(404, "rental_not_found");
        prove(&t).await;
    }
}
