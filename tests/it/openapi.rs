//! The API document: checked in, complete, and true to its own examples.

use serde_json::Value;
use yijian::http::openapi;

use crate::both;

fn document() -> Value {
    serde_json::from_str(openapi::DOCUMENT).expect("JSON")
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &'_ Value)| -> Vec<(String, Value)> {
        let item = item.as_object().expect("an item");
        item.iter()
            .map(|(method, operation)| (format!("{} {path}", method.to_uppercase()), operation.clone()))
            .collect()
    };
    let names: Vec<String> = paths.iter().flat_map(of_path).map(|(name, _)| name).collect();
    let found = |name: &String| {
        let (method, path) = name.split_once(' ').expect("two words");
        &document["paths"][path][method.to_lowercase()]
    };
    names.iter().map(|name| (name.clone(), found(name))).collect()
}

#[test]
fn the_checked_in_document_is_the_one_that_is_served() {
    let collected = openapi::collect().expect("JSON");
    assert!(
        openapi::DOCUMENT == collected,
        "openapi/openapi.json is stale: cargo run -- openapi > openapi/openapi.json"
    );
}

#[test]
fn every_operation_says_what_it_is() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = std::collections::HashSet::new();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(ids.insert(id.to_owned()) && !id.is_empty(), "{name}: operationId {id:?}");
        assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{name} has no summary");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{name} has no tag");
        let responses = operation["responses"].as_object().expect("responses");
        for status in ["405", "422", "500", "503"] {
            let content = &responses[status]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(content, "#/components/schemas/Problem", "{name} {status}");
        }
        let needs_token = operation["security"].as_array().is_some_and(|s| !s.is_empty());
        assert_eq!(needs_token, responses.contains_key("403"), "{name}: 403 goes with a token");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
        let named = operation["parameters"].as_array().into_iter().flatten();
        let named: Vec<_> = named.map(|one| (one["name"].as_str(), one["in"].as_str())).collect();
        let distinct: std::collections::HashSet<_> = named.iter().collect();
        assert_eq!(distinct.len(), named.len(), "{name} takes a parameter twice: {named:?}");
        if operation["summary"].as_str().is_some_and(|summary| summary.starts_with("List ")) {
            let is_paged = |field: &str| named.contains(&(Some(field), Some("query")));
            assert_eq!(is_paged("limit"), is_paged("cursor"), "{name} is half paged");
        }
        if name.starts_with("POST") && needs_token {
            let parameters = operation["parameters"].as_array().expect("parameters");
            assert!(parameters.iter().any(|p| p["name"] == "Idempotency-Key"), "{name} takes no Idempotency-Key");
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_body_has_a_valid_example() {
    let document = document();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for (name, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let Some(reference) = body_reference(schema) else { continue };
        let body = document.pointer(reference.trim_start_matches('#')).expect("a schema");
        if body["properties"].as_object().is_none_or(serde_json::Map::is_empty) {
            continue;
        }
        let example = &body["example"];
        assert!(!example.is_null(), "{name}: the body has no example");
        let whole = serde_json::json!({ "$ref": reference, "components": document["components"] });
        let validator = jsonschema::validator_for(&whole).expect("a schema");
        let wrong: Vec<String> = validator.iter_errors(example).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
    }
}

#[test]
fn every_answer_has_a_valid_example() {
    let document = document();
    let mut seen = std::collections::BTreeSet::new();
    for (name, operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("responses");
        for (_, response) in responses.iter().filter(|(status, _)| status.starts_with('2')) {
            let schema = &response["content"]["application/json"]["schema"];
            let Some(reference) = schema["$ref"].as_str().or_else(|| schema["items"]["$ref"].as_str()) else {
                continue;
            };
            seen.insert(reference.rsplit('/').next().expect("a name").to_owned());
            let described = document.pointer(reference.trim_start_matches('#')).expect("a schema");
            let example = &described["example"];
            assert!(!example.is_null(), "{name}: {reference} has no example in openapi/examples.json");
            let whole = serde_json::json!({ "$ref": reference, "components": document["components"] });
            let validator = jsonschema::validator_for(&whole).expect("a schema");
            let wrong: Vec<String> = validator.iter_errors(example).map(|error| error.to_string()).collect();
            assert!(wrong.is_empty(), "{reference}: {wrong:?}");
            // Every field that there is, and none that there is not.
            let fields = |value: &Value| -> std::collections::BTreeSet<String> {
                value.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
            };
            let unknown: Vec<_> = fields(example).difference(&fields(&described["properties"])).cloned().collect();
            assert!(unknown.is_empty() || !described["properties"].is_object(), "{reference}: {unknown:?}");
        }
    }
    let kept: std::collections::BTreeMap<String, Value> =
        serde_json::from_str(include_str!("../../openapi/examples.json")).expect("examples");
    let kept: std::collections::BTreeSet<String> = kept.into_keys().collect();
    assert_eq!(kept, seen, "left: openapi/examples.json; right: what operations answer");
}

/// Two types of one name would be one schema, and one of them described wrongly.
#[test]
fn no_two_types_share_a_name() {
    let (mut folders, mut seen) = (vec![std::path::PathBuf::from("src")], std::collections::HashMap::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Some(source) =
                path.extension().filter(|it| *it == "rs").and_then(|_| std::fs::read_to_string(&path).ok())
            else {
                continue;
            };
            let mut is_described = false;
            for line in source.lines().map(str::trim) {
                is_described |= line.starts_with("text_enum! {") || line.contains("ToSchema)]");
                let name = line.split_once("struct ").or_else(|| line.split_once("enum ")).map(|(_, rest)| rest);
                let Some(name) =
                    name.filter(|_| is_described && (line.starts_with("pub") || line.starts_with("struct")))
                else {
                    continue;
                };
                is_described = false;
                let name = name.split(|c: char| !c.is_alphanumeric()).next().expect("a name").to_owned();
                let other = seen.insert(name.clone(), path.clone());
                assert!(other.is_none(), "{name} is in {} and in {other:?}", path.display());
            }
        }
    }
    assert!(seen.len() > 100, "only {} types were found", seen.len());
}

fn body_reference(schema: &Value) -> Option<&str> {
    let direct = schema["$ref"].as_str();
    direct.or_else(|| schema["oneOf"].as_array()?.iter().find_map(|one| one["$ref"].as_str()))
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                found.push(reference.to_owned());
            }
            map.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}

both! {
    /// What is served is what is checked in, and the page beside it needs nothing from elsewhere.
    async fn the_document_and_its_page_are_served(t: TestApp) {
        let served = t.anyone().get("/openapi.json").await;
        assert_eq!(served.is(200).json, document());
        assert_eq!(served.json["paths"]["/api/v1/repairs"]["post"]["operationId"], "report_repair");
        let page = t.anyone().get("/docs/").await;
        let html = String::from_utf8_lossy(&page.is(200).body).into_owned();
        assert!(html.contains("swagger-ui"), "{html}");
        assert!(!html.contains("//"), "the page loads something from elsewhere: {html}");
        for file in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
            t.anyone().get(&format!("/docs/{file}")).await.is(200);
        }
        // On other hosts than this machine the page would load a badge of a validator elsewhere.
        let script = t.anyone().get("/docs/swagger-initializer.js").await;
        let script = String::from_utf8_lossy(&script.is(200).body).into_owned();
        assert!(script.contains("\"validatorUrl\": \"none\""), "{script}");
    }

    /// Alive, ready, measurable.
    async fn the_process_can_be_watched(t: TestApp) {
        t.anyone().get("/healthz").await.is(200);
        t.anyone().get("/readyz").await.is(200);
        t.shopper("xiaolin").await.get("/api/v1/me").await.is(200);
        let metrics = t.anyone().get("/metrics").await;
        let text = String::from_utf8_lossy(&metrics.is(200).body).into_owned();
        for line in [
            "yijian_http_requests_total{method=\"GET\",route=\"/api/v1/me\",status=\"200\"} 1",
            "yijian_http_request_seconds_bucket",
            "yijian_database_connections_in_use",
            "yijian_database_queued_writes",
            "yijian_jobs_waiting 3",
        ] {
            assert!(text.contains(line), "no {line} in\n{text}");
        }
    }
}
