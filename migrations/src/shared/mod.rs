//! Tables that every subgraph has: outbox, inbox and held events, and the answers of idempotent mutations.

mod idempotency;
mod messaging;

use sea_orm_migration::MigrationTrait;

pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(messaging::Migration),
        Box::new(idempotency::Migration),
    ]
}
