//! Keeps the list of replicas current: looks names up, and asks each replica whether it is ready.

use std::{collections::HashSet, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::join_all;
use hive_router::http::{Request, StatusCode};
use http_body_util::Empty;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::{fleet::Fleet, replica::Replica};
use crate::config::ms;

type Prober = Client<HttpConnector, Empty<Bytes>>;

impl Fleet {
    /// Looks for replicas once, and from then on until `stop`.
    pub(crate) async fn watch(self: &Arc<Self>, stop: CancellationToken) {
        self.resolve().await;
        let fleet = Arc::clone(self);
        tokio::spawn(async move {
            stop.run_until_cancelled(fleet.keep_watch()).await;
        });
    }

    async fn keep_watch(&self) {
        let every = |milliseconds: u64| {
            let mut every = interval(ms(milliseconds.max(10)));
            every.set_missed_tick_behavior(MissedTickBehavior::Delay);
            every
        };
        let (mut look_up, mut probe) = (
            every(self.settings.resolve_ms),
            every(self.settings.probe_ms),
        );
        // No connection is kept: whether a new one can be made is part of the question.
        let prober = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(self.connector.clone());
        loop {
            tokio::select! {
                _ = look_up.tick() => self.resolve().await,
                _ = probe.tick() => {
                    let replicas = self.replicas();
                    join_all(replicas.iter().map(|replica| self.probe(&prober, replica))).await;
                    let (fit, all) = self.strength();
                    self.metrics.replicas(&self.name, fit, all);
                }
            }
        }
    }

    async fn resolve(&self) {
        let known = self.replicas();
        let (mut seen, mut replicas) = (HashSet::new(), Vec::new());
        for site in &self.sites {
            let found = timeout(Duration::from_secs(5), site.addresses()).await;
            let Ok(Ok(addresses)) = found else {
                tracing::debug!(
                    subgraph.name = self.name,
                    site = site.authority,
                    "a name could not be looked up"
                );
                let kept = known
                    .iter()
                    .filter(|replica| replica.authority == site.authority);
                replicas.extend(
                    kept.filter(|replica| seen.insert(replica.address))
                        .map(Arc::clone),
                );
                continue;
            };
            for address in addresses {
                if seen.insert(address) {
                    let same = known.iter().find(|replica| {
                        replica.address == address && replica.authority == site.authority
                    });
                    replicas.push(same.map_or_else(
                        || Arc::new(Replica::new(site.authority.clone(), address)),
                        Arc::clone,
                    ));
                }
            }
        }
        self.replace(replicas);
    }

    async fn probe(&self, prober: &Prober, replica: &Arc<Replica>) {
        let request = Request::builder()
            .uri(format!("http://{}/health/ready", replica.address))
            .header("host", &replica.authority)
            .body(Empty::new());
        let Ok(request) = request else {
            return;
        };
        let limit = ms(self.settings.probe_ms).max(Duration::from_millis(100));
        match timeout(limit, prober.request(request)).await {
            Ok(Ok(response)) if response.status() == StatusCode::OK => {
                replica.take_in(&self.name);
            }
            // It serves, but knows nothing of readiness.
            Ok(Ok(response)) if response.status() == StatusCode::NOT_FOUND => {
                replica.take_in(&self.name);
            }
            Ok(Ok(_)) => replica.leave_out(&self.name, "it says that it is not ready"),
            Ok(Err(_)) => replica.leave_out(&self.name, "it does not answer"),
            // When all are as slow as that, all are called nevertheless.
            Err(_) => replica.leave_out(&self.name, "it does not say in time whether it is ready"),
        }
    }
}
