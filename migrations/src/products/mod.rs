//! Migrations of the products database, oldest first.

mod catalogue;
mod inventory;
mod low_stock;
mod search;

use sea_orm_migration::prelude::*;

/// Brings a products database up to date.
pub struct Products;

impl MigratorTrait for Products {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = crate::shared::migrations();
        all.push(Box::new(catalogue::Migration));
        all.push(Box::new(inventory::Migration));
        all.push(Box::new(search::Migration));
        all.push(Box::new(low_stock::Migration));
        all
    }
}
