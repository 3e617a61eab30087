//! A command in one transaction, once for each idempotency key.

use database::{
    Tx,
    idempotency::{Once, Seen},
};
use fault::{Code, Fault};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Refusal, Stop},
};

/// Who gives a command, and under which idempotency key.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub actor: Uuid,
    pub key: Option<Uuid>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Done<T> {
    pub outcome: Result<T, Refusal>,
    /// Whether the outcome is that of an earlier call with the same key.
    pub replayed: bool,
}

impl Shop {
    /// Runs `work` in a write transaction. With a key, its outcome, refusals included, is kept in the same
    /// transaction and given again to a repetition. `work` decides before it writes: what it refuses changed nothing.
    pub(crate) async fn once<I, T, F, Fut>(
        &self,
        origin: &Origin,
        mutation: &'static str,
        input: &I,
        work: F,
    ) -> Result<Done<T>, Fault>
    where
        I: Serialize + Sync,
        T: Serialize + DeserializeOwned + Send,
        F: Fn(Tx) -> Fut + Sync,
        Fut: Future<Output = Result<T, Stop>> + Send,
    {
        let once = Once::new(origin.actor.to_string(), mutation, origin.key, input);
        let (once, work) = (&once, &work);
        let mut attempts = 0;
        loop {
            let ended = self
                .database
                .write(|tx| async move { attempt(tx, once, work).await })
                .await;
            attempts += 1;
            match ended {
                Ok(done) => return Ok(done),
                // Another transaction took the key, slug or SKU between our look and our write: look again.
                Err(Stop::Database(error)) if error.is_duplicate() && attempts < 3 => {}
                Err(Stop::Database(error)) if error.is_duplicate() => {
                    return Err(Fault::new(
                        Code::Conflict,
                        "someone else is doing the same; try again",
                    )
                    .caused_by(error));
                }
                Err(Stop::Database(error)) => return Err(error.into()),
                Err(Stop::Failed(fault)) => return Err(fault),
                Err(Stop::Refused(refusal)) => {
                    return Ok(Done {
                        outcome: Err(refusal),
                        replayed: false,
                    });
                }
            }
        }
    }
}

async fn attempt<T, F, Fut>(tx: Tx, once: &Once, work: &F) -> Result<Done<T>, Stop>
where
    T: Serialize + DeserializeOwned,
    F: Fn(Tx) -> Fut,
    Fut: Future<Output = Result<T, Stop>>,
{
    match once.look(&tx).await? {
        Seen::Never => {}
        Seen::Otherwise => return Err(Stop::Refused(Refusal::IdempotencyConflict)),
        Seen::Before(outcome) => {
            return Ok(Done {
                outcome,
                replayed: true,
            });
        }
    }
    let outcome = match work(tx.clone()).await {
        Ok(value) => Ok(value),
        Err(Stop::Refused(refusal)) => Err(refusal),
        Err(other) => return Err(other),
    };
    once.keep(&tx, &outcome).await?;
    Ok(Done {
        outcome,
        replayed: false,
    })
}
