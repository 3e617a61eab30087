//! The steps that every change of one product takes.

use clock::Timestamp;
use database::Tx;
use messaging::outbox;
use products_domain::Product;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Refusal, Stop, announce},
    store::{categories, changes, products},
};

/// Which product is to be changed, and which version of it the client has seen.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Target {
    pub product_id: Uuid,
    pub if_version: Option<i64>,
}

/// Loads the product, lets `decide` change it, and stores and announces it if it did change.
pub(super) async fn apply<E: Into<Stop>>(
    shop: &Shop,
    tx: &Tx,
    target: Target,
    decide: impl FnOnce(Product, Timestamp) -> Result<Product, E> + Send,
) -> Result<(Product, Product), Stop> {
    let before = products::load(tx, target.product_id)
        .await?
        .ok_or_else(|| Stop::missing("product"))?;
    if target
        .if_version
        .is_some_and(|version| version != before.version)
    {
        return Err(Stop::Refused(Refusal::Stale {
            current: before.version,
        }));
    }
    let now = tx.now().await?;
    let after = decide(before.clone(), now).map_err(Into::into)?;
    if after == before {
        return Ok((before, after));
    }
    unique(tx, std::slice::from_ref(&after), Some(before.id)).await?;
    if after.facts.category_ids != before.facts.category_ids {
        known_categories(tx, &after.facts.category_ids).await?;
    }
    let change = changes::take(tx, 1).await?;
    let sequence = products::save(tx, &before, &after, change)
        .await?
        .ok_or(Stop::Refused(Refusal::Stale {
            current: before.version.saturating_add(1),
        }))?;
    outbox::append(tx, vec![announce::product(&shop.clock, &after, sequence)?]).await?;
    shop.catalogue_changes_with(tx);
    Ok((before, after))
}

/// Refuses slugs and SKUs that something else has; `except` is the product that is being changed.
pub(super) async fn unique(tx: &Tx, of: &[Product], except: Option<Uuid>) -> Result<(), Stop> {
    let slugs: Vec<&str> = of
        .iter()
        .map(|product| product.facts.slug.as_str())
        .collect();
    if let Some(slug) = products::taken_slugs(tx, &slugs, except)
        .await?
        .into_iter()
        .next()
    {
        return Err(Stop::Refused(Refusal::SlugTaken { slug }));
    }
    let skus: Vec<&str> = skus(of).collect();
    if let Some(sku) = products::taken_skus(tx, &skus, except)
        .await?
        .into_iter()
        .next()
    {
        return Err(Stop::Refused(Refusal::SkuTaken { sku }));
    }
    Ok(())
}

/// The SKUs of these products.
pub(super) fn skus(of: &[Product]) -> impl Iterator<Item = &str> {
    of.iter()
        .flat_map(|product| product.variants.iter())
        .map(|variant| variant.facts.sku.as_str())
}

/// Refuses categories that are not there.
pub(super) async fn known_categories(tx: &Tx, ids: &[Uuid]) -> Result<(), Stop> {
    if ids.is_empty() {
        return Ok(());
    }
    let tree = categories::tree(&categories::all(tx).await?)?;
    match ids.iter().position(|id| !tree.has(*id)) {
        Some(index) => Err(Stop::invalid(
            &format!("categoryIds.{index}"),
            "there is no such category",
        )),
        None => Ok(()),
    }
}
