//! The outcomes of mutations that carried an idempotency key, kept in the change's own transaction.

use sea_orm::{
    ConnectionTrait, ExprTrait,
    sea_query::{Expr, Query},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Database, DatabaseError, Tx, now_expr};

/// How long an outcome is kept, in milliseconds: 24 hours.
pub const KEPT_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// Whose key it is and for what.
#[derive(Clone, Debug)]
pub struct Key {
    /// Who sent it: a user id, a guest token's hash.
    pub actor: String,
    /// Which mutation.
    pub mutation: &'static str,
    /// The key the client chose.
    pub key: Uuid,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// Nothing: do the work, then [`keep`] its outcome.
    New,
    /// The work was done; this was its outcome.
    Replay(serde_json::Value),
    /// The key was used with another request.
    Conflict,
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

/// Looks a key up in the transaction of the change.
pub async fn look(tx: &Tx, key: &Key, request_hash: &str) -> Result<Look, DatabaseError> {
    let select = Query::select()
        .columns(["request_hash", "outcome"])
        .from("idempotency")
        .and_where(Expr::col("actor").eq(key.actor.as_str()))
        .and_where(Expr::col("mutation").eq(key.mutation))
        .and_where(Expr::col("key").eq(key.key))
        .to_owned();
    let Some(row) = tx.query_one(&select).await? else {
        return Ok(Look::New);
    };
    if row.try_get::<String>("", "request_hash")? != request_hash {
        return Ok(Look::Conflict);
    }
    let outcome: String = row.try_get("", "outcome")?;
    serde_json::from_str(&outcome)
        .map(Look::Replay)
        .map_err(|error| DatabaseError::corrupt("idempotency", error))
}

/// Keeps the outcome of the work done under a new key.
pub async fn keep(
    tx: &Tx,
    key: &Key,
    request_hash: &str,
    outcome: &impl Serialize,
) -> Result<(), DatabaseError> {
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
            key.key.into(),
            request_hash.into(),
            outcome.into(),
            now_expr(tx.get_database_backend()),
        ])
        .to_owned();
    tx.execute(&insert).await?;
    Ok(())
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
