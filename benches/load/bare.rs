//! The handler to compare with: `actix-web`, a JSON answer as large as a ticket, and nothing else.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

use actix_web::web::Data;
use actix_web::{App, HttpResponse, HttpServer, get};
use serde_json::{Value, json};

use crate::wire::{Repeat, Request};
use crate::{CONNECTIONS, Fallible};

/// The handler in a process of its own, like the server it is compared with.
pub struct Bare {
    process: Child,
    pub address: SocketAddr,
}

impl Bare {
    pub fn start() -> Fallible<Self> {
        let mut process = Command::new(std::env::current_exe()?).arg("--bare").stdout(Stdio::piped()).spawn()?;
        let out = process.stdout.take().ok_or("the bare handler has no output")?;
        // From here on the process is ended whatever happens.
        let mut bare = Self { process, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line)?;
        bare.address = line.trim().parse()?;
        Ok(bare)
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

pub fn requests() -> Vec<Repeat> {
    let request = || Repeat(Request::fixed("GET /ticket HTTP/1.1\r\nHost: bench\r\n\r\n".to_owned()));
    std::iter::repeat_with(request).take(CONNECTIONS).collect()
}

#[get("/ticket")]
async fn answer(ticket: Data<Value>) -> HttpResponse {
    HttpResponse::Ok().json(&*ticket)
}

/// Serves until it is killed.
pub fn serve() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    let ticket = Data::new(ticket());
    let server = HttpServer::new(move || App::new().app_data(ticket.clone()).service(answer)).listen(listener)?;
    actix_web::rt::System::new().block_on(server.run())
}

fn ticket() -> Value {
    let named = |name: &str| json!({ "id": "019ab234-5678-7abc-8def-0123456789ab", "name": name });
    json!({
        "id": "019ab234-5678-7abc-8def-0123456789ab", "number": "R000123", "kind": "repair",
        "channel": "mini_program", "status": "new", "priority": "normal", "severity": "normal",
        "site": named("星河汇购物中心"), "category": named("照明"), "location": named("F1 · 中庭"),
        "equipment": named("中庭 3 号灯"), "shop": null, "description": "灯不亮，一闪一闪的", "attachments": [],
        "requester_role": "customer", "contact": { "name": "微信用户", "phone": null }, "department": null,
        "assignee": null, "pause_reason": null, "result": null, "rating_score": null, "followers": 0, "urges": 0,
        "reopens": 0, "bounces": 0, "created_at": "2026-11-22T02:00:00.000Z", "updated_at": "2026-11-22T02:00:00.000Z",
        "accepted_at": null, "resolved_at": null, "closed_at": null, "version": 1, "allowed": ["reply", "urge", "cancel"],
    })
}
