//! The whole shop in one process: every part, wired by hand.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use clock::Clock;
use database::{DatabaseError, Stats};
use messaging::Transport;
use sea_orm::{ConnectionTrait, sea_query::Query};
use serving::{Serving, StartError, config::Settings};
use stripe_emulator::Emulator;
use tokio::net::TcpListener;

use crate::{
    DataFolder, databases::Databases, delivery, front, process::Process, settings::ShopSettings,
    stripe, subgraphs::Subgraphs,
};

const POLL: Duration = Duration::from_millis(5);

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
    /// A database is of an older version.
    #[error("the database of {subgraph} lacks {lacks} migrations; run `emporium migrate`")]
    Old {
        /// Whose.
        subgraph: &'static str,
        /// How many.
        lacks: usize,
    },
    /// Anybody could log in as staff.
    #[error(
        "there are demo accounts, whose passwords everybody knows, in the database of users: delete them, or choose \
         the development profile (`shop.profile`)"
    )]
    DemoAccounts,
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
    pub(crate) parts: Subgraphs,
    emulator: Option<Emulator>,
    folder: DataFolder,
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
        let databases = Databases::open(&settings, Some(&folder), &clock).await?;
        let (settings, emulator) = stripe::start(settings, &folder).await?;
        let data = folder.path().to_owned();
        let mut parts = Subgraphs::start(settings, clock, databases, data).await?;
        parts.emulator = emulator.as_ref().map(Emulator::address);
        let shop = Self {
            parts,
            emulator,
            folder,
        };
        let subgraphs = shop.subgraphs();
        delivery::make_topics(&shop.parts.process).await?;
        delivery::start(&shop.parts.process, &subgraphs, wrap)?;
        shop.parts.process.run_jobs(&subgraphs);
        Ok(shop)
    }

    /// The subgraphs.
    pub fn subgraphs(&self) -> Vec<Arc<dyn Serving>> {
        self.parts.all()
    }

    /// Where the Stripe emulator listens, when no Stripe key is set.
    pub fn emulator(&self) -> Option<SocketAddr> {
        self.parts.emulator
    }

    /// The Stripe emulator with its switches, when no Stripe key is set.
    pub fn stand_in(&self) -> Option<&Emulator> {
        self.emulator.as_ref()
    }

    /// What each database was asked since the shop was opened.
    pub fn work(&self) -> [(&'static str, Stats); 4] {
        self.parts
            .databases
            .all()
            .map(|(name, database)| (name, database.stats()))
    }

    pub(crate) fn folder(&self) -> &DataFolder {
        &self.folder
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.parts.process.settings
    }

    /// The section `shop` of the settings.
    pub(crate) fn own_settings(&self) -> Result<ShopSettings, ShopError> {
        Ok(ShopSettings::of(self.settings())?)
    }

    /// Whether this is the first start: there is no account yet.
    pub async fn is_empty(&self) -> Result<bool, ShopError> {
        let any = Query::select()
            .column("id")
            .from("users")
            .limit(1)
            .to_owned();
        let found = self.parts.databases.users.read().query_one(&any).await;
        let failed = |error: sea_orm::DbErr| ShopError::Database {
            subgraph: "users",
            source: error.into(),
        };
        Ok(found.map_err(failed)?.is_none())
    }

    /// Adds the demo accounts and catalogue, if they are missing.
    pub async fn seed(&self) -> Result<(), ShopError> {
        crate::commands::seed(&self.parts, 0, &|_| ())
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
        let outcome = crate::commands::invariants(&self.parts, journal, &report).await;
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
            let (router, stop) = (subgraph.router(), self.parts.process.background.clone());
            self.parts.process.tasks.spawn(async move {
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
        self.parts.process.observe(self.subgraphs());
        let socket = DataFolder::socket(self.folder.path());
        let Process {
            tasks, background, ..
        } = &self.parts.process;
        crate::control::listen(self, &socket, tasks, background.clone())
            .map_err(ShopError::other("the control socket cannot be made"))?;
        Ok(front)
    }

    /// Waits until every event has reached everyone concerned.
    pub async fn drain(&self) -> Result<(), ShopError> {
        let subgraphs = self.subgraphs();
        let mut still = 0;
        // An event that passes from an outbox to Kafka between two looks is seen by neither: not three times in a row.
        while still < 3 {
            if delivery::is_still(&self.parts.process, &subgraphs).await? {
                still += 1;
            } else {
                still = 0;
                tokio::time::sleep(POLL).await;
            }
        }
        Ok(())
    }

    /// Ends live streams with GOING_AWAY; the first step of a graceful end.
    pub fn end_streams(&self) {
        self.parts.process.streams.cancel();
    }

    /// Ends jobs and delivery, each after the step at hand, and closes the databases.
    pub async fn close(&self) {
        self.parts.close().await;
    }
}
