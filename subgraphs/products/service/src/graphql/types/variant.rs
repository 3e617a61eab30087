//! A variant as shoppers see it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use fault::Fault;
use serving::graphql::{Money, global_id};

use super::{Product, Stock};
use crate::{graphql::schema::loaders, store::variants::Form};

/// One form of a product, with its own SKU, price and stock.
#[derive(Clone, Debug)]
pub(crate) struct Variant(pub Arc<Form>);

/// An option with the value that a variant has.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct SelectedOption {
    /// What the option is called, such as `Colour`.
    pub name: String,
    /// The variant's value, such as `Walnut`.
    pub value: String,
}

#[Object]
impl Variant {
    /// Its id.
    async fn id(&self) -> ID {
        global_id::encode("Variant", self.0.id)
    }

    /// Its stock keeping unit, such as `LAMP-WAL-01`.
    async fn sku(&self) -> &str {
        &self.0.sku
    }

    /// What it is called, such as `Walnut / Large`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its value for each option of the product.
    async fn options(&self) -> Vec<SelectedOption> {
        let pairs = self.0.options.iter().zip(&self.0.values);
        pairs
            .map(|(name, value)| SelectedOption {
                name: name.clone(),
                value: value.clone(),
            })
            .collect()
    }

    /// What one costs.
    async fn price(&self) -> Money {
        self.0.price.into()
    }

    /// How many there are.
    async fn stock(&self) -> Stock {
        Stock {
            variant_id: self.0.id,
            on_hand: self.0.on_hand,
            reserved: self.0.reserved,
            low_at: self.0.low_at,
        }
    }

    /// Its product.
    async fn product(&self, ctx: &Context<'_>) -> Result<Product, Fault> {
        let card = loaders(ctx)?.card(self.0.product_id).await?;
        card.map(Product::of)
            .ok_or_else(|| Fault::not_found("product"))
    }
}
