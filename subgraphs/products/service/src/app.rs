//! Wires the subgraph by hand.

use std::{sync::Arc, time::Duration};

use async_graphql::{Request, ValidationMode};
use async_trait::async_trait;
use clock::Clock;
use database::{Database, Tx};
use fault::{Code, Fault};
use messaging::Handler;
use serving::{Caller, Check, Job, Parts, StartError, Subgraph};
use tokio::sync::Notify;

use crate::{
    adapters::{
        media,
        search::{ElasticsearchIndex, Indexer, SearchIndex, TantivyIndex},
    },
    commands::{follow_catalogue, reindex, republish, seed},
    config::Config,
    consumers::{OrderCancelled, OrderExpired, OrderPaid, OrderPlaced},
    graphql::{Loaders, Schema, schema, sdl},
    jobs,
    metrics::Metrics,
    store::changes,
};

/// How often it is looked whether somebody else has built the search index.
const POLL: Duration = Duration::from_millis(20);

/// What commands work with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Shop {
    pub database: Database,
    pub clock: Clock,
    pub config: Arc<Config>,
    pub metrics: Metrics,
    pub search: Arc<dyn SearchIndex>,
    pub indexer: Arc<Indexer>,
    /// Wakes whoever follows the catalogue.
    pub changed: Arc<Notify>,
}

impl Shop {
    /// Wakes those who follow the catalogue once `tx` is committed.
    pub(crate) fn catalogue_changes_with(&self, tx: &Tx) {
        let changed = Arc::clone(&self.changed);
        tx.on_commit(move || changed.notify_one());
    }
}

/// The products subgraph: catalogue, search, stock and reservations.
pub struct Products {
    shop: Shop,
    schema: Schema,
    trusting: Schema,
}

impl Products {
    /// Whether no product was ever made.
    pub async fn is_empty(&self) -> Result<bool, Fault> {
        Ok(changes::last(self.shop.database.read()).await? == 0)
    }

    /// Puts the demo catalogue into an empty shop; returns how many products it made, none when there were any.
    pub async fn seed_demo(&self) -> Result<u64, Fault> {
        seed::demo(&self.shop).await
    }

    /// Fills the shop up to `count` generated products, the same ones every time, for load work; tells `progress` how
    /// many there are. Returns how many it made.
    pub async fn seed_generated(
        &self,
        count: u64,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<u64, Fault> {
        seed::generated(&self.shop, count, progress).await
    }

    /// Builds the search index anew while the shop runs, and switches over; tells `progress` how many of how many
    /// products are done. Returns how many can be found.
    pub async fn reindex(&self, progress: &(dyn Fn(u64, u64) + Send + Sync)) -> Result<u64, Fault> {
        reindex::run(&self.shop, progress).await
    }

    /// Makes an empty index on the search server where it has none, so that who searches need not be able to. Says what
    /// and where it is; none for the embedded engine, which makes its own.
    pub async fn prepare_search(
        config: &Config,
        clock: Clock,
    ) -> Result<Option<String>, StartError> {
        config.check()?;
        let Some(access) = config.elasticsearch() else {
            return Ok(None);
        };
        let failed = |error| StartError::other("the search index", error);
        let index = ElasticsearchIndex::new(&access, clock)?;
        index.prepare().await.map_err(failed)?;
        index.about().await.map(Some).map_err(failed)
    }

    /// Brings the search index up to the catalogue now, without waiting for the job that does so, but for somebody who builds it
    /// anew.
    pub async fn catch_up(&self) -> Result<(), Fault> {
        while !follow_catalogue::run(&self.shop).await? {
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }
}

#[async_trait]
impl Subgraph for Products {
    const NAME: &'static str = "products";
    const DEFAULTS: &'static str = include_str!("../config.default.toml");
    type Config = Config;
    type Schema = Schema;
    type Migrator = migrations::Products;

    fn sdl() -> String {
        sdl()
    }

    fn check(config: &Config) -> Result<(), StartError> {
        config.check()
    }

    async fn start(config: Config, parts: Parts) -> Result<Self, StartError> {
        config.check()?;
        let metrics = Metrics::register(&parts.registry)?;
        let search = open_search(&config, &parts)?;
        let indexer = Indexer::new(Arc::clone(&search), config.commit_pause(), metrics.clone());
        let shop = Shop {
            database: parts.database,
            clock: parts.clock,
            config: Arc::new(config),
            metrics,
            search,
            indexer: Arc::new(indexer),
            changed: Arc::new(Notify::new()),
        };
        let build = |mode| schema().data(shop.clone()).validation_mode(mode).finish();
        Ok(Self {
            schema: build(ValidationMode::Strict),
            trusting: build(ValidationMode::Fast),
            shop,
        })
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn trusting_schema(&self) -> &Schema {
        &self.trusting
    }

    fn prepare(&self, request: Request, _caller: &Caller) -> Request {
        request.data(Loaders::new(&self.shop.database))
    }

    fn handlers(&self) -> Vec<Box<dyn Handler>> {
        vec![
            Box::new(OrderPlaced(self.shop.clone())),
            Box::new(OrderPaid(self.shop.clone())),
            Box::new(OrderCancelled(self.shop.clone())),
            Box::new(OrderExpired(self.shop.clone())),
        ]
    }

    fn jobs(&self) -> Vec<Job> {
        vec![
            jobs::sweep_reservations(&self.shop),
            jobs::follow_catalogue(&self.shop),
        ]
    }

    fn routes(&self) -> axum::Router {
        media::routes(self.shop.clone())
    }

    async fn republish(
        &self,
        aggregate: &str,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<u64, Fault> {
        match aggregate {
            events::products::CATALOG => republish::catalogue(&self.shop, progress).await,
            events::products::INVENTORY => republish::inventory(&self.shop, progress).await,
            _ => Err(Fault::invalid(format!(
                "products has no snapshots of `{aggregate}`; it has `{}` and `{}`",
                events::products::CATALOG,
                events::products::INVENTORY
            ))),
        }
    }

    /// Lists and look-ups go on without the search index.
    async fn side_checks(&self) -> Vec<Check> {
        let outcome = match self.shop.indexer.state(&self.shop.database).await {
            Ok((about, Some(0))) => Ok(format!("{about}, is up to the catalogue")),
            Ok((about, Some(behind))) => {
                Ok(format!("{about}, is {behind} changes behind the catalogue"))
            }
            Ok((about, None)) => Ok(format!("{about}, is to be built")),
            Err(fault) => {
                let cause = fault.cause().map(ToString::to_string).unwrap_or_default();
                let mend = if fault.code() == Code::Unavailable {
                    "start it or mend `elasticsearch_url`; indexing catches up by itself"
                } else {
                    "run `emporium reindex`"
                };
                Err(format!("{fault} ({cause}); {mend}"))
            }
        };
        vec![Check {
            name: "products search index".to_owned(),
            outcome,
        }]
    }
}

fn open_search(config: &Config, parts: &Parts) -> Result<Arc<dyn SearchIndex>, StartError> {
    if let Some(access) = config.elasticsearch() {
        return Ok(Arc::new(ElasticsearchIndex::new(
            &access,
            parts.clock.clone(),
        )?));
    }
    let memory = config.search_memory_megabytes.saturating_mul(1_000_000);
    let search = TantivyIndex::open(&parts.data.join("search"), memory, parts.clock.clone())
        .map_err(|error| StartError::other("the search index cannot be opened", error))?;
    Ok(Arc::new(search))
}
