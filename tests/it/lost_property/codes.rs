//! The code that the owner's own phone shows: it cannot be guessed.

use serde_json::{Value, json};

use super::{claim, umbrella};
use crate::both;
use crate::support::{Client, Reply, TestApp};

/// An approved claim of 小林's on an umbrella.
async fn approved(t: &TestApp, lin: &Client) -> String {
    let (path, _) = claim(lin, &umbrella(t).await).await;
    t.staff("mei").await.post(&format!("{path}/approve"), json!({ "reason": "认得" })).await.is(200);
    path
}

async fn code(lin: &Client, path: &str) -> String {
    lin.act(&format!("{path}/pick_up_code")).await.is(200).json["code"].as_str().expect("a code").to_owned()
}

fn body(code: &str) -> Value {
    json!({ "identity_kind": "id_card", "identity_last4": "123X", "code": code })
}

async fn give(mei: &Client, path: &str, code: &str) -> Reply {
    mei.post(&format!("{path}/hand_over"), body(code)).await
}

/// Another code of six digits.
fn other(code: &str, n: usize) -> String {
    let number: usize = code.parse().expect("digits");
    format!("{:06}", (number + n + 1) % 1_000_000)
}

both! {
    async fn five_wrong_codes_void_the_right_one(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let path = approved(&t, &lin).await;
        let right = code(&lin, &path).await;
        for n in 0..5 {
            give(&mei, &path, &other(&right, n)).await.refused(422, "pick_up_code_wrong");
        }
        give(&mei, &path, &right).await.refused(422, "pick_up_code_missing");
        // A new one is the owner's to show; a wrong one now and then does no harm, nor does it change the claim.
        let version = lin.get(&path).await.json["version"].clone();
        let right = code(&lin, &path).await;
        for n in 0..4 {
            give(&mei, &path, &other(&right, n)).await.refused(422, "pick_up_code_wrong");
        }
        assert_eq!(lin.get(&path).await.json["version"].as_i64(), version.as_i64().map(|version| version + 1));
        assert_eq!(give(&mei, &path, &right).await.is(200).json["status"], "fulfilled");
    }

    async fn many_guesses_at_once_are_counted_one_by_one(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let path = approved(&t, &lin).await;
        let right = code(&lin, &path).await;
        let guesses: Vec<String> = (0..20).map(|n| other(&right, n)).collect();
        let replies = futures_util::future::join_all(guesses.iter().map(|guess| give(&mei, &path, guess))).await;
        let wrong = replies.iter().filter(|reply| reply.json["code"] == "pick_up_code_wrong").count();
        assert_eq!(wrong, 5, "{:?}", replies.iter().map(|reply| reply.json["code"].clone()).collect::<Vec<_>>());
        give(&mei, &path, &right).await.refused(422, "pick_up_code_missing");
    }

    async fn a_hand_over_asked_for_twice_is_answered_twice(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let path = approved(&t, &lin).await;
        let right = body(&code(&lin, &path).await);
        let first = mei.post_once("give", &format!("{path}/hand_over"), right.clone()).await;
        let again = mei.post_once("give", &format!("{path}/hand_over"), right).await;
        assert_eq!((again.is(200).header("idempotency-replayed"), &again.json), (Some("true"), &first.is(200).json));
    }
}
