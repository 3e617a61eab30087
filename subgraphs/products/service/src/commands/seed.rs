//! Fills a shop: the demo catalogue, or any number of generated products. Deterministic but for ids and times.

use std::collections::HashMap;

use clock::Timestamp;
use database::DatabaseError;
use fault::Fault;
use money::{Currency, Money};
use products_domain::{
    Brand, Description, Facts, Flaw, Name, OptionName, Product, Slug, State, Variant, VariantFacts,
};
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{
        Stop,
        create_product::{self, Draft},
    },
    demo::{self, DemoCatalogue, DemoCategory, DemoProduct},
    store::{categories, products},
    tables::categories::Model,
};

const BATCH: usize = 250;

/// Makes the demo catalogue unless there are products; returns how many it made.
pub(crate) async fn demo(shop: &Shop) -> Result<u64, Fault> {
    if products::count(shop.database.read()).await? > 0 {
        return Ok(0);
    }
    let DemoCatalogue {
        categories,
        products,
    } = DemoCatalogue::load().map_err(Fault::internal)?;
    let places = plant(shop, &categories).await?;
    let mut made = 0;
    for batch in products.chunks(BATCH) {
        made += insert(shop, batch, &places).await?;
    }
    Ok(made)
}

/// Fills the shop up to `count` generated products; returns how many it made.
pub(crate) async fn generated(
    shop: &Shop,
    count: u64,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<u64, Fault> {
    let DemoCatalogue { categories, .. } = DemoCatalogue::load().map_err(Fault::internal)?;
    let places = plant(shop, &categories).await?;
    let (mut seen, mut made) = (0_u64, 0);
    let mut batch = Vec::with_capacity(BATCH);
    for product in demo::generate(count).map_err(Fault::internal)? {
        batch.push(product);
        seen += 1;
        if batch.len() == BATCH || seen == count {
            made += insert(shop, &batch, &places).await?;
            batch.clear();
            progress(seen);
        }
    }
    Ok(made)
}

/// Makes the categories that are not there; returns all by slug.
async fn plant(shop: &Shop, wanted: &[DemoCategory]) -> Result<HashMap<String, Uuid>, Fault> {
    let places = shop.database.write(|tx| async move {
        let rows = categories::all(&tx).await?;
        let mut places: HashMap<String, Uuid> =
            rows.into_iter().map(|row| (row.slug, row.id)).collect();
        for (category, position) in wanted.iter().zip(0..) {
            if places.contains_key(&category.slug) {
                continue;
            }
            let id = shop.clock.id();
            let parent_id = category
                .parent
                .as_ref()
                .and_then(|parent| places.get(parent).copied());
            let (slug, name) = (category.slug.clone(), category.name.clone());
            categories::insert(
                &tx,
                Model {
                    id,
                    parent_id,
                    slug,
                    name,
                    position,
                    version: 1,
                },
            )
            .await?;
            places.insert(category.slug.clone(), id);
        }
        shop.catalogue_changes_with(&tx);
        Ok::<_, DatabaseError>(places)
    });
    Ok(places.await?)
}

/// Inserts those of a batch whose slugs are free, published; returns how many.
async fn insert(
    shop: &Shop,
    batch: &[DemoProduct],
    places: &HashMap<String, Uuid>,
) -> Result<u64, Fault> {
    let inserted = shop.database.write(|tx| async move {
        let slugs: Vec<&str> = batch.iter().map(|product| product.slug.as_str()).collect();
        let taken = products::taken_slugs(&tx, &slugs, None).await?;
        let now = tx.now().await?;
        let drafts = batch
            .iter()
            .filter(|product| !taken.contains(&product.slug))
            .map(|product| draft(shop, product, places, now))
            .collect::<Result<Vec<Draft>, Flaw>>()?;
        if !drafts.is_empty() {
            create_product::insert(shop, &tx, &drafts, None, now).await?;
        }
        Ok::<_, Stop>(drafts.len())
    });
    match inserted.await {
        Ok(count) => Ok(u64::try_from(count).unwrap_or(u64::MAX)),
        Err(Stop::Database(error)) => Err(error.into()),
        Err(Stop::Failed(fault)) => Err(fault),
        Err(Stop::Refused(refusal)) => Err(Fault::internal(format!(
            "a demo product is wrong: {refusal:?}"
        ))),
    }
}

fn draft(
    shop: &Shop,
    from: &DemoProduct,
    places: &HashMap<String, Uuid>,
    now: Timestamp,
) -> Result<Draft, Flaw> {
    let facts = Facts {
        slug: Slug::at("slug", &from.slug)?,
        name: Name::at("name", &from.name)?,
        description: Description::at("description", &from.description)?,
        brand: Some(Brand::at("brand", &from.brand)?),
        options: from
            .options
            .iter()
            .map(|name| OptionName::at("options", name))
            .collect::<Result<_, _>>()?,
        category_ids: places.get(&from.category).copied().into_iter().collect(),
    };
    let mut variants = Vec::with_capacity(from.variants.len());
    for variant in &from.variants {
        let price = Money::new(variant.price_units, Currency::USD);
        let facts = VariantFacts::parse(
            &variant.sku,
            Some(&variant.name),
            &variant.options,
            price,
            &from.name,
        )
        .map_err(|flaws| {
            flaws
                .into_iter()
                .next()
                .unwrap_or_else(|| Flaw::new("variants", "are wrong"))
        })?;
        variants.push(Variant {
            id: shop.clock.id(),
            facts,
        });
    }
    let product = Product {
        id: shop.clock.id(),
        facts,
        state: State::Published { since: now },
        variants,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    Ok(Draft {
        product,
        on_hand: from
            .variants
            .iter()
            .map(|variant| variant.on_hand)
            .collect(),
    })
}
