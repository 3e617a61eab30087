//! Migrations of the products database, oldest first.

use sea_orm_migration::prelude::*;

/// Brings a products database up to date.
pub struct Products;

impl MigratorTrait for Products {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        crate::shared::migrations()
    }
}
