//! The events of this subgraph, from what was stored.

use clock::Clock;
use database::DatabaseError;
use events::{
    Envelope, Event,
    products::{ProductChanged, SaleState, VariantSnapshot},
};
use products_domain::{Product, StateKind};
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

/// `stock.changed` for each of these.
pub(super) fn stock<'a>(
    clock: &Clock,
    changed: impl IntoIterator<Item = &'a Stock>,
) -> Result<Vec<Envelope>, DatabaseError> {
    changed
        .into_iter()
        .map(|stock| envelope(clock, stock.variant_id, stock.sequence, &stock.event()))
        .collect()
}
