//! Claiming a found item, and deciding about it.
//!
//! Rules:
//! - Claims on one item are kept side by side until each is decided; only one of them can be approved (the database sees to
//!   it as well).
//! - A claim is about an open report of its own claimant, or about none.
//! - Nobody decides about a claim of their own.
//! - Who is told that it is theirs is told at once; who is refused is told why.

use super::api::{ClaimItem, DecideClaim, ListClaims, RejectClaim};
use super::model::{Claim, ClaimMove, ClaimStatus, ClaimVerdict, MOST_OPEN, Narrowed, Numbered, number};
use super::repo;
use super::views::{ClaimContact, ClaimView, DeskClaim};
use crate::accounts::model::{Actor, Role, SealedPhone, SignedIn, Staff};
use crate::app::Tx;
use crate::contact_views::model::Whose;
use crate::contact_views::service::{Callable, look};
use crate::custody::model::CustodyKind;
use crate::custody::service::{self as custody, Note};
use crate::error::Error;
use crate::found_items::model::{ItemMove, ItemStatus};
use crate::found_items::{marks, record};
use crate::http::input::Target;
use crate::lost_found::categories::ValueClass;
use crate::lost_reports::model::{LostReport, ReportStatus};
use crate::lost_reports::service as reports;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::text::Discreet;
use crate::tickets::intake::{self, Requester};
use crate::values::Id;
use crate::{accounts, attachments};

/// Claims an item.
///
/// # Errors
/// [`Error::NotFound`] for items that nobody may know of, and for a report that is not the claimant's; [`Error::Conflict`]
/// `item_not_claimable`, `claim_exists`, `lost_report_not_open`;
/// [`Error::Rule`] `claim_rejected_before`, `claims_too_many`; as [`intake::requester`].
pub fn claim(tx: &mut Tx<'_>, actor: &SignedIn, command: ClaimItem) -> Result<ClaimView, Error> {
    let ClaimItem { item_id, lost_report_id, statement, contact, on_behalf_of } = command;
    let item = record::lock(tx, item_id)?;
    let is_desk = actor.role_at(item.item.site_id).is_desk();
    let is_public = item.item.value_class != ValueClass::Dangerous && item.item.status != ItemStatus::Announced;
    if !is_public && !is_desk {
        return Err(Error::NotFound("item_not_found"));
    }
    if item.item.status != ItemStatus::Kept {
        return Err(Error::conflict("item_not_claimable"));
    }
    let report = match lost_report_id {
        Some(id) => Some(reports::load(tx, actor, Target { id, expected_version: None })?.report),
        None => None,
    };
    let Requester { channel, id: claimant_id, name, phone, .. } =
        intake::requester(tx, actor, item.item.site_id, contact, on_behalf_of)?;
    if let Some(report) = &report {
        check_report(tx, report, item.item.site_id, (claimant_id, phone.as_ref()))?;
    }
    if let Some(person) = claimant_id {
        check_person(tx, item_id, person, is_desk && person != actor.user_id)?;
    }
    let (phone_sealed, phone_masked) = phone.map_or((None, None), |phone| (Some(phone.sealed), Some(phone.masked)));
    let claim = Claim {
        id: tx.new_id(),
        site_id: item.item.site_id,
        item_id,
        report_id: report.map(|report| report.id),
        status: ClaimStatus::Open,
        channel,
        claimant_id,
        filed_by_id: (claimant_id != Some(actor.user_id)).then_some(actor.user_id),
        contact_name: name,
        contact_phone_sealed: phone_sealed,
        contact_phone_masked: phone_masked,
        statement: statement.map(Discreet::into_string),
        verdict: None,
        tries: 0,
        next_try_at: None,
        asked: None,
        decided_by_id: None,
        decided_at: None,
        reason: None,
        code_hash: None,
        code_expires_at: None,
        way: None,
        identity_kind: None,
        identity_last4: None,
        proof: None,
        signature_id: None,
        carrier: None,
        tracking_number: None,
        fee_fen: None,
        address_sealed: None,
        handed_by_id: None,
        handed_by_name: None,
        handed_at: None,
        witness_id: None,
        witness_name: None,
        witnessed_at: None,
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
        ended_at: None,
        erased_at: None,
        wrong_codes: 0,
    };
    let seq = repo::insert(tx.conn, &claim)?;
    let one = Numbered { seq, claim };
    tell_desk(tx, &one)?;
    show(tx, actor, one)
}

/// A claim ends the report it is about: that is an open one of the same person, who is known by their account, or by
/// their number where one of both has none.
fn check_report(
    tx: &Tx<'_>,
    report: &LostReport,
    site_id: Id,
    (claimant_id, phone): (Option<Id>, Option<&SealedPhone>),
) -> Result<(), Error> {
    let is_theirs = match (report.reporter_id, claimant_id) {
        (Some(reporter), Some(claimant)) => reporter == claimant,
        _ => match (report.contact_phone_sealed.as_deref(), phone) {
            (Some(reported), Some(given)) => tx.app.vault.unseal(reported)? == tx.app.vault.unseal(&given.sealed)?,
            _ => false,
        },
    };
    if !is_theirs || report.site_id != site_id {
        return Err(Error::NotFound("lost_report_not_found"));
    }
    if report.status == ReportStatus::Open { Ok(()) } else { Err(Error::conflict("lost_report_not_open")) }
}

/// A person claims an item once, and not everything at once; whom the desk refused is heard at the desk.
fn check_person(tx: &mut Tx<'_>, item_id: Id, person: Id, by_desk: bool) -> Result<(), Error> {
    accounts::service::lock_person(tx, person)?;
    let before = repo::list_by(tx.conn, item_id, person)?;
    if before.iter().any(|claim| !claim.status.is_over()) {
        return Err(Error::conflict("claim_exists"));
    }
    if before.iter().any(|claim| claim.status == ClaimStatus::Rejected) && !by_desk {
        return Err(Error::rule("claim_rejected_before"));
    }
    if repo::count_open_by(tx.conn, person)? >= MOST_OPEN {
        return Err(Error::rule("claims_too_many"));
    }
    Ok(())
}

/// A claim as the caller may know of it.
///
/// # Errors
/// [`Error::NotFound`] also for those of others, [`Error::PreconditionFailed`] for a stale version.
pub(super) fn load(tx: &mut Tx<'_>, actor: &Actor, target: Target) -> Result<Numbered, Error> {
    let knows =
        |one: &Numbered| one.claim.claimant_id == Some(actor.user_id) || actor.role_at(one.claim.site_id).is_desk();
    let found = repo::find(tx.conn, target.id)?.filter(knows).ok_or(Error::NotFound("claim_not_found"))?;
    target.check(found.claim.version)?;
    Ok(found)
}

/// As [`load`], for its claimant.
///
/// # Errors
/// As there; [`Error::Forbidden`] `claim_not_yours` for the desk.
pub(super) fn load_own(tx: &mut Tx<'_>, actor: &Actor, target: Target) -> Result<Numbered, Error> {
    let one = lock(tx, actor, target)?;
    if one.claim.claimant_id == Some(actor.user_id) { Ok(one) } else { Err(Error::Forbidden("claim_not_yours")) }
}

/// As [`load`]; other changes around its item wait until this one is done.
fn lock(tx: &mut Tx<'_>, actor: &Actor, target: Target) -> Result<Numbered, Error> {
    let item_id = load(tx, actor, Target { expected_version: None, ..target })?.claim.item_id;
    record::lock(tx, item_id)?;
    load(tx, actor, target)
}

/// As [`load`], for a desk that may decide: not about a claim of one's own.
///
/// # Errors
/// As there; [`Error::Forbidden`] `claim_not_yours`; [`Error::Rule`] `claim_own`.
pub(super) fn load_for_desk(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<Numbered, Error> {
    let one = lock(tx, staff, target)?;
    if one.claim.claimant_id == Some(staff.user_id) {
        return Err(Error::rule("claim_own"));
    }
    Ok(one)
}

/// Writes a claim that was changed.
///
/// # Errors
/// [`Error::Conflict`] `claim_changed_meanwhile`.
pub(super) fn write(tx: &mut Tx<'_>, claim: &mut Claim) -> Result<(), Error> {
    claim.version += 1;
    claim.updated_at = tx.now;
    if repo::update(tx.conn, claim)? == 0 { Err(Error::conflict("claim_changed_meanwhile")) } else { Ok(()) }
}

/// Moves a claim on.
///
/// # Errors
/// [`Error::Conflict`] `claim_not_now`.
pub(super) fn step(tx: &Tx<'_>, claim: &mut Claim, step: ClaimMove) -> Result<(), Error> {
    claim.status = claim.status.after(step).ok_or(Error::conflict("claim_not_now"))?;
    claim.ended_at = claim.status.is_over().then_some(tx.now);
    Ok(())
}

/// Says that it is theirs.
///
/// # Errors
/// [`Error::Conflict`] `claim_not_now`, `item_not_claimable` if it is somebody else's by now; [`Error::Rule`]
/// `claim_reason_needed` unless the answers were confirmed.
pub fn approve(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: DecideClaim) -> Result<ClaimView, Error> {
    let mut one = load_for_desk(tx, staff, target)?;
    step(tx, &mut one.claim, ClaimMove::Approve)?;
    if one.claim.verdict != Some(ClaimVerdict::Confirmed) && command.reason.is_none() {
        return Err(Error::rule("claim_reason_needed"));
    }
    let mut item = record::lock(tx, one.claim.item_id)?;
    if item.item.status != ItemStatus::Kept {
        return Err(Error::conflict("item_not_claimable"));
    }
    record::step(tx, &mut item.item, ItemMove::Promise)?;
    let detail = serde_json::json!({ "claim": number(one.seq), "verdict": one.claim.verdict });
    custody::append(tx, Some(staff), &mut item.item, &Note::new(CustodyKind::Promised, detail))?;
    record::write(tx, &mut item.item)?;
    decide(tx, staff, &mut one.claim, command.reason.map(Discreet::into_string));
    write(tx, &mut one.claim)?;
    tell_claimant(tx, &one, NoticeKind::ClaimApproved)?;
    show(tx, staff, one)
}

fn decide(tx: &Tx<'_>, staff: &Staff, claim: &mut Claim, reason: Option<String>) {
    (claim.decided_by_id, claim.decided_at) = (Some(staff.user_id), Some(tx.now));
    claim.reason = reason;
}

/// Says that it is not theirs, or takes back that it is.
///
/// # Errors
/// [`Error::Conflict`] `claim_not_now`.
pub fn reject(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: RejectClaim) -> Result<ClaimView, Error> {
    let mut one = load_for_desk(tx, staff, target)?;
    let held = one.claim.status.holds_item();
    step(tx, &mut one.claim, ClaimMove::Reject)?;
    if held {
        give_back(tx, Some(staff), &one)?;
        let unneeded: Vec<Id> = one.claim.signature_id.into_iter().collect();
        one.claim.forget_hand_over();
        attachments::service::release(tx, &unneeded)?;
    }
    decide(tx, staff, &mut one.claim, Some(command.reason.into_string()));
    write(tx, &mut one.claim)?;
    tell_claimant(tx, &one, NoticeKind::ClaimRejected)?;
    show(tx, staff, one)
}

/// The item is kept for whoever else claims it.
fn give_back(tx: &mut Tx<'_>, actor: Option<&Actor>, one: &Numbered) -> Result<(), Error> {
    let mut item = record::lock(tx, one.claim.item_id)?;
    record::step(tx, &mut item.item, ItemMove::TakeBack)?;
    let detail = serde_json::json!({ "claim": number(one.seq) });
    custody::append(tx, actor, &mut item.item, &Note::new(CustodyKind::TakenBack, detail))?;
    record::write(tx, &mut item.item)
}

/// Asks the claimant for more.
///
/// # Errors
/// [`Error::Conflict`] `claim_not_open`.
pub fn ask(tx: &mut Tx<'_>, staff: &Staff, target: Target, question: Discreet<500>) -> Result<ClaimView, Error> {
    let mut one = load_for_desk(tx, staff, target)?;
    if one.claim.status != ClaimStatus::Open {
        return Err(Error::conflict("claim_not_open"));
    }
    one.claim.asked = Some(question.into_string());
    if one.claim.verdict != Some(ClaimVerdict::Confirmed) {
        one.claim.verdict = Some(ClaimVerdict::MoreNeeded);
    }
    write(tx, &mut one.claim)?;
    tell_claimant(tx, &one, NoticeKind::ClaimAsked)?;
    show(tx, staff, one)
}

/// The claimant does not want it any more.
///
/// # Errors
/// [`Error::Conflict`] `claim_not_now`.
pub fn withdraw(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<ClaimView, Error> {
    let mut one = load_own(tx, actor, target)?;
    let held = one.claim.status.holds_item();
    step(tx, &mut one.claim, ClaimMove::Withdraw)?;
    if held {
        give_back(tx, Some(actor), &one)?;
    }
    write(tx, &mut one.claim)?;
    tell_desk(tx, &one)?;
    show(tx, actor, one)
}

/// Whether somebody's claim on an item is undecided.
///
/// # Errors
/// As the database.
pub(crate) fn has_open(tx: &mut Tx<'_>, item_id: Id) -> Result<bool, Error> {
    Ok(repo::exists_open_on(tx.conn, item_id)?)
}

/// Whether somebody proved that an item is theirs, and nobody has decided.
///
/// # Errors
/// As the database.
pub(crate) fn has_confirmed(tx: &mut Tx<'_>, item_id: Id) -> Result<bool, Error> {
    Ok(repo::exists_confirmed_on(tx.conn, item_id)?)
}

/// An item left the desk: who claimed it besides is told, and at which police station to ask.
///
/// # Errors
/// As the database.
pub(crate) fn on_gone(tx: &mut Tx<'_>, item_id: Id, station: Option<&str>) -> Result<(), Error> {
    for mut one in repo::list_open_on(tx.conn, item_id)? {
        step(tx, &mut one.claim, ClaimMove::Lapse)?;
        one.claim.reason = station.map(ToOwned::to_owned);
        write(tx, &mut one.claim)?;
        tell_claimant(tx, &one, NoticeKind::ClaimLapsed)?;
    }
    Ok(())
}

pub(super) fn tell_claimant(tx: &mut Tx<'_>, one: &Numbered, kind: NoticeKind) -> Result<(), Error> {
    match one.claim.claimant_id {
        Some(person) => tell(tx, one, kind, Audience::Person(person)),
        None => Ok(()),
    }
}

pub(super) fn tell_desk(tx: &mut Tx<'_>, one: &Numbered) -> Result<(), Error> {
    tell(tx, one, NoticeKind::ClaimChanged, Audience::Role(Role::Agent))
}

fn tell(tx: &mut Tx<'_>, one: &Numbered, kind: NoticeKind, audience: Audience) -> Result<(), Error> {
    let mut notice = notices::about_site(tx, one.claim.site_id, kind, audience);
    notice.add("number", number(one.seq));
    notice.add("claim_id", one.claim.id.to_string());
    notices::tell_all(tx, &[notice])
}

/// A claim.
///
/// # Errors
/// As [`load`].
pub fn find(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<ClaimView, Error> {
    let one = load(tx, actor, target)?;
    show(tx, actor, one)
}

/// Whom to call about a claim, in full.
///
/// # Errors
/// As [`load`]; [`Error::Forbidden`] `role_desk_needed` for claimants.
pub fn contact(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<ClaimContact, Error> {
    let Numbered { seq, claim } = load(tx, staff, target)?;
    if !staff.role_at(claim.site_id).is_desk() {
        return Err(Error::Forbidden("role_desk_needed"));
    }
    let (site_id, id, number) = (claim.site_id, claim.id, number(seq));
    let (name, phone_sealed) = (claim.contact_name, claim.contact_phone_sealed);
    let seen = look(tx, staff, Callable { site_id, whose: Whose::Claim, id, number, name, phone_sealed })?;
    let address = claim.address_sealed.map(|sealed| tx.app.vault.unseal(&sealed)).transpose()?;
    Ok(ClaimContact { name: seen.name, phone: seen.phone, address })
}

/// Claims, newest first: the desk sees its sites', everyone else their own.
///
/// # Errors
/// As the database.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &SignedIn,
    query: &ListClaims,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<ClaimView>, Error> {
    let (is_desk, sites) = actor.listed_sites(query.site_id);
    let claimant_id = (!is_desk).then_some(actor.user_id);
    let narrowed = Narrowed { claimant_id, sites, status: query.status, item_id: query.item_id, before };
    let rows = repo::list(tx.conn, &narrowed, limit)?;
    let ids: Vec<Id> = rows.iter().map(|one| one.claim.item_id).collect();
    let known = record::list_by_ids(tx, &ids)?;
    let number_of = |id: Id| known.get(&id).map(|item| crate::found_items::model::number(item.seq));
    let view = |one: Numbered| {
        let item_number = number_of(one.claim.item_id).unwrap_or_default();
        ClaimView::new(one, item_number, Vec::new(), None)
    };
    Ok(rows.into_iter().map(view).collect())
}

/// A claim as its claimant, or the desk, sees it.
///
/// # Errors
/// As the database.
pub(super) fn show(tx: &mut Tx<'_>, actor: &Actor, one: Numbered) -> Result<ClaimView, Error> {
    let item = record::find(tx, one.claim.item_id)?;
    let marks = marks::list(tx, one.claim.item_id)?;
    // Once nothing is compared any more there is nothing to ask.
    let is_asked = one.claim.status == ClaimStatus::Open && one.claim.verdict != Some(ClaimVerdict::Confirmed);
    let questions = marks.into_iter().filter(|_| is_asked).map(|(id, mark)| (id, mark.question)).collect();
    let desk = if actor.role_at(one.claim.site_id).is_desk() && one.claim.claimant_id != Some(actor.user_id) {
        let by_finder = one.claim.claimant_id.is_some() && one.claim.claimant_id == item.item.finder_id;
        Some(for_desk(tx, &one.claim, by_finder)?)
    } else {
        None
    };
    Ok(ClaimView::new(one, crate::found_items::model::number(item.seq), questions, desk))
}

fn for_desk(tx: &mut Tx<'_>, claim: &Claim, by_finder: bool) -> Result<DeskClaim, Error> {
    let mut answers = Vec::new();
    for row in repo::list_answers(tx.conn, claim.id)? {
        let json = tx.app.vault.unseal(&row.answers_sealed)?;
        answers.push((row.at, row.verdict, serde_json::from_str(&json).map_err(Error::internal)?));
    }
    Ok(DeskClaim::new(claim, answers, by_finder))
}
