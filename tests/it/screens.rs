//! What people see: the wallboard and the report pages in a browser, on a wall, on a phone and on paper.
//!
//! `PICTURES=<folder>` keeps what was seen.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::complaints::complain;
use crate::support::{Backend, Browser, Client, PAPER, PHONE, People, TestApp, WALL};

/// What is cut off at its edge, unless it says so by an ellipsis.
const CUT: &str = "[...document.querySelectorAll('h1, h2, h3, th, td, dt, dd, p, li, li > span, td > div, figcaption')]
    .filter((e) => e.offsetParent && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1
        && getComputedStyle(e).textOverflow !== 'ellipsis' && !e.closest('thead, .over'))
    .map((e) => e.className + ': ' + e.textContent + ' ' + e.scrollWidth + ' > ' + e.clientWidth)";

/// Tables that are wider than the room they have.
const NARROW: &str = "[...document.querySelectorAll('.table')].filter((e) => e.scrollWidth > e.clientWidth + 1)
    .map((e) => e.ariaLabel + ' ' + e.scrollWidth + ' > ' + e.clientWidth)";

/// Cells of tables whose words are broken into pieces of fewer than four letters.
const SQUEEZED: &str = "[...document.querySelectorAll('tbody td, tbody th')].filter((e) => {
    const range = document.createRange();
    range.selectNodeContents(e);
    const lines = new Set([...range.getClientRects()].map((rect) => Math.round(rect.top / 4))).size;
    return e.offsetParent && lines > 1 && e.textContent.length / lines < 4;
}).map((e) => e.textContent)";

const FITS: &str = "document.documentElement.scrollWidth <= innerWidth";

async fn link(who: &Client, what: &str, body: Value, language: &str) -> String {
    let asked = who.request(reqwest::Method::POST, &format!("/api/v1/{what}/links"));
    let made = who.send(asked.header("Accept-Language", language).json(&body)).await;
    made.is(201).json["url"].as_str().expect("a link").to_owned()
}

fn texts(browser: &mut Browser, of: &str) -> Vec<String> {
    let found = browser.eval(&format!("[...document.querySelectorAll({of:?})].map((e) => e.textContent)"));
    serde_json::from_value(found).expect("texts")
}

fn none(browser: &mut Browser, what: &str, place: &str) {
    let found = browser.eval(what);
    assert_eq!(found, json!([]), "{place}");
}

#[actix_web::test]
async fn the_wallboard_counts_down_and_nothing_is_cut_off() {
    let Some(mut browser) = Browser::start() else { return };
    let t = TestApp::start(Backend::Sqlite).await;
    let p = People::sign_in(&t).await;
    for _ in 0..3 {
        p.file(&t).await;
    }
    // Into the next year, where two more are late today, and nine are still to come.
    t.hours(24 * 45).await;
    let p = People::sign_in(&t).await;
    let lift = json!({ "scene": t.scenes().lift, "description": "停在两层之间", "priority": "urgent" });
    for _ in 0..2 {
        p.lin.post("/api/v1/repairs", lift.clone()).await.is(201);
    }
    t.advance(SignedDuration::from_mins(31)).await;
    let p = People::sign_in(&t).await;
    p.lin.post("/api/v1/repairs", lift).await.is(201);
    complain(&t, &p.lin, "complaint-safety", "摔倒了").await;
    for _ in 0..7 {
        p.ticket_at(&t, "assigned").await;
    }
    for _ in 0..3 {
        p.ticket_at(&t, "closed").await;
    }
    let mut url = String::new();
    for (language, all, sign, of_last_year) in
        [("en", "5 in all", "in", "/2026"), ("zh-CN", "共 5 件", "剩", "2026/11/2")]
    {
        let path = link(&p.mei, "desk", json!({ "site_id": t.site().await }), language).await;
        url = format!("http://{}{path}", t.address);
        browser.open(&url, WALL, language);
        browser.until("document.querySelectorAll('#due > tr > .when').length === 7");
        assert_eq!(texts(&mut browser, "#late .number").len(), 4, "the latest of five");
        assert_eq!(texts(&mut browser, "#late-all"), [all]);
        assert_eq!(texts(&mut browser, "#rates .name").len(), 5);
        assert!(texts(&mut browser, "#due .sign").iter().all(|shown| shown == sign));
        let missed = texts(&mut browser, "#late .at");
        assert!(!missed[1].contains('/') && missed[3].contains(of_last_year), "{missed:?}");
        // It counts by the second, between what the server says.
        let left = "document.querySelector('#due .left').textContent";
        let before = browser.eval(left);
        browser.until(&format!("{left} !== {before}"));
        let seconds = |left: &Value| {
            let (minutes, seconds) = left.as_str().expect("text").split_once(':').expect("less than an hour");
            minutes.parse::<i64>().expect("minutes") * 60 + seconds.parse::<i64>().expect("seconds")
        };
        assert!(seconds(&browser.eval(left)) < seconds(&before), "{before} goes down");
        none(&mut browser, CUT, "a wall");
        browser.picture(&format!("wallboard-{language}"));
        // The longest that a line may have to say.
        let longest = "document.querySelectorAll('#late .left').forEach((e) => { e.textContent = '23' + hour + ' 59' + minute; });
            document.querySelectorAll('#late .at').forEach((e) => { e.textContent = '12/31 23:59'; });";
        let words = "const { hour, minute } = JSON.parse(document.body.dataset.words);";
        none(&mut browser, &format!("{{ {words} {longest} {CUT} }}"), "the longest line");
        assert_eq!(browser.eval("document.documentElement.scrollHeight <= innerHeight"), true, "all of it is seen");
    }
    browser.open(&url, PHONE, "zh-CN");
    browser.until("document.querySelectorAll('#due > tr > .when').length === 7");
    assert_eq!(browser.eval("innerWidth"), 390);
    assert_eq!(browser.eval(FITS), true);
    none(&mut browser, CUT, "a phone");
    let apart = "[...document.querySelectorAll('#rates > li')].every((e, at, all) =>
        at === 0 || e.getBoundingClientRect().top >= all[at - 1].getBoundingClientRect().bottom)";
    assert_eq!(browser.eval(apart), true, "the rates stand one below the other");
    browser.picture("wallboard-phone");
}

#[actix_web::test]
async fn reports_are_read_on_a_screen_on_a_phone_and_on_paper() {
    let Some(mut browser) = Browser::start() else { return };
    let t = TestApp::start(Backend::Sqlite).await;
    let p = People::sign_in(&t).await;
    // A month of one day has a trend of one point, which is no line.
    for status in ["closed", "assigned"] {
        p.ticket_at(&t, status).await;
    }
    t.hours(24).await;
    let p = People::sign_in(&t).await;
    for status in ["closed", "closed", "resolved", "paused", "in_progress"] {
        p.ticket_at(&t, status).await;
    }
    let rated = p.ticket_at(&t, "resolved").await;
    p.lin
        .post(&format!("{rated}/rate"), json!({ "score": 1, "comment": "等了两天，又坏了，没有人告诉我们" }))
        .await
        .is(200);
    let long = "二楼东侧自动扶梯旁边的饮水机一直在漏水，地上全是水，已经有两位顾客差点滑倒，请尽快派人来处理";
    for scene in [&t.scenes().lamp, &t.scenes().lift] {
        p.lin.post("/api/v1/repairs", json!({ "scene": scene, "description": long })).await.is(201);
    }
    for kind in ["complaint-attitude", "complaint-price", "complaint-hygiene"] {
        complain(&t, &p.lin, kind, long).await;
    }
    for (kind, language, title) in
        [("monthly", "zh-CN", "客服月报"), ("monthly", "en", "Monthly service report"), ("daily", "zh-CN", "客服日报")]
    {
        let path = link(&p.li, "reports", json!({ "site_id": t.site().await, "kind": kind }), language).await;
        let url = format!("http://{}{path}", t.address);
        let name = format!("{kind}-{language}");

        browser.open(&url, WALL, language);
        assert_eq!(texts(&mut browser, "h1"), [title]);
        let sections = texts(&mut browser, "h2");
        assert!(sections.len() >= 11, "{sections:?}");
        let pictures = browser.eval("document.querySelectorAll('.wide > svg').length").as_u64().expect("a number");
        let folded = browser.eval("document.querySelectorAll('details').length").as_u64().expect("a number");
        assert!(pictures >= 5 && pictures == folded, "{pictures} pictures, {folded} tables behind them");
        let seen = browser.eval("[...document.querySelectorAll('.wide > svg')].every((e) => e.clientHeight > 20)");
        assert_eq!(seen, true);
        browser.picture(&name);
        browser.eval("document.querySelectorAll('details').forEach((e) => { e.open = true; })");
        assert_eq!(browser.eval(FITS), true);
        none(&mut browser, NARROW, "a screen");
        none(&mut browser, SQUEEZED, "a screen");
        none(&mut browser, CUT, "a screen");
        browser.picture(&format!("{name}-open"));

        // On paper nobody unfolds anything: every figure is there, and within the sheet.
        browser.open(&url, PHONE, language);
        browser.show_as("print", PAPER);
        let hidden = "[...document.querySelectorAll('.table')].filter((e) => e.clientHeight < 20
            || !e.checkVisibility({ contentVisibilityAuto: true })).map((e) => e.ariaLabel)";
        none(&mut browser, hidden, "paper");
        none(&mut browser, NARROW, "paper");
        none(&mut browser, CUT, "paper");
        let sheets = browser.print(&name);
        assert!((2..20).contains(&sheets), "{sheets} sheets");

        browser.open(&url, PHONE, language);
        assert_eq!(browser.eval("innerWidth"), 390);
        assert_eq!(browser.eval(FITS), true, "tables scroll within their box");
        let reached =
            browser.eval("[...document.querySelectorAll('nav a')].every((e) => document.querySelector(e.hash))");
        assert_eq!(reached, true, "every section has its link");
        assert_eq!(texts(&mut browser, "nav a"), sections);
        assert_eq!(browser.eval("document.querySelector('.narrow > svg').clientWidth > 300"), true);
        browser.picture(&format!("{name}-phone"));
    }
}
