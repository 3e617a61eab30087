//! Changes a count by hand: goods came in, were counted, were lost.

use fault::Fault;
use messaging::outbox;
use products_domain::{Entry, Reason, StockError};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Refusal, Shortage, Stop, announce},
    store::{ledger, ledger::Cause, stock},
};

/// The change and why.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    pub variant_id: Uuid,
    /// How many more; negative for fewer.
    pub delta: i64,
    pub reason: String,
}

/// Adds `delta` to what is on hand; what is promised must stay covered.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Input) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "adjustStock", input, |tx| async move {
        let reason = Reason::at("reason", &input.reason)?;
        let id = input.variant_id;
        let known = stock::load_many(&tx, &[id])
            .await?
            .remove(&id)
            .ok_or_else(|| Stop::missing("variant"))?;
        if input.delta == 0 {
            return Err(Stop::invalid("delta", "must not be 0"));
        }
        known
            .level
            .adjust(input.delta)
            .map_err(|error| refused(error, input))?;
        let entry = Entry::adjusted(id, input.delta);
        // A reservation may have come in between on PostgreSQL; the statement has the last word.
        let changed = stock::apply(&tx, &entry).await?.ok_or_else(|| {
            refused(
                StockError::Short {
                    available: known.level.available(),
                },
                input,
            )
        })?;
        let now = tx.now().await?;
        let cause = Cause {
            reason: Some(reason.into()),
            reservation_id: None,
            actor_id: Some(origin.actor),
        };
        ledger::append(&tx, &[(entry, changed)], &cause, now).await?;
        outbox::append(&tx, announce::stock(&shop.clock, [&changed])?).await?;
        Ok(id)
    })
    .await
}

fn refused(error: StockError, input: &Input) -> Stop {
    match error {
        StockError::Short { available } => Stop::Refused(Refusal::Short(vec![Shortage {
            variant_id: input.variant_id,
            requested: u32::try_from(input.delta.unsigned_abs()).unwrap_or(u32::MAX),
            available,
        }])),
        StockError::NotReserved { .. } | StockError::OutOfRange => Stop::invalid("delta", error),
    }
}
