//! It rains: three hundred people, fifty umbrellas, one second.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::devices::{Cabinet, report};
use super::{Lending, available, facts, prove, rental, small_station, text, umbrella, unit};
use crate::both;
use crate::support::{Backend, Client, People, Reply, TestApp, postgres_database};

async fn crowd(t: &TestApp, people: usize) -> Vec<Client> {
    let mut crowd = Vec::with_capacity(people);
    for n in 0..people {
        crowd.push(t.shopper(&format!("rain{n}")).await);
    }
    crowd
}

both! {
    async fn fifty_umbrellas_go_to_fifty_of_three_hundred(t: TestApp) {
        let lending = Lending::of(&t).await;
        let people = crowd(&t, 300).await;
        let wish = lending.wish("gate-1", "umbrella");
        let replies = join_all(people.iter().map(|who| who.post_in_a_crowd("/api/v1/rentals", wish.clone()))).await;
        let lent: HashSet<String> =
            replies.iter().filter(|reply| reply.status == 201).map(|reply| text(&reply.json["unit"]["id"])).collect();
        let with_one = replies.iter().filter(|reply| reply.status == 201).count();
        assert_eq!((with_one, lent.len()), (50, 50), "fifty people, fifty umbrellas");
        let refused: Vec<_> = replies.iter().filter(|reply| reply.status != 201).collect();
        assert_eq!(refused.len(), 250);
        for reply in refused {
            reply.refused(409, "rental_none_here");
            assert!(reply.json["nearest"]["id"].is_string(), "each is told where there are more");
        }
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 0);
        prove(&t).await;
    }

    async fn fifty_who_scan_the_same_umbrella_are_one_borrower(t: TestApp) {
        let people = crowd(&t, 50).await;
        let body = json!({ "scene": t.scenes().umbrella });
        let replies = join_all(people.iter().map(|who| who.post_in_a_crowd("/api/v1/rentals", body.clone()))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        for reply in replies.iter().filter(|reply| reply.status != 201) {
            reply.refused(409, "rental_unit_not_available");
        }
        prove(&t).await;
    }

    async fn who_taps_twenty_times_has_one(t: TestApp) {
        let lending = Lending::of(&t).await;
        let lin = t.shopper("xiaolin").await;
        let wish = lending.wish("gate-1", "umbrella");
        let replies = join_all((0..20).map(|_| lin.post_in_a_crowd("/api/v1/rentals", wish.clone()))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        assert!(replies.iter().all(|reply| reply.status == 201 || reply.json["code"] == "rental_limit_reached"));
        assert_eq!(available(&t, &lending, "gate-1", "umbrella").await, 49);
        prove(&t).await;
    }

    async fn ten_of_thirty_find_room_at_the_third_gate(t: TestApp) {
        let lending = Lending::of(&t).await;
        let people = crowd(&t, 30).await;
        let mut paths = Vec::new();
        for who in &people {
            let lent = who.post("/api/v1/rentals", lending.wish("gate-1", "umbrella")).await;
            paths.push((who, format!("{}/return", rental(&lent))));
        }
        // Twenty slots, ten umbrellas in them.
        let here = json!({ "station_id": lending.station("gate-3") });
        let replies = join_all(paths.iter().map(|(who, path)| who.post_in_a_crowd(path, here.clone()))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 10);
        for reply in replies.iter().filter(|reply| reply.status != 200) {
            reply.refused(409, "station_full");
        }
        assert_eq!(available(&t, &lending, "gate-3", "umbrella").await, 20);
        prove(&t).await;
    }

    async fn reserving_fetching_and_giving_up_at_once_leave_one_truth(t: TestApp) {
        let lending = Lending::of(&t).await;
        let lin = t.shopper("xiaolin").await;
        let mei = t.staff("mei").await;
        for _ in 0..10 {
            let kept = lin.post("/api/v1/rentals/reserve", lending.wish("gate-3", "umbrella")).await;
            let path = rental(&kept);
            let cancel = format!("{path}/cancel");
            let (fetched, cancelled) =
                futures_util::join!(lin.post("/api/v1/rentals", lending.wish("gate-3", "umbrella")), lin.act(&cancel));
            assert!([201, 409].contains(&fetched.status) && [200, 409].contains(&cancelled.status), "{fetched:?} {cancelled:?}");
            let open = mei.get("/api/v1/rentals?status=lent").await;
            for one in open.is(200).json["items"].as_array().expect("rentals") {
                let path = format!("/api/v1/rentals/{}/return", text(&one["id"]));
                mei.post(&path, json!({ "station_id": lending.station("gate-3"), "condition": "good" })).await.is(200);
            }
            assert_eq!(unit(&mei, &text(&kept.json["unit"]["code"])).await["status"], "available");
            prove(&t).await;
        }
    }
}

/// Two who wait for one of the last things, and keep one that was taken meanwhile, wait for each other.
#[actix_web::test]
async fn who_waits_for_one_thing_keeps_no_other() {
    if postgres_database().is_none() {
        return;
    }
    let t = TestApp::start(Backend::Postgres).await;
    let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
    let mut small = facts(&t, lending.station("gate-3")).await;
    small["slots"] = json!(2);
    let station = small_station(&lending, &p.li, "small", small, lending.kind("umbrella")).await;
    let more = json!({ "site_id": lending.site, "item_type_id": lending.kind("umbrella"), "station_id": station,
        "codes": ["X-later"] });
    p.li.post("/api/v1/rental/units", more).await.is(201);
    let (first, later) = (unit(&p.mei, "X-small").await, unit(&p.mei, "X-later").await);
    let looks =
        |unit: &Value| format!("SELECT id FROM rental_units WHERE id = '{}' FOR NO KEY UPDATE", text(&unit["id"]));
    let takes = format!(
        "UPDATE rental_units SET status = 'lent', station_id = NULL, version = version + 1 WHERE id = '{}'",
        text(&later["id"])
    );
    let (looking, taking) = (t.hold(looks(&first)).await, t.hold(takes).await);
    let wish = json!({ "station_id": station, "item_type_id": lending.kind("umbrella") });
    let lin = p.lin.clone();
    let borrowing = actix_web::rt::spawn(async move { lin.post("/api/v1/rentals", wish).await });
    t.locks_waited_for(1).await;
    taking.commit().await;
    // What was taken is whoever's it is; what is left is waited for.
    t.locks_waited_for(1).await;
    let brought_back = tokio::time::timeout(Duration::from_secs(10), t.hold(looks(&later))).await;
    brought_back.expect("nobody keeps it").undo().await;
    looking.undo().await;
    let lent = borrowing.await.expect("an answer");
    assert_eq!(lent.is(201).json["unit"]["id"], first["id"], "it was not taken after all");
}

/// Two who change a rental and its thing, one of them the thing first, wait for each other.
#[actix_web::test]
async fn what_was_lost_is_changed_after_its_rental_by_all_who_find_it() {
    if postgres_database().is_none() {
        return;
    }
    let t = TestApp::start(Backend::Postgres).await;
    let (p, lending, cabinet) = (People::sign_in(&t).await, Lending::of(&t).await, Cabinet::of(&t).await);
    let here = lending.station("gate-2");
    for finder in ["desk", "cabinet", "stock_take"] {
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        let (path, thing) = (rental(&lent), text(&lent.json["unit"]["id"]));
        let code = text(&lent.json["unit"]["code"]);
        p.lin.post(&format!("{path}/report"), json!({ "kind": "lost" })).await.is(200);
        let look = |table: &str, id: &str| format!("SELECT id FROM {table} WHERE id = '{id}' FOR NO KEY UPDATE");
        let looking = t.hold(look("rentals", &lent.id())).await;
        let find = async {
            match finder {
                "desk" => {
                    let found = format!("/api/v1/rental/units/{thing}/restock");
                    p.mei.post(&found, json!({ "station_id": here })).await.is(200);
                }
                "cabinet" => {
                    let back = report(finder, "returned", here, &code, t.app.clock.now());
                    cabinet.send(&t, SignedDuration::ZERO, vec![back]).await;
                }
                _ => {
                    let counted = format!("/api/v1/rental/stations/{here}/stock_takes");
                    p.mei.post(&counted, json!({ "codes": [code], "apply": true })).await.is(201);
                }
            }
        };
        let meanwhile = async {
            t.locks_waited_for(1).await;
            let free = tokio::time::timeout(Duration::from_secs(3), t.hold(look("rental_units", &thing))).await;
            free.unwrap_or_else(|_| panic!("{finder} has the thing and waits for its rental")).undo().await;
            looking.undo().await;
        };
        futures_util::join!(find, meanwhile);
        assert_eq!(p.lin.get(&path).await.is(200).json["status"], "returned", "{finder}");
        prove(&t).await;
    }
}

/// Whoever fetches what is kept may take the one beside it: what a report is about is on another rental then.
#[actix_web::test]
async fn a_report_ends_the_rental_of_who_has_the_thing_by_then() {
    if postgres_database().is_none() {
        return;
    }
    let t = TestApp::start(Backend::Postgres).await;
    let (p, lending, cabinet) = (People::sign_in(&t).await, Lending::of(&t).await, Cabinet::of(&t).await);
    let lent = umbrella(&lending, &p.hua, "gate-1").await;
    let kept = p.lin.post("/api/v1/rentals/reserve", lending.wish("gate-1", "umbrella")).await;
    let free =
        p.mei.get(&format!("/api/v1/rental/units?status=available&station_id={}", lending.station("gate-1"))).await;
    let thing = |reply: &Reply| text(&reply.json["unit"]["id"]);
    let (lent_thing, kept_thing) = (thing(&lent), thing(&kept));
    let other = text(&free.is(200).json["items"][0]["id"]);
    // Lin fetches the one beside it, and Hua has what was kept for Lin.
    let exchanged = t.hold(format!(
        "UPDATE rentals r SET unit_id = '{other}', status = 'lent', started_at = o.started_at, due_at = o.due_at,
            reserved_until = NULL, version = r.version + 1 FROM rentals o WHERE r.id = '{}' AND o.id = '{}';
         UPDATE rentals SET unit_id = '{kept_thing}', version = version + 1 WHERE id = '{}';
         UPDATE rental_units SET status = 'available', station_id = '{}', version = version + 1 WHERE id = '{lent_thing}';
         UPDATE rental_units SET status = 'lent', station_id = NULL, version = version + 1
            WHERE id IN ('{other}', '{kept_thing}')",
        kept.id(), lent.id(), lent.id(), lending.station("gate-1")
    )).await;
    let back =
        report("r1", "returned", lending.station("gate-2"), &text(&kept.json["unit"]["code"]), t.app.clock.now());
    let reported = cabinet.send(&t, SignedDuration::ZERO, vec![back]);
    let meanwhile = async {
        t.locks_waited_for(1).await;
        exchanged.commit().await;
    };
    futures_util::join!(reported, meanwhile);
    let status = async |who: &Client, reply: &Reply| text(&who.get(&rental(reply)).await.is(200).json["status"]);
    assert_eq!((status(&p.lin, &kept).await, status(&p.hua, &lent).await), ("lent".to_owned(), "returned".to_owned()));
}

/// What was brought elsewhere while somebody counted is not lost.
#[actix_web::test]
async fn a_stock_take_gives_up_nothing_that_was_just_moved() {
    if postgres_database().is_none() {
        return;
    }
    let t = TestApp::start(Backend::Postgres).await;
    let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
    let (here, there) = (lending.station("gate-3"), lending.station("gate-2"));
    let units = p.mei.get(&format!("/api/v1/rental/units?station_id={here}")).await;
    let codes: Vec<String> =
        units.is(200).json["items"].as_array().expect("units").iter().map(|one| text(&one["code"])).collect();
    let (moved, counted) = codes.split_first().expect("some");
    let moving = t
        .hold(format!(
            "UPDATE rental_units SET station_id = '{there}', version = version + 1 WHERE site_id = '{}' AND code = '{moved}'",
            lending.site
        ))
        .await;
    let taken = async {
        let path = format!("/api/v1/rental/stations/{here}/stock_takes");
        p.mei.post(&path, json!({ "codes": counted, "apply": true })).await
    };
    let meanwhile = async {
        t.locks_waited_for(1).await;
        moving.commit().await;
    };
    let (take, ()) = futures_util::join!(taken, meanwhile);
    assert_eq!(take.is(201).json["missing"][0]["remedy"], "left");
    let seen = unit(&p.mei, moved).await;
    assert_eq!((&seen["status"], &seen["station"]["id"]), (&json!("available"), &json!(there)));
}
