use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sea_orm::sqlx::{self, ConnectOptions, Sqlite};
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};

use crate::error::{ApiError, json};
use crate::objects::{Charge, PaymentIntent, Refund};
use crate::writer::{Answer, Job, Tx, Work};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS payment_intents (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
    status TEXT NOT NULL, customer TEXT, due_at INTEGER, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS payment_intents_created ON payment_intents (created);
CREATE INDEX IF NOT EXISTS payment_intents_due ON payment_intents (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS charges (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
    payment_intent TEXT NOT NULL, currency TEXT NOT NULL, amount_captured INTEGER NOT NULL,
    amount_refunded INTEGER NOT NULL CHECK (amount_refunded BETWEEN 0 AND amount_captured),
    doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS charges_created ON charges (created);
CREATE INDEX IF NOT EXISTS charges_of_intent ON charges (payment_intent);
CREATE TABLE IF NOT EXISTS refunds (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
    charge TEXT NOT NULL, payment_intent TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS refunds_created ON refunds (created);
CREATE INDEX IF NOT EXISTS refunds_of_charge ON refunds (charge);
CREATE INDEX IF NOT EXISTS refunds_of_intent ON refunds (payment_intent);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
    type TEXT NOT NULL, delivery INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_created ON events (created);
CREATE INDEX IF NOT EXISTS events_delivery ON events (delivery);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, parameters BLOB NOT NULL, request TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, created_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS idempotency_age ON idempotency (created_ms);
";

/// A kind of object with a table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Intents,
    Charges,
    Refunds,
    Events,
}

impl Table {
    /// The table's name, which is also the resource's segment in URLs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Intents => "payment_intents",
            Self::Charges => "charges",
            Self::Refunds => "refunds",
            Self::Events => "events",
        }
    }

    /// The object's name as error messages have it.
    pub(crate) fn object(self) -> &'static str {
        match self {
            Self::Intents => "payment_intent",
            Self::Charges => "charge",
            Self::Refunds => "refund",
            Self::Events => "event",
        }
    }

    fn by_id(self) -> &'static str {
        match self {
            Self::Intents => "SELECT doc FROM payment_intents WHERE id = ?",
            Self::Charges => "SELECT doc FROM charges WHERE id = ?",
            Self::Refunds => "SELECT doc FROM refunds WHERE id = ?",
            // An event shows how many of its webhooks are still to be delivered.
            Self::Events => {
                "SELECT json_set(doc, '$.pending_webhooks', delivery IN (0, 3)) FROM events WHERE id = ?"
            }
        }
    }
}

/// The state file: one writer, which commits in groups, and a few readers.
#[derive(Debug)]
pub(crate) struct Store {
    jobs: mpsc::Sender<Job>,
    readers: SqlitePool,
}

impl Store {
    /// Opens or creates the file. The second part is for the writer's task.
    pub(crate) async fn open(
        file: &Path,
    ) -> Result<(Self, SqliteConnection, mpsc::Receiver<Job>), sqlx::Error> {
        let options = SqliteConnectOptions::from_str("sqlite:")?
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(5))
            .disable_statement_logging();
        let mut writer = options.connect().await?;
        sqlx::raw_sql(SCHEMA).execute(&mut writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(2)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        let (jobs, inbox) = mpsc::channel(1024);
        Ok((Self { jobs, readers }, writer, inbox))
    }

    /// A connection that only reads.
    pub(crate) async fn reader(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.readers.acquire().await
    }

    /// Hands work to the writer and waits until it is committed.
    pub(crate) async fn write(&self, work: Work) -> Result<Answer, ApiError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.jobs.send(Job { work, reply }).await;
        match (sent, answer.await) {
            (Ok(()), Ok(answer)) => Ok(answer),
            _ => Err(ApiError::internal()),
        }
    }

    /// Closes the readers.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
    }

    /// Lets the writer end once it has done what was handed to it.
    pub(crate) fn hang_up(&mut self) {
        self.jobs = mpsc::channel(1).0;
    }
}

/// The stored JSON of an object.
pub(crate) async fn document(
    conn: &mut SqliteConnection,
    table: Table,
    id: &str,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(table.by_id())
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// An object of the store as its type.
pub(crate) async fn load<T: DeserializeOwned>(
    conn: &mut SqliteConnection,
    table: Table,
    id: &str,
) -> Result<Option<T>, sqlx::Error> {
    let document = document(conn, table, id).await?;
    document
        .map(|text| serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into())))
        .transpose()
}

pub(crate) async fn insert_intent(tx: &mut Tx<'_>, intent: &PaymentIntent) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO payment_intents (id, created, status, customer, doc) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(&intent.id)
    .bind(intent.created)
    .bind(intent.status.as_str())
    .bind(&intent.customer)
    .bind(json(intent))
    .execute(&mut *tx.conn)
    .await?;
    Ok(())
}

/// Saves a changed intent. `due_at` is when a pending charge settles, in milliseconds.
pub(crate) async fn save_intent(
    tx: &mut Tx<'_>,
    intent: &PaymentIntent,
    due_at: Option<i64>,
) -> sqlx::Result<()> {
    tx.effects.settles |= due_at.is_some();
    sqlx::query(
        "UPDATE payment_intents SET status = ?, customer = ?, due_at = ?, doc = ? WHERE id = ?",
    )
    .bind(intent.status.as_str())
    .bind(&intent.customer)
    .bind(due_at)
    .bind(json(intent))
    .bind(&intent.id)
    .execute(&mut *tx.conn)
    .await?;
    Ok(())
}

/// Saves a changed intent and leaves alone when its pending charge settles.
pub(crate) async fn save_details(tx: &mut Tx<'_>, intent: &PaymentIntent) -> sqlx::Result<()> {
    sqlx::query("UPDATE payment_intents SET status = ?, customer = ?, doc = ? WHERE id = ?")
        .bind(intent.status.as_str())
        .bind(&intent.customer)
        .bind(json(intent))
        .bind(&intent.id)
        .execute(&mut *tx.conn)
        .await?;
    Ok(())
}

/// Saves a new or changed charge.
pub(crate) async fn save_charge(tx: &mut Tx<'_>, charge: &Charge) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO charges (id, created, payment_intent, currency, amount_captured, amount_refunded, doc)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
         amount_captured = excluded.amount_captured, amount_refunded = excluded.amount_refunded, doc = excluded.doc",
    )
    .bind(&charge.id)
    .bind(charge.created)
    .bind(&charge.payment_intent)
    .bind(&charge.currency)
    .bind(charge.amount_captured)
    .bind(charge.amount_refunded)
    .bind(json(charge))
    .execute(&mut *tx.conn)
    .await?;
    Ok(())
}

pub(crate) async fn insert_refund(tx: &mut Tx<'_>, refund: &Refund) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO refunds (id, created, charge, payment_intent, doc) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(&refund.id)
    .bind(refund.created)
    .bind(&refund.charge)
    .bind(&refund.payment_intent)
    .bind(json(refund))
    .execute(&mut *tx.conn)
    .await?;
    Ok(())
}
