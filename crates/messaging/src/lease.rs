//! Who publishes which shard of the outbox.

use std::time::{Duration, Instant};

use clock::Timestamp;
use database::{Database, DatabaseError, Tx, now_expr};
use sea_orm::{
    ConnectionTrait, DbBackend,
    sea_query::{Expr, ExprTrait, LockType, OnConflict, Order, Query},
};

use crate::{SHARDS, outbox};

/// The shards that one relay holds: its fair share among the relays that live. Leases only save work: were two relays to
/// publish the same shard for a moment, the inbox would absorb the repetition.
///
/// A relay gives a shard away between two batches only, and deletes in the same transaction what it has published: the
/// next one goes on where it stopped, so that no change of hands reorders or repeats an aggregate's events.
pub(crate) struct Leases {
    owner: String,
    span: Duration,
    /// How often to look whether relays came or went.
    look_every: Duration,
    shards: Vec<i32>,
    relays: i64,
    asked_at: Option<Instant>,
    looked_at: Option<Instant>,
}

/// Leases after they were asked for.
struct Held {
    shards: Vec<i32>,
    relays: i64,
    gave_away: bool,
}

impl Leases {
    pub(crate) fn new(owner: String, span: Duration, look_every: Duration) -> Self {
        Self {
            owner,
            span,
            look_every,
            shards: Vec::new(),
            relays: 0,
            asked_at: None,
            looked_at: None,
        }
    }

    /// Renews the leases, takes free shards and gives away what is more than a fair share, when a third of the lease has
    /// passed or relays came or went. With shards given away the `delivered` events are deleted; tells whether they were.
    /// The deadlines are set and compared in the database's time.
    pub(crate) async fn renew(
        &mut self,
        database: &Database,
        delivered: &[i64],
    ) -> Result<bool, DatabaseError> {
        let fresh = self
            .asked_at
            .is_some_and(|asked_at| asked_at.elapsed() < self.span / 3);
        if fresh && !self.changed(database).await? {
            return Ok(false);
        }
        let asked_at = Instant::now();
        let (owner, span) = (self.owner.as_str(), self.span);
        let held = database
            .write(|tx| async move { share(&tx, owner, span, delivered).await })
            .await?;
        self.shards = held.shards;
        self.relays = held.relays;
        self.asked_at = Some(asked_at);
        self.looked_at = Some(asked_at);
        Ok(held.gave_away)
    }

    /// Whether a relay came or went, or there are shards to be had.
    async fn changed(&mut self, database: &Database) -> Result<bool, DatabaseError> {
        // An SQLite file has one process, and most often one relay.
        let alone = database.backend() == DbBackend::Sqlite && self.shards().is_none();
        let seen = self
            .looked_at
            .is_some_and(|looked_at| looked_at.elapsed() < self.look_every);
        if alone || seen {
            return Ok(false);
        }
        self.looked_at = Some(Instant::now());
        let now = now_expr(database.backend());
        let relays = Query::select()
            .expr(Expr::col("owner").count())
            .from("outbox_relays")
            .and_where(Expr::col("expires_at").gt(now.clone()))
            .take();
        let free = Query::select()
            .expr(Expr::col("shard").count())
            .from("outbox_leases")
            .and_where(Expr::col("expires_at").lte(now))
            .take();
        let look = Query::select()
            .expr_as(Expr::from(relays), "relays")
            .expr_as(Expr::from(free), "free")
            .take();
        let Some(row) = database.read().query_one(&look).await? else {
            return Ok(false);
        };
        let (relays, free): (i64, i64) = (row.try_get("", "relays")?, row.try_get("", "free")?);
        let share = i64::from(SHARDS) / std::cmp::max(relays, 1) + 1;
        let hungry = i64::try_from(self.shards.len()).is_ok_and(|held| held < share);
        Ok(relays != self.relays || (free > 0 && hungry))
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

    /// Lets other relays take over at once.
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
                let gone = Query::delete()
                    .from_table("outbox_relays")
                    .and_where(Expr::col("owner").eq(owner))
                    .take();
                tx.execute(&gone).await?;
                Ok(())
            })
            .await
    }
}

/// Shares the shards out: every relay finds the same share for itself in the list of those that live.
async fn share(
    tx: &Tx,
    owner: &str,
    span: Duration,
    delivered: &[i64],
) -> Result<Held, DatabaseError> {
    // The rows are locked in one order, and one relay at a time decides.
    let leases = Query::select()
        .columns(["owner", "expires_at"])
        .expr_as(Expr::col("shard").cast_as("bigint"), "shard")
        .from("outbox_leases")
        .order_by("shard", Order::Asc)
        .lock(LockType::Update)
        .take();
    let leases = tx.query_all(&leases).await?;
    let now = tx.now().await?;
    let (place, relays) = present(tx, owner, now, now.plus(span)).await?;
    let fair = SHARDS / relays + i32::from(place < SHARDS % relays);
    let fair = usize::try_from(fair).unwrap_or(0);
    let (mut own, mut free) = (Vec::new(), Vec::new());
    for row in &leases {
        let shard = i32::try_from(row.try_get::<i64>("", "shard")?)
            .map_err(|error| DatabaseError::corrupt("outbox_leases", error))?;
        let (holder, until): (String, i64) =
            (row.try_get("", "owner")?, row.try_get("", "expires_at")?);
        if until <= now.as_millis() {
            free.push(shard);
        } else if holder == owner {
            own.push(shard);
        }
    }
    let surplus = own.split_off(own.len().min(fair));
    if !surplus.is_empty() {
        outbox::delete(tx, delivered.iter().copied()).await?;
        set(tx, owner, &surplus, 0).await?;
    }
    free.truncate(fair - own.len());
    own.extend(free);
    set(tx, owner, &own, now.plus(span).as_millis()).await?;
    Ok(Held {
        shards: own,
        relays: relays.into(),
        gave_away: !surplus.is_empty(),
    })
}

/// Says that this relay lives; tells its place among those that do, and how many they are.
async fn present(
    tx: &Tx,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<(i32, i32), DatabaseError> {
    let gone = Query::delete()
        .from_table("outbox_relays")
        .and_where(Expr::col("expires_at").lte(now.as_millis()))
        .take();
    tx.execute(&gone).await?;
    let here = Query::insert()
        .into_table("outbox_relays")
        .columns(["owner", "expires_at"])
        .values_panic([owner.into(), until.as_millis().into()])
        .on_conflict(
            OnConflict::column("owner")
                .update_column("expires_at")
                .to_owned(),
        )
        .take();
    tx.execute(&here).await?;
    let all = Query::select().column("owner").from("outbox_relays").take();
    let (mut place, mut relays) = (0, 0);
    for row in tx.query_all(&all).await? {
        let other: String = row.try_get("", "owner")?;
        place += i32::from(other.as_str() < owner);
        relays += 1;
    }
    Ok((place, std::cmp::max(relays, 1)))
}

async fn set(tx: &Tx, owner: &str, shards: &[i32], until: i64) -> Result<(), DatabaseError> {
    if shards.is_empty() {
        return Ok(());
    }
    let update = Query::update()
        .table("outbox_leases")
        .value("owner", owner)
        .value("expires_at", until)
        .and_where(Expr::col("shard").is_in(shards.iter().copied()))
        .take();
    tx.execute(&update).await?;
    Ok(())
}
