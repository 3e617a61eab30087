//! `deleteProduct`.

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Scope;
use serving::graphql::global_id;

use crate::{
    commands::{Target, delete_product},
    graphql::{
        schema::shop,
        types::{ProductPayload, origin},
    },
};

#[derive(Default)]
pub(super) struct DeleteProduct;

/// Which product.
#[derive(InputObject)]
struct DeleteProductInput {
    /// Which product.
    product_id: ID,
    /// Only if the product is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

#[Object]
impl DeleteProduct {
    /// Deletes a product that was never ordered, with its variants and their stock. For staff (`catalog:write`).
    #[graphql(requires_scopes = "catalog:write")]
    async fn delete_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which product.")] input: DeleteProductInput,
    ) -> Result<ProductPayload, Fault> {
        let origin = origin(ctx, Scope::CatalogWrite, input.idempotency_key.as_deref())?;
        let target = Target {
            product_id: global_id::decode("Product", &input.product_id)?,
            if_version: input.if_version.map(Into::into),
        };
        ProductPayload::of(
            ctx,
            delete_product::run(shop(ctx)?, &origin, &target).await?,
        )
        .await
    }
}
