//! Cabinets: what they report twice, late, out of order, and by wrong clocks.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use yijian::accounts::model::ClientScope;

use super::{Lending, available, facts, prove, rental, text, umbrella, unit};
use crate::both;
use crate::support::{Client, People, TestApp};

const REPORTS: &str = "/api/v1/rental/device_reports";

pub struct Cabinet {
    client: Client,
}

impl Cabinet {
    pub async fn of(t: &TestApp) -> Self {
        Self { client: t.signed_in_system("雨伞柜", &[ClientScope::RentalDevice]).await }
    }

    /// Sends reports at once, by a clock that is `ahead` of ours; `at` is by that clock too. Answers outcome and code.
    pub async fn send(&self, t: &TestApp, ahead: SignedDuration, reports: Vec<Value>) -> Vec<(String, Value)> {
        let sent_at = t.app.clock.now() + ahead;
        let reply = self.client.post(REPORTS, json!({ "sent_at": sent_at.to_string(), "reports": reports })).await;
        let results = reply.is(200).json["results"].as_array().expect("results").clone();
        results.iter().map(|one| (text(&one["outcome"]), one["code"].clone())).collect()
    }
}

pub fn report(id: &str, kind: &str, station: &str, unit: &str, at: Timestamp) -> Value {
    json!({ "report_id": id, "kind": kind, "station_id": station, "unit": unit, "at": at.to_string() })
}

/// Reports things of the cabinet as broken.
pub async fn break_all(t: &TestApp, station: &str, codes: &[&str]) {
    let cabinet = Cabinet::of(t).await;
    let now = t.app.clock.now();
    let mut said = Vec::new();
    for code in codes {
        let mut fault = report(&format!("broken-{code}-{now}"), "fault", station, code, now);
        fault["fault"] = json!("伞骨断了");
        said.push(fault);
    }
    cabinet.send(t, RIGHT, said).await;
}

fn applied() -> (String, Value) {
    ("applied".to_owned(), Value::Null)
}

fn refused(code: &str) -> (String, Value) {
    ("refused".to_owned(), json!(code))
}

const RIGHT: SignedDuration = SignedDuration::ZERO;

both! {
    async fn a_report_counts_once_however_often_it_comes(t: TestApp) {
        let (p, lending, cabinet) = (People::sign_in(&t).await, Lending::of(&t).await, Cabinet::of(&t).await);
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        let code = text(&lent.is(201).json["unit"]["code"]);
        t.advance(SignedDuration::from_mins(10)).await;
        let back = report("r1", "returned", lending.station("gate-2"), &code, t.app.clock.now());
        assert_eq!(cabinet.send(&t, RIGHT, vec![back.clone()]).await, [applied()]);
        assert_eq!(cabinet.send(&t, RIGHT, vec![back.clone()]).await, [("duplicate".to_owned(), Value::Null)]);
        let mut other = back;
        other["station_id"] = json!(lending.station("gate-3"));
        assert_eq!(cabinet.send(&t, RIGHT, vec![other]).await, [refused("device_report_reused")]);
        let rental = p.lin.get(&rental(&lent)).await;
        assert_eq!((&rental.is(200).json["status"], &rental.json["returned_by"]), (&json!("returned"), &json!("device")));
        assert_eq!(available(&t, &lending, "gate-2", "umbrella").await, 21);
        prove(&t).await;
    }

    async fn a_slow_network_costs_the_borrower_nothing_and_a_wrong_clock_is_put_right(t: TestApp) {
        let lending = Lending::of(&t).await;
        let lin = t.shopper("xiaolin").await;
        lin.post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.is(200);
        for (n, ahead) in [RIGHT, SignedDuration::from_hours(1), SignedDuration::from_hours(-1)].into_iter().enumerate() {
            let (lin, cabinet) = (t.shopper("xiaolin").await, Cabinet::of(&t).await);
            let lent = lin.post("/api/v1/rentals", lending.wish("b2-east", "stroller")).await;
            let code = text(&lent.is(201).json["unit"]["code"]);
            // Back after half an hour; the report comes five hours later, and by then it would cost something.
            let back_at = t.app.clock.now() + SignedDuration::from_mins(30);
            t.advance(SignedDuration::from_mins(330)).await;
            let cabinet_again = Cabinet::of(&t).await;
            drop(cabinet);
            let said = report(&format!("late{n}"), "returned", lending.station("b2-east"), &code, back_at + ahead);
            assert_eq!(cabinet_again.send(&t, ahead, vec![said]).await, [applied()]);
            let rental = t.shopper("xiaolin").await.get(&rental(&lent)).await;
            assert_eq!(rental.is(200).json["charged_fen"], 0, "{ahead:?}");
            assert_eq!(text(&rental.json["returned_at"]).parse::<Timestamp>().expect("a time"), back_at);
            let mei = t.staff("mei").await;
            let path = format!("/api/v1/rental/units/{}/restock", text(&lent.json["unit"]["id"]));
            mei.post(&path, json!({ "station_id": lending.station("b2-east") })).await.is(200);
        }
        prove(&t).await;
    }

    async fn what_lies_before_a_rental_belongs_to_an_earlier_one(t: TestApp) {
        let (p, lending, cabinet) = (People::sign_in(&t).await, Lending::of(&t).await, Cabinet::of(&t).await);
        let first = umbrella(&lending, &p.lin, "gate-1").await;
        let (code, scene) = {
            let code = text(&first.is(201).json["unit"]["code"]);
            let scene = text(&unit(&p.mei, &code).await["scene"]);
            (code, scene)
        };
        t.advance(SignedDuration::from_mins(2)).await;
        let was_back = t.app.clock.now();
        p.mei.post(&format!("{}/return", rental(&first)), json!({ "station_id": lending.station("gate-1") })).await.is(200);
        t.advance(SignedDuration::from_mins(1)).await;
        let second = p.hua.post("/api/v1/rentals", json!({ "scene": scene })).await;
        second.is(201);
        // The cabinet's own word of the first return comes only now.
        let late = report("late", "returned", lending.station("gate-1"), &code, was_back);
        assert_eq!(cabinet.send(&t, RIGHT, vec![late]).await, [("stale".to_owned(), Value::Null)]);
        assert_eq!(p.hua.get(&rental(&second)).await.json["status"], "lent");
        prove(&t).await;
    }

    async fn what_cannot_be_is_refused_and_the_rest_counts(t: TestApp) {
        let (p, lending, cabinet) = (People::sign_in(&t).await, Lending::of(&t).await, Cabinet::of(&t).await);
        let now = t.app.clock.now();
        let (one, two) = (unit(&p.mei, "P-0001").await, unit(&p.mei, "P-0002").await);
        p.mei.post(&format!("/api/v1/rental/units/{}/retire", text(&two["id"])), json!({ "reason": "坏了" })).await.is(200);
        let here = lending.station("cabinet-f1");
        let mut battery = report("b1", "battery", here, "P-0001", now);
        battery["battery_percent"] = json!(80);
        let sent = vec![
            report("x1", "returned", here, "P-0001", now + SignedDuration::from_secs(1)),
            report("x2", "returned", here, "P-0001", now - SignedDuration::from_hours(31 * 24)),
            report("x3", "returned", &lending.site, "P-0001", now),
            report("x4", "returned", here, "P-9999", now),
            report("x5", "returned", here, "P-0002", now),
            report("x6", "battery", here, "P-0001", now),
            report("x7", "returned", here, "P-0001", now),
            battery,
        ];
        let expected = [
            refused("device_time_ahead"), refused("device_report_too_old"), refused("station_not_found"),
            refused("rental_unit_not_found"), refused("rental_unit_retired"), refused("device_battery_missing"),
            ("stale".to_owned(), Value::Null), applied(),
        ];
        assert_eq!(cabinet.send(&t, RIGHT, sent).await, expected);
        assert_eq!(unit(&p.mei, "P-0001").await["battery_percent"], 80);
        assert_eq!(one["status"], "available");
        let nobody = p.lin.post(REPORTS, json!({ "sent_at": now.to_string(), "reports": [] })).await;
        nobody.refused(403, "scope_needed");
        let none = cabinet.client.post(REPORTS, json!({ "sent_at": now.to_string(), "reports": [] })).await;
        none.refused_field("/reports", "length_out_of_range");
        prove(&t).await;
    }

    async fn of_batteries_and_faults_the_latest_counts_whatever_comes_last(t: TestApp) {
        let (p, lending, cabinet) = (People::sign_in(&t).await, Lending::of(&t).await, Cabinet::of(&t).await);
        t.advance(SignedDuration::from_mins(5)).await;
        let now = t.app.clock.now();
        let here = lending.station("cabinet-f1");
        let battery = |id: &str, percent: i32, minutes: i64| {
            let mut said = report(id, "battery", here, "P-0001", now - SignedDuration::from_mins(minutes));
            said["battery_percent"] = json!(percent);
            said
        };
        let outcome: Vec<String> = cabinet
            .send(&t, RIGHT, vec![battery("b1", 40, 1), battery("b2", 90, 3), battery("b3", 35, 0)])
            .await
            .into_iter()
            .map(|(outcome, _)| outcome)
            .collect();
        assert_eq!(outcome, ["applied", "stale", "applied"]);
        assert_eq!(unit(&p.mei, "P-0001").await["battery_percent"], 35);

        let mut fault = report("f1", "fault", here, "P-0001", now - SignedDuration::from_mins(1));
        fault["fault"] = json!("卡住");
        let cleared_before = report("f2", "fault_cleared", here, "P-0001", now - SignedDuration::from_mins(2));
        let outcomes = cabinet.send(&t, RIGHT, vec![fault, cleared_before]).await;
        assert_eq!(outcomes[1].0, "stale");
        let broken = unit(&p.mei, "P-0001").await;
        assert_eq!((&broken["status"], &broken["fault"], &broken["station"]["id"]), (&json!("in_repair"), &json!("卡住"), &json!(here)));
        assert_eq!(available(&t, &lending, "cabinet-f1", "power_bank").await, 8);
        let cleared = report("f3", "fault_cleared", here, "P-0001", now);
        assert_eq!(cabinet.send(&t, RIGHT, vec![cleared]).await, [applied()]);
        assert_eq!(unit(&p.mei, "P-0001").await["status"], "returned_to_check", "somebody looks at it first");
        prove(&t).await;
    }

    async fn what_turns_up_in_a_cabinet_is_there(t: TestApp) {
        let (p, lending, cabinet) = (People::sign_in(&t).await, Lending::of(&t).await, Cabinet::of(&t).await);
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        let (path, code) = (rental(&lent), text(&lent.json["unit"]["code"]));
        p.lin.post(&format!("{path}/report"), json!({ "kind": "lost" })).await.is(200);
        t.advance(SignedDuration::from_mins(1)).await;
        let now = t.app.clock.now();
        let found = report("t1", "returned", lending.station("gate-2"), &code, now);
        // Somebody carried one from gate to gate without borrowing it.
        let moved = report("t2", "returned", lending.station("gate-2"), "U-0001", now);
        assert_eq!(cabinet.send(&t, RIGHT, vec![found, moved]).await, [applied(), applied()]);
        assert_eq!(p.lin.get(&path).await.json["returned_by"], "found");
        assert_eq!(unit(&p.mei, &code).await["status"], "returned_to_check");
        assert_eq!(unit(&p.mei, "U-0001").await["station"]["id"], lending.station("gate-2"));
        prove(&t).await;
    }

    async fn what_cannot_be_read_is_refused_alone(t: TestApp) {
        let (p, lending, cabinet) = (People::sign_in(&t).await, Lending::of(&t).await, Cabinet::of(&t).await);
        let now = t.app.clock.now();
        let here = lending.station("cabinet-f1");
        let battery = |id: &str, code: &str, percent: Value| {
            let mut said = report(id, "battery", here, code, now);
            said["battery_percent"] = percent;
            said
        };
        let mut unknown = report("m3", "returned", here, "P-0001", now);
        unknown["colour"] = json!("red");
        let sent = vec![
            battery("m1", "P-0001", json!(80)), battery("m2", "P-0001", json!(101)), unknown, json!(5),
            report("", "returned", here, "P-0001", now), report("m4", "stolen", here, "P-0001", now),
            battery("m5", "P-0002", json!(70)),
            // The fields of one in their order are no report.
            json!(["m6", "battery", here, "P-0002", now.to_string(), 10, null]),
        ];
        let reply = cabinet.client.post(REPORTS, json!({ "sent_at": now.to_string(), "reports": sent })).await;
        let results = reply.is(200).json["results"].as_array().expect("results").clone();
        let names: Vec<_> = results.iter().map(|one| one["report_id"].clone()).collect();
        assert_eq!(names, [json!("m1"), json!("m2"), json!("m3"), Value::Null, Value::Null, json!("m4"), json!("m5"), Value::Null]);
        for (n, one) in results.iter().enumerate() {
            let expected = if [0, 6].contains(&n) { applied() } else { refused("device_report_malformed") };
            assert_eq!((text(&one["outcome"]), one["code"].clone()), expected, "{n}");
        }
        assert_eq!(unit(&p.mei, "P-0001").await["battery_percent"], 80);
        assert_eq!(unit(&p.mei, "P-0002").await["battery_percent"], 70);
        // Put right, it may come again under its name.
        assert_eq!(cabinet.send(&t, RIGHT, vec![battery("m2", "P-0003", json!(100))]).await, [applied()]);
        prove(&t).await;
    }

    async fn what_a_cabinet_has_and_does_not_take_is_not_offered(t: TestApp) {
        let (p, lending, cabinet) = (People::sign_in(&t).await, Lending::of(&t).await, Cabinet::of(&t).await);
        let here = lending.station("cabinet-f1");
        t.advance(SignedDuration::from_mins(1)).await;
        let stray = report("s1", "returned", here, "U-0021", t.app.clock.now());
        assert_eq!(cabinet.send(&t, RIGHT, vec![stray]).await, [applied()]);
        let one = unit(&p.mei, "U-0021").await;
        assert_eq!((&one["status"], &one["station"]["id"]), (&json!("returned_to_check"), &json!(here)));
        // It keeps nobody from changing the station, but from taking it away.
        let path = format!("/api/v1/rental/stations/{here}");
        let same = facts(&t, here).await;
        p.li.put(&path, json!({ "station": same, "retired": true })).await.refused(409, "station_in_use");
        p.li.put(&path, json!({ "station": same })).await.is(200);
        let fetched = json!({ "station_id": lending.station("gate-1") });
        p.mei.post(&format!("/api/v1/rental/units/{}/restock", text(&one["id"])), fetched).await.is(200);
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 50);
        prove(&t).await;
    }

    async fn another_malls_cabinet_says_nothing_of_this_one(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        crate::members::other_mall(&t).await;
        let client = t.signed_in_system_at("yinhe", "别处的柜", &[ClientScope::RentalDevice]).await;
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        let code = text(&lent.is(201).json["unit"]["code"]);
        t.advance(SignedDuration::from_mins(1)).await;
        let back = report("o1", "returned", lending.station("gate-1"), &code, t.app.clock.now());
        let broken = report("o2", "fault", lending.station("gate-1"), &code, t.app.clock.now());
        let outcomes = Cabinet { client }.send(&t, RIGHT, vec![back, broken]).await;
        assert_eq!(outcomes, [refused("station_not_found"), refused("station_not_found")]);
        assert_eq!(p.lin.get(&rental(&lent)).await.is(200).json["status"], "lent");
        assert_eq!(unit(&p.mei, &code).await["fault"], Value::Null);
        prove(&t).await;
    }

    async fn what_broke_while_it_was_out_is_looked_at_when_it_comes_back(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        let code = text(&lent.is(201).json["unit"]["code"]);
        break_all(&t, lending.station("gate-1"), &[&code]).await;
        let here = json!({ "station_id": lending.station("gate-2") });
        p.lin.post(&format!("{}/return", rental(&lent)), here).await.is(200);
        assert_eq!(unit(&p.mei, &code).await["status"], "returned_to_check");
        assert_eq!(available(&t, &lending, "gate-2", "umbrella").await, 20);
        prove(&t).await;
    }

    async fn the_fullest_battery_comes_first(t: TestApp) {
        let (p, lending, cabinet) = (People::sign_in(&t).await, Lending::of(&t).await, Cabinet::of(&t).await);
        let now = t.app.clock.now();
        let charged = [("P-0002", 20), ("P-0003", 95), ("P-0005", 80)].map(|(code, percent)| {
            let mut said = report(code, "battery", lending.station("cabinet-f1"), code, now);
            said["battery_percent"] = json!(percent);
            said
        });
        cabinet.send(&t, RIGHT, charged.into()).await;
        let mut given = Vec::new();
        for who in [&p.lin, &p.hua, &p.wang, &p.mei] {
            let made = who.post("/api/v1/rentals", lending.wish("cabinet-f1", "power_bank")).await;
            given.push(text(&made.is(201).json["unit"]["code"]));
        }
        assert_eq!(given[..3], ["P-0003", "P-0005", "P-0002"]);
        assert_eq!(given[3], "P-0009", "of which nobody knows anything");
        prove(&t).await;
    }
}
