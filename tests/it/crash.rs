//! What was acknowledged is there after the process was killed, and what was queued is there after it was asked to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::readme::Demo;
use crate::support::{Client, postgres_database};

/// A shopper of the demo, signed in.
async fn shopper(demo: &Demo, name: &str) -> Client {
    let address = demo.address.parse().expect("an address");
    let reply = Client::new(address, None).post("/api/v1/auth/wechat", json!({ "code": format!("demo:{name}") })).await;
    Client::new(address, Some(reply.is(200).json["access_token"].as_str().expect("a token").to_owned()))
}

fn lamp(demo: &Demo) -> String {
    let json = std::fs::read(demo.folder.path().join("demo-credentials.json")).expect("credentials");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    json["scenes"]["lamp"].as_str().expect("a scene").to_owned()
}

/// Sixteen phones report as fast as they can until `stop`; gives the acknowledged ids and the keys they were sent with.
async fn load(
    demo: &Demo,
    client: &Client,
    enough: usize,
) -> (Arc<AtomicBool>, Vec<actix_web::rt::task::JoinHandle<Vec<(String, String)>>>) {
    let stop = Arc::new(AtomicBool::new(false));
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (reached, mut told) = tokio::sync::mpsc::channel(1);
    let scene = lamp(demo);
    let phones = (0..16).map(|phone| {
        let (client, scene, stop, count, reached) =
            (client.clone(), scene.clone(), stop.clone(), count.clone(), reached.clone());
        actix_web::rt::spawn(async move {
            let mut acknowledged = Vec::new();
            for tap in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let key = format!("{phone}-{tap}");
                let body = json!({ "scene": scene, "description": format!("第 {key} 次") });
                let request = client.request(reqwest::Method::POST, "/api/v1/repairs").header("Idempotency-Key", &key);
                let Ok(answer) = request.json(&body).send().await else { break };
                let Ok(json) = answer.json::<serde_json::Value>().await else { break };
                if let Some(id) = json["id"].as_str() {
                    acknowledged.push((key, id.to_owned()));
                    if count.fetch_add(1, Ordering::Relaxed) == enough {
                        reached.try_send(()).expect("told once");
                    }
                }
            }
            acknowledged
        })
    });
    let phones = phones.collect();
    told.recv().await.expect("enough were acknowledged");
    (stop, phones)
}

async fn check_all_there(client: &Client, acknowledged: &[(String, String)], scene: &str) {
    assert!(acknowledged.len() > 100, "too little load: {}", acknowledged.len());
    for (key, id) in acknowledged {
        client.get(&format!("/api/v1/tickets/{id}")).await.is(200);
        // The key still stands for it: no repeat makes a second ticket.
        let body = json!({ "scene": scene, "description": format!("第 {key} 次") });
        let again = client.post_once(key, "/api/v1/repairs", body).await;
        assert_eq!(again.is(201).id(), *id, "{key} made two tickets");
    }
}

async fn kill_under_load(arguments: &[&str]) {
    let mut demo = Demo::start(arguments);
    let lin = shopper(&demo, "xiaolin").await;
    let (_, phones) = load(&demo, &lin, 300).await;
    demo.kill();
    let mut acknowledged = Vec::new();
    for phone in phones {
        acknowledged.extend(phone.await.expect("a phone"));
    }
    let demo = Demo::start_in(demo.into_folder(), arguments);
    let lin = shopper(&demo, "xiaolin").await;
    check_all_there(&lin, &acknowledged, &lamp(&demo)).await;
}

#[actix_web::test]
async fn no_acknowledged_ticket_is_lost_when_the_process_is_killed_on_sqlite() {
    kill_under_load(&[]).await;
}

#[actix_web::test]
async fn no_acknowledged_ticket_is_lost_when_the_process_is_killed_on_postgres() {
    let Some(server) = postgres_database() else { return };
    let database = server.create(None);
    kill_under_load(&["--database-url", &database.url]).await;
}

#[actix_web::test]
async fn a_polite_stop_finishes_what_is_in_flight() {
    let mut demo = Demo::start(&[]);
    let lin = shopper(&demo, "xiaolin").await;
    let (stop, phones) = load(&demo, &lin, 200).await;
    stop.store(true, Ordering::Relaxed);
    let stopped = std::thread::spawn(move || (demo.stop(), demo));
    let mut acknowledged = Vec::new();
    for phone in phones {
        acknowledged.extend(phone.await.expect("a phone"));
    }
    let (ended_well, demo) = stopped.join().expect("it stops");
    assert!(ended_well, "the program ended with a failure");
    let demo = Demo::start_in(demo.into_folder(), &[]);
    let lin = shopper(&demo, "xiaolin").await;
    check_all_there(&lin, &acknowledged, &lamp(&demo)).await;
}
