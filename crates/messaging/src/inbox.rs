//! Which events have taken effect here already.

use std::{collections::HashMap, time::Duration};

use clock::Timestamp;
use database::{Database, DatabaseError, Tx};
use events::Envelope;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Cond, Expr, ExprTrait, Order, Query, UnionType},
};
use uuid::Uuid;

const PRUNE_BATCH: u64 = 1_000;

/// What a received event is to this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// New, and later than all that was received of its aggregate.
    Next,
    /// Received before.
    Duplicate,
    /// Another event of its aggregate with this sequence number, not a lower one, was received before.
    OutOfOrder { after: i64 },
}

/// What this database knows of the events of a batch.
#[derive(Default)]
pub(crate) struct Known {
    received: HashMap<Uuid, Vec<Received>>,
    held: HashMap<Uuid, Vec<Held>>,
}

struct Received {
    topic: String,
    sequence: i64,
    event_id: Uuid,
}

struct Held {
    lane: String,
    topic: String,
    handler: String,
    event_id: Uuid,
    parked: bool,
}

/// Reads in one statement what is known of these events and of their aggregates.
pub(crate) async fn look(tx: &Tx, events: &[&Envelope]) -> Result<Known, DatabaseError> {
    let mut lowest: Vec<(Uuid, &str, i64)> = Vec::with_capacity(events.len());
    for event in events {
        let same = lowest
            .iter_mut()
            .find(|(id, topic, _)| *id == event.aggregate_id && *topic == event.topic);
        match same {
            Some((.., sequence)) => *sequence = std::cmp::min(event.sequence, *sequence),
            None => lowest.push((event.aggregate_id, &event.topic, event.sequence)),
        }
    }
    let mut at_or_after = Cond::any();
    for (aggregate_id, topic, sequence) in &lowest {
        at_or_after = at_or_after.add(
            Expr::col("aggregate_id")
                .eq(*aggregate_id)
                .and(Expr::col("topic").eq(*topic))
                .and(Expr::col("sequence").gte(*sequence)),
        );
    }
    let received = Query::select()
        .columns(["aggregate_id", "topic", "sequence", "event_id"])
        .expr_as(Expr::cust("''"), "lane")
        .expr_as(Expr::cust("''"), "handler")
        .expr_as(Expr::cust("FALSE"), "parked")
        .from("inbox")
        .cond_where(at_or_after)
        .take();
    // SQLite has the types of a union from its first part, where all of them are known.
    let query = Query::select()
        .columns(["aggregate_id", "topic", "sequence", "event_id"])
        .columns(["lane", "handler", "parked"])
        .from("held_events")
        .and_where(Expr::col("aggregate_id").is_in(lowest.iter().map(|(id, ..)| *id)))
        .union(UnionType::All, received)
        .take();
    let found = tx.rows(&query, |row| {
        let (topic, sequence, event_id) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let lane: String = row.get(4)?;
        let one = if lane.is_empty() {
            Ok(Received {
                topic,
                sequence,
                event_id,
            })
        } else {
            Err(Held {
                lane,
                topic,
                handler: row.get(5)?,
                event_id,
                parked: row.get(6)?,
            })
        };
        Ok((row.get(0)?, one))
    });
    let mut known = Known::default();
    for (aggregate_id, one) in found.await? {
        match one {
            Ok(received) => known
                .received
                .entry(aggregate_id)
                .or_default()
                .push(received),
            Err(held) => known.held.entry(aggregate_id).or_default().push(held),
        }
    }
    Ok(known)
}

impl Known {
    pub(crate) fn judge(&self, event: &Envelope) -> Verdict {
        let mut verdict = Verdict::Next;
        for one in self.received.get(&event.aggregate_id).into_iter().flatten() {
            if one.event_id == event.id {
                return Verdict::Duplicate;
            }
            if one.topic == event.topic && one.sequence >= event.sequence {
                let after = match verdict {
                    Verdict::OutOfOrder { after } => std::cmp::max(after, one.sequence),
                    _ => one.sequence,
                };
                verdict = Verdict::OutOfOrder { after };
            }
        }
        verdict
    }

    /// Whether events of this aggregate are held back in this lane, and if so whether they are parked.
    pub(crate) fn held(&self, lane: &str, event: &Envelope) -> Option<bool> {
        let mut state = None;
        for one in self.held.get(&event.aggregate_id).into_iter().flatten() {
            if one.lane == lane && one.topic == event.topic && one.event_id != event.id {
                state = Some(one.parked || state.unwrap_or(false));
            }
        }
        state
    }

    /// Whether this very event is held back for this handler.
    pub(crate) fn is_held(&self, handler: &str, event: &Envelope) -> bool {
        let held = self.held.get(&event.aggregate_id);
        held.into_iter()
            .flatten()
            .any(|one| one.handler == handler && one.event_id == event.id)
    }

    /// Remembers an event that is being received, for later ones of the same batch.
    pub(crate) fn receive(&mut self, event: &Envelope) {
        let received = self.received.entry(event.aggregate_id).or_default();
        received.push(Received {
            topic: event.topic.clone(),
            sequence: event.sequence,
            event_id: event.id,
        });
    }

    /// Remembers an event that is being held back.
    pub(crate) fn hold(&mut self, lane: &str, handler: &str, event: &Envelope, parked: bool) {
        let held = self.held.entry(event.aggregate_id).or_default();
        held.push(Held {
            lane: lane.to_owned(),
            topic: event.topic.clone(),
            handler: handler.to_owned(),
            event_id: event.id,
            parked,
        });
    }
}

/// Records that these events were received.
pub(crate) async fn insert(
    tx: &Tx,
    events: &[&Envelope],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut insert = Query::insert();
    insert.into_table("inbox").columns([
        "aggregate_id",
        "topic",
        "sequence",
        "event_id",
        "received_at",
    ]);
    for event in events {
        insert
            .values([
                event.aggregate_id.into(),
                event.topic.as_str().into(),
                event.sequence.into(),
                event.id.into(),
                now.as_millis().into(),
            ])
            .map_err(|error| DatabaseError::corrupt("inbox", error))?;
    }
    tx.execute(&insert).await?;
    Ok(())
}

/// Forgets events received before `now - age`, a thousand at a time so that nobody waits long.
pub(crate) async fn prune(
    database: &Database,
    now: Timestamp,
    age: Duration,
) -> Result<(), DatabaseError> {
    let before = now.minus(age).as_millis();
    loop {
        let old = Query::select()
            .column("received_at")
            .from("inbox")
            .and_where(Expr::col("received_at").lt(before))
            .order_by("received_at", Order::Asc)
            .offset(PRUNE_BATCH)
            .limit(1)
            .take();
        let next = database.read().query_one(&old).await?;
        let until: i64 = match &next {
            Some(row) => row.try_get("", "received_at")?,
            None => before - 1,
        };
        database
            .write(|tx| async move {
                let delete = Query::delete()
                    .from_table("inbox")
                    .and_where(Expr::col("received_at").lte(until))
                    .take();
                tx.execute(&delete).await?;
                Ok::<_, DatabaseError>(())
            })
            .await?;
        if next.is_none() {
            return Ok(());
        }
    }
}
