//! An order begins to wait for its money: its payment begins.

use clock::Timestamp;
use database::{DatabaseError, Tx};
use money::Money;
use payments_domain::Payment;
use uuid::Uuid;

use crate::{app::Tools, store::payments};

pub(crate) struct Input {
    pub(crate) order_id: Uuid,
    pub(crate) customer_id: Uuid,
    pub(crate) amount: Money,
    pub(crate) deadline: Timestamp,
}

/// Opens the payment in the caller's transaction; an order that has one keeps it.
pub(crate) async fn apply(tools: &Tools, tx: &Tx, input: &Input) -> Result<(), DatabaseError> {
    let payment = Payment::requested(
        tools.clock.id(),
        input.order_id,
        input.customer_id,
        input.amount,
        input.deadline,
    );
    let now = tx.now().await?;
    if payments::insert(tx, &payment, now).await? {
        let (arrivals, order_id) = (tools.arrivals.clone(), input.order_id);
        tx.on_commit(move || arrivals.announce(order_id));
    }
    Ok(())
}
