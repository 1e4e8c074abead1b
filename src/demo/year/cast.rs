//! The mall of the year: who works and who comes there, and the places where things happen.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use super::dice::Dice;
use super::hours::Hours;
use super::words::Words;
use crate::accounts::members;
use crate::accounts::model::{Actor, Lead, Membership, Role, SignedIn, Staff, Tongue};
use crate::accounts::service as accounts;
use crate::accounts::staff::{self, NewStaff};
use crate::app::Tx;
use crate::demo::stories::{read, signed_in};
use crate::demo::{Credential, MALL};
use crate::error::Error;
use crate::sites::import::MallFile;
use crate::sites::model::{Category, Site};
use crate::sites::service as sites;
use crate::text::Phone;
use crate::values::Id;
use crate::wechat::{Simulator, WeChatIdentity};

/// The department that is lazy: a small one, or the whole mall would miss its targets in every month.
const LAZY: &str = "property";
/// Where the one who cheats works: where most clocks run.
const CHEATS_IN: &str = "engineering";

/// One of the mall's own people.
pub(super) struct Colleague {
    pub(super) who: SignedIn,
    pub(super) staff: Staff,
    pub(super) username: String,
    pub(super) is_cheat: bool,
}

/// A department and who works there.
pub(super) struct Team {
    pub(super) id: Id,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) workers: Vec<Arc<Colleague>>,
    pub(super) is_lazy: bool,
}

/// A shop, and who speaks for it.
pub(super) struct Tenant {
    pub(super) id: Id,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) scene: String,
    pub(super) merchant: SignedIn,
}

/// A thing that breaks.
pub(super) struct Thing {
    pub(super) scene: String,
    pub(super) name: String,
    /// The category above those it is reported under.
    pub(super) category: String,
}

/// A place.
pub(super) struct Spot {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) kind: String,
}

/// Everybody and everything.
pub(super) struct Cast {
    pub(super) site: Site,
    pub(super) hours: Hours,
    pub(super) words: Words,
    pub(super) agents: Vec<Arc<Colleague>>,
    pub(super) leads: Vec<(SignedIn, Lead)>,
    pub(super) teams: Vec<Team>,
    pub(super) shoppers: Vec<SignedIn>,
    pub(super) tenants: Vec<Tenant>,
    pub(super) owners: Vec<SignedIn>,
    /// Where owners are.
    pub(super) tower: Id,
    pub(super) things: Vec<Thing>,
    pub(super) spots: Vec<Spot>,
    pub(super) categories: HashMap<String, Category>,
    /// The parents of categories, by code.
    pub(super) above: HashMap<String, String>,
    /// How many different people call.
    pub(super) callers: i64,
}

impl Cast {
    /// Brings everybody in: as many as so many tickets need. Also answers with the passwords of new colleagues.
    pub(super) fn assemble(tx: &mut Tx<'_>, tickets: u64, dice: &mut Dice) -> Result<(Self, Vec<Credential>), Error> {
        let mall: MallFile = serde_json::from_str(MALL).map_err(Error::internal)?;
        let words = Words::read()?;
        let site = sites::site_by_code(tx, &mall.code)?;
        let hours = Hours::new(&site.time_zone, &site.opens, &site.closes)?;
        let credentials = hire(tx, &site, &words)?;
        let (agents, leads, teams) = at_work(tx, &site, dice)?;
        let desk = agents.first().ok_or_else(|| Error::internal("nobody is at the demo's desk"))?.staff.clone();
        let map = sites::map(tx, site.id)?;
        let categories = sites::categories(tx, site.id)?;
        let codes: HashMap<Id, String> = categories.iter().map(|one| (one.id, one.code.clone())).collect();
        let above = categories.iter().filter_map(|one| Some((one.code.clone(), codes.get(&one.parent_id?)?.clone())));
        let above = above.collect();

        let mut door = Door { tx, site: site.id, desk, next: 0 };
        let wanted = (tickets / 40).clamp(30, 5000);
        let shoppers = (0..wanted).map(|_| door.let_in(&words, dice)).collect::<Result<_, _>>()?;
        let mut tenants = Vec::with_capacity(map.shops.len());
        for shop in map.shops {
            let code = mall.scan_codes.iter().find(|code| code.shop.as_ref() == Some(&shop.code));
            let Some(code) = code else { continue };
            let merchant = door.let_in_as(Role::Merchant, shop.id, &words, dice)?;
            let (id, scene) = (shop.id, code.scene.clone());
            tenants.push(Tenant { id, code: shop.code, name: shop.name, scene, merchant });
        }
        let tower = map.units.first().ok_or_else(|| Error::internal("the demo has no units"))?.location_id;
        let owners = map.units.iter().map(|unit| door.let_in_as(Role::Owner, unit.id, &words, dice));
        let owners = owners.collect::<Result<_, _>>()?;

        let thing = |line: &crate::sites::import::EquipmentLine| {
            let code = mall.scan_codes.iter().find(|code| code.equipment.as_ref() == Some(&line.code))?;
            let (name, category) = (line.name.clone(), line.category.clone());
            Some(Thing { scene: code.scene.clone(), name, category })
        };
        let kinds: HashMap<&str, &str> =
            mall.locations.iter().map(|line| (line.code.as_str(), line.kind.as_str())).collect();
        let spot = |one: crate::sites::model::Location| {
            let kind = kinds.get(one.code.as_str()).copied().unwrap_or_default().to_owned();
            (kind != "floor").then_some(Spot { id: one.id, name: one.path, kind })
        };
        let cast = Self {
            hours,
            agents,
            leads,
            teams,
            shoppers,
            tenants,
            owners,
            tower,
            things: mall.equipment.iter().filter_map(thing).collect(),
            spots: map.locations.into_iter().filter_map(spot).collect(),
            categories: categories.into_iter().map(|one| (one.code.clone(), one)).collect(),
            above,
            callers: i64::try_from(tickets / 6).unwrap_or(i64::MAX).clamp(50, 9_000_000),
            site,
            words,
        };
        Ok((cast, credentials))
    }

    /// A department by its code.
    pub(super) fn team(&self, code: &str) -> Result<&Team, Error> {
        let found = self.teams.iter().find(|team| team.code == code);
        found.ok_or_else(|| Error::internal("the demo lacks a department"))
    }
}

/// Those who are not there yet get an account.
fn hire(tx: &mut Tx<'_>, site: &Site, words: &Words) -> Result<Vec<Credential>, Error> {
    let known = members::list_staff(tx, site.id)?;
    let mut credentials = Vec::new();
    for person in words.people.iter().filter(|person| !known.iter().any(|one| one.username == person.username)) {
        let password = staff::random_password()?;
        let new = NewStaff {
            username: person.username.clone(),
            display_name: person.name.clone(),
            role: person.role,
            site: Some(site.code.clone()),
            department: Some(person.department.clone()),
        };
        staff::create(tx, new, &password)?;
        credentials.push(Credential::new(&person.username, &password, person.role));
    }
    Ok(credentials)
}

type AtWork = (Vec<Arc<Colleague>>, Vec<(SignedIn, Lead)>, Vec<Team>);

/// Who works at the desk, who leads it, and who works in each department. One technician cheats.
fn at_work(tx: &mut Tx<'_>, site: &Site, dice: &mut Dice) -> Result<AtWork, Error> {
    let mut people = members::list_staff(tx, site.id)?;
    people.sort_by(|a, b| a.username.cmp(&b.username));
    let departments = sites::departments(tx, site.id)?;
    let engineering = departments.iter().find(|one| one.code == CHEATS_IN).map(|one| one.id);
    let suspects: Vec<String> = people
        .iter()
        .filter(|one| one.role == Role::Technician && one.department_id == engineering)
        .map(|one| one.username.clone())
        .collect();
    let cheat = dice.pick(&suspects)?.clone();
    let (mut agents, mut leads) = (Vec::new(), Vec::new());
    let mut workers: Vec<(Option<Id>, Arc<Colleague>)> = Vec::new();
    for person in people {
        let who = signed_in(tx, site.id, &person.username)?;
        if let Some(lead) = who.lead() {
            leads.push((who, lead));
            continue;
        }
        let Some(staff) = who.staff() else { continue };
        let is_cheat = person.username == cheat;
        let colleague = Arc::new(Colleague { who, staff, username: person.username, is_cheat });
        if person.role == Role::Agent {
            agents.push(colleague);
        } else {
            workers.push((person.department_id, colleague));
        }
    }
    let team = |one: crate::sites::model::Department| {
        let theirs = workers.iter().filter(|(department, _)| *department == Some(one.id));
        let is_lazy = one.code == LAZY;
        let workers = theirs.map(|(_, colleague)| colleague.clone()).collect();
        Team { id: one.id, code: one.code, name: one.name, workers, is_lazy }
    };
    let teams = departments.into_iter().map(team).collect();
    Ok((agents, leads, teams))
}

/// Where people with accounts come in.
struct Door<'a, 'tx> {
    tx: &'a mut Tx<'tx>,
    site: Id,
    desk: Staff,
    next: u32,
}

impl Door<'_, '_> {
    fn let_in(&mut self, words: &Words, dice: &mut Dice) -> Result<SignedIn, Error> {
        self.next += 1;
        let identity = WeChatIdentity { open_id: format!("o-demo-year-{:06}", self.next), union_id: None };
        let phone = Phone::parse(&self.number()).map_err(Error::rule)?;
        let display_name = format!("{}{}", dice.pick(&words.surnames)?, dice.pick(&words.titles)?);
        let about = json!({ "display_name": display_name, "language": Tongue::Chinese });
        accounts::welcome(self.tx, Simulator::APP_ID, &identity, &phone, read(about)?)
    }

    /// A number of the last who came in. Those of callers begin otherwise.
    fn number(&self) -> String {
        format!("139{:08}", u64::from(self.next) * 7919 % 100_000_000)
    }

    /// Somebody who speaks for a shop or lives in a unit: the desk binds them.
    fn let_in_as(&mut self, role: Role, place: Id, words: &Words, dice: &mut Dice) -> Result<SignedIn, Error> {
        let who = self.let_in(words, dice)?;
        let (shop, unit) = if role == Role::Merchant { (Some(place), None) } else { (None, Some(place)) };
        let body = json!({
            "site_id": self.site, "phone": self.number(), "role": role, "shop_id": shop, "unit_id": unit
        });
        let bound = members::bind(self.tx, &self.desk, read(body)?)?;
        let membership = Membership {
            id: bound.id,
            user_id: who.user_id,
            site_id: self.site,
            role,
            department_id: None,
            shop_id: shop,
            unit_id: unit,
            created_at: bound.created_at,
        };
        Ok(SignedIn(Arc::new(Actor { memberships: vec![membership], ..(*who).clone() })))
    }
}
