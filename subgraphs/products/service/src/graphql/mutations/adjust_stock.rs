//! `adjustStock`.

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Scope;
use serving::graphql::global_id;

use crate::{
    commands::adjust_stock,
    graphql::{
        schema::shop,
        types::{StockPayload, origin},
    },
};

#[derive(Default)]
pub(super) struct AdjustStock;

/// A change of a count.
#[derive(InputObject)]
struct AdjustStockInput {
    /// Of which variant.
    variant_id: ID,
    /// How many more are in the house; negative for fewer.
    delta: i32,
    /// Why, for the ledger: `delivery 4711`; 1 to 200 characters.
    reason: String,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: String,
}

#[Object]
impl AdjustStock {
    /// Changes how many of a variant are in the house; what is promised to orders must stay covered. For staff
    /// (`inventory:write`).
    #[graphql(requires_scopes = "inventory:write")]
    async fn adjust_stock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: AdjustStockInput,
    ) -> Result<StockPayload, Fault> {
        let origin = origin(ctx, Scope::InventoryWrite, Some(&input.idempotency_key))?;
        let command = adjust_stock::Input {
            variant_id: global_id::decode("Variant", &input.variant_id)?,
            delta: i64::from(input.delta),
            reason: input.reason,
        };
        StockPayload::of(ctx, adjust_stock::run(shop(ctx)?, &origin, &command).await?).await
    }
}
