//! `orders`, `order_lines` and `order_events`. One event is one version of its order.

use sea_orm_migration::prelude::*;

use crate::shared::keyed;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0102_orders"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        keyed(
            manager,
            Table::create()
                .table("orders")
                .col(ColumnDef::new("id").uuid().not_null().primary_key())
                .col(ColumnDef::new("number").string().not_null().unique_key())
                .col(ColumnDef::new("customer_id").uuid().not_null())
                .col(ColumnDef::new("status").string().not_null())
                .col(ColumnDef::new("state").text().not_null())
                .col(ColumnDef::new("deadline").big_integer())
                .col(ColumnDef::new("currency").string().not_null())
                .col(ColumnDef::new("subtotal_units").big_integer().not_null())
                .col(ColumnDef::new("shipping_units").big_integer().not_null())
                .col(ColumnDef::new("tax_units").big_integer().not_null())
                .col(ColumnDef::new("total_units").big_integer().not_null())
                .col(ColumnDef::new("refunded_units").big_integer().not_null())
                .col(ColumnDef::new("address").text().not_null())
                .col(ColumnDef::new("placed_at").big_integer().not_null())
                .col(ColumnDef::new("version").big_integer().not_null())
                .to_owned(),
        )
        .await?;
        for (name, columns) in [
            ("orders_customer", ["customer_id", "id"]),
            ("orders_status", ["status", "id"]),
            ("orders_deadline", ["deadline", "id"]),
            ("orders_placed_at", ["placed_at", "id"]),
        ] {
            let mut index = Index::create().name(name).table("orders").to_owned();
            for column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        keyed(
            manager,
            Table::create()
                .table("order_lines")
                .col(ColumnDef::new("order_id").uuid().not_null())
                .col(ColumnDef::new("position").big_integer().not_null())
                .col(ColumnDef::new("id").uuid().not_null())
                .col(ColumnDef::new("variant_id").uuid().not_null())
                .col(ColumnDef::new("sku").string().not_null())
                .col(ColumnDef::new("name").string().not_null())
                .col(ColumnDef::new("quantity").big_integer().not_null())
                .col(ColumnDef::new("unit_units").big_integer().not_null())
                .col(ColumnDef::new("subtotal_units").big_integer().not_null())
                .col(ColumnDef::new("tax_units").big_integer().not_null())
                .col(ColumnDef::new("currency").string().not_null())
                .primary_key(Index::create().col("order_id").col("position"))
                .foreign_key(
                    ForeignKey::create()
                        .from("order_lines", "order_id")
                        .to("orders", "id"),
                )
                .to_owned(),
        )
        .await?;
        keyed(
            manager,
            Table::create()
                .table("order_events")
                .col(ColumnDef::new("order_id").uuid().not_null())
                .col(ColumnDef::new("version").big_integer().not_null())
                .col(ColumnDef::new("status").string().not_null())
                .col(ColumnDef::new("fact").text().not_null())
                .col(ColumnDef::new("at").big_integer().not_null())
                .primary_key(Index::create().col("order_id").col("version"))
                .foreign_key(
                    ForeignKey::create()
                        .from("order_events", "order_id")
                        .to("orders", "id"),
                )
                .to_owned(),
        )
        .await
    }
}
