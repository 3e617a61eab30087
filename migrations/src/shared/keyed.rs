//! Tables whose rows lie in the order of their key.

use sea_orm_migration::prelude::*;

/// Creates a table of small rows that are found by their primary key. SQLite keeps them in its order then, where it would
/// otherwise number them and keep a second tree from keys to numbers, one more page of each commit.
/// <https://sqlite.org/withoutrowid.html>
pub(crate) async fn keyed(
    manager: &SchemaManager<'_>,
    mut table: TableCreateStatement,
) -> Result<(), DbErr> {
    if manager.get_database_backend() == sea_orm_migration::sea_orm::DbBackend::Sqlite {
        table.extra("WITHOUT ROWID");
    }
    manager.create_table(table).await
}
