//! Deposits by PayScore: what is handed out, charged and given back, whatever WeChat and its users do.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::jobs;
use yijian::wechat::{Notices, NotificationKind, PayEndpoint, PayFault, UserRefusal};

use super::devices::break_all;
use super::{Lending, available, prove, rental, text, unit};
use crate::both;
use crate::support::{Backend, Client, People, Reply, TestApp};

const OPEN_ID: &str = "oUser0000000000000000000001";
const NOTIFICATIONS: &str = "/api/v1/wechat/pay/notifications";

/// A power bank that waits for its borrower to confirm.
async fn wanted(t: &TestApp, lending: &Lending, who: &Client) -> (String, String) {
    let made = who.post("/api/v1/rentals", lending.wish("cabinet-f1", "power_bank")).await;
    assert_eq!(made.is(201).json["status"], "confirming");
    t.pay.set_notices(Notices::Off);
    (rental(&made), made.id().replace('-', ""))
}

async fn ask(who: &Client, path: &str) -> Reply {
    who.act(&format!("{path}/payscore")).await
}

/// The same, confirmed and handed out.
async fn lent(t: &TestApp, lending: &Lending, who: &Client) -> (String, String) {
    let (path, number) = wanted(t, lending, who).await;
    ask(who, &path).await.is(200);
    assert!(t.pay.user_confirms(&number, OPEN_ID));
    assert_eq!(ask(who, &path).await.is(200).json["status"], "lent");
    (path, number)
}

/// Put into the cabinet on the fifth floor; staff see to it, for a scan proves nothing there.
async fn back(t: &TestApp, lending: &Lending, path: &str) -> Value {
    let here = json!({ "station_id": lending.station("cabinet-f5") });
    t.staff("mei").await.post(&format!("{path}/return"), here).await.is(200).json.clone()
}

async fn run(t: &TestApp) {
    jobs::service::run_due(&t.app).await.expect("jobs run");
}

both! {
    async fn it_is_confirmed_lent_returned_charged_and_paid(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (path, number) = wanted(&t, &lending, &p.lin).await;
        assert_eq!(available(&t, &lending, "cabinet-f1", "power_bank").await, 8, "kept, not lent");
        let opened = ask(&p.lin, &path).await;
        assert!(opened.is(200).json["payscore_package"].as_str().is_some_and(|it| !it.is_empty()));
        assert!(p.mei.get(&path).await.json.get("payscore_package").is_none(), "the borrower's alone");
        assert_eq!(ask(&p.lin, &path).await.is(200).json["status"], "confirming", "not confirmed yet");
        assert!(t.pay.user_confirms(&number, OPEN_ID));
        let begun = ask(&p.lin, &path).await;
        assert_eq!((&begun.is(200).json["status"], &begun.json["started_at"]), (&json!("lent"), &json!("2026-11-22T02:00:00.000Z")));
        assert!(begun.json.get("payscore_package").is_none());
        t.advance(SignedDuration::from_mins(66)).await;
        let lin = t.shopper("xiaolin").await;
        let returned = back(&t, &lending, &path).await;
        assert_eq!((&returned["charged_fen"], &returned["settled_at"]), (&json!(400), &Value::Null));
        run(&t).await;
        let paid = lin.get(&path).await;
        assert!(paid.is(200).json["settled_at"].is_string(), "{}", paid.json);
        assert_eq!((&paid.json["paid_fen"], &paid.json["entries"][1]["kind"]), (&json!(400), &json!("payment")));
        assert_eq!(t.pay.order(&number).expect("an order")["state"], "DONE");
        prove(&t).await;
    }

    async fn what_nobody_confirms_is_cancelled_there_and_free_here(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (never_opened, _) = wanted(&t, &lending, &p.lin).await;
        let (opened, number) = wanted(&t, &lending, &p.hua).await;
        ask(&p.hua, &opened).await.is(200);
        t.advance(SignedDuration::from_mins(10) - SignedDuration::from_secs(1)).await;
        assert_eq!(p.hua.get(&opened).await.json["status"], "confirming");
        t.advance(SignedDuration::from_secs(1)).await;
        t.advance(SignedDuration::from_secs(10)).await;
        for (who, path) in [(&p.lin, &never_opened), (&p.hua, &opened)] {
            assert_eq!(who.get(path).await.is(200).json["status"], "lapsed", "{path}");
        }
        assert_eq!(t.pay.order(&number).expect("an order")["state"], "REVOKED");
        assert_eq!(available(&t, &lending, "cabinet-f1", "power_bank").await, 9);
        prove(&t).await;
    }

    async fn who_confirms_in_the_last_moment_has_it(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (path, number) = wanted(&t, &lending, &p.lin).await;
        ask(&p.lin, &path).await.is(200);
        t.app.clock.advance(SignedDuration::from_mins(11)).expect("a clock moved by hand");
        // Confirmed before our cancellation goes out.
        assert!(t.pay.user_confirms(&number, OPEN_ID));
        run(&t).await;
        assert_eq!(p.lin.get(&path).await.json["status"], "lent");
        prove(&t).await;
    }

    async fn what_broke_before_it_was_confirmed_is_not_handed_out(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let cabinet = lending.station("cabinet-f1");
        let kept = async |path: &str| text(&p.mei.get(path).await.is(200).json["unit"]["code"]);
        // Given up: it is mended first.
        let (path, _) = wanted(&t, &lending, &p.lin).await;
        let code = kept(&path).await;
        break_all(&t, cabinet, &[&code]).await;
        p.lin.act(&format!("{path}/cancel")).await.is(200);
        assert_eq!(unit(&p.mei, &code).await["status"], "in_repair");
        // Confirmed: another one is theirs.
        let (path, number) = wanted(&t, &lending, &p.lin).await;
        let code = kept(&path).await;
        ask(&p.lin, &path).await.is(200);
        break_all(&t, cabinet, &[&code]).await;
        assert!(t.pay.user_confirms(&number, OPEN_ID));
        let begun = ask(&p.lin, &path).await;
        assert_eq!(begun.is(200).json["status"], "lent");
        let other = text(&begun.json["unit"]["code"]);
        assert_ne!(other, code);
        assert_eq!((&unit(&p.mei, &code).await["status"], &unit(&p.mei, &other).await["status"]), (&json!("in_repair"), &json!("lent")));
        // And where none is left, nothing is handed out, and nothing is owed.
        let (path, number) = wanted(&t, &lending, &p.hua).await;
        ask(&p.hua, &path).await.is(200);
        let all: Vec<String> = (1..=9).map(|n| format!("P-000{n}")).collect();
        break_all(&t, cabinet, &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
        assert!(t.pay.user_confirms(&number, OPEN_ID));
        assert_eq!(ask(&p.hua, &path).await.is(200).json["status"], "lapsed");
        run(&t).await;
        assert_eq!(t.pay.order(&number).expect("an order")["state"], "REVOKED");
        assert!(p.hua.get(&path).await.json["settled_at"].is_string());
        assert_eq!(available(&t, &lending, "cabinet-f1", "power_bank").await, 0);
        prove(&t).await;
    }

    async fn who_confirms_after_giving_up_is_charged_nothing(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (path, number) = wanted(&t, &lending, &p.lin).await;
        ask(&p.lin, &path).await.is(200);
        assert_eq!(p.lin.act(&format!("{path}/cancel")).await.is(200).json["status"], "cancelled");
        assert_eq!(available(&t, &lending, "cabinet-f1", "power_bank").await, 9);
        assert!(t.pay.user_confirms(&number, OPEN_ID));
        run(&t).await;
        assert_eq!(t.pay.order(&number).expect("an order")["state"], "REVOKED");
        assert!(p.lin.get(&path).await.json["settled_at"].is_string());
        prove(&t).await;
    }

    async fn whom_wechat_refuses_frees_the_thing_without_a_reason(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (path, _) = wanted(&t, &lending, &p.lin).await;
        t.pay.refuse_next(UserRefusal::Risk);
        let refused = ask(&p.lin, &path).await;
        refused.refused(422, "payscore_refused");
        assert!(!refused.json.to_string().contains("风险"), "never a word about risk");
        assert_eq!(p.lin.get(&path).await.json["status"], "lapsed");
        assert_eq!(available(&t, &lending, "cabinet-f1", "power_bank").await, 9);
        prove(&t).await;
    }

    async fn a_lost_answer_is_asked_for_again(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (path, number) = wanted(&t, &lending, &p.lin).await;
        // Opened there, and the answer lost each time: the client repeats, and in the end gives up for now.
        t.pay.fault(PayEndpoint::Create, PayFault::LateSystemError, 3);
        ask(&p.lin, &path).await.refused(503, "payscore_unavailable");
        assert_eq!(p.lin.get(&path).await.json["status"], "confirming", "still kept");
        assert_eq!(t.pay.order(&number).expect("an order")["state"], "CREATED");
        assert!(ask(&p.lin, &path).await.is(200).json["payscore_package"].is_string());
        assert!(t.pay.user_confirms(&number, OPEN_ID));
        ask(&p.lin, &path).await.is(200);
        // The completion arrives, its answer does not: it is repeated to the letter.
        t.pay.fault(PayEndpoint::Complete, PayFault::LateSystemError, 3);
        t.advance(SignedDuration::from_mins(30)).await;
        let lin = t.shopper("xiaolin").await;
        back(&t, &lending, &path).await;
        for _ in 0..4 {
            t.advance(SignedDuration::from_secs(30)).await;
        }
        assert!(lin.get(&path).await.json["settled_at"].is_string());
        assert_eq!(t.pay.order(&number).expect("an order")["total_amount"], 200);
        prove(&t).await;
    }

    async fn sixteen_who_ask_at_once_while_it_is_paid_book_it_once(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        for _ in 0..2 {
            let (path, _) = lent(&t, &lending, &p.lin).await;
            t.advance(SignedDuration::from_mins(6)).await;
            back(&t, &lending, &path).await;
            let asked = futures_util::future::join_all((0..16).map(|_| ask(&p.lin, &path))).await;
            assert!(asked.iter().all(|reply| reply.status == 200), "{asked:?}");
            run(&t).await;
            let paid = p.lin.get(&path).await;
            let kinds: Vec<_> = paid.json["entries"].as_array().expect("entries").iter().map(|one| text(&one["kind"])).collect();
            assert_eq!(kinds, ["fee", "payment"]);
            assert!(paid.json["settled_at"].is_string());
            prove(&t).await;
        }
    }

    async fn wechat_may_be_away_for_a_day_and_nothing_stays_stuck(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (out, _) = lent(&t, &lending, &p.lin).await;
        let (kept, number) = wanted(&t, &lending, &p.hua).await;
        ask(&p.hua, &kept).await.is(200);
        for endpoint in [PayEndpoint::Query, PayEndpoint::Complete, PayEndpoint::Cancel] {
            t.pay.fault(endpoint, PayFault::Error { status: 500, code: "SYSTEM_ERROR".to_owned(), number: 1 }, u32::MAX);
        }
        t.advance(SignedDuration::from_mins(6)).await;
        back(&t, &lending, &out).await;
        // Longer than a job's eight tries take.
        for _ in 0..15 {
            t.advance(SignedDuration::from_mins(1)).await;
        }
        assert_eq!(t.shopper("xiaohua").await.get(&kept).await.json["status"], "confirming", "not free before WeChat agrees");
        t.pay.clear_faults();
        for _ in 0..5 {
            t.advance(SignedDuration::from_mins(1)).await;
        }
        assert_eq!(t.shopper("xiaohua").await.get(&kept).await.json["status"], "lapsed");
        assert_eq!(t.pay.order(&number).expect("an order")["state"], "REVOKED");
        assert!(t.shopper("xiaolin").await.get(&out).await.json["settled_at"].is_string());
        let (_, dead) = t.app.read(jobs::service::count).await.expect("a count");
        assert_eq!(dead, 0);
        prove(&t).await;
    }

    async fn what_wechat_is_giving_back_nobody_else_does(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (path, _) = lent(&t, &lending, &p.lin).await;
        let unit = text(&p.lin.get(&path).await.json["unit"]["id"]);
        p.lin.post(&format!("{path}/report"), json!({ "kind": "lost" })).await.is(200);
        p.mei.post(&format!("{path}/settle"), json!({ "amount_fen": 9900, "reason": "按价赔偿" })).await.is(200);
        t.advance(SignedDuration::from_secs(10)).await;
        // It has its effect there, and the answer is lost.
        t.pay.fault(PayEndpoint::Refund, PayFault::LateSystemError, 3);
        p.mei.post(&format!("/api/v1/rental/units/{unit}/restock"), json!({ "station_id": lending.station("cabinet-f1") })).await.is(200);
        run(&t).await;
        let again = json!({ "kind": "repayment", "amount_fen": 9900 });
        p.mei.post(&format!("{path}/pay"), again.clone()).await.refused(409, "rental_refund_running");
        for _ in 0..3 {
            t.advance(SignedDuration::from_mins(1)).await;
        }
        let found = p.lin.get(&path).await;
        assert_eq!((&found.is(200).json["owed_fen"], found.json["settled_at"].is_string()), (&json!(0), true));
        p.mei.post(&format!("{path}/pay"), again).await.refused(422, "payment_too_high");
        prove(&t).await;
    }

    async fn a_scan_does_not_put_a_thing_into_a_cabinet(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (path, _) = lent(&t, &lending, &p.lin).await;
        let here = json!({ "station_id": lending.station("cabinet-f5") });
        p.lin.post(&format!("{path}/return"), here).await.refused(422, "rental_cabinet_reports");
        assert_eq!(p.lin.get(&path).await.json["status"], "lent");
        prove(&t).await;
    }

    async fn a_charge_that_takes_days_is_found_out_about(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        t.pay.hold_charges(true);
        let (path, number) = lent(&t, &lending, &p.lin).await;
        t.advance(SignedDuration::from_mins(30)).await;
        back(&t, &lending, &path).await;
        for _ in 0..6 {
            t.hours(6).await;
        }
        let lin = t.shopper("xiaolin").await;
        let waiting = lin.get(&path).await;
        assert_eq!((&waiting.is(200).json["owed_fen"], &waiting.json["settled_at"]), (&json!(200), &Value::Null));
        lin.post("/api/v1/rentals", lending.wish("cabinet-f1", "power_bank")).await.refused(422, "rental_settlement_open");
        assert!(t.pay.charge_succeeds(&number));
        t.hours(6).await;
        assert!(t.shopper("xiaolin").await.get(&path).await.json["settled_at"].is_string());
        prove(&t).await;
    }

    async fn what_is_lost_is_charged_and_given_back_when_it_turns_up(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (path, _) = lent(&t, &lending, &p.lin).await;
        let unit = text(&p.lin.get(&path).await.json["unit"]["id"]);
        p.lin.post(&format!("{path}/report"), json!({ "kind": "lost" })).await.is(200);
        run(&t).await;
        assert_eq!(p.lin.get(&path).await.json["paid_fen"], 0, "nothing before anybody decided");
        p.mei.post(&format!("{path}/settle"), json!({ "amount_fen": 9900, "reason": "按价赔偿" })).await.is(200);
        t.advance(SignedDuration::from_secs(10)).await;
        assert_eq!(p.lin.get(&path).await.json["paid_fen"], 9900);
        p.mei.post(&format!("/api/v1/rental/units/{unit}/restock"), json!({ "station_id": lending.station("cabinet-f1") })).await.is(200);
        t.advance(SignedDuration::from_mins(2)).await;
        t.advance(SignedDuration::from_mins(2)).await;
        let found = p.lin.get(&path).await;
        assert_eq!((&found.is(200).json["paid_fen"], &found.json["owed_fen"]), (&json!(0), &json!(0)), "{}", found.json);
        assert!(found.json["settled_at"].is_string());
        prove(&t).await;
    }

    async fn a_notification_only_says_that_it_is_time_to_ask(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (path, number) = wanted(&t, &lending, &p.lin).await;
        ask(&p.lin, &path).await.is(200);
        let post = async |letter: &yijian::wechat::SignedNotification, body: String| {
            let mut request = t.anyone().request(reqwest::Method::POST, NOTIFICATIONS).header("Content-Type", "application/json");
            for (name, value) in letter.header_lines() {
                request = request.header(name, value);
            }
            t.anyone().send(request.body(body)).await
        };
        // WeChat's own letter, come too early: the query says otherwise.
        let letter = t.pay.notification(&NotificationKind::Confirmed, &number).expect("a letter");
        post(&letter, letter.body.clone()).await.is(204);
        run(&t).await;
        assert_eq!(p.lin.get(&path).await.json["status"], "confirming");
        // Changed on the way, or not WeChat's at all.
        post(&letter, letter.body.replace("encrypt-resource", "encrypt_resource")).await.refused(422, "notification_not_wechats");
        t.anyone().post(NOTIFICATIONS, json!({ "id": "EV-1" })).await.refused(422, "notification_not_wechats");
        assert!(t.pay.user_confirms(&number, OPEN_ID));
        for _ in 0..2 {
            post(&letter, letter.body.clone()).await.is(204);
            run(&t).await;
        }
        assert_eq!(p.lin.get(&path).await.json["status"], "lent");
        prove(&t).await;
    }

    async fn the_whole_way_works_by_letters_alone(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (path, number) = wanted(&t, &lending, &p.lin).await;
        ask(&p.lin, &path).await.is(200);
        t.pay.set_notices(Notices::On);
        assert!(t.pay.user_confirms(&number, OPEN_ID));
        // A letter comes when it comes, and tells nobody but the server: it is asked until it knows.
        let arrival = async {
            while p.lin.get(&path).await.json["status"] != "lent" {
                run(&t).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), arrival).await.expect("a letter");
        prove(&t).await;
    }

    async fn only_the_borrower_confirms_and_only_what_has_an_order(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let (path, _) = wanted(&t, &lending, &p.lin).await;
        ask(&p.hua, &path).await.refused(404, "rental_not_found");
        let mut for_another = lending.wish("cabinet-f1", "power_bank");
        for_another["on_behalf_of"] = json!({ "name": "王先生", "phone": "13900001111" });
        p.mei.post("/api/v1/rentals", for_another).await.refused(422, "rental_payscore_by_borrower");
        p.lin.post("/api/v1/rentals/reserve", lending.wish("cabinet-f1", "power_bank")).await.refused(422, "rental_not_reservable");
        let umbrella = rental(&crate::rental::umbrella(&lending, &p.lin, "gate-1").await);
        ask(&p.lin, &umbrella).await.refused(409, "rental_has_no_order");
        prove(&t).await;
    }
}

#[actix_web::test]
async fn without_a_merchant_there_is_no_payscore_and_the_rest_is_free() {
    let mut t = TestApp::start(Backend::Sqlite).await;
    t.rebuild(|config| config.payscore = None);
    let lending = Lending::of(&t).await;
    let lin = t.shopper("xiaolin").await;
    lin.post("/api/v1/rentals", lending.wish("cabinet-f1", "power_bank")).await.refused(503, "payscore_not_configured");
    t.anyone().post(NOTIFICATIONS, json!({})).await.refused(503, "payscore_not_configured");
    crate::rental::umbrella(&lending, &lin, "gate-1").await.is(201);
    prove(&t).await;
}
