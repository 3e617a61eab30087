//! A database of its own for each test, migrated: a file, or a PostgreSQL database when `EMPORIUM_TEST_POSTGRES` names a
//! server. The same tests run on both.
//!
//! On PostgreSQL each database is cloned from a template that is migrated once. It lives as long as the folder that it
//! was asked for; what a killed run left behind is dropped by the next one.

use std::{
    any::type_name,
    path::Path,
    sync::{OnceLock, mpsc},
};

use clock::Clock;
use database::{Database, DatabaseConfig};
use futures::FutureExt;
use migrations::MigratorTrait;
use tokio::sync::oneshot;

use crate::clones::{Clones, Want};

/// The variable that names a PostgreSQL server, as the superuser's URL.
pub const POSTGRES: &str = "EMPORIUM_TEST_POSTGRES";

/// Where the database `name` of `folder` is; the same each time it is asked. Migrated by `M`.
pub async fn database_in<M: MigratorTrait + 'static>(folder: &Path, name: &str) -> DatabaseConfig {
    let Some(server) = postgres() else {
        let file = folder.join(format!("{name}.db"));
        let config = DatabaseConfig::at(format!("sqlite:{}", file.display()));
        if !file.exists() {
            migrate::<M>(config.clone()).await;
        }
        return config;
    };
    let template = template::<M>(&server).await;
    let want = Want::Database {
        template,
        folder: folder.to_owned(),
        name: name.to_owned(),
    };
    DatabaseConfig::at(ask(&server, want).await)
}

/// The settings of the section `database` for a whole shop in `folder`, as environment variables. Empty on SQLite,
/// where the shop keeps its files in its data folder.
pub async fn databases_in(folder: &Path) -> Vec<(String, String)> {
    if postgres().is_none() {
        return Vec::new();
    }
    let users = database_in::<migrations::Users>(folder, "users").await;
    let products = database_in::<migrations::Products>(folder, "products").await;
    let orders = database_in::<migrations::Orders>(folder, "orders").await;
    let payments = database_in::<migrations::Payments>(folder, "payments").await;
    [
        ("EMPORIUM__DATABASE__USERS".to_owned(), users.url),
        ("EMPORIUM__DATABASE__PRODUCTS".to_owned(), products.url),
        ("EMPORIUM__DATABASE__ORDERS".to_owned(), orders.url),
        ("EMPORIUM__DATABASE__PAYMENTS".to_owned(), payments.url),
    ]
    .into()
}

/// The server's URL when tests run on PostgreSQL.
pub fn postgres() -> Option<String> {
    std::env::var(POSTGRES).ok().filter(|url| !url.is_empty())
}

/// The template that `M` has migrated.
async fn template<M: MigratorTrait + 'static>(server: &str) -> String {
    let migrator = type_name::<M>().rsplit("::").next().unwrap_or_default();
    let name = format!(
        "emporium_template_{}_{}",
        migrator.to_lowercase(),
        env!("MIGRATIONS")
    );
    let want = Want::Template {
        name: name.clone(),
        migrate: Box::new(|url| migrate::<M>(DatabaseConfig::at(url)).boxed()),
    };
    ask(server, want).await;
    name
}

async fn migrate<M: MigratorTrait + 'static>(config: DatabaseConfig) {
    let database = Database::connect(&config, Clock::system())
        .await
        .expect("a database");
    migrations::bring_up::<M>(&database)
        .await
        .expect("migrations run");
    database.close().await.expect("the database closes");
}

/// Hands a wish to the thread that keeps this process's databases. It outlives the runtimes of all tests.
async fn ask(server: &str, want: Want) -> String {
    static KEEPER: OnceLock<mpsc::Sender<(Want, oneshot::Sender<String>)>> = OnceLock::new();
    let keeper = KEEPER.get_or_init(|| {
        let (sender, wishes) = mpsc::channel::<(Want, oneshot::Sender<String>)>();
        let server = server.to_owned();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            let mut clones = runtime.block_on(Clones::begin(server));
            for (want, answer) in wishes {
                // A test that has ended meanwhile wants no answer.
                let _ = answer.send(runtime.block_on(clones.fulfil(want)));
            }
        });
        sender
    });
    let (answer, told) = oneshot::channel();
    keeper
        .send((want, answer))
        .expect("the keeper of databases works");
    told.await.expect("the keeper of databases answers")
}
