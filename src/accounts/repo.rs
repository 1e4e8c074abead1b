use diesel::prelude::*;

use super::model::{ApiClient, Membership, Role, Session, Tongue, User};
use crate::db::schema::{
    api_clients, login_throttles, memberships, refresh_tokens, sessions, users, wechat_identities,
};
use crate::db::{DbConn, lock_key, on_both};
use crate::values::{Id, Instant};

pub(super) fn insert_user(conn: &mut DbConn, user: &User) -> QueryResult<()> {
    diesel::insert_into(users::table).values(user).execute(conn).map(drop)
}

pub(super) fn find_user(conn: &mut DbConn, id: Id) -> QueryResult<Option<User>> {
    on_both!(conn, conn => users::table.find(id).select(User::as_select()).first(conn).optional())
}

pub(super) fn list_names(conn: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<(Id, String)>> {
    users::table.filter(users::id.eq_any(ids.to_vec())).select((users::id, users::display_name)).load(conn)
}

/// Makes other changes that go by a number wait until this one is done. There may be no row to wait for.
pub(super) fn lock_number(conn: &mut DbConn, index: &[u8]) -> QueryResult<()> {
    lock_key(conn, index.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes)))
}

pub(super) fn find_user_by_name(conn: &mut DbConn, username: &str) -> QueryResult<Option<User>> {
    users::table.filter(users::username.eq(Some(username))).select(User::as_select()).first(conn).optional()
}

pub(super) fn find_user_by_phone(conn: &mut DbConn, index: &[u8]) -> QueryResult<Option<User>> {
    users::table.filter(users::phone_index.eq(Some(index))).select(User::as_select()).first(conn).optional()
}

pub(super) fn list_staff(conn: &mut DbConn) -> QueryResult<Vec<User>> {
    users::table.filter(users::username.is_not_null()).order(users::username).select(User::as_select()).load(conn)
}

pub(super) fn update_password(conn: &mut DbConn, user_id: Id, hash: &str) -> QueryResult<usize> {
    diesel::update(users::table.find(user_id)).set(users::password_hash.eq(Some(hash))).execute(conn)
}

pub(super) fn update_disabled(conn: &mut DbConn, user_id: Id, at: Instant) -> QueryResult<usize> {
    diesel::update(users::table.find(user_id)).set(users::disabled_at.eq(Some(at))).execute(conn)
}

pub(super) fn update_phone(conn: &mut DbConn, user_id: Id, phone: Option<(&[u8], &[u8], &str)>) -> QueryResult<usize> {
    diesel::update(users::table.find(user_id))
        .set((
            users::phone_sealed.eq(phone.map(|p| p.0)),
            users::phone_index.eq(phone.map(|p| p.1)),
            users::phone_masked.eq(phone.map(|p| p.2)),
        ))
        .execute(conn)
}

pub(super) fn find_wechat_user(conn: &mut DbConn, app_id: &str, open_id: &str) -> QueryResult<Option<User>> {
    wechat_identities::table
        .inner_join(users::table)
        .filter(wechat_identities::app_id.eq(app_id).and(wechat_identities::open_id.eq(open_id)))
        .select(User::as_select())
        .first(conn)
        .optional()
}

pub(super) fn find_open_id(conn: &mut DbConn, user_id: Id, app_id: &str) -> QueryResult<Option<String>> {
    wechat_identities::table
        .filter(wechat_identities::user_id.eq(user_id).and(wechat_identities::app_id.eq(app_id)))
        .select(wechat_identities::open_id)
        .first(conn)
        .optional()
}

pub(super) fn insert_wechat_identity(
    conn: &mut DbConn,
    app_id: &str,
    open_id: &str,
    union_id: Option<&str>,
    user_id: Id,
) -> QueryResult<()> {
    diesel::insert_into(wechat_identities::table)
        .values((
            wechat_identities::app_id.eq(app_id),
            wechat_identities::open_id.eq(open_id),
            wechat_identities::union_id.eq(union_id),
            wechat_identities::user_id.eq(user_id),
        ))
        .execute(conn)
        .map(drop)
}

pub(super) fn list_memberships_of(conn: &mut DbConn, user_id: Id) -> QueryResult<Vec<Membership>> {
    memberships::table
        .filter(memberships::user_id.eq(user_id))
        .order(memberships::id)
        .select(Membership::as_select())
        .load(conn)
}

pub(super) fn find_membership(conn: &mut DbConn, id: Id) -> QueryResult<Option<Membership>> {
    memberships::table.find(id).select(Membership::as_select()).first(conn).optional()
}

pub(super) fn list_members(
    conn: &mut DbConn,
    site_id: Id,
    roles: &[Role],
    before: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<(Membership, User)>> {
    let mut query = memberships::table
        .inner_join(users::table)
        .filter(memberships::site_id.eq(site_id).and(memberships::role.eq_any(roles.to_vec())))
        .select((Membership::as_select(), User::as_select()))
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(memberships::id.lt(before));
    }
    query.order(memberships::id.desc()).limit(limit).load(conn)
}

pub(super) fn list_site_staff(conn: &mut DbConn, site_id: Id) -> QueryResult<Vec<(Membership, User)>> {
    memberships::table
        .inner_join(users::table)
        .filter(memberships::site_id.eq(site_id).and(users::username.is_not_null()).and(users::disabled_at.is_null()))
        .order(users::username)
        .select((Membership::as_select(), User::as_select()))
        .load(conn)
}

pub(super) fn insert_membership(conn: &mut DbConn, membership: &Membership) -> QueryResult<()> {
    diesel::insert_into(memberships::table).values(membership).execute(conn).map(drop)
}

pub(super) fn delete_membership(conn: &mut DbConn, id: Id) -> QueryResult<usize> {
    diesel::delete(memberships::table.find(id)).execute(conn)
}

pub(super) fn insert_session(conn: &mut DbConn, session: &Session) -> QueryResult<()> {
    diesel::insert_into(sessions::table).values(session).execute(conn).map(drop)
}

pub(super) fn insert_client(conn: &mut DbConn, client: &ApiClient) -> QueryResult<()> {
    diesel::insert_into(api_clients::table).values(client).execute(conn).map(drop)
}

pub(super) fn find_client(conn: &mut DbConn, id: Id) -> QueryResult<Option<(ApiClient, User)>> {
    api_clients::table
        .inner_join(users::table)
        .filter(api_clients::user_id.eq(id))
        .select((ApiClient::as_select(), User::as_select()))
        .first(conn)
        .optional()
}

pub(super) fn list_clients(conn: &mut DbConn) -> QueryResult<Vec<(ApiClient, User)>> {
    api_clients::table
        .inner_join(users::table)
        .order(api_clients::user_id)
        .select((ApiClient::as_select(), User::as_select()))
        .load(conn)
}

pub(super) fn update_client_secret(conn: &mut DbConn, id: Id, hash: &[u8], at: Instant) -> QueryResult<usize> {
    diesel::update(api_clients::table.find(id))
        .set((api_clients::secret_hash.eq(hash), api_clients::rotated_at.eq(Some(at))))
        .execute(conn)
}

pub(super) fn find_session(conn: &mut DbConn, id: Id) -> QueryResult<Option<(Session, User)>> {
    sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq(id))
        .select((Session::as_select(), User::as_select()))
        .first(conn)
        .optional()
}

pub(super) fn update_session_end(conn: &mut DbConn, id: Id, expires_at: Instant) -> QueryResult<usize> {
    diesel::update(sessions::table.find(id)).set(sessions::expires_at.eq(expires_at)).execute(conn)
}

pub(super) fn update_session_revoked(conn: &mut DbConn, id: Id, at: Instant) -> QueryResult<usize> {
    diesel::update(sessions::table.find(id).filter(sessions::revoked_at.is_null()))
        .set(sessions::revoked_at.eq(Some(at)))
        .execute(conn)
}

pub(super) fn update_sessions_of_revoked(conn: &mut DbConn, user_id: Id, at: Instant) -> QueryResult<usize> {
    diesel::update(sessions::table.filter(sessions::user_id.eq(user_id).and(sessions::revoked_at.is_null())))
        .set(sessions::revoked_at.eq(Some(at)))
        .execute(conn)
}

/// Sessions that ended before `before`, with their refresh tokens (`ON DELETE CASCADE`).
pub(super) fn delete_sessions_ended(conn: &mut DbConn, before: Instant) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(before))).execute(conn)
}

/// One refresh token, known by its hash only.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_tokens)]
pub(super) struct RefreshToken {
    pub(super) token_hash: Vec<u8>,
    pub(super) session_id: Id,
    pub(super) expires_at: Instant,
    pub(super) used_at: Option<Instant>,
}

pub(super) fn insert_refresh_token(conn: &mut DbConn, token: &RefreshToken) -> QueryResult<()> {
    diesel::insert_into(refresh_tokens::table).values(token).execute(conn).map(drop)
}

pub(super) fn find_refresh_token(conn: &mut DbConn, hash: &[u8]) -> QueryResult<Option<RefreshToken>> {
    refresh_tokens::table.find(hash).select(RefreshToken::as_select()).first(conn).optional()
}

/// Marks a token as used; 1 for the one request that did it, 0 for everyone later.
pub(super) fn update_refresh_token_used(conn: &mut DbConn, hash: &[u8], at: Instant) -> QueryResult<usize> {
    diesel::update(refresh_tokens::table.find(hash).filter(refresh_tokens::used_at.is_null()))
        .set(refresh_tokens::used_at.eq(Some(at)))
        .execute(conn)
}

/// Failed sign-ins under one name.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = login_throttles)]
pub(super) struct Throttle {
    pub(super) name_hash: Vec<u8>,
    pub(super) failures: i32,
    pub(super) blocked_until: Instant,
    pub(super) updated_at: Instant,
}

pub(super) fn find_throttle(conn: &mut DbConn, name_hash: &[u8]) -> QueryResult<Option<Throttle>> {
    login_throttles::table.find(name_hash).select(Throttle::as_select()).first(conn).optional()
}

/// Keeps other transactions from counting under this name until this one ends; the row is made if there is none.
pub(super) fn lock_throttle(conn: &mut DbConn, name_hash: &[u8], now: Instant) -> QueryResult<()> {
    let fresh = Throttle { name_hash: name_hash.to_vec(), failures: 0, blocked_until: now, updated_at: now };
    on_both!(conn, conn => diesel::insert_into(login_throttles::table)
        .values(&fresh)
        .on_conflict(login_throttles::name_hash)
        .do_update()
        .set(login_throttles::name_hash.eq(name_hash))
        .execute(conn))
    .map(drop)
}

pub(super) fn upsert_throttle(conn: &mut DbConn, throttle: &Throttle) -> QueryResult<()> {
    on_both!(conn, conn => diesel::insert_into(login_throttles::table)
        .values(throttle)
        .on_conflict(login_throttles::name_hash)
        .do_update()
        .set(throttle)
        .execute(conn))
    .map(drop)
}

pub(super) fn delete_throttle(conn: &mut DbConn, name_hash: &[u8]) -> QueryResult<usize> {
    diesel::delete(login_throttles::table.find(name_hash)).execute(conn)
}

pub(super) fn delete_throttles_before(conn: &mut DbConn, before: Instant) -> QueryResult<usize> {
    diesel::delete(login_throttles::table.filter(login_throttles::updated_at.lt(before))).execute(conn)
}

pub(super) fn update_profile(conn: &mut DbConn, user_id: Id, name: &str, language: Tongue) -> QueryResult<usize> {
    diesel::update(users::table.find(user_id))
        .set((users::display_name.eq(name), users::language.eq(language)))
        .execute(conn)
}

/// Makes others that ask for this wait until this transaction is done, and tells what the person's number is looked up by.
/// On SQLite all changes wait for each other anyway.
pub(super) fn lock_user(conn: &mut DbConn, id: Id) -> QueryResult<Option<Vec<u8>>> {
    let number = users::table.find(id).select(users::phone_index);
    match conn {
        DbConn::Sqlite(conn) => number.first(conn),
        DbConn::Pg(conn) => number.for_no_key_update().first(conn),
    }
}
