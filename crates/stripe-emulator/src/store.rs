use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};

use crate::error::{ApiError, json};
use crate::objects::{Charge, PaymentIntent, Refund};
use crate::readers::{Readers, apart};
use crate::writer::{Answer, Job, Tx, Work};

/// Prepared statements that each connection keeps.
const STATEMENTS: usize = 64;

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
    /// None once the store is closed.
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    pub(crate) readers: Arc<Readers>,
}

impl Store {
    /// Opens or creates the file. The second part is for the writer's thread.
    pub(crate) async fn open(
        file: PathBuf,
    ) -> rusqlite::Result<(Self, Connection, mpsc::Receiver<Job>)> {
        apart(move || {
            let writer = connect(&file)?;
            writer.execute_batch(SCHEMA)?;
            let (jobs, inbox) = mpsc::channel(1024);
            let store = Self {
                jobs: Mutex::new(Some(jobs)),
                readers: Arc::new(Readers::new(file)),
            };
            Ok((store, writer, inbox))
        })
        .await
    }

    /// Hands work to the writer and waits until it is committed.
    pub(crate) async fn write(&self, work: Work) -> Result<Answer, ApiError> {
        let Some(jobs) = self.jobs().clone() else {
            return Err(ApiError::internal());
        };
        let (reply, answer) = oneshot::channel();
        let sent = jobs.send(Job { work, reply }).await;
        match (sent, answer.await) {
            (Ok(()), Ok(answer)) => Ok(answer),
            _ => Err(ApiError::internal()),
        }
    }

    /// Closes the readers and lets the writer end once it has done what was handed to it.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.jobs().take();
    }

    fn jobs(&self) -> MutexGuard<'_, Option<mpsc::Sender<Job>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a connection to the state file, which is created when missing.
pub(crate) fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(file)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")?;
    Ok(conn)
}

/// Reads stored JSON as its type.
pub(crate) fn decode<T: DeserializeOwned>(json: &[u8]) -> rusqlite::Result<T> {
    serde_json::from_slice(json)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

/// The stored JSON of an object.
pub(crate) fn document(
    conn: &Connection,
    table: Table,
    id: &str,
) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached(table.by_id())?
        .query_row([id], |row| row.get(0))
        .optional()
}

/// An object of the store as its type.
pub(crate) fn load<T: DeserializeOwned>(
    conn: &Connection,
    table: Table,
    id: &str,
) -> rusqlite::Result<Option<T>> {
    document(conn, table, id)?
        .map(|document| decode(document.as_bytes()))
        .transpose()
}

pub(crate) fn insert_intent(tx: &Tx<'_>, intent: &PaymentIntent) -> rusqlite::Result<()> {
    tx.conn
        .prepare_cached(
            "INSERT INTO payment_intents (id, created, status, customer, doc) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            intent.id,
            intent.created,
            intent.status.as_str(),
            intent.customer,
            json(intent),
        ])?;
    Ok(())
}

/// Saves a changed intent. `due_at` is when a pending charge settles, in milliseconds.
pub(crate) fn save_intent(
    tx: &mut Tx<'_>,
    intent: &PaymentIntent,
    due_at: Option<i64>,
) -> rusqlite::Result<()> {
    tx.effects.settles |= due_at.is_some();
    tx.conn
        .prepare_cached(
            "UPDATE payment_intents SET status = ?, customer = ?, due_at = ?, doc = ? WHERE id = ?",
        )?
        .execute(params![
            intent.status.as_str(),
            intent.customer,
            due_at,
            json(intent),
            intent.id,
        ])?;
    Ok(())
}

/// Saves a changed intent and leaves alone when its pending charge settles.
pub(crate) fn save_details(tx: &Tx<'_>, intent: &PaymentIntent) -> rusqlite::Result<()> {
    tx.conn
        .prepare_cached(
            "UPDATE payment_intents SET status = ?, customer = ?, doc = ? WHERE id = ?",
        )?
        .execute(params![
            intent.status.as_str(),
            intent.customer,
            json(intent),
            intent.id,
        ])?;
    Ok(())
}

/// Saves a new or changed charge.
pub(crate) fn save_charge(tx: &Tx<'_>, charge: &Charge) -> rusqlite::Result<()> {
    tx.conn
        .prepare_cached(
            "INSERT INTO charges (id, created, payment_intent, currency, amount_captured, amount_refunded, doc)
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
             amount_captured = excluded.amount_captured, amount_refunded = excluded.amount_refunded, doc = excluded.doc",
        )?
        .execute(params![
            charge.id,
            charge.created,
            charge.payment_intent,
            charge.currency,
            charge.amount_captured,
            charge.amount_refunded,
            json(charge),
        ])?;
    Ok(())
}

pub(crate) fn insert_refund(tx: &Tx<'_>, refund: &Refund) -> rusqlite::Result<()> {
    tx.conn
        .prepare_cached(
            "INSERT INTO refunds (id, created, charge, payment_intent, doc) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            refund.id,
            refund.created,
            refund.charge,
            refund.payment_intent,
            json(refund),
        ])?;
    Ok(())
}
