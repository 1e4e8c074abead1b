//! What the demo mall lends: five types of things at seven stations, set up through the services as a supervisor would.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Value, json};

use super::stories::{read, signed_in};
use crate::app::Tx;
use crate::error::Error;
use crate::rental_units::api::RentalUnitView;
use crate::rental_units::service as units;
use crate::sites::service as sites;
use crate::stations::service as stations;
use crate::values::Id;

/// The types and stations.
const LENDING: &str = include_str!("lending.json");

#[derive(Deserialize)]
struct LendingFile {
    types: Vec<TypeLine>,
    stations: Vec<StationLine>,
}

#[derive(Deserialize)]
struct TypeLine {
    code: String,
    item_type: Value,
}

#[derive(Deserialize)]
struct StationLine {
    code: String,
    kind: String,
    name: String,
    location: String,
    slots: Option<i32>,
    latitude: f64,
    longitude: f64,
    /// By type: the letter of its codes, how many there are, and with how few more are to be brought.
    stock: BTreeMap<String, (char, usize, i32)>,
}

/// One code of each sort to scan.
pub struct LendingScenes {
    /// On an umbrella.
    pub umbrella: String,
    /// On the station it is at.
    pub station: String,
}

/// Sets it up; 李主管 does it.
///
/// # Errors
/// As the services.
pub fn set_up(tx: &mut Tx<'_>, site_id: Id) -> Result<LendingScenes, Error> {
    let file: LendingFile = serde_json::from_str(LENDING).map_err(Error::internal)?;
    let li = signed_in(tx, site_id, "li")?;
    let lead = li.lead().ok_or_else(|| Error::internal("the demo's supervisor is none"))?;
    let mut types: HashMap<String, Id> = HashMap::new();
    for TypeLine { code, item_type } in file.types {
        let body = json!({ "site_id": site_id, "code": code, "item_type": item_type });
        types.insert(code, stations::create_type(tx, &lead, read(body)?)?.id());
    }
    let places: HashMap<String, Id> =
        sites::map(tx, site_id)?.locations.into_iter().map(|place| (place.code, place.id)).collect();
    let mut next: HashMap<char, usize> = HashMap::new();
    let mut scenes = LendingScenes { umbrella: String::new(), station: String::new() };
    for line in file.stations {
        let as_taken = |(code, (_, _, low)): (&String, &(char, usize, i32))| json!({ "item_type_id": types.get(code), "restock_below": low });
        let takes: Vec<Value> = line.stock.iter().map(as_taken).collect();
        let station = json!({
            "kind": line.kind, "name": line.name, "location_id": places.get(&line.location), "slots": line.slots,
            "latitude": line.latitude, "longitude": line.longitude, "takes": takes
        });
        let body = json!({ "site_id": site_id, "code": line.code, "station": station });
        let station_id = stations::create(tx, &lead, read(body)?)?.id();
        for (code, (letter, count, _)) in &line.stock {
            let first = next.entry(*letter).or_insert(1);
            let codes: Vec<String> = (*first..*first + count).map(|n| format!("{letter}-{n:04}")).collect();
            *first += count;
            let body = json!({
                "site_id": site_id, "item_type_id": types.get(code), "station_id": station_id, "codes": codes
            });
            let added = units::add(tx, &lead, read(body)?)?;
            if line.code == "gate-1" {
                scenes.umbrella = added.items.first().and_then(RentalUnitView::scene).unwrap_or_default();
                scenes.station = sites::scenes_of(tx, &[station_id])?.remove(&station_id).unwrap_or_default();
            }
        }
    }
    Ok(scenes)
}
