//! The right to build the search index anew: one row, leased in the database's own time.

use std::time::Duration;

use database::{DatabaseError, Tx};
use sea_orm::{
    ConnectionTrait, ExprTrait,
    sea_query::{Expr, Query},
};

/// The row.
const ROW: i32 = 1;

/// Takes the lease for `span`, or renews it; whether `owner` has it now.
pub(crate) async fn take(tx: &Tx, owner: &str, span: Duration) -> Result<bool, DatabaseError> {
    let now = tx.now().await?;
    let update = Query::update()
        .table("search_rebuild")
        .value("owner", owner)
        .value("expires_at", now.plus(span).as_millis())
        .and_where(Expr::col("id").eq(ROW))
        .and_where(
            Expr::col("owner")
                .eq(owner)
                .or(Expr::col("expires_at").lte(now.as_millis())),
        )
        .take();
    Ok(tx.execute(&update).await?.rows_affected() == 1)
}

/// Gives the lease back, if `owner` has it.
pub(crate) async fn release(tx: &Tx, owner: &str) -> Result<(), DatabaseError> {
    let update = Query::update()
        .table("search_rebuild")
        .value("expires_at", 0_i64)
        .and_where(Expr::col("id").eq(ROW))
        .and_where(Expr::col("owner").eq(owner))
        .take();
    tx.execute(&update).await?;
    Ok(())
}
