//! Taking in photos, giving them out, and sweeping up those that nobody used.

use std::sync::Arc;

use bytes::Bytes;
use jiff::SignedDuration;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;

use super::api::AttachmentView;
use super::model::Attachment;
use super::photo::{self, Photo, PhotoError};
use super::repo;
use crate::accounts::model::SignedIn;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::idempotency::{self, Done, Once, Saved};
use crate::values::{Id, Instant};

/// The largest file that is taken.
pub const LARGEST_FILE: usize = 10 * 1024 * 1024;
/// How many photos one request may refer to.
pub const MOST_PHOTOS: usize = 9;
/// How long a link to a photo works.
const LINK_TIME: SignedDuration = SignedDuration::from_mins(15);
/// How long an upload waits to be used.
const UNUSED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Cleans and keeps a photo.
///
/// # Errors
/// [`Error::Rule`] for what is not a whole photo of a reasonable size.
pub async fn upload(app: &Arc<App>, actor: SignedIn, bytes: Bytes, once: Option<Once>) -> Result<Done, Error> {
    let photo = tokio::task::spawn_blocking(move || photo::clean(&bytes)).await.map_err(Error::internal)?;
    let Photo { bytes, content_type, width, height } = photo.map_err(|refused| {
        Error::rule(match refused {
            PhotoError::NotAnImage => "photo_not_an_image",
            PhotoError::TooManyPixels => "photo_too_many_pixels",
            PhotoError::Damaged => "photo_damaged",
        })
    })?;
    let now = app.now();
    let number = |n: u32| i32::try_from(n).map_err(Error::internal);
    let attachment = Attachment {
        id: app.new_id(now),
        uploader_id: actor.user_id,
        content_type: content_type.to_owned(),
        size_bytes: i32::try_from(bytes.len()).map_err(Error::internal)?,
        width: number(width)?,
        height: number(height)?,
        is_used: false,
        created_at: now,
    };
    let id = attachment.id;
    app.photos.put(&path(id), bytes.into()).await.map_err(store_away)?;
    let done = idempotency::run(app, once, move |tx| {
        repo::insert(tx.conn, &attachment)?;
        let body = serde_json::to_string(&view(tx.app, tx.now, attachment)).map_err(Error::internal)?;
        Ok(Saved { status: 201, version: None, body, is_private: false })
    })
    .await;
    // The bytes come before the row, so that a row always has its bytes; what got no row is taken away again.
    if !matches!(done, Ok(Done { replayed: false, .. })) {
        drop(app.photos.delete(&path(id)).await);
    }
    done
}

/// An upload of the caller's own.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find_for(tx: &mut Tx<'_>, actor: &SignedIn, id: Id) -> Result<AttachmentView, Error> {
    let found = repo::find_for(tx.conn, actor.user_id, id)?.ok_or(Error::NotFound("attachment_not_found"))?;
    Ok(view(tx.app, tx.now, found))
}

/// Puts the caller's uploads to use.
///
/// # Errors
/// [`Error::Rule`] `attachments_unusable` if one is missing, somebody else's, used already, or named twice.
pub fn put_to_use(tx: &mut Tx<'_>, uploader_id: Id, ids: &[Id]) -> Result<(), Error> {
    if ids.is_empty() || repo::update_used(tx.conn, uploader_id, ids)? == ids.len() {
        return Ok(());
    }
    Err(Error::rule("attachments_unusable"))
}

/// Gives up photos that nothing refers to any more: the sweep deletes them.
///
/// # Errors
/// As the database.
pub(crate) fn release(tx: &mut Tx<'_>, ids: &[Id]) -> Result<(), Error> {
    repo::update_unused(tx.conn, ids)?;
    Ok(())
}

/// A photo with a link that works for a while.
#[must_use]
pub fn view(app: &App, now: Instant, attachment: Attachment) -> AttachmentView {
    let Attachment { id, uploader_id: _, content_type, size_bytes, width, height, is_used: _, created_at } = attachment;
    let expires_at = (now + LINK_TIME).0.as_second();
    let signature = app.vault.sign_link(&link_text(id, expires_at));
    AttachmentView {
        id,
        content_type,
        size_bytes,
        width,
        height,
        url: format!("/api/v1/attachments/{id}/content?expires={expires_at}&signature={signature}"),
        created_at,
    }
}

fn link_text(id: Id, expires_at: i64) -> String {
    format!("photo {id} {expires_at}")
}

/// The bytes behind a signed link, and what they are.
///
/// # Errors
/// [`Error::NotFound`] for a link that is not ours or no longer works.
pub async fn content(app: &Arc<App>, id: Id, expires: i64, signature: &str) -> Result<(String, Bytes), Error> {
    let gone = || Error::NotFound("attachment_link_invalid");
    if app.now().0.as_second() >= expires || !app.vault.link_is_ours(&link_text(id, expires), signature) {
        return Err(gone());
    }
    let attachment = app.read(move |tx| Ok(repo::find(tx.conn, id)?)).await?.ok_or_else(gone)?;
    let found = app.photos.get(&path(id)).await.map_err(store_away)?;
    Ok((attachment.content_type, found.bytes().await.map_err(store_away)?))
}

/// Deletes uploads that nothing came to refer to; returns how many.
///
/// # Errors
/// As the database; bytes that cannot be deleted are logged.
pub async fn sweep(app: &Arc<App>) -> Result<usize, Error> {
    let before = app.now() - UNUSED_FOR;
    let unused = app.read(move |tx| Ok(repo::list_unused(tx.conn, before, 500)?)).await?;
    let mut swept = 0;
    for id in unused {
        if app.write(move |tx| Ok(repo::delete_unused(tx.conn, id)?)).await? == 1 {
            swept += 1;
            if let Err(error) = app.photos.delete(&path(id)).await {
                tracing::warn!(attachment = %id, %error, "cannot delete an unused photo");
            }
        }
    }
    Ok(swept)
}

fn path(id: Id) -> Path {
    Path::from(id.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn store_away(error: object_store::Error) -> Error {
    tracing::error!(%error, "the photo store does not answer");
    Error::Unavailable { code: "photo_store_unavailable", retry_after_seconds: 5 }
}
