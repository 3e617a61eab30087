//! Changes what is said about a product.

use fault::Fault;
use products_domain::{Brand, Description, Facts, Flaw, Name, Product, Slug};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Patch, Stop, Target, change_product},
};

/// What changes; nones stay as they are.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    pub target: Target,
    pub slug: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub brand: Patch<String>,
    pub category_ids: Option<Vec<Uuid>>,
}

/// Changes the product.
pub(crate) async fn run(shop: &Shop, origin: &Origin, input: &Input) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "updateProduct", input, |tx| async move {
        change_product::apply(shop, &tx, input.target, |product: Product, now| {
            let facts = facts(input, product.facts.clone())?;
            if facts == product.facts {
                return Ok(product);
            }
            Ok::<_, Stop>(product.describe(facts, now)?)
        })
        .await?;
        Ok(input.target.product_id)
    })
    .await
}

fn facts(input: &Input, mut facts: Facts) -> Result<Facts, Vec<Flaw>> {
    let mut flaws = Vec::new();
    if let Some(slug) = &input.slug {
        Slug::at("slug", slug).map_or_else(|flaw| flaws.push(flaw), |slug| facts.slug = slug);
    }
    if let Some(name) = &input.name {
        Name::at("name", name).map_or_else(|flaw| flaws.push(flaw), |name| facts.name = name);
    }
    if let Some(text) = &input.description {
        Description::at("description", text).map_or_else(
            |flaw| flaws.push(flaw),
            |description| facts.description = description,
        );
    }
    match &input.brand {
        Patch::Keep => {}
        Patch::Clear => facts.brand = None,
        Patch::Set(brand) => {
            Brand::at("brand", brand)
                .map_or_else(|flaw| flaws.push(flaw), |brand| facts.brand = Some(brand));
        }
    }
    if let Some(ids) = &input.category_ids {
        facts.category_ids.clone_from(ids);
    }
    if flaws.is_empty() {
        Ok(facts)
    } else {
        Err(flaws)
    }
}
