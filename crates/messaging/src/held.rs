//! Events that a handler could not handle yet, and those behind them.

use std::time::Duration;

use clock::Timestamp;
use database::{DatabaseError, Tx, now_expr};
use events::Envelope;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use uuid::Uuid;

use crate::outbox::{decode, encode};

const TABLE: &str = "held_events";
const HEADS: u64 = 100;

/// An event to hold back.
pub(crate) struct Hold<'a> {
    pub(crate) lane: &'static str,
    pub(crate) handler: &'static str,
    pub(crate) event: &'a Envelope,
    pub(crate) attempts: u32,
    pub(crate) pause: Duration,
    pub(crate) parked: bool,
    pub(crate) error: Option<String>,
}

/// The lane and the handler of messages that are no events: there is none, so they stay parked until someone drops them.
const UNREADABLE: &str = "unreadable";

impl<'a> Hold<'a> {
    /// A message that is no event.
    pub(crate) fn letter(letter: &'a Envelope, reason: &str) -> Self {
        Self {
            lane: UNREADABLE,
            handler: UNREADABLE,
            event: letter,
            attempts: 1,
            pause: Duration::ZERO,
            parked: true,
            error: Some(reason.to_owned()),
        }
    }
}

/// Whether this event is held back here for anyone.
pub(crate) async fn is_known(
    conn: &impl ConnectionTrait,
    event: &Envelope,
) -> Result<bool, DatabaseError> {
    let query = Query::select()
        .column("event_id")
        .from(TABLE)
        .and_where(Expr::col("aggregate_id").eq(event.aggregate_id))
        .and_where(Expr::col("event_id").eq(event.id))
        .limit(1)
        .take();
    Ok(conn.query_one(&query).await?.is_some())
}

/// The first held event of an aggregate in a lane: the one that may be tried.
pub(crate) struct Head {
    pub(crate) lane: String,
    pub(crate) handler: String,
    pub(crate) event: Envelope,
    pub(crate) attempts: u32,
    /// How long it still waits; zero when it is due.
    pub(crate) wait: Duration,
}

/// Which events are tried together: those of an aggregate in a lane.
pub(crate) struct Chain<'a> {
    pub(crate) lane: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) aggregate_id: Uuid,
}

pub(crate) async fn insert(
    tx: &Tx,
    holds: &[Hold<'_>],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let mut insert = Query::insert();
    insert.into_table(TABLE).columns([
        "lane",
        "topic",
        "aggregate_id",
        "sequence",
        "handler",
        "event_id",
        "kind",
        "held_at",
        "attempts",
        "next_attempt_at",
        "parked",
        "error",
        "payload",
    ]);
    for hold in holds {
        insert
            .values([
                hold.lane.into(),
                hold.event.topic.as_str().into(),
                hold.event.aggregate_id.into(),
                hold.event.sequence.into(),
                hold.handler.into(),
                hold.event.id.into(),
                hold.event.kind.as_str().into(),
                now.as_millis().into(),
                i32::try_from(hold.attempts).unwrap_or(i32::MAX).into(),
                now.plus(hold.pause).as_millis().into(),
                hold.parked.into(),
                hold.error.clone().into(),
                encode(hold.event)?.into(),
            ])
            .map_err(|error| DatabaseError::corrupt(TABLE, error))?;
    }
    tx.execute(&insert).await?;
    Ok(())
}

/// The first waiting event of each aggregate in each lane, the next due first. It is computed, not remembered, so no
/// race between a retry and a receiver can strand an event.
pub(crate) async fn heads(conn: &impl ConnectionTrait) -> Result<Vec<Head>, DatabaseError> {
    let same = |column: &'static str| Expr::col(("earlier", column)).eq(Expr::col((TABLE, column)));
    let earlier = Query::select()
        .expr(Expr::val(1))
        .from_as(TABLE, "earlier")
        .and_where(same("lane"))
        .and_where(same("topic"))
        .and_where(same("aggregate_id"))
        .and_where(Expr::col(("earlier", "sequence")).lt(Expr::col((TABLE, "sequence"))))
        .take();
    let query = Query::select()
        .columns(["lane", "handler", "payload"])
        .expr_as(Expr::col("attempts").cast_as("bigint"), "attempts")
        .expr_as(
            Expr::col("next_attempt_at").sub(now_expr(conn.get_database_backend())),
            "wait",
        )
        .from(TABLE)
        .and_where(Expr::col("parked").eq(false))
        .and_where(Expr::not_exists(earlier))
        .order_by("next_attempt_at", Order::Asc)
        .limit(HEADS)
        .take();
    let rows = conn.query_all(&query).await?;
    rows.iter()
        .map(|row| {
            let wait: i64 = row.try_get("", "wait")?;
            let attempts: i64 = row.try_get("", "attempts")?;
            Ok(Head {
                lane: row.try_get("", "lane")?,
                handler: row.try_get("", "handler")?,
                event: decode(TABLE, row)?,
                attempts: u32::try_from(attempts).unwrap_or(0),
                wait: Duration::from_millis(u64::try_from(wait).unwrap_or(0)),
            })
        })
        .collect()
}

/// Takes the event off the table, and its row's lock with it; false when another process tried it in the meantime.
pub(crate) async fn release(tx: &Tx, head: &Head) -> Result<bool, DatabaseError> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(this(head))
        .take();
    Ok(tx.execute(&delete).await?.rows_affected() == 1)
}

/// Notes that the event failed once more. When it is `parked`, all behind it are parked too.
pub(crate) async fn postpone(
    tx: &Tx,
    head: &Head,
    pause: Duration,
    error: &str,
    parked: bool,
) -> Result<(), DatabaseError> {
    let now = tx.now().await?;
    let update = Query::update()
        .table(TABLE)
        .value(
            "attempts",
            i32::try_from(head.attempts).unwrap_or(i32::MAX - 1) + 1,
        )
        .value("next_attempt_at", now.plus(pause).as_millis())
        .value("error", error)
        .value("parked", parked)
        .and_where(this(head))
        .take();
    if tx.execute(&update).await?.rows_affected() == 1 && parked {
        let chain = Chain {
            lane: &head.lane,
            topic: &head.event.topic,
            aggregate_id: head.event.aggregate_id,
        };
        let behind = Query::update()
            .table(TABLE)
            .value("parked", true)
            .and_where(of(&chain))
            .and_where(Expr::col("sequence").gt(head.event.sequence))
            .take();
        tx.execute(&behind).await?;
    }
    Ok(())
}

/// Parks what waits behind a parked event: it was received while that one was being parked, and saw it waiting still.
pub(crate) async fn park_behind(tx: &Tx) -> Result<(), DatabaseError> {
    let same = |column: &'static str| Expr::col(("earlier", column)).eq(Expr::col((TABLE, column)));
    let earlier = Query::select()
        .expr(Expr::val(1))
        .from_as(TABLE, "earlier")
        .and_where(same("lane"))
        .and_where(same("topic"))
        .and_where(same("aggregate_id"))
        .and_where(Expr::col(("earlier", "sequence")).lt(Expr::col((TABLE, "sequence"))))
        .and_where(Expr::col(("earlier", "parked")).eq(true))
        .take();
    let update = Query::update()
        .table(TABLE)
        .value("parked", true)
        .and_where(Expr::col((TABLE, "parked")).eq(false))
        .and_where(Expr::exists(earlier))
        .take();
    tx.execute(&update).await?;
    Ok(())
}

/// Lets the events of a chain be tried again, as if for the first time; tells how many.
pub(crate) async fn restart(
    tx: &Tx,
    chain: &Chain<'_>,
    now: Timestamp,
) -> Result<u64, DatabaseError> {
    let update = Query::update()
        .table(TABLE)
        .value("parked", false)
        .value("attempts", 0)
        .value("next_attempt_at", now.as_millis())
        .and_where(of(chain))
        .take();
    Ok(tx.execute(&update).await?.rows_affected())
}

/// How many events wait, and how many are parked.
pub(crate) async fn counts(conn: &impl ConnectionTrait) -> Result<(i64, i64), DatabaseError> {
    let query = Query::select()
        .column("parked")
        .expr_as(Expr::col("event_id").count(), "events")
        .from(TABLE)
        .group_by_col("parked")
        .take();
    let mut counts = (0, 0);
    for row in conn.query_all(&query).await? {
        let parked: bool = row.try_get("", "parked")?;
        let events: i64 = row.try_get("", "events")?;
        if parked {
            counts.1 = events;
        } else {
            counts.0 = events;
        }
    }
    Ok(counts)
}

fn of(chain: &Chain<'_>) -> Expr {
    Expr::col("lane")
        .eq(chain.lane)
        .and(Expr::col("topic").eq(chain.topic))
        .and(Expr::col("aggregate_id").eq(chain.aggregate_id))
}

/// The row of this head as it was read: not tried since, not parked.
fn this(head: &Head) -> Expr {
    of(&Chain {
        lane: &head.lane,
        topic: &head.event.topic,
        aggregate_id: head.event.aggregate_id,
    })
    .and(Expr::col("sequence").eq(head.event.sequence))
    .and(Expr::col("handler").eq(head.handler.as_str()))
    .and(Expr::col("event_id").eq(head.event.id))
    .and(Expr::col("attempts").eq(i32::try_from(head.attempts).unwrap_or(i32::MAX)))
    .and(Expr::col("parked").eq(false))
}
