//! The staff gives back all of a payment that is left.

use database::{
    DatabaseError,
    idempotency::{Once, Seen},
};
use fault::Fault;
use payments_domain::{Fact, RefundReason, RefundRefused};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{advance, record};
use crate::{
    app::Tools,
    store::payments::{self, Stored},
};

pub(crate) struct Input {
    pub(crate) payment_id: Uuid,
    pub(crate) staff_id: Uuid,
    pub(crate) key: Uuid,
}

/// What the key's first use led to; kept with the key.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Kept {
    Refund(Uuid),
    Refused(RefundRefused),
}

pub(crate) enum Outcome {
    /// The payment, with the refund among its refunds, or why there is none.
    Payment {
        stored: Box<Stored>,
        refused: Option<RefundRefused>,
        replayed: bool,
    },
    /// The key was used with another input.
    Conflict,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such payment")]
    NoPayment,
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::NoPayment => Self::not_found("payment"),
            Error::Database(error) => error.into(),
        }
    }
}

pub(crate) async fn run(tools: &Tools, input: &Input) -> Result<Outcome, Error> {
    let once = &Once::new(
        input.staff_id.to_string(),
        "refundPayment",
        Some(input.key),
        &input.payment_id,
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
                .ok_or(Error::NoPayment)?;
            let refund_id = tools.clock.id();
            let kept = match stored
                .payment
                .clone()
                .request_refund(RefundReason::Staff, refund_id)
            {
                Ok((payment, refund)) => {
                    record::run(tools, &tx, &stored, &payment, &[Fact::RefundMoved(refund)])
                        .await?;
                    Kept::Refund(refund_id)
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
    let refused = match kept {
        Kept::Refused(refused) => Some(refused),
        Kept::Refund(_) => {
            // The refund is decided and committed; the reconciler goes on with it when this fails.
            if let Err(error) = advance::run(tools, input.payment_id, 0).await {
                tracing::warn!(payment.id = %input.payment_id, %error, "refund put off");
            }
            None
        }
    };
    let stored = payments::load(&tools.database, input.payment_id)
        .await?
        .ok_or(Error::NoPayment)?;
    Ok(Outcome::Payment {
        stored: Box::new(stored),
        refused,
        replayed,
    })
}
