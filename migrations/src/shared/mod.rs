//! Tables that every subgraph has: outbox, inbox and held events, the answers of idempotent mutations, and
//! how replicas share their work.

mod backlogs;
mod idempotency;
mod keyed;
mod messaging;
mod replicas;

pub(crate) use keyed::keyed;
use sea_orm_migration::MigrationTrait;

pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(messaging::Migration),
        Box::new(idempotency::Migration),
        Box::new(replicas::Migration),
        Box::new(backlogs::Migration),
    ]
}
