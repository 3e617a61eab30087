//! Takes a product out of the shop.

use fault::Fault;
use products_domain::Product;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Target, change_product},
};

/// Archives the product; one that is archived stays as it is.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Target) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "archiveProduct", input, |tx| async move {
        change_product::apply(shop, &tx, *input, Product::archive).await?;
        Ok(input.product_id)
    })
    .await
}
