//! Migrations of the payments database, oldest first.

mod lifecycle;
mod provider;

use sea_orm_migration::prelude::*;

/// Brings a payments database up to date.
pub struct Payments;

impl MigratorTrait for Payments {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = crate::shared::migrations();
        all.push(Box::new(lifecycle::Migration));
        all.push(Box::new(provider::Migration));
        all
    }
}
