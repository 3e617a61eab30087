//! Migrations of the payments database, oldest first.

use sea_orm_migration::prelude::*;

/// Brings a payments database up to date.
pub struct Payments;

impl MigratorTrait for Payments {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        crate::shared::migrations()
    }
}
