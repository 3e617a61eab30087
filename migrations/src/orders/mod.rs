//! Migrations of the orders database, oldest first.

use sea_orm_migration::prelude::*;

/// Brings a orders database up to date.
pub struct Orders;

impl MigratorTrait for Orders {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        crate::shared::migrations()
    }
}
