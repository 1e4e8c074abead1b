//! The feed for maps: as the public schemas of GBFS 3.0 say (Apache-2.0, in `tests/data/gbfs`).

use serde_json::{Value, json};

use super::{Lending, facts, sql, umbrella};
use crate::support::{Backend, TestApp};

fn schema(file: &str) -> Value {
    let path = format!("{}/tests/data/gbfs/{file}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a schema")).expect("JSON")
}

async fn start(backend: Backend) -> TestApp {
    let own = [("GBFS_CONTACT_EMAIL", "desk@example.com"), ("PUBLIC_URL", "https://desk.example.com/")];
    TestApp::start_with(backend, &own).await
}

#[actix_web::test]
async fn every_file_is_as_its_schema_says() {
    let t = start(Backend::Sqlite).await;
    let lending = Lending::of(&t).await;
    let lin = t.shopper("xiaolin").await;
    umbrella(&lending, &lin, "gate-1").await.is(201);
    for file in ["gbfs", "system_information", "vehicle_types", "station_information", "station_status"] {
        let reply = t.anyone().get(&format!("/gbfs/xinghe/{file}.json")).await;
        let validator = jsonschema::options().should_validate_formats(true).build(&schema(file)).expect("a schema");
        let wrong: Vec<String> = validator.iter_errors(&reply.is(200).json).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{file}: {wrong:?}");
        let mut broken = reply.json.clone();
        broken["data"] = json!({ "stations": [{}], "vehicle_types": [{}] });
        assert!(!validator.is_valid(&broken), "{file}: the schema can fail");
    }
    let index = t.anyone().get("/gbfs/xinghe/gbfs.json").await;
    for feed in index.json["data"]["feeds"].as_array().expect("feeds") {
        let url = feed["url"].as_str().expect("a URL");
        let path = url.strip_prefix("https://desk.example.com").expect("the public URL");
        t.anyone().get(path).await.is(200);
    }
    let status = t.anyone().get("/gbfs/xinghe/station_status.json").await;
    let stations = status.json["data"]["stations"].as_array().expect("stations");
    let gate = stations.iter().find(|one| one["station_id"] == lending.station("gate-1")).expect("the gate");
    assert_eq!((&gate["num_vehicles_available"], &gate["num_docks_available"]), (&json!(49), &json!(11)));
    assert!(status.header("cache-control").is_some_and(|it| it.contains("max-age=5")));
}

async fn status(t: &TestApp, station: &str) -> Value {
    let reply = t.anyone().get("/gbfs/xinghe/station_status.json").await;
    let stations = reply.is(200).json["data"]["stations"].as_array().expect("stations").clone();
    stations.into_iter().find(|one| one["station_id"] == station).expect("the station")
}

#[actix_web::test]
async fn who_rents_and_who_takes_back_is_as_the_doors_and_slots_are() {
    let t = start(Backend::Sqlite).await;
    let lending = Lending::of(&t).await;
    let doors = async |code: &str| {
        let one = status(&t, lending.station(code)).await;
        (one["is_renting"].clone(), one["is_returning"].clone())
    };
    let (yes, no) = (json!(true), json!(false));
    assert_eq!(doors("desk").await, (yes.clone(), yes.clone()));
    let mut full = facts(&t, lending.station("gate-3")).await;
    full["slots"] = json!(10);
    let path = format!("/api/v1/rental/stations/{}", lending.station("gate-3"));
    t.staff("li").await.put(&path, json!({ "station": full })).await.is(200);
    assert_eq!(doors("gate-3").await, (yes.clone(), no.clone()), "there is no room");
    // Eleven in the evening.
    t.hours(13).await;
    assert_eq!(doors("desk").await, (no.clone(), no));
    assert_eq!(doors("gate-1").await, (yes.clone(), yes));
}

#[actix_web::test]
async fn only_what_is_lent_at_a_station_counts_there() {
    let t = start(Backend::Sqlite).await;
    let lending = Lending::of(&t).await;
    // As it stood in databases of old: an umbrella, free to borrow, in a cabinet for power banks.
    let text = "UPDATE rental_units SET station_id = (SELECT id FROM stations WHERE code = 'cabinet-f1') WHERE code = 'U-0021'";
    sql(&t, text).await.expect("an umbrella in the cabinet");
    let one = status(&t, lending.station("cabinet-f1")).await;
    let types = one["vehicle_types_available"].as_array().expect("types");
    let sum: i64 = types.iter().map(|it| it["count"].as_i64().expect("a number")).sum();
    assert_eq!((&one["num_vehicles_available"], sum), (&json!(9), 9), "{one}");
}

#[actix_web::test]
async fn there_is_no_feed_where_nobody_answers_for_it() {
    let t = TestApp::start(Backend::Sqlite).await;
    t.anyone().get("/gbfs/xinghe/gbfs.json").await.refused(404, "gbfs_feed_not_found");
    let t = start(Backend::Sqlite).await;
    t.anyone().get("/gbfs/nowhere/gbfs.json").await.refused(404, "gbfs_feed_not_found");
    t.anyone().get("/gbfs/xinghe/free_bike_status.json").await.refused(404, "not_found");
}

#[actix_web::test]
async fn postgres_gives_the_same() {
    if crate::support::postgres_database().is_none() {
        return;
    }
    let t = start(Backend::Postgres).await;
    let reply = t.anyone().get("/gbfs/xinghe/station_status.json").await;
    let validator =
        jsonschema::options().should_validate_formats(true).build(&schema("station_status")).expect("a schema");
    assert!(validator.is_valid(&reply.is(200).json));
}
