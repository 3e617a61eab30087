use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use http::StatusCode;
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::error::ApiError;
use crate::writer::{Answer, Tx};

/// How long a key is remembered.
pub(crate) const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// An idempotency key with what it was used for.
/// <https://docs.stripe.com/api/idempotent_requests>
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    path: String,
    parameters: Vec<u8>,
}

impl Key {
    /// Refuses keys that are empty or longer than Stripe takes.
    pub(crate) fn new(key: &str, path: &str, body: &str) -> Result<Self, ApiError> {
        if key.is_empty() || key.chars().count() > 255 {
            return Err(ApiError::idempotency(
                StatusCode::BAD_REQUEST,
                "Idempotency keys must be between 1 and 255 characters long.",
            ));
        }
        let mut pairs: Vec<&str> = body.split('&').collect();
        pairs.sort_unstable();
        let mut digest = Sha256::new();
        for pair in pairs {
            digest.update(pair.as_bytes());
            digest.update(b"&");
        }
        Ok(Self {
            name: key.to_owned(),
            path: path.to_owned(),
            parameters: digest.finalize().to_vec(),
        })
    }
}

/// The answer that a key already has: the stored one, or the refusal of another use of the key.
pub(crate) fn look(tx: &Tx<'_>, key: &Key) -> rusqlite::Result<Option<Answer>> {
    let row: Option<(String, Vec<u8>, String, u16, String)> = tx
        .conn
        .prepare_cached(
            "SELECT path, parameters, request, status, body FROM idempotency
             WHERE key = ? AND created_ms > ?",
        )?
        .query_row(params![key.name, tx.now_ms - KEPT_MS], |row| row.try_into())
        .optional()?;
    let Some((path, parameters, request, status, body)) = row else {
        return Ok(None);
    };
    let refusal = if path != key.path {
        format!(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for ('{}' vs '{path}'). Try using a key other than '{}' if you meant to execute a different request.",
            key.path, key.name
        )
    } else if parameters != key.parameters {
        format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{}' if you meant to execute a different request.",
            key.name
        )
    } else {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        let mut answer = Answer::new(status, body);
        answer.replay_of = Some(request);
        return Ok(Some(answer));
    };
    Ok(Some(
        ApiError::idempotency(StatusCode::BAD_REQUEST, refusal).into(),
    ))
}

/// Stores the answer of a call that was executed, whatever it is.
pub(crate) fn keep(tx: &Tx<'_>, key: &Key, answer: &Answer) -> rusqlite::Result<()> {
    tx.conn
        .prepare_cached(
            "INSERT OR REPLACE INTO idempotency (key, path, parameters, request, status, body, created_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            key.name,
            key.path,
            key.parameters,
            tx.origin.request.as_deref().unwrap_or_default(),
            answer.status.as_u16(),
            String::from_utf8_lossy(&answer.body),
            tx.now_ms,
        ])?;
    Ok(())
}

/// The keys of calls under way.
#[derive(Debug, Default)]
pub(crate) struct InFlight(Mutex<HashSet<String>>);

/// Holds a key until its call is answered.
#[derive(Debug)]
pub(crate) struct Held<'f> {
    keys: &'f InFlight,
    key: String,
}

impl InFlight {
    /// Refuses a key that another call holds.
    pub(crate) fn hold(&self, key: &str) -> Result<Held<'_>, ApiError> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !keys.insert(key.to_owned()) {
            return Err(ApiError::idempotency(
                StatusCode::CONFLICT,
                format!("There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): {key}. Please try again later."),
            )
            .code("idempotency_key_in_use"));
        }
        Ok(Held {
            keys: self,
            key: key.to_owned(),
        })
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut keys = self.keys.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&self.key);
    }
}
