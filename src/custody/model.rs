//! Entries of a custody log, and how their hashes are made.

use diesel::prelude::*;

use crate::db::schema::custody_entries;
use crate::text_enum;
use crate::values::{Id, Instant};
use crate::vault::Vault;

text_enum! {
    /// What was done with an item.
    pub enum CustodyKind {
        /// Somebody says they found it.
        Announced = "announced",
        /// The desk took it.
        Received = "received",
        /// What is known of it was corrected.
        Corrected = "corrected",
        /// A photo was taken.
        Photographed = "photographed",
        /// It was put somewhere else.
        Moved = "moved",
        /// It was put into a sealed bag.
        Sealed = "sealed",
        /// Its bag was opened.
        Opened = "opened",
        /// It was promised to a claimant.
        Promised = "promised",
        /// The promise was taken back.
        TakenBack = "taken_back",
        /// The first of two people signed that it was handed over.
        Signed = "signed",
        /// It was given to its owner.
        HandedOver = "handed_over",
        /// It was given to a courier.
        Shipped = "shipped",
        /// It was given to the police.
        GivenToPolice = "given_to_police",
        /// Somebody proposed to dispose of it.
        DisposalProposed = "disposal_proposed",
        /// Its disposal was refused.
        DisposalRefused = "disposal_refused",
        /// It was disposed of.
        Disposed = "disposed",
        /// Its owner became known.
        OwnerNamed = "owner_named",
        /// It never came.
        Withdrawn = "withdrawn",
    }
}

/// One entry.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = custody_entries)]
#[diesel(treat_none_as_default_value = false)]
pub struct Entry {
    /// The item.
    pub item_id: Id,
    /// 1 for the first.
    pub position: i32,
    /// When.
    pub at: Instant,
    /// What was done.
    pub kind: CustodyKind,
    /// Who did it; `None` for Yijian itself.
    pub actor_id: Option<Id>,
    /// What they were called then.
    pub actor_name: String,
    /// Who stood by.
    pub witness_name: Option<String>,
    /// Where it lay afterwards.
    pub place: Option<String>,
    /// What else there is to say: a JSON object, kept as it was written because it is part of the hash.
    pub detail: String,
    /// The hash of the entry before.
    pub previous_hash: Vec<u8>,
    /// The hash of all of this.
    pub hash: Vec<u8>,
}

impl Entry {
    /// What the hash must be.
    #[must_use]
    pub fn expected_hash(&self, vault: &Vault) -> Vec<u8> {
        let optional =
            |text: &Option<String>| text.as_ref().map_or_else(Vec::new, |text| [b"=", text.as_bytes()].concat());
        vault.custody_hash(&[
            &self.previous_hash,
            self.item_id.0.as_bytes(),
            &self.position.to_be_bytes(),
            &self.at.0.as_microsecond().to_be_bytes(),
            self.kind.as_str().as_bytes(),
            self.actor_id.unwrap_or(Id::NIL).0.as_bytes(),
            self.actor_name.as_bytes(),
            &optional(&self.witness_name),
            &optional(&self.place),
            self.detail.as_bytes(),
        ])
    }
}
