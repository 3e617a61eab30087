//! Many new products in one transaction: what is right is stored, what is wrong is told row by row.

use std::collections::HashSet;

use fault::Fault;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{
        Done, Origin, Refusal, Stop, change_product,
        create_product::{self, Draft, ProductInput},
    },
    store::{categories, products},
};

/// At most so many rows a call.
pub(crate) const MOST: usize = 200;

/// The rows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    pub rows: Vec<ProductInput>,
}

/// Creates the products; the answer has one entry for each row, in order.
pub(crate) async fn run(
    shop: &Shop,
    origin: &Origin,
    input: &Input,
) -> Result<Done<Vec<Result<Uuid, Refusal>>>, Fault> {
    shop.once(origin, "bulkCreateProducts", input, |tx| async move {
        if input.rows.is_empty() || input.rows.len() > MOST {
            return Err(Stop::invalid("products", format!("must be 1 to {MOST}")));
        }
        let now = tx.now().await?;
        let mut rows = Vec::with_capacity(input.rows.len());
        for row in &input.rows {
            rows.push(match create_product::draft(shop, row, now) {
                Ok(draft) => Ok(draft),
                Err(Stop::Refused(refusal)) => Err(refusal),
                Err(other) => return Err(other),
            });
        }
        let all: Vec<_> = rows
            .iter()
            .flatten()
            .map(|draft| draft.product.clone())
            .collect();
        let slugs: Vec<&str> = all
            .iter()
            .map(|product| product.facts.slug.as_str())
            .collect();
        let skus: Vec<&str> = change_product::skus(&all).collect();
        let mut slugs: HashSet<String> = products::taken_slugs(&tx, &slugs, None)
            .await?
            .into_iter()
            .collect();
        let mut skus: HashSet<String> = products::taken_skus(&tx, &skus, None)
            .await?
            .into_iter()
            .collect();
        let tree = categories::tree(&categories::all(&tx).await?)?;
        let mut answers = Vec::with_capacity(rows.len());
        let mut good = Vec::new();
        for row in rows {
            let checked = row.and_then(|draft| fits(draft, &tree, &mut slugs, &mut skus));
            answers.push(checked.map(|draft| {
                let id = draft.product.id;
                good.push(draft);
                id
            }));
        }
        if !good.is_empty() {
            create_product::insert(shop, &tx, &good, Some(origin.actor), now).await?;
        }
        Ok(answers)
    })
    .await
}

/// Checks a row against the shop and the rows before it, and takes its slug and SKUs.
fn fits(
    draft: Draft,
    tree: &products_domain::CategoryTree,
    slugs: &mut HashSet<String>,
    skus: &mut HashSet<String>,
) -> Result<Draft, Refusal> {
    let facts = &draft.product.facts;
    if let Some(index) = facts.category_ids.iter().position(|id| !tree.has(*id)) {
        let path = format!("categoryIds.{index}");
        return Err(Refusal::Invalid(vec![(
            path,
            "there is no such category".to_owned(),
        )]));
    }
    let slug = facts.slug.to_string();
    if slugs.contains(&slug) {
        return Err(Refusal::SlugTaken { slug });
    }
    let own: Vec<String> = change_product::skus(std::slice::from_ref(&draft.product))
        .map(str::to_owned)
        .collect();
    if let Some(sku) = own.iter().find(|sku| skus.contains(*sku)) {
        return Err(Refusal::SkuTaken { sku: sku.clone() });
    }
    slugs.insert(slug);
    skus.extend(own);
    Ok(draft)
}
