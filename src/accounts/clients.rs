//! Third-party systems: making them, their secrets, what they may call, and how they sign in (RFC 6749 §4.4).
//!
//! Rules:
//! - A system is a user that is `client` at its sites and nothing else: elsewhere nothing is there for it.
//! - It may call what stands in [`OPEN`], if it has the scope; whatever is not there is for people.
//! - Its secret is shown once; a new one replaces the old at once and ends what was signed in with that.

use secrecy::SecretString;

use super::model::{Actor, ApiClient, ClientScope, Membership, Role, Session, Tongue, User};
use super::oauth::{AccessGrant, TokenRequest};
use super::{repo, tokens};
use crate::app::Tx;
use crate::error::Error;
use crate::sites;
use crate::text::Text;
use crate::values::{Id, Instant};

/// What systems may call, by scope. The paths are those of the routes.
pub const OPEN: &[(ClientScope, &str, &str)] = &[
    (ClientScope::TicketsWrite, "POST", "/api/v1/attachments"),
    (ClientScope::TicketsWrite, "POST", "/api/v1/complaints"),
    (ClientScope::TicketsWrite, "POST", "/api/v1/repairs"),
    (ClientScope::TicketsRead, "GET", "/api/v1/complaints/{id}"),
    (ClientScope::TicketsRead, "GET", "/api/v1/tickets"),
    (ClientScope::TicketsRead, "GET", "/api/v1/tickets/{id}"),
    (ClientScope::TicketsRead, "GET", "/api/v1/tickets/{id}/clocks"),
    (ClientScope::TicketsRead, "GET", "/api/v1/tickets/{id}/next"),
    (ClientScope::TicketsRead, "GET", "/api/v1/tickets/{id}/timeline"),
    (ClientScope::RentalDevice, "POST", "/api/v1/rental/device_reports"),
];

/// A system to make.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// What the desk knows it by.
    pub name: String,
    /// The codes of its sites.
    pub sites: Vec<String>,
    /// What it may do.
    pub scopes: Vec<ClientScope>,
}

/// One line of the list of systems.
#[derive(Debug, Clone)]
pub struct ClientLine {
    /// Its `client_id`.
    pub id: Id,
    /// What the desk knows it by.
    pub name: String,
    /// What it may do.
    pub scopes: String,
    /// When it last got a new secret.
    pub rotated_at: Option<Instant>,
    /// Whether it may no longer sign in.
    pub is_disabled: bool,
}

/// Refuses a system what its scopes do not cover. People may ask for anything; what they may do, services know.
///
/// # Errors
/// [`Error::Forbidden`] `scope_needed`.
pub fn check_scope(actor: &Actor, method: &str, route: &str) -> Result<(), Error> {
    let Some(scopes) = &actor.scopes else { return Ok(()) };
    let is_open = OPEN.iter().any(|(scope, m, path)| *m == method && *path == route && scopes.contains(scope));
    if is_open { Ok(()) } else { Err(Error::Forbidden("scope_needed")) }
}

/// Makes a system. Returns its `client_id` and its secret.
///
/// # Errors
/// [`Error::Rule`] `client_name_malformed`, `client_scope_needed`, `client_site_needed`; [`Error::NotFound`] for unknown
/// sites.
pub fn create(tx: &mut Tx<'_>, new: NewClient) -> Result<(Id, SecretString), Error> {
    let NewClient { name, sites, mut scopes } = new;
    let name = Text::<40>::new(name).map_err(|_| Error::rule("client_name_malformed"))?;
    if scopes.is_empty() {
        return Err(Error::rule("client_scope_needed"));
    }
    if sites.is_empty() {
        return Err(Error::rule("client_site_needed"));
    }
    scopes.sort_unstable();
    scopes.dedup();
    let user = User {
        id: tx.new_id(),
        username: None,
        password_hash: None,
        display_name: name.into_string(),
        language: Tongue::Chinese,
        is_admin: false,
        phone_sealed: None,
        phone_index: None,
        phone_masked: None,
        disabled_at: None,
        created_at: tx.now,
    };
    repo::insert_user(tx.conn, &user)?;
    for code in sites {
        let membership = Membership {
            id: tx.new_id(),
            user_id: user.id,
            site_id: sites::service::site_by_code(tx, &code)?.id,
            role: Role::Client,
            department_id: None,
            shop_id: None,
            unit_id: None,
            created_at: tx.now,
        };
        repo::insert_membership(tx.conn, &membership)?;
    }
    let secret = crate::vault::random_token()?;
    let client = ApiClient { user_id: user.id, secret_hash: hash(&secret), scopes: written(&scopes), rotated_at: None };
    repo::insert_client(tx.conn, &client)?;
    Ok((user.id, secret.into()))
}

/// All systems, oldest first.
///
/// # Errors
/// As the database.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<ClientLine>, Error> {
    let line = |(client, user): (ApiClient, User)| ClientLine {
        id: user.id,
        name: user.display_name,
        scopes: client.scopes,
        rotated_at: client.rotated_at,
        is_disabled: user.disabled_at.is_some(),
    };
    Ok(repo::list_clients(tx.conn)?.into_iter().map(line).collect())
}

/// Gives a system a new secret.
///
/// # Errors
/// [`Error::NotFound`].
pub fn rotate(tx: &mut Tx<'_>, id: Id) -> Result<SecretString, Error> {
    let secret = crate::vault::random_token()?;
    if repo::update_client_secret(tx.conn, id, &hash(&secret), tx.now)? == 0 {
        return Err(Error::NotFound("client_not_found"));
    }
    repo::update_sessions_of_revoked(tx.conn, id, tx.now)?;
    Ok(secret.into())
}

/// Lets a system in no more.
///
/// # Errors
/// [`Error::NotFound`].
pub fn disable(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    repo::find_client(tx.conn, id)?.ok_or(Error::NotFound("client_not_found"))?;
    repo::update_disabled(tx.conn, id, tx.now)?;
    repo::update_sessions_of_revoked(tx.conn, id, tx.now)?;
    Ok(())
}

/// Signs a system in, for as long as one access token lasts.
///
/// # Errors
/// [`Error::Unauthenticated`] `invalid_client`, the same for an unknown one; [`Error::Rule`] `unsupported_grant_type`
/// and `invalid_scope`.
pub fn sign_in(tx: &mut Tx<'_>, request: &TokenRequest) -> Result<AccessGrant, Error> {
    let invalid = || Error::Unauthenticated("invalid_client");
    if request.grant_type != "client_credentials" {
        return Err(Error::rule("unsupported_grant_type"));
    }
    let id = request.client_id.as_deref().and_then(|id| id.parse().ok()).ok_or_else(invalid)?;
    let (client, user) = repo::find_client(tx.conn, id)?.ok_or_else(invalid)?;
    let given = hash(request.client_secret.as_deref().unwrap_or_default());
    if !crate::vault::is_same(&given, &client.secret_hash) || user.disabled_at.is_some() {
        return Err(invalid());
    }
    let scope = match &request.scope {
        Some(asked) => narrowed(&client.scopes, asked).ok_or_else(|| Error::rule("invalid_scope"))?,
        None => client.scopes,
    };
    let session = Session {
        id: tx.new_id(),
        user_id: id,
        created_at: tx.now,
        expires_at: tx.now + tokens::LIFETIME,
        revoked_at: None,
        scopes: Some(scope.clone()),
    };
    repo::insert_session(tx.conn, &session)?;
    let access_token = tx.app.access_tokens.issue(id, session.id, tx.now)?;
    Ok(AccessGrant { access_token, token_type: "Bearer", expires_in: tokens::LIFETIME.as_secs(), scope })
}

/// Scopes as they are kept, taken apart.
#[must_use]
pub(super) fn scopes_of(written: &str) -> Vec<ClientScope> {
    written.split(' ').filter_map(|scope| scope.parse().ok()).collect()
}

fn written(scopes: &[ClientScope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

/// What is asked for, if all of it may be had.
fn narrowed(had: &str, asked: &str) -> Option<String> {
    let had = scopes_of(had);
    let asked: Vec<ClientScope> = asked.split_ascii_whitespace().map(str::parse).collect::<Result<_, String>>().ok()?;
    let fits = !asked.is_empty() && asked.iter().all(|scope| had.contains(scope));
    fits.then(|| written(&asked))
}

fn hash(secret: &str) -> Vec<u8> {
    crate::vault::sha256(&[secret.as_bytes()])
}
