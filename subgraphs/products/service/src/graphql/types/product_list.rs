//! Lists of products: what to choose them by, and the connection.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::PageInfo};
use database::cursor;
use fault::Fault;
use products_domain::StateKind;
use serving::graphql::{BigInt, Objects, global_id};

use super::{Product, ProductState};
use crate::{
    graphql::schema::{loaders, shop},
    store::catalogue::{self, Card, Filter, Sort},
};

/// Which products to list. What is left out does not restrict.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct ProductFilter {
    /// Of any of these states; PUBLISHED when left out. Others are for those who edit the catalogue (`catalog:write`).
    #[graphql(default)]
    pub states: Vec<ProductState>,
    /// In this category or below it.
    pub category_id: Option<ID>,
    /// Of any of these brands, written as the products do.
    #[graphql(default)]
    pub brands: Vec<String>,
    /// With a lowest price in this range.
    pub price: Option<PriceFilter>,
}

/// A range of prices; both ends are included.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct PriceFilter {
    /// From this price, in the currency's minor unit.
    pub least: Option<BigInt>,
    /// Up to this price, in the currency's minor unit.
    pub most: Option<BigInt>,
    /// Only prices in this currency, such as `USD`.
    pub currency: Option<String>,
}

/// The order of a list of products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub(crate) enum ProductSort {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// By name, from A to Z.
    NameAscending,
    /// By name, from Z to A.
    NameDescending,
    /// The cheapest first, by the lowest price of the variants.
    PriceAscending,
    /// The dearest first, by the lowest price of the variants.
    PriceDescending,
}

impl From<ProductSort> for Sort {
    fn from(sort: ProductSort) -> Self {
        match sort {
            ProductSort::Newest => Self::Newest,
            ProductSort::Oldest => Self::Oldest,
            ProductSort::NameAscending => Self::NameAscending,
            ProductSort::NameDescending => Self::NameDescending,
            ProductSort::PriceAscending => Self::PriceAscending,
            ProductSort::PriceDescending => Self::PriceDescending,
        }
    }
}

impl ProductFilter {
    /// The filter as rows see it; `all` says whether the viewer may see what is not public. A category that is not
    /// there holds nothing.
    pub(crate) async fn read(self, ctx: &Context<'_>, all: bool) -> Result<Filter, Fault> {
        let mut filter = Filter {
            states: vec![StateKind::Published],
            ..Filter::default()
        };
        if !self.states.is_empty() {
            let others = self
                .states
                .iter()
                .any(|state| *state != ProductState::Published);
            if others && !all {
                return Err(Fault::forbidden());
            }
            filter.states = self.states.into_iter().map(Into::into).collect();
        }
        if let Some(id) = &self.category_id {
            let id = global_id::decode("Category", id)?;
            filter.category_ids = Some(loaders(ctx)?.forest().await?.tree.with_descendants(id));
        }
        if self.brands.len() > 50 {
            return Err(Fault::invalid("`brands` takes at most 50"));
        }
        filter.brands = self.brands;
        if let Some(price) = self.price {
            filter.least = price.least.map(|units| units.0);
            filter.most = price.most.map(|units| units.0);
            filter.currency = price.currency;
        }
        Ok(filter)
    }
}

/// A part of a list of products.
pub(crate) struct ProductConnection {
    products: Vec<Product>,
    has_previous_page: bool,
    has_next_page: bool,
    filter: Filter,
    sort: Sort,
}

/// A product and its place in a list.
#[derive(SimpleObject)]
pub(crate) struct ProductEdge {
    /// For `after` and `before`.
    cursor: String,
    /// The product.
    node: Product,
}

impl ProductConnection {
    /// The page `(products, has_previous_page, has_next_page)` of the list.
    pub(crate) fn new(
        filter: Filter,
        sort: Sort,
        (cards, has_previous_page, has_next_page): (Vec<Card>, bool, bool),
    ) -> Self {
        let products = cards
            .into_iter()
            .map(|card| Product::of(Arc::new(card)))
            .collect();
        Self {
            products,
            has_previous_page,
            has_next_page,
            filter,
            sort,
        }
    }

    fn cursor(&self, product: &Product) -> String {
        cursor::encode(&self.sort.key(&product.card))
    }
}

#[Object]
impl ProductConnection {
    /// The products.
    async fn nodes(&self) -> Objects<'_, Product> {
        Objects::Borrowed(&self.products)
    }

    /// The products with their cursors.
    async fn edges(&self) -> Vec<ProductEdge> {
        let edge = |product: &Product| ProductEdge {
            cursor: self.cursor(product),
            node: product.clone(),
        };
        self.products.iter().map(edge).collect()
    }

    /// Where this part lies in the whole.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_previous_page: self.has_previous_page,
            has_next_page: self.has_next_page,
            start_cursor: self.products.first().map(|product| self.cursor(product)),
            end_cursor: self.products.last().map(|product| self.cursor(product)),
        }
    }

    /// How many there are in all; counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<i32>, Fault> {
        let count = catalogue::count(&shop(ctx)?.database, &self.filter).await?;
        Ok(Some(i32::try_from(count).unwrap_or(i32::MAX)))
    }
}
