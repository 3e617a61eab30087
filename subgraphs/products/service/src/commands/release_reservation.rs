//! Gives stock back: the order ended, or staff say so.

use clock::Timestamp;
use database::{DatabaseError, Tx};
use events::products::InventoryReleased;
use fault::Fault;
use messaging::outbox;
use products_domain::{EntryKind, ReservationState};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Stop, announce, move_stock},
    store::{
        ledger::Cause,
        reservations::{self, Stored},
    },
};

/// Which reservation.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Input {
    pub reservation_id: Uuid,
}

/// Releases a reservation because staff say so.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Input) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "releaseReservation", input, |tx| async move {
        let id = input.reservation_id;
        let stored = reservations::lock(&tx, id)
            .await?
            .ok_or_else(|| Stop::missing("reservation"))?;
        match stored.reservation.state {
            ReservationState::Held { .. } => {}
            ReservationState::Committed => {
                return Err(Stop::not_allowed("the stock is sold: cancel the order"));
            }
            state => {
                return Err(Stop::not_allowed(format!(
                    "the reservation is {} already",
                    state.code()
                )));
            }
        }
        let now = shop.clock.now();
        give_back(shop, &tx, stored, Some(origin.actor), now).await?;
        Ok(id)
    })
    .await
}

/// Gives back what an order that ended was promised, or had bought. An order without anything changes nothing.
pub(crate) async fn apply(shop: &Shop, tx: &Tx, order_id: Uuid) -> Result<(), DatabaseError> {
    match reservations::lock(tx, order_id).await? {
        None => Ok(()),
        Some(stored) => {
            let now = shop.clock.now();
            give_back(shop, tx, stored, None, now).await
        }
    }
}

async fn give_back(
    shop: &Shop,
    tx: &Tx,
    stored: Stored,
    actor: Option<Uuid>,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let before = stored.reservation.state;
    let Ok((reservation, kind)) = stored.reservation.release() else {
        return Ok(());
    };
    let after = Stored {
        reservation,
        ..stored
    };
    finish(shop, tx, before, after, kind, actor, now).await?;
    shop.metrics
        .reservations
        .with_label_values(&["released"])
        .inc();
    Ok(())
}

/// Moves the stock of a reservation that came to its end, stores and announces it.
pub(super) async fn finish(
    shop: &Shop,
    tx: &Tx,
    before: ReservationState,
    mut after: Stored,
    kind: EntryKind,
    actor_id: Option<Uuid>,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let id = after.reservation.id;
    let cause = Cause {
        reason: None,
        reservation_id: Some(id),
        actor_id,
    };
    let stock = move_stock::post(tx, kind, &after.reservation.lines, &cause, now).await?;
    let mut announced = Vec::with_capacity(stock.len().saturating_add(1));
    if after.for_order {
        after.sequence = after.sequence.saturating_add(1);
        let event = InventoryReleased { order_id: id };
        announced.push(announce::envelope(&shop.clock, id, after.sequence, &event)?);
    }
    announced.extend(announce::stock(&shop.clock, &stock)?);
    if !reservations::save(tx, before, &after, now).await? {
        return Err(tx.raced("reservations"));
    }
    outbox::append(tx, announced).await
}
