//! What can be asked of products.

use std::sync::Arc;

use async_graphql::{Context, ID, Lookahead, Object};
use database::cursor::{self, Page};
use fault::Fault;
use identity::Scope;
use products_domain::StateKind;
use serving::graphql::global_id;

use super::{
    directives,
    schema::{edits_catalogue, keys, loaders, shop, viewer},
    types::{
        Category, CategoryBy, Product, ProductBy, ProductConnection, ProductFilter, ProductSort,
        Reservation, SearchFilter, SearchResults, SearchSort, SearchSuggestion, Stock,
        StockLedgerConnection, whole,
    },
};
use crate::{
    adapters::search::{OptionFilter, Query, Wanted},
    store::{
        catalogue::{self, By, Key, Sort},
        ledger, reservations,
    },
};

const DEFAULT_PAGE: u32 = 20;
/// Search results are paged up to here; who has not found it by then refines the search.
const SEARCH_WINDOW: usize = 1_000;
const LONGEST_TEXT: usize = 200;

#[derive(Default)]
pub(crate) struct Catalogue;

#[Object]
impl Catalogue {
    /// The products of the shop. Staff who edit the catalogue may ask for other states than PUBLISHED.
    #[graphql(directive = directives::list_size::apply(Some(20), Some(vec!["first".to_owned(), "last".to_owned()]), Some(vec!["nodes".to_owned(), "edges".to_owned()]), Some(false)))]
    #[expect(
        clippy::too_many_arguments,
        reason = "a Relay connection has these arguments"
    )]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "At most so many, 1 to 100; 20 when neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last ones instead, at most so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that fit.")] filter: Option<ProductFilter>,
        #[graphql(desc = "Their order.", default)] sort: ProductSort,
    ) -> Result<ProductConnection, Fault> {
        let page: Page<Key> = Page::new(
            first,
            after.as_deref(),
            last,
            before.as_deref(),
            DEFAULT_PAGE,
        )?;
        let sort = Sort::from(sort);
        if page.beyond.as_ref().is_some_and(|key| !sort.fits(key)) {
            return Err(Fault::invalid(
                "the cursor is that of a list in another order",
            ));
        }
        let filter = filter
            .unwrap_or_default()
            .read(ctx, edits_catalogue(ctx)?)
            .await?;
        let whole = whole(&ctx.look_ahead());
        let rows = catalogue::list(&shop(ctx)?.database, &filter, sort, &page, whole).await?;
        Ok(ProductConnection::new(filter, sort, page.cut(rows)))
    }

    /// One product, by its id, its slug or the SKU of one of its variants. Null when there is none that the viewer may
    /// see.
    async fn product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to look it up.")] by: ProductBy,
    ) -> Result<Option<Product>, Fault> {
        let by = match by {
            ProductBy::Id(id) => By::Id(global_id::decode("Product", &id)?),
            ProductBy::Slug(slug) => By::Slug(slug),
            ProductBy::Sku(sku) => By::Sku(sku),
        };
        let all = edits_catalogue(ctx)?;
        let found = catalogue::one(&shop(ctx)?.database, &by).await?;
        Ok(found
            .filter(|(card, _)| all || card.state() == Some(StateKind::Published))
            .map(|(card, detail)| Product {
                card: Arc::new(card),
                known: Some(Arc::new(detail)),
            }))
    }

    /// The categories at the top of the tree, in the order shown; `children` leads down.
    #[graphql(directive = directives::list_size::apply(Some(12), None, None, None))]
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>, Fault> {
        Ok(Category::below(&loaders(ctx)?.forest().await?, None))
    }

    /// One category, by its id or slug. Null when there is none.
    async fn category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to look it up.")] by: CategoryBy,
    ) -> Result<Option<Category>, Fault> {
        let forest = loaders(ctx)?.forest().await?;
        Ok(match by {
            CategoryBy::Id(id) => Category::of(&forest, global_id::decode("Category", &id)?),
            CategoryBy::Slug(slug) => Category::by_slug(&forest, &slug),
        })
    }
}

#[derive(Default)]
pub(crate) struct Search;

#[Object]
impl Search {
    /// Searches the products: by words, forgiving misspellings, with counts to narrow by. Without words it lists all.
    #[graphql(directive = directives::list_size::apply(Some(20), Some(vec!["first".to_owned()]), Some(vec!["nodes".to_owned(), "edges".to_owned()]), Some(false)), directive = directives::cost::apply("5".to_owned()))]
    async fn search_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "What to look for, at most 200 characters: `walnut lamp`.",
            default
        )]
        query: String,
        #[graphql(desc = "Only those that fit.")] filter: Option<SearchFilter>,
        #[graphql(desc = "Their order.", default)] sort: SearchSort,
        #[graphql(desc = "At most so many, 1 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor. Paging ends at the 1,000th hit.")]
        after: Option<String>,
    ) -> Result<SearchResults, Fault> {
        let limit = match first {
            None => DEFAULT_PAGE,
            Some(first) => u32::try_from(first)
                .ok()
                .filter(|first| (1..=cursor::MOST).contains(first))
                .ok_or_else(|| Fault::invalid("`first` takes 1 to 100"))?,
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let offset: usize = after
            .as_deref()
            .map(cursor::decode)
            .transpose()?
            .unwrap_or(0);
        if offset.saturating_add(limit) > SEARCH_WINDOW {
            return Err(Fault::invalid(
                "search results end at the 1,000th; narrow the search",
            ));
        }
        bounded("query", &query)?;
        let shop = shop(ctx)?;
        let filter = filter.unwrap_or_default();
        if filter.category_ids.len() > 50
            || filter.brands.len() > 50
            || filter.options.len() > 10
            || filter.options.iter().any(|option| option.values.len() > 50)
        {
            return Err(Fault::invalid(
                "a search takes at most 50 categories, 50 brands and 10 options with 50 values each",
            ));
        }
        let price = filter.price.as_ref();
        let asked = Query {
            text: query,
            categories: keys("Category", &filter.category_ids)?,
            least: price.and_then(|price| price.least).map(|units| units.0),
            most: price.and_then(|price| price.most).map(|units| units.0),
            brands: filter.brands,
            options: filter
                .options
                .into_iter()
                .map(|option| OptionFilter {
                    name: option.name,
                    values: option.values,
                })
                .collect(),
            sort: sort.into(),
            offset,
            limit,
            wanted: wanted(&ctx.look_ahead()),
            price_steps: shop.config.search_price_steps.clone(),
        };
        let found = shop.search.search(&asked).await?;
        // A product that left the shop a moment ago may still be in the index: the rows decide.
        let whole = whole(&ctx.look_ahead());
        let mut cards = catalogue::public_cards(&shop.database, &found.hits, whole).await?;
        let products = found
            .hits
            .iter()
            .filter_map(|id| cards.remove(id))
            .map(|card| Product::of(Arc::new(card)))
            .collect();
        Ok(SearchResults {
            products,
            found,
            offset,
            limit,
        })
    }

    /// Completes what a shopper is typing, commonest first.
    #[graphql(directive = directives::list_size::apply(Some(8), None, None, None))]
    async fn suggest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was typed so far, at most 200 characters: `wal`.")] prefix: String,
        #[graphql(desc = "At most so many, 1 to 20.", default = 8)] first: i32,
    ) -> Result<Vec<SearchSuggestion>, Fault> {
        bounded("prefix", &prefix)?;
        let most = usize::try_from(first)
            .ok()
            .filter(|most| (1..=20).contains(most))
            .ok_or_else(|| Fault::invalid("`first` takes 1 to 20"))?;
        let found = shop(ctx)?.search.suggest(&prefix, most).await?;
        Ok(found.into_iter().map(Into::into).collect())
    }
}

fn bounded(name: &str, text: &str) -> Result<(), Fault> {
    if text.chars().count() > LONGEST_TEXT {
        return Err(Fault::invalid(format!(
            "`{name}` takes at most {LONGEST_TEXT} characters"
        )));
    }
    Ok(())
}

/// The facets that the operation selects.
fn wanted(selected: &Lookahead<'_>) -> Wanted {
    let facets = selected.field("facets");
    Wanted {
        categories: facets.field("categories").exists(),
        brands: facets.field("brands").exists(),
        prices: facets.field("prices").exists(),
        options: facets.field("options").exists(),
    }
}

#[derive(Default)]
pub(crate) struct Inventory;

#[Object]
impl Inventory {
    /// The stock of many variants at once, at most 100; those that are not public are left out.
    #[graphql(directive = directives::list_size::apply(Some(20), None, None, None))]
    async fn stock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which variants.")] variant_ids: Vec<ID>,
    ) -> Result<Vec<Stock>, Fault> {
        if variant_ids.len() > 100 {
            return Err(Fault::invalid("`variantIds` takes at most 100"));
        }
        let keys = keys("Variant", &variant_ids)?;
        let all = viewer(ctx)?.has(Scope::InventoryWrite) || edits_catalogue(ctx)?;
        let mut forms = crate::store::variants::by_ids(&shop(ctx)?.database, &keys).await?;
        let stock = |id| {
            let form = forms
                .remove(id)
                .filter(|form| all || form.state == StateKind::Published)?;
            Some(Stock {
                variant_id: form.id,
                on_hand: form.on_hand,
                reserved: form.reserved,
                low_at: form.low_at,
            })
        };
        Ok(keys.iter().filter_map(stock).collect())
    }

    /// Every change of the stock of a variant, newest first. For staff (`inventory:write`).
    #[graphql(requires_scopes = "inventory:write", directive = directives::list_size::apply(Some(20), Some(vec!["first".to_owned(), "last".to_owned()]), Some(vec!["nodes".to_owned(), "edges".to_owned()]), Some(false)))]
    async fn stock_ledger(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which variant.")] variant_id: ID,
        #[graphql(
            desc = "At most so many, 1 to 100; 20 when neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The oldest ones instead, at most so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<StockLedgerConnection, Fault> {
        viewer(ctx)?.require(Scope::InventoryWrite)?;
        let variant = global_id::decode("Variant", &variant_id)?;
        let page: Page<i64> = Page::new(
            first,
            after.as_deref(),
            last,
            before.as_deref(),
            DEFAULT_PAGE,
        )?;
        let rows = ledger::page(shop(ctx)?.database.read(), variant, &page).await?;
        Ok(StockLedgerConnection::new(page.cut(rows)))
    }

    /// A reservation by its id. For staff (`inventory:write`).
    #[graphql(requires_scopes = "inventory:write")]
    async fn reservation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Reservation>, Fault> {
        viewer(ctx)?.require(Scope::InventoryWrite)?;
        let id = global_id::decode("Reservation", &id)?;
        let stored = reservations::load(shop(ctx)?.database.read(), id).await?;
        Ok(stored.map(|stored| stored.reservation.into()))
    }
}
