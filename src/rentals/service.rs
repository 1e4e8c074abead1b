//! Looking at rentals, and what all that changes them share.
//!
//! Rules:
//! - Who borrowed without an account, and adults who answered for minors, are forgotten three months after everything is settled.
//! - A person sees what they borrowed, the desk what its site lends; what is others' is not there.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::api::ListRentals;
use super::model::{Held, Rental, RentalAction, RentalRow, RentalStatus, RentalsNarrowed, number};
use super::repo;
use super::views::{self, Details, RentalView};
use crate::accounts::model::{Actor, SignedIn, Staff};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::attachments::service as attachments;
use crate::erasures::service::{self as erasures, Subject};
use crate::error::Error;
use crate::http::input::Target;
use crate::notices::service::{self as notices, Audience, NoticeKind};
use crate::payscore;
use crate::rental_units::model::{RentalUnit, UnitEvent, UnitMove};
use crate::rental_units::record::{self, Because};
use crate::stations::lending::{self, Lending, StationEntry};
use crate::tickets::views::FullContact;
use crate::values::{Id, Instant};

/// People besides the borrower are named so long after a rental is settled. Ours: as long as somebody might ask again.
const KEPT_AFTER: SignedDuration = SignedDuration::from_hours(90 * 24);
/// As many rentals are gone through in one transaction.
const BATCH: i64 = 100;

fn may_see(actor: &Actor, rental: &Rental) -> bool {
    rental.borrower_id == Some(actor.user_id) || actor.role_at(rental.site_id).is_desk()
}

/// A rental of the caller's, or of their desk.
pub(super) fn find_for(tx: &mut Tx<'_>, actor: &Actor, target: Target) -> Result<RentalRow, Error> {
    let found = repo::find(tx.conn, target.id)?.filter(|row| may_see(actor, &row.rental));
    let found = found.ok_or(Error::NotFound("rental_not_found"))?;
    target.check(found.rental.version)?;
    Ok(found)
}

/// The same, and other changes of it wait until this one is done.
pub(super) fn lock_for(tx: &mut Tx<'_>, actor: &Actor, target: Target) -> Result<RentalRow, Error> {
    repo::lock(tx.conn, target.id)?;
    find_for(tx, actor, target)
}

/// The same, with the thing.
pub(super) fn lock_with_unit_for(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: Target,
) -> Result<(Rental, RentalUnit), Error> {
    let (rental, unit) = if let Some(both) = repo::find_locked_with_unit(tx.conn, target.id)? {
        both
    } else {
        let rental = lock(tx, target.id)?;
        let unit = record::lock(tx, rental.unit_id)?;
        (rental, unit)
    };
    if !may_see(actor, &rental) {
        return Err(Error::NotFound("rental_not_found"));
    }
    target.check(rental.version)?;
    Ok((rental, unit))
}

/// The same, for what only a desk does.
pub(super) fn lock_for_desk(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<RentalRow, Error> {
    let row = lock_for(tx, staff, target)?;
    if staff.role_at(row.rental.site_id).is_desk() { Ok(row) } else { Err(Error::Forbidden("role_desk_needed")) }
}

/// A rental that is about to be changed by Yijian itself.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn lock(tx: &mut Tx<'_>, id: Id) -> Result<Rental, Error> {
    repo::find_locked(tx.conn, id)?.ok_or(Error::NotFound("rental_not_found"))
}

/// A rental as it stands, for Yijian itself.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn read(tx: &mut Tx<'_>, id: Id) -> Result<Rental, Error> {
    Ok(repo::find(tx.conn, id)?.ok_or(Error::NotFound("rental_not_found"))?.rental)
}

/// The rental that a thing is out on, or kept for.
///
/// # Errors
/// As the database.
pub(crate) fn open_of(tx: &mut Tx<'_>, unit_id: Id) -> Result<Option<Id>, Error> {
    Ok(repo::find_open_of(tx.conn, unit_id)?)
}

/// Things that are about to be changed, each with the rental it is out on, kept for, or got lost on; what is not there is left
/// out. Who may end a rental because its thing is there takes both by this: rental, thing, station is the order, and two who
/// take them the other way round wait for each other.
///
/// # Errors
/// As the database.
pub(crate) fn lock_units(tx: &mut Tx<'_>, unit_ids: &[Id]) -> Result<Vec<Held>, Error> {
    loop {
        // Nothing if somebody else just brought one of them to another rental: they are done then, so this ends.
        if let Some(locked) = repo::list_locked_units(tx.conn, unit_ids)? {
            return Ok(locked);
        }
    }
}

/// The same for one thing.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn lock_unit(tx: &mut Tx<'_>, unit_id: Id) -> Result<Held, Error> {
    lock_units(tx, &[unit_id])?.pop().ok_or(Error::NotFound("rental_unit_not_found"))
}

/// Writes a rental that was changed.
///
/// # Errors
/// [`Error::Conflict`] `rental_changed_meanwhile`.
pub(crate) fn write(tx: &mut Tx<'_>, rental: &mut Rental) -> Result<(), Error> {
    touch(tx, rental);
    if repo::update(tx.conn, rental)? == 0 { Err(changed()) } else { Ok(()) }
}

fn touch(tx: &Tx<'_>, rental: &mut Rental) {
    rental.version += 1;
    rental.updated_at = tx.now;
}

const fn changed() -> Error {
    Error::conflict("rental_changed_meanwhile")
}

/// The same, together with the thing that came to a station and a line of its history; returns how many things are there
/// then. They stay so many, or fit, until this is done: the station is held as far as that needs.
///
/// # Errors
/// As [`write`]; [`Error::Conflict`] `rental_unit_changed`.
pub(super) fn write_and_enter(
    tx: &mut Tx<'_>,
    rental: &mut Rental,
    unit: &RentalUnit,
    line: &UnitEvent,
    station: &StationEntry,
) -> Result<i64, Error> {
    touch(tx, rental);
    match repo::update_and_enter(tx.conn, rental, unit, line, (station.row.id, station.row.slots))? {
        None => Err(record::changed()),
        Some((0, _)) => Err(changed()),
        Some((_, held)) => Ok(held),
    }
}

/// Tells somebody something about a rental.
///
/// # Errors
/// As the database.
pub(crate) fn tell(tx: &mut Tx<'_>, rental: &Rental, kind: NoticeKind, audience: Audience) -> Result<(), Error> {
    let mut notice = notices::about_site(tx, rental.site_id, kind, audience);
    notice.add("number", number(rental.seq));
    notice.add("rental_id", rental.id.to_string());
    if let Some(due) = rental.due_at {
        notice.add("due_at", due.to_string());
    }
    if rental.owed_fen() != 0 {
        notice.add("owed_fen", rental.owed_fen());
    }
    notices::tell_all(tx, &[notice])
}

/// A refusal of what cannot be done with a rental as it stands.
pub(super) fn not_now(rental: &Rental, is_desk: bool, now: Instant) -> Error {
    match rental.policy() {
        Ok(policy) => {
            let allowed = views::allowed(rental, &policy, is_desk, now).into_iter().map(RentalAction::as_str);
            Error::Conflict { code: "rental_not_now", allowed: Some(allowed.collect()) }
        }
        Err(error) => error,
    }
}

/// A rental.
///
/// # Errors
/// [`Error::NotFound`] also for those of others.
pub fn find(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<RentalView, Error> {
    let row = find_for(tx, actor, target)?;
    let ids = [row.rental.id];
    let entries = repo::list_entries(tx.conn, &ids)?;
    let troubles = repo::list_troubles(tx.conn, &ids)?;
    let trouble_ids: Vec<Id> = troubles.iter().map(|one| one.id).collect();
    let photos = repo::list_photos(tx.conn, &trouble_ids)?;
    let photos = photos.into_iter().map(|(id, photo)| (id, attachments::view(tx.app, tx.now, photo))).collect();
    let borrower_phone = match row.rental.borrower_id {
        Some(id) => accounts::contact_of(tx, id)?.phone.map(|phone| phone.masked),
        None => row.rental.contact_phone_masked.clone(),
    };
    let details = Details { entries, troubles, photos, borrower_phone };
    let names = borrower_name(tx, actor, &row.rental)?;
    view(tx, actor, row, &names, Some(details))
}

/// Rentals, newest first: the caller's own, or their desk's.
///
/// # Errors
/// As the database.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &SignedIn,
    query: &ListRentals,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<RentalView>, Error> {
    let (is_desk, sites) = actor.listed_sites(query.site_id);
    let is_own = query.mine.unwrap_or(!is_desk);
    let seq = query.q.as_ref().map(|q| q.trim().trim_start_matches(['B', 'b']).parse().unwrap_or(-1));
    let narrowed = RentalsNarrowed {
        borrower_id: (is_own || !is_desk).then_some(actor.user_id),
        sites: if is_own { query.site_id.map(|id| vec![id]) } else { sites },
        status: query.status,
        due_before: query.overdue.unwrap_or(false).then_some(tx.now),
        unit_id: query.unit_id,
        seq,
        before,
    };
    let rows = repo::list(tx.conn, &narrowed, limit)?;
    let borrowers: Vec<Id> = rows.iter().filter_map(|row| row.rental.borrower_id).collect();
    let names = if is_desk { accounts::names_of(tx, &borrowers)? } else { HashMap::new() };
    rows.into_iter().map(|row| view(tx, actor, row, &names, None)).collect()
}

/// How to reach a borrower, in full. Looking is written into the history of the thing.
///
/// # Errors
/// [`Error::NotFound`].
pub fn contact(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<FullContact, Error> {
    let row = find_for(tx, staff, target)?;
    if !staff.role_at(row.rental.site_id).is_desk() {
        return Err(Error::Forbidden("role_desk_needed"));
    }
    let sealed = match row.rental.borrower_id {
        Some(id) => accounts::contact_of(tx, id)?.phone.map(|phone| phone.sealed),
        None => repo::find_phone(tx.conn, row.rental.id)?,
    };
    let phone = sealed.map(|sealed| tx.app.vault.unseal(&sealed)).transpose()?;
    let because = Because { rental_id: Some(row.rental.id), actor_id: Some(staff.user_id), ..Because::default() };
    record::note(tx, row.rental.unit_id, UnitMove::ViewContact, None, because)?;
    let name = match row.rental.borrower_id {
        Some(id) => Some(accounts::contact_of(tx, id)?.display_name),
        None => row.rental.contact_name,
    };
    Ok(FullContact { name, phone })
}

/// A rental as the caller may see it, without what only its own page shows.
pub(super) fn show(tx: &mut Tx<'_>, actor: &Actor, row: RentalRow) -> Result<RentalView, Error> {
    let names = borrower_name(tx, actor, &row.rental)?;
    view(tx, actor, row, &names, None)
}

/// What the borrower is called, for a desk.
fn borrower_name(tx: &mut Tx<'_>, actor: &Actor, rental: &Rental) -> Result<HashMap<Id, String>, Error> {
    match rental.borrower_id.filter(|_| actor.role_at(rental.site_id).is_desk()) {
        Some(id) => accounts::names_of(tx, &[id]),
        None => Ok(HashMap::new()),
    }
}

/// The same for staff.
pub(super) fn show_to_desk(tx: &mut Tx<'_>, staff: &Staff, row: RentalRow) -> Result<RentalView, Error> {
    show(tx, staff, row)
}

fn view(
    tx: &mut Tx<'_>,
    actor: &Actor,
    row: RentalRow,
    names: &HashMap<Id, String>,
    details: Option<Details>,
) -> Result<RentalView, Error> {
    let lending = lending::of_site(tx, row.rental.site_id)?;
    let package = if row.rental.borrower_id == Some(actor.user_id) {
        payscore::service::package_of(tx, &row.rental)?
    } else {
        None
    };
    let is_desk = actor.role_at(row.rental.site_id).is_desk();
    let desk = is_desk.then_some(names);
    RentalView::new(row, &lending, desk, tx.now, package, details)
}

/// How many rentals of a site that began in a span ended how, by type.
///
/// # Errors
/// As the database.
pub(crate) fn count_begun(
    tx: &mut Tx<'_>,
    site_id: Id,
    from: Instant,
    until: Instant,
) -> Result<Vec<(Id, RentalStatus, i64)>, Error> {
    let span = (Id::first_of(from), Id::first_of(until));
    Ok(repo::count_between(tx.conn, site_id, span)?)
}

/// Whether something that is out, or kept, could be given back nowhere any more if a station became as `changed` says.
///
/// # Errors
/// As the database.
pub(crate) fn is_stranded_by(tx: &mut Tx<'_>, lending: &Lending, changed: &StationEntry) -> Result<bool, Error> {
    let (id, site_id) = (changed.row.id, changed.row.site_id);
    let taken: Vec<Id> = lending.station(id)?.takes.iter().map(|one| one.type_id).collect();
    for rental in repo::list_open_about(tx.conn, site_id, id, &taken)? {
        let policy = rental.policy()?;
        let has_an_end = |changed| lending.has_an_end(rental.type_id, &policy, rental.from_station_id, changed);
        if has_an_end(None) && !has_an_end(Some(changed)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Forgets who is named on rentals that are long settled; returns on how many.
///
/// # Errors
/// As the database.
pub(crate) fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Error> {
    let old = repo::list_to_forget(tx.conn, tx.now - KEPT_AFTER, BATCH)?;
    for rental in &old {
        repo::update_forgotten(tx.conn, rental.id)?;
        erasures::log(tx, rental.site_id, Subject::Rental, (rental.id, number(rental.seq)))?;
    }
    Ok(old.len())
}
