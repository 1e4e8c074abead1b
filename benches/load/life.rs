//! A ticket's life from report to rating, with and without its being counted: what the rates cost those who work.

use std::path::Path;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use serde_json::{Value, json};

use crate::journey::{Journey, KEY, id};
use crate::server::Server;
use crate::wire::{self, Figure, Request, Script};
use crate::{Fallible, Times};

/// The machine is not steady: what is compared takes turns.
const TURNS: usize = 3;
/// From report to rating.
const STEPS: usize = 6;

/// Tickets that went from report to rating.
#[derive(Default)]
pub struct Lives {
    /// As the house is: every change leaves a mark, and somebody counts.
    pub counted: Figure,
    /// With the marks taken out of the database: nobody counts anything.
    pub uncounted: Figure,
}

/// Measures lives in two databases in turns. `urls` are those of PostgreSQL; without, SQLite.
pub async fn measure(times: Times, urls: Option<[&str; 2]>) -> Fallible<Lives> {
    let (with, without) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let [url_with, url_without] = urls.map_or([None, None], |urls| urls.map(Some));
    let (server, _) = Server::start(without.path(), url_without)?;
    server.stop()?;
    take_marks_out(without.path(), url_without)?;
    let mut lives = Lives::default();
    for turn in 0..TURNS {
        for (figure, folder, url) in
            [(&mut lives.counted, with.path(), url_with), (&mut lives.uncounted, without.path(), url_without)]
        {
            let (server, _) = Server::start(folder, url)?;
            let one = live(&server, times, turn).await;
            server.stop()?;
            let one = one?;
            #[expect(clippy::cast_precision_loss, reason = "a handful")]
            let part = 1.0 / TURNS as f64;
            figure.per_second += one.per_second * part;
            (figure.p50, figure.p99, figure.max) =
                (figure.p50.max(one.p50), figure.p99.max(one.p99), figure.max.max(one.max));
            figure.errors += one.errors;
            figure.processor = figure.processor.max(one.processor);
        }
    }
    Ok(lives)
}

fn take_marks_out(folder: &Path, url: Option<&str>) -> Fallible<()> {
    if let Some(url) = url {
        PgConnection::establish(url)?.batch_execute(
            "DO $$ DECLARE one record; BEGIN FOR one IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger \
             WHERE tgname LIKE 'rates\\_%' LOOP EXECUTE format('DROP TRIGGER %I ON %s', one.tgname, one.place); \
             END LOOP; END $$; DELETE FROM rate_changes",
        )?;
        return Ok(());
    }
    let file = folder.join("yijian.db");
    let mut conn = SqliteConnection::establish(file.to_str().ok_or("the path is not UTF-8")?)?;
    let names = diesel::sql_query(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rates\\_%' ESCAPE '\\'",
    );
    let names: Vec<Name> = diesel::RunQueryDsl::load(names, &mut conn)?;
    assert!(!names.is_empty(), "there is something to take out");
    for Name { name } in names {
        conn.batch_execute(&format!("DROP TRIGGER {name}"))?;
    }
    conn.batch_execute("DELETE FROM rate_changes")?;
    Ok(())
}

#[derive(diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

/// Lives a second, one turn.
async fn live(server: &Server, times: Times, turn: usize) -> Fallible<Figure> {
    let journey = Journey::begin(server).await?;
    let desk = journey.desk(server).await?;
    let scenes = journey.scenes();
    let shoppers = journey.shoppers().iter().enumerate();
    let lives: Vec<Life> = shoppers
        .map(|(number, token)| {
            let key = ((turn as u64 + 1) << 56) | ((number as u64) << 32);
            Life::new(token, &desk, &scenes[number % scenes.len()], key)
        })
        .collect();
    let mut figure = wire::load(server.address, server.id(), lives, times).await.figure;
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let steps = STEPS as f64;
    figure.per_second /= steps;
    Ok(figure)
}

/// Who works at the desk.
pub struct Desk {
    /// Who accepts and assigns.
    pub agent: String,
    /// Who mends.
    pub mender: String,
    pub mender_id: String,
    pub department_id: String,
}

impl Desk {
    /// What follows a report: who does what, and says what.
    pub fn steps<'a>(&'a self, shopper: &'a str) -> [(&'a str, &'static str, Value); STEPS - 1] {
        let to = json!({ "department_id": self.department_id, "assignee_id": self.mender_id });
        [
            (&self.agent, "accept", json!({})),
            (&self.agent, "assign", to),
            (&self.mender, "start", json!({})),
            (&self.mender, "resolve", json!({ "result": "已更换驱动电源，灯亮了" })),
            (shopper, "rate", json!({ "score": 5 })),
        ]
    }
}

/// Reports, accepts, assigns, starts, resolves and rates one ticket after another.
struct Life {
    report: Request,
    later: Vec<Request>,
    step: usize,
    ticket: [u8; 36],
    key: u64,
}

impl Life {
    fn new(shopper: &str, desk: &Desk, scene: &str, key: u64) -> Self {
        let placeholder = "0".repeat(36);
        let post = |token: &str, path: &str, body: &Value, key: &str| {
            let body = body.to_string();
            format!(
                "POST /api/v1/{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
                 Content-Type: application/json\r\n{key}Content-Length: {}\r\n\r\n{body}",
                body.len(),
            )
        };
        let step = |(token, what, body): (&str, &str, Value)| {
            let path = format!("tickets/{placeholder}/{what}");
            Request::changing(post(token, &path, &body, ""), &placeholder)
        };
        let key_line = format!("Idempotency-Key: {KEY}\r\n");
        let report = json!({ "scene": scene, "description": "灯不亮，已经闪了两天" });
        Self {
            report: Request::changing(post(shopper, "repairs", &report, &key_line), KEY),
            later: desk.steps(shopper).into_iter().map(step).collect(),
            step: 0,
            ticket: [0; 36],
            key,
        }
    }
}

impl Script for Life {
    fn next(&mut self) -> &[u8] {
        if self.step == 0 {
            self.key += 1;
            return self.report.change(format!("{:016x}", self.key).as_bytes());
        }
        self.later[self.step - 1].change(&self.ticket)
    }

    fn accept(&mut self, status: u16, body: &[u8]) -> bool {
        let is_right = match (self.step, status) {
            (0, 201) => id(body).map(|id| self.ticket = id).is_some(),
            (step, 200) => step > 0,
            _ => false,
        };
        // What went wrong is reported anew.
        self.step = if is_right { (self.step + 1) % STEPS } else { 0 };
        is_right
    }
}
