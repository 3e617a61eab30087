//! `carts` and `cart_lines`. A cart belongs to a user or to whoever holds the token behind the hash.

use sea_orm_migration::prelude::*;

use crate::shared::keyed;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0101_carts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        keyed(
            manager,
            Table::create()
                .table("carts")
                .col(ColumnDef::new("id").uuid().not_null().primary_key())
                .col(ColumnDef::new("user_id").uuid().unique_key())
                .col(ColumnDef::new("token_hash").string().unique_key())
                .col(ColumnDef::new("address").text())
                .col(ColumnDef::new("version").big_integer().not_null())
                .col(ColumnDef::new("created_at").big_integer().not_null())
                .col(ColumnDef::new("expires_at").big_integer().not_null())
                .to_owned(),
        )
        .await?;
        manager
            .create_index(
                Index::create()
                    .name("carts_expires_at")
                    .table("carts")
                    .col("expires_at")
                    .to_owned(),
            )
            .await?;
        keyed(
            manager,
            Table::create()
                .table("cart_lines")
                .col(ColumnDef::new("id").uuid().not_null().primary_key())
                .col(ColumnDef::new("cart_id").uuid().not_null())
                .col(ColumnDef::new("variant_id").uuid().not_null())
                .col(ColumnDef::new("quantity").big_integer().not_null())
                .col(ColumnDef::new("seen_units").big_integer().not_null())
                .col(ColumnDef::new("seen_currency").string().not_null())
                .col(ColumnDef::new("added_at").big_integer().not_null())
                .foreign_key(
                    ForeignKey::create()
                        .from("cart_lines", "cart_id")
                        .to("carts", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .check(Expr::col("quantity").gt(0))
                .to_owned(),
        )
        .await?;
        manager
            .create_index(
                Index::create()
                    .name("cart_lines_cart_variant")
                    .table("cart_lines")
                    .col("cart_id")
                    .col("variant_id")
                    .unique()
                    .to_owned(),
            )
            .await
    }
}
