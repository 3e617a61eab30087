//! What runs by the clock, one file each; each one calls a command.

pub(crate) mod forget_sessions;
