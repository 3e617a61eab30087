//! GraphQL over WebSocket to clients: the protocol graphql-transport-ws
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).
//!
//! Each operation goes through the same door as one over HTTP, so budgets, identity, limits and
//! errors are the same. Never here: planning or execution.

mod message;
mod operation;
mod session;

pub(crate) use session::websocket;
