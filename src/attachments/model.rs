//! Rows of uploaded photos.

use diesel::prelude::*;

use crate::db::schema::attachments;
use crate::values::{Id, Instant};

/// An uploaded photo.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = attachments)]
pub struct Attachment {
    /// Identifier, and its name in the photo store.
    pub id: Id,
    /// Who uploaded it: only they may refer to it.
    pub uploader_id: Id,
    /// What it is after cleaning.
    pub content_type: String,
    /// Its size after cleaning.
    pub size_bytes: i32,
    /// In pixels.
    pub width: i32,
    /// In pixels.
    pub height: i32,
    /// Whether something refers to it; a photo is used once.
    pub is_used: bool,
    /// When it was uploaded.
    pub created_at: Instant,
}
