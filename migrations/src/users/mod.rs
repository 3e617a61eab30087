//! Migrations of the users database, oldest first.

use sea_orm_migration::prelude::*;

/// Brings a users database up to date.
pub struct Users;

impl MigratorTrait for Users {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        crate::shared::migrations()
    }
}
