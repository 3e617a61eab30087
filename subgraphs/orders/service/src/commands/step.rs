//! One step of an order, the same for every verb: load, decide, save, announce. The transaction is the caller's.

use std::fmt::Display;

use database::{DatabaseError, Tx};
use messaging::outbox;
use orders_domain::{Fact, Order};
use uuid::Uuid;

use super::{announce::announce, shop::Shop};
use crate::store;

/// Takes an order that an event tells of one step on. An order that is unknown here, or for which the step comes too late
/// or for a second time, stays as it is.
pub(crate) async fn follow<E: Display>(
    tx: &Tx,
    shop: &Shop,
    order_id: Uuid,
    decide: impl FnOnce(Order) -> Result<(Order, Fact), E>,
) -> Result<(), DatabaseError> {
    let Some(order) = store::orders::lock(tx, order_id).await? else {
        tracing::debug!(order.id = %order_id, "an event tells of an order that is not ours");
        return Ok(());
    };
    let before = order.version;
    match decide(order) {
        Ok((order, fact)) => save(tx, shop, before, &order, &fact).await,
        Err(refused) => {
            tracing::debug!(order.id = %order_id, reason = %refused, "an event changes nothing");
            Ok(())
        }
    }
}

/// Saves and announces a step of an order that was locked at version `before`.
pub(crate) async fn save(
    tx: &Tx,
    shop: &Shop,
    before: i64,
    order: &Order,
    fact: &Fact,
) -> Result<(), DatabaseError> {
    if !store::orders::update(tx, order, before).await? {
        return Err(tx.raced("orders"));
    }
    store::order_events::append(tx, order, fact, shop.clock.now()).await?;
    let lines = match fact {
        Fact::Paid { .. } => store::orders::lines(tx, &[order.id]).await?,
        _ => Vec::new(),
    };
    let lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
    outbox::append(tx, vec![announce(shop, order, fact, &lines)?]).await?;
    wake(tx, shop, order);
    Ok(())
}

/// Wakes the order's watchers once the transaction is committed.
pub(crate) fn wake(tx: &Tx, shop: &Shop, order: &Order) {
    let (wakes, id, version) = (shop.wakes.clone(), order.id, order.version);
    tx.on_commit(move || wakes.orders.wake_for(id, version));
}
