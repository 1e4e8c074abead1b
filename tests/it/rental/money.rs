//! Losses, damages, and what they cost.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Lending, prove, rental, text, umbrella, unit};
use crate::both;
use crate::support::{People, png};

fn entries(rental: &Value) -> Vec<(String, i64)> {
    let list = rental["entries"].as_array().expect("entries");
    list.iter().map(|one| (text(&one["kind"]), one["amount_fen"].as_i64().expect("fen"))).collect()
}

both! {
    async fn what_is_lost_is_paid_for_and_paid_back_when_it_turns_up(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        let path = rental(&lent);
        let photo = p.lin.upload(png()).await.is(201).id();
        let lost = json!({ "kind": "lost", "note": "落在地铁上了", "attachment_ids": [photo] });
        p.hua.post(&format!("{path}/report"), lost.clone()).await.refused(404, "rental_not_found");
        let gone = p.lin.post(&format!("{path}/report"), lost.clone()).await;
        assert_eq!((&gone.is(200).json["status"], &gone.json["open_reports"]), (&json!("lost"), &json!(1)));
        p.lin.post(&format!("{path}/report"), lost).await.refused(409, "rental_not_now");
        assert_eq!(unit(&p.mei, &text(&lent.json["unit"]["code"])).await["status"], "lost");
        umbrella(&lending, &p.lin, "gate-1").await.refused(422, "rental_settlement_open");
        assert_eq!(p.mei.get(&path).await.json["reports"][0]["proposed_fen"], 5000);

        let settle = |amount: i32| json!({ "amount_fen": amount, "reason": "按价赔偿" });
        p.mei.post(&format!("{path}/settle"), settle(5001)).await.refused(422, "settlement_too_high");
        p.lin.post(&format!("{path}/settle"), settle(0)).await.refused(403, "role_staff_needed");
        p.wang.post(&format!("{path}/settle"), settle(0)).await.refused(404, "rental_not_found");
        let settled = p.mei.post(&format!("{path}/settle"), settle(4000)).await;
        assert_eq!((&settled.is(200).json["owed_fen"], &settled.json["settled_at"]), (&json!(4000), &json!(null)));
        p.mei.post(&format!("{path}/settle"), settle(100)).await.refused(409, "rental_nothing_to_settle");
        let pay = |kind: &str, amount: i32| json!({ "kind": kind, "amount_fen": amount });
        p.mei.post(&format!("{path}/pay"), pay("payment", 4001)).await.refused(422, "payment_too_high");
        p.mei.post(&format!("{path}/pay"), pay("payment", 0)).await.refused_field("/amount_fen", "number_out_of_range");
        p.mei.post(&format!("{path}/pay"), pay("payment", -5)).await.refused_field("/amount_fen", "number_out_of_range");
        assert!(p.mei.post(&format!("{path}/pay"), pay("payment", 4000)).await.is(200).json["settled_at"].is_string());
        umbrella(&lending, &p.lin, "gate-1").await.is(201);

        // A fortnight later somebody finds it behind a shelf.
        t.hours(14 * 24).await;
        let mei = t.staff("mei").await;
        let id = text(&lent.json["unit"]["id"]);
        mei.post(&format!("/api/v1/rental/units/{id}/restock"), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        let found = mei.get(&path).await;
        assert_eq!((&found.is(200).json["status"], &found.json["returned_by"]), (&json!("returned"), &json!("found")));
        assert_eq!(found.json["owed_fen"], -4000);
        mei.post(&format!("{path}/pay"), pay("repayment", 4000)).await.is(200);
        let end = mei.get(&path).await;
        assert!(end.json["settled_at"].is_string());
        let ledger = [("replacement", 4000), ("payment", 4000), ("refund", 4000), ("repayment", 4000)];
        assert_eq!(entries(&end.json), ledger.map(|(kind, fen)| (kind.to_owned(), fen)));
        let told = t.shopper("xiaolin").await.get("/api/v1/notices?limit=100").await;
        let kinds: Vec<&str> = told.json["items"].as_array().expect("notices").iter().filter_map(|one| one["kind"].as_str()).collect();
        assert!(kinds.contains(&"rental_found") && kinds.contains(&"rental_settled"), "{kinds:?}");
        prove(&t).await;
    }

    async fn what_is_found_before_anybody_decided_costs_nothing(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        let path = rental(&lent);
        p.lin.post(&format!("{path}/report"), json!({ "kind": "lost" })).await.is(200);
        let id = text(&lent.json["unit"]["id"]);
        p.mei.post(&format!("/api/v1/rental/units/{id}/restock"), json!({ "station_id": lending.station("gate-2") })).await.is(200);
        let found = p.mei.get(&path).await;
        assert!(found.is(200).json["settled_at"].is_string());
        assert_eq!(found.json["reports"][0]["decided_fen"], 0);
        umbrella(&lending, &p.lin, "gate-1").await.is(201);
        prove(&t).await;
    }

    async fn what_came_back_broken_is_looked_at_and_decided(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        let path = rental(&lent);
        p.lin.post(&format!("{path}/report"), json!({ "kind": "damaged", "note": "伞骨断了" })).await.is(200);
        p.mei.post(&format!("{path}/settle"), json!({ "amount_fen": 0, "reason": "自然损耗" })).await.refused(409, "rental_not_back");
        p.lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        assert_eq!(unit(&p.mei, &text(&lent.json["unit"]["code"])).await["status"], "returned_to_check");
        umbrella(&lending, &p.lin, "gate-1").await.refused(422, "rental_settlement_open");
        let waived = p.mei.post(&format!("{path}/settle"), json!({ "amount_fen": 0, "reason": "自然损耗" })).await;
        assert!(waived.is(200).json["settled_at"].is_string());
        umbrella(&lending, &p.lin, "gate-1").await.is(201);
        prove(&t).await;
    }

    async fn what_did_not_come_out_costs_nothing_if_it_is_said_at_once(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        let path = rental(&lent);
        t.advance(SignedDuration::from_mins(5)).await;
        let stuck = p.lin.post(&format!("{path}/report"), json!({ "kind": "cannot_open" })).await;
        assert_eq!((&stuck.is(200).json["status"], &stuck.json["fee_fen"]), (&json!("returned"), &json!(0)));
        let code = text(&lent.json["unit"]["code"]);
        let one = unit(&p.mei, &code).await;
        assert_eq!((&one["status"], &one["station"]["id"]), (&json!("returned_to_check"), &json!(lending.station("gate-1"))));
        assert_eq!((&stuck.json["open_reports"], stuck.json["settled_at"].is_string()), (&json!(0), true));
        let charged = json!({ "amount_fen": 5000, "reason": "锁住了" });
        p.mei.post(&format!("{path}/settle"), charged).await.refused(409, "rental_nothing_to_settle");
        let late = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        t.advance(SignedDuration::from_mins(5) + SignedDuration::from_secs(1)).await;
        p.lin.post(&format!("{late}/report"), json!({ "kind": "cannot_open" })).await.refused(422, "rental_open_too_late");
        assert_eq!(p.lin.get(&late).await.json["open_reports"], 0, "a refusal leaves nothing behind");
        prove(&t).await;
    }

    async fn what_staff_find_broken_waits_for_a_decision(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let path = rental(&umbrella(&lending, &p.lin, "gate-1").await);
        let broken = json!({ "station_id": lending.station("desk"), "condition": "damaged" });
        let back = p.mei.post(&format!("{path}/return"), broken).await;
        assert_eq!((&back.is(200).json["open_reports"], &back.json["settled_at"]), (&json!(1), &json!(null)));
        let charged = p.mei.post(&format!("{path}/settle"), json!({ "amount_fen": 2000, "reason": "伞骨断了" })).await;
        assert_eq!(charged.is(200).json["owed_fen"], 2000);
        umbrella(&lending, &p.lin, "gate-1").await.refused(422, "rental_settlement_open");

        // Left at a rack, and found broken when somebody looked: within a week, by staff.
        let path = rental(&umbrella(&lending, &p.hua, "gate-1").await);
        p.hua.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        let damaged = json!({ "kind": "damaged", "note": "伞骨断了" });
        p.hua.post(&format!("{path}/report"), damaged.clone()).await.refused(409, "rental_not_now");
        t.hours(7 * 24).await;
        let mei = t.staff("mei").await;
        let said = mei.post(&format!("{path}/report"), damaged.clone()).await;
        assert_eq!((&said.is(200).json["open_reports"], &said.json["settled_at"]), (&json!(1), &json!(null)));
        mei.post(&format!("{path}/settle"), json!({ "amount_fen": 0, "reason": "算了" })).await.is(200);
        t.advance(SignedDuration::from_secs(1)).await;
        t.staff("mei").await.post(&format!("{path}/report"), damaged).await.refused(409, "rental_not_now");
        prove(&t).await;
    }

    async fn nobody_decides_what_they_owe_themselves(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let path = rental(&umbrella(&lending, &p.mei, "gate-1").await);
        p.mei.post(&format!("{path}/report"), json!({ "kind": "lost" })).await.is(200);
        let waive = json!({ "amount_fen": 0, "reason": "算了" });
        p.mei.post(&format!("{path}/settle"), waive.clone()).await.refused(422, "rental_own");
        p.li.post(&format!("{path}/settle"), json!({ "amount_fen": 100, "reason": "旧伞" })).await.is(200);
        p.mei.post(&format!("{path}/pay"), json!({ "kind": "payment", "amount_fen": 100 })).await.refused(422, "rental_own");
        prove(&t).await;
    }

    async fn what_was_decided_about_a_damage_stays_when_the_thing_is_found(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        let path = rental(&lent);
        p.lin.post(&format!("{path}/report"), json!({ "kind": "damaged" })).await.is(200);
        p.lin.post(&format!("{path}/report"), json!({ "kind": "lost" })).await.is(200);
        for amount in [3000, 2000] {
            p.mei.post(&format!("{path}/settle"), json!({ "amount_fen": amount, "reason": "按价" })).await.is(200);
        }
        p.mei.post(&format!("{path}/pay"), json!({ "kind": "payment", "amount_fen": 5000 })).await.is(200);
        // Even out of use it can be found.
        let unit = format!("/api/v1/rental/units/{}", text(&lent.json["unit"]["id"]));
        p.mei.post(&format!("{unit}/retire"), json!({ "reason": "丢失" })).await.is(200);
        p.mei.post(&format!("{unit}/restock"), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        let found = p.mei.get(&path).await;
        assert_eq!((&found.is(200).json["charged_fen"], &found.json["owed_fen"]), (&json!(3000), &json!(-2000)));
        // Whom the mall owes something may borrow.
        umbrella(&lending, &p.lin, "gate-1").await.is(201);
        prove(&t).await;
    }

    async fn who_borrowed_without_an_account_is_forgotten_in_time(t: TestApp) {
        let lending = Lending::of(&t).await;
        let mei = t.staff("mei").await;
        let mut wish = lending.wish("gate-1", "umbrella");
        wish["on_behalf_of"] = json!({ "name": "王先生", "phone": "13900001111" });
        let path = rental(&mei.post("/api/v1/rentals", wish).await);
        mei.post(&format!("{path}/return"), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        t.hours(90 * 24 + 1).await;
        let mei = t.staff("mei").await;
        assert_eq!(mei.get(&path).await.is(200).json["borrower"]["name"], json!(null));
        assert_eq!(mei.get(&format!("{path}/contact")).await.is(200).json["phone"], json!(null));
        let log = t.staff("li").await.get(&format!("/api/v1/sites/{}/erasures", lending.site)).await;
        assert_eq!(log.is(200).json["items"][0]["subject"], "rental");
        prove(&t).await;
    }

    async fn a_fee_is_charged_to_the_second_and_blocks_until_it_is_paid(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        // Four hours free, then five yuan for each hour begun.
        let path = rental(&p.lin.post("/api/v1/rentals", lending.wish("desk", "stroller")).await);
        t.advance(SignedDuration::from_hours(6) + SignedDuration::from_mins(1)).await;
        let lin = t.shopper("xiaolin").await;
        assert_eq!(lin.get(&path).await.is(200).json["fee_fen"], 1500, "what it would cost now");
        let back = lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("desk") })).await;
        assert_eq!((&back.is(200).json["charged_fen"], &back.json["owed_fen"]), (&json!(1500), &json!(1500)));
        umbrella(&lending, &lin, "gate-1").await.refused(422, "rental_settlement_open");
        let mei = t.staff("mei").await;
        mei.post(&format!("{path}/pay"), json!({ "kind": "payment", "amount_fen": 500 })).await.is(200);
        let rest = mei.post(&format!("{path}/pay"), json!({ "kind": "payment", "amount_fen": 1000, "note": "现金" })).await;
        assert!(rest.is(200).json["settled_at"].is_string());
        mei.post(&format!("{path}/pay"), json!({ "kind": "repayment", "amount_fen": 1 })).await.refused(422, "payment_too_high");
        prove(&t).await;
    }
}
