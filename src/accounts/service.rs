//! Signing in, staying signed in, signing out; binding a telephone number.
//!
//! Rules:
//! - A refresh token works once; its successor is derived from it. The one before the newest may be repeated within
//!   [`REPEAT_WITHIN`] as long as the newest was not used (a phone that lost the answer gets the same one again). Any
//!   other re-use ends the session (RFC 9700 §4.14).
//! - Failed passwords slow the name down, whether or not it exists: free tries first, then doubling waits up to
//!   [`LONGEST_BLOCK`].
//! - A telephone number belongs to whom WeChat says it belongs to now; an earlier holder loses it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use jiff::SignedDuration;
use secrecy::SecretString;

use super::api::{Me, SiteOfMe, TokenPair, UpdateMe};
use super::model::{Actor, SealedPhone, Session, SignedIn, Tongue, User};
use super::{clients, password, repo, tokens};
use crate::app::{App, Tx};
use crate::error::Error;
use crate::text::Phone;
use crate::values::Id;
use crate::wechat::{WeChatError, WeChatIdentity};

/// A session ends when it was not refreshed for this long.
const SESSION_IDLE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Within this time a client may repeat a refresh whose answer it lost.
const REPEAT_WITHIN: SignedDuration = SignedDuration::from_secs(30);
/// Failed passwords under one name that cost nothing.
const FREE_TRIES: i32 = 3;
/// No name is blocked longer than this at a time.
const LONGEST_BLOCK: SignedDuration = SignedDuration::from_mins(15);
/// After this long without a try, failures are forgotten.
const FAILURES_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Signs in the person behind a `wx.login()` code; at the first time an account is made.
///
/// # Errors
/// [`Error::Rule`] for a code that WeChat refuses, [`Error::Unavailable`] when WeChat is away or not configured.
pub async fn sign_in_wechat(app: &Arc<App>, code: String) -> Result<TokenPair, Error> {
    let wechat =
        app.wechat.as_ref().ok_or(Error::Unavailable { code: "wechat_not_configured", retry_after_seconds: 60 })?;
    let identity = wechat.code_to_session(&code).await.map_err(from_wechat)?;
    let app_id = wechat.app_id().to_owned();
    for last in [false, true] {
        let (app_id, identity) = (app_id.clone(), identity.clone());
        match app.write(move |tx| sign_in_identity(tx, &app_id, &identity)).await {
            // Two first sign-ins at once are normal: the slower one finds the faster one's account.
            Err(Error::Conflict { code: "account_being_created", .. }) if !last => {}
            outcome => return outcome,
        }
    }
    Err(Error::database_busy())
}

fn sign_in_identity(tx: &mut Tx<'_>, app_id: &str, identity: &WeChatIdentity) -> Result<TokenPair, Error> {
    let user = match repo::find_wechat_user(tx.conn, app_id, &identity.open_id)? {
        Some(user) => user,
        None => create_wechat_user(tx, app_id, identity)?,
    };
    start_session(tx, &user)
}

fn create_wechat_user(tx: &mut Tx<'_>, app_id: &str, identity: &WeChatIdentity) -> Result<User, Error> {
    let user = User {
        id: tx.new_id(),
        username: None,
        password_hash: None,
        // Since 2022-11-08 WeChat gives every mini-program this name until the person types another.
        display_name: "微信用户".to_owned(),
        language: Tongue::Chinese,
        is_admin: false,
        phone_sealed: None,
        phone_index: None,
        phone_masked: None,
        disabled_at: None,
        created_at: tx.now,
    };
    repo::insert_user(tx.conn, &user)?;
    let union_id = identity.union_id.as_deref();
    match repo::insert_wechat_identity(tx.conn, app_id, &identity.open_id, union_id, user.id) {
        Ok(()) => Ok(user),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Err(Error::conflict("account_being_created"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Somebody comes in through WeChat for the first time, binds a number and says what they are called: all at once and
/// without a session, for the demo's thousands of shoppers.
///
/// # Errors
/// As the database.
pub(crate) fn welcome(
    tx: &mut Tx<'_>,
    app_id: &str,
    identity: &WeChatIdentity,
    phone: &Phone,
    about: UpdateMe,
) -> Result<SignedIn, Error> {
    let user = create_wechat_user(tx, app_id, identity)?;
    let display_name = about.display_name.to_string();
    let who = SignedIn(Arc::new(Actor {
        user_id: user.id,
        session_id: Id::NIL,
        display_name,
        is_admin: false,
        memberships: Vec::new(),
        scopes: None,
    }));
    take_number(tx, &who, phone)?;
    update_me(tx, &who, about)?;
    Ok(who)
}

/// Signs in staff.
///
/// # Errors
/// [`Error::Unauthenticated`] `credentials_wrong`, the same for an unknown name; [`Error::TooManyRequests`] when the
/// name is blocked.
pub async fn sign_in_password(app: &Arc<App>, username: String, password: SecretString) -> Result<TokenPair, Error> {
    let name_hash = crate::vault::sha256(&[username.to_lowercase().as_bytes()]);
    let (name, hash) = (username, name_hash.clone());
    let user = app
        .read(move |tx| {
            refuse_blocked(tx, &hash)?;
            Ok(repo::find_user_by_name(tx.conn, &name)?)
        })
        .await?;
    let password_hash = user.as_ref().and_then(|user| user.password_hash.clone());
    let right = password::verify(app, password, password_hash).await?;
    let user = user.filter(|user| right && user.disabled_at.is_none());
    let tokens = app
        .write(move |tx| {
            // Guesses that were checked side by side with this one count as well.
            repo::lock_throttle(tx.conn, &name_hash, tx.now)?;
            refuse_blocked(tx, &name_hash)?;
            let Some(user) = user else {
                count_failure(tx, name_hash)?;
                return Ok(None);
            };
            repo::delete_throttle(tx.conn, &name_hash)?;
            start_session(tx, &user).map(Some)
        })
        .await?;
    tokens.ok_or(Error::Unauthenticated("credentials_wrong"))
}

fn refuse_blocked(tx: &mut Tx<'_>, name_hash: &[u8]) -> Result<(), Error> {
    match repo::find_throttle(tx.conn, name_hash)? {
        Some(throttle) if throttle.blocked_until > tx.now => {
            let wait = throttle.blocked_until.since(tx.now);
            let seconds = wait.as_secs() + i64::from(wait.subsec_nanos() > 0);
            let retry_after_seconds = u64::try_from(seconds).unwrap_or(1);
            Err(Error::TooManyRequests { code: "sign_in_blocked", retry_after_seconds })
        }
        _ => Ok(()),
    }
}

fn count_failure(tx: &mut Tx<'_>, name_hash: Vec<u8>) -> Result<(), Error> {
    let known = repo::find_throttle(tx.conn, &name_hash)?.filter(|t| t.updated_at > tx.now - FAILURES_KEPT);
    let failures = known.map_or(0, |t| t.failures).saturating_add(1);
    let blocked_until = tx.now + block_after(failures);
    let throttle = repo::Throttle { name_hash, failures, blocked_until, updated_at: tx.now };
    Ok(repo::upsert_throttle(tx.conn, &throttle)?)
}

/// How long a name is blocked after so many failures in a row: nothing, then 2 s, 4 s, … up to [`LONGEST_BLOCK`].
fn block_after(failures: i32) -> SignedDuration {
    match u32::try_from(failures - FREE_TRIES) {
        Ok(beyond) if beyond > 0 => SignedDuration::from_secs(1 << beyond.min(20)).min(LONGEST_BLOCK),
        _ => SignedDuration::ZERO,
    }
}

fn start_session(tx: &mut Tx<'_>, user: &User) -> Result<TokenPair, Error> {
    if user.disabled_at.is_some() {
        return Err(Error::Unauthenticated("account_disabled"));
    }
    let expires_at = tx.now + SESSION_IDLE;
    let session =
        Session { id: tx.new_id(), user_id: user.id, created_at: tx.now, expires_at, revoked_at: None, scopes: None };
    repo::insert_session(tx.conn, &session)?;
    let refresh_token = crate::vault::random_token()?;
    hand_out(tx, &session, refresh_token)
}

fn hand_out(tx: &mut Tx<'_>, session: &Session, refresh_token: String) -> Result<TokenPair, Error> {
    let token = repo::RefreshToken {
        token_hash: crate::vault::sha256(&[refresh_token.as_bytes()]),
        session_id: session.id,
        expires_at: tx.now + SESSION_IDLE,
        used_at: None,
    };
    repo::insert_refresh_token(tx.conn, &token)?;
    token_pair(tx, session, refresh_token)
}

fn token_pair(tx: &Tx<'_>, session: &Session, refresh_token: String) -> Result<TokenPair, Error> {
    let access_token = tx.app.access_tokens.issue(session.user_id, session.id, tx.now)?;
    Ok(TokenPair { access_token, token_type: "Bearer", expires_in: tokens::LIFETIME.as_secs(), refresh_token })
}

/// What became of an attempt to refresh; ending a session must be committed although the caller gets an error.
enum Refreshed {
    Renewed(TokenPair),
    Ended(Id),
}

/// Exchanges a refresh token for the next pair of tokens.
///
/// # Errors
/// [`Error::Unauthenticated`]: `refresh_token_invalid`, or `refresh_token_reused`, after which the session is over.
pub async fn refresh(app: &Arc<App>, refresh_token: String) -> Result<TokenPair, Error> {
    match app.write(move |tx| renew(tx, &refresh_token)).await? {
        Refreshed::Renewed(pair) => Ok(pair),
        Refreshed::Ended(session_id) => {
            app.sessions.forget(session_id);
            Err(Error::Unauthenticated("refresh_token_reused"))
        }
    }
}

fn renew(tx: &mut Tx<'_>, refresh_token: &str) -> Result<Refreshed, Error> {
    let invalid = || Error::Unauthenticated("refresh_token_invalid");
    let hash = crate::vault::sha256(&[refresh_token.as_bytes()]);
    let token = repo::find_refresh_token(tx.conn, &hash)?.ok_or_else(invalid)?;
    let (session, user) = repo::find_session(tx.conn, token.session_id)?.ok_or_else(invalid)?;
    if session.revoked_at.is_some() || token.expires_at <= tx.now || user.disabled_at.is_some() {
        return Err(invalid());
    }
    let next = tx.app.vault.next_refresh_token(refresh_token);
    if repo::update_refresh_token_used(tx.conn, &hash, tx.now)? == 1 {
        repo::update_session_end(tx.conn, session.id, tx.now + SESSION_IDLE)?;
        return hand_out(tx, &session, next).map(Refreshed::Renewed);
    }
    // Read again: on PostgreSQL another request may have used it while this one waited for the row.
    let used_at = repo::find_refresh_token(tx.conn, &hash)?.and_then(|token| token.used_at);
    let next_hash = crate::vault::sha256(&[next.as_bytes()]);
    let next_is_fresh = repo::find_refresh_token(tx.conn, &next_hash)?.is_some_and(|next| next.used_at.is_none());
    if next_is_fresh && used_at.is_some_and(|at| tx.now <= at + REPEAT_WITHIN) {
        return token_pair(tx, &session, next).map(Refreshed::Renewed);
    }
    repo::update_session_revoked(tx.conn, session.id, tx.now)?;
    tracing::warn!(session_id = %session.id, "a refresh token was used twice; the session is over");
    Ok(Refreshed::Ended(session.id))
}

/// Ends the session the caller came with.
///
/// # Errors
/// As the database.
pub fn sign_out(tx: &mut Tx<'_>, actor: &SignedIn) -> Result<(), Error> {
    repo::update_session_revoked(tx.conn, actor.session_id, tx.now)?;
    Ok(())
}

/// The person behind a session, with everything they are.
///
/// # Errors
/// [`Error::Unauthenticated`] `session_ended`.
pub fn actor_of(tx: &mut Tx<'_>, session_id: Id) -> Result<Actor, Error> {
    let ended = || Error::Unauthenticated("session_ended");
    let (session, user) = repo::find_session(tx.conn, session_id)?.ok_or_else(ended)?;
    if session.revoked_at.is_some() || session.expires_at <= tx.now || user.disabled_at.is_some() {
        return Err(ended());
    }
    let memberships = repo::list_memberships_of(tx.conn, user.id)?;
    let User { display_name, is_admin, .. } = user;
    let scopes = session.scopes.as_deref().map(clients::scopes_of);
    Ok(Actor { user_id: user.id, session_id, display_name, is_admin, memberships, scopes })
}

/// The caller as they may see themselves.
///
/// # Errors
/// As the database.
pub fn me(tx: &mut Tx<'_>, actor: &SignedIn) -> Result<Me, Error> {
    let user = repo::find_user(tx.conn, actor.user_id)?.ok_or(Error::Unauthenticated("session_ended"))?;
    let sites = actor.memberships.iter().map(|m| SiteOfMe {
        site_id: m.site_id,
        role: m.role,
        department_id: m.department_id,
        shop_id: m.shop_id,
        unit_id: m.unit_id,
    });
    Ok(Me {
        id: user.id,
        role: actor.principal_role(),
        display_name: user.display_name,
        language: user.language,
        sites: sites.collect(),
        phone: user.phone_masked,
    })
}

/// Binds the telephone number behind a `getPhoneNumber` code to the caller.
///
/// # Errors
/// [`Error::Rule`] for a code that WeChat refuses or a caller who did not come from WeChat.
pub async fn bind_phone(app: &Arc<App>, actor: SignedIn, code: String) -> Result<Me, Error> {
    let wechat =
        app.wechat.as_ref().ok_or(Error::Unavailable { code: "wechat_not_configured", retry_after_seconds: 60 })?;
    let (user_id, app_id) = (actor.user_id, wechat.app_id().to_owned());
    let open_id = app.read(move |tx| Ok(repo::find_open_id(tx.conn, user_id, &app_id)?)).await?;
    let open_id = open_id.ok_or_else(|| Error::rule("account_not_from_wechat"))?;
    let number = wechat.phone_number(&code, &open_id).await.map_err(from_wechat)?;
    let phone = Phone::parse(&number).map_err(Error::rule)?;
    app.write(move |tx| take_number(tx, &actor, &phone)).await
}

/// Those who bind a number wait for each other: WeChat's code is used up by now, so a lost race must not be the client's to
/// repeat.
fn take_number(tx: &mut Tx<'_>, actor: &SignedIn, phone: &Phone) -> Result<Me, Error> {
    let index = tx.app.vault.phone_index(phone.expose());
    repo::lock_number(tx.conn, &index)?;
    let holder = repo::find_user_by_phone(tx.conn, &index)?.map(|holder| holder.id);
    // In one order, for two who swap their numbers: the first of them has given up what the second asks for.
    let people: BTreeSet<Id> = holder.into_iter().chain([actor.user_id]).collect();
    for id in people {
        let number = repo::lock_user(tx.conn, id)?;
        if id != actor.user_id && number.as_ref() == Some(&index) {
            repo::update_phone(tx.conn, id, None)?;
        }
    }
    let sealed = tx.app.vault.seal(phone.expose())?;
    repo::update_phone(tx.conn, actor.user_id, Some((&sealed, &index, &phone.masked())))?;
    me(tx, actor)
}

/// What the desk knows of a person: name, masked number, and the number itself, sealed.
pub struct PersonalContact {
    /// What others call them.
    pub display_name: String,
    /// Sealed number, look-up value and masked form, if a number is bound.
    pub phone: Option<SealedPhone>,
}

/// Seals a number for storage.
///
/// # Errors
/// [`Error::Internal`] if the machine gives no randomness.
pub fn seal_phone(app: &App, phone: &Phone) -> Result<SealedPhone, Error> {
    Ok(SealedPhone {
        sealed: app.vault.seal(phone.expose())?,
        index: app.vault.phone_index(phone.expose()),
        masked: phone.masked(),
    })
}

/// How to reach a person, for a ticket that does not say otherwise.
///
/// # Errors
/// [`Error::NotFound`] if there is no such person.
pub fn contact_of(tx: &mut Tx<'_>, user_id: Id) -> Result<PersonalContact, Error> {
    let user = repo::find_user(tx.conn, user_id)?.ok_or(Error::NotFound("user_not_found"))?;
    let phone = match (user.phone_sealed, user.phone_index, user.phone_masked) {
        (Some(sealed), Some(index), Some(masked)) => Some(SealedPhone { sealed, index, masked }),
        _ => None,
    };
    Ok(PersonalContact { display_name: user.display_name, phone })
}

/// What people are called, by id, from memory if it was asked for a moment ago.
///
/// # Errors
/// As the database.
pub fn names_of(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, String>, Error> {
    tx.app.sessions.names_of(tx.conn, ids)
}

/// The account that a telephone number is bound to.
///
/// # Errors
/// As the database.
pub fn user_with_phone(tx: &mut Tx<'_>, phone: &Phone) -> Result<Option<Id>, Error> {
    let index = tx.app.vault.phone_index(phone.expose());
    Ok(repo::find_user_by_phone(tx.conn, &index)?.map(|user| user.id))
}

/// Makes other changes that count what a person has wait until this one is done. Tells what their number is looked up by,
/// if one is bound.
///
/// # Errors
/// As the database.
pub(crate) fn lock_person(tx: &mut Tx<'_>, user_id: Id) -> Result<Option<Vec<u8>>, Error> {
    Ok(repo::lock_user(tx.conn, user_id)?)
}

/// The same for somebody who is known by a number only.
///
/// # Errors
/// As the database.
pub(crate) fn lock_number(tx: &mut Tx<'_>, phone: &SealedPhone) -> Result<(), Error> {
    Ok(repo::lock_number(tx.conn, &phone.index)?)
}

/// Deletes sessions and failures that no longer matter; returns how many.
///
/// # Errors
/// As the database.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Error> {
    // A week longer, so that a late re-use of an old token is still recognised.
    let sessions = repo::delete_sessions_ended(tx.conn, tx.now - SignedDuration::from_hours(7 * 24))?;
    Ok(sessions + repo::delete_throttles_before(tx.conn, tx.now - FAILURES_KEPT)?)
}

fn from_wechat(error: WeChatError) -> Error {
    match error {
        WeChatError::InvalidCode => Error::rule("wechat_code_invalid"),
        WeChatError::LoginBlocked => Error::rule("wechat_login_blocked"),
        WeChatError::TooFrequent => Error::TooManyRequests { code: "wechat_too_frequent", retry_after_seconds: 60 },
        WeChatError::Refused { .. } | WeChatError::Unavailable { .. } => {
            tracing::error!(%error, "WeChat did not help");
            Error::Unavailable { code: "wechat_unavailable", retry_after_seconds: 5 }
        }
    }
}

/// Changes what a person says about themselves.
///
/// # Errors
/// As the database.
pub fn update_me(tx: &mut Tx<'_>, actor: &SignedIn, command: UpdateMe) -> Result<Me, Error> {
    let UpdateMe { display_name, language } = command;
    repo::update_profile(tx.conn, actor.user_id, &display_name, language)?;
    me(tx, actor)
}
