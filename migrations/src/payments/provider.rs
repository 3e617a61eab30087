//! The provider's own events that changed something: `provider_events`.

use sea_orm_migration::prelude::*;

use crate::shared::keyed;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0102_provider"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        keyed(
            manager,
            Table::create()
                .table("provider_events")
                .col(ColumnDef::new("id").string().not_null().primary_key())
                .col(ColumnDef::new("kind").string().not_null())
                .col(ColumnDef::new("received_at").big_integer().not_null())
                .to_owned(),
        )
        .await?;
        manager
            .create_index(
                Index::create()
                    .name("provider_events_received_at")
                    .table("provider_events")
                    .col("received_at")
                    .to_owned(),
            )
            .await
    }
}
