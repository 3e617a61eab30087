//! A product changed: the copy of what can be bought follows.

use async_trait::async_trait;
use database::Tx;
use events::{
    Envelope, Event,
    products::{ProductChanged, SaleState},
};
use messaging::{Handler, HandlerError};
use orders_domain::Offer;

use crate::commands::take_product;

/// See the module.
pub(crate) struct OnProductChanged;

#[async_trait]
impl Handler for OnProductChanged {
    fn name(&self) -> &'static str {
        "orders.product_changed"
    }

    fn event_type(&self) -> &'static str {
        ProductChanged::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: ProductChanged = event.parse()?;
        let offers: Vec<Offer> = event
            .variants
            .into_iter()
            .map(|variant| Offer {
                variant_id: variant.variant_id,
                product_id: event.product_id,
                sku: variant.sku,
                name: name(&event.name, &variant.name),
                price: variant.price,
                for_sale: event.state == SaleState::Published
                    && variant.state == SaleState::Published,
                available: 0,
            })
            .collect();
        Ok(take_product::apply(tx, event.product_id, event.version, &offers).await?)
    }
}

/// What a line of an order is called: the product, and the variant where there are several.
fn name(product: &str, variant: &str) -> String {
    if variant.is_empty() {
        product.to_owned()
    } else {
        format!("{product}, {variant}")
    }
}
