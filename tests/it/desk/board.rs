//! What the board shows, and when it shows something new.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Screen, count, link, number, numbers, numbers_of};
use crate::both;
use crate::complaints::complain;
use crate::support::{People, Reply, path};

both! {
    async fn the_first_event_says_how_things_stand(t: TestApp) {
        let p = People::sign_in(&t).await;
        let page = link(&t, &p.mei).await;
        for (status, times) in [("new", 3), ("accepted", 1), ("assigned", 2), ("in_progress", 1), ("paused", 1), ("closed", 2)] {
            for _ in 0..times {
                p.ticket_at(&t, status).await;
            }
        }
        let (fall, ticket) = complain(&t, &p.lin, "complaint-safety", "我妈摔倒了，电话13812345678").await;
        let about = json!({
            "scene": t.scenes().shop, "description": "骂人", "about_staff_id": p.wang_id,
            "category_id": crate::complaints::category(&t, "complaint-attitude").await
        });
        p.lin.post("/api/v1/complaints", about).await.is(201);

        let board = Screen::open(&t, &page).await.board().await;
        assert_eq!((&board["site"], &board["time_zone"]), (&json!("星河汇购物中心"), &json!("Asia/Shanghai")));
        assert_eq!(board["day"], "2026-11-22");
        assert_eq!(board["open"], 10);
        let counts = ["new", "accepted", "assigned", "in_progress", "paused"].map(|status| count(&board, status));
        assert_eq!(counts, [5, 1, 2, 1, 1]);
        assert_eq!((&board["late"], &board["follow_ups_late"]), (&json!(0), &json!(0)));

        // As the list of open tickets has it, without what waits, and without the complaint about 王师傅.
        let open = p.mei.get("/api/v1/tickets?open=true&limit=100").await;
        let mut due: Vec<(String, String, String)> = open.is(200).json["items"]
            .as_array()
            .expect("tickets")
            .iter()
            .filter_map(|one| {
                let text = |name: &str| Some(one[name].as_str()?.to_owned());
                Some((text("due_at")?, text("id")?, text("number")?))
            })
            .collect();
        due.sort();
        let about_wang = &due.iter().find(|(_, _, number)| number.starts_with('C') && *number != fall_number(&open, &fall));
        let about_wang = about_wang.expect("the complaint about 王师傅").2.clone();
        let mut expected: Vec<&str> =
            due.iter().map(|(_, _, number)| number.as_str()).filter(|number| *number != about_wang).collect();
        expected.truncate(7);
        assert_eq!((numbers(&board), numbers_of(&board, "breaches")), (expected, vec![]));
        let first = &board["deadlines"][0];
        assert_eq!(first["number"], number(&p.mei, &ticket).await.as_str());
        assert_eq!((&first["kind"], &first["status"]), (&json!("complaint"), &json!("new")));
        assert_eq!(first["is_major"], true);
        let second = board["deadlines"].as_array().expect("lines").iter().find(|line| line["kind"] == "repair").expect("a lamp");
        assert_eq!((&second["is_major"], &second["place"]), (&json!(false), &json!("F1 名品美妆 · 中庭")));

        // As the rates of the day have them.
        let day = format!("/api/v1/rates?site_id={}&from=2026-11-22&to=2026-11-22", t.site().await);
        let (all, by_kind) = (p.li.get(&day).await, p.li.get(&format!("{day}&group_by=kind")).await);
        let of = |reply: &Reply, key: &str, rate: &str| {
            let groups = reply.is(200).json["groups"].as_array().expect("groups").clone();
            let group = groups.into_iter().find(|group| group["key"] == key).expect("a group");
            group["rates"].as_array().expect("rates").iter().find(|one| one["rate"] == rate).expect("a rate").clone()
        };
        let rates = board["rates"].as_array().expect("rates");
        let expected = [
            (of(&all, "", "first_response"), Value::Null),
            (of(&by_kind, "repair", "timeliness"), json!("repair")),
            (of(&by_kind, "complaint", "timeliness"), json!("complaint")),
            (of(&all, "", "resolution"), Value::Null),
            (of(&all, "", "satisfaction"), Value::Null),
        ];
        assert_eq!(rates.len(), expected.len(), "{rates:?}");
        for (rate, (shown, kind)) in rates.iter().zip(&expected) {
            for name in ["rate", "numerator", "denominator", "pending", "excluded", "verdict"] {
                assert_eq!(rate[name], shown[name], "{name} of {rate}");
            }
            assert_eq!((&rate["kind"], &rate["target"]), (kind, &shown["target"]["share"]));
        }
        assert!(rates.iter().any(|rate| rate["numerator"] == 7 && rate["verdict"] == "met"), "{rates:?}");
    }

    async fn a_board_says_nothing_of_anybody(t: TestApp) {
        let p = People::sign_in(&t).await;
        let report = json!({
            "scene": t.scenes().lamp, "description": "灯坏了，请找前台小周",
            "on_behalf_of": { "channel": "phone", "name": "欧阳先生", "phone": "13987654321" }
        });
        let ticket = path(&p.mei.post("/api/v1/repairs", report).await);
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        p.ticket_at(&t, "closed").await;
        let page = link(&t, &p.mei).await;
        let board = Screen::open(&t, &page).await.board().await;
        let fields = |value: &Value| value.as_object().expect("fields").keys().cloned().collect::<Vec<_>>();
        let line = ["category", "due_at", "is_major", "kind", "number", "place", "status"];
        assert_eq!(fields(&board["deadlines"][0]), line);
        let text = board.to_string() + &String::from_utf8_lossy(&t.anyone().get(&page).await.body);
        for word in ["欧阳", "4321", "139", "小周", "灯坏了", "王师傅", "小林", "小梅", "微信用户"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }

    async fn a_new_ticket_comes_by_itself(t: TestApp) {
        let p = People::sign_in(&t).await;
        let page = link(&t, &p.mei).await;
        let (mut one, mut other) = (Screen::open(&t, &page).await, Screen::open(&t, &page).await);
        for screen in [&mut one, &mut other] {
            let board = screen.board().await;
            assert_eq!((&board["open"], numbers(&board)), (&json!(0), vec![]));
        }
        let ticket = p.file(&t).await;
        let number = number(&p.mei, &ticket).await;
        for screen in [&mut one, &mut other] {
            let board = screen.board().await;
            assert_eq!((&board["open"], count(&board, "new"), numbers(&board)), (&json!(1), 1, vec![number.as_str()]));
        }
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        let board = one.board().await;
        assert_eq!((count(&board, "new"), count(&board, "accepted")), (0, 1));
        p.lin.post(&format!("{ticket}/cancel"), json!({ "reason": "已经好了" })).await.is(200);
        let board = one.board().await;
        assert_eq!((&board["open"], numbers(&board)), (&json!(0), vec![]));
    }

    async fn what_is_not_done_in_time_shows_as_late(t: TestApp) {
        let p = People::sign_in(&t).await;
        let page = link(&t, &p.mei).await;
        let report = json!({ "scene": t.scenes().lift, "description": "停在两层之间", "priority": "urgent" });
        p.lin.post("/api/v1/repairs", report).await.is(201);
        let lamp = p.file(&t).await;
        let (complaint, _) = complain(&t, &p.lin, "complaint-attitude", "爱理不理").await;
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "已道歉", "outcome": "justified" })).await.is(200);
        let mut screen = Screen::open(&t, &page).await;
        let board = screen.board().await;
        assert_eq!((&board["late"], &board["breaches"]), (&json!(0), &json!([])));
        assert_eq!(board["deadlines"][0]["due_at"], "2026-11-22T02:30:00.000Z");
        // What is done within the second of its deadline is in time.
        t.advance(SignedDuration::from_mins(30)).await;
        t.advance(SignedDuration::from_secs(1)).await;
        let board = screen.board().await;
        assert_eq!((&board["late"], &board["breaches"][0]["due_at"]), (&json!(1), &json!("2026-11-22T02:30:00.000Z")));
        assert_eq!(board["rates"][0]["rate"], "first_response");
        assert!(board["rates"][0]["denominator"].as_i64() > board["rates"][0]["numerator"].as_i64(), "{board}");
        assert_eq!(numbers(&board)[0], number(&t.staff("mei").await, &lamp).await);

        t.hours(25).await;
        let page = link(&t, &t.staff("mei").await).await;
        let board = Screen::open(&t, &page).await.board_on("2026-11-23").await;
        assert_eq!((&board["late"], &board["follow_ups_late"], &board["day"]), (&json!(2), &json!(1), &json!("2026-11-23")));
    }

    async fn however_much_is_late_what_comes_next_is_shown_and_the_latest_breaches(t: TestApp) {
        let p = People::sign_in(&t).await;
        let mut old = Vec::new();
        for _ in 0..13 {
            let ticket = p.file(&t).await;
            old.push(number(&p.mei, &ticket).await);
            t.advance(SignedDuration::from_mins(1)).await;
        }
        t.hours(30).await;
        let p = People::sign_in(&t).await;
        let mut new = Vec::new();
        for _ in 0..9 {
            let ticket = p.file(&t).await;
            new.push(number(&p.mei, &ticket).await);
            t.advance(SignedDuration::from_mins(1)).await;
        }
        let board = Screen::open(&t, &link(&t, &p.mei).await).await.board().await;
        assert_eq!((&board["open"], &board["late"]), (&json!(22), &json!(13)));
        assert_eq!(numbers(&board), new[..7], "the soonest first");
        old.reverse();
        assert_eq!(numbers_of(&board, "breaches"), old[..4], "the latest first");
    }
}

fn fall_number(open: &Reply, complaint: &str) -> String {
    let id = complaint.rsplit('/').next().expect("an id");
    let items = open.json["items"].as_array().expect("tickets");
    items.iter().find(|one| one["id"] == id).expect("the fall")["number"].as_str().expect("a number").to_owned()
}
