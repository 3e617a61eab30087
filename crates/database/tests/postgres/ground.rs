//! A database of one table with two rows, and a superuser beside it.

use clock::Clock;
use database::{Database, DatabaseConfig, DatabaseError};
use fault::{Code, Fault};
use migrations::Orders;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tempfile::TempDir;

pub(crate) struct Ground {
    pub(crate) config: DatabaseConfig,
    pub(crate) database: Database,
    /// A connection of its own, on the same database, that no limit binds.
    pub(crate) admin: DatabaseConnection,
    _folder: TempDir,
}

impl Ground {
    /// None without a server.
    pub(crate) async fn open(change: impl FnOnce(&mut DatabaseConfig)) -> Option<Self> {
        testkit::server(testkit::POSTGRES)?;
        let folder = tempfile::tempdir().unwrap();
        let mut config = testkit::database_in::<Orders>(folder.path(), "orders").await;
        let admin = Box::pin(sea_orm::Database::connect(&config.url))
            .await
            .unwrap();
        admin
            .execute_unprepared(
                "CREATE TABLE counts (id INT PRIMARY KEY, n BIGINT NOT NULL); \
                 INSERT INTO counts VALUES (1, 0), (2, 0)",
            )
            .await
            .unwrap();
        change(&mut config);
        let database = Database::connect(&config, Clock::system()).await.unwrap();
        Some(Self {
            config,
            database,
            admin,
            _folder: folder,
        })
    }

    /// Another process on the same database.
    pub(crate) async fn replica(&self) -> Database {
        Database::connect(&self.config, Clock::system())
            .await
            .unwrap()
    }

    /// Ends every connection but the superuser's, as the death of the server does.
    pub(crate) async fn cut(&self) {
        self.admin
            .execute_unprepared(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .await
            .unwrap();
    }
}

/// The first column of the first row, a number.
pub(crate) async fn number(
    connection: &impl ConnectionTrait,
    sql: &str,
) -> Result<i64, DatabaseError> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await?;
    Ok(row.unwrap().try_get_by_index(0)?)
}

/// Runs one statement in a write transaction.
pub(crate) async fn run(database: &Database, sql: &str) -> Result<(), DatabaseError> {
    database
        .write(|tx| async move {
            tx.execute_unprepared(sql).await?;
            Ok(())
        })
        .await
}

/// The code that a client gets for this error.
pub(crate) fn code(error: DatabaseError) -> Code {
    Fault::from(error).code()
}
