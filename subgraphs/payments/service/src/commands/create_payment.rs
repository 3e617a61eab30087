//! Opens the payment of an order at the provider, for the customer to pay.

use std::time::Duration;

use database::{
    DatabaseError,
    idempotency::{Once, Seen},
};
use fault::Fault;
use payments_domain::{AttemptRefused, Status};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    advance::{self, Advanced},
    record,
};
use crate::{
    adapters::stripe::GatewayError,
    app::Tools,
    store::payments::{self, Stored},
};

/// How often the order is looked for while nobody announces it.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

pub(crate) struct Input {
    pub(crate) order_id: Uuid,
    pub(crate) customer_id: Uuid,
    pub(crate) key: Uuid,
}

/// What the key's first use led to; kept with the key.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Kept {
    payment_id: Uuid,
    refused: Option<AttemptRefused>,
}

/// Why a payment cannot be made.
pub(crate) enum Refused {
    /// By our own rules.
    ByUs(AttemptRefused),
    /// By the provider, in its words.
    ByProvider(String),
}

pub(crate) enum Outcome {
    /// The payment, or why it cannot be paid.
    Payment {
        stored: Box<Stored>,
        client_secret: Option<String>,
        refused: Option<Refused>,
        replayed: bool,
    },
    /// The key was used with another input.
    Conflict,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such order")]
    NoOrder,
    #[error(transparent)]
    Advance(#[from] advance::Error),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::NoOrder => Self::not_found("order"),
            Error::Advance(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

pub(crate) async fn run(tools: &Tools, input: &Input) -> Result<Outcome, Error> {
    let payment_id = arrived(tools, input).await?;
    let once = &Once::new(
        input.customer_id.to_string(),
        "createPayment",
        Some(input.key),
        &input.order_id,
    );
    let kept = tools
        .database
        .write(|tx| async move {
            match once.look::<Kept>(&tx).await? {
                Seen::Before(kept) => return Ok(Some((kept, true))),
                Seen::Otherwise => return Ok(None),
                Seen::Never => {}
            }
            let stored = payments::load_for_change(&tx, payment_id)
                .await?
                .ok_or(Error::NoOrder)?;
            let refused = match stored.payment.clone().ask() {
                Ok(payment) => {
                    if payment != stored.payment {
                        record::run(tools, &tx, &stored, &payment, &[]).await?;
                    }
                    None
                }
                Err(refused) => Some(refused),
            };
            let kept = Kept {
                payment_id,
                refused,
            };
            once.keep(&tx, &kept).await?;
            Ok::<_, Error>(Some((kept, false)))
        })
        .await?;
    let Some((kept, replayed)) = kept else {
        return Ok(Outcome::Conflict);
    };
    // Whoever calls again gets the secret again: it is never stored, so the provider is asked.
    let advanced = match kept.refused {
        None => advance::run(tools, kept.payment_id, 0).await,
        Some(_) => Ok(Advanced::default()),
    };
    let (advanced, words) = match advanced {
        Ok(advanced) => (advanced, None),
        Err(advance::Error::Gateway(GatewayError::Refused { message, .. })) => {
            (Advanced::default(), Some(message))
        }
        Err(error) => return Err(error.into()),
    };
    let client_secret = advanced.client_secret;
    let stored = match advanced.changed {
        Some(changed) => changed.stored,
        None => payments::load(&tools.database, kept.payment_id)
            .await?
            .ok_or(Error::NoOrder)?,
    };
    let refused = match (kept.refused, &stored.snapshot().status) {
        (Some(refused), _) => Some(Refused::ByUs(refused)),
        (None, Status::Requested) => {
            let words = words
                .unwrap_or_else(|| "the payment provider does not take this payment".to_owned());
            Some(Refused::ByProvider(words))
        }
        (None, _) => None,
    };
    Ok(Outcome::Payment {
        stored: Box::new(stored),
        client_secret,
        refused,
        replayed,
    })
}

/// The payment of the customer's order. The customer may have heard of the order's status before this subgraph
/// has, so the event is waited for; whose order is not theirs waits as long, and learns nothing.
async fn arrived(tools: &Tools, input: &Input) -> Result<Uuid, Error> {
    let found = || async {
        let stored = payments::load_by_order(&tools.database, input.order_id).await?;
        let theirs = stored.filter(|stored| stored.snapshot().customer_id == input.customer_id);
        Ok::<_, DatabaseError>(theirs.map(|stored| stored.snapshot().id))
    };
    if let Some(id) = found().await? {
        return Ok(id);
    }
    let waiting = tools.arrivals.wait_for(input.order_id);
    let search = async {
        loop {
            let announced = waiting.announced();
            if let Some(id) = found().await? {
                return Ok(id);
            }
            // The end of the wait is the next look.
            let _ = tokio::time::timeout(LOOK_AGAIN, announced).await;
        }
    };
    let patience = Duration::from_millis(tools.config.order_patience_ms);
    tokio::time::timeout(patience, search)
        .await
        .unwrap_or(Err(Error::NoOrder))
}
