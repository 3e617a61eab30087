//! Changes what is said about a variant.

use fault::Fault;
use money::Money;
use products_domain::{Product, VariantFacts};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Stop, Target, change_product},
    store::products,
};

/// What changes; nones stay as they are.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    pub variant_id: Uuid,
    /// The version of the product.
    pub if_version: Option<i64>,
    pub sku: Option<String>,
    pub name: Option<String>,
    pub values: Option<Vec<String>>,
    pub price: Option<Money>,
}

/// Changes the variant.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Input) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "updateVariant", input, |tx| async move {
        let id = input.variant_id;
        let product_id = products::of_variant(&tx, id)
            .await?
            .ok_or_else(|| Stop::missing("variant"))?;
        let target = Target {
            product_id,
            if_version: input.if_version,
        };
        change_product::apply(shop, &tx, target, |product: Product, now| {
            let old = &product
                .variant(id)
                .ok_or_else(|| Stop::missing("variant"))?
                .facts;
            let values = input
                .values
                .clone()
                .unwrap_or_else(|| old.values.iter().map(ToString::to_string).collect());
            // A name that was made from the old values is made again from the new ones.
            let made = old.name.as_str() == joined(old);
            let kept = if made && input.values.is_some() {
                None
            } else {
                Some(old.name.as_str())
            };
            let facts = VariantFacts::parse(
                input.sku.as_deref().unwrap_or(old.sku.as_str()),
                input.name.as_deref().or(kept),
                &values,
                input.price.unwrap_or(old.price.amount()),
                product.facts.name.as_str(),
            )?;
            if facts == *old {
                return Ok(product);
            }
            Ok::<_, Stop>(product.change_variant(id, facts, now)?)
        })
        .await?;
        Ok(id)
    })
    .await
}

fn joined(facts: &VariantFacts) -> String {
    facts
        .values
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" / ")
}
