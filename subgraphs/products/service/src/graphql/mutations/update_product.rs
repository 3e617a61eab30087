//! `updateProduct`.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use fault::Fault;
use identity::Scope;
use serving::graphql::global_id;

use crate::{
    commands::{Target, update_product},
    graphql::{
        schema::{keys, shop},
        types::{ProductPayload, origin},
    },
};

#[derive(Default)]
pub(super) struct UpdateProduct;

/// What changes; what is left out stays as it is.
#[derive(InputObject)]
struct UpdateProductInput {
    /// Which product.
    product_id: ID,
    /// The readable part of its address.
    slug: Option<String>,
    /// What it is called.
    name: Option<String>,
    /// What is said about it.
    description: Option<String>,
    /// Who makes it; null takes the brand away.
    brand: MaybeUndefined<String>,
    /// The categories it stands in, the nearest first; these replace the present ones.
    category_ids: Option<Vec<ID>>,
    /// Only if the product is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

#[Object]
impl UpdateProduct {
    /// Changes what is said about a product. For staff (`catalog:write`).
    #[graphql(requires_scopes = "catalog:write")]
    async fn update_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateProductInput,
    ) -> Result<ProductPayload, Fault> {
        let origin = origin(ctx, Scope::CatalogWrite, input.idempotency_key.as_deref())?;
        let command = update_product::Input {
            target: Target {
                product_id: global_id::decode("Product", &input.product_id)?,
                if_version: input.if_version.map(Into::into),
            },
            slug: input.slug,
            name: input.name,
            description: input.description,
            brand: input.brand.into(),
            category_ids: input
                .category_ids
                .map(|ids| keys("Category", &ids))
                .transpose()?,
        };
        ProductPayload::of(
            ctx,
            update_product::run(shop(ctx)?, &origin, &command).await?,
        )
        .await
    }
}
