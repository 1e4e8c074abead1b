//! Signing in, with WeChat and with a password, and what people say of themselves.

use diesel::prelude::*;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::accounts::staff;
use yijian::db::schema::users;
use yijian::values::{Id, Instant};
use yijian::wechat::{Endpoint, Fault};

use crate::both;
use crate::support::{Client, Reply, TestApp};

async fn wechat(t: &TestApp, code: &str) -> Reply {
    t.anyone().post("/api/v1/auth/wechat", json!({ "code": code })).await
}

async fn password(t: &TestApp, username: &str, password: &str) -> Reply {
    t.anyone().post("/api/v1/auth/password", json!({ "username": username, "password": password })).await
}

/// The person whom an answer of a sign-in lets in.
async fn person(t: &TestApp, signed_in: &Reply) -> String {
    let token = signed_in.is(200).json["access_token"].as_str().expect("a token").to_owned();
    Client::new(t.address, Some(token)).get("/api/v1/me").await.is(200).id()
}

/// Moves the clock and nothing else.
fn wait(t: &TestApp, seconds: i64) {
    t.app.clock.advance(SignedDuration::from_secs(seconds)).expect("a clock moved by hand");
}

/// Guesses wrongly, which is refused as a wrong password and not for guessing too often.
async fn guess(t: &TestApp, username: &str, times: usize) {
    for _ in 0..times {
        password(t, username, "猜错了").await.refused(401, "credentials_wrong");
    }
}

/// Insists that a name is blocked, and says for how many seconds.
async fn blocked_for(t: &TestApp, username: &str, attempt: &str) -> i64 {
    let refused = password(t, username, attempt).await;
    refused.refused(429, "sign_in_blocked");
    refused.header("retry-after").expect("Retry-After").parse().expect("seconds")
}

both! {
    async fn the_same_wechat_user_is_the_same_person(t: TestApp) {
        let (first, again) = (wechat(&t, "demo:xiaolin").await, wechat(&t, "demo:xiaolin").await);
        let (minted, other) = (wechat(&t, &t.wechat.login_code("xiaolin")).await, wechat(&t, "demo:laochen").await);
        let lin = person(&t, &first).await;
        assert_eq!(person(&t, &again).await, lin);
        assert_eq!(person(&t, &minted).await, lin);
        assert_ne!(person(&t, &other).await, lin);
        assert_eq!((&first.json["token_type"], &first.json["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(first.header("cache-control"), Some("no-store"));
    }

    async fn first_sign_ins_side_by_side_make_one_account(t: TestApp) {
        let phone = t.anyone();
        let sign_in = || phone.post("/api/v1/auth/wechat", json!({ "code": "demo:新来的" }));
        let answers = join_all((0..8).map(|_| sign_in())).await;
        let mut people = Vec::new();
        for answer in &answers {
            people.push(person(&t, answer).await);
        }
        people.dedup();
        assert_eq!(people.len(), 1, "{people:?}");
    }

    async fn a_code_that_wechat_refuses_signs_nobody_in(t: TestApp) {
        wechat(&t, "never minted").await.refused(422, "wechat_code_invalid");
        let code = t.wechat.login_code("xiaolin");
        wechat(&t, &code).await.is(200);
        wechat(&t, &code).await.refused(422, "wechat_code_invalid");
        let late = t.wechat.login_code("xiaolin");
        wait(&t, 300);
        wechat(&t, &late).await.refused(422, "wechat_code_invalid");
        t.wechat.fault(Endpoint::CodeToSession, Fault::Errcode(40226), 1);
        wechat(&t, "demo:xiaolin").await.refused(422, "wechat_login_blocked");
    }

    async fn troubles_of_wechat_are_told_as_passing(t: TestApp) {
        let faults = [
            // A busy WeChat is asked three times.
            (Fault::Busy, 3),
            (Fault::Quota, 1),
            (Fault::Garbage, 1),
            (Fault::Body("{\"openid\":\"\"}".to_owned()), 1),
            (Fault::Body("[]".to_owned()), 1),
        ];
        for (fault, times) in faults {
            t.wechat.fault(Endpoint::CodeToSession, fault.clone(), times);
            let refused = wechat(&t, "demo:xiaolin").await;
            refused.refused(503, "wechat_unavailable");
            assert_eq!(refused.header("retry-after"), Some("5"), "{fault:?}");
            wechat(&t, "demo:xiaolin").await.is(200);
        }
        t.wechat.fault(Endpoint::CodeToSession, Fault::DropConnection, 10);
        wechat(&t, "demo:xiaolin").await.refused(503, "wechat_unavailable");
    }

    async fn wechat_may_find_that_someone_signs_in_too_often(t: TestApp) {
        t.wechat.fault(Endpoint::CodeToSession, Fault::Errcode(45011), 1);
        let refused = wechat(&t, "demo:xiaolin").await;
        refused.refused(429, "wechat_too_frequent");
        assert_eq!(refused.header("retry-after"), Some("60"));
        wechat(&t, "demo:xiaolin").await.is(200);
    }

    async fn a_wrong_password_and_an_unknown_name_get_the_same_answer(t: TestApp) {
        let right = password(&t, "mei", &t.password("mei")).await;
        assert_eq!((&right.is(200).json["token_type"], &right.json["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert!(right.json["refresh_token"].is_string());
        let strip = |mut reply: Reply| {
            reply.refused(401, "credentials_wrong");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
            reply.json.as_object_mut().expect("an object").remove("request_id");
            reply.json
        };
        let wrong = strip(password(&t, "mei", "not it").await);
        assert_eq!(strip(password(&t, "nobody", "not it").await), wrong);
        assert_eq!(strip(password(&t, "mei", &t.password("wang")).await), wrong);
    }

    /// The same whether or not there is such a name, so that the slow-down does not tell who works here.
    async fn guessing_slows_a_name_down(t: TestApp) {
        for username in ["mei", "nobody"] {
            let attempt = if username == "mei" { t.password("mei") } else { "whatever".to_owned() };
            // Three are free, the fourth is answered and starts the waits.
            guess(&t, username, 4).await;
            let mut before = 0;
            for step in 1..=3 {
                let wait_for = blocked_for(&t, username, &attempt).await;
                let double = 2_i64 << (step - 1);
                assert!((double..=double + 1).contains(&wait_for), "step {step}: {wait_for} s");
                assert!(wait_for > before, "step {step}");
                before = wait_for;
                wait(&t, double - 1);
                blocked_for(&t, username, &attempt).await;
                wait(&t, 1);
                guess(&t, username, 1).await;
            }
            blocked_for(&t, username, &attempt).await;
        }
        // Other names are not slowed down; another way of writing a name is the same name.
        password(&t, "wang", &t.password("wang")).await.is(200);
        blocked_for(&t, "MEI", "whatever").await;
    }

    async fn no_name_is_blocked_longer_than_a_quarter_of_an_hour(t: TestApp) {
        guess(&t, "li", 4).await;
        for _ in 0..9 {
            wait(&t, 900);
            guess(&t, "li", 1).await;
        }
        let longest = blocked_for(&t, "li", &t.password("li")).await;
        assert!((900..=901).contains(&longest), "{longest} s");
        wait(&t, 899);
        blocked_for(&t, "li", &t.password("li")).await;
        wait(&t, 1);
        password(&t, "li", &t.password("li")).await.is(200);
    }

    async fn a_right_password_forgives_the_wrong_ones(t: TestApp) {
        guess(&t, "mei", 3).await;
        password(&t, "mei", &t.password("mei")).await.is(200);
        guess(&t, "mei", 3).await;
        password(&t, "mei", &t.password("mei")).await.is(200);
        guess(&t, "mei", 4).await;
        blocked_for(&t, "mei", &t.password("mei")).await;
    }

    async fn wrong_passwords_are_forgotten_after_a_day(t: TestApp) {
        guess(&t, "mei", 3).await;
        wait(&t, 24 * 3600 - 1);
        guess(&t, "mei", 1).await;
        blocked_for(&t, "mei", &t.password("mei")).await;
        wait(&t, 24 * 3600);
        guess(&t, "mei", 3).await;
        password(&t, "mei", &t.password("mei")).await.is(200);
    }

    /// However many are checked at once, no more get through than one after the other.
    async fn guesses_side_by_side_count_each(t: TestApp) {
        let guesser = t.anyone();
        let guess = || guesser.post("/api/v1/auth/password", json!({ "username": "mei", "password": "猜错了" }));
        let answers = join_all((0..8).map(|_| guess())).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 4);
        blocked_for(&t, "mei", &t.password("mei")).await;
    }

    /// Each check takes the processor for a while: who cannot have it within two seconds is asked to come back.
    async fn passwords_wait_for_their_turn_and_not_for_ever(t: TestApp) {
        let turns = t.app.password_checks.available_permits();
        let taken = t.app.password_checks.acquire_many(u32::try_from(turns).expect("a few")).await.expect("all turns");
        password(&t, "mei", &t.password("mei")).await.is_away("sign_in_busy", 2);
        drop(taken);
        password(&t, "mei", &t.password("mei")).await.is(200);
    }

    /// No command shuts a shopper out; an operator who must does so in the database.
    async fn who_was_shut_out_does_not_come_back_through_wechat(t: TestApp) {
        let lin = person(&t, &wechat(&t, "demo:xiaolin").await).await;
        let (id, now): (Id, Instant) = (lin.parse().expect("an id"), t.app.now());
        let shut_out = t.app.write(move |tx| {
            let user = diesel::update(users::table.find(id));
            Ok(user.set(users::disabled_at.eq(Some(now))).execute(tx.conn)?)
        });
        assert_eq!(shut_out.await.expect("a change"), 1);
        let refused = wechat(&t, "demo:xiaolin").await;
        assert_eq!(refused.refused(401, "account_disabled").header("www-authenticate"), Some("Bearer"));
        wechat(&t, "demo:laochen").await.is(200);
    }

    async fn without_a_mini_program_nobody_comes_through_wechat(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let mut t = t;
        t.rebuild(|config| config.wechat = None);
        wechat(&t, "demo:xiaolin").await.is_away("wechat_not_configured", 60);
        let lin = Client::new(t.address, lin.token);
        let bind = json!({ "code": "demo:13812341234" });
        lin.post("/api/v1/me/phone", bind).await.is_away("wechat_not_configured", 60);
        // Everything else goes on.
        assert!(lin.get("/api/v1/me").await.is(200).json.get("phone").is_none());
        password(&t, "mei", &t.password("mei")).await.is(200);
    }

    async fn disabled_staff_are_out_at_once(t: TestApp) {
        let signed_in = password(&t, "wang", &t.password("wang")).await;
        let wang = Client::new(t.address, signed_in.json["access_token"].as_str().map(str::to_owned));
        wang.get("/api/v1/me").await.is(200);
        t.app.write(|tx| staff::disable(tx, "wang")).await.expect("disabled");
        // The operator's command is another process: this one remembers for five seconds at most.
        t.app.sessions.forget_all();
        wang.get("/api/v1/me").await.refused(401, "session_ended");
        let refresh = json!({ "refresh_token": signed_in.json["refresh_token"] });
        t.anyone().post("/api/v1/auth/refresh", refresh).await.refused(401, "refresh_token_invalid");
        password(&t, "wang", &t.password("wang")).await.refused(401, "credentials_wrong");
        t.staff("zhao").await.get("/api/v1/me").await.is(200);
    }

    async fn a_new_password_ends_the_sessions_of_the_old_one(t: TestApp) {
        let signed_in = password(&t, "mei", &t.password("mei")).await;
        let mei = Client::new(t.address, signed_in.json["access_token"].as_str().map(str::to_owned));
        mei.get("/api/v1/me").await.is(200);
        t.app.write(|tx| staff::reset_password(tx, "mei", &"全新的密码-2026".into())).await.expect("reset");
        t.app.sessions.forget_all();
        mei.get("/api/v1/me").await.refused(401, "session_ended");
        let refresh = json!({ "refresh_token": signed_in.json["refresh_token"] });
        t.anyone().post("/api/v1/auth/refresh", refresh).await.refused(401, "refresh_token_invalid");
        password(&t, "mei", &t.password("mei")).await.refused(401, "credentials_wrong");
        password(&t, "mei", "全新的密码-2026").await.is(200);
    }

    async fn people_name_themselves(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let me = lin.get("/api/v1/me").await;
        assert_eq!((&me.is(200).json["role"], &me.json["display_name"]), (&json!("customer"), &json!("微信用户")));
        assert_eq!((&me.json["language"], &me.json["sites"]), (&json!("zh-CN"), &json!([])));
        assert!(me.json.get("phone").is_none());
        let changed = lin.put("/api/v1/me", json!({ "display_name": "小林", "language": "en" })).await;
        assert_eq!((&changed.is(200).json["display_name"], &changed.json["language"]), (&json!("小林"), &json!("en")));
        let later = t.shopper("xiaolin").await.get("/api/v1/me").await;
        assert_eq!(later.json, changed.json);
        lin.put("/api/v1/me", json!({ "display_name": " ", "language": "en" })).await
            .refused_field("/display_name", "text_blank");
        lin.put("/api/v1/me", json!({ "display_name": "林".repeat(41), "language": "en" })).await
            .refused_field("/display_name", "text_too_long");
        lin.put("/api/v1/me", json!({ "display_name": "小林", "language": "fr" })).await
            .refused_field("/language", "value_unknown");
        lin.put("/api/v1/me", json!({ "display_name": "小林" })).await.refused_field("/language", "field_missing");
        assert_eq!(lin.get("/api/v1/me").await.json["display_name"], "小林");
        t.anyone().get("/api/v1/me").await.refused(401, "token_missing");
    }

    async fn a_new_name_shows_at_once_wherever_its_owner_is_named(t: TestApp) {
        let (lin, mei, wang) = (t.shopper("xiaolin").await, t.staff("mei").await, t.staff("wang").await);
        let filed = lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await;
        let ticket = format!("/api/v1/tickets/{}", filed.is(201).id());
        mei.act(&format!("{ticket}/accept")).await.is(200);
        let wang_id = t.staff_id("wang").await;
        let given = mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": wang_id })).await;
        let before = given.is(200).json["assignee"]["name"].clone();
        assert_eq!(lin.get(&ticket).await.is(200).json["assignee"], json!({ "id": wang_id, "name": before }));
        wang.put("/api/v1/me", json!({ "display_name": "王工", "language": "zh-CN" })).await.is(200);
        assert_ne!(before, "王工");
        assert_eq!(lin.get(&ticket).await.is(200).json["assignee"]["name"], "王工");
        assert_eq!(mei.get("/api/v1/tickets").await.is(200).json["items"][0]["assignee"]["name"], "王工");
    }

    async fn staff_see_where_they_work(t: TestApp) {
        let (site, engineering) = (t.site().await, t.department("engineering").await);
        let wang = t.staff("wang").await.get("/api/v1/me").await;
        assert_eq!(wang.is(200).json["role"], "technician");
        assert_eq!(wang.json["sites"], json!([{
            "site_id": site, "role": "technician", "department_id": engineering, "shop_id": null, "unit_id": null,
        }]));
        let admin = t.staff("admin").await.get("/api/v1/me").await;
        assert_eq!((&admin.json["role"], &admin.json["sites"]), (&json!("admin"), &Value::Array(Vec::new())));
    }
}
