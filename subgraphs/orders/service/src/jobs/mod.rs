//! What runs by the clock; each job calls a command.

mod clean;
mod sweep;

pub(crate) use clean::clean;
pub(crate) use sweep::sweep;
