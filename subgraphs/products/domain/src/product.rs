//! A product with its variants: one aggregate, one version.

use std::collections::HashSet;

use clock::Timestamp;
use money::Money;
use uuid::Uuid;

use crate::{
    Brand, Description, Flaw, Name, OptionName, Price, Slug, State, StateError, Variant,
    VariantFacts,
};

/// At most so many variants a product.
pub const MAX_VARIANTS: usize = 100;
/// At most so many options a product.
pub const MAX_OPTIONS: usize = 3;
/// At most so many categories a product.
pub const MAX_CATEGORIES: usize = 20;

/// What staff say about a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The readable part of its address, unique in the shop.
    pub slug: Slug,
    /// What it is called.
    pub name: Name,
    /// What is said about it.
    pub description: Description,
    /// Who makes it.
    pub brand: Option<Brand>,
    /// What its variants differ in.
    pub options: Vec<OptionName>,
    /// The categories it stands in, each once.
    pub category_ids: Vec<Uuid>,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// The product's id.
    pub id: Uuid,
    /// What it is.
    pub facts: Facts,
    /// Whether it can be seen and bought.
    pub state: State,
    /// Its variants, in the order shown.
    pub variants: Vec<Variant>,
    /// Counts the changes; 1 when new.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The lowest and highest price of a product's variants, of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRange {
    /// The lowest.
    pub least: Money,
    /// The highest.
    pub most: Money,
}

/// Why a product cannot change so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// Parts do not go together.
    #[error("{} part(s) of the product are wrong", .0.len())]
    Flaws(Vec<Flaw>),
    /// The state does not allow it.
    #[error(transparent)]
    State(#[from] StateError),
    /// The product has no such variant.
    #[error("the product has no such variant")]
    NoSuchVariant,
    /// A product that is for sale keeps at least one variant.
    #[error("the last variant of a published product cannot be deleted: archive the product")]
    LastVariant,
}

impl Product {
    /// A new draft.
    pub fn create(
        id: Uuid,
        facts: Facts,
        variants: Vec<Variant>,
        now: Timestamp,
    ) -> Result<Self, ProductError> {
        let product = Self {
            id,
            facts,
            state: State::Draft,
            variants,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        product.checked()
    }

    /// Replaces what is said about the product.
    pub fn describe(mut self, facts: Facts, now: Timestamp) -> Result<Self, ProductError> {
        self.facts = facts;
        self.changed(now).checked()
    }

    /// Makes it public. Without effect when it is.
    pub fn publish(mut self, now: Timestamp) -> Result<Self, ProductError> {
        let state = self.state.publish(self.variants.len(), now)?;
        if state == self.state {
            return Ok(self);
        }
        self.state = state;
        Ok(self.changed(now))
    }

    /// Takes it out of the shop. Without effect when it is out.
    pub fn archive(mut self, now: Timestamp) -> Result<Self, ProductError> {
        let state = self.state.archive(now)?;
        if state == self.state {
            return Ok(self);
        }
        self.state = state;
        Ok(self.changed(now))
    }

    /// Adds a variant at the end.
    pub fn add_variant(mut self, variant: Variant, now: Timestamp) -> Result<Self, ProductError> {
        self.variants.push(variant);
        self.changed(now).checked()
    }

    /// Replaces what is said about a variant.
    pub fn change_variant(
        mut self,
        id: Uuid,
        facts: VariantFacts,
        now: Timestamp,
    ) -> Result<Self, ProductError> {
        let variant = self
            .variants
            .iter_mut()
            .find(|variant| variant.id == id)
            .ok_or(ProductError::NoSuchVariant)?;
        variant.facts = facts;
        self.changed(now).checked()
    }

    /// Takes a variant away.
    pub fn remove_variant(mut self, id: Uuid, now: Timestamp) -> Result<Self, ProductError> {
        let before = self.variants.len();
        self.variants.retain(|variant| variant.id != id);
        if self.variants.len() == before {
            return Err(ProductError::NoSuchVariant);
        }
        if self.variants.is_empty() && matches!(self.state, State::Published { .. }) {
            return Err(ProductError::LastVariant);
        }
        Ok(self.changed(now))
    }

    /// The variant with this id.
    pub fn variant(&self, id: Uuid) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.id == id)
    }

    /// The range of prices; none without variants.
    pub fn prices(&self) -> Option<PriceRange> {
        let price = |variant: &Variant| variant.facts.price;
        let least = self
            .variants
            .iter()
            .map(price)
            .min_by_key(|price| price.units())?;
        let most = self
            .variants
            .iter()
            .map(price)
            .max_by_key(|price| price.units())?;
        Some(PriceRange {
            least: Price::amount(least),
            most: Price::amount(most),
        })
    }

    fn changed(mut self, now: Timestamp) -> Self {
        self.version = self.version.saturating_add(1);
        self.updated_at = now;
        self
    }

    /// The rules that bind the parts to one another.
    fn checked(self) -> Result<Self, ProductError> {
        let mut flaws = Vec::new();
        let facts = &self.facts;
        if facts.options.len() > MAX_OPTIONS || distinct(&facts.options) != facts.options.len() {
            flaws.push(Flaw::new(
                "options",
                format!("must be at most {MAX_OPTIONS} different names"),
            ));
        }
        if facts.category_ids.len() > MAX_CATEGORIES
            || distinct(&facts.category_ids) != facts.category_ids.len()
        {
            flaws.push(Flaw::new(
                "categoryIds",
                format!("must be at most {MAX_CATEGORIES} different categories"),
            ));
        }
        if self.variants.len() > MAX_VARIANTS {
            flaws.push(Flaw::new(
                "variants",
                format!("must be at most {MAX_VARIANTS}"),
            ));
        }
        let (mut skus, mut values) = (HashSet::new(), HashSet::new());
        let currency = self
            .variants
            .first()
            .map(|variant| variant.facts.price.currency());
        for (index, Variant { facts: variant, .. }) in self.variants.iter().enumerate() {
            let at = |field: &str| format!("variants.{index}.{field}");
            if variant.values.len() != facts.options.len() {
                flaws.push(Flaw::new(
                    at("options"),
                    "must have one value for each option of the product",
                ));
            }
            if !skus.insert(&variant.sku) {
                flaws.push(Flaw::new(
                    at("sku"),
                    "is the SKU of another variant of this product",
                ));
            }
            if !values.insert(&variant.values) {
                flaws.push(Flaw::new(
                    at("options"),
                    "are those of another variant of this product",
                ));
            }
            if Some(variant.price.currency()) != currency {
                flaws.push(Flaw::new(
                    at("price.currency"),
                    "must be the currency of the product's other variants",
                ));
            }
        }
        if flaws.is_empty() {
            Ok(self)
        } else {
            Err(ProductError::Flaws(flaws))
        }
    }
}

fn distinct<T: std::hash::Hash + Eq>(items: &[T]) -> usize {
    items.iter().collect::<HashSet<_>>().len()
}
