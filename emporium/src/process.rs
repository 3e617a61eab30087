//! What all parts of one process share, however many of them it runs.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clock::Clock;
use database::Database;
use identity::Verifier;
use router::News;
use serving::{Metrics, Parts, Served, Serving, Subgraph, config::Settings};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::ShopError;

const OBSERVE: Duration = Duration::from_secs(2);

/// What all parts of one process share.
pub(crate) struct Process {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) registry: telemetry::Registry,
    pub(crate) verifier: Arc<Verifier>,
    /// What a router of this process hears of events.
    pub(crate) news: Arc<News>,
    /// Ends live streams; the first step of a graceful end.
    pub(crate) streams: CancellationToken,
    /// Lets no new request in and finishes those under way.
    pub(crate) serving: CancellationToken,
    /// Ends what runs by itself: delivery, jobs, listeners.
    pub(crate) background: CancellationToken,
    pub(crate) tasks: TaskTracker,
    metrics: Arc<Metrics>,
    data: PathBuf,
}

impl Process {
    /// A process with nothing in it yet; parts that keep files keep them below `data`.
    pub(crate) fn new(
        settings: Settings,
        clock: Clock,
        verifier: Arc<Verifier>,
        data: PathBuf,
    ) -> Result<Self, ShopError> {
        let registry = telemetry::Registry::new();
        let metrics =
            Metrics::register(registry.prometheus()).map_err(ShopError::other("metrics"))?;
        Ok(Self {
            settings,
            clock,
            registry,
            news: Arc::new(News::new(Arc::clone(&verifier))),
            verifier,
            streams: CancellationToken::new(),
            serving: CancellationToken::new(),
            background: CancellationToken::new(),
            tasks: TaskTracker::new(),
            metrics: Arc::new(metrics),
            data,
        })
    }

    /// Starts a subgraph on its database. Nothing of it runs by itself yet. `answers` says whether clients come to it.
    pub(crate) async fn start<S: Subgraph>(
        &self,
        database: &Database,
        answers: bool,
    ) -> Result<Served<S>, ShopError> {
        let config = self.settings.section(S::NAME, S::DEFAULTS)?;
        let parts = Parts {
            database: database.clone(),
            clock: self.clock.clone(),
            verifier: Arc::clone(&self.verifier),
            registry: self.registry.prometheus().clone(),
            data: self.data.clone(),
            answers,
            shutdown: self.streams.clone(),
        };
        Ok(Served::start(config, parts, Arc::clone(&self.metrics)).await?)
    }

    /// Runs what the subgraphs do by the clock.
    pub(crate) fn run_jobs(&self, subgraphs: &[Arc<dyn Serving>]) {
        for job in subgraphs.iter().flat_map(|subgraph| subgraph.jobs()) {
            self.tasks
                .spawn(serving::run_job(job, self.background.clone()));
        }
    }

    /// Brings the databases' counters into the metrics now and then.
    pub(crate) fn observe(&self, subgraphs: Vec<Arc<dyn Serving>>) {
        let stop = self.background.clone();
        self.tasks.spawn(async move {
            while !stop.is_cancelled() {
                for subgraph in &subgraphs {
                    subgraph.observe();
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(OBSERVE) => {}
                }
            }
        });
    }

    /// Ends everything that runs by itself, each after the step at hand.
    pub(crate) async fn end(&self) {
        self.streams.cancel();
        self.serving.cancel();
        self.background.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
