//! `createVariant`.

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Scope;
use serving::graphql::global_id;

use super::create_product::NewVariantInput;
use crate::{
    commands::{Target, create_variant},
    graphql::{
        schema::{loaders, shop},
        types::{VariantPayload, origin},
    },
};

#[derive(Default)]
pub(super) struct CreateVariant;

/// A variant to add.
#[derive(InputObject)]
struct CreateVariantInput {
    /// Of which product.
    product_id: ID,
    /// The variant.
    variant: NewVariantInput,
    /// Only if the product is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

#[Object]
impl CreateVariant {
    /// Adds a variant to a product. For staff (`catalog:write`).
    #[graphql(requires_scopes = "catalog:write")]
    async fn create_variant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant.")] input: CreateVariantInput,
    ) -> Result<VariantPayload, Fault> {
        let origin = origin(ctx, Scope::CatalogWrite, input.idempotency_key.as_deref())?;
        let product_id = global_id::decode("Product", &input.product_id)?;
        let detail = loaders(ctx)?.detail(product_id).await?;
        let command = create_variant::Input {
            target: Target {
                product_id,
                if_version: input.if_version.map(Into::into),
            },
            variant: input
                .variant
                .read(detail.as_ref().map(|detail| detail.options.as_slice()))?,
        };
        VariantPayload::of(
            ctx,
            create_variant::run(shop(ctx)?, &origin, &command).await?,
        )
        .await
    }
}
