//! What the connections do: shoppers file repairs and look at them, the desk lists what is open.

use std::net::SocketAddr;

use serde_json::{Value, json};
use yijian::demo::Credentials;

use crate::life::Desk;
use crate::server::Server;
use crate::wire::{self, Figure, Repeat, Request, Script};
use crate::{CONNECTIONS, Fallible, Times, alike};

/// The mall of the demo, for its codes.
const MALL: &str = include_str!("../../src/demo/mall.json");

/// What people write.
const WORDS: [&str; 4] =
    ["灯不亮", "电梯里有异响，开门的时候特别明显", "水管漏水，地上都湿了，请尽快来看一下", "扶手松了"];

/// What the server did.
pub struct Figures {
    pub create: Figure,
    pub read: Figure,
    pub list: Figure,
    /// Creates that were answered with 201, measured or not.
    pub acknowledged: u64,
    pub memory: Option<u64>,
}

/// Everybody who takes part, signed in.
pub struct Journey {
    address: SocketAddr,
    shoppers: Vec<String>,
    agent: String,
    scenes: Vec<String>,
}

impl Journey {
    /// Signs everybody in.
    pub async fn begin(server: &Server) -> Fallible<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let base = format!("http://{}/api/v1/auth", server.address);
        let mut shoppers = Vec::new();
        for number in 0..CONNECTIONS {
            let code = json!({ "code": format!("demo:shopper-{number}") });
            shoppers.push(token(&http, &format!("{base}/wechat"), &code).await?);
        }
        let agent = staff_token(&http, server, "mei").await?;
        Ok(Self { address: server.address, shoppers, agent, scenes: scenes()? })
    }

    /// Creates, reads and lists, one after the other.
    pub async fn measure(self, server: &Server, times: Times) -> Figures {
        let reporters = self.shoppers.iter().enumerate().map(|(n, token)| Reporter::new(n, token, &self.scenes));
        let created = self.run(server, reporters.collect(), times).await;
        let (create, reporters) = (created.figure, created.scripts);
        let acknowledged = reporters.iter().map(|reporter| reporter.filed.len() as u64).sum();
        let readers = self.shoppers.iter().zip(reporters).map(|(token, reporter)| Reader::new(token, reporter.filed));
        let read = self.run(server, readers.collect(), times).await.figure;
        let lister = || Repeat(Request::fixed(get("/api/v1/tickets?open=true&limit=20", &self.agent)));
        let listers = std::iter::repeat_with(lister).take(CONNECTIONS).collect();
        let list = self.run(server, listers, times).await.figure;
        Figures { create, read, list, acknowledged, memory: server.memory() }
    }

    /// Creates only.
    pub async fn create(&self, server: &Server, times: Times) -> Figure {
        let reporters = self.shoppers.iter().enumerate().map(|(n, token)| Reporter::new(n, token, &self.scenes));
        self.run(server, reporters.collect(), times).await.figure
    }

    /// The tokens of those who take part.
    pub fn shoppers(&self) -> &[String] {
        &self.shoppers
    }

    /// All codes of the mall.
    pub fn scenes(&self) -> &[String] {
        &self.scenes
    }

    /// Signs in somebody of the staff.
    pub async fn staff(server: &Server, name: &str) -> Fallible<String> {
        staff_token(&reqwest::Client::builder().no_proxy().build()?, server, name).await
    }

    /// Who works at the desk, and who mends.
    pub async fn desk(&self, server: &Server) -> Fallible<Desk> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let base = format!("http://{}/api/v1", self.address);
        let get = async |path: &str| -> Fallible<Value> {
            let asked = http.get(format!("{base}{path}")).bearer_auth(&self.agent).send().await?;
            Ok(asked.error_for_status()?.json().await?)
        };
        let sites = get("/sites").await?;
        let site = sites["items"][0]["id"].as_str().ok_or("no site")?;
        let departments = get(&format!("/sites/{site}/departments")).await?;
        let departments = departments["items"].as_array().ok_or("no departments")?;
        let engineering = departments.iter().find(|one| one["code"] == "engineering").ok_or("nobody mends")?;
        let members = engineering["members"].as_array().ok_or("no members")?;
        let mender = members.iter().find(|one| one["username"] == "wang").ok_or("no such staff")?;
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned).ok_or("no id");
        Ok(Desk {
            agent: self.agent.clone(),
            mender: Self::staff(server, "wang").await?,
            mender_id: text(&mender["id"])?,
            department_id: text(&engineering["id"])?,
        })
    }

    /// Brings a single repair from report to rating.
    pub async fn live_one(&self, server: &Server) -> Fallible<()> {
        let desk = self.desk(server).await?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let base = format!("http://{}/api/v1", self.address);
        let post = async |token: &str, path: &str, body: &Value| -> Fallible<Value> {
            let asked = http.post(format!("{base}{path}")).bearer_auth(token).json(body).send().await?;
            Ok(asked.error_for_status()?.json().await?)
        };
        let (shopper, scene) = self.shoppers.first().zip(self.scenes.first()).ok_or("nobody and nothing")?;
        let filed = post(shopper, "/repairs", &json!({ "scene": scene, "description": WORDS[1] })).await?;
        let id = filed["id"].as_str().ok_or("no ticket")?;
        for (token, step, body) in desk.steps(shopper) {
            post(token, &format!("/tickets/{id}/{step}"), &body).await?;
        }
        Ok(())
    }

    /// Signs in somebody else.
    pub async fn sign_in(&self, http: &reqwest::Client, name: &str) -> Fallible<String> {
        let url = format!("http://{}/api/v1/auth/wechat", self.address);
        token(http, &url, &json!({ "code": format!("demo:{name}") })).await
    }

    /// Creates only, once a supervisor has decided that repairs are promised nothing.
    pub async fn measure_without_promises(self, server: &Server, times: Times) -> Fallible<Figure> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let base = format!("http://{}/api/v1", self.address);
        let lead = staff_token(&http, server, "li").await?;
        let sites: Value = http.get(format!("{base}/sites")).send().await?.json().await?;
        let spec = json!({ "rank": 1000, "kinds": ["repair"], "no_standard": true });
        let standard = json!({ "site_id": sites["items"][0]["id"], "name": "不作承诺", "spec": spec });
        http.post(format!("{base}/standards")).bearer_auth(lead).json(&standard).send().await?.error_for_status()?;
        Ok(self.create(server, times).await)
    }

    /// Files a single repair.
    pub async fn file_one(&self) -> Fallible<()> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let (token, scene) = self.shoppers.first().zip(self.scenes.first()).ok_or("nobody and nothing")?;
        let body = json!({ "scene": scene, "description": WORDS[0] });
        let repairs = format!("http://{}/api/v1/repairs", self.address);
        http.post(repairs).bearer_auth(token).json(&body).send().await?.error_for_status()?;
        Ok(())
    }

    /// Files a single complaint, and adds who did to what is answered.
    pub async fn complain(&self) -> Fallible<Value> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let base = format!("http://{}/api/v1", self.address);
        let (token, scene) = self.shoppers.first().zip(self.scenes.first()).ok_or("nobody and nothing")?;
        let get = async |path: &str| -> Fallible<Value> {
            let asked = http.get(format!("{base}{path}")).bearer_auth(token).send().await?;
            Ok(asked.error_for_status()?.json().await?)
        };
        let me = get("/me").await?;
        let sites = get("/sites").await?;
        let site = sites["items"][0]["id"].as_str().ok_or("no site")?;
        let catalogue = get(&format!("/catalogue?site_id={site}")).await?;
        let categories = catalogue["items"].as_array().ok_or("no catalogue")?;
        let hygiene = categories.iter().find(|one| one["code"] == "complaint-hygiene").ok_or("no such category")?;
        let body = alike::body(scene, &hygiene["id"]);
        let filed = http.post(format!("{base}/complaints")).bearer_auth(token).json(&body).send().await?;
        let mut filed: Value = filed.error_for_status()?.json().await?;
        filed["requester"] = json!({ "id": me["id"] });
        Ok(filed)
    }

    async fn run<S: Script>(&self, server: &Server, scripts: Vec<S>, times: Times) -> wire::Outcome<S> {
        wire::load(self.address, server.id(), scripts, times).await
    }
}

async fn staff_token(http: &reqwest::Client, server: &Server, name: &str) -> Fallible<String> {
    let credentials = std::fs::read(server.folder.join("demo-credentials.json"))?;
    let credentials: Credentials = serde_json::from_slice(&credentials)?;
    let staff = credentials.staff.iter().find(|staff| staff.username == name).ok_or("the demo has no such staff")?;
    let sign_in = json!({ "username": staff.username, "password": staff.password });
    token(http, &format!("http://{}/api/v1/auth/password", server.address), &sign_in).await
}

async fn token(http: &reqwest::Client, url: &str, body: &Value) -> Fallible<String> {
    let answer = http.post(url).json(body).send().await?.error_for_status()?;
    let answer: Value = answer.json().await?;
    Ok(answer["access_token"].as_str().ok_or("an answer without a token")?.to_owned())
}

/// All codes of the mall.
fn scenes() -> Fallible<Vec<String>> {
    let mall: Value = serde_json::from_str(MALL)?;
    let codes = mall["scan_codes"].as_array().ok_or("a mall without codes")?;
    Ok(codes.iter().filter_map(|code| code["scene"].as_str()).map(ToOwned::to_owned).collect())
}

fn get(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// Where the unique part of an idempotency key will stand.
pub const KEY: &str = "0000000000000000";

/// Files one repair after another, each about another thing.
struct Reporter {
    reports: Vec<Request>,
    /// Its own part of all keys, and the number of the last one.
    key: u64,
    count: usize,
    filed: Vec<[u8; ID]>,
}

impl Reporter {
    fn new(number: usize, token: &str, scenes: &[String]) -> Self {
        let report = |(place, scene): (usize, &String)| {
            let body = json!({ "scene": scene, "description": WORDS[place % WORDS.len()] }).to_string();
            let request = format!(
                "POST /api/v1/repairs HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
                 Content-Type: application/json\r\nIdempotency-Key: {KEY}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len(),
            );
            Request::changing(request, KEY)
        };
        // Everybody begins elsewhere, so that not all report the same thing at once.
        let count = number * scenes.len() / CONNECTIONS;
        Self {
            reports: scenes.iter().enumerate().map(report).collect(),
            key: (number as u64) << 32,
            count,
            filed: Vec::new(),
        }
    }
}

impl Script for Reporter {
    fn next(&mut self) -> &[u8] {
        self.key += 1;
        self.count += 1;
        let index = self.count % self.reports.len();
        self.reports[index].change(format!("{:016x}", self.key).as_bytes())
    }

    fn accept(&mut self, status: u16, body: &[u8]) -> bool {
        let Some(id) = (status == 201).then(|| id(body)).flatten() else { return false };
        self.filed.push(id);
        true
    }
}

/// The length of an id in its usual spelling.
const ID: usize = 36;

/// The ticket's id, which its answer begins with.
pub fn id(body: &[u8]) -> Option<[u8; ID]> {
    body.strip_prefix(br#"{"id":""#)?.first_chunk().copied()
}

/// Looks at the tickets that the same shopper filed.
struct Reader {
    question: Request,
    tickets: Vec<[u8; ID]>,
    count: usize,
}

impl Reader {
    fn new(token: &str, tickets: Vec<[u8; ID]>) -> Self {
        let placeholder = "0".repeat(ID);
        let question = Request::changing(get(&format!("/api/v1/tickets/{placeholder}"), token), &placeholder);
        Self { question, tickets, count: 0 }
    }
}

impl Script for Reader {
    fn next(&mut self) -> &[u8] {
        self.count += 1;
        match self.tickets.get(self.count % self.tickets.len().max(1)) {
            Some(id) => self.question.change(id),
            None => self.question.bytes(),
        }
    }

    fn accept(&mut self, status: u16, body: &[u8]) -> bool {
        status == 200 && id(body).as_ref() == self.tickets.get(self.count % self.tickets.len().max(1))
    }
}
