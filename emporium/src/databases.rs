//! The databases of all subgraphs, opened and migrated.

use clock::Clock;
use database::{Database, DatabaseConfig, DatabaseError};
use migrations::MigratorTrait;
use serving::{Subgraph, config::Settings};

use crate::{
    DataFolder, ShopError,
    settings::{DATABASE_DEFAULTS, DatabaseSettings},
};

/// One database for each subgraph.
#[derive(Clone, Debug)]
pub(crate) struct Databases {
    pub(crate) users: Database,
    pub(crate) products: Database,
    pub(crate) orders: Database,
    pub(crate) payments: Database,
}

impl Databases {
    /// Opens all four and brings them up to date.
    pub(crate) async fn open(
        settings: &Settings,
        folder: &DataFolder,
        clock: &Clock,
    ) -> Result<Self, ShopError> {
        let section: DatabaseSettings = settings.section("database", DATABASE_DEFAULTS)?;
        let at = |subgraph| section.of(subgraph, &folder.database(subgraph));
        let (users, products, orders, payments) = tokio::try_join!(
            Box::pin(open::<users::Users>(at("users"), clock)),
            Box::pin(open::<products::Products>(at("products"), clock)),
            Box::pin(open::<orders::Orders>(at("orders"), clock)),
            Box::pin(open::<payments::Payments>(at("payments"), clock)),
        )?;
        Ok(Self {
            users,
            products,
            orders,
            payments,
        })
    }

    /// All of them, with their names.
    pub(crate) fn all(&self) -> [(&'static str, &Database); 4] {
        [
            ("users", &self.users),
            ("products", &self.products),
            ("orders", &self.orders),
            ("payments", &self.payments),
        ]
    }

    /// Closes all of them.
    pub(crate) async fn close(&self) {
        for (name, database) in self.all() {
            if let Err(error) = database.close().await {
                tracing::warn!(subgraph.name = name, error = %error, "database did not close");
            }
        }
    }
}

async fn open<S: Subgraph>(config: DatabaseConfig, clock: &Clock) -> Result<Database, ShopError> {
    let failed = |source: DatabaseError| ShopError::Database {
        subgraph: S::NAME,
        source,
    };
    let database = Database::connect(&config, clock.clone())
        .await
        .map_err(failed)?;
    S::Migrator::up(database.writer(), None)
        .await
        .map_err(|error| failed(error.into()))?;
    Ok(database)
}
