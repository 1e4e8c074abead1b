//! Cells and tables of a report, from counts. Pure.

use std::collections::BTreeMap;

use super::service::Material;
use super::words::Words;
use crate::rates::measures::{Counts, Rate, RateUnit};
use crate::rates::targets::RateVerdict;
use crate::sheets::table::{Cell, Column, Kind as Holds, Picture, Section, Share, Table, Verdict};
use crate::sites::model::Kind;
use crate::values::Instant;

pub(super) fn section(heading: &str, note: Option<String>, tables: Vec<Table>) -> Section {
    Section { heading: heading.to_owned(), note, tables }
}

pub(super) fn table(
    key: &str,
    name: &str,
    columns: Vec<(&str, Holds)>,
    rows: Vec<Vec<Cell>>,
    picture: Option<Picture>,
) -> Table {
    let columns = columns.into_iter().map(|(heading, kind)| Column::new(heading, kind)).collect();
    Table { key: key.to_owned(), name: name.to_owned(), columns, rows, picture }
}

pub(super) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

pub(super) fn share(numerator: i64, denominator: i64) -> Cell {
    let count = |n: i64| n.max(0).unsigned_abs();
    Cell::Share(Share { numerator: count(numerator), denominator: count(denominator) })
}

pub(super) fn rate(counts: &Counts, rate: Rate) -> Cell {
    let of = counts.share(rate);
    part(rate, of.numerator, of.denominator)
}

/// A rate as a cell: most of them count, one of them measures time.
pub(super) fn part(rate: Rate, numerator: i64, denominator: i64) -> Cell {
    if rate.unit() == RateUnit::Seconds { time_share(numerator, denominator) } else { share(numerator, denominator) }
}

pub(super) fn time_share(seconds: i64, whole: i64) -> Cell {
    match share(seconds, whole) {
        Cell::Share(share) => Cell::TimeShare(share),
        cell => cell,
    }
}

pub(super) fn aim(material: &Material, rate: Rate, kind: Option<Kind>) -> Option<Cell> {
    material.targets.of(rate, kind).map(|target| Cell::Percent(target.share.unsigned_abs()))
}

pub(super) fn goal(material: &Material, rate: Rate, kind: Option<Kind>) -> Cell {
    let goal = material.targets.of(rate, kind).and_then(|target| target.goal);
    goal.map_or(Cell::Empty, |goal| Cell::Percent(goal.unsigned_abs()))
}

pub(super) fn verdict(verdict: RateVerdict) -> Cell {
    match verdict {
        RateVerdict::Met => Cell::Verdict(Verdict::Met),
        RateVerdict::Missed => Cell::Verdict(Verdict::Missed),
        RateVerdict::TooFew => Cell::Verdict(Verdict::TooFew),
        RateVerdict::NoTarget => Cell::Empty,
    }
}

pub(super) fn duration(seconds: i64, of: i64) -> Cell {
    if of <= 0 { Cell::Empty } else { u64::try_from(seconds / of).map_or(Cell::Empty, Cell::Duration) }
}

pub(super) fn local(material: &Material, at: Instant) -> jiff::civil::DateTime {
    at.0.to_zoned(material.zone.clone()).datetime()
}

pub(super) fn sum(counts: &BTreeMap<Kind, Counts>, only: Option<Kind>) -> Counts {
    let mut all = Counts::default();
    counts.iter().filter(|(kind, _)| only.is_none_or(|only| only == **kind)).for_each(|(_, one)| all.merge(one, 1));
    all
}

pub(super) fn named(material: &Material, key: &str, words: Words) -> String {
    let desk = || words.say("服务台", "The desk").to_owned();
    if key.is_empty() { desk() } else { material.names.get(key).cloned().unwrap_or_else(|| "—".to_owned()) }
}

#[expect(clippy::cast_possible_truncation, reason = "counts of a month and their deviations")]
pub(super) fn hundredths(number: f64) -> Cell {
    Cell::Hundredths((number * 100.0).round() as i64)
}
