//! Makes a product public.

use fault::Fault;
use products_domain::Product;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Target, change_product},
};

/// Publishes the product; one that is published stays as it is.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Target) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "publishProduct", input, |tx| async move {
        change_product::apply(shop, &tx, *input, Product::publish).await?;
        Ok(input.product_id)
    })
    .await
}
