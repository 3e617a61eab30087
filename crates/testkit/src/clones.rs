//! PostgreSQL databases for tests: templates, clones of them, and their end.

use std::{collections::HashSet, path::PathBuf};

use clock::Clock;
use futures::future::BoxFuture;
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, query, query_scalar};

/// Migrates the database behind a URL.
type Migrate = Box<dyn FnOnce(String) -> BoxFuture<'static, ()> + Send>;

/// What a test needs.
pub(crate) enum Want {
    /// That there is a template of this name.
    Template { name: String, migrate: Migrate },
    /// A database cloned from a template, for as long as `lives` is there: the folder or what is above it.
    Database {
        template: String,
        folder: PathBuf,
        lives: PathBuf,
        name: String,
    },
}

/// The databases of this process. Their names hold its mark, and a lock on the mark says that the process lives: what has
/// a mark that nobody locks was left behind.
pub(crate) struct Clones {
    server: String,
    admin: PgConnection,
    mark: i32,
    templates: HashSet<String>,
    made: Vec<Made>,
    count: u32,
}

struct Made {
    folder: PathBuf,
    lives: PathBuf,
    name: String,
    database: String,
}

impl Clones {
    pub(crate) async fn begin(server: String) -> Self {
        let mark = i32::from_le_bytes(Clock::system().bytes()) & i32::MAX;
        let admin = connect(&server, mark).await;
        let mut clones = Self {
            server,
            admin,
            mark,
            templates: HashSet::new(),
            made: Vec::new(),
            count: 0,
        };
        clones.sweep().await;
        clones
    }

    /// For a database its URL.
    pub(crate) async fn fulfil(&mut self, want: Want) -> String {
        // A test may have killed the server meanwhile.
        if self.admin.ping().await.is_err() {
            self.admin = connect(&self.server, self.mark).await;
        }
        match want {
            Want::Template { name, migrate } => {
                if !self.templates.contains(&name) {
                    self.template(&name, migrate).await;
                    self.templates.insert(name);
                }
                String::new()
            }
            Want::Database {
                template,
                folder,
                lives,
                name,
            } => {
                let known = self
                    .made
                    .iter()
                    .find(|made| made.folder == folder && made.name == name);
                if let Some(known) = known {
                    return self.url(&known.database);
                }
                self.drop_ended().await;
                let database = format!("emporium_test_{}_{}_{name}", self.mark, self.count);
                self.count += 1;
                self.run(&format!("CREATE DATABASE {database} TEMPLATE {template}"))
                    .await;
                let url = self.url(&database);
                self.made.push(Made {
                    folder,
                    lives,
                    name,
                    database,
                });
                url
            }
        }
    }

    /// Makes a template unless it is there. It gets its name when it is complete.
    async fn template(&mut self, name: &str, migrate: Migrate) {
        self.run("SELECT pg_advisory_lock(8210, 1)").await;
        if !self.exists(name).await {
            let building = format!("{name}_building");
            self.run(&format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)"))
                .await;
            self.run(&format!("CREATE DATABASE {building}")).await;
            migrate(self.url(&building)).await;
            self.run(&format!("ALTER DATABASE {building} RENAME TO {name}"))
                .await;
        }
        self.run("SELECT pg_advisory_unlock(8210, 1)").await;
    }

    /// Drops the databases of folders that are gone.
    async fn drop_ended(&mut self) {
        let ended: Vec<Made> = self
            .made
            .extract_if(.., |made| !made.lives.exists())
            .collect();
        for made in ended {
            self.drop_database(&made.database).await;
        }
    }

    /// Drops what other processes left behind.
    async fn sweep(&mut self) {
        let rows =
            query("SELECT datname FROM pg_database WHERE datname LIKE 'emporium\\_test\\_%'")
                .fetch_all(&mut self.admin)
                .await
                .expect("databases are listed");
        for row in rows {
            let name: String = row.get(0);
            let mark = name
                .split('_')
                .nth(2)
                .and_then(|mark| mark.parse::<i32>().ok());
            let Some(mark) = mark.filter(|mark| *mark != self.mark) else {
                continue;
            };
            let free: bool = query_scalar("SELECT pg_try_advisory_lock(8211, $1)")
                .bind(mark)
                .fetch_one(&mut self.admin)
                .await
                .expect("a lock is tried");
            if free {
                self.drop_database(&name).await;
                self.run(&format!("SELECT pg_advisory_unlock(8211, {mark})"))
                    .await;
            }
        }
    }

    async fn exists(&mut self, database: &str) -> bool {
        query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(database)
            .fetch_one(&mut self.admin)
            .await
            .expect("databases are listed")
    }

    async fn drop_database(&mut self, database: &str) {
        self.run(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"))
            .await;
    }

    async fn run(&mut self, statement: &str) {
        let done = self
            .admin
            .execute(AssertSqlSafe(statement.to_owned()))
            .await;
        if let Err(error) = done {
            panic!("{statement}: {error}");
        }
    }

    fn url(&self, database: &str) -> String {
        let (before, rest) = self
            .server
            .rsplit_once('/')
            .expect("the server's URL names a database");
        let parameters = rest
            .split_once('?')
            .map_or("", |(_, parameters)| parameters);
        format!("{before}/{database}?{parameters}")
    }
}

async fn connect(server: &str, mark: i32) -> PgConnection {
    // Nobody else in a test chooses.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut admin = PgConnection::connect(server)
        .await
        .expect("the server of EMPORIUM_TEST_POSTGRES is reached");
    query("SELECT pg_advisory_lock(8211, $1)")
        .bind(mark)
        .execute(&mut admin)
        .await
        .expect("this process is marked as living");
    admin
}
