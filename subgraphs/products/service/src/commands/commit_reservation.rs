//! Turns the promise to an order that was paid into a deduction.

use database::Tx;
use events::products::{InventoryCommitFailed, InventoryCommitted, ReservedLine};
use messaging::outbox;
use products_domain::{EntryKind, Reservation, ReservationState};
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{
        announce, move_stock,
        reserve_stock::{OrderError, short_lines, stock_lines},
    },
    store::{
        ledger::Cause,
        reservations::{self, Stored},
    },
};

/// Sells what was promised. When the promise is gone the stock is looked for once more; when there is too little,
/// that is announced, and nothing changes. An order that was sold stays so.
pub(crate) async fn apply(
    shop: &Shop,
    tx: &Tx,
    order_id: Uuid,
    ordered: Vec<ReservedLine>,
) -> Result<(), OrderError> {
    let now = shop.clock.now();
    let cause = Cause {
        reservation_id: Some(order_id),
        ..Cause::default()
    };
    let stored = reservations::lock(tx, order_id).await?;
    let known = stored.is_some();
    let mut stored = match stored {
        Some(stored) => stored,
        None => Stored {
            reservation: Reservation::reject(order_id, stock_lines(&ordered)?),
            for_order: true,
            sequence: 0,
        },
    };
    let before = stored.reservation.state;
    stored.sequence = stored.sequence.saturating_add(1);
    let lines = stored.reservation.lines.clone();
    let sold = match before {
        ReservationState::Committed => return Ok(()),
        ReservationState::Held { .. } => stored.reservation.clone().commit(),
        _ => match move_stock::reserve(tx, &lines, &cause, now).await? {
            Ok(_) => stored.reservation.clone().commit_again(),
            Err(short) => {
                let event = InventoryCommitFailed {
                    order_id,
                    lines: short_lines(&ordered, &short),
                };
                let event = announce::envelope(&shop.clock, order_id, stored.sequence, &event)?;
                keep(tx, known, before, &stored, now).await?;
                outbox::append(tx, vec![event]).await?;
                shop.metrics
                    .reservations
                    .with_label_values(&["commit_failed"])
                    .inc();
                return Ok(());
            }
        },
    };
    if let Ok(reservation) = sold {
        stored.reservation = reservation;
    }
    let stock = move_stock::post(tx, EntryKind::Committed, &lines, &cause, now).await?;
    keep(tx, known, before, &stored, now).await?;
    let event = InventoryCommitted { order_id };
    let mut announced = vec![announce::envelope(
        &shop.clock,
        order_id,
        stored.sequence,
        &event,
    )?];
    announced.extend(announce::stock(&shop.clock, &stock)?);
    outbox::append(tx, announced).await?;
    shop.metrics
        .reservations
        .with_label_values(&["committed"])
        .inc();
    Ok(())
}

async fn keep(
    tx: &Tx,
    known: bool,
    before: ReservationState,
    stored: &Stored,
    now: clock::Timestamp,
) -> Result<(), database::DatabaseError> {
    if !known {
        return reservations::insert(tx, stored, now).await;
    }
    if reservations::save(tx, before, stored, now).await? {
        return Ok(());
    }
    Err(tx.raced("reservations"))
}
