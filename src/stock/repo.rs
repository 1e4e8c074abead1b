use diesel::prelude::*;

use super::model::StockTake;
use crate::db::DbConn;
use crate::db::schema::stock_takes;
use crate::values::Id;

pub(super) fn insert(conn: &mut DbConn, row: &StockTake) -> QueryResult<()> {
    diesel::insert_into(stock_takes::table).values(row).execute(conn).map(drop)
}

pub(super) fn list(conn: &mut DbConn, station_id: Id, before: Option<Id>, limit: i64) -> QueryResult<Vec<StockTake>> {
    let mut query =
        stock_takes::table.filter(stock_takes::station_id.eq(station_id)).select(StockTake::as_select()).into_boxed();
    if let Some(before) = before {
        query = query.filter(stock_takes::id.lt(before));
    }
    query.order(stock_takes::id.desc()).limit(limit).load(conn)
}
