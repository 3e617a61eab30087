//! Wires the subgraph.

use std::sync::Arc;

use async_graphql::{Request, ValidationMode};
use async_trait::async_trait;
use fault::Fault;
use messaging::{Handler, Subscriber};
use serving::{Caller, Job, Parts, StartError, Subgraph};

use crate::{
    commands::{shop::Shop, wakes::Wakes},
    config::Config,
    consumers::{
        OnInventoryCommitFailed, OnInventoryRejected, OnInventoryReserved, OnPaymentFailed,
        OnPaymentProcessing, OnPaymentRefunded, OnPaymentSucceeded, OnProductChanged,
        OnSessionRevoked, OnStockChanged, Watchers,
    },
    graphql::{self, Loaders, Schema, Streams},
    jobs, store,
};

/// The orders subgraph.
pub struct Orders {
    shop: Shop,
    schema: Schema,
    trusting: Schema,
    streams: Streams,
}

#[async_trait]
impl Subgraph for Orders {
    const NAME: &'static str = "orders";
    const DEFAULTS: &'static str = include_str!("../config.default.toml");
    type Config = Config;
    type Schema = Schema;
    type Migrator = migrations::Orders;

    fn sdl() -> String {
        graphql::sdl()
    }

    fn check(config: &Config) -> Result<(), StartError> {
        config.clone().check().map(drop)
    }

    async fn start(config: Config, parts: Parts) -> Result<Self, StartError> {
        let settings = config.check()?;
        let ended = store::sessions::all(parts.database.read())
            .await
            .map_err(|source| StartError::Database {
                subgraph: Self::NAME,
                source,
            })?;
        for (session, until) in ended {
            parts.verifier.revoke(session, until);
        }
        Ok(Self {
            shop: Shop {
                database: parts.database,
                clock: parts.clock,
                settings: Arc::new(settings),
                verifier: parts.verifier,
                wakes: Wakes::default(),
            },
            schema: graphql::build(ValidationMode::Strict),
            trusting: graphql::build(ValidationMode::Fast),
            streams: Streams::new(parts.shutdown),
        })
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn trusting_schema(&self) -> &Schema {
        &self.trusting
    }

    fn prepare(&self, request: Request, _caller: &Caller) -> Request {
        request
            .data(self.shop.clone())
            .data(self.streams.clone())
            .data(Loaders::new(&self.shop.database))
    }

    fn handlers(&self) -> Vec<Box<dyn Handler>> {
        let shop = || self.shop.clone();
        vec![
            Box::new(OnInventoryReserved(shop())),
            Box::new(OnInventoryRejected(shop())),
            Box::new(OnInventoryCommitFailed(shop())),
            Box::new(OnProductChanged),
            Box::new(OnStockChanged),
            Box::new(OnPaymentSucceeded(shop())),
            Box::new(OnPaymentProcessing(shop())),
            Box::new(OnPaymentFailed(shop())),
            Box::new(OnPaymentRefunded(shop())),
            Box::new(OnSessionRevoked(shop())),
        ]
    }

    fn listeners(&self) -> Vec<Arc<dyn Subscriber>> {
        vec![Arc::new(Watchers(self.shop.clone()))]
    }

    fn jobs(&self) -> Vec<Job> {
        vec![jobs::sweep(&self.shop), jobs::clean(&self.shop)]
    }

    async fn republish(
        &self,
        aggregate: &str,
        _progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<u64, Fault> {
        Err(Fault::invalid(format!(
            "orders has no snapshots of `{aggregate}`: an order's events are all there is of it"
        )))
    }
}
