//! The same mutation with the same idempotency key takes effect once.

use database::idempotency::{self, Key, Look};
use database::{DatabaseError, Tx};
use fault::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// Whose mutation it is, and its request: what tells a repetition from a new one.
#[derive(Clone, Debug)]
pub(crate) struct Repeat {
    key: Key,
    hash: String,
}

/// How a mutation ended.
#[derive(Debug)]
pub(crate) enum Answer<T, E> {
    /// With its result or its refusal, now or (`replayed`) the first time.
    Done {
        outcome: Result<T, E>,
        replayed: bool,
    },
    /// The key was used with another request.
    OtherRequest,
}

impl Repeat {
    /// From the client's `idempotencyKey`; `None` without one. InvalidInput if it is no UUID.
    pub(crate) fn new(
        actor: Uuid,
        mutation: &'static str,
        key: Option<&str>,
        request: &impl Serialize,
    ) -> Result<Option<Self>, Fault> {
        let Some(key) = key else { return Ok(None) };
        let key = key
            .parse()
            .map_err(|_| Fault::invalid("`idempotencyKey` must be a UUID"))?;
        let key = Key {
            actor: actor.to_string(),
            mutation,
            key,
        };
        Ok(Some(Self {
            key,
            hash: idempotency::hash(request),
        }))
    }
}

/// Runs `work` unless its outcome is kept already, and keeps it, in the transaction of the change.
pub(crate) async fn once<T, E, W>(
    tx: &Tx,
    repeat: Option<&Repeat>,
    work: W,
) -> Result<Answer<T, E>, Fault>
where
    T: Serialize + DeserializeOwned,
    E: Serialize + DeserializeOwned,
    W: Future<Output = Result<Result<T, E>, Fault>>,
{
    let Some(Repeat { key, hash }) = repeat else {
        return Ok(Answer::Done {
            outcome: work.await?,
            replayed: false,
        });
    };
    match idempotency::look(tx, key, hash).await? {
        Look::Conflict => Ok(Answer::OtherRequest),
        Look::Replay(kept) => {
            let outcome = serde_json::from_value(kept)
                .map_err(|error| DatabaseError::corrupt("idempotency", error))?;
            Ok(Answer::Done {
                outcome,
                replayed: true,
            })
        }
        Look::New => {
            let outcome = work.await?;
            idempotency::keep(tx, key, hash, &outcome).await?;
            Ok(Answer::Done {
                outcome,
                replayed: false,
            })
        }
    }
}
