//! `reserveStock`.

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Scope;
use products_domain::Line;
use serving::graphql::global_id;

use crate::{
    commands::reserve_stock,
    graphql::{
        schema::shop,
        types::{ReservationPayload, origin},
    },
};

#[derive(Default)]
pub(super) struct ReserveStock;

/// Stock to promise.
#[derive(InputObject)]
struct ReserveStockInput {
    /// What to promise, all of it or nothing; at most 200 lines.
    lines: Vec<ReserveStockLine>,
    /// How long the promise holds, in seconds.
    #[graphql(default = 900)]
    seconds: i32,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: String,
}

/// How many of one variant.
#[derive(InputObject)]
struct ReserveStockLine {
    /// Of which variant.
    variant_id: ID,
    /// How many; at least 1.
    quantity: i32,
}

#[Object]
impl ReserveStock {
    /// Promises stock for a while, all lines or none, apart from any order. For staff (`inventory:write`).
    #[graphql(requires_scopes = "inventory:write")]
    async fn reserve_stock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to promise.")] input: ReserveStockInput,
    ) -> Result<ReservationPayload, Fault> {
        let origin = origin(ctx, Scope::InventoryWrite, Some(&input.idempotency_key))?;
        let lines = input
            .lines
            .iter()
            .map(|line| {
                // Zero is refused with its place in the input, as any number below it.
                let quantity = u32::try_from(line.quantity).unwrap_or(0);
                Ok(Line {
                    variant_id: global_id::decode("Variant", &line.variant_id)?,
                    quantity,
                })
            })
            .collect::<Result<_, Fault>>()?;
        let seconds = u64::try_from(input.seconds).unwrap_or(0);
        let command = reserve_stock::Input { lines, seconds };
        ReservationPayload::of(
            ctx,
            reserve_stock::run(shop(ctx)?, &origin, &command).await?,
        )
        .await
    }
}
