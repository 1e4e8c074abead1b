use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use super::model::{AnswerRow, Claim, ClaimStatus, ClaimVerdict, Narrowed, Numbered};
use crate::db::schema::{claim_answers, claims};
use crate::db::{DbConn, on_both};
use crate::values::{Id, Instant};

pub(super) fn insert(conn: &mut DbConn, claim: &Claim) -> QueryResult<i64> {
    on_both!(conn, conn => diesel::insert_into(claims::table).values(claim).returning(claims::seq).get_result(conn))
}

/// Writes a change if nobody else has written one since; 0 if somebody has.
pub(super) fn update(conn: &mut DbConn, claim: &Claim) -> QueryResult<usize> {
    diesel::update(claims::table)
        .filter(claims::id.eq(claim.id).and(claims::version.eq(claim.version - 1)))
        .set(claim)
        .execute(conn)
}

pub(super) fn find(conn: &mut DbConn, id: Id) -> QueryResult<Option<Numbered>> {
    claims::table.filter(claims::id.eq(id)).select(Numbered::as_select()).first(conn).optional()
}

pub(super) fn list(conn: &mut DbConn, narrowed: &Narrowed, limit: i64) -> QueryResult<Vec<Numbered>> {
    let Narrowed { claimant_id, sites, status, item_id, before } = narrowed;
    let mut query = claims::table.select(Numbered::as_select()).into_boxed();
    if let Some(id) = claimant_id {
        query = query.filter(claims::claimant_id.eq(Some(*id)));
    }
    match sites.as_deref() {
        None => {}
        Some([one]) => query = query.filter(claims::site_id.eq(*one)),
        Some(ids) => query = query.filter(claims::site_id.eq_any(ids.to_vec())),
    }
    if let Some(status) = status {
        query = query.filter(claims::status.eq(*status));
    }
    if let Some(item_id) = item_id {
        query = query.filter(claims::item_id.eq(*item_id));
    }
    if let Some(before) = before {
        query = query.filter(claims::id.lt(*before));
    }
    query.order(claims::id.desc()).limit(limit).load(conn)
}

/// Counts a wrong pick-up code, and forgets the right one if it `is_void`. The version stays: nobody changed anything.
pub(super) fn update_wrong_codes(conn: &mut DbConn, id: Id, wrong: i32, is_void: bool) -> QueryResult<()> {
    let of_claim = claims::table.filter(claims::id.eq(id));
    diesel::update(of_claim).set(claims::wrong_codes.eq(wrong)).execute(conn)?;
    if is_void {
        let code = (claims::code_hash.eq(None::<Vec<u8>>), claims::code_expires_at.eq(None::<Instant>));
        diesel::update(of_claim).set(code).execute(conn)?;
    }
    Ok(())
}

/// The claims on an item that are to be decided.
pub(super) fn list_open_on(conn: &mut DbConn, item_id: Id) -> QueryResult<Vec<Numbered>> {
    claims::table
        .filter(claims::item_id.eq(item_id).and(claims::status.eq(ClaimStatus::Open)))
        .order(claims::id)
        .select(Numbered::as_select())
        .load(conn)
}

/// Whether somebody's answers about an item were confirmed, and nobody has decided.
pub(super) fn exists_confirmed_on(conn: &mut DbConn, item_id: Id) -> QueryResult<bool> {
    let open = claims::table.filter(claims::item_id.eq(item_id).and(claims::status.eq(ClaimStatus::Open)));
    let confirmed = open.filter(claims::verdict.eq(Some(ClaimVerdict::Confirmed)));
    on_both!(conn, conn => diesel::select(exists(confirmed)).get_result(conn))
}

pub(super) fn exists_open_on(conn: &mut DbConn, item_id: Id) -> QueryResult<bool> {
    let open = claims::table.filter(claims::item_id.eq(item_id).and(claims::status.eq(ClaimStatus::Open)));
    on_both!(conn, conn => diesel::select(exists(open)).get_result(conn))
}

/// What a person claimed of an item, newest first.
pub(super) fn list_by(conn: &mut DbConn, item_id: Id, claimant_id: Id) -> QueryResult<Vec<Claim>> {
    claims::table
        .filter(claims::item_id.eq(item_id).and(claims::claimant_id.eq(Some(claimant_id))))
        .order(claims::id.desc())
        .select(Claim::as_select())
        .load(conn)
}

pub(super) fn count_open_by(conn: &mut DbConn, claimant_id: Id) -> QueryResult<i64> {
    let open = claims::claimant_id.eq(Some(claimant_id)).and(claims::status.eq(ClaimStatus::Open));
    on_both!(conn, conn => claims::table.filter(open).select(count_star()).first(conn))
}

/// Claims that ended in one of these ways before `before` and still name a person.
pub(super) fn list_to_erase(
    conn: &mut DbConn,
    ends: &[ClaimStatus],
    before: Instant,
    limit: i64,
) -> QueryResult<Vec<Numbered>> {
    claims::table
        .filter(claims::status.eq_any(ends.to_vec()))
        .filter(claims::erased_at.is_null().and(claims::ended_at.lt(before)))
        .order(claims::ended_at)
        .limit(limit)
        .select(Numbered::as_select())
        .load(conn)
}

pub(super) fn insert_answer(conn: &mut DbConn, row: &AnswerRow) -> QueryResult<()> {
    diesel::insert_into(claim_answers::table).values(row).execute(conn).map(drop)
}

pub(super) fn list_answers(conn: &mut DbConn, claim_id: Id) -> QueryResult<Vec<AnswerRow>> {
    claim_answers::table
        .filter(claim_answers::claim_id.eq(claim_id))
        .order(claim_answers::id)
        .select(AnswerRow::as_select())
        .load(conn)
}

pub(super) fn delete_answers(conn: &mut DbConn, claim_id: Id) -> QueryResult<usize> {
    diesel::delete(claim_answers::table.filter(claim_answers::claim_id.eq(claim_id))).execute(conn)
}
