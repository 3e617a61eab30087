//! Who builds the search index anew.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0111_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("search_rebuild")
            .col(ColumnDef::new("id").integer().not_null().primary_key())
            .col(ColumnDef::new("owner").string().not_null())
            .col(ColumnDef::new("expires_at").big_integer().not_null())
            .check(Expr::col("id").eq(1))
            .to_owned();
        manager.create_table(table).await?;
        let row = Query::insert()
            .into_table("search_rebuild")
            .columns(["id", "owner", "expires_at"])
            .values_panic([1.into(), "".into(), 0_i64.into()])
            .to_owned();
        manager.execute(row).await
    }
}
