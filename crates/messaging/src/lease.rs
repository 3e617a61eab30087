//! Who publishes which shard of the outbox.

use std::time::{Duration, Instant};

use database::{Database, DatabaseError, now_expr};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::SHARDS;

/// The shards that one relay holds. Leases only save work: were two relays to publish the same shard for a moment, the
/// inbox would absorb the repetition.
pub(crate) struct Leases {
    owner: String,
    span: Duration,
    shards: Vec<i32>,
    asked_at: Option<Instant>,
}

impl Leases {
    pub(crate) fn new(owner: String, span: Duration) -> Self {
        Self {
            owner,
            span,
            shards: Vec::new(),
            asked_at: None,
        }
    }

    /// Takes free shards and renews those held, when there are free ones or a third of the lease has passed. The
    /// deadlines are set and compared in the database's time.
    pub(crate) async fn renew(&mut self, database: &Database) -> Result<(), DatabaseError> {
        let fresh = self
            .asked_at
            .is_some_and(|asked_at| asked_at.elapsed() < self.span / 3);
        if fresh && (self.shards().is_none() || !self.any_free(database).await?) {
            return Ok(());
        }
        let asked_at = Instant::now();
        let (owner, span) = (self.owner.as_str(), self.span);
        self.shards = database
            .write(|tx| async move {
                let now = tx.now().await?;
                let take = Query::update()
                    .table("outbox_leases")
                    .value("owner", owner)
                    .value("expires_at", now.plus(span).as_millis())
                    .and_where(
                        Expr::col("owner")
                            .eq(owner)
                            .or(Expr::col("expires_at").lte(now.as_millis())),
                    )
                    .take();
                tx.execute(&take).await?;
                let held = Query::select()
                    .column("shard")
                    .from("outbox_leases")
                    .and_where(Expr::col("owner").eq(owner))
                    .take();
                tx.query_all(&held)
                    .await?
                    .iter()
                    .map(|row| Ok::<_, DatabaseError>(row.try_get("", "shard")?))
                    .collect()
            })
            .await?;
        self.asked_at = Some(asked_at);
        Ok(())
    }

    async fn any_free(&self, database: &Database) -> Result<bool, DatabaseError> {
        let free = Query::select()
            .column("shard")
            .from("outbox_leases")
            .and_where(Expr::col("owner").ne(self.owner.as_str()))
            .and_where(Expr::col("expires_at").lte(now_expr(database.backend())))
            .limit(1)
            .take();
        Ok(database.read().query_one(&free).await?.is_some())
    }

    /// Whether the leases still last, by this process's own steady clock, counted from before they were asked for.
    pub(crate) fn last(&self) -> bool {
        self.asked_at
            .is_some_and(|asked_at| asked_at.elapsed() < self.span)
    }

    pub(crate) fn none(&self) -> bool {
        self.shards.is_empty()
    }

    /// The shards held; `None` stands for all of them.
    pub(crate) fn shards(&self) -> Option<&[i32]> {
        let all = i32::try_from(self.shards.len()).is_ok_and(|held| held == SHARDS);
        (!all).then_some(self.shards.as_slice())
    }

    /// Lets another relay take over at once.
    pub(crate) async fn release(&mut self, database: &Database) -> Result<(), DatabaseError> {
        let owner = self.owner.as_str();
        self.shards.clear();
        self.asked_at = None;
        database
            .write(|tx| async move {
                let free = Query::update()
                    .table("outbox_leases")
                    .value("expires_at", 0_i64)
                    .and_where(Expr::col("owner").eq(owner))
                    .take();
                tx.execute(&free).await?;
                Ok(())
            })
            .await
    }
}
