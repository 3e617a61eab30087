//! The schema of every subgraph's database, one module a subgraph, for SQLite and PostgreSQL alike.

mod bring_up;
mod orders;
mod payments;
mod products;
mod shared;
mod users;

pub use bring_up::{bring_up, pending};
pub use orders::Orders;
pub use payments::Payments;
pub use products::Products;
pub use sea_orm_migration::MigratorTrait;
pub use users::Users;
