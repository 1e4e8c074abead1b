//! The single things: every move from every state, and what staff do with them.

use serde_json::json;
use yijian::rental_units::model::{UnitMove, UnitStatus};

use super::{Lending, available, prove, rental, text, umbrella, unit};
use crate::both;
use crate::support::People;

/// Where each move leads from each state, written down a second time; `-` is nowhere.
#[rustfmt::skip]
const TABLE: &[(UnitMove, [&str; 7])] = &[
    //                         available            reserved     lent                 returned_to_check    in_repair            lost                 retired
    (UnitMove::Reserve,       ["reserved",          "-",         "-",                 "-",                 "-",                 "-",                 "-"]),
    (UnitMove::Release,       ["-",                 "available", "-",                 "-",                 "-",                 "-",                 "-"]),
    (UnitMove::Lend,          ["lent",              "lent",      "-",                 "-",                 "-",                 "-",                 "-"]),
    (UnitMove::Return,        ["-",                 "-",         "available",         "-",                 "-",                 "-",                 "-"]),
    (UnitMove::ReturnToCheck, ["returned_to_check", "-",         "returned_to_check", "-",                 "returned_to_check", "returned_to_check", "-"]),
    (UnitMove::Repair,        ["in_repair",         "-",         "-",                 "in_repair",         "in_repair",         "-",                 "-"]),
    (UnitMove::Restock,       ["available",         "-",         "-",                 "available",         "available",         "available",         "available"]),
    (UnitMove::Lose,          ["lost",              "-",         "lost",              "lost",              "lost",              "-",                 "-"]),
    (UnitMove::Retire,        ["retired",           "-",         "-",                 "retired",           "retired",           "retired",           "-"]),
    (UnitMove::Move,          ["available",         "-",         "-",                 "returned_to_check", "in_repair",         "-",                 "-"]),
    (UnitMove::ViewContact,   ["-",                 "-",         "-",                 "-",                 "-",                 "-",                 "-"]),
];

#[test]
fn every_move_from_every_state_is_as_the_second_table_says() {
    let moves: Vec<UnitMove> = TABLE.iter().map(|(step, _)| *step).collect();
    assert_eq!(moves, UnitMove::ALL);
    for (step, row) in TABLE {
        for (from, to) in UnitStatus::ALL.iter().zip(row) {
            let got = from.after(*step).map_or("-", UnitStatus::as_str);
            assert_eq!(got, *to, "{step:?} from {from:?}");
        }
    }
}

both! {
    async fn staff_mend_restock_and_retire_things(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let one = unit(&p.mei, "U-0001").await;
        let path = format!("/api/v1/rental/units/{}", text(&one["id"]));
        let why = json!({ "reason": "伞骨断了" });
        assert_eq!(p.mei.post(&format!("{path}/repair"), why.clone()).await.is(200).json["station"], json!(null));
        let back = json!({ "station_id": lending.station("gate-2"), "reason": "换了伞骨" });
        let restocked = p.mei.post(&format!("{path}/restock"), back).await;
        assert_eq!(restocked.is(200).json["status"], "available");
        assert_eq!(restocked.json["station"]["id"], lending.station("gate-2"));
        assert_eq!(available(&t, &lending, "gate-2", "umbrella").await, 21);
        let stale = p.mei.request(reqwest::Method::POST, &format!("{path}/retire")).header("If-Match", "1").json(&why);
        p.mei.send(stale).await.refused(412, "version_stale");
        p.mei.post(&format!("{path}/retire"), why.clone()).await.is(200);
        p.mei.post(&format!("{path}/retire"), why.clone()).await.refused(409, "rental_unit_not_now");
        let scene = text(&one["scene"]);
        p.lin.post("/api/v1/rentals", json!({ "scene": scene })).await.refused(409, "rental_unit_not_available");
        let history = unit(&p.mei, "U-0001").await["history"].as_array().expect("lines").clone();
        let actions: Vec<&str> = history.iter().filter_map(|line| line["action"].as_str()).collect();
        assert_eq!(actions, ["retire", "restock", "repair"]);
        assert_eq!(history[2]["reason"], "伞骨断了");
        prove(&t).await;
    }

    async fn what_somebody_has_is_theirs_until_their_rental_is_over(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        let path = format!("/api/v1/rental/units/{}", text(&lent.is(201).json["unit"]["id"]));
        let why = json!({ "reason": "不要了" });
        p.mei.post(&format!("{path}/retire"), why.clone()).await.refused(409, "rental_unit_not_now");
        p.mei.post(&format!("{path}/repair"), why).await.refused(409, "rental_unit_not_now");
        let here = json!({ "station_id": lending.station("gate-1") });
        p.mei.post(&format!("{path}/restock"), here).await.refused(409, "rental_unit_not_now");
        assert_eq!(unit(&p.mei, &text(&lent.json["unit"]["code"])).await["rental_id"], lent.json["id"]);
        prove(&t).await;
    }

    async fn a_station_takes_what_it_takes_and_no_more_than_fits(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let add = |station: &str, kind: &str, codes: Vec<String>| {
            json!({ "site_id": lending.site, "item_type_id": lending.kind(kind), "station_id": lending.station(station),
                "codes": codes })
        };
        let codes = |n: usize| (0..n).map(|i| format!("X-{i}")).collect::<Vec<_>>();
        p.li.post("/api/v1/rental/units", add("gate-1", "wheelchair", codes(1))).await.refused(409, "rental_not_taken_here");
        // Sixty slots, fifty umbrellas.
        p.li.post("/api/v1/rental/units", add("gate-1", "umbrella", codes(11))).await.refused(409, "station_full");
        let made = p.li.post("/api/v1/rental/units", add("gate-1", "umbrella", codes(10))).await;
        assert_eq!(made.is(201).json["items"].as_array().map(Vec::len), Some(10));
        assert!(made.json["items"][0]["scene"].as_str().is_some_and(|scene| scene.starts_with("u=")));
        p.li.post("/api/v1/rental/units", add("gate-2", "umbrella", codes(1))).await.refused(409, "code_taken");
        p.mei.post("/api/v1/rental/units", add("gate-2", "umbrella", codes(1))).await.refused(403, "role_lead_needed");
        let one = unit(&p.mei, "U-0001").await;
        let full = json!({ "station_id": lending.station("gate-1") });
        let path = format!("/api/v1/rental/units/{}/restock", text(&one["id"]));
        p.mei.post(&path, full).await.refused(409, "station_full");
        // Nobody's sites but their own.
        let (other, _) = t.hire("wai", yijian::accounts::model::Role::Technician, Some("cleaning")).await;
        other.get(&format!("/api/v1/rental/units/{}", text(&one["id"]))).await.refused(404, "rental_unit_not_found");
        assert_eq!(other.get("/api/v1/rental/units").await.is(200).json["items"], json!([]));
        p.lin.get("/api/v1/rental/units").await.refused(403, "role_staff_needed");
        prove(&t).await;
    }

    async fn who_has_something_is_called_by_the_desk_and_that_leaves_a_line(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        let path = rental(&lent);
        assert_eq!(p.mei.get(&path).await.is(200).json["borrower"]["phone"], "138****1234");
        assert!(p.lin.get(&path).await.is(200).json.get("borrower").is_none());
        let contact = p.mei.get(&format!("{path}/contact")).await;
        assert_eq!(contact.is(200).json["phone"], "+8613812341234");
        let one = unit(&p.mei, &text(&lent.json["unit"]["code"])).await;
        assert_eq!(one["history"][0]["action"], "view_contact");
        p.lin.get(&format!("{path}/contact")).await.refused(403, "role_staff_needed");
        p.hua.get(&path).await.refused(404, "rental_not_found");
        prove(&t).await;
    }
}
