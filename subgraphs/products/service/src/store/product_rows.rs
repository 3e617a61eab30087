//! Between the rows of products and the domain.

use clock::Timestamp;
use database::DatabaseError;
use money::{Currency, Money};
use products_domain::{
    Brand, Description, Facts, Name, OptionName, OptionValue, Price, Product, Sku, Slug, State,
    StateKind, Variant, VariantFacts,
};
use sea_orm::Set;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::tables::{products, variants};

pub(super) fn json(list: &impl serde::Serialize) -> String {
    serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())
}

/// A JSON column; a text that is not of the expected form is a corrupt row.
pub(crate) fn parsed<T: DeserializeOwned>(
    table: &'static str,
    text: &str,
) -> Result<T, DatabaseError> {
    serde_json::from_str(text).map_err(|error| DatabaseError::corrupt(table, error))
}

/// Money from its two columns.
pub(crate) fn money(
    table: &'static str,
    units: i64,
    currency: &str,
) -> Result<Money, DatabaseError> {
    let currency =
        Currency::parse(currency).map_err(|error| DatabaseError::corrupt(table, error))?;
    Ok(Money::new(units, currency))
}

pub(super) fn row_from(product: &Product, sequence: i64, change: i64) -> products::ActiveModel {
    let prices = product.prices();
    let facts = &product.facts;
    products::ActiveModel {
        id: Set(product.id),
        slug: Set(facts.slug.as_str().to_owned()),
        name: Set(facts.name.as_str().to_owned()),
        brand: Set(facts.brand.as_ref().map(|brand| brand.as_str().to_owned())),
        description: Set(facts.description.as_str().to_owned()),
        options: Set(json(&facts.options)),
        state: Set(product.state.kind().code().to_owned()),
        state_since: Set(product.state.since().map(Timestamp::as_millis)),
        price_least: Set(prices.map_or(0, |prices| prices.least.units())),
        price_most: Set(prices.map_or(0, |prices| prices.most.units())),
        currency: Set(prices.map(|prices| prices.least.currency().code().to_owned())),
        version: Set(product.version),
        sequence: Set(sequence),
        change_number: Set(change),
        created_at: Set(product.created_at.as_millis()),
        updated_at: Set(product.updated_at.as_millis()),
    }
}

pub(super) fn variant_rows(product: &Product) -> impl Iterator<Item = variants::ActiveModel> {
    product
        .variants
        .iter()
        .zip(0..)
        .map(|(variant, position)| variants::ActiveModel {
            id: Set(variant.id),
            product_id: Set(product.id),
            position: Set(position),
            sku: Set(variant.facts.sku.as_str().to_owned()),
            name: Set(variant.facts.name.as_str().to_owned()),
            option_values: Set(json(&variant.facts.values)),
            price_units: Set(variant.facts.price.units()),
            currency: Set(variant.facts.price.currency().code().to_owned()),
        })
}

pub(super) fn product_from(
    row: products::Model,
    category_ids: Vec<Uuid>,
    variants: Vec<Variant>,
) -> Result<Product, DatabaseError> {
    let wrong = |reason: String| DatabaseError::corrupt("products", reason);
    let kind = StateKind::parse(&row.state).ok_or_else(|| wrong(format!("state {}", row.state)))?;
    let state = State::from_parts(kind, row.state_since.map(Timestamp::from_millis))
        .ok_or_else(|| wrong("a state without its time".to_owned()))?;
    Ok(Product {
        id: row.id,
        facts: Facts {
            slug: Slug::parse(&row.slug).map_err(wrong)?,
            name: Name::parse(&row.name).map_err(wrong)?,
            description: Description::parse(&row.description).map_err(wrong)?,
            brand: row
                .brand
                .as_deref()
                .map(Brand::parse)
                .transpose()
                .map_err(wrong)?,
            options: parsed::<Vec<OptionName>>("products", &row.options)?,
            category_ids,
        },
        state,
        variants,
        version: row.version,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    })
}

pub(super) fn variant_from(row: variants::Model) -> Result<Variant, DatabaseError> {
    let wrong = |reason: String| DatabaseError::corrupt("variants", reason);
    Ok(Variant {
        id: row.id,
        facts: VariantFacts {
            sku: Sku::parse(&row.sku).map_err(wrong)?,
            name: Name::parse(&row.name).map_err(wrong)?,
            values: parsed::<Vec<OptionValue>>("variants", &row.option_values)?,
            price: Price::parse(money("variants", row.price_units, &row.currency)?)
                .map_err(wrong)?,
        },
    })
}
