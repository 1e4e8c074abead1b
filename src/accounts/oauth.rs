//! `/oauth/token`: how third-party systems get an access token (RFC 6749 §4.4, §2.3.1).

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::clients;
use crate::app::App;
use crate::error::Error;
use crate::http::auth::{Proof as _, Stranger};
use crate::http::input;
use crate::http::output::{self, Answer};
use crate::http::problem::Problem;

/// Registers this operation.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(issue_token);
}

/// With what a system asks for an access token. Fields that are not known here are passed over, as RFC 6749 §3.2 asks.
#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({"grant_type": "client_credentials", "client_id": "0198c0de-0000-7000-8000-000000000001",
    "client_secret": "0Yp1W6mK3k9b1pQm7u3bX0xJ8y5m1o2c4d6e8f0a2b4", "scope": "tickets:write tickets:read"}))]
pub struct TokenRequest {
    /// Always `client_credentials`.
    #[validate(length(max = 64))]
    #[schema(pattern = "^client_credentials$")]
    pub grant_type: String,
    /// Who asks; here, or as the user of HTTP Basic.
    #[validate(length(max = 64))]
    #[schema(max_length = 64)]
    pub client_id: Option<String>,
    /// Its secret; here, or as the password of HTTP Basic.
    #[validate(length(max = 256))]
    #[schema(max_length = 256, format = Password)]
    pub client_secret: Option<String>,
    /// What the token shall do, if not everything the system may: scopes with blanks between them.
    #[validate(length(max = 256))]
    #[schema(
        pattern = "^(tickets:write|tickets:read|rental:device)( (tickets:write|tickets:read|rental:device)){0,2}$"
    )]
    pub scope: Option<String>,
}

/// An access token for a system. There is no refresh token: ask again when it ends.
#[derive(Serialize, ToSchema)]
pub struct AccessGrant {
    /// Goes into `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds until the access token ends.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// What it may do.
    #[schema(example = "tickets:write tickets:read")]
    pub scope: String,
}

impl Answer for AccessGrant {}

/// Sign in as a third-party system
///
/// The client credentials grant of OAuth 2.0 (RFC 6749 §4.4), as a form or as JSON, with the secret in the body or as
/// HTTP Basic. Problems carry RFC 6749's `error` beside their `code`.
#[utoipa::path(tag = "accounts",
    request_body(content((TokenRequest = "application/json"), (TokenRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "An access token", body = AccessGrant)))]
#[post("/oauth/token")]
async fn issue_token(app: Data<App>, req: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    Stranger::prove(&req).await?;
    let mut request: TokenRequest = input::read_form_or_json(&req, payload.into_inner()).await?;
    if let Some((id, secret)) = basic(&req) {
        // One way at a time (RFC 6749 §2.3).
        if request.client_secret.is_some() || request.client_id.as_ref().is_some_and(|given| *given != id) {
            return Err(refusal(Error::rule("invalid_request")));
        }
        (request.client_id, request.client_secret) = (Some(id), Some(secret));
    }
    let grant = app.into_inner().write(move |tx| clients::sign_in(tx, &request)).await.map_err(refusal)?;
    Ok(output::json(&grant))
}

/// RFC 6749 §5.2 asks for 400 where this API otherwise says 422, and for Basic.
fn refusal(error: Error) -> Problem {
    match error {
        Error::Rule { code, .. } => Problem::new(StatusCode::BAD_REQUEST, code),
        Error::Unauthenticated(code) => {
            Problem::new(StatusCode::UNAUTHORIZED, code).with_header(header::WWW_AUTHENTICATE, "Basic realm=\"yijian\"")
        }
        error => Problem::from(error),
    }
}

/// Name and password of HTTP Basic (RFC 7617); each is form-encoded, of which ours have nothing to encode.
fn basic(req: &HttpRequest) -> Option<(String, String)> {
    let header = req.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}
