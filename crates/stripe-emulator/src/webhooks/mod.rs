//! Webhooks: the durable queue of events, their delivery and their signatures.
//! What an event says is decided elsewhere, in the transaction that causes it.

mod delivery;
mod dispatcher;
mod signature;

pub(crate) use delivery::{Endpoint, parse_url};
pub(crate) use dispatcher::Dispatcher;
