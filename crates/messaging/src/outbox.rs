//! Events on their way out: appended with the change that caused them, taken away by the relay.

use clock::Timestamp;
use database::{Database, DatabaseError, Row, Tx};
use events::Envelope;
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement},
};
use uuid::Uuid;

/// How many shards the outbox has; each is published by one relay at a time.
pub const SHARDS: i32 = 16;

/// Statements with a list of ids pad it to a multiple of this, so that few different ones are prepared.
const PADDING: usize = 16;

/// Appends events to the outbox, in the transaction of the change that they announce, and wakes the relay after its
/// commit. Events without a `traceparent` get that of the trace at hand.
///
/// Fails with a duplicate when an aggregate's sequence number is taken.
pub async fn append(tx: &Tx, events: Vec<Envelope>) -> Result<(), DatabaseError> {
    if events.is_empty() {
        return Ok(());
    }
    let traceparent = telemetry::trace::traceparent();
    let mut insert = Query::insert();
    insert.into_table("outbox").columns([
        "shard",
        "event_id",
        "topic",
        "kind",
        "aggregate_id",
        "sequence",
        "appended_at",
        "payload",
    ]);
    for mut event in events {
        if event.traceparent.is_none() {
            event.traceparent.clone_from(&traceparent);
        }
        let payload = encode(&event)?;
        insert
            .values([
                shard(event.aggregate_id).into(),
                event.id.into(),
                event.topic.into(),
                event.kind.into(),
                event.aggregate_id.into(),
                event.sequence.into(),
                event.time.as_millis().into(),
                payload.into(),
            ])
            .map_err(|error| DatabaseError::corrupt("outbox", error))?;
    }
    tx.execute(&insert).await?;
    tx.wake_on_commit();
    Ok(())
}

/// How much waits in an outbox. Events that were published in the last second may still be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// How many events.
    pub pending: u64,
    /// When the oldest of them was announced.
    pub oldest: Option<Timestamp>,
}

/// How much waits in the outbox.
pub async fn lag(conn: &impl ConnectionTrait) -> Result<Lag, DatabaseError> {
    let query = Query::select()
        .expr_as(Expr::col("id").count(), "pending")
        .expr_as(Expr::col("appended_at").min(), "oldest")
        .from("outbox")
        .take();
    let Some(row) = conn.query_one(&query).await? else {
        return Err(DatabaseError::corrupt("outbox", "no count"));
    };
    let pending: i64 = row.try_get("", "pending")?;
    let oldest: Option<i64> = row.try_get("", "oldest")?;
    Ok(Lag {
        pending: u64::try_from(pending).unwrap_or(0),
        oldest: oldest.map(Timestamp::from_millis),
    })
}

/// Takes the oldest events out of the outbox without publishing them, at most `limit`. For tools and tests: where a
/// relay runs, its events are lost to their receivers.
pub async fn take(database: &Database, limit: u64) -> Result<Vec<Envelope>, DatabaseError> {
    database
        .write(|tx| async move {
            let rows = tx.query_all(&oldest(None, &[], limit)).await?;
            let pending: Result<Vec<_>, _> =
                rows.iter().map(|row| pending(&Row::Pooled(row))).collect();
            let pending = pending?;
            delete(&tx, pending.iter().map(|row| row.id)).await?;
            Ok(pending.into_iter().map(|row| row.event).collect())
        })
        .await
}

/// An event in the outbox.
pub(crate) struct Pending {
    pub(crate) id: i64,
    pub(crate) event: Envelope,
}

/// The oldest events of these shards (`None`: of all), without those already `delivered`. It starts at the beginning
/// each time: a late commit may add a row below one that was read before.
pub(crate) async fn read(
    database: &Database,
    shards: Option<&[i32]>,
    delivered: &[i64],
    limit: u64,
) -> Result<Vec<Pending>, DatabaseError> {
    database
        .rows(&oldest(shards, delivered, limit), pending)
        .await
}

fn oldest(shards: Option<&[i32]>, delivered: &[i64], limit: u64) -> SelectStatement {
    let mut query = Query::select();
    query
        .columns(["id", "payload"])
        .from("outbox")
        .order_by("id", Order::Asc)
        .limit(limit);
    if let Some(shards) = shards {
        query.and_where(Expr::col("shard").is_in(shards.iter().copied()));
    }
    if !delivered.is_empty() {
        query.and_where(Expr::col("id").is_not_in(padded(delivered.iter().copied())));
    }
    query
}

fn pending(row: &Row<'_>) -> Result<Pending, DatabaseError> {
    let payload: String = row.get(1)?;
    Ok(Pending {
        id: row.get(0)?,
        event: serde_json::from_str(&payload)
            .map_err(|error| DatabaseError::corrupt("outbox", error))?,
    })
}

/// Deletes delivered events.
pub(crate) async fn delete(
    tx: &Tx,
    ids: impl ExactSizeIterator<Item = i64>,
) -> Result<(), DatabaseError> {
    if ids.len() > 0 {
        let delete = Query::delete()
            .from_table("outbox")
            .and_where(Expr::col("id").is_in(padded(ids)))
            .take();
        tx.execute(&delete).await?;
    }
    Ok(())
}

pub(crate) fn encode(event: &Envelope) -> Result<String, DatabaseError> {
    serde_json::to_string(event).map_err(|error| DatabaseError::corrupt("outbox", error))
}

pub(crate) fn decode(table: &'static str, row: &QueryResult) -> Result<Envelope, DatabaseError> {
    let payload: String = row.try_get("", "payload")?;
    serde_json::from_str(&payload).map_err(|error| DatabaseError::corrupt(table, error))
}

/// The shard of an aggregate: the end of its id, which is random.
fn shard(aggregate_id: Uuid) -> i32 {
    i32::from(aggregate_id.as_bytes()[15]) % SHARDS
}

fn padded(ids: impl ExactSizeIterator<Item = i64>) -> impl Iterator<Item = i64> {
    let missing = ids.len().next_multiple_of(PADDING) - ids.len();
    // No row has the id 0.
    ids.chain(std::iter::repeat_n(0, missing))
}
