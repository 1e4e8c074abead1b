//! `/attachments`.

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{HttpRequest, HttpResponse, get, post};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::service;
use crate::accounts::model::SignedIn;
use crate::app::App;
use crate::error::Error;
use crate::http::auth::Anyone;
use crate::http::input::{self, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::problem::Problem;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(upload_attachment).service(get_attachment).service(get_attachment_content);
}

/// A photo.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttachmentView {
    /// Name it in `attachment_ids`.
    pub id: Id,
    /// What it is after cleaning.
    #[schema(example = "image/jpeg")]
    pub content_type: String,
    /// Its size after cleaning.
    pub size_bytes: i32,
    /// In pixels.
    pub width: i32,
    /// In pixels.
    pub height: i32,
    /// Shows the photo without a header, for a quarter of an hour.
    pub url: String,
    /// When it was uploaded.
    pub created_at: Instant,
}

impl Answer for AttachmentView {}

/// One file, as `wx.uploadFile` sends it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the form; it is read part by part")]
struct UploadForm {
    /// JPEG, PNG, WebP or HEIC, recognised by its content; at most 10 MiB.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// A signed link.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SignedLink {
    /// Until when it works, in seconds since 1970.
    expires: i64,
    /// What makes it ours.
    signature: String,
}

/// Upload a photo
///
/// Camera data (place, time, device) is removed. A photo that nothing refers to is deleted after a day.
#[utoipa::path(tag = "attachments", security(("bearer" = [])),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "Kept", body = AttachmentView)))]
#[post("/attachments")]
async fn upload_attachment(
    req: HttpRequest,
    app: Data<App>,
    query: Query<SignedIn, NoFields>,
    form: Multipart,
) -> Result<HttpResponse, Problem> {
    let bytes = input::within(input::UPLOAD_TIME, read_file(form)).await??;
    let once = input::once(&req, query.actor.user_id, &bytes)?;
    let done = service::upload(&app, query.actor, bytes, once).await?;
    Ok(output::saved(done))
}

async fn read_file(mut form: Multipart) -> Result<Bytes, Problem> {
    let broken = || Problem::new(StatusCode::BAD_REQUEST, "form_malformed");
    let mut file = None;
    while let Some(part) = form.next().await {
        let mut part = part.map_err(|error| match error {
            actix_multipart::MultipartError::ContentTypeMissing
            | actix_multipart::MultipartError::ContentTypeParse
            | actix_multipart::MultipartError::ContentTypeIncompatible => {
                Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "form_needed")
            }
            _ => broken(),
        })?;
        if part.name() != Some("file") || file.is_some() {
            return Err(Error::field("/file", "form_takes_one_file").into());
        }
        let mut bytes = BytesMut::new();
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(|_| broken())?;
            if bytes.len() + chunk.len() > service::LARGEST_FILE {
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "photo_too_large"));
            }
            bytes.extend_from_slice(&chunk);
        }
        file = Some(bytes.freeze());
    }
    file.ok_or_else(|| Error::field("/file", "field_missing").into())
}

/// An upload of mine, with a fresh link
#[utoipa::path(tag = "attachments", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The photo", body = AttachmentView)))]
#[get("/attachments/{id}")]
async fn get_attachment(app: Data<App>, query: Query<SignedIn, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::find_for(tx, &query.actor, target.id)).await
}

/// The photo itself, by a signed link
#[utoipa::path(tag = "attachments", params(PathId, SignedLink),
    responses((status = 200, description = "The bytes", body = Vec<u8>, content_type = "image/*")))]
#[get("/attachments/{id}/content")]
async fn get_attachment_content(app: Data<App>, query: Query<Anyone, SignedLink>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    let SignedLink { expires, signature } = query.query;
    let (content_type, bytes) = service::content(&app, target.id, expires, &signature).await?;
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_DISPOSITION, "inline"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'"))
        .insert_header((header::CACHE_CONTROL, "private, max-age=900"))
        .body(bytes))
}
