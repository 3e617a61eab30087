//! How many operations one address, and one user, may send: in Redis for all routers together, and in memory without
//! Redis or while it is away. Both are the same token buckets.

mod budgets;
mod memory;
mod redis_buckets;

pub(crate) use budgets::Budgets;
