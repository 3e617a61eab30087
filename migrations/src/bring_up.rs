//! Bringing a database up to date, from however many processes at once.

use database::{Database, DatabaseError};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseConnection, DbBackend, Statement};

/// Any number that nothing else locks.
const LOCK: i64 = 7_305_116_282_991;

/// Brings a database up to date. Of several processes that do so at once on PostgreSQL one works and the others wait for
/// it.
pub async fn bring_up<M: MigratorTrait>(database: &Database) -> Result<(), DatabaseError> {
    let connection = database.for_migrations().await?;
    if connection.get_database_backend() == DbBackend::Sqlite {
        return Ok(M::up(&connection, None).await?);
    }
    let done = locked::<M>(&connection).await;
    // The end of the connection frees the lock.
    let closed = connection.close().await;
    done?;
    Ok(closed?)
}

async fn locked<M: MigratorTrait>(connection: &DatabaseConnection) -> Result<(), DbErr> {
    let lock = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT pg_advisory_lock($1)",
        [LOCK.into()],
    );
    connection.query_one_raw(lock).await?;
    M::up(connection, None).await
}

/// The migrations that a database still lacks, oldest first. It may have newer ones: while a shop is upgraded, processes of
/// the version before go on and start again.
pub async fn pending<M: MigratorTrait>(database: &Database) -> Result<Vec<String>, DatabaseError> {
    let connection = database.for_migrations().await?;
    let applied = async {
        M::install(&connection).await?;
        M::get_migration_models(&connection).await
    };
    let applied = applied.await;
    if connection.get_database_backend() == DbBackend::Postgres {
        connection.clone().close().await?;
    }
    let applied = applied?;
    let lacks = |name: &str| !applied.iter().any(|one| one.version == name);
    let known = M::migrations().into_iter().map(|one| one.name().to_owned());
    Ok(known.filter(|name| lacks(name)).collect())
}
