//! Migrations of the users database, oldest first.

mod accounts;

use sea_orm_migration::prelude::*;

/// Brings a users database up to date.
pub struct Users;

impl MigratorTrait for Users {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = crate::shared::migrations();
        migrations.push(Box::new(accounts::Migration));
        migrations
    }
}
