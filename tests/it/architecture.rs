//! Who may use what: the table in docs/ARCHITECTURE.md, held against the sources.

use std::path::{Path, PathBuf};

/// The features: folders with the same four files.
const FEATURES: &[&str] = &[
    "accounts",
    "attachments",
    "claims",
    "clocks",
    "complaints",
    "contact_views",
    "custody",
    "desk",
    "device_reports",
    "erasures",
    "follow_ups",
    "found_items",
    "gbfs",
    "idempotency",
    "improvements",
    "jobs",
    "lost_reports",
    "matches",
    "notices",
    "payscore",
    "police",
    "rates",
    "rental_units",
    "rentals",
    "repairs",
    "reports",
    "retention",
    "scan",
    "similar",
    "sites",
    "spot_checks",
    "standards",
    "stations",
    "stock",
    "surveys",
    "tickets",
    "tightenings",
];

/// What a file of a name may not mention, and why.
const RULES: &[(&str, &[&str], &str)] = &[
    ("model.rs", &["actix_web", "DbConn", "crate::clock::", "crate::http", "tx."], "a model is data and its own rules"),
    (
        "repo.rs",
        &["actix_web", "crate::error", "crate::http", "::service", "now()", "crate::app"],
        "a repo asks the database, nothing else",
    ),
    (
        "service.rs",
        &["actix_web", "diesel::prelude", "crate::db::schema", "sql_query"],
        "a service knows neither HTTP nor SQL",
    ),
    ("api.rs", &["diesel", "repo::", "crate::db"], "a handler calls its service"),
];

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn code_of(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a source");
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The name by which a file is ruled: each file of a folder `repo` is a part of what would be `repo.rs`.
fn name_of(path: &Path) -> String {
    let is_in_repo = path.parent().is_some_and(|folder| folder.ends_with("repo"));
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if is_in_repo { "repo.rs".to_owned() } else { name.to_owned() }
}

#[test]
fn each_file_uses_only_what_its_room_may() {
    let mut wrong = Vec::new();
    for feature in FEATURES {
        for path in sources(&format!("src/{feature}")) {
            let name = name_of(&path);
            let code = code_of(&path);
            for (_, forbidden, why) in RULES.iter().filter(|(file, ..)| *file == name) {
                for word in forbidden.iter().filter(|word| code.contains(**word)) {
                    wrong.push(format!("{} mentions {word}: {why}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nobody_uses_another_features_repo() {
    let mut wrong = Vec::new();
    for path in sources("src") {
        let own = path.components().nth(1).and_then(|part| part.as_os_str().to_str()).unwrap_or_default().to_owned();
        let code = code_of(&path);
        for feature in FEATURES.iter().filter(|feature| **feature != own) {
            // `lost_reports::repo` is not `reports::repo`.
            let named = format!("{feature}::repo");
            let is_name = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if code.match_indices(&named).any(|(at, _)| is_name(at)) {
                wrong.push(format!("{} uses {feature}::repo", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_database_opens_transactions_and_only_config_reads_the_environment() {
    let mut wrong = Vec::new();
    for path in sources("src") {
        let (code, place) = (code_of(&path), path.display().to_string());
        for (word, room) in [
            (".transaction(", "src/db/"),
            // A key file of the simulated WeChat begins with this word.
            ("BEGIN", "src/db/ src/wechat/pay_simulator/keys.rs"),
            ("batch_execute", "src/db/"),
            ("std::env::", "src/config.rs"),
            ("env::var", "src/config.rs"),
            ("Timestamp::now(", "src/clock.rs"),
            ("spawn_blocking", "src/db/ src/accounts/password.rs src/attachments/service.rs src/reports/export.rs"),
        ] {
            if code.contains(word) && !room.split(' ').any(|room| place.starts_with(room)) {
                wrong.push(format!("{place} mentions {word}, which belongs to {room}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_standards_engine_is_pure() {
    for path in sources("src/sla") {
        let code = code_of(&path);
        for word in ["crate::", "diesel", "actix", "tracing", "Timestamp::now", "Zoned::now", "std::env", "std::fs"] {
            assert!(!code.contains(word), "{} mentions {word}", path.display());
        }
    }
}

#[test]
fn comparing_things_is_pure() {
    for path in sources("src/lost_found") {
        let code = code_of(&path).replace("use crate::text_enum;", "");
        for word in ["crate::", "diesel", "actix", "tracing", "Timestamp::now", "std::env", "std::fs"] {
            assert!(!code.contains(word), "{} mentions {word}", path.display());
        }
    }
}

#[test]
fn the_arithmetic_of_lending_is_pure() {
    for path in sources("src/rental") {
        let code = code_of(&path)
            .replace("use crate::text_enum;", "")
            .replace("use crate::text::{maybe_whole_number, whole_number};", "");
        for word in ["crate::", "diesel", "actix", "tracing", "Timestamp::now", "Zoned::now", "std::env", "std::fs"] {
            assert!(!code.contains(word), "{} mentions {word}", path.display());
        }
    }
}

#[test]
fn the_wechat_room_and_the_life_of_a_ticket_know_nothing_of_the_house() {
    for path in sources("src/wechat") {
        let code = code_of(&path);
        let known = ["crate::clock", "crate::wechat"];
        for line in code.lines().filter(|line| line.contains("crate::")) {
            assert!(known.iter().any(|word| line.contains(word)), "{}: {line}", path.display());
        }
    }
    let lifecycle = code_of(Path::new("src/tickets/lifecycle.rs"));
    let uses: Vec<&str> = lifecycle.lines().filter(|line| line.starts_with("use crate")).collect();
    assert_eq!(uses, ["use crate::text_enum;"]);
}

#[test]
fn settings_are_documented() {
    let example = std::fs::read_to_string(".env.example").expect(".env.example");
    let named: Vec<&str> = example
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once('='))
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
        .collect();
    assert_eq!(named, yijian::config::VARIABLES);
}
