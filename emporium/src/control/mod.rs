//! Commands to a shop, whether it runs in this process or in another one.

mod client;
mod protocol;
mod server;

pub(crate) use client::send;
pub(crate) use protocol::{Command, Report};
pub(crate) use server::listen;
