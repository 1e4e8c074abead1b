//! Writing down who did what with an item, and reading it.
//!
//! Rules:
//! - Every move, opening, hand-over, person and photo is an entry; entries are never changed (the database refuses it).
//! - The item keeps how many entries there are and the hash of the last, so that missing ones show too.
//! - No entry names anybody but the mall's own people: what must be forgotten one day is not written where nothing can be.

use serde_json::Value;

use super::api::CustodyView;
use super::model::{CustodyKind, Entry};
use super::repo;
use crate::accounts::model::{Actor, Staff};
use crate::app::Tx;
use crate::error::Error;
use crate::found_items::model::FoundItem;
use crate::found_items::record;
use crate::http::input::Target;
use crate::values::Id;

/// More entries than this are not shown of one item.
const SHOWN: i64 = 5000;

/// What finders and claimants are called in a log.
const VISITOR: &str = "访客";

/// What is written down.
pub(crate) struct Note<'a> {
    /// What was done.
    pub(crate) kind: CustodyKind,
    /// Who stood by.
    pub(crate) witness_name: Option<&'a str>,
    /// What else there is to say: an object.
    pub(crate) detail: Value,
}

impl Note<'_> {
    /// Something done by one person.
    pub(crate) const fn new(kind: CustodyKind, detail: Value) -> Self {
        Self { kind, witness_name: None, detail }
    }
}

/// Adds an entry to the log of an item that is about to be written. `actor` is `None` for Yijian itself.
///
/// # Errors
/// As the database.
pub(crate) fn append(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    item: &mut FoundItem,
    note: &Note<'_>,
) -> Result<(), Error> {
    let is_visitor = actor.is_some_and(|actor| !actor.role_at(item.site_id).is_staff());
    let staff = actor.filter(|_| !is_visitor);
    let nobody = if is_visitor { VISITOR } else { "Yijian" };
    let mut entry = Entry {
        item_id: item.id,
        position: item.custody_entries + 1,
        at: tx.now,
        kind: note.kind,
        actor_id: staff.map(|staff| staff.user_id),
        actor_name: staff.map_or(nobody, |staff| &staff.display_name).to_owned(),
        witness_name: note.witness_name.map(ToOwned::to_owned),
        place: item.storage_place.clone(),
        detail: note.detail.to_string(),
        previous_hash: item.custody_head.clone(),
        hash: Vec::new(),
    };
    entry.hash = entry.expected_hash(&tx.app.vault);
    repo::insert(tx.conn, &entry)?;
    item.custody_entries = entry.position;
    item.custody_head = entry.hash;
    Ok(())
}

/// What seals an item's row: nobody without the installation's secret makes it for another state, fewer entries, or another
/// amount of money.
pub(crate) fn seal_of(tx: &Tx<'_>, item: &FoundItem) -> Vec<u8> {
    let optional = |text: &Option<String>| text.as_ref().map_or_else(Vec::new, |text| [b"=", text.as_bytes()].concat());
    tx.app.vault.custody_hash(&[
        b"item",
        item.id.0.as_bytes(),
        &item.custody_entries.to_be_bytes(),
        &item.custody_head,
        item.status.as_str().as_bytes(),
        item.value_class.as_str().as_bytes(),
        &item.cash_fen.unwrap_or(-1).to_be_bytes(),
        &optional(&item.storage_place),
        &optional(&item.seal_number),
    ])
}

/// The log of an item, oldest entry first, and whether it is whole.
///
/// # Errors
/// [`Error::NotFound`] for items that the caller's desk does not keep.
pub fn log(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<CustodyView, Error> {
    let item = record::find_for_desk(tx, staff, target)?.item;
    let entries = repo::list(tx.conn, item.id, 0, SHOWN)?;
    let fault = super::audit::first_fault(tx, &item, &entries);
    Ok(CustodyView::new(entries, fault.is_none()))
}

/// The logs of some items.
pub(super) fn list_of(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<Entry>, Error> {
    Ok(repo::list_of(tx.conn, ids)?)
}
