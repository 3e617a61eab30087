//! The provider of payments: Stripe, or whatever speaks its protocol at the configured address.

mod breaker;
mod client;
mod gateway;
mod metrics;
mod port;
mod turns;
mod views;
mod webhooks;

pub use gateway::Stripe;
pub use port::{Gateway, GatewayError, Intent, MissedEvents, NewIntent, NewRefund};

pub(crate) use port::MissedEvent;
pub(crate) use turns::Turns;
pub(crate) use webhooks::{News, Notice, NoticeRefused, read_notice};
