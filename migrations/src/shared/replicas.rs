//! `outbox_relays` and `job_leases`: how replicas share their work.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0003_replicas"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The relays that live: the shards of the outbox are shared out among them.
        manager
            .create_table(
                Table::create()
                    .table("outbox_relays")
                    .col(ColumnDef::new("owner").string().not_null().primary_key())
                    .col(ColumnDef::new("expires_at").big_integer().not_null())
                    .to_owned(),
            )
            .await?;
        // Which replica does a job that one of them is enough for.
        manager
            .create_table(
                Table::create()
                    .table("job_leases")
                    .col(ColumnDef::new("job").string().not_null().primary_key())
                    .col(ColumnDef::new("owner").string().not_null())
                    .col(ColumnDef::new("expires_at").big_integer().not_null())
                    .to_owned(),
            )
            .await
    }
}
