//! The outcomes of mutations that carried an idempotency key, kept in the change's own transaction.

use sea_orm::{
    ConnectionTrait, ExprTrait,
    sea_query::{Expr, Query},
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Database, DatabaseError, Tx, now_expr};

/// How long an outcome is kept, in milliseconds: 24 hours.
pub const KEPT_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// A request that may have been made before. One without a key is new each time.
#[derive(Clone, Debug)]
pub struct Once(Option<Key>);

#[derive(Clone, Debug)]
struct Key {
    actor: String,
    mutation: &'static str,
    id: Uuid,
    request_hash: String,
}

/// What is known of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// Nothing: do it, then [`Once::keep`] its outcome.
    Never,
    /// It was done, with this outcome.
    Before(T),
    /// Its key was used with another request.
    Otherwise,
}

impl Once {
    /// The request of `actor`, who is a user's id or a guest token's hash, under the key the client chose, if any.
    pub fn new(
        actor: String,
        mutation: &'static str,
        key: Option<Uuid>,
        request: &impl Serialize,
    ) -> Self {
        Self(key.map(|id| Key {
            actor,
            mutation,
            id,
            request_hash: hash(request),
        }))
    }

    /// Looks, in the transaction of the change, whether it was made before.
    pub async fn look<T: DeserializeOwned>(&self, tx: &Tx) -> Result<Seen<T>, DatabaseError> {
        let Some(key) = &self.0 else {
            return Ok(Seen::Never);
        };
        let select = Query::select()
            .columns(["request_hash", "outcome"])
            .from("idempotency")
            .and_where(Expr::col("actor").eq(key.actor.as_str()))
            .and_where(Expr::col("mutation").eq(key.mutation))
            .and_where(Expr::col("key").eq(key.id))
            .to_owned();
        let Some(row) = tx.query_one(&select).await? else {
            return Ok(Seen::Never);
        };
        if row.try_get::<String>("", "request_hash")? != key.request_hash {
            return Ok(Seen::Otherwise);
        }
        let outcome: String = row.try_get("", "outcome")?;
        serde_json::from_str(&outcome)
            .map(Seen::Before)
            .map_err(|error| DatabaseError::corrupt("idempotency", error))
    }

    /// Keeps its outcome, in the transaction of the change, once [`Once::look`] has seen nothing.
    pub async fn keep(&self, tx: &Tx, outcome: &impl Serialize) -> Result<(), DatabaseError> {
        let Some(key) = &self.0 else {
            return Ok(());
        };
        let outcome = serde_json::to_string(outcome)
            .map_err(|error| DatabaseError::corrupt("idempotency", error))?;
        let insert = Query::insert()
            .into_table("idempotency")
            .columns([
                "actor",
                "mutation",
                "key",
                "request_hash",
                "outcome",
                "created_at",
            ])
            .values_panic([
                key.actor.as_str().into(),
                key.mutation.into(),
                key.id.into(),
                key.request_hash.as_str().into(),
                outcome.into(),
                now_expr(tx.get_database_backend()),
            ])
            .to_owned();
        tx.execute(&insert).await?;
        Ok(())
    }
}

/// A hash of the request, to tell a repetition from another request under the same key.
pub fn hash(request: &impl Serialize) -> String {
    let json = serde_json::to_vec(request).unwrap_or_default();
    Sha256::digest(&json)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            use std::fmt::Write;
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// Forgets the outcomes older than [`KEPT_MILLIS`]; returns how many.
pub async fn prune(database: &Database) -> Result<u64, DatabaseError> {
    let delete = Query::delete()
        .from_table("idempotency")
        .and_where(Expr::col("created_at").lt(now_expr(database.backend()).sub(KEPT_MILLIS)))
        .to_owned();
    let delete = &delete;
    database
        .write(|tx| async move { Ok(tx.execute(delete).await?.rows_affected()) })
        .await
}
