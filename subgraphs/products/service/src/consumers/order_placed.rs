//! An order was placed: all of its lines are reserved, or none.

use std::time::Duration;

use async_trait::async_trait;
use database::{DatabaseError, Tx};
use events::{Envelope, Event, orders, products::ReservedLine};
use messaging::{Handler, HandlerError};

use crate::{
    app::Shop,
    commands::{lock_stock, reserve_stock},
};

pub(crate) struct OrderPlaced(pub(crate) Shop);

#[async_trait]
impl Handler for OrderPlaced {
    fn name(&self) -> &'static str {
        "products.reserve_stock"
    }

    fn event_type(&self) -> &'static str {
        orders::OrderPlaced::TYPE
    }

    /// For all handlers of this subgraph.
    async fn prepare(&self, tx: &Tx, events: &[&Envelope]) -> Result<(), DatabaseError> {
        let (mut variants, mut ended) = (Vec::new(), Vec::new());
        for event in events {
            if event.kind == orders::OrderPlaced::TYPE {
                // One that cannot be read is parked when its turn comes.
                let placed: Option<orders::OrderPlaced> = event.parse().ok();
                let lines = placed.into_iter().flat_map(|placed| placed.lines);
                variants.extend(lines.map(|line| line.variant_id));
            } else if event.topic == orders::OrderPlaced::TOPIC {
                ended.push(event.aggregate_id);
            }
        }
        lock_stock::apply(tx, variants, &ended).await
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: orders::OrderPlaced = event.parse()?;
        let lines = event
            .lines
            .into_iter()
            .map(|line| ReservedLine {
                line_id: line.line_id,
                variant_id: line.variant_id,
                quantity: line.quantity,
            })
            .collect();
        let hold = Duration::from_millis(u64::try_from(event.hold_millis).unwrap_or(0));
        Ok(reserve_stock::for_order(&self.0, tx, event.order_id, lines, hold).await?)
    }
}
