//! A product as shoppers see it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use fault::Fault;
use products_domain::{State, StateKind};
use serving::graphql::{DateTime, Money, global_id};

use super::{Category, Image, Variant};
use crate::{
    graphql::{directives, schema::loaders},
    store::catalogue::{Card, Detail},
};

/// Whether a product can be seen and bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum ProductState {
    /// Being prepared; seen by staff alone.
    Draft,
    /// Public, and for sale.
    Published,
    /// Taken out of the shop.
    Archived,
}

impl From<StateKind> for ProductState {
    fn from(kind: StateKind) -> Self {
        match kind {
            StateKind::Draft => Self::Draft,
            StateKind::Published => Self::Published,
            StateKind::Archived => Self::Archived,
        }
    }
}

impl From<ProductState> for StateKind {
    fn from(state: ProductState) -> Self {
        match state {
            ProductState::Draft => Self::Draft,
            ProductState::Published => Self::Published,
            ProductState::Archived => Self::Archived,
        }
    }
}

/// The lowest and the highest price of a product's variants.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct PriceRange {
    /// The lowest.
    pub from: Money,
    /// The highest.
    pub to: Money,
}

/// Something that the variants of a product differ in.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ProductOption {
    /// What it is called, such as `Colour`.
    pub name: String,
    /// The values that there are, in the order of the variants.
    pub values: Vec<String>,
}

/// Something the shop sells, in one or more variants.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub card: Arc<Card>,
    /// What was read along with it.
    pub known: Option<Arc<Detail>>,
}

impl Product {
    pub(crate) fn of(card: Arc<Card>) -> Self {
        Self { card, known: None }
    }

    async fn detail(&self, ctx: &Context<'_>) -> Result<Arc<Detail>, Fault> {
        match &self.known {
            Some(detail) => Ok(Arc::clone(detail)),
            None => loaders(ctx)?
                .detail(self.card.id)
                .await?
                .ok_or_else(|| Fault::not_found("product")),
        }
    }
}

#[Object]
impl Product {
    /// Its id.
    async fn id(&self) -> ID {
        global_id::encode("Product", self.card.id)
    }

    /// The readable part of its address, such as `walnut-desk-lamp`.
    async fn slug(&self) -> &str {
        &self.card.slug
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.card.name
    }

    /// Who makes it.
    async fn brand(&self) -> Option<&str> {
        self.card.brand.as_deref()
    }

    /// What is said about it; plain text with line breaks.
    async fn description(&self, ctx: &Context<'_>) -> Result<String, Fault> {
        Ok(self.detail(ctx).await?.description.clone())
    }

    /// Whether it can be seen and bought.
    async fn state(&self) -> ProductState {
        self.card.state.kind().into()
    }

    /// Since when it has been public; null when it is not.
    async fn published_at(&self) -> Option<DateTime> {
        match self.card.state {
            State::Published { since } => Some(since.into()),
            State::Draft | State::Archived { .. } => None,
        }
    }

    /// The lowest price of its variants; null without variants.
    async fn price(&self) -> Option<Money> {
        self.card.prices.map(|(least, _)| least.into())
    }

    /// The lowest and the highest price of its variants; null without variants.
    async fn price_range(&self) -> Option<PriceRange> {
        self.card.prices.map(|(least, most)| PriceRange {
            from: least.into(),
            to: most.into(),
        })
    }

    /// What its variants differ in.
    #[graphql(directive = directives::list_size::apply(Some(3), None, None, None))]
    async fn options(&self, ctx: &Context<'_>) -> Result<Vec<ProductOption>, Fault> {
        let names = self.detail(ctx).await?.options.clone();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let forms = loaders(ctx)?.forms_of(self.card.id).await?;
        let values = |index: usize| {
            let mut values: Vec<String> = Vec::new();
            for value in forms.iter().filter_map(|form| form.values.get(index)) {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
            values
        };
        Ok(names
            .into_iter()
            .enumerate()
            .map(|(index, name)| ProductOption {
                name,
                values: values(index),
            })
            .collect())
    }

    /// Its variants, in the order shown; at most 100.
    #[graphql(directive = directives::list_size::apply(Some(5), None, None, None))]
    async fn variants(&self, ctx: &Context<'_>) -> Result<Vec<Variant>, Fault> {
        Ok(loaders(ctx)?
            .forms_of(self.card.id)
            .await?
            .into_iter()
            .map(Variant)
            .collect())
    }

    /// The categories it stands in.
    #[graphql(directive = directives::list_size::apply(Some(2), None, None, None))]
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>, Fault> {
        let loaders = loaders(ctx)?;
        let places = loaders.places(self.card.id).await?;
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let forest = loaders.forest().await?;
        Ok(places
            .into_iter()
            .filter_map(|id| Category::of(&forest, id))
            .collect())
    }

    /// Its pictures, the main one first.
    #[graphql(directive = directives::list_size::apply(Some(1), None, None, None))]
    async fn images(&self) -> Vec<Image> {
        vec![Image {
            url: format!("/media/products/{}.svg", self.card.slug),
            alt: self.card.name.clone(),
            width: 800,
            height: 800,
        }]
    }

    /// Counts its changes, for `ifVersion`.
    async fn version(&self) -> i32 {
        i32::try_from(self.card.version).unwrap_or(i32::MAX)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.card.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.card.updated_at.into()
    }
}
