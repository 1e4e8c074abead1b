//! What the matters of a day are about, and whose they are.

use super::cast::{Cast, Spot, Thing};
use super::dice::Dice;
use super::matter::{Subject, Whereabouts, Who};
use super::words::{Line, Topic};
use crate::accounts::model::SignedIn;
use crate::error::Error;
use crate::sites::model::{Kind, Priority};
use crate::values::Id;

/// Who asks for something: a shop, an owner, or a shopper with an idea. In hundredths.
const REQUESTS: &[(Sort, u64)] = &[(Sort::Merchant, 62), (Sort::Owner, 14), (Sort::Suggestion, 24)];

/// Which departments shops and owners turn to, in hundredths.
const TURN_TO: &[(&str, u64)] =
    &[("operations", 44), ("property", 25), ("engineering", 14), ("security", 10), ("cleaning", 7)];

#[derive(Clone, Copy)]
enum Sort {
    Merchant,
    Owner,
    Suggestion,
}

/// Thinks up matters.
pub(super) struct Casting<'a> {
    pub(super) cast: &'a Cast,
    pub(super) dice: &'a mut Dice,
}

impl Casting<'_> {
    /// A matter of an ordinary day.
    pub(super) fn subject(&mut self) -> Result<Subject, Error> {
        const KINDS: &[(Kind, u64)] =
            &[(Kind::Inquiry, 53), (Kind::Repair, 23), (Kind::Request, 15), (Kind::Complaint, 9)];
        match self.dice.weighed(KINDS, |(_, weight)| *weight)?.0 {
            Kind::Inquiry => self.inquiry(),
            Kind::Repair => self.repair(),
            Kind::Request => self.request(),
            Kind::Complaint => self.complaint(None),
        }
    }

    fn inquiry(&mut self) -> Result<Subject, Error> {
        let cast = self.cast;
        let lines = if self.dice.chance(60) { &cast.words.lost } else { &cast.words.inquiries };
        let line = self.dice.pick(lines)?;
        let spot = self.dice.pick(&cast.spots)?;
        let who = self.anybody()?;
        self.plain(Kind::Inquiry, line, Whereabouts::Spot(spot.id), who)
    }

    fn request(&mut self) -> Result<Subject, Error> {
        let cast = self.cast;
        let sort = self.dice.weighed(REQUESTS, |(_, weight)| *weight)?.0;
        let (line, at, who) = match sort {
            Sort::Merchant => {
                let tenant = self.dice.pick(&cast.tenants)?;
                let line = self.dice.pick(&cast.words.merchant_requests)?;
                (line, Whereabouts::Shop(tenant.id), tenant.merchant.clone())
            }
            Sort::Owner => {
                let owner = self.dice.pick(&cast.owners)?.clone();
                (self.dice.pick(&cast.words.owner_requests)?, Whereabouts::Spot(cast.tower), owner)
            }
            Sort::Suggestion => {
                let spot = self.dice.pick(&cast.spots)?.id;
                (self.dice.pick(&cast.words.suggestions)?, Whereabouts::Spot(spot), self.shopper()?)
            }
        };
        let mut subject = self.plain(Kind::Request, line, at, Who::Account(who))?;
        if !matches!(sort, Sort::Suggestion) {
            subject.team = Some(self.dice.weighed(TURN_TO, |(_, weight)| *weight)?.0.to_owned());
        }
        if matches!(sort, Sort::Merchant) && self.dice.chance(80) {
            subject.priority = Priority::Urgent;
        }
        Ok(subject)
    }

    fn repair(&mut self) -> Result<Subject, Error> {
        let cast = self.cast;
        let topic = self.dice.weighed(&cast.words.repairs, |topic| topic.weight)?;
        let above = cast.above.get(&topic.category);
        let things: Vec<&Thing> = cast.things.iter().filter(|thing| Some(&thing.category) == above).collect();
        if !things.is_empty() && self.dice.chance(450) {
            let thing = self.dice.pick(&things)?;
            let who = self.anybody()?;
            return self.about(Kind::Repair, topic, &thing.name, Whereabouts::Scene(thing.scene.clone()), who);
        }
        if topic.place.is_none() && self.dice.chance(300) {
            let tenant = self.dice.pick(&cast.tenants)?;
            let who = Who::Account(tenant.merchant.clone());
            return self.about(Kind::Repair, topic, &tenant.name, Whereabouts::Scene(tenant.scene.clone()), who);
        }
        let fits = |spot: &&Spot| topic.place.as_ref().is_none_or(|place| *place == spot.kind);
        let spots: Vec<&Spot> = cast.spots.iter().filter(fits).collect();
        let spot = self.dice.pick(&spots)?;
        let who = self.anybody()?;
        self.about(Kind::Repair, topic, &spot.name, Whereabouts::Spot(spot.id), who)
    }

    /// A complaint, about a certain shop or about anything.
    pub(super) fn complaint(&mut self, shop: Option<Id>) -> Result<Subject, Error> {
        let cast = self.cast;
        let of_shops = ["service", "operations"];
        let weight = |topic: &Topic| match shop {
            Some(_) if !of_shops.contains(&topic.department.as_str()) => 0,
            _ => topic.weight,
        };
        let topic = self.dice.weighed(&cast.words.complaints, weight)?;
        let who = self.anybody()?;
        if !of_shops.contains(&topic.department.as_str()) {
            let spot = self.dice.pick(&cast.spots)?;
            return self.about(Kind::Complaint, topic, &spot.name, Whereabouts::Spot(spot.id), who);
        }
        let tenant = match shop {
            Some(id) => cast.tenants.iter().find(|tenant| tenant.id == id),
            None => Some(self.dice.pick(&cast.tenants)?),
        };
        let tenant = tenant.ok_or_else(|| Error::internal("no such shop"))?;
        let mut subject = self.about(Kind::Complaint, topic, &tenant.name, Whereabouts::Shop(tenant.id), who)?;
        // What is about how somebody was treated, the desk settles itself.
        subject.team = Some(topic.department.clone()).filter(|code| code != "service");
        Ok(subject)
    }

    fn about(&mut self, kind: Kind, topic: &Topic, place: &str, at: Whereabouts, who: Who) -> Result<Subject, Error> {
        let category = self.cast.categories.get(&topic.category);
        let category = category.ok_or_else(|| Error::internal("the demo lacks a category"))?;
        let says = self.dice.pick(&topic.says)?;
        let tail = self.dice.pick(&self.cast.words.tails)?;
        Ok(Subject {
            kind,
            category: Some(category.id),
            at,
            says: format!("{place}：{says}{tail}"),
            done: self.dice.pick(&topic.done)?.clone(),
            priority: category.priority,
            is_safety: category.is_safety,
            is_of_bad_shop: false,
            who,
            // What endangers people the desk keeps in its own hands.
            team: (kind == Kind::Repair || !category.is_safety).then(|| topic.department.clone()),
        })
    }

    fn plain(&mut self, kind: Kind, line: &Line, at: Whereabouts, who: Who) -> Result<Subject, Error> {
        let tail = if self.dice.chance(200) { self.dice.pick(&self.cast.words.tails)?.as_str() } else { "" };
        Ok(Subject {
            kind,
            category: None,
            at,
            says: format!("{}{tail}", line.says),
            done: line.done.clone(),
            priority: Priority::Normal,
            is_safety: false,
            is_of_bad_shop: false,
            who,
            team: None,
        })
    }

    fn shopper(&mut self) -> Result<SignedIn, Error> {
        Ok(self.dice.pick(&self.cast.shoppers)?.clone())
    }

    /// With the mini-program, on the telephone, or at the desk.
    fn anybody(&mut self) -> Result<Who, Error> {
        if self.dice.chance(480) {
            return Ok(Who::Account(self.shopper()?));
        }
        let words = &self.cast.words;
        let number = self.dice.between(1, self.cast.callers);
        // The same caller has the same name.
        let mut own = Dice::new(number.unsigned_abs());
        let name = format!("{}{}", own.pick(&words.surnames)?, own.pick(&words.titles)?);
        let phone = format!("136{:08}", number * 7919 % 100_000_000);
        let channel = if self.dice.chance(720) { "phone" } else { "desk" };
        Ok(Who::Caller { name, phone, channel })
    }
}
