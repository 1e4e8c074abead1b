//! Rates as anybody may see them, and the tickets behind them.
//!
//! Rules:
//! - Whoever serves a site's desk sees its rates; how a single person does, only a lead and that person see. So it is with
//!   the tickets behind what people said of them, or what was found in their records; and with these rates of anything less
//!   than the whole site, where a group may be one ticket, or one person.
//! - What is asked about is something of the site; of anything else there would be nothing but zeros.
//! - Every number is right at the moment it is asked for, and comes with the counts it is made of.
//! - One dimension at a time: a rate may be followed over time for one department, but departments are not crossed with shops.

use std::collections::{BTreeMap, HashSet};

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::aims::Aims;
use super::api::{AskRates, AskTickets, GroupBy, GroupView, PreviousView, RateView, RatesView, TargetView};
use super::fold::{self, Change, Pending};
use super::groups::{group_names, name_of};
use super::measures::{Counts, Measure, Rate, RatePart};
use super::model::{Behind, Dimension, Fact, Grain, RollupKey};
use super::periods::Period;
use super::repo;
use crate::accounts::members;
use crate::accounts::model::{Role, Staff};
use crate::app::Tx;
use crate::complaints;
use crate::error::Error;
use crate::http::texts::Language;
use crate::similar::api::TicketSummary;
use crate::sites::model::Kind;
use crate::sites::service as sites;
use crate::tickets::record;
use crate::values::{Id, Instant};

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
/// others do; [`Error::Invalid`] for the period, and `rates_filter_unknown`; [`Error::Rule`] `rates_one_dimension`;
/// [`Error::Unavailable`] `rates_counting`.
pub fn rates(tx: &mut Tx<'_>, staff: &Staff, ask: &AskRates, language: Language) -> Result<RatesView, Error> {
    let of = ask.of()?;
    let is_own = check(tx, staff, ask.site_id, ask.group_by, of.as_ref())?;
    check_known(tx, ask.site_id, of.as_ref())?;
    let is_whole = of.is_none() && ask.group_by.is_none() && ask.kind.is_none();
    let shows_words = is_own || is_whole || staff.role_at(ask.site_id).is_lead();
    let shown: Vec<Rate> = Rate::ALL.iter().copied().filter(|rate| shows_words || !rate.is_of_words()).collect();
    let today = today(tx, ask.site_id)?;
    let period = Period::asked(ask.from, ask.to, today)?;
    let aims = Aims::of(tx, ask.site_id)?;
    let change = fold::pending(tx, ask.site_id)?.change();
    let mut groups_of = |period: Period| {
        let mut groups = sums(tx, &change, ask.site_id, of.as_ref(), ask.group_by, period)?;
        if ask.group_by.is_some_and(GroupBy::may_lack) {
            let whole = sums(tx, &change, ask.site_id, None, None, period)?;
            add_the_rest(&mut groups, whole);
        }
        Ok::<Sums, Error>(groups)
    };
    let previous = period.previous();
    let (now, before) = (groups_of(period)?, groups_of(previous)?);
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
        let of_time = ask.group_by.filter(|by| by.is_of_time());
        let judged = of_time.and_then(|by| Some(by.unit(key.parse().ok()?))).unwrap_or(period);
        let targets = aims.at(judged)?;
        let earlier = before.get(&key).copied();
        let kind = if ask.group_by == Some(GroupBy::Kind) { key.parse().ok() } else { ask.kind };
        let rates = shown.iter().map(|rate| {
            let share = counts.share(*rate);
            let target = targets.of(*rate, kind);
            RateView {
                rate: *rate,
                unit: rate.unit(),
                share,
                value: value(share.numerator, share.denominator),
                verdict: targets.judge(*rate, kind, share),
                out_of_reach: of_time.is_none()
                    && period.to >= today
                    && share.denominator >= i64::from(targets.few)
                    && target.is_some_and(|target| target.is_out_of_reach(share, reach)),
                target: target.map(TargetView::from),
                previous: earlier.map(|counts| PreviousView::from(counts.share(*rate))),
            }
        });
        let rates = rates.collect();
        let without = ask.group_by.filter(|_| key.is_empty()).and_then(|by| by.without(language));
        let name = without.map(ToOwned::to_owned).or_else(|| name_of(&names, &key));
        let all = if shows_words { counts } else { wordless(&counts) };
        groups.push(GroupView {
            name,
            rates,
            counts: all.to_json(),
            key,
            received: counts.of(Measure::Received),
            mean_score: all.mean_score(),
            previous_mean_score: earlier.filter(|_| shows_words).and_then(|counts| counts.mean_score()),
        });
    }
    let total_groups = groups.len();
    if !ask.group_by.is_some_and(GroupBy::is_of_time) && total_groups > MOST_GROUPS {
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
        total_groups,
        groups,
    })
}

/// Counts without what people said, and without what was found in records.
fn wordless(counts: &Counts) -> Counts {
    Rate::ALL.iter().filter(|rate| rate.is_of_words()).fold(*counts, |counts, rate| counts.without(*rate))
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

/// On how many days of a period any ticket came in for a person: one that they only answered or followed up is somebody
/// else's.
///
/// # Errors
/// As the database.
pub(crate) fn days_of_persons(
    tx: &mut Tx<'_>,
    change: &Change,
    site_id: Id,
    period: Period,
) -> Result<BTreeMap<String, i64>, Error> {
    let which = (site_id, Grain::Day, Dimension::Person);
    let (first, last) = (period.from.to_string(), period.to.to_string());
    let mut days: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in repo::list_rollups(tx.conn, which, (&first, &last), None)? {
        *days.entry((row.key, row.first_day)).or_default() += Counts::from_json(&row.counts).of(Measure::Received);
    }
    for (key, counts) in change {
        if (key.site_id, key.grain, key.dimension) == which && (&first..=&last).contains(&&key.first_day) {
            *days.entry((key.key.clone(), key.first_day.clone())).or_default() += counts.of(Measure::Received);
        }
    }
    let mut counted = BTreeMap::new();
    for ((person, _), _) in days.into_iter().filter(|(_, received)| *received > 0) {
        *counted.entry(person).or_default() += 1;
    }
    Ok(counted)
}

/// Adds what is in the whole and in none of its groups, under an empty key.
fn add_the_rest(groups: &mut Sums, whole: Sums) {
    let mut rest = whole;
    for ((_, kind), counts) in &*groups {
        rest.entry((String::new(), *kind)).or_default().merge(counts, -1);
    }
    groups.extend(rest.into_iter().filter(|(_, counts)| !counts.is_empty()));
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
    let is_own = check(tx, staff, ask.site_id, ask.group_by, of.as_ref())?;
    if rate.is_of_words() && !is_own && !staff.role_at(ask.site_id).is_lead() {
        return Err(Error::Forbidden("view_not_yours"));
    }
    if ask.key.is_none() {
        check_known(tx, ask.site_id, of.as_ref())?;
    }
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
    let summary = |(place, id): (Id, Id)| {
        let mut ticket = tickets.remove(&id)?;
        ticket.rating_score =
            ticket.rating_score.filter(|_| (is_own && rate.is_of_words()) || ticket.shows_rating_to(staff));
        Some((place, TicketSummary::new(ticket, &names)))
    };
    Ok(places.into_iter().filter_map(summary).collect())
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
    let most = usize::try_from(limit).unwrap_or(0);
    let fresh = pending.after.iter().filter(|fact| is_behind(fact, behind));
    let fresh = fresh.map(|fact| (fact.place, fact.ticket_id)).collect();
    let mut places = told(tx, behind, fresh)?;
    let changing: HashSet<Id> = pending.ticket_ids().into_iter().collect();
    let (mut left, mut count) = (behind.clone(), 0);
    // A page holds facts, and what the reader is not told of: a few pages at most give so many tickets.
    while count < most {
        let page = repo::list_behind(tx.conn, &left, limit)?;
        let is_last = page.len() < most;
        left.end = page.last().map_or(left.end, |(place, _)| *place);
        let settled = page.into_iter().filter(|(_, id)| !changing.contains(id)).collect();
        let settled = told(tx, behind, settled)?;
        count += settled.len();
        places.extend(settled);
        if is_last {
            break;
        }
    }
    places.sort_by(|a, b| b.cmp(a));
    places.truncate(most);
    Ok(places)
}

/// Each ticket once, without those that complain about whom they must not be told to.
fn told(tx: &mut Tx<'_>, behind: &Behind, mut places: Vec<(Id, Id)>) -> Result<Vec<(Id, Id)>, Error> {
    places.sort_by(|a, b| b.cmp(a));
    places.dedup();
    if places.is_empty() {
        return Ok(places);
    }
    let ids: Vec<Id> = places.iter().map(|(_, id)| *id).collect();
    let about = match behind.not_about {
        Some(person) => complaints::service::about(tx, &ids, person)?,
        None => complaints::about::about_staff(tx, &ids)?,
    };
    places.retain(|(_, id)| !about.contains(id));
    Ok(places)
}

fn is_behind(fact: &Fact, behind: &Behind) -> bool {
    // What belongs to none is asked for by an empty key.
    let is_of = |(dimension, key): &Of| fact.key(*dimension).unwrap_or_default() == *key;
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

/// Whether the caller may ask this; answers with whether it is about themselves alone.
fn check(
    tx: &mut Tx<'_>,
    staff: &Staff,
    site_id: Id,
    group_by: Option<GroupBy>,
    of: Option<&Of>,
) -> Result<bool, Error> {
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
    if may { Ok(is_self) } else { Err(Error::Forbidden("view_not_yours")) }
}

/// Makes sure that what is asked about is something of the site: nothing is counted of anything else, and a zero would look
/// like an answer.
fn check_known(tx: &mut Tx<'_>, site_id: Id, of: Option<&Of>) -> Result<(), Error> {
    let Some((dimension, key)) = of else { return Ok(()) };
    let id: Option<Id> = key.parse().ok();
    let (field, is_known) = match (dimension, id) {
        (Dimension::Department, Some(id)) => {
            ("?department_id", sites::departments(tx, site_id)?.iter().any(|one| one.id == id))
        }
        (Dimension::Shop, Some(id)) => ("?shop_id", sites::check_shop(tx, site_id, id).is_ok()),
        (Dimension::Category, Some(id)) => {
            ("?category_id", sites::categories(tx, site_id)?.iter().any(|one| one.id == id))
        }
        (Dimension::Person, Some(id)) => ("?person_id", members::has_served(tx, site_id, id)?),
        _ => return Ok(()),
    };
    if is_known { Ok(()) } else { Err(Error::field(field, "rates_filter_unknown")) }
}

/// The first day of which anything is counted at a site.
///
/// # Errors
/// As the database.
pub(crate) fn first_day(tx: &mut Tx<'_>, site_id: Id) -> Result<Option<Date>, Error> {
    Ok(repo::find_first_day(tx.conn, site_id)?.and_then(|day| day.parse().ok()))
}

/// The day from which on there can be anything to count at a site: on which it came to be, or a ticket that was written down
/// later came in.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn begun_on(tx: &mut Tx<'_>, site_id: Id) -> Result<Date, Error> {
    let made = sites::site(tx, site_id)?.created_at.0.to_zoned(sites::zone(tx, site_id)?).date();
    Ok(first_day(tx, site_id)?.map_or(made, |first| first.min(made)))
}

/// The moment at which a day at a site begins.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn begin_of(tx: &mut Tx<'_>, site_id: Id, day: Date) -> Result<Instant, Error> {
    let at = day.to_zoned(sites::zone(tx, site_id)?).map_err(Error::internal)?;
    Ok(at.timestamp().into())
}
