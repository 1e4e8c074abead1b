//! What reports are made of, who may have them, and when they may be published.
//!
//! Rules:
//! - A report shows how people do: only leads of the site have it, and whoever they give a link to, for a short time and for
//!   as long as they are leads.
//! - Nobody knows who reads it: what complains about one of the staff is counted, and never listed.
//! - It is counted when it is asked for: what an excuse or a late call changes of a period, its report shows.
//! - A month is published when it is over, once, and not while a target was missed and nobody does anything about it. What is
//!   aimed at afterwards changes no verdict.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};

use super::api::{AskFile, AskReport, MakeLink, PublicationView, PublishReport, ReportLink};
use super::model::{Format, Publication, ReportKind};
use super::tables;
use super::worse::{Compared, Suspect};
use super::{repo, words};
use crate::accounts::members;
use crate::accounts::model::Lead;
use crate::app::Tx;
use crate::complaints;
use crate::error::Error;
use crate::follow_ups;
use crate::http::texts::Language;
use crate::improvements;
use crate::rates::aims::Aims;
use crate::rates::api::GroupBy;
use crate::rates::fold;
use crate::rates::measures::{Counts, Rate, RatePart};
use crate::rates::model::Behind;
use crate::rates::periods::Period;
use crate::rates::service as rates;
use crate::rates::targets::Targets;
use crate::sheets::table::Report;
use crate::sites::model::{Kind, Named};
use crate::sites::service as sites;
use crate::tickets::lifecycle::Action;
use crate::tickets::model::Ticket;
use crate::tickets::record;
use crate::values::{Id, Instant};

/// How long a link opens a report. Ours: time enough to click, too short to be passed on.
const LINK_WORKS_FOR: SignedDuration = SignedDuration::from_mins(10);
/// So many low scores are listed, those with words first…
const LOW_SCORES: usize = 100;
/// …of the newest so many.
const LOW_SCORES_READ: i64 = 2_000;
/// So many tickets of a day are listed.
const DAY_LOG: i64 = 2_000;

/// Everything that a report says, in figures.
pub(super) struct Material {
    pub(super) site: String,
    pub(super) kind: ReportKind,
    pub(super) period: Period,
    pub(super) zone: TimeZone,
    pub(super) now: Instant,
    pub(super) targets: Targets,
    /// By kind of ticket.
    pub(super) by_kind: BTreeMap<Kind, Counts>,
    pub(super) by_kind_before: BTreeMap<Kind, Counts>,
    /// By day, or by month for long periods; every one that has begun.
    pub(super) over_time: BTreeMap<String, Counts>,
    pub(super) by_department: BTreeMap<String, Counts>,
    pub(super) by_person: BTreeMap<String, Counts>,
    /// On how many days anything came in for a person.
    pub(super) days_of_persons: BTreeMap<String, i64>,
    pub(super) by_hour: BTreeMap<String, Counts>,
    pub(super) by_lateness: BTreeMap<String, Counts>,
    pub(super) by_pause: BTreeMap<String, Counts>,
    /// Of the last month of the period.
    pub(super) shops: Vec<Suspect>,
    pub(super) topics: Vec<Suspect>,
    /// What everything is called.
    pub(super) names: HashMap<String, String>,
    pub(super) low_scores: Vec<LowScore>,
    /// The tickets of the day that anybody may read of, for a daily report.
    pub(super) log: Vec<Ticket>,
}

/// Somebody was not satisfied.
pub(super) struct LowScore {
    pub(super) ticket: Ticket,
    pub(super) score: Option<i32>,
    /// What they said.
    pub(super) words: Option<String>,
}

/// A report that somebody asked for.
pub(super) struct Asked {
    pub(super) site: Named,
    pub(super) kind: ReportKind,
    pub(super) period: Period,
    pub(super) published: Option<Publication>,
    pub(super) report: Report,
}

/// A report, with whether it was published.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found`; [`Error::Forbidden`] `view_not_yours`; [`Error::Invalid`] `period_future`,
/// `period_before_site`; [`Error::Unavailable`] `rates_counting`.
pub(super) fn report(
    tx: &mut Tx<'_>,
    lead: &Lead,
    kind: ReportKind,
    ask: &AskReport,
    language: Language,
) -> Result<Asked, Error> {
    check(tx, lead, ask.site_id)?;
    let period = period_of(tx, ask.site_id, kind, ask.day, "?day")?;
    let published = repo::find(tx.conn, ask.site_id, kind, &period.from.to_string())?;
    let report = make(tx, ask.site_id, kind, period, language)?;
    Ok(Asked { site: sites::names(tx, ask.site_id)?.site.clone(), kind, period, published, report })
}

/// Gives out a link that opens a report in a browser, in a language.
///
/// # Errors
/// As [`report`]; [`Error::NotFound`] `table_not_found`.
pub fn link(tx: &mut Tx<'_>, lead: &Lead, command: MakeLink, language: Language) -> Result<ReportLink, Error> {
    check(tx, lead, command.site_id)?;
    let kind = command.kind;
    if command.table.as_ref().is_some_and(|key| !tables::has(kind, key.as_ref())) {
        return Err(Error::NotFound("table_not_found"));
    }
    let period = period_of(tx, command.site_id, kind, command.day, "/day")?;
    let expires_at = tx.now + LINK_WORKS_FOR;
    let mut file = AskFile {
        site_id: command.site_id,
        given_by: lead.user_id,
        kind,
        day: period.from,
        format: command.format.unwrap_or(Format::Html),
        language,
        table: command.table.map(crate::text::Text::into_string),
        expires: expires_at.0.as_second(),
        signature: String::new(),
    };
    file.signature = tx.app.vault.sign_link(&file.to_be_signed());
    let query = serde_urlencoded::to_string(&file).map_err(Error::internal)?;
    Ok(ReportLink { url: format!("/api/v1/reports/file?{query}"), expires_at })
}

/// The report that a link opens.
///
/// # Errors
/// [`Error::Unauthenticated`] `report_link_invalid`, `report_link_expired`.
pub fn open(tx: &mut Tx<'_>, ask: &AskFile) -> Result<Report, Error> {
    if !tx.app.vault.link_is_ours(&ask.to_be_signed(), &ask.signature) {
        return Err(Error::Unauthenticated("report_link_invalid"));
    }
    if ask.expires <= tx.now.0.as_second() {
        return Err(Error::Unauthenticated("report_link_expired"));
    }
    // As the wallboard goes with whoever put it on a screen.
    if !members::leads(tx, ask.site_id, ask.given_by)? {
        return Err(Error::Unauthenticated("report_link_invalid"));
    }
    make(tx, ask.site_id, ask.kind, ask.kind.period(ask.day), ask.language)
}

/// Publishes a report of a period that is over.
///
/// # Errors
/// As [`report`]; [`Error::Rule`] `report_not_over`, `report_gaps` with what was missed and has no improvement;
/// [`Error::Conflict`] `report_published`.
pub fn publish(tx: &mut Tx<'_>, lead: &Lead, command: PublishReport) -> Result<PublicationView, Error> {
    check(tx, lead, command.site_id)?;
    let site_id = command.site_id;
    sites::lock(tx, site_id)?;
    let kind = command.kind;
    let period = period_of(tx, site_id, kind, Some(command.day), "/day")?;
    if period.to >= rates::today(tx, site_id)? {
        return Err(Error::rule("report_not_over"));
    }
    let first_day = period.from.to_string();
    if repo::find(tx.conn, site_id, kind, &first_day)?.is_some() {
        return Err(Error::conflict("report_published"));
    }
    // An improvement is of a month; a longer report is as good as its months.
    if period.from.day() == 1 && period.to == period.to.last_of_month() {
        let mut gaps = Vec::new();
        let mut month = Period::month_of(period.from);
        while month.from <= period.to {
            let missed = improvements::service::gaps(tx, site_id, month)?;
            gaps.extend(missed.into_iter().map(|(rate, kind)| {
                let kind = kind.map_or("", Kind::as_str);
                format!("{} {} {kind}", month.from.strftime("%Y-%m"), rate.as_str()).trim_end().to_owned()
            }));
            month = Period::month_of(month.to.saturating_add(1.day()));
        }
        if !gaps.is_empty() {
            return Err(Error::Rule { code: "report_gaps", params: vec![("gaps", gaps.join(", "))] });
        }
    }
    let row = Publication { site_id, kind, first_day, published_by_id: lead.user_id, published_at: tx.now };
    repo::insert(tx.conn, &row)?;
    let site = sites::names(tx, site_id)?.site.clone();
    Ok(PublicationView::new(site, period, &row))
}

fn check(tx: &mut Tx<'_>, lead: &Lead, site_id: Id) -> Result<(), Error> {
    let role = lead.role_at(site_id);
    if !role.is_staff() || sites::site(tx, site_id).is_err() {
        return Err(Error::NotFound("site_not_found"));
    }
    if role.is_lead() { Ok(()) } else { Err(Error::Forbidden("view_not_yours")) }
}

/// The period of a report, which may have begun today and not have ended before there was a site.
///
/// # Errors
/// [`Error::Invalid`] `period_future`, `period_before_site`.
pub(crate) fn period_of(
    tx: &mut Tx<'_>,
    site_id: Id,
    kind: ReportKind,
    day: Option<Date>,
    pointer: &str,
) -> Result<Period, Error> {
    let today = rates::today(tx, site_id)?;
    let period = kind.period(day.unwrap_or(today));
    if period.from > today {
        return Err(Error::field(pointer, "period_future"));
    }
    if period.to < rates::begun_on(tx, site_id)? {
        return Err(Error::field(pointer, "period_before_site"));
    }
    Ok(period)
}

/// A report, in words of a language.
///
/// # Errors
/// As the database; [`Error::Unavailable`] `rates_counting`.
pub fn make(
    tx: &mut Tx<'_>,
    site_id: Id,
    kind: ReportKind,
    period: Period,
    language: Language,
) -> Result<Report, Error> {
    Ok(tables::report(&material(tx, site_id, kind, period)?, words::Words(language)))
}

fn material(tx: &mut Tx<'_>, site_id: Id, kind: ReportKind, period: Period) -> Result<Material, Error> {
    let pending = fold::pending(tx, site_id)?;
    let change = pending.change();
    let by = |tx: &mut Tx<'_>, group_by: Option<GroupBy>, period: Period| {
        rates::sums(tx, &change, site_id, None, group_by, period)
    };
    let kinds = |sums: rates::Sums| {
        let mut kinds: BTreeMap<Kind, Counts> = BTreeMap::new();
        for ((_, kind), counts) in sums {
            kinds.entry(kind).or_default().merge(&counts, 1);
        }
        kinds
    };
    let groups = |sums: rates::Sums| {
        let mut groups: BTreeMap<String, Counts> = BTreeMap::new();
        for ((group, _), counts) in sums {
            groups.entry(group).or_default().merge(&counts, 1);
        }
        groups
    };
    let is_long = matches!(kind, ReportKind::Quarterly | ReportKind::Yearly);
    let steps = if is_long { GroupBy::Month } else { GroupBy::Day };
    let today = rates::today(tx, site_id)?;
    let last_month = Period::month_of(period.to.min(today));
    let compared = Compared::new(tx, site_id, (&pending, &change), last_month)?;
    let zone = sites::zone(tx, site_id)?;
    let from = rates::begin_of(tx, site_id, period.from)?;
    let end = rates::begin_of(tx, site_id, period.to.saturating_add(1.day()))?;
    let behind = Behind {
        site_id,
        rate: Rate::Satisfaction,
        part: RatePart::Missed,
        from: Id::first_of(from),
        end: Id::first_of(end),
        ticket_kind: None,
        of: Vec::new(),
        not_about: None,
    };
    let unsatisfied = rates::places_behind(tx, &pending, &behind, LOW_SCORES_READ)?;
    let unsatisfied: Vec<Id> = unsatisfied.into_iter().map(|(_, id)| id).collect();
    let log = if kind == ReportKind::Daily {
        let received = record::list_received(tx, site_id, (from, end), None, DAY_LOG)?;
        let ids: Vec<Id> = received.iter().map(|ticket| ticket.id).collect();
        let hidden = complaints::about::about_staff(tx, &ids)?;
        let is_of_day = |ticket: &Ticket| (from..end).contains(&ticket.received_at) && !hidden.contains(&ticket.id);
        received.into_iter().filter(is_of_day).collect()
    } else {
        Vec::new()
    };
    let mut over_time = groups(by(tx, Some(steps), period)?);
    let begun = rates::begun_on(tx, site_id)?;
    for day in steps.begun_in(Period { from: period.from.max(begun), to: period.to.min(today) }) {
        // A day without tickets is a day, too.
        over_time.entry(day).or_default();
    }
    Ok(Material {
        site: sites::names(tx, site_id)?.site.name.to_string(),
        kind,
        period,
        zone,
        now: tx.now,
        targets: Aims::of(tx, site_id)?.at(period)?,
        by_kind: kinds(by(tx, None, period)?),
        by_kind_before: kinds(by(tx, None, period.previous())?),
        over_time,
        by_department: groups(by(tx, Some(GroupBy::Department), period)?),
        by_person: groups(by(tx, Some(GroupBy::Person), period)?),
        days_of_persons: rates::days_of_persons(tx, &change, site_id, period)?,
        by_hour: groups(by(tx, Some(GroupBy::Hour), period)?),
        by_lateness: groups(by(tx, Some(GroupBy::LatenessReason), period)?),
        by_pause: groups(by(tx, Some(GroupBy::Pause), period)?),
        shops: compared.shops(tx)?,
        topics: compared.topics(tx)?,
        names: names(tx, site_id)?,
        low_scores: low_scores(tx, &unsatisfied)?,
        log,
    })
}

fn names(tx: &mut Tx<'_>, site_id: Id) -> Result<HashMap<String, String>, Error> {
    let things = sites::names(tx, site_id)?;
    let mut names: HashMap<String, String> =
        things.things.iter().map(|(id, name)| (id.to_string(), name.to_string())).collect();
    names.extend(members::list_staff(tx, site_id)?.into_iter().map(|one| (one.id.to_string(), one.display_name)));
    Ok(names)
}

fn low_scores(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<LowScore>, Error> {
    let said = record::list_words(tx, ids, Action::Rate)?.into_iter();
    let mut said: HashMap<Id, (Option<i32>, Option<String>)> =
        said.map(|(id, words)| (id, (None, Some(words)))).collect();
    for one in follow_ups::service::list_of_tickets(tx, ids)?.into_iter().filter(|one| one.overall.is_some()) {
        let (score, words) = said.entry(one.ticket_id).or_default();
        *score = one.overall;
        *words = words.take().or(one.comment);
    }
    let has_words = |id: &Id| said.get(id).is_some_and(|(_, words)| words.is_some());
    let mut chosen: Vec<Id> = ids.to_vec();
    chosen.sort_by_key(|id| !has_words(id));
    chosen.truncate(LOW_SCORES);
    let mut tickets = record::list_by_ids(tx, &chosen)?;
    let one = |id: &Id| {
        let ticket = tickets.remove(id)?;
        let (answer, words) = said.remove(id).unwrap_or_default();
        Some(LowScore { score: ticket.rating_score.or(answer), ticket, words })
    };
    Ok(chosen.iter().filter_map(one).collect())
}
