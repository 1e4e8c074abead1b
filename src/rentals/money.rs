//! What comes of a rental in money: troubles, what they cost, and what changed hands.
//!
//! Rules:
//! - The ledger says everything: what is charged and paid on a rental is the sum of its entries.
//! - What is lost costs what replacing it costs, and no fee besides; what a loss or damage costs, staff decide, and no more than
//!   that price.
//! - What turns up again is charged no more than the fee: the rest goes back.
//! - Nobody decides what they owe themselves, nor takes their own money.
//! - Who says within minutes that it did not come out pays nothing.

use jiff::SignedDuration;

use super::api::{PayRental, ReportTrouble, SettleRental};
use super::model::{Entry, EntryKind, Rental, RentalStatus, ReturnedBy, Trouble, TroubleKind, TroublePhoto};
use super::service::{self, lock_for, not_now, show};
use super::views::RentalView;
use super::{repo, returns};
use crate::accounts::model::{Role, SignedIn, Staff};
use crate::app::Tx;
use crate::attachments::service as attachments;
use crate::error::Error;
use crate::http::input::Target;
use crate::notices::service::{Audience, NoticeKind};
use crate::payscore;
use crate::rental::fees;
use crate::rental_units::model::{RentalUnit, UnitMove};
use crate::rental_units::record::{self, Because};
use crate::stations::lending::{self, Lending};
use crate::text::Text;
use crate::values::{Id, Instant};

/// So long after it was handed out a thing may be said not to have come out. Ours: time to try twice.
const CANNOT_OPEN_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// So long after it came back staff may say that a thing is broken. Ours: time to look at it.
const DAMAGED_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// As many troubles may wait for a decision on one rental.
const MOST_OPEN_REPORTS: i32 = 5;

/// Writes an entry of a rental's ledger.
///
/// # Errors
/// As the database.
pub(crate) fn enter(
    tx: &mut Tx<'_>,
    rental: &Rental,
    kind: EntryKind,
    amount_fen: i64,
    note: Option<String>,
    actor_id: Option<Id>,
) -> Result<(), Error> {
    let entry = Entry { id: tx.new_id(), rental_id: rental.id, kind, amount_fen, note, actor_id, created_at: tx.now };
    Ok(repo::insert_entry(tx.conn, &entry)?)
}

/// Charges something, and settles the rental if nothing is open any more. The caller writes it.
///
/// # Errors
/// As the database.
pub(crate) fn charge(
    tx: &mut Tx<'_>,
    rental: &mut Rental,
    kind: EntryKind,
    amount_fen: i64,
    note: Option<String>,
    actor_id: Option<Id>,
) -> Result<(), Error> {
    if amount_fen > 0 {
        enter(tx, rental, kind, amount_fen, note, actor_id)?;
        rental.charged_fen += amount_fen;
    }
    rental.settle(tx.now);
    Ok(())
}

/// Says that a thing is lost, broken, or did not come out.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] `rental_not_now`; [`Error::Rule`] `rental_open_too_late`,
/// `rental_reports_too_many`.
pub fn report(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: ReportTrouble) -> Result<RentalView, Error> {
    let ReportTrouble { kind, note, attachment_ids } = command;
    let mut row = lock_for(tx, actor, target)?;
    let is_desk = actor.role_at(row.rental.site_id).is_desk();
    // What staff find broken when they look at it.
    let is_late_damage = is_desk && kind == TroubleKind::Damaged && can_still_be_damaged(&row.rental, tx.now);
    if row.rental.status != RentalStatus::Lent && !is_late_damage {
        return Err(not_now(&row.rental, is_desk, tx.now));
    }
    if kind == TroubleKind::CannotOpen && row.rental.started_at.is_none_or(|at| tx.now > at + CANNOT_OPEN_WITHIN) {
        return Err(Error::rule("rental_open_too_late"));
    }
    if row.rental.open_reports >= MOST_OPEN_REPORTS {
        return Err(Error::rule("rental_reports_too_many"));
    }
    let policy = row.rental.policy()?;
    let proposed_fen = if kind == TroubleKind::CannotOpen { 0 } else { i64::from(policy.replacement_fen) };
    let note = note.map(Text::into_string);
    let trouble = write_trouble(tx, &mut row.rental, kind, note, Some(actor.user_id), proposed_fen)?;
    attachments::put_to_use(tx, actor.user_id, &attachment_ids)?;
    let photos: Vec<TroublePhoto> =
        attachment_ids.iter().map(|id| TroublePhoto { report_id: trouble, attachment_id: *id }).collect();
    repo::insert_photos(tx.conn, &photos)?;
    match kind {
        TroubleKind::Lost => lose(tx, &mut row.rental, Some(actor.user_id), tx.now)?,
        TroubleKind::Damaged => {
            row.rental.settle(tx.now);
            service::write(tx, &mut row.rental)?;
        }
        TroubleKind::CannotOpen => never_came_out(tx, &mut row.rental, actor.user_id)?,
    }
    service::tell(tx, &row.rental, NoticeKind::RentalTrouble, Audience::Role(Role::Agent))?;
    show(tx, actor, row)
}

/// Whether staff may still say that what came back is broken.
#[must_use]
pub(super) fn can_still_be_damaged(rental: &Rental, now: Instant) -> bool {
    rental.status == RentalStatus::Returned && rental.returned_at.is_some_and(|at| now <= at + DAMAGED_WITHIN)
}

/// Notes that a thing comes back broken. The caller ends the rental.
///
/// # Errors
/// As the database.
pub(super) fn note_damage(tx: &mut Tx<'_>, rental: &mut Rental, actor_id: Id) -> Result<(), Error> {
    let proposed_fen = rental.policy()?.replacement_fen.into();
    write_trouble(tx, rental, TroubleKind::Damaged, None, Some(actor_id), proposed_fen).map(drop)
}

/// Writes a trouble down. What did not come out waits for nobody: it costs nothing.
fn write_trouble(
    tx: &mut Tx<'_>,
    rental: &mut Rental,
    kind: TroubleKind,
    note: Option<String>,
    actor_id: Option<Id>,
    proposed_fen: i64,
) -> Result<Id, Error> {
    let is_decided = kind == TroubleKind::CannotOpen;
    let trouble = Trouble {
        id: tx.new_id(),
        rental_id: rental.id,
        kind,
        note,
        actor_id,
        proposed_fen,
        decided_fen: is_decided.then_some(0),
        decided_by_id: None,
        decided_at: is_decided.then_some(tx.now),
        decision_reason: None,
        created_at: tx.now,
    };
    repo::insert_trouble(tx.conn, &trouble)?;
    rental.open_reports += i32::from(!is_decided);
    Ok(trouble.id)
}

/// It stands where it stood: the rental is over and costs nothing, and somebody looks at the thing.
fn never_came_out(tx: &mut Tx<'_>, rental: &mut Rental, actor_id: Id) -> Result<(), Error> {
    let mut unit = record::lock(tx, rental.unit_id)?;
    let station_id = rental.from_station_id;
    rental.status = RentalStatus::Returned;
    rental.to_station_id = Some(station_id);
    rental.returned_at = rental.started_at;
    rental.returned_by = Some(ReturnedBy::Borrower);
    rental.ended_at = Some(tx.now);
    rental.settle(tx.now);
    service::write(tx, rental)?;
    let because =
        Because { rental_id: Some(rental.id), actor_id: Some(actor_id), reason: Some("cannot_open"), device_at: None };
    record::step(tx, &mut unit, UnitMove::ReturnToCheck, Some(station_id), because)?;
    payscore::service::on_end(tx, rental)
}

/// Gives a thing up for lost: what having it cost up to `at` is noted, what it costs now waits for a decision.
///
/// # Errors
/// As the database.
fn lose(tx: &mut Tx<'_>, rental: &mut Rental, actor_id: Option<Id>, at: Instant) -> Result<(), Error> {
    let mut unit = record::lock(tx, rental.unit_id)?;
    let lending = lending::of_site(tx, rental.site_id)?;
    let policy = rental.policy()?;
    let started_at = rental.started_at.unwrap_or(rental.created_at);
    rental.fee_fen = fees::fee(&policy, &lending.zone, started_at.0, at.0);
    rental.status = RentalStatus::Lost;
    rental.ended_at = Some(tx.now);
    rental.settle(tx.now);
    service::write(tx, rental)?;
    let because = Because { rental_id: Some(rental.id), actor_id, ..Because::default() };
    record::step(tx, &mut unit, UnitMove::Lose, None, because)
}

/// Gives up what is long overdue, and proposes what it costs.
///
/// # Errors
/// As the database.
pub(super) fn give_up(tx: &mut Tx<'_>, rental: &mut Rental, at: Instant) -> Result<(), Error> {
    let proposed_fen = rental.policy()?.replacement_fen.into();
    write_trouble(tx, rental, TroubleKind::Lost, None, None, proposed_fen)?;
    lose(tx, rental, None, at)?;
    if let Some(person) = rental.borrower_id {
        service::tell(tx, rental, NoticeKind::RentalLost, Audience::Person(person))?;
    }
    service::tell(tx, rental, NoticeKind::RentalLost, Audience::Role(Role::Agent))
}

/// Decides what the oldest open trouble of a rental costs.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] `rental_nothing_to_settle`, `rental_not_back` while the thing is still out;
/// [`Error::Rule`] `settlement_too_high`.
pub fn settle(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: SettleRental) -> Result<RentalView, Error> {
    let SettleRental { amount_fen, reason } = command;
    let mut row = service::lock_for_desk(tx, staff, target)?;
    let rental = &mut row.rental;
    refuse_own(staff, rental)?;
    if rental.status.is_open() {
        return Err(Error::conflict("rental_not_back"));
    }
    let open = repo::list_troubles(tx.conn, &[rental.id])?.into_iter().find(|one| one.decided_at.is_none());
    let mut trouble = open.ok_or(Error::conflict("rental_nothing_to_settle"))?;
    let amount_fen = i64::from(amount_fen);
    let most = i64::from(rental.policy()?.replacement_fen);
    if rental.charged_fen + amount_fen > most {
        let left = (most - rental.charged_fen).max(0);
        return Err(Error::Rule { code: "settlement_too_high", params: vec![("limit", left.to_string())] });
    }
    let kind = if trouble.kind == TroubleKind::Lost { EntryKind::Replacement } else { EntryKind::Damage };
    trouble.decided_fen = Some(amount_fen);
    trouble.decided_by_id = Some(staff.user_id);
    trouble.decided_at = Some(tx.now);
    trouble.decision_reason = Some(reason.into_string());
    if repo::update_trouble(tx.conn, &trouble)? == 0 {
        return Err(Error::conflict("rental_nothing_to_settle"));
    }
    rental.open_reports -= 1;
    charge(tx, rental, kind, amount_fen, None, Some(staff.user_id))?;
    service::write(tx, rental)?;
    payscore::service::on_end(tx, rental)?;
    if let Some(person) = rental.borrower_id {
        service::tell(tx, rental, NoticeKind::RentalSettled, Audience::Person(person))?;
    }
    service::show_to_desk(tx, staff, row)
}

/// Writes down money that changed hands at the desk.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] `rental_not_back` for a deposit of a thing that is still out; [`Error::Rule`]
/// `payment_too_high`.
pub fn pay(tx: &mut Tx<'_>, staff: &Staff, target: Target, command: PayRental) -> Result<RentalView, Error> {
    let PayRental { kind, amount_fen, note } = command;
    let mut row = service::lock_for_desk(tx, staff, target)?;
    let rental = &mut row.rental;
    refuse_own(staff, rental)?;
    let amount_fen = i64::from(amount_fen);
    let kind = EntryKind::from(kind);
    if kind == EntryKind::Repayment && payscore::service::is_refunding(tx, rental)? {
        return Err(Error::conflict("rental_refund_running"));
    }
    let most = match kind {
        EntryKind::Payment => rental.owed_fen(),
        EntryKind::Repayment => -rental.owed_fen(),
        _ if rental.status.is_open() => return Err(Error::conflict("rental_not_back")),
        _ => rental.deposit_fen,
    };
    if amount_fen > most {
        return Err(Error::Rule { code: "payment_too_high", params: vec![("limit", most.max(0).to_string())] });
    }
    move_money(tx, rental, kind, amount_fen, note.map(Text::into_string), Some(staff.user_id))?;
    service::write(tx, rental)?;
    service::show_to_desk(tx, staff, row)
}

fn refuse_own(staff: &Staff, rental: &Rental) -> Result<(), Error> {
    if rental.borrower_id == Some(staff.user_id) { Err(Error::rule("rental_own")) } else { Ok(()) }
}

/// Counts money that changed hands. The caller writes the rental.
///
/// # Errors
/// As the database.
pub(crate) fn move_money(
    tx: &mut Tx<'_>,
    rental: &mut Rental,
    kind: EntryKind,
    amount_fen: i64,
    note: Option<String>,
    actor_id: Option<Id>,
) -> Result<(), Error> {
    match kind {
        EntryKind::Payment => rental.paid_fen += amount_fen,
        EntryKind::Repayment => rental.paid_fen -= amount_fen,
        EntryKind::DepositReturned => rental.deposit_fen -= amount_fen,
        _ => return Err(Error::internal("no money changes hands by this")),
    }
    enter(tx, rental, kind, amount_fen, note, actor_id)?;
    rental.settle(tx.now);
    Ok(())
}

/// A thing that was given up for lost turned up, at `at`: its rental is over as if it had been given back. What was charged for
/// the thing goes back but for the fee up to then, or to when it was given up; what was waived stays waived. `false` if `at`
/// lies before it was lent, or lost: the news is old. `lost_on` is as [`service::lock_unit`] answers it.
///
/// # Errors
/// As the database.
pub(crate) fn found(
    tx: &mut Tx<'_>,
    (unit, lost_on): (&mut RentalUnit, Option<Rental>),
    step: UnitMove,
    (station_id, at): (Id, Instant),
    because: Because<'_>,
) -> Result<bool, Error> {
    let Some(mut rental) = lost_on else {
        if at < unit.placed_at {
            return Ok(false);
        }
        record::step(tx, unit, step, Some(station_id), because)?;
        return Ok(true);
    };
    let id = rental.id;
    let started_at = rental.started_at.unwrap_or(rental.created_at);
    if at < started_at {
        return Ok(false);
    }
    let lending = lending::of_site(tx, rental.site_id)?;
    rental.fee_fen = rental.fee_fen.min(fees::fee(&rental.policy()?, &lending.zone, started_at.0, at.0));
    let mut was_open = false;
    for mut trouble in repo::list_troubles(tx.conn, &[id])? {
        if trouble.kind == TroubleKind::Lost && trouble.decided_at.is_none() {
            trouble.decided_fen = Some(0);
            trouble.decided_at = Some(tx.now);
            trouble.decided_by_id = because.actor_id;
            repo::update_trouble(tx.conn, &trouble)?;
            rental.open_reports -= 1;
            was_open = true;
        }
    }
    let entries = repo::list_entries(tx.conn, &[id])?;
    let replaced: i64 = entries.iter().filter(|one| one.kind == EntryKind::Replacement).map(|one| one.amount_fen).sum();
    let too_much = (replaced - rental.fee_fen).max(0);
    if too_much > 0 {
        enter(tx, &rental, EntryKind::Refund, too_much, None, because.actor_id)?;
        rental.charged_fen -= too_much;
    }
    // Nobody had decided yet: it was away so long, and that has its price.
    let fee_fen = if was_open { rental.fee_fen } else { 0 };
    charge(tx, &mut rental, EntryKind::Fee, fee_fen, None, because.actor_id)?;
    rental.status = RentalStatus::Returned;
    rental.to_station_id = Some(station_id);
    rental.returned_at = Some(at);
    rental.returned_by = Some(ReturnedBy::Found);
    rental.settle(tx.now);
    service::write(tx, &mut rental)?;
    record::step(tx, unit, step, Some(station_id), Because { rental_id: Some(id), ..because })?;
    payscore::service::on_end(tx, &rental)?;
    if let Some(person) = rental.borrower_id {
        service::tell(tx, &rental, NoticeKind::RentalFound, Audience::Person(person))?;
    }
    Ok(true)
}

/// Takes back what a device or staff found in a station, unless that lies before the rental began: it belongs to an earlier one
/// then, and `false` is answered.
///
/// # Errors
/// As the database.
pub(crate) fn turned_up(
    tx: &mut Tx<'_>,
    mut rental: Rental,
    unit: &mut RentalUnit,
    lending: &Lending,
    back: returns::Back<'_>,
) -> Result<bool, Error> {
    if rental.started_at.is_none_or(|at| back.at < at) {
        return Ok(false);
    }
    returns::take_back(tx, &mut rental, unit, lending, back)?;
    Ok(true)
}
