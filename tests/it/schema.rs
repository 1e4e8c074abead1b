//! The tables are the same on both databases and in `schema.rs`, column by column.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::support::{Backend, TestApp, postgres_database};

#[derive(QueryableByName, Debug, PartialEq, Eq)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
}

/// `table(column, column, …)` for each table that `schema.rs` describes.
fn described() -> Vec<(String, Vec<(String, String)>)> {
    let source = include_str!("../../src/db/schema.rs");
    let tables = source.split("diesel::table! {").skip(1);
    tables
        .map(|table| {
            let table = table.split("\n}").next().expect("a table");
            let lines = table.lines().map(str::trim);
            let name = lines.clone().find(|line| line.ends_with('{') && line.contains(" (")).expect("a name");
            let columns = lines.filter_map(|line| line.split_once(" -> "));
            let columns = columns.map(|(name, kind)| (name.to_owned(), kind.trim_end_matches(',').to_owned()));
            (name.split(' ').next().expect("a word").to_owned(), columns.collect())
        })
        .collect()
}

/// What the columns of each described table are like in a database, in its own words.
async fn found(t: &TestApp, sql: fn(&str) -> String) -> Vec<(String, Vec<String>)> {
    let mut tables = Vec::new();
    for (table, _) in described() {
        let query = sql(&table);
        let read = move |tx: &mut yijian::app::Tx<'_>| Ok(diesel::sql_query(query).load::<Column>(tx.conn)?);
        let columns = t.app.read(read).await.expect("columns");
        tables.push((table, columns.into_iter().map(|column| column.name).collect()));
    }
    tables
}

fn expected(words: fn(&str) -> &'static str) -> Vec<(String, Vec<String>)> {
    let column = |(name, kind): (String, String)| {
        let inner = kind.strip_prefix("Nullable<").map_or(kind.as_str(), |inner| inner.trim_end_matches('>'));
        format!("{name} {}{}", words(inner), if kind.starts_with("Nullable") { "" } else { " NOT NULL" })
    };
    described().into_iter().map(|(table, columns)| (table, columns.into_iter().map(column).collect())).collect()
}

#[actix_web::test]
async fn sqlite_has_the_columns_that_are_described() {
    let t = TestApp::start(Backend::Sqlite).await;
    let sql = |table: &str| {
        // An INTEGER PRIMARY KEY is never null, whatever it says.
        format!(
            "SELECT name || ' ' || type || CASE WHEN \"notnull\" OR (pk AND type = 'INTEGER') THEN ' NOT NULL' ELSE '' END \
             AS name FROM pragma_table_info('{table}') ORDER BY cid"
        )
    };
    let words = |kind: &str| match kind {
        "Key" | "Binary" => "BLOB",
        "Moment" | "Integer" | "BigInt" | "Bool" => "INTEGER",
        "Text" | "Document" => "TEXT",
        other => panic!("{other}"),
    };
    assert_eq!(found(&t, sql).await, expected(words));
}

#[actix_web::test]
async fn postgres_has_the_columns_that_are_described() {
    if postgres_database().is_none() {
        return;
    }
    let t = TestApp::start(Backend::Postgres).await;
    let sql = |table: &str| {
        format!(
            "SELECT column_name || ' ' || udt_name || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END AS name \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}' \
             ORDER BY ordinal_position"
        )
    };
    let words = |kind: &str| match kind {
        "Key" => "uuid",
        "Moment" => "timestamptz",
        "Document" => "jsonb",
        "Text" => "text",
        "Integer" => "int4",
        "BigInt" => "int8",
        "Bool" => "bool",
        "Binary" => "bytea",
        other => panic!("{other}"),
    };
    assert_eq!(found(&t, sql).await, expected(words));
}

/// Without it, a statement with `LIMIT ?` is prepared anew for each limit, which takes longer than running it.
#[actix_web::test]
async fn sqlite_keeps_its_plans() {
    let t = TestApp::start(Backend::Sqlite).await;
    let ask = "SELECT 'ENABLE_QPSG' AS name WHERE sqlite_compileoption_used('ENABLE_QPSG')";
    let found = t.app.read(move |tx| Ok(diesel::sql_query(ask).load::<Column>(tx.conn)?)).await;
    assert_eq!(found.expect("an answer").len(), 1);
}

#[test]
fn both_folders_have_the_same_migrations_and_indexes() {
    let names = |folder: &str| {
        let entries = std::fs::read_dir(format!("migrations/{folder}")).expect("a folder");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    let statements = |folder: &str, first: &str| {
        // A table that one of them had to make anew has its indexes made anew.
        let mut found = BTreeSet::new();
        for name in names(folder) {
            let sql = std::fs::read_to_string(format!("migrations/{folder}/{}/up.sql", name.display())).expect("SQL");
            found.extend(sql.lines().filter(|line| line.starts_with(first)).map(str::to_owned));
        }
        found
    };
    for first in ["CREATE INDEX", "CREATE UNIQUE INDEX"] {
        assert_eq!(statements("sqlite", first), statements("postgres", first));
    }
}
