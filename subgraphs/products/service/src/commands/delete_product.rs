//! Deletes a product that was never promised to anyone.

use fault::Fault;
use messaging::outbox;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Refusal, Stop, Target, announce},
    store::{changes, ledger, products},
};

/// Deletes the product with its variants and their stock.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Target) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "deleteProduct", input, |tx| async move {
        let id = input.product_id;
        let product = products::load(&tx, id)
            .await?
            .ok_or_else(|| Stop::missing("product"))?;
        if input
            .if_version
            .is_some_and(|version| version != product.version)
        {
            return Err(Stop::Refused(Refusal::Stale {
                current: product.version,
            }));
        }
        let variants: Vec<Uuid> = product.variants.iter().map(|variant| variant.id).collect();
        if ledger::ever_reserved(&tx, &variants).await? {
            return Err(Stop::not_allowed(
                "the product was ordered before: archive it",
            ));
        }
        ledger::forget(&tx, &variants).await?;
        let change = changes::take(&tx, 1).await?;
        changes::note_removal(&tx, change, id).await?;
        let sequence = products::delete(&tx, id)
            .await?
            .ok_or_else(|| Stop::missing("product"))?;
        outbox::append(
            &tx,
            vec![announce::product_gone(&shop.clock, &product, sequence)?],
        )
        .await?;
        shop.catalogue_changes_with(&tx);
        Ok(id)
    })
    .await
}
