//! What runs by the clock, one file a job; each calls a command.

mod catch_up;
mod forget_provider_events;
mod reconcile;

pub(crate) use catch_up::catch_up;
pub(crate) use forget_provider_events::forget_provider_events;
pub(crate) use reconcile::reconcile;
