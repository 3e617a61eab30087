//! What of a product can be searched.

use std::collections::HashMap;

use database::DatabaseError;
use products_domain::{CategoryTree, Product};
use uuid::Uuid;

use crate::{store::categories, tables::categories::Model};

/// Between the name of an option and its value, where both stand in one field.
pub(super) const BETWEEN: char = '\u{1f}';

/// A product as search sees it.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub id: Uuid,
    /// The number of the change that it shows, or a lower one: of two forms of a product that with the higher one is newer.
    pub change: i64,
    pub name: String,
    pub brand: Option<String>,
    pub description: String,
    pub skus: Vec<String>,
    /// Its categories and all above them.
    pub categories: Vec<Uuid>,
    /// The names of those.
    pub category_names: Vec<String>,
    /// Each option with each of its values, once.
    pub options: Vec<(String, String)>,
    /// The lowest price, in minor units.
    pub price: i64,
    /// When it was made, in milliseconds since the epoch.
    pub created_at: i64,
}

/// The tree of categories with names, and a fingerprint that changes with it.
pub(crate) struct Taxonomy {
    tree: CategoryTree,
    names: HashMap<Uuid, String>,
    pub fingerprint: String,
}

impl Taxonomy {
    pub(crate) fn new(rows: &[Model]) -> Result<Self, DatabaseError> {
        let mut parts: Vec<_> = rows
            .iter()
            .map(|row| (row.id, row.parent_id, row.name.as_str()))
            .collect();
        parts.sort_unstable();
        Ok(Self {
            tree: categories::tree(rows)?,
            names: rows.iter().map(|row| (row.id, row.name.clone())).collect(),
            fingerprint: database::idempotency::hash(&parts),
        })
    }
}

impl Document {
    pub(crate) fn of(product: &Product, change: i64, taxonomy: &Taxonomy) -> Self {
        let facts = &product.facts;
        let mut categories: Vec<Uuid> = facts
            .category_ids
            .iter()
            .flat_map(|id| taxonomy.tree.path(*id))
            .collect();
        categories.sort_unstable();
        categories.dedup();
        let mut options: Vec<(String, String)> = product
            .variants
            .iter()
            .flat_map(|variant| facts.options.iter().zip(&variant.facts.values))
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        options.sort_unstable();
        options.dedup();
        Self {
            id: product.id,
            change,
            name: facts.name.to_string(),
            brand: facts.brand.as_ref().map(ToString::to_string),
            description: facts.description.to_string(),
            skus: product
                .variants
                .iter()
                .map(|variant| variant.facts.sku.to_string())
                .collect(),
            category_names: categories
                .iter()
                .filter_map(|id| taxonomy.names.get(id).cloned())
                .collect(),
            categories,
            options,
            price: product.prices().map_or(0, |prices| prices.least.units()),
            created_at: product.created_at.as_millis(),
        }
    }
}
