//! Orders has judged an order: its money is kept, its intent cancelled, or its money given back.

use database::{DatabaseError, Tx};
use payments_domain::OrderOutcome;
use uuid::Uuid;

use super::record;
use crate::{app::Tools, store::payments};

/// Takes the word of orders in, in the caller's transaction. An order that never came to its payment has none.
pub(crate) async fn apply(
    tools: &Tools,
    tx: &Tx,
    order_id: Uuid,
    outcome: OrderOutcome,
) -> Result<(), DatabaseError> {
    let Some(stored) = payments::load_for_change_by_order(tx, order_id).await? else {
        return Ok(());
    };
    let (payment, facts) = stored
        .payment
        .clone()
        .hear_of_order(outcome, tools.clock.id());
    if payment == stored.payment {
        return Ok(());
    }
    record::run(tools, tx, &stored, &payment, &facts)
        .await
        .map(drop)
}
