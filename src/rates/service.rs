//! Rates as anybody may see them, and the tickets behind them.
//!
//! Rules:
//! - Whoever serves a site's desk sees its rates; how a single person does, only a lead and that person see.
//! - Every number is right at the moment it is asked for, and comes with the counts it is made of.
//! - One dimension at a time: a rate may be followed over time for one department, but departments are not crossed with shops.

use std::collections::{BTreeMap, HashMap};

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::api::{
    AskRates, AskTickets, GroupBy, GroupView, PreviousView, RateView, RatesView, SetTargets, TargetView, TargetsView,
};
use super::fold::{self, Change, Pending};
use super::measures::{Counts, Measure, Rate, RatePart};
use super::model::{Behind, Dimension, Fact, RollupKey, TargetRow};
use super::periods::{Period, quarter_of, week_of, year_of};
use super::repo;
use super::targets::Targets;
use crate::accounts::members;
use crate::accounts::model::{Lead, Role, Staff};
use crate::app::Tx;
use crate::complaints;
use crate::error::Error;
use crate::http::input::Target as PathTarget;
use crate::jobs::service::{self as jobs, JobKind};
use crate::similar::api::TicketSummary;
use crate::sites::model::Kind;
use crate::sites::service as sites;
use crate::tickets::record;
use crate::values::{Id, Instant, Json};

/// More groups than this are not shown; those with the most tickets come first.
const MOST_GROUPS: usize = 500;

/// One of a dimension that somebody asks about.
type Of = (Dimension, String);

/// Sums by group, and by kind of ticket.
pub(crate) type Sums = BTreeMap<(String, Kind), Counts>;

/// The rates of a period, against their targets and the period before.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found` for whoever does not serve there; [`Error::Forbidden`] `view_not_yours` for how
/// others do; [`Error::Invalid`] for the period; [`Error::Rule`] `rates_one_dimension`; [`Error::Unavailable`]
/// `rates_counting`.
pub fn rates(tx: &mut Tx<'_>, staff: &Staff, ask: &AskRates) -> Result<RatesView, Error> {
    let of = ask.of()?;
    check(tx, staff, ask.site_id, ask.group_by, of.as_ref())?;
    let today = today(tx, ask.site_id)?;
    let period = Period::asked(ask.from, ask.to, today)?;
    let targets = targets_of(tx, ask.site_id)?;
    let change = fold::pending(tx, ask.site_id)?.change();
    let now = sums(tx, &change, ask.site_id, of.as_ref(), ask.group_by, period)?;
    let previous = period.previous();
    let before = sums(tx, &change, ask.site_id, of.as_ref(), ask.group_by, previous)?;
    let names = group_names(tx, ask.site_id, ask.group_by)?;
    let by_group = |sums: Sums| {
        let mut groups: BTreeMap<String, Counts> = BTreeMap::new();
        for ((group, kind), counts) in sums {
            let group = if ask.group_by == Some(GroupBy::Kind) { kind.as_str().to_owned() } else { group };
            if ask.kind.is_none_or(|only| only == kind) {
                groups.entry(group).or_default().merge(&counts, 1);
            }
        }
        groups
    };
    let (mut now, mut before) = (by_group(now), by_group(before));
    if let Some(by) = ask.group_by.filter(|by| by.is_of_time()) {
        // What came before a group of time is the group before it; before the first one, all of its period.
        let earlier = by.unit(by.unit(period.from).from.saturating_sub(1.day()));
        let first = by_group(sums(tx, &change, ask.site_id, of.as_ref(), ask.group_by, earlier)?);
        let known: BTreeMap<String, Counts> =
            first.into_iter().chain(now.iter().map(|(key, counts)| (key.clone(), *counts))).collect();
        before = now.keys().filter_map(|key| Some((key.clone(), *known.get(&by.key_before(key))?))).collect();
    }
    if ask.group_by.is_none() {
        // A quiet period is a row of zeros, not nothing.
        now.entry(String::new()).or_default();
    }
    let mut groups: Vec<GroupView> = Vec::with_capacity(now.len());
    let reach = (period.days_begun(today), period.days());
    for (key, counts) in now {
        let is_over_time = ask.group_by.is_some_and(GroupBy::is_of_time);
        let earlier = before.get(&key).copied();
        let kind = if ask.group_by == Some(GroupBy::Kind) { key.parse().ok() } else { ask.kind };
        let rates = Rate::ALL.iter().map(|rate| {
            let share = counts.share(*rate);
            let target = targets.of(*rate, kind);
            RateView {
                rate: *rate,
                unit: rate.unit(),
                share,
                value: value(share.numerator, share.denominator),
                verdict: targets.judge(*rate, kind, share),
                out_of_reach: !is_over_time
                    && period.to >= today
                    && share.denominator >= i64::from(targets.few)
                    && target.is_some_and(|target| target.is_out_of_reach(share, reach)),
                target: target.map(TargetView::from),
                previous: earlier.map(|counts| PreviousView::from(counts.share(*rate))),
            }
        });
        let rates = rates.collect();
        let name = name_of(&names, &key);
        groups.push(GroupView {
            name,
            rates,
            counts: counts.to_json(),
            key,
            received: counts.of(Measure::Received),
            mean_score: counts.mean_score(),
            previous_mean_score: earlier.and_then(|counts| counts.mean_score()),
        });
    }
    if !ask.group_by.is_some_and(GroupBy::is_of_time) && groups.len() > MOST_GROUPS {
        groups.sort_by_key(|group| std::cmp::Reverse(group.received));
        groups.truncate(MOST_GROUPS);
    }
    let site = sites::names(tx, ask.site_id)?.site.clone();
    Ok(RatesView {
        site,
        from: period.from.to_string(),
        to: period.to.to_string(),
        previous_from: previous.from.to_string(),
        previous_to: previous.to.to_string(),
        group_by: ask.group_by,
        kind: ask.kind,
        groups,
    })
}

/// A share of two counts; none over no cases.
#[expect(clippy::cast_precision_loss, reason = "counts of tickets and seconds lie far below 2^52")]
pub(crate) fn value(numerator: i64, denominator: i64) -> Option<f64> {
    (denominator > 0).then(|| (numerator as f64 / denominator as f64 * 1e4).round() / 1e4)
}

/// The sums of a period, by group and kind of ticket.
///
/// # Errors
/// As the database.
pub(crate) fn sums(
    tx: &mut Tx<'_>,
    change: &Change,
    site_id: Id,
    of: Option<&Of>,
    group_by: Option<GroupBy>,
    period: Period,
) -> Result<Sums, Error> {
    let (dimension, only) = match (of, group_by.and_then(GroupBy::dimension)) {
        (Some((dimension, key)), _) => (*dimension, Some(key.as_str())),
        (None, Some(dimension)) => (dimension, None),
        (None, None) => (Dimension::Total, None),
    };
    let group = |key: &str, first_day: &str| match group_by {
        Some(by) if by.is_of_time() => by.begin(first_day),
        Some(by) if by.dimension().is_some() => key.to_owned(),
        _ => String::new(),
    };
    let mut sums = Sums::new();
    for stretch in period.stretches(group_by.is_some_and(GroupBy::needs_days)) {
        let (first, last) = (stretch.first.to_string(), stretch.last.to_string());
        for row in repo::list_rollups(tx.conn, (site_id, stretch.grain, dimension), (&first, &last), only)? {
            let which = (group(&row.key, &row.first_day), row.ticket_kind);
            sums.entry(which).or_default().merge(&Counts::from_json(&row.counts), 1);
        }
        let concerns = |key: &&RollupKey| {
            key.site_id == site_id
                && key.dimension == dimension
                && only.is_none_or(|only| only == key.key)
                && stretch.has(key.grain, &key.first_day)
        };
        for (key, counts) in change.iter().filter(|(key, _)| concerns(key)) {
            sums.entry((group(&key.key, &key.first_day), key.ticket_kind)).or_default().merge(counts, 1);
        }
    }
    sums.retain(|_, counts| !counts.is_empty());
    Ok(sums)
}

/// The tickets behind a part of a rate, newest first, each with the place at which the next page begins; one more than
/// asked for tells whether there is one. What complains about the caller is left out.
///
/// # Errors
/// As [`rates`].
pub fn tickets(
    tx: &mut Tx<'_>,
    staff: &Staff,
    rate: Rate,
    ask: &AskTickets,
    (before, limit): (Option<Id>, i64),
) -> Result<Vec<(Id, TicketSummary)>, Error> {
    let of = ask.of()?;
    check(tx, staff, ask.site_id, ask.group_by, of.as_ref())?;
    let today = today(tx, ask.site_id)?;
    let period = ask.period(today)?;
    let zone = sites::zone(tx, ask.site_id)?;
    let midnight = |date: Date| date.to_zoned(zone.clone()).map(|at| Id::first_of(at.timestamp().into()));
    let from = midnight(period.from).map_err(Error::internal)?;
    let end = midnight(period.to.saturating_add(jiff::Span::new().days(1))).map_err(Error::internal)?;
    let behind = Behind {
        site_id: ask.site_id,
        rate,
        part: ask.part.unwrap_or(RatePart::Missed),
        from,
        end: before.map_or(end, |before| before.min(end)),
        ticket_kind: ask.only_kind()?,
        of: of.into_iter().collect(),
        not_about: Some(staff.user_id),
    };
    let pending = fold::pending(tx, ask.site_id)?;
    let places = places_behind(tx, &pending, &behind, limit)?;
    let ids: Vec<Id> = places.iter().map(|(_, id)| *id).collect();
    let mut tickets = record::list_by_ids(tx, &ids)?;
    let names = sites::names(tx, ask.site_id)?;
    Ok(places
        .into_iter()
        .filter_map(|(place, id)| Some((place, TicketSummary::new(tickets.remove(&id)?, &names))))
        .collect())
}

/// The places and ids of the tickets behind a part of a rate, newest first.
///
/// # Errors
/// As the database.
pub(crate) fn places_behind(
    tx: &mut Tx<'_>,
    pending: &Pending,
    behind: &Behind,
    limit: i64,
) -> Result<Vec<(Id, Id)>, Error> {
    let mut places = repo::list_behind(tx.conn, behind, &pending.ticket_ids(), limit)?;
    let fresh = pending.after.iter().filter(|fact| is_behind(fact, behind));
    let mut fresh: Vec<(Id, Id)> = fresh.map(|fact| (fact.place, fact.ticket_id)).collect();
    let ids: Vec<Id> = fresh.iter().map(|(_, id)| *id).collect();
    let about = match behind.not_about {
        Some(person) => complaints::service::about(tx, &ids, person)?,
        None => complaints::about::about_staff(tx, &ids)?,
    };
    fresh.retain(|(_, id)| !about.contains(id));
    places.extend(fresh);
    places.sort_by(|a, b| b.cmp(a));
    places.dedup();
    places.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(places)
}

fn is_behind(fact: &Fact, behind: &Behind) -> bool {
    let is_of = |(dimension, key): &Of| fact.key(*dimension).as_ref() == Some(key);
    fact.site_id == behind.site_id
        && (behind.from..behind.end).contains(&fact.place)
        && behind.ticket_kind.is_none_or(|kind| kind == fact.ticket_kind)
        && behind.of.iter().all(is_of)
        && fact.rates_of(behind.part) & behind.rate.bit() != 0
}

/// The day it is at a site.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn today(tx: &mut Tx<'_>, site_id: Id) -> Result<Date, Error> {
    Ok(tx.now.0.to_zoned(sites::zone(tx, site_id)?).date())
}

fn check(tx: &mut Tx<'_>, staff: &Staff, site_id: Id, group_by: Option<GroupBy>, of: Option<&Of>) -> Result<(), Error> {
    let role = staff.role_at(site_id);
    if !role.is_staff() || sites::site(tx, site_id).is_err() {
        return Err(Error::NotFound("site_not_found"));
    }
    let own = staff.user_id.to_string();
    let is_self = of.is_some_and(|(dimension, key)| match dimension {
        Dimension::Person => *key == own,
        Dimension::Pause => key.split_once('/').is_some_and(|(person, _)| person == own),
        _ => false,
    });
    let is_of_persons =
        group_by.is_some_and(GroupBy::is_of_persons) || of.is_some_and(|(dim, _)| *dim == Dimension::Person);
    let may = role.is_lead() || is_self || (role == Role::Agent && !is_of_persons);
    if may { Ok(()) } else { Err(Error::Forbidden("view_not_yours")) }
}

/// What the groups of a dimension are called, by their keys; the desk goes by the site's name.
///
/// # Errors
/// As the database.
pub(crate) fn group_names(
    tx: &mut Tx<'_>,
    site_id: Id,
    group_by: Option<GroupBy>,
) -> Result<HashMap<String, String>, Error> {
    let things = sites::names(tx, site_id)?;
    let mut names: HashMap<String, String> = match group_by {
        Some(GroupBy::Person | GroupBy::Pause) => {
            members::list_staff(tx, site_id)?.into_iter().map(|one| (one.id.to_string(), one.display_name)).collect()
        }
        Some(GroupBy::Department | GroupBy::Shop | GroupBy::Category | GroupBy::Topic) => {
            things.things.iter().map(|(id, name)| (id.to_string(), name.to_string())).collect()
        }
        _ => HashMap::new(),
    };
    if group_by == Some(GroupBy::Department) {
        names.insert(String::new(), things.site.name.to_string());
    }
    Ok(names)
}

/// What a key is called; of two things, both.
fn name_of(names: &HashMap<String, String>, key: &str) -> Option<String> {
    let Some((one, other)) = key.split_once('/') else { return names.get(key).cloned() };
    let other = names.get(other).map_or(other, String::as_str);
    Some(format!("{} · {other}", names.get(one)?).trim_end_matches(" · ").to_owned())
}

/// What a site aims at.
///
/// # Errors
/// As the database.
pub(crate) fn targets_of(tx: &mut Tx<'_>, site_id: Id) -> Result<Targets, Error> {
    let row = repo::find_targets(tx.conn, site_id)?;
    row.map_or_else(|| Ok(Targets::default()), |row| read(&row))
}

fn read(row: &TargetRow) -> Result<Targets, Error> {
    serde_json::from_value(row.targets.0.clone()).map_err(Error::internal)
}

/// What a site aims at, with every version of it.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found` for whoever does not serve there.
pub fn targets(tx: &mut Tx<'_>, staff: &Staff, target: PathTarget) -> Result<TargetsView, Error> {
    if !staff.role_at(target.id).is_desk() || sites::site(tx, target.id).is_err() {
        return Err(Error::NotFound("site_not_found"));
    }
    let versions = repo::list_targets(tx.conn, target.id)?;
    TargetsView::new(versions, read)
}

/// A lead writes a new version of what a site aims at. Improvements that were opened before stay.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found`; [`Error::Forbidden`] `action_not_yours`; [`Error::Invalid`] `target_twice`;
/// [`Error::PreconditionFailed`].
pub fn set_targets(
    tx: &mut Tx<'_>,
    lead: &Lead,
    target: PathTarget,
    command: SetTargets,
) -> Result<TargetsView, Error> {
    let role = lead.role_at(target.id);
    if !role.is_staff() || sites::lock(tx, target.id).is_err() {
        return Err(Error::NotFound("site_not_found"));
    }
    if !role.is_lead() {
        return Err(Error::Forbidden("action_not_yours"));
    }
    if command.targets.is_ambiguous() {
        return Err(Error::field("/targets/rates", "target_twice"));
    }
    let newest = repo::find_targets(tx.conn, target.id)?.map_or(0, |row| row.version);
    target.check(newest)?;
    let row = TargetRow {
        site_id: target.id,
        version: newest + 1,
        targets: Json(serde_json::to_value(&command.targets).map_err(Error::internal)?),
        reason: command.reason.into_string(),
        created_by_id: lead.user_id,
        created_at: tx.now,
    };
    repo::insert_targets(tx.conn, &row)?;
    // Departments are judged by them at once.
    jobs::enqueue(tx, JobKind::JudgeDepartments, &target.id.to_string(), tx.now)?;
    TargetsView::new(repo::list_targets(tx.conn, target.id)?, read)
}

impl GroupBy {
    /// The dimension it keeps apart, if it is one.
    pub(super) const fn dimension(self) -> Option<Dimension> {
        Some(match self {
            Self::Department => Dimension::Department,
            Self::Person => Dimension::Person,
            Self::Shop => Dimension::Shop,
            Self::Category => Dimension::Category,
            Self::Severity => Dimension::Severity,
            Self::Hour => Dimension::Hour,
            Self::LatenessReason => Dimension::LatenessReason,
            Self::Pause => Dimension::Pause,
            Self::Topic => Dimension::Topic,
            Self::Kind | Self::Day | Self::Week | Self::Month | Self::Quarter | Self::Year => return None,
        })
    }

    pub(super) const fn is_of_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month | Self::Quarter | Self::Year)
    }

    const fn needs_days(self) -> bool {
        matches!(self, Self::Day | Self::Week)
    }

    const fn is_of_persons(self) -> bool {
        matches!(self, Self::Person | Self::Pause)
    }

    /// Whether it can be asked for one department, person, shop, … alone.
    pub(super) const fn goes_with_one(self) -> bool {
        self.is_of_time() || matches!(self, Self::Kind)
    }

    /// The day, week, month, quarter or year in which a day lies.
    pub(super) fn unit(self, day: Date) -> Period {
        let (from, next) = match self {
            Self::Week => (week_of(day), 1.week()),
            Self::Month => (day.first_of_month(), 1.month()),
            Self::Quarter => (quarter_of(day), 3.months()),
            Self::Year => (year_of(day), 1.year()),
            _ => (day, 1.day()),
        };
        Period { from, to: from.saturating_add(next).saturating_sub(1.day()) }
    }

    /// The first day of the period in which a day lies.
    fn begin(self, day: &str) -> String {
        day.parse().map_or_else(|_| day.to_owned(), |day| self.unit(day).from.to_string())
    }

    /// The key of the group of time before.
    fn key_before(self, key: &str) -> String {
        let before = |first: Date| self.unit(first.saturating_sub(1.day())).from.to_string();
        key.parse().map_or_else(|_| String::new(), before)
    }
}

/// The first day of which anything is counted at a site.
///
/// # Errors
/// As the database.
pub(crate) fn first_day(tx: &mut Tx<'_>, site_id: Id) -> Result<Option<Date>, Error> {
    Ok(repo::find_first_day(tx.conn, site_id)?.and_then(|day| day.parse().ok()))
}

/// The moment at which a day at a site begins.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn begin_of(tx: &mut Tx<'_>, site_id: Id, day: Date) -> Result<Instant, Error> {
    let at = day.to_zoned(sites::zone(tx, site_id)?).map_err(Error::internal)?;
    Ok(at.timestamp().into())
}
