//! Migrations of the orders database, oldest first.

mod carts;
mod offers;
mod order_book;
mod session_ends;
mod sessions;

use sea_orm_migration::prelude::*;

/// Brings an orders database up to date.
pub struct Orders;

impl MigratorTrait for Orders {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = crate::shared::migrations();
        all.push(Box::new(carts::Migration));
        all.push(Box::new(order_book::Migration));
        all.push(Box::new(offers::Migration));
        all.push(Box::new(sessions::Migration));
        all.push(Box::new(session_ends::Migration));
        all
    }
}
