//! The wallboard: who may put it on a screen, what it shows, and when it ends.

mod board;
mod links;
mod page;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Reply, TestApp};

/// A screen that shows a board.
struct Screen {
    answer: reqwest::Response,
    heard: String,
}

impl Screen {
    async fn open(t: &TestApp, page: &str) -> Self {
        let answer = t.anyone().request(Method::GET, &events(page)).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream; charset=utf-8");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        Self { answer, heard: String::new() }
    }

    /// The next event and what it says, or `None` when the stream is over.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.heard.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.heard = rest;
                let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
                match (line("event: "), line("data: ")) {
                    (Some(name), Some(data)) => return Some((name, serde_json::from_str(&data).expect("JSON"))),
                    _ => assert!(event.starts_with("retry: "), "{event}"),
                }
                continue;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(30), self.answer.chunk()).await;
            let chunk = chunk.expect("something to happen").expect("a whole stream")?;
            self.heard.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }

    /// The next board.
    async fn board(&mut self) -> Value {
        loop {
            let (event, said) = self.next().await.expect("a board");
            assert_ne!(event, "over", "{said}");
            if event == "board" {
                assert!(said["now"].is_string(), "{said}");
                return said["board"].clone();
            }
        }
    }

    /// The first board of a day: what was seen a moment ago may be shown before it.
    async fn board_on(&mut self, day: &str) -> Value {
        loop {
            let board = self.board().await;
            if board["day"] == day {
                return board;
            }
        }
    }

    /// Insists that it ends, with a last word.
    async fn ends(&mut self, code: &str) {
        loop {
            let (event, said) = self.next().await.expect("a last word");
            if event == "over" {
                assert_eq!(said["code"], code);
                assert_eq!(self.next().await, None);
                return;
            }
        }
    }
}

fn events(page: &str) -> String {
    page.replacen("/desk?", "/desk/events?", 1)
}

async fn ask_link(who: &Client, site: &str) -> Reply {
    who.post("/api/v1/desk/links", json!({ "site_id": site })).await
}

/// The path of the page of the demo mall's board.
async fn link(t: &TestApp, who: &Client) -> String {
    let reply = ask_link(who, &t.site().await).await;
    reply.is(201).json["url"].as_str().expect("a link").to_owned()
}

/// Insists that a link opens nothing. What boards remember of whose it is must be over: a screen has ended by it.
async fn closed(t: &TestApp, page: &str, code: &str) {
    for path in [page.to_owned(), events(page)] {
        // A stream that is let in would not end by itself.
        let answer = t.anyone().request(Method::GET, &path).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 401, "{path} is open");
        let problem: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        assert_eq!(problem["code"], code, "{path}");
        assert_eq!(problem["instance"], path.split('?').next().expect("a path"), "no token in it");
    }
}

fn count(board: &Value, status: &str) -> i64 {
    let counts = board["by_status"].as_array().expect("counts");
    counts.iter().find(|one| one["status"] == status).expect("a status")["count"].as_i64().expect("a number")
}

fn numbers(board: &Value) -> Vec<&str> {
    numbers_of(board, "deadlines")
}

fn numbers_of<'a>(board: &'a Value, list: &str) -> Vec<&'a str> {
    let lines = board[list].as_array().expect("lines");
    lines.iter().map(|line| line["number"].as_str().expect("a number")).collect()
}

async fn number(who: &Client, ticket: &str) -> String {
    who.get(ticket).await.is(200).json["number"].as_str().expect("a number").to_owned()
}
