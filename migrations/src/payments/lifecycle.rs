//! `payments`, their `attempts`, `refunds` and `payment_events`.

use sea_orm_migration::prelude::*;

use crate::shared::keyed;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0101_payments"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        keyed(manager, payments()).await?;
        for (name, columns) in [
            ("payments_customer", &["customer_id", "id"][..]),
            ("payments_due", &["due_at"][..]),
        ] {
            let mut index = Index::create().name(name).table("payments").to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        keyed(manager, attempts()).await?;
        keyed(manager, refunds()).await?;
        keyed(manager, payment_events()).await
    }
}

/// `due_at` says when the provider is owed the next call, `tries` how often that call was due already.
fn payments() -> TableCreateStatement {
    Table::create()
        .table("payments")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("order_id").uuid().not_null().unique_key())
        .col(ColumnDef::new("customer_id").uuid().not_null())
        .col(ColumnDef::new("amount_units").big_integer().not_null())
        .col(ColumnDef::new("currency").string().not_null())
        .col(ColumnDef::new("status").string().not_null())
        .col(ColumnDef::new("asked").boolean().not_null())
        .col(ColumnDef::new("intent").string().unique_key())
        .col(ColumnDef::new("action_url").text())
        .col(ColumnDef::new("order_outcome").string().not_null())
        .col(ColumnDef::new("deadline").big_integer().not_null())
        .col(ColumnDef::new("running_attempt").big_integer())
        .col(ColumnDef::new("running_method").string())
        .col(ColumnDef::new("attempts").big_integer().not_null())
        .col(ColumnDef::new("failure").string())
        .col(ColumnDef::new("refunds").big_integer().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .col(ColumnDef::new("sequence").big_integer().not_null())
        .col(ColumnDef::new("due_at").big_integer())
        .col(ColumnDef::new("tries").big_integer().not_null())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .col(ColumnDef::new("updated_at").big_integer().not_null())
        .check(Expr::col("amount_units").gte(0))
        .to_owned()
}

fn attempts() -> TableCreateStatement {
    Table::create()
        .table("attempts")
        .col(ColumnDef::new("payment_id").uuid().not_null())
        .col(ColumnDef::new("number").big_integer().not_null())
        .col(ColumnDef::new("method").string())
        .col(ColumnDef::new("outcome").string().not_null())
        .col(ColumnDef::new("code").string())
        .col(ColumnDef::new("decline_code").string())
        .col(ColumnDef::new("message").text())
        .col(ColumnDef::new("started_at").big_integer().not_null())
        .col(ColumnDef::new("ended_at").big_integer())
        .primary_key(Index::create().col("payment_id").col("number"))
        .foreign_key(
            ForeignKey::create()
                .from("attempts", "payment_id")
                .to("payments", "id"),
        )
        .to_owned()
}

fn refunds() -> TableCreateStatement {
    Table::create()
        .table("refunds")
        .col(ColumnDef::new("payment_id").uuid().not_null())
        .col(ColumnDef::new("number").big_integer().not_null())
        .col(ColumnDef::new("id").uuid().not_null().unique_key())
        .col(ColumnDef::new("amount_units").big_integer().not_null())
        .col(ColumnDef::new("currency").string().not_null())
        .col(ColumnDef::new("reason").string().not_null())
        .col(ColumnDef::new("state").string().not_null())
        .col(ColumnDef::new("provider_id").string().unique_key())
        .col(ColumnDef::new("requested_at").big_integer().not_null())
        .col(ColumnDef::new("updated_at").big_integer().not_null())
        .primary_key(Index::create().col("payment_id").col("number"))
        .foreign_key(
            ForeignKey::create()
                .from("refunds", "payment_id")
                .to("payments", "id"),
        )
        .check(Expr::col("amount_units").gt(0))
        .to_owned()
}

fn payment_events() -> TableCreateStatement {
    Table::create()
        .table("payment_events")
        .col(ColumnDef::new("payment_id").uuid().not_null())
        .col(ColumnDef::new("sequence").big_integer().not_null())
        .col(ColumnDef::new("kind").string().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .primary_key(Index::create().col("payment_id").col("sequence"))
        .foreign_key(
            ForeignKey::create()
                .from("payment_events", "payment_id")
                .to("payments", "id"),
        )
        .to_owned()
}
