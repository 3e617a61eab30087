//! Stock, its ledger, and reservations.

use sea_orm_migration::prelude::*;

use crate::shared::keyed;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0102_inventory"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        keyed(manager, stock()).await?;
        keyed(manager, stock_ledger()).await?;
        keyed(manager, reservations()).await?;
        manager
            .create_index(
                Index::create()
                    .name("reservations_due")
                    .table("reservations")
                    .col("state")
                    .col("until")
                    .to_owned(),
            )
            .await
    }
}

fn stock() -> TableCreateStatement {
    Table::create()
        .table("stock")
        .col(ColumnDef::new("variant_id").uuid().not_null().primary_key())
        .col(ColumnDef::new("product_id").uuid().not_null())
        .col(ColumnDef::new("on_hand").big_integer().not_null())
        .col(ColumnDef::new("reserved").big_integer().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .col(ColumnDef::new("sequence").big_integer().not_null())
        .foreign_key(
            ForeignKey::create()
                .from("stock", "variant_id")
                .to("variants", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        // The last guard against overselling, whatever the code does.
        .check(Expr::col("reserved").gte(0))
        .check(Expr::col("reserved").lte(Expr::col("on_hand")))
        .to_owned()
}

/// Append-only. `version` is the version of the stock that the change led to.
fn stock_ledger() -> TableCreateStatement {
    Table::create()
        .table("stock_ledger")
        .col(ColumnDef::new("variant_id").uuid().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .col(ColumnDef::new("kind").string().not_null())
        .col(ColumnDef::new("on_hand_delta").big_integer().not_null())
        .col(ColumnDef::new("reserved_delta").big_integer().not_null())
        .col(ColumnDef::new("on_hand").big_integer().not_null())
        .col(ColumnDef::new("reserved").big_integer().not_null())
        .col(ColumnDef::new("reason").string())
        .col(ColumnDef::new("reservation_id").uuid())
        .col(ColumnDef::new("actor_id").uuid())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .primary_key(Index::create().col("variant_id").col("version"))
        .to_owned()
}

fn reservations() -> TableCreateStatement {
    Table::create()
        .table("reservations")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("for_order").boolean().not_null())
        .col(ColumnDef::new("state").string().not_null())
        .col(ColumnDef::new("until").big_integer())
        .col(ColumnDef::new("lines").text().not_null())
        .col(ColumnDef::new("sequence").big_integer().not_null())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .col(ColumnDef::new("updated_at").big_integer().not_null())
        .check(Expr::col("state").is_in(["HELD", "REJECTED", "COMMITTED", "RELEASED", "EXPIRED"]))
        .to_owned()
}
