//! Columns whose SQL is written once.

use std::sync::OnceLock;

use diesel::backend::Backend;
use diesel::expression::ValidGrouping;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryBuilder as _, QueryFragment, QueryId};

/// What a query that is built in steps selects. Such a query writes its SQL anew each time, and the names of forty columns
/// were a tenth of what a page of a list costs the server. Only for repositories, with a text for each backend.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WrittenOnce<S>(pub(crate) S, pub(crate) &'static OnceLock<String>);

impl<S: Expression> Expression for WrittenOnce<S> {
    type SqlType = S::SqlType;
}

impl<S: AppearsOnTable<Q>, Q> AppearsOnTable<Q> for WrittenOnce<S> {}

impl<S: SelectableExpression<Q>, Q> SelectableExpression<Q> for WrittenOnce<S> {}

impl<S: ValidGrouping<G>, G> ValidGrouping<G> for WrittenOnce<S> {
    type IsAggregate = S::IsAggregate;
}

impl<S> QueryId for WrittenOnce<S> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S, DB> QueryFragment<DB> for WrittenOnce<S>
where
    S: QueryFragment<DB>,
    DB: Backend + Default,
    DB::QueryBuilder: Default,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let Self(columns, text) = self;
        if text.get().is_none() {
            let mut sql = DB::QueryBuilder::default();
            columns.to_sql(&mut sql, &DB::default())?;
            // Somebody else has written the same meanwhile.
            let _same = text.set(sql.finish());
        }
        pass.push_sql(text.get().map_or("", String::as_str));
        Ok(())
    }
}
