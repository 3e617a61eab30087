//! The Redis that routers share. It never holds a request up: what takes longer than a few milliseconds is given up, and
//! while Redis is away nobody asks.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, RedisError, ScriptInvocation, TlsCertificates, Value,
    aio::MultiplexedConnection,
};
use tokio::{runtime::Handle, sync::Notify, time::timeout};
use tokio_util::{context::TokioContext, sync::CancellationToken};

use crate::{
    RouterError,
    config::{RouterConfig, ms},
    metrics::Metrics,
};

/// So many calls in a row that were too slow, or refused, count as away.
const STRIKES: u32 = 5;
/// Between tries to reach it again.
const AGAIN: Duration = Duration::from_millis(250);
/// How long a new connection may take.
const CONNECT: Duration = Duration::from_secs(2);

/// A connection that comes back by itself.
pub(crate) struct Shared {
    client: Client,
    limit: Duration,
    runtime: Handle,
    metrics: Arc<Metrics>,
    connection: RwLock<Option<MultiplexedConnection>>,
    /// Counts the connections that there were.
    number: AtomicU64,
    strikes: AtomicU32,
    broken: Notify,
}

impl Shared {
    /// Connects in the background, until `stop`. Nothing when no Redis is set.
    pub(crate) fn open(
        config: &RouterConfig,
        runtime: &Handle,
        metrics: &Arc<Metrics>,
        stop: CancellationToken,
    ) -> Result<Option<Arc<Self>>, RouterError> {
        if config.redis_url.is_empty() {
            return Ok(None);
        }
        let shared = Arc::new(Self {
            client: client(config)?,
            limit: ms(config.redis_timeout_ms.max(1)),
            runtime: runtime.clone(),
            metrics: Arc::clone(metrics),
            connection: RwLock::new(None),
            number: AtomicU64::new(0),
            strikes: AtomicU32::new(0),
            broken: Notify::new(),
        });
        metrics.redis(false);
        let kept = Arc::clone(&shared);
        runtime.spawn(async move {
            stop.run_until_cancelled(kept.keep()).await;
        });
        Ok(Some(shared))
    }

    /// Runs one command, unless Redis is away or takes too long.
    pub(crate) async fn command(&self, command: &Cmd) -> Option<Value> {
        let mut connection = self.connection()?;
        self.bounded(async move { command.query_async(&mut connection).await })
            .await
    }

    /// Runs one script, likewise.
    pub(crate) async fn script(&self, script: &ScriptInvocation<'_>) -> Option<Value> {
        let mut connection = self.connection()?;
        self.bounded(async move { script.invoke_async(&mut connection).await })
            .await
    }

    /// Which connection this is: another number means that calls may have been lost in between. Nothing while it is away.
    pub(crate) fn number(&self) -> Option<u64> {
        self.connection()
            .map(|_| self.number.load(Ordering::Acquire))
    }

    fn connection(&self) -> Option<MultiplexedConnection> {
        self.connection
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn bounded(
        &self,
        call: impl Future<Output = Result<Value, RedisError>>,
    ) -> Option<Value> {
        let call = async { timeout(self.limit, call).await };
        match TokioContext::new(call, self.runtime.clone()).await {
            Ok(Ok(value)) => {
                self.strikes.store(0, Ordering::Relaxed);
                Some(value)
            }
            Ok(Err(error)) => {
                tracing::debug!(error = %error, "redis did not do it");
                self.strike(error.is_io_error() || error.is_connection_dropped());
                None
            }
            Err(_) => {
                self.strike(false);
                None
            }
        }
    }

    fn strike(&self, lost: bool) {
        let before = self.strikes.fetch_add(1, Ordering::Relaxed);
        if lost || before + 1 >= STRIKES {
            self.broken.notify_one();
        }
    }

    fn replace(&self, connection: Option<MultiplexedConnection>) {
        self.metrics.redis(connection.is_some());
        *self
            .connection
            .write()
            .unwrap_or_else(PoisonError::into_inner) = connection;
    }

    async fn keep(&self) {
        let mut away = false;
        loop {
            match self.connect().await {
                Ok(connection) => {
                    if std::mem::take(&mut away) {
                        tracing::info!("redis is back: routers share budgets and cached answers");
                    }
                    self.strikes.store(0, Ordering::Relaxed);
                    self.number.fetch_add(1, Ordering::AcqRel);
                    self.replace(Some(connection));
                    self.broken.notified().await;
                    self.replace(None);
                }
                Err(error) => {
                    if !std::mem::replace(&mut away, true) {
                        tracing::warn!(
                            error,
                            "redis is away: this router counts for itself until it is back"
                        );
                    }
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    /// A connection that writes, and in time.
    async fn connect(&self) -> Result<MultiplexedConnection, String> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(CONNECT));
        let connecting = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        let mut connection = timeout(CONNECT, connecting)
            .await
            .map_err(|_| "no connection in time".to_owned())?
            .map_err(|error| error.to_string())?;
        let mut probe = redis::cmd("SET");
        probe.arg("emporium:probe").arg(1).arg("PX").arg(1000);
        // The first answer on a new connection may take longer; the second tells how it will be.
        for limit in [CONNECT, self.limit.max(Duration::from_millis(5))] {
            let asked = probe.query_async::<()>(&mut connection);
            timeout(limit, asked)
                .await
                .map_err(|_| "it does not answer in time".to_owned())?
                .map_err(|error| error.to_string())?;
        }
        Ok(connection)
    }
}

/// Looks whether the Redis that is set can be reached: which one it is, or what is wrong. Nothing when none is set.
pub async fn check_redis(config: &RouterConfig) -> Option<Result<String, String>> {
    if config.redis_url.is_empty() {
        return None;
    }
    let asked = async {
        let client = client(config).map_err(|error| error.to_string())?;
        let told = async {
            let mut connection = client.get_multiplexed_async_connection().await?;
            let mut info = redis::cmd("INFO");
            info.arg("server")
                .query_async::<String>(&mut connection)
                .await
        };
        let info = timeout(CONNECT, told)
            .await
            .map_err(|_| format!("no answer within {} s", CONNECT.as_secs()))?
            .map_err(|error| error.to_string())?;
        let version = info
            .lines()
            .find_map(|line| line.strip_prefix("redis_version:"));
        Ok(format!(
            "Redis {} answers",
            version.unwrap_or("of an unknown version")
        ))
    };
    Some(asked.await)
}

fn client(config: &RouterConfig) -> Result<Client, RouterError> {
    let wrong = |error: &dyn std::fmt::Display| {
        RouterError::Setting(format!("`router.redis_url` cannot be used: {error}"))
    };
    let url = config.redis_url.reveal();
    if config.redis_ca_file.is_empty() {
        return Client::open(url).map_err(|error| wrong(&error));
    }
    let authority = std::fs::read(&config.redis_ca_file).map_err(|error| {
        RouterError::Setting(format!(
            "`router.redis_ca_file`: cannot read {}: {error}",
            config.redis_ca_file
        ))
    })?;
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert: Some(authority),
    };
    Client::build_with_tls(url, certificates).map_err(|error| wrong(&error))
}
