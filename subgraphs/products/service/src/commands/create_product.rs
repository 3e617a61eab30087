//! A new product, as a draft, with its variants and their first stock.

use clock::Timestamp;
use database::Tx;
use fault::Fault;
use messaging::outbox;
use money::Money;
use products_domain::{
    Brand, Description, Entry, Facts, Flaw, MAX_ON_HAND, Name, OptionName, Product, Slug,
    StockLevel, Variant, VariantFacts,
};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::{Done, Origin, Stop, announce, change_product},
    store::{changes, ledger, ledger::Cause, products, stock, stock::Stock},
};

/// What staff say about a product.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ProductInput {
    /// Made from the name when left out.
    pub slug: Option<String>,
    pub name: String,
    pub description: String,
    pub brand: Option<String>,
    pub options: Vec<String>,
    pub category_ids: Vec<Uuid>,
    pub variants: Vec<VariantInput>,
    /// Publishes the product at once.
    pub publish: bool,
}

/// What staff say about a variant.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct VariantInput {
    pub sku: String,
    pub name: Option<String>,
    pub values: Vec<String>,
    pub price: Money,
    pub on_hand: i64,
}

/// A product that can be stored, with the first stock of each variant.
pub(crate) struct Draft {
    pub product: Product,
    pub on_hand: Vec<i64>,
}

/// Creates one product.
pub(crate) async fn run(
    shop: &Shop,
    origin: &Origin,
    input: &ProductInput,
) -> Result<Done<Uuid>, Fault> {
    shop.once(origin, "createProduct", input, |tx| async move {
        let now = tx.now().await?;
        let draft = draft(shop, input, now)?;
        let id = draft.product.id;
        change_product::unique(&tx, std::slice::from_ref(&draft.product), None).await?;
        change_product::known_categories(&tx, &draft.product.facts.category_ids).await?;
        insert(shop, &tx, &[draft], Some(origin.actor), now).await?;
        Ok(id)
    })
    .await
}

/// Checks the input by itself.
pub(crate) fn draft(shop: &Shop, input: &ProductInput, now: Timestamp) -> Result<Draft, Stop> {
    let mut flaws = Vec::new();
    let facts = facts(input).map_err(|found| flaws.extend(found));
    let mut variants = Vec::with_capacity(input.variants.len());
    for (index, variant) in input.variants.iter().enumerate() {
        match variant_facts(variant, &input.name) {
            Ok(facts) => variants.push(Variant {
                id: shop.clock.id(),
                facts,
            }),
            Err(found) => flaws.extend(
                found
                    .into_iter()
                    .map(|flaw| flaw.under(&format!("variants.{index}"))),
            ),
        }
    }
    let (Ok(facts), true) = (facts, flaws.is_empty()) else {
        return Err(flaws.into());
    };
    let mut product = Product::create(shop.clock.id(), facts, variants, now)?;
    if input.publish {
        product = Product {
            version: 1,
            ..product.publish(now)?
        };
    }
    Ok(Draft {
        product,
        on_hand: input
            .variants
            .iter()
            .map(|variant| variant.on_hand)
            .collect(),
    })
}

/// Checks what is said about the product itself.
pub(crate) fn facts(input: &ProductInput) -> Result<Facts, Vec<Flaw>> {
    let mut flaws = Vec::new();
    let slug = match &input.slug {
        Some(slug) => Slug::at("slug", slug),
        None => Slug::from_name(&input.name)
            .ok_or_else(|| Flaw::new("slug", "cannot be made from this name: give one")),
    };
    let slug = slug.map_err(|flaw| flaws.push(flaw));
    let name = Name::at("name", &input.name).map_err(|flaw| flaws.push(flaw));
    let description =
        Description::at("description", &input.description).map_err(|flaw| flaws.push(flaw));
    let brand = input
        .brand
        .as_deref()
        .map(|brand| Brand::at("brand", brand))
        .transpose()
        .map_err(|flaw| flaws.push(flaw));
    let mut options = Vec::new();
    for (index, option) in input.options.iter().enumerate() {
        match OptionName::at(&format!("options.{index}"), option) {
            Ok(option) => options.push(option),
            Err(flaw) => flaws.push(flaw),
        }
    }
    match (slug, name, description, brand) {
        (Ok(slug), Ok(name), Ok(description), Ok(brand)) if flaws.is_empty() => Ok(Facts {
            slug,
            name,
            description,
            brand,
            options,
            category_ids: input.category_ids.clone(),
        }),
        _ => Err(flaws),
    }
}

/// Checks what is said about a variant.
pub(crate) fn variant_facts(
    input: &VariantInput,
    product: &str,
) -> Result<VariantFacts, Vec<Flaw>> {
    let facts = VariantFacts::parse(
        &input.sku,
        input.name.as_deref(),
        &input.values,
        input.price,
        product,
    );
    if (0..=MAX_ON_HAND).contains(&input.on_hand) {
        return facts;
    }
    let mut flaws = facts.err().unwrap_or_default();
    flaws.push(Flaw::new("onHand", format!("must be 0 to {MAX_ON_HAND}")));
    Err(flaws)
}

/// Stores and announces new products whose slugs and SKUs are free, with a handful of statements for all of them.
pub(crate) async fn insert(
    shop: &Shop,
    tx: &Tx,
    drafts: &[Draft],
    actor_id: Option<Uuid>,
    now: Timestamp,
) -> Result<(), Stop> {
    let last = changes::take(tx, i64::try_from(drafts.len()).unwrap_or(i64::MAX)).await?;
    let new: Vec<Product> = drafts.iter().map(|draft| draft.product.clone()).collect();
    products::insert_many(tx, &new, last).await?;
    let mut levels = Vec::new();
    for draft in drafts {
        for (variant, on_hand) in draft.product.variants.iter().zip(&draft.on_hand) {
            let level =
                StockLevel::new(*on_hand, 0).map_err(|error| Stop::invalid("variants", error))?;
            levels.push(Stock {
                variant_id: variant.id,
                product_id: draft.product.id,
                level,
                version: 1,
                sequence: 1,
                low_at: shop.config.low_stock(),
                crossed: None,
            });
        }
    }
    let mut announced = Vec::with_capacity(new.len().saturating_add(levels.len()));
    for product in &new {
        announced.push(announce::product(&shop.clock, product, 1)?);
    }
    add_stock(shop, tx, levels, actor_id, now, announced).await
}

/// Stores the first stock of new variants and announces it after `before`.
pub(super) async fn add_stock(
    shop: &Shop,
    tx: &Tx,
    levels: Vec<Stock>,
    actor_id: Option<Uuid>,
    now: Timestamp,
    before: Vec<events::Envelope>,
) -> Result<(), Stop> {
    stock::insert_many(tx, &levels).await?;
    let entries: Vec<(Entry, Stock)> = levels
        .iter()
        .map(|stock| {
            (
                Entry::adjusted(stock.variant_id, stock.level.on_hand()),
                *stock,
            )
        })
        .collect();
    let cause = Cause {
        reason: Some("first stock".to_owned()),
        reservation_id: None,
        actor_id,
    };
    ledger::append(tx, &entries, &cause, now).await?;
    let mut announced = before;
    announced.extend(announce::stock(&shop.clock, &levels)?);
    outbox::append(tx, announced).await?;
    shop.catalogue_changes_with(tx);
    Ok(())
}
