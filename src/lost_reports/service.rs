//! Reporting something lost, and what becomes of it.
//!
//! Rules:
//! - When it was lost is a range of at most two weeks that has begun; where is one place or several.
//! - What only the owner knows is kept sealed, and shown to nobody but the reporter and the desk.
//! - What nobody closed is looked for three months; what names a person is forgotten three months after the end.

use jiff::SignedDuration;

use super::api::{ChangeReport, ListReports, LostReportView, ReportLost};
use super::model::{
    LONGEST_RANGE, LOOKED_FOR, LOST_AT_MOST_AGO, LostReport, Narrowed, Numbered, PhotoRow, PlaceRow, ReportStatus,
    number,
};
use super::repo;
use crate::accounts::model::{Actor, SignedIn, Staff};
use crate::accounts::service as accounts;
use crate::app::Tx;
use crate::attachments::service as attachments;
use crate::contact_views::model::Whose;
use crate::contact_views::service::{Callable, look};
use crate::erasures::service::{self as erasures, Subject};
use crate::error::Error;
use crate::found_items::views::colours;
use crate::http::input::Target;
use crate::lost_found::categories::{self, ItemCategory};
use crate::lost_found::colours::Colours;
use crate::matches;
use crate::sites::service as sites;
use crate::text::Discreet;
use crate::tickets::intake::{self, Requester};
use crate::tickets::views::FullContact;
use crate::values::{Id, Instant};

/// What names a person is kept so long after a report is over. Ours: as long as somebody might ask again.
const KEPT_AFTER: SignedDuration = SignedDuration::from_hours(90 * 24);
/// As many things a person may look for at once. Ours.
const MOST_OPEN: i64 = 10;
/// As often a reporter may change a report. Ours.
const MOST_CHANGES: i32 = 10;
/// As many reports are closed or forgotten in one transaction.
const BATCH: i64 = 100;

/// Reports something lost.
///
/// # Errors
/// [`Error::NotFound`] for unknown places; [`Error::Rule`] `location_elsewhere`; [`Error::Invalid`] for times that cannot be;
/// as [`intake::requester`].
pub fn report(tx: &mut Tx<'_>, actor: &SignedIn, command: ReportLost) -> Result<LostReportView, Error> {
    let ReportLost {
        location_ids,
        description,
        category,
        colours,
        brand,
        lost_from,
        lost_until,
        marks,
        attachment_ids,
        contact,
        on_behalf_of,
    } = command;
    let site_id = site_of(tx, &location_ids)?;
    let (lost_from, lost_until) = check_range(tx.now, lost_from, lost_until)?;
    let Requester { channel, id: reporter_id, name, phone, .. } =
        intake::requester(tx, actor, site_id, contact, on_behalf_of)?;
    if let Some(person) = reporter_id {
        accounts::lock_person(tx, person)?;
        if repo::count_open_by(tx.conn, person)? >= MOST_OPEN {
            return Err(Error::rule("lost_reports_too_many"));
        }
    }
    let ItemCategory(kind) = category;
    let (phone_sealed, phone_masked) = phone.map_or((None, None), |phone| (Some(phone.sealed), Some(phone.masked)));
    let report = LostReport {
        id: tx.new_id(),
        site_id,
        status: ReportStatus::Open,
        channel,
        reporter_id,
        filed_by_id: (reporter_id != Some(actor.user_id)).then_some(actor.user_id),
        contact_name: name,
        contact_phone_sealed: phone_sealed,
        contact_phone_masked: phone_masked,
        category: kind.number.into(),
        colours: stored(colours)?,
        brand: brand.map(Discreet::into_string),
        description: description.into_string(),
        marks_sealed: seal(tx, &marks)?,
        lost_from,
        lost_until,
        photos: i32::try_from(attachment_ids.len()).map_err(Error::internal)?,
        item_id: None,
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
        ended_at: None,
        erased_at: None,
    };
    let seq = repo::insert(tx.conn, &report)?;
    attachments::put_to_use(tx, actor.user_id, &attachment_ids)?;
    let photos: Vec<PhotoRow> =
        attachment_ids.iter().map(|id| PhotoRow { report_id: report.id, attachment_id: *id }).collect();
    repo::insert_photos(tx.conn, &photos)?;
    insert_places(tx, report.id, &location_ids)?;
    matches::service::renew_report(tx, &report, &location_ids)?;
    show(tx, Numbered { seq, report })
}

/// The site at which all of these places are.
fn site_of(tx: &mut Tx<'_>, location_ids: &[Id]) -> Result<Id, Error> {
    let mut site_id = None;
    for id in location_ids {
        let place = sites::place_by_location(tx, *id)?;
        if *site_id.get_or_insert(place.site.id) != place.site.id {
            return Err(Error::rule("location_elsewhere"));
        }
    }
    site_id.ok_or_else(|| Error::field("/location_ids", "field_missing"))
}

fn check_range(now: Instant, from: Instant, until: Option<Instant>) -> Result<(Instant, Instant), Error> {
    if from > now {
        return Err(Error::field("/lost_from", "lost_in_future"));
    }
    let until = until.unwrap_or(now.min(from + LONGEST_RANGE));
    if until < from {
        return Err(Error::field("/lost_until", "lost_range_reversed"));
    }
    if until > now {
        return Err(Error::field("/lost_until", "lost_in_future"));
    }
    if until.since(from) > LONGEST_RANGE {
        return Err(Error::field("/lost_from", "lost_range_too_long"));
    }
    if from < now - LOST_AT_MOST_AGO {
        return Err(Error::field("/lost_from", "lost_too_long_ago"));
    }
    Ok((from, until))
}

fn stored(colours: Colours) -> Result<i32, Error> {
    i32::try_from(colours.bits()).map_err(Error::internal)
}

fn seal(tx: &Tx<'_>, marks: &[Discreet<200>]) -> Result<Option<Vec<u8>>, Error> {
    if marks.is_empty() {
        return Ok(None);
    }
    let json = serde_json::to_string(marks).map_err(Error::internal)?;
    tx.app.vault.seal(&json).map(Some)
}

fn insert_places(tx: &mut Tx<'_>, report_id: Id, ids: &[Id]) -> Result<(), Error> {
    let mut known = ids.to_vec();
    known.sort_unstable();
    known.dedup();
    let rows: Vec<PlaceRow> = known.into_iter().map(|location_id| PlaceRow { report_id, location_id }).collect();
    Ok(repo::insert_places(tx.conn, &rows)?)
}

fn knows(actor: &Actor, report: &LostReport) -> bool {
    report.reporter_id == Some(actor.user_id) || actor.role_at(report.site_id).is_desk()
}

/// A report as the caller may know of it.
///
/// # Errors
/// [`Error::NotFound`] also for those of others, [`Error::PreconditionFailed`] for a stale version.
pub(crate) fn load(tx: &mut Tx<'_>, actor: &Actor, target: Target) -> Result<Numbered, Error> {
    let found = repo::find(tx.conn, target.id)?.filter(|one| knows(actor, &one.report));
    let found = found.ok_or(Error::NotFound("lost_report_not_found"))?;
    target.check(found.report.version)?;
    Ok(found)
}

/// Whom to call about a report, in full.
///
/// # Errors
/// As [`load`]; [`Error::Forbidden`] `role_desk_needed` for who misses it.
pub fn contact(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<FullContact, Error> {
    let Numbered { seq, report } = load(tx, staff, target)?;
    if !staff.role_at(report.site_id).is_desk() {
        return Err(Error::Forbidden("role_desk_needed"));
    }
    let (site_id, id, number) = (report.site_id, report.id, number(seq));
    let (name, phone_sealed) = (report.contact_name, report.contact_phone_sealed);
    look(tx, staff, Callable { site_id, whose: Whose::LostReport, id, number, name, phone_sealed })
}

/// Some reports by id.
///
/// # Errors
/// As the database.
pub(crate) fn list_by_ids(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<Numbered>, Error> {
    Ok(repo::list_by_ids(tx.conn, ids)?)
}

/// A report.
///
/// # Errors
/// As [`load`].
pub fn find(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<LostReportView, Error> {
    let one = load(tx, actor, target)?;
    show(tx, one)
}

/// Changes what a report says: all of it.
///
/// # Errors
/// [`Error::Conflict`] `lost_report_not_open`; as [`report`] and [`load`].
pub fn change(
    tx: &mut Tx<'_>,
    actor: &SignedIn,
    target: Target,
    command: ChangeReport,
) -> Result<LostReportView, Error> {
    let ChangeReport { location_ids, description, category, colours, brand, lost_from, lost_until, marks } = command;
    repo::lock(tx.conn, target.id)?;
    let mut one = load(tx, actor, target)?;
    // Who could change it for ever could find out by what is likely what nobody told them.
    if one.report.version > MOST_CHANGES && !actor.role_at(one.report.site_id).is_desk() {
        return Err(Error::rule("lost_report_changed_often"));
    }
    if one.report.status != ReportStatus::Open {
        return Err(Error::conflict("lost_report_not_open"));
    }
    if site_of(tx, &location_ids)? != one.report.site_id {
        return Err(Error::rule("location_elsewhere"));
    }
    let ItemCategory(kind) = category;
    one.report.category = kind.number.into();
    one.report.colours = stored(colours)?;
    one.report.brand = brand.map(Discreet::into_string);
    one.report.description = description.into_string();
    if let Some(marks) = marks {
        one.report.marks_sealed = seal(tx, &marks)?;
    }
    (one.report.lost_from, one.report.lost_until) = check_range(tx.now, lost_from, lost_until)?;
    repo::delete_places(tx.conn, one.report.id)?;
    insert_places(tx, one.report.id, &location_ids)?;
    matches::service::renew_report(tx, &one.report, &location_ids)?;
    write(tx, &mut one.report)?;
    show(tx, one)
}

/// It is not needed any more.
///
/// # Errors
/// [`Error::Conflict`] `lost_report_not_open`; as [`load`].
pub fn withdraw(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<LostReportView, Error> {
    repo::lock(tx.conn, target.id)?;
    let mut one = load(tx, actor, target)?;
    end(tx, &mut one.report, ReportStatus::Withdrawn)?;
    show(tx, one)
}

/// What it is about was given back.
///
/// # Errors
/// As the database.
pub(crate) fn on_returned(tx: &mut Tx<'_>, id: Id, item_id: Id) -> Result<(), Error> {
    repo::lock(tx.conn, id)?;
    let Some(mut one) = repo::find(tx.conn, id)?.filter(|one| one.report.status == ReportStatus::Open) else {
        return Ok(());
    };
    one.report.item_id = Some(item_id);
    end(tx, &mut one.report, ReportStatus::Returned)
}

fn end(tx: &mut Tx<'_>, report: &mut LostReport, status: ReportStatus) -> Result<(), Error> {
    if report.status != ReportStatus::Open {
        return Err(Error::conflict("lost_report_not_open"));
    }
    report.status = status;
    report.ended_at = Some(tx.now);
    matches::service::forget_report(tx, report.id)?;
    write(tx, report)
}

fn write(tx: &mut Tx<'_>, report: &mut LostReport) -> Result<(), Error> {
    report.version += 1;
    report.updated_at = tx.now;
    if repo::update(tx.conn, report)? == 0 { Err(Error::conflict("lost_report_changed_meanwhile")) } else { Ok(()) }
}

/// Reports, newest first: the desk sees its sites', everyone else their own.
///
/// # Errors
/// As the database.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &SignedIn,
    query: &ListReports,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<LostReportView>, Error> {
    let (is_desk, sites) = actor.listed_sites(query.site_id);
    let seq = query.q.as_deref().map(|words| words.trim().trim_start_matches(['L', 'l']).parse().unwrap_or(-1));
    let reporter_id = (!is_desk).then_some(actor.user_id);
    let narrowed = Narrowed { reporter_id, sites, status: query.status, seq, before };
    let rows = repo::list(tx.conn, &narrowed, limit)?;
    show_all(tx, rows)
}

fn show(tx: &mut Tx<'_>, one: Numbered) -> Result<LostReportView, Error> {
    let shown = show_all(tx, vec![one])?.pop();
    shown.ok_or(Error::NotFound("lost_report_not_found"))
}

/// Reports as their reporters and the desk see them.
///
/// # Errors
/// As the database.
pub(crate) fn show_all(tx: &mut Tx<'_>, rows: Vec<Numbered>) -> Result<Vec<LostReportView>, Error> {
    let ids: Vec<Id> = rows.iter().map(|one| one.report.id).collect();
    let places = repo::list_places(tx.conn, &ids)?;
    let with_photos: Vec<Id> = rows.iter().filter(|one| one.report.photos > 0).map(|one| one.report.id).collect();
    let mut photos = if with_photos.is_empty() { Vec::new() } else { repo::list_photos(tx.conn, &with_photos)? };
    let mut views = Vec::with_capacity(rows.len());
    for one in rows {
        let names = sites::names(tx, one.report.site_id)?;
        let own = places.iter().filter(|place| place.report_id == one.report.id);
        let locations = own.filter_map(|place| names.of(Some(place.location_id))).collect();
        let own = photos.extract_if(.., |(id, _)| *id == one.report.id);
        let photos = own.map(|(_, photo)| attachments::view(tx.app, tx.now, photo)).collect();
        let sealed = one.report.marks_sealed.as_deref();
        let marks = match sealed {
            Some(sealed) => serde_json::from_str(&tx.app.vault.unseal(sealed)?).map_err(Error::internal)?,
            None => Vec::new(),
        };
        let kind = ItemCategory(categories::stored(one.report.category));
        let colours = colours(one.report.colours);
        views.push(LostReportView::new(one, kind, colours, locations, marks, photos));
    }
    Ok(views)
}

/// Ends what was looked for long enough, and forgets who missed what is long over. Returns how many reports it forgot.
///
/// # Errors
/// As the database.
pub(crate) fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Error> {
    for mut one in repo::list_stale(tx.conn, tx.now - LOOKED_FOR, BATCH)? {
        end(tx, &mut one.report, ReportStatus::Expired)?;
    }
    let old = repo::list_to_erase(tx.conn, tx.now - KEPT_AFTER, BATCH)?;
    let count = old.len();
    for mut one in old {
        let report = &mut one.report;
        (report.contact_name, report.contact_phone_sealed, report.contact_phone_masked) = (None, None, None);
        (report.marks_sealed, report.brand, report.reporter_id) = (None, None, None);
        (report.photos, report.erased_at) = (0, Some(tx.now));
        let photos = repo::delete_photos(tx.conn, report.id)?;
        attachments::release(tx, &photos)?;
        report.description = String::from("—");
        write(tx, report)?;
        erasures::log(tx, report.site_id, Subject::LostReport, (report.id, number(one.seq)))?;
    }
    Ok(count)
}
