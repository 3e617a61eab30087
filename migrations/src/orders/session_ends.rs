//! An index for the job that forgets revoked sessions whose last token has expired.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0113_session_ends"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(
                Index::create()
                    .name("revoked_sessions_by_until")
                    .table("revoked_sessions")
                    .col("until")
                    .to_owned(),
            )
            .await
    }
}
