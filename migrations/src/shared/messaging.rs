//! `outbox`, `outbox_leases`, `inbox` and `held_events`: what delivery of events rests on.

use sea_orm_migration::prelude::*;

use super::keyed;

/// As many as `messaging` cuts the outbox into.
const SHARDS: i32 = 16;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_messaging"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("outbox")
                    .col(
                        ColumnDef::new("id")
                            .big_integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new("shard").integer().not_null())
                    .col(ColumnDef::new("event_id").uuid().not_null())
                    .col(ColumnDef::new("topic").string().not_null())
                    .col(ColumnDef::new("kind").string().not_null())
                    .col(ColumnDef::new("aggregate_id").uuid().not_null())
                    .col(ColumnDef::new("sequence").big_integer().not_null())
                    .col(ColumnDef::new("appended_at").big_integer().not_null())
                    .col(ColumnDef::new("payload").text().not_null())
                    .to_owned(),
            )
            .await?;
        // Two writers that both think theirs is the next event of an aggregate: one of them fails.
        manager
            .create_index(
                Index::create()
                    .name("outbox_aggregate")
                    .table("outbox")
                    .col("aggregate_id")
                    .col("topic")
                    .col("sequence")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("outbox_leases")
                    .col(ColumnDef::new("shard").integer().not_null().primary_key())
                    .col(ColumnDef::new("owner").string().not_null())
                    .col(ColumnDef::new("expires_at").big_integer().not_null())
                    .to_owned(),
            )
            .await?;
        let mut leases = Query::insert();
        leases
            .into_table("outbox_leases")
            .columns(["shard", "owner", "expires_at"]);
        for shard in 0..SHARDS {
            leases.values_panic([shard.into(), "".into(), 0_i64.into()]);
        }
        manager.execute(leases).await?;
        keyed(
            manager,
            Table::create()
                .table("inbox")
                .col(ColumnDef::new("aggregate_id").uuid().not_null())
                .col(ColumnDef::new("topic").string().not_null())
                .col(ColumnDef::new("sequence").big_integer().not_null())
                .col(ColumnDef::new("event_id").uuid().not_null())
                .col(ColumnDef::new("received_at").big_integer().not_null())
                .primary_key(
                    Index::create()
                        .col("aggregate_id")
                        .col("topic")
                        .col("sequence"),
                )
                .to_owned(),
        )
        .await?;
        manager
            .create_index(
                Index::create()
                    .name("inbox_received_at")
                    .table("inbox")
                    .col("received_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("held_events")
                    .col(ColumnDef::new("lane").string().not_null())
                    .col(ColumnDef::new("topic").string().not_null())
                    .col(ColumnDef::new("aggregate_id").uuid().not_null())
                    .col(ColumnDef::new("sequence").big_integer().not_null())
                    .col(ColumnDef::new("handler").string().not_null())
                    .col(ColumnDef::new("event_id").uuid().not_null())
                    .col(ColumnDef::new("kind").string().not_null())
                    .col(ColumnDef::new("held_at").big_integer().not_null())
                    .col(ColumnDef::new("attempts").integer().not_null())
                    .col(ColumnDef::new("next_attempt_at").big_integer().not_null())
                    .col(ColumnDef::new("parked").boolean().not_null())
                    .col(ColumnDef::new("error").text())
                    .col(ColumnDef::new("payload").text().not_null())
                    .primary_key(
                        Index::create()
                            .col("lane")
                            .col("topic")
                            .col("aggregate_id")
                            .col("sequence")
                            .col("handler")
                            .col("event_id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("held_events_aggregate")
                    .table("held_events")
                    .col("aggregate_id")
                    .to_owned(),
            )
            .await
    }
}
