//! Rounds of spot checks, and what is found in them.
//!
//! Rules:
//! - The leads of a site draw and check. What was found in a person's records only they and the leads see.
//! - Nobody checks their own work: not whoever wrote the record down, has or had the ticket, did something about it or
//!   brought it to its end, nor whoever answers for it.
//! - A result may be given anew, with a reason; the one before stays readable.
//! - Whoever answered for the record when it was checked, answers for what was found, and hears of it if it was wrong.
//! - A round is done when each of its records has a result; it may be ended earlier, with a reason. Then its tickets may
//!   be drawn again.
//! - A ticket that is withdrawn or merged after it was drawn may still be checked, and then counts in no rate.

use std::collections::HashMap;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::api::{CheckRecord, CloseSpotCheck, DrawSpotCheck, ListSpotCheckResults, ListSpotChecks};
use super::draw::{self, Drawn};
use super::model::{DrawnTicket, NarrowedResults, RecordResult, SpotCheck, SpotCheckMethod, SpotCheckStatus};
use super::views::{OwnResultView, RecordResultView, SpotCheckTicketView, SpotCheckView};
use super::{checklist, repo};
use crate::accounts::model::{Lead, Staff};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::clocks;
use crate::complaints;
use crate::error::Error;
use crate::follow_ups;
use crate::http::input::Target;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::rates::service as rates;
use crate::similar::api::TicketSummary;
use crate::sites::service as sites;
use crate::text::Text;
use crate::tickets::lifecycle::Action;
use crate::tickets::model::Ticket;
use crate::tickets::record;
use crate::values::{Id, Json};

/// How many records of a round were drawn, checked, and correct, as somebody may know of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Found {
    /// Drawn.
    pub sampled: i64,
    /// Checked.
    pub checked: i64,
    /// Correct.
    pub correct: i64,
}

/// Opens a round with what was drawn.
///
/// # Errors
/// As [`draw::draw`]; [`Error::Rule`] `spot_check_nothing_to_draw`; [`Error::Invalid`] for tickets chosen by hand;
/// [`Error::Conflict`] `spot_check_drawn_meanwhile`.
pub fn open(tx: &mut Tx<'_>, lead: &Lead, ask: DrawSpotCheck, drawn: &Drawn) -> Result<SpotCheckView, Error> {
    draw::check_site(tx, lead, ask.site_id)?;
    let period = draw::period_of(tx, &ask)?;
    let method = if ask.size.is_some() { SpotCheckMethod::Random } else { SpotCheckMethod::Targeted };
    if method == SpotCheckMethod::Targeted {
        draw::check_chosen(tx, lead, (ask.site_id, period), &drawn.ticket_ids)?;
    }
    if drawn.ticket_ids.is_empty() {
        return Err(Error::rule("spot_check_nothing_to_draw"));
    }
    let (checklist_version, items) = checklist::current(tx, ask.site_id)?;
    let population = i32::try_from(drawn.population).unwrap_or(i32::MAX);
    let round = SpotCheck {
        id: tx.new_id(),
        site_id: ask.site_id,
        method,
        status: SpotCheckStatus::Open,
        from_day: period.from.to_string(),
        to_day: period.to.to_string(),
        size: ask.size.unwrap_or(population),
        population,
        ticket_kind: ask.kind,
        category_id: ask.category_id,
        department_id: ask.department_id,
        person_id: ask.person_id,
        checklist_version,
        items,
        note: ask.note.map(Text::into_string),
        created_by_id: lead.user_id,
        created_at: tx.now,
        close_reason: None,
        closed_by_id: None,
        ended_at: None,
        version: 1,
    };
    repo::insert(tx.conn, &round)?;
    let row = |ticket_id: &Id| DrawnTicket { spot_check_id: round.id, ticket_id: *ticket_id, is_open: true };
    let rows: Vec<DrawnTicket> = drawn.ticket_ids.iter().map(row).collect();
    repo::insert_tickets(tx.conn, &rows).map_err(|error| match error {
        // Another lead drew one of these a moment ago.
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
            Error::conflict("spot_check_drawn_meanwhile")
        }
        error => error.into(),
    })?;
    show(tx, lead, round)
}

/// A round that the caller may know of.
fn load(tx: &mut Tx<'_>, lead: &Lead, id: Id) -> Result<SpotCheck, Error> {
    let is_theirs = |round: &SpotCheck| lead.role_at(round.site_id).is_lead();
    repo::find(tx.conn, id)?.filter(is_theirs).ok_or(Error::NotFound("spot_check_not_found"))
}

/// A ticket of a round, which the caller may know of: what complains about them is not there.
fn load_ticket(tx: &mut Tx<'_>, lead: &Lead, round: &SpotCheck, ticket_id: Id) -> Result<Ticket, Error> {
    let missing = || Error::NotFound("spot_check_ticket_not_found");
    if !repo::exists_ticket(tx.conn, round.id, ticket_id)? {
        return Err(missing());
    }
    let ticket = record::list_by_ids(tx, &[ticket_id])?.remove(&ticket_id).ok_or_else(missing)?;
    if complaints::service::is_about(tx, &ticket, lead.user_id)? { Err(missing()) } else { Ok(ticket) }
}

/// A round.
///
/// # Errors
/// [`Error::NotFound`] also for those of other sites.
pub fn find(tx: &mut Tx<'_>, lead: &Lead, id: Id) -> Result<SpotCheckView, Error> {
    let round = load(tx, lead, id)?;
    show(tx, lead, round)
}

/// The rounds of a site, newest first; one more than asked for tells whether there are more.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found`; [`Error::Forbidden`] `action_not_yours`.
pub fn list(
    tx: &mut Tx<'_>,
    lead: &Lead,
    query: &ListSpotChecks,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<SpotCheckView>, Error> {
    draw::check_site(tx, lead, query.site_id)?;
    let rounds = repo::list(tx.conn, query.site_id, query.status, before, limit)?;
    show_all(tx, lead, rounds)
}

fn show(tx: &mut Tx<'_>, lead: &Lead, round: SpotCheck) -> Result<SpotCheckView, Error> {
    let mut views = show_all(tx, lead, vec![round])?;
    views.pop().ok_or(Error::NotFound("spot_check_not_found"))
}

/// Rounds of one site.
fn show_all(tx: &mut Tx<'_>, lead: &Lead, rounds: Vec<SpotCheck>) -> Result<Vec<SpotCheckView>, Error> {
    let Some(site_id) = rounds.first().map(|round| round.site_id) else { return Ok(Vec::new()) };
    let ids: Vec<Id> = rounds.iter().map(|round| round.id).collect();
    let mut found: HashMap<Id, Found> = HashMap::new();
    let known = repo::list_drawn(tx.conn, &ids, lead.user_id)?;
    for (id, _) in &known {
        found.entry(*id).or_default().sampled += 1;
    }
    for result in repo::list_current(tx.conn, &ids)? {
        if known.binary_search(&(result.spot_check_id, result.ticket_id)).is_ok() {
            let found = found.entry(result.spot_check_id).or_default();
            found.checked += 1;
            found.correct += i64::from(result.is_correct);
        }
    }
    let of = |round: &SpotCheck| [round.person_id, Some(round.created_by_id), round.closed_by_id];
    let people = names_of(tx, rounds.iter().flat_map(of))?;
    let names = sites::names(tx, site_id)?;
    let view = |round: SpotCheck| {
        let found = found.get(&round.id).copied().unwrap_or_default();
        let items = checklist::read(&round.items)?;
        Ok(SpotCheckView::new(round, items, found, &names, &people))
    };
    rounds.into_iter().map(view).collect()
}

fn names_of(tx: &mut Tx<'_>, ids: impl Iterator<Item = Option<Id>>) -> Result<HashMap<Id, String>, Error> {
    let mut ids: Vec<Id> = ids.flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    accounts::names_of(tx, &ids)
}

/// The tickets of a round with what was found, oldest first; one more than asked for tells whether there are more. What
/// complains about the caller is left out.
///
/// # Errors
/// As [`find`].
pub fn tickets(
    tx: &mut Tx<'_>,
    lead: &Lead,
    id: Id,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<(Id, SpotCheckTicketView)>, Error> {
    let round = load(tx, lead, id)?;
    let ids = repo::list_tickets(tx.conn, round.id, lead.user_id, after, limit)?;
    show_tickets(tx, &round, &ids)
}

fn show_tickets(tx: &mut Tx<'_>, round: &SpotCheck, ids: &[Id]) -> Result<Vec<(Id, SpotCheckTicketView)>, Error> {
    let mut tickets = record::list_by_ids(tx, ids)?;
    let results = repo::list_of_tickets(tx.conn, ids)?;
    let mut results: HashMap<Id, RecordResult> = results
        .into_iter()
        .filter(|result| result.spot_check_id == round.id)
        .map(|result| (result.ticket_id, result))
        .collect();
    let ended_by = ended_by(tx, ids)?;
    // Before anybody looked: who answers for it now.
    let person = |ticket: &Ticket| match results.get(&ticket.id) {
        Some(result) => result.person_id,
        None => answerable(ticket, ended_by.get(&ticket.id).copied()),
    };
    let persons: HashMap<Id, Id> = tickets.values().filter_map(|ticket| Some((ticket.id, person(ticket)?))).collect();
    let checkers = results.values().map(|result| Some(result.checked_by_id));
    let people = names_of(tx, persons.values().copied().map(Some).chain(checkers))?;
    let names = sites::names(tx, round.site_id)?;
    let mut views = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(ticket) = tickets.remove(id) else { continue };
        let result = results.remove(id).map(|result| RecordResultView::new(result, &people)).transpose()?;
        let person = persons.get(id).copied();
        views.push((*id, SpotCheckTicketView::new(TicketSummary::new(ticket, &names), person, result, &people)));
    }
    Ok(views)
}

/// Who brought some tickets to their end.
fn ended_by(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, Id>, Error> {
    let clocks = clocks::service::list_of_tickets(tx, ids)?;
    Ok(clocks::service::waits_and_ends(tx, &clocks)?.ended_by)
}

/// Who answers for a ticket's record: whoever has it, else who brought it to its end; as for its rates.
fn answerable(ticket: &Ticket, ended_by: Option<Id>) -> Option<Id> {
    ticket.assignee_id.or(ended_by)
}

/// Whether a record is, in whole or in part, somebody's own.
fn is_own(tx: &mut Tx<'_>, ticket: &Ticket, ended_by: Option<Id>, person: Id) -> Result<bool, Error> {
    const ON_RECORD: &[Action] =
        &[Action::Accept, Action::Regrade, Action::Pause, Action::Reply, Action::FollowUp, Action::Close];
    if ticket.filed_by_id == person || answerable(ticket, ended_by) == Some(person) {
        return Ok(true);
    }
    Ok(follow_ups::service::has_handled(tx, ticket, person)? || record::has_done(tx, ticket.id, person, ON_RECORD)?)
}

/// Writes down what a record was found to be; once more with a reason.
///
/// # Errors
/// [`Error::NotFound`] also for what complains about the caller; [`Error::Rule`] `spot_check_own_work`,
/// `spot_check_reason_needed`; [`Error::Conflict`] `spot_check_not_open`; [`Error::Invalid`] for the answers;
/// [`Error::PreconditionFailed`].
pub fn check(
    tx: &mut Tx<'_>,
    lead: &Lead,
    (target, ticket_id): (Target, Id),
    command: CheckRecord,
) -> Result<SpotCheckTicketView, Error> {
    repo::lock(tx.conn, target.id)?;
    let mut round = load(tx, lead, target.id)?;
    let ticket = load_ticket(tx, lead, &round, ticket_id)?;
    target.check(round.version)?;
    let ended_by = ended_by(tx, &[ticket_id])?.remove(&ticket_id);
    let known = repo::find_current(tx.conn, round.id, ticket_id)?;
    if is_own(tx, &ticket, ended_by, lead.user_id)? {
        return Err(Error::rule("spot_check_own_work"));
    }
    let answers = checklist::answers(&checklist::read(&round.items)?, &command)?;
    match &known {
        Some(_) if command.reason.is_none() => return Err(Error::rule("spot_check_reason_needed")),
        None if round.status != SpotCheckStatus::Open => return Err(Error::conflict("spot_check_not_open")),
        Some(known) => repo::supersede(tx.conn, known.id)?,
        None => {}
    }
    let result = RecordResult {
        id: tx.new_id(),
        site_id: round.site_id,
        spot_check_id: round.id,
        ticket_id,
        // What was found anew is still about what they did then.
        person_id: known.as_ref().map_or_else(|| answerable(&ticket, ended_by), |known| known.person_id),
        department_id: known.as_ref().map_or(ticket.department_id, |known| known.department_id),
        is_correct: checklist::is_correct(&answers),
        answers: Json(serde_json::to_value(&answers).map_err(Error::internal)?),
        note: command.note.map(Text::into_string),
        reason: command.reason.map(Text::into_string),
        checked_by_id: lead.user_id,
        checked_at: tx.now,
        is_current: true,
    };
    repo::insert_result(tx.conn, &result)?;
    if known.is_none() && repo::count_unchecked(tx.conn, round.id)? == 0 {
        round.status = SpotCheckStatus::Done;
        round.ended_at = Some(tx.now);
        repo::free_tickets(tx.conn, round.id)?;
    }
    round.version += 1;
    repo::update(tx.conn, &round)?;
    let was_wrong = known.is_some_and(|known| !known.is_correct);
    if !result.is_correct && !was_wrong {
        tell(tx, &ticket, &result)?;
    }
    let mut views = show_tickets(tx, &round, &[ticket_id])?;
    views.pop().map(|(_, view)| view).ok_or(Error::NotFound("spot_check_ticket_not_found"))
}

/// Tells whoever answers for a record that it was found wrong, unless it is about a complaint against them.
fn tell(tx: &mut Tx<'_>, ticket: &Ticket, result: &RecordResult) -> Result<(), Error> {
    let Some(person) = result.person_id else { return Ok(()) };
    if complaints::service::is_about(tx, ticket, person)? {
        return Ok(());
    }
    let mut notice = notices::notice(tx, ticket, NoticeKind::RecordWrong, Audience::Person(person))?;
    notice.add("spot_check_id", result.spot_check_id.to_string());
    notices::tell_all(tx, &[notice])
}

/// Ends a round in which records were left unchecked; what was found stays.
///
/// # Errors
/// As [`find`]; [`Error::Conflict`] `spot_check_not_open`; [`Error::PreconditionFailed`].
pub fn close(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: CloseSpotCheck) -> Result<SpotCheckView, Error> {
    repo::lock(tx.conn, target.id)?;
    let mut round = load(tx, lead, target.id)?;
    target.check(round.version)?;
    if round.status != SpotCheckStatus::Open {
        return Err(Error::conflict("spot_check_not_open"));
    }
    round.status = SpotCheckStatus::Closed;
    round.close_reason = Some(command.reason.into_string());
    (round.closed_by_id, round.ended_at) = (Some(lead.user_id), Some(tx.now));
    round.version += 1;
    repo::update(tx.conn, &round)?;
    repo::free_tickets(tx.conn, round.id)?;
    show(tx, lead, round)
}

/// Every result of a ticket in a round, newest first.
///
/// # Errors
/// As [`find`].
pub fn history(tx: &mut Tx<'_>, lead: &Lead, id: Id, ticket_id: Id) -> Result<Vec<RecordResultView>, Error> {
    let round = load(tx, lead, id)?;
    load_ticket(tx, lead, &round, ticket_id)?;
    let results = repo::list_history(tx.conn, round.id, ticket_id)?;
    let people = names_of(tx, results.iter().map(|result| Some(result.checked_by_id)))?;
    results.into_iter().map(|result| RecordResultView::new(result, &people)).collect()
}

/// What was found in a person's records, newest first; one more than asked for tells whether there are more.
///
/// # Errors
/// [`Error::Forbidden`] `view_not_yours` for those of others, to whoever does not lead.
pub fn results(
    tx: &mut Tx<'_>,
    staff: &Staff,
    query: &ListSpotCheckResults,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<OwnResultView>, Error> {
    let person_id = query.person_id.unwrap_or(staff.user_id);
    let led = || staff.memberships.iter().filter(|of| of.role.is_lead()).map(|of| of.site_id);
    let sites = match query.site_id {
        Some(id) if person_id == staff.user_id || staff.role_at(id).is_lead() => Some(vec![id]),
        None if person_id == staff.user_id || staff.is_admin => None,
        None if led().next().is_some() => Some(led().collect()),
        _ => return Err(Error::Forbidden("view_not_yours")),
    };
    let narrowed = NarrowedResults { person_id, sites, is_correct: query.correct, not_about: staff.user_id, before };
    let results = repo::list_results(tx.conn, &narrowed, limit)?;
    let ids: Vec<Id> = results.iter().map(|result| result.ticket_id).collect();
    let tickets = record::list_by_ids(tx, &ids)?;
    let of = |result: &RecordResult| [result.person_id, Some(result.checked_by_id)];
    let people = names_of(tx, results.iter().flat_map(of))?;
    let view = |result: RecordResult| Some(OwnResultView::new(tickets.get(&result.ticket_id)?, result, &people));
    results.into_iter().filter_map(view).collect()
}

/// What was found in the records of some tickets, and stands, in the order of their tickets.
///
/// # Errors
/// As the database.
pub fn list_of_tickets(tx: &mut Tx<'_>, ticket_ids: &[Id]) -> Result<Vec<RecordResult>, Error> {
    Ok(repo::list_of_tickets(tx.conn, ticket_ids)?)
}

/// Of those that were checked, how many were correct.
pub(super) fn share(found: Found) -> Option<f64> {
    rates::value(found.correct, found.checked)
}
