//! When staff are told that few are left.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0112_low_stock"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = Table::alter()
            .table("stock")
            .add_column(ColumnDef::new("low_at").big_integer().default(0_i64))
            .to_owned();
        manager.alter_table(add).await
    }
}
