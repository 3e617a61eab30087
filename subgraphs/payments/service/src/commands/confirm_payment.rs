//! Pays with a payment method, from the server's side.

use database::{
    DatabaseError,
    idempotency::{Once, Seen},
};
use fault::Fault;
use payments_domain::{AttemptOutcome, AttemptRefused, Fact, Failure};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    advance::{self, Advanced},
    record,
};
use crate::{
    app::Tools,
    store::{
        history,
        payments::{self, Stored},
    },
};

/// The longest id of a payment method.
const LONGEST_METHOD: usize = 255;

#[derive(Serialize)]
pub(crate) struct Input {
    pub(crate) payment_id: Uuid,
    pub(crate) method: String,
    #[serde(skip)]
    pub(crate) customer_id: Uuid,
    #[serde(skip)]
    pub(crate) key: Uuid,
}

impl Input {
    /// Whether the payment method can be an id at all.
    pub(crate) fn method_is_plausible(&self) -> bool {
        (1..=LONGEST_METHOD).contains(&self.method.len())
            && self
                .method
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }
}

/// What the key's first use led to; kept with the key.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Kept {
    Attempt(u32),
    Refused(AttemptRefused),
}

pub(crate) enum Outcome {
    /// The payment after the attempt, and why the attempt failed or was not made.
    Payment {
        stored: Box<Stored>,
        failure: Option<Failure>,
        refused: Option<AttemptRefused>,
        replayed: bool,
    },
    /// The key was used with another input.
    Conflict,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such payment")]
    NoPayment,
    #[error("the attempt is still under way")]
    UnderWay,
    #[error(transparent)]
    Advance(#[from] advance::Error),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::NoPayment => Self::not_found("payment"),
            Error::UnderWay => {
                Self::unavailable(error).retry_after(std::time::Duration::from_secs(2))
            }
            Error::Advance(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

pub(crate) async fn run(tools: &Tools, input: &Input) -> Result<Outcome, Error> {
    let once = &Once::new(
        input.customer_id.to_string(),
        "confirmPayment",
        Some(input.key),
        input,
    );
    let kept = tools
        .database
        .write(|tx| async move {
            match once.look::<Kept>(&tx).await? {
                Seen::Before(kept) => return Ok(Some((kept, true))),
                Seen::Otherwise => return Ok(None),
                Seen::Never => {}
            }
            let stored = payments::load_for_change(&tx, input.payment_id)
                .await?
                .filter(|stored| stored.snapshot().customer_id == input.customer_id)
                .ok_or(Error::NoPayment)?;
            let kept = match stored.payment.clone().begin_attempt(input.method.clone()) {
                Ok((payment, attempt)) => {
                    let now = tx.now().await?;
                    history::begin_attempt(&tx, input.payment_id, &attempt, now).await?;
                    record::run(tools, &tx, &stored, &payment, &[]).await?;
                    Kept::Attempt(attempt.number)
                }
                Err(refused) => Kept::Refused(refused),
            };
            once.keep(&tx, &kept).await?;
            Ok::<_, Error>(Some((kept, false)))
        })
        .await?;
    let Some((kept, replayed)) = kept else {
        return Ok(Outcome::Conflict);
    };
    let (after, failure, refused) = match kept {
        Kept::Refused(refused) => (None, None, Some(refused)),
        Kept::Attempt(number) => {
            let (after, failure) = outcome(tools, input.payment_id, number, replayed).await?;
            (after, failure, None)
        }
    };
    let stored = match after {
        Some(stored) => stored,
        None => payments::load(&tools.database, input.payment_id)
            .await?
            .ok_or(Error::NoPayment)?,
    };
    Ok(Outcome::Payment {
        stored: Box::new(stored),
        failure,
        refused,
        replayed,
    })
}

/// Brings attempt `number` to its outcome, and gives the payment where that changed it. Whoever repeats a request whose
/// attempt still runs waits its turn, and goes on with it when it was cut off.
async fn outcome(
    tools: &Tools,
    payment_id: Uuid,
    number: u32,
    replayed: bool,
) -> Result<(Option<Stored>, Option<Failure>), Error> {
    let read = tools.database.read();
    let mut known = if replayed {
        history::attempt_failure(read, payment_id, number).await?
    } else {
        None
    };
    if known.is_none() {
        let advanced = advance::run(tools, payment_id, 0).await;
        if let Ok(Advanced {
            changed: Some(changed),
            ..
        }) = &advanced
            && let Some(ended) = told(&changed.facts, number)
        {
            return Ok((Some(changed.stored.clone()), ended.err()));
        }
        known = history::attempt_failure(read, payment_id, number).await?;
        if known.is_none() {
            advanced?;
        }
    }
    let known = known.ok_or(Error::UnderWay)?;
    Ok((None, known.err()))
}

/// How attempt `number` ended, if these facts tell.
fn told(facts: &[Fact], number: u32) -> Option<Result<(), Failure>> {
    facts.iter().rev().find_map(|fact| match fact {
        Fact::Attempted {
            number: of,
            outcome,
        } if *of == number => Some(match outcome {
            AttemptOutcome::Failed(failure) => Err(failure.clone()),
            _ => Ok(()),
        }),
        _ => None,
    })
}
