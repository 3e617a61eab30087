//! The four subgraphs of a shop, in one process: what the whole shop runs, and what commands work on.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clock::Clock;
use identity::{KeyRing, Verifier};
use serving::{Served, Serving, Subgraph, config::Settings};

use crate::{ShopError, databases::Databases, process::Process, settings::ShopSettings, stripe};

/// All subgraphs on their databases. Nothing of them runs by itself.
pub(crate) struct Subgraphs {
    pub(crate) users: Served<users::Users>,
    pub(crate) products: Served<products::Products>,
    pub(crate) orders: Served<orders::Orders>,
    pub(crate) payments: Served<payments::Payments>,
    pub(crate) databases: Databases,
    pub(crate) process: Process,
    /// What signs access tokens.
    pub(crate) keys: Arc<KeyRing>,
    /// Where the Stripe emulator of this process listens.
    pub(crate) emulator: Option<SocketAddr>,
}

impl Subgraphs {
    /// Starts all four; those files that are no databases are in `data`.
    pub(crate) async fn start(
        settings: Settings,
        clock: Clock,
        databases: Databases,
        data: PathBuf,
    ) -> Result<Self, ShopError> {
        let accounts: users::Config = settings.section("users", users::Users::DEFAULTS)?;
        let keys = users::Users::open_keys(&accounts, &data, clock.clone())?;
        Self::with_keys(settings, clock, databases, data, keys, true).await
    }

    /// Starts all four as they are on their servers, where they run in processes of their own too: for a command.
    pub(crate) async fn attach(settings: Settings, data: PathBuf) -> Result<Self, ShopError> {
        let settings = stripe::elsewhere(settings)?;
        let clock = ShopSettings::of(&settings)?.clock();
        let accounts: users::Config = settings.section("users", users::Users::DEFAULTS)?;
        let signs = !accounts.signing_keys_folder.is_empty();
        let keys = if signs {
            users::Users::open_keys(&accounts, &data, clock.clone())?
        } else {
            KeyRing::none(clock.clone())
        };
        let databases = Databases::attach(&settings, &clock).await?;
        Self::with_keys(settings, clock, databases, data, keys, signs).await
    }

    async fn with_keys(
        settings: Settings,
        clock: Clock,
        databases: Databases,
        data: PathBuf,
        keys: KeyRing,
        signs: bool,
    ) -> Result<Self, ShopError> {
        let accounts: users::Config = settings.section("users", users::Users::DEFAULTS)?;
        let keys = Arc::new(keys);
        let verifier = Verifier::new(Arc::clone(&keys), &accounts.issuer, clock.clone());
        let process = Process::new(settings, clock, Arc::new(verifier), data)?;
        let (users, products, orders, payments) = tokio::try_join!(
            process.start::<users::Users>(&databases.users, signs),
            process.start::<products::Products>(&databases.products, true),
            process.start::<orders::Orders>(&databases.orders, true),
            process.start::<payments::Payments>(&databases.payments, true),
        )?;
        Ok(Self {
            users,
            products,
            orders,
            payments,
            databases,
            process,
            keys,
            emulator: None,
        })
    }

    /// Each of them.
    pub(crate) fn all(&self) -> Vec<Arc<dyn Serving>> {
        vec![
            Arc::new(self.users.clone()),
            Arc::new(self.products.clone()),
            Arc::new(self.orders.clone()),
            Arc::new(self.payments.clone()),
        ]
    }

    /// Ends whatever of them runs, and closes the databases.
    pub(crate) async fn close(&self) {
        self.process.end().await;
        self.databases.close().await;
    }
}
