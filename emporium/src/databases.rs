//! The databases of all subgraphs, opened and migrated.

use clock::Clock;
use database::{Database, DatabaseConfig, DatabaseError};
use sea_orm::{
    ConnectionTrait, ExprTrait,
    sea_query::{Expr, Query},
};
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
    /// Opens all four and brings them up to date; those that have no URL are files in `folder`.
    pub(crate) async fn open(
        settings: &Settings,
        folder: Option<&DataFolder>,
        clock: &Clock,
    ) -> Result<Self, ShopError> {
        let section: DatabaseSettings = settings.section("database", DATABASE_DEFAULTS)?;
        let at = |subgraph| {
            let file = folder.map(|folder| folder.database(subgraph));
            section.of(subgraph, &file.unwrap_or_default())
        };
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

    /// Opens all four as they are on their servers.
    pub(crate) async fn attach(settings: &Settings, clock: &Clock) -> Result<Self, ShopError> {
        let (users, products, orders, payments) = tokio::try_join!(
            Box::pin(attach::<users::Users>(settings, clock)),
            Box::pin(attach::<products::Products>(settings, clock)),
            Box::pin(attach::<orders::Orders>(settings, clock)),
            Box::pin(attach::<payments::Payments>(settings, clock)),
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
            close(name, database).await;
        }
    }
}

/// Opens the database of `S` on its server, as it is: others may be using it, and only `emporium migrate` changes it.
pub(crate) async fn attach<S: Subgraph>(
    settings: &Settings,
    clock: &Clock,
) -> Result<Database, ShopError> {
    let section: DatabaseSettings = settings.section("database", DATABASE_DEFAULTS)?;
    let failed = |source| ShopError::Database {
        subgraph: S::NAME,
        source,
    };
    let config = section.of(S::NAME, "".as_ref());
    let database = Database::connect(&config, clock.clone())
        .await
        .map_err(failed)?;
    let pending = migrations::pending::<S::Migrator>(&database)
        .await
        .map_err(failed)?;
    if pending.is_empty() {
        Ok(database)
    } else {
        close(S::NAME, &database).await;
        Err(ShopError::Old {
            subgraph: S::NAME,
            lacks: pending.len(),
        })
    }
}

/// Closes one.
pub(crate) async fn close(name: &str, database: &Database) {
    if let Err(error) = database.close().await {
        tracing::warn!(subgraph.name = name, error = %error, "database did not close");
    }
}

/// Fails when accounts of the demo seed, whose passwords everybody knows, are in the database of users.
pub(crate) async fn refuse_demo_accounts(users: &Database) -> Result<(), ShopError> {
    let known = users::DEMO_ACCOUNTS.map(|(email, ..)| email);
    let any = Query::select()
        .column("email")
        .from("users")
        .and_where(Expr::col("email").is_in(known))
        .limit(1)
        .to_owned();
    let found = users.read().query_one(&any).await;
    let found = found.map_err(|error| ShopError::Database {
        subgraph: users::Users::NAME,
        source: error.into(),
    })?;
    found.map_or(Ok(()), |_| Err(ShopError::DemoAccounts))
}

async fn open<S: Subgraph>(config: DatabaseConfig, clock: &Clock) -> Result<Database, ShopError> {
    let failed = |source: DatabaseError| ShopError::Database {
        subgraph: S::NAME,
        source,
    };
    let database = Database::connect(&config, clock.clone())
        .await
        .map_err(failed)?;
    migrations::bring_up::<S::Migrator>(&database)
        .await
        .map_err(failed)?;
    Ok(database)
}
