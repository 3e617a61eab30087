//! `setLowStock`.

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Scope;
use serving::graphql::global_id;

use crate::{
    commands::set_low_stock,
    graphql::{
        schema::shop,
        types::{StockPayload, origin},
    },
};

#[derive(Default)]
pub(super) struct SetLowStock;

/// When few of a variant are left.
#[derive(InputObject)]
struct SetLowStockInput {
    /// Of which variant.
    variant_id: ID,
    /// `stock.low` is announced when so few or fewer are available; null for never.
    threshold: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: String,
}

#[Object]
impl SetLowStock {
    /// Sets when `stock.low` is announced for a variant: once when what is available falls to the threshold or below, and
    /// again only after it rose above. For staff (`inventory:write`).
    #[graphql(requires_scopes = "inventory:write")]
    async fn set_low_stock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The threshold.")] input: SetLowStockInput,
    ) -> Result<StockPayload, Fault> {
        let origin = origin(ctx, Scope::InventoryWrite, Some(&input.idempotency_key))?;
        let command = set_low_stock::Input {
            variant_id: global_id::decode("Variant", &input.variant_id)?,
            threshold: input.threshold.map(i64::from),
        };
        StockPayload::of(
            ctx,
            set_low_stock::run(shop(ctx)?, &origin, &command).await?,
        )
        .await
    }
}
