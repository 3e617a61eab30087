//! Idempotency keys: the first outcome is kept with the change, and given again.

use database::{
    DatabaseError, Tx,
    idempotency::{self, Key, Look},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// A request that may have been made before.
pub(crate) struct Once {
    key: Option<Key>,
    hash: String,
}

/// What is known of a request.
pub(crate) enum Seen<T> {
    /// Nothing: do it.
    Never,
    /// It was done, with this outcome.
    Before(T),
    /// Its key was used with another request.
    Otherwise,
}

impl Once {
    /// The request `input` of an actor under a key, when it came with one.
    pub(crate) fn new(
        actor: String,
        mutation: &'static str,
        key: Option<Uuid>,
        input: &impl Serialize,
    ) -> Self {
        let hash = if key.is_some() {
            idempotency::hash(input)
        } else {
            String::new()
        };
        Self {
            key: key.map(|key| Key {
                actor,
                mutation,
                key,
            }),
            hash,
        }
    }

    /// Looks whether it was made before.
    pub(crate) async fn look<T: DeserializeOwned>(
        &self,
        tx: &Tx,
    ) -> Result<Seen<T>, DatabaseError> {
        let Some(key) = &self.key else {
            return Ok(Seen::Never);
        };
        Ok(match idempotency::look(tx, key, &self.hash).await? {
            Look::New => Seen::Never,
            Look::Conflict => Seen::Otherwise,
            Look::Replay(outcome) => Seen::Before(
                serde_json::from_value(outcome)
                    .map_err(|error| DatabaseError::corrupt("idempotency", error))?,
            ),
        })
    }

    /// Keeps its outcome.
    pub(crate) async fn keep(
        &self,
        tx: &Tx,
        outcome: &impl Serialize,
    ) -> Result<(), DatabaseError> {
        match &self.key {
            Some(key) => idempotency::keep(tx, key, &self.hash, outcome).await,
            None => Ok(()),
        }
    }
}
