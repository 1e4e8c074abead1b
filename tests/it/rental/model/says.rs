//! The model: where each thing is, who has it, and what may be done.

use yijian::rental_units::model::UnitStatus;
use yijian::values::Id;

use super::{DAY, LONGEST, STATIONS, UNITS};

/// What a rental is in the model.
#[derive(Debug, Clone)]
pub struct Held {
    pub id: Id,
    pub who: usize,
    /// Until when it is kept, or since when it is out.
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Reserved { until: i64, station: usize },
    Lent { since: i64, due: i64, extended: bool },
}

/// A thing in the model.
#[derive(Debug, Clone)]
pub struct Thing {
    pub status: UnitStatus,
    pub station: Option<usize>,
    pub held: Option<Held>,
    /// Whose open report it is that it is lost.
    pub missed_by: Option<(usize, Id)>,
    pub changed: i64,
    /// When the rental began on which it got lost.
    pub since: i64,
}

pub struct Model {
    pub things: Vec<Thing>,
    pub now: i64,
}

impl Model {
    pub fn new() -> Self {
        let thing = |n| Thing {
            status: UnitStatus::Available,
            station: Some(n % STATIONS.len()),
            held: None,
            missed_by: None,
            changed: 0,
            since: 0,
        };
        Self { things: (0..UNITS).map(thing).collect(), now: 0 }
    }

    pub fn held_by(&self, who: usize) -> impl Iterator<Item = (usize, &Held)> {
        let held = self.things.iter().enumerate().filter_map(|(n, thing)| Some((n, thing.held.as_ref()?)));
        held.filter(move |(_, held)| held.who == who)
    }

    /// The first that somebody has out.
    pub fn lent_to(&self, who: usize) -> Option<usize> {
        self.held_by(who).find(|(_, held)| matches!(held.kind, Kind::Lent { .. })).map(|(n, _)| n)
    }

    pub fn owes(&self, who: usize) -> bool {
        self.things.iter().any(|thing| thing.missed_by.is_some_and(|(person, _)| person == who))
    }

    /// Why somebody may not have one more, if so.
    pub fn refused(&self, who: usize) -> Option<&'static str> {
        let late = |held: &Held| matches!(held.kind, Kind::Lent { due, .. } if due < self.now);
        if self.held_by(who).any(|(_, held)| late(held)) {
            return Some("rental_overdue_first");
        }
        self.owes(who).then_some("rental_settlement_open")
    }

    pub fn at(&self, station: usize) -> usize {
        self.things.iter().filter(|thing| thing.station == Some(station)).count()
    }

    pub fn is_full(&self, station: usize) -> bool {
        STATIONS[station].is_some_and(|slots| self.at(station) >= usize::try_from(slots).expect("slots"))
    }

    pub fn available(&self, station: usize) -> Vec<usize> {
        let here = |thing: &Thing| thing.status == UnitStatus::Available && thing.station == Some(station);
        (0..UNITS).filter(|n| here(&self.things[*n])).collect()
    }

    pub fn put(&mut self, n: usize, status: UnitStatus, station: Option<usize>, held: Option<Held>) {
        let thing = &mut self.things[n];
        (thing.status, thing.station, thing.held, thing.changed) = (status, station, held, self.now);
    }

    pub fn lend(&mut self, n: usize, who: usize, id: Id) {
        let kind = Kind::Lent { since: self.now, due: self.now + LONGEST, extended: false };
        self.put(n, UnitStatus::Lent, None, Some(Held { id, who, kind }));
    }

    pub fn lose(&mut self, n: usize) {
        let held = self.things[n].held.take().expect("somebody has it");
        self.put(n, UnitStatus::Lost, None, None);
        self.things[n].missed_by = Some((held.who, held.id));
        if let Kind::Lent { since, .. } = held.kind {
            self.things[n].since = since;
        }
    }

    pub fn wait(&mut self, seconds: i64) {
        self.now += seconds;
        for n in 0..UNITS {
            match self.things[n].held.clone().map(|held| held.kind) {
                Some(Kind::Reserved { until, station }) if until <= self.now => {
                    self.put(n, UnitStatus::Available, Some(station), None);
                }
                Some(Kind::Lent { due, .. }) if due + DAY <= self.now => self.lose(n),
                _ => {}
            }
        }
    }
}
