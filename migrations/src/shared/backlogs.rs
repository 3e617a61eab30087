//! An index for the held events that are due.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_backlogs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(
                Index::create()
                    .name("held_events_due")
                    .table("held_events")
                    .col("parked")
                    .col("next_attempt_at")
                    .to_owned(),
            )
            .await
    }
}
