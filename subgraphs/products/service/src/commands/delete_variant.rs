//! Deletes a variant that was never promised to anyone.

use fault::Fault;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Stop, Target, change_product},
    store::{ledger, products},
};

/// Which variant.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Input {
    pub variant_id: Uuid,
    /// The version of the product.
    pub if_version: Option<i64>,
}

/// Deletes the variant with its stock; returns its product.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Input) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "deleteVariant", input, |tx| async move {
        let id = input.variant_id;
        let product_id = products::of_variant(&tx, id)
            .await?
            .ok_or_else(|| Stop::missing("variant"))?;
        if ledger::ever_reserved(&tx, &[id]).await? {
            return Err(Stop::not_allowed(
                "the variant was ordered before: archive the product or set its stock to 0",
            ));
        }
        let target = Target {
            product_id,
            if_version: input.if_version,
        };
        change_product::apply(shop, &tx, target, |product, now| {
            product.remove_variant(id, now)
        })
        .await?;
        ledger::forget(&tx, &[id]).await?;
        Ok(product_id)
    })
    .await
}
