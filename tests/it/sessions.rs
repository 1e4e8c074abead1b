//! Staying signed in: refresh tokens, which work once, and signing out.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::json;

use crate::both;
use crate::support::{Client, Reply, TestApp};

/// What a sign-in or a refresh handed out.
struct Pair {
    client: Client,
    refresh_token: String,
}

fn pair(t: &TestApp, reply: &Reply) -> Pair {
    let text = |name: &str| reply.is(200).json[name].as_str().expect("a token").to_owned();
    Pair { client: Client::new(t.address, Some(text("access_token"))), refresh_token: text("refresh_token") }
}

async fn sign_in(t: &TestApp) -> Pair {
    pair(t, &t.anyone().post("/api/v1/auth/wechat", json!({ "code": "demo:xiaolin" })).await)
}

async fn refresh(t: &TestApp, refresh_token: &str) -> Reply {
    refresh_from(&t.anyone(), refresh_token).await
}

async fn refresh_from(phone: &Client, refresh_token: &str) -> Reply {
    phone.post("/api/v1/auth/refresh", json!({ "refresh_token": refresh_token })).await
}

fn wait(t: &TestApp, seconds: i64) {
    t.app.clock.advance(SignedDuration::from_secs(seconds)).expect("a clock moved by hand");
}

/// Insists that nothing of a session is left.
async fn is_over(t: &TestApp, client: &Client, refresh_tokens: &[&str]) {
    client.get("/api/v1/me").await.refused(401, "session_ended");
    for refresh_token in refresh_tokens {
        refresh(t, refresh_token).await.refused(401, "refresh_token_invalid");
    }
}

both! {
    async fn refreshing_goes_on_and_on(t: TestApp) {
        let mut pair_now = sign_in(&t).await;
        let person = pair_now.client.get("/api/v1/me").await.is(200).id();
        let mut seen = BTreeSet::from([pair_now.refresh_token.clone()]);
        for _ in 0..5 {
            wait(&t, 20 * 24 * 3600);
            pair_now.client.get("/api/v1/me").await.refused(401, "token_expired");
            let renewed = refresh(&t, &pair_now.refresh_token).await;
            assert_eq!((&renewed.json["token_type"], &renewed.json["expires_in"]), (&json!("Bearer"), &json!(900)));
            pair_now = pair(&t, &renewed);
            assert!(seen.insert(pair_now.refresh_token.clone()), "a refresh token came twice");
            assert_eq!(pair_now.client.get("/api/v1/me").await.is(200).id(), person);
        }
    }

    async fn a_session_ends_after_thirty_quiet_days(t: TestApp) {
        let (kept, quiet) = (sign_in(&t).await, sign_in(&t).await);
        wait(&t, 30 * 24 * 3600 - 1);
        refresh(&t, &kept.refresh_token).await.is(200);
        wait(&t, 1);
        refresh(&t, &quiet.refresh_token).await.refused(401, "refresh_token_invalid");
    }

    async fn a_lost_answer_may_be_asked_for_again(t: TestApp) {
        let first = sign_in(&t).await;
        let next = pair(&t, &refresh(&t, &first.refresh_token).await);
        wait(&t, 30);
        let again = pair(&t, &refresh(&t, &first.refresh_token).await);
        assert_eq!(again.refresh_token, next.refresh_token);
        again.client.get("/api/v1/me").await.is(200);
        refresh(&t, &next.refresh_token).await.is(200);
    }

    async fn an_old_token_ends_its_family_after_half_a_minute(t: TestApp) {
        let first = sign_in(&t).await;
        let other = sign_in(&t).await;
        let next = pair(&t, &refresh(&t, &first.refresh_token).await);
        next.client.get("/api/v1/me").await.is(200);
        wait(&t, 31);
        let refused = refresh(&t, &first.refresh_token).await;
        refused.refused(401, "refresh_token_reused");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        is_over(&t, &next.client, &[&first.refresh_token, &next.refresh_token]).await;
        // Another phone of the same person is another family.
        other.client.get("/api/v1/me").await.is(200);
        refresh(&t, &other.refresh_token).await.is(200);
    }

    async fn an_old_token_ends_its_family_once_its_successor_was_used(t: TestApp) {
        let first = sign_in(&t).await;
        let second = pair(&t, &refresh(&t, &first.refresh_token).await);
        let third = pair(&t, &refresh(&t, &second.refresh_token).await);
        third.client.get("/api/v1/me").await.is(200);
        refresh(&t, &first.refresh_token).await.refused(401, "refresh_token_reused");
        is_over(&t, &third.client, &[&first.refresh_token, &second.refresh_token, &third.refresh_token]).await;
    }

    async fn a_hundred_refreshes_side_by_side_have_one_successor(t: TestApp) {
        let first = sign_in(&t).await;
        let phone = t.anyone();
        let body = json!({ "refresh_token": first.refresh_token });
        let answers =
            join_all((0..100).map(|_| phone.post_in_a_crowd("/api/v1/auth/refresh", body.clone()))).await;
        let successors: BTreeSet<&str> =
            answers.iter().filter_map(|answer| answer.is(200).json["refresh_token"].as_str()).collect();
        assert_eq!(successors.len(), 1);
        let next = pair(&t, answers.first().expect("an answer"));
        next.client.get("/api/v1/me").await.is(200);
        let third = pair(&t, &refresh(&t, &next.refresh_token).await);
        assert_ne!(third.refresh_token, next.refresh_token);
        // All of them speak for one session: ending it through one ends it for all.
        third.client.act("/api/v1/auth/logout").await.is(204);
        for answer in &answers {
            let token = answer.json["access_token"].as_str().expect("a token");
            let me = phone.request(reqwest::Method::GET, "/api/v1/me").bearer_auth(token);
            phone.send(me).await.refused(401, "session_ended");
        }
    }

    async fn what_is_no_refresh_token_is_refused(t: TestApp) {
        let pair = sign_in(&t).await;
        let access_token = pair.client.token.clone().expect("a token");
        let mut changed = pair.refresh_token.clone();
        let last = changed.pop().expect("a letter");
        changed.push(if last == 'A' { 'B' } else { 'A' });
        for wrong in ["x", "一键", access_token.get(..200).expect("long"), &changed] {
            refresh(&t, wrong).await.refused(401, "refresh_token_invalid");
        }
        // A refresh token opens nothing by itself, and a wrong one does no harm.
        Client::new(t.address, Some(pair.refresh_token.clone())).get("/api/v1/me").await.refused(401, "token_invalid");
        refresh(&t, &pair.refresh_token).await.is(200);
    }

    async fn signing_out_ends_this_session_only(t: TestApp) {
        let (phone, tablet) = (sign_in(&t).await, sign_in(&t).await);
        phone.client.get("/api/v1/me").await.is(200);
        let gone = phone.client.act("/api/v1/auth/logout").await;
        assert!(gone.is(204).body.is_empty());
        is_over(&t, &phone.client, &[&phone.refresh_token]).await;
        phone.client.act("/api/v1/auth/logout").await.refused(401, "session_ended");
        tablet.client.get("/api/v1/me").await.is(200);
        t.anyone().act("/api/v1/auth/logout").await.refused(401, "token_missing");
    }

    async fn the_database_knows_no_refresh_token(t: TestApp) {
        let pair = sign_in(&t).await;
        let renewed = refresh(&t, &pair.refresh_token).await;
        let next = renewed.is(200).json["refresh_token"].as_str().expect("a token").to_owned();
        let token_hashes = t.app.read(|tx| {
            use diesel::prelude::*;
            use yijian::db::schema::refresh_tokens::dsl;
            Ok(dsl::refresh_tokens.select(dsl::token_hash).load::<Vec<u8>>(tx.conn)?)
        });
        let token_hashes = token_hashes.await.expect("rows");
        assert_eq!(token_hashes.len(), 2);
        for token in [&pair.refresh_token, &next] {
            assert!(token_hashes.iter().all(|hash| hash.len() == 32 && hash.as_slice() != token.as_bytes()));
        }
    }
}
