//! Whose a number is, and who may see it.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{counts, group, id, proven, put, rate, rates};
use crate::both;
use crate::complaints::{complain, follow_up};
use crate::support::{Client, People, TestApp};

/// How many tickets are listed behind a part of a person's rate.
async fn listed(t: &TestApp, who: &Client, (rate, part): (&str, &str), group: (&str, &str)) -> usize {
    let (site, (by, key)) = (t.site().await, group);
    let path = format!("/api/v1/rates/{rate}/tickets?site_id={site}&part={part}&group_by={by}&key={key}");
    who.get(&path).await.is(200).json["items"].as_array().expect("tickets").len()
}

/// What people said, as a group of an answer shows it: the rates of it, the mean, the mean before, and the counts.
fn words(group: &Value) -> (Vec<&str>, &Value, Vec<&str>) {
    let of_words = ["satisfaction", "customer_satisfaction", "records_correct"];
    let named = |rate: &Value| of_words.into_iter().find(|name| rate["rate"] == *name);
    let counted = ["rated", "satisfied", "score_sum", "rated_by_customers", "satisfied_customers", "checked"];
    (
        group["rates"].as_array().expect("rates").iter().filter_map(named).collect(),
        &group["mean_score"],
        counted.into_iter().filter(|name| !group["counts"][name].is_null()).collect(),
    )
}

both! {
    async fn a_first_answer_is_whose_who_gave_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.file(&t).await;
        t.advance(SignedDuration::from_hours(3)).await;
        let p = People::sign_in(&t).await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        for is_put in [false, true] {
            if is_put {
                put(&t).await;
            }
            let people = rates(&t, &p.li, "&group_by=person").await;
            let (mei, wang) = (group(&people, &p.mei_id), group(&people, &p.wang_id));
            assert_eq!((counts(mei, "first_response"), counts(wang, "first_response")), ([0, 1, 0, 0], [0; 4]), "put: {is_put}");
            assert_eq!((&mei["counts"]["response_seconds"], &wang["counts"]["response_seconds"]), (&json!(3 * 3600), &Value::Null));
            assert_eq!((&mei["received"], &wang["received"]), (&json!(0), &json!(1)));
            assert_eq!((counts(mei, "timeliness"), counts(wang, "timeliness")), ([0; 4], [0, 0, 1, 0]));
            let missed = ("first_response", "missed");
            assert_eq!(listed(&t, &p.li, missed, ("person", &p.mei_id)).await, 1, "put: {is_put}");
            assert_eq!(listed(&t, &p.li, missed, ("person", &p.wang_id)).await, 0, "put: {is_put}");
            // Whatever else numbers are kept apart by, it is the ticket's.
            for (by, key) in [
                ("department", p.engineering.as_str()), ("severity", "normal"), ("hour", "7-10"), ("kind", "repair"),
                ("day", "2026-11-22"),
            ] {
                let reply = rates(&t, &p.li, &format!("&group_by={by}")).await;
                assert_eq!(counts(group(&reply, key), "first_response"), [0, 1, 0, 0], "{by}, put: {is_put}");
                assert_eq!(listed(&t, &p.li, missed, (by, key)).await, 1, "{by}, put: {is_put}");
            }
        }
        proven(&t).await;
    }

    async fn an_answer_that_nobody_gave_is_whose_who_has_the_ticket(t: TestApp) {
        let p = People::sign_in(&t).await;
        p.file(&t).await;
        t.advance(SignedDuration::from_hours(3)).await;
        let li = t.staff("li").await;
        let all = rates(&t, &li, "").await;
        assert_eq!(counts(group(&all, ""), "first_response"), [0, 1, 0, 0]);
        let people = rates(&t, &li, "&group_by=person").await;
        assert_eq!(people.is(200).json["groups"], json!([]), "nobody has it yet");
        proven(&t).await;
    }

    async fn a_follow_up_is_whose_who_made_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let mut asked = Vec::new();
        for _ in 0..2 {
            let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
            let body = json!({ "result": "已道歉", "outcome": "justified" });
            p.mei.post(&format!("{complaint}/settle"), body).await.is(200);
            asked.push(format!("/api/v1/follow_ups/{}", follow_up(&p.mei, &ticket).await["id"].as_str().expect("an id")));
        }
        p.li.post(&format!("{}/attempt", asked[0]), json!({ "way": "call", "reached": true })).await.is(200);
        let said = json!({ "result": "satisfied", "overall": 5 });
        p.li.post(&format!("{}/complete", asked[0]), said).await.is(200);
        // The other one is nobody's, and late.
        t.advance(SignedDuration::from_hours(30)).await;
        let li = t.staff("li").await;
        for is_put in [false, true] {
            if is_put {
                put(&t).await;
            }
            let all = rates(&t, &li, "").await;
            assert_eq!(counts(group(&all, ""), "follow_up"), [1, 2, 0, 0], "put: {is_put}");
            let people = rates(&t, &li, "&group_by=person").await;
            assert_eq!(counts(group(&people, &t.staff_id("li").await), "follow_up"), [1, 1, 0, 0], "put: {is_put}");
            assert_eq!(counts(group(&people, &p.mei_id), "follow_up"), [0; 4], "put: {is_put}");
            assert_eq!(listed(&t, &li, ("follow_up", "missed"), ("kind", "complaint")).await, 1, "put: {is_put}");
            assert_eq!(listed(&t, &li, ("follow_up", "numerator"), ("hour", "7-10")).await, 1, "put: {is_put}");
        }
        proven(&t).await;
    }

    async fn what_people_said_of_a_group_is_for_leads_and_for_oneself(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "resolved").await;
        p.lin.post(&format!("{ticket}/rate"), json!({ "score": 2 })).await.is(200);
        let drawn = json!({
            "site_id": t.site().await, "from": "2026-11-22", "to": "2026-11-22", "ticket_ids": [id(&ticket)]
        });
        p.li.post("/api/v1/spot_checks", drawn).await.is(201);
        let rounds = p.li.get(&format!("/api/v1/spot_checks?site_id={}", t.site().await)).await;
        let round = rounds.is(200).json["items"][0].clone();
        let items = round["items"].as_array().expect("items").iter();
        let answers: Vec<Value> = items.map(|item| json!({ "item": item["key"], "answer": "yes" })).collect();
        let result = format!("/api/v1/spot_checks/{}/tickets/{}/result", round["id"].as_str().expect("an id"), id(&ticket));
        p.li.post(&result, json!({ "answers": answers })).await.is(200);
        let all = (
            vec!["satisfaction", "records_correct", "customer_satisfaction"],
            &json!(2.0),
            vec!["rated", "score_sum", "rated_by_customers", "checked"],
        );
        let none = (Vec::new(), &Value::Null, Vec::new());
        let of_wang = format!("&person_id={}", p.wang_id);
        for query in [
            "&group_by=day".to_owned(), "&group_by=department".to_owned(), "&group_by=shop".to_owned(),
            "&group_by=category".to_owned(), "&group_by=week".to_owned(), "&group_by=kind".to_owned(),
            "&group_by=severity".to_owned(), "&group_by=year".to_owned(), "&kind=repair".to_owned(),
            format!("&department_id={}", p.engineering), format!("&group_by=month&department_id={}", p.engineering),
            "&severity=normal".to_owned(),
        ] {
            let seen = rates(&t, &p.mei, &query).await;
            for group in seen.is(200).json["groups"].as_array().expect("groups") {
                assert_eq!(words(group), none, "{query}: {group:#}");
                assert_eq!(group["previous_mean_score"], Value::Null, "{query}");
                assert_eq!(rate(group, "resolution")["unit"], "tickets", "the others stay");
            }
            let seen = rates(&t, &p.li, &query).await;
            let groups = seen.is(200).json["groups"].as_array().expect("groups");
            assert!(groups.iter().any(|group| words(group) == all), "{query}: {groups:#?}");
        }
        // How the whole site does may be known, and how oneself does.
        assert_eq!(words(group(&rates(&t, &p.mei, "").await, "")), all);
        assert_eq!(words(group(&rates(&t, &p.wang, &of_wang).await, "")), all);
        assert_eq!(words(group(&rates(&t, &p.wang, &format!("{of_wang}&group_by=day")).await, "2026-11-22")), all);
    }

    async fn what_was_withdrawn_is_left_out_of_what_it_could_have_been_in(t: TestApp) {
        let p = People::sign_in(&t).await;
        p.ticket_at(&t, "closed").await;
        p.ticket_at(&t, "cancelled").await;
        for _ in 0..2 {
            let (_, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
            p.lin.post(&format!("{ticket}/cancel"), json!({ "reason": "算了" })).await.is(200);
        }
        for is_put in [false, true] {
            if is_put {
                put(&t).await;
            }
            let reply = rates(&t, &p.li, "").await;
            let excluded = |rate: &str| counts(group(&reply, ""), rate)[3];
            let all = ["resolution", "rework", "first_time_fix", "re_complaint"].map(excluded);
            assert_eq!(all, [3, 1, 1, 2], "put: {is_put}");
            let one = async |rate: &str| listed(&t, &p.li, (rate, "excluded"), ("month", "2026-11-01")).await;
            assert_eq!((one("rework").await, one("first_time_fix").await, one("re_complaint").await), (1, 1, 2));
        }
        proven(&t).await;
    }

    async fn what_is_late_already_is_not_paused_just_before_it_is(t: TestApp) {
        let p = People::sign_in(&t).await;
        let tickets = [p.ticket_at(&t, "in_progress").await, p.ticket_at(&t, "in_progress").await];
        // An hour is left of a day; then it is past.
        for (ticket, hours) in tickets.iter().zip([23, 2]) {
            t.advance(SignedDuration::from_hours(hours)).await;
            let wang = t.staff("wang").await;
            wang.post(&format!("{ticket}/pause"), json!({ "reason": "waiting_parts" })).await.is(200);
        }
        let reply = rates(&t, &t.staff("li").await, "").await;
        assert_eq!(counts(group(&reply, ""), "late_pauses"), [1, 2, 0, 0]);
        proven(&t).await;
    }

    async fn time_that_was_taken_is_counted_and_its_means_are_reported(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.file(&t).await;
        t.advance(SignedDuration::from_mins(5)).await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        t.advance(SignedDuration::from_mins(7)).await;
        p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "好了" })).await.is(200);
        p.lin.post(&format!("{ticket}/rate"), json!({ "score": 4 })).await.is(200);
        let reply = rates(&t, &p.li, "").await;
        let counted = ["responded", "response_seconds", "timed", "solving_seconds", "span_seconds", "hop_seconds", "late_hop_seconds"]
            .map(|name| group(&reply, "")["counts"][name].as_i64().unwrap_or(0));
        assert_eq!(counted, [1, 300, 1, 720, 720, 720, 0]);
        let report = p.li.get(&format!("/api/v1/reports/monthly?site_id={}", t.site().await)).await;
        let rows = |key: &str| {
            let tables = report.is(200).json["tables"].as_array().expect("tables");
            tables.iter().find(|table| table["key"] == key).expect("a table")["rows"].clone()
        };
        assert_eq!(rows("means"), json!([
            ["平均评分（1–5）", 400, null], ["平均首次响应", 300, null], ["平均解决用时", 720, null],
            ["平均全程用时", 720, null],
        ]));
        assert_eq!(rows("people"), json!([
            ["王师傅", 1, [1, 1], [1, 1], null, 720, [1, 1], 400, [0, 1], 0, [0, 0], 100],
            ["小梅", 0, [0, 0], [0, 0], 300, null, [0, 0], null, [0, 0], 0, [0, 0], null],
        ]));
        assert_eq!(rows("minutes"), json!([
            ["工程", 420, [420, 720], 0, [0, 0]], ["服务台", 300, [300, 720], 0, [0, 0]],
        ]));
    }

    async fn the_time_of_late_tickets_is_told_apart(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (late, open) = (p.ticket_at(&t, "assigned").await, p.ticket_at(&t, "assigned").await);
        p.ticket_at(&t, "closed").await;
        t.advance(SignedDuration::from_hours(26)).await;
        let p = People::sign_in(&t).await;
        let done = json!({ "result": "好了", "lateness_reason": "parts" });
        p.wang.post(&format!("{late}/resolve"), done).await.is(200);
        let reply = rates(&t, &p.li, "&group_by=department").await;
        let seconds = &group(&reply, &p.engineering)["counts"];
        assert_eq!((&seconds["hop_seconds"], &seconds["late_hop_seconds"]), (&json!(26 * 3600), &json!(26 * 3600)));
        // An excuse takes it out again.
        let clocks = p.li.get(&format!("{late}/clocks")).await;
        let clocks = clocks.is(200).json["items"].as_array().expect("clocks").clone();
        let clock = clocks.iter().find(|clock| clock["kind"] == "resolution").expect("a clock");
        p.li.post(&format!("{late}/excuse"), json!({ "clock_id": clock["id"], "reason": "全区停电" })).await.is(200);
        let reply = rates(&t, &p.li, "&group_by=department").await;
        let seconds = &group(&reply, &p.engineering)["counts"];
        assert_eq!((&seconds["hop_seconds"], &seconds["late_hop_seconds"]), (&json!(26 * 3600), &Value::Null), "{open}");
        proven(&t).await;
    }
}
