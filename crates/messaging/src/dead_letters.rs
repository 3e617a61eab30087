//! Events that were given up, and those behind them: to be looked at, tried again or dropped, while the shop runs.

use clock::Timestamp;
use database::{Database, DatabaseError};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Cond, Expr, ExprTrait, Order, Query},
};
use serde::Serialize;
use uuid::Uuid;

use crate::held::{self, Chain};

/// Which held events are meant; what is not set does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Those of one handler.
    pub handler: Option<String>,
    /// Those of one topic.
    pub topic: Option<String>,
    /// Those of one aggregate.
    pub aggregate_id: Option<Uuid>,
    /// One event.
    pub event_id: Option<Uuid>,
    /// Those that still wait for a retry too, not only the parked ones.
    pub waiting: bool,
}

/// An event that is held back for a handler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// The handler.
    pub handler: String,
    /// The handler's lane.
    pub lane: String,
    /// The event.
    pub event_id: Uuid,
    /// Its type.
    pub kind: String,
    /// Its topic.
    pub topic: String,
    /// Its aggregate.
    pub aggregate_id: Uuid,
    /// Its place among the events of its aggregate.
    pub sequence: i64,
    /// How often the handler failed; 0 for an event that only waits behind another.
    pub attempts: i64,
    /// Whether it was given up, or stands behind one that was.
    pub parked: bool,
    /// Since when it is held.
    pub held_at: Timestamp,
    /// When it may be tried next, unless it is parked or stands behind another.
    pub next_attempt_at: Timestamp,
    /// Why the handler failed last.
    pub error: Option<String>,
}

/// Held events, at most `limit`, those of an aggregate in their order.
pub async fn list(
    conn: &impl ConnectionTrait,
    selector: &Selector,
    limit: u64,
) -> Result<Vec<DeadLetter>, DatabaseError> {
    let query = Query::select()
        .columns([
            "handler",
            "lane",
            "event_id",
            "kind",
            "topic",
            "aggregate_id",
        ])
        .columns(["sequence", "parked", "held_at", "next_attempt_at", "error"])
        .expr_as(Expr::col("attempts").cast_as("bigint"), "attempts")
        .from("held_events")
        .cond_where(condition(selector))
        .order_by("lane", Order::Asc)
        .order_by("topic", Order::Asc)
        .order_by("aggregate_id", Order::Asc)
        .order_by("sequence", Order::Asc)
        .limit(limit)
        .take();
    let rows = conn.query_all(&query).await?;
    rows.iter()
        .map(|row| {
            Ok(DeadLetter {
                handler: row.try_get("", "handler")?,
                lane: row.try_get("", "lane")?,
                event_id: row.try_get("", "event_id")?,
                kind: row.try_get("", "kind")?,
                topic: row.try_get("", "topic")?,
                aggregate_id: row.try_get("", "aggregate_id")?,
                sequence: row.try_get("", "sequence")?,
                attempts: row.try_get("", "attempts")?,
                parked: row.try_get("", "parked")?,
                held_at: Timestamp::from_millis(row.try_get("", "held_at")?),
                next_attempt_at: Timestamp::from_millis(row.try_get("", "next_attempt_at")?),
                error: row.try_get("", "error")?,
            })
        })
        .collect()
}

/// Lets the selected events be tried again, as if for the first time, in order: whatever is held of the same aggregate
/// in the same lane is tried with them, the earliest first. Tells how many events that are. The running shop notices
/// within `poll_ms`.
pub async fn replay(database: &Database, selector: &Selector) -> Result<u64, DatabaseError> {
    database
        .write(|tx| async move {
            let chains = Query::select()
                .distinct()
                .columns(["lane", "topic", "aggregate_id"])
                .from("held_events")
                .cond_where(condition(selector))
                .take();
            let now = tx.now().await?;
            let mut replayed = 0;
            for row in tx.query_all(&chains).await? {
                let (lane, topic): (String, String) =
                    (row.try_get("", "lane")?, row.try_get("", "topic")?);
                let chain = Chain {
                    lane: &lane,
                    topic: &topic,
                    aggregate_id: row.try_get("", "aggregate_id")?,
                };
                replayed += held::restart(&tx, &chain, now).await?;
            }
            Ok(replayed)
        })
        .await
}

/// Drops one parked event for one handler, which then never sees it, and lets those behind it go on. False when it is
/// not parked. The last resort: what the event should have changed is to be mended by hand.
pub async fn discard(
    database: &Database,
    handler: &str,
    event_id: Uuid,
) -> Result<bool, DatabaseError> {
    let selector = &Selector {
        handler: Some(handler.to_owned()),
        event_id: Some(event_id),
        ..Selector::default()
    };
    database
        .write(|tx| async move {
            let Some(letter) = list(&tx, selector, 1).await?.pop() else {
                return Ok(false);
            };
            let delete = Query::delete()
                .from_table("held_events")
                .cond_where(condition(selector))
                .take();
            tx.execute(&delete).await?;
            let chain = Chain {
                lane: &letter.lane,
                topic: &letter.topic,
                aggregate_id: letter.aggregate_id,
            };
            held::restart(&tx, &chain, tx.now().await?).await?;
            Ok(true)
        })
        .await
}

fn condition(selector: &Selector) -> Cond {
    let equal = |column: &'static str, value: &Option<String>| {
        value.clone().map(|value| Expr::col(column).eq(value))
    };
    let same_id =
        |column: &'static str, value: Option<Uuid>| value.map(|value| Expr::col(column).eq(value));
    Cond::all()
        .add_option(equal("handler", &selector.handler))
        .add_option(equal("topic", &selector.topic))
        .add_option(same_id("aggregate_id", selector.aggregate_id))
        .add_option(same_id("event_id", selector.event_id))
        .add_option((!selector.waiting).then(|| Expr::col("parked").eq(true)))
}
