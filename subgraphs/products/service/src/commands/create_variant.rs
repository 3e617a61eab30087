//! A new variant of a product, with its first stock.

use fault::Fault;
use products_domain::{Product, StockLevel, Variant};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{
        Done, Origin, Stop, Target, change_product,
        create_product::{self, VariantInput},
    },
    store::stock::Stock,
};

/// The variant, and of which product.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    pub target: Target,
    pub variant: VariantInput,
}

/// Adds the variant at the end.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Input) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "createVariant", input, |tx| async move {
        let id = shop.clock.id();
        let (_, after) = change_product::apply(shop, &tx, input.target, |product: Product, now| {
            let facts = create_product::variant_facts(&input.variant, product.facts.name.as_str())?;
            Ok::<_, Stop>(product.add_variant(Variant { id, facts }, now)?)
        })
        .await?;
        let level = StockLevel::new(input.variant.on_hand, 0)
            .map_err(|error| Stop::invalid("onHand", error))?;
        let stock = Stock {
            variant_id: id,
            product_id: after.id,
            level,
            version: 1,
            sequence: 1,
            low_at: shop.config.low_stock(),
            crossed: None,
        };
        create_product::add_stock(
            shop,
            &tx,
            vec![stock],
            Some(origin.actor),
            after.updated_at,
            Vec::new(),
        )
        .await?;
        Ok(id)
    })
    .await
}
