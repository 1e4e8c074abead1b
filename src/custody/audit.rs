//! Proving the custody logs: each entry's hash, the chain from one to the next, and that none is missing at the end.

use std::sync::Arc;

use super::model::Entry;
use super::service;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::found_items::model::{FoundItem, number};
use crate::found_items::record;
use crate::values::Id;

/// As many items are looked at together.
const BATCH: i64 = 500;

/// The outcome of looking at every log.
#[derive(Debug, Default)]
pub struct Audit {
    /// How many items there are.
    pub items: usize,
    /// How many entries they have.
    pub entries: usize,
    /// What is wrong, one line for each item.
    pub faults: Vec<String>,
}

/// Looks at every log.
///
/// # Errors
/// As the database.
pub async fn run(app: &Arc<App>) -> Result<Audit, Error> {
    let (mut audit, mut after) = (Audit::default(), None);
    loop {
        let (some, last) = app.read(move |tx| look_at_some(tx, after)).await?;
        audit.items += some.items;
        audit.entries += some.entries;
        audit.faults.extend(some.faults);
        if last.is_none() {
            return Ok(audit);
        }
        after = last;
    }
}

fn look_at_some(tx: &mut Tx<'_>, after: Option<Id>) -> Result<(Audit, Option<Id>), Error> {
    let items = record::list_after(tx, after, BATCH)?;
    let ids: Vec<Id> = items.iter().map(|one| one.item.id).collect();
    let entries = service::list_of(tx, &ids)?;
    let mut audit = Audit { items: items.len(), entries: entries.len(), faults: Vec::new() };
    for one in &items {
        let own: Vec<Entry> = entries.iter().filter(|entry| entry.item_id == one.item.id).cloned().collect();
        if let Some(fault) = first_fault(tx, &one.item, &own) {
            audit.faults.push(format!("{}: {fault}", number(one.seq)));
        }
    }
    Ok((audit, ids.last().copied()))
}

/// What is wrong with a log, if anything is.
pub(super) fn first_fault(tx: &Tx<'_>, item: &FoundItem, entries: &[Entry]) -> Option<String> {
    let mut head: &[u8] = &[];
    for (entry, position) in entries.iter().zip(1..) {
        if entry.position != position {
            return Some(format!("entry {position} is missing"));
        }
        if entry.previous_hash != head {
            return Some(format!("entry {position} does not follow the one before"));
        }
        if entry.hash != entry.expected_hash(&tx.app.vault) {
            return Some(format!("entry {position} was changed"));
        }
        head = &entry.hash;
    }
    let count = i32::try_from(entries.len()).unwrap_or(i32::MAX);
    if count != item.custody_entries || head != item.custody_head {
        return Some(format!("{count} entries, {} were written", item.custody_entries));
    }
    (item.custody_seal != service::seal_of(tx, item)).then(|| "the item's own row was changed".to_owned())
}
