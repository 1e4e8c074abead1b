//! Giving back: where, when there is no room, by whom, and keeping longer.

use jiff::SignedDuration;
use serde_json::json;

use super::{Lending, available, prove, rental, set_rules, text, umbrella, unit};
use crate::both;
use crate::support::People;

both! {
    async fn what_one_has_not_borrowed_one_does_not_give_back(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        let here = json!({ "station_id": lending.station("gate-1") });
        p.hua.post(&format!("{path}/return"), here.clone()).await.refused(404, "rental_not_found");
        p.wang.post(&format!("{path}/return"), here.clone()).await.refused(404, "rental_not_found");
        p.lin.post(&format!("{path}/return"), json!({})).await.refused(422, "rental_place_needed_once");
        p.lin.post(&format!("{path}/return"), json!({ "scene": t.scenes().umbrella })).await.refused(422, "rental_station_scene_needed");
        p.lin.post(&format!("{path}/return"), json!({ "scene": t.scenes().lamp })).await.refused(422, "rental_station_scene_needed");
        let said = json!({ "station_id": lending.station("gate-1"), "condition": "good" });
        p.lin.post(&format!("{path}/return"), said).await.refused(403, "condition_needs_staff");
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 49);
        // Staff take it for the borrower, who is told.
        p.mei.post(&format!("{path}/return"), here).await.is(200);
        let told = p.lin.get("/api/v1/notices").await;
        assert_eq!(told.is(200).json["items"][0]["kind"], "rental_returned");
        prove(&t).await;
    }

    async fn a_full_station_names_the_nearest_with_room(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        // The third gate has twenty slots and ten umbrellas: ten more are brought.
        for n in 0..10 {
            let who = t.shopper(&format!("guest{n}")).await;
            let path = rental(&umbrella(&lending, &who, "gate-1").await);
            who.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-3") })).await.is(200);
        }
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        let full = p.lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-3") })).await;
        full.refused(409, "station_full");
        let nearest = text(&full.json["nearest"]["id"]);
        let seen = t.anyone().get(&format!("/api/v1/rental/stations/{}", lending.station("gate-3"))).await;
        assert_eq!((&seen.is(200).json["free_slots"], &seen.json["stock"][0]["can_return"]), (&json!(0), &json!(false)));
        assert_eq!(p.lin.get(&path).await.json["status"], "lent", "a refusal changes nothing");
        p.lin.post(&format!("{path}/return"), json!({ "station_id": nearest })).await.is(200);
        prove(&t).await;
    }

    async fn where_a_thing_goes_back_is_its_types_rule(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        // A wheelchair goes back to where it came from, and is looked at.
        let mut wish = lending.wish("desk", "wheelchair");
        wish["is_minor"] = json!(false);
        let lent = p.lin.post("/api/v1/rentals", wish).await;
        let path = rental(&lent);
        let wrong = p.lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-1") })).await;
        wrong.refused(409, "rental_not_taken_here");
        assert_eq!(wrong.json["nearest"]["id"], lending.station("desk"));
        p.lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("desk") })).await.is(200);
        let code = text(&lent.json["unit"]["code"]);
        assert_eq!(unit(&p.mei, &code).await["status"], "returned_to_check");
        let path = format!("/api/v1/rental/units/{}", text(&lent.json["unit"]["id"]));
        p.mei.post(&format!("{path}/restock"), json!({ "station_id": lending.station("desk") })).await.is(200);
        assert_eq!(available(&t, &lending, "desk", "wheelchair").await, 5);

        // Staff who take it look at it at once.
        let stroller = p.lin.post("/api/v1/rentals", lending.wish("desk", "stroller")).await;
        let path = rental(&stroller);
        let good = json!({ "station_id": lending.station("b2-east"), "condition": "good" });
        p.mei.post(&format!("{path}/return"), good).await.is(200);
        assert_eq!(unit(&p.mei, &text(&stroller.json["unit"]["code"])).await["status"], "available");
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        let wet = json!({ "station_id": lending.station("gate-1"), "condition": "needs_care" });
        let back = p.mei.post(&format!("{path}/return"), wet).await;
        assert_eq!(unit(&p.mei, &text(&back.is(200).json["unit"]["code"])).await["status"], "returned_to_check");
        prove(&t).await;
    }

    async fn what_goes_back_where_it_came_from_goes_nowhere_else(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        set_rules(&t, &lending, &p.li, "stroller", json!({ "returns": "same_station" })).await;
        let path = rental(&p.lin.post("/api/v1/rentals", lending.wish("desk", "stroller")).await);
        let there = json!({ "station_id": lending.station("b2-east") });
        let wrong = p.lin.post(&format!("{path}/return"), there.clone()).await;
        wrong.refused(409, "rental_returned_elsewhere");
        assert_eq!(wrong.json["nearest"]["id"], lending.station("desk"));
        assert_eq!(p.lin.get(&path).await.json["status"], "lent", "a refusal changes nothing");
        p.lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("desk") })).await.is(200);
        // Staff who have it in their hands take it anywhere.
        let path = rental(&p.lin.post("/api/v1/rentals", lending.wish("desk", "stroller")).await);
        p.mei.post(&format!("{path}/return"), there).await.is(200);
        prove(&t).await;
    }

    async fn what_goes_back_to_its_kind_of_station_goes_to_no_other(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        set_rules(&t, &lending, &p.li, "umbrella", json!({ "returns": "same_type" })).await;
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        let wrong = p.lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("desk") })).await;
        wrong.refused(409, "rental_returned_elsewhere");
        let nearest = text(&wrong.json["nearest"]["id"]);
        let racks = ["gate-1", "gate-2", "gate-3", "b2-east"].map(|code| lending.station(code).to_owned());
        assert!(racks.contains(&nearest), "{nearest}");
        p.lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-2") })).await.is(200);
        prove(&t).await;
    }

    async fn staff_take_a_thing_back_at_a_closed_desk(t: TestApp) {
        let lending = Lending::of(&t).await;
        let lin = t.shopper("xiaolin").await;
        lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        let lent = lin.post("/api/v1/rentals", lending.wish("desk", "stroller")).await;
        let path = rental(&lent);
        // Eleven in the evening, an hour after the desk closed.
        t.hours(13).await;
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let mut here = json!({ "station_id": lending.station("desk") });
        lin.post(&format!("{path}/return"), here.clone()).await.refused(409, "station_closed");
        here["condition"] = json!("good");
        assert_eq!(mei.post(&format!("{path}/return"), here).await.is(200).json["status"], "returned");
        assert_eq!(unit(&mei, &text(&lent.json["unit"]["code"])).await["status"], "available");
        prove(&t).await;
    }

    async fn what_may_not_be_kept_longer_is_not(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        set_rules(&t, &lending, &p.li, "umbrella", json!({ "extension_seconds": 0 })).await;
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        assert!(!lent.json["allowed"].as_array().expect("actions").contains(&json!("extend")));
        p.lin.act(&format!("{}/extend", rental(&lent))).await.refused(422, "rental_not_extendable");
        assert_eq!(p.lin.get(&rental(&lent)).await.json["due_at"], lent.json["due_at"]);
    }

    async fn it_is_kept_longer_once_and_not_when_it_is_late(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        let longer = p.lin.act(&format!("{path}/extend")).await;
        assert_eq!(longer.is(200).json["due_at"], "2026-11-24T02:00:00.000Z");
        assert!(!longer.json["allowed"].as_array().expect("actions").contains(&json!("extend")));
        p.lin.act(&format!("{path}/extend")).await.refused(422, "rental_extended_already");
        p.hua.act(&format!("{path}/extend")).await.refused(404, "rental_not_found");
        let late = rental(&umbrella(&lending, &p.hua, "gate-1").await);
        t.advance(SignedDuration::from_hours(24) + SignedDuration::from_secs(1)).await;
        let hua = t.shopper("xiaohua").await;
        hua.act(&format!("{late}/extend")).await.refused(422, "rental_overdue_already");
        hua.post(&format!("{late}/return"), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        hua.act(&format!("{late}/extend")).await.refused(409, "rental_not_now");
        prove(&t).await;
    }

    async fn rules_that_change_meanwhile_do_not_count_for_what_is_out(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        let types = t.anyone().get(&format!("/api/v1/rental/item_types?site_id={}", lending.site)).await;
        let mut policy = types.json["items"][0]["policy"].clone();
        policy["free_seconds"] = json!(0);
        policy["fee"] = json!({ "step_seconds": 60, "step_fen": 100 });
        let change = json!({ "item_type": { "kind": "umbrella", "name": "雨伞", "policy": policy } });
        p.li.put(&format!("/api/v1/rental/item_types/{}", lending.kind("umbrella")), change).await.is(200);
        let new = rental(&umbrella(&lending, &p.hua, "gate-1").await);
        t.advance(SignedDuration::from_mins(5)).await;
        let here = json!({ "station_id": lending.station("gate-1") });
        assert_eq!(p.lin.post(&format!("{path}/return"), here.clone()).await.is(200).json["charged_fen"], 0);
        assert_eq!(p.hua.post(&format!("{new}/return"), here).await.is(200).json["charged_fen"], 500);
        prove(&t).await;
    }

    async fn a_hundred_returns_of_one_umbrella_are_one(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        let at = format!("{path}/return");
        let here = json!({ "station_id": lending.station("gate-1") });
        let replies = futures_util::future::join_all((0..100).map(|_| p.lin.post_in_a_crowd(&at, here.clone()))).await;
        let done = replies.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(done, 1, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
        assert!(replies.iter().all(|reply| [200, 409].contains(&reply.status)));
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 50);
        prove(&t).await;
    }
}
