//! Promises stock, all lines or none: for an order that was placed, or because staff say so.

use std::time::Duration;

use database::{DatabaseError, Tx};
use events::products::{InventoryRejected, InventoryReserved, ReservedLine, ShortLine};
use fault::Fault;
use messaging::outbox;
use products_domain::{Flaw, Line, Reservation, lines_from};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Refusal, Shortage, Stop, announce, move_stock},
    store::{
        ledger::Cause,
        reservations::{self, Stored},
    },
};

/// What staff ask for.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    pub lines: Vec<Line>,
    /// How long the promise holds, in seconds.
    pub seconds: u64,
}

/// Promises stock to staff; returns the reservation's id.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Input) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "reserveStock", input, |tx| async move {
        let longest = shop.config.longest_hold_seconds;
        if !(1..=longest).contains(&input.seconds) {
            return Err(Stop::invalid("seconds", format!("must be 1 to {longest}")));
        }
        let lines = lines_from(input.lines.iter().copied())?;
        let id = shop.clock.id();
        let now = tx.now().await?;
        let cause = Cause {
            reason: None,
            reservation_id: Some(id),
            actor_id: Some(origin.actor),
        };
        match move_stock::reserve(&tx, &lines, &cause, now).await? {
            Err(short) => Err(Stop::Refused(Refusal::Short(short))),
            Ok(stock) => {
                let until = now.plus(Duration::from_secs(input.seconds));
                let reservation = Reservation::hold(id, lines, until);
                reservations::insert(
                    &tx,
                    &Stored {
                        reservation,
                        for_order: false,
                        sequence: 0,
                    },
                    now,
                )
                .await?;
                outbox::append(&tx, announce::stock(&shop.clock, &stock)?).await?;
                Ok(id)
            }
        }
    })
    .await
}

/// The lines of an order that cannot be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrderError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The order's lines are none.
    #[error("the lines of the order cannot be reserved: {0}")]
    Lines(#[from] Flaw),
}

/// Promises stock to an order, and announces that or what is short.
pub(crate) async fn for_order(
    shop: &Shop,
    tx: &Tx,
    order_id: Uuid,
    ordered: Vec<ReservedLine>,
    hold: Duration,
) -> Result<(), OrderError> {
    let lines = stock_lines(&ordered)?;
    let now = tx.now().await?;
    let cause = Cause {
        reservation_id: Some(order_id),
        ..Cause::default()
    };
    let mut announced = Vec::new();
    let reservation = match move_stock::reserve(tx, &lines, &cause, now).await? {
        Ok(stock) => {
            let until = now.plus(hold).plus(shop.config.grace());
            let event = InventoryReserved {
                order_id,
                lines: ordered,
                expires_at: until,
            };
            announced.push(announce::envelope(&shop.clock, order_id, 1, &event)?);
            announced.extend(announce::stock(&shop.clock, &stock)?);
            shop.metrics
                .reservations
                .with_label_values(&["reserved"])
                .inc();
            Reservation::hold(order_id, lines, until)
        }
        Err(short) => {
            let event = InventoryRejected {
                order_id,
                lines: short_lines(&ordered, &short),
            };
            announced.push(announce::envelope(&shop.clock, order_id, 1, &event)?);
            shop.metrics
                .reservations
                .with_label_values(&["rejected"])
                .inc();
            Reservation::reject(order_id, lines)
        }
    };
    reservations::insert(
        tx,
        &Stored {
            reservation,
            for_order: true,
            sequence: 1,
        },
        now,
    )
    .await?;
    outbox::append(tx, announced).await?;
    Ok(())
}

/// The order's lines as stock sees them.
pub(super) fn stock_lines(ordered: &[ReservedLine]) -> Result<Vec<Line>, Flaw> {
    lines_from(ordered.iter().map(|line| Line {
        variant_id: line.variant_id,
        quantity: line.quantity,
    }))
}

/// The order's lines that are short, as the order knows them.
pub(super) fn short_lines(ordered: &[ReservedLine], short: &[Shortage]) -> Vec<ShortLine> {
    ordered
        .iter()
        .filter_map(|line| {
            let shortage = short
                .iter()
                .find(|shortage| shortage.variant_id == line.variant_id)?;
            Some(ShortLine {
                line_id: line.line_id,
                variant_id: line.variant_id,
                requested: line.quantity,
                available: u32::try_from(shortage.available).unwrap_or(if shortage.available < 0 {
                    0
                } else {
                    u32::MAX
                }),
            })
        })
        .collect()
}

impl From<OrderError> for messaging::HandlerError {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Database(error) => error.into(),
            OrderError::Lines(_) => Self::park(error),
        }
    }
}
