//! What search takes and finds.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::PageInfo};
use database::cursor;
use fault::Fault;
use serving::graphql::{BigInt, Objects};

use super::{Category, Product, product_list::PriceFilter};
use crate::{
    adapters::search::{FacetCount, Found, Sort},
    graphql::{
        directives,
        loaders::Forest,
        schema::{loaders, shop},
    },
};

/// What search restricts to. Values of one kind widen one another, kinds narrow.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct SearchFilter {
    /// In any of these categories or below.
    #[graphql(default)]
    pub category_ids: Vec<ID>,
    /// Of any of these brands, as the facet spells them.
    #[graphql(default)]
    pub brands: Vec<String>,
    /// With a lowest price in this range.
    pub price: Option<PriceFilter>,
    /// With these options, as the facets spell them.
    #[graphql(default)]
    pub options: Vec<OptionValuesInput>,
}

/// An option with any of these values.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct OptionValuesInput {
    /// What the option is called, such as `Colour`.
    pub name: String,
    /// The values, such as `Walnut`.
    pub values: Vec<String>,
}

/// The order of what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub(crate) enum SearchSort {
    /// What fits best first; the newest first when nothing is searched for.
    #[default]
    Relevance,
    /// The newest first.
    Newest,
    /// The cheapest first, by the lowest price of the variants.
    PriceAscending,
    /// The dearest first, by the lowest price of the variants.
    PriceDescending,
}

impl From<SearchSort> for Sort {
    fn from(sort: SearchSort) -> Self {
        match sort {
            SearchSort::Relevance => Self::Relevance,
            SearchSort::Newest => Self::Newest,
            SearchSort::PriceAscending => Self::PriceAscending,
            SearchSort::PriceDescending => Self::PriceDescending,
        }
    }
}

/// What was found.
pub(crate) struct SearchResults {
    pub products: Vec<Product>,
    pub found: Found,
    /// Where this page begins.
    pub offset: usize,
    /// How many hits the page may hold.
    pub limit: usize,
}

/// A product that was found.
#[derive(SimpleObject)]
pub(crate) struct SearchEdge {
    /// For `after`.
    cursor: String,
    /// The product.
    node: Product,
    /// Where it matched.
    highlight: Highlight,
}

/// Where a product matched. HTML: matching words stand in `<mark>`, everything else is escaped.
pub(crate) struct Highlight {
    product: Product,
    matched: Arc<Vec<String>>,
}

#[Object]
impl Highlight {
    /// The product's name.
    async fn name(&self, ctx: &Context<'_>) -> Result<String, Fault> {
        Ok(shop(ctx)?
            .search
            .highlight(&self.matched, &self.product.card.name, 200))
    }

    /// The part of the description that fits best.
    async fn description(&self, ctx: &Context<'_>) -> Result<String, Fault> {
        let detail = loaders(ctx)?.detail(self.product.card.id).await?;
        let text = detail.map_or_else(String::new, |detail| detail.description.clone());
        Ok(shop(ctx)?.search.highlight(&self.matched, &text, 160))
    }
}

/// How many products there are by what one can choose. Choosing in a facet does not change that facet's own counts.
pub(crate) struct SearchFacets<'a>(&'a Found);

/// How many products a category holds, those below it included.
#[derive(SimpleObject)]
pub(crate) struct CategoryCount {
    /// The category.
    category: Category,
    /// How many products.
    count: i32,
}

/// How many products have a value.
#[derive(SimpleObject)]
pub(crate) struct ValueCount {
    /// The value.
    value: String,
    /// How many products.
    count: i32,
}

/// How many products cost so much.
#[derive(SimpleObject)]
pub(crate) struct PriceRangeCount {
    /// From this price on, in the currency's minor unit; null for no limit.
    least: Option<BigInt>,
    /// Below this price, in the currency's minor unit; null for no limit.
    below: Option<BigInt>,
    /// How many products.
    count: i32,
}

/// An option with how many products have each of its values.
#[derive(SimpleObject)]
pub(crate) struct OptionCount {
    /// What the option is called, such as `Colour`.
    name: String,
    /// Its values, commonest first.
    values: Vec<ValueCount>,
}

fn number(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn values(counts: &[FacetCount<String>]) -> Vec<ValueCount> {
    counts
        .iter()
        .map(|count| ValueCount {
            value: count.value.clone(),
            count: number(count.count),
        })
        .collect()
}

#[Object]
impl SearchFacets<'_> {
    /// By category, commonest first.
    #[graphql(directive = directives::list_size::apply(Some(30), None, None, None))]
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<CategoryCount>, Fault> {
        let counts = &self.0.facets.categories;
        if counts.is_empty() {
            return Ok(Vec::new());
        }
        let forest: Arc<Forest> = loaders(ctx)?.forest().await?;
        let category = |count: &FacetCount<_>| {
            Some(CategoryCount {
                category: Category::of(&forest, count.value)?,
                count: number(count.count),
            })
        };
        Ok(counts.iter().filter_map(category).collect())
    }

    /// By brand, commonest first.
    #[graphql(directive = directives::list_size::apply(Some(30), None, None, None))]
    async fn brands(&self) -> Objects<'_, ValueCount> {
        Objects::Owned(values(&self.0.facets.brands))
    }

    /// By lowest price; ranges without products are left out.
    #[graphql(directive = directives::list_size::apply(Some(6), None, None, None))]
    async fn prices(&self) -> Vec<PriceRangeCount> {
        let range = |price: &crate::adapters::search::PriceCount| PriceRangeCount {
            least: price.least.map(BigInt),
            below: price.below.map(BigInt),
            count: number(price.count),
        };
        self.0.facets.prices.iter().map(range).collect()
    }

    /// By option.
    #[graphql(directive = directives::list_size::apply(Some(10), None, None, None))]
    async fn options(&self) -> Vec<OptionCount> {
        let option = |(name, counts): &(String, Vec<_>)| OptionCount {
            name: name.clone(),
            values: values(counts),
        };
        self.0.facets.options.iter().map(option).collect()
    }
}

#[Object]
impl SearchResults {
    /// The products, best first.
    async fn nodes(&self) -> Objects<'_, Product> {
        Objects::Borrowed(&self.products)
    }

    /// The products with their cursors and where they matched.
    async fn edges(&self) -> Vec<SearchEdge> {
        let matched = Arc::new(self.found.matched.clone());
        let edge = |product: &Product| SearchEdge {
            cursor: self.cursor_of(product),
            node: product.clone(),
            highlight: Highlight {
                product: product.clone(),
                matched: Arc::clone(&matched),
            },
        };
        self.products.iter().map(edge).collect()
    }

    /// Where this page lies in the whole.
    async fn page_info(&self) -> PageInfo {
        let end = self.offset.saturating_add(self.limit);
        PageInfo {
            has_previous_page: self.offset > 0,
            has_next_page: self.found.total > u64::try_from(end).unwrap_or(u64::MAX),
            start_cursor: self.products.first().map(|product| self.cursor_of(product)),
            // The cursor of the last hit, also when its product has just left the shop.
            end_cursor: self
                .found
                .hits
                .len()
                .checked_sub(1)
                .map(|last| self.cursor_at(last)),
        }
    }

    /// How many were found in all.
    async fn total_count(&self) -> i32 {
        number(self.found.total)
    }

    /// Counts to narrow the search by; counted only when asked for.
    async fn facets(&self) -> SearchFacets<'_> {
        SearchFacets(&self.found)
    }
}

impl SearchResults {
    fn cursor_of(&self, product: &Product) -> String {
        let place = self.found.hits.iter().position(|id| *id == product.card.id);
        self.cursor_at(place.unwrap_or_default())
    }

    fn cursor_at(&self, place: usize) -> String {
        cursor::encode(&self.offset.saturating_add(place).saturating_add(1))
    }
}

/// A completion of what is being typed.
#[derive(SimpleObject)]
pub(crate) struct SearchSuggestion {
    /// What to search for.
    text: String,
    /// How many products that finds.
    count: i32,
}

impl From<crate::adapters::search::Suggestion> for SearchSuggestion {
    fn from(suggestion: crate::adapters::search::Suggestion) -> Self {
        Self {
            text: suggestion.text,
            count: number(suggestion.count),
        }
    }
}
