//! Keyset paging: lists are ordered by id (`UUIDv7`, so by time), and a cursor is the last id seen.
//!
//! A cursor belongs to one caller and one set of filters and is signed, so that a changed one is refused instead of
//! giving a list nobody asked for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

use super::output::Answer;
use crate::error::Error;
use crate::values::Id;
use crate::vault::Vault;

const DEFAULT_LIMIT: i64 = 20;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The things themselves.
    pub items: Vec<T>,
    /// Give this as `cursor` to get the next page.
    pub next_cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
}

impl<T: Serialize> Answer for Page<T> {}

impl<T> Page<T> {
    /// A list that is short enough to be given at once.
    #[must_use]
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None, has_more: false }
    }
}

/// A request for one page.
#[derive(Debug, Clone)]
pub struct Paging {
    /// The id after which the page begins, in the order of the list.
    pub position: Option<Id>,
    limit: i64,
    filter: Vec<u8>,
}

impl Paging {
    /// Reads `limit` and `cursor` for the list called `list`. `filters` is the query; these two of it may differ from page
    /// to page.
    ///
    /// # Errors
    /// 422 `cursor_malformed`, or `cursor_mismatch` for one of another list.
    pub fn new(
        vault: &Vault,
        list: &str,
        caller: Id,
        filters: &impl Serialize,
        limit: Option<i64>,
        cursor: Option<&str>,
    ) -> Result<Self, Error> {
        let mut filters = serde_json::to_value(filters).map_err(Error::internal)?;
        if let Some(fields) = filters.as_object_mut() {
            fields.retain(|name, _| name != "limit" && name != "cursor");
        }
        let filters = serde_json::to_vec(&filters).map_err(Error::internal)?;
        let filter = crate::vault::sha256(&[list.as_bytes(), caller.0.as_bytes(), &filters]);
        let position = cursor.map(|cursor| open(vault, &filter, cursor)).transpose()?;
        Ok(Self { position, limit: limit.unwrap_or(DEFAULT_LIMIT), filter })
    }

    /// How many rows to read: one more than shown tells whether there is a next page.
    #[must_use]
    pub const fn fetch(&self) -> i64 {
        self.limit + 1
    }

    /// Turns the rows read into a page.
    pub fn page<T>(&self, vault: &Vault, mut items: Vec<T>, id: impl Fn(&T) -> Id) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| has_more);
        Page { next_cursor: last.map(|item| seal(vault, &self.filter, id(item))), items, has_more }
    }
}

fn seal(vault: &Vault, filter: &[u8], id: Id) -> String {
    let key = URL_SAFE_NO_PAD.encode(id.0.as_bytes());
    let signature = signature(vault, filter, &key);
    format!("{key}{signature}")
}

/// Characters that 16 bytes take in base64url.
const KEY_CHARS: usize = 22;

fn open(vault: &Vault, filter: &[u8], cursor: &str) -> Result<Id, Error> {
    let malformed = || Error::field("?cursor", "cursor_malformed");
    let (key, given) = cursor.split_at_checked(KEY_CHARS).ok_or_else(malformed)?;
    let bytes = URL_SAFE_NO_PAD.decode(key).map_err(|_| malformed())?;
    let id = Id(uuid::Uuid::from_slice(&bytes).map_err(|_| malformed())?);
    if given.len() != KEY_CHARS {
        return Err(malformed());
    }
    if signature(vault, filter, key) == given { Ok(id) } else { Err(Error::field("?cursor", "cursor_mismatch")) }
}

fn signature(vault: &Vault, filter: &[u8], key: &str) -> String {
    vault.sign_link(&format!("cursor {} {key}", URL_SAFE_NO_PAD.encode(filter)))
}
