//! Who may put the board on a screen, for how long, and how many may.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use jiff::SignedDuration;
use reqwest::Method;
use yijian::accounts::model::Role;
use yijian::accounts::staff;
use yijian::db::schema::{memberships, users};
use yijian::values::Id;

use super::{Screen, ask_link, closed, events, link};
use crate::both;
use crate::readme::Demo;
use crate::standards::second_mall;
use crate::support::{Client, People};

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
        // That a screen is gone shows when it cannot be told anything any more: at the next sign of life, or the one after
        // it. The screen that stays hears them as well.
        let mut stays = screens.pop().expect("the last one");
        drop(screens);
        for _ in 0..3 {
            stays.next().await.expect("a sign of life");
            let asked = t.anyone().request(Method::GET, &events(&page)).send().await.expect("an answer");
            if asked.status().as_u16() == 200 {
                return;
            }
        }
        panic!("the seats are still taken");
    }
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
    let screen = Command::new("curl")
        .args(["-sfN", "--max-time", "20", &format!("{base}{}", events(&page))])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut screen = screen.expect("curl");
    let mut told = BufReader::new(screen.stdout.take().expect("a pipe")).lines();
    assert!(told.any(|line| line.expect("text") == "event: board"), "no board");
    let stopping = Instant::now();
    assert!(demo.stop(), "it ends well");
    assert!(stopping.elapsed() < Duration::from_secs(10), "it took {:?}", stopping.elapsed());
    // To the end, so that curl can say all it was told.
    told.for_each(drop);
    assert!(screen.wait().expect("curl ends").success(), "the stream was cut off, not ended");
}
