//! A product as shoppers see it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Lookahead, Object, SimpleObject};
use fault::Fault;
use products_domain::{State, StateKind};
use serving::graphql::{DateTime, Money, Objects, global_id};

use super::{Category, Image, Variant};
use crate::{
    graphql::{directives, schema::loaders},
    store::catalogue::{Card, Detail, Rest},
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

/// Whether an operation asks the products of a connection for what few lists show.
pub(crate) fn whole(connection: &Lookahead<'_>) -> bool {
    let nodes = [
        connection.field("nodes"),
        connection.field("edges").field("node"),
    ];
    let rest = ["brand", "state", "publishedAt", "version", "updatedAt"];
    nodes
        .iter()
        .any(|products| rest.iter().any(|field| products.field(field).exists()))
}

impl Product {
    pub(crate) fn of(card: Arc<Card>) -> Self {
        Self { card, known: None }
    }

    async fn rest(&self, ctx: &Context<'_>) -> Result<Rest, Fault> {
        if let Some(rest) = &self.card.rest {
            return Ok(rest.clone());
        }
        let card = loaders(ctx)?.card(self.card.id).await?;
        card.and_then(|card| card.rest.clone())
            .ok_or_else(|| Fault::not_found("product"))
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
    async fn brand(&self, ctx: &Context<'_>) -> Result<Option<String>, Fault> {
        Ok(self.rest(ctx).await?.brand)
    }

    /// What is said about it; plain text with line breaks.
    async fn description(&self, ctx: &Context<'_>) -> Result<String, Fault> {
        Ok(self.detail(ctx).await?.description.clone())
    }

    /// Whether it can be seen and bought.
    async fn state(&self, ctx: &Context<'_>) -> Result<ProductState, Fault> {
        Ok(self.rest(ctx).await?.state.kind().into())
    }

    /// Since when it has been public; null when it is not.
    async fn published_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>, Fault> {
        Ok(match self.rest(ctx).await?.state {
            State::Published { since } => Some(since.into()),
            State::Draft | State::Archived { .. } => None,
        })
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
    async fn variants(&self, ctx: &Context<'_>) -> Result<Objects<'_, Variant>, Fault> {
        let forms = loaders(ctx)?.forms_of(self.card.id).await?;
        Ok(Objects::Owned(forms.into_iter().map(Variant).collect()))
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
            width: 600,
            height: 600,
        }]
    }

    /// Counts its changes, for `ifVersion`.
    async fn version(&self, ctx: &Context<'_>) -> Result<i32, Fault> {
        Ok(i32::try_from(self.rest(ctx).await?.version).unwrap_or(i32::MAX))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.card.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self, ctx: &Context<'_>) -> Result<DateTime, Fault> {
        Ok(self.rest(ctx).await?.updated_at.into())
    }
}
