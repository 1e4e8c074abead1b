//! Whatever people do, and in whatever order: the clocks stay what their events say.
//!
//! `cargo test random_run` does a few thousand things; a long run is
//! `YIJIAN_RANDOM_EVENTS=100000 cargo test --release random_run -- --nocapture`, and `YIJIAN_RANDOM_SEED` picks another
//! story. What counts as an event here is something that was asked for, refused or not.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{adds_up, audit, category, may_wait, opening_hours, standard};
use crate::both;
use crate::support::{Reply, Sessions, TestApp, path, setting};

/// As many tickets are open at a time.
const TICKETS: usize = 24;
/// Every so many events everything is replayed; in a long run, which has ever more to replay, forty times in all.
const PROVEN_EVERY: usize = 500;

/// Numbers without a pattern, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.roll(from.len() as u64)).expect("a small number")]
    }
}

/// A ticket as it was when somebody last looked: a job may have moved it since.
#[derive(Clone)]
struct Known {
    path: String,
    status: String,
    /// Who has it, of those who work.
    worker: Option<&'static str>,
}

/// Everyone and everything that a random story needs.
struct Story<'a> {
    t: &'a TestApp,
    dice: Dice,
    sessions: Sessions<'a>,
    tickets: Vec<Known>,
    departments: Vec<String>,
    people: Vec<String>,
    categories: Vec<String>,
    standard: String,
    site: String,
    /// How often each thing was done, and how often it was refused.
    done: BTreeMap<&'static str, (usize, usize)>,
}

const DESK: [&str; 2] = ["mei", "li"];
const WORKERS: [&str; 2] = ["wang", "zhao"];
const REASONS: [&str; 8] = [
    "waiting_parts",
    "waiting_parts",
    "weather",
    "weather",
    "waiting_requester",
    "appointment",
    "third_party",
    "other",
];

/// What comes to pass in every run that is long enough.
const ALL: [&str; 22] = [
    "file",
    "accept",
    "assign",
    "transfer",
    "return",
    "grab",
    "start",
    "pause",
    "resume",
    "reply",
    "resolve",
    "reopen",
    "regrade",
    "cancel",
    "merge",
    "unmerge",
    "excuse",
    "edit_calendar",
    "edit_standard",
    "reapply",
    "aim",
    "advance",
];

impl<'a> Story<'a> {
    async fn begin(t: &'a TestApp, seed: u64) -> Self {
        let mut departments = Vec::new();
        for code in ["engineering", "cleaning", "security"] {
            departments.push(t.department(code).await);
        }
        let mut categories = Vec::new();
        for code in ["lighting-out", "lighting-flicker", "plumbing-leak", "lighting-loose"] {
            categories.push(category(t, code).await);
        }
        let people = vec![t.staff_id("wang").await, t.staff_id("zhao").await, t.staff_id("mei").await];
        // One more standard, so that another category means another standard, with everything on opening hours.
        let standard = standard(t, Self::spec(&categories, 20)).await;
        let dice = Dice(seed.max(1));
        Self {
            t,
            dice,
            sessions: Sessions::new(t),
            tickets: Vec::new(),
            departments,
            people,
            categories,
            standard,
            site: t.site().await,
            done: BTreeMap::new(),
        }
    }

    fn spec(categories: &[String], hours: i64) -> Value {
        let promise = |clock, seconds, calendar| json!({ "clock": clock, "seconds": seconds, "calendar": calendar });
        json!({
            "rank": 900, "kinds": ["repair"], "category_ids": [categories[1], categories[3]],
            "promises": [
                promise("first_response", 3600, "open_hours"), promise("resolution", hours * 3600, "open_hours"),
                promise("dept_accept", 1800, "department"),
                json!({ "clock": "dept_resolve", "working_days": 1 + hours % 3, "calendar": "department" }),
            ],
            "ladder": [{ "percent": 60, "tell": "assignee" }, { "percent": 100, "tell": "admin" }],
            "tightened_ladder": [
                { "percent": 20, "tell": "assignee" }, { "percent": 60, "tell": "department_lead" },
                { "percent": 90, "tell": "admin" },
            ],
            "pausable": true,
            "pauses": [may_wait("weather", 7200, 50), may_wait("waiting_parts", 90_000, 50)],
        })
    }

    /// Somebody does something, allowed or not; only a defect is worse than a refusal.
    async fn act(&mut self, name: &'static str, ticket: &Known, action: &'static str, body: Value) {
        let reply = self.sessions.who(name).await.post(&format!("{}/{action}", ticket.path), body.clone()).await;
        self.note(action, &reply, &body);
        if reply.status == 200 {
            self.know(&ticket.path, &reply.json);
        } else {
            let now = self.sessions.who("mei").await.get(&ticket.path).await;
            self.know(&ticket.path, &now.is(200).json);
        }
    }

    fn know(&mut self, path: &str, shown: &Value) {
        let worker = self.people.iter().position(|id| shown["assignee"]["id"] == id.as_str());
        let worker = worker.and_then(|i| ["wang", "zhao", "mei"].get(i).copied());
        let status = shown["status"].as_str().expect("a status").to_owned();
        self.tickets.retain(|known| known.path != path);
        // What is over is left alone, and another one comes in.
        if !["closed", "cancelled"].contains(&status.as_str()) {
            self.tickets.push(Known { path: path.to_owned(), status, worker });
        }
    }

    fn note(&mut self, action: &'static str, reply: &Reply, body: &Value) {
        let known = [200, 201, 403, 404, 409, 422].contains(&reply.status);
        assert!(known, "{action} {body}: {} {}", reply.status, reply.json);
        let count = self.done.entry(action).or_default();
        if reply.status < 300 { count.0 += 1 } else { count.1 += 1 }
    }

    async fn file(&mut self) {
        let mut body = json!({ "scene": self.t.scenes().lamp, "description": "灯不亮" });
        // Of danger there is little: it may not wait.
        let some = if self.dice.roll(8) == 0 { &self.categories[..] } else { &self.categories[..3] };
        body["category_id"] = json!(self.dice.pick(some));
        let who = if self.dice.roll(3) == 0 {
            let back = i64::try_from(self.dice.roll(86_400)).expect("a number");
            body["on_behalf_of"] = json!({
                "channel": "phone", "received_reason": "刚记下",
                "received_at": self.t.app.now() - SignedDuration::from_secs(back),
            });
            "mei"
        } else {
            body["priority"] = json!(self.dice.pick(&["normal", "urgent"]));
            "lin"
        };
        let reply = self.sessions.who(who).await.post("/api/v1/repairs", body.clone()).await;
        self.note("file", &reply, &body);
        self.know(&path(&reply), &reply.json);
    }

    async fn advance(&mut self) {
        let (least, most) = *self.dice.pick(&[(0, 999), (1000, 90_000), (60_000, 3_000_000), (3_600_000, 30_000_000)]);
        let by = least + self.dice.roll(most - least);
        let by = SignedDuration::from_millis(i64::try_from(by).expect("a number"));
        // Sometimes nobody watches.
        if self.dice.roll(3) == 0 {
            self.t.app.clock.advance(by).expect("a clock moved by hand");
        } else {
            self.t.advance(by).await;
        }
        self.done.entry("advance").or_default().0 += 1;
    }

    /// Some days are off, or shorter.
    async fn edit_calendar(&mut self) {
        let calendar = opening_hours(self.t).await;
        let mut spec = calendar["spec"].clone();
        let mut overrides = json!({});
        for _ in 0..self.dice.roll(4) {
            let ahead = i64::try_from(self.dice.roll(6)).expect("a number") - 1;
            let day = (self.t.app.now() + SignedDuration::from_hours(24 * ahead)).to_string();
            let hours = *self.dice.pick(&["", "14:00", "23:00"]);
            let shorter = json!([{ "open": "10:00", "close": hours }]);
            overrides[&day[..10]] = if hours.is_empty() { json!([]) } else { shorter };
        }
        spec["overrides"] = overrides;
        let path = format!("/api/v1/calendars/{}", calendar["id"].as_str().expect("an id"));
        let body = json!({ "spec": spec });
        let reply = self.sessions.who("li").await.put(&path, body.clone()).await;
        self.note("edit_calendar", &reply, &body);
    }

    async fn reapply(&mut self) {
        let hours = i64::try_from(4 + self.dice.roll(30)).expect("a number");
        let path = format!("/api/v1/standards/{}", self.standard);
        let body = json!({ "spec": Self::spec(&self.categories, hours) });
        let li = self.sessions.who("li").await;
        let reply = li.put(&path, body.clone()).await;
        self.note("edit_standard", &reply, &body);
        let body = json!({ "dry_run": self.dice.roll(3) == 0, "reason": "试试" });
        let reply = li.post(&format!("{path}/reapply"), body.clone()).await;
        self.note("reapply", &reply, &body);
    }

    /// The site aims higher, or lower, or at nothing: departments are tightened and loosened.
    async fn aim(&mut self) {
        let share = *self.dice.pick(&[0, 2000, 5000, 9500]);
        let rates = if self.dice.roll(6) == 0 { json!([]) } else { json!([{ "rate": "resolution", "share": share }]) };
        let targets = json!({ "rates": rates, "few": 5, "complaints_per_month": 100 });
        let body = json!({ "targets": targets, "reason": "试试" });
        let path = format!("/api/v1/sites/{}/rate_targets", self.site);
        let reply = self.sessions.who("li").await.put(&path, body.clone()).await;
        self.note("aim", &reply, &body);
    }

    async fn excuse(&mut self, ticket: &Known) {
        let reply = self.sessions.who("li").await.get(&format!("{}/clocks", ticket.path)).await;
        let clocks = reply.is(200).json["items"].as_array().expect("clocks").clone();
        if clocks.is_empty() {
            return;
        }
        let body = json!({ "clock_id": self.dice.pick(&clocks)["id"], "reason": "台风" });
        self.act("li", ticket, "excuse", body).await;
    }

    async fn pause(&mut self, ticket: &Known) {
        let mut body = json!({ "reason": self.dice.pick(&REASONS), "note": "等" });
        if self.dice.roll(2) == 0 {
            let ahead = i64::try_from(1 + self.dice.roll(7000)).expect("a number");
            body["until"] = json!(self.t.app.now() + SignedDuration::from_secs(ahead));
        }
        let who = *self.dice.pick(&["wang", "mei", "mei"]);
        self.act(who, ticket, "pause", body).await;
    }

    async fn regrade(&mut self, ticket: &Known) {
        let mut body = json!({ "reason": "看过了" });
        match self.dice.roll(4) {
            0 | 1 => body["priority"] = json!(self.dice.pick(&["normal", "urgent"])),
            2 => body["category_id"] = json!(self.dice.pick(&self.categories)),
            _ => body["severity"] = json!(self.dice.pick(&["normal", "normal", "normal", "major"])),
        }
        self.act("mei", ticket, "regrade", body).await;
    }

    async fn assign(&mut self, ticket: &Known) {
        let body = match self.dice.roll(3) {
            0 => json!({ "department_id": self.dice.pick(&self.departments) }),
            _ => json!({ "assignee_id": self.dice.pick(&self.people) }),
        };
        self.act("mei", ticket, "assign", body).await;
    }

    /// One thing that happens.
    async fn event(&mut self) {
        if self.tickets.len() < TICKETS {
            return self.file().await;
        }
        match self.dice.roll(100) {
            0..=13 => self.advance().await,
            14 => self.edit_calendar().await,
            15 => self.reapply().await,
            16 => self.aim().await,
            _ => {
                let waiting: Vec<Known> = self.tickets.iter().filter(|t| t.status == "paused").cloned().collect();
                // Waits are short, and much can happen to them.
                let from = if waiting.is_empty() || self.dice.roll(3) > 0 { self.tickets.clone() } else { waiting };
                let ticket = self.dice.pick(&from).clone();
                let action = self.choose(&ticket);
                self.move_on(&ticket, action).await;
            }
        }
    }

    /// What somebody might do to a ticket at this status; now and then anything at all.
    fn choose(&mut self, ticket: &Known) -> &'static str {
        let likely: &'static [&'static str] = match ticket.status.as_str() {
            _ if self.dice.roll(6) == 0 => &[
                "accept", "assign", "transfer", "return", "grab", "start", "pause", "resume", "reply", "resolve",
                "reopen", "regrade", "cancel", "merge", "excuse", "urge", "note",
            ],
            "new" => &["accept", "accept", "assign", "assign", "reply", "regrade", "cancel"],
            "accepted" => &["assign", "assign", "assign", "start", "regrade", "resolve"],
            "assigned" if ticket.worker.is_none() => &["grab", "grab", "grab", "assign", "transfer"],
            "assigned" => &["start", "start", "start", "start", "transfer", "return", "assign", "regrade"],
            "in_progress" => &["pause", "pause", "pause", "pause", "transfer", "return", "regrade", "reply", "resolve"],
            "paused" => &["resume", "resume", "resume", "regrade", "assign", "transfer", "resolve", "excuse"],
            "merged" => &["unmerge", "unmerge", "unmerge", "cancel"],
            _ => &["reopen", "reopen", "reopen", "excuse", "close"],
        };
        self.dice.pick::<&str>(likely)
    }

    async fn move_on(&mut self, ticket: &Known, action: &'static str) {
        let desk = *self.dice.pick(&DESK);
        let worker = match ticket.worker {
            Some(worker) => worker,
            None => *self.dice.pick(&WORKERS),
        };
        match action {
            "assign" => self.assign(ticket).await,
            "pause" => self.pause(ticket).await,
            "regrade" => self.regrade(ticket).await,
            "excuse" => self.excuse(ticket).await,
            "transfer" => {
                let body = json!({ "reason": "归别人", "department_id": self.dice.pick(&self.departments) });
                self.act(desk, ticket, action, body).await;
            }
            "return" => self.act(worker, ticket, action, json!({ "reason": "请厂家" })).await,
            "grab" => self.act(worker, ticket, action, json!({})).await,
            "start" => {
                let who = if ticket.status == "accepted" { desk } else { worker };
                self.act(who, ticket, action, json!({})).await;
            }
            "reply" => {
                let who = *self.dice.pick(&["lin", desk, worker]);
                self.act(who, ticket, action, json!({ "text": "您好" })).await;
            }
            "note" => self.act(desk, ticket, action, json!({ "text": "备忘" })).await,
            "urge" => self.act("lin", ticket, action, json!({})).await,
            "resolve" => {
                let body = json!({ "result": "好了", "lateness_reason": "parts" });
                self.act(desk, ticket, action, body).await;
            }
            "merge" => {
                let into = self.dice.pick(&self.tickets).path.clone();
                let body = json!({ "into_id": into.rsplit('/').next(), "reason": "同一件事" });
                self.act(desk, ticket, action, body).await;
            }
            "unmerge" => self.act(desk, ticket, action, json!({ "reason": "不是同一件" })).await,
            "reopen" | "cancel" => {
                let who = *self.dice.pick(&["lin", desk]);
                self.act(who, ticket, action, json!({ "reason": "又坏了" })).await;
            }
            // accept, resume, close
            _ => self.act(desk, ticket, action, json!({})).await,
        }
    }

    /// How often a department was tightened.
    async fn tightenings(&mut self) -> usize {
        let list = format!("/api/v1/sites/{}/tightenings?limit=100", self.site);
        let reply = self.sessions.who("mei").await.get(&list).await;
        reply.is(200).json["items"].as_array().expect("a list").len()
    }

    /// What everyone is shown is whole.
    async fn look(&mut self) {
        let mei = self.sessions.who("mei").await;
        let now = json!(self.t.app.now());
        for ticket in self.tickets.clone() {
            let reply = mei.get(&format!("{}/clocks", ticket.path)).await;
            for clock in reply.is(200).json["items"].as_array().expect("clocks") {
                adds_up(clock, &now);
            }
        }
    }
}

both! {
    async fn random_run(t: TestApp) {
        let events = usize::try_from(setting("YIJIAN_RANDOM_EVENTS", 2500)).expect("a number");
        let seed = setting("YIJIAN_RANDOM_SEED", 20_261_122);
        let mut story = Story::begin(&t, seed).await;
        let proven_every = PROVEN_EVERY.max(events / 40);
        for event in 1..=events {
            story.event().await;
            if event % proven_every == 0 || event == events {
                story.look().await;
                let found = audit::verify(&t).await;
                println!("{:?}: {event} events, {} clocks, {} of their events", t.backend, found.clocks, found.events);
                assert_eq!(found.differences, [""; 0], "seed {seed}, after {event} events");
            }
        }
        println!("{:?}", story.done);
        let tightened = story.tightenings().await;
        println!("{:?}: tightened {tightened} times", t.backend);
        // A run in which something never came to pass proves nothing of it.
        if events >= 2000 {
            for action in ALL {
                assert!(story.done.get(action).is_some_and(|(done, _)| *done >= 10), "{action}: {:?}", story.done);
            }
            assert!(tightened >= 10, "tightened {tightened} times");
        }
    }
}
