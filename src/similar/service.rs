//! Proposing what is the same trouble once more and what is one incident, and letting people decide.
//!
//! Rules:
//! - Whoever complains again about the same, or reports broken again what was mended, is proposed as a repeat of the
//!   newest such ticket; only what a person confirms counts.
//! - Open reports of one thing by several people within hours are proposed as an incident.
//! - Each look-up is answered from an index of its own, however long the history is. What does not count is left out there:
//!   nobody's other tickets hide what is looked for.
//! - What people say by themselves must have something of what would be proposed.

use std::collections::BTreeSet;

use super::api::{Cluster, DecideRepeat, RelatedView, RepeatView, TicketSummary};
use super::model::{
    Because, CLUSTER_OF, CLUSTER_WITHIN, Crowd, MENDED_WITHIN, RE_COMPLAINT_WITHIN, REWORK_WITHIN, Repeat, RepeatKind,
    RepeatStatus,
};
use super::repo;
use crate::accounts::model::{Role, Staff};
use crate::app::Tx;
use crate::complaints;
use crate::error::Error;
use crate::http::input::Target;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::sites;
use crate::sites::model::Kind;
use crate::text::Text;
use crate::tickets::lifecycle::{Action, Status};
use crate::tickets::model::{Alike, Ticket};
use crate::tickets::record::{self, Known};
use crate::values::{Id, Instant};

/// As many tickets are shown of each history.
const SHOWN: i64 = 10;

/// The hours before and after a ticket.
fn around(ticket: &Ticket) -> (Instant, Instant) {
    (ticket.created_at - CLUSTER_WITHIN, ticket.created_at + CLUSTER_WITHIN)
}

/// Who else reported the category of a ticket at its place within the hours around it, and nobody has resolved it. Reports
/// of one moment see each other: whoever counts waits for who counted before.
///
/// # Errors
/// As the database.
pub(crate) fn crowd(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Crowd, Error> {
    let (Some(location_id), Some(category_id)) = (ticket.location_id, ticket.category_id) else {
        return Ok(Crowd { people: 1, loose: 1, is_again: false });
    };
    record::lock_alike(tx, location_id, category_id)?;
    let others = record::list_open_alike(tx, ticket, around(ticket))?;
    let own = own(ticket);
    let loose = || others.iter().filter(|one| one.parent_id.is_none());
    Ok(Crowd {
        people: people(others.iter(), own) + 1,
        loose: people(loose(), own) + 1,
        is_again: own.is_some() && loose().any(|one| person_of(one) == own),
    })
}

/// Who reported something. Masked numbers that are alike count as one, which errs on the quiet side.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Person<'a> {
    Account(Id),
    Number(&'a str),
}

fn own(ticket: &Ticket) -> Option<Person<'_>> {
    person(ticket.requester_id, ticket.contact_phone_masked.as_deref())
}

fn person(id: Option<Id>, phone: Option<&str>) -> Option<Person<'_>> {
    id.map(Person::Account).or(phone.map(Person::Number))
}

fn person_of(one: &Alike) -> Option<Person<'_>> {
    person(one.requester_id, one.contact_phone_masked.as_deref())
}

/// How many people besides one reported these; whoever is not known counts each time.
fn people<'a>(alike: impl Iterator<Item = &'a Alike>, own: Option<Person<'_>>) -> usize {
    let (mut known, mut unknown) = (BTreeSet::new(), 0);
    for one in alike {
        match person_of(one) {
            Some(person) if Some(person) == own => {}
            Some(person) => drop(known.insert(person)),
            None => unknown += 1,
        }
    }
    known.len() + unknown
}

/// Looks at a ticket that was just opened, or is known for another matter than was thought, and proposes what it may be.
///
/// # Errors
/// As the database.
pub(crate) fn look(tx: &mut Tx<'_>, ticket: &Ticket, phone_index: Option<&[u8]>, crowd: Crowd) -> Result<(), Error> {
    let found = match ticket.kind {
        Kind::Complaint => find_earlier_complaint(tx, ticket, phone_index)?,
        Kind::Repair => find_earlier_repair(tx, ticket)?,
        Kind::Inquiry | Kind::Request => None,
    };
    if let Some((earlier_id, kind, because)) = found
        && repo::find(tx.conn, ticket.id, earlier_id)?.is_none()
    {
        let row = new_row(tx, ticket, earlier_id, kind, because);
        repo::insert(tx.conn, &row)?;
    }
    // Said at three, and again whenever there are twice as many.
    let times = crowd.loose / CLUSTER_OF;
    let is_crowd = crowd.loose.is_multiple_of(CLUSTER_OF) && times.is_power_of_two();
    if is_crowd && !crowd.is_again {
        notices::tell(tx, ticket, NoticeKind::IncidentProposed, Audience::Role(Role::Agent))?;
    }
    Ok(())
}

fn find_earlier_complaint(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    phone_index: Option<&[u8]>,
) -> Result<Option<(Id, RepeatKind, Because)>, Error> {
    let account = ticket.requester_id.map(Known::Account);
    let number = phone_index.map(|index| Known::Phone(index.to_vec()));
    let from = ticket.created_at - RE_COMPLAINT_WITHIN;
    let mut newest = None;
    for known in account.into_iter().chain(number) {
        newest = newest.max(record::find_earlier_complaint(tx, &known, ticket, from)?);
    }
    let because = |category_id: Option<Id>| match category_id {
        Some(_) if category_id == ticket.category_id => Because::SamePersonAndCategory,
        _ => Because::SamePersonAndPlace,
    };
    Ok(newest.map(|(id, category_id)| (id, RepeatKind::ReComplaint, because(category_id))))
}

fn find_earlier_repair(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Option<(Id, RepeatKind, Because)>, Error> {
    // What was mended and is broken again; what is still open is not mended yet.
    let since = ticket.created_at - REWORK_WITHIN;
    let (thing, here) = record::find_mended(tx, ticket, since - MENDED_WITHIN, since)?;
    let because = if thing >= here { Because::SameEquipment } else { Because::SamePlaceAndCategory };
    Ok(thing.max(here).map(|id| (id, RepeatKind::Rework, because)))
}

fn new_row(tx: &Tx<'_>, ticket: &Ticket, earlier_id: Id, kind: RepeatKind, because: Because) -> Repeat {
    Repeat {
        ticket_id: ticket.id,
        earlier_id,
        site_id: ticket.site_id,
        kind,
        because,
        status: RepeatStatus::Proposed,
        decided_by_id: None,
        decided_at: None,
        created_at: tx.now,
    }
}

/// In which ways the trouble of some tickets came back, as people confirmed.
///
/// # Errors
/// As the database.
pub fn list_came_back(tx: &mut Tx<'_>, ticket_ids: &[Id]) -> Result<Vec<(Id, RepeatKind)>, Error> {
    Ok(repo::list_came_back(tx.conn, ticket_ids)?)
}

/// What the desk knows around a ticket: earlier ones of the person and the shop, repeats, and reports of the same thing.
///
/// # Errors
/// [`Error::NotFound`] also for tickets of others; [`Error::Forbidden`] `action_not_yours` for staff of no desk.
pub fn related(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<RelatedView, Error> {
    let ticket = record::find_involved(tx, staff, target)?;
    if !staff.role_at(ticket.site_id).is_desk() {
        return Err(Error::Forbidden("action_not_yours"));
    }
    let rows = repo::list_of(tx.conn, ticket.id)?;
    let times_repeated = repo::count_confirmed(tx.conn, ticket.id)?;
    let mut of_requester = record::list_history(tx, &ticket, true, SHOWN)?;
    let mut of_shop = record::list_history(tx, &ticket, false, SHOWN)?;
    let mut cluster = cluster(tx, &ticket)?;
    let mut ids: Vec<Id> = rows.iter().map(|row| row.earlier_id).collect();
    ids.extend(cluster.iter().map(|one| one.id));
    ids.extend(of_requester.iter().chain(&of_shop).map(|one| one.id));
    let hidden = complaints::service::about(tx, &ids, staff.user_id)?;
    of_requester.retain(|one| !hidden.contains(&one.id));
    of_shop.retain(|one| !hidden.contains(&one.id));
    cluster.retain(|one| !hidden.contains(&one.id));
    ids.retain(|id| !hidden.contains(id));
    let mut others = record::list_by_ids(tx, &ids)?;
    let names = sites::service::names(tx, ticket.site_id)?;
    let summary = |mut ticket: Ticket| {
        ticket.rating_score = ticket.rating_score.filter(|_| ticket.shows_rating_to(staff));
        TicketSummary::new(ticket, &names)
    };
    let mut repeats = Vec::new();
    for row in rows {
        if let Some(earlier) = others.get(&row.earlier_id).cloned() {
            repeats.push(RepeatView::new(row, summary(earlier)));
        }
    }
    // However often one person reports a thing, they are one.
    let is_crowd = people(cluster.iter(), own(&ticket)) + 1 >= CLUSTER_OF;
    let is_proposed = is_crowd && ticket.status.is_open() && ticket.parent_id.is_none();
    let mut tickets: Vec<_> = cluster.iter().filter_map(|one| others.remove(&one.id)).map(summary).collect();
    tickets.sort_by_key(|one| one.id);
    Ok(RelatedView {
        repeats,
        times_repeated,
        cluster: Cluster { is_proposed, tickets },
        of_requester: of_requester.into_iter().map(summary).collect(),
        of_shop: of_shop.into_iter().map(summary).collect(),
    })
}

/// Other open reports of the same at the same place, from the hours before and after, that are part of no incident.
fn cluster(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Vec<Alike>, Error> {
    if ticket.location_id.is_none() || ticket.category_id.is_none() {
        return Ok(Vec::new());
    }
    let mut alike = record::list_open_alike(tx, ticket, around(ticket))?;
    alike.retain(|one| one.parent_id.is_none());
    Ok(alike)
}

/// Somebody may call a ticket the same trouble as an earlier one if anything speaks for it: the same person, shop, thing
/// or place, and not longer ago than what is proposed.
fn check_alike(ticket: &Ticket, earlier: &Ticket, kind: RepeatKind) -> Result<(), Error> {
    let same = |one: Option<Id>, other: Option<Id>| one.is_some() && one == other;
    let same_person = own(earlier).is_some() && own(earlier) == own(ticket);
    let same_place = same(earlier.shop_id, ticket.shop_id)
        || same(earlier.equipment_id, ticket.equipment_id)
        || same(earlier.location_id, ticket.location_id);
    let is_over = matches!(earlier.status, Status::Cancelled | Status::Merged);
    if is_over || !(same_person || same_place) {
        return Err(Error::rule("repeat_not_alike"));
    }
    let (from, within) = match kind {
        RepeatKind::ReComplaint => (earlier.created_at, RE_COMPLAINT_WITHIN),
        RepeatKind::Rework => (earlier.resolved_at.unwrap_or(earlier.created_at), REWORK_WITHIN),
    };
    if ticket.created_at > from + within {
        let days = ("days", (within.as_hours() / 24).to_string());
        return Err(Error::Rule { code: "repeat_too_late", params: vec![days] });
    }
    Ok(())
}

/// A person says whether a ticket is the same trouble as an earlier one, also if nobody proposed it.
///
/// # Errors
/// [`Error::NotFound`] also for tickets of others; [`Error::Forbidden`] `action_not_yours`; [`Error::Rule`]
/// `repeat_of_later`, `related_elsewhere`, `repeat_of_other_kind`, `repeat_not_alike`, `repeat_too_late`; [`Error::Conflict`] `repeat_decided_already`.
pub fn decide(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: DecideRepeat) -> Result<RelatedView, Error> {
    let DecideRepeat { earlier_id, confirmed, reason } = command;
    let ticket = record::find_locked(tx, staff, target)?;
    if !staff.role_at(ticket.site_id).is_desk() {
        return Err(Error::Forbidden("action_not_yours"));
    }
    let earlier = record::find_involved(tx, staff, Target { id: earlier_id, expected_version: None })?;
    if earlier.site_id != ticket.site_id {
        return Err(Error::rule("related_elsewhere"));
    }
    if earlier.id >= ticket.id {
        return Err(Error::rule("repeat_of_later"));
    }
    let kind = match (earlier.kind, ticket.kind) {
        (Kind::Complaint, Kind::Complaint) => RepeatKind::ReComplaint,
        (Kind::Repair, Kind::Repair) => RepeatKind::Rework,
        _ => return Err(Error::rule("repeat_of_other_kind")),
    };
    let status = if confirmed { RepeatStatus::Confirmed } else { RepeatStatus::Rejected };
    let known = repo::find(tx.conn, ticket.id, earlier.id)?;
    let is_new = known.is_none();
    let mut row = known.unwrap_or_else(|| new_row(tx, &ticket, earlier.id, kind, Because::ByHand));
    if row.status == status {
        return Err(Error::conflict("repeat_decided_already"));
    }
    row.status = status;
    (row.decided_by_id, row.decided_at) = (Some(staff.user_id), Some(tx.now));
    if is_new {
        if confirmed {
            check_alike(&ticket, &earlier, kind)?;
        }
        repo::insert(tx.conn, &row)?;
    } else {
        repo::update(tx.conn, &row)?;
    }
    record::add_remark(
        tx,
        staff,
        ticket,
        Action::Repeat,
        reason.map(Text::into_string),
        &[("earlier", earlier.number().into()), ("confirmed", confirmed.into())],
    )?;
    related(tx, staff, Target { expected_version: None, ..target })
}
