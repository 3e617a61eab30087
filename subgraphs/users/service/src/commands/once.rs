//! The same mutation with the same idempotency key takes effect once.

use database::{
    Tx,
    idempotency::{Once, Seen},
};
use fault::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

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

/// The client's `idempotencyKey`. InvalidInput if it is no UUID.
pub(crate) fn key(key: Option<&str>) -> Result<Option<Uuid>, Fault> {
    key.map(Uuid::parse_str)
        .transpose()
        .map_err(|_| Fault::invalid("`idempotencyKey` must be a UUID"))
}

/// Runs `work` unless its outcome is kept already, and keeps it, in the transaction of the change.
pub(crate) async fn once<T, E, W>(tx: &Tx, request: &Once, work: W) -> Result<Answer<T, E>, Fault>
where
    T: Serialize + DeserializeOwned,
    E: Serialize + DeserializeOwned,
    W: Future<Output = Result<Result<T, E>, Fault>>,
{
    match request.look(tx).await? {
        Seen::Otherwise => Ok(Answer::OtherRequest),
        Seen::Before(outcome) => Ok(Answer::Done {
            outcome,
            replayed: true,
        }),
        Seen::Never => {
            let outcome = work.await?;
            request.keep(tx, &outcome).await?;
            Ok(Answer::Done {
                outcome,
                replayed: false,
            })
        }
    }
}
