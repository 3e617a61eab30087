//! `archiveProduct`.

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Scope;
use serving::graphql::global_id;

use crate::{
    commands::{Target, archive_product},
    graphql::{
        schema::shop,
        types::{ProductPayload, origin},
    },
};

#[derive(Default)]
pub(super) struct ArchiveProduct;

/// Which product.
#[derive(InputObject)]
struct ArchiveProductInput {
    /// Which product.
    product_id: ID,
    /// Only if the product is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

#[Object]
impl ArchiveProduct {
    /// Takes a product out of the shop; one that is out stays so. For staff (`catalog:write`).
    #[graphql(requires_scopes = "catalog:write")]
    async fn archive_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which product.")] input: ArchiveProductInput,
    ) -> Result<ProductPayload, Fault> {
        let origin = origin(ctx, Scope::CatalogWrite, input.idempotency_key.as_deref())?;
        let target = Target {
            product_id: global_id::decode("Product", &input.product_id)?,
            if_version: input.if_version.map(Into::into),
        };
        ProductPayload::of(
            ctx,
            archive_product::run(shop(ctx)?, &origin, &target).await?,
        )
        .await
    }
}
