//! `revoked_sessions`: sessions that were ended before their last access token expired.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0104_sessions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("revoked_sessions")
                    .col(ColumnDef::new("session_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("until").big_integer().not_null())
                    .to_owned(),
            )
            .await
    }
}
