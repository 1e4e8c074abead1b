//! Reports: what they say, as what, to whom, and when they are final.

use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::accounts::staff;
use yijian::http::texts::Language;
use yijian::rates::fold;
use yijian::rates::periods::Period;
use yijian::reports::export;

use crate::both;
use crate::complaints::{category, complain};
use crate::support::{Client, People, Reply, TestApp};

async fn report(t: &TestApp, who: &Client, query: &str) -> Reply {
    who.get(&format!("/api/v1/reports/monthly?site_id={}{query}", t.site().await)).await
}

fn table<'a>(reply: &'a Reply, key: &str) -> &'a Value {
    let tables = reply.is(200).json["tables"].as_array().expect("tables");
    tables.iter().find(|table| table["key"] == key).unwrap_or_else(|| panic!("no table {key}"))
}

fn row<'a>(table: &'a Value, name: &str) -> &'a Value {
    let rows = table["rows"].as_array().expect("rows");
    rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("no row {name} in {table:#}"))
}

/// So many complaints a month about the same shop, all of them counted; the last month is the one it is.
async fn complain_monthly(t: &TestApp, months: [usize; 5]) {
    for (month, complaints) in months.into_iter().enumerate() {
        if month > 0 {
            t.advance(SignedDuration::from_hours(31 * 24)).await;
        }
        let lin = t.shopper("xiaolin").await;
        for _ in 0..complaints {
            complain(t, &lin, "complaint-attitude", "店员爱理不理").await;
        }
        fold::run(&t.app).await.expect("counted");
    }
}

/// Makes a link and opens it.
async fn opened(t: &TestApp, who: &Client, mut link: Value) -> Reply {
    link["site_id"] = json!(t.site().await);
    let made = who.post("/api/v1/reports/links", link).await;
    t.anyone().get(made.is(201).json["url"].as_str().expect("a link")).await
}

both! {
    async fn a_month_in_figures_and_as_files(t: TestApp) {
        let p = People::sign_in(&t).await;
        for _ in 0..2 {
            p.ticket_at(&t, "closed").await;
        }
        p.ticket_at(&t, "assigned").await;
        let (_, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员<b>爱理不理</b>").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        let reply = report(&t, &p.li, "").await;
        assert_eq!((&reply.is(200).json["from"], &reply.json["to"]), (&json!("2026-11-01"), &json!("2026-11-30")));
        let rates = table(&reply, "rates");
        assert_eq!(row(rates, "解决率")[1], json!([2, 2]));
        assert_eq!(row(rates, "解决率")[3], "too_few");
        assert_eq!(row(rates, "报修·处理及时率")[1], json!([2, 2]));
        assert_eq!(row(table(&reply, "kinds"), "报修")[1], 3);
        assert_eq!(row(table(&reply, "kinds"), "投诉")[1], 1);
        assert_eq!(row(table(&reply, "hours"), "周日")[11], 4);
        let wang = row(table(&reply, "people"), "王师傅");
        assert_eq!((&wang[1], &wang[11]), (&json!(3), &json!(200)), "two of them finished, all on one day");
        let english = p.li.request(reqwest::Method::GET, &format!("/api/v1/reports/monthly?site_id={}", t.site().await));
        let english = p.li.send(english.header("Accept-Language", "en")).await;
        assert_eq!(row(table(&english, "rates"), "Solved")[1], json!([2, 2]));
        // As a page: no script, nothing foreign, a table behind each picture.
        let page = opened(&t, &p.li, json!({ "kind": "monthly" })).await;
        let html = String::from_utf8(page.is(200).body.clone()).expect("text");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        for part in ["客服月报", "星河", "解决率", "<svg", "role=\"img\"", "<details", "王师傅"] {
            assert!(html.contains(part), "no {part}");
        }
        assert!(!html.contains("<script") && !html.contains(" style=\"") && !html.contains("src=\"http"));
        // As a workbook: a sheet for each table, shares as numbers.
        let book = opened(&t, &p.li, json!({ "kind": "monthly", "format": "xlsx" })).await;
        assert!(book.is(200).header("content-disposition").expect("a name").contains("monthly-2026-11-01.xlsx"));
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(book.body.clone())).expect("a workbook");
        assert_eq!(book.sheet_names().len(), reply.json["tables"].as_array().expect("tables").len());
        let rates = book.worksheet_range("指标与目标").expect("a sheet");
        let solved = rates.rows().find(|row| row[0] == Data::String("解决率".into())).expect("a row");
        assert_eq!(solved[1..4], [1.0, 2.0, 2.0].map(Data::Float), "the share and what it is made of");
        // As CSV: the table that was asked for.
        let csv = opened(&t, &p.li, json!({ "kind": "monthly", "format": "csv", "table": "kinds" })).await;
        let csv = String::from_utf8(csv.is(200).body.clone()).expect("text");
        assert!(csv.starts_with("\u{feff}类型,") && csv.contains("\r\n报修,3,"), "{csv}");
        // A table that there is not is refused before anybody has a link to it; those of the report all have one.
        for key in ["moods", "tickets"] {
            let make = json!({ "site_id": t.site().await, "kind": "monthly", "format": "csv", "table": key });
            p.li.post("/api/v1/reports/links", make).await.refused(404, "table_not_found");
        }
        let daily = p.li.get(&format!("/api/v1/reports/daily?site_id={}", t.site().await)).await;
        for table in daily.is(200).json["tables"].as_array().expect("tables") {
            opened(&t, &p.li, json!({ "kind": "daily", "format": "csv", "table": table["key"] })).await.is(200);
        }
        // The same without a link, for whoever has a token.
        let direct = report(&t, &p.li, "&format=csv&table=kinds").await;
        assert_eq!((direct.is(200).header("content-type"), direct.body.clone()), (Some("text/csv; charset=utf-8"), csv.into_bytes()));
        assert!(direct.header("content-disposition").expect("a name").contains("monthly-2026-11-01.csv"));
        let page = report(&t, &p.li, "&format=html").await;
        assert!(page.is(200).header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
        report(&t, &p.li, "&format=csv&table=moods").await.refused(404, "table_not_found");
        report(&t, &p.li, "&format=doc").await.refused_field("?format", "value_unknown");
        p.li.get(&format!("/api/v1/reports/hourly?site_id={}", t.site().await)).await.refused(404, "not_found");
    }

    async fn a_link_opens_one_report_for_ten_minutes(t: TestApp) {
        let p = People::sign_in(&t).await;
        let site = t.site().await;
        let make = json!({ "site_id": site, "kind": "monthly" });
        p.mei.post("/api/v1/reports/links", make.clone()).await.refused(403, "role_lead_needed");
        report(&t, &p.mei, "").await.refused(403, "role_lead_needed");
        let future = report(&t, &p.li, "&day=2026-12-01").await;
        future.refused_field("?day", "period_future");
        assert!(!future.json.to_string().contains("from "), "it does not speak of what nobody gave: {}", future.json);
        for what in ["links", "publish"] {
            let make = json!({ "site_id": site, "kind": "monthly", "day": "2026-12-01" });
            p.li.post(&format!("/api/v1/reports/{what}"), make).await.refused_field("/day", "period_future");
        }
        let (elsewhere, _) = crate::standards::second_mall(&t).await;
        p.li.post("/api/v1/reports/links", json!({ "site_id": elsewhere, "kind": "monthly" })).await
            .refused(404, "site_not_found");
        let link = p.li.post("/api/v1/reports/links", make).await;
        let url = link.is(201).json["url"].as_str().expect("a link").to_owned();
        t.anyone().get(&url).await.is(200);
        for (from, to) in [("monthly", "yearly"), ("html", "csv"), ("2026-11-01", "2026-10-01"), ("signature=", "signature=A")] {
            t.anyone().get(&url.replace(from, to)).await.refused(401, "report_link_invalid");
        }
        t.advance(SignedDuration::from_mins(10)).await;
        t.anyone().get(&url).await.refused(401, "report_link_expired");
    }

    async fn a_link_goes_with_the_rights_of_whoever_gave_it(t: TestApp) {
        let (other, other_id) = t.hire("qiu", Role::Supervisor, None).await;
        let make = json!({ "site_id": t.site().await, "kind": "monthly" });
        let urls = {
            let mut urls = Vec::new();
            for who in [&other, &t.staff("li").await, &t.staff("admin").await] {
                let link = who.post("/api/v1/reports/links", make.clone()).await;
                urls.push(link.is(201).json["url"].as_str().expect("a link").to_owned());
            }
            urls
        };
        for url in &urls {
            t.anyone().get(url).await.is(200);
        }
        let li_id = t.staff_id("li").await;
        t.app.write(|tx| staff::disable(tx, "li")).await.expect("disabled");
        t.anyone().get(&urls[1]).await.refused(401, "report_link_invalid");
        t.anyone().get(&urls[0]).await.is(200);
        t.anyone().get(&urls[2]).await.is(200);
        // Nor does it open by the name of somebody who still may.
        t.anyone().get(&urls[1].replace(&li_id, &other_id)).await.refused(401, "report_link_invalid");
    }

    async fn a_link_speaks_the_language_it_was_asked_for_in(t: TestApp) {
        let li = t.staff("li").await;
        let site = t.site().await;
        let said = async |made_in: &str, read_in: &str| {
            let make = li.request(reqwest::Method::POST, "/api/v1/reports/links").header("Accept-Language", made_in);
            let link = li.send(make.json(&json!({ "site_id": site, "kind": "monthly" }))).await;
            let url = link.is(201).json["url"].as_str().expect("a link").to_owned();
            let read = t.anyone().request(reqwest::Method::GET, &url).header("Accept-Language", read_in);
            String::from_utf8(t.anyone().send(read).await.is(200).body.clone()).expect("text")
        };
        assert!(said("zh-CN", "en").await.contains("客服月报"));
        assert!(said("en", "zh-CN").await.contains("Monthly service report"));
    }

    async fn a_day_without_a_ticket_is_a_day_of_the_trend(t: TestApp) {
        let p = People::sign_in(&t).await;
        p.ticket_at(&t, "closed").await;
        t.advance(SignedDuration::from_hours(48)).await;
        t.shopper("xiaolin").await
            .post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await.is(201);
        t.advance(SignedDuration::from_hours(24)).await;
        let reply = report(&t, &t.staff("li").await, "").await;
        let rows = table(&reply, "trend")["rows"].as_array().expect("rows");
        let days: Vec<(&Value, &Value)> = rows.iter().map(|row| (&row[0], &row[4])).collect();
        let of = |day: &str, received: i32| (json!(day), json!(received));
        let wants = [of("2026-11-22", 1), of("2026-11-23", 0), of("2026-11-24", 1), of("2026-11-25", 0)];
        assert_eq!(days, wants.iter().map(|(day, received)| (day, received)).collect::<Vec<_>>());
        assert_eq!(rows[1][1], json!([0, 0]));
    }

    async fn what_people_write_is_words_and_their_numbers_are_not_shown(t: TestApp) {
        let p = People::sign_in(&t).await;
        for description in ["=cmd|'/c calc'!A1", "\u{200b}\u{feff}＝1+1", "联系 138 0013 8000 陈", "<script>alert(1)</script>"] {
            let body = json!({ "scene": t.scenes().lamp, "description": description });
            p.lin.post("/api/v1/repairs", body).await.is(201);
        }
        let daily = |format: &str| json!({ "kind": "daily", "format": format, "table": "tickets" });
        let csv = opened(&t, &p.li, daily("csv")).await;
        let csv = String::from_utf8(csv.is(200).body.clone()).expect("text");
        assert!(csv.contains("'=cmd|'/c calc'!A1"), "{csv}");
        assert!(csv.contains("'\u{200b}\u{feff}＝1+1"), "{csv}");
        assert!(csv.contains("138 **** **00") && !csv.contains("0013"), "{csv}");
        let html = opened(&t, &p.li, daily("html")).await;
        let html = String::from_utf8(html.is(200).body.clone()).expect("text");
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script"));
        let book = opened(&t, &p.li, daily("xlsx")).await;
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(book.is(200).body.clone())).expect("a workbook");
        let tickets = book.worksheet_range("当日工单").expect("a sheet");
        assert!(tickets.rows().any(|row| row[10] == Data::String("=cmd|'/c calc'!A1".into())));
        assert!(tickets.rows().any(|row| row[10] == Data::String("\u{200b}\u{feff}＝1+1".into())));
        assert!(book.worksheet_formula("当日工单").expect("formulas").is_empty());
    }

    async fn a_month_is_published_once_when_it_is_over(t: TestApp) {
        let site = t.site().await;
        let publish = |day: &str| json!({ "site_id": site, "kind": "monthly", "day": day });
        let li = t.staff("li").await;
        li.post("/api/v1/reports/publish", publish("2026-11-22")).await.refused(422, "report_not_over");
        // 2 December.
        t.hours(10 * 24).await;
        let li = t.staff("li").await;
        let published = li.post("/api/v1/reports/publish", publish("2026-11-15")).await;
        assert_eq!(published.is(201).json["published_at"], "2026-12-02T02:00:00.000Z");
        li.post("/api/v1/reports/publish", publish("2026-11-01")).await.refused(409, "report_published");
        let seen = report(&t, &li, "&day=2026-11-30").await;
        assert_eq!(seen.is(200).json["published_by_id"], json!(t.staff_id("li").await));
        assert_eq!(report(&t, &li, "").await.is(200).json["published_at"], Value::Null);
        // Before there was a mall, there was nothing to report.
        for day in ["1926-10-01", "2026-10-31"] {
            for what in ["publish", "links"] {
                li.post(&format!("/api/v1/reports/{what}"), publish(day)).await.refused_field("/day", "period_before_site");
            }
            report(&t, &li, &format!("&day={day}")).await.refused_field("?day", "period_before_site");
        }
    }

    async fn a_shop_that_gets_worse_is_named_with_its_tickets(t: TestApp) {
        complain_monthly(&t, [1, 1, 1, 1, 7]).await;
        let li = t.staff("li").await;
        let reply = report(&t, &li, "").await;
        let worst = &table(&reply, "shops")["rows"][0];
        assert_eq!((&worst[1], &worst[4]), (&json!(7), &json!("worse")), "{worst}");
        let tickets = worst[5].as_str().expect("its tickets").split(' ').count();
        assert_eq!(tickets, 7, "all of them: {worst}");
        let topic = &table(&reply, "topics")["rows"][0];
        assert_eq!((&topic[0], &topic[2], &topic[5]), (&json!("服务态度"), &json!(7), &json!("worse")), "{topic}");
    }

    async fn what_comes_by_chance_accuses_nobody(t: TestApp) {
        // Always four, which says little of chance: nine are then more than usual, and no more than may happen.
        complain_monthly(&t, [4, 4, 4, 4, 9]).await;
        let reply = report(&t, &t.staff("li").await, "").await;
        let shop = &table(&reply, "shops")["rows"][0];
        assert_eq!((&shop[1], &shop[4], &shop[5]), (&json!(9), &json!("usual"), &Value::Null), "{shop}");
    }

    async fn a_department_that_leaves_things_undone_stands_first(t: TestApp) {
        let p = People::sign_in(&t).await;
        let mut waiting = Vec::new();
        for _ in 0..6 {
            p.pooled(&t, &p.cleaning).await;
            waiting.push(p.ticket_at(&t, "paused").await);
        }
        t.advance(SignedDuration::from_mins(5)).await;
        for ticket in waiting {
            p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "已更换" })).await.is(200);
            p.lin.act(&format!("{ticket}/close")).await.is(200);
        }
        t.hours(24 * 7).await;
        let li = t.staff("li").await;
        let reply = report(&t, &li, "").await;
        let departments = table(&reply, "departments");
        let [worst, next] = [0, 1].map(|place| departments["rows"][place].clone());
        let all = |row: &Value| (row[1].clone(), row[2].clone(), row[3].clone());
        assert_eq!(all(&worst), (json!([0, 6]), json!(9500), json!("missed")), "{departments:#}");
        assert_eq!(all(&next), (json!([6, 6]), json!(9500), json!("met")), "{departments:#}");
        assert_eq!(table(&reply, "minutes")["rows"][0].as_array().map(Vec::len), Some(5));
        // Paper and screen show it as well, and times as times.
        let page = opened(&t, &li, json!({ "kind": "monthly" })).await;
        let html = String::from_utf8(page.is(200).body.clone()).expect("text");
        assert!(html.contains("✗ 0.0% (0/6)") && html.contains("✓ 100.0% (6/6)"), "the picture");
        let paused = row(table(&reply, "rates"), "暂停时长占比")[1].clone();
        assert!(paused[1].as_i64() > Some(0) && !html.contains(&format!("/{}", paused[1])), "{paused}");
    }

    async fn of_a_new_mall_nobody_knows_what_is_ordinary(t: TestApp) {
        // Two months, the first of them begun in the middle: seven complaints are many, but compared with what?
        for complaints in [1, 1, 7] {
            let lin = t.shopper("xiaolin").await;
            for _ in 0..complaints {
                complain(&t, &lin, "complaint-attitude", "店员爱理不理").await;
            }
            fold::run(&t.app).await.expect("counted");
            if complaints == 1 {
                t.advance(SignedDuration::from_hours(31 * 24)).await;
            }
        }
        let reply = report(&t, &t.staff("li").await, "").await;
        for key in ["shops", "topics"] {
            for row in table(&reply, key)["rows"].as_array().expect("rows") {
                assert!(row.as_array().expect("cells").contains(&json!("too_few")), "{row}");
            }
        }
    }

    async fn what_is_late_adds_up(t: TestApp) {
        let p = People::sign_in(&t).await;
        for _ in 0..2 {
            p.ticket_at(&t, "new").await;
        }
        t.advance(SignedDuration::from_hours(72)).await;
        let reply = report(&t, &t.staff("li").await, "").await;
        assert_eq!(table(&reply, "lateness")["rows"], json!([["未填写（含未完成）", 2]]));
    }

    async fn low_scores_come_with_words(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "resolved").await;
        let said = json!({ "score": 1, "comment": "等了两天，电话13800138000没人接" });
        p.lin.post(&format!("{ticket}/rate"), said).await.is(200);
        let reply = report(&t, &p.li, "").await;
        let low = &table(&reply, "low_scores")["rows"][0];
        assert_eq!((&low[1], &low[2]), (&json!(1), &json!("等了两天，电话138******00没人接")));
    }

    async fn every_ticket_of_a_period_streams_into_a_workbook(t: TestApp) {
        let p = People::sign_in(&t).await;
        for _ in 0..7 {
            p.ticket_at(&t, "new").await;
        }
        category(&t, "lighting-out").await;
        let site: yijian::values::Id = t.site().await.parse().expect("an id");
        let path = t.folder.join("tickets.xlsx");
        let file = std::fs::File::create(&path).expect("a file");
        let period = Period { from: date(2026, 1, 1), to: date(2026, 12, 31) };
        let rows = export::tickets(&t.app, site, period, Language::Chinese, file, &t.folder, |_| {}).await.expect("a workbook");
        assert_eq!(rows, 7);
        let mut book: Xlsx<_> = calamine::open_workbook(Path::new(&path)).expect("a workbook");
        let tickets = book.worksheet_range_at(0).expect("a sheet").expect("rows");
        assert_eq!(tickets.rows().count(), 8);
        assert!(matches!(tickets.rows().nth(1).expect("a row")[1], Data::DateTime(_)));
    }
}
