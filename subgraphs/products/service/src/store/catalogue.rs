//! What shoppers read of products: narrow rows for lists, the rest only when asked for.

use std::collections::HashMap;

use clock::Timestamp;
use database::{Database, DatabaseError, Row, cursor::Page};
use money::{Currency, Money};
use products_domain::{State, StateKind};
use sea_orm::{
    ExprTrait,
    sea_query::{Expr, IntoCondition, Order, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    store::product_rows::parsed,
    tables::{
        product_categories,
        products::{Column, Entity},
    },
};

/// What a list shows of a product.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    /// The lowest and the highest price; none without variants.
    pub prices: Option<(Money, Money)>,
    pub created_at: Timestamp,
    /// Read only when something of it is asked for: every column of every row costs.
    pub rest: Option<Rest>,
}

/// What few lists show of a product.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    pub brand: Option<String>,
    pub state: State,
    pub version: i64,
    pub updated_at: Timestamp,
}

impl Card {
    /// The state, when it was read.
    pub(crate) fn state(&self) -> Option<StateKind> {
        self.rest.as_ref().map(|rest| rest.state.kind())
    }
}

/// What only a product's own page shows.
#[derive(Clone, Debug)]
pub(crate) struct Detail {
    pub description: String,
    pub options: Vec<String>,
}

/// Which products a list holds. Empty lists and nones do not restrict.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub states: Vec<StateKind>,
    pub category_ids: Option<Vec<Uuid>>,
    pub brands: Vec<String>,
    pub least: Option<i64>,
    pub most: Option<i64>,
    pub currency: Option<String>,
}

/// The order of a list; the id decides between equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Newest,
    Oldest,
    NameAscending,
    NameDescending,
    PriceAscending,
    PriceDescending,
}

/// The place of a product in a list: the sorted value and the id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key(pub SortValue, pub Uuid);

/// A sorted value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum SortValue {
    Number(i64),
    Text(String),
}

impl Sort {
    fn column(self) -> (Column, bool) {
        match self {
            Self::Newest => (Column::CreatedAt, true),
            Self::Oldest => (Column::CreatedAt, false),
            Self::NameAscending => (Column::Name, false),
            Self::NameDescending => (Column::Name, true),
            Self::PriceAscending => (Column::PriceLeast, false),
            Self::PriceDescending => (Column::PriceLeast, true),
        }
    }

    /// Where `card` stands in a list of this order.
    pub(crate) fn key(self, card: &Card) -> Key {
        let value = match self {
            Self::Newest | Self::Oldest => SortValue::Number(card.created_at.as_millis()),
            Self::NameAscending | Self::NameDescending => SortValue::Text(card.name.clone()),
            Self::PriceAscending | Self::PriceDescending => {
                SortValue::Number(card.prices.map_or(0, |(least, _)| least.units()))
            }
        };
        Key(value, card.id)
    }

    /// Whether `key` is the place of a product in a list of this order.
    pub(crate) fn fits(self, key: &Key) -> bool {
        let textual = matches!(self, Self::NameAscending | Self::NameDescending);
        textual == matches!(key.0, SortValue::Text(_))
    }
}

const CARD: [Column; 7] = [
    Column::Id,
    Column::Slug,
    Column::Name,
    Column::PriceLeast,
    Column::PriceMost,
    Column::Currency,
    Column::CreatedAt,
];

const REST: [Column; 5] = [
    Column::Brand,
    Column::State,
    Column::StateSince,
    Column::Version,
    Column::UpdatedAt,
];

fn card_from(row: &Row<'_>, whole: bool) -> Result<Card, DatabaseError> {
    let currency = row.text(5, Currency::parse)?.transpose();
    let currency = currency.map_err(|error| DatabaseError::corrupt("products", error))?;
    let prices = match currency {
        None => None,
        Some(currency) => Some((
            Money::new(row.get(3)?, currency),
            Money::new(row.get(4)?, currency),
        )),
    };
    Ok(Card {
        id: row.get(0)?,
        slug: row.get(1)?,
        name: row.get(2)?,
        prices,
        created_at: Timestamp::from_millis(row.get(6)?),
        rest: whole.then(|| rest_from(row)).transpose()?,
    })
}

fn rest_from(row: &Row<'_>) -> Result<Rest, DatabaseError> {
    let state: String = row.get(8)?;
    let since: Option<i64> = row.get(9)?;
    let state = StateKind::parse(&state)
        .and_then(|kind| State::from_parts(kind, since.map(Timestamp::from_millis)))
        .ok_or_else(|| DatabaseError::corrupt("products", state))?;
    Ok(Rest {
        brand: row.get(7)?,
        state,
        version: row.get(10)?,
        updated_at: Timestamp::from_millis(row.get(11)?),
    })
}

fn restrict(select: &mut SelectStatement, filter: &Filter) {
    if let [state] = filter.states.as_slice() {
        select.and_where(Expr::col(Column::State).eq(state.code()));
    } else if !filter.states.is_empty() {
        select.and_where(
            Expr::col(Column::State).is_in(filter.states.iter().map(|state| state.code())),
        );
    }
    if let Some(categories) = &filter.category_ids {
        let inside = Query::select()
            .column(product_categories::Column::ProductId)
            .from(product_categories::Entity)
            .and_where(
                Expr::col(product_categories::Column::CategoryId).is_in(categories.iter().copied()),
            )
            .to_owned();
        select.and_where(Expr::col(Column::Id).in_subquery(inside));
    }
    if !filter.brands.is_empty() {
        select.and_where(Expr::col(Column::Brand).is_in(filter.brands.iter().map(String::as_str)));
    }
    if let Some(least) = filter.least {
        select.and_where(Expr::col(Column::PriceLeast).gte(least));
    }
    if let Some(most) = filter.most {
        select.and_where(Expr::col(Column::PriceLeast).lte(most));
    }
    if let Some(currency) = &filter.currency {
        select.and_where(Expr::col(Column::Currency).eq(currency.as_str()));
    }
}

/// A page of a list, read one further than it holds, in the direction of the page; `whole` with what few lists show.
/// One statement.
pub(crate) async fn list(
    database: &Database,
    filter: &Filter,
    sort: Sort,
    page: &Page<Key>,
    whole: bool,
) -> Result<Vec<Card>, DatabaseError> {
    let (column, descending) = sort.column();
    let down = descending != page.backwards;
    let mut select = Query::select()
        .columns(CARD)
        .from(Entity)
        .limit(page.fetch())
        .to_owned();
    if whole {
        select.columns(REST);
    }
    restrict(&mut select, filter);
    if let Some(Key(value, id)) = &page.beyond {
        let value = match value {
            SortValue::Number(number) => Expr::value(*number),
            SortValue::Text(text) => Expr::value(text.as_str()),
        };
        let place = Expr::tuple([Expr::col(column), Expr::col(Column::Id)]);
        let beyond = Expr::tuple([value, Expr::value(*id)]);
        let condition = if down {
            place.lt(beyond)
        } else {
            place.gt(beyond)
        };
        select.cond_where(condition.into_condition());
    }
    let order = if down { Order::Desc } else { Order::Asc };
    select
        .order_by(column, order.clone())
        .order_by(Column::Id, order);
    database
        .rows(&select, move |row| card_from(row, whole))
        .await
}

/// How many products a list holds in all.
pub(crate) async fn count(database: &Database, filter: &Filter) -> Result<i64, DatabaseError> {
    let mut select = Query::select()
        .expr(Expr::col(Column::Id).count())
        .from(Entity)
        .to_owned();
    restrict(&mut select, filter);
    Ok(database.row(&select, |row| row.get(0)).await?.unwrap_or(0))
}

/// The cards of these products; unknown ones are left out.
pub(crate) async fn cards(
    database: &Database,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Card>, DatabaseError> {
    let select = Query::select()
        .columns(CARD)
        .columns(REST)
        .from(Entity)
        .and_where(Expr::col(Column::Id).is_in(ids.iter().copied()))
        .to_owned();
    let cards = database.rows(&select, |row| card_from(row, true)).await?;
    Ok(cards.into_iter().map(|card| (card.id, card)).collect())
}

/// The cards of those of these products that are public; `whole` with what few lists show.
pub(crate) async fn public_cards(
    database: &Database,
    ids: &[Uuid],
    whole: bool,
) -> Result<HashMap<Uuid, Card>, DatabaseError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    // The state is judged here: as a condition it would lead SQLite to the index of all products of that state.
    let select = Query::select()
        .columns(CARD)
        .columns(
            if whole { &REST[..] } else { &[Column::State] }
                .iter()
                .copied(),
        )
        .from(Entity)
        .and_where(Expr::col(Column::Id).is_in(ids.iter().copied()))
        .to_owned();
    let state = if whole { 8 } else { 7 };
    let cards = database
        .rows(&select, move |row| {
            let public = row.get::<String>(state)? == StateKind::Published.code();
            public.then(|| card_from(row, whole)).transpose()
        })
        .await?;
    Ok(cards
        .into_iter()
        .flatten()
        .map(|card| (card.id, card))
        .collect())
}

/// How a single product is looked up.
#[derive(Clone, Debug)]
pub(crate) enum By {
    Id(Uuid),
    Slug(String),
    /// By the SKU of one of its variants.
    Sku(String),
}

/// One product with its detail. One statement.
pub(crate) async fn one(
    database: &Database,
    by: &By,
) -> Result<Option<(Card, Detail)>, DatabaseError> {
    use crate::tables::variants;
    let mut select = Query::select()
        .columns(CARD)
        .columns(REST)
        .columns([Column::Description, Column::Options])
        .from(Entity)
        .to_owned();
    match by {
        By::Id(id) => select.and_where(Expr::col(Column::Id).eq(*id)),
        By::Slug(slug) => select.and_where(Expr::col(Column::Slug).eq(slug.as_str())),
        By::Sku(sku) => {
            let of = Query::select()
                .column(variants::Column::ProductId)
                .from(variants::Entity)
                .and_where(Expr::col(variants::Column::Sku).eq(sku.as_str()))
                .to_owned();
            select.and_where(Expr::col(Column::Id).in_subquery(of))
        }
    };
    database
        .row(&select, |row| {
            let options: String = row.get(13)?;
            let detail = Detail {
                description: row.get(12)?,
                options: parsed("products", &options)?,
            };
            Ok((card_from(row, true)?, detail))
        })
        .await
}

/// The details of these products.
pub(crate) async fn details(
    database: &Database,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Detail>, DatabaseError> {
    let select = Query::select()
        .columns([Column::Id, Column::Description, Column::Options])
        .from(Entity)
        .and_where(Expr::col(Column::Id).is_in(ids.iter().copied()))
        .to_owned();
    let details = database
        .rows(&select, |row| {
            let options: String = row.get(2)?;
            let detail = Detail {
                description: row.get(1)?,
                options: parsed("products", &options)?,
            };
            Ok((row.get(0)?, detail))
        })
        .await?;
    Ok(details.into_iter().collect())
}

/// The categories of these products, each product's in its own order.
pub(crate) async fn categories_of(
    database: &Database,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Uuid>>, DatabaseError> {
    use product_categories::{Column, Entity};
    let select = Query::select()
        .columns([Column::ProductId, Column::CategoryId])
        .from(Entity)
        .and_where(Expr::col(Column::ProductId).is_in(ids.iter().copied()))
        .order_by(Column::Position, Order::Asc)
        .to_owned();
    let mut places: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    let rows = database.rows(&select, |row| Ok((row.get(0)?, row.get(1)?)));
    for (product, category) in rows.await? {
        places.entry(product).or_default().push(category);
    }
    Ok(places)
}
