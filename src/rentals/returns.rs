//! Giving back, keeping longer, giving up.
//!
//! Rules:
//! - A thing goes where its type is taken, its rules allow, and there is room; where not, the nearest place is named. What a
//!   cabinet says it has, it has.
//! - What having it cost is counted to the second in which it came back, by the rules it began with.
//! - Into a cabinet a thing comes by the cabinet's own word, or by staff: a scan there would end a rental of what is still in
//!   somebody's bag.
//! - Staff may take a thing back where its rules do not, and at a closed desk, for they have it in their hands; and whoever
//!   takes it says if it is broken, which then waits for a decision.
//! - It is lent again at once, unless its type is looked at first, something is said to be wrong with it, or staff say so.
//! - It may be kept longer once, and not when it is overdue already.

use jiff::SignedDuration;

use super::api::{Condition, ReturnThing};
use super::model::{EntryKind, Rental, RentalRow, RentalStatus, ReturnedBy};
use super::service::{self, lock_for, lock_with_unit_for, show};
use super::views::RentalView;
use super::{borrow, money};
use crate::accounts::model::SignedIn;
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::{Empty, Target};
use crate::notices::service::{Audience, NoticeKind};
use crate::payscore;
use crate::rental::fees;
use crate::rental::policy::Policy;
use crate::rental_units::model::{RentalUnit, UnitMove};
use crate::rental_units::record::{self, Because};
use crate::sites::service as sites;
use crate::stations::lending::{self, Lending, StationEntry};
use crate::stations::model::StationKind;
use crate::values::{Id, Instant};

/// How a thing came back.
#[derive(Clone, Copy)]
pub(crate) struct Back<'a> {
    /// Where.
    pub(crate) station_id: Id,
    /// When.
    pub(crate) at: Instant,
    /// How that became known.
    pub(crate) by: ReturnedBy,
    /// Who brought or took it.
    pub(crate) actor_id: Option<Id>,
    /// Whether it has to be looked at.
    pub(crate) needs_check: bool,
    /// What is to say about it.
    pub(crate) note: Option<&'a str>,
    /// When a device says it was.
    pub(crate) device_at: Option<Instant>,
}

/// Gives a thing back at a station.
///
/// # Errors
/// [`Error::NotFound`] for others' rentals, and stations of other malls; [`Error::Conflict`] `rental_not_out`;
/// [`Error::Elsewhere`] `station_full`, `station_closed`, `rental_not_taken_here` and `rental_returned_elsewhere`.
pub fn give_back(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: ReturnThing) -> Result<RentalView, Error> {
    let ReturnThing { scene, station_id, condition } = command;
    let (mut rental, mut unit) = lock_with_unit_for(tx, actor, target)?;
    let is_desk = actor.role_at(rental.site_id).is_desk();
    if rental.status != RentalStatus::Lent {
        return Err(service::not_now(&rental, is_desk, tx.now));
    }
    if condition.is_some() && !is_desk {
        return Err(Error::Forbidden("condition_needs_staff"));
    }
    let station_id = station_of(tx, rental.site_id, scene.as_deref(), station_id)?;
    lending::of_site(tx, rental.site_id)?.station(station_id)?;
    let is_mine = rental.borrower_id == Some(actor.user_id);
    let policy = rental.policy()?;
    let by = if is_mine { ReturnedBy::Borrower } else { ReturnedBy::Staff };
    if condition == Some(Condition::Damaged) {
        money::note_damage(tx, &mut rental, actor.user_id)?;
    }
    let back = Back {
        station_id,
        at: tx.now,
        by,
        actor_id: Some(actor.user_id),
        // Who looks at it while taking it has looked at it.
        needs_check: condition.map_or(policy.is_checked, |condition| condition != Condition::Good),
        note: None,
        device_at: None,
    };
    let lending = lending::of_site(tx, rental.site_id)?;
    // Undone if the station does not take it.
    let held = take_back(tx, &mut rental, &mut unit, &lending, back)?;
    check_station(tx, (&rental, &policy), (station_id, held), is_desk)?;
    show(tx, actor, RentalRow { rental, unit_code: unit.code })
}

/// Ends a rental because its thing is back; returns how many things are at the station then.
///
/// # Errors
/// As the database.
pub(crate) fn take_back(
    tx: &mut Tx<'_>,
    rental: &mut Rental,
    unit: &mut RentalUnit,
    lending: &Lending,
    back: Back<'_>,
) -> Result<i64, Error> {
    let policy = rental.policy()?;
    let started_at = rental.started_at.ok_or_else(|| Error::internal("a thing came back that was not out"))?;
    rental.fee_fen = fees::fee(&policy, &lending.zone, started_at.0, back.at.0);
    rental.status = RentalStatus::Returned;
    rental.to_station_id = Some(back.station_id);
    rental.returned_at = Some(back.at);
    rental.returned_by = Some(back.by);
    rental.ended_at = Some(tx.now);
    let fee_fen = rental.fee_fen;
    money::charge(tx, rental, EntryKind::Fee, fee_fen, None, None)?;
    let has_trouble = back.needs_check || unit.fault.is_some() || rental.open_reports > 0;
    let step = if has_trouble { UnitMove::ReturnToCheck } else { UnitMove::Return };
    let because =
        Because { rental_id: Some(rental.id), actor_id: back.actor_id, reason: back.note, device_at: back.device_at };
    let line = record::moved(tx, unit, step, Some(back.station_id), because)?;
    let held = service::write_and_enter(tx, rental, unit, &line, lending.station(back.station_id)?)?;
    payscore::service::on_end(tx, rental)?;
    if back.by != ReturnedBy::Borrower
        && let Some(person) = rental.borrower_id
    {
        service::tell(tx, rental, NoticeKind::RentalReturned, Audience::Person(person))?;
    }
    Ok(held)
}

/// Keeps a thing longer, once.
///
/// # Errors
/// [`Error::Conflict`] `rental_not_out`; [`Error::Rule`] `rental_extended_already`, `rental_not_extendable`,
/// `rental_overdue_already`.
pub fn extend(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, _: Empty) -> Result<RentalView, Error> {
    let mut row = lock_for(tx, actor, target)?;
    let rental = &mut row.rental;
    let is_desk = actor.role_at(rental.site_id).is_desk();
    let (RentalStatus::Lent, Some(due)) = (rental.status, rental.due_at) else {
        return Err(service::not_now(rental, is_desk, tx.now));
    };
    let policy = rental.policy()?;
    if policy.extension_seconds == 0 {
        return Err(Error::rule("rental_not_extendable"));
    }
    if rental.extended_at.is_some() {
        return Err(Error::rule("rental_extended_already"));
    }
    if rental.is_overdue(tx.now) {
        return Err(Error::rule("rental_overdue_already"));
    }
    rental.due_at = Some(due + SignedDuration::from_secs(policy.extension_seconds.into()));
    rental.extended_at = Some(tx.now);
    service::write(tx, rental)?;
    borrow::plan(tx, rental, &policy)?;
    show(tx, actor, row)
}

/// Gives up what is kept.
///
/// # Errors
/// [`Error::Conflict`] `rental_not_now`.
pub fn cancel(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, _: Empty) -> Result<RentalView, Error> {
    let mut row = lock_for(tx, actor, target)?;
    if !matches!(row.rental.status, RentalStatus::Reserved | RentalStatus::Confirming) {
        let is_desk = actor.role_at(row.rental.site_id).is_desk();
        return Err(service::not_now(&row.rental, is_desk, tx.now));
    }
    let was_confirming = row.rental.status == RentalStatus::Confirming;
    release(tx, &mut row.rental, RentalStatus::Cancelled, Some(actor.user_id))?;
    if was_confirming {
        payscore::service::on_end(tx, &row.rental)?;
    }
    show(tx, actor, row)
}

/// Lets go of what was kept for somebody: the thing is free again, unless it was reported broken meanwhile.
///
/// # Errors
/// As the database.
pub(crate) fn release(
    tx: &mut Tx<'_>,
    rental: &mut Rental,
    status: RentalStatus,
    actor_id: Option<Id>,
) -> Result<(), Error> {
    let mut unit = record::lock(tx, rental.unit_id)?;
    rental.status = status;
    rental.ended_at = Some(tx.now);
    rental.settle(tx.now);
    service::write(tx, rental)?;
    let because = Because { rental_id: Some(rental.id), actor_id, ..Because::default() };
    record::release(tx, &mut unit, rental.from_station_id, because)
}

/// The station that was scanned or named, which is one of the same mall.
fn station_of(tx: &mut Tx<'_>, site_id: Id, scene: Option<&str>, station_id: Option<Id>) -> Result<Id, Error> {
    match (scene, station_id) {
        (Some(scene), None) => {
            let place = sites::place_by_scene(tx, scene)?;
            if place.site.id != site_id {
                return Err(Error::NotFound("station_not_found"));
            }
            place.station_id.ok_or(Error::rule("rental_station_scene_needed"))
        }
        (None, Some(id)) => Ok(id),
        _ => Err(Error::rule("rental_place_needed_once")),
    }
}

/// Whether the station takes what was just put there, so that it holds so many.
fn check_station(
    tx: &mut Tx<'_>,
    (rental, policy): (&Rental, &Policy),
    (station_id, held): (Id, i64),
    is_desk: bool,
) -> Result<(), Error> {
    let lending = lending::of_site(tx, rental.site_id)?;
    let here = lending.station(station_id)?;
    let from = lending.station(rental.from_station_id)?;
    let takes = |one: &StationEntry| one.takes(rental.type_id) && one.row.retired_at.is_none();
    let code = if !takes(here) {
        "rental_not_taken_here"
    } else if !is_desk && !here.fits(policy, from) {
        "rental_returned_elsewhere"
    } else if !is_desk && here.row.kind == StationKind::Cabinet {
        return Err(Error::rule("rental_cabinet_reports"));
    } else if !is_desk && !here.takes_back(tx.now) {
        "station_closed"
    } else if here.row.slots.is_some_and(|slots| held > i64::from(slots)) {
        "station_full"
    } else {
        return Ok(());
    };
    let counts = record::counts(tx, rental.site_id)?;
    let nearest = lending.nearest(here, |one| {
        takes(one) && one.fits(policy, from) && one.takes_back(tx.now) && one.free_slots(&counts) != Some(0)
    });
    let opens_at = here.opens_at(tx.now).map_or_else(String::new, |at| at.to_string());
    Err(Error::Elsewhere { code, params: vec![("opens_at", opens_at)], nearest })
}
