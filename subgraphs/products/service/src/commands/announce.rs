//! The events of this subgraph, from what was stored.

use clock::Clock;
use database::DatabaseError;
use events::{
    Envelope, Event,
    products::{ProductChanged, SaleState, StockLow, StockReplenished, VariantSnapshot},
};
use products_domain::{Crossing, Product, StateKind};
use uuid::Uuid;

use crate::store::stock::Stock;

/// Wraps an event of this subgraph.
pub(super) fn envelope<E: Event>(
    clock: &Clock,
    aggregate: Uuid,
    sequence: i64,
    event: &E,
) -> Result<Envelope, DatabaseError> {
    Envelope::of(clock, aggregate, sequence, event)
        .map_err(|error| DatabaseError::corrupt("outbox", error))
}

/// `product.changed` with the product as it is.
pub(super) fn product(
    clock: &Clock,
    product: &Product,
    sequence: i64,
) -> Result<Envelope, DatabaseError> {
    let state = match product.state.kind() {
        StateKind::Draft => SaleState::Draft,
        StateKind::Published => SaleState::Published,
        StateKind::Archived => SaleState::Archived,
    };
    envelope(clock, product.id, sequence, &snapshot(product, state))
}

/// `product.changed` with the last that is known of a product that is gone.
pub(super) fn product_gone(
    clock: &Clock,
    product: &Product,
    sequence: i64,
) -> Result<Envelope, DatabaseError> {
    let mut last = snapshot(product, SaleState::Deleted);
    last.version = last.version.saturating_add(1);
    envelope(clock, product.id, sequence, &last)
}

fn snapshot(product: &Product, state: SaleState) -> ProductChanged {
    let single = product.facts.options.is_empty();
    ProductChanged {
        product_id: product.id,
        version: product.version,
        state,
        slug: product.facts.slug.to_string(),
        name: product.facts.name.to_string(),
        category_ids: product.facts.category_ids.clone(),
        variants: product
            .variants
            .iter()
            .map(|variant| VariantSnapshot {
                variant_id: variant.id,
                sku: variant.facts.sku.to_string(),
                name: if single {
                    String::new()
                } else {
                    variant.facts.name.to_string()
                },
                price: variant.facts.price.amount(),
                state,
            })
            .collect(),
    }
}

/// `stock.changed` for each of these, followed by what that did to its threshold.
pub(super) fn stock<'a>(
    clock: &Clock,
    changed: impl IntoIterator<Item = &'a Stock>,
) -> Result<Vec<Envelope>, DatabaseError> {
    let mut all = Vec::new();
    for stock in changed {
        let crossed = threshold(clock, stock)?;
        let sequence = stock.sequence.saturating_sub(i64::from(crossed.is_some()));
        all.push(envelope(clock, stock.variant_id, sequence, &stock.event())?);
        all.extend(crossed);
    }
    Ok(all)
}

/// `stock.low` or `stock.replenished`, when the change to this state passed the threshold.
pub(super) fn threshold(clock: &Clock, stock: &Stock) -> Result<Option<Envelope>, DatabaseError> {
    let (variant_id, product_id) = (stock.variant_id, stock.product_id);
    let available = stock.level.available();
    let told = match stock.crossed {
        None => return Ok(None),
        Some(Crossing::Low) => {
            let event = StockLow {
                variant_id,
                product_id,
                available,
                threshold: stock.low_at.unwrap_or_default(),
            };
            envelope(clock, variant_id, stock.sequence, &event)
        }
        Some(Crossing::Replenished) => {
            let event = StockReplenished {
                variant_id,
                product_id,
                available,
            };
            envelope(clock, variant_id, stock.sequence, &event)
        }
    };
    told.map(Some)
}
