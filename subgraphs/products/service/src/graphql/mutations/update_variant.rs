//! `updateVariant`.

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Scope;
use serving::graphql::global_id;

use super::create_product::values;
use crate::{
    commands::update_variant,
    graphql::{
        schema::{loaders, shop},
        types::{MoneyInput, SelectedOptionInput, VariantPayload, money, origin},
    },
};

#[derive(Default)]
pub(super) struct UpdateVariant;

/// What changes; what is left out stays as it is.
#[derive(InputObject)]
struct UpdateVariantInput {
    /// Which variant.
    variant_id: ID,
    /// Its stock keeping unit.
    sku: Option<String>,
    /// What it is called.
    name: Option<String>,
    /// One value for each option of the product, in the product's order.
    options: Option<Vec<SelectedOptionInput>>,
    /// What one costs.
    price: Option<MoneyInput>,
    /// Only if the product is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

#[Object]
impl UpdateVariant {
    /// Changes what is said about a variant; its stock is changed by `adjustStock`. For staff (`catalog:write`).
    #[graphql(requires_scopes = "catalog:write")]
    async fn update_variant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateVariantInput,
    ) -> Result<VariantPayload, Fault> {
        let origin = origin(ctx, Scope::CatalogWrite, input.idempotency_key.as_deref())?;
        let variant_id = global_id::decode("Variant", &input.variant_id)?;
        let values = match input.options {
            None => None,
            Some(selected) => {
                let form = loaders(ctx)?.form(variant_id).await?;
                Some(values(
                    selected,
                    form.as_ref().map(|form| form.options.as_slice()),
                )?)
            }
        };
        let command = update_variant::Input {
            variant_id,
            if_version: input.if_version.map(Into::into),
            sku: input.sku,
            name: input.name,
            values,
            price: input.price.as_ref().map(money).transpose()?,
        };
        VariantPayload::of(
            ctx,
            update_variant::run(shop(ctx)?, &origin, &command).await?,
        )
        .await
    }
}
