//! `/auth/*`, `/me` and `/memberships`.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post, put};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{Role, SignedIn, Staff, Tongue};
use super::{members, service};
use crate::app::App;
use crate::http::auth::Stranger;
use crate::http::input::{Command, Empty, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::text::{Phone, Text};
use crate::text_enum;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(sign_in_wechat)
        .service(sign_in_password)
        .configure(super::oauth::routes)
        .service(refresh_tokens)
        .service(sign_out)
        .service(get_me)
        .service(update_me)
        .service(bind_phone)
        .service(list_members)
        .service(bind_member)
        .service(unbind_member);
}

/// A sign-in from the mini-program.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "demo:xiaolin"}))]
pub struct SignInWeChat {
    /// What `wx.login()` gave; good for five minutes and once.
    #[schema(value_type = Text<256>)]
    code: Text<256>,
}

/// A sign-in of staff.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "mei", "password": "correct horse battery staple"}))]
pub struct SignInPassword {
    /// The name.
    #[schema(value_type = Text<64>)]
    username: Text<64>,
    /// The password.
    #[schema(value_type = Text<256>, format = Password)]
    password: Text<256>,
}

/// A refresh.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "0Yp1W6mK3k9b1pQm7u3bX0xJ8y5m1o2c4d6e8f0a2b4"}))]
pub struct RefreshTokens {
    /// The newest refresh token of the session.
    #[schema(value_type = Text<256>)]
    refresh_token: Text<256>,
}

/// What a sign-in or refresh gives.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenPair {
    /// Goes into `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds until the access token ends.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// Gets the next pair, once.
    pub refresh_token: String,
}

impl Answer for TokenPair {}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Identifier.
    pub id: Id,
    /// The highest role anywhere.
    pub role: Role,
    /// What others call them.
    pub display_name: String,
    /// Their language.
    pub language: Tongue,
    /// What they are, site by site; elsewhere they are a customer.
    pub sites: Vec<SiteOfMe>,
    /// The bound telephone number, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "138****1234", nullable = false)]
    pub phone: Option<String>,
}

impl Answer for Me {}

/// What the caller is at one site.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteOfMe {
    /// The site.
    pub site_id: Id,
    /// The role there.
    pub role: Role,
    /// The department of staff.
    pub department_id: Option<Id>,
    /// The shop of a merchant.
    pub shop_id: Option<Id>,
    /// The unit of an owner.
    pub unit_id: Option<Id>,
}

/// What a person says about themselves.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"display_name": "小林", "language": "zh-CN"}))]
pub struct UpdateMe {
    /// What others shall call them.
    #[schema(value_type = Text<40>)]
    pub display_name: Text<40>,
    /// The language they read.
    pub language: Tongue,
}

/// A telephone number to bind.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "demo:13812341234"}))]
pub struct BindPhone {
    /// What the `getPhoneNumber` button gave; good for five minutes and once.
    #[schema(value_type = Text<256>)]
    code: Text<256>,
}

text_enum! {
    /// What the desk can make of a shopper.
    pub enum BoundRole {
        /// Staff of a shop.
        Merchant = "merchant",
        /// Resident or office owner of a unit.
        Owner = "owner",
    }
}

/// A binding to a shop or unit.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "site_id": "0198c0de-0000-7000-8000-000000000001", "phone": "13812341234", "role": "merchant",
    "shop_id": "0198c0de-0000-7000-8000-000000000002"
}))]
pub struct BindMember {
    /// The site.
    pub site_id: Id,
    /// The number the person has bound in the mini-program.
    pub phone: Phone,
    /// What they become.
    pub role: BoundRole,
    /// The shop of a merchant.
    #[serde(default)]
    #[schema(nullable = true)]
    pub shop_id: Option<Id>,
    /// The unit of an owner.
    #[serde(default)]
    pub unit_id: Option<Id>,
}

/// A merchant or owner of a site.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberView {
    /// Identifier of the binding.
    pub id: Id,
    /// The person.
    pub user_id: Id,
    /// What others call them.
    pub display_name: String,
    /// Their number, masked.
    pub phone: Option<String>,
    /// What they are.
    pub role: Role,
    /// The shop of a merchant.
    pub shop_id: Option<Id>,
    /// The unit of an owner.
    pub unit_id: Option<Id>,
    /// Since when.
    pub created_at: Instant,
}

impl Answer for MemberView {}

/// One of the mall's own people, as colleagues see them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffMember {
    /// Identifier.
    pub id: Id,
    /// What they sign in with.
    pub username: String,
    /// What others call them.
    pub display_name: String,
    /// What they are.
    pub role: Role,
    /// Where they work.
    pub department_id: Option<Id>,
}

/// Which members to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMembers {
    /// The site.
    site_id: Id,
    /// Only these.
    #[param(inline)]
    role: Option<BoundRole>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Sign in from the mini-program
///
/// The first sign-in makes an account; nothing is asked for.
#[utoipa::path(tag = "accounts", request_body = SignInWeChat,
    responses((status = 200, description = "Signed in", body = TokenPair)))]
#[post("/auth/wechat")]
async fn sign_in_wechat(app: Data<App>, command: Command<Stranger, SignInWeChat>) -> Result<HttpResponse, Problem> {
    let pair = service::sign_in_wechat(&app, command.body.code.into_string()).await?;
    Ok(output::json(&pair))
}

/// Sign in staff with a password
#[utoipa::path(tag = "accounts", request_body = SignInPassword,
    responses((status = 200, description = "Signed in", body = TokenPair)))]
#[post("/auth/password")]
async fn sign_in_password(app: Data<App>, command: Command<Stranger, SignInPassword>) -> Result<HttpResponse, Problem> {
    let SignInPassword { username, password } = command.body;
    let password = SecretString::from(password.into_string());
    let pair = service::sign_in_password(&app, username.into_string(), password).await?;
    Ok(output::json(&pair))
}

/// Exchange a refresh token for the next pair
///
/// A refresh token works once. Using an old one again ends the session.
#[utoipa::path(tag = "accounts", request_body = RefreshTokens,
    responses((status = 200, description = "The next pair", body = TokenPair)))]
#[post("/auth/refresh")]
async fn refresh_tokens(app: Data<App>, command: Command<Stranger, RefreshTokens>) -> Result<HttpResponse, Problem> {
    let pair = service::refresh(&app, command.body.refresh_token.into_string()).await?;
    Ok(output::json(&pair))
}

/// End this session
#[utoipa::path(tag = "accounts", request_body = Option<Empty>, security(("bearer" = [])),
    responses((status = 204, description = "Signed out")))]
#[post("/auth/logout")]
async fn sign_out(app: Data<App>, command: Command<SignedIn, Empty>) -> Result<HttpResponse, Problem> {
    let session_id = command.actor.session_id;
    app.write(move |tx| service::sign_out(tx, &command.actor)).await?;
    app.sessions.forget(session_id);
    Ok(HttpResponse::NoContent().finish())
}

/// Who am I
#[utoipa::path(tag = "accounts", security(("bearer" = [])),
    responses((status = 200, description = "The caller", body = Me)))]
#[get("/me")]
async fn get_me(app: Data<App>, query: Query<SignedIn, NoFields>) -> Result<HttpResponse, Problem> {
    output::read(&app, move |tx| service::me(tx, &query.actor)).await
}

/// Change my name and language
#[utoipa::path(tag = "accounts", request_body = UpdateMe, security(("bearer" = [])),
    responses((status = 200, description = "The caller", body = Me)))]
#[put("/me")]
async fn update_me(app: Data<App>, command: Command<SignedIn, UpdateMe>) -> Result<HttpResponse, Problem> {
    let (session_id, user_id) = (command.actor.session_id, command.actor.user_id);
    let answer = command.change(&app, service::update_me).await?;
    app.sessions.forget(session_id);
    app.sessions.forget_name(user_id);
    Ok(answer)
}

/// Bind my telephone number
#[utoipa::path(tag = "accounts", request_body = BindPhone, security(("bearer" = [])),
    responses((status = 200, description = "The caller", body = Me)))]
#[post("/me/phone")]
async fn bind_phone(app: Data<App>, command: Command<SignedIn, BindPhone>) -> Result<HttpResponse, Problem> {
    let me = service::bind_phone(&app, command.actor, command.body.code.into_string()).await?;
    Ok(output::json(&me))
}

/// List the merchants and owners of a site
#[utoipa::path(tag = "accounts", params(ListMembers), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<MemberView>)))]
#[get("/memberships")]
async fn list_members(app: Data<App>, query: Query<Staff, ListMembers>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging = Paging::new(&app.vault, "memberships", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    let role = query.role.map(|role| match role {
        BoundRole::Merchant => Role::Merchant,
        BoundRole::Owner => Role::Owner,
    });
    output::page(
        &app,
        paging,
        move |tx, before, fetch| members::list(tx, &actor, query.site_id, role, before, fetch),
        |member| member.id,
    )
    .await
}

/// Bind a person to a shop or unit
#[utoipa::path(tag = "accounts", request_body = BindMember, security(("bearer" = [])),
    responses((status = 201, description = "Bound", body = MemberView)))]
#[post("/memberships")]
async fn bind_member(app: Data<App>, command: Command<Staff, BindMember>) -> Result<HttpResponse, Problem> {
    let answer = command.create(&app, members::bind).await?;
    app.sessions.forget_all();
    Ok(answer)
}

/// End the binding of a merchant or owner
#[utoipa::path(tag = "accounts", params(PathId), security(("bearer" = [])),
    responses((status = 204, description = "Ended")))]
#[delete("/memberships/{id}")]
async fn unbind_member(app: Data<App>, command: Command<Staff, Empty>) -> Result<HttpResponse, Problem> {
    let target = command.target()?;
    app.write(move |tx| members::unbind(tx, &command.actor, target.id)).await?;
    app.sessions.forget_all();
    Ok(HttpResponse::NoContent().finish())
}
