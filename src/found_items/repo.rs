use diesel::prelude::*;

use super::model::{FoundItem, MarkRow, Narrowed, Numbered, PhotoRow};
use crate::attachments::model::Attachment;
use crate::db::schema::{attachments, found_items, found_marks, found_photos};
use crate::db::{DbConn, insert_all, on_both};
use crate::lost_found::categories::ValueClass;
use crate::values::{Id, Instant};

pub(super) fn insert(conn: &mut DbConn, item: &FoundItem, finder_phone: Option<Vec<u8>>) -> QueryResult<i64> {
    on_both!(conn, conn => diesel::insert_into(found_items::table)
        .values((item, found_items::finder_phone_sealed.eq(finder_phone)))
        .returning(found_items::seq)
        .get_result(conn))
}

/// Writes a change if nobody else has written one since; 0 if somebody has.
pub(super) fn update(conn: &mut DbConn, item: &FoundItem) -> QueryResult<usize> {
    diesel::update(found_items::table)
        .filter(found_items::id.eq(item.id).and(found_items::version.eq(item.version - 1)))
        .set(item)
        .execute(conn)
}

/// Makes other changes of this item wait until this one is done. On SQLite all changes wait for each other anyway.
pub(super) fn lock(conn: &mut DbConn, id: Id) -> QueryResult<()> {
    match conn {
        DbConn::Sqlite(_) => Ok(()),
        DbConn::Pg(conn) => {
            let row = found_items::table.filter(found_items::id.eq(id)).select(found_items::id);
            row.for_no_key_update().first::<Id>(conn).optional().map(drop)
        }
    }
}

pub(super) fn find(conn: &mut DbConn, id: Id) -> QueryResult<Option<Numbered>> {
    found_items::table.filter(found_items::id.eq(id)).select(Numbered::as_select()).first(conn).optional()
}

pub(super) fn list_by_ids(conn: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<Numbered>> {
    found_items::table.filter(found_items::id.eq_any(ids.to_vec())).select(Numbered::as_select()).load(conn)
}

pub(super) fn list(conn: &mut DbConn, narrowed: &Narrowed, limit: i64) -> QueryResult<Vec<Numbered>> {
    let Narrowed { finder_id, sites, status, value_class, not_class, categories, due_by, seq, found, before } =
        narrowed;
    let mut query = found_items::table.select(Numbered::as_select()).into_boxed();
    if let Some(id) = finder_id {
        query = query.filter(found_items::finder_id.eq(Some(*id)));
    }
    match sites.as_deref() {
        None => {}
        Some([one]) => query = query.filter(found_items::site_id.eq(*one)),
        Some(ids) => query = query.filter(found_items::site_id.eq_any(ids.to_vec())),
    }
    if let Some(status) = status {
        query = query.filter(found_items::status.eq(*status));
    }
    if let Some(class) = value_class {
        query = query.filter(found_items::value_class.eq(*class));
    }
    if let Some(class) = not_class {
        query = query.filter(found_items::value_class.ne(*class));
    }
    if let Some(numbers) = categories {
        query = query.filter(found_items::category.eq_any(numbers.clone()));
    }
    if let Some(by) = due_by {
        let at_once = found_items::value_class.eq_any([ValueClass::IdentityPaper, ValueClass::Dangerous]);
        query = query.filter(found_items::ended_at.is_null().and(found_items::keep_until.is_not_null()));
        query = query.filter(found_items::keep_until.le(*by).or(at_once));
    }
    if let Some(seq) = seq {
        query = query.filter(found_items::seq.eq(*seq));
    }
    if let Some(from) = found.0 {
        query = query.filter(found_items::found_at.ge(from));
    }
    if let Some(until) = found.1 {
        query = query.filter(found_items::found_at.lt(until));
    }
    if let Some(before) = before {
        query = query.filter(found_items::id.lt(*before));
    }
    query.order(found_items::id.desc()).limit(limit).load(conn)
}

/// Items whose custody log is to be checked, in order of id.
pub(super) fn list_after(conn: &mut DbConn, after: Option<Id>, limit: i64) -> QueryResult<Vec<Numbered>> {
    let mut query = found_items::table.select(Numbered::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(found_items::id.gt(after));
    }
    query.order(found_items::id).limit(limit).load(conn)
}

pub(super) fn list_of_handover(conn: &mut DbConn, handover_id: Id) -> QueryResult<Vec<Numbered>> {
    found_items::table
        .filter(found_items::police_handover_id.eq(Some(handover_id)))
        .order(found_items::id)
        .select(Numbered::as_select())
        .load(conn)
}

pub(super) fn insert_marks(conn: &mut DbConn, marks: &[MarkRow]) -> QueryResult<()> {
    insert_all!(conn, found_marks::table, marks)
}

pub(super) fn list_marks(conn: &mut DbConn, item_id: Id) -> QueryResult<Vec<MarkRow>> {
    found_marks::table
        .filter(found_marks::item_id.eq(item_id))
        .order(found_marks::id)
        .select(MarkRow::as_select())
        .load(conn)
}

pub(super) fn delete_marks(conn: &mut DbConn, item_id: Id) -> QueryResult<usize> {
    diesel::delete(found_marks::table.filter(found_marks::item_id.eq(item_id))).execute(conn)
}

pub(super) fn insert_photos(conn: &mut DbConn, photos: &[PhotoRow]) -> QueryResult<()> {
    insert_all!(conn, found_photos::table, photos)
}

/// The photos of some items, each with its item and whether anyone may see it.
pub(super) fn list_photos(conn: &mut DbConn, item_ids: &[Id]) -> QueryResult<Vec<(PhotoRow, Attachment)>> {
    found_photos::table
        .inner_join(attachments::table)
        .filter(found_photos::item_id.eq_any(item_ids.to_vec()))
        .order((found_photos::item_id, found_photos::attachment_id))
        .select((PhotoRow::as_select(), Attachment::as_select()))
        .load(conn)
}

/// Takes an item's photos off it, and answers with which they were.
pub(super) fn delete_photos(conn: &mut DbConn, item_id: Id) -> QueryResult<Vec<Id>> {
    let own = found_photos::item_id.eq(item_id);
    let ids = found_photos::table.filter(own).select(found_photos::attachment_id).load(conn)?;
    diesel::delete(found_photos::table.filter(own)).execute(conn)?;
    let item = found_items::table.filter(found_items::id.eq(item_id));
    diesel::update(item).set(found_items::photos.eq(0)).execute(conn)?;
    Ok(ids)
}

/// The sealed number of who found an item.
pub(super) fn find_finder_phone(conn: &mut DbConn, id: Id) -> QueryResult<Option<Vec<u8>>> {
    found_items::table.filter(found_items::id.eq(id)).select(found_items::finder_phone_sealed).first(conn)
}

pub(super) fn update_finder_phone(conn: &mut DbConn, id: Id, sealed: Vec<u8>) -> QueryResult<()> {
    diesel::update(found_items::table.filter(found_items::id.eq(id)))
        .set(found_items::finder_phone_sealed.eq(Some(sealed)))
        .execute(conn)
        .map(drop)
}

/// Lets anyone see these of an item's photos and no others; returns how many there were.
pub(super) fn update_public(conn: &mut DbConn, item_id: Id, ids: &[Id]) -> QueryResult<usize> {
    let others = found_photos::item_id.eq(item_id).and(found_photos::attachment_id.ne_all(ids.to_vec()));
    diesel::update(found_photos::table.filter(others)).set(found_photos::is_public.eq(false)).execute(conn)?;
    let chosen = found_photos::item_id.eq(item_id).and(found_photos::attachment_id.eq_any(ids.to_vec()));
    diesel::update(found_photos::table.filter(chosen)).set(found_photos::is_public.eq(true)).execute(conn)
}

/// Items that left custody before `before` and may still name people.
pub(super) fn list_to_forget(conn: &mut DbConn, before: Instant, limit: i64) -> QueryResult<Vec<Numbered>> {
    found_items::table
        .filter(found_items::forgotten_at.is_null().and(found_items::ended_at.lt(before)))
        .order(found_items::ended_at)
        .limit(limit)
        .select(Numbered::as_select())
        .load(conn)
}

pub(super) fn update_forgotten(conn: &mut DbConn, id: Id, now: Instant) -> QueryResult<usize> {
    diesel::update(found_items::table.filter(found_items::id.eq(id)))
        .set((
            found_items::finder_id.eq(None::<Id>),
            found_items::finder_name.eq(None::<String>),
            found_items::finder_phone_sealed.eq(None::<Vec<u8>>),
            found_items::finder_phone_masked.eq(None::<String>),
            found_items::owner_id.eq(None::<Id>),
            found_items::forgotten_at.eq(Some(now)),
        ))
        .execute(conn)
}
