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
    let template = template::<M>(&server);
    DatabaseConfig::at(clone(&server, template, folder, name))
}

/// The settings of the section `database` for a whole shop in `folder`, as environment variables. Empty on SQLite,
/// where the shop keeps its files in its data folder.
pub fn databases_in(folder: &Path) -> Vec<(String, String)> {
    let Some(server) = postgres() else {
        return Vec::new();
    };
    [
        ("users", template::<migrations::Users>(&server)),
        ("products", template::<migrations::Products>(&server)),
        ("orders", template::<migrations::Orders>(&server)),
        ("payments", template::<migrations::Payments>(&server)),
    ]
    .map(|(name, template)| {
        let url = clone(&server, template, folder, name);
        (format!("EMPORIUM__DATABASE__{}", name.to_uppercase()), url)
    })
    .into()
}

/// Where one database of the whole shop in `folder` is.
pub fn database_of_shop(folder: &Path, subgraph: &str) -> DatabaseConfig {
    let variable = format!("EMPORIUM__DATABASE__{}", subgraph.to_uppercase());
    let url = databases_in(folder)
        .into_iter()
        .find_map(|(name, url)| (name == variable).then_some(url));
    DatabaseConfig::at(url.unwrap_or_else(|| {
        let file = folder.join(format!("{subgraph}.db"));
        format!("sqlite:{}", file.display())
    }))
}

/// The server's URL when tests run on PostgreSQL.
#[expect(
    clippy::disallowed_methods,
    reason = "where the servers of tests are is no setting of the shop"
)]
pub fn postgres() -> Option<String> {
    std::env::var(POSTGRES).ok().filter(|url| !url.is_empty())
}

/// The template that `M` has migrated.
fn template<M: MigratorTrait + 'static>(server: &str) -> String {
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
    ask(server, want);
    name
}

fn clone(server: &str, template: String, folder: &Path, name: &str) -> String {
    // The shop may make its data folder later.
    let there = folder.ancestors().find(|folder| folder.exists());
    let want = Want::Database {
        template,
        folder: folder.to_owned(),
        lives: there.unwrap_or(folder).to_owned(),
        name: name.to_owned(),
    };
    ask(server, want)
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
fn ask(server: &str, want: Want) -> String {
    static KEEPER: OnceLock<mpsc::Sender<(Want, mpsc::Sender<String>)>> = OnceLock::new();
    let keeper = KEEPER.get_or_init(|| {
        let (sender, wishes) = mpsc::channel::<(Want, mpsc::Sender<String>)>();
        let server = server.to_owned();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            let mut clones = runtime.block_on(Clones::begin(server));
            for (want, answer) in wishes {
                let url = runtime.block_on(clones.fulfil(want));
                answer.send(url).expect("a test waits");
            }
        });
        sender
    });
    let (answer, told) = mpsc::channel();
    keeper
        .send((want, answer))
        .expect("the keeper of databases works");
    told.recv().expect("the keeper of databases answers")
}
