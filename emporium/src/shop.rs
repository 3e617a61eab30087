//! The whole shop in one process: every part, wired by hand.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use clock::Clock;
use database::{DatabaseError, Stats};
use identity::{KeyRing, Verifier};
use messaging::{MessagingConfig, Transport};
use sea_orm::{ConnectionTrait, sea_query::Query};
use serving::{Metrics, Parts, Served, Serving, StartError, Subgraph, config::Settings};
use stripe_emulator::Emulator;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    DataFolder,
    databases::Databases,
    delivery, front,
    settings::{SHOP_DEFAULTS, ShopSettings},
    stripe,
};

const POLL: Duration = Duration::from_millis(5);
const OBSERVE: Duration = Duration::from_secs(2);

/// Why a shop could not start or work. The text says the mend where there is one.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// A setting is wrong.
    #[error(transparent)]
    Setting(#[from] serving::config::SettingError),
    /// The data folder could not be had.
    #[error(transparent)]
    Folder(#[from] crate::FolderError),
    /// A database failed.
    #[error("the database of {subgraph} failed: {source}; see that it can be reached and written")]
    Database {
        /// Whose.
        subgraph: &'static str,
        /// How.
        source: DatabaseError,
    },
    /// A subgraph could not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The signing keys could not be read or made.
    #[error("the signing keys cannot be used: {0}")]
    Keys(#[from] identity::KeyError),
    /// A metric could not be registered.
    #[error(transparent)]
    Metrics(#[from] telemetry::MetricsError),
    /// Something else failed.
    #[error("{what}: {source}")]
    Other {
        /// What was being done.
        what: &'static str,
        /// How it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ShopError {
    /// Makes an error of whatever failed while `what`.
    pub(crate) fn other<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        what: &'static str,
    ) -> impl Fn(E) -> Self {
        move |source| Self::Other {
            what,
            source: source.into(),
        }
    }
}

/// A shop: four subgraphs on their databases, delivery of events between them, and their jobs.
pub struct Shop {
    pub(crate) users: Served<users::Users>,
    pub(crate) products: Served<products::Products>,
    pub(crate) orders: Served<orders::Orders>,
    pub(crate) payments: Served<payments::Payments>,
    pub(crate) databases: Databases,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) clock: Clock,
    registry: telemetry::Registry,
    verifier: Arc<Verifier>,
    settings: Settings,
    emulator: Option<Emulator>,
    folder: DataFolder,
    streams: CancellationToken,
    pub(crate) background: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl Shop {
    /// Opens the shop in `folder`: databases migrated, subgraphs and delivery running, nothing served yet.
    pub async fn open(settings: Settings, folder: DataFolder) -> Result<Self, ShopError> {
        Self::open_with_transport(settings, folder, |transport| transport).await
    }

    /// The same, with `wrap` around the delivery of events: a test disturbs it there.
    pub async fn open_with_transport(
        settings: Settings,
        folder: DataFolder,
        wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
    ) -> Result<Self, ShopError> {
        let clock = Clock::system();
        let databases = Databases::open(&settings, &folder, &clock).await?;
        let (settings, emulator) = stripe::start(settings, &folder).await?;
        let accounts: <users::Users as Subgraph>::Config =
            settings.section("users", users::Users::DEFAULTS)?;
        let keys = Arc::new(users::Users::open_keys(
            &accounts,
            folder.path(),
            clock.clone(),
        )?);
        let verifier = Arc::new(Verifier::new(
            Arc::clone(&keys),
            &accounts.issuer,
            clock.clone(),
        ));
        let registry = telemetry::Registry::new();
        let metrics =
            Metrics::register(registry.prometheus()).map_err(ShopError::other("metrics"))?;
        let assembly = Assembly {
            settings: &settings,
            folder: &folder,
            clock: &clock,
            verifier: &verifier,
            registry: &registry,
            metrics: Arc::new(metrics),
            streams: CancellationToken::new(),
        };
        let (users, products, orders, payments) = tokio::try_join!(
            assembly.start::<users::Users>(&databases.users),
            assembly.start::<products::Products>(&databases.products),
            assembly.start::<orders::Orders>(&databases.orders),
            assembly.start::<payments::Payments>(&databases.payments),
        )?;
        let streams = assembly.streams.clone();
        let shop = Self {
            users,
            products,
            orders,
            payments,
            databases,
            keys,
            clock,
            registry,
            verifier,
            settings,
            emulator,
            folder,
            streams,
            background: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let messaging: MessagingConfig = shop.settings.section("messaging", messaging::DEFAULTS)?;
        let subgraphs = shop.subgraphs();
        delivery::start(&shop, &subgraphs, &messaging, wrap)?;
        for job in subgraphs.iter().flat_map(|subgraph| subgraph.jobs()) {
            shop.tasks
                .spawn(serving::run_job(job, shop.background.clone()));
        }
        Ok(shop)
    }

    /// The subgraphs.
    pub fn subgraphs(&self) -> Vec<Arc<dyn Serving>> {
        vec![
            Arc::new(self.users.clone()),
            Arc::new(self.products.clone()),
            Arc::new(self.orders.clone()),
            Arc::new(self.payments.clone()),
        ]
    }

    /// Where the Stripe emulator listens, when no Stripe key is set.
    pub fn emulator(&self) -> Option<SocketAddr> {
        self.emulator.as_ref().map(Emulator::address)
    }

    /// The Stripe emulator with its switches, when no Stripe key is set.
    pub fn stand_in(&self) -> Option<&Emulator> {
        self.emulator.as_ref()
    }

    /// What each database was asked since the shop was opened.
    pub fn work(&self) -> [(&'static str, Stats); 4] {
        self.databases
            .all()
            .map(|(name, database)| (name, database.stats()))
    }

    pub(crate) fn folder(&self) -> &DataFolder {
        &self.folder
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The section `shop` of the settings.
    pub(crate) fn own_settings(&self) -> Result<ShopSettings, ShopError> {
        Ok(self.settings.section("shop", SHOP_DEFAULTS)?)
    }

    pub(crate) fn registry(&self) -> &telemetry::Registry {
        &self.registry
    }

    pub(crate) fn verifier(&self) -> &Arc<Verifier> {
        &self.verifier
    }

    /// Whether this is the first start: there is no account yet.
    pub async fn is_empty(&self) -> Result<bool, ShopError> {
        let any = Query::select()
            .column("id")
            .from("users")
            .limit(1)
            .to_owned();
        let found = self.databases.users.read().query_one(&any).await;
        let failed = |error: sea_orm::DbErr| ShopError::Database {
            subgraph: "users",
            source: error.into(),
        };
        Ok(found.map_err(failed)?.is_none())
    }

    /// Adds the demo accounts and catalogue, if they are missing.
    pub async fn seed(&self) -> Result<(), ShopError> {
        crate::commands::seed(self, 0, &|_| ())
            .await
            .map_err(ShopError::other("the demo data was not added"))
    }

    /// Fails with every violation of the invariants that lasts, a line each. `journal` is what shoppers were answered.
    pub async fn check_invariants(&self, journal: &[String]) -> Result<(), String> {
        let lines = std::sync::Mutex::new(Vec::new());
        let report = |report| {
            if let crate::control::Report::Line(line) = report {
                lines
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .push(line);
            }
        };
        let outcome = crate::commands::invariants(self, journal, &report).await;
        let lines = lines
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        outcome.map_err(|summary| format!("{summary}\n{}", lines.join("\n")))
    }

    /// Serves every subgraph on a loopback port of its own and the graph through the router. Returns what to wait for.
    pub async fn serve(self: &Arc<Self>) -> Result<front::Front, ShopError> {
        let mut addresses = Vec::new();
        for subgraph in self.subgraphs() {
            let failed = ShopError::other("no loopback port is free");
            let listener = TcpListener::bind("127.0.0.1:0").await.map_err(&failed)?;
            let address = listener.local_addr().map_err(&failed)?;
            subgraph.listening(address);
            addresses.push((subgraph.name(), address));
            let (router, stop) = (subgraph.router(), self.background.clone());
            self.tasks.spawn(async move {
                if let Err(error) = serving::serve(listener, router, stop).await {
                    tracing::error!(error = %error, "a subgraph stopped serving");
                }
            });
        }
        let front = front::start(self, &addresses).await?;
        if let Some(emulator) = &self.emulator {
            let url = format!("http://{}/webhooks/stripe", front.loopback());
            emulator
                .set_webhook_url(&url)
                .map_err(ShopError::other("the emulator took no webhook address"))?;
        }
        self.tasks
            .spawn(observe(self.subgraphs(), self.background.clone()));
        let socket = DataFolder::socket(self.folder.path());
        crate::control::listen(self, &socket, &self.tasks, self.background.clone())
            .map_err(ShopError::other("the control socket cannot be made"))?;
        Ok(front)
    }

    /// Waits until every event has reached everyone concerned.
    pub async fn drain(&self) -> Result<(), ShopError> {
        for (subgraph, database) in self.databases.all() {
            loop {
                let lag = messaging::outbox::lag(database.read())
                    .await
                    .map_err(|source| ShopError::Database { subgraph, source })?;
                if lag.pending == 0 {
                    break;
                }
                tokio::time::sleep(POLL).await;
            }
        }
        Ok(())
    }

    /// Ends live streams with GOING_AWAY; the first step of a graceful end.
    pub fn end_streams(&self) {
        self.streams.cancel();
    }

    /// Ends jobs and delivery, each after the step at hand, and closes the databases.
    pub async fn close(&self) {
        self.streams.cancel();
        self.background.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.databases.close().await;
    }
}

/// Brings the databases' counters into the metrics now and then.
async fn observe(subgraphs: Vec<Arc<dyn Serving>>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        for subgraph in &subgraphs {
            subgraph.observe();
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(OBSERVE) => {}
        }
    }
}

/// What every subgraph is started with.
struct Assembly<'a> {
    settings: &'a Settings,
    folder: &'a DataFolder,
    clock: &'a Clock,
    verifier: &'a Arc<Verifier>,
    registry: &'a telemetry::Registry,
    metrics: Arc<Metrics>,
    streams: CancellationToken,
}

impl Assembly<'_> {
    async fn start<S: Subgraph>(
        &self,
        database: &database::Database,
    ) -> Result<Served<S>, ShopError> {
        let config = self.settings.section(S::NAME, S::DEFAULTS)?;
        let parts = Parts {
            database: database.clone(),
            clock: self.clock.clone(),
            verifier: Arc::clone(self.verifier),
            registry: self.registry.prometheus().clone(),
            data: self.folder.path().to_owned(),
            shutdown: self.streams.clone(),
        };
        Ok(Served::start(config, parts, Arc::clone(&self.metrics)).await?)
    }
}
