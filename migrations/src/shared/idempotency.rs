//! `idempotency`: the outcome of each mutation that carried a key, kept with the change it made.

use sea_orm_migration::prelude::*;

use super::keyed;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0002_idempotency"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        keyed(
            manager,
            Table::create()
                .table("idempotency")
                .col(ColumnDef::new("actor").string().not_null())
                .col(ColumnDef::new("mutation").string().not_null())
                .col(ColumnDef::new("key").uuid().not_null())
                .col(ColumnDef::new("request_hash").string().not_null())
                .col(ColumnDef::new("outcome").text().not_null())
                .col(ColumnDef::new("created_at").big_integer().not_null())
                .primary_key(Index::create().col("actor").col("mutation").col("key"))
                .to_owned(),
        )
        .await?;
        manager
            .create_index(
                Index::create()
                    .name("idempotency_created_at")
                    .table("idempotency")
                    .col("created_at")
                    .to_owned(),
            )
            .await
    }
}
