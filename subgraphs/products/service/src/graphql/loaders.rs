//! Reads rows for many objects at once; made anew for each request, and without a cache, so that what a mutation
//! answers is what it changed.

use std::{collections::HashMap, sync::Arc};

use database::{Database, DatabaseError};
use dataloader::{BatchFn, non_cached::Loader};
use fault::Fault;
use products_domain::CategoryTree;
use uuid::Uuid;

use crate::{
    store::{
        catalogue::{self, Card, Detail},
        categories,
        stock::{self, Stock},
        variants::{self, Form},
    },
    tables::categories::Model,
};

type Loaded<T> = Result<T, Fault>;
type One<T> = Loaded<Option<Arc<T>>>;
type Many<T> = Loaded<Vec<T>>;

/// The tree of categories with its rows.
#[derive(Debug)]
pub(crate) struct Forest {
    pub rows: HashMap<Uuid, Model>,
    pub tree: CategoryTree,
}

/// One per request.
pub(crate) struct Loaders {
    cards: Loader<Uuid, One<Card>, Cards>,
    details: Loader<Uuid, One<Detail>, Details>,
    forms: Loader<Uuid, One<Form>, Forms>,
    forms_of: Loader<Uuid, Many<Arc<Form>>, FormsOf>,
    places: Loader<Uuid, Many<Uuid>, Places>,
    stock: Loader<Uuid, One<Stock>, Stocks>,
    forest: Loader<(), One<Forest>, Forests>,
}

impl Loaders {
    pub(crate) fn new(database: &Database) -> Self {
        Self {
            cards: Loader::new(Cards(database.clone())),
            details: Loader::new(Details(database.clone())),
            forms: Loader::new(Forms(database.clone())),
            forms_of: Loader::new(FormsOf(database.clone())),
            places: Loader::new(Places(database.clone())),
            stock: Loader::new(Stocks(database.clone())),
            forest: Loader::new(Forests(database.clone())),
        }
    }

    /// A product, whatever its state.
    pub(crate) async fn card(&self, product: Uuid) -> One<Card> {
        self.cards
            .try_load(product)
            .await
            .map_err(Fault::internal)?
    }

    pub(crate) async fn detail(&self, product: Uuid) -> One<Detail> {
        self.details
            .try_load(product)
            .await
            .map_err(Fault::internal)?
    }

    /// A variant, whatever its product's state.
    pub(crate) async fn form(&self, variant: Uuid) -> One<Form> {
        self.forms
            .try_load(variant)
            .await
            .map_err(Fault::internal)?
    }

    pub(crate) async fn forms_of(&self, product: Uuid) -> Many<Arc<Form>> {
        self.forms_of
            .try_load(product)
            .await
            .map_err(Fault::internal)?
    }

    /// The categories of a product, nearest first.
    pub(crate) async fn places(&self, product: Uuid) -> Many<Uuid> {
        self.places
            .try_load(product)
            .await
            .map_err(Fault::internal)?
    }

    pub(crate) async fn stock(&self, variant: Uuid) -> One<Stock> {
        self.stock
            .try_load(variant)
            .await
            .map_err(Fault::internal)?
    }

    /// All categories.
    pub(crate) async fn forest(&self) -> Result<Arc<Forest>, Fault> {
        let forest = self.forest.try_load(()).await.map_err(Fault::internal)??;
        forest.ok_or_else(|| Fault::internal("the categories were not loaded"))
    }
}

/// A value for each key, or the failure for each.
fn spread<T: Default>(
    keys: &[Uuid],
    found: Result<HashMap<Uuid, T>, DatabaseError>,
) -> HashMap<Uuid, Loaded<T>> {
    match found {
        Ok(mut found) => keys
            .iter()
            .map(|key| (*key, Ok(found.remove(key).unwrap_or_default())))
            .collect(),
        Err(error) => {
            let fault = Fault::from(error);
            keys.iter().map(|key| (*key, Err(fault.clone()))).collect()
        }
    }
}

fn shared<T>(found: HashMap<Uuid, T>) -> HashMap<Uuid, Option<Arc<T>>> {
    found
        .into_iter()
        .map(|(key, value)| (key, Some(Arc::new(value))))
        .collect()
}

struct Cards(Database);

impl BatchFn<Uuid, One<Card>> for Cards {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, One<Card>> {
        spread(keys, catalogue::cards(&self.0, keys).await.map(shared))
    }
}

struct Details(Database);

impl BatchFn<Uuid, One<Detail>> for Details {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, One<Detail>> {
        spread(keys, catalogue::details(&self.0, keys).await.map(shared))
    }
}

struct Forms(Database);

impl BatchFn<Uuid, One<Form>> for Forms {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, One<Form>> {
        spread(keys, variants::by_ids(&self.0, keys).await.map(shared))
    }
}

struct FormsOf(Database);

impl BatchFn<Uuid, Many<Arc<Form>>> for FormsOf {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Many<Arc<Form>>> {
        let found = variants::of_products(&self.0, keys).await.map(|found| {
            found
                .into_iter()
                .map(|(key, forms)| (key, forms.into_iter().map(Arc::new).collect()))
                .collect()
        });
        spread(keys, found)
    }
}

struct Places(Database);

impl BatchFn<Uuid, Many<Uuid>> for Places {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Many<Uuid>> {
        spread(keys, catalogue::categories_of(&self.0, keys).await)
    }
}

struct Stocks(Database);

impl BatchFn<Uuid, One<Stock>> for Stocks {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, One<Stock>> {
        spread(
            keys,
            stock::load_many(self.0.read(), keys).await.map(shared),
        )
    }
}

struct Forests(Database);

impl BatchFn<(), One<Forest>> for Forests {
    async fn load(&mut self, _keys: &[()]) -> HashMap<(), One<Forest>> {
        let forest = categories::all(self.0.read()).await.and_then(|rows| {
            let tree = categories::tree(&rows)?;
            Ok(Some(Arc::new(Forest {
                rows: rows.into_iter().map(|row| (row.id, row)).collect(),
                tree,
            })))
        });
        HashMap::from([((), forest.map_err(Fault::from))])
    }
}
