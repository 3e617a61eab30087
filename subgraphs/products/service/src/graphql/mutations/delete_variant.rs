//! `deleteVariant`.

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Scope;
use serving::graphql::global_id;

use crate::{
    commands::delete_variant,
    graphql::{
        schema::shop,
        types::{ProductPayload, origin},
    },
};

#[derive(Default)]
pub(super) struct DeleteVariant;

/// Which variant.
#[derive(InputObject)]
struct DeleteVariantInput {
    /// Which variant.
    variant_id: ID,
    /// Only if the product is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

#[Object]
impl DeleteVariant {
    /// Deletes a variant that was never ordered; answers with its product. For staff (`catalog:write`).
    #[graphql(requires_scopes = "catalog:write")]
    async fn delete_variant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which variant.")] input: DeleteVariantInput,
    ) -> Result<ProductPayload, Fault> {
        let origin = origin(ctx, Scope::CatalogWrite, input.idempotency_key.as_deref())?;
        let command = delete_variant::Input {
            variant_id: global_id::decode("Variant", &input.variant_id)?,
            if_version: input.if_version.map(Into::into),
        };
        ProductPayload::of(
            ctx,
            delete_variant::run(shop(ctx)?, &origin, &command).await?,
        )
        .await
    }
}
