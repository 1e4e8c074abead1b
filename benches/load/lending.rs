//! Lending: umbrellas taken and brought back, one after the other; and three hundred people who want fifty in the same second.

use std::time::Duration;

use serde_json::{Value, json};

use crate::journey::{Journey, KEY, id};
use crate::server::Server;
use crate::wire::{self, Figure, Request, Script};
use crate::{CONNECTIONS, Fallible, Times};

/// It rains on so many.
const PEOPLE: usize = 300;
/// And so many umbrellas stand at the gate.
const UMBRELLAS: usize = 50;

/// What lending took.
pub struct Lent {
    /// Creating repairs, in the same run.
    pub create: Figure,
    /// Taking an umbrella and bringing it back: half the requests.
    pub cycles: Figure,
    /// The slowest but one in a hundred of the three hundred.
    pub rush_p99: Duration,
    /// How many of them got one.
    pub served: usize,
}

/// Measures the creating of repairs and the lending of umbrellas on one server.
pub async fn measure(server: &Server, times: Times) -> Fallible<Lent> {
    let journey = Journey::begin(server).await?;
    let create = journey.create(server, times).await;
    let base = format!("http://{}/api/v1", server.address);
    let http = reqwest::Client::builder().no_proxy().build()?;
    let get = async |path: &str| -> Fallible<Value> {
        Ok(http.get(format!("{base}{path}")).send().await?.error_for_status()?.json().await?)
    };
    let site = get("/sites").await?["items"][0]["id"].as_str().ok_or("no site")?.to_owned();
    let stations = get(&format!("/rental/stations?site_id={site}")).await?;
    let station = |code: &str| -> Fallible<String> {
        let all = stations["items"].as_array().ok_or("no stations")?;
        let found = all.iter().find(|one| one["code"] == code).ok_or("no such station")?;
        Ok(found["id"].as_str().ok_or("no id")?.to_owned())
    };
    let types = get(&format!("/rental/item_types?site_id={site}")).await?;
    let umbrella = types["items"][0]["id"].as_str().ok_or("no type")?.to_owned();
    // As many at each gate as stand there, so that nobody is refused.
    let gates = [("gate-1", 32), ("gate-2", 16), ("gate-3", 8), ("b2-east", 8)];
    let mut lenders = Vec::new();
    let mut shoppers = journey.shoppers().iter();
    for (gate, people) in gates {
        let station = station(gate)?;
        for token in shoppers.by_ref().take(people) {
            lenders.push(Lender::new(lenders.len(), token, &station, &umbrella));
        }
    }
    assert_eq!(lenders.len(), CONNECTIONS, "every connection lends");
    let lent = wire::load(server.address, server.id(), lenders, times).await;
    for lender in lent.scripts.iter().filter(|lender| lender.has_one) {
        let path = format!("{base}/rentals/{}/return", std::str::from_utf8(&lender.rental)?);
        let body = json!({ "station_id": lender.station });
        http.post(path).bearer_auth(&lender.token).json(&body).send().await?.error_for_status()?;
    }
    let mut cycles = lent.figure;
    cycles.per_second /= 2.0;

    let mut crowd = Vec::new();
    for number in 0..PEOPLE {
        let token = journey.sign_in(&http, &format!("rain-{number}")).await?;
        crowd.push(Lender::new(1000 + number, &token, &station("gate-1")?, &umbrella));
    }
    let (mut took, crowd) = wire::at_once(server.address, crowd).await?;
    took.sort_unstable();
    let lucky = crowd.iter().filter(|one| one.has_one).count();
    let rush_p99 = took.get(PEOPLE * 99 / 100).copied().unwrap_or_default();
    if lucky != UMBRELLAS {
        eprintln!("!!! {lucky} OF {UMBRELLAS} UMBRELLAS WERE LENT !!!");
    }
    Ok(Lent { create, cycles, rush_p99, served: lucky })
}

/// Takes an umbrella and brings it back.
struct Lender {
    borrow: Request,
    bring_back: Request,
    token: String,
    station: String,
    rental: [u8; 36],
    has_one: bool,
    key: u64,
    sent: Vec<u8>,
}

impl Lender {
    fn new(number: usize, token: &str, station: &str, kind: &str) -> Self {
        let body = json!({ "station_id": station, "item_type_id": kind }).to_string();
        let back = json!({ "station_id": station }).to_string();
        let post = |path: &str, body: &str| {
            format!(
                "POST /api/v1/{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
                 Content-Type: application/json\r\nIdempotency-Key: {KEY}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len(),
            )
        };
        let placeholder = "0".repeat(36);
        Self {
            borrow: Request::changing(post("rentals", &body), KEY),
            bring_back: Request::changing(post(&format!("rentals/{placeholder}/return"), &back), &placeholder),
            token: token.to_owned(),
            station: station.to_owned(),
            rental: [0; 36],
            has_one: false,
            // Other keys than those who filed repairs have used.
            key: (1 << 63) | ((number as u64) << 32),
            sent: Vec::new(),
        }
    }
}

impl Script for Lender {
    fn next(&mut self) -> &[u8] {
        self.key += 1;
        let key = format!("{:016x}", self.key);
        if !self.has_one {
            return self.borrow.change(key.as_bytes());
        }
        // Two places change: the rental in the path, and the key.
        let request = String::from_utf8_lossy(self.bring_back.change(&self.rental)).replacen(KEY, &key, 1);
        self.sent = request.into_bytes();
        &self.sent
    }

    fn accept(&mut self, status: u16, body: &[u8]) -> bool {
        if self.has_one {
            self.has_one = status != 200;
            return status == 200;
        }
        let lent = (status == 201).then(|| id(body)).flatten();
        if let Some(id) = lent {
            (self.rental, self.has_one) = (id, true);
        }
        lent.is_some()
    }
}
