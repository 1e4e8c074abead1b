//! Borrowing and reserving.
//!
//! Rules:
//! - A unit is lent to one person at a time. The service sees to it, and an index of the database as well.
//! - A person has no more of a type than its rules allow; who has something overdue or unpaid, or is suspended, borrows
//!   nothing. Their loans are counted one after the other.
//! - A reservation keeps a thing for a quarter of an hour; borrowing the same type at the same station fetches it ([`fetch`]).
//! - What needs a deposit in cash is handed out by staff, what needs `PayScore` is kept until its borrower confirms in WeChat.
//! - A minor borrows what asks for an age only with an adult who answers for them.

use std::sync::Arc;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use jiff::SignedDuration;

use super::api::{Answerable, BorrowThing, ReserveThing};
use super::model::{EntryKind, Numbers, Rental, RentalRow, RentalStatus, Unsettled};
use super::service::{self, show};
use super::views::RentalView;
use super::{fetch, money, repo, suspensions};
use crate::accounts::model::{Actor, Role, SealedPhone, SignedIn};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::error::Error;
use crate::jobs::service::{self as jobs, JobKind};
use crate::payscore;
use crate::rental::fees;
use crate::rental::policy::{Borrowers, Deposit, Policy};
use crate::rental_units::model::{RentalUnit, Shelf, UnitMove, UnitStatus};
use crate::rental_units::record::{self, Because};
use crate::sites::service as sites;
use crate::stations::lending::{self, Lending, StationEntry, TypeEntry};
use crate::values::{Id, Instant, Json};

/// So long a thing is kept for who reserved it.
pub const RESERVED_FOR: SignedDuration = SignedDuration::from_mins(15);
/// So long a thing is kept for who has to confirm in WeChat. Ours: long enough to type a password twice.
pub const CONFIRMED_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// What is asked for, and where.
pub(super) struct Wanted {
    pub(super) lending: Arc<Lending>,
    pub(super) station_id: Id,
    pub(super) type_id: Id,
    /// A certain one, whose code was scanned.
    pub(super) unit_id: Option<Id>,
}

/// Who borrows.
struct Borrower {
    id: Option<Id>,
    name: Option<String>,
    /// Of who has no account.
    phone: Option<SealedPhone>,
    /// What their number is looked up by, if it is known.
    number: Option<Vec<u8>>,
    lent_by_id: Option<Id>,
}

/// Borrows a thing: the one whose code was scanned, or any of a type at a station.
///
/// # Errors
/// [`Error::NotFound`] for unknown codes, stations and types; [`Error::Rule`] for what the rules above refuse;
/// [`Error::Elsewhere`] `rental_none_here` and `station_closed`; [`Error::Conflict`] `rental_unit_not_available`.
pub fn borrow(tx: &mut Tx<'_>, actor: &SignedIn, command: BorrowThing) -> Result<RentalView, Error> {
    let BorrowThing { scene, station_id, item_type_id, is_minor, adult, on_behalf_of, deposit_taken } = command;
    let wanted = wanted(tx, scene.as_deref(), station_id, item_type_id)?;
    let kind = wanted.lending.kind(wanted.type_id)?;
    let station = wanted.lending.station(wanted.station_id)?;
    let policy = kind.policy.clone();
    let desk = actor.role_at(kind.row.site_id).is_desk();
    let who = borrower(tx, actor, kind.row.site_id, on_behalf_of)?;
    check_type(tx, &wanted, station, kind)?;
    check_deposit(&policy, actor, &who, desk, deposit_taken)?;
    check_age(&policy, is_minor, adult.as_ref())?;
    let mut unsettled = check_person(tx, &who, kind)?;
    while let Some(reserved) = fetch::reserved_here(&unsettled, &wanted) {
        if let Some(row) = fetch::fetch(tx, actor, &reserved, &wanted, &policy)? {
            return show(tx, actor, row);
        }
        // It has just run out, or cannot be handed out by today's rules: as if it had never been.
        unsettled.retain(|one| one.id != reserved.id);
    }
    check_most(&unsettled, kind)?;
    let mut unit = take_unit(tx, &wanted, station)?;
    let is_payscore = policy.deposit == Deposit::Payscore;
    let mut rental = new_rental(tx, &who, &wanted, unit.id, kind);
    if is_payscore {
        rental.status = RentalStatus::Confirming;
        rental.reserved_until = Some(tx.now + CONFIRMED_WITHIN);
    } else {
        begin(&mut rental, &policy, tx.now);
    }
    let mut numbers = Numbers::default();
    if let Some(phone) = who.phone {
        rental.contact_phone_masked = Some(phone.masked);
        (numbers.contact_phone_sealed, numbers.contact_phone_index) = (Some(phone.sealed), Some(phone.index));
    }
    if let Some(Answerable { name, phone }) = adult.filter(|_| policy.asks_age && is_minor == Some(true)) {
        let sealed = accounts::seal_phone(tx.app, &phone)?;
        rental.adult_name = Some(name.into_string());
        rental.adult_phone_masked = Some(sealed.masked);
        numbers.adult_phone_sealed = Some(sealed.sealed);
    }
    let step = if is_payscore { UnitMove::Reserve } else { UnitMove::Lend };
    insert(tx, actor, (&mut rental, &policy), &numbers, (&mut unit, step))?;
    if policy.deposit == Deposit::DeskCash {
        rental.deposit_fen = policy.deposit_fen.into();
        let amount = rental.deposit_fen;
        money::enter(tx, &rental, EntryKind::DepositTaken, amount, None, Some(actor.user_id))?;
        service::write(tx, &mut rental)?;
    }
    if is_payscore {
        payscore::service::want(tx, &rental)?;
    }
    show(tx, actor, RentalRow { rental, unit_code: unit.code })
}

/// Keeps a thing for the caller for a while.
///
/// # Errors
/// As [`borrow`], and [`Error::Rule`] `rental_not_reservable` for what needs a deposit.
pub fn reserve(tx: &mut Tx<'_>, actor: &SignedIn, command: ReserveThing) -> Result<RentalView, Error> {
    let ReserveThing { scene, station_id, item_type_id } = command;
    let wanted = wanted(tx, scene.as_deref(), station_id, item_type_id)?;
    let kind = wanted.lending.kind(wanted.type_id)?;
    let station = wanted.lending.station(wanted.station_id)?;
    if !kind.policy.is_reservable() {
        return Err(Error::rule("rental_not_reservable"));
    }
    let who = borrower(tx, actor, kind.row.site_id, None)?;
    check_type(tx, &wanted, station, kind)?;
    let unsettled = check_person(tx, &who, kind)?;
    check_most(&unsettled, kind)?;
    let mut unit = take_unit(tx, &wanted, station)?;
    let mut rental = new_rental(tx, &who, &wanted, unit.id, kind);
    rental.reserved_until = Some(tx.now + RESERVED_FOR);
    insert(tx, actor, (&mut rental, &kind.policy), &Numbers::default(), (&mut unit, UnitMove::Reserve))?;
    show(tx, actor, RentalRow { rental, unit_code: unit.code })
}

fn wanted(tx: &mut Tx<'_>, scene: Option<&str>, station_id: Option<Id>, type_id: Option<Id>) -> Result<Wanted, Error> {
    let (site_id, station_id, unit) = match (scene, station_id) {
        (Some(scene), None) => {
            let place = sites::place_by_scene(tx, scene)?;
            match (place.rental_unit_id, place.station_id) {
                (Some(id), _) => {
                    let unit = record::find(tx, id)?;
                    let at = unit.station_id.ok_or(Error::conflict("rental_unit_not_available"))?;
                    (place.site.id, at, Some(unit))
                }
                (None, Some(id)) => (place.site.id, id, None),
                (None, None) => return Err(Error::rule("rental_scene_needed")),
            }
        }
        (None, Some(id)) => (lending::site_of(tx, id)?, id, None),
        _ => return Err(Error::rule("rental_place_needed_once")),
    };
    let lending = lending::of_site(tx, site_id)?;
    let takes = &lending.station(station_id)?.takes;
    let type_id = match (&unit, type_id, takes.as_slice()) {
        (Some(unit), None, _) => unit.type_id,
        (Some(unit), Some(id), _) if unit.type_id == id => id,
        (Some(_), Some(_), _) => return Err(Error::rule("rental_unit_of_other_type")),
        (None, Some(id), _) => id,
        // Where one type is lent, nobody has to name it.
        (None, None, [only]) => only.type_id,
        (None, None, _) => return Err(Error::field("/item_type_id", "field_missing")),
    };
    Ok(Wanted { lending, station_id, type_id, unit_id: unit.map(|unit| unit.id) })
}

/// The borrower: the caller, or whom staff hand it to. Their loans wait for each other.
fn borrower(tx: &mut Tx<'_>, actor: &Actor, site_id: Id, on_behalf_of: Option<Answerable>) -> Result<Borrower, Error> {
    let Some(Answerable { name, phone }) = on_behalf_of else {
        let number = accounts::lock_person(tx, actor.user_id)?;
        return Ok(Borrower { id: Some(actor.user_id), name: None, phone: None, number, lent_by_id: None });
    };
    if !actor.role_at(site_id).is_desk() {
        return Err(Error::Forbidden("on_behalf_not_yours"));
    }
    let lent_by_id = Some(actor.user_id);
    if let Some(id) = accounts::user_with_phone(tx, &phone)? {
        let number = accounts::lock_person(tx, id)?;
        return Ok(Borrower { id: Some(id), name: None, phone: None, number, lent_by_id });
    }
    let sealed = accounts::seal_phone(tx.app, &phone)?;
    accounts::lock_number(tx, &sealed)?;
    let number = Some(sealed.index.clone());
    Ok(Borrower { id: None, name: Some(name.into_string()), phone: Some(sealed), number, lent_by_id })
}

fn check_type(tx: &mut Tx<'_>, wanted: &Wanted, station: &StationEntry, kind: &TypeEntry) -> Result<(), Error> {
    if station.row.retired_at.is_some() || !station.takes(kind.row.id) {
        return Err(Error::NotFound("rental_type_not_found"));
    }
    if station.is_open(tx.now) {
        return Ok(());
    }
    let params = vec![("opens_at", station.opens_at(tx.now).map_or_else(String::new, |at| at.to_string()))];
    let counts = record::counts(tx, station.row.site_id)?;
    let nearest = wanted.lending.nearest_with(station, wanted.type_id, &counts, tx.now);
    Err(Error::Elsewhere { code: "station_closed", params, nearest })
}

fn check_deposit(policy: &Policy, actor: &Actor, who: &Borrower, is_desk: bool, is_taken: bool) -> Result<(), Error> {
    match policy.deposit {
        Deposit::None => Ok(()),
        Deposit::DeskCash if is_desk && who.lent_by_id.is_some() && is_taken => Ok(()),
        Deposit::DeskCash => Err(Error::rule("rental_deposit_at_desk")),
        Deposit::Payscore if who.id == Some(actor.user_id) => Ok(()),
        Deposit::Payscore => Err(Error::rule("rental_payscore_by_borrower")),
    }
}

fn check_age(policy: &Policy, is_minor: Option<bool>, adult: Option<&Answerable>) -> Result<(), Error> {
    match is_minor {
        _ if !policy.asks_age => Ok(()),
        None => Err(Error::field("/is_minor", "field_missing")),
        Some(true) if adult.is_none() => Err(Error::rule("rental_adult_needed")),
        Some(_) => Ok(()),
    }
}

/// What the borrower has or has not settled, if they may borrow at all.
fn check_person(tx: &mut Tx<'_>, who: &Borrower, kind: &TypeEntry) -> Result<Vec<Unsettled>, Error> {
    let site_id = kind.row.site_id;
    let mut unsettled = Vec::new();
    if let Some(id) = who.id {
        let standing = repo::list_standing(tx.conn, id, site_id, tx.now)?;
        suspensions::check(standing.iter().filter_map(|(_, suspension)| suspension.as_ref()))?;
        unsettled = standing.into_iter().filter_map(|(one, _)| one).collect();
    }
    check_borrowers(tx, who, kind)?;
    if let Some(index) = &who.number {
        // What they borrowed before their number was known for theirs counts as well.
        unsettled.extend(repo::list_unsettled_by_phone(tx.conn, index)?);
    }
    unsettled.retain(|one| one.site_id == site_id);
    if unsettled.iter().any(|one| one.status == RentalStatus::Lent && one.due_at.is_some_and(|due| due < tx.now)) {
        return Err(Error::rule("rental_overdue_first"));
    }
    let owes = |one: &Unsettled| one.charged_fen > one.paid_fen || one.open_reports > 0;
    if unsettled.iter().any(|one| !one.status.is_open() && owes(one)) {
        return Err(Error::rule("rental_settlement_open"));
    }
    unsettled.retain(|one| one.status.is_open());
    Ok(unsettled)
}

fn check_borrowers(tx: &mut Tx<'_>, who: &Borrower, kind: &TypeEntry) -> Result<(), Error> {
    match kind.policy.borrowers {
        Borrowers::Anyone => Ok(()),
        Borrowers::WithPhone if who.number.is_some() => Ok(()),
        Borrowers::WithPhone => Err(Error::rule("rental_phone_needed")),
        Borrowers::Tenants => {
            let role = match who.id {
                Some(id) => crate::accounts::members::role_of(tx, kind.row.site_id, id)?,
                None => Role::Customer,
            };
            let is_tenant = matches!(role, Role::Merchant | Role::Owner);
            if is_tenant { Ok(()) } else { Err(Error::rule("rental_for_tenants")) }
        }
    }
}

fn check_most(unsettled: &[Unsettled], kind: &TypeEntry) -> Result<(), Error> {
    let had = unsettled.iter().filter(|one| one.type_id == kind.row.id).count();
    if i32::try_from(had).is_ok_and(|had| had < kind.policy.most_at_once) {
        return Ok(());
    }
    Err(Error::Rule { code: "rental_limit_reached", params: vec![("limit", kind.policy.most_at_once.to_string())] })
}

/// The thing itself, the caller's until the end of the transaction.
///
/// # Errors
/// As [`borrow`].
pub(super) fn take_unit(tx: &mut Tx<'_>, wanted: &Wanted, station: &StationEntry) -> Result<RentalUnit, Error> {
    if let Some(id) = wanted.unit_id {
        let unit = record::lock(tx, id)?;
        let is_here = unit.is_free_at(wanted.station_id);
        return if is_here { Ok(unit) } else { Err(Error::conflict("rental_unit_not_available")) };
    }
    let shelf = Shelf { site_id: station.row.site_id, station_id: wanted.station_id, type_id: wanted.type_id };
    loop {
        if let Some(unit) = record::pick(tx, shelf)? {
            return Ok(unit);
        }
        let counts = record::counts(tx, shelf.site_id)?;
        let is_one_left = counts.iter().any(|one| {
            (one.station_id, one.type_id) == (Some(wanted.station_id), wanted.type_id)
                && one.status == UnitStatus::Available
        });
        if !is_one_left {
            let nearest = wanted.lending.nearest_with(station, wanted.type_id, &counts, tx.now);
            return Err(Error::Elsewhere { code: "rental_none_here", params: Vec::new(), nearest });
        }
        // Somebody is just looking at what is left: worth waiting for.
        if let Some(unit) = record::wait_for(tx, shelf)? {
            return Ok(unit);
        }
    }
}

fn new_rental(tx: &Tx<'_>, who: &Borrower, wanted: &Wanted, unit_id: Id, kind: &TypeEntry) -> Rental {
    Rental {
        id: tx.new_id(),
        seq: 0,
        site_id: kind.row.site_id,
        unit_id,
        type_id: wanted.type_id,
        status: RentalStatus::Reserved,
        borrower_id: who.id,
        lent_by_id: who.lent_by_id,
        contact_name: who.name.clone(),
        contact_phone_masked: None,
        adult_name: None,
        adult_phone_masked: None,
        policy: Json(kind.row.policy.0.clone()),
        from_station_id: wanted.station_id,
        to_station_id: None,
        reserved_until: None,
        started_at: None,
        due_at: None,
        extended_at: None,
        returned_at: None,
        returned_by: None,
        fee_fen: 0,
        charged_fen: 0,
        paid_fen: 0,
        deposit_fen: 0,
        open_reports: 0,
        settled_at: None,
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
        ended_at: None,
    }
}

/// It is handed out now, and due as the rules say.
pub(super) fn begin(rental: &mut Rental, policy: &Policy, now: Instant) {
    rental.status = RentalStatus::Lent;
    rental.reserved_until = None;
    rental.started_at = Some(now);
    rental.due_at = Some(Instant(fees::due(policy, now.0)));
}

fn insert(
    tx: &mut Tx<'_>,
    actor: &SignedIn,
    (rental, policy): (&mut Rental, &Policy),
    numbers: &Numbers,
    (unit, step): (&mut RentalUnit, UnitMove),
) -> Result<(), Error> {
    let station = Some(rental.from_station_id).filter(|_| step == UnitMove::Reserve);
    let because = Because { rental_id: Some(rental.id), actor_id: Some(actor.user_id), ..Because::default() };
    let line = record::moved(tx, unit, step, station, because)?;
    let at = next_moment(rental, policy, tx.now).ok_or_else(|| Error::internal("a rental without a next moment"))?;
    let job = jobs::planned(tx, JobKind::RentalMoment, &rental.id.to_string(), at);
    let inserted =
        repo::insert_and_move(tx.conn, (rental, numbers), unit, &line, &job).map_err(|error| match error {
            // The index of the table, which a defect of ours would meet before anybody gets the same thing.
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
                Error::conflict("rental_unit_not_available")
            }
            error => error.into(),
        })?;
    rental.seq = inserted.ok_or(record::changed())?;
    Ok(())
}

/// Has Yijian look at a rental when its next moment comes.
pub(super) fn plan(tx: &mut Tx<'_>, rental: &Rental, policy: &Policy) -> Result<(), Error> {
    let Some(at) = next_moment(rental, policy, tx.now) else { return Ok(()) };
    jobs::enqueue(tx, JobKind::RentalMoment, &rental.id.to_string(), at)
}

fn next_moment(rental: &Rental, policy: &Policy, now: Instant) -> Option<Instant> {
    let remind = SignedDuration::from_secs(policy.remind_before_seconds.into());
    rental.reserved_until.or_else(|| rental.due_at.map(|due| (due - remind).max(now)))
}
