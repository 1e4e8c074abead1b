use diesel::prelude::*;

use super::model::PayOrder;
use crate::db::DbConn;
use crate::db::schema::payscore_orders;
use crate::values::Id;

pub(super) fn insert(conn: &mut DbConn, order: &PayOrder) -> QueryResult<()> {
    diesel::insert_into(payscore_orders::table).values(order).execute(conn).map(drop)
}

/// An order that is about to be changed: on PostgreSQL other changes of it wait until this one is done, on SQLite they do
/// anyway.
pub(super) fn find_locked(conn: &mut DbConn, rental_id: Id) -> QueryResult<Option<PayOrder>> {
    match conn {
        DbConn::Sqlite(_) => find(conn, rental_id),
        DbConn::Pg(conn) => payscore_orders::table
            .find(rental_id)
            .select(PayOrder::as_select())
            .for_no_key_update()
            .first(conn)
            .optional(),
    }
}

pub(super) fn find(conn: &mut DbConn, rental_id: Id) -> QueryResult<Option<PayOrder>> {
    payscore_orders::table.find(rental_id).select(PayOrder::as_select()).first(conn).optional()
}

pub(super) fn update(conn: &mut DbConn, order: &PayOrder) -> QueryResult<()> {
    diesel::update(payscore_orders::table.find(order.rental_id))
        .set((
            payscore_orders::state.eq(order.state),
            payscore_orders::package_sealed.eq(order.package_sealed.clone()),
            payscore_orders::total_fen.eq(order.total_fen),
            payscore_orders::transaction_id.eq(order.transaction_id.clone()),
            payscore_orders::refund_fen.eq(order.refund_fen),
            payscore_orders::refund_pending_fen.eq(order.refund_pending_fen),
            payscore_orders::polls.eq(order.polls),
            payscore_orders::updated_at.eq(order.updated_at),
        ))
        .execute(conn)
        .map(drop)
}
