//! Accounts with their roles and addresses, sessions and their refresh tokens.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0101_accounts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            users(),
            user_roles(),
            addresses(),
            sessions(),
            refresh_tokens(),
        ] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("users_newest", "users", &["created_at", "id"][..]),
            ("user_roles_who", "user_roles", &["role", "user_id"]),
            ("addresses_of", "addresses", &["user_id", "created_at"]),
            ("sessions_of", "sessions", &["user_id", "opened_at"]),
            ("sessions_until", "sessions", &["until"]),
            ("sessions_ended_at", "sessions", &["ended_at"]),
            ("refresh_tokens_of", "refresh_tokens", &["session_id"]),
        ] {
            let mut index = Index::create().name(name).table(table).to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().to_owned()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).string().not_null().to_owned()
}

fn maybe_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).string().null().to_owned()
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().to_owned()
}

fn users() -> TableCreateStatement {
    Table::create()
        .table("users")
        .col(id("id").primary_key())
        .col(text("email").unique_key())
        .col(maybe_text("display_name"))
        .col(text("password_hash"))
        .col(ColumnDef::new("default_shipping").uuid().null())
        .col(ColumnDef::new("default_billing").uuid().null())
        .col(number("version"))
        .col(number("sequence"))
        .col(number("created_at"))
        .to_owned()
}

fn user_roles() -> TableCreateStatement {
    Table::create()
        .table("user_roles")
        .col(id("user_id"))
        .col(text("role"))
        .primary_key(Index::create().col("user_id").col("role"))
        .to_owned()
}

fn addresses() -> TableCreateStatement {
    Table::create()
        .table("addresses")
        .col(id("id").primary_key())
        .col(id("user_id"))
        .col(text("name"))
        .col(text("line1"))
        .col(maybe_text("line2"))
        .col(text("city"))
        .col(maybe_text("region"))
        .col(maybe_text("postal_code"))
        .col(text("country"))
        .col(maybe_text("phone"))
        .col(number("created_at"))
        .to_owned()
}

fn sessions() -> TableCreateStatement {
    Table::create()
        .table("sessions")
        .col(id("id").primary_key())
        .col(id("user_id"))
        .col(number("opened_at"))
        .col(number("until"))
        .col(ColumnDef::new("ended_at").big_integer().null())
        .col(maybe_text("end_reason"))
        .to_owned()
}

fn refresh_tokens() -> TableCreateStatement {
    Table::create()
        .table("refresh_tokens")
        .col(text("hash").primary_key())
        .col(id("session_id"))
        .col(ColumnDef::new("replaced_at").big_integer().null())
        .to_owned()
}
