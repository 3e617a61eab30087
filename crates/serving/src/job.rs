//! Work that runs by the clock.

use std::{sync::Arc, time::Duration};

use database::Database;
use fault::Fault;
use futures::{FutureExt, future::BoxFuture};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Something a subgraph does again and again: a sweeper, a reconciler. Each one calls a command.
#[derive(Clone)]
pub struct Job {
    /// Its name in logs and metrics, such as `orders.expire`.
    pub name: &'static str,
    /// How long it rests between two runs.
    pub every: Duration,
    /// Wakes it before its time.
    pub wake: Option<Arc<Notify>>,
    /// One run.
    pub run: Arc<dyn Fn() -> BoxFuture<'static, Result<(), Fault>> + Send + Sync>,
}

impl Job {
    /// A job that runs `run` every `every`.
    pub fn new<F, Fut>(name: &'static str, every: Duration, run: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        Self {
            name,
            every,
            wake: None,
            run: Arc::new(move || run().boxed()),
        }
    }

    /// Lets `wake` start it before its time.
    #[must_use]
    pub fn woken_by(mut self, wake: Arc<Notify>) -> Self {
        self.wake = Some(wake);
        self
    }

    /// Lets one replica at a time do it, by a lease in `database`; when that replica is gone another one takes over
    /// after three times `every`. For work that needs not be shared; it still has to be right in two at once.
    #[must_use]
    pub fn in_one_replica(mut self, database: Database) -> Self {
        let (name, span, run) = (self.name, self.every * 3, self.run);
        self.run = Arc::new(move || {
            let (database, run) = (database.clone(), Arc::clone(&run));
            async move {
                if database.holds_job(name, span).await? {
                    run().await?;
                }
                Ok(())
            }
            .boxed()
        });
        self
    }
}

/// Runs `job` until `shutdown`; a run that has begun is finished. A failed run is logged and tried again at the next time.
pub async fn run_job(job: Job, shutdown: CancellationToken) {
    loop {
        let woken = async {
            match &job.wake {
                Some(wake) => wake.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(job.every) => {}
            () = woken => {}
        }
        if let Err(fault) = (job.run)().await {
            tracing::error!(job.name = job.name, error = %fault, cause = ?fault.cause().map(ToString::to_string), "job failed");
        }
    }
}
