//! `offers` and `offer_stock`: what can be bought and how much of it, copied from the events of products. Two tables,
//! because the catalogue and the stock of a variant change apart, each with its own version.

use sea_orm_migration::prelude::*;

use crate::shared::keyed;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0103_offers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("offers")
                    .col(ColumnDef::new("variant_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("product_id").uuid().not_null())
                    .col(ColumnDef::new("sku").string().not_null())
                    .col(ColumnDef::new("name").string().not_null())
                    .col(ColumnDef::new("price_units").big_integer().not_null())
                    .col(ColumnDef::new("currency").string().not_null())
                    .col(ColumnDef::new("for_sale").boolean().not_null())
                    .col(ColumnDef::new("version").big_integer().not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("offers_product")
                    .table("offers")
                    .col("product_id")
                    .to_owned(),
            )
            .await?;
        keyed(
            manager,
            Table::create()
                .table("offer_stock")
                .col(ColumnDef::new("variant_id").uuid().not_null().primary_key())
                .col(ColumnDef::new("available").big_integer().not_null())
                .col(ColumnDef::new("version").big_integer().not_null())
                .to_owned(),
        )
        .await
    }
}
