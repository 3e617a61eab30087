//! What runs by the clock, one file a job; each calls a command.

mod catch_up;
mod forget;
mod reconcile;

pub(crate) use catch_up::catch_up;
pub(crate) use forget::forget;
pub(crate) use reconcile::reconcile;
