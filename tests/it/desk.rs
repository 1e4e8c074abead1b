//! The wallboard: who may put it on a screen, what it shows, and when it ends.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::accounts::staff;
use yijian::db::schema::{memberships, sites, users};
use yijian::values::Id;

use crate::both;
use crate::complaints::complain;
use crate::readme::Demo;
use crate::standards::second_mall;
use crate::support::{Client, People, Reply, TestApp, path};

/// A screen that shows a board.
struct Screen {
    answer: reqwest::Response,
    heard: String,
}

impl Screen {
    async fn open(t: &TestApp, page: &str) -> Self {
        let answer = t.anyone().request(Method::GET, &events(page)).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream; charset=utf-8");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        Self { answer, heard: String::new() }
    }

    /// The next event and what it says, or `None` when the stream is over.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.heard.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.heard = rest;
                let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
                match (line("event: "), line("data: ")) {
                    (Some(name), Some(data)) => return Some((name, serde_json::from_str(&data).expect("JSON"))),
                    _ => assert!(event.starts_with("retry: "), "{event}"),
                }
                continue;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(30), self.answer.chunk()).await;
            let chunk = chunk.expect("something to happen").expect("a whole stream")?;
            self.heard.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }

    /// The next board.
    async fn board(&mut self) -> Value {
        loop {
            let (event, said) = self.next().await.expect("a board");
            assert_ne!(event, "over", "{said}");
            if event == "board" {
                assert!(said["now"].is_string(), "{said}");
                return said["board"].clone();
            }
        }
    }

    /// The first board of a day: what was seen a moment ago may be shown before it.
    async fn board_on(&mut self, day: &str) -> Value {
        loop {
            let board = self.board().await;
            if board["day"] == day {
                return board;
            }
        }
    }

    /// Insists that it ends, with a last word.
    async fn ends(&mut self, code: &str) {
        loop {
            let (event, said) = self.next().await.expect("a last word");
            if event == "over" {
                assert_eq!(said["code"], code);
                assert_eq!(self.next().await, None);
                return;
            }
        }
    }
}

fn events(page: &str) -> String {
    page.replacen("/desk?", "/desk/events?", 1)
}

async fn ask_link(who: &Client, site: &str) -> Reply {
    who.post("/api/v1/desk/links", json!({ "site_id": site })).await
}

/// The path of the page of the demo mall's board.
async fn link(t: &TestApp, who: &Client) -> String {
    let reply = ask_link(who, &t.site().await).await;
    reply.is(201).json["url"].as_str().expect("a link").to_owned()
}

/// Insists that a link opens nothing, within what boards remember.
async fn closed(t: &TestApp, page: &str, code: &str) {
    for path in [page.to_owned(), events(page)] {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            // A stream that is let in would not end by itself.
            let answer = t.anyone().request(Method::GET, &path).send().await.expect("an answer");
            if answer.status().as_u16() == 401 {
                let problem: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
                assert_eq!(problem["code"], code, "{path}");
                assert_eq!(problem["instance"], path.split('?').next().expect("a path"), "no token in it");
                break;
            }
            assert!(Instant::now() < until, "{path} is open");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

fn count(board: &Value, status: &str) -> i64 {
    let counts = board["by_status"].as_array().expect("counts");
    counts.iter().find(|one| one["status"] == status).expect("a status")["count"].as_i64().expect("a number")
}

fn numbers(board: &Value) -> Vec<&str> {
    numbers_of(board, "deadlines")
}

fn numbers_of<'a>(board: &'a Value, list: &str) -> Vec<&'a str> {
    let lines = board[list].as_array().expect("lines");
    lines.iter().map(|line| line["number"].as_str().expect("a number")).collect()
}

async fn number(who: &Client, ticket: &str) -> String {
    who.get(ticket).await.is(200).json["number"].as_str().expect("a number").to_owned()
}

both! {
    async fn only_the_desk_of_a_site_gets_its_link(t: TestApp) {
        let p = People::sign_in(&t).await;
        let site = t.site().await;
        for who in [&p.mei, &p.li, &p.admin] {
            let reply = ask_link(who, &site).await;
            assert_eq!(reply.is(201).json["expires_at"], "2026-11-22T14:00:00.000Z");
            t.anyone().get(reply.json["url"].as_str().expect("a link")).await.is(200);
        }
        ask_link(&p.wang, &site).await.refused(403, "view_not_yours");
        ask_link(&p.lin, &site).await.refused(403, "role_staff_needed");
        ask_link(&t.anyone(), &site).await.refused(401, "token_missing");
        let (other_site, sun) = second_mall(&t).await;
        ask_link(&sun, &site).await.refused(404, "site_not_found");
        ask_link(&p.mei, &other_site).await.refused(404, "site_not_found");
        ask_link(&p.admin, &p.mei_id).await.refused(404, "site_not_found");
        ask_link(&p.admin, &other_site).await.is(201);
    }

    async fn a_link_that_is_not_ours_or_too_old_opens_nothing(t: TestApp) {
        let mei = t.staff("mei").await;
        let page = link(&t, &mei).await;
        let (_, token) = page.split_once('=').expect("a token");
        let (text, signature) = token.rsplit_once('.').expect("a signature");
        let (site, (other_site, _)) = (t.site().await, second_mall(&t).await);
        let later = text.rsplit_once('.').map(|(who, at)| (who, at.parse::<i64>().expect("seconds") + 60)).expect("a time");
        for forged in [
            "x".to_owned(),
            String::new(),
            text.to_owned(),
            format!("{text}.{}", signature.replace(|c: char| c.is_ascii_lowercase(), "A")),
            format!("{}.{signature}", text.replace(&site, &other_site)),
            format!("{}.{}.{signature}", later.0, later.1),
            // What is signed for another purpose is no link to a board.
            format!("{text}.{}", t.app.vault.sign_link(text)),
        ] {
            closed(&t, &format!("/desk?token={forged}"), "desk_link_invalid").await;
        }
        t.anyone().get("/desk").await.refused_field("?token", "field_missing");
        mei.get("/desk/events").await.refused_field("?token", "field_missing");
        // It is no access token.
        Client::new(t.address, Some(token.to_owned())).get("/api/v1/tickets").await.refused(401, "token_invalid");

        let mut screen = Screen::open(&t, &page).await;
        screen.board().await;
        t.advance(SignedDuration::from_hours(12) - SignedDuration::from_secs(1)).await;
        t.anyone().get(&page).await.is(200);
        t.advance(SignedDuration::from_secs(1)).await;
        closed(&t, &page, "desk_link_expired").await;
        screen.ends("desk_link_expired").await;
    }

    async fn who_serves_the_desk_no_more_loses_the_board(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (lan, _) = t.hire("lan", Role::Agent, Some("service")).await;
        let (yue, yue_id) = t.hire("yue", Role::Agent, Some("service")).await;
        let (boss, boss_id) = t.hire("boss", Role::Admin, None).await;
        let pages = [link(&t, &lan).await, link(&t, &yue).await, link(&t, &boss).await];
        let mut screens = Vec::new();
        for page in &pages {
            let mut screen = Screen::open(&t, page).await;
            screen.board().await;
            screens.push(screen);
        }
        let stays = link(&t, &p.mei).await;
        t.app.write(|tx| staff::disable(tx, "lan")).await.expect("disabled");
        let id = |text: &str| text.parse::<Id>().expect("an id");
        let (yue_id, boss_id) = (id(&yue_id), id(&boss_id));
        let end = move |tx: &mut yijian::app::Tx<'_>| {
            diesel::delete(memberships::table.filter(memberships::user_id.eq(yue_id))).execute(tx.conn)?;
            diesel::update(users::table.find(boss_id)).set(users::is_admin.eq(false)).execute(tx.conn)?;
            Ok(())
        };
        t.app.write(end).await.expect("an end");
        for (page, screen) in pages.iter().zip(&mut screens) {
            screen.ends("desk_link_invalid").await;
            closed(&t, page, "desk_link_invalid").await;
        }
        t.anyone().get(&stays).await.is(200);
    }

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

    async fn the_page_is_text_and_loads_nothing(t: TestApp) {
        let rename = |tx: &mut yijian::app::Tx<'_>| {
            let name = "<script>alert(1)</script> & \"Söhne\"";
            Ok(diesel::update(sites::table).set(sites::name.eq(name)).execute(tx.conn)?)
        };
        t.app.write(rename).await.expect("a name");
        let page = link(&t, &t.staff("mei").await).await;
        let reply = t.anyone().get(&page).await;
        let html = String::from_utf8_lossy(&reply.is(200).body).into_owned();
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; "), "{html}");
        assert!(!html.contains("<script>alert"), "{html}");
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{name}");
        }
        // Exactly its own style and its own script may run.
        let between = |open: &str, close: &str| {
            let parts: Vec<&str> = html.split(open).skip(1).map(|rest| rest.split(close).next().expect("an end")).collect();
            assert_eq!(parts.len(), 1, "{open}");
            parts[0].to_owned()
        };
        let (style, script) = (between("<style>", "</style>"), between("<script>", "</script>"));
        let hash = |text: &str| STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'",
            hash(&style),
            hash(&script)
        );
        assert_eq!(reply.header("content-security-policy"), Some(policy.as_str()));
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "http:", "https:", "url(", "@import"] {
            assert!(!html.contains(word), "{word}");
        }
        assert!(html.contains("lang=\"zh-CN\"") && html.contains("服务台看板"), "{html}");
        // In the language it was asked for in, whatever the screen's browser says.
        let mei = t.staff("mei").await;
        let asked = mei.request(Method::POST, "/api/v1/desk/links").header("Accept-Language", "en");
        let made = mei.send(asked.json(&json!({ "site_id": t.site().await }))).await;
        let page = made.is(201).json["url"].as_str().expect("a link").to_owned();
        let english = t.anyone().request(Method::GET, &page).header("Accept-Language", "zh-CN").send().await.expect("a page");
        let english = english.text().await.expect("text");
        assert!(english.contains("lang=\"en\"") && english.contains("Next deadlines"), "{english}");
    }

    async fn there_are_so_many_seats_and_who_leaves_gives_theirs_up(t: TestApp) {
        let page = link(&t, &t.staff("mei").await).await;
        let mut screens = Vec::new();
        for _ in 0..50 {
            let mut screen = Screen::open(&t, &page).await;
            screen.board().await;
            screens.push(screen);
        }
        let full = t.anyone().get(&events(&page)).await;
        full.refused(503, "desk_screens_full");
        assert_eq!(full.header("retry-after"), Some("30"));
        t.anyone().get(&page).await.is(200);
        drop(screens);
        let until = Instant::now() + Duration::from_secs(40);
        while t.anyone().request(Method::GET, &events(&page)).send().await.expect("an answer").status().as_u16() != 200 {
            assert!(Instant::now() < until, "the seats are still taken");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

fn fall_number(open: &Reply, complaint: &str) -> String {
    let id = complaint.rsplit('/').next().expect("an id");
    let items = open.json["items"].as_array().expect("tickets");
    items.iter().find(|one| one["id"] == id).expect("the fall")["number"].as_str().expect("a number").to_owned()
}

/// A stream never ends by itself: it must not keep the process that somebody stops.
#[test]
fn streams_end_when_the_process_is_stopped() {
    let mut demo = Demo::start(&[]);
    let script = r#"
        set -euo pipefail
        PASSWORD=$(jq -r '.staff[] | select(.username == "mei").password' "$CREDENTIALS")
        TOKEN=$(curl -sf "$YIJIAN/api/v1/auth/password" -H 'Content-Type: application/json' \
            -d "{\"username\": \"mei\", \"password\": \"$PASSWORD\"}" | jq -r .access_token)
        SITE=$(curl -sf "$YIJIAN/api/v1/sites" | jq -r '.items[0].id')
        curl -sf "$YIJIAN/api/v1/desk/links" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
            -d "{\"site_id\": \"$SITE\"}" | jq -r .url
    "#;
    let base = format!("http://{}", demo.address);
    let asked = Command::new("bash")
        .args(["-c", script])
        .env("YIJIAN", &base)
        .env("CREDENTIALS", demo.folder.path().join("demo-credentials.json"))
        .output()
        .expect("bash");
    let page = String::from_utf8(asked.stdout).expect("text").trim().to_owned();
    let seen = demo.folder.path().join("seen");
    let screen = Command::new("curl")
        .args(["-sfN", &format!("{base}{}", events(&page))])
        .stdout(std::fs::File::create(&seen).expect("a file"))
        .stderr(Stdio::null())
        .spawn();
    let mut screen = screen.expect("curl");
    let until = Instant::now() + Duration::from_secs(20);
    while !std::fs::read_to_string(&seen).expect("a file").contains("event: board") {
        assert!(Instant::now() < until, "no board");
        std::thread::sleep(Duration::from_millis(100));
    }
    let stopping = Instant::now();
    assert!(demo.stop(), "it ends well");
    assert!(stopping.elapsed() < Duration::from_secs(10), "it took {:?}", stopping.elapsed());
    assert!(screen.wait().expect("curl ends").success(), "the stream was cut off, not ended");
}
