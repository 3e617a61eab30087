//! What products does by the clock. Never here: rules.

mod follow_catalogue;
mod sweep_reservations;

pub(crate) use follow_catalogue::follow_catalogue;
pub(crate) use sweep_reservations::sweep_reservations;
