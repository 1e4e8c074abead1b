//! Proposing what is the same trouble once more and what is one incident, and letting people decide.
//!
//! Rules:
//! - Whoever complains again about the same, or reports broken again what was mended, is proposed as a repeat of the
//!   newest such ticket; only what a person confirms counts.
//! - Open reports of one thing by several people within hours are proposed as an incident.
//! - Each look-up takes a bounded number of rows from an index, however long the history is.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::api::{Cluster, DecideRepeat, RelatedView, RepeatView, TicketSummary};
use super::model::{
    Because, CLUSTER_OF, CLUSTER_WITHIN, MENDED_WITHIN, RE_COMPLAINT_WITHIN, REWORK_WITHIN, Repeat, RepeatKind,
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
use crate::tickets::intake::Requester;
use crate::tickets::lifecycle::{Action, Status};
use crate::tickets::model::{Alike, Ticket};
use crate::tickets::record::{self, LikeWhat};
use crate::values::{Id, Instant};

/// As many tickets are shown of each history.
const SHOWN: i64 = 10;

/// From so long ago until now.
fn since(tx: &Tx<'_>, ago: SignedDuration) -> (Instant, Instant) {
    (tx.now - ago, tx.now + SignedDuration::from_secs(1))
}

/// How many other people reported a category at a place within the last hours, and nobody has resolved it.
///
/// # Errors
/// As the database.
pub(crate) fn count_alike(
    tx: &mut Tx<'_>,
    location_id: Id,
    category_id: Option<Id>,
    who: &Requester,
) -> Result<usize, Error> {
    let Some(category_id) = category_id else { return Ok(0) };
    let like = LikeWhat::PlaceAndCategory(location_id, category_id);
    let alike = record::list_alike(tx, &like, since(tx, CLUSTER_WITHIN))?;
    let own = person(who.id, who.phone.as_ref().map(|phone| phone.masked.as_str()));
    Ok(people(alike.iter().filter(|one| one.status.is_open()), own.as_ref()))
}

/// Who reported something: their account, else their number. Masked numbers that are alike count as one, which errs on the
/// quiet side.
fn person(id: Option<Id>, phone: Option<&str>) -> Option<String> {
    id.map(|id| id.to_string()).or_else(|| phone.map(ToOwned::to_owned))
}

fn person_of(one: &Alike) -> Option<String> {
    person(one.requester_id, one.contact_phone_masked.as_deref())
}

/// How many people besides one reported these; whoever is not known counts each time.
fn people<'a>(alike: impl Iterator<Item = &'a Alike>, own: Option<&String>) -> usize {
    let (mut known, mut unknown) = (BTreeSet::new(), 0);
    for one in alike {
        match person_of(one) {
            Some(person) => drop(known.insert(person)),
            None => unknown += 1,
        }
    }
    known.retain(|person| Some(person) != own);
    known.len() + unknown
}

/// Looks at a ticket that was just opened, and proposes what it may be.
///
/// # Errors
/// As the database.
pub(crate) fn look(tx: &mut Tx<'_>, ticket: &Ticket, phone_index: Option<&[u8]>) -> Result<(), Error> {
    let like_here = match (ticket.location_id, ticket.category_id) {
        (Some(location_id), Some(category_id)) => {
            let within = CLUSTER_WITHIN.max(MENDED_WITHIN + REWORK_WITHIN);
            record::list_alike(tx, &LikeWhat::PlaceAndCategory(location_id, category_id), since(tx, within))?
        }
        _ => Vec::new(),
    };
    let found = match ticket.kind {
        Kind::Complaint => find_earlier_complaint(tx, ticket, phone_index)?,
        Kind::Repair => find_earlier_repair(tx, ticket, &like_here)?,
        Kind::Inquiry | Kind::Request => None,
    };
    if let Some((earlier_id, kind, because)) = found {
        let row = new_row(tx, ticket, earlier_id, kind, because);
        repo::insert(tx.conn, &row)?;
    }
    let loose = || like_here.iter().filter(|one| is_of_cluster(tx, one, ticket.id) && one.parent_id.is_none());
    let own = person(ticket.requester_id, ticket.contact_phone_masked.as_deref());
    let is_again = own.is_some() && loose().any(|one| person_of(one) == own);
    let count = people(loose(), own.as_ref()) + 1;
    // Said at three, and again whenever there are twice as many.
    let is_crowd = count >= CLUSTER_OF && count.is_multiple_of(CLUSTER_OF) && (count / CLUSTER_OF).is_power_of_two();
    if is_crowd && !is_again {
        notices::tell(tx, ticket, NoticeKind::IncidentProposed, Audience::Role(Role::Agent))?;
    }
    Ok(())
}

fn is_of_cluster(tx: &Tx<'_>, one: &Alike, ticket_id: Id) -> bool {
    one.id != ticket_id && one.status.is_open() && one.created_at >= tx.now - CLUSTER_WITHIN
}

fn find_earlier_complaint(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    phone_index: Option<&[u8]>,
) -> Result<Option<(Id, RepeatKind, Because)>, Error> {
    let mut theirs = Vec::new();
    if let Some(id) = ticket.requester_id {
        theirs.extend(record::list_alike(tx, &LikeWhat::Requester(id), since(tx, RE_COMPLAINT_WITHIN))?);
    }
    if let Some(index) = phone_index {
        theirs.extend(record::list_alike(tx, &LikeWhat::Phone(index.to_vec()), since(tx, RE_COMPLAINT_WITHIN))?);
    }
    theirs.retain(|one| one.id != ticket.id && one.kind == Kind::Complaint && one.site_id == ticket.site_id);
    theirs.sort_by_key(|one| std::cmp::Reverse(one.id));
    let because = |one: &Alike| {
        if ticket.category_id.is_some() && one.category_id == ticket.category_id {
            return Some(Because::SamePersonAndCategory);
        }
        let same_shop = ticket.shop_id.is_some() && one.shop_id == ticket.shop_id;
        let same_place = ticket.shop_id.is_none() && one.location_id == ticket.location_id;
        (same_shop || same_place).then_some(Because::SamePersonAndPlace)
    };
    let counts = |one: &&Alike| !matches!(one.status, Status::Cancelled | Status::Merged);
    let mut found = theirs.iter().filter(counts).filter_map(|one| Some((one.id, because(one)?)));
    Ok(found.next().map(|(id, because)| (id, RepeatKind::ReComplaint, because)))
}

fn find_earlier_repair(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    like_here: &[Alike],
) -> Result<Option<(Id, RepeatKind, Because)>, Error> {
    // What was mended and is broken again; what is still open is not mended yet.
    let since_when = tx.now - REWORK_WITHIN;
    let is_mended = |one: &&Alike| {
        let is_done = matches!(one.status, Status::Resolved | Status::Closed);
        one.id != ticket.id && is_done && one.resolved_at.is_some_and(|at| at >= since_when)
    };
    let (like, because) = if let Some(id) = ticket.equipment_id {
        let same = record::list_alike(tx, &LikeWhat::Equipment(id), since(tx, MENDED_WITHIN + REWORK_WITHIN))?;
        (same, Because::SameEquipment)
    } else {
        let here = like_here.iter().filter(|one| one.equipment_id.is_none());
        (here.cloned().collect(), Because::SamePlaceAndCategory)
    };
    let newest = like.iter().filter(|one| one.kind == Kind::Repair).filter(is_mended).map(|one| one.id).max();
    Ok(newest.map(|id| (id, RepeatKind::Rework, because)))
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
    let summary = |ticket: Ticket| TicketSummary::new(ticket, &names);
    let mut repeats = Vec::new();
    for row in rows {
        if let Some(earlier) = others.get(&row.earlier_id).cloned() {
            repeats.push(RepeatView::new(row, summary(earlier)));
        }
    }
    // However often one person reports a thing, they are one.
    let own = person(ticket.requester_id, ticket.contact_phone_masked.as_deref());
    let is_crowd = people(cluster.iter(), own.as_ref()) + 1 >= CLUSTER_OF;
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
    let (Some(location_id), Some(category_id)) = (ticket.location_id, ticket.category_id) else {
        return Ok(Vec::new());
    };
    let around = (ticket.created_at - CLUSTER_WITHIN, ticket.created_at + CLUSTER_WITHIN);
    let mut alike = record::list_alike(tx, &LikeWhat::PlaceAndCategory(location_id, category_id), around)?;
    alike.retain(|one| one.id != ticket.id && one.status.is_open() && one.parent_id.is_none());
    Ok(alike)
}

/// A person says whether a ticket is the same trouble as an earlier one, also if nobody proposed it.
///
/// # Errors
/// [`Error::NotFound`] also for tickets of others; [`Error::Forbidden`] `action_not_yours`; [`Error::Rule`]
/// `repeat_of_later`, `related_elsewhere`, `repeat_of_other_kind`; [`Error::Conflict`] `repeat_decided_already`.
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
